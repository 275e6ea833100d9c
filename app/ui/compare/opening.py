"""What the page for comparing is opened with: the chat, what can answer in it, and what each side begins with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from app.chat.compare import ANOTHER_TRY, Side
from app.chat.temporary import Room
from app.core import Core
from app.settings import ENTER_SENDS, TEMPERATURE
from app.ui.chat.events import Beginning
from app.ui.compare.shown import Choices, ModelChoice, PersonaChoice, SideWish


@dataclass(frozen=True, slots=True)
class Chat:
    """The chat that the page was opened for. `parent_id`: where its branch ends; None for an empty one.

    `is_begun`: it exists only since the question on this page. `asks_documents` is of one that exists.
    """

    room: Room
    home: str | None
    parent_id: str | None
    beginning: Beginning
    is_begun: bool = False
    asks_documents: bool = False

    def is_shown_as(self, conversation_id: str | None) -> bool:
        """Whether that is what the chat's page shows of it."""
        return conversation_id == self.home or (self.is_begun and conversation_id is None)


@dataclass(frozen=True, slots=True)
class Found:
    """`path` is of the model that answers in this chat."""

    chat: Chat
    choices: Choices
    path: Path
    enter_sends: bool


def find(core: Core, chat: Chat) -> Found:
    """On a worker. Raises PaddockError."""
    said = core.effective(chat.home, chat.beginning.folder_id, chat.beginning.manner)
    here = [model for model in core.desk.known() if model.is_here]
    path = Path(said.model) if said.model else core.desk.path()
    models = tuple(ModelChoice(model.path, model.title) for model in here)
    if path not in [model.path for model in models]:
        models = (ModelChoice(path, core.desk.titles.of(path)), *models)
    personas = tuple(PersonaChoice(persona.id, persona.name) for persona in core.personas())
    asks_documents = chat.home is not None and bool(core.documents.scope_of(chat.home))
    return Found(
        replace(chat, asks_documents=asks_documents), Choices(models, personas), path, core.settings.get(ENTER_SENDS)
    )


def first_wishes(found: Found, before: tuple[SideWish, SideWish] | None) -> tuple[SideWish, SideWish]:
    """The chat's own model, and beside it what was there last time, or another model, or the same one."""
    models = {model.path: model for model in found.choices.models}
    own = models[found.path]
    if before is not None and before[1].model.path in models:
        return SideWish(own), before[1]
    other = next((model for model in models.values() if model.path != own.path), own)
    return SideWish(own), SideWish(other)


def sides_of(wishes: tuple[SideWish, SideWish], *, by_chance: bool) -> tuple[Side, Side]:
    """`by_chance`: two tries of the same."""
    first, second = (_side(wish) for wish in wishes)
    if by_chance:
        second = Side(second.model, second.title, second.persona_id, (*second.sampling, ANOTHER_TRY))
    return first, second


def _side(wish: SideWish) -> Side:
    sampling = () if wish.temperature is None else ((TEMPERATURE.key, wish.temperature),)
    return Side(wish.model.path, wish.model.title, wish.persona_id, sampling)
