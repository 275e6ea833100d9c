"""Which files can go with a model: adapters, and a smaller model that guesses ahead for it; and why others cannot."""

from __future__ import annotations

from app.errors import ModelFault
from app.models.header import Header, require_chat_model
from app.text import _


def require_adapter(untrusted_file: Header, model: Header) -> None:
    """Raises ModelFault that says why this is no adapter for the model."""
    if not untrusted_file.is_adapter:
        raise ModelFault(
            _("This file is no adapter (LoRA)."),
            _("Choose an adapter that was made for this model, as a GGUF file."),
        )
    if untrusted_file.architecture != model.architecture:
        raise ModelFault(
            _("This adapter was made for another kind of model ({other}, and this one is {own}).").format(
                other=untrusted_file.architecture or _("unknown"), own=model.architecture
            ),
            _("Choose an adapter that was made for this model."),
        )
    if untrusted_file.adapter_width not in (0, model.embedding):
        raise ModelFault(
            _("This adapter was made for a model of another size ({other} wide, and this one is {own}).").format(
                other=untrusted_file.adapter_width, own=model.embedding
            ),
            _("Choose an adapter that was made for this model."),
        )


def require_draft(untrusted_file: Header, model: Header) -> None:
    """Raises ModelFault that says why this model cannot guess for the other one."""
    require_chat_model(untrusted_file)
    if untrusted_file.vocabulary != model.vocabulary:
        raise ModelFault(
            _(
                "This model has another vocabulary ({other:,} words instead of {own:,}), so it cannot guess ahead."
            ).format(other=untrusted_file.vocabulary, own=model.vocabulary),
            _("Choose a small model of the same family."),
        )
    if untrusted_file.total_bytes >= model.total_bytes:
        raise ModelFault(
            _("This model is not smaller than the one that it would guess for, so nothing would be faster."),
            _("Choose a small model of the same family."),
        )
