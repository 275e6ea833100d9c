"""Promise 2, for everything that is done in a chat beside asking: the process is killed at random moments, and what
was certain, or stood on screen for MAY_BE_LOST_S, is in the profile, which opens.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any  # what a child says

import pytest

from app import paths
from app.chat.exchange import bringing, reading, sending
from app.chat.exchange.forms import Form
from app.chat.store import ChatStore
from app.chat.tree import Attachment, Message
from app.core import Core
from app.home import Home
from tests.children.busy_chat import BEGUN, LOAD, QUESTION, prepare
from tests.children.secret_file import FileSecrets

pytestmark = [
    pytest.mark.trust,
    pytest.mark.skipif(os.name != "posix", reason="SIGKILL"),
    pytest.mark.timeout(240),
]

CHILD = Path(__file__).resolve().parents[1] / "children" / "busy_chat.py"
KILLS = max(1, int(os.environ.get("PADDOCK_KILLS", "16")) // 6)  # of each kind
MAY_BE_LOST_S = 0.8  # what was typed is kept 0.4 s after its first key
ATTACHED = "The ferry leaves at nine. " * 200
EXCHANGES = 60
CHATS = 120


@dataclass
class Said:
    """What the child said, with times of the same clock as ours."""

    lines: list[tuple[float, Any]] = field(default_factory=list)

    def before(self, moment: float) -> Any:
        """The last word up to this moment; None where there was none."""
        return next((what for at, what in reversed(self.lines) if at <= moment), None)


def home_of(folder: Path) -> Home:
    return Home(paths.places(folder / "profile"), FileSecrets(folder / "secrets.json"), load=LOAD)


@contextmanager
def opened(folder: Path) -> Iterator[Core]:
    """The profile as a person finds it when they open it again."""
    with closing(home_of(folder)) as home, closing(home.open_by_keyring().core) as core:
        yield core


def made(folder: Path, fill: Callable[[Core], None] = lambda _core: None) -> None:
    with closing(home_of(folder)) as home, closing(prepare(home)) as core:
        fill(core)


def killed(folder: Path, deed: str, round_: int) -> tuple[Said, float]:
    """What it had said, and when it was killed: at most 1.4 s after its first word."""
    child = subprocess.Popen(
        [sys.executable, str(CHILD), str(folder / "profile"), str(folder / "secrets.json"), deed],
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    said, first = Said(), threading.Event()

    def read() -> None:
        assert child.stdout is not None
        for line in child.stdout:
            if line.endswith(b"\n"):  # else cut off by the kill
                said.lines.append(tuple(json.loads(line)))
                first.set()

    reader = threading.Thread(target=read, name="paddock-test-reader")
    reader.start()
    try:
        assert first.wait(30), "nothing was done within 30 s"
        time.sleep(random.Random(f"{deed}{round_}").uniform(0.02, 1.4))
        assert child.poll() is None, "it ended by itself"
        moment = time.monotonic()
        child.send_signal(signal.SIGKILL)
    finally:
        child.kill()
        child.wait()
        reader.join()
        if child.stdout is not None:
            child.stdout.close()
    return said, moment


def talk(chats: ChatStore, exchanges: int) -> str:
    """A chat of short exchanges; its id."""
    home, tip = None, None
    for number in range(exchanges):
        question, answer = chats.begin_turn(
            home, f"Question {number}", parent_id=tip, model="m", title="A chat", now=float(number)
        )
        chats.finish(answer.id, f"Answer {number}", "done", model="m", note="", stats=None)
        home, tip = question.conversation_id, answer.id
    assert home is not None
    return home


def only_path(chats: ChatStore) -> tuple[Message, ...]:
    (chat,) = chats.conversations()
    return chats.tree(chat.id).path()


def _talked(core: Core) -> None:
    talk(core.chats, EXCHANGES)


rounds = pytest.mark.parametrize("round_", range(KILLS))


@rounds
def test_what_is_typed_without_a_pause_and_attached_survives(tmp_path: Path, round_: int) -> None:
    made(tmp_path)
    (tmp_path / "attached.txt").write_text(ATTACHED, "utf-8")
    said, moment = killed(tmp_path, "draft", round_)
    typed, attached = said.before(moment - MAY_BE_LOST_S) or ("", [])
    with opened(tmp_path) as core:
        draft = core.chats.draft(None)
    assert draft.text.startswith(typed)
    assert [one.text for one in draft.attachments][: len(attached)] == attached
    assert attached in ([], [ATTACHED])


@rounds
def test_messages_that_wait_survive_each_exactly_once(tmp_path: Path, round_: int) -> None:
    made(tmp_path)
    said, moment = killed(tmp_path, "queue", round_)
    waited = said.before(moment - MAY_BE_LOST_S) or []
    with opened(tmp_path) as core:
        (chat,) = core.chats.conversations()
        queued = [one.text for one in core.chats.draft(chat.id).queued]
        assert queued[: len(waited)] == waited
        assert len(set(queued)) == len(queued)
        assert only_path(core.chats)[0].text == QUESTION


@rounds
def test_messages_that_wait_survive_with_what_is_attached_to_them(tmp_path: Path, round_: int) -> None:
    made(tmp_path)
    said, moment = killed(tmp_path, "queue_files", round_)
    waited = said.before(moment - MAY_BE_LOST_S) or []
    with opened(tmp_path) as core:
        (chat,) = core.chats.conversations()
        queued = core.chats.draft(chat.id).queued
    assert [[one.text, [file.text for file in one.attachments]] for one in queued[: len(waited)]] == waited
    for one in queued:
        assert [file.text for file in one.attachments] == [one.text.replace("queued", "attached")]


@rounds
def test_what_is_typed_in_the_place_of_a_question_survives_with_its_attachments(tmp_path: Path, round_: int) -> None:
    attached = (Attachment("a.txt", "one"), Attachment("b.txt", ATTACHED))

    def fill(core: Core) -> None:
        _question, answer = core.chats.begin_turn(
            None, QUESTION, parent_id=None, model="m", title="A chat", now=1.0, attachments=attached
        )
        core.chats.finish(answer.id, "So.", "done", model="m", note="", stats=None)

    made(tmp_path, fill)
    said, moment = killed(tmp_path, "edit", round_)
    typed = said.before(moment - MAY_BE_LOST_S)
    with opened(tmp_path) as core:
        (chat,) = core.chats.conversations()
        question = only_path(core.chats)[0]
        edits = core.chats.edits(chat.id)
    assert (question.text, question.attachments) == (QUESTION, attached)
    assert len(edits) == 1 if typed else len(edits) <= 1
    for edit in edits:
        assert edit.message_id == question.id
        assert edit.text.startswith(typed[0] if typed else QUESTION)
        assert edit.attachments == attached[1:]


@rounds
def test_an_answer_that_goes_on_keeps_its_beginning_and_what_came(tmp_path: Path, round_: int) -> None:
    def fill(core: Core) -> None:
        _question, answer = core.chats.begin_turn(None, QUESTION, parent_id=None, model="m", title="A chat", now=1.0)
        core.chats.finish(answer.id, BEGUN, "stopped", model="m", note="", stats=None)

    made(tmp_path, fill)
    said, moment = killed(tmp_path, "go_on", round_)
    with opened(tmp_path) as core:
        question, answer = only_path(core.chats)
    assert (question.text, answer.status) == (QUESTION, "interrupted")
    assert answer.text.startswith(said.before(moment - MAY_BE_LOST_S) or BEGUN)


@rounds
def test_both_answers_of_a_comparison_survive(tmp_path: Path, round_: int) -> None:
    made(tmp_path)
    said, moment = killed(tmp_path, "compare", round_)
    with opened(tmp_path) as core:
        (chat,) = core.chats.conversations()
        question, *answers = core.chats.carried(chat.id).messages
    assert question.text == QUESTION
    assert [answer.parent_id for answer in answers] == [question.id, question.id]
    words = said.before(moment - MAY_BE_LOST_S) or ["", ""]
    assert all(answer.text.startswith(text) for answer, text in zip(answers, words, strict=True))
    assert {answer.status for answer in answers} == {"interrupted"}


@rounds
def test_what_is_deleted_is_whole_or_gone(tmp_path: Path, round_: int) -> None:
    """What the next step had begun may be done or not; nothing else has changed."""
    made(tmp_path, _talked)
    said, moment = killed(tmp_path, "delete", round_)
    state, first = said.before(moment)
    purged = sum(1 for _at, (done, _ids) in said.lines if done == "purged")
    with opened(tmp_path) as core:
        listed = (*core.chats.conversations(), *core.chats.binned())
        assert len(listed) == 1
        here = [message.text for message in core.chats.tree(listed[0].id).path()]
        numbers = [int(text.split()[1]) for text in here]
        assert numbers == sorted(numbers)
        assert here == [text for number in numbers[::2] for text in (f"Question {number}", f"Answer {number}")]
        assert EXCHANGES - len(here) // 2 in (purged, purged + 1), (state, first)


@rounds
def test_chats_that_were_listed_are_here_and_the_rest_comes_with_the_next_import(tmp_path: Path, round_: int) -> None:
    with closing(home_of(tmp_path / "other")) as home, closing(prepare(home)) as core:
        one = core.chats.carried(talk(core.chats, 3))
        document = [core.chats.duplicate(one.conversation.id, title=f"Chat {number}") for number in range(CHATS - 1)]
        sending.send(core.chats, (one.conversation.id, *document), tmp_path / "export.json", Form("json"))
    made(tmp_path)
    said, moment = killed(tmp_path, "bring", round_)
    with opened(tmp_path) as core:
        here = {chat.id for chat in core.chats.conversations()}
        assert set(said.before(moment) or ()) <= here
        assert all(len(core.chats.tree(id_).path()) == 6 for id_ in here)
        brought = bringing.bring(core.chats, [tmp_path / "export.json"])
        assert (brought.known, len(brought.ids)) == (len(here), CHATS - len(here))


@rounds
def test_an_export_is_the_old_file_or_the_new_one(tmp_path: Path, round_: int) -> None:
    made(tmp_path, _talked)
    killed(tmp_path, "export", round_)
    (found,) = reading.look([tmp_path / "export.json"])
    assert (found.conversations, found.problems) == (1, ())
