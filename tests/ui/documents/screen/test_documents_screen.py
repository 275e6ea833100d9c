from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from app.documents import reader
from app.documents.grounds import Grounds
from app.documents.records import Scope
from app.settings import DOCUMENTS_PAUSED, READ_SCANS, SEARCH_MODEL
from app.ui.actions import Act
from app.ui.dialogs import SentenceDialog
from app.ui.documents.adding_dialog import AddDialog, RenameDialog
from app.ui.documents.left_out_dialog import LeftOutDialog
from app.ui.documents.page.shown import OF_CHATS, CollectionAct, DocumentAct, PathsOffered
from app.ui.documents.removal_dialogs import ReceiptDialog, RemovalDialog, RemovalProgress
from app.ui.documents.screen import removing
from app.ui.documents.unlock_dialog import UnlockDialog
from tests.documents.pdfs import Sheet, pdf
from tests.documents.scans import bound, scan_of
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

    def test_a_folder_that_is_here_already_is_kept_as_it_is_wished_now(self, stage: Stage) -> None:
        stage.write("travel/ferry.txt", FERRY)
        offer(stage, stage.files / "travel")
        stage.until_read("ferry.txt")
        for wish in (True, False):  # unticked, nothing is wished
            stage.page.paths_offered.emit(PathsOffered((stage.files / "travel",)))
            dialog = stage.dialog(AddDialog)
            dialog.inside.setChecked(wish)
            dialog.accept_button.click()
            stage.until(lambda: stage.documents()["ferry.txt"].keeping == "inside")
            assert stage.core.documents.wait_until_idle(20)
        assert len(stage.page.cards) == 1
        assert [one.keeping for one in stage.core.documents.documents()] == ["inside"]


class TestUnlocking:
    def test_a_locked_file_is_read_with_its_password_and_a_wrong_one_is_said_in_place(self, stage: Stage) -> None:
        path = stage.files / "secret.pdf"
        path.write_bytes(pdf([Sheet().text(70, 700, "The horse stands in the kitchen.")], password="four keys"))
        offer(stage, path)
        stage.until(lambda: "secret.pdf" in stage.documents() and stage.documents()["secret.pdf"].status == "failed")
        stage.page.document_act.emit(DocumentAct((stage.documents()["secret.pdf"].id,), "unlock"))
        dialog = stage.dialog(UnlockDialog)
        dialog.secret.setText("three keys")
        dialog.accept_button.click()
        stage.until(dialog.fault.isVisible)
        assert "The password does not open this file." in dialog.fault.text()
        assert dialog.secret.text() == "three keys", "to be corrected"
        dialog.secret.setText("four keys")
        dialog.accept_button.click()
        stage.until_read("secret.pdf")
        assert stage.core.documents.search("horse")

    def test_without_the_password_it_stays_locked_and_says_so(self, stage: Stage) -> None:
        path = stage.files / "secret.pdf"
        path.write_bytes(pdf([Sheet().text(70, 700, "The horse stands in the kitchen.")], password="four keys"))
        offer(stage, path)
        stage.until(lambda: "secret.pdf" in stage.documents() and stage.documents()["secret.pdf"].status == "failed")
        document = stage.documents()["secret.pdf"]
        stage.page.document_act.emit(DocumentAct((document.id,), "unlock"))
        stage.dialog(UnlockDialog).reject_button.click()
        assert (document.fault_name, document.fault) == ("encrypted", "This file is locked with a password.")


class TestKeeping:
    def test_copies_are_made_inside_for_all_of_a_collection(self, stage: Stage) -> None:
        path = stage.write("travel/ferry.txt", FERRY)
        made = offer(stage, stage.files / "travel")
        stage.until_read("ferry.txt")
        stage.page.collection_act.emit(CollectionAct(made, "keep"))
        stage.until(lambda: stage.documents()["ferry.txt"].keeping == "inside")
        path.unlink()
        (document,) = stage.core.documents.documents()
        assert b"".join(stage.core.documents.source(document.id).pieces()) == FERRY.encode()


class TestLeavingOut:
    def test_a_removed_file_of_a_watched_folder_is_left_out_until_it_is_taken_in_again(self, stage: Stage) -> None:
        stage.write("travel/ferry.txt", FERRY)
        stage.write("travel/rent.md", RENT)
        made = offer(stage, stage.files / "travel")
        stage.until_read("ferry.txt", "rent.md")
        stage.page.document_act.emit(DocumentAct((stage.documents()["ferry.txt"].id,), "remove"))
        removal = stage.dialog(RemovalDialog)
        assert "leaves them out" in removal.accessibleDescription()
        removal.accept_button.click()
        stage.dialog(ReceiptDialog).accept()
        stage.until(lambda: "1 left out" in stage.page.cards[made].head.line.text())
        assert list(stage.documents()) == ["rent.md"]
        stage.page.collection_act.emit(CollectionAct(made, "left_out"))
        dialog = stage.dialog(LeftOutDialog)
        dialog.take_in.click()
        stage.until(lambda: not [one for one in stage.window.findChildren(LeftOutDialog) if one.isVisible()])
        stage.until_read("ferry.txt", "rent.md")
        stage.until(lambda: "left out" not in stage.page.cards[made].head.line.text())


class TestSearching:
    def test_what_is_typed_is_found_in_the_documents(self, stage: Stage) -> None:
        offer(stage, stage.write("ferry.txt", FERRY), stage.write("rent.md", RENT))
        stage.until_read("ferry.txt", "rent.md")
        stage.page.search.setText("harbour")
        stage.until(lambda: stage.page.hits.items.rowCount() > 0)
        assert stage.page.hits.passage(0).document_name == "ferry.txt"
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

    def test_a_scan_is_offered_to_be_read_and_stays_a_picture_until_then(self, stage: Stage) -> None:
        path = stage.files / "scan.pdf"
        path.write_bytes(bound([scan_of(pdf([Sheet().text(70, 700, "The ferry leaves at nine.")]))]))
        offer(stage, path)
        stage.until_read("scan.pdf")
        stage.until(stage.page.scans.isVisible)
        assert stage.page.scans.read.isVisible() == bool(reader.ocr_languages())
        assert stage.core.documents.part(stage.documents()["scan.pdf"].id, 0).text == ""
        assert not stage.core.settings.get(READ_SCANS)

    def test_scans_are_read_once_the_person_says_so(self, stage: Stage) -> None:
        stage.page.scans_requested.emit()
        stage.until(lambda: stage.core.settings.get(READ_SCANS))


class TestSearchModel:
    def test_it_is_chosen_on_the_page_of_models(self, stage: Stage) -> None:
        stage.page.models_requested.emit()
        models = stage.window.later.models_page
        stage.until(models.isVisible)
        assert models.ways.way == "shelf"

    def test_where_the_chosen_one_is_gone_the_person_says_that_the_one_of_paddock_takes_its_place(
        self, stage: Stage, converted: Path
    ) -> None:
        offer(stage, stage.write("ferry.txt", FERRY))
        stage.until_read("ferry.txt")
        own = stage.files / "own.gguf"
        own.write_bytes(converted.read_bytes())
        stage.core.use_search_model(own)
        own.unlink()

        def is_said() -> bool:
            stage.screen.look()  # whether it is there is not looked at all the time
            return stage.page.note.isVisible()

        stage.until(is_said)
        stage.page.note.starter.click()
        stage.until(lambda: not stage.page.note.isVisible())
        assert stage.core.settings.get(SEARCH_MODEL) == ""


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

    def test_what_a_chat_asks_as_well_can_stay_there(self, stage: Stage) -> None:
        made = offer(stage, stage.write("ferry.txt", FERRY), stage.write("rent.md", RENT), name="Papers")
        stage.until_read("ferry.txt", "rent.md")
        shown = stage.documents()
        home, _answer = answer_from(stage, "ferry")
        stage.core.documents.attach(home, Scope((shown["ferry.txt"].id,)))
        ids = tuple(document.id for document in shown.values())
        stage.page.document_act.emit(DocumentAct(ids, "remove"))
        dialog = stage.dialog(RemovalDialog)
        assert dialog.out_only is not None
        dialog.out_only.setChecked(True)
        dialog.accept_button.click()
        receipt = stage.dialog(ReceiptDialog)
        assert "Still in chats: ferry.txt" in receipt.text
        receipt.accept()
        stage.until(lambda: list(stage.documents()) == ["ferry.txt"])
        assert stage.documents()["ferry.txt"].collection_id != made

    def test_many_go_one_after_the_other_until_the_person_stops_it(
        self, stage: Stage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(removing, "SHOWN_AFTER_MS", 0)
        stage.core.documents.pause("person")  # they need not be read to be removed
        names = [f"letter {number}.txt" for number in range(600)]
        made = offer(stage, *(stage.write(name, FERRY) for name in names))
        stage.until(lambda: len(stage.documents()) == len(names))
        stage.page.collection_act.emit(CollectionAct(made, "remove"))
        stage.dialog(RemovalDialog).accept_button.click()
        progress = stage.dialog(RemovalProgress)
        stage.until(lambda: progress._bar.share > 0)
        progress.accept_button.click()
        receipt = stage.dialog(ReceiptDialog)
        assert receipt.windowTitle() == "Removed in part"
        receipt.accept()
        stage.until(lambda: 0 < len(stage.documents()) < len(names))
        assert made in stage.page.cards


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
