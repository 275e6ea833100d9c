"""What is never read twice: going back to another conversation, also after a restart, and the turns of a long chat.

Through the app's core as the window uses it, so that sessions, the KV states in memory and those on the disk all take
part.
"""

from __future__ import annotations

import contextlib
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from app import paths
from app.chat import session
from app.chat.tree import Message
from app.core import Core
from app.engine import client
from app.engine.client import Engine, LoadEngine, Stop
from app.engine.protocol import LoadWish
from app.home import Home
from app.models import library
from app.settings import CONTEXT_TOKENS
from tests.bench.measure import Overheard, Row, Spread
from tests.children.secret_file import FileSecrets

ROUNDS = 3
LONG_TOKENS = 4000
ANSWER_TOKENS = 8
TURNS, TURNS_CONTEXT_TOKENS, QUESTION_WORDS, TURN_ANSWER_TOKENS = 60, 2048, 40, 60
_WORDS = ("time", "hill", "light", "river", "paper", "seven", "stone", "garden", "letter", "under", "window", "music")


@dataclass(frozen=True, slots=True)
class Turn:
    conversation: str
    answer: Message
    first_word_s: float


class App:
    """One run of Paddock without a window, on a profile that stays."""

    def __init__(self, folder: Path, context_tokens: int) -> None:
        self._engines: list[Overheard] = []
        secrets = FileSecrets(folder / "secrets.json")
        self._home = Home(paths.places(folder / "profile"), secrets, load=cast(LoadEngine, self._load))
        is_new = self._home.entry() == "new"
        opened = self._home.create() if is_new else self._home.open_by_keyring()
        self.core: Core = opened.core
        self.core.desk.options(library.starter()).set(CONTEXT_TOKENS, context_tokens)
        self.core.desk.acquire(lambda _fraction: None, Stop())

    def _load(self, wish: LoadWish, **others: Any) -> Engine:  # passed on as they are
        self._engines.append(Overheard(client.load(wish, **others)))
        return cast(Engine, self._engines[-1])

    @property
    def engine(self) -> Overheard:
        return self._engines[-1]

    def say(self, text: str, *, after: Turn | None = None, max_tokens: int = ANSWER_TOKENS) -> Turn:
        """A turn of a conversation, a new one without `after`."""
        self.engine.max_tokens = max_tokens
        asked = time.perf_counter()
        first: list[float] = []
        ended: list[Message] = []

        def on_event(event: session.Event) -> None:
            if isinstance(event, session.Delta):
                first.append(time.perf_counter())
            elif isinstance(event, session.Finished):
                ended.append(event.answer)
            elif isinstance(event, session.Failed):
                raise event.error

        home, parent = (after.conversation, after.answer.id) if after else (None, None)
        self.core.session.send(home, text, parent_id=parent, on_event=on_event, stop=Stop())
        (answer,) = ended
        return Turn(answer.conversation_id, answer, first[0] - asked)

    def close(self) -> None:
        self.core.close()
        self._home.close()


@contextlib.contextmanager
def profile(context_tokens: int) -> Iterator[Callable[[], App]]:
    """Opens runs on one new profile; the last one is closed at the end."""
    runs: list[App] = []
    with tempfile.TemporaryDirectory(prefix="paddock-bench-") as folder:

        def run() -> App:
            runs.append(App(Path(folder), context_tokens))
            return runs[-1]

        try:
            yield run
        finally:
            for each in runs:
                each.close()


def back() -> Iterator[Row]:
    """Time to the first word after switching back, and again after a restart, beside reading it all afresh."""
    chance = random.Random(1)
    same, again = [], []
    with profile(2 * LONG_TOKENS) as run:
        app = run()
        for _round in range(ROUNDS):
            long = app.say(text(chance, LONG_TOKENS))
            app.say(text(chance, LONG_TOKENS // 2))
            here = app.say("And then?", after=long)
            same.append(here.first_word_s / long.first_word_s)
            app.close()
            app = run()
            app.say("Good morning!")
            again.append(app.say("And what then?", after=here).first_word_s / long.first_word_s)
    read = app.engine.answers[-1].timings
    tokens = f"{read.prompt_tokens} tokens, of which {read.prompt_tokens - read.reused_tokens} were read"
    yield Row(
        f"first word after switching back to {LONG_TOKENS} tokens / read afresh", "<= 0.05", str(Spread(tuple(same)))
    )
    yield Row(f"the same after a restart (at last {tokens})", "<= 0.05", str(Spread(tuple(again))))


@dataclass(frozen=True, slots=True)
class Read:
    """What one turn of a long chat cost. `question_tokens` is unknown (None) where room was made before it."""

    read_tokens: int
    answer_tokens: int
    question_tokens: int | None


def turns() -> Iterator[Row]:
    """A chat far beyond its context: what the engine evaluates, answers included, beside what is new."""
    chance = random.Random(2)
    found: list[Read] = []
    with profile(TURNS_CONTEXT_TOKENS) as run:
        app = run()
        turn = app.say(text(chance, QUESTION_WORDS), max_tokens=TURN_ANSWER_TOKENS)
        for _number in range(TURNS):
            last = app.engine.answers[-1].timings
            turn = app.say(text(chance, QUESTION_WORDS), after=turn, max_tokens=TURN_ANSWER_TOKENS)
            now = app.engine.answers[-1].timings
            grown = now.prompt_tokens - last.prompt_tokens - last.answer_tokens
            found.append(Read(now.prompt_tokens - now.reused_tokens, now.answer_tokens, grown if grown > 0 else None))
    times = [number for number, each in enumerate(found) if each.question_tokens is None]
    first = times[0] if times else len(found)
    until = f"{_evaluated(found[:first]):.3f} (of the prompts alone {_evaluated(found[:first], has_answers=False):.3f})"
    yield Row(f"long chat, {first} turns until the context is full: tokens evaluated / new", "<= 1.05", until)
    since = f"{_evaluated(found[first:]):.3f}, room was made {len(times)} times" if times else "was never full"
    yield Row(f"the same in the {len(found) - first} turns after that", "<= 2", since)


def _evaluated(reads: list[Read], *, has_answers: bool = True) -> float:
    known = [each.question_tokens for each in reads if each.question_tokens is not None]
    usual = sum(known) / len(known)
    answers = sum(each.answer_tokens for each in reads) if has_answers else 0
    new = sum(usual if each.question_tokens is None else each.question_tokens for each in reads)
    return (sum(each.read_tokens for each in reads) + answers) / (new + answers)


def text(chance: random.Random, words: int) -> str:
    """About a token a word."""
    return " ".join(chance.choice(_WORDS) for _ in range(words))
