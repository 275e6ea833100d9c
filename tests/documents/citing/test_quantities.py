"""Numbers, amounts and dates are the same however they are written, and others are others."""

from __future__ import annotations

import pytest

from app.documents.citing.quantities import agree, quantities


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("two weeks", "14 days"),
        ("one year", "12 months"),
        ("twenty-four hours", "1 day"),
        ("vierundzwanzig Stunden", "24 Stunden"),
        ("quatre-vingt-dix jours", "90 jours"),
        ("treinta y cinco euros", "35 €"),
        ("5 per cent", "5 %"),
        ("5 pour cent", "5 Prozent"),
        ("50,000 euros", "€50,000"),
        ("50.000 Euro", "50\u202f000 €"),
        ("2.5 million euros", "2,500,000 EUR"),
        ("500 mg", "0.5 g"),
        ("twice", "two times"),
        ("3 May 2024", "2024-05-03"),
        ("May 3rd, 2024", "3. Mai 2024"),
        ("03.05.2024", "le 3 mai 2024"),
        ("3 de mayo de 2024", "3 May 2024"),
        ("May 2024", "3 May 2024"),
        ("in 2024", "3 May 2024"),
        ("two", "2 months"),
    ],
)
def test_the_same_is_the_same_however_it_is_written(one: str, other: str) -> None:
    (first,), (second,) = quantities(one), quantities(other)
    assert agree(first, second)
    assert agree(second, first)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("two weeks", "two months"),
        ("5 %", "5 euros"),
        ("5 euros", "5 dollars"),
        ("500 mg", "500 g"),
        ("3 May 2024", "13 May 2024"),
        ("3 May 2024", "3 March 2024"),
        ("May 2024", "3 May 2023"),
        ("31.02.2024", "2.3.2024"),
        ("thirteen", "thirty"),
        ("1,500", "1.5"),
    ],
)
def test_another_is_another(one: str, other: str) -> None:
    (first,), (second,) = quantities(one), quantities(other)
    assert not agree(first, second)


def test_a_month_means_one_only_where_it_is_one() -> None:
    assert [one.is_weak for one in quantities("500 euros a month")] == [False, True]
    assert [one.is_weak for one in quantities("within a month")] == [False]
    assert quantities("It may be a problem for one of them.") == ()


def test_places_are_those_of_the_text() -> None:
    text = "Frist: vierzehn Tage, spätestens am 3. Mai 2024."
    assert [text[one.start : one.end] for one in quantities(text)] == ["vierzehn Tage", "3. Mai 2024"]
