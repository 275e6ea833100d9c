"""What answers were given from: passages of documents, as they stood then, and which sentence stands where in them."""

from __future__ import annotations

from collections.abc import Sequence

from app.chat.store.rows import GIVEN, Part, insert_grounds, listed
from app.documents.grounds import Cited, Grounds
from app.documents.packing import pack_cited
from app.frozen import dataclass
from app.storage.cipher import Connection


@dataclass(frozen=True, slots=True)
class Quoting:
    """An answer that was given from a document."""

    message_id: str
    conversation_id: str
    title: str  # of the conversation


class Grounding(Part):
    """Belongs to an answer, and goes with it."""

    def ground(self, answer_id: str, grounds: Grounds) -> None:
        """Keep what an answer is about to be given from; replaces what was kept."""

        self._database.write(lambda c: insert_grounds(c, answer_id, grounds))

    def cite(self, answer_id: str, cited: Cited) -> None:
        """Keep which sentence of a grounded answer stands where."""
        self._database.write(
            lambda c: c.execute("UPDATE grounds SET cited = ? WHERE message_id = ?", (pack_cited(cited), answer_id))
        )

    def quoting(self, document_ids: Sequence[str]) -> tuple[Quoting, ...]:
        """The answers given from these documents, newest first; not those that are deleted."""

        def read(c: Connection) -> tuple[Quoting, ...]:
            rows = c.execute(
                "SELECT DISTINCT m.id, m.conversation_id, t.title, m.number FROM grounded_on g"
                " JOIN messages m ON m.id = g.message_id JOIN conversations t ON t.id = m.conversation_id"
                f" WHERE g.document_id IN {GIVEN} AND m.deleted_batch IS NULL ORDER BY m.number DESC",
                (listed(document_ids),),
            )
            return tuple(Quoting(*row[:3]) for row in rows)

        return self._database.read(read)
