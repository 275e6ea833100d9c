"""What is asked for by a message that is being changed in place: frozen values only."""

from __future__ import annotations

from dataclasses import dataclass

from app.chat.tree import Edit
from app.ui.chat.items import Wanted


@dataclass(frozen=True, slots=True)
class EditTyped:
    """This stands in the place of a message now."""

    edit: Edit


@dataclass(frozen=True, slots=True)
class EditGivenUp:
    """The message `id` stays as it is, or nothing of it was changed yet."""

    id: str


@dataclass(frozen=True, slots=True)
class EditSaved:
    """A question is to be asked again like this, or an answer to have this version.

    `wanted` is how much of the documents the person chose to have read for it.
    """

    edit: Edit
    wanted: Wanted = None
