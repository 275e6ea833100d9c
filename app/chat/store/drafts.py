"""What was typed and not sent, per chat and for the new one."""

from __future__ import annotations

import json
from concurrent.futures import Future

from app.chat.store.rows import Part, whole
from app.chat.tree import Attachment, Draft
from app.storage.cipher import Connection


class Drafts(Part):
    """One draft per conversation, and one, under None, of a new chat."""

    def draft(self, conversation_id: str | None) -> Draft:
        """What was typed and not sent."""
        return self._database.read(lambda c: read_draft(c, conversation_id))

    def save_draft(self, conversation_id: str | None, draft: Draft) -> Future[None]:
        """Keep what is being typed; an empty draft forgets it, and so does a chat that is gone. Does not wait."""
        home = conversation_id or ""

        def write(c: Connection) -> None:
            if not draft or (home and not _is_here(c, home)):
                c.execute("DELETE FROM drafts WHERE conversation_id = ?", (home,))
                return
            queued = whole(json.dumps(draft.queued, ensure_ascii=False)) if draft.queued else ""
            c.execute(
                "INSERT INTO drafts (conversation_id, text, queued) VALUES (?, ?, ?)"
                " ON CONFLICT (conversation_id) DO UPDATE SET text = excluded.text, queued = excluded.queued",
                (home, whole(draft.text), queued),
            )
            rows = [(home, n, whole(one.name), whole(one.text)) for n, one in enumerate(draft.attachments)]
            if not _are_kept(c, home, rows):
                c.execute("DELETE FROM draft_attachments WHERE conversation_id = ?", (home,))
                c.executemany("INSERT INTO draft_attachments VALUES (?, ?, ?, ?)", rows)

        return self._database.write_soon(write)


def read_draft(c: Connection, conversation_id: str | None) -> Draft:
    home = conversation_id or ""
    row = c.execute("SELECT text, queued FROM drafts WHERE conversation_id = ?", (home,)).fetchone()
    if row is None:
        return Draft()
    attached = c.execute(
        "SELECT name, text FROM draft_attachments WHERE conversation_id = ? ORDER BY place", (home,)
    ).fetchall()
    queued = tuple(str(text) for text in json.loads(row[1])) if row[1] else ()
    return Draft(row[0], tuple(Attachment(name, text) for name, text in attached), queued)


def _is_here(c: Connection, home: str) -> bool:
    """What was typed in a chat that was deleted for good meanwhile goes with it."""
    return c.execute("SELECT 1 FROM conversations WHERE id = ?", (home,)).fetchone() is not None


def _are_kept(c: Connection, home: str, rows: list[tuple[str, int, str, str]]) -> bool:
    """Whether these are what is stored: attachments may be large, and do not change with every key that is typed."""
    count = c.execute("SELECT count(*) FROM draft_attachments WHERE conversation_id = ?", (home,)).fetchone()
    same = "SELECT 1 FROM draft_attachments WHERE conversation_id = ? AND place = ? AND name = ? AND text = ?"
    return count == (len(rows),) and all(c.execute(same, row).fetchone() is not None for row in rows)
