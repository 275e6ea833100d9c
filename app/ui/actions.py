"""Every action and its keys, declared once. The window connects `triggered`; menus and the list of shortcuts
read from here."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from app.frozen import dataclass
from app.text import _
from app.ui.theme import Theme


class Act(Enum):
    NEW_CHAT = "new_chat"
    NEW_TEMPORARY = "new_temporary"
    NEW_FOLDER = "new_folder"
    NEXT_CHAT = "next_chat"
    PREVIOUS_CHAT = "previous_chat"
    SEARCH = "search"
    PIN = "pin"
    INSTRUCTIONS = "instructions"
    RENAME_OPEN = "rename_open"
    DUPLICATE = "duplicate"
    ARCHIVE = "archive"
    DELETE_OPEN = "delete_open"
    COPY_CHAT = "copy_chat"
    EXPORT = "export"
    IMPORT = "import"
    EXPORT_ALL = "export_all"
    BIN = "bin"
    RENAME = "rename"
    DELETE = "delete"
    UNDO_DELETE = "undo_delete"
    FOCUS_COMPOSER = "focus_composer"
    ATTACH = "attach"
    TEMPLATES = "templates"
    STOP = "stop"
    REGENERATE = "regenerate"
    CONTINUE = "continue"
    COMPARE = "compare"
    FIND = "find"
    FIND_NEXT = "find_next"
    FIND_PREVIOUS = "find_previous"
    PREVIOUS_MESSAGE = "previous_message"
    NEXT_MESSAGE = "next_message"
    COPY_LAST = "copy_last"
    COPY_CODE = "copy_code"
    READ_ALOUD = "read_aloud"
    PALETTE = "palette"
    TOGGLE_SIDEBAR = "toggle_sidebar"
    MODELS = "models"
    DOCUMENTS = "documents"
    PERSONAS = "personas"
    GENERAL = "general"
    SETTINGS = "settings"
    MODEL_SETTINGS = "model_settings"
    PRIVACY = "privacy"
    REQUESTS = "requests"
    TEXT_LARGER = "text_larger"
    TEXT_SMALLER = "text_smaller"
    TEXT_USUAL = "text_usual"
    FULL_SCREEN = "full_screen"
    QUICK = "quick"
    SHORTCUTS = "shortcuts"
    ABOUT = "about"
    QUIT = "quit"


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """An action as it is declared: words, usual keys, icon, and the group that it is listed in."""

    act: Act
    label: str
    keys: str
    """Portable text; Qt turns Ctrl into Cmd on macOS. Empty: it is found in menus and in the palette."""
    icon: str
    group: str = ""
    is_of_list: bool = False
    """Works only while the list of chats has the focus, where these keys mean nothing else."""


def specs() -> tuple[ActionSpec, ...]:
    return (*_of_chats(), *_of_writing(), *_of_reading(), *_of_window())


def _of_chats() -> tuple[ActionSpec, ...]:
    group = _("Chats")
    return (
        ActionSpec(Act.NEW_CHAT, _("New chat"), "Ctrl+N", "note-pencil", group),
        ActionSpec(Act.NEW_TEMPORARY, _("New temporary chat"), "Ctrl+Shift+N", "ghost", group),
        ActionSpec(Act.NEW_FOLDER, _("New folder"), "Ctrl+Alt+N", "folder-plus", group),
        ActionSpec(Act.NEXT_CHAT, _("Next chat"), "Ctrl+PgDown", "arrow-down", group),
        ActionSpec(Act.PREVIOUS_CHAT, _("Previous chat"), "Ctrl+PgUp", "arrow-up", group),
        ActionSpec(Act.SEARCH, _("Search in all chats"), "Ctrl+Shift+F", "magnifying-glass", group),
        ActionSpec(Act.PIN, _("Pin or unpin this chat"), "Ctrl+Shift+P", "push-pin", group),
        ActionSpec(Act.INSTRUCTIONS, _("Instructions for this chat"), "Ctrl+I", "user-gear", group),
        ActionSpec(Act.RENAME_OPEN, _("Rename this chat"), "", "pencil-simple", group),
        ActionSpec(Act.DUPLICATE, _("Duplicate this chat"), "", "copy-simple", group),
        ActionSpec(Act.ARCHIVE, _("Archive this chat or bring it back"), "", "archive", group),
        ActionSpec(Act.DELETE_OPEN, _("Delete this chat"), "", "trash", group),
        ActionSpec(Act.COPY_CHAT, _("Copy this chat as Markdown"), "", "copy", group),
        ActionSpec(Act.EXPORT, _("Save this chat as a file"), "Ctrl+S", "export", group),
        ActionSpec(Act.IMPORT, _("Bring in chats from files"), "", "download-simple", group),
        ActionSpec(Act.EXPORT_ALL, _("Save all chats as files"), "", "archive", group),
        ActionSpec(Act.BIN, _("Deleted chats"), "", "trash", group),
        ActionSpec(Act.RENAME, _("Rename"), "F2", "pencil-simple", group, is_of_list=True),
        ActionSpec(Act.DELETE, _("Delete"), "Del", "trash", group, is_of_list=True),
        ActionSpec(
            Act.UNDO_DELETE, _("Bring a deleted chat back"), "Ctrl+Z", "arrow-counter-clockwise", group, is_of_list=True
        ),
    )


def _of_writing() -> tuple[ActionSpec, ...]:
    group = _("Writing")
    return (
        ActionSpec(Act.FOCUS_COMPOSER, _("Write a message"), "Ctrl+L", "pencil-simple", group),
        ActionSpec(Act.ATTACH, _("Attach files"), "Ctrl+U", "paperclip", group),
        ActionSpec(Act.TEMPLATES, _("Prompt templates"), "Ctrl+T", "book-open", group),
        ActionSpec(Act.STOP, _("Stop the answer"), "Esc", "stop-fill", group),
        ActionSpec(Act.REGENERATE, _("Answer again"), "Ctrl+R", "arrows-clockwise", group),
        ActionSpec(Act.CONTINUE, _("Continue the answer"), "Alt+Return", "arrow-bend-down-right", group),
        ActionSpec(Act.COMPARE, _("Compare two answers"), "Ctrl+Shift+M", "columns", group),
    )


def _of_reading() -> tuple[ActionSpec, ...]:
    group = _("Reading")
    return (
        ActionSpec(Act.FIND, _("Find in this chat"), "Ctrl+F", "magnifying-glass", group),
        ActionSpec(Act.FIND_NEXT, _("Next match"), "F3", "arrow-down", group),
        ActionSpec(Act.FIND_PREVIOUS, _("Previous match"), "Shift+F3", "arrow-up", group),
        ActionSpec(Act.PREVIOUS_MESSAGE, _("Previous message"), "Alt+Up", "arrow-up", group),
        ActionSpec(Act.NEXT_MESSAGE, _("Next message"), "Alt+Down", "arrow-down", group),
        ActionSpec(Act.COPY_LAST, _("Copy the last answer"), "Ctrl+Shift+C", "copy", group),
        ActionSpec(Act.COPY_CODE, _("Copy the last code"), "Ctrl+Shift+K", "code", group),
        ActionSpec(Act.READ_ALOUD, _("Read the last answer aloud"), "Ctrl+Shift+L", "speaker-high", group),
    )


def _of_window() -> tuple[ActionSpec, ...]:
    group = _("Window")
    return (
        ActionSpec(Act.PALETTE, _("Find anything"), "Ctrl+K", "command", group),
        ActionSpec(Act.TOGGLE_SIDEBAR, _("Show or hide the list of chats"), "Ctrl+B", "sidebar", group),
        ActionSpec(Act.MODELS, _("Models"), "Ctrl+M", "cube", group),
        ActionSpec(Act.DOCUMENTS, _("Documents"), "Ctrl+Shift+D", "files", group),
        ActionSpec(Act.PERSONAS, _("Personas"), "", "users", group),
        ActionSpec(Act.GENERAL, _("Instructions for every chat"), "", "user-gear", group),
        ActionSpec(Act.SETTINGS, _("Settings"), "Ctrl+,", "gear-six", group),
        ActionSpec(Act.MODEL_SETTINGS, _("Settings of this model"), "", "sliders-horizontal", group),
        ActionSpec(Act.PRIVACY, _("What protects you"), "", "shield-check", group),
        ActionSpec(Act.REQUESTS, _("Every request Paddock ever made"), "", "list-bullets", group),
        ActionSpec(Act.TEXT_LARGER, _("Larger text"), "Ctrl++", "text-aa", group),
        ActionSpec(Act.TEXT_SMALLER, _("Smaller text"), "Ctrl+-", "text-aa", group),
        ActionSpec(Act.TEXT_USUAL, _("Usual text size"), "Ctrl+0", "text-aa", group),
        ActionSpec(Act.FULL_SCREEN, _("Full screen"), "F11", "arrows-out", group),
        ActionSpec(Act.QUICK, _("Quick question"), "", "lightning", group),
        ActionSpec(Act.SHORTCUTS, _("Keyboard shortcuts"), "Ctrl+/", "keyboard", group),
        ActionSpec(Act.ABOUT, _("About Paddock"), "F1", "info", group),
        ActionSpec(Act.QUIT, _("Quit Paddock"), "Ctrl+Q", "sign-out", group),
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
            if spec.keys:
                action.setShortcut(QKeySequence(spec.keys))
            if spec.is_of_list:
                action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            (chat_list if spec.is_of_list else window).addAction(action)
            self._made[spec.act] = action
        self._made[Act.QUIT].setMenuRole(QAction.MenuRole.QuitRole)
        self._made[Act.ABOUT].setMenuRole(QAction.MenuRole.AboutRole)
        self._made[Act.SETTINGS].setMenuRole(QAction.MenuRole.PreferencesRole)
        self._made[Act.STOP].setEnabled(False)

    def __getitem__(self, act: Act) -> QAction:
        return self._made[act]

    @property
    def all(self) -> Mapping[Act, QAction]:
        return dict(self._made)

    def draw_icons(self) -> None:
        """They are for the menus, and the window's first frame has none; that would come 20 ms later for them."""
        self._theme.changed.connect(self._redraw)
        self._redraw()

    @Slot()
    def _redraw(self) -> None:
        for spec in specs():
            self._made[spec.act].setIcon(self._theme.icons.icon(spec.icon, self._theme.color("muted")))


def keys_text(act: Act) -> str:
    """The keys of `act` as this system writes them, for tooltips."""
    spec = next(spec for spec in specs() if spec.act is act)
    # Qt tells two keys apart that most keyboards call Enter.
    return QKeySequence(spec.keys).toString(QKeySequence.SequenceFormat.NativeText).replace("Return", "Enter")
