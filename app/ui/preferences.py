"""The dialogs about the profile itself: settings, what protects it, its passphrase and its recovery key."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from app.core import Core
from app.declared import AnySetting
from app.errors import PaddockError
from app.settings import CONTRAST, MOTION, STATES_LIMIT_GB, TEXT_PERCENT, TEXT_PERCENT_LEAST, TEXT_PERCENT_MOST, THEME
from app.storage.keys import SlotState
from app.text import _
from app.ui import clipboard, files
from app.ui.about.dialog import AboutDialog
from app.ui.about.parts import Part, parts
from app.ui.actions import Act
from app.ui.bridge import Bridge, nothing
from app.ui.in_turn import InTurn
from app.ui.models.keeper import ModelKeeper
from app.ui.models.shown import OptionChanged, OptionReset
from app.ui.network.keeper import NetworkKeeper
from app.ui.network.requests import Requests
from app.ui.network.state import NetworkState
from app.ui.privacy.dialog import PrivacyDialog, lines
from app.ui.settings.dialog import ROWS, SettingsDialog, SettingsShown, ThemeChosen
from app.ui.settings.network_rows import ConsentChosen
from app.ui.theme import CHOICES, CONTRAST_CHOICES, MOTION_CHOICES, Theme
from app.ui.welcome.keys import PassphraseChosen, PassphrasePage
from app.ui.welcome.recovery import RecoveryPage
from app.ui.welcome.recovery_keeper import RecoveryKeeper

TEXT_STEP = 10  # percent, for each press of the keys

_BY_KEY = {setting.key: setting for setting in ROWS}


class Preferences(QObject):
    """Parented to the window. Stores what the dialogs are told, off the main thread."""

    failed = Signal(object)  # PaddockError
    model_settings_requested = Signal()
    models_changed = Signal()  # where models are kept
    setting_stored = Signal(object)  # AnySetting: it has another value now
    act_requested = Signal(object)  # Act: what has a place of its own

    def __init__(
        self,
        core: Core,
        bridge: Bridge,
        keeper: ModelKeeper,
        network: NetworkKeeper,
        theme: Theme,
        *,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._window = parent
        self._core = core
        self._bridge = bridge
        self._turns = InTurn(bridge)
        self._keeper = keeper
        self._network = network
        self._theme = theme
        self._dialog: QDialog | None = None
        self.requests = Requests(core.ledger, bridge, theme, host=core.outside.endpoint.host, parent=parent)
        self.requests.failed.connect(self.failed)
        network.changed.connect(self._on_network)

    @Slot()
    def show_settings(self) -> None:
        self._read_settings(self._open_settings)

    @Slot()
    def show_network_settings(self) -> None:
        """The same, opened where it says what may be sent."""
        self._read_settings(self._open_network_settings)

    @Slot(object)
    def show_setting(self, key: str) -> None:
        """The same, opened at one of its rows."""
        self._read_settings(partial(self._open_setting, key))

    @Slot()
    def larger_text(self) -> None:
        self._resize_text(TEXT_STEP)

    @Slot()
    def smaller_text(self) -> None:
        self._resize_text(-TEXT_STEP)

    @Slot()
    def usual_text(self) -> None:
        self._resize_text(TEXT_PERCENT.default - self._theme.appearance.text_percent)

    def _resize_text(self, step: int) -> None:
        wanted = self._theme.appearance.text_percent + step
        percent = max(TEXT_PERCENT_LEAST, min(TEXT_PERCENT_MOST, wanted))
        self._theme.set_text_percent(percent)
        if isinstance(self._dialog, SettingsDialog):
            self._dialog.show_value(TEXT_PERCENT.key, percent)
        self._store(lambda: self._core.settings.set(TEXT_PERCENT, percent))

    def _read_settings(self, show: Callable[[SettingsShown], None]) -> None:
        settings = self._core.settings
        folder = str(self._core.places.root)

        def read() -> SettingsShown:
            slots = self._core.slots()
            folders = self._core.holdings.folders
            return SettingsShown(
                theme=settings.get(THEME),
                values={setting.key: settings.get(setting) for setting in ROWS},
                states_bytes=self._core.states.used_bytes(),
                has_passphrase=slots.has_passphrase,
                is_recovery_confirmed=slots.is_recovery_confirmed,
                profile_folder=folder,
                network=self._network.read(),
                models_folder=str(folders.current()),
                is_default_models_folder=folders.current() == folders.usual,
            )

        self._turns.run(read, show, self.failed.emit)

    @Slot()
    def show_privacy(self) -> None:
        self._bridge.run(lambda: (self._core.slots(), self._network.read()), self._open_privacy, self.failed.emit)

    @Slot()
    def show_about(self) -> None:
        dialog = AboutDialog(self._theme, parent=self._window)
        self._show(dialog)
        self._bridge.run(parts, partial(self._have_parts, dialog), self.failed.emit)

    def _have_parts(self, dialog: AboutDialog, found: tuple[Part, ...]) -> None:
        if dialog is self._dialog:
            dialog.show_parts(found)

    def _open_settings(self, shown: SettingsShown) -> None:
        dialog = SettingsDialog(self._theme, shown, parent=self._window)
        dialog.theme_chosen.connect(self._on_theme)
        dialog.changed.connect(self._on_changed)
        dialog.reset.connect(self._on_reset)
        dialog.clear_requested.connect(self._on_clear)
        dialog.model_requested.connect(self._on_model)
        dialog.passphrase_requested.connect(self._on_passphrase)
        dialog.recovery_requested.connect(self._on_recovery)
        dialog.folder_copy_requested.connect(self._on_copy_folder)
        dialog.consent_chosen.connect(self._on_consent)
        dialog.requests_requested.connect(self.requests.show)
        dialog.about_requested.connect(self.show_about)
        dialog.act_requested.connect(self._on_act)
        dialog.models_folder_requested.connect(self._on_models_folder)
        dialog.default_models_folder_requested.connect(self._on_default_models_folder)
        self._show(dialog)

    def _open_network_settings(self, shown: SettingsShown) -> None:
        self._open_settings(shown)
        if isinstance(self._dialog, SettingsDialog):
            self._dialog.go_to_network()

    def _open_setting(self, key: str, shown: SettingsShown) -> None:
        self._open_settings(shown)
        if isinstance(self._dialog, SettingsDialog):
            self._dialog.go_to(key)

    def _open_privacy(self, found: tuple[SlotState, NetworkState]) -> None:
        slots, network = found
        dialog = PrivacyDialog(self._theme, lines(slots, self._keeper.facts, network), parent=self._window)
        dialog.requests_requested.connect(self.requests.show)
        self._show(dialog)

    @Slot(object)
    def _on_consent(self, chosen: ConsentChosen) -> None:
        self._network.choose(chosen.consent)

    @Slot(object)
    def _on_network(self, network: NetworkState) -> None:
        if isinstance(self._dialog, SettingsDialog):
            self._dialog.show_network(network)

    @Slot()
    def _on_models_folder(self) -> None:
        chooser = files.folder_dialog(self._dialog or self._window, _("Where models are kept from now on"))
        chooser.fileSelected.connect(self._on_folder_chosen)
        chooser.open()

    @Slot(str)
    def _on_folder_chosen(self, name: str) -> None:
        self._keep_models_in(Path(name))

    @Slot()
    def _on_default_models_folder(self) -> None:
        self._keep_models_in(None)

    def _keep_models_in(self, folder: Path | None) -> None:
        folders = self._core.holdings.folders

        def work() -> tuple[Path, bool]:
            folders.choose(folder)
            return folders.current(), folders.current() == folders.usual

        self._turns.run(work, self._have_folder, self.failed.emit)

    def _have_folder(self, found: tuple[Path, bool]) -> None:
        folder, is_usual = found
        if isinstance(self._dialog, SettingsDialog):
            self._dialog.show_models_folder(str(folder), is_default=is_usual)
        self.models_changed.emit()

    @Slot()
    def _on_copy_folder(self) -> None:
        clipboard.put(str(self._core.places.root))

    @Slot(object)
    def _on_theme(self, chosen: ThemeChosen) -> None:
        self._theme.choose(CHOICES[chosen.theme])
        self._store(lambda: self._core.settings.set(THEME, chosen.theme))

    @Slot(object)
    def _on_changed(self, told: OptionChanged) -> None:
        setting = _BY_KEY[told.setting_key]
        self._look(setting, told.value)
        self._store(lambda: self._core.settings.set(setting, told.value), setting)
        if setting is STATES_LIMIT_GB:
            self._use_less(self._core.states.trim)

    def _look(self, setting: AnySetting, value: object) -> None:
        """How Paddock looks changes while one looks at it."""
        if setting is CONTRAST:
            self._theme.set_contrast(CONTRAST_CHOICES[str(value)])
        elif setting is TEXT_PERCENT and isinstance(value, int):
            self._theme.set_text_percent(value)
        elif setting is MOTION:
            self._theme.set_motion(MOTION_CHOICES[str(value)])

    @Slot(object)
    def _on_reset(self, told: OptionReset) -> None:
        self._on_changed(OptionChanged(told.key, _BY_KEY[told.key].default))

    @Slot()
    def _on_clear(self) -> None:
        self._use_less(self._core.states.clear)

    @Slot()
    def _on_model(self) -> None:
        self._close()
        self.model_settings_requested.emit()

    @Slot(object)
    def _on_act(self, act: Act) -> None:
        self._close()
        self.act_requested.emit(act)

    def _use_less(self, remove: Callable[[], None]) -> None:
        """Remove kept states; then the dialog says what is left of them, whether or not it went well."""
        states = self._core.states

        def failed(error: PaddockError) -> None:
            self.failed.emit(error)
            self._turns.run(states.used_bytes, self._used, nothing)

        def work() -> int:
            remove()
            return states.used_bytes()

        self._turns.run(work, self._used, failed)

    def _used(self, states_bytes: int) -> None:
        if isinstance(self._dialog, SettingsDialog):
            self._dialog.show_used(states_bytes)

    @Slot()
    def _on_passphrase(self) -> None:
        page = PassphrasePage(self._theme)
        page.words.setText(
            _("It opens your chats beside the usual key. It is stored nowhere; forget it and only the other keys help.")
        )
        page.chosen.connect(self._on_passphrase_chosen)
        page.back_requested.connect(self._close)
        self._show(_page_dialog(page, page.title.text(), self._window))

    @Slot(object)
    def _on_passphrase_chosen(self, chosen: PassphraseChosen) -> None:
        self._bridge.run(
            lambda: self._core.set_passphrase(chosen.passphrase), lambda _result: self._close(), self.failed.emit
        )

    @Slot()
    def _on_recovery(self) -> None:
        self._bridge.run(self._core.new_recovery_key, self._open_recovery, self.failed.emit)

    def _open_recovery(self, recovery_key: str) -> None:
        keeper = RecoveryKeeper(self._core, self._bridge, self._theme, recovery_key, parent=self._window)
        keeper.done.connect(self._close)
        keeper.failed.connect(self.failed)
        page: RecoveryPage = keeper.page
        self._show(_page_dialog(page, _("Recovery key"), self._window))

    def _store(self, work: Callable[[], None], setting: AnySetting | None = None) -> None:
        def done(_result: None) -> None:
            if setting is not None:
                self.setting_stored.emit(setting)

        self._turns.run(work, done, self.failed.emit)

    def _show(self, dialog: QDialog) -> None:
        self._close()
        self._dialog = dialog
        dialog.finished.connect(self._on_finished)
        dialog.open()

    @Slot()
    def _close(self) -> None:
        if self._dialog is not None:
            self._dialog.close()

    @Slot()
    def _on_finished(self) -> None:
        if self._dialog is not None:
            self._dialog.deleteLater()
            self._dialog = None


def _page_dialog(page: QWidget, title: str, parent: QWidget) -> QDialog:
    """A page of the first start, as a dialog."""
    dialog = QDialog(parent)
    dialog.setWindowTitle(title)
    column = QVBoxLayout(dialog)
    column.setContentsMargins(20, 20, 20, 20)
    column.addWidget(page)
    return dialog
