from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from app.documents.grounds import Grounds
from app.documents.records import Scope
from app.settings import DOCUMENTS_PAUSED, READ_SCANS
from app.ui.actions import Act
from app.ui.dialogs import SentenceDialog
from app.ui.documents.adding_dialog import AddDialog, RenameDialog
from app.ui.documents.page.shown import OF_CHATS, CollectionAct, DocumentAct, PathsOffered
from app.ui.documents.removal_dialogs import ReceiptDialog, RemovalDialog
from tests.documents.pdfs import Sheet, pdf
from tests.ui.documents.screen.conftest import FERRY, RENT, Stage


def offer(stage: Stage, *paths: Path, name: str = "", inside: bool = False) -> str:
    """Drop these on the page and say yes. The id of the collection that comes of it."""
    before = set(stage.page.cards)
    stage.page.paths_offered.emit(PathsOffered(paths))
    dialog = stage.dialog(AddDialog)
    if name and dialog.name is not None:
        dialog.name.setText(name)
    dialog.inside.setChecked(inside)
    dialog.accept_button.click()
    stage.until(lambda: len(stage.page.cards) > len(before))
    (made,) = set(stage.page.cards) - before
    return made


def answer_from(stage: Stage, query: str) -> tuple[str, str]:
    """A chat with an answer that quotes what is found for the query: the ids of both."""
    core = stage.core
    passages = core.documents.search(query)
    question, answer = core.chats.begin_turn(None, query, parent_id=None, model="", title="Travel", now=1.0)
    ids = tuple(dict.fromkeys(passage.document_id for passage in passages))
    core.chats.ground(answer.id, Grounds("passages", query, passages, FERRY, 1, 1, ids))
    core.chats.finish(answer.id, "At nine.", "done", model="m", note="", stats=None)
    return question.conversation_id, answer.id


class TestAdding:
    def test_the_page_is_reached_by_its_action_and_left_for_the_chat(self, stage: Stage) -> None:
        stage.page.back_requested.emit()
        assert stage.window.page.isVisible()
        stage.window.actions_of_window[Act.DOCUMENTS].trigger()
        assert stage.page.isVisible()

    def test_the_button_in_the_sidebar_leads_there(self, stage: Stage) -> None:
        stage.window.show_chat()
        stage.window.sidebar.documents.click()
        assert stage.page.isVisible()

    def test_a_folder_becomes_a_collection_and_is_read(self, stage: Stage) -> None:
        stage.write("travel/ferry.txt", FERRY)
        stage.write("travel/deep/rent.md", RENT)
        made = offer(stage, stage.files / "travel")
        stage.until_read("ferry.txt", "rent.md")
        assert stage.page.cards[made].head.title.accessibleName() == "travel"
        (collection,) = stage.core.documents.collections()
        assert collection.folder == str(stage.files / "travel")

    def test_files_make_a_collection_of_the_name_that_is_typed_and_later_ones_join_it(self, stage: Stage) -> None:
        made = offer(stage, stage.write("ferry.txt", FERRY), name="Papers")
        stage.page.paths_offered.emit(PathsOffered((stage.write("rent.md", RENT),)))
        dialog = stage.dialog(AddDialog)
        assert dialog.name is not None
        dialog.name.setText("Papers")
        dialog.accept_button.click()
        stage.until_read("ferry.txt", "rent.md")
        assert list(stage.page.cards) == [made]

    def test_a_copy_inside_outlives_the_file(self, stage: Stage) -> None:
        path = stage.write("ferry.txt", FERRY)
        offer(stage, path, inside=True)
        stage.until_read("ferry.txt")
        path.unlink()
        (document,) = stage.core.documents.documents()
        assert b"".join(stage.core.documents.source(document.id).pieces()) == FERRY.encode()

    def test_kinds_that_cannot_be_read_are_named_once_and_left_out(self, stage: Stage) -> None:
        picture = stage.files / "holiday.jpg"
        picture.write_bytes(b"\xff\xd8\xff\xe0\0\x10JFIF" + bytes(range(256)) * 8)
        offer(stage, picture, stage.write("ferry.txt", FERRY))
        stage.until_told("holiday.jpg")
        stage.until_read("ferry.txt")
        assert list(stage.documents()) == ["ferry.txt"]

    def test_a_file_that_cannot_be_read_says_why_and_the_rest_goes_on(self, stage: Stage) -> None:
        offer(stage, stage.write("empty.txt", ""), stage.write("ferry.txt", FERRY))
        stage.until_read("ferry.txt")
        stage.until(lambda: stage.documents()["empty.txt"].status == "failed")
        stage.page.document_act.emit(DocumentAct((stage.documents()["empty.txt"].id,), "why"))
        dialog = stage.dialog(SentenceDialog)
        assert "This file is empty." in dialog.accessibleDescription()
        dialog.reject()


class TestSearching:
    def test_what_is_typed_is_found_in_the_documents(self, stage: Stage) -> None:
        offer(stage, stage.write("ferry.txt", FERRY), stage.write("rent.md", RENT))
        stage.until_read("ferry.txt", "rent.md")
        stage.page.search.setText("harbour")
        stage.until(lambda: stage.page.hits.items.rowCount() > 0)
        assert stage.page.hits.items.passage(0).document_name == "ferry.txt"
        stage.page.search.clear()
        assert not stage.page.hits.isVisible()

    def test_a_click_on_what_was_found_opens_the_page_that_it_stands_on(self, stage: Stage) -> None:
        path = stage.files / "timetable.pdf"
        path.write_bytes(pdf([Sheet().text(70, 700, "Fares."), Sheet().text(70, 700, "The ferry leaves at nine.")]))
        offer(stage, path)
        stage.until_read("timetable.pdf")
        stage.page.search.setText("ferry")
        stage.until(lambda: stage.page.hits.items.rowCount() > 0)
        hits = stage.page.hits
        QTest.mouseClick(
            hits.viewport(), Qt.MouseButton.LeftButton, pos=hits.visualRect(hits.items.index(0, 0)).center()
        )
        viewer = stage.window.later.viewer
        stage.until(viewer.isVisible)
        stage.until(lambda: viewer.pane._number == 1)
        viewer.close()

    def test_a_chat_is_begun_that_asks_the_collection_and_what_was_typed_stays(self, stage: Stage) -> None:
        made = offer(stage, stage.write("ferry.txt", FERRY))
        stage.until_read("ferry.txt")
        heard: list[object] = []
        stage.window.later.ask_requested.connect(heard.append)
        stage.page.cards[made].ask.click()
        stage.until(lambda: heard == [Scope(collection_ids=(made,))])
        assert stage.core.chats.draft(None).scope == Scope(collection_ids=(made,))
        stage.until(lambda: stage.window.page.isVisible())


class TestChanging:
    def test_a_collection_gets_another_name(self, stage: Stage) -> None:
        made = offer(stage, stage.write("ferry.txt", FERRY))
        stage.page.collection_act.emit(CollectionAct(made, "rename"))
        dialog = stage.dialog(RenameDialog)
        dialog.name.setText("  Travel   papers ")
        dialog.accept_button.click()
        stage.until(lambda: stage.page.cards[made].head.title.accessibleName() == "Travel papers")

    def test_a_name_of_spaces_is_none(self, stage: Stage) -> None:
        made = offer(stage, stage.write("ferry.txt", FERRY))
        stage.page.collection_act.emit(CollectionAct(made, "rename"))
        dialog = stage.dialog(RenameDialog)
        dialog.name.setText("   ")
        assert not dialog.accept_button.isEnabled()
        dialog.reject()

    def test_reading_again_brings_what_the_file_says_now(self, stage: Stage) -> None:
        made = offer(stage, stage.write("ferry.txt", FERRY))
        stage.until_read("ferry.txt")
        stage.write("ferry.txt", "The bus leaves at ten.\n")
        stage.page.collection_act.emit(CollectionAct(made, "read_again"))
        stage.until(lambda: bool(stage.core.documents.search("bus")))

    def test_scans_are_read_once_the_person_says_so(self, stage: Stage) -> None:
        stage.page.scans_requested.emit()
        stage.until(lambda: stage.core.settings.get(READ_SCANS))


class TestRemoving:
    def test_a_collection_goes_with_a_receipt_and_its_answers_stay(self, stage: Stage) -> None:
        made = offer(stage, stage.write("ferry.txt", FERRY))
        stage.until_read("ferry.txt")
        home, _answer = answer_from(stage, "ferry")
        stage.page.collection_act.emit(CollectionAct(made, "remove"))
        dialog = stage.dialog(RemovalDialog)
        assert dialog.with_answers is not None
        assert not dialog.with_answers.isChecked()
        dialog.accept_button.click()
        receipt = stage.dialog(ReceiptDialog)
        assert "ferry.txt" in receipt.text
        assert "Passages behind 1 answer" in receipt.text
        receipt.copy.click()
        assert QGuiApplication.clipboard().text() == receipt.text
        receipt.accept()
        stage.until(stage.page.empty.isVisible)
        assert stage.core.documents.search("ferry") == ()
        assert [one.text for one in stage.core.chats.tree(home).path()] == ["ferry", "At nine."]

    def test_with_its_answers_the_chat_on_screen_loses_them_too(self, stage: Stage) -> None:
        offer(stage, stage.write("ferry.txt", FERRY))
        stage.until_read("ferry.txt")
        home, answer = answer_from(stage, "ferry")
        stage.window.conversation.open(home)
        stage.until(lambda: [node.id for node in stage.window.conversation.nodes()][-1:] == [answer])
        stage.page.document_act.emit(DocumentAct((stage.documents()["ferry.txt"].id,), "remove"))
        dialog = stage.dialog(RemovalDialog)
        assert dialog.with_answers is not None
        dialog.with_answers.setChecked(True)
        dialog.accept_button.click()
        receipt = stage.dialog(ReceiptDialog)
        assert "1 answer that quoted it" in receipt.text
        receipt.accept()
        stage.until(lambda: len(stage.window.conversation.nodes()) == 1)

    def test_cancel_removes_nothing(self, stage: Stage) -> None:
        made = offer(stage, stage.write("ferry.txt", FERRY))
        stage.until_read("ferry.txt")
        stage.page.collection_act.emit(CollectionAct(made, "remove"))
        dialog = stage.dialog(RemovalDialog)
        assert dialog.reject_button.isDefault(), "Enter does no harm"
        dialog.reject_button.click()
        assert len(stage.core.documents.documents()) == 1

    def test_files_of_chats_are_listed_and_can_be_removed_together(self, stage: Stage) -> None:
        stage.core.documents.add_files([stage.write("ferry.txt", FERRY)])
        stage.until_read("ferry.txt")
        assert list(stage.page.cards) == [OF_CHATS]
        stage.page.collection_act.emit(CollectionAct(OF_CHATS, "remove"))
        stage.dialog(RemovalDialog).accept_button.click()
        stage.dialog(ReceiptDialog).accept()
        stage.until(stage.page.empty.isVisible)


class TestWorking:
    def test_a_pause_holds_also_after_the_next_start_until_the_person_goes_on(self, stage: Stage) -> None:
        stage.page.pause_requested.emit()
        stage.until(lambda: stage.core.documents.progress().pause_reason == "person")
        assert stage.core.settings.get(DOCUMENTS_PAUSED)
        offer(stage, stage.write("ferry.txt", FERRY))
        stage.until(lambda: "Paused" in stage.page.work.line.text and stage.page.work.isVisible())
        stage.page.work.hold.click()
        stage.until_read("ferry.txt")
        assert not stage.core.settings.get(DOCUMENTS_PAUSED)

    def test_the_work_rests_while_an_answer_is_written_and_goes_on_after_it(self, stage: Stage) -> None:
        heard: list[str] = []
        documents = stage.core.documents
        end = documents.on_change(lambda: heard.append(documents.progress().pause_reason))
        stage.window.conversation.send("When does the ferry leave?")
        stage.until(lambda: "answer" in heard and heard[-1] == "")
        end()
