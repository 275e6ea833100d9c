"""Use leaves nothing behind: what is opened and closed again, and a day's worth of questions.

The long one asks as often as PADDOCK_WEAR_TURNS says (a day is 2,000 times, and takes minutes); without it, 160 times:
enough to count what is left behind, and to see memory grow at four times the rate that is allowed.
"""

from __future__ import annotations

import gc
import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator

import psutil
import pytest
from PySide6.QtCore import QAbstractAnimation, QCoreApplication, QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.engine.fake import Script
from app.ui.actions import Act
from app.ui.chat.items import ChatEntry, LinkRequested
from app.ui.chat.sidebar.rows import FolderRow

from .conftest import Open, wait_for
from .hands import CTRL, Person, new_user

pytestmark = [pytest.mark.window, pytest.mark.usefixtures("on_screen"), pytest.mark.timeout(600)]

TURNS = int(os.environ.get("PADDOCK_WEAR_TURNS", "160"))
WARM_TURNS = min(200, TURNS // 2)
TURNS_OF_A_CHAT = 20
DAY_TURNS = 2_000
GROWTH_MAX_BYTES = 20_000_000
"""From turn 200 of a day to its end."""
NOISE_BYTES = 2_000_000
ANSWER = """A **strong** answer with `code`, [a link](https://example.org) and a table:

| a | b |
|---|---|
| 1 | 2 |

```python
def llama(of: str) -> str:
    return of  # as it is
```

1. one
2. two, with $x^2$ in it
"""

ACTS = (
    *(Act.SETTINGS, Act.MODELS, Act.SHORTCUTS, Act.ABOUT, Act.BIN, Act.IMPORT, Act.EXPORT, Act.EXPORT_ALL),
    *(Act.INSTRUCTIONS, Act.PERSONAS, Act.TEMPLATES, Act.COMPARE, Act.PALETTE, Act.QUICK, Act.FIND, Act.ATTACH),
)


class Openings:
    """Everything that can be opened from the window, by name."""

    def __init__(self, person: Person) -> None:
        self._person = person
        self._window = person.window

    def all(self) -> dict[str, Callable[[], object]]:
        actions, person, window = self._window.actions_of_window, self._person, self._window
        made: dict[str, Callable[[], object]] = {act.value: actions[act].trigger for act in ACTS}
        made |= {
            "privacy": window.later.show_privacy,
            "requests": window.later.show_requests,
            "model settings": window.later.model_settings.show,
            "link": lambda: window.page.transcript.link_requested.emit(LinkRequested("https://example.org")),
            "menu of the model": lambda: person.click(window.page.header.model),
            "menu of the chat": lambda: person.click(window.page.header.menu),
            "menu of a message": lambda: person.click(person.message(-1).action_row.more),
            "details of a message": lambda: person.do(-1, "Details"),
            "menu of a chat": lambda: person.menu_of_row(person.row(ChatEntry)),
            "menu of a folder": lambda: person.menu_of_row(person.row(FolderRow)),
            "menu of the list": lambda: person.click(window.sidebar.more),
            "instructions of a folder": self._instructions_of_folder,
            "menu of the field": self._menu_of_field,
            "editor of a question": lambda: person.click(person.message(0).action_row.edit),
            "name of a chat": window.library.begin_rename,
            "a new chat": actions[Act.NEW_CHAT].trigger,
            "a temporary chat": actions[Act.NEW_TEMPORARY].trigger,
        }
        return made

    def run(self, open_it: Callable[[], object]) -> None:
        """And wait until it is open."""
        before = self.shown()
        open_it()
        self._person.until(lambda: self.shown() != before)

    def shown(self) -> tuple[object, ...]:
        """What is open now; it changes with every opening."""
        window, person = self._window, self._person
        view = person.items and window.page.transcript.live_views.get(person.items[0].id)
        return (
            [top for top in QApplication.topLevelWidgets() if top.isVisible() and top is not person.shell],
            window._stage.currentWidget(),
            window.later.palette.is_open,
            window.page.transcript.find_bar.isVisible(),
            bool(view and view.editor),
            person.is_renaming,
            (window.conversation.conversation_id, window.conversation.is_temporary),
        )

    def close(self, home: str) -> None:
        """With Esc, as often as it takes; then back to the first chat."""
        window, person = self._window, self._person
        for _turn in range(6):
            tops = [top for top in QApplication.topLevelWidgets() if top.isVisible() and top is not person.shell]
            for top in tops:
                QTest.keyClick(top.focusWidget() or top, Qt.Key.Key_Escape)
            if not tops:
                break
        person.turn_to(person.shell)
        focus = QApplication.focusWidget()
        if focus is not None:
            QTest.keyClick(focus, Qt.Key.Key_Escape)
        window.show_chat()
        window.toast.dismiss()
        if window.conversation.conversation_id != home:
            window.conversation.open(home)
            person.until(lambda: window.conversation.conversation_id == home)
        window.toast.dismiss()
        assert not [top for top in QApplication.topLevelWidgets() if top.isVisible() and top is not person.shell]

    def _instructions_of_folder(self) -> None:
        self._person.menu_of_row(self._person.row(FolderRow))
        self._person.choose("Instructions and model…")

    def _menu_of_field(self) -> None:
        edit = self._window.page.composer.edit
        where = edit.rect().center()
        asked = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, where, edit.mapToGlobal(where))
        QApplication.sendEvent(edit.viewport(), asked)


def everything(qtbot: QtBot) -> Counter[str]:
    """All that exists now and could be left behind, counted by what it is."""
    wait_for(qtbot, lambda: not any(one.name == "paddock-bridge" for one in threading.enumerate()))
    gc.collect()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    found: Counter[str] = Counter()
    for one in _objects():
        found[type(one).__name__] += 1
        if isinstance(one, QTimer) and one.isActive():
            found[f"running timer of {type(one.parent()).__name__}"] += 1
        if isinstance(one, QAbstractAnimation) and one.state() == QAbstractAnimation.State.Running:
            found[f"running animation of {type(one.parent()).__name__}"] += 1
    found.update(f"thread {thread.name}" for thread in threading.enumerate())
    return found


def _objects() -> Iterator[QObject]:
    application = QApplication.instance()
    assert application is not None
    yield from application.findChildren(QObject)
    for top in QApplication.topLevelWidgets():
        if top.parent() is None:
            yield top
            yield from top.findChildren(QObject)


@pytest.fixture
def only_ours_is_garbage() -> Iterator[None]:
    """Makes the many collections quick."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("only_ours_is_garbage")
def test_what_is_opened_and_closed_leaves_nothing_behind(qtbot: QtBot, open_shell: Open) -> None:
    person = new_user(qtbot, open_shell, Script(answers=(ANSWER,)))
    person.shell.resize(1300, 900)
    person.ask("What is a llama?")
    person.answered()
    person.window.library.new_folder()
    person.until(lambda: person.is_renaming)
    person.press(Qt.Key.Key_Return)
    home = person.window.conversation.conversation_id
    assert home is not None
    person.window.show_models()
    person.until(lambda: bool(person.window.later.models_page.discover.cards))
    person.window.show_chat()
    gc.freeze()
    openings = Openings(person)
    left: dict[str, Counter[str]] = {}
    for name, open_it in openings.all().items():
        seen: list[Counter[str]] = []
        for _turn in range(3):  # what is made only once is there after the first
            openings.run(open_it)
            openings.close(home)
            seen.append(everything(qtbot))
        if seen[2] - seen[1]:
            left[name] = seen[2] - seen[1]
    assert left == {}


def test_a_day_of_questions_leaves_nothing_behind(qtbot: QtBot, open_shell: Open) -> None:
    assert WARM_TURNS % TURNS_OF_A_CHAT == TURNS % TURNS_OF_A_CHAT == 0, "both are looked at after as many questions"
    person = new_user(qtbot, open_shell, Script(answers=(ANSWER,)))
    person.shell.resize(700, 600)
    ask_often(person, 0, WARM_TURNS)
    there, warm = everything(qtbot), memory_bytes()
    ask_often(person, WARM_TURNS, TURNS)
    assert everything(qtbot) - there == Counter()
    share = (TURNS - WARM_TURNS) / (DAY_TURNS - WARM_TURNS)
    grown = memory_bytes() - warm
    assert grown <= GROWTH_MAX_BYTES * share + NOISE_BYTES * (share < 1), f"{grown / 1e6:.1f} MB more"


def ask_often(person: Person, first: int, last: int) -> None:
    """A new chat after every few questions."""
    conversation = person.window.conversation
    for turn in range(first, last):
        if turn % TURNS_OF_A_CHAT == 0:
            person.press(Qt.Key.Key_N, CTRL)
            person.until(lambda: person.window.page.is_greeting and conversation.conversation_id is None)
        count = len(conversation.nodes()) + 2
        person.window.page.composer.set_text(f"Question {turn} about llamas and what they eat?")
        person.press(Qt.Key.Key_Return)
        person.until(lambda: len(conversation.nodes()) == count and not conversation.is_busy)  # noqa: B023 - at once


def memory_bytes() -> int:
    """In use once all garbage is gone."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    return int(psutil.Process().memory_info().rss)
