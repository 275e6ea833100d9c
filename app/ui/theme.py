"""How Paddock looks: Fusion, one palette and a little QSS made from tokens.py, following the system live.

The theme keeps its own answer to "light or dark" besides Qt's: on platforms without a colour scheme
(offscreen, bare X11) Qt refuses the wish, and the person's choice must hold there too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QByteArray, QObject, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontInfo, QGuiApplication, QPainter, QPalette
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication, QStyleFactory

from app import paths
from app.ui.icons import Icons
from app.ui.tokens import RADIUS_CONTROL, TOKENS, SchemeName, Tokens

Choice = Literal["system", "light", "dark"]

_PREFERRED = ("Inter", "Inter Variable")
_PREFERRED_MONO = ("JetBrains Mono", "SF Mono", "Cascadia Mono", "Menlo", "Consolas", "DejaVu Sans Mono")
_SANS_FALLBACK = ("Segoe UI", "Noto Sans", "DejaVu Sans", "Noto Color Emoji", "Apple Color Emoji", "Segoe UI Emoji")
_DESIGN_PX = 13.5

_QSS = """
QToolTip {{ background: {text}; color: {window}; border: none; padding: 5px 8px; }}
QMenu {{ background: {card}; border: 1px solid {line}; border-radius: {radius}px; padding: 5px; }}
QMenu::item {{ padding: 6px 26px 6px 12px; border-radius: 5px; color: {text}; }}
QMenu::item:selected {{ background: {hover}; }}
QMenu::item:disabled {{ color: {hint}; }}
QMenu::icon {{ padding-left: 8px; }}
QMenu::separator {{ height: 1px; background: {line}; margin: 5px 8px; }}
QLineEdit {{ background: {card}; border: 1px solid {line}; border-radius: {radius}px; padding: 6px 9px;
    color: {text}; selection-background-color: {selection}; selection-color: {text};
    placeholder-text-color: {hint}; }}
QLineEdit:focus {{ border: 1px solid {accent}; }}
QLineEdit[place="field"] {{ background: {field}; border: 1px solid {field}; }}
QLineEdit[place="field"]:focus {{ border: 1px solid {accent}; }}
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


class Theme(QObject):
    """`tokens`, `fonts` and `icons` of now; `changed` carries the new Tokens."""

    changed = Signal(object)

    def __init__(self, app: QApplication, *, choice: Choice = "system", parent: QObject | None = None) -> None:
        super().__init__(parent if parent is not None else app)
        self._app = app
        self._choice: Choice = choice
        self.icons = Icons()
        self.fonts = make_fonts()
        self.tokens = TOKENS[self._scheme()]
        self._logo = paths.resource("logo.svg").read_bytes()
        app.setStyle(QStyleFactory.create("Fusion"))
        app.styleHints().colorSchemeChanged.connect(self._on_system_changed)
        self._dress()

    @property
    def choice(self) -> Choice:
        return self._choice

    def choose(self, choice: Choice) -> None:
        self._choice = choice
        wish = {"system": Qt.ColorScheme.Unknown, "light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark}
        self._app.styleHints().setColorScheme(wish[choice])
        self._refresh()

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
        if self._choice == "system":
            self._refresh()

    def _refresh(self) -> None:
        tokens = TOKENS[self._scheme()]
        if tokens is not self.tokens:
            self.tokens = tokens
            self._dress()
            self.changed.emit(tokens)

    def _scheme(self) -> SchemeName:
        if self._choice != "system":
            return self._choice
        is_dark = self._app.styleHints().colorScheme() == Qt.ColorScheme.Dark
        return "dark" if is_dark else "light"

    def _dress(self) -> None:
        self._app.setPalette(make_palette(self.tokens))
        self._app.setFont(self.fonts.ui)
        self._app.setStyleSheet(make_qss(self.tokens))


def make_qss(tokens: Tokens) -> str:
    values = {name: getattr(tokens, name) for name in Tokens.__slots__}
    return _QSS.format(**values, radius=RADIUS_CONTROL)


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


def make_fonts() -> Fonts:
    """Inter where it is installed, else the system's own; larger when the system's text is larger."""
    installed = set(QFontDatabase.families())
    system = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    scale = min(1.6, max(1.0, QFontInfo(system).pixelSize() / _DESIGN_PX))
    family = next((name for name in _PREFERRED if name in installed), system.family())
    families = [family, *(name for name in _SANS_FALLBACK if name in installed)]
    fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont).family()
    mono_families = [next((name for name in _PREFERRED_MONO if name in installed), fixed)]

    def font(px: float, weight: QFont.Weight = QFont.Weight.Normal, names: list[str] = families) -> QFont:
        made = QFont()
        made.setFamilies(names)
        made.setPixelSize(round(px * scale))
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


def screen_ratio() -> float:
    """The largest device pixel ratio of any screen here."""
    return max((screen.devicePixelRatio() for screen in QGuiApplication.screens()), default=1.0)
