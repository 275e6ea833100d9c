"""The window's start imports what its first frame needs, and nothing of what takes long: see app/ui/later.py."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LIST_MODULES = "import json, sys, app.ui.app, app.ui.window; print(json.dumps(sorted(sys.modules)))"
LIST_MADE_UP = """
import dataclasses, json, sys
import app.ui.app
modules = [module for name, module in sys.modules.items() if name.startswith("app.")]
found = {value for module in modules for value in vars(module).values() if isinstance(value, type)}
values = [one for one in found if dataclasses.is_dataclass(one) and one.__module__.startswith("app.")]
print(json.dumps(sorted(one.__name__ for one in values if one.__doc__.startswith(one.__name__ + "("))))
"""
LATER = (
    *("httpx2", "httpcore2", "huggingface_hub", "numpy", "llama_cpp", "psutil", "keyring"),
    *("markdown_it", "mdit_py_plugins", "pygments", "ziamath", "latex2mathml", "spylls", "qtawesome"),
    *(
        "asyncio",
        "email",
        "http",
        "ssl",
        "unittest",
        "app.works",
        "app.desk",
        "app.engine.client",
        "app.engine.planning",
    ),
    *(
        "app.journeys",
        "app.models.fetch",
        "app.models.hub.hub",
        "app.models.shelf",
        "app.chat.session",
        "app.chat.exchange",
    ),
    *("app.ui.chat.rendering.markdown", "app.ui.chat.transcript.message_view", "app.ui.models.page"),
    *("app.ui.models.screen", "app.ui.preferences", "app.ui.settings.dialog", "app.ui.exchange", "app.ui.prompts"),
    *("PySide6.QtDBus", "PySide6.QtNetwork"),
    *("app.ui.documents.page", "app.ui.documents.viewer", "app.ui.documents.read_dialog", "app.documents.library"),
    *("app.chat.forwarded", "app.chat.markup", "app.speech.voice", "app.ui.parts", "app.ui.acting", "app.ui.later"),
    *("app.ui.chat.conversation", "app.ui.chat.screen", "app.ui.chat.sidebar.library", "app.ui.chat.context.room"),
    *("app.ui.chat.transcript.transcript", "app.ui.dialogs", "app.ui.models.picker", "app.ui.network.keeper"),
    *("app.ui.extras", "app.ui.tray", "app.ui.toast", "app.ui.system_motion", "app.ui.quick.door"),
    *("app.ui.palette.palette", "app.ui.quick.quick_window", "app.ui.welcome", "app.ui.compare", "app.ui.about"),
)


@pytest.fixture(scope="module")
def imported() -> frozenset[str]:
    """By a fresh interpreter, for the window's process."""
    listed = subprocess.run(
        [sys.executable, "-c", LIST_MODULES], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    return frozenset(json.loads(listed.stdout))


@pytest.mark.parametrize("name", LATER)
def test_the_first_frame_does_without(imported: frozenset[str], name: str) -> None:
    assert name not in imported


def test_what_is_imported_later_exists() -> None:
    """Else a module that was given another name would be looked for in vain above."""
    ours = [name for name in LATER if name.startswith("app.")]
    places = [ROOT / Path(*name.split(".")) for name in ours]
    assert all(place.is_dir() or place.with_suffix(".py").is_file() for place in places)


def test_no_source_is_read_to_look_for_features_of_pyside(imported: frozenset[str]) -> None:
    """`app.ui` answers for all modules; the workaround there must fit the PySide6 that is pinned."""
    from shibokensupport import feature  # type: ignore[import-not-found] # made by PySide6 when it is imported

    import app.ui

    assert app.ui.__name__ in imported
    assert feature._mod_uses_pyside(app.ui) is False
    assert callable(feature.feature_imported)


def test_no_dataclass_of_the_start_has_its_docstring_made_up() -> None:
    """Where there is none, `dataclass` writes the signature in its place: 0.5 ms a class, of which a start has 130."""
    lacking = subprocess.run(
        [sys.executable, "-c", LIST_MADE_UP], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert json.loads(lacking.stdout) == []


def test_the_values_of_the_start_are_made_by_the_quick_dataclass(imported: frozenset[str]) -> None:
    """See app/frozen.py: the standard one takes 0.4 ms a class, of which a start had 93."""
    ours = [name for name in imported if name.startswith("app.") and name != "app.frozen"]
    paths = [ROOT / Path(*name.split(".")).with_suffix(".py") for name in ours]
    slow = [
        path.relative_to(ROOT).as_posix()
        for path in paths
        if path.is_file()
        and re.search(r"^from dataclasses import .*\bdataclass\b", path.read_text("utf-8"), re.MULTILINE)
    ]
    assert slow == []
