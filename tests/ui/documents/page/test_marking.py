from __future__ import annotations

from app.ui.documents.page.marking import MOST_CHARACTERS, snippet


def marked(text: str, query: str) -> list[str]:
    found = snippet(text, query)
    return [found.text[start:end] for start, end in found.marks]


def test_words_searched_for_are_marked_whatever_their_ending_case_and_accents() -> None:
    assert marked("Deposits are taken. The Café is closed.", "deposit cafe") == ["Deposits", "Café"]


def test_words_that_say_nothing_are_not_marked() -> None:
    assert marked("When is the rent due?", "when is the rent due") == ["rent", "due"]


def test_a_query_of_such_words_alone_marks_them() -> None:
    assert marked("To be or not to be.", "to be") == ["To", "be", "to", "be"]


def test_a_long_passage_is_cut_to_where_the_first_word_stands() -> None:
    found = snippet(f"{'filler ' * 100}the harbour {'more ' * 200}", "harbour")
    assert found.text.startswith("…")
    assert found.text.endswith("…")
    assert len(found.text) <= MOST_CHARACTERS + 2
    assert [found.text[start:end] for start, end in found.marks] == ["harbour"]


def test_a_passage_found_by_meaning_begins_at_its_beginning() -> None:
    found = snippet("The ferry\nleaves at nine.", "boat departure")
    assert found.text == "The ferry leaves at nine."
    assert found.marks == ()


def test_characters_without_spaces_between_words_are_marked_one_by_one() -> None:
    assert "".join(marked("契約は三日で終わる", "契約")) == "契約"
