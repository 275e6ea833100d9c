"""Prompt templates: texts with variables such as {language}, which are asked for when one is used. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from app.frozen import dataclass
from app.text import _

MOST_NAME_CHARACTERS = 39
"""As many as are looked at after "/"."""
MOST_CHARACTERS = 100_000
BUILT_IN = "built-in/"
"""What the ids of templates and personas begin with that nobody can change."""
_VARIABLE = re.compile(r"\{([^\W\d]\w{0,39})\}")


@dataclass(frozen=True, slots=True)
class Template:
    """Its name is typed after "/"; built-in ones have ids that begin with "built-in/"."""

    id: str
    name: str
    text: str

    @property
    def is_built_in(self) -> bool:
        return self.id.startswith(BUILT_IN)


def variables(text: str) -> tuple[str, ...]:
    """The names in braces, each once, in the order in which they come."""
    return tuple(dict.fromkeys(_VARIABLE.findall(text)))


def filled(text: str, values: Mapping[str, str]) -> str:
    """`text` with the values; a variable without one stays as it stands."""
    return _VARIABLE.sub(lambda match: values.get(match.group(1), match.group()), text)


def tidy(name: str) -> str:
    """A name as it is kept: one line, single spaces."""
    return " ".join(name.split())[:MOST_NAME_CHARACTERS].strip()


def is_name_free(name: str, names: Iterable[str]) -> bool:
    """Whether `name` can be told from all `names` when it is typed, where capitals do not count."""
    return tidy(name).casefold() not in {tidy(other).casefold() for other in names}


def free_name(name: str, names: Iterable[str]) -> str:
    """`name`, or where that is taken the next one with a number: "Letter (2)"."""
    taken = tuple(names)
    name, number = tidy(name), 1
    tried = name
    while not is_name_free(tried, taken):
        number += 1
        end = f" ({number})"
        tried = name[: MOST_NAME_CHARACTERS - len(end)].rstrip() + end
    return tried


def built_in() -> tuple[Template, ...]:
    """Templates that everybody has; they cannot be changed, only copied. Variables are translated with the text."""
    before_a_text = (
        ("summarise", _("Summarise"), _("Summarise the following text in a few sentences. Keep names and numbers.")),
        (
            "translate",
            _("Translate"),
            _("Translate the following text into {language}. Keep its tone and its layout, and add nothing."),
        ),
        (
            "rewrite",
            _("Rewrite"),
            _("Rewrite the following text in a {tone} tone. Keep what it says, and the language it is written in."),
        ),
        (
            "email",
            _("E-mail from notes"),
            _("Write an e-mail to {recipient} from these notes. Polite, clear, no longer than needed."),
        ),
        (
            "check",
            _("Check for errors"),
            _(
                "Check the following text for errors of spelling, grammar and fact. "
                "List each one with its correction, and change nothing else."
            ),
        ),
        (
            "table",
            _("Table from text"),
            _(
                "Make a table with the columns {columns} from the following text. "
                "Leave a cell empty where the text says nothing."
            ),
        ),
        (
            "questions",
            _("Questions about a text"),
            _("Ask me {number} questions about the following text, one after the other, and tell me how I did."),
        ),
    )
    whole = (
        ("explain", _("Explain"), _("Explain {topic} to {reader}, with an example. Say first what it is good for.")),
        (
            "weigh",
            _("Pros and cons"),
            _("What speaks for and what against {idea}? Give a table of both, then your conclusion in two sentences."),
        ),
        (
            "plan",
            _("Plan"),
            _(
                "Make a plan for {goal} until {deadline}: the steps in their order, "
                "how long each takes, and what could go wrong."
            ),
        ),
    )
    made = [Template(f"{BUILT_IN}{key}", name, f"{text}\n\n") for key, name, text in before_a_text]
    return (*made, *(Template(f"{BUILT_IN}{key}", name, text) for key, name, text in whole))
