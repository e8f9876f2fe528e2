"""What a command costs with everything that it starts: wall and processor seconds, and memory.

A supervisor process becomes the parent of whatever the command leaves behind, and waits for all of it: no child is
missed, also none that its parent did not wait for.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import subprocess
import threading
import time
from pathlib import Path
from typing import NamedTuple

_PR_SET_CHILD_SUBREAPER = 36
_SAMPLE_SECONDS = 0.1


class Cost(NamedTuple):
    """Wall and processor seconds, MiB of all processes together at their peak, and the exit code."""

    wall: float
    cpu: float
    mib: float
    code: int


def measure(command: list[str], environment: dict[str, str], errors: Path, descriptors: int = 0) -> Cost:
    """Run a command to its end and return what it cost; its standard error goes to a file."""
    read_end, write_end = os.pipe()
    supervisor = os.fork()
    if not supervisor:
        try:
            os.close(read_end)
            cost = _supervise(command, environment, errors, descriptors)
            os.write(write_end, json.dumps(cost).encode())
        finally:
            os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end, "rb") as pipe:
        answer = pipe.read()
    os.waitpid(supervisor, 0)
    return Cost(*json.loads(answer))


def _supervise(command: list[str], environment: dict[str, str], errors: Path, descriptors: int) -> Cost:
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    if descriptors:
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, hard))
    peak = [0]
    threading.Thread(target=_sample, args=(os.getpid(), peak), daemon=True).start()
    with errors.open("ab") as log:
        start = time.perf_counter()
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=log)
        code, wall = 1, 0.0
        with contextlib.suppress(ChildProcessError):
            while True:
                ended, status = os.wait()
                if ended == process.pid:
                    code, wall = os.waitstatus_to_exitcode(status), time.perf_counter() - start
        process.returncode = code
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Cost(wall, used.ru_utime + used.ru_stime, max(peak[0], used.ru_maxrss) / 1024, code)


def _sample(root: int, peak: list[int]) -> None:
    """Store the largest sum of memory in KiB; pages that processes share are counted once (PSS)."""
    while True:
        peak[0] = max(peak[0], sum(map(_proportional_kib, _descendants(root))))
        time.sleep(_SAMPLE_SECONDS)


def _descendants(root: int) -> list[int]:
    result: list[int] = []
    parents = [root]
    while parents:
        children: list[int] = []
        for parent in parents:
            with contextlib.suppress(OSError):
                for task in Path(f"/proc/{parent}/task").iterdir():
                    children += map(int, (task / "children").read_text().split())
        result += children
        parents = children
    return result


def _proportional_kib(process: int) -> int:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0
