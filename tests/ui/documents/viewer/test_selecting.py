"""Words selected on the picture of a page, with the mouse and with keys: those of the file and recognised ones."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu

from app.documents.parts import Rectangle, Span, Word
from app.documents.records import Document
from app.ui.documents.viewer.page_view import PageView
from app.ui.documents.viewer.selecting import Selection, Spot, hit, moved, nearest
from app.ui.theme import Appearance
from tests.documents.pdfs import Sheet, pdf
from tests.ui.documents.viewer.conftest import Desk, lines

KEY, MOD, LEFT = Qt.Key, Qt.KeyboardModifier, Qt.MouseButton.LeftButton
PAGE = QRectF(0, 0, 1000, 1000)
WORDS = (
    Word(0, 3, Rectangle(0.1, 0.1, 0.2, 0.12)),
    Word(4, 7, Rectangle(0.21, 0.1, 0.3, 0.12)),
    Word(8, 13, Rectangle(0.1, 0.13, 0.25, 0.15)),
)


def shown(desk: Desk, document: Document, page: int = 0) -> PageView:
    desk.theme.apply(Appearance(motion="reduced"))
    desk.viewer.show_document(document.id)
    desk.wait_for_page(page)
    desk.wait_for_words(page)
    return desk.pane.pages


def drag(view: PageView, begin: QPointF, end: QPointF) -> None:
    room = view.viewport()
    QTest.mousePress(room, LEFT, pos=begin.toPoint())
    QTest.mouseMove(room, ((begin + end) / 2).toPoint())
    QTest.mouseMove(room, end.toPoint())
    QTest.mouseRelease(room, LEFT, pos=end.toPoint())


def copied(desk: Desk) -> str:
    QGuiApplication.clipboard().setText("nothing yet")
    QTest.keyClick(desk.pane.pages, KEY.Key_C, MOD.ControlModifier)
    desk.wait(lambda: QGuiApplication.clipboard().text() != "nothing yet")
    return QGuiApplication.clipboard().text()


def grabbed(view: PageView) -> QImage:
    return view.viewport().grab().toImage()


class TestPages:
    @pytest.mark.parametrize("is_scan", [False, True], ids=["text of the file", "recognised"])
    @pytest.mark.parametrize("zoom", [1.0, 2.0])
    def test_words_that_are_dragged_over_are_selected_and_copied(self, desk: Desk, is_scan: bool, zoom: float) -> None:
        source = pdf([Sheet().lines(60, 780, lines(0))])
        view = shown(desk, document := desk.add_scan(source) if is_scan else desk.add("a.pdf", source))
        view.set_zoom(zoom)
        view.verticalScrollBar().setValue(0)
        view.horizontalScrollBar().setValue(0)
        begin = desk.place_of(document, "Line 2 of")
        end = desk.place_of(document, "4 of")
        drag(view, begin.center(), end.center())
        assert copied(desk) == "Line 2 of leaf 1 goes on. Line 3 of leaf 1 goes on. Line 4"
        places = view.selected_places()
        assert len(places) == 3, "one for each line"
        picture, ratio = grabbed(view), view.devicePixelRatioF()
        row = int(places[1].center().y() * ratio)
        columns = range(int(places[1].left() * ratio) + 2, int(places[1].right() * ratio) - 2)
        across = [picture.pixelColor(x, row) for x in columns]
        assert max(across, key=QColor.lightness) == QColor(desk.theme.tokens.paper_selection)
        assert min(map(QColor.lightness, across)) < 110, "the words below can be read"

    def test_a_word_that_is_pressed_twice_is_selected_and_the_drag_goes_on_from_it(self, desk: Desk) -> None:
        view = shown(desk, document := desk.add_pages(1))
        place = desk.place_of(document, "goes")
        QTest.mouseDClick(view.viewport(), LEFT, pos=place.center().toPoint())
        assert copied(desk) == "goes"
        QTest.mouseClick(view.viewport(), LEFT, pos=QPoint(3, 3))
        assert view.picking.span is None, "a click lets go of it"

    def test_a_selection_goes_backwards_and_over_the_end_of_a_page(self, desk: Desk) -> None:
        first, second = Sheet().lines(60, 60, ["The last words."]), Sheet().lines(60, 800, ["The next page begins."])
        view = shown(desk, document := desk.add("a.pdf", pdf([first, second])))
        view.verticalScrollBar().setValue(round(view.place_of(0).bottom()) - 300)
        desk.wait_for_page(1)
        desk.wait_for_words(1)
        drag(view, desk.place_of(document, "begins", 1).center(), desk.place_of(document, "words").center())
        assert view.picking.span == Span(0, 9, 1, 21)
        assert copied(desk) == "words. The next page begins."

    def test_shift_and_arrows_go_on_from_there_and_escape_lets_go_before_it_closes(self, desk: Desk) -> None:
        view = shown(desk, document := desk.add_pages(1))
        QTest.mouseDClick(view.viewport(), LEFT, pos=desk.place_of(document, "Line 3").center().toPoint())
        for key in (KEY.Key_Right, KEY.Key_Right, KEY.Key_Right, KEY.Key_Left):
            QTest.keyClick(view, key, MOD.ShiftModifier)
        assert copied(desk) == "Line 3 of"
        QTest.keyClick(view, KEY.Key_Down, MOD.ShiftModifier)
        assert copied(desk) == "Line 3 of leaf 1 goes on. Line 4 of"
        QTest.mouseClick(view.viewport(), LEFT, MOD.ShiftModifier, desk.place_of(document, "Line 2").center().toPoint())
        assert copied(desk) == "Line 2 of leaf 1 goes on. Line"
        QTest.keyClick(view, KEY.Key_Escape)
        assert view.picking.span is None
        assert desk.viewer.isVisible()
        QTest.keyClick(view, KEY.Key_A, MOD.ControlModifier)
        assert copied(desk).startswith("This is leaf 1. Line 0")

    def test_the_pointer_says_where_there_are_words(self, desk: Desk) -> None:
        view = shown(desk, document := desk.add_pages(1))
        QTest.mouseMove(view.viewport(), desk.place_of(document, "Line 3").center().toPoint())
        desk.wait(lambda: view.viewport().cursor().shape() == Qt.CursorShape.IBeamCursor)
        QTest.mouseMove(view.viewport(), QPoint(2, 2))
        desk.wait(lambda: view.viewport().cursor().shape() == Qt.CursorShape.ArrowCursor)

    def test_a_drag_below_the_view_scrolls_until_the_button_comes_up(self, desk: Desk) -> None:
        view = shown(desk, document := desk.add_pages(1))
        desk.viewer.resize(700, 400)
        room, bar = view.viewport(), view.verticalScrollBar()
        bar.setValue(0)
        QTest.mousePress(room, LEFT, pos=desk.place_of(document, "Line 1").center().toPoint())
        QTest.mouseMove(room, QPoint(200, room.height() + 20))
        desk.wait(lambda: bar.value() > 60)
        QTest.mouseRelease(room, LEFT, pos=QPoint(200, room.height() + 20))
        stood = bar.value()
        QTest.qWait(120)
        assert bar.value() == stood

    def test_the_menu_copies_what_is_selected(self, desk: Desk) -> None:
        view = shown(desk, document := desk.add_pages(1))
        QTest.mouseDClick(view.viewport(), LEFT, pos=desk.place_of(document, "Line 3").center().toPoint())
        view.menu_wanted.emit(view.viewport().mapToGlobal(QPoint(50, 50)))
        menu = next(menu for menu in desk.pane.findChildren(QMenu) if menu.isVisible())
        menu.actions()[0].trigger()
        desk.wait(lambda: QGuiApplication.clipboard().text() == "Line")
        menu.close()

    def test_another_document_begins_without_a_selection(self, desk: Desk) -> None:
        view = shown(desk, desk.add_pages(1))
        QTest.keyClick(view, KEY.Key_A, MOD.ControlModifier)
        assert view.picking.span is not None
        shown(desk, desk.add_pages(1, "other.pdf"))
        assert view.picking.span is None


class TestRecognised:
    def test_a_passage_is_marked_on_the_picture_of_a_recognised_page(self, desk: Desk) -> None:
        source = pdf([Sheet().lines(60, 780, lines(0))])
        document = desk.add_scan(source)
        desk.viewer.show_span(document.id, desk.span(document, "Line 7 of leaf 1"))
        desk.wait_for_page(0)
        (place,) = desk.pane.pages.marked_places()
        own = desk.add("own.pdf", source)
        desk.viewer.show_span(own.id, desk.span(own, "Line 7 of leaf 1"))
        desk.wait(lambda: desk.pane.document_id == own.id and bool(desk.pane.pages.marked_places()))
        (wanted,) = desk.pane.pages.marked_places()
        shared = place.intersected(wanted)
        assert shared.width() * shared.height() > 0.9 * place.width() * place.height()


class TestPlaces:
    def test_a_point_between_words_means_the_one_on_its_line(self) -> None:
        assert nearest(0, WORDS, PAGE, QPointF(900, 111)) == Spot(0, 4, 7)
        assert nearest(0, WORDS, PAGE, QPointF(110, 900)) == Spot(0, 8, 13)
        assert nearest(0, (), PAGE, QPointF(1, 1)) is None
        assert hit(0, WORDS, PAGE, QPointF(900, 111)) is None
        assert hit(0, WORDS, PAGE, QPointF(150, 110)) == Spot(0, 0, 3)

    def test_steps_lead_over_lines_and_pages_and_end_with_the_words(self) -> None:
        pages = {0: WORDS, 1: WORDS[:1]}

        def words_of(page: int) -> tuple[Word, ...]:
            return pages.get(page, ())

        assert moved(Spot(0, 4, 7), "on", words_of) == Spot(0, 8, 13)
        assert moved(Spot(0, 8, 13), "on", words_of) == Spot(1, 0, 3)
        assert moved(Spot(1, 0, 3), "back", words_of) == Spot(0, 8, 13)
        assert moved(Spot(0, 0, 3), "back", words_of) == Spot(0, 0, 3)
        assert moved(Spot(0, 0, 3), "down", words_of) == Spot(0, 8, 13)
        assert moved(Spot(0, 8, 13), "up", words_of) == Spot(0, 0, 3)
        assert moved(Spot(0, 0, 3), "up", words_of) == Spot(0, 0, 3)
        assert Selection(Spot(1, 0, 3), Spot(0, 4, 7)).span == Span(0, 4, 1, 3)
