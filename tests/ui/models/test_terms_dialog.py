"""The terms of a model: all of its texts can be read, and nothing begins before they are accepted."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton
from pytestqt.qtbot import QtBot

from app.ui.chat.items import LinkRequested
from app.ui.controls import Text
from app.ui.models.terms_dialog import TermsDialog, TermsShown, TextShown
from app.ui.theme import Theme

TEXTS = (
    TextShown("LICENSE.txt", "Be <b>good</b>."),
    TextShown("USE_POLICY.md", "Do no harm."),
    TextShown("NOTICE", "Built."),
)
SHOWN = TermsShown(
    title="Tiny · Q4_K_M",
    licence_title="Llama 3.1 Community License",
    summary="You may use it.",
    texts=TEXTS,
    repository="acme/Tiny-GGUF",
    commit="0123456789" * 4,
    text_link="https://example.org/licence",
    policy_link="https://example.org/policy",
    needs_acceptance=True,
    size_bytes=2_000_000_000,
    free_bytes=10_000_000_000,
)


def opened(theme: Theme, qtbot: QtBot, shown: TermsShown = SHOWN) -> TermsDialog:
    dialog = TermsDialog(theme, shown, parent=None)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def words(dialog: TermsDialog) -> str:
    return "\n".join(label.text().replace("\u200b", "") for label in dialog.findChildren(Text) if label.isVisible())


def test_it_is_accepted_with_a_tick_and_a_press(theme: Theme, qtbot: QtBot) -> None:
    dialog = opened(theme, qtbot)
    assert not dialog.accept_button.isEnabled()
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    assert dialog.isVisible(), "Enter accepts nothing that was not ticked"
    QTest.keyClick(dialog.agree, Qt.Key.Key_Space)
    assert dialog.agree.isChecked()
    with qtbot.waitSignal(dialog.accepted):
        dialog.accept_button.click()


def test_its_words_tick_it_too(theme: Theme, qtbot: QtBot) -> None:
    dialog = opened(theme, qtbot)
    QTest.mouseClick(dialog.agree, Qt.MouseButton.LeftButton, pos=dialog.agree.rect().center())
    assert dialog.accept_button.isEnabled()
    assert dialog.agree.accessibleName() == "I accept the Llama 3.1 Community License and its acceptable use policy"


def test_escape_is_no(theme: Theme, qtbot: QtBot) -> None:
    dialog = opened(theme, qtbot)
    with qtbot.waitSignal(dialog.rejected):
        QTest.keyClick(dialog, Qt.Key.Key_Escape)


def test_texts_have_names_that_people_know_and_stay_text(theme: Theme, qtbot: QtBot) -> None:
    dialog = opened(theme, qtbot)
    assert [tab.text() for tab in dialog.tabs.buttons()] == ["Licence", "Acceptable use policy", "Notice"]
    assert dialog.texts.toPlainText() == "Be <b>good</b>."
    dialog.tabs.button(1).click()
    assert dialog.texts.toPlainText() == "Do no harm."
    assert dialog.texts.accessibleName() == "Acceptable use policy, as in USE_POLICY.md"


def test_the_keyboard_goes_from_the_names_to_the_text_to_the_tick(theme: Theme, qtbot: QtBot) -> None:
    dialog = opened(theme, qtbot, replace(SHOWN, text_link="", policy_link=""))
    dialog.agree.setChecked(True)
    dialog.activateWindow()
    qtbot.waitUntil(lambda: dialog.focusWidget() is dialog.tabs.button(0))
    order = []
    for _press in range(4):
        QTest.keyClick(dialog.focusWidget(), Qt.Key.Key_Tab)
        order.append(dialog.focusWidget().accessibleName())
    assert order == ["Licence, as in LICENSE.txt", dialog.agree.accessibleName(), "Cancel", "Accept and download"]


def test_two_texts_of_a_kind_go_by_their_names(theme: Theme, qtbot: QtBot) -> None:
    many = (TextShown("LICENSE", "a"), TextShown("LICENSE.md", "b"), TextShown("LICENSE-" + "x" * 80, "c"))
    dialog = opened(theme, qtbot, replace(SHOWN, texts=many))
    first, second, third = (tab.text() for tab in dialog.tabs.buttons())
    assert (first, second) == ("LICENSE", "LICENSE.md")
    assert len(third) < 30


def test_as_many_texts_as_a_repository_can_have_fit_the_dialog(theme: Theme, qtbot: QtBot) -> None:
    many = tuple(TextShown(f"LICENSE-of-the-model-number-{number}.txt", "x") for number in range(16))
    dialog = opened(theme, qtbot, replace(SHOWN, texts=many))
    inside = dialog.rect()
    assert all(inside.contains(tab.geometry()) for tab in dialog.tabs.buttons())
    assert inside.contains(dialog.accept_button.geometry())
    assert dialog.texts.height() > 60


def test_a_text_that_is_one_endless_line_is_cut_into_lines_and_complete(theme: Theme, qtbot: QtBot) -> None:
    endless = "word " * 200_000
    dialog = opened(theme, qtbot, replace(SHOWN, texts=(TextShown("LICENSE", endless),)))
    document = dialog.texts.document()
    assert document.blockCount() > 100
    assert dialog.texts.toPlainText().replace("\n", "") == endless
    assert not any(tab.isVisible() for tab in dialog.tabs.buttons()), "one text needs no tabs"


@pytest.mark.parametrize("has_link", [True, False])
def test_without_texts_it_says_where_to_read_them(theme: Theme, qtbot: QtBot, has_link: bool) -> None:
    shown = replace(SHOWN, texts=(), text_link=SHOWN.text_link if has_link else "", policy_link="")
    dialog = opened(theme, qtbot, shown)
    assert "acme/Tiny-GGUF has no licence text of its own." in words(dialog)
    assert ("on the licensor's page" in words(dialog)) == has_link
    assert dialog.height() < 420
    assert not dialog.accept_button.isEnabled()


def test_links_are_told_and_not_opened(theme: Theme, qtbot: QtBot) -> None:
    dialog = opened(theme, qtbot)
    told: list[object] = []
    dialog.link_requested.connect(told.append)
    for button in dialog.findChildren(QAbstractButton):
        if button.property("link"):
            button.click()
    assert told == [LinkRequested("https://example.org/licence"), LinkRequested("https://example.org/policy")]


def test_it_says_what_the_download_takes_and_leaves(theme: Theme, qtbot: QtBot) -> None:
    assert "2.0 GB to download, 8.0 GB stay free" in words(opened(theme, qtbot))
    assert "2.0 GB to download" in words(opened(theme, qtbot, replace(SHOWN, free_bytes=0)))


def test_terms_that_need_no_acceptance_have_no_tick(theme: Theme, qtbot: QtBot) -> None:
    dialog = opened(theme, qtbot, replace(SHOWN, needs_acceptance=False))
    assert not dialog.agree.isVisible()
    assert dialog.accept_button.isEnabled()
