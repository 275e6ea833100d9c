"""What the model sees of a conversation in the store: as much as fits, and no more of it is read than that."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial

from app.chat import prompt, summary
from app.chat.events import OnEvent, RoomMade, Summarising
from app.chat.prompt import Fitted, View, assemble, fit, room_for_prompt
from app.chat.store import ChatStore
from app.chat.tree import Cut, Message
from app.documents.grounds import Grounds
from app.engine import protocol
from app.engine.client import Engine, Stop
from app.errors import ContextFull, EngineFault
from app.text import _


@dataclass(frozen=True, slots=True)
class Branch:
    """A branch from its last cut on. `before` messages of it stand in front."""

    path: Sequence[Message] = ()
    before: int = 0
    cuts: Mapping[str, Cut] = field(default_factory=dict)

    def place_of(self, message_id: str) -> int:
        """In `path`."""
        return next(place for place, stored in enumerate(self.path) if stored.id == message_id)


@dataclass(frozen=True, slots=True)
class Before:
    """What stands before a question, whether or not it fits; `earlier` is what answers in it were given from."""

    view: View
    earlier: tuple[Grounds, ...] = ()


class Viewer:
    """Views of the conversations in one store. Calls read the store; those with an engine also ask that."""

    def __init__(self, store: ChatStore, now: Callable[[], float]) -> None:
        self._store = store
        self._now = now

    def before(self, conversation_id: str | None, last_id: str | None, system: str) -> Before:
        """Up to this message from the last cut on; nothing but the system prompt of a new conversation."""
        branch = Branch() if conversation_id is None else self.branch(conversation_id, last_id)
        view = assemble(branch.path, branch.cuts, before=branch.before, system=system)
        seen = set(view.ids)
        return Before(view, tuple(one.grounds for one in branch.path if one.grounds is not None and one.id in seen))

    def fit(
        self,
        engine: Engine,
        home: str,
        last_id: str,
        system: str,
        *,
        on_event: OnEvent,
        stop: Stop,
        grounds: str = "",
    ) -> Fitted:
        """The view of a branch that leaves room for an answer. Raises ContextFull, Cancelled.

        A new beginning of it is written down, with a summary where there was one. `grounds` are documents that the
        last question is answered from.
        """
        branch = self.branch(home, last_id)
        said = self.preamble(home)
        count = partial(engine.count, preamble=said, stop=stop)
        limit = engine.facts.context_tokens
        fitted = fit(branch.path, branch.cuts, count, limit, before=branch.before, system=system, grounds=grounds)
        if not fitted.cut_id:
            return fitted
        cut = Cut(fitted.cut_id)
        if _last_summary(branch):
            on_event(Summarising(""))
            earlier = self._earlier(home, branch, cut.message_id)
            with suppress(ContextFull):  # too long for one: then it is left out, like that of who wants none
                cut = summary.write(
                    engine,
                    earlier.path,
                    earlier.cuts,
                    cut.message_id,
                    preamble=said,
                    stop=stop,
                    system=system,
                )
            cuts = {**branch.cuts, cut.message_id: cut}
            view = assemble(branch.path, cuts, before=branch.before, system=system, grounds=grounds)
            if count(view.messages) <= room_for_prompt(limit):
                fitted = Fitted(view, fitted.cut_id)
            else:
                cut = Cut(fitted.cut_id)
        self._store.cut(home, cut)
        on_event(RoomMade(cut, fitted.view.left_out))
        return fitted

    def summarise(self, engine: Engine, conversation_id: str, system: str, *, on_event: OnEvent, stop: Stop) -> None:
        """A summary in place of the oldest part. Raises EngineFault where there is nothing to summarise, Cancelled."""
        conversation = self._store.conversation(conversation_id)
        branch = self.branch(conversation_id, None if conversation is None else conversation.tip_id)
        said = self.preamble(conversation_id)
        count = partial(engine.count, preamble=said, stop=stop)
        cut_id = summary.place_of_cut(
            branch.path,
            branch.cuts,
            count,
            engine.facts.context_tokens,
            before=branch.before,
            system=system,
        )
        if not cut_id:
            raise EngineFault(_("There is nothing to summarise yet."), _("The model still sees the whole chat."))
        on_event(Summarising(""))
        earlier = self._earlier(conversation_id, branch, cut_id)
        cut = summary.write(
            engine,
            earlier.path,
            earlier.cuts,
            cut_id,
            preamble=said,
            stop=stop,
            system=system,
            on_text=lambda text: on_event(Summarising(text)),
        )
        if not cut.summary:
            raise EngineFault(_("The model did not write a summary."), _("Try again, or start a new chat."))
        self._store.cut(conversation_id, cut)
        on_event(RoomMade(cut, branch.before + branch.place_of(cut_id)))

    def branch(self, conversation_id: str, last_id: str | None) -> Branch:
        """Up to this message: what the model sees of it at most, and no more, however long the conversation is."""
        if last_id is None:
            return Branch()
        cuts = self._store.cuts(conversation_id)
        path, before = self._store.branch(conversation_id, last_id, cuts)
        return Branch(path, before, cuts)

    def _earlier(self, conversation_id: str, branch: Branch, cut_id: str) -> Branch:
        """The branch up to, and without, this message of it."""
        place = branch.place_of(cut_id)
        if not place:
            return self.branch(conversation_id, branch.path[0].parent_id)
        return replace(branch, path=branch.path[:place])

    def preamble(self, conversation_id: str | None) -> protocol.Preamble:
        """Of a conversation; None is one that begins now."""
        conversation = None if conversation_id is None else self._store.conversation(conversation_id)
        return prompt.preamble(self._now() if conversation is None else conversation.created_at)


def _last_summary(branch: Branch) -> str:
    """The summary that the model sees now: who chose one wants the next one, too."""
    cuts = branch.cuts
    return next((cuts[stored.id].summary for stored in reversed(branch.path) if stored.id in cuts), "")
