"""While an answer from documents is written, the references that the model writes by itself are not seen."""

from __future__ import annotations

from app.chat.events import Delta, Grounded, Started
from app.chat.store import ChatStore
from app.chat.tree import Message, Node, Tree
from app.documents.grounds import Grounds
from app.documents.parts import Span
from app.documents.records import Passage
from app.ui.chat.branch import Branch, node_of
from app.ui.chat.silence import Silence
from app.ui.chat.turn import Turn

QUESTION = Message(1, "q", "c", None, "user", "Why?", "done", 0.0)
ANSWER = Message(2, "a", "c", "q", "assistant", "", "streaming", 0.0)
GROUNDS = Grounds(
    "passages", "Why?", (Passage("d", "d.pdf", "page", "1", Span(0, 0, 0, 9), "", "It is so."),), "", 1, 1, ()
)


def shown(grounds: Grounds | None, *words: str) -> list[str]:
    """What stands on screen after each of the words has come."""
    turn = Turn(0, ChatStore.__new__(ChatStore), Silence(0.0), answer=ANSWER)  # nothing is asked of the store here
    tree: Tree[Node] = Tree((node_of(QUESTION), node_of(ANSWER)), "a")
    rows = Branch(tree, {"q": QUESTION, "a": ANSWER}, lambda: (turn,))
    turn.take(Started(QUESTION, ANSWER), 0.0)
    if grounds is not None:
        turn.take(Grounded(grounds), 0.0)
    seen = []
    for word in words:
        turn.take(Delta(word), 0.0)
        seen.append(rows[1].text)
    return seen


def test_a_reference_that_comes_in_pieces_is_never_seen() -> None:
    assert shown(GROUNDS, "It is so", " [", "1", "]", ".", " And more") == [
        *("It is so",) * 4,
        "It is so.",
        "It is so. And more",
    ]


def test_what_is_no_reference_is_seen_as_soon_as_that_is_sure() -> None:
    assert shown(GROUNDS, "A list [", "of", " five kinds of words]")[-1] == "A list [of five kinds of words]"
    assert shown(GROUNDS, "So [1", "](", "https://example.org)")[-1] == "So [1](https://example.org)"


def test_an_answer_without_documents_is_seen_as_it_comes() -> None:
    assert shown(None, "It is [", "1]") == ["It is [", "It is [1]"]
