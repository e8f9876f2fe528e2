"""Measure what a command costs before it does any work, and what each known source adds to it.

    python bench/startup.py [--against CHECKOUT] [--sources 10000] [--runs 7]

Makes a database with one source and one with many, each in a query file with a line for each source, polled ten minutes
ago and well. In `poll (1 due)` one source is due, whose host does not exist. Prints the processor time of each command
in ms, the best of the runs, and the microseconds that a source adds. With `--against` the sources of another checkout
are measured in turns with ours, on databases of their own.
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

_ONE_DUE = "poll (1 due)"
_COMMANDS = ("--version", "report", "report --format json", "poll", _ONE_DUE, "sources")
_WITHOUT_SOURCES = frozenset({"--version"})
# Facts about query files are cached when these are older than a few seconds.
_SETTLE_SECONDS = 5
_FILL = """
import sys
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path
from brandwatch import clock
from brandwatch.models import FetchClass, SourceHistory, SourceState
from brandwatch.pipeline import source_condition
from brandwatch.storage import open_store, sources

now, count = clock.now(), int(sys.argv[2])
with open_store(Path(sys.argv[1])) as store, store.transaction():
    for number in range(count):
        state = SourceState(
            url=f"https://avis{number}.example/nyheter/rss.xml", title=f"Avis {number}", language="nb",
            fetch_class=FetchClass.OK, etag='"5f2a"', body_hash=bytes(32), queries_hash=bytes(32), entries=34,
            first_poll=now - timedelta(days=60), last_poll=now - timedelta(minutes=10),
            last_success=now - timedelta(minutes=10), next_due=now + timedelta(hours=2), seen=bytes(20 * 34),
            digests=bytes(8 * 34), newest=now - timedelta(hours=5), last_new=now - timedelta(hours=4),
            last_full=now - timedelta(hours=4), history=SourceHistory(intervals=(7200,) * 20, sizes=(34,) * 10),
        )
        if any(field.name == "usual_until" for field in fields(SourceState)):
            state = replace(state, usual_until=source_condition.usual_until(state, now))
        sources.store_source(store, state)
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--against", type=Path, help="another checkout")
    parser.add_argument("--sources", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=7)
    options = parser.parse_args()
    checkouts = [Path(__file__).parents[1], *([options.against] if options.against else [])]
    with tempfile.TemporaryDirectory() as folder:
        homes = {
            (checkout, count): _home(Path(folder) / f"{number}-{count}", checkout, count)
            for number, checkout in enumerate(checkouts)
            for count in (1, options.sources)
        }
        time.sleep(_SETTLE_SECONDS)
        for (checkout, _), home in homes.items():
            for command in ("poll", "report"):
                _run(home, checkout, command)
        print(f"{'command':22}" + "".join(f"{name.name:>10} ms  µs a source" for name in checkouts))
        for command in _COMMANDS:
            _print(command, checkouts, homes, options)


def _print(
    command: str, checkouts: list[Path], homes: dict[tuple[Path, int], Path], options: argparse.Namespace
) -> None:
    """Run a command in turns and print its row."""
    best: dict[tuple[Path, int], float] = {}
    for _ in range(options.runs):
        for key, home in homes.items():
            if key[1] == 1 or command not in _WITHOUT_SOURCES:
                best[key] = min(best.get(key, 1e9), _run(home, key[0], command))
    row = f"{command:22}"
    for checkout in checkouts:
        few, many = best[checkout, 1], best.get((checkout, options.sources))
        added = "" if many is None else f"{(many - few) * 1000 / (options.sources - 1):.1f}"
        row += f"{few:13.0f}{added:>13}"
    print(row)


def _home(home: Path, checkout: Path, count: int) -> Path:
    """Make a query file and a database for it."""
    (home / "queries").mkdir(parents=True)
    lines = "".join(f"  - https://avis{number}.example/nyheter/rss.xml\n" for number in range(count))
    text = f"brand: Blåbær Gården AS\nnames: [Blåbær Gården]\nsources:\n{lines}"
    (home / "queries" / "gaarden.yaml").write_text(text, "utf-8")
    command = [sys.executable, "-c", _FILL, str(home / "brandwatch.db"), str(count)]
    subprocess.run(command, env=_environment(checkout), check=True)
    return home


def _run(home: Path, checkout: Path, command: str) -> float:
    """Run a command; return its processor time in ms."""
    if command == _ONE_DUE:
        with closing(sqlite3.connect(home / "brandwatch.db")) as connection, connection:
            connection.execute("UPDATE source SET next_due = last_poll WHERE id = 1")
    before = getrusage(RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-m", "brandwatch", *command.removesuffix(" (1 due)").split()],
        cwd=home,
        env=_environment(checkout),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    after = getrusage(RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def _environment(checkout: Path) -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", ""), "HOME": os.curdir, "PYTHONPATH": str(checkout.resolve() / "src")}


if __name__ == "__main__":
    main()
