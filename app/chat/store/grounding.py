"""What answers were given from: passages of documents, as they stood then, and which sentence stands where in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.chat.store.rows import GIVEN, Part, insert_grounds, listed
from app.documents.grounds import Cited, Grounds
from app.documents.packing import pack, pack_cited, pack_scope, unpack, unpack_scope
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

    def forget_documents(self, document_ids: Sequence[str]) -> tuple[str, ...]:
        """Take the passages of these documents out of what answers were given from; the answers' own words stay.

        So do the chats, but not summaries in them, which the model made of passages, too.
        Returns the conversations that had some: what the engine read of them holds these passages, too.
        """
        gone = frozenset(document_ids)

        def write(c: Connection) -> tuple[str, ...]:
            rows = c.execute(
                "SELECT g.message_id, g.packed, m.conversation_id FROM grounds g JOIN messages m ON m.id = g.message_id"
                f" WHERE g.message_id IN (SELECT message_id FROM grounded_on WHERE document_id IN {GIVEN})",
                (listed(gone),),
            ).fetchall()
            for message_id, packed, _home in rows:
                c.execute(
                    "UPDATE grounds SET packed = ? WHERE message_id = ?",
                    (pack(_without(unpack(packed), gone)), message_id),
                )
            c.execute(f"DELETE FROM grounded_on WHERE document_id IN {GIVEN}", (listed(gone),))
            homes = tuple(dict.fromkeys(str(home) for _id, _packed, home in rows))
            c.execute(f"UPDATE cuts SET summary = '' WHERE conversation_id IN {GIVEN}", (listed(homes),))
            for home, scope in c.execute("SELECT conversation_id, scope FROM drafts WHERE scope != ''").fetchall():
                left = unpack_scope(scope).without(gone)
                c.execute("UPDATE drafts SET scope = ? WHERE conversation_id = ?", (pack_scope(left), home))
            return homes

        return self._database.write(write)


def _without(grounds: Grounds, gone: frozenset[str]) -> Grounds:
    """The places stay, so that other citations keep theirs; the words go."""
    emptied = tuple(
        replace(passage, text="", heading="", document_name="") if passage.document_id in gone else passage
        for passage in grounds.passages
    )
    near = tuple(passage for passage in grounds.near if passage.document_id not in gone)
    return replace(grounds, passages=emptied, near=near, text="", query="")
