"""Personas and templates as files: nothing is lost on the way, and what is no such file is a sentence."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from app.chat import prompt_files
from app.chat.manner import Manner, Persona
from app.chat.prompt_files import Prompts, read, write
from app.chat.templates import Template
from app.errors import PaddockError, StorageFault
from app.settings import SAMPLING

PERSONA = Persona("1", "Nurse", Manner("Say it as a nurse.\n\n«Ja» 👩‍⚕️", sampling=(("answer.temperature", 0.3),)))
SILENT = Persona("2", "Silent", Manner(""))
COLD = Persona("3", "Cold", Manner(sampling=(("answer.seed", -1.0), ("answer.top_k", 20.0))))
TEMPLATE = Template("4", "Brief", "Write to {name}:\n\n")


@pytest.fixture
def new_id() -> Callable[[], str]:
    numbers = itertools.count()
    return lambda: f"new{next(numbers)}"


def put(path: Path, value: object) -> Path:
    path.write_text(json.dumps(value), "utf-8")
    return path


def ours(**more: object) -> dict[str, object]:
    return {"format": "paddock-prompts", "version": 1, **more}


def test_a_round_trip_loses_nothing(tmp_path: Path, new_id: Callable[[], str]) -> None:
    path = tmp_path / "mine.json"
    assert write(path, (PERSONA, SILENT, COLD), (TEMPLATE,)) == 4
    came = prompt_files.new(read(path), (), (), new_id)
    assert [(one.name, one.manner) for one in came.personas] == [
        (one.name, one.manner) for one in (PERSONA, SILENT, COLD)
    ]
    assert [(one.name, one.text) for one in came.templates] == [(TEMPLATE.name, TEMPLATE.text)]
    assert [one.id for one in came.personas] == ["new0", "new1", "new2"]


def test_the_path_of_a_model_stays_here(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    write(path, (Persona("1", "Nurse", Manner("x", model="/home/me/secret.gguf")),), ())
    assert "secret" not in path.read_text("utf-8")


def test_the_same_file_twice_brings_nothing_new(tmp_path: Path, new_id: Callable[[], str]) -> None:
    path = tmp_path / "mine.json"
    write(path, (PERSONA, SILENT), (TEMPLATE,))
    came = prompt_files.new(read(path), (PERSONA, SILENT), (TEMPLATE,), new_id)
    assert came == prompt_files.New((), (), known=3, left_out=0)


def test_a_taken_name_gets_a_number(tmp_path: Path, new_id: Callable[[], str]) -> None:
    path = tmp_path / "mine.json"
    write(path, (PERSONA,), (TEMPLATE, TEMPLATE))
    here = Template("t", "BRIEF", "another text")
    came = prompt_files.new(read(path), (Persona("p", "Nurse", Manner("another")),), (here,), new_id)
    assert [one.name for one in came.personas] == ["Nurse (2)"]
    assert [one.name for one in came.templates] == ["Brief (2)"]
    assert came.known == 1, "the file has the template twice"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "holds no personas"),
        (b"not json", "holds no personas"),
        (b"[" * 200_000, "holds no personas"),
        (b"\xff\xfe\x00", "holds no personas"),
        (b"[]", "holds no personas"),
        (b'{"format": "paddock-chats", "version": 1}', "holds no personas"),
        (b'{"format": "paddock-prompts"}', "which version"),
        (b'{"format": "paddock-prompts", "version": true}', "which version"),
        (b'{"format": "paddock-prompts", "version": 2}', "later Paddock"),
        (b'{"format": "paddock-prompts", "version": 1, "templates": [' + b"0," * 1000 + b"0]}", "more than 1,000"),
    ],
)
def test_what_is_no_such_file_is_a_sentence(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "theirs.json"
    path.write_bytes(content)
    with pytest.raises(PaddockError, match=says) as caught:
        read(path)
    assert caught.value.next_step


def test_a_file_too_large_is_not_read_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "large.json"
    with path.open("wb") as file:
        file.truncate(prompt_files.MOST_BYTES + 1)
    with pytest.raises(PaddockError, match="too large"):
        read(path)


def test_a_file_that_is_gone_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(PaddockError, match="could not be read"):
        read(tmp_path / "gone.json")


def test_a_place_that_cannot_be_written_is_a_sentence_about_the_file(tmp_path: Path) -> None:
    with pytest.raises(StorageFault, match="file could not be written"):
        write(tmp_path / "nowhere" / "mine.json", (PERSONA,), ())


def test_entries_that_are_none_are_left_out_and_counted(tmp_path: Path) -> None:
    path = put(
        tmp_path / "odd.json",
        ours(
            personas=[
                None,
                {"name": "No words"},
                {"name": 7, "system_prompt": "x"},
                {"name": "Number", "system_prompt": 7},
                {"name": "Long", "system_prompt": "x" * 100_001},
                {"name": "Good", "system_prompt": "x"},
            ],
            templates=[
                [],
                {"name": "Empty", "text": " "},
                {"name": "\u202e\n", "text": "x"},
                {"name": "Good", "text": "x"},
            ],
        ),
    )
    assert read(path) == Prompts((Persona("", "Good", Manner("x")),), (Template("", "Good", "x"),), left_out=8)


def test_only_settings_of_sampling_within_their_limits_come_in(tmp_path: Path) -> None:
    untrusted: dict[str, object] = {setting.key: setting.default for setting in SAMPLING}
    wanted = {key: float(str(value)) for key, value in untrusted.items()}
    path = put(tmp_path / "all.json", ours(personas=[{"name": "All", "sampling": untrusted}]))
    assert dict(read(path).personas[0].manner.sampling) == wanted
    wrong: dict[str, object] = {
        "answer.temperature": 9,
        "answer.top_p": "0.5",
        "answer.top_k": 1.5,
        "answer.min_p": True,
        "answer.seed": 10**400,
        "answer.repeat_penalty": float("nan"),
        "engine.threads": 4,
        "answer.xtc_probability": 0.5,
    }
    path = put(tmp_path / "wrong.json", ours(personas=[{"name": "Wrong", "sampling": wrong}]))
    assert dict(read(path).personas[0].manner.sampling) == {"answer.xtc_probability": 0.5}


def test_names_from_outside_are_one_short_line(tmp_path: Path) -> None:
    path = put(tmp_path / "names.json", ours(templates=[{"name": "a\n\u202eb\t" + "x" * 90, "text": "t\x00ext"}]))
    (template,) = read(path).templates
    assert template.name.startswith("a b x")
    assert len(template.name) <= 39
    assert template.text == "text"
