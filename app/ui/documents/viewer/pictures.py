"""Pictures of one document's pages and where their words stand, made in the parser child and off the window's thread.

The window never waits. One is asked for at a time, the most wanted first, and words when all pictures are there. Where
recognised words stand is stored with their page; of all others the child knows it. The child ends when nothing was
asked for a while, when the document is left, and when it fails; the next wish starts another. What was drawn is kept in
memory alone, and little of it.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtGui import QImage

from app.documents.library import Library
from app.documents.parts import Picture, Rectangle, Span, Word
from app.documents.reader import Pages
from app.documents.reading import places
from app.documents.reading.limits import Limits
from app.errors import Cancelled, PaddockError
from app.frozen import dataclass
from app.text import _
from app.ui.bridge import Bridge, nothing

IDLE_MS = 60_000
KEPT_BYTES = 32 * 2**20  # beside the pages that are wanted now
_LIMITS = Limits(silence_s=30.0)  # a page that takes longer will not come
_LEAST_PX = 16  # of a picture that is made for its marks alone

Opener = Callable[[Library, str], Pages]


@dataclass(frozen=True, slots=True)
class PageWish:
    """`page` counts from 0; the width is in the screen's own pixels."""

    page: int
    width_px: int


@dataclass(frozen=True, slots=True)
class PagePainted:
    """A page has come. `aspect` is its height by its width."""

    page: int
    aspect: float


@dataclass(frozen=True, slots=True)
class PageFailed:
    """No picture of this page can be had; of none if `is_all`."""

    page: int
    error: PaddockError
    is_all: bool


@dataclass(frozen=True, slots=True)
class _Drawn:
    """What the child gave for one wish."""

    wish: PageWish
    span: Span | None
    image: QImage
    rectangles: tuple[Rectangle, ...]


class PagePictures(QObject):
    """`open` a document, tell what is wanted with `want`, and `close` it."""

    painted = Signal(object)  # PagePainted
    failed = Signal(object)  # PageFailed

    def __init__(self, bridge: Bridge, library: Library, parent: QObject, *, opener: Opener | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._library = library
        self._opener = opener or _opened
        self._document_id = ""
        self._child: _Child | None = None
        self._is_busy = False
        self._wishes: tuple[PageWish, ...] = ()
        self._span: Span | None = None
        self._images: OrderedDict[int, tuple[PageWish, QImage]] = OrderedDict()
        self._marks: dict[int, tuple[Rectangle, ...]] = {}
        self._words: dict[int, tuple[Word, ...]] = {}
        self._faults: dict[int, PaddockError] = {}
        self._idle = QTimer(self)
        self._idle.setSingleShot(True)
        self._idle.setInterval(IDLE_MS)
        self._idle.timeout.connect(self.rest)

    @property
    def is_awake(self) -> bool:
        """Whether a child holds the document now."""
        return self._child is not None

    def open(self, document_id: str) -> None:
        """Its file is read whenever a child is started."""
        self.close()
        self._document_id = document_id

    def close(self) -> None:
        """Forget the document and end the child."""
        self.rest()
        self._document_id = ""
        self._wishes, self._span = (), None
        self._images.clear()
        self._marks.clear()
        self._words.clear()
        self._faults.clear()

    @Slot()
    def rest(self) -> None:
        """End the child; what was drawn stays."""
        self._idle.stop()
        child, self._child = self._child, None
        self._is_busy = False
        if child is not None:
            self._bridge.run(child.end, nothing, nothing)

    def set_span(self, span: Span | None) -> None:
        """What is marked from now on."""
        if span != self._span:
            self._span = span
            self._marks.clear()

    def want(self, wishes: Sequence[PageWish]) -> None:
        """These pages, the first most of all, instead of what was wanted before."""
        self._wishes = tuple(wishes)
        self._go_on()

    def image(self, page: int) -> QImage | None:
        """The newest picture of a page, of whatever width."""
        kept = self._images.get(page)
        return None if kept is None else kept[1]

    def marks(self, page: int) -> tuple[Rectangle, ...] | None:
        """Where the span stands on a page; None while that is not known."""
        span = self._span
        if span is None or not span.first <= page <= span.last:
            return ()
        return self._marks.get(page)

    def words(self, page: int) -> tuple[Word, ...]:
        """The words of a page, in the order of its text; none while they are not known."""
        return self._words.get(page, ())

    def fault(self, page: int) -> PaddockError | None:
        return self._faults.get(page)

    def _go_on(self) -> None:
        wish = next((wish for wish in self._wishes if self._is_due(wish)), None)
        if self._is_busy or not self._document_id:
            return
        if wish is None:
            self._ask_words()
            return
        kept = self._images.get(wish.page)
        if kept is not None and kept[0] == wish:  # it is here, only its marks are not
            wish = PageWish(wish.page, _LEAST_PX)
        child, span = self._begin(), self._span
        self._bridge.run(
            lambda: child.draw(wish, span),
            lambda drawn: self._on_drawn(child, drawn),
            lambda error: self._on_failed(child, wish, error),
        )

    def _begin(self) -> _Child:
        self._is_busy = True
        self._idle.start()
        self._child = self._child or _Child(self._library, self._document_id, self._opener)
        return self._child

    def _ask_words(self) -> None:
        """Of the first wanted page that is drawn, and whose words are not known."""
        drawn = (wish.page for wish in self._wishes if wish.page in self._images)
        page = next((page for page in drawn if page not in self._words), None)
        if page is None:
            return
        child = self._begin()
        self._bridge.run(
            lambda: child.words(page),
            lambda words: self._on_words(child, page, words),
            lambda _error: self._on_words(child, page, ()),  # its picture says what is wrong with a page
        )

    def _on_words(self, child: _Child, page: int, words: tuple[Word, ...]) -> None:
        if child is not self._child:
            return
        self._is_busy = False
        self._words[page] = words
        self._go_on()

    def _is_due(self, wish: PageWish) -> bool:
        if wish.page in self._faults:
            return False
        kept = self._images.get(wish.page)
        return kept is None or kept[0] != wish or self.marks(wish.page) is None

    def _on_drawn(self, child: _Child, drawn: _Drawn) -> None:
        if child is not self._child:
            return
        self._is_busy = False
        page, image = drawn.wish.page, drawn.image
        if drawn.wish.width_px != _LEAST_PX:
            self._images[page] = (drawn.wish, image)
            self._images.move_to_end(page)
            self._shed()
        if drawn.span == self._span and drawn.span is not None:
            self._marks[page] = drawn.rectangles
        if (kept := self.image(page)) is not None:
            self.painted.emit(PagePainted(page, kept.height() / kept.width()))
        self._go_on()

    def _on_failed(self, child: _Child, wish: PageWish, error: PaddockError) -> None:
        if child is not self._child:
            return
        was_open = child.was_open
        self.rest()
        if not was_open:
            self._document_id = ""  # it would only fail again
        self._faults[wish.page] = error
        self.failed.emit(PageFailed(wish.page, error, is_all=not was_open))
        self._go_on()

    def _shed(self) -> None:
        """Let go of the pictures that were not wanted for longest."""
        wanted = {wish.page for wish in self._wishes}
        size_bytes = sum(image.sizeInBytes() for _wish, image in self._images.values())
        for page in [page for page in self._images if page not in wanted]:
            if size_bytes <= KEPT_BYTES:
                return
            size_bytes -= self._images.pop(page)[1].sizeInBytes()
            self._words.pop(page, None)


class _Child:
    """An open document, or one that will be: for one worker thread at a time, and `end` for any."""

    def __init__(self, library: Library, document_id: str, opener: Opener) -> None:
        self._library = library
        self._document_id = document_id
        self._opener = opener
        self._lock = threading.Lock()
        self._pages: Pages | None = None
        self._is_over = False
        self.was_open = False

    def draw(self, wish: PageWish, span: Span | None) -> _Drawn:
        """Raises PaddockError."""
        pages = self._pages or self._open()
        picture = pages.picture(wish.page, width_px=wish.width_px, span=span)
        rectangles = picture.rectangles
        if span is not None and span.first <= wish.page <= span.last:
            part = self._library.part(self._document_id, wish.page)
            rectangles = places.marked(part, span) if part.places else rectangles
        return _Drawn(wish, span, _image(picture), rectangles)

    def words(self, page: int) -> tuple[Word, ...]:
        """Raises PaddockError."""
        part = self._library.part(self._document_id, page)
        return places.words_of(part.places) if part.places else (self._pages or self._open()).words(page)

    def end(self) -> None:
        with self._lock:
            self._is_over = True
            pages = self._pages
        if pages is not None:
            pages.close()

    def _open(self) -> Pages:
        pages = self._opener(self._library, self._document_id)
        with self._lock:
            self._pages = pages
            is_over = self._is_over
        if is_over:  # left while it was being opened
            pages.close()
            raise Cancelled(_("Reading was stopped."))
        self.was_open = True
        return pages


def _opened(library: Library, document_id: str) -> Pages:
    return library.pages(document_id, limits=_LIMITS)


def _image(picture: Picture) -> QImage:
    """A copy in the form that is drawn fastest; the child's bytes are let go of."""
    shape = QImage.Format.Format_RGB888
    return QImage(picture.rgb, picture.width, picture.height, 3 * picture.width, shape).convertToFormat(
        QImage.Format.Format_RGB32
    )
