"""The one top-level window: from the first start or the locked profile to the chat, and back out at the end.

It owns Home and Core and their order. Which page comes next is decided here and nowhere else: welcome, passphrase,
recovery key, unlock, chat.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QSize, Signal, Slot
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QStackedLayout, QWidget

from app.chat import forwarded
from app.core import Core, Entry, Home, Opened, look_at_model
from app.errors import ModelFault, PaddockError, ProfileLocked, WrongKey
from app.models import gguf, library
from app.settings import THEME, WINDOW_SIZE
from app.text import _
from app.ui import files
from app.ui.bridge import Bridge
from app.ui.controls import Ground
from app.ui.dialogs import SentenceDialog
from app.ui.models.picker import large_model_dialog
from app.ui.preferences import CHOICES
from app.ui.theme import Theme
from app.ui.welcome.keys import PassphraseChosen, PassphrasePage, UnlockPage, UnlockRequested
from app.ui.welcome.recovery_keeper import RecoveryKeeper
from app.ui.welcome.welcome import Problem, WelcomePage
from app.ui.window import MainWindow

START_SIZE = QSize(1180, 820)
GRACE_S = 3.0

_log = logging.getLogger(__name__)


class Shell(QWidget):
    """Made with a claimed profile; `start` shows the first page."""

    raise_requested = Signal()

    def __init__(self, home: Home, theme: Theme) -> None:
        super().__init__()
        self._home = home
        self._theme = theme
        self._bridge = Bridge(self)
        self._core: Core | None = None
        self._model: Path | None = None
        self._leads_to_models = False
        self.window_of_chat: MainWindow | None = None
        self.setWindowTitle("Paddock")
        self.resize(START_SIZE)
        self._pages = QStackedLayout(self)
        self._pages.setContentsMargins(0, 0, 0, 0)
        self._pages.addWidget(Ground(theme, "window", parent=self))
        self.raise_requested.connect(self._on_raise)
        home.claim.listen(self._answer_door)

    @property
    def page(self) -> QWidget | None:
        """What is shown now."""
        return self._pages.currentWidget()

    @property
    def core(self) -> Core | None:
        """The unlocked profile, once it is."""
        return self._core

    def start(self) -> None:
        """Find out what is needed to get in, and go there."""
        self._bridge.run(self._home.entry, self._enter, self._fatal)

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.window_of_chat is not None:
            self.window_of_chat.before_close(f"{self.width()}x{self.height()}")
        if not self._bridge.close(GRACE_S):
            _log.warning("a worker was still busy at the end")
        if self._core is not None:
            self._core.close()
        self._home.close()
        super().closeEvent(event)

    def _enter(self, entry: Entry) -> None:
        if entry == "new":
            self._show_welcome()
        elif entry == "keyring":
            self._bridge.run(self._home.open_by_keyring, self._opened, self._keyring_failed)
        else:
            self._show_unlock("")

    # The first start.

    @Slot()
    def _show_welcome(self) -> None:
        has_starter = any(model.is_starter for model in library.known(()))
        page = WelcomePage(self._theme, parent=self, has_starter=has_starter)
        page.start_requested.connect(self._on_start)
        page.open_requested.connect(self._on_open)
        page.llama_requested.connect(self._on_llama)
        page.dropped.connect(self._on_dropped)
        self._show(page)

    @Slot()
    def _on_start(self) -> None:
        self._look_at(library.starter)

    @Slot()
    def _on_open(self) -> None:
        dialog = files.model_dialog(self)
        dialog.fileSelected.connect(self._on_file)
        dialog.open()

    @Slot(str)
    def _on_file(self, name: str) -> None:
        self._look_at(lambda: Path(name))

    @Slot(object)
    def _on_dropped(self, path: Path) -> None:
        self._look_at(lambda: path)

    @Slot()
    def _on_llama(self) -> None:
        """Into the window, on the page where models are found; the small model answers until another one does."""
        if any(model.is_starter for model in library.known(())):
            self._look_at(library.starter)
        else:
            self._model_chosen(None)
        self._leads_to_models = True

    def _model_refused(self, error: PaddockError) -> None:
        if isinstance(self.page, WelcomePage):
            self.page.show_problem(Problem(error.message, error.next_step))

    def _look_at(self, find: Callable[[], Path]) -> None:
        self._leads_to_models = False
        if isinstance(self.page, WelcomePage):
            self.page.show_choices()
        self._bridge.run(lambda: look_at_model(find()), self._model_looked, self._model_refused)

    def _model_looked(self, found: tuple[gguf.ModelFile, str]) -> None:
        model, warning = found
        if not warning:
            self._model_chosen(model.path)
            return
        dialog = large_model_dialog(self._theme, self, warning)
        dialog.accepted.connect(partial(self._model_chosen, model.path))
        dialog.open()

    def _model_chosen(self, path: Path | None) -> None:
        """None: there is none yet, and one is to be fetched."""
        self._model = path
        core = self._core
        if core is not None and path is None:
            self._show_chat()
        elif core is not None and path is not None:
            self._bridge.run(lambda: core.desk.choose(path), lambda _model: self._show_chat(), self._model_refused)
        elif self._home.secrets.is_available:
            self._bridge.run(self._create, self._opened, self._create_failed)
        else:
            self._show_passphrase()

    def _create(self, passphrase: str | None = None) -> Opened:
        """The profile and the chosen model in one go: closing the window right after loses neither.

        A model file that has gone in this very moment leaves the profile without one, and the welcome asks again.
        """
        opened = self._home.create(passphrase)
        if self._model is not None:
            with contextlib.suppress(ModelFault):
                opened.core.desk.choose(self._model)
        return opened

    def _create_failed(self, error: PaddockError) -> None:
        if isinstance(error, ProfileLocked):
            self._show_passphrase()
        else:
            self._model_refused(error)

    def _show_passphrase(self) -> None:
        page = PassphrasePage(self._theme, parent=self)
        page.chosen.connect(self._on_passphrase)
        page.back_requested.connect(self._show_welcome)
        self._show(page)

    @Slot(object)
    def _on_passphrase(self, chosen: PassphraseChosen) -> None:
        page = self.page
        if isinstance(page, PassphrasePage):
            page.set_busy(_("Making your encrypted profile…"))

            def failed(error: PaddockError) -> None:
                page.set_busy("")
                page.show_fault(str(error))

            def made(result: Opened) -> None:
                page.forget()
                self._opened(result)

            self._bridge.run(lambda: self._create(chosen.passphrase), made, failed)

    # A profile that is there.

    def _keyring_failed(self, error: PaddockError) -> None:
        if isinstance(error, ProfileLocked | WrongKey):
            self._show_unlock(str(error))
        else:
            self._fatal(error)

    def _show_unlock(self, sentence: str) -> None:
        def show(has_passphrase: bool) -> None:
            page = UnlockPage(self._theme, parent=self, has_passphrase=has_passphrase)
            page.unlock_requested.connect(self._on_unlock)
            self._show(page)
            page.show_fault(sentence)

        self._bridge.run(lambda: self._home.slots().has_passphrase, show, self._fatal)

    @Slot(object)
    def _on_unlock(self, request: UnlockRequested) -> None:
        page = self.page
        if not isinstance(page, UnlockPage):
            return
        page.set_busy(_("Opening…"))
        way: Callable[[str], Opened] = (
            self._home.open_by_recovery if request.is_recovery else self._home.open_by_passphrase
        )

        def failed(error: PaddockError) -> None:
            if isinstance(error, WrongKey):
                page.show_wrong(str(error))
            else:
                page.set_busy("")
                page.show_fault(str(error))

        def opened(result: Opened) -> None:
            page.forget()
            self._opened(result)

        self._bridge.run(lambda: way(request.secret), opened, failed)

    def _opened(self, result: Opened) -> None:
        self._core = result.core
        if result.recovery_key is not None:
            keeper = RecoveryKeeper(result.core, self._bridge, self._theme, result.recovery_key, parent=self)
            keeper.done.connect(self._on_keys_done)
            keeper.failed.connect(self._show_error)
            self._show(keeper.page)
            return
        settings = result.core.settings
        self._bridge.run(
            lambda: (settings.get(THEME), settings.get(WINDOW_SIZE), result.core.desk.chosen()),
            self._resume,
            self._fatal,
        )

    def _resume(self, found: tuple[str, str, Path | None]) -> None:
        theme, size, model = found
        self._theme.choose(CHOICES[theme])
        width, _x, height = size.partition("x")
        if width.isdigit() and height.isdigit():
            self.resize(int(width), int(height))
        self._show_chat_or_welcome(model)

    @Slot()
    def _on_keys_done(self) -> None:
        core = self._core
        if core is not None:
            self._bridge.run(core.desk.chosen, self._show_chat_or_welcome, self._fatal)

    def _show_chat_or_welcome(self, model: Path | None) -> None:
        if model is None and not self._leads_to_models:
            self._show_welcome()
        else:
            self._show_chat()

    @Slot()
    def _show_chat(self) -> None:
        core = self._core
        if core is None:
            return
        window = MainWindow(core, self._bridge, self._theme, parent=self)
        window.close_requested.connect(self.close)
        self.window_of_chat = window
        self._show(window)
        if self._model is not None or not self._leads_to_models:
            window.keeper.preload()
        if self._leads_to_models:
            self._leads_to_models = False
            window.show_models()

    # Other starts, faults, pages.

    def _answer_door(self, untrusted: bytes) -> forwarded.Frames:
        """On a thread of the door: a second start, or a question from the command line."""
        core = self._core
        if forwarded.is_raise(untrusted):
            self.raise_requested.emit()
            yield b"{}"
        elif core is None:
            yield from forwarded.locked()
        else:
            yield from forwarded.serve(core.session, untrusted)
            if self.window_of_chat is not None:
                self._bridge.post(self.window_of_chat.library.refresh)

    @Slot()
    def _on_raise(self) -> None:
        self.showNormal()
        self.raise_()
        self.activateWindow()

    @Slot(object)
    def _show_error(self, error: PaddockError) -> None:
        SentenceDialog(
            self._theme, _("That did not work"), error.message, parent=self, next_step=error.next_step
        ).open()

    def _fatal(self, error: PaddockError) -> None:
        dialog = SentenceDialog(
            self._theme,
            _("Paddock cannot open your chats"),
            error.message,
            parent=self,
            next_step=error.next_step,
            accept=_("Quit"),
        )
        dialog.finished.connect(self.close)
        dialog.open()

    def _show(self, page: QWidget) -> None:
        old = self._pages.currentWidget()
        self._pages.addWidget(page)
        self._pages.setCurrentWidget(page)
        if old is not None:
            self._pages.removeWidget(old)
            old.deleteLater()
