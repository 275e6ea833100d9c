"""What Paddock is, which version, and what it is made of, each part with the text of its licence."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent, QTextOption
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from app import __version__
from app.models.hub.licences import BUILT_WITH_LLAMA
from app.text import _, plural
from app.ui import accessible
from app.ui.about.part_list import PartList, about_words
from app.ui.about.parts import Part
from app.ui.controls import Card, Ground, Logo, Text, TextButton, paint_card
from app.ui.filter_field import FilterField
from app.ui.folding import FoldingRow
from app.ui.models.entries import scaled
from app.ui.scrolling import ScrolledPage, room_height, room_width, scroll_area
from app.ui.settings.flow import set_stacked
from app.ui.theme import Theme

_WIDTH_PX = 860
_HEIGHT_PX = 660
_LEAST_WIDTH_PX = 520
_LEAST_HEIGHT_PX = 440
_LIST_PX = 244
_LEAST_PART_PX = 180
_NARROW_PX, _NARROW_MARGIN_PX = 420, 14
_ANY_PX = 16_777_215  # QWIDGETSIZE_MAX
_MARGIN_PX = 24
_LOGO_PX = 52
_LIST_SHARE = 0.4  # of a narrow dialog
_EDGES = "\r\n"


class AboutDialog(QDialog):
    """Read only. `show_parts` when they have been read (`about.parts.parts`)."""

    def __init__(self, theme: Theme, *, parent: QWidget | None, version: str = __version__) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setWindowTitle(_("About Paddock"))
        self.filter = FilterField(theme, _("Filter by name or licence"), parent=self)
        self.filter.setProperty("place", "")  # a field's ground would not be seen on a card in the dark
        self.list = PartList(theme, parent=self)
        self.part_title = Text(theme, _("Reading the licences…"), parent=self, font=theme.fonts.ui_strong).wrapped()
        self.part_note = Text(theme, "", parent=self, font=theme.fonts.small, color="muted").wrapped()
        self.text = self._make_text()
        self.count = Text(theme, "", parent=self, font=theme.fonts.small, color="hint")
        self.filter.textChanged.connect(self.list.set_filter)
        self.filter.list_requested.connect(self.list.enter)
        self.list.chosen.connect(self._on_chosen)
        self._area = scroll_area(self)
        self._page = ScrolledPage(theme, "window", parent=None)
        side = _MARGIN_PX if room_width(self, _WIDTH_PX) >= _NARROW_PX else _NARROW_MARGIN_PX
        column = QVBoxLayout(self._page)
        column.setContentsMargins(side, 24, side, 0)
        column.setSpacing(0)
        column.addLayout(self._make_head(version))
        column.addSpacing(16)
        column.addLayout(self._make_caption())
        column.addSpacing(8)
        column.addWidget(self._make_parts(), 1)
        self._area.setWidget(self._page)
        foot = self._make_foot()
        foot.setContentsMargins(side, 14, side, 20)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addWidget(self._area, 1)
        rows.addLayout(foot)
        least = room_width(self, scaled(theme, _LEAST_WIDTH_PX))
        self.setMinimumSize(least, min(_LEAST_HEIGHT_PX, room_height(self)))
        self._size()
        self.done_button.setFocus()

    def show_parts(self, parts: Sequence[Part]) -> None:
        others = max(0, len(parts) - 1)
        self.count.setText(plural("Paddock and {count} other", "Paddock and {count} others", others))
        self.list.set_parts(parts)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        is_narrow = self.width() < scaled(self._theme, _NARROW_PX)
        set_stacked(self._parts, is_stacked=is_narrow)
        least_px = scaled(self._theme, _LEAST_PART_PX)
        self._left.setMinimumHeight(least_px if is_narrow else 0)
        self.text.setMinimumHeight(least_px if is_narrow else 0)
        if is_narrow:
            self._left.setMinimumWidth(0)
            self._left.setMaximumWidth(_ANY_PX)
        else:
            self._left.setFixedWidth(min(scaled(self._theme, _LIST_PX), round(_LIST_SHARE * self.width())))

    def _make_head(self, version: str) -> FoldingRow:
        theme = self._theme
        words = QVBoxLayout()
        words.setSpacing(3)
        words.addWidget(Text(theme, "Paddock", parent=self, font=theme.fonts.title))
        sentence = _("A private chat with models that run on this computer.")
        words.addWidget(Text(theme, sentence, parent=self).wrapped())
        licence = _("Version {version}. Free software under the Apache License 2.0.").format(version=version)
        words.addWidget(Text(theme, licence, parent=self, color="muted").wrapped())
        self.badge = LlamaBadge(theme, parent=self)
        row = FoldingRow()
        row.setSpacing(18)
        row.addWidget(Logo(theme, _LOGO_PX, parent=self), 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        row.addWidget(self.badge, 0, Qt.AlignmentFlag.AlignTop)
        return row

    def _make_caption(self) -> QHBoxLayout:
        fonts = self._theme.fonts
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(Text(self._theme, _("Licences"), parent=self, font=fonts.small_strong, color="muted"))
        row.addWidget(self.count, 1)
        return row

    def _make_parts(self) -> Card:
        card = Card(self._theme, parent=self)
        self._left = QWidget(card)
        left = QVBoxLayout(self._left)
        left.setContentsMargins(0, 10, 0, 6)
        left.setSpacing(8)
        field = QHBoxLayout()
        field.setContentsMargins(10, 0, 10, 0)
        field.addWidget(self.filter)
        left.addLayout(field)
        left.addWidget(self.list, 1)
        line = Ground(self._theme, "line", parent=card)
        line.setMinimumSize(1, 1)
        right = QVBoxLayout()
        right.setContentsMargins(16, 14, 6, 10)
        right.setSpacing(3)
        right.addWidget(self.part_title)
        right.addWidget(self.part_note)
        right.addSpacing(7)
        right.addWidget(self.text, 1)
        row = self._parts = QHBoxLayout(card)
        row.setContentsMargins(1, 1, 1, 1)
        row.setSpacing(0)
        row.addWidget(self._left)
        row.addWidget(line)
        row.addLayout(right, 1)
        return card

    def _make_text(self) -> QPlainTextEdit:
        text = QPlainTextEdit(self)
        text.setReadOnly(True)
        text.setTabChangesFocus(True)
        text.setFrameShape(QFrame.Shape.NoFrame)
        text.setFont(self._theme.fonts.small)
        text.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        text.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        text.document().setDocumentMargin(0)
        text.viewport().setAutoFillBackground(False)
        text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        accessible.name(text, _("Text of the licence"))
        return text

    def _make_foot(self) -> FoldingRow:
        note = _("Models you fetched keep their own licence, beside them.")
        self.done_button = TextButton(self._theme, _("Done"), parent=self, kind="strong")
        self.done_button.setAutoDefault(False)  # Enter in the filter must not close the dialog
        self.done_button.clicked.connect(self.accept)
        row = FoldingRow()
        row.setSpacing(12)
        row.addWidget(Text(self._theme, note, parent=self, font=self._theme.fonts.small, color="muted").wrapped(), 1)
        row.addWidget(self.done_button)
        return row

    def _size(self) -> None:
        width, height = scaled(self._theme, _WIDTH_PX), scaled(self._theme, _HEIGHT_PX)
        self.resize(room_width(self, width), min(height, room_height(self)))

    @Slot(object)
    def _on_chosen(self, part: Part | None) -> None:
        self.part_title.setText(part.name if part is not None else _("Nothing fits the filter."))
        words = "\n".join(one for one in (about_words(part), part.note) if one) if part is not None else ""
        self.part_note.setText(words)
        self.part_note.setVisible(bool(words))
        self.text.setPlainText(text_of(part) if part is not None else "")
        accessible.name(self.text, _("Text of the licence"), part.name if part is not None else "")


class LlamaBadge(QWidget):
    """The words that Meta's licences ask for where models of theirs are offered; prominent, as they say."""

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._label = Text(theme, BUILT_WITH_LLAMA, parent=self, font=theme.fonts.ui_strong, color="accent")
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 8, 16, 8)
        row.addWidget(self._label)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return self._label.sizeHint() + QSize(32, 16)

    def paintEvent(self, event: QPaintEvent) -> None:
        rect = QRectF(self.rect())
        ground = self._theme.color("accent_ground")
        paint_card(QPainter(self), rect, ground=ground, line=None, radius=rect.height() / 2)


def text_of(part: Part) -> str:
    """All of a part's texts, each below its name where there are several."""
    if len(part.texts) == 1:
        return part.texts[0].content
    if not part.texts:
        return _("Its package brings no text of the licence.")
    return "\n\n\n".join(f"{text.name}\n\n{text.content.strip(_EDGES)}" for text in part.texts)
