"""Reading aloud, with a program that stands in for the system's voice and writes down what it was given."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

import pytest

from app.speech.voice import PIECE_CHARACTERS, Program, Voice, find, pieces

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the stand-in is a script")

WAIT_S = 10.0
WRITES = 'import sys; open({path!r}, "a").write(repr((sys.argv[1:], sys.stdin.read())) + chr(10))'
HANGS = 'import sys, time; sys.stdin.read();open({path!r}, "a").write("begun" + chr(10)); time.sleep(600)'


def stand_in(folder: Path, name: str, body: str) -> Path:
    """A program of this name in `folder`, and the file that it writes to."""
    told = folder / "told.txt"
    program = folder / name
    program.write_text(f"#!{sys.executable} -I\n{body.format(path=str(told))}\n")
    program.chmod(0o755)
    return told


def read_whole(voice: Voice, text: str) -> None:
    is_done = threading.Event()
    voice.on_done(is_done.set)
    voice.read(text)
    assert is_done.wait(WAIT_S)
    assert not voice.is_reading
    voice.close()


def begun(told: Path) -> bool:
    return told.exists() and "begun" in told.read_text()


def test_the_text_goes_through_standard_input_and_never_onto_a_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = stand_in(tmp_path, "espeak-ng", WRITES)
    monkeypatch.setenv("PATH", str(tmp_path))
    read_whole(Voice(), "A secret -x $(id) sentence.")
    assert told.read_text().splitlines() == [repr((["--stdin"], "A secret -x $(id) sentence."))]


def test_the_voice_that_the_person_set_up_goes_before_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path, "espeak-ng", WRITES)
    stand_in(tmp_path, "spd-say", WRITES)
    monkeypatch.setenv("PATH", str(tmp_path))
    found = find("linux")
    assert found is not None
    assert Path(found.argv[0]).name == "spd-say"


def test_without_a_program_there_is_no_voice_and_nothing_happens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    voice = Voice()
    assert not voice.is_available
    voice.read("Nobody hears this.")
    assert not voice.is_reading


def test_a_stop_is_prompt_and_tells_a_voice_in_the_background_to_be_silent(tmp_path: Path) -> None:
    told = stand_in(tmp_path, "voice", HANGS)
    (tmp_path / "silence").mkdir()
    silenced = stand_in(tmp_path / "silence", "hush", WRITES)
    voice = Voice(lambda: Program((str(tmp_path / "voice"),), silence_argv=(str(tmp_path / "silence/hush"),)))
    is_done = threading.Event()
    voice.on_done(is_done.set)
    voice.read("This takes ten minutes.")
    wait_for(lambda: begun(told))
    voice.stop()
    assert not voice.is_reading
    assert is_done.wait(WAIT_S), "killed, not waited for"
    voice.close()
    assert silenced.exists()


def test_reading_something_else_ends_what_was_being_read(tmp_path: Path) -> None:
    told = stand_in(tmp_path, "voice", HANGS)
    programs = [str(tmp_path / "voice")]
    voice = Voice(lambda: Program(tuple(programs)))
    done: list[bool] = []
    voice.on_done(lambda: done.append(voice.is_reading))
    voice.read("The first.")
    wait_for(lambda: begun(told))
    voice.read("The second.")
    wait_for(lambda: len(done) == 1)
    assert voice.is_reading
    voice.close()
    wait_for(lambda: len(done) == 2)


def test_a_program_that_cannot_be_started_is_the_end_of_it(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    read_whole(Voice(lambda: Program((str(tmp_path / "gone"),))), "A canary in a sentence.")
    assert "did not start" in caplog.text
    assert "canary" not in caplog.text
    caplog.clear()


def test_a_long_text_is_read_in_pieces_that_end_where_sentences_do(tmp_path: Path) -> None:
    told = stand_in(tmp_path, "voice", WRITES)
    sentences = [f"This is sentence number {number} of many." for number in range(60)]
    read_whole(Voice(lambda: Program((str(tmp_path / "voice"),))), " ".join(sentences))
    lines = told.read_text().splitlines()
    assert 2 < len(lines) < 20
    assert all(line.endswith("of many.')") for line in lines)
    assert sum(line.count("This is sentence") for line in lines) == 60


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("One. Two!", ["One. Two!"]),
        ("A heading\n\nAnd text", ["A heading And text"]),
        ("!-!SET SELF RATE 100", ["-!SET SELF RATE 100"]),
        ("これは文です。次の文。", ["これは文です。 次の文。"]),
    ],
)
def test_pieces_are_lines_of_words_and_never_orders(text: str, expected: list[str]) -> None:
    assert pieces(text) == expected


def test_a_sentence_without_an_end_is_cut_between_words() -> None:
    found = pieces("word " * 400)
    assert all(len(piece) <= PIECE_CHARACTERS for piece in found)
    assert " ".join(found).split() == ["word"] * 400


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_other_systems_speak_with_their_own(platform: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = {"win32": "powershell", "darwin": "say"}[platform]
    stand_in(tmp_path, name, WRITES)
    monkeypatch.setenv("PATH", str(tmp_path))
    found = find(platform)
    assert found is not None
    assert Path(found.argv[0]).name == name


def wait_for(condition: object) -> None:
    """Until it holds; conditions over sleeps."""
    assert callable(condition)
    ticking = threading.Event()
    for _turn in range(int(WAIT_S / 0.01)):
        if condition():
            return
        ticking.wait(0.01)
    raise AssertionError("it never came to hold")
