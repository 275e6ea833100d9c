"""A person at the window: real keys and clicks only, and what is on screen afterwards."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractItemView, QApplication, QFileDialog, QLineEdit, QMenu, QWidget
from pytestqt.qtbot import QtBot

from app.engine.fake import Script, fake_load
from app.settings import AUTO_TITLES
from app.ui.chat.items import MessageItem
from app.ui.chat.sidebar.rows import Row
from app.ui.chat.transcript.message_view import MessageView
from app.ui.dialogs import SentenceDialog
from app.ui.shell import Shell
from app.ui.window import MainWindow

from .conftest import Open, first_start, page, wait_for

W = TypeVar("W", bound=QWidget)

CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
ALT = Qt.KeyboardModifier.AltModifier
NONE = Qt.KeyboardModifier.NoModifier


class Person:
    """Has eyes (`items`, `titles`, `toast`) and hands (`press`, `write`, `click`, `choose`)."""

    def __init__(self, qtbot: QtBot, shell: Shell, window: MainWindow) -> None:
        self.qtbot = qtbot
        self.shell = shell
        self.window = window
        self.turn_to(shell)

    # Hands

    def press(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = NONE) -> None:
        """On whatever has the focus, as a keyboard does."""
        focus = QApplication.activePopupWidget() or QApplication.focusWidget()
        assert focus is not None, "nothing has the focus"
        QTest.keyClick(focus, key, modifiers)

    def write(self, text: str) -> None:
        focus = QApplication.focusWidget()
        assert focus is not None, "nothing has the focus"
        QTest.keyClicks(focus, text)

    def click(self, widget: QWidget, modifiers: Qt.KeyboardModifier = NONE) -> None:
        assert widget.isVisible(), f"{widget.accessibleName()!r} is not on screen"
        assert widget.isEnabled(), f"{widget.accessibleName()!r} cannot be pressed"
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton, modifiers, widget.rect().center())

    def click_row(self, rows: QAbstractItemView, number: int, modifiers: Qt.KeyboardModifier = NONE) -> None:
        where = self._row_rect(rows, number).center()
        QTest.mouseClick(rows.viewport(), Qt.MouseButton.LeftButton, modifiers, where)

    def choose(self, *path: str) -> None:
        """An entry of the menu that is open, by its words, and then of the menu that it opens."""
        for words in path:
            self.until(lambda: words in self._offered())  # noqa: B023 - called before the next one
            menu = QApplication.activePopupWidget()
            assert isinstance(menu, QMenu)
            below = menu.actionGeometry(self._offered()[words])
            QTest.mouseClick(menu, Qt.MouseButton.LeftButton, NONE, below.center())

    def turn_to(self, top: QWidget) -> None:
        """Bring a window in front, once nothing stands over it. A bare X server has nobody who would do it."""

        def is_in_front() -> bool:
            top.activateWindow()
            return top.isActiveWindow()

        self.until(is_in_front)

    def until(self, condition: Callable[[], bool], timeout_s: float = 15.0) -> None:
        wait_for(self.qtbot, condition, timeout_s)

    # The chat on screen

    @property
    def items(self) -> tuple[MessageItem, ...]:
        return self.window.page.transcript.items

    @property
    def said(self) -> list[str]:
        """The words of every message, oldest first."""
        return [item.text for item in self.items]

    def message(self, number: int) -> MessageView:
        """The message as it stands on screen; -1 is the newest."""
        id_ = self.items[number].id
        self.until(lambda: id_ in self.window.page.transcript.live_views)
        return self.window.page.transcript.live_views[id_]

    def ask(self, text: str) -> None:
        """Type into the composer and press Enter."""
        before = len(self.items)
        self.window.page.composer.setFocus()
        self.write(text)
        self.press(Qt.Key.Key_Return)
        self.until(lambda: len(self.items) > before or self.window.conversation.is_busy)

    def answered(self, timeout_s: float = 30.0) -> MessageItem:
        """The newest message, once nothing is under way any more."""

        def is_settled() -> bool:
            is_busy = self.window.conversation.is_busy
            return not is_busy and bool(self.items) and self.items[-1].status != "streaming"

        self.until(is_settled, timeout_s)
        return self.items[-1]

    def do(self, number: int, deed: str) -> None:
        """An entry of the menu of a message."""
        view = self.message(number)
        QTest.mouseMove(view)
        self.click(view.action_row.more)
        self.choose(deed)

    # The list of chats

    @property
    def rows(self) -> list[Row]:
        return self.window.sidebar.list.items.rows

    def row(self, kind: type, text: str = "") -> int:
        """Where a row of this kind stands that says `text`, once it does."""
        found: list[int] = []

        def is_there() -> bool:
            found[:] = [n for n, row in enumerate(self.rows) if isinstance(row, kind) and text in self.spoken(n)]
            return bool(found)

        self.until(is_there)
        return found[0]

    def spoken(self, number: int) -> str:
        items = self.window.sidebar.list.items
        return str(items.data(items.index(number), Qt.ItemDataRole.DisplayRole))

    def menu_of_row(self, number: int) -> None:
        """Press the dots at the end of a row."""
        chats = self.window.sidebar.list
        rect = self._row_rect(chats, number)
        where = QPoint(rect.right() - 12, rect.center().y())
        QTest.mouseClick(chats.viewport(), Qt.MouseButton.LeftButton, NONE, where)

    @property
    def is_renaming(self) -> bool:
        """Whether a name can be typed into the list."""
        return self.window.sidebar.list.state() == QAbstractItemView.State.EditingState

    def folder_of(self, title: str) -> str:
        """The name of the folder that this chat is in; empty: none."""
        items = self.window.sidebar.list.items
        names = {folder.id: folder.name for folder in items.folders}
        return next((names.get(entry.folder_id, "") for entry in items.entries if entry.title == title), "?")

    def undo(self, words: str) -> None:
        """Press Undo on the toast that says `words`."""
        self.until(lambda: words in self.toast)
        self.click(self.window.toast.action_button)

    @property
    def toast(self) -> str:
        return self.window.toast.text if not self.window.toast.isHidden() else ""

    def dialog(self, kind: type[W]) -> W:
        """The window of this kind that opens, in front."""
        found: list[W] = []

        def is_there() -> bool:
            found[:] = [one for one in self.shell.findChildren(kind) if one.isVisible()]
            return bool(found)

        self.until(is_there)
        self.turn_to(found[0])
        return found[0]

    def sentence(self, title: str) -> SentenceDialog:
        """The question or message of this title, in front."""
        found: list[SentenceDialog] = []

        def is_there() -> bool:
            asked = self.shell.findChildren(SentenceDialog)
            found[:] = [one for one in asked if one.isVisible() and one.windowTitle() == title]
            return bool(found)

        self.until(is_there)
        self.turn_to(found[0])
        return found[0]

    def file(self, path: Path) -> None:
        """Type the name of a file into the dialog that asks for one."""
        field = self.dialog(QFileDialog).findChild(QLineEdit, "fileNameEdit")
        assert field is not None
        field.setFocus()
        self.press(Qt.Key.Key_A, CTRL)
        self.write(str(path))
        self.press(Qt.Key.Key_Return)

    def _offered(self) -> dict[str, QAction]:
        menu = QApplication.activePopupWidget()
        return {action.text(): action for action in menu.actions()} if isinstance(menu, QMenu) else {}

    def _row_rect(self, rows: QAbstractItemView, number: int) -> QRect:
        index = rows.model().index(number, 0)
        rows.scrollTo(index)
        rect = rows.visualRect(index)
        assert rect.isValid(), f"row {number} is not on screen"
        return rect


def new_user(qtbot: QtBot, open_shell: Open, script: Script | None = None) -> Person:
    """A first start with the scripted model, up to the chat; no title comes in between."""
    shell = open_shell(fake_load(script or Script()))
    window = first_start(qtbot, shell)
    assert shell.core is not None
    shell.core.settings.set(AUTO_TITLES, False)
    return Person(qtbot, shell, window)


def again(qtbot: QtBot, open_shell: Open, script: Script | None = None) -> Person:
    """The next start of the same profile."""
    shell = open_shell(fake_load(script or Script()))
    return Person(qtbot, shell, page(qtbot, shell, MainWindow))


def clipboard() -> str:
    return QGuiApplication.clipboard().text()
