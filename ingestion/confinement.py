"""Takes from a process what reading a file does not need: memory, time, network, other programs, other files."""

import ctypes
import errno
import os
import platform
import resource
import signal
import struct
import sys
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

_LINUX = sys.platform == "linux"
_KEPT_OPEN_FILES = 64


@dataclass(frozen=True, slots=True)
class Confinement:
    """Which walls stand around a parsing child on this machine. The time limits hold everywhere."""

    memory: bool
    """Address space is limited."""
    network: bool
    """No socket can be made."""
    processes: bool
    """No process or thread can be started, no other process signalled or inspected."""
    writing: bool
    """No file can be created, changed or deleted."""
    reading: bool
    """Only the files of Python and of the installed packages can be opened."""

    def lacking(self) -> tuple[str, ...]:
        return tuple(field.name for field in fields(self) if not getattr(self, field.name))


# From the kernel's asm/unistd_64.h and asm-generic/unistd.h; a call that an architecture lacks is left out.
_NETWORK_X86_64 = {
    "socket": 41, "connect": 42, "accept": 43, "sendto": 44, "recvfrom": 45, "sendmsg": 46, "recvmsg": 47, "bind": 49,
    "listen": 50, "socketpair": 53, "accept4": 288, "recvmmsg": 299, "sendmmsg": 307, "io_uring_setup": 425,
    "io_uring_enter": 426, "io_uring_register": 427,
}  # fmt: skip
_NETWORK_AARCH64 = {
    "socket": 198, "socketpair": 199, "bind": 200, "listen": 201, "accept": 202, "connect": 203, "sendto": 206,
    "recvfrom": 207, "sendmsg": 211, "recvmsg": 212, "accept4": 242, "recvmmsg": 243, "sendmmsg": 269,
    "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427,
}  # fmt: skip
_PROCESSES_X86_64 = {
    "clone": 56, "fork": 57, "vfork": 58, "execve": 59, "ptrace": 101, "setpgid": 109, "setsid": 112,
    "rt_sigqueueinfo": 129, "personality": 135, "setpriority": 141, "chroot": 161, "mount": 165, "umount2": 166,
    "sched_setaffinity": 203, "mq_open": 240, "add_key": 248, "request_key": 249, "keyctl": 250, "unshare": 272,
    "shmget": 29, "shmat": 30, "semget": 64, "msgget": 68, "inotify_init1": 294, "rt_tgsigqueueinfo": 297,
    "perf_event_open": 298, "open_by_handle_at": 304, "setns": 308, "process_vm_readv": 310,
    "process_vm_writev": 311, "memfd_create": 319, "bpf": 321, "execveat": 322, "userfaultfd": 323,
    "pidfd_send_signal": 424, "pidfd_open": 434, "pidfd_getfd": 438,
}  # fmt: skip
_PROCESSES_AARCH64 = {
    "inotify_init1": 26, "umount2": 39, "mount": 40, "chroot": 51, "personality": 92, "unshare": 97, "ptrace": 117,
    "sched_setaffinity": 122, "rt_sigqueueinfo": 138, "setpriority": 140, "setpgid": 154, "setsid": 157,
    "mq_open": 180, "msgget": 186, "semget": 190, "shmget": 194, "shmat": 196, "add_key": 217, "request_key": 218,
    "keyctl": 219, "clone": 220, "execve": 221, "rt_tgsigqueueinfo": 240, "perf_event_open": 241,
    "open_by_handle_at": 265, "setns": 268, "process_vm_readv": 270, "process_vm_writev": 271, "memfd_create": 279,
    "bpf": 280, "execveat": 281, "userfaultfd": 282, "pidfd_send_signal": 424, "pidfd_open": 434, "pidfd_getfd": 438,
}  # fmt: skip
_WRITING_X86_64 = {
    "truncate": 76, "ftruncate": 77, "rename": 82, "mkdir": 83, "rmdir": 84, "creat": 85, "link": 86, "unlink": 87,
    "symlink": 88, "chmod": 90, "fchmod": 91, "chown": 92, "fchown": 93, "lchown": 94, "utime": 132, "mknod": 133,
    "setxattr": 188, "lsetxattr": 189, "fsetxattr": 190, "removexattr": 197, "lremovexattr": 198,
    "fremovexattr": 199, "utimes": 235, "mkdirat": 258, "mknodat": 259, "fchownat": 260, "futimesat": 261,
    "unlinkat": 263, "renameat": 264, "linkat": 265, "symlinkat": 266, "fchmodat": 268, "utimensat": 280,
    "fallocate": 285, "renameat2": 316, "fchmodat2": 452, "setxattrat": 463,
    "removexattrat": 466,
}  # fmt: skip
_WRITING_AARCH64 = {
    "setxattr": 5, "lsetxattr": 6, "fsetxattr": 7, "removexattr": 14, "lremovexattr": 15, "fremovexattr": 16,
    "mknodat": 33, "mkdirat": 34, "unlinkat": 35, "symlinkat": 36, "linkat": 37, "renameat": 38, "truncate": 45,
    "ftruncate": 46, "fallocate": 47, "fchmod": 52, "fchmodat": 53, "fchownat": 54, "fchown": 55, "utimensat": 88,
    "renameat2": 276, "fchmodat2": 452, "setxattrat": 463,
    "removexattrat": 466,
}  # fmt: skip
# Denied only with certain arguments, or with ENOSYS so that the C library falls back to an older call.
_CONDITIONAL_X86_64 = {
    "open": 2, "kill": 62, "tkill": 200, "tgkill": 234, "openat": 257, "prlimit64": 302, "clone3": 435, "openat2": 437,
}  # fmt: skip
_CONDITIONAL_AARCH64 = {
    "openat": 56, "kill": 129, "tkill": 130, "tgkill": 131, "prlimit64": 261, "clone3": 435, "openat2": 437,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Architecture:
    """What seccomp calls a processor, and that processor's numbers for the system calls to deny."""

    audit_name: int
    network: dict[str, int]
    processes: dict[str, int]
    writing: dict[str, int]
    conditional: dict[str, int]


_ARCHITECTURES = {
    "x86_64": _Architecture(0xC000003E, _NETWORK_X86_64, _PROCESSES_X86_64, _WRITING_X86_64, _CONDITIONAL_X86_64),
    "aarch64": _Architecture(0xC00000B7, _NETWORK_AARCH64, _PROCESSES_AARCH64, _WRITING_AARCH64, _CONDITIONAL_AARCH64),
}


class _Filter:
    """Assembles a seccomp program (classic BPF over `struct seccomp_data`); what it does not name is allowed."""

    _LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
    _ALLOW, _REFUSE = 0x7FFF0000, 0x00050000
    _NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16
    _X32_CALLS = 0x40000000

    def __init__(self, architecture: _Architecture) -> None:
        self._code: list[bytes] = []
        self._add(self._LOAD, self._ARCHITECTURE)
        self._add(self._EQUAL, architecture.audit_name, then=1)
        self._refuse(errno.EPERM)
        self._add(self._LOAD, self._NUMBER)
        self._add(self._AT_LEAST, self._X32_CALLS, otherwise=1)
        self._refuse(errno.EPERM)

    def deny(self, number: int, with_error: int = errno.EPERM) -> None:
        self._add(self._EQUAL, number, otherwise=1)
        self._refuse(with_error)

    def deny_bits(self, number: int, argument: int, bits: int) -> None:
        self._add(self._EQUAL, number, otherwise=4)
        self._add(self._LOAD, self._ARGUMENTS + 8 * argument)
        self._add(self._ANY_BIT, bits, otherwise=1)
        self._refuse(errno.EPERM)
        self._add(self._LOAD, self._NUMBER)

    def deny_unless(self, number: int, argument: int, value: int) -> None:
        self._add(self._EQUAL, number, otherwise=4)
        self._add(self._LOAD, self._ARGUMENTS + 8 * argument)
        self._add(self._EQUAL, value, then=1)
        self._refuse(errno.EPERM)
        self._add(self._LOAD, self._NUMBER)

    def install(self) -> bool:
        """Irrevocable. False where the kernel has no seccomp filters."""
        self._add(self._RETURN, self._ALLOW)
        code = ctypes.create_string_buffer(b"".join(self._code))
        program = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", len(self._code), ctypes.addressof(code)))
        set_seccomp, filter_mode = 22, 2
        return _prctl(set_seccomp, filter_mode, ctypes.addressof(program))

    def _add(self, operation: int, value: int, then: int = 0, otherwise: int = 0) -> None:
        self._code.append(struct.pack("HBBI", operation, then, otherwise, value))

    def _refuse(self, error: int) -> None:
        self._add(self._RETURN, self._REFUSE | error)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _prctl(option: int, first: int, second: int = 0) -> bool:
    zero = ctypes.c_ulong(0)
    result: int = _libc().prctl(option, ctypes.c_ulong(first), ctypes.c_ulong(second), zero, zero)
    return result == 0


def _architecture() -> _Architecture | None:
    return _ARCHITECTURES.get(platform.machine()) if _LINUX and sys.maxsize > 2**32 else None


def _forbid_new_privileges() -> None:
    set_no_new_privileges = 38
    if not _prctl(set_no_new_privileges, 1):
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_NO_NEW_PRIVS)")


def forbid_network() -> bool:
    """Takes the network from this process and all it will start. False where the platform offers no way."""
    if not _LINUX:
        return False
    architecture = _architecture()
    if architecture is not None:
        _forbid_new_privileges()
        network = _Filter(architecture)
        # The prepared parent keeps the calls it needs to take requests from the socket that it was born with.
        for call in architecture.network.keys() - {"recvmsg", "recvfrom", "sendto"}:
            network.deny(architecture.network[call])
        if network.install():
            return True
    new_user_namespace, new_network_namespace = 0x10000000, 0x40000000
    libc = _libc()
    return any(
        libc.unshare(flags) == 0 for flags in (new_network_namespace, new_user_namespace | new_network_namespace)
    )


def end_with_parent(parent_id: int) -> None:
    """The kernel kills this process when the thread that forked it ends."""
    if _LINUX:
        set_parent_death_signal = 1
        _prctl(set_parent_death_signal, signal.SIGKILL)
    if os.getppid() != parent_id:
        os._exit(1)


class ReadableFiles:
    """The only folders and files a confined process may still open (Landlock, Linux 5.13 and later)."""

    _CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
    _READ_FILE, _READ_FOLDER = 1 << 2, 1 << 3

    def __init__(self, paths: Sequence[str]) -> None:
        self._ruleset: int | None = None
        if not _LINUX:
            return
        version = self._call(self._CREATE_RULESET, 0, 0, 1)
        if version < 1:
            return
        files = (1 << 13) - 1 | (1 << 13 if version >= 2 else 0) | (1 << 14 if version >= 3 else 0)
        tcp = 0b11 if version >= 4 else 0
        sockets_and_signals = 0b11 if version >= 6 else 0
        rules = struct.pack("QQQ", files, tcp, sockets_and_signals)
        rules = rules[: 8 if version < 4 else 16 if version < 6 else 24]
        buffer = ctypes.create_string_buffer(rules, len(rules))
        ruleset = self._call(self._CREATE_RULESET, ctypes.addressof(buffer), len(rules), 0)
        if ruleset < 0:
            return
        self._ruleset = ruleset
        for path in paths:
            self._allow(path, ruleset)

    def enforce(self) -> bool:
        """Irrevocable; new privileges must be forbidden before."""
        if self._ruleset is None:
            return False
        enforced = self._call(self._RESTRICT_SELF, self._ruleset, 0) == 0
        os.close(self._ruleset)
        return enforced

    def _allow(self, path: str, ruleset: int) -> None:
        try:
            place = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except FileNotFoundError:
            return
        try:
            access = self._READ_FILE | self._READ_FOLDER if Path(path).is_dir() else self._READ_FILE
            beneath = ctypes.create_string_buffer(struct.pack("=Qi", access, place), 12)
            if self._call(self._ADD_RULE, ruleset, 1, ctypes.addressof(beneath), 0) != 0:
                raise OSError(ctypes.get_errno(), "landlock_add_rule", path)
        finally:
            os.close(place)

    @staticmethod
    def _call(number: int, *arguments: int) -> int:
        result: int = _libc().syscall(ctypes.c_long(number), *(ctypes.c_long(argument) for argument in arguments))
        return result


def confine(memory_bytes: int, cpu_s: int, readable: ReadableFiles, network_forbidden: bool) -> Confinement:
    """Irrevocable. `memory_bytes` may be added to what the process holds now."""
    memory = _limit_memory(memory_bytes)
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (_KEPT_OPEN_FILES, _KEPT_OPEN_FILES))
    if not _LINUX:
        return Confinement(memory, network_forbidden, processes=False, writing=False, reading=False)
    _drop_capabilities()
    _forbid_new_privileges()
    reading = readable.enforce()
    calls = _forbid_calls()
    return Confinement(memory, network_forbidden or calls, processes=calls, writing=calls or reading, reading=reading)


def _limit_memory(memory_bytes: int) -> bool:
    """Counted from the address space at this moment: libraries that the prepared parent has loaded are not the file's.

    Measured with 553 MiB mapped and a limit of 256 MiB: RLIMIT_AS stops after 320 MiB (64 MiB of it was free heap),
    RLIMIT_DATA after 257, but the latter does not count shared mappings. macOS accepts either and enforces none.
    """
    if not _LINUX:
        return False
    statistics = os.open("/proc/self/statm", os.O_RDONLY)
    try:
        mapped = int(os.read(statistics, 100).split()[0]) * resource.getpagesize()
    finally:
        os.close(statistics)
    resource.setrlimit(resource.RLIMIT_AS, (mapped + memory_bytes, mapped + memory_bytes))
    return True


def _drop_capabilities() -> None:
    """So that root, too, cannot raise its limits again or pass by the modes of files."""
    header = ctypes.create_string_buffer(struct.pack("Ii", 0x20080522, 0))
    none = ctypes.create_string_buffer(24)
    if _libc().capset(header, none) != 0:
        raise OSError(ctypes.get_errno(), "capset")


def _forbid_calls() -> bool:
    architecture = _architecture()
    if architecture is None:
        return False
    calls = _Filter(architecture)
    for number in (*architecture.network.values(), *architecture.processes.values(), *architecture.writing.values()):
        calls.deny(number)
    conditional = architecture.conditional
    writing = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
    for call, argument in (("open", 1), ("openat", 2)):
        if call in conditional:
            calls.deny_bits(conditional[call], argument, writing)
    # abort() signals its own process; no other process may be signalled or have its limits changed.
    for call in ("kill", "tkill", "tgkill"):
        calls.deny_unless(conditional[call], 0, os.getpid())
    calls.deny_unless(conditional["prlimit64"], 0, 0)
    calls.deny(conditional["clone3"], with_error=errno.ENOSYS)
    calls.deny(conditional["openat2"], with_error=errno.ENOSYS)
    return calls.install()
