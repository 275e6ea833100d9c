"""The tables of the documents. Number 8 stands after the chats' 7, whose `conversations` it refers to."""

from __future__ import annotations

from app.storage.migrate import Migration

_SHELVES = (
    """CREATE TABLE collections (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        folder TEXT NOT NULL,
        keeping TEXT NOT NULL,
        created_at REAL NOT NULL,
        is_going INTEGER NOT NULL DEFAULT 0
    ) STRICT""",
    # A number is never used twice: it is in the keys of what a document is made of. `is_going`: being deleted.
    """CREATE TABLE documents (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        collection_id TEXT REFERENCES collections (id),
        name TEXT NOT NULL,
        path TEXT NOT NULL,
        size_bytes INTEGER NOT NULL,
        modified_ns INTEGER NOT NULL,
        sha256 TEXT NOT NULL DEFAULT '',
        kind TEXT NOT NULL DEFAULT '',
        part_name TEXT NOT NULL DEFAULT 'section',
        status TEXT NOT NULL DEFAULT 'waiting',
        keeping TEXT NOT NULL,
        title TEXT NOT NULL DEFAULT '',
        parts INTEGER NOT NULL DEFAULT 0,
        characters INTEGER NOT NULL DEFAULT 0,
        tokens INTEGER NOT NULL DEFAULT 0,
        chunks INTEGER NOT NULL DEFAULT 0,
        scans INTEGER NOT NULL DEFAULT 0,
        hidden INTEGER NOT NULL DEFAULT 0,
        notes TEXT NOT NULL DEFAULT '[]',
        fault TEXT NOT NULL DEFAULT '',
        next_step TEXT NOT NULL DEFAULT '',
        added_at REAL NOT NULL,
        is_going INTEGER NOT NULL DEFAULT 0
    ) STRICT""",
    "CREATE INDEX documents_by_collection ON documents (collection_id, path)",
    "CREATE INDEX documents_by_path ON documents (path)",
    "CREATE INDEX documents_to_read ON documents (number) WHERE status IN ('waiting', 'reading')",
    "CREATE INDEX documents_going ON documents (number) WHERE is_going = 1",
    """CREATE TABLE chat_sources (
        conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
        document_id TEXT REFERENCES documents (id) ON DELETE CASCADE,
        collection_id TEXT REFERENCES collections (id) ON DELETE CASCADE,
        UNIQUE (conversation_id, document_id),
        UNIQUE (conversation_id, collection_id)
    ) STRICT""",
    "CREATE INDEX chat_sources_by_document ON chat_sources (document_id)",
    "CREATE INDEX chat_sources_by_collection ON chat_sources (collection_id)",
)

# Keys are a document's number and, below, the place in it (rows.key). A chunk's words are cut from the parts.
_CONTENTS = (
    """CREATE TABLE parts (
        key INTEGER PRIMARY KEY,
        label TEXT NOT NULL,
        is_scan INTEGER NOT NULL,
        hidden TEXT NOT NULL,
        text TEXT NOT NULL
    ) STRICT""",
    """CREATE TABLE chunks (
        key INTEGER PRIMARY KEY,
        first INTEGER NOT NULL,
        start INTEGER NOT NULL,
        last INTEGER NOT NULL,
        end INTEGER NOT NULL,
        tokens INTEGER NOT NULL,
        heading TEXT NOT NULL
    ) STRICT""",
    "CREATE TABLE originals (key INTEGER PRIMARY KEY, piece BLOB NOT NULL) STRICT",
    # `rows` vectors of the chunks from `first` on, a byte per number; `scales` are float32, little-endian.
    """CREATE TABLE vectors (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        document INTEGER NOT NULL REFERENCES documents (number),
        model TEXT NOT NULL,
        first INTEGER NOT NULL,
        rows INTEGER NOT NULL,
        scales BLOB NOT NULL,
        data BLOB NOT NULL
    ) STRICT""",
    "CREATE UNIQUE INDEX vectors_by_document ON vectors (document, model, first)",
    "CREATE INDEX vectors_by_model ON vectors (model, document, rows)",
    # Keeps no text. What it is given is made in Python (app.words), without case and accents.
    """CREATE VIRTUAL TABLE chunk_words USING fts5 (
        said, content = '', contentless_delete = 1, tokenize = 'porter unicode61 remove_diacritics 2'
    )""",
    # One row while the index still holds words of what was cleared.
    "CREATE TABLE unforgotten (one INTEGER PRIMARY KEY CHECK (one = 1)) STRICT",
)

_KEEPING = (
    # `fault_name`: which of faults.FaultName it is. `changed_ns` and `file_id`: with size and time, what tells a file
    # from another one in its place. `is_apart`: it was on another drive than the folder that is watched.
    "ALTER TABLE documents ADD COLUMN fault_name TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE documents ADD COLUMN changed_ns INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE documents ADD COLUMN file_id TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE documents ADD COLUMN is_apart INTEGER NOT NULL DEFAULT 0",
    # `is_own`: added by itself, for no chat. `wanted`: the keeping that it is on its way to.
    "ALTER TABLE documents ADD COLUMN is_own INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE documents ADD COLUMN wanted TEXT NOT NULL DEFAULT ''",
    "CREATE INDEX documents_to_keep ON documents (number) WHERE wanted != ''",
    # What a chat has goes with the chat, but never an only copy.
    """UPDATE documents SET is_own = 1 WHERE collection_id IS NULL AND (keeping = 'inside'
        OR NOT EXISTS (SELECT 1 FROM chat_sources s WHERE s.document_id = documents.id))""",
    """CREATE TABLE passwords (
        document INTEGER PRIMARY KEY REFERENCES documents (number) ON DELETE CASCADE,
        password TEXT NOT NULL
    ) STRICT""",
    """CREATE TABLE ignored (
        collection_id TEXT NOT NULL REFERENCES collections (id) ON DELETE CASCADE,
        path TEXT NOT NULL,
        ignored_at REAL NOT NULL,
        PRIMARY KEY (collection_id, path)
    ) STRICT, WITHOUT ROWID""",
    # Where the words of a recognised page stand on it (documents.reading.places).
    "ALTER TABLE parts ADD COLUMN places BLOB NOT NULL DEFAULT x''",
)

MIGRATIONS = (
    Migration(8, "collections, documents, and the index of what stands in them", _SHELVES + _CONTENTS),
    Migration(
        10, "passwords, files that are left out, what a file is told by, and places of recognised words", _KEEPING
    ),
)
