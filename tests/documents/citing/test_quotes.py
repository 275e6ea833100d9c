"""A quotation is found however it is set, and never when it says anything else."""

from __future__ import annotations

import pytest

from app.documents.citing.quotes import find_quote
from tests.bench import citing as bench

CONTRACT = (
    "The supplier shall deliver the goods within 30 days of the exam-\nple order, at a well-\nknown price of $5.50 — "
    "and is not liable for “indirect” damage.\r\nThe buyer doesn’t pay at -5 degrees; inter\u00adest is 2.5 % a year. "
    "Non-compliant goods must be re-signed. An eﬃcient ﬁre\u00a0brigade was rea\ufffe\ndy. The fee is 10 km² or "
    "1,000 € each."
)


@pytest.mark.parametrize(
    "quote",
    [
        "the supplier shall deliver the goods",
        "The supplier  shall\ndeliver the goods",
        "goods within 30 days of the example order",
        "goods within 30 days of the exam-ple order",
        "a well-known price of $5.50 -- and is not liable",
        "a well-known price of $5.50–and is not liable",
        'is not liable for "indirect" damage.',
        "is not liable for «indirect» damage",
        "The buyer doesn't pay at −5 degrees",
        "interest is 2.5% a year",
        "must be re-signed.",
        "An efficient fire brigade was ready",
        "An efficient fire brigade was ready...",
        "[t]he supplier shall deliver",
        "The supplier shall deliver ... is not liable for",
        "The supplier shall deliver the goods […] is not liable for",
        "the supplier **shall deliver** the goods",
        "fee is 10 km² or 1,000 € each",
    ],
)
def test_what_stands_there_is_found_however_it_is_set(quote: str) -> None:
    assert find_quote(quote, CONTRACT) is not None


@pytest.mark.parametrize(
    "quote",
    [
        "the supplier may deliver the goods",
        "the Supplier shall deliver the goods",
        "supplier deliver the goods within",
        "shall the supplier deliver the goods",
        "goods within 31 days of the",
        "goods within 3",
        "at a well-known price of $5",
        "5.50 — and is not liable",
        "price of 5.50 — and is not",
        "is liable for “indirect” damage",
        "and is ... liable for “indirect” damage",
        "is not liable for “direct” damage",
        "direct” damage",
        "The buyer does pay at -5 degrees",
        "The buyer doesn't pay at 5 degrees",
        "5 degrees; interest is",
        "pay at -5 degree",
        "interest is 2.5",
        "5 % a year",
        "compliant goods must be re-signed",
        "goods must be resigned",
        "The fee is 10 km",
        "fee is 10 km2 or",
        "or 1",
        "or 1,000",
        "000 € each",
        "is not liable for ... The supplier shall deliver",
        "An effcient fire brigade",
        "",
        " … ",
        "“”",
    ],
)
def test_what_says_anything_else_is_refused(quote: str) -> None:
    assert find_quote(quote, CONTRACT) is None


def test_the_place_is_exact_in_the_texts_own_characters() -> None:
    place = find_quote("efficient fire brigade was ready", CONTRACT)
    assert place is not None
    assert CONTRACT[slice(*place)] == "eﬃcient ﬁre\u00a0brigade was rea\ufffe\ndy"
    accented = "Le cafe\u0301 est ferme\u0301 le lundi."
    place = find_quote("café est fermé", accented)
    assert place is not None
    assert accented[slice(*place)] == "cafe\u0301 est ferme\u0301"


@pytest.mark.parametrize(
    ("text", "true", "false"),
    [
        (
            "Die Kündigung ist nur schriftlich mög-\nlich; „mündlich“ gilt sie nicht.",
            "nur schriftlich möglich",
            "nur mündlich möglich",
        ),
        (
            "L’acheteur paie « sans délai » ; il n’a pas droit\nà une remise.",
            'paie "sans délai"; il n\'a pas',
            "il a droit à une",
        ),
        ("¿Quién paga? El comprador paga 500 euros.", "El comprador paga 500 euros", "El comprador paga 50"),
        (
            "本契約は二年\n間有効である。支払いは三十日以内に行う。",
            "本契約は二年間有効である。",
            "本契約は三年間有効である",
        ),
        ("合同有效期为\n两年，不得转让。", "合同有效期为两年，不得转让", "合同有效期为两年，得转让"),
    ],
)
def test_it_works_in_other_languages(text: str, true: str, false: str) -> None:
    assert find_quote(true, text) is not None
    assert find_quote(false, text) is None


def test_a_gap_is_bounded_and_hides_no_denial_in_its_own_sentence() -> None:
    far = "The buyer pays the price. " + "Filler words stand here. " * 60 + "The seller ships the goods."
    assert find_quote("The buyer pays the price ... The seller ships", far) is None
    near = "The buyer pays the price. It is not refunded. The seller ships the goods."
    assert find_quote("The buyer pays the price ... The seller ships the goods", near) is not None
    denied = "The buyer pays the price, but not at once, when the seller ships the goods."
    assert find_quote("The buyer pays the price ... when the seller ships", denied) is None


def test_a_hostile_text_costs_no_more_than_its_length() -> None:
    find_quote("- " * 500 + "a b c d", "-\n " * 50_000)
    find_quote("a" * 200, "a" * 100_000)
    assert find_quote("... " * 1000 + "word word", "x… " * 20_000) is None


def test_of_quotations_from_real_texts_the_false_are_refused_and_the_true_are_found() -> None:
    """As `tests/bench/citing.py` measures them: set as in a PDF, and falsified in fourteen ways."""
    true, false = bench.true_quotations(), bench.falsified_quotations()
    missed = [case.quote for case in true if find_quote(case.quote, case.text) is None]
    assert [(case.how, case.quote) for case in false if find_quote(case.quote, case.text) is not None] == []
    assert len(missed) <= len(true) * 0.02, missed
