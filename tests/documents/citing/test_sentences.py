"""An answer in Markdown, taken apart into what can be cited."""

from __future__ import annotations

import pytest

from app.documents.citing.sentences import blocks, quotations, sentences


def said(answer: str) -> list[str]:
    found = []
    for block in blocks(answer):
        found += [answer[one.start : one.end] for one in sentences(answer, block, quotations(answer, block))]
    return found


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("The fee is due. It is 5.50 euros.", ["The fee is due.", "It is 5.50 euros."]),
        ("Dr. Brandt signed, e.g. for Contoso Ltd. in May.", ["Dr. Brandt signed, e.g. for Contoso Ltd. in May."]),
        (
            "Der Vertrag endet am 3. Mai. Danach gilt z.B. § 5 Abs. 2 BGB.",
            ["Der Vertrag endet am 3. Mai.", "Danach gilt z.B. § 5 Abs. 2 BGB."],
        ),
        ("M. Dupont paie. Voir art. 4 du contrat.", ["M. Dupont paie.", "Voir art. 4 du contrat."]),
        ("El Sr. Pérez paga. ¿Cuánto? Véase la pág. 4.", ["El Sr. Pérez paga.", "¿Cuánto?", "Véase la pág. 4."]),
        ("契約は有効である。支払いは三十日以内。", ["契約は有効である。", "支払いは三十日以内。"]),
        ("One line\nof two. Next.", ["One line\nof two.", "Next."]),
        (
            "# Heading\n\n- **Fee**: ten\n- [x] Done. Twice\n2. Third",
            ["Heading", "**Fee**: ten", "Done.", "Twice", "Third"],
        ),
        ("| A | B |\n|---|---|\n| fee | ten |\n| rent | two |\n\nEnd.", ["fee | ten", "rent | two", "End."]),
        ("Before.\n```\ncode. more.\n```\nAfter.", ["Before.", "After."]),
        ("~~~~\ncode\n~~~\nstill. code\n~~~~\nAfter.", ["After."]),
        (
            'It says "The buyer pays. The seller ships." on page 4. Good.',
            ['It says "The buyer pays. The seller ships." on page 4.', "Good."],
        ),
        ("<think>The buyer. Hm.</think>\nThe fee is ten.", ["The fee is ten."]),
        ("***\n\n---\nWell.", ["Well."]),
        ("See No. 3 of Dr. Meyer. It costs 5.5 euros.", ["See No. 3 of Dr. Meyer.", "It costs 5.5 euros."]),
        ("## The fee is ten ##\nIt is.", ["The fee is ten", "It is."]),
        ("", []),
        ("```\nnever closed. code.", []),
    ],
)
def test_it_is_taken_apart_at_its_sentences_rows_and_items(answer: str, expected: list[str]) -> None:
    assert said(answer) == expected


@pytest.mark.parametrize(
    ("answer", "inner"),
    [
        ('He said "the buyer pays the price" twice.', ["the buyer pays the price"]),
        ("Dort steht „der Käufer zahlt den Preis“ und „kurz“.", ["der Käufer zahlt den Preis"]),
        ("Dort steht »der Käufer zahlt den Preis«.", ["der Käufer zahlt den Preis"]),
        ("Il est écrit « l’acheteur paie le prix ».", [" l’acheteur paie le prix "]),
        (
            "“The buyer pays the price” and “incomprehensibilities”.",
            ["The buyer pays the price", "incomprehensibilities"],
        ),
        ("契約には「支払いは三十日以内に行う」とある。", ["支払いは三十日以内に行う"]),
        ('The "Buyer" and the "Seller".', []),
        ("> The buyer\n> pays.", ["> The buyer\n> pays."]),
    ],
)
def test_quotations_long_enough_to_be_checked_are_found(answer: str, inner: list[str]) -> None:
    (block,) = blocks(answer)
    assert [answer[slice(*quotation.inner)] for quotation in quotations(answer, block)] == inner
