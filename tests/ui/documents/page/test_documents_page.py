from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from app.documents.records import Scope, Step, Unit
from app.ui.documents.items import PassageRequested
from app.ui.documents.page.document_list import DocumentList
from app.ui.documents.page.page import MOST_NAMED, DocumentsPage
from app.ui.documents.page.shown import (
    OF_CHATS,
    CollectionAct,
    CollectionActName,
    CollectionShown,
    DocumentAct,
    HitsShown,
    PathsOffered,
    SearchRequested,
)
from app.ui.row_items import WORDS
from app.ui.theme import Theme
from tests.ui.documents.page import samples
from tests.ui.every_page import settle

ENTER, DOWN, LEFT = Qt.Key.Key_Return, Qt.Key.Key_Down, Qt.Key.Key_Left


def rows(page: DocumentsPage, id_: str = "c1") -> DocumentList:
    made = page.cards[id_].list
    assert made is not None
    return made


def texts(menu: QMenu) -> list[str]:
    return [action.text() for action in menu.actions() if action.text()]


def press(menu: QMenu, words: str) -> None:
    next(action for action in menu.actions() if action.text() == words).trigger()
    menu.deleteLater()


def plain(words: str) -> str:
    """Without what keeps words together."""
    return words.replace("\u00a0", " ")


def is_in_view(page: DocumentsPage, row: int) -> bool:
    documents = rows(page)
    top = documents.mapTo(page._area.viewport(), documents.visualRect(documents.items.index(row, 0)).topLeft()).y()
    return 0 <= top < page._area.viewport().height()


class TestWhatIsShown:
    def test_until_it_is_known_what_is_here_the_page_says_that_it_looks(self, empty_page: DocumentsPage) -> None:
        assert empty_page.waiting.isVisible()
        assert not empty_page.empty.isVisible()

    def test_without_documents_it_says_what_they_are_for_and_how_to_begin(self, empty_page: DocumentsPage) -> None:
        empty_page.set_shelf(samples.EMPTY)
        assert empty_page.empty.isVisible()
        assert not empty_page.search.isVisible()
        assert not empty_page.work.isVisible()

    def test_with_the_first_documents_the_focus_goes_on_to_the_search(self, empty_page: DocumentsPage) -> None:
        empty_page.focus_search()
        empty_page.set_shelf(samples.EMPTY)
        assert empty_page.window().focusWidget() is empty_page.empty.folder
        empty_page.set_shelf(samples.SHELF)
        assert empty_page.window().focusWidget() is empty_page.search

    def test_a_collection_says_how_much_is_in_it_and_what_went_wrong(self, page: DocumentsPage) -> None:
        said = page.cards["c1"].head.line.text()
        assert "8 documents" in said
        assert "2 still to be read" in said
        assert "1 could not be read" in said
        assert page.cards["c1"].head.where.accessibleName() == "/home/kim/papers/house"

    def test_files_of_chats_come_last(self, page: DocumentsPage) -> None:
        assert list(page.cards) == ["c1", "c2", OF_CHATS]

    def test_the_only_collection_is_open_from_the_start(self, empty_page: DocumentsPage) -> None:
        empty_page.set_shelf(samples.MANY)
        assert empty_page.cards["c1"].head.is_open

    def test_a_document_is_read_out_with_what_is_wrong_and_what_to_do(self, page: DocumentsPage) -> None:
        spoken = rows(page).items.index(3, 0).data(Qt.ItemDataRole.AccessibleTextRole)
        assert spoken == ("Land register.pdf. This file is locked with a password. Unlock it with its password.")

    def test_what_is_open_and_selected_stays_when_documents_come(self, page: DocumentsPage) -> None:
        rows(page).setCurrentIndex(rows(page).items.index(2, 0))
        first = samples.SHELF.collections[0]
        more = CollectionShown(first.collection, (samples.document(99, "A.pdf"), *first.documents))
        page.set_shelf(replace(samples.SHELF, collections=(more, *samples.SHELF.collections[1:])))
        assert page.cards["c1"].head.is_open
        assert rows(page).chosen_ids() == ("d3",)
        assert rows(page).currentIndex().row() == 3

    def test_without_the_model_that_was_chosen_for_searching_the_person_says_what_takes_its_place(
        self, page: DocumentsPage
    ) -> None:
        heard: list[str] = []
        page.starter_requested.connect(lambda: heard.append("starter"))
        page.models_requested.connect(lambda: heard.append("models"))
        assert not page.note.isVisible()
        page.set_shelf(replace(samples.SHELF, note="The model chosen for searching is not there."))
        assert page.note.isVisible()
        assert page.note.words.text() == "The model chosen for searching is not there."
        page.note.starter.click()
        page.note.models.click()
        assert heard == ["starter", "models"]
        page.set_shelf(samples.SHELF)
        assert not page.note.isVisible()

    def test_nothing_is_called_empty_while_the_first_documents_are_on_their_way(
        self, empty_page: DocumentsPage
    ) -> None:
        empty_page.set_shelf(samples.EMPTY)
        empty_page.set_progress(samples.PROGRESS)
        assert not empty_page.empty.isVisible()
        assert empty_page.work.isVisible()
        empty_page.set_progress(samples.IDLE)
        assert empty_page.empty.isVisible()

    def test_the_first_collection_is_open_when_it_comes(self, empty_page: DocumentsPage) -> None:
        empty_page.set_shelf(samples.EMPTY)
        empty_page.set_shelf(samples.MANY)
        assert empty_page.cards["c1"].head.is_open

    def test_what_is_away_is_said_and_counted(self, page: DocumentsPage) -> None:
        assert "1 away now" in page.cards["c1"].head.line.text()
        words = rows(page).items.index(7, 0).data(WORDS)
        assert words.line == "Its drive or folder is not here now. What was read of it can still be asked."
        assert words.line_color == "muted", "nothing is wrong with it"

    def test_a_copy_that_could_not_be_made_is_said_and_the_document_stays_as_it_was_read(
        self, page: DocumentsPage
    ) -> None:
        first = samples.SHELF.collections[0]
        fault = replace(samples.HOUSE[0], fault="The file is not there any more.", fault_name="gone")
        page.set_shelf(replace(samples.SHELF, collections=(replace(first, documents=(fault,)),)))
        assert "193 pages" in rows(page).items.index(0, 0).data(WORDS).line
        assert "The file is not there any more." in rows(page).items.index(0, 0).data(WORDS).line
        assert "What is wrong with it…" in texts(rows(page).make_menu(0))

    def test_scans_are_offered_to_be_read_and_never_read_silently(self, page: DocumentsPage) -> None:
        assert page.scans.isVisible()
        assert page.scans.read.isVisible()
        page.set_shelf(replace(samples.SHELF, can_recognise=False))
        assert "tesserocr" in page.scans.words.text()
        assert not page.scans.read.isVisible()
        page.set_shelf(replace(samples.SHELF, recognises=True))
        assert not page.scans.isVisible()


class TestWork:
    def test_progress_names_the_file_and_the_time_that_is_left_for_it_and_for_all(self, page: DocumentsPage) -> None:
        assert page.work.line.text == "Reading Survey of the roof.odt"
        assert plain(page.work.file.text) == "12 of 30 parts · about 40 s left"
        assert plain(page.work.rest.text) == "2 documents to go · about 2 min left"
        assert plain(rows(page).items.index(5, 0).data(WORDS).line) == page.work.file.text.replace("\u00a0", " ")
        page.set_progress(samples.IDLE)
        assert not page.work.isVisible()

    @pytest.mark.parametrize(
        ("step", "unit", "line"),
        [
            ("embedding", "chunks", "12 of 30 passages searchable by meaning · about 40 s left"),
            ("keeping", "bytes", "Is being copied into the profile, 40 % · about 40 s left"),
        ],
    )
    def test_each_row_says_what_is_done_with_it(self, page: DocumentsPage, step: Step, unit: Unit, line: str) -> None:
        page.set_progress(replace(samples.PROGRESS, files=(replace(samples.AT_WORK, step=step, unit=unit),)))
        assert plain(rows(page).items.index(5, 0).data(WORDS).line) == line
        page.set_progress(samples.IDLE)
        assert rows(page).items.index(5, 0).data(WORDS).line == "Is being read…"

    def test_a_document_that_is_read_looks_so_before_all_documents_are_told_anew(self, page: DocumentsPage) -> None:
        page.set_progress(replace(samples.PROGRESS, files=(replace(samples.AT_WORK, document_id="d7"),)))
        words = rows(page).items.index(6, 0).data(WORDS)
        assert (words.icon, plain(words.line)) == ("hourglass-medium", "12 of 30 parts · about 40 s left")

    def test_a_check_of_every_file_has_a_bar_of_its_own(self, page: DocumentsPage) -> None:
        page.set_progress(replace(samples.IDLE, checking=0.25))
        assert page.work.isVisible()
        assert (page.work.line.text, page.work.rest.text) == ("Checking every file", "25 %")
        assert page.work.bar.share == 0.25

    def test_the_button_pauses_and_then_goes_on(self, page: DocumentsPage) -> None:
        heard: list[str] = []
        page.pause_requested.connect(lambda: heard.append("pause"))
        page.resume_requested.connect(lambda: heard.append("resume"))
        page.work.hold.click()
        page.set_progress(replace(samples.PROGRESS, is_paused=True, pause_reason="person"))
        page.work.hold.click()
        assert heard == ["pause", "resume"]

    def test_what_waits_for_an_answer_goes_on_by_itself_so_the_button_still_pauses(self, page: DocumentsPage) -> None:
        page.set_progress(replace(samples.PROGRESS, is_paused=True, pause_reason="answer"))
        assert page.work.hold.accessibleName() == "Pause reading"
        assert "answer" in page.work.line.text


class TestSearching:
    def test_words_are_searched_when_the_typing_rests(
        self, page: DocumentsPage, told: list[object], qtbot: QtBot
    ) -> None:
        page.search.setText("deposit  due ")
        qtbot.waitUntil(lambda: told == [SearchRequested("deposit due")])

    def test_what_was_found_takes_the_place_of_the_collections(self, page: DocumentsPage) -> None:
        page.search.setText(samples.HITS.words)
        page.set_hits(samples.HITS)
        assert page.hits.isVisible()
        assert not page.cards["c1"].isVisible()
        page.search.clear()
        assert not page.hits.isVisible()
        assert page.cards["c1"].isVisible()

    def test_enter_on_a_passage_asks_for_it(self, page: DocumentsPage, told: list[object]) -> None:
        page.search.setText(samples.HITS.words)
        page.set_hits(samples.HITS)
        page.search.setFocus()
        QTest.keyClick(page.search, DOWN)
        QTest.keyClick(page.hits, DOWN)
        QTest.keyClick(page.hits, ENTER)
        wanted = samples.HITS.passages[1]
        assert told[-1] == PassageRequested(wanted.document_id, wanted.span, wanted.text)

    def test_documents_are_found_by_their_names_and_the_keys_go_there_first(
        self, page: DocumentsPage, told: list[object]
    ) -> None:
        page.set_hits(HitsShown("bill HEATING", samples.HITS.passages))
        assert [one.name for one in page.named.items.values] == ["Heating bill 2025.pdf"]
        assert plain(page.found.text()) == "1 document by name · 3 passages, the nearest first"
        page.search.setFocus()
        QTest.keyClick(page.search, DOWN)
        QTest.keyClick(page.named, ENTER)
        assert told[-1] == DocumentAct(("d2",), "show")
        page.set_hits(samples.HITS)
        assert not page.named.isVisible()

    def test_of_ten_thousand_names_no_more_are_listed_than_can_be_looked_through(
        self, empty_page: DocumentsPage
    ) -> None:
        empty_page.set_shelf(samples.MANY)
        empty_page.set_hits(HitsShown("report", ()))
        assert len(empty_page.named.items.values) == MOST_NAMED
        assert empty_page.found.text() == "10,000 documents by name"

    def test_a_search_that_finds_nothing_says_so(self, page: DocumentsPage) -> None:
        page.set_hits(HitsShown("unicorn", ()))
        assert page.found.text() == "Nothing was found for “unicorn”."
        assert not page.hits.isVisible()

    def test_escape_leads_from_what_was_found_to_the_collections_and_then_to_the_chat(
        self, page: DocumentsPage
    ) -> None:
        heard: list[str] = []
        page.back_requested.connect(lambda: heard.append("back"))
        page.search.setText(samples.HITS.words)
        page.set_hits(samples.HITS)
        QTest.keyClick(page.hits, Qt.Key.Key_Escape)
        assert page.cards["c1"].isVisible()
        assert heard == []
        QTest.keyClick(page, Qt.Key.Key_Escape)
        assert heard == ["back"]


class TestWhatIsWished:
    def test_a_document_is_shown_by_enter_and_unlocked_where_it_is_locked(
        self, page: DocumentsPage, told: list[object]
    ) -> None:
        rows(page).setFocus(Qt.FocusReason.TabFocusReason)
        QTest.keyClick(rows(page), ENTER)
        rows(page).setCurrentIndex(rows(page).items.index(3, 0))
        QTest.keyClick(rows(page), ENTER)
        assert told == [DocumentAct(("d1",), "show"), DocumentAct(("d4",), "unlock")]

    def test_delete_asks_to_remove_all_that_are_selected(self, page: DocumentsPage, told: list[object]) -> None:
        rows(page).selectAll()
        QTest.keyClick(rows(page), Qt.Key.Key_Delete)
        assert told == [DocumentAct(tuple(one.id for one in samples.HOUSE), "remove")]

    def test_a_menu_offers_what_can_be_done_with_each_state(self, page: DocumentsPage, told: list[object]) -> None:
        read = rows(page).make_menu(0)
        assert texts(read) == [
            *("Show", "Ask this document", "Read again", "Keep a copy inside", "Open its folder", "Remove…"),
        ]
        failed = rows(page).make_menu(3)
        assert texts(failed)[:2] == ["Unlock…", "What is wrong with it…"]
        press(failed, "Read again")
        press(read, "Ask this document")
        assert told == [DocumentAct(("d4",), "read_again"), DocumentAct(("d1",), "ask")]

    def test_a_collection_is_asked_as_a_whole(self, page: DocumentsPage, told: list[object]) -> None:
        page.cards["c2"].ask.click()
        page.cards[OF_CHATS].ask.click()
        assert told == [Scope(collection_ids=("c2",)), Scope(("d60",))]

    def test_files_are_added_to_a_collection_only_where_no_folder_decides_what_is_in_it(
        self, page: DocumentsPage, told: list[object]
    ) -> None:
        watched, own, chats = (page.cards[id_].make_menu() for id_ in ("c1", "c2", OF_CHATS))
        assert "Add files…" not in texts(watched)
        assert "Rename…" not in texts(chats)
        press(own, "Add files…")
        press(watched, "Open the folder")
        press(chats, "Remove…")
        assert told == [
            CollectionAct("c2", "add_files"),
            CollectionAct("c1", "open_folder"),
            CollectionAct(OF_CHATS, "remove"),
        ]

    def test_what_was_left_out_of_a_watched_folder_is_listed_from_its_menu(
        self, page: DocumentsPage, told: list[object]
    ) -> None:
        first = samples.SHELF.collections[0]
        page.set_shelf(replace(samples.SHELF, collections=(replace(first, left_out=2), *samples.SHELF.collections[1:])))
        assert "2 left out" in page.cards["c1"].head.line.text()
        assert "Left out…" not in texts(page.cards["c2"].make_menu())
        press(page.cards["c1"].make_menu(), "Left out…")
        press(page.cards["c1"].make_menu(), "Check every file")
        press(page.cards["c1"].make_menu(), "Keep copies inside")
        acts: tuple[CollectionActName, ...] = ("left_out", "check", "keep")
        assert told == [CollectionAct("c1", act) for act in acts]

    def test_copies_are_offered_for_those_alone_that_have_none(self, page: DocumentsPage) -> None:
        first = samples.SHELF.collections[0]
        inside = tuple(replace(one, keeping="inside") for one in samples.HOUSE)
        page.set_shelf(replace(samples.SHELF, collections=(replace(first, documents=inside),)))
        assert not any("cop" in words for words in texts(page.cards["c1"].make_menu()))
        assert "kept inside" in rows(page).items.index(0, 0).data(WORDS).line
        rows(page).selectAll()
        assert not any("cop" in words for words in texts(rows(page).make_menu(0)))

    def test_the_menu_of_the_page_leads_to_the_model_for_searching_and_checks_all(self, page: DocumentsPage) -> None:
        heard: list[str] = []
        page.models_requested.connect(lambda: heard.append("models"))
        page.check_requested.connect(lambda: heard.append("check"))
        press(page.make_menu(), "Check every file")
        press(page.make_menu(), "Model for searching…")
        assert heard == ["check", "models"]

    def test_right_and_left_open_and_close_a_collection(self, page: DocumentsPage) -> None:
        head = page.cards["c1"].head
        QTest.keyClick(head, LEFT)
        assert not rows(page).isVisible()
        assert "Press Enter" in head.accessibleDescription()
        QTest.keyClick(head, Qt.Key.Key_Right)
        assert rows(page).isVisible()


class TestDropping:
    def drop(self, page: DocumentsPage, *paths: Path) -> bool:
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
        copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        enter = QDragEnterEvent(QPoint(50, 50), copy, data, left, none)
        QApplication.sendEvent(page, enter)
        if enter.isAccepted():
            QApplication.sendEvent(page, QDropEvent(QPointF(50, 50), copy, data, left, none))
        return enter.isAccepted()

    def test_files_and_folders_are_taken_anywhere_on_the_page(
        self, page: DocumentsPage, told: list[object], tmp_path: Path
    ) -> None:
        assert self.drop(page, tmp_path / "a.pdf", tmp_path)
        assert told == [PathsOffered((tmp_path / "a.pdf", tmp_path))]
        assert not page._veil.isVisible()

    def test_a_model_is_left_to_the_window(self, page: DocumentsPage, told: list[object], tmp_path: Path) -> None:
        assert not self.drop(page, tmp_path / "model.gguf")
        assert told == []


class TestTenThousand:
    @pytest.fixture
    def full(self, empty_page: DocumentsPage) -> DocumentsPage:
        empty_page.set_shelf(samples.MANY)
        settle()
        return empty_page

    def test_the_page_scrolls_as_a_whole_and_the_list_has_no_bar_of_its_own(self, full: DocumentsPage) -> None:
        assert rows(full).verticalScrollBar().maximum() == 0
        assert rows(full).height() == 10_000 * rows(full).sizeHintForRow(0)
        assert full._area.verticalScrollBar().maximum() > 300_000

    def test_only_rows_in_view_are_painted(self, full: DocumentsPage, monkeypatch: pytest.MonkeyPatch) -> None:
        painted: list[int] = []
        delegate = rows(full).itemDelegate()
        real = delegate.paint

        def paint(painter: object, option: object, index: object) -> None:
            painted.append(index.row())  # type: ignore[attr-defined] # a QModelIndex
            real(painter, option, index)  # type: ignore[arg-type] # as they came

        monkeypatch.setattr(delegate, "paint", paint)
        full._area.verticalScrollBar().setValue(200_000)
        full.grab()
        assert 5 < len(set(painted)) < 60

    def test_keys_bring_their_row_into_view(self, full: DocumentsPage) -> None:
        rows(full).setFocus(Qt.FocusReason.TabFocusReason)
        QTest.keyClick(rows(full), Qt.Key.Key_End)
        settle()
        assert is_in_view(full, 9_999)
        QTest.keyClick(rows(full), Qt.Key.Key_Home)
        assert is_in_view(full, 0)

    def test_a_document_that_changes_does_not_move_the_page(self, full: DocumentsPage) -> None:
        full._area.verticalScrollBar().setValue(100_000)
        (collection,) = samples.MANY.collections
        changed = (replace(collection.documents[0], status="reading"), *collection.documents[1:])
        full.set_shelf(replace(samples.MANY, collections=(CollectionShown(collection.collection, changed),)))
        settle()
        assert full._area.verticalScrollBar().value() == 100_000


@pytest.mark.parametrize("percent", [100, 200])
def test_a_larger_text_makes_higher_rows(theme: Theme, page: DocumentsPage, percent: int) -> None:
    theme.set_text_percent(percent)
    settle()
    assert rows(page).height() == len(samples.HOUSE) * rows(page).sizeHintForRow(0)
    theme.set_text_percent(100)
