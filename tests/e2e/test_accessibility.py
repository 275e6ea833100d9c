"""The window as a screen reader has it: driven through AT-SPI from another process, by role and name alone.

The bus, the window and the listener are children of the test; the listener is the system's Python, which has gi.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CHILDREN = ROOT / "tests" / "children"
SYSTEM_PYTHON = "/usr/bin/python3"
ANSWER = "A llama is a **domesticated** animal from the Andes."
END_S = 15

# Holds a session bus open until its input closes, and says where the accessibility bus beside it is.
BUS = """
echo "$DBUS_SESSION_BUS_ADDRESS"
dbus-send --print-reply=literal --dest=org.a11y.Bus /org/a11y/bus org.a11y.Bus.GetAddress 2>/dev/null || echo
echo
cat > /dev/null
"""

pytestmark = [
    pytest.mark.window,
    pytest.mark.usefixtures("on_screen"),
    pytest.mark.timeout(120),
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="AT-SPI is how Linux does it"),
]


class Listener:
    """The commands of tests/children/hearing.py."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def ask(self, *command: str) -> object:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        answer: dict[str, object] = json.loads(self._process.stdout.readline())
        assert "error" not in answer, answer["error"]
        return answer["result"]


def buses(children: ExitStack) -> dict[str, str]:
    """An own session bus and accessibility bus, as environment variables."""
    holder = children.enter_context(
        ended(
            subprocess.Popen(
                ["dbus-run-session", "--", "sh", "-c", BUS],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
        )
    )
    assert holder.stdout is not None
    session, accessibility = holder.stdout.readline().strip(), holder.stdout.readline().strip()
    if not accessibility:
        pytest.skip("there is no accessibility bus here: install at-spi2-core")
    return {"DBUS_SESSION_BUS_ADDRESS": session, "AT_SPI_BUS_ADDRESS": accessibility}


class ended:  # noqa: N801 - a context manager that reads as a word
    """Ends a child with its input, then with a signal, and waits for it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def __enter__(self) -> subprocess.Popen[str]:
        return self._process

    def __exit__(self, *_error: object) -> None:
        process = self._process
        if process.stdin is not None:
            process.stdin.close()
        else:
            process.terminate()
        try:
            process.wait(END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(END_S)
        if process.stdout is not None:
            process.stdout.close()


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[Listener]:
    """A new user's window, and somebody who can only listen and press."""
    if shutil.which("dbus-run-session") is None:
        pytest.skip("there is no dbus-run-session here: install dbus")
    has_gi = "import gi; gi.require_version('Atspi', '2.0'); from gi.repository import Atspi"
    if subprocess.run([SYSTEM_PYTHON, "-c", has_gi], capture_output=True, timeout=30, check=False).returncode:
        pytest.skip("the system's Python has no Atspi: install python3-gi and gir1.2-atspi-2.0")
    with ExitStack() as children:
        environment = os.environ | buses(children) | {"QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1"}
        window = [sys.executable, str(CHILDREN / "bare_window.py"), str(tmp_path / "profile"), str(tmp_path / "keys")]
        children.enter_context(ended(subprocess.Popen([*window, ANSWER], env=environment, text=True)))
        hearing = subprocess.Popen(
            [SYSTEM_PYTHON, "-W", "ignore::DeprecationWarning", str(CHILDREN / "hearing.py"), "Paddock"],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        yield Listener(children.enter_context(ended(hearing)))


def test_a_person_who_hears_the_window_gets_from_the_first_start_to_an_answer(listener: Listener) -> None:
    start = "Start now: Start with the small model"
    assert listener.ask("has", "push button", start)
    assert listener.ask("nameless") == []
    listener.ask("press", "push button", start)

    assert listener.ask("has", "push button", "Later")
    assert listener.ask("nameless") == []
    listener.ask("press", "push button", "Later")

    assert listener.ask("has", "push button", "New chat")
    assert listener.ask("nameless") == []
    listener.ask("write", "text", "Message", "What is a llama?")
    listener.ask("press", "push button", "Send")
    assert listener.ask("has", "push button", "Answer again"), "the answer is complete"
    assert listener.ask("read", "label", "Text of the answer") == ANSWER.replace("*", "")
    assert listener.ask("read", "label", "Your message") == "What is a llama?"
    assert listener.ask("nameless") == []

    listener.ask("press", "push button", "Settings")
    assert listener.ask("has", "push button", "Done")
    assert listener.ask("nameless") == []


def test_a_person_who_hears_the_window_finds_versions_chats_hits_and_undo(listener: Listener) -> None:
    listener.ask("press", "push button", "Start now: Start with the small model")
    listener.ask("press", "push button", "Later")
    listener.ask("write", "text", "Message", "What is a llama?")
    listener.ask("press", "push button", "Send")
    listener.ask("press", "push button", "Answer again")
    assert listener.ask("has", "label", "Version 2 of 2")
    assert listener.ask("begins", "filler", "Message 1 of 2. ") == "Message 1 of 2. You: What is a llama?"
    assert listener.ask("has", "list", "Chats")
    assert listener.ask("begins", "list item", "What is a llama")

    listener.ask("write", "text", "Search chats", "domesticated")
    hit = listener.ask("begins", "list item", "What is a llama. Paddock: ")
    assert isinstance(hit, str)
    assert "domesticated" in hit
    listener.ask("press", "push button", "Clear the search")

    listener.ask("press", "push button", "New temporary chat, never written to disk")
    assert listener.ask("has", "push button", "Make a text shorter"), "the chat is new"
    listener.ask("write", "text", "Message", "Between us")
    listener.ask("press", "push button", "Send")
    assert listener.ask("begins", "filler", "Message 1 of 2. You: Between us")
    assert listener.ask("has", "push button", "Answer again"), "the answer is complete"
    listener.ask("press", "push button", "New chat")
    assert listener.ask("begins", "filler", "The temporary chat has ended")
    listener.ask("press", "push button", "Undo")
    assert listener.ask("begins", "filler", "Message 1 of 2. You: Between us")
    assert listener.ask("nameless") == []
