"""Titles that the model writes: of the first question and answer, when nobody waits for anything else.

It is asked apart from the conversation, so that nothing of what was read of that has to make room.
"""

from __future__ import annotations

import re
import threading
from contextlib import suppress

from app.chat.prompt import content
from app.chat.store import ChatStore
from app.chat.tree import TITLE_CHARACTERS
from app.chat.tree import Message as Stored
from app.engine.client import Engine, Stop
from app.engine.protocol import Delta, Finished, Message, Sampling
from app.errors import PaddockError

MOST_WORDS = 6
MOST_TOKENS = 32
MOST_CHARACTERS_READ = 600  # of the question and of the answer each: more says no more about what it is about
INSTRUCTION = "What is a short title for this, in the language of the question?"
BEGUN = 'Title: "'  # words for which even small models find a title and no second answer
EXAMPLES = (
    ("How long do I have to boil an egg?", "Six minutes for a soft one, ten for a hard one.", "Boiling eggs"),
    ("Was kann man in Rom an zwei Tagen sehen?", "Das Kolosseum, das Forum und den Petersdom.", "Zwei Tage in Rom"),
    (
        "print(1 / 0) gives me an error",
        "You divide by zero, which raises ZeroDivisionError.",
        "Division by zero in Python",
    ),
)
"""Question, answer, title."""
SAMPLING = Sampling(temperature=0.2, repeat_penalty=1.05)

_EDGES = " \t\"'`*_«»„“”‚‘’「」『』《》.,:;!-–—|"
_LABEL = re.compile(r"^\W*(title|titel|título|titre|标题|タイトル)\W*[:：]\s*", re.IGNORECASE)
_REFUSAL = re.compile(
    r"^(i['’]?m |i am |i can(no|['’])t|i do(n['’]t| not)|sorry|as an ai|sure|here('s| is| are)|of course|certainly"
    r"|yes\b|okay\b|es tut mir|lo siento|je suis désolé|désolé|natürlich|claro|bien sûr)",
    re.IGNORECASE,
)


def write(engine: Engine, question: str, answer: str, *, stop: Stop) -> str:
    """A title; empty where the model wrote none that could be one, or was stopped. Raises what the engine raises."""
    text = ""
    events = engine.answer(
        _asked(question, answer),
        sampling=SAMPLING,
        max_tokens=MOST_TOKENS,
        stop=stop,
        stop_strings=('"', "\n"),
        priority="side",
        is_continued=True,
    )
    for event in events:
        if isinstance(event, Delta):
            text += event.text
        elif isinstance(event, Finished) and event.stop_reason in ("stopped", "length"):
            return ""
    title = cleaned(text)
    is_parroted = any(told.strip(_EDGES).startswith(title) for told in (answer, *EXAMPLES[0]))
    return "" if is_parroted or title in [example for *_talk, example in EXAMPLES] else title


def cleaned(untrusted: str) -> str:
    """The first line as a title, or nothing: a refusal, a sentence or a label is no title."""
    line = next((line for line in untrusted.splitlines() if line.strip(_EDGES)), "")
    line = "".join(c if c.isprintable() else " " for c in line)
    title = " ".join(_LABEL.sub("", line).lstrip("#> ").strip(_EDGES).split())
    is_title = any(c.isalnum() for c in title) and len(title) <= TITLE_CHARACTERS and len(title.split()) <= MOST_WORDS
    return title if is_title and not _REFUSAL.match(title) else ""


def _asked(question: str, answer: str) -> tuple[Message, ...]:
    examples: list[Message] = []
    for asked, said, title in EXAMPLES:
        examples += [Message("user", _talk(asked, said)), Message("assistant", f'{BEGUN}{title}"')]
    return (*examples, Message("user", _talk(question, answer)), Message("assistant", BEGUN))


def _talk(question: str, answer: str) -> str:
    return f"Question: {_beginning(question)}\nAnswer: {_beginning(answer)}\n\n{INSTRUCTION}"


def _beginning(text: str) -> str:
    return text.strip()[:MOST_CHARACTERS_READ]


class TitleWriter:
    """Titles for the conversations of one store, one at a time."""

    def __init__(self, store: ChatStore) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._under_way: Stop | None = None

    def write(self, engine: Engine, conversation_id: str, stop: Stop) -> str:
        """The new title, which is kept; empty where there is none to write, none came, or it was stopped."""
        own = Stop()
        with self._lock:
            if self._under_way is not None:
                return ""
            self._under_way = own
        stop.on_set(own.set)
        try:
            with suppress(PaddockError):  # it only would have been nicer than the first words of the question
                return self._write(engine, conversation_id, own)
            return ""
        finally:
            stop.forget(own.set)
            with self._lock:
                self._under_way = None

    def break_off(self) -> None:
        """Somebody asks something: that goes first."""
        with self._lock:
            under_way = self._under_way
        if under_way is not None:
            under_way.set()

    def _write(self, engine: Engine, conversation_id: str, stop: Stop) -> str:
        exchange = self._first_exchange(conversation_id)
        if exchange is None:
            return ""
        question, answer = exchange
        title = write(engine, content(question), answer.text, stop=stop)
        if title and not stop.is_set:
            self._store.set_title(conversation_id, title)
        return title

    def _first_exchange(self, conversation_id: str) -> tuple[Stored, Stored] | None:
        """None where somebody or something gave it a title already, or nothing was answered yet."""
        opened = self._store.opened(conversation_id, tail=1)
        if opened.conversation is None or opened.conversation.title_source != "question":
            return None
        found = self._store.messages([node.id for node in opened.tree.path()[:2]])
        if [message.role for message in found] != ["user", "assistant"] or not found[1].text:
            return None
        return found[0], found[1]
