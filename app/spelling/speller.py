"""What the composer asks about spelling: whether it is checked, in which languages, which words of a text are wrong.

Answers may take a second, so every method belongs on a worker thread. Two windows may ask at once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from app.frozen import dataclass
from app.settings import OWN_WORDS, SPELLING, SPELLING_LANGUAGES, Settings
from app.spelling import dictionaries
from app.spelling.checker import Checker
from app.spelling.dictionaries import Dictionary
from app.spelling.words import Word, words_in

_STRANGE_LEAST = 6
_STRANGE_SHARE = 0.6


@dataclass(frozen=True, slots=True)
class SpellingState:
    """`languages` are those with a dictionary here ("de_DE"), `chosen` those that are checked now."""

    is_on: bool
    languages: tuple[str, ...]
    chosen: tuple[str, ...]


class Speller:
    """`system_languages`: what the person's system speaks, best first ("de_DE")."""

    def __init__(
        self,
        settings: Settings,
        system_languages: Sequence[str],
        *,
        find: Callable[[], Sequence[Dictionary]] = dictionaries.available,
    ) -> None:
        self._settings = settings
        self._system = tuple(system_languages)
        self._find = find
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._here: tuple[Dictionary, ...] | None = None
        self._checker: Checker | None = None

    def close(self) -> None:
        """A dictionary that is just being loaded is given up. May be called from any thread."""
        self._stopping.set()

    def state(self) -> SpellingState:
        with self._lock:
            here, chosen = self._dictionaries(), self._chosen()
        return SpellingState(
            self._settings.get(SPELLING), tuple(one.language for one in here), tuple(one.language for one in chosen)
        )

    def wrong(self, text: str) -> tuple[Word, ...]:
        """The words of `text` that no language knows, nor the person taught.

        None at all where most are unknown: then the text is in another language.
        """
        if not self._settings.get(SPELLING):
            return ()
        words = words_in(text)
        own = {word.casefold() for word in self._settings.get(OWN_WORDS)}
        asked = {word.text for word in words if word.text.casefold() not in own}
        with self._lock:
            unknown = self._ready().unknown(asked) if asked else set()
        if len(unknown) >= _STRANGE_LEAST and len(unknown) > _STRANGE_SHARE * len(asked):
            return ()
        return tuple(word for word in words if word.text in unknown)

    def suggest(self, word: str) -> tuple[str, ...]:
        """Within half a second, once the dictionaries are loaded."""
        with self._lock:
            return self._ready().suggest(word)

    def learn(self, word: str) -> None:
        """It is right from now on, in all languages."""
        own = self._settings.get(OWN_WORDS)
        if word not in own:
            self._settings.set(OWN_WORDS, (*own, word))

    def turn(self, is_on: bool) -> None:
        self._settings.set(SPELLING, is_on)
        if not is_on:
            with self._lock:
                self._checker = None  # and what it holds in memory

    def choose(self, languages: Sequence[str]) -> None:
        """At most two; none for the system's own."""
        self._settings.set(SPELLING_LANGUAGES, tuple(languages)[-dictionaries.MOST_LANGUAGES :])

    def _ready(self) -> Checker:
        chosen = self._chosen()
        if self._checker is None or self._checker.dictionaries != chosen:
            self._checker = Checker(chosen, stop=self._stopping.is_set)
        return self._checker

    def _chosen(self) -> tuple[Dictionary, ...]:
        return dictionaries.chosen(self._dictionaries(), self._settings.get(SPELLING_LANGUAGES), self._system)

    def _dictionaries(self) -> tuple[Dictionary, ...]:
        if self._here is None:
            self._here = tuple(self._find())
        return self._here
