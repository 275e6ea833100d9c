"""Between the first frame and the parts behind it: what is typed stays, what is pressed is obeyed."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Slot
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.chat.tree import Draft
from app.core import Core
from app.ui.chat.composer.edit import ComposerEdit
from app.ui.shell import Shell
from app.ui.window import MainWindow
from tests.ui.conftest import OpenShell, Prepare


class AtFirstFrame(QObject):
    """Does something in the turn of the event loop after the first frame, when the parts are not there."""

    def __init__(self, do: Callable[[MainWindow], None], application: QApplication) -> None:
        super().__init__(application)
        self._application = application
        self._do = do
        self._edit: ComposerEdit | None = None
        self.had_parts: bool | None = None
        application.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        above = watched.parent() if self._edit is None and event.type() == QEvent.Type.Paint else None
        if isinstance(above, ComposerEdit):
            self._edit = above
            QTimer.singleShot(0, self._act)
        return False

    @Slot()
    def _act(self) -> None:
        self._application.removeEventFilter(self)
        above: object = self._edit
        while isinstance(above, QObject) and not isinstance(above, MainWindow):
            above = above.parent()
        assert isinstance(above, MainWindow)
        self.had_parts = "parts" in above.__dict__
        self._do(above)


def begun(
    qtbot: QtBot,
    qapp: QApplication,
    open_shell: OpenShell,
    do: Callable[[MainWindow], None],
    prepare: Prepare = lambda _core: None,
) -> tuple[Shell, MainWindow]:
    early = AtFirstFrame(do, qapp)
    shell = open_shell(prepare=prepare)
    shell.activateWindow()
    qtbot.waitUntil(lambda: early.had_parts is not None, timeout=10_000)
    assert early.had_parts is False
    window = shell.window_of_chat
    assert window is not None
    return shell, window


def type_hello(window: MainWindow) -> None:
    QTest.keyClicks(window.page.composer.edit, "hello")


def store_a_draft(core: Core) -> None:
    core.chats.save_draft(None, Draft("Once upon ")).result()


def stored(shell: Shell) -> str:
    core = shell.core
    assert core is not None
    return core.chats.draft(None).text


def test_letters_typed_before_the_parts_are_there_stay_and_are_kept(
    qtbot: QtBot, qapp: QApplication, open_shell: OpenShell
) -> None:
    shell, window = begun(qtbot, qapp, open_shell, type_hello)
    qtbot.waitUntil(lambda: stored(shell) == "hello")
    assert window.page.composer.edit.toPlainText() == "hello"


def test_letters_typed_early_go_after_the_draft_of_last_time(
    qtbot: QtBot, qapp: QApplication, open_shell: OpenShell
) -> None:
    shell, window = begun(qtbot, qapp, open_shell, type_hello, prepare=store_a_draft)
    qtbot.waitUntil(lambda: stored(shell) == "Once upon hello")
    assert window.page.composer.edit.toPlainText() == "Once upon hello"


def test_closed_before_the_parts_are_there_the_words_are_kept(
    qtbot: QtBot, qapp: QApplication, open_shell: OpenShell
) -> None:
    def type_and_close(window: MainWindow) -> None:
        type_hello(window)
        window.close_requested.emit()

    begun(qtbot, qapp, open_shell, type_and_close, prepare=store_a_draft)
    again = open_shell()
    qtbot.waitUntil(lambda: again.window_of_chat is not None, timeout=10_000)
    assert stored(again) == "Once upon hello"


def test_a_shortcut_pressed_early_waits_and_is_obeyed(qtbot: QtBot, qapp: QApplication, open_shell: OpenShell) -> None:
    def press(window: MainWindow) -> None:
        assert window.side_pane.is_open
        QTest.keyClick(window, Qt.Key.Key_B, Qt.KeyboardModifier.ControlModifier)
        assert window.side_pane.is_open

    _shell, window = begun(qtbot, qapp, open_shell, press)
    qtbot.waitUntil(lambda: not window.side_pane.is_open)


def test_a_button_of_the_list_pressed_early_waits_and_is_obeyed(
    qtbot: QtBot, qapp: QApplication, open_shell: OpenShell
) -> None:
    _shell, window = begun(qtbot, qapp, open_shell, lambda window: window.sidebar.temporary.click())
    qtbot.waitUntil(lambda: window.conversation.is_temporary, timeout=10_000)


def test_a_question_sent_early_is_asked(qtbot: QtBot, qapp: QApplication, open_shell: OpenShell) -> None:
    def ask(window: MainWindow) -> None:
        type_hello(window)
        QTest.keyClick(window.page.composer.edit, Qt.Key.Key_Return)

    _shell, window = begun(qtbot, qapp, open_shell, ask)
    qtbot.waitUntil(lambda: len(window.page.transcript.items) == 2, timeout=10_000)
    assert window.page.transcript.items[0].text == "hello"
    qtbot.waitUntil(lambda: window.page.composer.edit.toPlainText() == "")
