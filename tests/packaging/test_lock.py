"""The pins of pyproject.toml and of the hashed requirements say the same, and neither names an address."""

from __future__ import annotations

import tomllib
from pathlib import Path

import lock

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
REQUIREMENTS = lock.REQUIREMENTS.read_text("utf-8")
SAMPLE = """\
numpy==2.4.6 ; python_full_version < '3.12' \\
    --hash=sha256:00
numpy==2.5.5 ; python_full_version >= '3.12' \\
    --hash=sha256:01
Jaraco.Context==6.1.2 \\
    --hash=sha256:02
pytest==9.2.0 \\
    --hash=sha256:03
"""


def test_markers_are_kept_only_where_a_package_has_several_versions() -> None:
    assert lock.constraints(SAMPLE, {"pytest"}) == [
        "jaraco-context==6.1.2",
        "numpy==2.4.6 ; python_full_version < '3.12'",
        "numpy==2.5.5 ; python_full_version >= '3.12'",
    ]


def test_the_constraints_are_those_of_the_hashed_requirements() -> None:
    wanted = lock.constraints(REQUIREMENTS, lock.direct_names(PROJECT))
    assert PROJECT["tool"]["uv"]["constraint-dependencies"] == wanted, "run packaging/lock.py"


def test_the_direct_pins_are_those_of_the_hashed_requirements() -> None:
    pinned = lock.pins(REQUIREMENTS)
    direct = [*PROJECT["project"]["dependencies"], *PROJECT["dependency-groups"]["dev"]]
    for line in direct:
        name, _, version = line.partition(" ; ")[0].partition("==")
        assert [found for found, _ in pinned[lock.canonical(name)]] == [version], "run packaging/lock.py"


def test_every_package_has_a_hash() -> None:
    blocks = REQUIREMENTS.replace("\\\n", "").splitlines()
    assert all("--hash=sha256:" in line for line in blocks if line and not line.startswith("#"))


def test_no_list_of_packages_names_an_address() -> None:
    assert "://" not in REQUIREMENTS
    assert "://" not in (ROOT / "pyproject.toml").read_text("utf-8")
