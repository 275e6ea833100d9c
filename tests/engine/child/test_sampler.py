"""Choosing tokens: every setting does what it says, and answers keep to their form."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine.child.llama import grammar, sampler
from app.engine.child.llama.grammar import ShapeError
from app.engine.child.llama.sampler import Sampler
from app.engine.protocol import Sampling, Shape
from tests.engine.child import raw
from tests.engine.child.raw import GREEDY, LOAD, Insides, user

pytestmark = pytest.mark.model

DRAWS = 200
WARM = Sampling(temperature=1.0, top_p=1.0, top_k=0, min_p=0.0, repeat_penalty=1.0, seed=1)
STORY = "Once upon a time there was a llama who"


@pytest.fixture(scope="module")
def engine(starter: Path) -> Iterator[Insides]:
    with raw.insides(starter, replace(LOAD, context_tokens=512)) as loaded:
        yield loaded


def read(engine: Insides, text: str) -> list[int]:
    """Leaves the logits of what may follow the text; returns its tokens."""
    tokens = engine.model.tokenize(text, is_control=False, is_fresh=True)
    engine.context.trim(0, 0)
    engine.context.read(0, tokens)
    return tokens


def draw(engine: Insides, sampling: Sampling, count: int = DRAWS, history: Sequence[int] = ()) -> list[int]:
    """As many draws from the same logits, one after the other."""
    chain = Sampler(engine.model, engine.context, sampling, history=history)
    drawn = [chain.next() for _ in range(count)]
    chain.free()
    return drawn


def ranking(engine: Insides, count: int) -> list[int]:
    """The likeliest tokens, found by forbidding one after the other."""
    chain = Sampler(engine.model, engine.context, replace(GREEDY, repeat_penalty=1000.0))
    found = [chain.next() for _ in range(count)]
    chain.free()
    return found


def test_temperature_zero_takes_the_likeliest_and_one_is_the_same_by_top_k(engine: Insides) -> None:
    read(engine, STORY)
    (likeliest,) = set(draw(engine, GREEDY, 20))
    assert set(draw(engine, replace(WARM, top_k=1, temperature=5.0), 20)) == {likeliest}


def test_a_higher_temperature_spreads_the_draws(engine: Insides) -> None:
    read(engine, STORY)
    kinds = [len(set(draw(engine, replace(WARM, temperature=heat)))) for heat in (0.1, 0.7, 2.0)]
    assert kinds == sorted(kinds)
    assert kinds[0] * 4 < kinds[2]


def test_top_k_leaves_that_many(engine: Insides) -> None:
    read(engine, STORY)
    assert set(draw(engine, replace(WARM, temperature=3.0, top_k=5), 400)) == set(ranking(engine, 5))


def test_top_p_leaves_the_likeliest_that_make_up_that_share(engine: Insides) -> None:
    read(engine, STORY)
    sizes = [len(set(draw(engine, replace(WARM, top_p=share)))) for share in (0.01, 0.5, 1.0)]
    assert sizes[0] == 1 < sizes[1] < sizes[2]


def test_min_p_drops_what_is_unlikely_beside_the_likeliest(engine: Insides) -> None:
    read(engine, STORY)
    sizes = [len(set(draw(engine, replace(WARM, min_p=least)))) for least in (1.0, 0.3, 0.0)]
    assert sizes[0] == 1 < sizes[1] < sizes[2]


def test_a_repeat_penalty_makes_the_draws_differ(engine: Insides) -> None:
    read(engine, STORY)
    assert len(set(draw(engine, GREEDY, 10))) == 1
    assert len(set(draw(engine, replace(GREEDY, repeat_penalty=1000.0), 10))) == 10
    once = Counter(draw(engine, replace(WARM, repeat_penalty=1.3)))
    assert len(once) > len(set(draw(engine, WARM)))


@pytest.mark.parametrize("temperature", [0.0, 0.8])
def test_the_short_cut_before_the_penalty_changes_no_draw(
    engine: Insides, temperature: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    read(engine, STORY)
    wish = Sampling(temperature=temperature, repeat_penalty=1.5, seed=3)
    with_it = draw(engine, wish)
    monkeypatch.setattr(sampler, "_best_before_penalties", lambda _model, _sampling: [])
    assert draw(engine, wish) == with_it


def test_dry_breaks_a_loop(engine: Insides) -> None:
    loop = read(engine, "The llama went home. " * 8 + "The llama went")
    (expected,) = set(draw(engine, GREEDY, 3, loop))
    assert engine.model.piece(expected) == b" home"
    (instead,) = draw(engine, replace(GREEDY, dry_multiplier=5.0), 1, loop)
    assert instead != expected
    allowed = replace(GREEDY, dry_multiplier=5.0, dry_allowed_length=1000)
    assert draw(engine, allowed, 1, loop) == [expected]


def test_dry_looks_at_the_answer_as_well(engine: Insides) -> None:
    wish = Sampling(temperature=0.0, repeat_penalty=1.0)
    question = [user("Repeat the word llama for ever: llama llama llama llama")]
    loop = engine.ask(question, sampling=wish, max_tokens=48).text
    broken = engine.ask(question, sampling=replace(wish, dry_multiplier=3.0), max_tokens=48).text
    assert repeats(broken) < repeats(loop)


def repeats(text: str) -> int:
    """How often the commonest three words in a row stand there."""
    said = text.split()
    return max(Counter(zip(said, said[1:], said[2:], strict=False)).values(), default=0)


def test_xtc_takes_away_the_top_choices_as_often_as_it_is_asked(engine: Insides) -> None:
    read(engine, STORY)
    flat = replace(WARM, temperature=2.0)
    (likeliest,) = set(draw(engine, GREEDY, 1))

    def share(probability: float) -> float:
        wish = replace(flat, top_k=10, xtc_probability=probability, xtc_threshold=0.02)
        return draw(engine, wish, 400).count(likeliest) / 400

    never, sometimes, always = share(0.0), share(0.5), share(1.0)
    assert always == 0
    assert never > sometimes > 0


def test_an_end_can_be_ignored(engine: Insides) -> None:
    question = [user("Say hello.")]
    ended = engine.ask(question, max_tokens=64)
    assert ended.finished.stop_reason == "end"
    going_on = engine.ask(question, max_tokens=64, sampling=replace(GREEDY, ignores_end=True))
    assert going_on.finished.stop_reason == "length"
    assert going_on.finished.timings.answer_tokens == 64
    assert going_on.text.startswith(ended.text)


@pytest.mark.parametrize("seed", [0, 7, 2**32 - 1, 2**40])
def test_a_seed_gives_the_same_draws_each_time(engine: Insides, seed: int) -> None:
    read(engine, STORY)
    wish = replace(WARM, seed=seed)
    assert draw(engine, wish) == draw(engine, wish)
    assert draw(engine, wish) != draw(engine, replace(WARM, seed=seed + 1))


def test_without_a_seed_every_answer_is_another(engine: Insides) -> None:
    read(engine, STORY)
    wish = replace(WARM, seed=None)
    assert draw(engine, wish) != draw(engine, wish)


Check = Callable[[Any], bool]  # Any: what json.loads gives

PERSON = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "maxLength": 20},
        "age": {"type": "integer", "minimum": 0, "maximum": 120},
    },
    "required": ["name", "age"],
}
SCHEMAS: dict[str, tuple[dict[str, Any], Check]] = {
    "object": (
        PERSON,
        lambda value: value.keys() == {"name", "age"} and len(value["name"]) <= 20 and 0 <= value["age"] <= 120,
    ),
    "enum": ({"enum": ["yes", "no", 3, None]}, lambda value: value in ("yes", "no", 3, None)),
    "array": (
        {"type": "array", "items": {"type": "boolean"}, "minItems": 2, "maxItems": 4},
        lambda value: 2 <= len(value) <= 4 and all(isinstance(item, bool) for item in value),
    ),
    "nested": (
        {
            "type": "object",
            "properties": {
                "people": {"type": "array", "items": PERSON, "minItems": 1, "maxItems": 2},
                "place": {"anyOf": [{"type": "null"}, {"enum": ["Rome", "Oslo"]}]},
            },
            "required": ["people", "place"],
        },
        lambda value: (
            1 <= len(value["people"]) <= 2
            and all(person.keys() == {"name", "age"} for person in value["people"])
            and value["place"] in (None, "Rome", "Oslo")
        ),
    ),
    "integer": (
        {"type": "integer", "exclusiveMinimum": -250, "exclusiveMaximum": -17},
        lambda value: isinstance(value, int) and -250 < value < -17,
    ),
    "string": (
        {"type": "string", "minLength": 3, "maxLength": 12},
        lambda value: isinstance(value, str) and 3 <= len(value) <= 12,
    ),
}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", SCHEMAS)
def test_an_answer_follows_its_schema(engine: Insides, name: str, seed: int) -> None:
    schema, is_right = SCHEMAS[name]
    said = engine.ask(
        [user("Tell me about somebody, as JSON.")],
        sampling=Sampling(temperature=1.2, seed=seed),
        shape=Shape(json_schema=json.dumps(schema)),
        max_tokens=200,
    )
    assert said.finished.stop_reason == "end"
    assert is_right(json.loads(said.text)), said.text


@pytest.mark.parametrize("seed", range(5))
def test_an_answer_follows_its_grammar(engine: Insides, seed: int) -> None:
    rules = 'root ::= ("yes" | "no") ", " [0-9]{2} "!"'
    said = engine.ask(
        [user("How sure are you?")], sampling=Sampling(temperature=1.5, seed=seed), shape=Shape(grammar=rules)
    )
    word, _comma, rest = said.text.partition(", ")
    assert word in ("yes", "no")
    assert rest[:2].isdecimal()
    assert rest[2:] == "!"
    assert said.finished.stop_reason == "end"


def test_a_bound_answer_is_the_free_one_where_that_keeps_to_the_form(engine: Insides) -> None:
    question = [user("Say hello.")]
    free = engine.ask(question, max_tokens=12)
    bound = engine.ask(question, max_tokens=12, shape=Shape(grammar="root ::= [^\\x00]*"))
    assert bound.text == free.text


def test_a_bound_answer_obeys_its_limit_and_its_stop_strings(engine: Insides) -> None:
    digits = Shape(grammar='root ::= [0-9] ("," [0-9])*')
    cut = engine.ask([user("Count.")], shape=digits, max_tokens=5)
    assert cut.finished.stop_reason == "length"
    assert cut.finished.timings.answer_tokens == 5
    stopped = engine.ask([user("Count.")], shape=digits, stop_strings=(",",), max_tokens=50)
    assert stopped.finished.stop_reason in ("stop_string", "end")
    assert len(stopped.text) == 1


@pytest.mark.parametrize(
    "shape",
    [
        *(Shape(grammar=rules) for rules in ("nonsense", 'x ::= "a"', "root ::= foo", 'root ::= root "a"')),
        *(Shape(grammar=rules) for rules in ('root ::= "a"{1000000}', 'root ::= ("" | "a")*', 'root ::= "a')),
        *(Shape(json_schema=text) for text in ("{", "[]", "7", '{"type":"nonsense"}', '{"$ref":"#/nowhere"}')),
        *(Shape(json_schema=text) for text in ('{"$ref":"https://example.org/"}', '{"enum":[]}', "[" * 100_000)),
        Shape(json_schema='{"type":"integer","minimum":5,"maximum":2}'),
        Shape(json_schema='{"type":"integer","minimum":"many"}'),
        Shape(json_schema='{"type":"integer","minimum":1e999}'),
    ],
    ids=lambda shape: (shape.grammar or shape.json_schema)[:40],
)
def test_a_form_that_cannot_be_used_is_told(engine: Insides, shape: Shape) -> None:
    with pytest.raises(ShapeError):
        engine.ask([user("Hello")], shape=shape)
    assert engine.ask([user("Hello")], max_tokens=2).text


@pytest.mark.parametrize("sampling", [GREEDY, Sampling(seed=1)], ids=["greedy", "drawn"])
def test_a_form_that_leads_nowhere_is_told_and_not_gone(engine: Insides, sampling: Sampling) -> None:
    with pytest.raises(ShapeError):
        engine.ask([user("Hello")], sampling=sampling, shape=Shape(grammar='root ::= "a" [^\\x00-\\U7FFFFFFF]'))
    assert engine.ask([user("Hello")], max_tokens=2).text


WHOLE = 10**15 - 1


def numbers(rules: str, candidates: Sequence[int]) -> set[int]:
    """Those of the candidates that the rule matches: without quotes and spaces it is a regular expression."""
    pattern = re.compile(rules.replace('"', "").replace(" ", ""))
    return {number for number in candidates if pattern.fullmatch(str(number))}


@settings(deadline=None)
@given(st.integers(-1200, 1200), st.integers(-1200, 1200))
def test_the_rule_for_integers_matches_those_between_and_no_others(one: int, other: int) -> None:
    low, high = sorted((one, other))
    candidates = range(-1300, 1300)
    assert numbers(grammar.integers(low, high), candidates) == set(range(low, high + 1))


@given(st.integers(-WHOLE, WHOLE), st.integers(-WHOLE, WHOLE), st.integers(-WHOLE, WHOLE))
def test_the_rule_for_integers_holds_for_large_ones(one: int, other: int, number: int) -> None:
    low, high = sorted((one, other))
    near = [bound + step for bound in (low, high) for step in (-1, 0, 1)]
    candidates = [number, 0, *near]
    assert numbers(grammar.integers(low, high), candidates) == {c for c in candidates if low <= c <= high}


def test_the_rule_for_integers_knows_no_leading_zeros_and_no_minus_zero() -> None:
    assert numbers(grammar.integers(-5, 5), range(-9, 10)) == set(range(-5, 6))
    pattern = re.compile(grammar.integers(-5, 500).replace('"', "").replace(" ", ""))
    assert not any(pattern.fullmatch(text) for text in ("-0", "00", "05", "-05", "", "-", "+1", "5 "))
