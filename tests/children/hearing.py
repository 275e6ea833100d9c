"""What a screen reader finds: run by the system's Python, which has gi. It answers commands about one application.

Usage: hearing.py APPLICATION. Each line on standard input is a JSON list: a command and its arguments; each line on
standard output is its answer, {"result": ...} or {"error": "..."}.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any  # what gi makes has no types

importlib.import_module("gi").require_version("Atspi", "2.0")
Atspi: Any = importlib.import_module("gi.repository.Atspi")  # by name, as no type checker finds gi

FIND_S = 20.0
DEPTH_MAX = 40


def application(name: str) -> Any:
    """The top of the tree that a window shows."""
    desktop = Atspi.get_desktop(0)
    for number in range(desktop.get_child_count()):
        child = desktop.get_child_at_index(number)
        if child is not None and child.get_name() == name:
            return child
    return None


def below(node: Any, depth: int = 0) -> Iterator[Any]:
    """Everything that is on screen under `node`, in order."""
    if node is None or depth > DEPTH_MAX:
        return
    yield node
    for number in range(node.get_child_count()):
        child = node.get_child_at_index(number)
        if child is not None and child.get_state_set().contains(Atspi.StateType.VISIBLE):
            yield from below(child, depth + 1)


class Hearing:
    def __init__(self, name: str) -> None:
        self._name = name

    def find(self, role: str, name: str) -> Any:
        """Wait for the widget of this role and name."""
        end = time.monotonic() + FIND_S
        while time.monotonic() < end:
            for node in self._nodes():
                if node.get_role_name() == role and node.get_name() == name:
                    return node
            time.sleep(0.05)
        message = f"no {role} is called {name!r}; there are {sorted(set(self._described()))}"
        raise LookupError(message)

    def has(self, role: str, name: str) -> bool:
        return self.find(role, name) is not None

    def begins(self, role: str, beginning: str) -> str:
        """The whole name of the first of this role whose name begins so, once there is one."""
        end = time.monotonic() + FIND_S
        while time.monotonic() < end:
            for node in self._nodes():
                if node.get_role_name() == role and (node.get_name() or "").startswith(beginning):
                    return str(node.get_name())
            time.sleep(0.05)
        message = f"no {role} begins with {beginning!r}; there are {sorted(set(self._described()))}"
        raise LookupError(message)

    def press(self, role: str, name: str) -> bool:
        node = self.find(role, name)
        end = time.monotonic() + FIND_S
        while not node.get_state_set().contains(Atspi.StateType.ENABLED) and time.monotonic() < end:
            time.sleep(0.05)
        names = [node.get_action_name(number) for number in range(node.get_n_actions())]
        return bool(node.do_action(names.index("Press")))

    def write(self, role: str, name: str, text: str) -> bool:
        return bool(self.find(role, name).get_editable_text_iface().set_text_contents(text))

    def read(self, role: str, name: str) -> str:
        text = self.find(role, name).get_text_iface()
        return str(text.get_text(0, text.get_character_count()))

    def nameless(self) -> list[str]:
        """What can have the focus and says nothing about itself, with the way to it."""
        found = []
        for node in self._nodes():
            states = node.get_state_set()
            if states.contains(Atspi.StateType.FOCUSABLE) and not (node.get_name() or "").strip():
                found.append(_way(node))
        return found

    def focusable(self) -> list[str]:
        """Role and name of all that can have the focus."""
        return [
            f"{node.get_role_name()}: {node.get_name()}"
            for node in self._nodes()
            if node.get_state_set().contains(Atspi.StateType.FOCUSABLE)
        ]

    def _nodes(self) -> Iterator[Any]:
        return below(application(self._name))

    def _described(self) -> Iterator[str]:
        return (f"{node.get_role_name()}: {(node.get_name() or '')[:40]}" for node in self._nodes())


def _way(node: Any) -> str:
    names = []
    while node is not None and node.get_role_name() != "application":
        names.append(f"{node.get_role_name()} {(node.get_name() or '')[:30]!r}")
        node = node.get_parent()
    return " < ".join(names)


def main() -> None:
    hearing = Hearing(sys.argv[1])
    commands: dict[str, Callable[..., object]] = {
        "has": hearing.has,
        "begins": hearing.begins,
        "press": hearing.press,
        "write": hearing.write,
        "read": hearing.read,
        "nameless": hearing.nameless,
        "focusable": hearing.focusable,
    }
    for line in sys.stdin:
        command, *arguments = json.loads(line)
        try:
            answer: dict[str, object] = {"result": commands[command](*arguments)}
        except Exception as error:  # the test says what went wrong
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
