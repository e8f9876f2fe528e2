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
    """An architecture by its number in linux/audit.h, and the numbers of the system calls that parsing needs."""

    architecture: int
    calls: tuple[int, ...]


# By `uname -m`. In the order: read write close lseek mmap mprotect munmap mremap brk madvise rt_sigaction
# rt_sigprocmask rt_sigreturn sigaltstack setitimer getpid gettid futex sched_yield clock_gettime gettimeofday
# getrandom getrusage restart_syscall exit exit_group. None of them names a file, a host or another process.
_CALLS = {
    "x86_64": _CallTable(
        0xC000_003E,
        (0, 1, 3, 8, 9, 10, 11, 25, 12, 28, 13, 14, 15, 131, 38, 39, 186, 202, 24, 228, 96, 318, 98, 219, 60, 231),
    ),
    "aarch64": _CallTable(
        0xC000_00B7,
        (63, 64, 57, 62, 222, 226, 215, 216, 214, 233, 134, 135, 139, 132, 103, 172, 178, 98, 124, 113, 169, 278, 165,
         128, 93, 94),
    ),
}  # fmt: skip


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
    table = _CALLS.get(os.uname().machine)
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
    for number, call in enumerate(table.calls):
        yield _Instruction(_JUMP_IF_EQUAL, count - number, 0, call)
    yield _Instruction(_RETURN, 0, 0, _REFUSE_WITH_EPERM)
    yield _Instruction(_RETURN, 0, 0, _ALLOW)
