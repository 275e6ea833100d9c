"""How Paddock looks: Fusion, one palette and a little QSS made from tokens.py, following the system live.

The theme keeps its own answer to "light or dark" besides Qt's: on platforms without a colour scheme
(offscreen, bare X11) Qt refuses the wish, and the person's choice must hold there too. A new text size reaches
every widget that has one of the theme's fonts or a measure given by `fix`; nobody needs to make it again.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Literal

from PySide6.QtCore import QByteArray, QObject, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontInfo, QGuiApplication, QPainter, QPalette
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication, QStyleFactory, QWidget

from app import paths
from app.frozen import dataclass
from app.ui.icons import Icons
from app.ui.tokens import HIGH_CONTRAST, RADIUS_CONTROL, TOKENS, SchemeName, Tokens

Choice = Literal["system", "light", "dark"]
Contrast = Literal["system", "normal", "high"]
Motion = Literal["system", "full", "reduced"]
CHOICES: dict[str, Choice] = {"system": "system", "light": "light", "dark": "dark"}
CONTRAST_CHOICES: dict[str, Contrast] = {"system": "system", "normal": "normal", "high": "high"}
MOTION_CHOICES: dict[str, Motion] = {"system": "system", "full": "full", "reduced": "reduced"}

_FIXED = "paddock_fixed_px"  # a widget's width and height at 100 %, 0 for free
_PREFERRED = ("Inter", "Inter Variable")
_PREFERRED_MONO = ("JetBrains Mono", "SF Mono", "Cascadia Mono", "Menlo", "Consolas", "DejaVu Sans Mono")
_SANS_FALLBACK = ("Segoe UI", "Noto Sans", "DejaVu Sans", "Noto Color Emoji", "Apple Color Emoji", "Segoe UI Emoji")
_DESIGN_PX = 13.5

_QSS = """
QToolTip {{ background: {text}; color: {window}; border: none; padding: 5px 8px; }}
QMenu {{ background: {card}; border: 1px solid {line}; border-radius: {radius}px; padding: 5px; }}
QMenu::item {{ padding: 6px 26px 6px 12px; border-radius: 5px; color: {text}; }}
QMenu::item:selected {{ background: {hover}; {menu_outline} }}
QMenu::item:disabled {{ color: {hint}; }}
QMenu::icon {{ padding-left: 8px; }}
QMenu::separator {{ height: 1px; background: {line}; margin: 5px 8px; }}
QLineEdit {{ background: {card}; border: 1px solid {line}; border-radius: {radius}px; padding: 6px 9px;
    color: {text}; selection-background-color: {selection}; selection-color: {text};
    placeholder-text-color: {hint}; }}
QLineEdit:focus {{ border: {focus_px}px solid {accent}; }}
QLineEdit[place="field"] {{ background: {field}; border: 1px solid {field_line}; }}
QLineEdit[place="field"]:focus {{ border: {focus_px}px solid {accent}; }}
QListView[place="list"] {{ background: transparent; border: none; outline: none; }}
QDialog {{ background: {window}; }}
QScrollBar:vertical {{ background: transparent; width: 10px; margin: 2px; }}
QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 2px; }}
QScrollBar::handle {{ background: {line}; border-radius: 3px; }}
QScrollBar::handle:vertical {{ min-height: 36px; }}
QScrollBar::handle:horizontal {{ min-width: 36px; }}
QScrollBar::handle:hover {{ background: {line_strong}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
"""


@dataclass(frozen=True, slots=True)
class Fonts:
    """Sizes in px, so that they hold whatever the platform's points are."""

    ui: QFont
    ui_strong: QFont
    small: QFont
    small_strong: QFont
    body: QFont
    heading: QFont
    title: QFont
    mono: QFont
    brand: QFont


@dataclass(frozen=True, slots=True)
class Appearance:
    """What the person wishes; `text_percent` comes on top of what the system says about text."""

    choice: Choice = "system"
    contrast: Contrast = "system"
    text_percent: int = 100
    motion: Motion = "system"


class Theme(QObject):
    """`tokens`, `fonts` and `icons` of now.

    `changed` carries the new Tokens, after a new text size too; `resized` (after `changed`) only says that fonts and
    measures have changed, for those who keep some that the theme does not know of.
    """

    changed = Signal(object)
    resized = Signal(object)  # the new scale, a float
    motion_changed = Signal()

    def __init__(self, app: QApplication, *, choice: Choice = "system", parent: QObject | None = None) -> None:
        super().__init__(parent if parent is not None else app)
        self._app = app
        self._hints = app.styleHints()  # kept: a passing wrapper takes those of its children with it
        self._accessibility = self._hints.accessibility()
        self._appearance = Appearance(choice)
        self._is_system_still = False
        self._system_scale = system_scale()
        self.icons = Icons()
        self.fonts = make_fonts(self.scale)
        self.tokens = self._wanted()
        self._logo = paths.resource("logo.svg").read_bytes()
        app.setStyle(QStyleFactory.create("Fusion"))
        self._hints.colorSchemeChanged.connect(self._on_system_changed)
        self._accessibility.contrastPreferenceChanged.connect(self._on_system_changed)
        self._dress()

    @property
    def appearance(self) -> Appearance:
        return self._appearance

    @property
    def choice(self) -> Choice:
        return self._appearance.choice

    @property
    def scale(self) -> float:
        """How much larger than designed text and what holds text are: by the system, and by the person."""
        return self._system_scale * self._appearance.text_percent / 100

    @property
    def is_motion_reduced(self) -> bool:
        """Whether changes are to be shown at once, without animation."""
        motion = self._appearance.motion
        return motion == "reduced" or (motion == "system" and self._is_system_still)

    def px(self, value: float) -> int:
        """A measure that grows with the text, from what it is at 100 %."""
        return round(value * self.scale)

    def fix(self, widget: QWidget, *, width: float = 0, height: float = 0) -> None:
        """Gives `widget` this width and height (at 100 %; 0 leaves it free), now and whenever the text size changes."""
        widget.setProperty(_FIXED, [width, height])
        self._fit(widget, width, height)

    def apply(self, appearance: Appearance) -> None:
        """Takes all of it at once; tells only of what has changed."""
        before, self._appearance = self._appearance, appearance
        wish = {"system": Qt.ColorScheme.Unknown, "light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark}
        if appearance.choice != before.choice:
            self._hints.setColorScheme(wish[appearance.choice])
        if appearance.text_percent != before.text_percent:
            self._resize()
        else:
            self._refresh()
        if appearance.motion != before.motion:
            self.motion_changed.emit()

    def choose(self, choice: Choice) -> None:
        self.apply(replace(self._appearance, choice=choice))

    def set_contrast(self, contrast: Contrast) -> None:
        self.apply(replace(self._appearance, contrast=contrast))

    def set_text_percent(self, text_percent: int) -> None:
        self.apply(replace(self._appearance, text_percent=text_percent))

    def set_motion(self, motion: Motion) -> None:
        self.apply(replace(self._appearance, motion=motion))

    def set_system_still(self, is_still: bool) -> None:
        """What the system says about animations, as system_motion.py finds it."""
        if is_still != self._is_system_still:
            self._is_system_still = is_still
            self.motion_changed.emit()

    def color(self, name: str, *, alpha: float = 1.0) -> QColor:
        """The token called `name` as a colour."""
        made = QColor(str(getattr(self.tokens, name)))
        made.setAlphaF(alpha)
        return made

    def paint_logo(self, painter: QPainter, rect: QRectF) -> None:
        untinted = self._logo
        renderer = QSvgRenderer(QByteArray(untinted.replace(b"currentColor", self.tokens.accent.encode())))
        renderer.render(painter, rect)

    @Slot()
    def _on_system_changed(self) -> None:
        self._refresh()

    def _refresh(self) -> None:
        tokens = self._wanted()
        if tokens is not self.tokens:
            self.tokens = tokens
            self._dress()
            self.changed.emit(tokens)

    def _resize(self) -> None:
        """Every widget that has one of our fonts gets its new size, also those that are hidden now."""
        before, self.fonts = self.fonts, make_fonts(self.scale)
        renewed = {getattr(before, role.name).key(): getattr(self.fonts, role.name) for role in fields(Fonts)}
        self.tokens = self._wanted()
        self._dress()
        for widget in self._app.allWidgets():
            font = renewed.get(widget.font().key())
            if font is not None and widget.testAttribute(Qt.WidgetAttribute.WA_SetFont):
                widget.setFont(font)
            fixed = widget.property(_FIXED)
            if fixed is not None:
                self._fit(widget, *fixed)
        self.changed.emit(self.tokens)
        self.resized.emit(self.scale)

    def _fit(self, widget: QWidget, width: float, height: float) -> None:
        if width:
            widget.setFixedWidth(self.px(width))
        if height:
            widget.setFixedHeight(self.px(height))

    def _wanted(self) -> Tokens:
        return (HIGH_CONTRAST if self._is_contrast_high() else TOKENS)[self._scheme()]

    def _is_contrast_high(self) -> bool:
        if self._appearance.contrast != "system":
            return self._appearance.contrast == "high"
        return self._accessibility.contrastPreference() == Qt.ContrastPreference.HighContrast

    def _scheme(self) -> SchemeName:
        choice = self._appearance.choice
        if choice != "system":
            return choice
        is_dark = self._hints.colorScheme() == Qt.ColorScheme.Dark
        return "dark" if is_dark else "light"

    def _dress(self) -> None:
        self._app.setPalette(make_palette(self.tokens))
        self._app.setFont(self.fonts.ui)
        self._app.setStyleSheet(make_qss(self.tokens))


def make_qss(tokens: Tokens) -> str:
    values = {name: getattr(tokens, name) for name in Tokens.__slots__}
    is_high = tokens.is_high_contrast
    return _QSS.format(
        **values,
        radius=RADIUS_CONTROL,
        field_line=tokens.line_strong if is_high else tokens.field,
        focus_px=2 if is_high else 1,
        menu_outline=f"border: 1px solid {tokens.line_strong};" if is_high else "",
    )


def make_palette(tokens: Tokens) -> QPalette:
    palette = QPalette()
    roles = QPalette.ColorRole
    table = {
        roles.Window: tokens.window,
        roles.WindowText: tokens.text,
        roles.Base: tokens.card,
        roles.AlternateBase: tokens.hover,
        roles.Text: tokens.text,
        roles.Button: tokens.card,
        roles.ButtonText: tokens.text,
        roles.BrightText: tokens.danger,
        roles.Highlight: tokens.selection,
        roles.HighlightedText: tokens.text,
        roles.Link: tokens.accent,
        roles.LinkVisited: tokens.accent,
        roles.ToolTipBase: tokens.text,
        roles.ToolTipText: tokens.window,
        roles.PlaceholderText: tokens.hint,
        roles.Accent: tokens.accent,
        roles.Light: tokens.card,
        roles.Midlight: tokens.hover,
        roles.Mid: tokens.line,
        roles.Dark: tokens.line_strong,
        roles.Shadow: tokens.shadow,
    }
    for role, value in table.items():
        palette.setColor(role, QColor(value))
    for role in (roles.Text, roles.WindowText, roles.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(tokens.hint))
    return palette


def system_scale() -> float:
    """How much larger the system's own text is than designed for; never smaller."""
    system = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    return min(1.6, max(1.0, QFontInfo(system).pixelSize() / _DESIGN_PX))


def make_fonts(scale: float = 1.0) -> Fonts:
    """Inter where it is installed, else the system's own; each size is its own at every scale, so that roles differ."""
    installed = set(QFontDatabase.families())
    system = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    family = next((name for name in _PREFERRED if name in installed), system.family())
    families = [family, *(name for name in _SANS_FALLBACK if name in installed)]
    fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont).family()
    mono_families = [next((name for name in _PREFERRED_MONO if name in installed), fixed)]
    sizes = _sizes(scale)

    def font(px: int, weight: QFont.Weight = QFont.Weight.Normal, names: list[str] = families) -> QFont:
        made = QFont()
        made.setFamilies(names)
        made.setPixelSize(sizes[px])
        made.setWeight(weight)
        made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
        return made

    bold = QFont.Weight.DemiBold
    mono = font(13, names=mono_families)
    mono.setStyleHint(QFont.StyleHint.Monospace)
    return Fonts(
        ui=font(13),
        ui_strong=font(13, bold),
        small=font(12),
        small_strong=font(12, bold),
        body=font(15),
        heading=font(17, bold),
        title=font(26, bold),
        mono=mono,
        brand=font(16, bold),
    )


def _sizes(scale: float) -> dict[int, int]:
    """The pixels of each designed size. No two become one, or a widget's font would not tell which it was."""
    sizes: dict[int, int] = {}
    for designed in (12, 13, 15, 16, 17, 26):
        sizes[designed] = max([round(designed * scale), *(size + 1 for size in sizes.values())])
    return sizes


def screen_ratio() -> float:
    """The largest device pixel ratio of any screen here."""
    return max((screen.devicePixelRatio() for screen in QGuiApplication.screens()), default=1.0)
