"""Asks the dictionaries, each of which takes about a second and 77 MB to load (measured): so they are loaded by the
first question, and while they load the window's thread is let in every few lines. Everything here takes time and
belongs on a worker thread. The only importer of spylls.
"""

from __future__ import annotations

import copy
import io
import itertools
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from app.spelling.dictionaries import Dictionary

SUGGEST_S = 0.5
SUGGESTIONS_MAX = 6
WORD_CHARACTERS_MAX = 60
_CACHED_WORDS = 20_000
_LINES_PER_BREATH = 100
_BREATH_S = 0.0002

_Spylls: TypeAlias = Any  # spylls comes without types

_log = logging.getLogger(__name__)


class Checker:
    """Several languages at once: a word is right where one of them knows it. For one thread at a time."""

    def __init__(self, dictionaries: Sequence[Dictionary], *, stop: Callable[[], bool] = lambda: False) -> None:
        self._stop = stop
        self._dictionaries = dictionaries
        self._loaded: list[_Loaded] | None = None
        self._known: OrderedDict[str, bool] = OrderedDict()

    @property
    def dictionaries(self) -> tuple[Dictionary, ...]:
        return tuple(self._dictionaries)

    def unknown(self, words: Iterable[str]) -> set[str]:
        """Those that no language knows. Words of another script than any of them are left alone."""
        return {word for word in set(words) if not self._is_known(word)}

    def suggest(self, word: str, *, limit_s: float = SUGGEST_S) -> tuple[str, ...]:
        """Words that may be meant, likeliest first: those found within `limit_s` seconds once all is loaded."""
        word = _plain(word)
        languages = self._languages()
        deadline = time.monotonic() + limit_s
        found: list[list[str]] = [loaded.suggest(word, deadline) for loaded in languages]
        mixed = itertools.chain.from_iterable(itertools.zip_longest(*found))
        return tuple(OrderedDict.fromkeys(text for text in mixed if text))[:SUGGESTIONS_MAX]

    def _is_known(self, word: str) -> bool:
        word = _plain(word)
        known = self._known.get(word)
        if known is None:
            languages = self._languages()
            able = [loaded for loaded in languages if loaded.can_spell(word)]
            known = not able or len(word) > WORD_CHARACTERS_MAX or any(loaded.knows(word) for loaded in able)
            self._known[word] = known
            if len(self._known) > _CACHED_WORDS:
                self._known.popitem(last=False)
        else:
            self._known.move_to_end(word)
        return known

    def _languages(self) -> list[_Loaded]:
        if self._loaded is None:
            self._loaded = [loaded for one in self._dictionaries if (loaded := _load(one, self._stop)) is not None]
        return self._loaded


class _Loaded:
    """One language in memory."""

    def __init__(self, hunspell: _Spylls) -> None:
        self._hunspell = hunspell
        self._letters = {letter for word in hunspell.dic.words for letter in word.stem.lower()}
        self._letters.update(letter for letter in str(hunspell.aff.TRY or "").lower())

    def can_spell(self, word: str) -> bool:
        return self._letters.issuperset(word.lower().replace("'", ""))

    def knows(self, word: str) -> bool:
        return bool(self._hunspell.lookup(word))

    def suggest(self, word: str, deadline: float) -> list[str]:
        """spylls hands out the best edits first and then compares with every word there is: it is cut off there."""
        found: list[str] = []
        suggester = copy.copy(self._hunspell.suggester)
        suggester.lookup = _Hurried(suggester.lookup, deadline)
        suggester.words_for_ngram = _HurriedWords(suggester.words_for_ngram, deadline)
        try:
            for text in suggester(word):
                found.append(str(text))
                if len(found) == SUGGESTIONS_MAX:
                    break
        except _TimeIsUpError:
            pass
        return found


class _TimeIsUpError(Exception):
    """Raised inside spylls, which knows no limit of its own."""


class _StoppedError(Exception):
    """Raised inside the reader when nobody waits for the dictionary any more."""


class _Hurried:
    """A dictionary's look-up until the deadline."""

    def __init__(self, lookup: _Spylls, deadline: float) -> None:
        self._lookup = lookup
        self._deadline = deadline

    def __call__(self, word: str) -> bool:
        _refuse_late(self._deadline)
        return bool(self._lookup(word))

    def good_forms(self, *args: object, **options: object) -> _Spylls:
        _refuse_late(self._deadline)
        return self._lookup.good_forms(*args, **options)


class _HurriedWords:
    """All words of a dictionary, until the deadline."""

    def __init__(self, words: Iterable[_Spylls], deadline: float) -> None:
        self._words = words
        self._deadline = deadline

    def __iter__(self) -> Iterator[_Spylls]:
        for count, word in enumerate(self._words):
            if count % _LINES_PER_BREATH == 0:
                _refuse_late(self._deadline)
            yield word


def _refuse_late(deadline: float) -> None:
    if time.monotonic() > deadline:
        raise _TimeIsUpError


def _load(dictionary: Dictionary, stop: Callable[[], bool]) -> _Loaded | None:
    """A dictionary that cannot be read is worth a line in the log, and no more: one writes on without it."""
    from spylls.hunspell import Dictionary as Hunspell  # late: nobody may be writing at all
    from spylls.hunspell import readers
    from spylls.hunspell.readers.file_reader import BaseReader

    class Reader(BaseReader):  # type: ignore[misc] # the base has no types
        """The lines of a file; spylls' own reader would leave it open."""

        def __init__(self, path: Path, encoding: str = "windows-1252") -> None:
            self._untrusted_bytes = path.read_bytes()
            super().__init__(self._opened(encoding))

        def reset_encoding(self, encoding: str) -> None:
            self.reset_io(self._opened(encoding))

        def readlines(self) -> Iterator[tuple[int, str]]:
            for line in super().readlines():
                if self.line_no % _LINES_PER_BREATH == 0:
                    time.sleep(_BREATH_S)  # lets the window's thread in, which would stutter otherwise
                    if stop():
                        raise _StoppedError
                yield line

        def _opened(self, encoding: str) -> io.StringIO:
            # Some dictionaries use stray bytes as flags, which must survive.
            return io.StringIO(self._untrusted_bytes.decode(encoding, "surrogateescape"))

    try:
        aff, context = readers.read_aff(Reader(dictionary.aff))
        dic = readers.read_dic(Reader(dictionary.dic, context.encoding), aff=aff, context=context)
        return _Loaded(Hunspell(aff, dic))
    except _StoppedError:
        return None
    except Exception:  # a foreign file read by a foreign parser: any fault of it costs this language only
        _log.exception("a dictionary cannot be read")
        return None


def _plain(word: str) -> str:
    return word.replace("’", "'")
