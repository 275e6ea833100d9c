from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.chat.tree import Attachment, Draft
from app.ui.bridge import Bridge
from app.ui.chat.composer.attachments import FilesRefused
from app.ui.chat.composer.chips import AttachmentChip, size_words
from app.ui.chat.composer.composer import Composer
from app.ui.chat.items import AttachmentItem, AttachmentRequested
from app.ui.theme import Theme
from tests.ui.chat.composer.conftest import child, paste

COPY = Qt.DropAction.CopyAction
LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier


def dropped(paths: Sequence[Path]) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return data


def drop(composer: Composer, data: QMimeData) -> None:
    QApplication.sendEvent(composer, QDragEnterEvent(QPoint(100, 40), COPY, data, LEFT, NONE))
    QApplication.sendEvent(composer, QDropEvent(QPointF(100, 40), COPY, data, LEFT, NONE))


def names(composer: Composer) -> list[str]:
    return [attachment.name for attachment in composer.draft.attachments]


@pytest.fixture
def report(tmp_path: Path) -> Path:
    path = tmp_path / "report.md"
    path.write_text("# Report\n" * 1_500)
    return path


def test_files_are_read_and_become_chips_with_name_and_size(composer: Composer, report: Path, qtbot: QtBot) -> None:
    composer.attach([report])
    qtbot.waitUntil(lambda: bool(composer.draft.attachments))
    assert composer.draft.attachments == (Attachment("report.md", "# Report\n" * 1_500),)
    chip = child(composer, AttachmentChip)
    assert chip.accessibleName() == "Attached: report.md, 14 KB"
    assert chip.close_button.accessibleName() == "Attached: report.md, 14 KB, remove"


def test_a_dropped_and_a_pasted_file_are_attached(composer: Composer, report: Path, qtbot: QtBot) -> None:
    drop(composer, dropped([report]))
    composer.edit.insertFromMimeData(dropped([report]))
    qtbot.waitUntil(lambda: len(composer.draft.attachments) == 2)
    assert composer.edit.toPlainText() == "", "and its path is not typed"


def test_while_files_are_held_above_the_card_says_so(composer: Composer, report: Path) -> None:
    target = composer.card.drop
    data = dropped([report])
    enter = QDragEnterEvent(QPoint(100, 40), COPY, data, LEFT, NONE)
    QApplication.sendEvent(composer, enter)
    assert enter.isAccepted()
    assert target.isVisible()
    QApplication.sendEvent(composer, QDragLeaveEvent())
    assert target.isHidden()


def test_a_model_is_left_to_the_window(composer: Composer, tmp_path: Path) -> None:
    data = dropped([tmp_path / "model.gguf"])
    enter = QDragEnterEvent(QPoint(100, 40), COPY, data, LEFT, NONE)
    QApplication.sendEvent(composer, enter)
    assert not enter.isAccepted()
    assert not composer.can_take(data)


def test_a_dropped_text_is_typed(composer: Composer) -> None:
    data = QMimeData()
    data.setText("some words")
    drop(composer, data)
    assert composer.text == "some words"


def test_what_is_no_text_is_refused_and_the_others_stay(
    composer: Composer, report: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    scan = tmp_path / "scan.pdf"
    scan.write_bytes(b"%PDF")
    with qtbot.waitSignal(composer.files_refused) as told:
        composer.attach([scan, report])
    refused = told.args[0]
    assert isinstance(refused, FilesRefused)
    assert ["scan.pdf" in error.message for error in refused.errors] == [True]
    qtbot.waitUntil(lambda: names(composer) == ["report.md"])
    assert len(composer.card.chips.chips) == 1


def test_all_that_are_refused_at_once_are_told_at_once(
    composer: Composer, report: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    refused: list[FilesRefused] = []
    composer.files_refused.connect(refused.append)
    wrong = [tmp_path / "scan.pdf", tmp_path / "photo.png"]
    for path in wrong:
        path.write_bytes(b"\0")
    composer.attach([wrong[0], report, wrong[1]])
    qtbot.waitUntil(lambda: names(composer) == ["report.md"] and bool(refused))
    assert [[error.message.split()[0] for error in one.errors] for one in refused] == [["scan.pdf", "photo.png"]]


def test_a_whole_folder_of_files_is_a_mistake(composer: Composer, qtbot: QtBot) -> None:
    with qtbot.waitSignal(composer.files_refused) as told:
        composer.attach([Path(f"{number}.txt") for number in range(51)])
    assert ["51 files" in error.message for error in told.args[0].errors] == [True]
    assert composer.card.chips.chips == ()


class SlowFiles:
    """Reads when it is let."""

    def __init__(self) -> None:
        self.may_read = threading.Event()

    def __call__(self, paths: Sequence[Path]) -> Sequence[Attachment]:
        self.may_read.wait(10)
        return [Attachment(path.name, "content") for path in paths]


@pytest.fixture
def slow() -> Iterator[SlowFiles]:
    files = SlowFiles()
    yield files
    files.may_read.set()


def test_nothing_is_sent_before_its_files_are_read(theme: Theme, bridge: Bridge, slow: SlowFiles, qtbot: QtBot) -> None:
    composer = Composer(theme, bridge=bridge, read_files=slow)
    qtbot.addWidget(composer)
    composer.set_text("What is in it?")
    composer.attach([Path("a.txt")])
    assert child(composer, AttachmentChip).accessibleName() == "Attached: a.txt, Reading…"
    assert not composer.button.isEnabled()
    with qtbot.assertNotEmitted(composer.send_requested):
        QTest.keyClick(composer.edit, Qt.Key.Key_Return)
    slow.may_read.set()
    qtbot.waitUntil(composer.button.isEnabled)
    assert composer.draft == Draft("What is in it?", (Attachment("a.txt", "content"),))


def test_a_file_that_is_read_after_another_chat_was_opened_is_dropped(
    theme: Theme, bridge: Bridge, slow: SlowFiles, qtbot: QtBot
) -> None:
    composer = Composer(theme, bridge=bridge, read_files=slow)
    qtbot.addWidget(composer)
    composer.attach([Path("a.txt")])
    composer.set_draft(Draft("another chat"))
    slow.may_read.set()
    asked: list[bool] = []
    bridge.run(lambda: True, asked.append, lambda _error: None)
    qtbot.waitUntil(lambda: bool(asked) and bridge.close(5.0))
    assert composer.draft == Draft("another chat")


def test_a_chip_is_removed_by_its_button_and_by_the_delete_key(composer: Composer) -> None:
    composer.set_draft(Draft("", (Attachment("a.txt", "a"), Attachment("b.txt", "b"))))
    first, second = composer.card.chips.chips
    first.close_button.click()
    assert names(composer) == ["b.txt"]
    second.setFocus()
    QTest.keyClick(second, Qt.Key.Key_Delete)
    assert names(composer) == []
    assert composer.edit.hasFocus(), "the keyboard is not left behind on a chip that is gone"
    assert not composer.button.isEnabled()


def test_a_chip_shows_what_is_in_it(composer: Composer, qtbot: QtBot) -> None:
    composer.set_draft(Draft("", (Attachment("a.txt", "inside"),)))
    with qtbot.waitSignal(composer.attachment_requested) as told:
        child(composer, AttachmentChip).click()
    assert told.args == [AttachmentRequested(AttachmentItem("a.txt", "inside"))]


def test_chips_can_be_reached_by_tab(composer: Composer) -> None:
    composer.set_draft(Draft("", (Attachment("a.txt", "a"),)))
    chip = child(composer, AttachmentChip)
    chip.setFocus()
    QTest.keyClick(chip, Qt.Key.Key_Tab)
    assert chip.close_button.hasFocus()


def test_many_large_pastes_lose_nothing(composer: Composer) -> None:
    texts = [str(number) * 10_001 for number in range(6)]
    for text in texts:
        paste(composer, text)
    assert composer.text == "\n\n".join(texts)


@pytest.mark.parametrize(
    ("attachment", "words"),
    [
        (Attachment("a", "x"), "1 byte"),
        (Attachment("a", "äö"), "4 bytes"),
        (Attachment("a", "x" * 12_345), "12 KB"),
        (Attachment("a", "x" * 999_600), "1.0 MB"),
        (Attachment("", "a\nb"), "3 characters · 2 lines"),
    ],
)
def test_sizes_are_in_the_unit_that_tells_most(attachment: Attachment, words: str) -> None:
    assert size_words(attachment) == words
