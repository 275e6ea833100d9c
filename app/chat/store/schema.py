"""The tables of the chats, as numbered steps. Others' are those of `net` (4), `models` (5), `documents` (8)."""

from __future__ import annotations

from app.storage.migrate import Migration

_CONVERSATIONS = Migration(
    2,
    "conversations and messages",
    (
        """CREATE TABLE conversations (
            id TEXT PRIMARY KEY,
            title TEXT NOT NULL,
            is_title_chosen INTEGER NOT NULL DEFAULT 0,
            tip_id TEXT,
            created_at REAL NOT NULL,
            changed_at REAL NOT NULL,
            is_hidden INTEGER NOT NULL DEFAULT 0
        ) STRICT""",
        """CREATE TABLE messages (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
            parent_id TEXT REFERENCES messages (id) ON DELETE CASCADE,
            role TEXT NOT NULL CHECK (role IN ('user', 'assistant')),
            text TEXT NOT NULL,
            status TEXT NOT NULL,
            created_at REAL NOT NULL,
            model TEXT NOT NULL DEFAULT '',
            note TEXT NOT NULL DEFAULT '',
            stats TEXT
        ) STRICT""",
        "CREATE INDEX messages_by_conversation ON messages (conversation_id)",
        "CREATE INDEX messages_by_parent ON messages (parent_id)",
        """CREATE TABLE drafts (
            conversation_id TEXT PRIMARY KEY,
            text TEXT NOT NULL
        ) STRICT""",
    ),
)

_CUTS = Migration(
    3,
    "where the model's view of a branch begins",
    (
        """CREATE TABLE cuts (
            message_id TEXT PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE,
            conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
            summary TEXT NOT NULL
        ) STRICT, WITHOUT ROWID""",
        "CREATE INDEX cuts_by_conversation ON cuts (conversation_id)",
    ),
)

_NEW_COLUMNS = (
    "ALTER TABLE conversations ADD COLUMN title_source TEXT NOT NULL DEFAULT 'question'",
    "UPDATE conversations SET title_source = 'person' WHERE is_title_chosen = 1",
    "ALTER TABLE conversations ADD COLUMN deleted_at REAL",
    "UPDATE conversations SET deleted_at = unixepoch('subsec') WHERE is_hidden = 1",
    "ALTER TABLE conversations DROP COLUMN is_title_chosen",
    "ALTER TABLE conversations DROP COLUMN is_hidden",
    "ALTER TABLE conversations ADD COLUMN folder_id TEXT REFERENCES folders (id) ON DELETE SET NULL",
    "ALTER TABLE conversations ADD COLUMN is_pinned INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE conversations ADD COLUMN is_archived INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE conversations ADD COLUMN manner TEXT NOT NULL DEFAULT ''",
    "CREATE INDEX conversations_by_folder ON conversations (folder_id)",
    "ALTER TABLE drafts ADD COLUMN queued TEXT NOT NULL DEFAULT ''",
)

# The table is written anew. Its text stands last: what is asked of a message without its words needs no page of
# theirs. And a parent that goes takes no children along: SQLite gives up a cascade 1,000 messages deep.
_NEW_MESSAGES = (
    """CREATE TABLE new_messages (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
        parent_id TEXT REFERENCES messages (id) DEFERRABLE INITIALLY DEFERRED,
        role TEXT NOT NULL CHECK (role IN ('user', 'assistant')),
        status TEXT NOT NULL,
        created_at REAL NOT NULL,
        size INTEGER NOT NULL,
        deleted_batch TEXT,
        model TEXT NOT NULL DEFAULT '',
        note TEXT NOT NULL DEFAULT '',
        stats TEXT,
        text TEXT NOT NULL
    ) STRICT""",
    """INSERT INTO new_messages
        SELECT number, id, conversation_id, parent_id, role, status, created_at, length(text), NULL, model, note,
            stats, text
        FROM messages ORDER BY number""",
    "DROP TABLE messages",
    "ALTER TABLE new_messages RENAME TO messages",
    # Holds all that a Node holds: a long conversation opens without a page of its texts.
    """CREATE INDEX messages_by_conversation
        ON messages (conversation_id, number, id, parent_id, role, size, deleted_batch)""",
    "CREATE INDEX messages_by_parent ON messages (parent_id)",
    """CREATE INDEX hidden_messages ON messages (conversation_id, number, id, parent_id, deleted_batch)
        WHERE deleted_batch IS NOT NULL""",
    "CREATE INDEX messages_by_batch ON messages (deleted_batch) WHERE deleted_batch IS NOT NULL",
    "CREATE INDEX streaming_messages ON messages (number) WHERE status = 'streaming'",
)

_NEW_TABLES = (
    """CREATE TABLE folders (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        position INTEGER NOT NULL,
        manner TEXT NOT NULL
    ) STRICT""",
    "CREATE TABLE personas (id TEXT PRIMARY KEY, name TEXT NOT NULL, manner TEXT NOT NULL) STRICT",
    "CREATE TABLE templates (id TEXT PRIMARY KEY, name TEXT NOT NULL, text TEXT NOT NULL) STRICT",
    """CREATE TABLE attachments (
        message_id TEXT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
        place INTEGER NOT NULL,
        name TEXT NOT NULL,
        text TEXT NOT NULL,
        UNIQUE (message_id, place)
    ) STRICT""",
    """CREATE TABLE draft_attachments (
        conversation_id TEXT NOT NULL REFERENCES drafts (conversation_id) ON DELETE CASCADE,
        place INTEGER NOT NULL,
        name TEXT NOT NULL,
        text TEXT NOT NULL,
        UNIQUE (conversation_id, place)
    ) STRICT""",
    # One row per conversation of a batch of deleted messages: where its tip was, and where it went.
    """CREATE TABLE deletions (
        batch TEXT NOT NULL,
        conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
        tip_id TEXT,
        moved_to TEXT,
        PRIMARY KEY (batch, conversation_id)
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX deletions_by_conversation ON deletions (conversation_id)",
)

# It keeps no text: `words` are prepared by store.words, and what is shown of a hit is made from the message.
_INDEX = (
    """CREATE VIRTUAL TABLE words USING fts5 (
        said, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3'
    )""",
    "CREATE TABLE unindexed (number INTEGER PRIMARY KEY REFERENCES messages (number) ON DELETE CASCADE) STRICT",
    "INSERT INTO unindexed SELECT number FROM messages",
)

# What waits was a list in one column. An edit hangs on no message: one that is deleted does not take along what was
# typed in its place.
_TYPED = (
    """CREATE TABLE queued (
        conversation_id TEXT NOT NULL REFERENCES drafts (conversation_id) ON DELETE CASCADE,
        place INTEGER NOT NULL,
        text TEXT NOT NULL,
        UNIQUE (conversation_id, place)
    ) STRICT""",
    """INSERT INTO queued
        SELECT conversation_id, key, value FROM drafts, json_each(drafts.queued) WHERE drafts.queued != ''""",
    "ALTER TABLE drafts DROP COLUMN queued",
    """CREATE TABLE queued_attachments (
        conversation_id TEXT NOT NULL REFERENCES drafts (conversation_id) ON DELETE CASCADE,
        queued INTEGER NOT NULL,
        place INTEGER NOT NULL,
        name TEXT NOT NULL,
        text TEXT NOT NULL,
        UNIQUE (conversation_id, queued, place)
    ) STRICT""",
    """CREATE TABLE edits (
        message_id TEXT PRIMARY KEY,
        conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
        text TEXT NOT NULL
    ) STRICT""",
    "CREATE INDEX edits_by_conversation ON edits (conversation_id)",
    """CREATE TABLE edit_attachments (
        message_id TEXT NOT NULL REFERENCES edits (message_id) ON DELETE CASCADE,
        place INTEGER NOT NULL,
        name TEXT NOT NULL,
        text TEXT NOT NULL,
        UNIQUE (message_id, place)
    ) STRICT""",
)

_GROUNDS = (
    "ALTER TABLE drafts ADD COLUMN scope TEXT NOT NULL DEFAULT ''",
    """CREATE TABLE grounds (
        message_id TEXT PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE,
        cited TEXT NOT NULL DEFAULT '',
        packed TEXT NOT NULL
    ) STRICT""",
    # No reference to the document: it may be deleted while this chat still quotes it.
    """CREATE TABLE grounded_on (
        message_id TEXT NOT NULL REFERENCES grounds (message_id) ON DELETE CASCADE,
        document_id TEXT NOT NULL,
        PRIMARY KEY (document_id, message_id)
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX grounded_on_by_message ON grounded_on (message_id)",
)

MIGRATIONS = (
    _CONVERSATIONS,
    _CUTS,
    Migration(
        6,
        "folders, bin, manners, attachments, deleted messages, and an index of all words",
        _NEW_TABLES[:1] + _NEW_COLUMNS + _NEW_MESSAGES + _NEW_TABLES[1:] + _INDEX,
    ),
    Migration(7, "messages that wait with what is attached to them, and messages that are being changed", _TYPED),
    Migration(9, "what answers are given from", _GROUNDS),
)
