"""From a slash at the beginning of a line to a prompt template in the field: the list, what it asks for, inserting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QDate, QLocale, QObject, QPoint, Qt, Slot
from PySide6.QtWidgets import QWidget

from app.chat.templates import Template
from app.ui.chat.composer.card import ComposerCard
from app.ui.chat.composer.filling import DATE, filled, variables
from app.ui.chat.composer.pasted import is_large
from app.ui.theme import Theme

if TYPE_CHECKING:
    from app.ui.chat.composer.slash_popup import SlashPopup

_QUERY_CHARACTERS_MAX = 40
_ABOVE_CARD_PX = 6


class Templating(QObject):
    """Of one composer, which is its parent. What a variable was said to be is offered again, until the program ends."""

    def __init__(self, theme: Theme, card: ComposerCard, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._card = card
        self._edit = card.edit
        self._templates: tuple[Template, ...] = ()
        self._said: dict[str, str] = {}
        self._slash: tuple[int, int] | None = None
        self._is_dismissed = False
        self.popup: SlashPopup | None = None
        self._edit.textChanged.connect(self.look)
        self._edit.cursorPositionChanged.connect(self.look)
        card.templates.clicked.connect(self.open)

    def set_templates(self, templates: Sequence[Template]) -> None:
        self._templates = tuple(templates)
        self._card.set_has_templates(bool(templates))

    @Slot()
    def open(self) -> None:
        """As if a slash were typed at the beginning of a line."""
        if self._templates and self._card.form is None:
            self._edit.setFocus(Qt.FocusReason.OtherFocusReason)
            cursor = self._edit.textCursor()
            line = cursor.block().text()
            if line.startswith("/"):  # and was closed
                self._is_dismissed = False
                self.look()
            else:
                self._edit.insert("/" if cursor.atBlockStart() else "\n/")

    @Slot()
    def look(self) -> None:
        """Whether the cursor stands behind a slash that begins a line, and behind what was typed after it."""
        if not self._templates:
            return
        cursor = self._edit.textCursor()
        line = cursor.block().text()[: cursor.positionInBlock()]
        is_query = line.startswith("/") and len(line) <= _QUERY_CHARACTERS_MAX and not cursor.hasSelection()
        if not is_query:
            self._slash, self._is_dismissed = None, False
            self.hide()
        elif not self._is_dismissed and self._edit.isVisible():
            self._slash = (cursor.block().position(), cursor.position())
            self._made_popup().offer(self._templates, line[1:])
            self.place()

    def hide(self) -> None:
        if self.popup is not None:
            self.popup.hide()

    def place(self) -> None:
        """Above the card, wherever that is now."""
        if self.popup is not None and not self.popup.isHidden():
            card = self._card.card_rect
            corner = self._card.mapTo(self._card.window(), QPoint(card.left(), card.top()))
            self.popup.place(corner.x(), card.width(), corner.y() - _ABOVE_CARD_PX)

    def close_form(self) -> None:
        if self._card.form is not None:
            self._card.set_form(None)

    def _made_popup(self) -> SlashPopup:
        if self.popup is None:
            from app.ui.chat.composer.slash_popup import SlashPopup  # late, for a light start

            self.popup = SlashPopup(self._theme, self._edit, parent=self._card.window())
            self.popup.chosen.connect(self._on_chosen)
            self.popup.dismissed.connect(self._on_dismissed)
            self.destroyed.connect(self.popup.deleteLater)
        return self.popup

    @Slot()
    def _on_dismissed(self) -> None:
        self._is_dismissed = True

    @Slot(object)
    def _on_chosen(self, template: Template) -> None:
        if all(name == DATE for name in variables(template.text)):
            self._insert(template, {})
            return
        from app.ui.chat.composer.variables_form import VariablesForm  # late, too

        form = VariablesForm(self._theme, template, self._said, parent=self._card)
        form.filled.connect(self._on_filled)
        form.cancelled.connect(self._on_cancelled)
        self._card.set_form(form)
        form.start()

    @Slot(object)
    def _on_filled(self, values: Mapping[str, str]) -> None:
        form = self._card.form
        if form is not None:
            self._said.update(values)
            self.close_form()
            self._insert(form.template, values)

    @Slot()
    def _on_cancelled(self) -> None:
        self._is_dismissed = True
        self.close_form()
        self._edit.setFocus(Qt.FocusReason.OtherFocusReason)

    def _insert(self, template: Template, values: Mapping[str, str]) -> None:
        """In the place of the slash; undone, what was typed is back."""
        today = QLocale().toString(QDate.currentDate(), QLocale.FormatType.LongFormat)
        text = filled(template.text, {DATE: today, **values})
        self._is_dismissed = True  # undone, the slash is back, and its list is not asked for
        start, end = self._slash or (self._edit.textCursor().position(),) * 2
        if is_large(text):
            self._edit.replace(start, end, "")
            self._edit.large_pasted.emit(text)
        else:
            self._edit.replace(start, end, text)
        self._edit.setFocus(Qt.FocusReason.OtherFocusReason)
