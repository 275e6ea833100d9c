"""One loaded model answering: prompt to tokens, what the KV cache lacks is read, then token by token.

Every job is a generator that is stepped per micro-batch and per token, so that the worker can let another one
go first in between. Python's share per token is what stands in `_decode`; llama.cpp does the rest with the
interpreter's lock free.
"""

from __future__ import annotations

import threading
import time
from array import array
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from app.engine.child import template as templates
from app.engine.child.guessing import MOST_GUESSES, Guesser, Stakes
from app.engine.child.kvcache import AnswerMemory, Branch, KvCache, Span
from app.engine.child.llama.context import MAX_ROWS, CacheFull, Context
from app.engine.child.llama.model import Model
from app.engine.child.llama.sampler import Sampler, ShapedSampler, make_sampler
from app.engine.child.spoken import Begun, Spoken
from app.engine.protocol import (
    AnswerEvent,
    Ask,
    Finished,
    Message,
    Preamble,
    Prefilling,
    ReadAhead,
    StopReason,
    Timings,
)

KNOWN_CHARS = 4 * 2**20

Steps: TypeAlias = Generator[None, None, None]
Emit: TypeAlias = Callable[[AnswerEvent], None]
IsCancelled: TypeAlias = Callable[[], bool]
MakeGuesser: TypeAlias = Callable[[], Guesser]
Bets: TypeAlias = Sequence[tuple[Guesser, Stakes]]


class PromptTooLong(Exception):
    def __init__(self, tokens: int, limit: int) -> None:
        super().__init__(tokens, limit)
        self.tokens, self.limit = tokens, limit


@dataclass(frozen=True, slots=True)
class Prompt:
    """`answers` are where tokens of past answers stand that were put back as they were sampled."""

    tokens: list[int]
    answers: tuple[Span, ...]
    last: int  # where its last segment begins


class Answering:
    """Jobs on one context. Each method of Steps must be run to its end, or closed."""

    def __init__(
        self, model: Model, context: Context, cache: KvCache, *, guessers: Sequence[MakeGuesser], memory: AnswerMemory
    ) -> None:
        """`guessers` are made anew for each answer and asked in their order; what they are worth is learnt for good."""
        self._model = model
        self._context = context
        self._cache = cache
        self._guessers = [(make, Stakes()) for make in guessers]
        self._memory = memory
        self.template = templates.choose(model.chat_template(), model.render_built_in)
        stops = self.template.stop_strings
        marker = self.template.end_marker
        if marker and len(model.tokenize(marker, is_control=True)) != 1:
            stops = (*stops, marker)
        self._stop_strings = stops
        self._known = _KnownTexts(model)

    @property
    def vocabulary_tokens(self) -> int:
        return self._model.vocabulary_tokens

    def _begin(self, ask: Ask) -> tuple[Prompt, Begun]:
        """The prompt of an answer, and the answer as far as it is there.

        Tokens of an answer that is remembered go on as they were sampled. In any other the white space at its end is
        left to the model to say again: it knows words with the space before them.
        """
        messages = ask.messages
        if not ask.is_continued or not messages or not messages[-1].text.strip():
            prompt = self.prompt(messages[:-1] if ask.is_continued else messages, ask.preamble)
            return prompt, Begun(len(prompt.tokens))
        text = messages[-1].text
        data = self._unshown(text)
        kept = text if data is not None else text.rstrip()
        messages = (*messages[:-1], Message("assistant", kept))
        prompt = self._join(
            templates.render_open(self.template, messages, self._model.render_built_in, ask.preamble),
            is_open=data is None,
        )
        return prompt, Begun(prompt.last, text, data or b"", text[len(kept) :])

    def _unshown(self, text: str) -> bytes | None:
        """What the tokens of a remembered answer say beyond its text; None for one that is not, or says another."""
        remembered = self._memory.tokens(text)
        if remembered is None:
            return None
        data = b"".join(self._model.piece(token) or b"" for token in remembered)
        shown = text.encode()
        data = data if data.startswith(shown) else data.removeprefix(b" ")
        return data[len(shown) :] if data.startswith(shown) else None

    def prompt(self, messages: Sequence[Message], preamble: Preamble) -> Prompt:
        """The whole prompt, up to where the answer begins. From any thread."""
        return self._join(templates.render(self.template, messages, self._model.render_built_in, preamble))

    def _join(self, segments: Sequence[templates.Segment], *, is_open: bool = False) -> Prompt:
        """A space at the end of control text moves into what follows, as tokenisers expect it.

        `is_open`: the last segment is an answer whose tokens are not remembered under its text.
        """
        model = self._model
        tokens: list[int] = []
        answers: list[Span] = []
        space, last = "", 0
        for segment in segments:
            last = len(tokens)
            is_known = segment.is_answer and not (is_open and segment is segments[-1])
            remembered = self._memory.tokens(segment.text) if is_known else None
            if remembered is not None:
                answers.append((len(tokens), len(tokens) + len(remembered)))
                tokens.extend(remembered)
                space = ""
                continue
            is_fresh = not tokens or model.is_control(tokens[-1])
            if is_fresh and model.has_space_prefix:
                space = ""  # the tokeniser puts it there itself
            text = space + segment.text
            space = " " if segment.is_control and text.endswith(" ") else ""
            text = text.removesuffix(space)
            tokens += self._known.tokens(text, is_control=segment.is_control, is_fresh=is_fresh)
        if model.adds_bos and tokens[:1] != [model.bos]:
            tokens.insert(0, model.bos)
            answers = [(start + 1, end + 1) for start, end in answers]
            last += 1
        return Prompt(tokens, tuple(answers), last)

    def beginning(self, messages: Sequence[Message], preamble: Preamble) -> Prompt:
        """The prompt as far as it is certain while the last message is still being typed: without its last word."""
        *before, last = messages
        certain = _certain(last.text)
        text = certain or templates.MARK
        segments = templates.render(
            self.template, [*before, Message(last.role, text)], self._model.render_built_in, preamble
        )
        at = max((n for n, s in enumerate(segments) if not s.is_control and s.text.strip() == text.strip()), default=0)
        return self._join(segments[: at + 1] if certain else segments[:at])

    def answer(self, ask: Ask, emit: Emit, is_cancelled: IsCancelled) -> Steps:
        """Emits Prefilling, Delta and at last one Finished. Raises PromptTooLong, DecodeError, ShapeError, AllBusy."""
        watch = _Watch()
        prompt, begun = self._begin(ask)
        if len(prompt.tokens) >= self._context.limit_tokens:
            raise PromptTooLong(len(prompt.tokens), self._context.limit_tokens)
        if not is_cancelled():  # before its turn came
            yield from self._answer(ask, prompt, begun, emit, is_cancelled, watch)
        emit(Finished(watch.reason, watch.timings(len(prompt.tokens)), watch.is_call))

    def _answer(
        self, ask: Ask, prompt: Prompt, begun: Begun, emit: Emit, is_cancelled: IsCancelled, watch: _Watch
    ) -> Steps:
        said = prompt.tokens[begun.start :]
        sampler = make_sampler(self._model, self._context, ask.sampling, ask.shape, history=prompt.tokens, said=said)
        try:
            is_aside = ask.priority == "side" and not ask.conversation
            branch = self._cache.lend() if is_aside else self._cache.claim(ask.conversation, prompt.tokens)
            try:
                watch.reused = len(self._context.tokens[branch.number])
                branch.answers = prompt.answers
                is_read = yield from self._prefill(branch, prompt.tokens, emit, is_cancelled)
                watch.prefilled = time.perf_counter()
                if is_read:
                    spoken = Spoken(self._model, (*self._stop_strings, *ask.stop_strings), emit, begun)
                    yield from self._decode(ask, branch, prompt.tokens, sampler, spoken, is_cancelled, watch)
                    self._remember(ask, branch, spoken, prompt.tokens, begun)
            finally:
                self._cache.release(branch)
        finally:
            sampler.free()

    def read_ahead(self, request: ReadAhead, emit: Emit, is_cancelled: IsCancelled) -> Steps:
        """Emits Prefilling and one Finished: `end` when all of it is in the cache."""
        watch = _Watch()
        prompt = self.beginning(request.messages, request.preamble)
        count = len(prompt.tokens)
        is_read = self._cache.reusable(prompt.tokens) >= count
        if is_read:
            watch.reused = count
        elif count < self._context.limit_tokens and not is_cancelled():
            branch = self._cache.claim(request.conversation, prompt.tokens)
            try:
                watch.reused = len(self._context.tokens[branch.number])
                branch.answers = prompt.answers
                is_read = yield from self._prefill(branch, prompt.tokens, emit, is_cancelled)
            finally:
                self._cache.release(branch)
        watch.prefilled = time.perf_counter()
        watch.reason = "end" if is_read else "stopped"
        emit(Finished(watch.reason, watch.timings(count)))

    def _prefill(
        self, branch: Branch, prompt: Sequence[int], emit: Emit, is_cancelled: IsCancelled
    ) -> Generator[None, None, bool]:
        """Reads what the branch lacks; False when it was cancelled.

        No step ends with the last token: another job would overwrite its logits.
        """
        context, number = self._context, branch.number
        held = context.tokens[number]
        emit(Prefilling(len(held), len(prompt)))
        while not is_cancelled():
            at = len(held)
            chunk = prompt[at : at + context.micro_batch_tokens]
            is_last = at + len(chunk) == len(prompt)
            if self._read(branch, chunk, rows=1 if is_last else 0):
                emit(Prefilling(len(held), len(prompt)))
                if is_last:
                    return True
            yield
        return False

    def _read(self, branch: Branch, tokens: Sequence[int], *, rows: int) -> bool:
        while True:
            try:
                return self._context.read(branch.number, tokens, rows=rows)
            except CacheFull:
                if not self._cache.make_room(branch):
                    raise

    def _decode(
        self,
        ask: Ask,
        branch: Branch,
        prompt: Sequence[int],
        sampler: Sampler | ShapedSampler,
        spoken: Spoken,
        is_cancelled: IsCancelled,
        watch: _Watch,
    ) -> Steps:
        """Token by token, or by rounds of guesses, until something ends it."""
        held, limit = self._context.tokens[branch.number], self._context.limit_tokens
        rounds = _Rounds(self._context, branch.number, sampler, self._bets(ask), watch)
        waiting = [sampler.next()]  # drawn and not yet said; the last one is not read yet either
        watch.first_token = time.perf_counter()
        while (reason := spoken.say_all(waiting, ask.max_tokens)) is None:
            waiting = []
            room = limit - len(prompt) - len(spoken.tokens)
            while not waiting and reason is None:
                if is_cancelled():
                    reason = "stopped"
                elif room < 0:
                    reason = "context"
                elif len(held) < len(prompt) + len(spoken.tokens) - 1:  # lost while it waited
                    yield from self._prefill(branch, [*prompt, *spoken.tokens[:-1]], _say_nothing, is_cancelled)
                else:
                    waiting = self._draw(rounds, branch, spoken.tokens[-1], min(room, _left(ask, spoken)))
                    yield
            if reason is not None:
                break
        watch.reason = reason
        watch.answer_tokens = len(spoken.tokens)
        watch.is_call = spoken.is_call

    def _draw(self, rounds: _Rounds, branch: Branch, token: int, most: int) -> list[int]:
        """The tokens after `token`; none when the decode was aborted."""
        while True:
            try:
                return rounds.play(token, most)
            except CacheFull:
                if not self._cache.make_room(branch):
                    raise

    def _bets(self, ask: Ask) -> Bets:
        if ask.shape.grammar or ask.shape.json_schema:
            return ()  # a form leaves little to guess, and its sampler is slow with many rows
        return [(make(), stakes) for make, stakes in self._guessers]

    def _remember(self, ask: Ask, branch: Branch, spoken: Spoken, prompt: Sequence[int], begun: Begun) -> None:
        """Cut the branch back to what was said, and keep the answer's tokens for the next turn."""
        self._context.trim(branch.number, len(prompt) + len(spoken.tokens))
        text, shown = spoken.finish()
        if shown and not branch.is_doomed and not branch.is_lent:
            said = (*prompt[begun.start :], *shown)
            self._memory.remember(begun.text + text, said, ask.conversation)
            end = min(begun.start + len(said), len(self._context.tokens[branch.number]))
            if end > begun.start:
                before = [span for span in branch.answers if span[1] <= begun.start]
                branch.answers = (*before, (begun.start, end))

    def forget(self, conversation: str) -> None:
        """Its answers are deleted."""
        self._memory.forget(conversation)
        self._known.clear()

    def restored(self, conversation: str, tokens: Sequence[int], answers: Sequence[Span]) -> None:
        """The answers in a state that came back are known by their tokens again."""
        for start, end in answers:
            said = tokens[start:end]
            data = b"".join(self._model.piece(token) or b"" for token in said)
            text = data.decode("utf-8", "ignore")
            self._memory.remember(text, said, conversation)
            if text.startswith(" "):  # SentencePiece models begin every answer with one
                self._memory.remember(text[1:], said, conversation)


def _certain(typed: str) -> str:
    """What is typed without its last word, of which every further letter may change the tokens.

    Many vocabularies have tokens of a mark and the line break after it (".\\n"), so a mark before one goes, too.
    """
    before, after = _without_last_word(typed)
    while before and "\n" in after and not before[-1].isalnum():
        before, after = _without_last_word(before)
    return before


def _without_last_word(text: str) -> tuple[str, str]:
    """What stands before the space before it, and all the rest."""
    words = text.rsplit(maxsplit=1)
    before = words[0] if len(words) == 2 else ""
    return before, text[len(before) :]


def _say_nothing(_event: AnswerEvent) -> None:
    pass


def _left(ask: Ask, spoken: Spoken) -> int:
    """How many tokens may still be said after the next one."""
    return MOST_GUESSES if ask.max_tokens is None else max(0, ask.max_tokens - len(spoken.tokens) - 1)


class _KnownTexts:
    """The tokens of the last texts, because the same messages come again with every turn. For any thread."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._known: dict[tuple[str, bool, bool], array[int]] = {}  # the one used last is the last
        self._chars = 0
        self._lock = threading.Lock()

    def tokens(self, text: str, *, is_control: bool, is_fresh: bool) -> array[int]:
        key = (text, is_control, is_fresh)
        with self._lock:
            known = self._known.pop(key, None)
            if known is not None:
                self._known[key] = known
                return known
        found = array("i", self._model.tokenize(text, is_control=is_control, is_fresh=is_fresh))
        with self._lock:
            if key not in self._known:
                self._known[key] = found
                self._chars += len(text)
            while self._chars > KNOWN_CHARS:
                oldest = next(iter(self._known))
                del self._known[oldest]
                self._chars -= len(oldest[0])
        return found

    def clear(self) -> None:
        with self._lock:
            self._known.clear()
            self._chars = 0


class _Watch:
    """The times and counts of one job."""

    def __init__(self) -> None:
        self.started = time.perf_counter()
        self.prefilled = self.started
        self.first_token = self.started
        self.reused = 0
        self.answer_tokens = 0
        self.drafted = 0
        self.accepted = 0
        self.reason: StopReason = "stopped"
        self.is_call = False

    def timings(self, prompt_tokens: int) -> Timings:
        return Timings(
            prompt_tokens=prompt_tokens,
            reused_tokens=self.reused,
            prefill_s=self.prefilled - self.started,
            answer_tokens=self.answer_tokens,
            decode_s=time.perf_counter() - self.prefilled,
            first_token_s=self.first_token - self.started,
            drafted_tokens=self.drafted,
            accepted_tokens=self.accepted,
        )


class _Rounds:
    """From one drawn token to the next ones: a plain decode, or one that checks guesses."""

    def __init__(
        self, context: Context, number: int, sampler: Sampler | ShapedSampler, bets: Bets, watch: _Watch
    ) -> None:
        self._context, self._number, self._sampler = context, number, sampler
        self._bets, self._watch = bets, watch
        self._most = min(MOST_GUESSES, MAX_ROWS - 1, context.micro_batch_tokens - 1)

    def play(self, token: int, most: int) -> list[int]:
        """The tokens that follow `token`; none when the decode was aborted. Raises CacheFull."""
        if not self._bets:
            return [self._sampler.next()] if self._context.read_one(self._number, token) else []
        started = time.perf_counter()
        wanting = [(guesser, stakes) for guesser, stakes in self._bets if stakes.wants_guess()] if most > 0 else ()
        tokens = [*self._context.tokens[self._number], token] if wanting else ()
        for guesser, stakes in wanting:
            guesses = guesser.guess(tokens, min(most, self._most))
            if guesses:
                drawn = self._check(token, guesses)
                if drawn:
                    stakes.played(time.perf_counter() - started, len(drawn))
                return drawn
        if not self._context.read_one(self._number, token):
            return []
        drawn = [self._sampler.next()]
        spent_s = time.perf_counter() - started
        for _guesser, stakes in self._bets:
            stakes.plain(spent_s)
        return drawn

    def _check(self, token: int, guesses: list[int]) -> list[int]:
        held = self._context.tokens[self._number]
        before = len(held)
        if not self._context.read(self._number, [token, *guesses], rows=1 + len(guesses)):
            self._context.trim(self._number, before)
            return []
        drawn: list[int] = []
        for row in range(1 + len(guesses)):
            drawn.append(self._sampler.next(row))
            if row == len(guesses) or drawn[-1] != guesses[row]:
                break
        self._context.trim(self._number, before + len(drawn))
        self._watch.drafted += len(guesses)
        self._watch.accepted += len(drawn) - 1
        return drawn
