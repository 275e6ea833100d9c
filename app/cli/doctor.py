"""`doctor`: what this machine is, which engine and guards are active, what is wrong, and what to do about it.

Looking and judging are apart: `look` asks the system, `problems` is a pure function of what was seen. Nothing is
written and no profile is opened. JSON keys are documented in docs/command-line.md and kept.
"""

from __future__ import annotations

import json
import platform
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

from app import __version__, log, paths
from app.cli import streams
from app.cli.arguments import Arguments
from app.cli.screen import missing_for_a_window
from app.engine import client
from app.engine.client import EngineBuild
from app.engine.planning import hardware, planner
from app.engine.planning.forecast import Forecast, forecast
from app.engine.planning.hardware import Hardware
from app.engine.planning.planner import Machine, Plan
from app.engine.protocol import Device, LoadWish
from app.errors import EXIT_FAILED, EXIT_OK, Damaged, NewerDatabase, PaddockError
from app.models import header, library
from app.models.header import Header
from app.models.reference import llama31
from app.net import tripwire
from app.net.policy import read_admin_policy
from app.storage import keys
from app.storage.keys import SlotState
from app.storage.secrets import KeyringSecrets
from app.text import _

GIB = 2**30
LITTLE_MEMORY_BYTES = 6 * GIB
_BUILD_FLAGS = {"nvidia": "-DGGML_CUDA=ON", "amd": "-DGGML_HIP=ON", "intel": "-DGGML_SYCL=ON"}


@dataclass(frozen=True, slots=True)
class Problem:
    """Something to do. An "error" keeps Paddock from working; a "warning" makes it slower or less safe."""

    id: str
    severity: Literal["error", "warning"]
    message: str
    next_step: str


@dataclass(frozen=True, slots=True)
class Prospect:
    """What to expect of a model on this machine; `plan` is None where it fits in no way."""

    title: str
    size_bytes: int
    plan: Plan | None
    forecast: Forecast | None


@dataclass(frozen=True, slots=True)
class Seen:
    """What `look` found. `engine` is None when the engine child did not come up; `engine_fault` says why."""

    hardware: Hardware
    engine: EngineBuild | None
    engine_fault: str
    profile: str
    slots: SlotState | None
    profile_fault: PaddockError | None
    keyring_backend: str
    has_starter: bool
    window_lacks: str
    system: str
    prospects: tuple[Prospect, ...] = ()
    is_network_forbidden: bool = False  # by the administrator


def main(arguments: Arguments) -> int:
    """Exit code 0, or 1 when a problem of severity "error" was found."""
    tripwire.arm(tripwire.Door())
    log.start(None)
    try:
        seen = look(paths.places(arguments.profile), arguments.model)
    except PaddockError as error:  # of the model file that was named
        streams.tell(str(error))
        return error.exit_code
    found = problems(seen)
    is_said = streams.write((as_json(seen, found) if arguments.as_json else as_text(seen, found)) + "\n")
    has_error = any(problem.severity == "error" for problem in found)
    return EXIT_FAILED if has_error or not is_said else EXIT_OK


def look(places: paths.Places, model: Path | None = None) -> Seen:
    """Ask the system, the engine and the profile's key file. Takes a second or so: an engine child starts.

    Raises ModelFault for a `model` that is none.
    """
    seen = Seen(
        hardware=hardware.probe(),
        engine=None,
        engine_fault="",
        profile=str(places.root),
        slots=None,
        profile_fault=None,
        keyring_backend="",
        has_starter=bool(library.known(())),
        window_lacks=missing_for_a_window(),
        system=f"{platform.system()} {platform.release()} {platform.machine()}",
        is_network_forbidden=read_admin_policy().is_never,
    )
    try:
        seen = replace(seen, engine=client.build())
    except PaddockError as error:
        seen = replace(seen, engine_fault=str(error))
    seen = replace(seen, prospects=_prospects(seen, model))
    try:
        paths.refuse_unusable(places)
        if keys.exists(places.keyfile):
            seen = replace(seen, slots=keys.slot_state(places.keyfile))
    except PaddockError as error:
        seen = replace(seen, profile_fault=error)
    secrets = KeyringSecrets()
    return replace(seen, keyring_backend=secrets.backend if secrets.is_available else "")


def _prospects(seen: Seen, model: Path | None) -> tuple[Prospect, ...]:
    """Of the model file that was named and of Llama 3.1; none without an engine, which knows the devices."""
    named = () if model is None else ((library.title_of(model), header.read_header(model)),)
    if seen.engine is None:
        return ()
    machine = Machine(seen.hardware, seen.engine.devices)
    others = tuple((reference.title, reference.model) for reference in llama31())
    return tuple(_prospect(title, found, machine) for title, found in named or others)


def _prospect(title: str, model: Header, machine: Machine) -> Prospect:
    plan = planner.plan(model, machine, LoadWish(Path(title)), size_bytes=model.total_bytes)
    expected = None if plan is None else forecast(model, plan, machine, None, None)
    return Prospect(title, model.total_bytes, plan, expected)


def problems(seen: Seen) -> tuple[Problem, ...]:
    """What is wrong, the worst first, each with a next step."""
    return (*_engine_problems(seen), *_profile_problems(seen), *_machine_problems(seen))


def _engine_problems(seen: Seen) -> list[Problem]:
    if seen.engine is None:
        return [Problem("engine-failed", "error", seen.engine_fault, _("Run packaging/dev.py again to rebuild it."))]
    found = []
    guards = seen.engine.guards
    if sys.platform.startswith("linux") and not guards.seccomp:
        found.append(
            Problem(
                "no-seccomp",
                "error",
                _("The engine could not give up the network (seccomp)."),
                _("Use a kernel with seccomp, or do not open models you do not trust."),
            )
        )
    if sys.platform.startswith("linux") and not guards.landlock:
        found.append(
            Problem(
                "no-landlock",
                "warning",
                _("The engine could not give up files (Landlock)."),
                _("Linux 5.13 or later with Landlock switched on has it."),
            )
        )
    if guards.failed:
        found.append(
            Problem(
                "guard-failed",
                "error",
                _("A guard of the engine did not hold when it tested itself: {names}.").format(
                    names=", ".join(guards.failed)
                ),
                _("Do not open models you do not trust, and report this."),
            )
        )
    engine_has_gpu = any(device.kind in ("gpu", "igpu") for device in seen.engine.devices)
    for gpu in seen.hardware.gpus if not engine_has_gpu else ():
        flag = _BUILD_FLAGS.get(gpu.vendor, "-DGGML_VULKAN=ON")
        found.append(
            Problem(
                "gpu-unused",
                "warning",
                _("A GPU ({name}) is here, the engine is built without it.").format(
                    name=gpu.name or gpu.vendor.upper()
                ),
                _(
                    "Install its development kit, add {flag} to CMAKE_ARGS in pyproject.toml, and run packaging/dev.py."
                ).format(flag=flag),
            )
        )
    return found


def _profile_problems(seen: Seen) -> list[Problem]:
    found = []
    fault = seen.profile_fault
    if fault is not None:
        name = "profile-damaged" if isinstance(fault, Damaged) else "profile-unusable"
        found.append(Problem(name, "error", fault.message, fault.next_step))
    if seen.slots is not None and not seen.slots.is_recovery_confirmed:
        found.append(
            Problem(
                "recovery-unconfirmed",
                "warning",
                _("Nobody has confirmed the recovery key of this profile; it hangs on one key."),
                _("Open Paddock, then Settings, then Recovery key."),
            )
        )
    if not seen.keyring_backend:
        found.append(
            Problem(
                "no-keyring",
                "warning",
                _("This system offers no keyring, so Paddock asks for a passphrase at each start."),
                _("Install and unlock one, for example gnome-keyring, to open without a passphrase."),
            )
        )
    return found


def _machine_problems(seen: Seen) -> list[Problem]:
    found = []
    if not seen.has_starter:
        found.append(
            Problem(
                "no-starter",
                "warning",
                _("The starter model is not part of this install."),
                _("Run packaging/dev.py again, or open a model file of your own."),
            )
        )
    if seen.window_lacks:
        found.append(Problem("no-window", "warning", _("A window cannot open here."), seen.window_lacks))
    if seen.hardware.memory_total_bytes < LITTLE_MEMORY_BYTES:
        found.append(
            Problem(
                "little-memory",
                "warning",
                _("This computer has less than 6 GB of memory."),
                _("Models of up to about 3 billion parameters run well on it."),
            )
        )
    return found


def device_text(device: Device) -> str:
    return f"{device.name} ({device.description})"


def _device_names(engine: EngineBuild) -> list[str]:
    return [device_text(device) for device in engine.devices]


def _prospect_json(prospect: Prospect) -> dict[str, object]:
    plan, expected = prospect.plan, prospect.forecast
    return {
        "title": prospect.title,
        "size_bytes": prospect.size_bytes,
        "place": None if plan is None else plan.place,
        "decode_tokens_per_s": None if expected is None else expected.decode_tokens_per_s,
        "first_word_s": None if expected is None else expected.first_word_s,
        "reasons": [] if expected is None else list(expected.reasons),
    }


def _prospect_lines(prospects: tuple[Prospect, ...]) -> list[str]:
    lines = []
    for prospect in prospects:
        words = _("fits in no way") if prospect.forecast is None else prospect.forecast.words
        lines.append(
            _("Model      {title}, {size:.1f} GB: {words}").format(
                title=prospect.title, size=prospect.size_bytes / 1e9, words=words
            )
        )
        if len(prospects) == 1 and prospect.forecast is not None:
            lines += [f"           {reason}" for reason in prospect.forecast.reasons]
    return lines


def as_json(seen: Seen, found: tuple[Problem, ...]) -> str:
    """The documented object, on several lines."""
    machine = seen.hardware
    engine = seen.engine
    slots = seen.slots
    return json.dumps(
        {
            "paddock": __version__,
            "system": seen.system,
            "python": platform.python_version(),
            "processor": {
                "name": machine.cpu,
                "physical_cores": machine.cores_physical,
                "logical_cores": machine.cores_logical,
                "instruction_sets": list(machine.instruction_sets),
            },
            "memory": {
                "total_bytes": machine.memory_total_bytes,
                "available_bytes": machine.memory_available_bytes,
            },
            "gpus": [asdict(gpu) for gpu in machine.gpus],
            "engine": None if engine is None else {"build": engine.build, "devices": _device_names(engine)},
            "guards": None if engine is None else asdict(engine.guards),
            "profile": {
                "path": seen.profile,
                "exists": slots is not None or isinstance(seen.profile_fault, Damaged | NewerDatabase),
                "has_keyring_slot": bool(slots and slots.has_keyring),
                "has_passphrase_slot": bool(slots and slots.has_passphrase),
                "is_recovery_confirmed": bool(slots and slots.is_recovery_confirmed),
            },
            "keyring": seen.keyring_backend or None,
            "starter_model": seen.has_starter,
            "window": not seen.window_lacks,
            "network": "never" if seen.is_network_forbidden else "until_asked",
            "models": [_prospect_json(prospect) for prospect in seen.prospects],
            "problems": [asdict(problem) for problem in found],
        },
        indent=2,
    )


def as_text(seen: Seen, found: tuple[Problem, ...]) -> str:
    """For people."""
    machine = seen.hardware
    lines = [
        f"Paddock {__version__}, Python {platform.python_version()}, {seen.system}",
        _("Processor  {name}, {cores} cores, {sets}").format(
            name=machine.cpu, cores=machine.cores_physical, sets=" ".join(machine.instruction_sets) or "-"
        ),
        _("Memory     {total:.1f} GB, {free:.1f} GB free").format(
            total=machine.memory_total_bytes / GIB, free=machine.memory_available_bytes / GIB
        ),
        _("GPU        {names}").format(
            names=", ".join(gpu.name or gpu.vendor for gpu in machine.gpus) or _("none seen")
        ),
    ]
    if seen.engine is not None:
        guards = seen.engine.guards
        took = [name for name, has in (("seccomp", guards.seccomp), ("Landlock", guards.landlock)) if has]
        took += [guards.other] if guards.other else []
        lines += [
            _("Engine     {build}, on {devices}").format(
                build=seen.engine.build, devices=", ".join(map(device_text, seen.engine.devices))
            ),
            _("Guards     {took}; proven: {proven}").format(
                took=", ".join(took) or _("none"), proven=", ".join(guards.proven) or _("nothing")
            ),
        ]
    lines += _prospect_lines(seen.prospects)
    is_made = seen.slots is not None or seen.profile_fault is not None
    lines += [
        _("Keyring    {backend}").format(backend=seen.keyring_backend or _("none")),
        _("Profile    {path}").format(path=seen.profile if is_made else _("none yet")),
        _("Network    offline, as the administrator of this computer has it")
        if seen.is_network_forbidden
        else _("Network    offline until you ask for a model and allow the request"),
        "",
    ]
    if not found:
        return "\n".join([*lines, _("Nothing is wrong.")])
    for problem in found:
        lines += [f"[{problem.severity}] {problem.message}", f"    {problem.next_step}"]
    return "\n".join(lines)
