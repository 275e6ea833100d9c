"""What a child process gives up, for good, before it touches input; and proof that it took.

`roles` says what remains. Linux has two walls: seccomp refuses system calls in every thread (TSYNC); Landlock refuses
paths, TCP and signals, but before its ABI 8 only in the calling thread and in threads started later. So call `give_up`
first thing, before numpy or llama.cpp start threads of their own. A child that gave up can start threads but no
process, so nothing it leaves behind can outlive it.
macOS (sandbox_init) is written but was never run by us; Windows has no wall here, and the report says so.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from app.sandbox.limits import forbid_core_dumps
from app.sandbox.proof import Guards, self_test
from app.sandbox.roles import ROLES, Role, existing, own_code

__all__ = ["Guards", "Role", "forbid_core_dumps", "give_up"]


def give_up(role: Role, *, read_only: Sequence[Path] = ()) -> Guards:
    """Give up network, files and processes for the rest of this process, then try them and report.

    Irrevocable. Never raises for a guard that this system lacks: the report says which took, the caller decides.
    `read_only` are files or folders that stay readable; one that does not exist is left out.
    """
    remains = ROLES[role]
    readable = [*existing(remains.readable), *own_code()]
    if remains.is_granted:
        readable += [str(path) for path in read_only]
    guards = Guards()
    if sys.platform == "linux":  # walls are imported where they are put up: the window's start needs none of them
        from app.sandbox import linux

        guards = linux.give_up(readable, existing(remains.devices), remains.refused)
    elif sys.platform == "darwin":
        from app.sandbox import macos

        guards = macos.give_up(readable)
    proven, failed = self_test()
    return replace(guards, proven=proven, failed=failed)
