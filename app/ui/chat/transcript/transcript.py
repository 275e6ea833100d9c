"""The conversation on screen: a scroll area of its own in which only visible messages are widgets.

Heights are guessed until a message is shown, then measured and kept per width. The place is held as (message,
offset), so that guesses turning exact never move what is being read. It follows a growing answer only while it
is at its end already. Measured before it was built: 145 ms to open 1,000 messages, against 2.5 s for one
widget per message.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import QElapsedTimer, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QFrame, QWidget

from app.text import _
from app.ui import accessible
from app.ui.chat.items import Boundary, MessageItem
from app.ui.chat.rendering.markdown import Parser
from app.ui.chat.transcript.boundary import BoundaryLine
from app.ui.chat.transcript.extents import Extents, estimate
from app.ui.chat.transcript.message_view import MARGIN_PX, MessageView
from app.ui.chat.transcript.overlays import Fade, JumpButton
from app.ui.controls import IconButton
from app.ui.theme import Theme
from app.ui.tokens import COLUMN_PX

_TOP_PX = 26
_BOTTOM_PX = 30
_SIDE_PX = 28
_AHEAD_PX = 240
_PASSES_MAX = 6
_AT_END_PX = 6
_FAR_PX = 90
_COSTLY_MS = 25
_REST_FACTOR = 3


class Transcript(QAbstractScrollArea):
    """`set_items`, `append`, `update_item` in; requests (frozen dataclasses of items.py) out."""

    copy_requested = Signal(object)
    edit_requested = Signal(object)
    edit_submitted = Signal(object)
    regenerate_requested = Signal(object)
    version_requested = Signal(object)
    retry_requested = Signal(object)
    silence_answered = Signal(object)
    link_requested = Signal(object)
    focus_left = Signal()
    """The focus was in a message that is no longer there, or in an edit that began elsewhere."""

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._parser = Parser()
        self._items: list[MessageItem] = []
        self._rows: dict[str, int] = {}
        self._extents = Extents()
        self._live: dict[str, MessageView] = {}
        self._width = 0
        self._is_busy = False
        self._is_following = True
        self._is_placing = False
        self._has_new = False
        self._anchor = (0, 0)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.viewport().setAutoFillBackground(False)
        self.verticalScrollBar().setSingleStep(24)
        self.verticalScrollBar().valueChanged.connect(self._on_scrolled)
        accessible.name(self, _("Conversation"))
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.timeout.connect(self._on_rested)
        self._boundary = BoundaryLine(theme, self._parser, parent=self.viewport())
        self._boundary.height_changed.connect(self._on_boundary_changed)
        self._boundary.moved_on.connect(self._on_moved_on)
        self._boundary.copy_requested.connect(self.copy_requested)
        self._boundary.link_requested.connect(self.link_requested)
        self._fade = Fade(theme, parent=self)
        self._jump = JumpButton(theme, parent=self)
        self._jump.hide()
        self._jump.clicked.connect(self.jump_to_end)
        theme.changed.connect(self._on_theme_changed)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._on_focus_changed)

    @property
    def live_views(self) -> dict[str, MessageView]:
        """The messages that are widgets just now, by id."""
        return dict(self._live)

    @property
    def is_following(self) -> bool:
        return self._is_following

    @property
    def jump_button(self) -> IconButton:
        return self._jump

    @property
    def boundary_line(self) -> BoundaryLine:
        """Above the first message that the model sees; hidden while it sees all."""
        return self._boundary

    @property
    def items(self) -> tuple[MessageItem, ...]:
        return tuple(self._items)

    def set_items(self, items: Sequence[MessageItem], boundary: Boundary | None = None) -> None:
        """Shows these. The place is kept when it is the same conversation (same first message), else its end."""
        is_same = bool(items) and bool(self._items) and items[0].id == self._items[0].id
        anchor_id = self._items[self._anchor[0]].id if is_same else ""
        self._items = list(items)
        self._rows = {item.id: row for row, item in enumerate(items)}
        for id_ in [id_ for id_ in self._live if id_ not in self._rows]:
            self._drop(id_)
        for id_, view in list(self._live.items()):
            item = self._items[self._rows[id_]]
            if item.role != view.item.role:
                self._drop(id_)
            elif item != view.item:
                view.set_item(item)
        self._boundary.set_boundary(boundary if boundary is not None and boundary.message_id in self._rows else None)
        self._has_new = True
        width = self._column()
        self._extents.reset([estimate(item.text, width) for item in items])
        if not is_same:
            self._is_following = True
        self._anchor = (self._rows.get(anchor_id, max(0, len(items) - 1)), self._anchor[1])
        self._place()

    def append(self, item: MessageItem) -> None:
        """One more at the end. A question of the person's own brings the end into view."""
        self._items.append(item)
        self._rows[item.id] = len(self._items) - 1
        self._extents.append(estimate(item.text, self._column()))
        if item.role == "user":
            self._is_following = True
        self._place()

    def update_item(self, item: MessageItem) -> None:
        """New state of a message; cheap for one that grows at its end."""
        row = self._rows.get(item.id)
        if row is None or self._items[row] == item:
            return
        self._items[row] = item
        if item.status != "streaming":
            self._rest.stop()
        if not self._rest.isActive():
            self._show_update(item)

    def _show_update(self, item: MessageItem) -> None:
        """Shows the new state, and rests longer after a costly one, so that a huge table never holds the window up."""
        clock = QElapsedTimer()
        clock.start()
        row = self._rows[item.id]
        view = self._live.get(item.id)
        if view is None:
            self._extents.set_exact(row, estimate(item.text, self._column()))
        else:
            view.set_item(item)
        self._extents.forget(row)
        self._place()
        if item.status == "streaming" and clock.elapsed() > _COSTLY_MS:
            self._rest.start(clock.elapsed() * _REST_FACTOR)

    def set_busy(self, is_busy: bool) -> None:
        """While an answer is under way nothing can be edited, repeated or switched."""
        self._is_busy = is_busy
        for view in self._live.values():
            view.set_busy(is_busy)

    def start_edit(self, id_: str) -> None:
        """Opens the question `id_` for editing in place, scrolling to it."""
        if id_ in self._rows:
            self._show_row(self._rows[id_])
            self._live[id_].start_edit()

    def show_boundary(self) -> None:
        """Scrolls to where the model's view begins, and opens its summary."""
        row = self._boundary_row()
        if row >= 0:
            self._is_following = False
            self._boundary.open()
            self._show_row(row)
            self._boundary.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def jump_to_end(self) -> None:
        self._is_following = True
        self._place()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        before, now = self._width, self._column()
        self._width = now
        if now != before:
            # What was measured before the first layout was measured for a width that nobody saw.
            self._extents.rescale(max(0.3, before / max(1, now)) if before else 1.0)
        self._place()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        bar = self.verticalScrollBar()
        if event.key() == Qt.Key.Key_Home:
            bar.setValue(bar.minimum())
        elif event.key() == Qt.Key.Key_End:
            self.jump_to_end()
        else:
            super().keyPressEvent(event)

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Rows are placed by `_place`; Qt must not move them."""

    def _column(self) -> int:
        # Of the whole area and not of the viewport: the text must not move when the scroll bar comes.
        return max(200, min(COLUMN_PX, self.width() - 2 * _SIDE_PX))

    def _place(self) -> None:
        """Makes, measures and moves the widgets of the rows in view."""
        if self._is_placing:
            return
        self._is_placing = True
        try:
            for _pass in range(_PASSES_MAX):
                self._scroll_to_anchor()
                if not self._measure_visible():
                    break
            self._scroll_to_anchor()
            self._move_views()
        finally:
            self._is_placing = False
        self._place_overlays()

    def _scroll_to_anchor(self) -> None:
        bar = self.verticalScrollBar()
        content = self._extents.total + _TOP_PX + _BOTTOM_PX
        bar.setPageStep(self.viewport().height())
        bar.setRange(0, max(0, content - self.viewport().height()) if self._items else 0)
        if self._is_following:
            bar.setValue(bar.maximum())
        elif self._items:
            bar.setValue(self._extents.top(min(self._anchor[0], len(self._items) - 1)) + self._anchor[1])
        self._note_anchor()

    def _note_anchor(self) -> None:
        if self._items:
            y = self.verticalScrollBar().value()
            row = self._extents.row_at(y)
            self._anchor = (row, y - self._extents.top(row))

    def _visible_rows(self) -> range:
        if not self._items:
            return range(0)
        y = self.verticalScrollBar().value() - _TOP_PX
        first = self._extents.row_at(y - _AHEAD_PX)
        last = self._extents.row_at(y + self.viewport().height() + _AHEAD_PX)
        return range(first, last + 1)

    def _measure_visible(self) -> bool:
        """Brings the live widgets in line with the visible rows; says whether any height changed."""
        rows = self._visible_rows()
        wanted = {self._items[row].id for row in rows}
        for id_ in [id_ for id_, view in self._live.items() if id_ not in wanted and not self._must_stay(view)]:
            self._drop(id_)
        has_moved = False
        for row in rows:
            item = self._items[row]
            view = self._live.get(item.id) or self._make(item)
            if not self._extents.is_exact(row):
                above = self._boundary.arrange(self._column()) if row == self._boundary_row() else 0
                has_moved = self._extents.set_exact(row, above + view.arrange(self._column())) or has_moved
        return has_moved

    def _boundary_row(self) -> int:
        """The row that the boundary stands above; -1 where there is none."""
        boundary = self._boundary.boundary
        return -1 if boundary is None else self._rows.get(boundary.message_id, -1)

    def _must_stay(self, view: MessageView) -> bool:
        """A message being edited, or holding the keyboard focus, lives on while scrolled away."""
        return view.editor is not None or _is_within(view)

    def _move_views(self) -> None:
        left = (self.width() - self._column()) // 2
        scroll = self.verticalScrollBar().value() - _TOP_PX
        bounded = self._boundary_row()
        above = self._move_boundary(bounded, left, scroll) if bounded >= 0 else 0
        for id_, view in self._live.items():
            row = self._rows[id_]
            margin = MARGIN_PX
            lead = above if row == bounded else 0
            y = self._extents.top(row) + lead - scroll
            view.setGeometry(left - margin, y, self._column() + 2 * margin, self._extents.height(row) - lead)
            if view.isHidden():
                view.show()
        if self._has_new:
            self._has_new = False
            self._order_tab_stops()

    def _move_boundary(self, row: int, left: int, scroll: int) -> int:
        """Puts the boundary above its row, and says how much of the row's height is its own."""
        height = self._boundary.arrange(self._column())
        self._boundary.setGeometry(left, self._extents.top(row) - scroll, self._column(), height)
        # Like the messages: scrolled away, it is no tab stop any more, unless the focus is in it.
        self._boundary.setVisible(self._items[row].id in self._live or _is_within(self._boundary))
        return height

    def _make(self, item: MessageItem) -> MessageView:
        view = MessageView(self._theme, self._parser, item, parent=self.viewport())
        view.set_busy(self._is_busy)
        for name in (
            "copy_requested",
            "edit_requested",
            "edit_submitted",
            "regenerate_requested",
            "version_requested",
            "retry_requested",
            "silence_answered",
            "link_requested",
        ):
            getattr(view, name).connect(getattr(self, name))
        view.height_changed.connect(self._on_height_changed)
        view.moved_on.connect(self._on_moved_on)
        view.edit_left.connect(self.focus_left)
        self._live[item.id] = view
        self._has_new = True
        return view

    def _drop(self, id_: str) -> None:
        view = self._live.pop(id_)
        if _is_within(view):
            self.focus_left.emit()
        view.hide()
        view.deleteLater()

    def _order_tab_stops(self) -> None:
        stops: list[QWidget] = []
        for id_ in sorted(self._live, key=lambda id_: self._rows[id_]):
            stops += self._boundary.tab_stops() if self._rows[id_] == self._boundary_row() else []
            stops += self._live[id_].tab_stops()
        for before, after in pairwise(stops):
            QWidget.setTabOrder(before, after)

    def _show_row(self, row: int) -> None:
        """Scrolls just enough to see the row's beginning."""
        bar = self.verticalScrollBar()
        top = self._extents.top(row) + _TOP_PX
        bottom = top + self._extents.height(row)
        if top < bar.value():
            bar.setValue(top - 12)
        elif bottom > bar.value() + self.viewport().height():
            bar.setValue(min(top - 12, bottom - self.viewport().height() + 12))
        self._place()

    def _place_overlays(self) -> None:
        area = self.viewport().geometry()
        bar = self.verticalScrollBar()
        self._fade.setGeometry(area.left(), area.bottom() - 21, area.width(), 22)
        self._fade.raise_()
        size = self._jump.sizeHint().width()
        self._jump.setGeometry(area.center().x() - size // 2, area.bottom() - size - 10, size, size)
        self._jump.setVisible(not self._is_following and bar.value() < bar.maximum() - _FAR_PX)
        self._jump.raise_()

    @Slot(int)
    def _on_scrolled(self, value: int) -> None:
        if not self._is_placing:
            self._is_following = value >= self.verticalScrollBar().maximum() - _AT_END_PX
            self._note_anchor()
            self._place()

    @Slot(object)
    def _on_height_changed(self, id_: str) -> None:
        row = self._rows.get(id_)
        if row is not None:
            self._extents.forget(row)
            if row < len(self._items) - 1:
                self._is_following = False
            self._place()
            self._order_tab_stops()

    @Slot(object)
    def _on_moved_on(self, step: int) -> None:
        row = self._row_beside_focus(step)
        if 0 <= row < len(self._items):
            self._is_following = False
            self._show_row(row)
            self._live[self._items[row].id].setFocus(Qt.FocusReason.TabFocusReason)

    def _row_beside_focus(self, step: int) -> int:
        """One row below (+1) or above (-1) the focused message or boundary; -1 where neither has the focus."""
        focus = QApplication.focusWidget()
        if focus is self._boundary:
            return self._boundary_row() - (step < 0)
        return next((self._rows[id_] + step for id_, view in self._live.items() if view is focus), -1)

    @Slot()
    def _on_boundary_changed(self) -> None:
        """Opened or closed: what stands below moves, what is above and the line itself stay."""
        row = self._boundary_row()
        if row >= 0:
            self._is_following = False
            self._extents.forget(row)
            self._place()
            self._order_tab_stops()

    @Slot(object, object)
    def _on_focus_changed(self, old: QWidget | None, new: QWidget | None) -> None:
        for view in self._live.values():
            for widget in (old, new):
                if widget is not None and (widget is view or view.isAncestorOf(widget)):
                    view.refresh_reveal()

    @Slot()
    def _on_rested(self) -> None:
        for item in self._items[-2:]:
            view = self._live.get(item.id)
            if item.status == "streaming" and (view is None or view.item != item):
                self._show_update(item)

    @Slot()
    def _on_theme_changed(self) -> None:
        for id_, view in list(self._live.items()):
            if view.editor is None:
                self._drop(id_)
        self._extents.rescale(1.0)
        self._place()


def _is_within(widget: QWidget) -> bool:
    """Whether the focus is on it or in it."""
    focus = QApplication.focusWidget()
    return focus is not None and (focus is widget or widget.isAncestorOf(focus))
