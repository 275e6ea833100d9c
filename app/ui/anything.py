"""What the palette lists: every action, every chat, every setting, the models that are here, and messages with the
words typed. What was chosen is asked for by signals; the window knows where it is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from app.chat.store import Hit
from app.core import Core
from app.errors import PaddockError
from app.settings import MODELS_FOLDER, THEME
from app.text import _
from app.ui.actions import Act, Actions, keys_text, specs
from app.ui.bridge import Bridge
from app.ui.chat.items import ChatAt
from app.ui.palette.matching import Command
from app.ui.palette.palette import CommandChosen, Palette
from app.ui.settings.dialog import ROWS

MOST_HITS = 20
LEAST_WORDS_CHARACTERS = 2
_ACT, _CHAT, _SETTING, _MODEL, _HIT = "act:", "chat:", "setting:", "model:", "hit:"


@dataclass(frozen=True, slots=True)
class _Listed:
    chats: tuple[Command, ...]
    models: tuple[Command, ...]


class Anything(QObject):
    """Feeds one Palette; parented to it."""

    chat_wanted = Signal(object)  # ChatAt
    setting_wanted = Signal(object)  # str: its key
    model_wanted = Signal(object)  # Path
    failed = Signal(object)  # PaddockError

    def __init__(self, core: Core, bridge: Bridge, palette: Palette, actions: Actions) -> None:
        super().__init__(palette)
        self._core = core
        self._bridge = bridge
        self._palette = palette
        self._actions = actions
        self._hits: dict[str, ChatAt] = {}
        palette.chosen.connect(self._on_chosen)
        palette.asked.connect(self._on_asked)

    @Slot()
    def open(self) -> None:
        """Opens as soon as the chats and models are read, some milliseconds later."""
        self._hits = {}
        commands = [*self._acts(), *_settings()]

        def read() -> _Listed:
            chats = tuple(
                Command(f"{_CHAT}{chat.id}", chat.title or _("Untitled"), _("Chats"), icon="chat-circle")
                for chat in self._core.chats.conversations()
            )
            models = tuple(
                Command(f"{_MODEL}{model.path}", model.title, _("Models"), icon="cube")
                for model in self._core.desk.known()
            )
            return _Listed(chats, models)

        def done(listed: _Listed) -> None:
            self._palette.open([*commands, *listed.chats, *listed.models])

        def failed(_error: PaddockError) -> None:
            """What can be done about it is among the actions."""
            self._palette.open(commands)

        self._bridge.run(read, done, failed)

    def _acts(self) -> list[Command]:
        return [
            Command(f"{_ACT}{spec.act.value}", spec.label, spec.group, keys=keys_text(spec.act), icon=spec.icon)
            for spec in specs()
            if self._actions[spec.act].isEnabled() and not spec.is_of_list and spec.act is not Act.PALETTE
        ]

    @Slot(object)
    def _on_asked(self, words: str) -> None:
        if len(words.strip()) < LEAST_WORDS_CHARACTERS:
            return

        def done(hits: tuple[Hit, ...]) -> None:
            commands = []
            for hit in hits:
                if hit.message_id:
                    id_ = f"{_HIT}{hit.message_id}"
                    self._hits[id_] = ChatAt(hit.conversation_id, hit.message_id, words)
                    commands.append(Command(id_, hit.snippet, _("Messages"), icon="chat-text", detail=hit.title))
            self._palette.add(words, commands)

        self._bridge.run(lambda: self._core.chats.search(words, limit=MOST_HITS), done, self.failed.emit)

    @Slot(object)
    def _on_chosen(self, chosen: CommandChosen) -> None:
        id_ = chosen.id
        if id_.startswith(_ACT):
            self._actions[Act(id_.removeprefix(_ACT))].trigger()
        elif id_.startswith(_CHAT):
            self.chat_wanted.emit(ChatAt(id_.removeprefix(_CHAT), ""))
        elif id_.startswith(_SETTING):
            self.setting_wanted.emit(id_.removeprefix(_SETTING))
        elif id_.startswith(_MODEL):
            self.model_wanted.emit(Path(id_.removeprefix(_MODEL)))
        elif id_ in self._hits:
            self.chat_wanted.emit(self._hits[id_])


def _settings() -> list[Command]:
    return [
        Command(f"{_SETTING}{setting.key}", _(setting.label), _("Settings"), icon="gear-six", detail=_(setting.help))
        for setting in (THEME, *ROWS, MODELS_FOLDER)
    ]
