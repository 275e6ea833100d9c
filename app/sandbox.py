"""What a child process gives up, for good, before it touches input; and proof that it took.

`ROLES` is the one table of what remains. Linux has two walls: seccomp refuses system calls in every thread
(TSYNC); Landlock refuses paths, TCP and signals, but before its ABI 8 only in the calling thread and in threads
started later. So call `give_up` first thing, before numpy or llama.cpp start threads of their own. A child that
gave up can start threads but no process, so nothing it leaves behind can outlive it.
macOS (sandbox_init) is written but was never run by us; Windows has no wall here, and the report says so.
"""

from __future__ import annotations

import ctypes
import errno
import glob
import os
import platform
import socket
import stat
import struct
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final, Literal

from app.frozen import dataclass

if sys.platform != "win32":
    import fcntl
    import resource

Role = Literal["engine", "formulas", "parser", "probe"]


@dataclass(frozen=True, slots=True)
class Guards:
    """Which guards took. `proven` and `failed` name the self-tests; without a wall they are in `failed`."""

    seccomp: bool = False
    landlock: int = 0  # ABI, 0 = none
    no_new_privs: bool = False
    no_core_dump: bool = False
    not_dumpable: bool = False
    other: str = ""  # "" | "macos-sandbox" | "windows-job"
    proven: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Remains:
    """What a role keeps. Paths are glob patterns; what does not exist on this machine is left out.

    Everybody keeps the interpreter, the installed packages and this app (`_own_code`), memory, time and threads.
    `_REFUSED` spells out the families of calls.
    """

    readable: tuple[str, ...]  # files, or folders with everything in them
    devices: tuple[str, ...]  # read, write and ioctl
    refused: tuple[str, ...]
    is_granted: bool = True  # may read the paths handed to `give_up`


_LIBRARIES = ("/usr", "/lib*", "/etc/ld.so.cache", "/nix/store", "/gnu/store", "/home/linuxbrew/.linuxbrew")
_MACHINE = (
    "/proc/self",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/proc/stat",
    "/proc/sys/vm",
    "/proc/sys/kernel/numa_balancing",
    "/sys/devices/system/cpu",
    "/sys/devices/system/node",
    "/sys/kernel/mm/transparent_hugepage",
)
# What CUDA, ROCm and Vulkan drivers read to find themselves and their cards. Not yet run with a GPU.
_GPU_FACTS = (
    "/proc/devices",
    "/proc/modules",
    "/proc/driver/nvidia*",
    "/sys/module/nvidia*",
    "/sys/class/drm",
    "/sys/class/drm/*/device",
    "/sys/class/kfd",
    "/sys/devices/virtual/kfd",
    "/sys/bus/pci/devices",
    "/etc/vulkan",
    "/etc/OpenCL",
    "/etc/nvidia",
    "/opt/cuda*",
    "/opt/rocm*",
    "/run/opengl-driver",
)
_DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random")
_GPU_DEVICES = ("/dev/nvidia*", "/dev/dri", "/dev/kfd", "/dev/dxg", "/dev/nvmap", "/dev/nvhost*")

ROLES: Final[Mapping[Role, Remains]] = {
    "engine": Remains(
        readable=_LIBRARIES + _MACHINE + _GPU_FACTS,
        devices=_DEVICES + _GPU_DEVICES,
        refused=("network", "processes", "kernel", "names"),
    ),
    # Documents come down its pipe. A grant is the trained data of text recognition, where that is installed.
    "parser": Remains(
        readable=_LIBRARIES,
        devices=("/dev/null", "/dev/urandom"),
        refused=("network", "processes", "kernel", "names"),
    ),
    # Reads nothing but its own fonts, and TeX down its pipe.
    "formulas": Remains(
        readable=_LIBRARIES,
        devices=("/dev/null", "/dev/urandom"),
        refused=("network", "processes", "kernel", "names"),
        is_granted=False,
    ),
    # The engine's limits without a grant: for the tests of what a grant adds.
    "probe": Remains(
        readable=_LIBRARIES + _MACHINE + _GPU_FACTS,
        devices=_DEVICES + _GPU_DEVICES,
        refused=("network", "processes", "kernel", "names"),
        is_granted=False,
    ),
}

_ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}  # column below, AUDIT_ARCH_*

# System call numbers as (x86_64, aarch64); None where the architecture has no such call.
# Source: asm/unistd_64.h and asm-generic/unistd.h.
_Numbers = tuple[int | None, int | None]
_REFUSED: Final[Mapping[str, Mapping[str, _Numbers]]] = {
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
}  # fmt: skip
# "Not there" instead of "refused": libraries then fall back to the older call, which the filter sees into.
_ABSENT = frozenset({"io_uring_setup", "io_uring_enter", "io_uring_register", "openat2", "clone3"})
# Allowed when the argument says so: (numbers, index of the argument).
_CLONE: Final[tuple[_Numbers, int]] = ((56, 220), 0)
_OWN_ONLY: Final[tuple[tuple[_Numbers, tuple[int, ...]], ...]] = (  # first argument: our pid, or one of these
    ((62, 129), ()),  # kill
    ((234, 131), ()),  # tgkill
    ((129, 138), ()),  # rt_sigqueueinfo
    ((297, 240), ()),  # rt_tgsigqueueinfo
    ((302, 261), (0,)),  # prlimit64
)

SELF_TESTS: Final = ("no-inet-socket", "no-unix-socket", "no-file-write", "no-foreign-read", "no-exec")


def give_up(role: Role, *, read_only: Sequence[Path] = ()) -> Guards:
    """Give up network, files and processes for the rest of this process, then try them and report.

    Irrevocable. Never raises for a guard that this system lacks: the report says which took, the caller decides.
    `read_only` are files or folders that stay readable; one that does not exist is left out.
    """
    remains = ROLES[role]
    readable = [*_existing(remains.readable), *_own_code()]
    if remains.is_granted:
        readable += [str(path) for path in read_only]
    guards = Guards()
    if sys.platform == "linux":
        guards = _give_up_linux(readable, _existing(remains.devices), remains.refused)
    elif sys.platform == "darwin":
        guards = _give_up_macos(readable)
    proven, failed = _self_test()
    return replace(guards, proven=proven, failed=failed)


def _existing(patterns: Iterable[str]) -> list[str]:
    return [path for pattern in patterns for path in glob.glob(pattern)]  # noqa: PTH207 - Path.glob is relative


def _own_code() -> list[str]:
    """Folders with the interpreter, the installed packages and this app, or the frozen bundle."""
    app = Path(__file__).resolve().parent
    folders = [sys.prefix, sys.base_prefix, str(app), str(app.parent / "resources")]
    bundle = getattr(sys, "_MEIPASS", None)
    if bundle is not None:
        folders += [str(bundle), str(Path(sys.executable).resolve().parent)]
    return folders


# --- Linux ---

_PR_GET_DUMPABLE, _PR_SET_DUMPABLE = 3, 4
_PR_SET_NO_NEW_PRIVS, _PR_GET_NO_NEW_PRIVS = 38, 39
_SECCOMP = {"x86_64": 317, "aarch64": 277}
_SECCOMP_SET_MODE_FILTER = 1
_TSYNC, _SPEC_ALLOW = 1, 4
_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446


def _give_up_linux(readable: Iterable[str], devices: Iterable[str], refused: Iterable[str]) -> Guards:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    _close_inherited()
    _prctl(libc, _PR_SET_NO_NEW_PRIVS, 1)
    landlock = _landlock(libc, readable, devices)
    _limit_files_and_dumps()
    # From here on /proc/self belongs to root; what we read there is world-readable or checked as "self".
    _prctl(libc, _PR_SET_DUMPABLE, 0)
    return Guards(
        seccomp=_seccomp(libc, refused),
        landlock=landlock,
        no_new_privs=_prctl(libc, _PR_GET_NO_NEW_PRIVS) == 1,
        no_core_dump=_has_no_core_dump(),
        not_dumpable=_prctl(libc, _PR_GET_DUMPABLE) == 0,
    )


def _prctl(libc: ctypes.CDLL, option: int, value: int = 0) -> int:
    zero = ctypes.c_ulong(0)
    return int(libc.prctl(ctypes.c_int(option), ctypes.c_ulong(value), zero, zero, zero))


def forbid_core_dumps() -> None:
    """A crash of this process leaves no image of its memory on the disk. For the window and the commands, too."""
    if sys.platform != "win32":
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _limit_files_and_dumps() -> None:
    """No core file, and not one byte into a regular file, whatever thread or descriptor tries.

    Where a standard stream is itself a file (a developer's `2>log`) the second limit would break it, so it is left
    out there. Python ignores SIGXFSZ, so a refused write is an EFBIG.
    """
    forbid_core_dumps()
    if sys.platform != "win32":
        if not any(stat.S_ISREG(_mode(descriptor)) for descriptor in (1, 2)):
            resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def _has_no_core_dump() -> bool:
    return sys.platform != "win32" and resource.getrlimit(resource.RLIMIT_CORE) == (0, 0)


def _mode(descriptor: int) -> int:
    try:
        return os.fstat(descriptor).st_mode
    except OSError:
        return 0


def _close_inherited() -> None:
    """Close what would be a way round the walls: sockets, folders, and files open for writing. Pipes stay."""
    try:
        names = [entry.name for entry in Path("/proc/self/fd").iterdir()]
    except OSError:  # no /proc: the caller's close_fds has to do
        return
    for name in names:
        if int(name) > 2 and _is_way_round(int(name)):
            os.close(int(name))


def _is_way_round(descriptor: int) -> bool:
    mode = _mode(descriptor)
    if stat.S_ISSOCK(mode) or stat.S_ISDIR(mode):
        return True
    if sys.platform != "win32" and stat.S_ISREG(mode):
        return fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE != os.O_RDONLY
    return False


# Landlock access bits by the ABI that brought them; source: linux/landlock.h.
_WRITE_FILE, _READ_FILE, _READ_DIR, _IOCTL_DEV = 1 << 1, 1 << 2, 1 << 3, 1 << 15
_HANDLED_FS = {1: 0x1FFF, 2: 0x3FFF, 3: 0x7FFF, 4: 0x7FFF}  # from ABI 5 on: 0xFFFF
_ALL_TCP, _ALL_SCOPES = 0b11, 0b11
_LANDLOCK_TSYNC = 1 << 3  # ABI 8


def _landlock(libc: ctypes.CDLL, readable: Iterable[str], devices: Iterable[str]) -> int:
    """Refuse every path that is not listed, TCP, abstract sockets and signals. The ABI that took, or 0."""
    abi = int(libc.syscall(ctypes.c_long(_LANDLOCK_CREATE), None, ctypes.c_size_t(0), ctypes.c_uint(1)))
    if abi < 1:
        return 0
    handled = _HANDLED_FS.get(abi, 0xFFFF)
    attributes = struct.pack("=QQQ", handled, _ALL_TCP if abi >= 4 else 0, _ALL_SCOPES if abi >= 6 else 0)
    size = ctypes.c_size_t(len(attributes))  # an older kernel takes the longer form where the rest is zero
    rules = int(libc.syscall(ctypes.c_long(_LANDLOCK_CREATE), attributes, size, ctypes.c_uint(0)))
    if rules < 0:
        return 0
    read = handled & (_READ_FILE | _READ_DIR)
    for path in readable:
        _landlock_allow(libc, rules, path, access=read)
    for path in devices:
        _landlock_allow(libc, rules, path, access=read | handled & (_WRITE_FILE | _IOCTL_DEV))
    took = False
    for flags in (_LANDLOCK_TSYNC, 0) if abi >= 8 else (0,):
        if libc.syscall(ctypes.c_long(_LANDLOCK_RESTRICT), ctypes.c_int(rules), ctypes.c_uint(flags)) == 0:
            took = True
            break
    os.close(rules)
    return abi if took else 0


def _landlock_allow(libc: ctypes.CDLL, rules: int, path: str, *, access: int) -> None:
    """A path that cannot be opened or added stays refused: the safe side."""
    try:
        descriptor = os.open(path, getattr(os, "O_PATH", 0))
    except (OSError, ValueError):
        return
    if not stat.S_ISDIR(_mode(descriptor)):
        access &= ~_READ_DIR
    rule = struct.pack("=Qi", access, descriptor)
    libc.syscall(ctypes.c_long(_LANDLOCK_ADD), ctypes.c_int(rules), ctypes.c_int(1), rule, ctypes.c_uint(0))
    # A rule hangs on an inode, and /proc makes a new one when the kernel drops its caches: with a large model loading,
    # /proc/self and /proc/cpuinfo became unreadable. The open descriptor pins them for this process's life.
    if not path.startswith("/proc/"):
        os.close(descriptor)


class _Instruction(ctypes.Structure):
    _fields_ = (("code", ctypes.c_ushort), ("jt", ctypes.c_ubyte), ("jf", ctypes.c_ubyte), ("k", ctypes.c_uint))


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.POINTER(_Instruction)))


def _seccomp(libc: ctypes.CDLL, refused: Iterable[str]) -> bool:
    """Whether our own filter took, in every thread (a container may have brought another)."""
    machine = platform.machine()
    if machine not in _ARCHITECTURES or sys.byteorder != "little":
        return False
    steps = seccomp_program(machine, refused, pid=os.getpid())
    array = (_Instruction * len(steps))(*(_Instruction(*step) for step in steps))
    program = _Program(len(steps), array)
    # SPEC_ALLOW: before Linux 5.16 a filter otherwise switches on speculation limits that slow all computing.
    for flags in (_TSYNC | _SPEC_ALLOW, _TSYNC):
        arguments = (ctypes.c_uint(_SECCOMP_SET_MODE_FILTER), ctypes.c_uint(flags), ctypes.byref(program))
        if libc.syscall(ctypes.c_long(_SECCOMP[machine]), *arguments) == 0:
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


def seccomp_program(machine: str, refused: Iterable[str], *, pid: int) -> list[_Step]:
    """The filter as BPF steps for `machine` ("x86_64" or "aarch64"); process `pid` may signal itself."""
    column, audit = _ARCHITECTURES[machine]
    steps: list[_Step] = [(_LOAD, 0, 0, _ARCHITECTURE), (_IF_EQUAL, 1, 0, audit), _KILL, (_LOAD, 0, 0, _NUMBER)]
    if machine == "x86_64":
        steps += [(_IF_AT_LEAST, 0, 1, _X32), _KILL]
    for family in refused:
        for name, numbers in _REFUSED[family].items():
            steps += _when(numbers[column], [_SAY_ABSENT if name in _ABSENT else _REFUSE])
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


# --- macOS (not run by us) ---


def _give_up_macos(readable: Iterable[str]) -> Guards:
    """sandbox_init is deprecated since 10.8, still shipped, and needs no entitlement."""
    _limit_files_and_dumps()
    try:
        library = ctypes.CDLL("/usr/lib/libSystem.dylib", use_errno=True)
        library.sandbox_init.argtypes = [ctypes.c_char_p, ctypes.c_uint64, ctypes.POINTER(ctypes.c_char_p)]
        error = ctypes.c_char_p()
        took = library.sandbox_init(macos_profile(readable).encode(), 0, ctypes.byref(error)) == 0
    except (OSError, AttributeError):
        took = False
    return Guards(no_core_dump=_has_no_core_dump(), other="macos-sandbox" if took else "")


def macos_profile(readable: Iterable[str]) -> str:
    """No network, no writes, no new process, and of people's files only what is listed. The last rule wins."""
    quoted = [str(Path(path).resolve()).replace("\\", "\\\\").replace('"', '\\"') for path in readable]
    allowed = " ".join(f'(subpath "{path}")' for path in quoted)
    return "\n".join(
        (
            "(version 1)",
            "(allow default)",
            "(deny network*)",
            "(deny process-exec*)",
            "(deny process-fork)",
            "(deny signal (target others))",
            "(deny file-write*)",
            '(allow file-write-data (literal "/dev/null"))',
            '(deny file-read-data (subpath "/Users") (subpath "/Volumes") (subpath "/private"))',
            f"(allow file-read* {allowed})" if allowed else "",
        )
    )


# --- proof ---


def _self_test() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Try what must not work. Only a plain refusal counts as proof."""
    attempts: Mapping[str, Callable[[], None]] = {
        "no-inet-socket": _try_inet_socket,
        "no-unix-socket": _try_unix_socket,
        "no-file-write": _try_file_write,
        "no-foreign-read": _try_foreign_read,
        "no-exec": _try_exec,
    }
    proven = tuple(name for name in SELF_TESTS if _is_refused(attempts[name]))
    return proven, tuple(name for name in SELF_TESTS if name not in proven)


def _is_refused(attempt: Callable[[], None]) -> bool:
    try:
        attempt()
    except PermissionError:
        return True
    except OSError:
        return False
    return False


def _try_inet_socket() -> None:
    """Raises only if every kind is refused."""
    kinds = [(f, k) for f in (socket.AF_INET, socket.AF_INET6) for k in (socket.SOCK_STREAM, socket.SOCK_DGRAM)]
    if all(_is_refused(partial(_open_socket, family, kind)) for family, kind in kinds):
        raise PermissionError


def _try_unix_socket() -> None:
    if sys.platform != "win32":
        _open_socket(socket.AF_UNIX, socket.SOCK_STREAM)


def _open_socket(family: int, kind: int) -> None:
    socket.socket(family, kind).close()


def _try_file_write() -> None:
    """Open this very file for writing (nothing is written), then make a new one where everybody may."""
    own = Path(__file__)
    if own.exists() and not _is_refused(lambda: os.close(os.open(own, os.O_WRONLY))):
        return
    places = (os.environ.get("TEMP", ""), "/tmp", "/var/tmp")  # noqa: S108 - the attempt is meant to fail
    folder = next((place for place in places if place and os.access(place, os.W_OK)), ".")
    path = Path(folder, f"paddock-self-test-{os.getpid()}")
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    path.unlink()


def _try_foreign_read() -> None:
    os.close(os.open("/etc/passwd", os.O_RDONLY))


def _try_exec() -> None:
    """A program that is not there: without a wall it is reported as missing, and nothing is replaced."""
    path = str(Path(os.sep, "paddock-self-test", "missing"))
    os.execv(path, [path])  # noqa: S606 - no shell is wanted
