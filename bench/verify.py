"""Measure the verification of a database of a million mentions: seals, audit, pages and full-text index.

    python bench/verify.py --db FILE [--runs 1]

bench/million_fill.py makes FILE; an older one is migrated, and sealed, first. Prints processor seconds and the peak
memory of a process of its own for each part, and for `brandwatch audit --verify`, which does all of them.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from brandwatch.storage import audit, open_store, verification

if TYPE_CHECKING:
    from collections.abc import Callable

    from brandwatch.storage import Store

_PARTS: dict[str, Callable[[Store], object]] = {
    "seals": verification.verify_seals,
    "audit": audit.verify_chain,
    "pages": lambda store: store.value("PRAGMA integrity_check(1)"),
    "index": verification.index_fault,
}


def main() -> None:
    """Run each part in a process of its own, then the command; print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--db", type=Path, required=True)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--part", choices=_PARTS)
    options = parser.parse_args()
    if options.part:
        _run(options.db, options.part)
        return
    start = time.process_time()
    with open_store(options.db) as store:
        mentions = store.value("SELECT count(*) FROM mention")
    print(f"{mentions} mentions; opened in {time.process_time() - start:.1f} CPU s")
    for part in _PARTS:
        _measure(part, [sys.executable, __file__, "--db", str(options.db), "--part", part], options.runs)
    command = [sys.executable, "-m", "brandwatch", "--db", str(options.db), "audit", "--verify"]
    _measure("audit --verify", command, options.runs)


def _run(database: Path, part: str) -> None:
    with open_store(database, create=False) as store:
        _PARTS[part](store)


def _measure(name: str, command: list[str], runs: int) -> None:
    """Print the least processor seconds of some runs, and the most memory."""
    seconds, memory = [], 0.0
    for _ in range(runs):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, used = os.wait4(process.pid, 0)
        if status:
            raise SystemExit(f"{name} failed: {os.waitstatus_to_exitcode(status)}")
        seconds.append(used.ru_utime + used.ru_stime)
        memory = max(memory, used.ru_maxrss / 1024)
    print(f"{name:16}{min(seconds):7.1f} CPU s{memory:7.0f} MiB")


if __name__ == "__main__":
    main()
