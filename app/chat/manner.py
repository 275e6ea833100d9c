"""How questions are answered: system prompt, choice of words, model; said for everything, a folder, or one chat.

What a narrower place leaves open (None) the next wider one decides: chat, then folder, then everything. At one
place its own words go before those of the persona that it names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.frozen import dataclass
from app.text import _


@dataclass(frozen=True, slots=True)
class Manner:
    """What one place says. An empty `system_prompt` means that there is none, whatever wider places say.

    `sampling`: pairs of a setting's key (settings.SAMPLING) and its value. `model`: a model file's path.
    """

    system_prompt: str | None = None
    persona_id: str | None = None
    sampling: tuple[tuple[str, float], ...] = ()
    model: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether it says nothing at all."""
        return self == OPEN


OPEN = Manner()
"""Says nothing."""


@dataclass(frozen=True, slots=True)
class Persona:
    """A manner with a name, kept to be used again. Its own `persona_id` is None."""

    id: str
    name: str
    manner: Manner


@dataclass(frozen=True, slots=True)
class Effective:
    """What holds in the end. `sampling` overrides the model's own settings key by key; no `model`: the chosen one."""

    system_prompt: str = ""
    sampling: Mapping[str, float] | None = None
    model: str = ""


def effective(places: Iterable[Manner], personas: Mapping[str, Persona]) -> Effective:
    """What holds, from `places`, the narrowest first. A persona that is gone says nothing."""
    system_prompt: str | None = None
    model: str | None = None
    sampling: dict[str, float] = {}
    for place in places:
        persona = personas.get(place.persona_id or "")
        for said in (place, *((persona.manner,) if persona is not None else ())):
            system_prompt = said.system_prompt if system_prompt is None else system_prompt
            model = said.model if model is None else model
            sampling = {**dict(said.sampling), **sampling}
    return Effective(system_prompt or "", sampling, model or "")


def built_in() -> tuple[Persona, ...]:
    """Personas that everybody has; their ids begin with "built-in/", and they cannot be changed, only copied."""
    return (
        Persona(
            "built-in/plain",
            _("Plain language"),
            Manner(_("Answer in plain, short sentences. Explain every technical term the first time you use it.")),
        ),
        Persona(
            "built-in/editor",
            _("Careful editor"),
            Manner(
                _(
                    "You are a careful editor. Keep the writer's voice. Correct spelling, grammar and style, "
                    "and list at the end what you changed and why."
                ),
                sampling=(("answer.temperature", 0.3),),
            ),
        ),
        Persona(
            "built-in/critic",
            _("Critical reader"),
            Manner(_("Look for weak points, missing evidence and hidden assumptions, and say plainly what you doubt.")),
        ),
        Persona(
            "built-in/coder",
            _("Programmer"),
            Manner(
                _("You are an experienced programmer. Give code that runs, then a short explanation. Name the limits."),
                sampling=(("answer.temperature", 0.2),),
            ),
        ),
    )
