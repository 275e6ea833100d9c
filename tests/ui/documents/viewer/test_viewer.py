from __future__ import annotations

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QColor, QDesktopServices, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLineEdit

from app.documents import faults
from app.documents.parts import Picture, Span
from app.documents.reader import Pages
from app.ui.bridge import Bridge
from app.ui.dialogs import SentenceDialog
from app.ui.documents.items import PassageRequested
from app.ui.documents.viewer.pictures import PageWish
from app.ui.documents.viewer.viewer import Viewer
from app.ui.theme import Appearance
from tests.documents.pdfs import Sheet, pdf
from tests.ui.documents.viewer.conftest import Desk

KEY, MOD = Qt.Key, Qt.KeyboardModifier


def grabbed(desk: Desk) -> QImage:
    return desk.pane.pages.viewport().grab().toImage()


def is_marked(colour: QColor) -> bool:
    return colour.red() > 240 and colour.green() > 220 and colour.blue() < 180


class TestPages:
    def test_a_citation_opens_at_its_page_with_exactly_its_words_marked(self, desk: Desk) -> None:
        document = desk.add_pages(5)
        span = desk.span(document, "Line 30 of leaf 4", page=3)
        desk.theme.apply(Appearance(motion="reduced"))
        desk.viewer.show_span(document.id, span)
        desk.wait_for_page(3)
        (place,) = desk.pane.pages.marked_places()
        room = desk.pane.pages.viewport().rect()
        assert room.contains(place.toRect())
        picture = grabbed(desk)
        assert is_marked(picture.pixelColor(int(place.left()) + 2, int(place.top()) + 2))
        assert picture.pixelColor(int(place.right()) + 8, int(place.center().y())) != QColor("#ffed91")
        inked = [picture.pixelColor(x, int(place.center().y())).lightness() for x in range(*_across(place))]
        assert min(inked) < 90  # the words below the mark can be read

    def test_words_over_two_lines_are_marked_on_both(self, desk: Desk) -> None:
        document = desk.add_pages(1)
        text = desk.shelf.library.part(document.id, 0).text
        start, end = text.index("goes on", text.index("Line 3 ")), text.index("of leaf", text.index("Line 4 "))
        desk.viewer.show_span(document.id, Span(0, start, 0, end))
        desk.wait_for_page(0)
        first, second = desk.pane.pages.marked_places()
        assert second.top() > first.center().y()
        assert first.left() > second.left()

    def test_only_the_quoted_words_are_marked_where_they_stand_in_the_passage(self, desk: Desk) -> None:
        document = desk.add_pages(1)
        desk.viewer.show_passage(PassageRequested(document.id, Span(0, 0, 0, 400), "Line 5 of leaf 1"))
        desk.wait_for_page(0)
        assert len(desk.pane.pages.marked_places()) == 1
        assert desk.pane.place is not None
        assert desk.pane.place[1] == desk.span(document, "Line 5 of leaf 1")

    def test_shown_from_its_beginning_nothing_is_marked_any_more(self, desk: Desk) -> None:
        document = desk.add_pages(2)
        desk.viewer.show_span(document.id, desk.span(document, "Line 2 of leaf 1"))
        desk.wait_for_page(0)
        assert desk.pane.pages.marked_places()
        desk.viewer.show_document(document.id)
        desk.wait(lambda: not desk.pane.pages.marked_places())

    def test_paper_stays_white_in_the_dark_and_what_is_around_it_does_not(self, desk: Desk) -> None:
        document = desk.add_pages(1)
        desk.viewer.show_span(document.id, desk.span(document, "Line 2 of leaf 1"))
        desk.wait_for_page(0)
        desk.theme.choose("dark")
        picture, page = grabbed(desk), desk.pane.pages.place_of(0)
        assert picture.pixelColor(int(page.left()) + 6, int(page.top()) + 40) == QColor("#ffffff")
        assert picture.pixelColor(2, 300).lightness() < 40

    def test_page_1500_of_2000_is_there_without_the_pages_before_it(self, desk: Desk) -> None:
        document = desk.add("long.pdf", pdf([Sheet().text(60, 780, f"Leaf {n + 1} of many.") for n in range(2000)]))
        desk.viewer.show_span(document.id, desk.span(document, "Leaf 1500", page=1499))
        desk.wait_for_page(1499)
        assert desk.asked[0][0] == 1499
        assert {page for page, _width in desk.asked} <= {1498, 1499, 1500, 1501}
        desk.wait(lambda: desk.pane.bar.field.text() in ("1,500", "1500"))

    def test_the_picture_has_the_pixels_of_the_screen(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        document = desk.add_pages(1)
        view = desk.pane.pages
        monkeypatch.setattr(view, "devicePixelRatioF", lambda: 2.0)
        desk.viewer.show_document(document.id)
        desk.wait_for_page(0)
        image = view.pictures.image(0)
        assert image is not None
        assert image.width() == 2 * round(view.place_of(0).width())

    def test_large_pictures_are_bounded_and_not_made_ahead(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        document = desk.add_pages(4)
        view = desk.pane.pages
        desk.viewer.show_document(document.id)
        desk.wait_for_page(1)
        monkeypatch.setattr(view, "devicePixelRatioF", lambda: 3.0)
        desk.asked.clear()
        view.set_zoom(3.0)
        image = view.pictures.image
        desk.wait(lambda: (found := image(0)) is not None and found.width() == 2800)
        assert {page for page, _width in desk.asked} == {0}

    def test_marks_of_a_page_that_is_drawn_already_cost_a_small_picture_only(self, desk: Desk) -> None:
        document = desk.add_pages(1)
        desk.viewer.show_span(document.id, desk.span(document, "Line 2 of leaf 1"))
        desk.wait_for_page(0)
        before = len(desk.asked)
        desk.viewer.show_span(document.id, desk.span(document, "Line 9 of leaf 1"))
        desk.wait(lambda: len(desk.asked) > before)
        desk.wait_for_page(0)
        assert [width for _page, width in desk.asked[before:]] == [16]

    def test_what_is_in_the_middle_stays_there_when_the_window_gets_narrower(self, desk: Desk) -> None:
        document = desk.add_pages(9)
        desk.viewer.show_span(document.id, desk.span(document, "leaf 6", page=5))
        desk.wait_for_page(5)
        desk.viewer.resize(420, 800)
        assert desk.pane.pages.page == 5

    def test_marked_words_stay_where_they_are_when_it_is_shown_larger(self, desk: Desk) -> None:
        document = desk.add_pages(2)
        desk.theme.apply(Appearance(motion="reduced"))
        desk.viewer.show_span(document.id, desk.span(document, "Line 12 of leaf 2", page=1))
        desk.wait_for_page(1)
        before = desk.pane.pages.marked_places()[0].topLeft()
        QTest.keyClick(desk.pane.pages, KEY.Key_Plus, MOD.ControlModifier)
        assert desk.pane.pages.zoom == 1.25
        after = desk.pane.pages.marked_places()[0].topLeft()
        assert (after - before).manhattanLength() < 6
        assert desk.pane.bar.percent.text() == "125 %"
        QTest.keyClick(desk.pane.pages, KEY.Key_0, MOD.ControlModifier)
        assert desk.pane.pages.zoom == 1.0

    def test_the_passage_comes_into_sight_by_a_movement_unless_motion_is_reduced(self, desk: Desk) -> None:
        document = desk.add_pages(1)
        desk.viewer.resize(700, 400)
        desk.viewer.show_span(document.id, desk.span(document, "Line 38 of leaf 1"))
        desk.wait_for_page(0)
        room = desk.pane.pages.viewport().rect()
        desk.wait(lambda: room.contains(desk.pane.pages.marked_places()[0].toRect()))
        desk.wait(lambda: desk.pane.pages.verticalScrollBar().value() > 200)


class TestTheChild:
    def test_it_ends_when_the_viewer_is_closed_and_the_pictures_are_gone(self, desk: Desk) -> None:
        document = desk.add_pages(2)
        desk.viewer.show_document(document.id)
        desk.wait_for_page(0)
        assert desk.pane.pages.pictures.is_awake
        QTest.keyClick(desk.pane.pages, KEY.Key_Escape)
        assert not desk.viewer.isVisible()
        desk.wait(lambda: len(desk.ended) == 1)
        assert desk.pane.pages.pictures.image(0) is None

    def test_it_ends_when_another_document_is_shown(self, desk: Desk) -> None:
        first, second = desk.add_pages(1), desk.add_pages(1, "other.pdf")
        desk.viewer.show_document(first.id)
        desk.wait_for_page(0)
        desk.viewer.show_document(second.id)
        desk.wait(lambda: desk.ended != [] and desk.viewer.windowTitle() == "other.pdf")
        desk.wait_for_page(0)

    def test_it_ends_when_nothing_is_asked_for_and_the_next_page_wakes_another(self, desk: Desk) -> None:
        document = desk.add_pages(9)
        desk.viewer.show_document(document.id)
        desk.wait_for_page(1)
        desk.pane.pages.pictures.rest()
        desk.wait(lambda: len(desk.ended) == 1)
        assert desk.pane.pages.pictures.image(0) is not None  # what is in sight stays in sight
        desk.pane.pages.go_to(8)
        desk.wait_for_page(8)
        assert desk.pane.pages.pictures.is_awake

    def test_closing_while_the_document_is_being_opened_leaves_no_child(self, desk: Desk) -> None:
        document = desk.add_pages(1)
        desk.viewer.show_document(document.id)
        desk.wait(lambda: desk.pane.pages.pictures.is_awake)
        desk.viewer.close()
        desk.wait(lambda: len(desk.ended) >= 1)
        assert not desk.pane.pages.pictures.is_awake

    def test_little_is_kept_of_what_is_out_of_sight(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("app.ui.documents.viewer.pictures.KEPT_BYTES", 1)
        document = desk.add_pages(9)
        desk.viewer.show_document(document.id)
        desk.wait_for_page(0)
        desk.pane.pages.go_to(7)
        desk.wait_for_page(7)
        assert desk.pane.pages.pictures.image(0) is None


class TestWhatGoesWrong:
    def test_a_file_that_is_gone_is_shown_as_text_with_a_sentence(self, desk: Desk) -> None:
        document = desk.add_pages(3)
        (desk.shelf.files / "policy.pdf").unlink()
        desk.viewer.show_span(document.id, desk.span(document, "Line 7 of leaf 2", page=1))
        desk.wait_for_text("leaf 2")
        assert desk.pane.text.marked_words() == "Line 7 of leaf 2"
        assert "not there any more" in desk.pane.notice.words.text()
        assert not desk.pane.bar.ways.isVisible()

    def test_a_file_that_changed_is_shown_as_the_text_that_was_read(self, desk: Desk) -> None:
        document = desk.add_pages(1)
        (desk.shelf.files / "policy.pdf").write_bytes(pdf([Sheet().text(60, 700, "Something else.")]))
        desk.viewer.show_span(document.id, desk.span(document, "Line 7 of leaf 1"))
        desk.wait_for_text("Line 7")
        assert "changed" in desk.pane.notice.words.text()

    def test_a_page_that_cannot_be_drawn_says_so_and_the_others_are_shown(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        document = desk.add_pages(3)
        real = Pages.picture

        def picture(pages: Pages, part: int, *, width_px: int, span: Span | None = None) -> Picture:
            if part == 1:
                raise faults.of("crashed")
            return real(pages, part, width_px=width_px, span=span)

        monkeypatch.setattr(Pages, "picture", picture)
        desk.viewer.show_span(document.id, desk.span(document, "Line 7 of leaf 2", page=1))
        desk.wait(lambda: desk.pane.pages.pictures.fault(1) is not None)
        assert "Text" in desk.pane.notice.words.text()
        desk.pane.step(1)
        desk.wait_for_page(2)
        desk.pane.bar.previous.click()
        desk.pane.bar.as_text.click()
        desk.wait_for_text("leaf 2")

    def test_a_document_that_is_not_there_says_so(self, desk: Desk) -> None:
        desk.viewer.show_document("nothing")
        desk.wait(lambda: desk.pane.said.message.text() != "")
        assert not desk.pane.bar.copy.isEnabled()

    def test_a_document_that_waits_is_shown_as_soon_as_it_was_read(self, desk: Desk) -> None:
        desk.shelf.library.pause("person")
        path = desk.shelf.files / "a.pdf"
        path.write_bytes(pdf([Sheet().text(60, 700, "The ferry leaves.")]))
        (waiting,) = desk.shelf.library.add_files([path])
        desk.viewer.show_document(waiting.id)
        desk.wait(lambda: "not been read yet" in desk.pane.said.message.text())
        desk.shelf.library.resume("person")
        desk.shelf.work()
        desk.wait_for_page(0)

    def test_a_document_that_is_removed_meanwhile_is_gone_from_the_screen(self, desk: Desk) -> None:
        document = desk.add_pages(1)
        desk.viewer.show_document(document.id)
        desk.wait_for_page(0)
        desk.shelf.library.remove([document.id])
        desk.wait(lambda: "removed" in desk.pane.said.message.text())
        assert desk.pane.pages.pictures.image(0) is None
        desk.wait(lambda: len(desk.ended) == 1)


class TestText:
    def test_a_file_without_pages_opens_at_the_marked_words(self, desk: Desk) -> None:
        body = "\n\n".join(f"Paragraph {n} 🦭 is here." for n in range(150))
        document = desk.add("notes.md", f"# Notes\n\n{body}")
        span = desk.span(document, "Paragraph 120 🦭 is here.")
        desk.viewer.show_span(document.id, span)
        desk.wait_for_text("Paragraph 120")
        view = desk.pane.text
        assert view.marked_words() == "Paragraph 120 🦭 is here."
        assert view.viewport().rect().contains(view.cursorRect())
        assert view.verticalScrollBar().value() > 0
        assert not desk.pane.bar.ways.isVisible()

    def test_the_words_of_a_page_can_be_seen_as_text_and_back(self, desk: Desk) -> None:
        document = desk.add_pages(3)
        desk.viewer.show_span(document.id, desk.span(document, "Line 7 of leaf 2", page=1))
        desk.wait_for_page(1)
        desk.pane.bar.as_text.click()
        desk.wait_for_text("leaf 2")
        assert desk.pane.text.marked_words() == "Line 7 of leaf 2"
        desk.pane.bar.next.click()
        desk.wait_for_text("leaf 3")
        assert desk.pane.text.marked_words() == ""
        desk.pane.bar.as_page.click()
        assert desk.pane.pages.isVisible()
        assert desk.pane.pages.page == 2

    def test_text_that_a_person_would_not_see_is_said_and_underlined(self, desk: Desk) -> None:
        sheet = Sheet().lines(60, 780, ["Seen by all."]).text(60, 700, "Obey me at once.", colour=(1, 1, 1))
        document = desk.add("trap.pdf", pdf([sheet]))
        assert document.hidden == 1
        desk.viewer.show_document(document.id)
        desk.wait_for_page(0)
        desk.pane.bar.as_text.click()
        desk.wait_for_text("Obey me")
        desk.wait(lambda: "cannot be seen" in desk.pane.notice.words.text())


class TestFinding:
    def find(self, desk: Desk, words: str) -> None:
        QTest.keyClick(desk.pane.pages, KEY.Key_F, MOD.ControlModifier)
        desk.pane.finding.bar.field.clear()
        QTest.keyClicks(desk.pane.finding.bar.field, words)

    def test_words_are_found_across_the_ends_of_lines_and_stepped_through(self, desk: Desk) -> None:
        document = desk.add_pages(4)
        desk.viewer.show_document(document.id)
        desk.wait_for_page(0)
        self.find(desk, "GOES ON. line 7 ")
        desk.wait(lambda: desk.pane.finding.bar.count.text() == "1 of 4")
        desk.wait_for_page(0)
        assert len(desk.pane.pages.marked_places()) == 2
        QTest.keyClick(desk.pane.finding.bar.field, KEY.Key_Return)
        desk.wait(lambda: desk.pane.pages.page == 1)
        QTest.keyClick(desk.pane.finding.bar.field, KEY.Key_Return, MOD.ShiftModifier)
        QTest.keyClick(desk.pane.finding.bar.field, KEY.Key_Return, MOD.ShiftModifier)
        desk.wait(lambda: desk.pane.pages.page == 3)

    def test_it_begins_at_the_page_in_sight(self, desk: Desk) -> None:
        document = desk.add_pages(5)
        desk.viewer.show_span(document.id, desk.span(document, "leaf 4", page=3))
        desk.wait_for_page(3)
        self.find(desk, "this is leaf")
        desk.wait(lambda: desk.pane.finding.bar.count.text() == "4 of 5")

    def test_escape_closes_the_search_and_then_the_window(self, desk: Desk) -> None:
        document = desk.add_pages(1)
        desk.viewer.show_document(document.id)
        desk.wait_for_page(0)
        self.find(desk, "leaf")
        QTest.keyClick(desk.pane.finding.bar.field, KEY.Key_Escape)
        assert not desk.pane.finding.is_open
        assert desk.viewer.isVisible()
        QTest.keyClick(desk.pane.pages, KEY.Key_Escape)
        assert not desk.viewer.isVisible()

    def test_where_the_words_are_nowhere_the_nearest_passage_is_shown(self, desk: Desk) -> None:
        document = desk.add("house.pdf", pdf([Sheet().lines(60, 700, ["Small repairs are paid by the tenant."])]))
        desk.viewer.show_document(document.id)
        desk.wait_for_page(0)
        self.find(desk, "tenant repairs")
        desk.wait(lambda: "nearest passages" in desk.pane.notice.words.text())
        assert desk.pane.finding.bar.count.text() == "1 of 1"
        desk.pane.finding.close()
        assert not desk.pane.notice.isVisible()

    def test_what_is_nowhere_says_so(self, desk: Desk) -> None:
        document = desk.add_pages(1)
        desk.viewer.show_document(document.id)
        desk.wait_for_page(0)
        self.find(desk, "xylophone")
        desk.wait(lambda: desk.pane.finding.bar.count.text() == "Nothing found")


class TestKeyboard:
    def test_pages_are_turned_by_keys(self, desk: Desk) -> None:
        document = desk.add_pages(5)
        desk.viewer.show_document(document.id)
        desk.wait_for_page(0)
        view = desk.pane.pages
        QTest.keyClick(view, KEY.Key_PageDown, MOD.ControlModifier)
        assert view.page == 1
        QTest.keyClick(view, KEY.Key_Right)
        assert view.page == 2
        QTest.keyClick(view, KEY.Key_PageUp, MOD.ControlModifier)
        assert view.page == 1
        QTest.keyClick(view, KEY.Key_End)
        assert view.page == 4
        QTest.keyClick(view, KEY.Key_Home)
        before = view.verticalScrollBar().value()
        QTest.keyClick(view, KEY.Key_PageDown)
        assert view.verticalScrollBar().value() > before

    def test_a_page_is_typed_by_what_is_printed_on_it_or_by_its_number(self, desk: Desk) -> None:
        sheets = [Sheet().text(60, 700, f"Leaf {n}.") for n in range(6)]
        document = desk.add("book.pdf", pdf(sheets, labels="0<</S/r>>2<</S/D>>"))
        desk.viewer.show_document(document.id)
        desk.wait_for_page(0)
        field = desk.pane.bar.field
        desk.wait(lambda: field.text() == "i")
        for typed, page, shown in (("ii", 1, "ii"), ("3", 4, "3"), ("6", 5, "4"), ("99", 5, "4")):
            type_into(field, typed)
            desk.wait(lambda page=page, shown=shown: desk.pane.pages.page == page and field.text() == shown)  # type: ignore[misc]  # bound
        type_into(field, "x")
        desk.wait(lambda: field.text() == "4")

    def test_escape_takes_back_a_typed_page_and_does_not_close(self, desk: Desk) -> None:
        document = desk.add_pages(3)
        desk.viewer.show_document(document.id)
        desk.wait_for_page(0)
        QTest.keyClicks(desk.pane.bar.field, "2")
        QTest.keyClick(desk.pane.bar.field, KEY.Key_Escape)
        assert desk.pane.bar.field.text() == "1"
        assert desk.viewer.isVisible()

    def test_tab_goes_from_control_to_control_as_they_stand(self, desk: Desk) -> None:
        document = desk.add_pages(3)
        desk.viewer.show_span(document.id, desk.span(document, "leaf 2", page=1))
        desk.wait_for_page(1)
        bar = desk.pane.bar
        bar.find_button.setFocus()
        expected = (bar.copy, bar.more, bar.previous, bar.next, bar.field, bar.smaller, bar.larger, bar.as_page)
        for control in (*expected, desk.pane.pages):
            QTest.keyClick(desk.viewer.focusWidget(), KEY.Key_Tab)
            assert desk.viewer.focusWidget() is control

    def test_a_screen_reader_hears_the_page_and_its_words_and_every_button(self, desk: Desk) -> None:
        document = desk.add_pages(2)
        desk.viewer.show_span(document.id, desk.span(document, "leaf 2", page=1))
        desk.wait_for_page(1)
        view = desk.pane.pages
        desk.wait(lambda: view.accessibleName() == "policy.pdf, page 2")
        assert "Line 7 of leaf 2" in view.accessibleDescription()
        controls = desk.viewer.findChildren(QAbstractButton) + desk.viewer.findChildren(QLineEdit)
        assert [one for one in controls if not one.accessibleName()] == []
        reached = [one for one in controls if one.isVisible() and not one.focusPolicy() & Qt.FocusPolicy.TabFocus]
        assert reached == []


class TestCopying:
    def copied(self) -> str:
        return QGuiApplication.clipboard().text()

    def test_marked_words_are_copied_in_one_line_with_their_source(self, desk: Desk) -> None:
        document = desk.add_pages(2)
        text = desk.shelf.library.part(document.id, 1).text
        start, end = text.index("goes on", text.index("Line 3 ")), text.index(" of leaf", text.index("Line 4 "))
        desk.viewer.show_span(document.id, Span(1, start, 1, end))
        desk.wait_for_page(1)
        desk.pane.bar.copy.click()
        desk.wait(lambda: self.copied() == "goes on. Line 4\n(policy.pdf, page 2)")

    def test_selected_words_go_before_marked_ones(self, desk: Desk) -> None:
        document = desk.add("a.txt", "The ferry leaves at nine.")
        desk.viewer.show_span(document.id, Span(0, 0, 0, 9))
        desk.wait_for_text("ferry")
        cursor = desk.pane.text.textCursor()
        cursor.setPosition(17)
        cursor.setPosition(24, cursor.MoveMode.KeepAnchor)
        desk.pane.text.setTextCursor(cursor)
        desk.pane.deeds.copy_with_source()
        desk.wait(lambda: self.copied().startswith("at nine\n(a.txt, "))

    def test_another_program_gets_the_file_only_after_a_question(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        opened: list[str] = []

        def open_url(url: QUrl) -> bool:
            opened.append(url.toLocalFile())
            return True

        monkeypatch.setattr(QDesktopServices, "openUrl", open_url)
        document = desk.add_pages(1)
        desk.viewer.show_document(document.id)
        desk.wait_for_page(0)
        for answer in ("reject_button", "accept_button"):
            desk.pane.deeds.ask_to_open()
            dialog = desk.viewer.findChildren(SentenceDialog)[-1]
            assert opened == []
            getattr(dialog, answer).click()
        assert opened == [document.path]


class TestTheWindow:
    def test_it_fits_a_narrow_window_with_text_twice_as_large(self, desk: Desk) -> None:
        document = desk.add_pages(2)
        desk.viewer.show_document(document.id)
        desk.wait_for_page(0)
        desk.theme.set_text_percent(200)
        desk.viewer.resize(360, 640)
        bar = desk.pane.bar
        assert desk.viewer.width() == 360
        assert all(one.mapTo(desk.viewer, one.rect().topRight()).x() < 360 for one in (bar.more, bar.next, bar.as_text))
        assert desk.pane.pages.height() > 200

    def test_from_right_to_left_the_search_stands_at_the_left(self, desk: Desk) -> None:
        document = desk.add_pages(1)
        desk.viewer.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        desk.viewer.show_document(document.id)
        desk.wait_for_page(0)
        desk.viewer.resize(900, 600)
        desk.pane.find_words()
        assert desk.pane.finding.bar.geometry().center().x() < 450

    def test_without_a_window_of_its_own_it_is_usable_with_the_real_opener(self, desk: Desk) -> None:
        document = desk.add_pages(1)
        bridge = Bridge()
        viewer = Viewer(desk.theme, bridge, desk.shelf.library, None)
        desk.qtbot.addWidget(viewer)
        viewer.show_document(document.id)
        desk.wait(lambda: viewer.pane.pages.pictures.image(0) is not None)
        viewer.pane.pages.pictures.want([PageWish(0, 64)])
        viewer.close()
        assert bridge.close(20)


def type_into(field: QLineEdit, words: str) -> None:
    field.selectAll()
    QTest.keyClicks(field, words)
    QTest.keyClick(field, Qt.Key.Key_Return)


def _across(place: object) -> tuple[int, int]:
    left, right = place.left(), place.right()  # type: ignore[attr-defined]  # a QRectF
    return int(left) + 1, int(right) - 1
