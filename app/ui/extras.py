"""What Paddock has besides its window, once the profile is open: the quick question, its keys, and the tray."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from app.core import Core
from app.declared import AnySetting
from app.errors import PaddockError
from app.settings import QUICK_KEYS, TRAY
from app.ui.actions import Act
from app.ui.bridge import Bridge
from app.ui.chat.items import SendRequested
from app.ui.quick.global_key import GlobalKey
from app.ui.theme import Theme
from app.ui.tray import Tray
from app.ui.window import MainWindow

if TYPE_CHECKING:
    from app.ui.documents.items import PassageRequested
    from app.ui.quick.controller import QuickAsk, QuickKept


class Extras(QObject):
    """Parented to the shell."""

    bring_requested = Signal()
    quit_requested = Signal()

    def __init__(self, core: Core, bridge: Bridge, theme: Theme, window: MainWindow, shell: QWidget) -> None:
        super().__init__(shell)
        self._core = core
        self._bridge = bridge
        self._window = window
        self._shell = shell
        self._theme = theme
        self._quick: QuickAsk | None = None
        self.tray = Tray(theme, self)
        self.keys = GlobalKey(self)
        self.keys.pressed.connect(self._on_keys)
        self.tray.open_requested.connect(self.bring_requested)
        self.tray.quick_requested.connect(self._on_quick)
        self.tray.new_chat_requested.connect(self._on_new_chat)
        self.tray.quit_requested.connect(self.quit_requested)
        window.quick_requested.connect(self._on_quick)
        window.later.setting_stored.connect(self._on_stored)
        bridge.run(lambda: (core.settings.get(TRAY), core.settings.get(QUICK_KEYS)), self._begin, _unknown)

    @property
    def quick(self) -> QuickAsk:
        """Made when it is first asked for."""
        if self._quick is None:
            from app.ui.quick.controller import QuickAsk  # late, for a light start

            self._quick = QuickAsk(self._core, self._bridge, self._theme, self._shell)
            self._quick.open_requested.connect(self._on_quick_kept)
            self._quick.link_requested.connect(self._on_link)
            self._quick.passage_requested.connect(self._on_passage)
            self._quick.hidden.connect(self._on_quick_hidden)
        return self._quick

    def keep_in_tray(self) -> bool:
        """Whether Paddock goes on without its window; says so, the first time."""
        self.tray.say_hidden()
        return self.tray.is_shown

    def close(self) -> None:
        """Paddock ends."""
        self.keys.close()
        self.tray.set_wanted(False)
        if self._quick is not None:
            self._quick.close()

    def _begin(self, found: tuple[bool, str]) -> None:
        is_tray_wanted, keys = found
        self.tray.set_wanted(is_tray_wanted)
        self.keys.set_keys(keys)

    def _set_keys(self, keys: str) -> None:
        from app.ui.settings.dialog import SettingsDialog  # late: it is open when this is called

        fault = self.keys.set_keys(keys)
        for dialog in self._window.findChildren(SettingsDialog):
            dialog.show_keys_fault(fault)

    @Slot(object)
    def _on_stored(self, setting: AnySetting) -> None:
        if setting is TRAY:
            self._bridge.run(lambda: self._core.settings.get(TRAY), self.tray.set_wanted, _unknown)
        elif setting is QUICK_KEYS:
            self._bridge.run(lambda: self._core.settings.get(QUICK_KEYS), self._set_keys, _unknown)

    @Slot()
    def _on_quick(self) -> None:
        self.quick.show()

    @Slot()
    def _on_keys(self) -> None:
        self.quick.toggle()

    @Slot()
    def _on_quick_hidden(self) -> None:
        """Nothing of Paddock is on screen any more: then nothing of it runs."""
        if self._shell.isHidden() and not self.tray.is_shown:
            self.quit_requested.emit()

    @Slot(object)
    def _on_quick_kept(self, kept: QuickKept) -> None:
        self._on_new_chat()
        if kept.scope:
            self._window.parts.sources.ask(kept.scope)
        self._window.page.composer.send_requested.emit(SendRequested(kept.question))

    @Slot()
    def _on_new_chat(self) -> None:
        self.bring_requested.emit()
        self._window.actions_of_window[Act.NEW_CHAT].trigger()

    @Slot(object)
    def _on_link(self, request: object) -> None:
        self.bring_requested.emit()
        self._window.page.transcript.link_requested.emit(request)

    @Slot(object)
    def _on_passage(self, wanted: PassageRequested) -> None:
        """The viewer is the window's, and stands beside it."""
        self.bring_requested.emit()
        self._window.later.show_passage(wanted)


def _unknown(_error: PaddockError) -> None:
    """Without these settings there is no tray and there are no keys; the window tells of faults of the profile."""
