"""What a screen reader finds in a list of which little is on screen: run by the system's Python, which has gi.

Usage: hearing_rows.py APPLICATION LIST. Each line on standard input is a JSON list: a command and its arguments; each
line on standard output is its answer, {"result": ...} or {"error": "..."}.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from collections.abc import Callable
from typing import Any  # what gi makes has no types

importlib.import_module("gi").require_version("Atspi", "2.0")
Atspi: Any = importlib.import_module("gi.repository.Atspi")  # by name, as no type checker finds gi

FIND_S = 20.0


class Rows:
    def __init__(self, application: str, name: str) -> None:
        self._application, self._name = application, name

    def count(self) -> int:
        return int(self._list().get_child_count())

    def at(self, row: str) -> list[str]:
        """Role, name and description."""
        return _said(self._list().get_child_at_index(int(row)))

    def find(self, role: str, beginning: str) -> list[str]:
        """The first row of this role whose name begins so, looked for as a screen reader does: one by one."""
        return _said(self._find(role, beginning))

    def choose(self, role: str, beginning: str) -> bool:
        return bool(self._find(role, beginning).get_action_iface().do_action(0))

    def _find(self, role: str, beginning: str) -> Any:
        rows = self._list()
        for number in range(rows.get_child_count()):
            row = rows.get_child_at_index(number)
            if row.get_role_name() == role and row.get_name().startswith(beginning):
                return row
        message = f"no {role} is called {beginning!r}"
        raise LookupError(message)

    def _list(self) -> Any:
        end = time.monotonic() + FIND_S
        while time.monotonic() < end:
            found = _called(Atspi.get_desktop(0), self._application, 1)
            rows = _called(found, self._name, 6) if found is not None else None
            if rows is not None:
                return rows
            time.sleep(0.05)
        message = f"there is no list {self._name!r}"
        raise LookupError(message)


def _called(node: Any, name: str, depth: int) -> Any:
    """What is called `name`, at most `depth` below `node`, where few things are."""
    for number in range(min(50, node.get_child_count())):
        child = node.get_child_at_index(number)
        if child is not None and child.get_name() == name:
            return child
        found = _called(child, name, depth - 1) if child is not None and depth > 1 else None
        if found is not None:
            return found
    return None


def _said(node: Any) -> list[str]:
    return [node.get_role_name(), node.get_name(), node.get_description()]


def main() -> None:
    rows = Rows(*sys.argv[1:3])
    commands: dict[str, Callable[..., object]] = {
        "count": rows.count,
        "at": rows.at,
        "find": rows.find,
        "choose": rows.choose,
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
