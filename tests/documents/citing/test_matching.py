"""Which sentence gets which citation, and which gets none."""

from __future__ import annotations

import pytest

from app.documents.citing.matching import cite, span_of
from app.documents.grounds import NOWHERE, Cited, Grounds, Strategy
from app.documents.parts import Span
from app.documents.records import Passage
from tests.bench import citing as bench
from tests.bench.claims import LANGUAGES, claims

SUPPLY = (
    "The supplier shall deliver the goods within 30 days of the order. The buyer pays 500 euros on receipt of the "
    "goods. Late payment carries interest of 5 per cent a year.\n\nThe warranty lasts two years."
)
COMPANY = (
    "The company was founded in 1987 in Lisbon by Maria Alvarez. It employs 240 people in four offices. "
    "Its head office moved to Porto in 2003."
)
VERTRAG = "Der Vertrag beginnt am 3. Mai 2024 und endet nach zwei Jahren. Eine Kündigung ist nur schriftlich möglich."
CONTRAT = "Le contrat est conclu pour une durée de trois ans. L’acheteur peut résilier avec un préavis de deux mois."
CONTRATO = "El contrato dura cinco años. El comprador puede rescindirlo con un preaviso de tres meses."
KEIYAKU = "本契約は二年間有効である。支払いは三十日以内に行う。"
TEXTS = (SUPPLY, COMPANY, VERTRAG, CONTRAT, CONTRATO, KEIYAKU)
OFFSET = 100


def grounds(*texts: str, strategy: Strategy = "passages") -> Grounds:
    passages = tuple(
        Passage("d", "d.pdf", "page", str(number), Span(number, OFFSET, number, OFFSET + len(text)), "", text)
        for number, text in enumerate(texts)
    )
    return Grounds(strategy, "", passages, "", 1, 1, ("d",))


ALL = grounds(*TEXTS)


def source(cited: Cited, number: int = 0) -> str:
    citation = cited.citations[number]
    return TEXTS[citation.passage][citation.span.start - OFFSET : citation.span.end - OFFSET]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("The goods have to be delivered within 30 days of the order.", SUPPLY[:65]),
        ("Payment of 500 euros is due on receipt of the goods.", "The buyer pays 500 euros on receipt of the goods."),
        ("It has 240 employees in four offices.", "It employs 240 people in four offices."),
        ("- **Founded**: 1987 in Lisbon", "The company was founded in 1987 in Lisbon by Maria Alvarez."),
        ("| A | B |\n|---|---|\n| Warranty | two years |", "The warranty lasts two years."),
        ("Kündigungen sind nur schriftlich möglich.", "Eine Kündigung ist nur schriftlich möglich."),
        ("Le préavis de résiliation est de deux mois.", "L’acheteur peut résilier avec un préavis de deux mois."),
        (
            "Se puede rescindir con un preaviso de tres meses.",
            "El comprador puede rescindirlo con un preaviso de tres meses.",
        ),
        ("支払いは三十日以内に行う必要がある。", "支払いは三十日以内に行う。"),
    ],
)
def test_a_sentence_is_matched_with_the_very_stretch_that_bears_it_out(answer: str, expected: str) -> None:
    cited = cite(answer, ALL)
    assert len(cited.citations) == 1
    assert source(cited) == expected
    assert cited.citations[0].is_literal is None


@pytest.mark.parametrize(
    "answer",
    [
        "Bananas are yellow and grow in warm countries.",
        "I hope this helps!",
        "Here is what I found:",
        "The goods have to be delivered within 45 days of the order.",
        "The company was founded in 1992 in Lisbon by Maria Alvarez.",
        "The passages do not mention who repairs the goods under warranty.",
        "Would you like to know more about the supplier and the goods?",
        "Im Dokument ist nicht angegeben, wie der Vertrag verlängert wird.",
        "```\nThe supplier shall deliver the goods within 30 days of the order.\n```",
        "# The supplier shall deliver the goods",
        "",
    ],
)
def test_what_no_passage_bears_out_gets_no_citation(answer: str) -> None:
    assert cite(answer, ALL).citations == ()


def test_quotations_are_checked_word_for_word() -> None:
    answer = (
        'It says "Its head office moved to Porto in 2003" and “the warranty lasts three years”.\n\n'
        "> The supplier shall deliver the goods within\n> 30 days of the order.\n\n"
        "> The buyer pays 600 euros on receipt of the goods.\n\n"
        'And it adds "elephants never forget a single face".'
    )
    cited = cite(answer, ALL)
    assert [one.is_literal for one in cited.citations] == [True, False, True, False, False]
    assert source(cited, 0) == "Its head office moved to Porto in 2003"
    assert source(cited, 1) == "The warranty lasts two years.", "what is nearest to it"
    assert source(cited, 2) == SUPPLY[:64]
    assert source(cited, 3) == "The buyer pays 500 euros on receipt of the goods."
    assert (cited.citations[4].passage, cited.citations[4].number) == (NOWHERE, 0)
    assert [one.number for one in cited.citations] == [1, 2, 2, 2, 0], "by the first appearance of each passage"


def test_a_block_quote_of_true_and_false_sentences_is_told_apart() -> None:
    answer = "> The warranty lasts two years. The company was founded in 1988 in Lisbon by Maria Alvarez."
    assert [one.is_literal for one in cite(answer, ALL).citations] == [True, False]


def test_markers_are_hidden_and_only_hint() -> None:
    answer = "The warranty lasts two years [2]. Bananas are yellow [1]. Paying late carries interest [1]."
    cited = cite(answer, ALL)
    assert [answer[slice(*span)] for span in cited.markers] == [" [2]", " [1]", " [1]"]
    assert [one.passage for one in cited.citations] == [0, 0], "a wrong hint changes nothing, a lone one proves nothing"
    assert source(cited, 1) == "Late payment carries interest of 5 per cent a year."


def test_a_hint_decides_between_passages_that_say_the_same() -> None:
    twice = grounds("The warranty lasts two years.", COMPANY, "The warranty lasts two years.")
    assert [one.passage for one in cite("The warranty lasts two years.", twice).citations] == [0]
    assert [one.passage for one in cite("The warranty lasts two years [3].", twice).citations] == [2]


def test_notes_of_each_part_have_no_numbers_so_that_markers_are_no_hints() -> None:
    twice = grounds("The warranty lasts two years.", "The warranty lasts two years.", strategy="every_part")
    cited = cite("The warranty lasts two years [2].", twice)
    assert [one.passage for one in cited.citations] == [0]
    assert len(cited.markers) == 1


def test_words_broken_at_line_ends_are_matched_and_highlighted_whole() -> None:
    broken = "The ware-\nhouse in Rotter\ufffe\ndam is closed on Sundays. Nothing else is known."
    (citation,) = cite("The Rotterdam warehouse is closed on Sundays.", grounds(broken)).citations
    assert broken[citation.span.start - OFFSET : citation.span.end - OFFSET].endswith("on Sundays.")
    assert citation.score > 0.9


def test_a_passage_over_two_parts_is_cited_in_the_part_where_it_stands() -> None:
    first, last = "The warranty lasts two", "years. The company was founded in 1987."
    passage = Passage("d", "d.pdf", "page", "4", Span(3, 50, 4, len(last)), "", f"{first}\n{last}")
    both = span_of(passage, 0, len(first) + 7)
    assert both == Span(3, 50, 4, 6)
    assert span_of(passage, len(first) + 8, len(passage.text)) == Span(4, 7, 4, len(last))
    assert span_of(passage, 4, 12) == Span(3, 54, 3, 62)


def test_what_is_no_sentence_any_more_is_not_looked_at() -> None:
    assert cite("The warranty lasts two years and the goods and the order and " * 600, ALL).citations == ()


def test_nothing_read_gives_nothing_cited() -> None:
    assert cite("The warranty lasts two years [1].", grounds()) == Cited()


def test_a_row_whose_cell_is_a_sentence_of_the_source_is_cited_there() -> None:
    answer = (
        "| # | Topic | Words |\n|---|---|---|\n| 7 | Warranty, in short | The warranty lasts two years. |\n"
        "| 8 | Nothing at all | It employs 240 people in four offices. It has moved. |\n| 9 | Bananas | Yellow. |"
    )
    cited = cite(answer, ALL).citations
    assert [answer[one.start : one.end] for one in cited] == [
        "The warranty lasts two years.",
        "It employs 240 people in four offices.",
    ]


def test_a_sentence_that_joins_two_facts_gets_both_citations() -> None:
    answer = "The warranty lasts two years and the company was founded in 1987 in Lisbon."
    cited = cite(answer, ALL).citations
    assert [(answer[one.start : one.end], one.passage) for one in cited] == [
        ("The warranty lasts two years", 0),
        ("the company was founded in 1987 in Lisbon.", 1),
    ]


def test_the_items_of_a_list_are_what_stands_before_them() -> None:
    rules = grounds("The tenant may keep a small dog. The tenant must not sublet the flat to other people.")
    items = "- keep a small dog\n- sublet the flat to other people"
    denied = f"The tenant must not:\n{items}"
    assert [denied[one.start : one.end] for one in cite(denied, rules).citations] == ["sublet the flat to other people"]
    assert len(cite("**Pets:**\n\n- The tenant may keep a small dog.", rules).citations) == 1


def test_a_heading_is_cited_only_where_it_says_it_all() -> None:
    assert len(cite("## The company was founded in 1987 in Lisbon by Maria Alvarez", ALL).citations) == 1
    assert cite("## The company in Lisbon", ALL).citations == ()


def test_abbreviations_and_decimals_end_no_sentence_of_a_source() -> None:
    text = "Nach Art. 5 Abs. 2 des Vertrags zahlt Dr. Brandt am 3. Mai 2024 genau 5.50 Euro an die Firma Contoso."
    (citation,) = cite(text.replace("3. Mai 2024", "03.05.2024"), grounds(f"Vorspann. {text} Nachspann.")).citations
    assert citation.span == Span(0, OFFSET + 10, 0, OFFSET + 10 + len(text))


def test_what_a_sentence_denies_is_not_borne_out_with_the_next_one() -> None:
    text = "The company does not employ people in Porto. The company does employ people in Lisbon and in Madrid."
    assert cite("The company does employ people in Porto.", grounds(text)).citations == ()


def test_few_false_claims_are_cited_and_most_paraphrases_are() -> None:
    true = [bench.is_cited(claim) for claim in claims() if claim.kind == "true"]
    false = [bench.is_cited(claim) for claim in claims() if claim.kind != "true"]
    assert sum(true) >= 0.85 * len(true)
    assert sum(false) <= 0.02 * len(false)


def test_every_language_has_its_claims() -> None:
    for language in LANGUAGES:
        kinds = [claim.kind == "true" for claim in claims() if claim.language == language]
        assert min(sum(kinds), len(kinds) - sum(kinds)) >= 40


def test_an_answer_in_another_language_gets_no_wrong_citation() -> None:
    """By names and numbers alone something is found now and then; what they do not bear out is not."""
    right = "Das Unternehmen wurde 1987 in Lisbon von Maria Alvarez gegründet."
    assert [one.passage for one in cite(right, ALL).citations] in ([], [1])
    for wrong in (
        "Das Unternehmen wurde 1988 in Lisbon von Maria Alvarez gegründet.",
        "Das Unternehmen wurde 1987 in Lisbon nicht von Maria Alvarez gegründet.",
        "La sede se trasladó a Porto en 2004.",
    ):
        assert cite(wrong, ALL).citations == ()


def test_of_reworded_sentences_most_find_their_passage_and_strangers_find_none() -> None:
    right = strangers = 0
    cases = bench.spoken(120)
    for case in cases:
        cited = cite(case.sentence, Grounds("passages", "", case.passages, "", 0, 0, ())).citations
        right += case.source is not None and any(one.passage == case.source for one in cited)
        strangers += case.source is None and bool(cited)
    assert right >= 0.6 * len(cases) / 2  # words that turn a sentence round are among those left out
    assert strangers <= 0.08 * len(cases) / 2
