"""Lets the model read a question while it is being typed, and a chat when it is opened, so that Enter is answered
at once.

One reading at a time, on a worker thread, and never while an answer is under way. Only what ends with a word that
is finished is read: it will stay.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.chat.tree import Draft
from app.core import Core
from app.engine.stop import Stop
from app.errors import PaddockError
from app.ui.bridge import Bridge
from app.ui.chat.events import Beginning

WORTH_CHARACTERS = 160
OPENED_MS = 800
TYPED_MS = 250

Read = Callable[[str | None, str, str | None, Stop], bool]
"""Reads a chat (None: a new one) and the beginning of a question to be asked below a message; true when all was read.
Blocks, until its Stop is set at the latest."""


class ReadAhead(QObject):
    """Told where the person is and what they type; asks nobody."""

    changed = Signal()

    def __init__(self, read: Read, bridge: Bridge, parent: QObject) -> None:
        super().__init__(parent)
        self._read_now = read
        self._bridge = bridge
        self._home: str | None = None
        self._tip: str | None = None
        self._text = ""
        self._tried: str | None = None  # None: not even the chat without a question
        self._read = ""
        self._has_documents = False
        self._stop: Stop | None = None
        self._is_held = False
        self._was_read = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._on_time)

    @property
    def is_read(self) -> bool:
        """Whether the model has read all of a long question that is worth reading before it is sent."""
        return bool(self._read) and not _is_worth(certain(self._text), self._read)

    def opened(self, home: str | None, tip: str | None, text: str) -> None:
        """Another chat, or another branch, is on screen; `text` stands in its composer."""
        self._leave(home, tip)
        self._text = text
        self._tried = None
        if home is not None or text:
            self._timer.start(OPENED_MS)
        self._tell()

    def moved(self, home: str | None, tip: str | None, text: str) -> None:
        """The branch on screen ends with an answer now, which the model knows, being its own."""
        self._leave(home, tip)
        self._text = text
        self._tried = ""
        self._tell()

    def typed(self, text: str, *, has_documents: bool = False) -> None:
        """What stands in the composer now. `has_documents`: a new chat asks some, which are worth reading alone."""
        self._text = text
        self._has_documents = has_documents
        self._tell()
        if not self._timer.isActive():
            self._timer.start(TYPED_MS)

    def left(self) -> None:
        """The person goes to another chat."""
        self._timer.stop()
        self._give_up()

    def hold(self) -> None:
        """An answer begins, or the window closes: what is being read is given up, and nothing more begins."""
        self._is_held = True
        self.left()

    def go_on(self) -> None:
        """No answer is under way any more."""
        self._is_held = False
        self._timer.start(TYPED_MS)

    def forget(self) -> None:
        """The model that had read it is gone, and another one begins anew; or the documents are others now."""
        self._give_up()
        self._tried = None
        self._read = ""
        self._timer.start(OPENED_MS)
        self._tell()

    def _leave(self, home: str | None, tip: str | None) -> None:
        self._give_up()
        self._home, self._tip = home, tip
        self._read = ""

    def _give_up(self) -> None:
        if self._stop is not None:
            self._stop.set()

    def _tell(self) -> None:
        if self.is_read != self._was_read:
            self._was_read = self.is_read
            self.changed.emit()

    @Slot()
    def _on_time(self) -> None:
        text = certain(self._text)
        has_more = bool(self._home) or self._has_documents
        is_worth = _is_worth(text, self._tried) if self._tried is not None else has_more or _is_worth(text, "")
        if self._is_held or self._stop is not None or not is_worth:
            return
        home, tip, stop = self._home, self._tip, Stop()
        self._stop = stop
        self._tried = text

        def done(is_read: bool) -> None:
            self._stop = None
            if is_read and not stop.is_set:
                self._read = text
                self._tell()
            if not self._timer.isActive():
                self._on_time()

        def failed(_error: PaddockError) -> None:
            """Told when the question is asked, if it is still true then."""
            done(False)

        self._bridge.run(lambda: self._read_now(home, text, tip, stop), done, failed)


def read(
    core: Core,
    draft: Draft,
    beginning: Beginning,
    *,
    home: str | None,
    parent_id: str | None,
    stop: Stop,
    is_temporary: bool,
) -> bool:
    """Let the model read what is certain of `draft`; see Core.read_ahead. On a worker."""
    return core.read_ahead(
        home,
        certain(draft.text),
        parent_id=parent_id,
        stop=stop,
        attachments=draft.attachments,
        folder_id=beginning.folder_id,
        manner=beginning.manner,
        is_temporary=is_temporary,
        scope=draft.scope,
    )


def certain(text: str) -> str:
    """The part of a text being typed that ends with a finished word."""
    if text[-1:].isspace():
        return text.strip()
    words = text.lstrip().rsplit(maxsplit=1)
    return words[0] if len(words) == 2 else ""


def _is_worth(text: str, read: str) -> bool:
    return len(text) - _common(text, read) >= WORTH_CHARACTERS


def _common(one: str, other: str) -> int:
    """How many characters both begin with. Halving, as both may be megabytes and differ late."""
    low, high = 0, min(len(one), len(other))
    if one[:high] == other[:high]:
        return high
    while low < high - 1:
        middle = (low + high) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle
    return low
