"""The standard `dataclass(frozen=True, slots=True)`, made in a tenth of the time.

The standard one compiles seven functions for each class, one by one: 0.43 ms. The window's first frame needs 90 such
classes, all of Paddock 300. Here nothing is compiled: what these functions do is the same for all of them. Checkers
and whoever reads it take it for the standard one, and `replace`, `fields` and pickles work as with that.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:

    def dataclass(*, frozen: bool = False, slots: bool = False, **others: bool) -> Callable[[type], type]:
        """Classes with other wishes, and those that inherit from another, are left to the standard one."""
        standard = dataclasses.dataclass(frozen=frozen, slots=slots, **others)

        def made(cls: type) -> type:
            inherits = any(dataclasses.is_dataclass(base) for base in cls.__bases__)
            return standard(cls) if others or inherits or not (frozen and slots) else _made(cls)

        return made


_LACKING = dataclasses.MISSING


def _made(cls: type) -> type:
    own = frozenset(vars(cls))
    made: Any = dataclasses.dataclass(init=False, repr=False, eq=False, slots=True)(cls)
    made.__dataclass_params__.frozen = True
    fields = dataclasses.fields(made)
    methods: dict[str, object] = {
        "__init__": _init(made, fields),
        "__repr__": _repr(made, [field.name for field in fields if field.repr]),
        **_compared([field.name for field in fields if field.compare]),
        "__setattr__": _refuse_to_set,
        "__delattr__": _refuse_to_delete,
        "__getstate__": _state,
        "__setstate__": _set_state,
    }
    for name, method in methods.items():
        if name not in own:  # else the class says itself how it is done
            setattr(made, name, method)
    return made  # type: ignore[no-any-return] # a class, of which little is known here


def _init(made: Any, fields: tuple[dataclasses.Field[Any], ...]) -> object:
    slots = [(field, getattr(made, field.name).__set__) for field in fields]
    order = [field.name for field in fields if field.init and not field.kw_only]
    known = frozenset(field.name for field in fields if field.init)
    puts = [put for _field, put in slots] if len(order) == len(fields) else []
    has_more = hasattr(made, "__post_init__")

    def init(self: Any, *given: object, **named: object) -> None:
        if puts and not named and len(given) == len(puts):  # the usual way for what is made by the thousand
            for put, value in zip(puts, given, strict=True):
                put(self, value)
        else:
            said = _said(made, order, known, given, named)
            for field, put in slots:
                if field.name in said:
                    put(self, said[field.name])
                elif field.default is not _LACKING:
                    put(self, field.default)
                elif field.default_factory is not _LACKING:
                    put(self, field.default_factory())
                elif field.init:
                    raise TypeError(f"{made.__qualname__}() lacks {field.name!r}")
        if has_more:
            self.__post_init__()

    return init


def _said(
    made: Any, order: list[str], known: frozenset[str], given: tuple[object, ...], named: dict[str, object]
) -> dict[str, object]:
    """What is given for each field, by its place or its name."""
    said = dict(zip(order, given, strict=False))
    if len(given) > len(order) or not named.keys() <= known or not said.keys().isdisjoint(named):
        raise TypeError(f"{made.__qualname__}() was given {len(given)} values and {sorted(named)}, and has {order}")
    return said | named


def _repr(made: Any, names: list[str]) -> object:
    def shown(self: object) -> str:
        return f"{made.__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"

    return shown


def _compared(names: list[str]) -> dict[str, object]:
    key: Callable[[object], object] = attrgetter(*names) if names else lambda _value: ()

    def is_equal(self: object, other: object) -> bool:
        return key(self) == key(other) if other.__class__ is self.__class__ else NotImplemented

    def hashed(self: object) -> int:
        return hash(key(self))

    return {"__eq__": is_equal, "__hash__": hashed}


def _refuse_to_set(_self: object, name: str, _value: object) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(_self: object, name: str) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


def _state(self: Any) -> list[object]:
    return [getattr(self, field.name) for field in dataclasses.fields(self)]


def _set_state(self: Any, state: list[object]) -> None:
    for field, value in zip(dataclasses.fields(self), state, strict=True):
        object.__setattr__(self, field.name, value)
