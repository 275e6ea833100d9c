"""What a file that is brought in says of the person's own documents, on a real profile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from app.chat.carried import Carried
from app.chat.exchange import bringing, grounded, lossless
from app.chat.store import ChatStore
from app.chat.tree import Conversation, Message
from app.documents.grounds import Citation, Cited, Grounds
from app.documents.parts import Span
from app.documents.records import Passage, Scope
from app.documents.store.vouching import belied
from tests.chat.exchange.asking import as_file
from tests.documents import plainly
from tests.documents.plainly import Shelf

LEASE = "The lease begins in May.\n\nThe rent is five hundred crowns."
QUOTED = "The rent is five hundred crowns."
LIE = "The rent is nine thousand crowns."


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    yield from plainly.shelf(tmp_path)


def brought(shelf: Shelf, folder: Path, passage: Passage, words: str) -> tuple[str, Message]:
    """A chat from a file: an answer that is said to be a quotation from this passage. Its id, and the answer."""
    cited = Cited((Citation(0, len(words), 1, 0, passage.span, is_literal=True),))
    grounds = Grounds("passages", "rent", (passage,), "…", 1, 1, (passage.document_id,), near=(passage,))
    question = Message(1, "m1", "c1", None, "user", "The rent?", "done", 1.0)
    answer = replace(
        question, number=2, id="m2", parent_id="m1", role="assistant", text=words, grounds=grounds, cited=cited
    )
    scope = Scope((passage.document_id,))
    carried = Carried(Conversation("c1", "Rent", "person", "m2", 1.0, 1.0), (question, answer), scope=scope)
    made = {"format": "paddock-chats", "version": 1, "conversations": [lossless.to_json(carried)]}
    chats = ChatStore(shelf.database)
    (home,) = bringing.bring(chats, [as_file(folder, made)]).ids
    return home, chats.messages([chats.tree(home).path()[-1].id])[0]


def test_what_stands_in_a_document_that_is_here_leads_to_it(shelf: Shelf, tmp_path: Path) -> None:
    (lease,) = shelf.add(lease=LEASE)
    (passage,) = shelf.library.search("rent")
    home, answer = brought(shelf, tmp_path, passage, f"“{QUOTED}”")
    assert answer.grounds is not None
    assert answer.grounds.passages[0].document_id == lease
    assert answer.cited.citations[0].is_literal
    assert shelf.library.scope_of(home).document_ids == (lease,)
    assert [one.message_id for one in ChatStore(shelf.database).quoting([lease])] == [answer.id]


@pytest.mark.parametrize(
    "forge",
    [
        lambda passage: replace(passage, text=LIE),
        lambda passage: replace(passage, text=f"{passage.text} {LIE}"),
        lambda passage: replace(passage, text=passage.text.replace("five", "    ")),
        lambda passage: replace(passage, span=Span(0, 0, 0, passage.span.end)),
        lambda passage: replace(passage, span=Span(7, 0, 2**31 - 1, 5)),
        lambda passage: replace(passage, text=""),
    ],
)
def test_what_does_not_stand_there_opens_as_words_and_leads_to_no_document(
    shelf: Shelf, tmp_path: Path, forge: Callable[[Passage], Passage]
) -> None:
    (lease,) = shelf.add(lease=LEASE)
    (passage,) = (one for one in shelf.library.search("rent") if one.text == QUOTED)
    home, answer = brought(shelf, tmp_path, forge(passage), LIE)
    assert answer.grounds is not None
    (read,), (near,) = answer.grounds.passages, answer.grounds.near
    assert lease not in (read.document_id, near.document_id, *answer.grounds.documents)
    assert read.text == forge(passage).text
    assert shelf.library.scope_of(home) == Scope()
    assert ChatStore(shelf.database).quoting([lease]) == ()


def test_only_what_the_passage_says_is_a_quotation(shelf: Shelf, tmp_path: Path) -> None:
    shelf.add(lease=LEASE)
    (passage,) = shelf.library.search("rent")
    _home, answer = brought(shelf, tmp_path, passage, LIE)
    assert answer.cited.citations[0].is_literal is False


def test_nothing_is_said_of_a_quotation_whose_passage_is_gone(shelf: Shelf, tmp_path: Path) -> None:
    gone = Passage("d1", "", "page", "", Span(0, 0, 0, 9), "", "")
    _home, answer = brought(shelf, tmp_path, gone, QUOTED)
    assert answer.cited.citations[0].is_literal is None


def test_a_quotation_over_lines_with_a_reference_in_it_is_one(shelf: Shelf, tmp_path: Path) -> None:
    words = "> The rent is\n> five hundred [1] crowns."
    elsewhere = Passage("d1", "lease.txt", "page", "1", Span(0, 0, 0, len(QUOTED)), "", QUOTED)
    at = words.index(" [1]")
    literal = asdict(Citation(0, len(words), 1, 0, elsewhere.span, is_literal=True))
    grounds = Grounds("passages", "rent", (elsewhere,), "…", 1, 1, ("d1",))
    found = grounded.read_cited({"citations": [literal, literal], "markers": [[at, at + 4]]}, words, grounds)
    assert [one.is_literal for one in found.citations] == [True, None], "the same words are not looked for twice"


def test_what_a_person_would_not_see_may_be_left_out_and_nothing_else(shelf: Shelf) -> None:
    (lease,) = shelf.add(lease=LEASE)
    (passage,) = (one for one in shelf.library.search("rent") if one.text == QUOTED)
    blanked = replace(passage, text=QUOTED.replace("five", "    "))
    assert shelf.database.read(lambda c: belied(c, [blanked])) == {lease}
    at = LEASE.index("five")
    hidden = f'[{{"start": {at}, "end": {at + 4}, "reason": "white"}}]'
    shelf.database.write(lambda c: c.execute("UPDATE parts SET hidden = ?", (hidden,)))
    assert shelf.database.read(lambda c: belied(c, [blanked, passage])) == frozenset()
