"""Linux's filter of system calls, in every thread of the process: the numbers, and the program made of them."""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import sys
from collections.abc import Iterable, Mapping
from typing import Final

ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}  # column below, AUDIT_ARCH_*

# System call numbers as (x86_64, aarch64); None where the architecture has no such call.
# Source: asm/unistd_64.h and asm-generic/unistd.h.
_Numbers = tuple[int | None, int | None]
REFUSED: Final[Mapping[str, Mapping[str, _Numbers]]] = {
    "network": {
        "socket": (41, 198), "connect": (42, 203), "accept": (43, 202), "accept4": (288, 242),
        "bind": (49, 200), "listen": (50, 201), "sendto": (44, 206), "sendmsg": (46, 211),
        "sendmmsg": (307, 269), "recvfrom": (45, 207), "recvmsg": (47, 212), "recvmmsg": (299, 243),
    },
    "processes": {
        "execve": (59, 221), "execveat": (322, 281), "fork": (57, None), "vfork": (58, None),
        "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
        "pidfd_open": (434, 434), "pidfd_getfd": (438, 438), "pidfd_send_signal": (424, 424),
        "tkill": (200, 130), "kcmp": (312, 272), "setns": (308, 268), "unshare": (272, 97),
    },
    "kernel": {
        "bpf": (321, 280), "io_uring_setup": (425, 425), "io_uring_enter": (426, 426),
        "io_uring_register": (427, 427), "keyctl": (250, 219), "add_key": (248, 217),
        "request_key": (249, 218), "perf_event_open": (298, 241), "userfaultfd": (323, 282),
        "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51),
        "fsopen": (430, 430), "fsmount": (432, 432), "move_mount": (429, 429), "open_tree": (428, 428),
        "mount_setattr": (442, 442), "init_module": (175, 105), "finit_module": (313, 273),
        "delete_module": (176, 106), "kexec_load": (246, 104), "kexec_file_load": (320, 294),
        "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265), "openat2": (437, 437),
        "clone3": (435, 435),
    },
    # Landlock does not watch modes, owners, times and extended attributes, and old kernels have no Landlock.
    "names": {
        "creat": (85, None), "truncate": (76, 45), "rename": (82, None), "renameat": (264, 38),
        "renameat2": (316, 276), "mkdir": (83, None), "mkdirat": (258, 34), "rmdir": (84, None),
        "link": (86, None), "linkat": (265, 37), "symlink": (88, None), "symlinkat": (266, 36),
        "unlink": (87, None), "unlinkat": (263, 35), "mknod": (133, None), "mknodat": (259, 33),
        "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452),
        "chown": (92, None), "fchown": (93, 55), "lchown": (94, None), "fchownat": (260, 54),
        "setxattr": (188, 5), "lsetxattr": (189, 6), "fsetxattr": (190, 7), "setxattrat": (463, 463),
        "removexattr": (197, 14), "lremovexattr": (198, 15), "fremovexattr": (199, 16),
        "removexattrat": (466, 466), "utime": (132, None), "utimes": (235, None), "futimesat": (261, None),
        "utimensat": (280, 88), "file_setattr": (469, 469),
    },
}  # fmt: skip # read by columns
# "Not there" instead of "refused": libraries then fall back to the older call, which the filter sees into.
ABSENT = frozenset({"io_uring_setup", "io_uring_enter", "io_uring_register", "openat2", "clone3"})
# Allowed when the argument says so: (numbers, index of the argument).
_CLONE: Final[tuple[_Numbers, int]] = ((56, 220), 0)
_OWN_ONLY: Final[tuple[tuple[_Numbers, tuple[int, ...]], ...]] = (  # first argument: our pid, or one of these
    ((62, 129), ()),  # kill
    ((234, 131), ()),  # tgkill
    ((129, 138), ()),  # rt_sigqueueinfo
    ((297, 240), ()),  # rt_tgsigqueueinfo
    ((302, 261), (0,)),  # prlimit64
)

_CALL = {"x86_64": 317, "aarch64": 277}
_SET_MODE_FILTER = 1
_TSYNC, _SPEC_ALLOW = 1, 4


class _Instruction(ctypes.Structure):
    _fields_ = (("code", ctypes.c_ushort), ("jt", ctypes.c_ubyte), ("jf", ctypes.c_ubyte), ("k", ctypes.c_uint))


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.POINTER(_Instruction)))


def shut(libc: ctypes.CDLL, refused: Iterable[str]) -> bool:
    """Whether our own filter took, in every thread (a container may have brought another)."""
    machine = platform.machine()
    if machine not in ARCHITECTURES or sys.byteorder != "little":
        return False
    steps = program(machine, refused, pid=os.getpid())
    array = (_Instruction * len(steps))(*(_Instruction(*step) for step in steps))
    wanted = _Program(len(steps), array)
    # SPEC_ALLOW: before Linux 5.16 a filter otherwise switches on speculation limits that slow all computing.
    for flags in (_TSYNC | _SPEC_ALLOW, _TSYNC):
        arguments = (ctypes.c_uint(_SET_MODE_FILTER), ctypes.c_uint(flags), ctypes.byref(wanted))
        if libc.syscall(ctypes.c_long(_CALL[machine]), *arguments) == 0:
            return True
    return False


_Step = tuple[int, int, int, int]
_LOAD, _IF_EQUAL, _IF_AT_LEAST, _IF_ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16  # offsets in struct seccomp_data; arguments are 8 bytes each
_ALLOW: Final[_Step] = (_RETURN, 0, 0, 0x7FFF0000)
_KILL: Final[_Step] = (_RETURN, 0, 0, 0x80000000)
_REFUSE: Final[_Step] = (_RETURN, 0, 0, 0x00050000 | errno.EACCES)
_SAY_ABSENT: Final[_Step] = (_RETURN, 0, 0, 0x00050000 | errno.ENOSYS)
_CLONE_THREAD = 0x10000
_X32 = 0x40000000


def program(machine: str, refused: Iterable[str], *, pid: int) -> list[_Step]:
    """The filter as BPF steps for `machine` ("x86_64" or "aarch64"); process `pid` may signal itself."""
    column, audit = ARCHITECTURES[machine]
    steps: list[_Step] = [(_LOAD, 0, 0, _ARCHITECTURE), (_IF_EQUAL, 1, 0, audit), _KILL, (_LOAD, 0, 0, _NUMBER)]
    if machine == "x86_64":
        steps += [(_IF_AT_LEAST, 0, 1, _X32), _KILL]
    for family in refused:
        for name, numbers in REFUSED[family].items():
            steps += _when(numbers[column], [_SAY_ABSENT if name in ABSENT else _REFUSE])
    numbers, index = _CLONE
    steps += _when(numbers[column], [_argument(index), (_IF_ANY_BIT, 0, 1, _CLONE_THREAD), _ALLOW, _REFUSE])
    for numbers, others in _OWN_ONLY:
        checks = [step for target in (pid, *others) for step in ((_IF_EQUAL, 0, 1, target), _ALLOW)]
        steps += _when(numbers[column], [_argument(0), *checks, _REFUSE])
    return [*steps, _ALLOW]


def _argument(index: int) -> _Step:
    return (_LOAD, 0, 0, _ARGUMENTS + 8 * index)


def _when(number: int | None, block: list[_Step]) -> list[_Step]:
    """`block` (which must end in a return) for system call `number`, else on to the next."""
    return [] if number is None else [(_IF_EQUAL, 0, len(block), number), *block]
