"""A question that another Paddock program hands to the one that has the profile open, and the answer's way back.

Frames are small JSON objects. Both ends run as the same user, yet both check what they read.
"""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Generator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from app.chat import events
from app.engine.stop import Stop
from app.errors import EXIT_FAILED, EXIT_LOCKED, UsageError
from app.settings import MOST_TOKENS
from app.text import _

if TYPE_CHECKING:
    from app.chat.session import ChatSession

SIGN_OF_LIFE_S = 1.0
Frames = Generator[bytes, None, None]
RAISE = b'{"raise": true}'


@dataclass(frozen=True, slots=True)
class Ask:
    """The question; `max_tokens` bounds the answer."""

    question: str
    max_tokens: int | None

    def encode(self) -> bytes:
        return json.dumps({"ask": self.question, "max_tokens": self.max_tokens}).encode()


@dataclass(frozen=True, slots=True)
class Said:
    """More words of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Why there is no (more) answer, and the exit code that goes with it."""

    sentence: str
    exit_code: int


def is_raise(untrusted: bytes) -> bool:
    """Whether a second start asks the window to come to the front."""
    return untrusted == RAISE


def decode(untrusted: bytes) -> Said | Refused:
    """One frame of an answer. Raises UsageError for anything that is not one."""
    try:
        fields = json.loads(untrusted)
        if isinstance(fields.get("text"), str):
            return Said(fields["text"])
        return Refused(str(fields["sentence"]), int(fields["exit_code"]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(_("Paddock's window answered in a way this version does not know.")) from error


def locked() -> Frames:
    """The answer of a window whose profile is not unlocked yet."""
    yield _encode(Refused(_("Paddock's window is waiting to be unlocked. Unlock it and try again."), EXIT_LOCKED))


def serve(chat: ChatSession, untrusted: bytes) -> Frames:
    """Answer a forwarded question; closing the iterator (the asker hung up) stops the answer."""
    try:
        fields = json.loads(untrusted)
        question, max_tokens = fields["ask"], fields["max_tokens"]
        if not isinstance(question, str):
            raise TypeError
        if max_tokens is not None and not (isinstance(max_tokens, int) and 1 <= max_tokens <= MOST_TOKENS):
            raise TypeError
    except (ValueError, KeyError, TypeError):
        yield _encode(Refused(_("This Paddock does not know that request."), EXIT_FAILED))
        return
    told: queue.SimpleQueue[events.Event | None] = queue.SimpleQueue()
    stop = Stop()

    def run() -> None:
        try:
            chat.send(None, question, parent_id=None, on_event=told.put, stop=stop, max_tokens=max_tokens)
        finally:
            told.put(None)

    worker = threading.Thread(target=run, name="paddock-forwarded", daemon=True)
    worker.start()
    try:
        while True:
            try:
                event = told.get(timeout=SIGN_OF_LIFE_S)
            except queue.Empty:
                yield _encode(Said(""))  # so that an asker who hung up is noticed
                continue
            if event is None:
                return
            if isinstance(event, events.Delta):
                yield _encode(Said(event.text))
            elif isinstance(event, events.Failed):
                yield _encode(Refused(str(event.error), event.error.exit_code))
    finally:
        stop.set()
        worker.join()


def _encode(frame: Said | Refused) -> bytes:
    return json.dumps(asdict(frame)).encode()
