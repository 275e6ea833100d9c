"""The filter of system calls, run as the kernel would run it, for both architectures."""

from __future__ import annotations

import signal

import pytest

from app.sandbox import seccomp
from app.sandbox.roles import ROLES


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_the_filter_refuses_and_allows_the_right_calls_on_both_architectures(machine: str) -> None:
    column = 0 if machine == "x86_64" else 1
    steps = seccomp.program(machine, ROLES["engine"].refused, pid=42)
    for family in ROLES["engine"].refused:
        for name, numbers in seccomp.REFUSED[family].items():
            number = numbers[column]
            expected = seccomp._SAY_ABSENT if name in seccomp.ABSENT else seccomp._REFUSE
            assert number is None or judge(steps, machine, number) == expected[3], name
    kill, clone, read = ((62, 56, 0), (129, 220, 63))[column]
    assert judge(steps, machine, read) == seccomp._ALLOW[3]
    assert judge(steps, machine, kill, 42) == seccomp._ALLOW[3]
    assert judge(steps, machine, kill, 43) == seccomp._REFUSE[3]
    assert judge(steps, machine, clone, 0x3D0F00) == seccomp._ALLOW[3]
    assert judge(steps, machine, clone, signal.SIGCHLD) == seccomp._REFUSE[3]
    assert judge(steps, "other", read) == seccomp._KILL[3]


def judge(steps: list[tuple[int, int, int, int]], machine: str, number: int, first_argument: int = 0) -> int:
    """Run the filter as the kernel would."""
    audit = seccomp.ARCHITECTURES.get(machine, (0, 0))[1]
    data = {seccomp._NUMBER: number, seccomp._ARCHITECTURE: audit, seccomp._ARGUMENTS: first_argument}
    value = at = 0
    while True:
        code, if_true, if_false, operand = steps[at]
        at += 1
        if code == seccomp._LOAD:
            value = data[operand]
        elif code == seccomp._RETURN:
            return operand
        elif code == seccomp._IF_EQUAL:
            at += if_true if value == operand else if_false
        elif code == seccomp._IF_AT_LEAST:
            at += if_true if value >= operand else if_false
        else:
            at += if_true if value & operand else if_false
