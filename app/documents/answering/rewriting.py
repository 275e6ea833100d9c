"""A follow-up question made to stand alone, so that a search finds what it is about.

Only where it needs it: a question that names what it asks for is searched as it is, at once and without an error of
the model's. What the model makes is used only where it is a question about the same thing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.documents.answering import jobs
from app.documents.citing.terms import terms
from app.engine.client import Engine, Stop
from app.engine.protocol import Message
from app.errors import Cancelled, PaddockError

MOST_TOKENS = 48
MOST_CHARACTERS = 300
MOST_CHARACTERS_READ = 500  # of the last question and of its answer each
LEAST_TERMS = 4  # a question with so many words that say something stands alone, if it points at nothing
BEGUN = 'Search for: "'
_INSTRUCTION = (
    "Write the last question so that it can be understood alone, in its own language. Write only the question."
)
_EXAMPLES = (
    (
        "How long is the warranty of the pump?\nAnswer: Two years.\nLast question: And who pays for the repair?",
        "Who pays for the repair of the pump under warranty?",
    ),
    (
        "Wann beginnt der Mietvertrag?\nAnswer: Am 1. Mai 2024.\nLast question: Wie kann ich ihn kündigen?",
        "Wie kann ich den Mietvertrag kündigen?",
    ),
)
# Patterns stand here as text: `re` compiles each when it is first used and keeps it, so that no start pays for them.
_POINTING = (
    r"(?i)\b(?:it|its|they|them|their|he|him|his|she|her|this|that|these|those|there|then|one|ones|same|other|both|former"
    r"|latter|also|else|instead|er|ihn|ihm|sie|ihr\w*|es|das|dies\w*|jene\w*|dort|davon|dazu|dafür|daran|darin|dabei|damit"
    r"|wieso|warum denn|il|elle|ils|elles|lui|leur|cela|ça|celui\w*|celle\w*|y|en|él|ella|ellos|ellas|eso|esto|ese|esa"
    r"|allí|lo|la|le)\b|^\W*(?:and|but|or|so|why|(?:what|how) about|und|aber|oder|et|mais|ou|pourquoi|y|pero|por qué)"
    r"\b"
)
_ARTICLES = r"(?i)\b(?:la|le|en|das|es|lo|this|these|dies\w*|este|esta)\s+[^\W\d_]"
_REFUSAL = r"(?i)^(?:i['’]?m |i am |i can(?:no|['’])t|sorry|as an ai|sure|here(?:['’]s| is)|of course|the question)"
_EDGES = " \t\"'`*_«»„“”"


def needs_rewriting(question: str, history: Sequence[Message]) -> bool:
    """Whether it goes on from what was said before."""
    if not any(message.role == "user" for message in history):
        return False
    bare = re.sub(_ARTICLES, lambda match: match.group()[-1], question)
    return bool(re.search(_POINTING, bare)) or _weight(question) < LEAST_TERMS


def rewrite(engine: Engine, question: str, history: Sequence[Message], *, stop: Stop) -> str:
    """The question as it is searched. Silent where the model fails: then it takes words of the last question along.

    Raises Cancelled.
    """
    if not needs_rewriting(question, history):
        return question
    fallback = with_last_question(question, history)
    try:
        written = jobs.told(
            engine, _asked(question, history), most_tokens=MOST_TOKENS, stop=stop, stop_strings=('"', "\n")
        )
    except Cancelled:
        raise
    except PaddockError:  # the search is worse without it, and the answer itself says what is wrong with the engine
        return fallback
    made = cleaned(written)
    return made if is_about(made, question, history) else fallback


def with_last_question(question: str, history: Sequence[Message]) -> str:
    """Both questions, one behind the other."""
    last = next((message.text for message in reversed(history) if message.role == "user"), "")
    return f"{question.strip()} {_beginning(last)}".strip()


def cleaned(untrusted: str) -> str:
    """Its first line, if that can be a question."""
    written = next((found for found in untrusted.splitlines() if found.strip(_EDGES)), "").strip(_EDGES)
    written = " ".join("".join(c if c.isprintable() else " " for c in written).split())
    return "" if len(written) > MOST_CHARACTERS or re.match(_REFUSAL, written) else written


def is_about(made: str, question: str, history: Sequence[Message]) -> bool:
    """Whether it keeps what was asked, and adds nothing that nobody spoke of."""
    wanted, found = _terms(question), _terms(made)
    spoken = wanted.union(*(_terms(message.text[:MOST_CHARACTERS_READ]) for message in history[-4:]))
    numbers = set(re.findall(r"\d+", question))
    if found <= wanted or not numbers <= set(re.findall(r"\d+", made)):
        return False
    return len(wanted & found) * 2 >= len(wanted) and len(found & spoken) * 3 >= len(found) * 2


def _asked(question: str, history: Sequence[Message]) -> tuple[Message, ...]:
    messages: list[Message] = []
    for talk, alone in _EXAMPLES:
        messages += [Message("user", f"Question: {talk}\n\n{_INSTRUCTION}"), Message("assistant", f'{BEGUN}{alone}"')]
    users = [number for number, message in enumerate(history) if message.role == "user"]
    last = history[users[-1]].text
    answer = next((message.text for message in history[users[-1] :] if message.role == "assistant"), "")
    talk = f"{_beginning(last)}\nAnswer: {_beginning(answer)}\nLast question: {_beginning(question)}"
    return (*messages, Message("user", f"Question: {talk}\n\n{_INSTRUCTION}"), Message("assistant", BEGUN))


def _beginning(text: str) -> str:
    return " ".join(text[:MOST_CHARACTERS_READ].split())


def _terms(text: str) -> set[str]:
    return {term.text for term in terms(text)}


def _weight(question: str) -> int:
    return len(_terms(question))
