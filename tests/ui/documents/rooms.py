"""The documents' page, its dialogs and the viewer with samples in them: for tests of sizes, and for pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar, cast

from PySide6.QtWidgets import QWidget

from app.documents.library import Library
from app.documents.parts import Part
from app.documents.records import Document, Ignored, Receipt, Removing
from app.errors import PaddockError
from app.ui.bridge import Bridge
from app.ui.documents.adding_dialog import AddDialog
from app.ui.documents.left_out_dialog import LeftOutDialog
from app.ui.documents.page.page import DocumentsPage
from app.ui.documents.removal_dialogs import ReceiptDialog, RemovalDialog, RemovalProgress, RemovalShown
from app.ui.documents.unlock_dialog import UnlockDialog
from app.ui.documents.viewer.viewer import Viewer
from app.ui.theme import Theme
from tests.ui.documents.page import samples

T = TypeVar("T")
NAME = samples.LONG_NAME
LETTER = samples.document(20, NAME, kind="docx", part_name="section", parts=2)
WORDS = "The rent is due on the third day of each month.\n\nThe tenant receives four keys.\n\n" * 8


class _Bridge(Bridge):
    """Everything at once, and no thread."""

    def run(self, work: Callable[[], T], done: Callable[[T], None], failed: Callable[[PaddockError], None]) -> None:
        done(work())


class _Shelf:
    """As much of a library as the viewer asks for."""

    def documents(self, collection_id: str | None = None, *, ids: object = None) -> tuple[Document, ...]:
        return (LETTER,)

    def part(self, document_id: str, number: int) -> Part:
        return Part(number, "", WORDS)

    def on_change(self, callback: Callable[[], None]) -> Callable[[], None]:
        return lambda: None


def documents(theme: Theme, host: QWidget) -> QWidget:
    page = _page(theme, host)
    first, *others = samples.SHELF.collections
    page.set_shelf(replace(samples.SHELF, collections=(replace(first, left_out=2), *others)))
    page.cards["c1"].head.set_open(True)
    return page


def documents_empty(theme: Theme, host: QWidget) -> QWidget:
    page = _page(theme, host)
    page.set_shelf(samples.EMPTY)
    return page


def documents_found(theme: Theme, host: QWidget) -> QWidget:
    page = _page(theme, host)
    page.set_shelf(samples.SHELF)
    page.search.setText("contract")
    page.set_hits(replace(samples.HITS, words="contract"))
    return page


def documents_without_their_model(theme: Theme, host: QWidget) -> QWidget:
    page = _page(theme, host)
    note = "The model chosen for searching is not there. Until it is back, documents are found by their words."
    page.set_shelf(replace(samples.SHELF, note=note, progress=replace(samples.IDLE, checking=0.3)))
    return page


def adding(theme: Theme, host: QWidget) -> QWidget:
    return AddDialog(theme, "Add the folder “House purchase”?", "House purchase", folders=1, parent=host)


def unlock_document(theme: Theme, host: QWidget) -> QWidget:
    dialog = UnlockDialog(theme, NAME, parent=host)
    dialog.secret.setText("four keys")
    dialog.show_fault("The password does not open this file. Check it and unlock it again.")
    return dialog


def left_out(theme: Theme, host: QWidget) -> QWidget:
    files = [Ignored(f"/home/kim/papers/{name}", name, 0.0) for name in (NAME, "Utilities.pdf")]
    return LeftOutDialog(theme, "House purchase", files, parent=host)


def removal(theme: Theme, host: QWidget) -> QWidget:
    chats = ("Changelog format questions", "A very long name that never seems to end at all")
    shown = RemovalShown(f"Remove “{NAME}”?", 1, chats, 3, is_folder_kept_in_step=True, kept_inside=1, elsewhere=1)
    return RemovalDialog(theme, shown, parent=host)


def removing(theme: Theme, host: QWidget) -> QWidget:
    dialog = RemovalProgress(theme, 2_000, parent=host)
    dialog.show_how_far(Removing(740, 2_000, NAME))
    return dialog


def receipt(theme: Theme, host: QWidget) -> QWidget:
    went = Receipt((NAME, "Utilities.pdf"), 1_247, 3_100, 3_090, 9_000_000, ("m",), left=3, staying=("Prices.xlsx",))
    return ReceiptDialog(theme, went, with_answers=False, parent=host)


def viewer(theme: Theme, host: QWidget) -> QWidget:
    made = Viewer(theme, _Bridge(host), cast(Library, _Shelf()), host)  # it asks for nothing else
    made.resize(host.size())
    made.show_document(LETTER.id)
    return made


ROOMS: dict[str, Callable[[Theme, QWidget], QWidget]] = {
    make.__name__: make
    for make in (
        documents,
        documents_empty,
        documents_found,
        documents_without_their_model,
        adding,
        unlock_document,
        left_out,
        removal,
        removing,
        receipt,
        viewer,
    )
}


def _page(theme: Theme, host: QWidget) -> DocumentsPage:
    page = DocumentsPage(theme, parent=host)
    page.resize(host.size())
    return page
