"""The one top-level window: from the first start or the locked profile to the chat, and back out at the end.

It owns Home and Core and their order. Which page comes next is decided here and nowhere else: welcome, passphrase,
recovery key, unlock, chat. What is there without it, the tray and the quick question, is in extras.py.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QCloseEvent, QGuiApplication
from PySide6.QtWidgets import QStackedLayout, QWidget

from app.errors import ModelFault, PaddockError, ProfileLocked, WrongKey
from app.frozen import dataclass
from app.settings import CONTRAST, LANGUAGE, MODEL_PATH, MOTION, TEXT_PERCENT, THEME, WINDOW_PLACE, WINDOW_SIZE
from app.text import _
from app.ui import files, placing
from app.ui.bridge import Bridge, nothing
from app.ui.controls import Ground
from app.ui.placing import Place
from app.ui.spoken import Spoken
from app.ui.theme import CHOICES, CONTRAST_CHOICES, MOTION_CHOICES, Appearance, Theme
from app.ui.window import MainWindow

if TYPE_CHECKING:
    from app.chat.forwarded import Frames
    from app.core import Core
    from app.home import Entry, Home, Opened
    from app.models import gguf
    from app.ui.extras import Extras
    from app.ui.welcome.keys import PassphraseChosen, UnlockRequested

START_SIZE = QSize(1180, 820)
GRACE_S = 3.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Remembered:
    """What was read when the profile was opened."""

    appearance: Appearance
    language: str
    place: Place
    model: Path | None


class Shell(QWidget):
    """Made with a claimed profile; `start` shows the first page."""

    raise_requested = Signal()
    quick_requested = Signal(object)  # the words to begin with, a str
    closed = Signal()
    settled = Signal()
    """A page stands: time for what the first frame does without."""

    def __init__(self, home: Home, theme: Theme, *, spoken: Spoken | None = None) -> None:
        super().__init__()
        self._spoken = spoken
        self._home = home
        self._theme = theme
        self._bridge = Bridge(self)
        self._core: Core | None = None
        self._model: Path | None = None
        self._leads_to_models = False
        self._quick: str | None = None  # asked for, and not yet to be had
        self._is_ending = False
        self._has_ended = False
        self._is_full_screen_over_maximised = False
        self.window_of_chat: MainWindow | None = None
        self.extras: Extras | None = None
        self.setWindowTitle("Paddock")
        self.setMinimumSize(placing.SMALLEST)
        self.resize(START_SIZE)
        self._pages = QStackedLayout(self)
        self._pages.setContentsMargins(0, 0, 0, 0)
        self._pages.addWidget(Ground(theme, "window", parent=self))
        self.raise_requested.connect(self.bring)
        self.quick_requested.connect(self.ask_quickly)
        home.claim.listen(self._answer_door)

    @property
    def page(self) -> QWidget | None:
        """What is shown now."""
        return self._pages.currentWidget()

    @property
    def core(self) -> Core | None:
        """The unlocked profile, once it is."""
        return self._core

    def start(self, quick: str | None = None) -> None:
        """Find out what is needed to get in, and go there. With `quick`, stay hidden unless something is asked."""
        self._quick = quick
        self._bridge.run(self._home.entry, self._enter, self._fatal)

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.extras is not None and not self._is_ending and self.extras.keep_in_tray():
            event.ignore()
            self.hide()
            return
        self._end()
        super().closeEvent(event)
        self.closed.emit()

    def _end(self) -> None:
        """Once: what is under way stops, the profile is given back."""
        if self._has_ended:
            return
        self._has_ended = True
        if self.extras is not None:
            self.extras.close()
        if self.window_of_chat is not None:
            size, place = placing.written(placing.of(self))
            self._keep_place(place)
            self.window_of_chat.before_close(size)
        if not self._bridge.close(GRACE_S):
            _log.warning("a worker was still busy at the end")
        if self._core is not None:
            self._core.close()
        self._home.close()

    @Slot()
    def quit(self) -> None:
        """Close it, tray or not."""
        self._is_ending = True
        if not self.close() or not self._has_ended:  # Qt closes nothing that was never shown
            self._end()
            self.closed.emit()

    @Slot()
    def bring(self) -> None:
        """To the front, as large as it was."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()

    @Slot(object)
    def ask_quickly(self, words: str) -> None:
        """A quick question; while the profile is locked, the way in comes first."""
        if self.extras is not None:
            self.extras.quick.show(words)
        else:
            self._quick = words
            self.bring()

    @Slot()
    def toggle_full_screen(self) -> None:
        if self.isFullScreen():
            self.showMaximized() if self._is_full_screen_over_maximised else self.showNormal()
        else:
            self._is_full_screen_over_maximised = self.isMaximized()
            self.showFullScreen()

    def _keep_place(self, place: str) -> None:
        core = self._core
        if core is not None:
            self._bridge.run(lambda: core.settings.set(WINDOW_PLACE, place), nothing, nothing)

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
        from app.models import library  # late, as all that only some starts show
        from app.ui.welcome.welcome import WelcomePage

        has_starter = any(model.is_starter for model in library.known(()))
        page = WelcomePage(self._theme, parent=self, has_starter=has_starter)
        page.start_requested.connect(self._on_start)
        page.open_requested.connect(self._on_open)
        page.llama_requested.connect(self._on_llama)
        page.dropped.connect(self._on_dropped)
        self._show(page)

    @Slot()
    def _on_start(self) -> None:
        from app.models import library

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
        from app.models import library

        if any(model.is_starter for model in library.known(())):
            self._look_at(library.starter)
        else:
            self._model_chosen(None)
        self._leads_to_models = True

    def _model_refused(self, error: PaddockError) -> None:
        from app.ui.welcome.welcome import Problem, WelcomePage

        if isinstance(self.page, WelcomePage):
            self.page.show_problem(Problem(error.message, error.next_step))

    def _look_at(self, find: Callable[[], Path]) -> None:
        from app.ui.welcome.welcome import WelcomePage

        self._leads_to_models = False
        if isinstance(self.page, WelcomePage):
            self.page.show_choices()

        def look() -> tuple[gguf.ModelFile, str]:
            from app.journeys.first_look import look_at_model  # late: the first frame does without it

            return look_at_model(find())

        self._bridge.run(look, self._model_looked, self._model_refused)

    def _model_looked(self, found: tuple[gguf.ModelFile, str]) -> None:
        model, warning = found
        if not warning:
            self._model_chosen(model.path)
            return
        from app.ui.models.picker import large_model_dialog

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
        from app.ui.welcome.keys import PassphrasePage

        page = PassphrasePage(self._theme, parent=self)
        page.chosen.connect(self._on_passphrase)
        page.back_requested.connect(self._show_welcome)
        self._show(page)

    @Slot(object)
    def _on_passphrase(self, chosen: PassphraseChosen) -> None:
        from app.ui.welcome.keys import PassphrasePage

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
            from app.ui.welcome.keys import UnlockPage

            page = UnlockPage(self._theme, parent=self, has_passphrase=has_passphrase)
            page.unlock_requested.connect(self._on_unlock)
            self._show(page)
            page.show_fault(sentence)

        self._bridge.run(lambda: self._home.slots().has_passphrase, show, self._fatal)

    @Slot(object)
    def _on_unlock(self, request: UnlockRequested) -> None:
        from app.ui.welcome.keys import UnlockPage

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
            from app.ui.welcome.recovery_keeper import RecoveryKeeper

            keeper = RecoveryKeeper(result.core, self._bridge, self._theme, result.recovery_key, parent=self)
            keeper.done.connect(self._on_keys_done)
            keeper.failed.connect(self._show_error)
            self._show(keeper.page)
            return
        self._bridge.run(partial(_remembered, result.core), self._resume, self._fatal)

    def _resume(self, found: _Remembered) -> None:
        if self._spoken is not None:
            self._spoken.speak(found.language)
        self._theme.apply(found.appearance)
        place = placing.fitted(found.place, [screen.availableGeometry() for screen in QGuiApplication.screens()])
        self.resize(place.size)
        if place.corner is not None:
            self.move(place.corner)
        if place.is_maximised:
            self.setWindowState(self.windowState() | Qt.WindowState.WindowMaximized)
        self._show_chat_or_welcome(found.model)

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
        window.close_requested.connect(self.quit)
        window.full_screen_requested.connect(self.toggle_full_screen)
        window.completed.connect(self._on_completed)
        self.window_of_chat = window
        self._show(window)
        if self._leads_to_models:
            window.show_models()
        if self.isHidden():
            window.settle()

    @Slot()
    def _on_completed(self) -> None:
        """The chat's first frame is on screen, and what works behind it is there."""
        from app.ui.extras import Extras  # late, for a light start

        core, window = self._core, self.window_of_chat
        if core is None or window is None:
            return
        window.later.engine_ready.connect(core.start_indexing)
        if self._model is not None or not self._leads_to_models:
            window.later.engine_ready.connect(window.keeper.preload)
        self._leads_to_models = False
        self.extras = Extras(core, self._bridge, self._theme, window, self)
        self.extras.bring_requested.connect(self.bring)
        self.extras.quit_requested.connect(self.quit)
        if self._quick is not None:
            words, self._quick = self._quick, None
            self.extras.quick.show(words)
        self.settled.emit()

    # Other starts, faults, pages.

    def _answer_door(self, untrusted: bytes) -> Frames:
        """On a thread of the door: a second start, or a question from the command line."""
        from app.chat import forwarded  # late: nobody asks before the window is there
        from app.ui.quick import door

        core = self._core
        quick = door.decode(untrusted)
        if forwarded.is_raise(untrusted):
            self.raise_requested.emit()
            yield b"{}"
        elif quick is not None:
            self.quick_requested.emit(quick)
            yield b"{}"
        elif core is None:
            yield from forwarded.locked()
        else:
            yield from forwarded.serve(core.session, untrusted)
            if self.window_of_chat is not None:
                self._bridge.post(self.window_of_chat.refresh_list)

    @Slot(object)
    def _show_error(self, error: PaddockError) -> None:
        from app.ui.dialogs import SentenceDialog

        SentenceDialog(
            self._theme, _("That did not work"), error.message, parent=self, next_step=error.next_step
        ).open()

    def _fatal(self, error: PaddockError) -> None:
        from app.ui.dialogs import SentenceDialog

        self.show()
        dialog = SentenceDialog(
            self._theme,
            _("Paddock cannot open your chats"),
            error.message,
            parent=self,
            next_step=error.next_step,
            accept=_("Quit"),
        )
        dialog.finished.connect(self.quit)
        dialog.open()

    def _show(self, page: QWidget) -> None:
        if self._quick is not None and not isinstance(page, MainWindow):
            self.show()  # something is to be chosen or typed first
        old = self._pages.currentWidget()
        self._pages.addWidget(page)
        self._pages.setCurrentWidget(page)
        if old is not None:
            self._pages.removeWidget(old)
            old.deleteLater()
        if not isinstance(page, MainWindow):
            self.settled.emit()


def _remembered(core: Core) -> _Remembered:
    get = core.settings.get
    return _Remembered(
        Appearance(
            CHOICES[get(THEME)], CONTRAST_CHOICES[get(CONTRAST)], get(TEXT_PERCENT), MOTION_CHOICES[get(MOTION)]
        ),
        get(LANGUAGE),
        placing.read(get(WINDOW_SIZE), get(WINDOW_PLACE), START_SIZE),
        Path(path) if (path := get(MODEL_PATH)) else None,  # as desk.chosen has it, which would take longer
    )
