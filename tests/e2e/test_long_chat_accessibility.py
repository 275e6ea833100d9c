"""Ten thousand messages as a screen reader has them: through AT-SPI, by role and name, though few are on screen."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from tests.e2e.test_accessibility import CHILDREN, SYSTEM_PYTHON, Listener, buses, ended

pytestmark = [
    pytest.mark.window,
    pytest.mark.usefixtures("on_screen"),
    pytest.mark.timeout(120),
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="AT-SPI is how Linux does it"),
]


@dataclass(frozen=True, slots=True)
class LongChat:
    window: subprocess.Popen[str]
    listener: Listener

    def wait_for_focus(self, beginning: str) -> str:
        """The name of what has the focus, once it begins so."""
        assert self.window.stdout is not None
        return next(name for name in (line.strip() for line in self.window.stdout) if name.startswith(beginning))


@pytest.fixture
def chat() -> Iterator[LongChat]:
    """A window with nothing but a long conversation, and somebody who can only listen and choose."""
    if shutil.which("dbus-run-session") is None:
        pytest.skip("there is no dbus-run-session here: install dbus")
    has_gi = "import gi; gi.require_version('Atspi', '2.0'); from gi.repository import Atspi"
    if subprocess.run([SYSTEM_PYTHON, "-c", has_gi], capture_output=True, timeout=30, check=False).returncode:
        pytest.skip("the system's Python has no Atspi: install python3-gi and gir1.2-atspi-2.0")
    with ExitStack() as children:
        environment = os.environ | buses(children) | {"QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1"}

        def child(*command: str) -> subprocess.Popen[str]:
            pipe = subprocess.PIPE
            return children.enter_context(
                ended(subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, text=True))
            )

        window = child(sys.executable, str(CHILDREN / "long_chat.py"))
        hearing = str(CHILDREN / "hearing_rows.py")
        quiet = "ignore::DeprecationWarning"
        yield LongChat(window, Listener(child(SYSTEM_PYTHON, "-W", quiet, hearing, "Paddock", "All messages")))


def test_a_message_far_from_the_screen_is_found_read_and_gone_to(chat: LongChat) -> None:
    assert chat.listener.ask("count") == 10_000
    name = "Message 3 of 10,000. You: These are the words number 3."
    assert chat.listener.ask("find", "list item", "Message 3 of 10,000.") == ["list item", name, ""]
    assert chat.listener.ask("choose", "list item", "Message 3 of 10,000.")
    assert chat.wait_for_focus("Message 3 ") == name


def test_every_message_says_its_words_wherever_the_view_is(chat: LongChat) -> None:
    for number in (1, 5_000, 10_000):
        said = chat.listener.ask("at", str(number - 1))
        assert isinstance(said, list)
        who = "Answer" if number % 2 == 0 else "You"
        assert said[1] == f"Message {number:,} of 10,000. {who}: These are the words number {number}."
