"""Take from a process what parsing does not need: files, network, other processes, memory and time without end."""

from __future__ import annotations

import ctypes
import math
import os
import resource
import signal
from contextlib import suppress
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator


MAX_MEMORY_BYTES = 96 * 2**20
"""Memory that the process may hold; a feed of 5 MB needs half of it."""

# Of file descriptors. The process has its pipe, and needs some more only where nothing forbids to open files.
_MAX_DESCRIPTORS = 16
_LIMITS = (
    (resource.RLIMIT_DATA, MAX_MEMORY_BYTES),
    (resource.RLIMIT_FSIZE, 0),
    (resource.RLIMIT_CORE, 0),
    (resource.RLIMIT_NOFILE, _MAX_DESCRIPTORS),
    (resource.RLIMIT_NPROC, 0),
)
# linux/prctl.h, linux/sched.h
_PR_SET_DUMPABLE, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 4, 22, 38
_SECCOMP_MODE_FILTER = 2
_CLONE_NEWUSER, _CLONE_NEWNET = 0x1000_0000, 0x4000_0000
# linux/filter.h, linux/seccomp.h: load a word of the call, jump if it is equal, return.
_LOAD, _JUMP_IF_EQUAL, _RETURN = 0x20, 0x15, 0x06
_ALLOW, _REFUSE_WITH_EPERM = 0x7FFF_0000, 0x0005_0001
_NUMBER_OFFSET, _ARCHITECTURE_OFFSET = 0, 4


class Confinement(StrEnum):
    """What denies the network to a process: a filter of system calls, which denies files too, or a namespace."""

    FILTER = "filter"
    NAMESPACE = "namespace"
    NONE = "none"


class _CallTable(NamedTuple):
    """An architecture by its number in linux/audit.h, and the system calls that parsing needs, by their names."""

    architecture: int
    calls: dict[str, int]


# None of them names a file, a host or another process.
CALLS = {
    "x86_64": _CallTable(
        0xC000_003E,
        {
            "read": 0, "write": 1, "close": 3, "lseek": 8, "mmap": 9, "mprotect": 10, "munmap": 11, "brk": 12,
            "rt_sigaction": 13, "rt_sigprocmask": 14, "rt_sigreturn": 15, "sched_yield": 24, "mremap": 25,
            "madvise": 28, "setitimer": 38, "getpid": 39, "exit": 60, "gettimeofday": 96, "getrusage": 98,
            "sigaltstack": 131, "gettid": 186, "futex": 202, "restart_syscall": 219, "clock_gettime": 228,
            "exit_group": 231, "getrandom": 318,
        },
    ),
    "aarch64": _CallTable(
        0xC000_00B7,
        {
            "close": 57, "lseek": 62, "read": 63, "write": 64, "exit": 93, "exit_group": 94, "futex": 98,
            "setitimer": 103, "clock_gettime": 113, "sched_yield": 124, "restart_syscall": 128, "sigaltstack": 132,
            "rt_sigaction": 134, "rt_sigprocmask": 135, "rt_sigreturn": 139, "getrusage": 165, "gettimeofday": 169,
            "getpid": 172, "gettid": 178, "brk": 214, "munmap": 215, "mremap": 216, "mmap": 222, "mprotect": 226,
            "madvise": 233, "getrandom": 278,
        },
    ),
}  # fmt: skip
"""The allowed system calls of each architecture that has a filter, by `uname -m`."""


class _Instruction(ctypes.Structure):
    """`struct sock_filter` of linux/filter.h."""

    _fields_ = (
        ("code", ctypes.c_ushort),
        ("if_equal", ctypes.c_ubyte),
        ("if_not", ctypes.c_ubyte),
        ("value", ctypes.c_uint32),
    )


class _Program(ctypes.Structure):
    """`struct sock_fprog` of linux/filter.h."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.POINTER(_Instruction)))


def confine(cpu: float) -> Confinement:
    """Confine this process permanently to *cpu* seconds of processor time, to memory and to its open descriptors.

    Everything that it will import has to be imported. Without a filter it can still read, delete and empty files.
    """
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    # The kernel counts the processor time and ends the process: none of our code has to check.
    signal.setitimer(signal.ITIMER_PROF, cpu)
    for limit, most in (*_LIMITS, (resource.RLIMIT_CPU, math.ceil(cpu) + 1)):
        with suppress(ValueError, OSError):  # a machine without such a limit, or with a lower one
            resource.setrlimit(limit, (most, most))
    if os.uname().sysname != "Linux":
        return Confinement.NONE
    kernel = ctypes.CDLL(None, use_errno=True)
    kernel.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    kernel.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    if _filter_calls(kernel):
        return Confinement.FILTER
    # A container may forbid namespaces of users, or have given us the right to make others.
    is_alone = not kernel.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) or not kernel.unshare(_CLONE_NEWNET)
    return Confinement.NAMESPACE if is_alone else Confinement.NONE


def _filter_calls(kernel: ctypes.CDLL) -> bool:
    """Have the kernel refuse every system call that parsing does not need; return whether it does."""
    table = CALLS.get(os.uname().machine)
    if table is None:
        return False
    instructions = list(_instructions(table))
    program = _Program(len(instructions), (_Instruction * len(instructions))(*instructions))
    return not kernel.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0)


def _instructions(table: _CallTable) -> Iterator[_Instruction]:
    """Yield a program for the kernel: allow a call of the table, refuse any other as not permitted."""
    count = len(table.calls)
    yield _Instruction(_LOAD, 0, 0, _ARCHITECTURE_OFFSET)
    # A process can make calls in the numbers of another architecture.
    yield _Instruction(_JUMP_IF_EQUAL, 1, 0, table.architecture)
    yield _Instruction(_RETURN, 0, 0, _REFUSE_WITH_EPERM)
    yield _Instruction(_LOAD, 0, 0, _NUMBER_OFFSET)
    for number, call in enumerate(table.calls.values()):
        yield _Instruction(_JUMP_IF_EQUAL, count - number, 0, call)
    yield _Instruction(_RETURN, 0, 0, _REFUSE_WITH_EPERM)
    yield _Instruction(_RETURN, 0, 0, _ALLOW)
