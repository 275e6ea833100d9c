"""Answers from documents in the forms to read: marks in the text, and below it where the words stand."""

from __future__ import annotations

from dataclasses import replace

from app.chat.carried import Carried
from app.chat.exchange import page, readable
from app.chat.exchange.footnotes import footnotes
from app.chat.tree import Conversation, Message
from app.documents.grounds import NOWHERE, Citation, Cited, Grounds
from app.documents.parts import Span
from app.documents.records import Passage

SOURCE = "The rent of 930 euros is due on the third. Pets need leave in writing."
PASSAGE = Passage("d1", "lease <1>.pdf", "page", "2", Span(1, 100, 1, 100 + len(SOURCE)), "", SOURCE)
TEXT = "The rent is *930* euros [1]. Pets need leave. It says “no horses”."
CITED = Cited(
    (
        Citation(0, 28, 1, 0, Span(1, 100, 1, 143)),
        Citation(29, 45, 1, 0, Span(1, 143, 1, 100 + len(SOURCE))),
        Citation(54, 65, 0, NOWHERE, Span(0, 0, 0, 0), False),
    ),
    ((23, 27),),
)
GROUNDS = Grounds("passages", "rent", (PASSAGE,), "…", 1, 9, ("d1",), part_name="page")
QUESTION = Message(1, "q", "c", None, "user", "What is due?", "done", 1.0)
ANSWER = Message(2, "a", "c", "q", "assistant", TEXT, "done", 2.0, model="M", grounds=GROUNDS, cited=CITED)
QUOTED = "“The rent of 930 euros is due on the third.” … “Pets need leave in writing.”"


def carried(answer: Message = ANSWER) -> Carried:
    return Carried(Conversation("c", "Lease", "person", "a", 1.0, 2.0), (QUESTION, answer))


def test_markdown_has_footnotes_with_document_page_and_quotation() -> None:
    made = readable.markdown(carried())
    assert "The rent is *930* euros.[^2-1] Pets need leave.[^2-1] It says “no horses”." in made
    assert "[^2-1]: lease \\<1\\>.pdf, page 2: " + QUOTED in made
    assert "[1]" not in made, "what the model wrote leads nowhere"
    assert "Read 1 passage of 9 pages." in made
    assert "Not found in the documents: “no horses”" in made


def test_plain_text_has_them_by_number() -> None:
    made = readable.plain(carried())
    assert "The rent is 930 euros. [1] Pets need leave. [1]" in made
    assert made.rstrip().endswith(f"[1] lease <1>.pdf, page 2: {QUOTED}")


def test_html_has_links_to_them_and_shows_names_as_they_are() -> None:
    made = page.article(carried())
    assert '<em>930</em> euros.<sup><a href="#note-2-1">1</a></sup> Pets need leave.<sup>' in made
    assert f'<li id="note-2-1" value="1">lease &lt;1&gt;.pdf, page 2: {QUOTED}</li>' in made
    printed = "".join(page.printed(carried()))
    assert "euros.<sup>1</sup> Pets need leave.<sup>1</sup>" in printed
    assert f"<p class='quiet'><sup>1</sup> lease &lt;1&gt;.pdf, page 2: {QUOTED}</p>" in printed


def test_a_mark_stays_in_the_last_cell_of_its_row() -> None:
    text = "| what | due |\n|---|---|\n| rent | third |"
    cited = Cited((Citation(text.rindex("\n") + 1, len(text), 1, 0, Span(1, 100, 1, 143)),))
    made = readable.markdown(carried(replace(ANSWER, text=text, cited=cited)))
    assert "| rent | third [^2-1]|" in made


def test_of_a_document_that_was_deleted_no_empty_footnote_is_left() -> None:
    gone = replace(GROUNDS, passages=(replace(PASSAGE, text="", document_name=""),))
    answer = replace(ANSWER, grounds=gone)
    assert footnotes(answer) == ()
    assert "[^" not in readable.markdown(carried(answer))


def test_a_passage_over_two_pages_is_quoted_where_it_stands() -> None:
    text = "end of one page\nbeginning of the next"
    over = Passage("d1", "lease.pdf", "page", "2", Span(1, 500, 2, 21), "", text)
    cited = Cited((Citation(0, 5, 1, 0, Span(1, 507, 2, 9)),))
    (made,) = footnotes(replace(ANSWER, grounds=replace(GROUNDS, passages=(over,)), cited=cited))
    assert made.quoted == ("one page beginning",)


def test_a_quotation_that_stands_there_in_other_words_says_so() -> None:
    near = Cited((Citation(0, 28, 1, 0, Span(1, 100, 1, 143), False),))
    (made,) = footnotes(replace(ANSWER, cited=near))
    assert made.remark == "The answer quotes it in other words than these."
    assert made.words.endswith(made.remark)


def test_characters_that_mark_places_come_from_nowhere_else() -> None:
    hostile = replace(ANSWER, text="\ufdd21\ufdd3 Words.", cited=Cited())
    assert "[^" not in readable.markdown(carried(hostile))
    assert "<sup>" not in page.article(carried(hostile))
