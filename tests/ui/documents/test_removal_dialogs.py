from __future__ import annotations

from pytestqt.qtbot import QtBot

from app.documents.records import Receipt, Removing
from app.ui.controls import Ground, Text
from app.ui.documents.removal_dialogs import (
    ReceiptDialog,
    RemovalConfirmed,
    RemovalDialog,
    RemovalProgress,
    RemovalShown,
    receipt_lines,
)
from app.ui.theme import Theme

RECEIPT = Receipt(("a.pdf", "b.pdf"), parts=1_247, chunks=12, vectors=11, original_bytes=3_000_000, quoting=("m", "n"))


def test_a_receipt_has_a_line_for_everything_that_went() -> None:
    assert receipt_lines(RECEIPT, with_answers=True) == (
        "Documents: 2",
        "a.pdf, b.pdf",
        "Pages and other parts, with their text: 1,247",
        "Passages of the index: 12",
        "Vectors: 11",
        "Encrypted copies: 3.0 MB",
        "2 answers that quoted it",
    )


def test_answers_that_stay_are_counted_as_what_lost_its_passages() -> None:
    assert receipt_lines(RECEIPT, with_answers=False)[-1] == "Passages behind 2 answers"


def test_what_there_was_nothing_of_is_not_mentioned() -> None:
    lines = receipt_lines(Receipt(("a.pdf",), 1, 1, 0, 0), with_answers=False)
    assert not any("copies" in line or "answer" in line for line in lines)


def test_many_names_are_cut_to_the_first_few() -> None:
    names = tuple(f"{number}.pdf" for number in range(100))
    assert receipt_lines(Receipt(names, 1, 1, 1, 0), with_answers=False)[1].endswith("4.pdf and 95 more")


def test_what_stays_with_chats_is_named() -> None:
    lines = receipt_lines(Receipt(("a.pdf",), 1, 1, 1, staying=("b.pdf",)), with_answers=False)
    assert lines[-1] == "Still in chats: b.pdf"


def test_what_chats_have_as_well_can_stay_there(theme: Theme, host: Ground, qtbot: QtBot) -> None:
    shown = RemovalShown("Remove 3 documents?", 3, ("Travel",), 1, elsewhere=2)
    dialog = RemovalDialog(theme, shown, parent=host)
    assert dialog.out_only is not None
    assert dialog.with_answers is not None
    dialog.out_only.setChecked(True)
    with qtbot.waitSignal(dialog.confirmed) as told:
        dialog.accept()
    assert told.args == [RemovalConfirmed(with_answers=False, is_out_of_collection_only=True)]


def test_what_removing_answers_cannot_find_is_said_before_and_after(theme: Theme, host: Ground) -> None:
    said = "Later answers that say it in their own words, or in only a few, may stay."
    before = RemovalDialog(theme, RemovalShown("Remove?", 1, ("Travel",), 1), parent=host)
    assert said in {text.text() for text in before.findChildren(Text)}
    after = ReceiptDialog(theme, RECEIPT, with_answers=True, parent=host)
    assert said in after.accessibleDescription()
    for dialog in (before, after):
        dialog.reject()


def test_files_of_a_watched_folder_are_left_out_of_it_and_stay(theme: Theme, host: Ground) -> None:
    shown = RemovalShown("Remove?", 1, (), 0, is_folder_kept_in_step=True)
    dialog = RemovalDialog(theme, shown, parent=host)
    assert "leaves them out until you take them in again" in dialog.accessibleDescription()
    dialog.reject()


def test_progress_says_how_many_went_and_stops_once(theme: Theme, host: Ground) -> None:
    stopped: list[str] = []
    dialog = RemovalProgress(theme, 2_000, parent=host)
    dialog.stop_requested.connect(lambda: stopped.append("stop"))
    dialog.open()
    dialog.show_how_far(Removing(500, 2_000, "a.pdf"))
    assert dialog._bar.share == 0.25
    assert dialog._words.accessibleName() == "500 of 2,000 documents · a.pdf"
    dialog.accept_button.click()
    dialog.accept_button.click()
    assert stopped == ["stop"]
    assert dialog.isVisible(), "until it has stopped"
    dialog.finish()


def test_the_index_is_written_to_its_end(theme: Theme, host: Ground) -> None:
    dialog = RemovalProgress(theme, 2, parent=host)
    dialog.open()
    dialog.show_how_far(Removing(2, 2, is_forgetting=True))
    assert not dialog.accept_button.isEnabled()
    dialog.finish()


def test_a_receipt_of_what_was_stopped_says_what_is_still_there(theme: Theme, host: Ground) -> None:
    dialog = ReceiptDialog(theme, Receipt(("a.pdf",), 1, 1, 1, left=7), with_answers=False, parent=host)
    assert dialog.windowTitle() == "Removed in part"
    assert "7 documents are still there" in dialog.accessibleDescription()
    dialog.reject()
