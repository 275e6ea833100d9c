"""The form that an answer must have, as a grammar that llama.cpp understands (GBNF).

The package's converter of JSON schemas is used, and put right in two things: it passes over the bounds of integers in
silence, and lets raw line breaks into strings, which no JSON parser takes.
"""

from __future__ import annotations

import json
import math
from typing import Any

from app.engine.protocol import Shape

CHARACTER = r'[^"\\\x7F\x00-\x1F] | "\\" (["\\/bfnrt] | "u" [0-9a-fA-F]{4})'
LARGEST = 10**15 - 1  # the converter's own numbers have no more digits, and a double holds them exactly


class ShapeError(Exception):
    """The grammar or JSON schema cannot be used; the text says why, in the library's words."""


def gbnf(shape: Shape) -> str:
    """Raises ShapeError."""
    if shape.grammar:
        return shape.grammar
    try:
        return _from_schema(json.loads(shape.json_schema))
    except ShapeError:
        raise
    except Exception as fault:  # the converter raises whatever its walk over a strange schema meets
        raise ShapeError(f"the JSON schema cannot be used: {type(fault).__name__}") from fault


# Any: a schema is JSON from outside, walked by the converter.
def _from_schema(untrusted: Any) -> str:
    from llama_cpp.llama_grammar import BuiltinRule, SchemaConverter  # loaded when it is wanted

    class Converter(SchemaConverter):  # type: ignore[misc]  # the package has no types
        def visit(self, schema: Any, name: str) -> str:
            bounds = _bounds(schema)
            if bounds is None:
                return str(super().visit(schema, name))
            return str(self._add_rule(f"{name}-range" if name else "root", f"{integers(*bounds)} space"))

        def _add_primitive(self, name: str, rule: Any) -> str:
            return str(super()._add_primitive(name, BuiltinRule(CHARACTER, []) if name == "char" else rule))

    converter = Converter(prop_order={}, allow_fetch=False, dotall=False, raw_pattern=False)
    converter.visit(converter.resolve_refs(untrusted, "schema"), "")
    return str(converter.format_grammar())


def _bounds(schema: Any) -> tuple[int, int] | None:
    """The least and the greatest integer that a schema allows; None where it says nothing about that."""
    if schema.get("type") != "integer":
        return None
    lows, highs = [-LARGEST], [LARGEST]
    for name, bound in schema.items():
        match name:
            case "minimum":
                lows.append(math.ceil(bound))
            case "exclusiveMinimum":
                lows.append(math.floor(bound) + 1)
            case "maximum":
                highs.append(math.floor(bound))
            case "exclusiveMaximum":
                highs.append(math.ceil(bound) - 1)
    return (max(lows), min(highs)) if len(lows) + len(highs) > 2 else None


def integers(low: int, high: int) -> str:
    """The rule for all integers from `low` to `high`, without leading zeros. Raises ShapeError where there is none."""
    if low > high:
        raise ShapeError(f"no integer lies between {low} and {high}")
    choices = []
    if low < 0:
        choices.append(f'"-" ({_natural(max(1, -high), -low)})')
    if high >= 0:
        choices.append(_natural(max(0, low), high))
    return f"({' | '.join(choices)})"


def _natural(low: int, high: int) -> str:
    """From `low`, at least 0, to `high`: one choice for each number of digits."""
    choices = []
    while low <= high:
        top = min(high, 10 ** len(str(low)) - 1)
        choices.append(_digits(str(low), str(top)))
        low = top + 1
    return " | ".join(choices)


def _digits(low: str, high: str) -> str:
    """From `low` to `high`, which have as many digits."""
    if low == high:
        return f'"{low}"'
    first, last, rest = int(low[0]), int(high[0]), len(low) - 1
    if first == last:
        return f'"{first}" ({_digits(low[1:], high[1:])})'
    choices = []
    if low[1:].strip("0"):  # the first digit allows only some of what may follow the others
        choices.append(f'"{first}" ({_digits(low[1:], "9" * rest)})')
        first += 1
    if high[1:].strip("9"):
        choices.append(f'"{last}" ({_digits("0" * rest, high[1:])})')
        last -= 1
    if first <= last:
        choices.append(f"[{first}-{last}]" + (f" [0-9]{{{rest}}}" if rest else ""))
    return " | ".join(choices)
