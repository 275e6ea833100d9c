"""What app/frozen.py makes behaves as what the standard library makes of the same class."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from app import frozen

Make = Callable[..., Callable[[type], type]]


@frozen.dataclass(frozen=True, slots=True)
class Point:
    """For pickles, which look a class up by its name."""

    x: int
    y: int = 2


def made(make: Make) -> Any:
    @make(frozen=True, slots=True)
    class Value:
        """With all that a field can be."""

        a: str
        b: int = 3
        many: list[int] = dataclasses.field(default_factory=list)
        unseen: int = dataclasses.field(default=0, repr=False)
        aside: int = dataclasses.field(default=0, compare=False)
        fixed: int = dataclasses.field(default=7, init=False)
        named: str = dataclasses.field(default="n", kw_only=True)
        doubled: int = dataclasses.field(init=False)

        def __post_init__(self) -> None:
            object.__setattr__(self, "doubled", 2 * self.b)

    return Value


@pytest.fixture(params=[frozen.dataclass, dataclasses.dataclass], ids=["ours", "standard"])
def value(request: pytest.FixtureRequest) -> Any:
    return made(request.param)


def test_it_is_made_with_its_defaults(value: Any) -> None:
    one = value("a")
    assert (one.a, one.b, one.many, one.fixed, one.named, one.doubled) == ("a", 3, [], 7, "n", 6)
    assert one.many is not value("a").many
    assert repr(one).endswith("Value(a='a', b=3, many=[], aside=0, fixed=7, named='n', doubled=6)")


def test_what_is_lacking_or_too_much_is_refused(value: Any) -> None:
    for arguments, named in (((), {}), (("a", 1, [], 0, 0, "n"), {}), (("a",), {"fixed": 1})):
        with pytest.raises(TypeError):
            value(*arguments, **named)


def test_what_is_equal_is_said_by_the_fields_that_are_compared(value: Any) -> None:
    assert value("a") == value("a", aside=5)
    assert value("a") != value("a", 4)
    assert value("a") != "a"
    assert value("a").__eq__("a") is NotImplemented


def test_nothing_of_it_changes(value: Any) -> None:
    one = value("a")
    for name in ("a", "new"):
        with pytest.raises((dataclasses.FrozenInstanceError, TypeError)):  # the latter of the standard one, of "new"
            setattr(one, name, "b")
    with pytest.raises(dataclasses.FrozenInstanceError):
        del one.a
    assert not hasattr(one, "__dict__")


def test_the_functions_for_dataclasses_know_it(value: Any) -> None:
    one = dataclasses.replace(value("a"), b=5)
    assert (one.b, one.doubled) == (5, 10)
    assert [field.name for field in dataclasses.fields(value)][:2] == ["a", "b"]
    assert dataclasses.asdict(one)["b"] == 5
    match one:
        case value(a, b):
            assert (a, b) == ("a", 5)


def test_equal_values_are_found_in_sets_and_pickles() -> None:
    assert {Point(1), Point(1, 2)} == {Point(1)}
    assert copy.copy(Point(1)) == pickle.loads(pickle.dumps(Point(1))) == Point(1)


def test_a_class_may_say_itself_how_it_is_shown() -> None:
    @frozen.dataclass(frozen=True, slots=True)
    class Secret:
        """As those with a key in them."""

        key: str

        def __repr__(self) -> str:
            return "Secret"

    assert repr(Secret("x")) == "Secret"


def test_one_that_inherits_has_the_fields_of_both() -> None:
    @frozen.dataclass(frozen=True, slots=True)
    class Solid(Point):
        """With a third."""

        z: int = 3

    assert (Solid(1).x, Solid(1).z, Solid(1) == Solid(1)) == (1, 3, True)
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(Solid(1), "x", 2)  # noqa: B010 - a checker would refuse the other way
