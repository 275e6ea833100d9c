"""What each model is set to: its own values over the general ones over the defaults; and named sets of such values.

A model's own values are kept under "model/<model>/<key>", presets under "preset/<name>". A value equal to what would
hold without it is not kept, so that "changed" means different.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from app.declared import AnySetting, Backend, Setting, decoded, encoded
from app.settings import (
    ADAPTERS,
    DRAFT_MODEL,
    DRY_MULTIPLIER,
    MAX_ANSWER_TOKENS,
    MIN_P,
    PER_MODEL,
    REPEAT_PENALTY,
    SAMPLING,
    SEED,
    TEMPERATURE,
    TOP_K,
    TOP_P,
    XTC_PROBABILITY,
    Settings,
    T,
)

MOST_NAME_CHARACTERS = 60
BALANCED = "Balanced"
BUILT_IN: Mapping[str, Mapping[str, object]] = {
    BALANCED: {},
    "Precise": {TEMPERATURE.key: 0.2, TOP_P.key: 0.9},
    "Creative": {
        TEMPERATURE.key: 1.0,
        TOP_P.key: 1.0,
        TOP_K.key: 0,
        MIN_P.key: 0.05,
        REPEAT_PENALTY.key: 1.0,  # against loops DRY is kinder to wording
        DRY_MULTIPLIER.key: 0.8,
        XTC_PROBABILITY.key: 0.5,  # both as their author proposes
    },
    "Exact": {TEMPERATURE.key: 0.0, REPEAT_PENALTY.key: 1.0},
}
"""By name, which `_()` translates where it is shown; what is not named goes back to the default."""

_STYLE = tuple(setting for setting in SAMPLING if setting not in (SEED, MAX_ANSWER_TOKENS))  # what built-in ones set
_FILES = (DRAFT_MODEL, ADAPTERS)  # they go with one model only
_MODEL, _PRESET = "model/", "preset/"


class ModelOptions:
    """The values that hold for one model, `model` being its fingerprint, or its file's name where that is unknown."""

    def __init__(self, backend: Backend, model: str) -> None:
        self.model = model
        self._backend = backend
        self._general = Settings(backend)

    def get(self, setting: Setting[T]) -> T:
        own = decoded(setting, self._backend.get(self._key(setting.key)))
        return self.inherited(setting) if own is None else own

    def inherited(self, setting: Setting[T]) -> T:
        """What holds when this model has no value of its own: the general one, or the default."""
        return self._general.get(setting)

    def set(self, setting: Setting[T], value: T) -> None:
        """Raises ValueError or TypeError for a value outside the declaration: a caller's bug, not the person's."""
        text = encoded(setting, value)
        if value == self.inherited(setting):
            self.reset(setting)
        else:
            self._backend.set(self._key(setting.key), text)

    def reset(self, setting: AnySetting) -> None:
        self._backend.remove(self._key(setting.key))

    def reset_all(self) -> None:
        for key in self._backend.all():
            if key.startswith(self._key("")):
                self._backend.remove(key)

    def changed(self) -> tuple[AnySetting, ...]:
        """Those with a value of their own that holds."""
        stored = self._backend.all()
        return tuple(
            setting for setting in PER_MODEL if decoded(setting, stored.get(self._key(setting.key))) is not None
        )

    def values(self) -> dict[str, object]:
        """What holds for each of PER_MODEL, by key."""
        return {setting.key: self.get(setting) for setting in PER_MODEL}

    def defaults(self) -> dict[str, object]:
        """What a reset leads back to for each of PER_MODEL, by key."""
        return {setting.key: self.inherited(setting) for setting in PER_MODEL}

    def _key(self, key: str) -> str:
        return f"{_MODEL}{self.model}/{key}"


class Presets:
    """Named sets of values that any model can take over. The built-in ones change how words are chosen, and no more."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def names(self) -> tuple[str, ...]:
        """The built-in ones, then the person's own from A to Z."""
        stored = self._backend.all()
        own = [key.removeprefix(_PRESET) for key, text in stored.items() if key.startswith(_PRESET) and _unpacked(text)]
        return (*BUILT_IN, *sorted(own, key=str.casefold))

    def save(self, name: str, options: ModelOptions) -> None:
        """Keep what holds for this model now; a preset of the same name is replaced. See `is_name_free_to_use`."""
        values = {setting.key: encoded(setting, options.get(setting)) for setting in PER_MODEL}
        self._backend.set(_own_key(name), json.dumps({"model": options.model, "values": values}))

    def apply(self, name: str, options: ModelOptions) -> None:
        """Give a model these values. Adapters and draft model stay as they are for any model but the one saved from.

        Raises KeyError for a name that is not there.
        """
        for setting, value in self._effects(name, options).items():
            if options.get(setting) != value:  # each write waits for the disk
                options.set(setting, value)

    def matching(self, options: ModelOptions) -> str:
        """The preset that would change nothing, the person's own before built-in ones; empty for none."""
        for name in (*self.names()[len(BUILT_IN) :], *BUILT_IN):
            if all(options.get(setting) == value for setting, value in self._effects(name, options).items()):
                return name
        return ""

    def rename(self, name: str, new_name: str) -> None:
        """Raises KeyError for a name that is not there."""
        text = self._backend.get(_own_key(name))
        if text is None:
            raise KeyError(name)
        self._backend.set(_own_key(new_name), text)
        if name != new_name:
            self._backend.remove(_own_key(name))

    def delete(self, name: str) -> None:
        self._backend.remove(_own_key(name))

    def _effects(self, name: str, options: ModelOptions) -> dict[AnySetting, object]:
        """What each setting becomes when this preset is applied; one that it does not touch is not among them."""
        if name in BUILT_IN:
            return {setting: BUILT_IN[name].get(setting.key, options.inherited(setting)) for setting in _STYLE}
        model, texts = _unpacked(self._backend.get(_own_key(name)) or "") or ("", {})
        if not texts:
            raise KeyError(name)
        effects: dict[AnySetting, object] = {}
        for setting in PER_MODEL:
            if setting not in _FILES or model == options.model:
                value = decoded(setting, texts.get(setting.key))
                effects[setting] = options.inherited(setting) if value is None else value
        return effects


def is_name_free_to_use(name: str) -> bool:
    """Whether a preset of the person's own may be called that: one short line, and no built-in one's name."""
    return (
        0 < len(name) <= MOST_NAME_CHARACTERS
        and name == " ".join(name.split())
        and name.casefold() not in {built_in.casefold() for built_in in BUILT_IN}
    )


def _own_key(name: str) -> str:
    """Raises ValueError for a name that the person's own presets cannot have."""
    if not is_name_free_to_use(name):
        raise ValueError("not a name for a preset of one's own")
    return _PRESET + name


def _unpacked(text: str) -> tuple[str, dict[str, str]] | None:
    """Model and values of a stored preset; None for a damaged one, which is left in place."""
    try:
        stored = json.loads(text)
        model, values = stored["model"], stored["values"]
        texts = {str(key): value for key, value in values.items() if isinstance(value, str)}
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    return (str(model), texts) if texts else None
