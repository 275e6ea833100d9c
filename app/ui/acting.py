"""What each action of the window does: the one table from actions (actions.py) to who does them.

The rest of the actions belongs to a part of its own, which connects them: later.py, chat/open_chat.py.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from app.ui.actions import Act

if TYPE_CHECKING:
    from app.ui.parts import Parts
    from app.ui.window import MainWindow

Table = dict[Act, Callable[..., object]]


def connect(window: MainWindow, parts: Parts) -> None:
    for act, slot in (_of_chats(window, parts) | _of_writing(window, parts) | _of_reading(parts)).items():
        window.actions_of_window[act].triggered.connect(slot)
    for act, slot in _of_window(window, parts).items():
        window.actions_of_window[act].triggered.connect(slot)


def _of_chats(window: MainWindow, parts: Parts) -> Table:
    library, chat_list = parts.library, window.sidebar.list
    return {
        Act.NEW_CHAT: parts.new_chat,
        Act.NEW_TEMPORARY: parts.new_temporary,
        Act.NEW_FOLDER: parts.new_folder,
        Act.NEXT_CHAT: library.open_next,
        Act.PREVIOUS_CHAT: library.open_previous,
        Act.SEARCH: parts.search,
        Act.PIN: library.pin_open,
        Act.INSTRUCTIONS: parts.later.show_instructions,
        Act.EXPORT: parts.export,
        Act.EXPORT_ALL: parts.export_all,
        Act.IMPORT: parts.show_import,
        Act.BIN: library.bin.show,
        Act.RENAME: chat_list.rename_focused,
        Act.DELETE: chat_list.delete_focused,
        Act.UNDO_DELETE: library.undo_delete,
    }


def _of_writing(window: MainWindow, parts: Parts) -> Table:
    composer = window.page.composer
    return {
        Act.FOCUS_COMPOSER: composer.setFocus,
        Act.ATTACH: composer.choose_files,
        Act.TEMPLATES: parts.later.show_templates,
        Act.COMPARE: parts.later.open_compare,
        Act.STOP: parts.conversation.stop,
        Act.REGENERATE: parts.deeds.regenerate,
        Act.CONTINUE: parts.deeds.go_on,
    }


def _of_reading(parts: Parts) -> Table:
    deeds = parts.deeds
    return {
        Act.FIND: deeds.find,
        Act.FIND_NEXT: deeds.find_next,
        Act.FIND_PREVIOUS: deeds.find_previous,
        Act.PREVIOUS_MESSAGE: deeds.previous_message,
        Act.NEXT_MESSAGE: deeds.next_message,
        Act.COPY_LAST: deeds.copy_last,
        Act.COPY_CODE: deeds.copy_code,
        Act.READ_ALOUD: deeds.read_aloud,
    }


def _of_window(window: MainWindow, parts: Parts) -> Table:
    later = parts.later
    return {
        Act.PALETTE: later.open_palette,
        Act.TOGGLE_SIDEBAR: window.side_pane.toggle,
        Act.MODELS: window.show_models,
        Act.DOCUMENTS: later.show_documents,
        Act.PERSONAS: later.show_personas,
        Act.SETTINGS: later.show_settings,
        Act.TEXT_LARGER: later.larger_text,
        Act.TEXT_SMALLER: later.smaller_text,
        Act.TEXT_USUAL: later.usual_text,
        Act.FULL_SCREEN: window.full_screen_requested.emit,
        Act.QUICK: window.quick_requested.emit,
        Act.SHORTCUTS: parts.show_shortcuts,
        Act.ABOUT: later.show_about,
        Act.QUIT: window.close_requested.emit,
    }
