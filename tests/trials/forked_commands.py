"""Runs commands in forks of one warm process, each with one call that fails; a script for a process with the C library.

A line of JSON on standard input is a command, one on standard output its result.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from brandwatch import clock

MOMENTS = [datetime(2026, 5, 4, tzinfo=UTC)]
# Before any module takes the function for a default.
clock.now = lambda: MOMENTS[-1]

from tests.trials.program import run_command  # noqa: E402

from brandwatch.cli import run  # noqa: E402
from brandwatch.feeds import fast_reader, json_feed, xml_feed  # noqa: E402, F401
from brandwatch.matching import Matcher  # noqa: E402, F401

WARM_UP = (
    ["poll"],
    ["report", "-f", "csv"],
    ["report", "-f", "html"],
    ["report", "-o", "/dev/null", "-f", "xlsx"],
    ["stats", "-f", "csv"],
    ["sources", "-f", "csv"],
    ["triage", "--set", "relevant", "1"],
    ["export", "--triage", "-f", "csv"],
    ["import", "/dev/null"],
    ["backup", "--force", "/dev/null"],
    ["privacy", "search", "Acme"],
    ["privacy", "forget", "--name", "Blåbær Gården", "--yes"],
    ["replay", "warm"],
    ["audit", "--verify"],
    ["check"],
    ["doctor"],
)


def main() -> None:
    """Warm up, then answer commands until the input ends."""
    library = ctypes.CDLL(None)
    library.failed_path.restype = ctypes.c_char_p
    # What a command imports when it runs is not what is to fail, and costs ten times as much as the command.
    folder = Path(sys.argv[1])
    (folder / "queries").mkdir(parents=True)
    (folder / "queries" / "warm.yaml").write_text("brand: Acme\nnames: [Acme]\nsources: [https://127.0.0.1:9/rss]\n")
    for command in WARM_UP:
        run_command(folder, *command)
    for line in sys.stdin:
        sys.stdout.write(json.dumps(_fork(library, json.loads(line))) + "\n")
        sys.stdout.flush()


def _fork(library: ctypes.CDLL, job: dict[str, Any]) -> dict[str, Any]:
    """Run a command in a child; return its exit code, its calls, and the path of the one that failed."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        _run(library, job, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as answer:
        facts = json.loads(answer.read() or b"{}")
    _, status = os.waitpid(child, 0)
    return {"code": os.waitstatus_to_exitcode(status), "calls": 0, "path": "", **facts}


def _run(library: ctypes.CDLL, job: dict[str, Any], writing: int) -> None:
    """Run a command as a process of its own would, and leave the process."""
    signal.alarm(60)
    os.chdir(job["folder"])
    # Standard output is a file of the folder, so that writing it fails too.
    for descriptor, name in ((1, f"{job['folder']}/out.txt"), (2, job["errors"])):
        opened = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(opened, descriptor)
        os.close(opened)
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 (a descriptor)
    sys.stderr = open(2, "w", encoding="utf-8", buffering=1, closefd=False)  # noqa: SIM115
    MOMENTS.append(datetime.fromisoformat(job["now"]))
    sys.argv = ["brandwatch", *job["command"]]
    library.fail_call(job["kind"], ctypes.c_long(job["nth"]), job["error"], job["folder"].encode())
    code = _exit_code()
    calls = library.calls_seen()
    with os.fdopen(writing, "wb") as answer:
        answer.write(json.dumps({"calls": calls, "path": library.failed_path().decode()}).encode())
    os._exit(code)


def _exit_code() -> int:
    """Run the program, and end as the interpreter does: with 1 after a traceback, with 120 if a flush fails."""
    code = 0
    try:
        run()
    except SystemExit as ending:
        code = int(ending.code or 0)
    except BaseException:  # noqa: BLE001 (a bug, which is what is looked for)
        traceback.print_exc()
        code = 1
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        code = 120
    return code


if __name__ == "__main__":
    main()
