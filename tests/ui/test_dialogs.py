from __future__ import annotations

from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QPlainTextEdit, QWidget
from pytestqt.qtbot import QtBot

from app.ui.chat.items import LinkRequested
from app.ui.controls import Text
from app.ui.dialogs import ConfirmLink, SentenceDialog
from app.ui.theme import Theme

Kind = TypeVar("Kind", bound=QWidget)


def child(parent: QWidget, kind: type[Kind]) -> Kind:
    """The first child of that kind; there is one."""
    return parent.findChildren(kind)[0]


def keep(dialog: QDialog, qtbot: QtBot) -> None:
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
    qtbot.addWidget(dialog)


def test_the_whole_address_is_shown_before_anything_opens(theme: Theme, qtbot: QtBot) -> None:
    url = "https://example.org/" + "a/" * 200 + "?q=1#end"
    dialog = ConfirmLink(theme, LinkRequested(url), parent=None)
    keep(dialog, qtbot)
    assert child(dialog, QPlainTextEdit).toPlainText() == url
    with qtbot.waitSignal(dialog.confirmed) as told:
        dialog.accept_button.click()
    assert told.args == [LinkRequested(url)]


def test_cancel_is_the_default_for_a_link(theme: Theme, qtbot: QtBot) -> None:
    dialog = ConfirmLink(theme, LinkRequested("https://example.org"), parent=None)
    keep(dialog, qtbot)
    dialog.show()
    with qtbot.assertNotEmitted(dialog.confirmed), qtbot.waitSignal(dialog.rejected):
        QTest.keyClick(dialog, Qt.Key.Key_Return)


def test_a_look_alike_host_is_shown_as_it_travels(theme: Theme, qtbot: QtBot) -> None:
    dialog = ConfirmLink(theme, LinkRequested("https://exаmple.org/"), parent=None)  # a Cyrillic а
    keep(dialog, qtbot)
    assert dialog.address.startswith("https://xn--")


def test_a_fault_is_a_sentence_and_a_next_step_and_never_html(theme: Theme, qtbot: QtBot) -> None:
    dialog = SentenceDialog(theme, "Title", "<b>It</b> failed.", parent=None, next_step="Do this.", reject="No")
    keep(dialog, qtbot)
    labels = dialog.findChildren(Text)
    assert {"Title", "<b>It</b> failed.", "Do this."} <= {label.text() for label in labels}
    assert all(label.textFormat() == Qt.TextFormat.PlainText for label in labels)
    dialog.show()
    with qtbot.waitSignal(dialog.rejected):
        QTest.keyClick(dialog, Qt.Key.Key_Escape)


def test_a_dialog_is_never_wider_than_its_window(theme: Theme, qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(360, 480)
    window.show()
    theme.set_text_percent(200)
    dialog = SentenceDialog(theme, "Title", "It failed.", parent=window)
    keep(dialog, qtbot)
    dialog.show()
    assert dialog.width() < 360
    dialog.close()
    window.close()
