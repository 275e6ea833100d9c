"""Behind the dialog of a model's settings: reads, keeps and plans, on workers, what the dialog shows and tells.

One operation at a time, in the order of the signals. What holds is shown again once nothing waits any more: a
snapshot from between two changes would show the second one's old value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from app.core import Core
from app.desk import ModelDesk, Outlook
from app.engine.client import Engine
from app.engine.planning import forecast
from app.engine.planning.forecast import Forecast
from app.engine.planning.planner import Plan
from app.errors import PaddockError
from app.models import companions, gguf, header
from app.models.options import BUILT_IN, ModelOptions
from app.settings import LOADING, PER_MODEL
from app.text import _, decimal, plural
from app.ui import files
from app.ui.bridge import Bridge
from app.ui.in_turn import InTurn
from app.ui.models.keeper import ModelKeeper, place_words
from app.ui.models.settings_dialog import ModelSettingsDialog
from app.ui.models.shown import (
    FileKind,
    FileRequested,
    ModelSettingsShown,
    OptionChanged,
    OptionReset,
    PlanShown,
    PresetChosen,
    PresetDeleted,
    PresetSaved,
    PresetShown,
    plan_shown,
)
from app.ui.theme import Theme

_BY_KEY = {setting.key: setting for setting in PER_MODEL}
_LOADING_KEYS = frozenset(setting.key for setting in LOADING)


@dataclass(frozen=True, slots=True)
class _Held:
    """What holds for the model, at one moment."""

    values: Mapping[str, object]
    changed: frozenset[str]
    presets: tuple[PresetShown, ...]
    preset: str


@dataclass(frozen=True, slots=True)
class _Looked:
    """All that the dialog begins with."""

    options: ModelOptions
    outlook: Outlook
    shown: ModelSettingsShown


class ModelSettings(QObject):
    """Parented to the window. One dialog at a time, for the model that answers."""

    failed = Signal(object)  # PaddockError

    def __init__(self, core: Core, bridge: Bridge, keeper: ModelKeeper, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._window = parent
        self._core = core
        self._keeper = keeper
        self._theme = theme
        self._turns = InTurn(bridge)
        self._looked: _Looked | None = None
        self._dialog: ModelSettingsDialog | None = None
        self._is_opening = False
        self._waiting = 0  # changes that are not kept yet
        self._is_plan_stale = False
        self._is_ahead = False  # whether the model is loaded, or being loaded, with other values than are kept
        keeper.loaded.connect(self._on_loaded)

    @Slot()
    def show(self) -> None:
        if self._dialog is None and not self._is_opening:
            self._is_opening = True
            self._turns.run(partial(_look, self._core.desk, self._engine()), self._open, self._not_opened)

    def _engine(self) -> Engine | None:
        """The one that runs the model that answers; None while that is not loaded."""
        return self._core.host.current if self._keeper.facts is not None else None

    def _not_opened(self, error: PaddockError) -> None:
        self._is_opening = False
        self.failed.emit(error)

    def _open(self, looked: _Looked) -> None:
        self._is_opening = False
        self._looked = looked
        self._is_ahead = False
        dialog = self._dialog = ModelSettingsDialog(self._theme, looked.shown, parent=self._window)
        dialog.changed.connect(self._on_changed)
        dialog.reset.connect(self._on_reset)
        dialog.preset_chosen.connect(self._on_preset_chosen)
        dialog.preset_saved.connect(self._on_preset_saved)
        dialog.preset_deleted.connect(self._on_preset_deleted)
        dialog.file_requested.connect(self._on_file_requested)
        dialog.reload_requested.connect(self._on_reload)
        dialog.finished.connect(self._on_finished)
        dialog.open()

    @Slot(object)
    def _on_changed(self, told: OptionChanged) -> None:
        if self._looked is not None:
            setting = _BY_KEY[told.setting_key]
            is_of_loading = setting.key in _LOADING_KEYS
            self._keep(partial(self._looked.options.set, setting, told.value), is_of_loading=is_of_loading)

    @Slot(object)
    def _on_reset(self, told: OptionReset) -> None:
        if self._looked is not None:
            setting = _BY_KEY[told.key]
            self._keep(partial(self._looked.options.reset, setting), is_of_loading=told.key in _LOADING_KEYS)

    @Slot(object)
    def _on_preset_chosen(self, told: PresetChosen) -> None:
        if self._looked is not None:
            apply = partial(self._core.desk.presets.apply, told.name, self._looked.options)
            self._keep(apply, is_of_loading=told.name not in BUILT_IN)

    @Slot(object)
    def _on_preset_saved(self, told: PresetSaved) -> None:
        if self._looked is not None:
            self._keep(partial(self._core.desk.presets.save, told.name, self._looked.options))

    @Slot(object)
    def _on_preset_deleted(self, told: PresetDeleted) -> None:
        self._keep(partial(self._core.desk.presets.delete, told.name))

    @Slot()
    def _on_reload(self) -> None:
        """Once what was told before has been kept, because the keeper loads with what is kept."""
        if self._looked is not None:
            self._turns.run(partial(_held, self._core.desk, self._looked.options), self._reload, self.failed.emit)

    @Slot()
    def _on_loaded(self) -> None:
        """The plan that came true, which may be another than was foreseen."""
        engine, looked = self._engine(), self._looked
        if engine is not None and looked is not None and self._dialog is not None and not self._is_ahead:
            self._turns.run(partial(_running, self._core.desk, looked.outlook, engine), self._planned, self.failed.emit)

    @Slot(object)
    def _on_file_requested(self, told: FileRequested) -> None:
        if self._dialog is not None:
            asked = files.model_dialog(self._dialog)
            asked.fileSelected.connect(partial(self._on_file, told.kind))
            asked.open()

    @Slot()
    def _on_finished(self) -> None:
        """What was told before is kept all the same."""
        if self._dialog is not None:
            self._dialog.deleteLater()
        self._dialog = None

    def _on_file(self, kind: FileKind, path: str) -> None:
        def take(found: Path) -> None:
            if self._dialog is not None:
                self._dialog.take_file(kind, str(found))

        if self._looked is not None:
            self._turns.run(partial(_checked, kind, Path(path), self._looked.outlook), take, self.failed.emit)

    def _keep(self, change: Callable[[], None], *, is_of_loading: bool = False) -> None:
        """Change something; then the dialog shows what holds, and for settings of loading also where it would run."""
        if self._looked is None:
            return
        desk, options = self._core.desk, self._looked.options

        def work() -> _Held:
            change()
            return _held(desk, options)

        self._is_ahead = self._is_ahead or is_of_loading
        self._is_plan_stale = self._is_plan_stale or is_of_loading
        self._waiting += 1
        self._turns.run(work, self._kept, self._not_kept)

    def _kept(self, held: _Held) -> None:
        self._waiting -= 1
        self._show(held)

    def _not_kept(self, error: PaddockError) -> None:
        """The dialog goes back to what holds."""
        self._waiting -= 1
        self.failed.emit(error)
        if self._looked is not None:
            self._turns.run(partial(_held, self._core.desk, self._looked.options), self._show, self.failed.emit)

    def _show(self, held: _Held) -> None:
        if self._dialog is None or self._looked is None or self._waiting:
            return
        self._dialog.show_values(held.values, held.changed)
        self._dialog.show_presets(held.presets, held.preset)
        if self._is_plan_stale:
            self._is_plan_stale = False
            look = partial(_foreseen, self._core.desk, self._looked.outlook.path)
            self._turns.run(look, self._planned, self.failed.emit)

    def _planned(self, plan: PlanShown) -> None:
        if self._dialog is not None:
            self._dialog.show_plan(plan)

    def _reload(self, held: _Held) -> None:
        self._is_ahead = False
        self._show(held)
        self._keeper.preload()


# On a worker.


def _look(desk: ModelDesk, engine: Engine | None) -> _Looked:
    """`engine` runs the model that answers; None while that is not loaded. Raises ModelFault."""
    path = desk.path()
    outlook, options = desk.outlook(path), desk.options(path)
    held = _held(desk, options)
    accelerators = [device for device in outlook.machine.devices if device.kind != "cpu"]
    shown = ModelSettingsShown(
        title=outlook.title,
        plan=_shown(outlook, outlook.plan, outlook.forecast) if engine is None else _running(desk, outlook, engine),
        values=held.values,
        defaults=options.defaults(),
        changed=held.changed,
        presets=held.presets,
        preset=held.preset,
        devices=tuple(device.description or device.name for device in accelerators),
        layers=outlook.model.layers + 1,  # with the output, as the setting counts them
        trained_context_tokens=outlook.model.trained_context,
        template_text=outlook.model.chat_template,
    )
    return _Looked(options, outlook, shown)


def _held(desk: ModelDesk, options: ModelOptions) -> _Held:
    return _Held(
        values=options.values(),
        changed=frozenset(setting.key for setting in options.changed()),
        presets=tuple(PresetShown(name, is_built_in=name in BUILT_IN) for name in desk.presets.names()),
        preset=desk.presets.matching(options),
    )


def _foreseen(desk: ModelDesk, path: Path) -> PlanShown:
    outlook = desk.outlook(path)
    return _shown(outlook, outlook.plan, outlook.forecast)


def _running(desk: ModelDesk, outlook: Outlook, engine: Engine) -> PlanShown:
    """The plan that the engine runs by."""
    measured = desk.speeds.measured(desk.fingerprint(outlook.path), engine.plan)
    foreseen = forecast.forecast(outlook.model, engine.plan, outlook.machine, measured, desk.speeds.machine())
    return _shown(outlook, engine.plan, foreseen)


def _shown(outlook: Outlook, plan: Plan, foreseen: Forecast) -> PlanShown:
    explained = replace(plan, reasons=foreseen.reasons)
    return plan_shown(
        explained,
        outlook.machine,
        headline=headline(plan, foreseen),
        untrusted_template=outlook.model.chat_template,
    )


def _checked(kind: FileKind, path: Path, outlook: Outlook) -> Path:
    """The file that was chosen, if it can go with the model. Raises ModelFault."""
    found = gguf.check(path)
    untrusted_header = header.read_header(found.path)
    if kind == "adapter":
        companions.require_adapter(untrusted_header, outlook.model)
    else:
        companions.require_draft(untrusted_header, outlook.model)
    return found.path


def headline(plan: Plan, foreseen: Forecast) -> str:
    """Where it runs, how fast, and how long the first word takes."""
    rate = forecast.rate_words(foreseen.decode_tokens_per_s)
    first = _("first word after {time}").format(time=_time_words(foreseen.first_word_s))
    return " · ".join((place_words(plan.place), rate, first))


def _time_words(seconds: float) -> str:
    if seconds < 10:
        return _("{seconds} s").format(seconds=decimal(max(0.1, seconds)))
    if seconds < 100:
        return _("{seconds:.0f} s").format(seconds=seconds)
    return plural("{count} minute", "{count} minutes", round(seconds / 60))
