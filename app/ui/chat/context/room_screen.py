"""Wires what shows the model's context (gauge, popup, banner) to the chat on screen, and decides when to speak up."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from app.ui.chat.context.context_popup import ContextShown
from app.ui.chat.context.fullness import Fullness, fullness
from app.ui.chat.context.room import RoomNews
from app.ui.chat.conversation import Conversation
from app.ui.chat.events import RoomMade, SummaryShown
from app.ui.chat.items import Boundary
from app.ui.chat.page import ChatPage
from app.ui.models.keeper import ModelKeeper

LEAST_MESSAGES = 6  # with fewer there is hardly anything that a summary would be shorter than


class RoomScreen(QObject):
    """Controller; parented to the page. What it cannot do itself it asks for."""

    enlarge_requested = Signal()
    new_chat_requested = Signal()

    def __init__(self, page: ChatPage, conversation: Conversation, keeper: ModelKeeper) -> None:
        super().__init__(page)
        self._page = page
        self._conversation = conversation
        self._keeper = keeper
        self._made: set[str] = set()  # chats whose view got a new beginning, until their person closes that or goes on
        self._closed: dict[str, tuple[str, str]] = {}  # per chat, the state that the person has closed
        conversation.shown.connect(self._refresh)
        conversation.busy_changed.connect(self._refresh)
        conversation.summary_changed.connect(self._refresh)
        conversation.room_made.connect(self._on_room_made)
        conversation.committed.connect(self._on_committed)
        keeper.changed.connect(self._refresh)
        banner = page.room
        banner.summarise_requested.connect(conversation.summarise)
        banner.enlarge_requested.connect(self.enlarge_requested)
        banner.new_chat_requested.connect(self.new_chat_requested)
        banner.show_requested.connect(page.transcript.show_boundary)
        banner.stop_requested.connect(conversation.stop)
        banner.closed.connect(self._on_closed)
        banner.focus_left.connect(page.composer.setFocus)
        page.header.context_requested.connect(self._on_context)
        self._refresh()

    @Slot()
    def _refresh(self) -> None:
        full = self._fullness()
        self._page.header.set_context(full.used_tokens, full.all_tokens)
        self._page.room.set_news(self._news(full))

    def _fullness(self) -> Fullness:
        conversation = self._conversation
        context_tokens = self._keeper.state.context_tokens
        return fullness(conversation.nodes(), conversation.newest(), conversation.boundary, context_tokens)

    def _news(self, full: Fullness) -> RoomNews | None:
        home, boundary = self._conversation.conversation_id, self._conversation.boundary
        found = news(full, boundary, self._conversation.summary, was_made=home in self._made)
        if home is None or found is None or found.kind == "summarising":
            if home is not None and full.all_tokens:
                self._closed.pop(home, None)
            return found
        state = (found.kind, boundary.message_id if boundary is not None else "")
        if self._closed.get(home) == state:
            return None
        self._closed.pop(home, None)
        is_busy = bool(self._conversation.busy_ids) or self._conversation.is_busy
        return RoomNews(found.kind, found.left_out, can_enlarge=self._can_enlarge(), is_busy=is_busy)

    def _can_enlarge(self) -> bool:
        facts = self._keeper.facts
        return facts is not None and facts.context_tokens < facts.trained_context_tokens

    @Slot(object)
    def _on_room_made(self, made: RoomMade) -> None:
        self._made.add(made.conversation_id)
        self._refresh()

    @Slot()
    def _on_committed(self) -> None:
        """The person goes on, so that is no news any more; the line in the chat stays."""
        self._made.discard(self._conversation.conversation_id or "")

    @Slot()
    def _on_closed(self) -> None:
        home, boundary, told = self._conversation.conversation_id, self._conversation.boundary, self._page.room.news
        if home is not None and told is not None:
            self._closed[home] = (told.kind, boundary.message_id if boundary is not None else "")
            self._made.discard(home)
            self._refresh()

    @Slot()
    def _on_context(self) -> None:
        is_busy = bool(self._conversation.busy_ids) or self._conversation.is_busy
        full = self._fullness()
        popup = self._page.open_context(
            ContextShown(
                full,
                self._conversation.boundary,
                can_summarise=full.messages >= LEAST_MESSAGES and not is_busy,
                can_enlarge=self._can_enlarge() and not is_busy,
            )
        )
        popup.summarise_requested.connect(self._conversation.summarise)
        popup.enlarge_requested.connect(self.enlarge_requested)
        popup.new_chat_requested.connect(self.new_chat_requested)


def news(full: Fullness, boundary: Boundary | None, summary: SummaryShown | None, *, was_made: bool) -> RoomNews | None:
    """What is worth a word about the context; nothing while no model is loaded. `was_made`: room, and just now."""
    if summary is not None:
        return RoomNews("summarising", text=summary.text, is_stopping=summary.is_stopping)
    if not full.all_tokens:
        return None
    if was_made and boundary is not None:
        return RoomNews("summarised" if boundary.summary else "cut", boundary.left_out)
    return RoomNews("filling") if full.is_nearly_full else None
