"""llama.cpp's own benchmark, built from the source of the engine that is installed.

Only its two files are compiled; they are linked to the very libraries that the engine child loads. So both sides of a
ratio run the same machine code, and the build takes seconds. Without the source, or with that of another version,
there is nothing to compare with: `Unavailable` says so in a sentence.
"""

from __future__ import annotations

import filecmp
import hashlib
import importlib.metadata
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import platformdirs

PACKAGE = "llama-cpp-python"
SOURCE_VARIABLE, BUILD_VARIABLE = "PADDOCK_LLAMA_SOURCE", "PADDOCK_LLAMA_BENCH"
HEADERS = ("include", "ggml/include", "common", "vendor", "tools/llama-bench")
FILES = ("tools/llama-bench/llama-bench.cpp", "tools/llama-bench/main.cpp")
LIBRARIES = ("llama-common", "llama", "ggml", "ggml-cpu", "ggml-base")
BUILD_S, RUN_S = 900.0, 1800.0


class Unavailable(Exception):
    """Says in a sentence why there is no llama-bench here."""


@dataclass(frozen=True, slots=True)
class Run:
    """What to measure; the rest is llama-bench's default (KV in f16, flash attention where it helps, repacking)."""

    model: Path
    threads: int
    prompt_tokens: int = 0
    answer_tokens: int = 0
    depth_tokens: int = 0  # in the KV cache before the clock starts
    micro_batch_tokens: int = 512


def tokens_per_s(program: Path, run: Run) -> float:
    """Of one run, after llama-bench's own warm-up. In its own process with its own threads, as people run it."""
    command = [str(program), "-m", str(run.model), "-t", str(run.threads), "-r", "1", "-o", "json", "-ngl", "0"]
    command += ["-p", str(run.prompt_tokens), "-n", str(run.answer_tokens), "-d", str(run.depth_tokens)]
    command += ["-ub", str(run.micro_batch_tokens)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=RUN_S, check=True)
    (result,) = json.loads(done.stdout)
    return float(result["avg_ts"])


def build() -> Path:
    """The program, compiled at the first call. Raises Unavailable."""
    source, libraries = _source(), _libraries()
    compiler = shutil.which(os.environ.get("CXX", "c++"))
    if compiler is None:
        raise Unavailable("There is no C++ compiler: install g++ or clang, or name one in CXX.")
    program = _folder() / f"llama-bench-{_digest(source, libraries)}"
    if program.exists():
        return program
    program.parent.mkdir(parents=True, exist_ok=True)
    unfinished = program.with_suffix(f".{os.getpid()}")
    done = subprocess.run(
        [compiler, *_options(source, libraries), "-o", str(unfinished)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=BUILD_S,
        check=False,
    )
    if done.returncode != 0:
        raise Unavailable(f"llama-bench could not be compiled: {done.stdout.decode('utf-8', 'replace')[-2000:]}")
    unfinished.replace(program)
    return program


def _options(source: Path, libraries: Path) -> list[str]:
    folder = str(libraries)
    shared = [str(libraries / f"lib{name}{_suffix()}") for name in LIBRARIES]
    later = [f"-Wl,-rpath-link,{folder}"] if sys.platform == "linux" else []
    return [
        *("-O3", "-DNDEBUG", "-std=c++17", "-pthread"),
        *(f"-I{source / name}" for name in HEADERS),
        *(str(source / name) for name in FILES),
        *shared,
        f"-Wl,-rpath,{folder}",
        *later,
    ]


def _suffix() -> str:
    return ".dylib" if sys.platform == "darwin" else ".so"


def _libraries() -> Path:
    """The folder with the libraries that the engine child loads."""
    spec = importlib.util.find_spec("llama_cpp")  # found, not run
    if spec is None or spec.origin is None:
        raise Unavailable("The engine's package is not installed: run `python3 packaging/dev.py setup`.")
    folder = Path(spec.origin).parent / "lib"
    missing = [name for name in LIBRARIES if not (folder / f"lib{name}{_suffix()}").exists()]
    if missing:
        raise Unavailable(
            f"The engine's build lacks {', '.join(missing)}: llama-bench is linked on Linux and macOS only."
        )
    return folder


def _source() -> Path:
    """llama.cpp's source as it was built, told from others by its headers."""
    named = os.environ.get(SOURCE_VARIABLE)
    candidates = [Path(named)] if named else _cached_sources()
    for candidate in candidates:
        if _is_of_the_build(candidate):
            return candidate
    place = f"in {named}" if named else "in uv's cache"
    raise Unavailable(
        f"The source of {PACKAGE} {_version()} is not {place}: unpack its sdist, and name its folder "
        f"vendor/llama.cpp in {SOURCE_VARIABLE}."
    )


def _cached_sources() -> list[Path]:
    """uv keeps the sdists that it builds from: sdists-vN/INDEX/llama-cpp-python/VERSION/ID/src."""
    pattern = f"sdists-v*/**/{PACKAGE}/{_version()}/*/src/vendor/llama.cpp"
    folders = [folder for folder in (os.environ.get("UV_CACHE_DIR"), platformdirs.user_cache_dir("uv")) if folder]
    return [found for folder in folders for found in sorted(Path(folder).glob(pattern))]


def _is_of_the_build(source: Path) -> bool:
    installed = _libraries().parent / "include"
    pairs = (("include", "llama.h"), ("ggml/include", "ggml.h"), ("ggml/include", "ggml-backend.h"))
    if not all((source / name).exists() for name in FILES):
        return False
    return all(
        (source / folder / name).exists() and filecmp.cmp(source / folder / name, installed / name, shallow=False)
        for folder, name in pairs
    )


def _version() -> str:
    return importlib.metadata.version(PACKAGE)


def _folder() -> Path:
    named = os.environ.get(BUILD_VARIABLE)
    return Path(named) if named else Path(platformdirs.user_cache_dir("paddock-bench"))


def _digest(source: Path, libraries: Path) -> str:
    """Of all that the program is made of: another library, another program."""
    digest = hashlib.sha256(str(libraries).encode())
    for path in (*(source / name for name in FILES), libraries / f"libllama{_suffix()}"):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def main() -> int:
    try:
        print(build())
    except Unavailable as reason:
        print(reason, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
