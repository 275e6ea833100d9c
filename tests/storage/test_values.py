"""Stored setting values."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.storage.database import Database
from app.storage.values import Values


@pytest.fixture
def values(database: Database) -> Values:
    return Values(database)


def test_what_was_never_set_is_none(values: Values) -> None:
    assert values.get("theme") is None
    assert values.all() == {}


def test_the_last_value_set_is_the_value(values: Values) -> None:
    values.set("theme", '"light"')
    values.set("theme", '"dark"')
    values.set("context", "8192")
    assert values.get("theme") == '"dark"'
    assert values.all() == {"theme": '"dark"', "context": "8192"}


def test_removing_goes_back_to_the_default(values: Values) -> None:
    values.set("theme", '"dark"')
    values.remove("theme")
    values.remove("theme")
    assert values.get("theme") is None


def test_values_survive_closing(open_database: Callable[[], Database]) -> None:
    first = open_database()
    Values(first).set("theme", '"dark"')
    first.close()
    assert Values(open_database()).get("theme") == '"dark"'
