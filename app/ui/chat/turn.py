"""One piece of work of the engine for a chat, as the window follows it: an answer, or a summary."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.chat import events
from app.chat.events import Event
from app.chat.store import ChatStore
from app.chat.tree import Draft, Edit, Message
from app.engine.stop import Stop
from app.ui.chat import wording
from app.ui.chat.silence import Silence


@dataclass(slots=True)
class Turn:
    """`home` is None until a new conversation's first commit; `page` is where it began.

    `text` and `note` are what there is to show. Times are in seconds of `time.monotonic`.
    """

    page: int
    chats: ChatStore
    silence: Silence
    stop: Stop = field(default_factory=Stop)
    home: str | None = None
    answer: Message | None = None
    text: str = ""
    note: str = ""
    origin: str | None = None
    """The chat whose composer `sent` came from."""
    sent: Draft = Draft()  # noqa: RUF009 - frozen
    """What came from the composer, typed or queued; empty for an edit, another answer, or a summary."""
    edit: Edit | None = None
    """What came from the place of a message."""
    is_answering: bool = False
    """Whether the engine has begun with it."""
    passages: int = 0
    """How many the model answers from, so that its own references to them are known."""
    is_summary: bool = False
    """It writes a summary of what the model no longer sees, into no message."""
    _read_tokens: int = -1
    _is_before_model: bool = False
    """Documents are being read, which tells of itself: the model was not asked yet, so it is not silent."""

    def is_on(self, page: int, home: str | None) -> bool:
        """Whether it belongs to what this page shows."""
        return self.page == page if self.home is None else self.home == home

    @property
    def is_typed(self) -> bool:
        """Whether its question stands in the composer's field until it is committed; a queued one does not."""
        return bool(self.sent) and not self.sent.queued

    @property
    def is_asking(self) -> bool:
        """Whether the person is asked to go on waiting for a model that says nothing."""
        return self.silence.is_asking and not self.stop.is_set

    def take(self, event: Event, now: float) -> None:
        """What happened, as far as it changes what is shown."""
        self._listen(event, now)
        if isinstance(event, events.Started):
            self.text = event.answer.text  # of an answer that goes on
            self.passages = len(event.answer.grounds.passages) if event.answer.grounds is not None else 0
        elif isinstance(event, events.Delta):
            self.text += event.text
            self.note = ""
        elif isinstance(event, events.Loading):
            self.note = wording.loading(event.fraction)
        elif isinstance(event, events.Prefilling) and not self.silence.is_asking:
            self.note = wording.reading(event)
        elif isinstance(event, events.DocumentsAwaited):
            self.note = wording.reading_documents(event)
        elif isinstance(event, events.Searching):
            self.note = wording.searching()
        elif isinstance(event, events.EachPart):
            self.note = wording.reading_parts(event)
        elif isinstance(event, events.Grounded):
            self.passages = len(event.grounds.passages)
            self.note = wording.thinking()
        elif isinstance(event, events.Summarising):
            self.note = wording.summarising()
            self.text = event.text if self.is_summary else self.text
        if self.stop.is_set:
            self.note = wording.stopping()

    def ask_to_stop(self) -> None:
        self.stop.set()
        self.note = wording.stopping()

    def keep_waiting(self, now: float) -> None:
        self.silence.keep_waiting(now)
        self.note = "" if self.text else wording.thinking()

    def look(self, now: float, patience_s: float) -> bool:
        """Whether there is something new to show because nothing happened for long."""
        if self._is_before_model:
            self.silence.heard(now)
        if self.stop.is_set or self.answer is None or not self.silence.look(now, patience_s):
            return False
        self.note = wording.silent(self.silence.lasts_s(now))
        return True

    def _listen(self, event: Event, now: float) -> None:
        """Progress that stands still is no sign of life."""
        if isinstance(event, events.Prefilling):
            if event.done <= self._read_tokens:
                return
            self._read_tokens = event.done
        self._is_before_model = isinstance(event, events.DocumentsAwaited | events.EachPart)
        self.silence.heard(now)
