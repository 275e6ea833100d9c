"""What was typed and not sent: kept a moment after each key, and never read before it is kept."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from concurrent.futures import Future, wait
from dataclasses import replace

from PySide6.QtCore import QObject, QTimer, Slot

from app.chat.store import ChatStore
from app.chat.tree import Draft, Edit

DELAY_MS = 400
EMPTY = Draft()


class Drafts(QObject):
    """`draft` is what stands in the composer now. Writes do not wait; `wait` does, so it belongs on a worker."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._store: ChatStore | None = None
        self._home: str | None = None
        self._last_write: Future[None] | None = None
        self._timer = _soon(self, self._write)
        self.draft = EMPTY

    @property
    def is_waiting(self) -> bool:
        """Whether something was typed that is not kept yet."""
        return self._timer.isActive()

    def typed(self, store: ChatStore, home: str | None, draft: Draft) -> None:
        """What stands in the composer of the chat `home` (None: of a new one) changed."""
        self._store, self._home = store, home
        self.draft = draft
        if not self._timer.isActive():  # who types without a pause is kept, too
            self._timer.start()

    def show(self, draft: Draft) -> None:
        """Another chat is on screen, with this in its composer."""
        self._timer.stop()
        self.draft = draft

    def drop(self) -> None:
        """What is kept holds, and not what stands in the composer."""
        self._timer.stop()

    def save(self) -> None:
        """Keep what stands in the composer now, if that is not kept yet."""
        if self.is_waiting:
            self._write()

    def keep(self, store: ChatStore, home: str | None, draft: Draft) -> None:
        """Replace the draft of a chat; an empty one forgets it."""
        self._last_write = store.save_draft(home, draft)

    def sent(self, store: ChatStore, origin: str | None, home: str, *, is_on_screen: bool) -> None:
        """The question of `origin` is stored in `home`: it is no draft any more. What waits for its answer stays."""
        queued = self.draft.queued if is_on_screen else ()
        self.keep(store, origin, EMPTY)
        if queued:
            self.keep(store, home, Draft(queued=queued))
        if is_on_screen:
            self.show(Draft(queued=queued))

    def written(self) -> Callable[[], None]:
        """Waits until everything that was kept so far is there to be read."""
        return _ready(self._last_write)

    @Slot()
    def _write(self) -> None:
        self._timer.stop()
        if self._store is not None:
            self.keep(self._store, self._home, self.draft)


class Edits(QObject):
    """The messages of the chat on screen that are being changed in their place: `here`, by message.

    One that is on its way to the store as a message is not `here` and still kept; it is forgotten once it is safe.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._store: ChatStore | None = None
        self._home = ""
        self._here: dict[str, Edit] = {}
        self._unsaved: set[str] = set()
        self._last_write: Future[None] | None = None
        self._timer = _soon(self, self._write)

    @property
    def here(self) -> Mapping[str, Edit]:
        return self._here

    def show(self, store: ChatStore, home: str, edits: Iterable[Edit]) -> None:
        """A chat is on screen, with these in it; where it was before, what stands there already is newer."""
        if store is self._store and home == self._home:
            return
        self.save()
        self._store, self._home = store, home
        self._here = {edit.message_id: edit for edit in edits}

    def begun(self, store: ChatStore, home: str) -> None:
        """The new chat on screen exists from here on."""
        self.show(store, home, ())

    def drop(self) -> None:
        """What is kept holds, and not what stands in messages: that is shown with the chat next time."""
        self._timer.stop()
        self._store, self._here, self._unsaved = None, {}, set()

    def typed(self, edit: Edit) -> None:
        self._here[edit.message_id] = edit
        self._unsaved.add(edit.message_id)
        if not self._timer.isActive():
            self._timer.start()

    def given_up(self, message_id: str) -> None:
        if message_id in self._here and self._store is not None:
            self.forget(self._store, message_id)

    def forget(self, store: ChatStore, message_id: str) -> None:
        """It is a message now, or stands elsewhere."""
        self._here.pop(message_id, None)  # the chat was left and opened again while it was on its way
        self._unsaved.discard(message_id)
        self._last_write = store.forget_edit(message_id)

    def sent(self, edit: Edit) -> None:
        """It is being saved as a message."""
        self.typed(edit)
        self.save()
        del self._here[edit.message_id]

    def returned(self, home: str | None, edit: Edit) -> None:
        """It could not be saved as a message."""
        if home == self._home:
            self._here[edit.message_id] = edit

    def save(self) -> None:
        """Keep what stands in messages now, as far as it is not kept yet."""
        if self._timer.isActive():
            self._write()

    def written(self) -> Callable[[], None]:
        """Waits until everything that was kept so far is there to be read."""
        return _ready(self._last_write)

    @Slot()
    def _write(self) -> None:
        self._timer.stop()
        for message_id in self._unsaved:
            if self._store is not None and message_id in self._here:
                self._last_write = self._store.save_edit(self._home, self._here[message_id])
        self._unsaved = set()


def with_lost(draft: Draft, edits: Sequence[Edit]) -> Draft:
    """A draft that begins with what it was, and goes on with what was typed in the place of messages that are gone."""
    text = "\n\n".join(part for part in (draft.text, *(edit.text for edit in edits)) if part)
    attached = (*draft.attachments, *(one for edit in edits for one in edit.attachments))
    return replace(draft, text=text, attachments=tuple(dict.fromkeys(attached)))


def take_in_lost(drafts: Drafts, edits: Edits, store: ChatStore, home: str | None, here: Container[str]) -> None:
    """What was typed in the place of messages that are not `here` any more goes into the composer."""
    lost = [edit for edit in edits.here.values() if edit.message_id not in here]
    if lost:
        drafts.typed(store, home, with_lost(drafts.draft, lost))
        drafts.save()
    for edit in lost:
        edits.given_up(edit.message_id)


def as_one(draft: Draft) -> str:
    """What is attached, then what is typed: how much there is to be read ahead."""
    return "".join(f"{one.text}\n" for one in draft.attachments) + draft.text


def _soon(parent: QObject, write: Callable[[], None]) -> QTimer:
    timer = QTimer(parent)
    timer.setSingleShot(True)
    timer.setInterval(DELAY_MS)
    timer.timeout.connect(write)
    return timer


def _ready(last: Future[None] | None) -> Callable[[], None]:
    def ready() -> None:
        if last is not None:
            wait([last])

    return ready
