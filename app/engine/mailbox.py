"""What a child says about one request, kept until it is taken: bounded, and never in the way of other requests."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import TypeAlias

from app.engine.protocol import (
    Ask,
    Chunk,
    Counted,
    Delta,
    Failed,
    Finished,
    Pong,
    Prefilling,
    Progressed,
    ReadAhead,
    Restore,
    Restored,
    Saved,
    ToChild,
    ToParent,
)
from app.errors import PaddockError

CHUNKS_BYTES = 8 * 2**20  # of a state that wait to be taken; then the child waits, too
MANY_MESSAGES = 256  # from here on, neighbours become one
MAX_MESSAGES = 4096
MAX_TEXT_CHARS = 64 * 2**20  # more than any context holds

Fault: TypeAlias = Callable[[], PaddockError]
"""Makes the error anew for each who waits: a raised exception collects the traceback of its thread."""


class Job:
    """A request under way: what the child says about it, for one thread to take."""

    def __init__(self, number: int, request: ToChild | None, silence_s: float) -> None:
        """`request` is None for the load that every child begins with."""
        self.number = number
        self.request = request
        self.silence_s = silence_s
        self.has_begun = False  # to read
        self.is_over = False  # its last message came
        self.is_cancelled = False
        self.ignored_s = 0.0  # since it was cancelled
        self._messages: deque[ToParent] = deque()
        self._size = 0  # characters and bytes in them
        self._fault: Fault | None = None
        self._is_left = False
        self._changed = threading.Condition()

    @property
    def is_reading(self) -> bool:
        """Whether it is an answer, or a prompt read ahead: work that a stop must end."""
        return isinstance(self.request, Ask | ReadAhead)

    @property
    def conversation(self) -> str:
        """Whose KV state it adds to, empty for none."""
        return self.request.conversation if isinstance(self.request, Ask | ReadAhead | Restore) else ""

    @property
    def has_message(self) -> bool:
        return bool(self._messages)

    def receive(self) -> ToParent:
        """The next message. Raises what ended the child, after everything that came before."""
        with self._changed:
            while not self._messages and self._fault is None:
                self._changed.wait(1.0)  # Windows runs no signal handler while a lock is waited for without limit
            if not self._messages:
                assert self._fault is not None  # noqa: S101 - the loop ended
                raise self._fault()
            message = self._messages.popleft()
            self._size -= _size(message)
            self._changed.notify_all()
            return message

    def put(self, message: ToParent) -> bool:
        """False where there is no room for it."""
        with self._changed:
            self.is_over = self.is_over or is_last(message)
            if self._is_left or self._fault is not None:
                return True
            if len(self._messages) >= MANY_MESSAGES and (joined := _joined(self._messages[-1], message)) is not None:
                self._size -= _size(self._messages.pop())
                message = joined
            if not self._has_room(message):
                return False
            self._messages.append(message)
            self._size += _size(message)
            self._changed.notify_all()
            return True

    def wait_for_room(self, timeout_s: float) -> bool:
        """Whether there was room for more in time, or nobody takes anything any more."""
        with self._changed:
            return self._changed.wait_for(
                lambda: self._is_left or self._fault is not None or self._size <= CHUNKS_BYTES // 2, timeout_s
            )

    def fail(self, fault: Fault) -> None:
        """Whoever takes from it gets this error at the end."""
        with self._changed:
            self._fault = self._fault or fault
            self._changed.notify_all()

    def leave(self) -> None:
        """Nobody will take from it any more."""
        with self._changed:
            self._is_left = True
            self._messages.clear()
            self._changed.notify_all()

    def _has_room(self, message: ToParent) -> bool:
        if isinstance(message, Chunk):
            return not self._messages or self._size + len(message.data) <= CHUNKS_BYTES
        return len(self._messages) < MAX_MESSAGES and self._size + _size(message) <= MAX_TEXT_CHARS


def is_last(message: ToParent) -> bool:
    """Whether nothing more comes for its job."""
    if isinstance(message, Progressed):
        return isinstance(message.event, Finished)
    return isinstance(message, Counted | Failed | Saved | Restored)


def _size(message: ToParent) -> int:
    match message:
        case Chunk(_, data):
            return len(data)
        case Progressed(_, Delta(text)):
            return len(text)
    return 0


def _joined(first: ToParent, second: ToParent) -> ToParent | None:
    """Two messages as one that says the same to who is late, or None."""
    match first, second:
        case Progressed(job, Delta(text, tokens)), Progressed(_, Delta(more, more_tokens)):
            return Progressed(job, Delta(text + more, tokens + more_tokens))
        case (Progressed(_, Prefilling()), Progressed(_, Prefilling())) | (Pong(), Pong()):
            return second
    return None
