"""Small controls drawn by us: buttons, cards, texts. Everything else is built from these.

They are painted, not styled by QSS, because Qt turns a QSS radius above half the height into a square, and
because the focus ring shall show for the keyboard only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Slot
from PySide6.QtGui import (
    QColor,
    QEnterEvent,
    QFocusEvent,
    QFont,
    QFontMetricsF,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractButton, QFrame, QLabel, QLineEdit, QPushButton, QSizePolicy, QStyle, QWidget

from app.text import _
from app.ui import accessible
from app.ui.theme import Theme
from app.ui.tokens import CONTROL_PX, RADIUS_CARD, RADIUS_CONTROL

Kind = Literal["strong", "plain", "quiet", "danger"]

_TEXT_ROOM_PX = 8  # above and below the text of a button together, at least
_WRAPPED_SIDE_PX = 8  # left and right of the text of a button that has several lines
_WRAPPED = int(Qt.TextFlag.TextWordWrap)

_KEYBOARD = {
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
    Qt.FocusReason.OtherFocusReason,
}


def paint_card(
    painter: QPainter,
    rect: QRectF,
    *,
    ground: QColor | None,
    line: QColor | None,
    radius: float = RADIUS_CARD,
    width: float = 1.0,
) -> None:
    """A rounded panel inside `rect`, its line wholly within it."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(line, width) if line is not None else Qt.PenStyle.NoPen)
    painter.setBrush(ground if ground is not None else Qt.BrushStyle.NoBrush)
    inset = width / 2 if line is not None else 0.0
    painter.drawRoundedRect(rect.adjusted(inset, inset, -inset, -inset), radius, radius)


def paint_shadow(painter: QPainter, rect: QRectF, radius: float, color: QColor, *, depth: int = 10) -> None:
    """A soft shadow below `rect`; cheaper than a graphics effect, which would redraw the whole card by software."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    for step in range(depth):
        shade = QColor(color)
        shade.setAlphaF(0.013 if color.lightness() > 12 else 0.045)
        painter.setBrush(shade)
        grow = depth - step - 3.0
        painter.drawRoundedRect(rect.adjusted(-grow, -grow, grow, grow).translated(0, 3), radius + grow, radius + grow)


def paint_ring(painter: QPainter, rect: QRectF, theme: Theme, radius: float) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(theme.color("accent"), 3 if theme.tokens.is_high_contrast else 2))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), radius, radius)


def press_on_enter(button: QAbstractButton, event: QKeyEvent) -> bool:
    """Enter presses the button that has the focus, as in a browser; Qt on Linux knows only the space bar."""
    is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
    if is_enter and not event.isAutoRepeat() and button.isEnabled():
        button.click()
    return is_enter


if TYPE_CHECKING:
    _Button = QAbstractButton
else:
    _Button = object  # a mixin in front of two different Qt buttons cannot be a Qt class itself


class _Pressable(_Button):
    """What our buttons share: a focus ring for the keyboard only, Enter presses, and a look that follows the mouse."""

    _has_ring = False

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._has_ring = event.reason() in _KEYBOARD
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._has_ring = False
        super().focusOutEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not press_on_enter(self, event):
            super().keyPressEvent(event)

    def enterEvent(self, event: QEnterEvent) -> None:
        self.update()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self.update()
        super().leaveEvent(event)


class IconButton(_Pressable, QAbstractButton):
    """A square button with one icon. While `is_revealed` is off it keeps its place and tab stop, drawing nothing."""

    def __init__(self, theme: Theme, icon: str, label: str, *, parent: QWidget, size: int = CONTROL_PX) -> None:
        super().__init__(parent)
        self._theme = theme
        self._icon = icon
        self._size = size
        self._is_revealed = True
        self.icon_px = 18.0
        self.set_label(label)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)
        theme.resized.connect(self.updateGeometry)

    def set_icon(self, icon: str) -> None:
        if icon != self._icon:
            self._icon = icon
            self.update()

    def set_label(self, label: str, *, keys: str = "") -> None:
        accessible.name(self, label)
        self.setToolTip(accessible.plain_tooltip(f"{label}  ({keys})" if keys else label))

    def set_revealed(self, is_revealed: bool) -> None:
        if is_revealed != self._is_revealed:
            self._is_revealed = is_revealed
            self.update()

    @property
    def is_revealed(self) -> bool:
        return self._is_revealed

    def sizeHint(self) -> QSize:
        side = self._theme.px(self._size)
        return QSize(side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._is_revealed and not self._has_ring:
            return
        painter = QPainter(self)
        rect = QRectF(self.rect())
        if self.isEnabled() and (self.isDown() or self.underMouse()):
            ground = self._theme.color("pressed" if self.isDown() else "hover")
            paint_card(painter, rect, ground=ground, line=None, radius=7)
        color = self._theme.color("muted" if self.isEnabled() else "line_strong")
        side = min(self._theme.px(self.icon_px), min(rect.width(), rect.height()) - 4)
        self._theme.icons.paint(
            painter,
            self._icon,
            QRectF(rect.center() - QPointF(side / 2, side / 2), rect.center() + QPointF(side / 2, side / 2)),
            color,
        )
        if self._has_ring:
            paint_ring(painter, rect, self._theme, 6)


class TextButton(_Pressable, QPushButton):
    """A button with a word on it, an icon before it if wanted; a real QPushButton, so dialogs know its default."""

    def __init__(self, theme: Theme, text: str, *, parent: QWidget, kind: Kind = "plain", icon: str = "") -> None:
        super().__init__(text, parent)
        self._theme = theme
        self._kind: Kind = kind
        self._icon = icon
        self.tail_icon = ""
        self.align_left = False
        self.height_px = 34
        accessible.name(self, text)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        self.setFont(theme.fonts.ui_strong if kind in ("strong", "danger") else theme.fonts.ui)
        theme.changed.connect(self.update)

    def set_text(self, text: str, *, icon: str | None = None) -> None:
        self.setText(text)
        accessible.name(self, text)
        if icon is not None:
            self._icon = icon
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        width = QFontMetricsF(self.font()).horizontalAdvance(self.text()) + (30 if self._kind != "quiet" else 20)
        # Not scaled as a whole: those who place buttons by hand count on `height_px` while the text fits.
        height = round(QFontMetricsF(self.font()).height()) + self._theme.px(_TEXT_ROOM_PX)
        return QSize(round(width + self._icons_px()), max(self.height_px, height))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def height_for(self, width: int) -> int:
        """Where it cannot be as wide as its words, which then take several lines. FoldingRow and Flow ask for it."""
        metrics, hint = QFontMetricsF(self.font()), self.sizeHint()
        room = width - self._icons_px() - 2 * _WRAPPED_SIDE_PX
        if metrics.horizontalAdvance(self.text()) <= room:
            return hint.height()
        lines = metrics.boundingRect(QRectF(0, 0, max(room, 1), 10_000), _WRAPPED, self.text()).height()
        return max(hint.height(), round(lines) + self._theme.px(_TEXT_ROOM_PX))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        rect = QRectF(self.rect())
        ground, line, color = self._colours()
        paint_card(painter, rect, ground=ground, line=line, radius=RADIUS_CONTROL)
        painter.setFont(self.font())
        painter.setPen(color)
        px = self._theme.px
        text_width = QFontMetricsF(self.font()).horizontalAdvance(self.text())
        x = 12.0 if self.align_left else max(8.0, (rect.width() - text_width - self._icons_px()) / 2)
        if self._icon:
            self._paint_icon(painter, self._icon, x, px(17), color)
            x += px(24)
        room = rect.width() - x - (px(20) + 4 if self.tail_icon else 6)
        if text_width > room and self.height() >= self.height_for(self.width()) > self.sizeHint().height():
            self._paint_wrapped(painter, self._mirrored(QRectF(x, 0, room, rect.height())))
            return
        shown = QFontMetricsF(self.font()).elidedText(self.text(), Qt.TextElideMode.ElideRight, max(room, 20.0))
        text_width = min(text_width, room)
        place = self._mirrored(QRectF(x, 0, room + 6, rect.height()))
        start = QStyle.visualAlignment(self.layoutDirection(), Qt.AlignmentFlag.AlignLeft)
        painter.drawText(place, start | Qt.AlignmentFlag.AlignVCenter, shown)
        if self.tail_icon:
            self._paint_icon(painter, self.tail_icon, x + text_width + 6, px(14), self._theme.color("muted"))
        if self._has_ring:
            paint_ring(painter, rect, self._theme, RADIUS_CONTROL - 1)

    def _paint_wrapped(self, painter: QPainter, room: QRectF) -> None:
        side = Qt.AlignmentFlag.AlignLeft if self.align_left or self._icon else Qt.AlignmentFlag.AlignHCenter
        painter.drawText(room, int(side | Qt.AlignmentFlag.AlignVCenter) | _WRAPPED, self.text())
        if self._has_ring:
            paint_ring(painter, QRectF(self.rect()), self._theme, RADIUS_CONTROL - 1)

    def _icons_px(self) -> int:
        return (self._theme.px(24) if self._icon else 0) + (self._theme.px(20) if self.tail_icon else 0)

    def _paint_icon(self, painter: QPainter, name: str, x: float, side: int, color: QColor) -> None:
        place = self._mirrored(QRectF(x, (self.height() - side) / 2, side, side))
        self._theme.icons.paint(painter, name, place, color)

    def _mirrored(self, place: QRectF) -> QRectF:
        """Where that is when lines begin at the right."""
        if self.isRightToLeft():
            return QRectF(self.width() - place.right(), place.top(), place.width(), place.height())
        return place

    def _colours(self) -> tuple[QColor | None, QColor | None, QColor]:
        color = self._theme.color
        is_hot = self.isEnabled() and self.underMouse()
        if not self.isEnabled():
            return (None if self._kind == "quiet" else color("field")), None, color("hint")
        if self._kind == "strong":
            return color("strong", alpha=0.86 if is_hot or self.isDown() else 1.0), None, color("on_strong")
        if self._kind == "danger":
            return color("danger", alpha=0.86 if is_hot else 1.0), None, color("window")
        hot_ground = color("pressed" if self.isDown() else "hover")
        if self._kind == "quiet":
            return (hot_ground if is_hot else None), None, color("text")
        return (hot_ground if is_hot else color("card")), color("line"), color("text")


class Text(QLabel):
    """A label whose text is never read as HTML, in a token's colour."""

    def __init__(
        self, theme: Theme, text: str = "", *, parent: QWidget, font: QFont | None = None, color: str = "text"
    ) -> None:
        super().__init__(text, parent)
        self._theme = theme
        self._color = color
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setFont(font if font is not None else theme.fonts.ui)
        theme.changed.connect(self.update)

    def wrapped(self) -> Text:
        self.setWordWrap(True)
        policy = self.sizePolicy()
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        return self

    def set_color(self, color: str) -> None:
        self._color = color
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        # Drawn here, as a style sheet on any ancestor overrules the palette of a QLabel.
        painter = QPainter(self)
        painter.setFont(self.font())
        painter.setPen(self._theme.color(self._color))
        wrap = Qt.TextFlag.TextWordWrap if self.wordWrap() else Qt.TextFlag.TextSingleLine
        start = QStyle.visualAlignment(self.layoutDirection(), self.alignment())
        painter.drawText(self.contentsRect(), int(start) | int(wrap), self.text())


class ElidedText(QWidget):
    """One line, cut with an ellipsis where it does not fit; the whole of it is the tooltip and the accessible name."""

    def __init__(
        self, theme: Theme, text: str = "", *, parent: QWidget, font: QFont | None = None, color: str = "text"
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._text = text
        self._color = color
        self.setFont(font if font is not None else theme.fonts.ui)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.set_text(text)
        theme.changed.connect(self.update)

    def set_text(self, text: str) -> None:
        self._text = " ".join(text.split())
        accessible.name(self, self._text)
        self.setToolTip(accessible.plain_tooltip(self._text))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        metrics = QFontMetricsF(self.font())
        return QSize(round(metrics.horizontalAdvance(self._text)) + 2, round(metrics.height()) + 2)

    def minimumSizeHint(self) -> QSize:
        return QSize(24, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(self.font())
        painter.setPen(self._theme.color(self._color))
        shown = QFontMetricsF(self.font()).elidedText(self._text, Qt.TextElideMode.ElideRight, self.width())
        start = QStyle.visualAlignment(self.layoutDirection(), Qt.AlignmentFlag.AlignLeft)
        painter.drawText(QRectF(self.rect()), start | Qt.AlignmentFlag.AlignVCenter, shown)


class Card(QFrame):
    """A rounded panel to put things on."""

    def __init__(self, theme: Theme, *, parent: QWidget, ground: str = "card", line: str | None = "line") -> None:
        super().__init__(parent)
        self._theme = theme
        self._ground = ground
        self._line = line
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        line = self._theme.color(self._line) if self._line else None
        paint_card(painter, QRectF(self.rect()), ground=self._theme.color(self._ground), line=line)


class Ground(QWidget):
    """A plain area in one token's colour, with a line at its right (in right-to-left: left) or lower edge if wanted."""

    def __init__(
        self, theme: Theme, color: str, *, parent: QWidget | None, edge: Literal["", "right", "bottom"] = ""
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._color = color
        self._edge = edge
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color(self._color))
        if self._edge == "right":
            x = 0 if self.isRightToLeft() else self.width() - 1
            painter.fillRect(x, 0, 1, self.height(), self._theme.color("line"))
        elif self._edge == "bottom":
            painter.fillRect(0, self.height() - 1, self.width(), 1, self._theme.color("line"))


class Progress(QWidget):
    """A thin bar from 0 to 1."""

    def __init__(self, theme: Theme, label: str, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._share = 0.0
        self._label = label
        self.setFixedHeight(6)
        self.set_share(0.0)
        theme.changed.connect(self.update)

    def set_share(self, share: float) -> None:
        self._share = min(1.0, max(0.0, share))
        accessible.name(self, f"{self._label} {round(self._share * 100)} %")
        self.update()

    @property
    def share(self) -> float:
        return self._share

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        rect = QRectF(self.rect())
        paint_card(painter, rect, ground=self._theme.color("field"), line=None, radius=3)
        if self._share > 0:
            done = QRectF(rect.left(), rect.top(), max(6.0, rect.width() * self._share), rect.height())
            if self.isRightToLeft():
                done.moveRight(rect.right())
            paint_card(painter, done, ground=self._theme.color("accent"), line=None, radius=3)


class Logo(QWidget):
    def __init__(self, theme: Theme, size: int, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        theme.fix(self, width=size, height=size)
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        self._theme.paint_logo(QPainter(self), QRectF(self.rect()))


def set_text_margins(field: QLineEdit, *, start: int, end: int = 0) -> None:
    """Room before and after its text, whichever side that is; Qt's own margins do not turn round."""
    left, right = (end, start) if field.isRightToLeft() else (start, end)
    field.setTextMargins(left, 0, right, 0)


class SecretField(QLineEdit):
    """A passphrase field: no undo history of it, no input-method learning, an eye to show it."""

    def __init__(self, theme: Theme, label: str, *, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFont(theme.fonts.body)
        self.setEchoMode(QLineEdit.EchoMode.Password)
        self.setInputMethodHints(Qt.InputMethodHint.ImhSensitiveData | Qt.InputMethodHint.ImhNoPredictiveText)
        self.setPlaceholderText(label)
        self._theme = theme
        accessible.name(self, label)
        self.eye = IconButton(theme, "eye", _("Show what I type"), parent=self, size=28)
        self.eye.setCheckable(True)
        self.eye.toggled.connect(self._on_eye)
        theme.resized.connect(self._fit)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_eye()

    @Slot()
    def _fit(self) -> None:
        self.setMinimumHeight(self._theme.px(42))
        set_text_margins(self, start=4, end=self._theme.px(28) + 8)
        self._place_eye()

    def _place_eye(self) -> None:
        side = self._theme.px(28)
        x = 8 if self.isRightToLeft() else self.width() - side - 8
        self.eye.setGeometry(x, (self.height() - side) // 2, side, side)

    @Slot(bool)
    def _on_eye(self, is_shown: bool) -> None:
        self.setEchoMode(QLineEdit.EchoMode.Normal if is_shown else QLineEdit.EchoMode.Password)
        self.eye.set_icon("eye-slash" if is_shown else "eye")
