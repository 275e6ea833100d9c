"""Pins everything: writes packaging/requirements.txt (versions and hashes for all systems, no addresses).

Run `.venv/bin/python packaging/lock.py` after changing a dependency. It resolves anew, prints the list that belongs
into pyproject.toml as `constraint-dependencies`, and says which of its lines have changed.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

import bootstrap

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = Path(__file__).with_name("requirements.txt")
HEAD = "# Written by packaging/lock.py. Every package of the environment, for every system, with its hashes.\n"
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)(?:\s*;\s*([^\\\n]+?))?\s*\\?$", re.MULTILINE)


def pins(requirements: str) -> dict[str, list[tuple[str, str]]]:
    """Name -> (version, marker) pairs; more than one where systems need different versions."""
    found: dict[str, list[tuple[str, str]]] = {}
    for name, version, marker in PIN.findall(requirements):
        found.setdefault(canonical(name), []).append((version, marker))
    return found


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def constraints(requirements: str, direct: set[str]) -> list[str]:
    """What pyproject.toml must say about the packages that it does not name itself."""
    lines = []
    for name, versions in sorted(pins(requirements).items()):
        if name not in direct:
            lines += [f"{name}=={version}" + (f" ; {marker}" if versions[1:] else "") for version, marker in versions]
    return lines


def direct_names(project: dict[str, object]) -> set[str]:
    """The packages that a parsed pyproject.toml pins itself."""
    listed: list[str] = []
    match project:
        case {"project": {"dependencies": [*wanted]}, "dependency-groups": dict(groups)}:
            listed = [line for line in wanted if isinstance(line, str)]
            listed += [line for group in groups.values() for line in group if isinstance(line, str)]
    return {canonical(re.split(r"[=<>!~;\[ ]", line)[0]) for line in listed}


def export(workplace: bootstrap.Workplace) -> str:
    """Resolve in a copy of pyproject.toml's folder, so that an older uv.lock does not hold versions back."""
    environment = bootstrap.clean_environment(os.environ, workplace)
    uv = bootstrap.find_uv(workplace, environment)
    with tempfile.TemporaryDirectory() as folder:
        for name in ("pyproject.toml", "README.md", "LICENSE", "app/__init__.py"):
            target = Path(folder) / name
            target.parent.mkdir(exist_ok=True)
            target.write_bytes((ROOT / name).read_bytes())
        command = [
            *(uv, "export", "--quiet", "--project", folder, "--python", str(workplace.python), "--no-python-downloads"),
            *("--all-groups", "--no-emit-project", "--no-header", "--no-annotate", "--format", "requirements.txt"),
        ]
        return subprocess.run(
            command, env=environment, cwd=folder, stdout=subprocess.PIPE, text=True, check=True
        ).stdout


def main() -> int:
    text = export(bootstrap.Workplace(ROOT))
    if "://" in text:
        print("The list holds an address; packaging/requirements.txt was not written.", file=sys.stderr)
        return 1
    REQUIREMENTS.write_text(HEAD + text, encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wanted = constraints(text, direct_names(project))
    present = project["tool"]["uv"]["constraint-dependencies"]
    print("constraint-dependencies = [")
    for line in wanted:
        print(f'    "{line}",' + ("" if line in present else "  # new"))
    print("]")
    for line in sorted(set(present) - set(wanted)):
        print(f"no longer: {line}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
