"""All of a profile's documents behind one name; its parts have one reason to change each, and a file each."""

from __future__ import annotations

from app.documents.store.contents import Contents
from app.documents.store.following import Following
from app.documents.store.keeping import Keepings
from app.documents.store.originals import Originals
from app.documents.store.removal import Removal
from app.documents.store.shelves import Shelves
from app.documents.store.vectors import VectorStore


class DocumentStore(Shelves, Following, Contents, Originals, Keepings, VectorStore, Removal):
    """Documents in the profile's database. Every call waits for its transaction unless it says otherwise."""
