"""Every action and its keys, declared once. The window connects `triggered`; menus and the list of shortcuts
read from here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from app.text import _
from app.ui.theme import Theme


class Act(Enum):
    NEW_CHAT = "new_chat"
    STOP = "stop"
    TOGGLE_SIDEBAR = "toggle_sidebar"
    FILTER_CHATS = "filter_chats"
    RENAME = "rename"
    DELETE = "delete"
    UNDO_DELETE = "undo_delete"
    COPY_LAST = "copy_last"
    REGENERATE = "regenerate"
    FOCUS_COMPOSER = "focus_composer"
    MODELS = "models"
    SETTINGS = "settings"
    SHORTCUTS = "shortcuts"
    ABOUT = "about"
    QUIT = "quit"


@dataclass(frozen=True, slots=True)
class ActionSpec:
    act: Act
    label: str
    keys: str
    """Portable text; Qt turns Ctrl into Cmd on macOS."""
    icon: str
    is_of_list: bool = False
    """Works only while the list of chats has the focus, where these keys mean nothing else."""


def specs() -> tuple[ActionSpec, ...]:
    return (
        ActionSpec(Act.NEW_CHAT, _("New chat"), "Ctrl+N", "note-pencil"),
        ActionSpec(Act.STOP, _("Stop the answer"), "Esc", "stop-fill"),
        ActionSpec(Act.FOCUS_COMPOSER, _("Write a message"), "Ctrl+L", "pencil-simple"),
        ActionSpec(Act.REGENERATE, _("Answer again"), "Ctrl+R", "arrows-clockwise"),
        ActionSpec(Act.COPY_LAST, _("Copy the last answer"), "Ctrl+Shift+C", "copy"),
        ActionSpec(Act.FILTER_CHATS, _("Search chats"), "Ctrl+K", "magnifying-glass"),
        ActionSpec(Act.TOGGLE_SIDEBAR, _("Show or hide the list of chats"), "Ctrl+B", "sidebar"),
        ActionSpec(Act.RENAME, _("Rename"), "F2", "pencil-simple", is_of_list=True),
        ActionSpec(Act.DELETE, _("Delete"), "Del", "trash", is_of_list=True),
        ActionSpec(
            Act.UNDO_DELETE, _("Bring a deleted chat back"), "Ctrl+Z", "arrow-counter-clockwise", is_of_list=True
        ),
        ActionSpec(Act.MODELS, _("Models"), "Ctrl+M", "cube"),
        ActionSpec(Act.SETTINGS, _("Settings"), "Ctrl+,", "gear-six"),
        ActionSpec(Act.SHORTCUTS, _("Keyboard shortcuts"), "Ctrl+/", "keyboard"),
        ActionSpec(Act.ABOUT, _("About Paddock"), "F1", "info"),
        ActionSpec(Act.QUIT, _("Quit Paddock"), "Ctrl+Q", "sign-out"),
    )


class Actions(QObject):
    """The QActions of one window. Those of the list are added to `chat_list`, the others to `window`.

    STOP starts disabled: the window enables it while an answer is under way, so that Esc stays free otherwise.
    """

    def __init__(self, theme: Theme, window: QWidget, chat_list: QWidget) -> None:
        super().__init__(window)
        self._theme = theme
        self._made: dict[Act, QAction] = {}
        for spec in specs():
            action = QAction(spec.label, self)
            action.setShortcut(QKeySequence(spec.keys))
            if spec.is_of_list:
                action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            (chat_list if spec.is_of_list else window).addAction(action)
            self._made[spec.act] = action
        self._made[Act.QUIT].setMenuRole(QAction.MenuRole.QuitRole)
        self._made[Act.ABOUT].setMenuRole(QAction.MenuRole.AboutRole)
        self._made[Act.SETTINGS].setMenuRole(QAction.MenuRole.PreferencesRole)
        self._made[Act.STOP].setEnabled(False)
        theme.changed.connect(self._redraw)
        self._redraw()

    def __getitem__(self, act: Act) -> QAction:
        return self._made[act]

    @property
    def all(self) -> Mapping[Act, QAction]:
        return dict(self._made)

    @Slot()
    def _redraw(self) -> None:
        for spec in specs():
            self._made[spec.act].setIcon(self._theme.icons.icon(spec.icon, self._theme.color("muted")))


def keys_text(act: Act) -> str:
    """The keys of `act` as this system writes them, for tooltips."""
    spec = next(spec for spec in specs() if spec.act is act)
    return QKeySequence(spec.keys).toString(QKeySequence.SequenceFormat.NativeText)
