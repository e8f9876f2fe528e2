"""Measure a replay of an edited query over many stored entries.

    python bench/replay.py [--entries 200000] [--db FILE]

The entries are 400 characters of invented words each; every one is a mention of a query that asks for nearly
everything, and one in five hundred holds the name that an edited query looks for. Prints the time of `brandwatch
replay` beyond that of a command that only starts (`schema`), and what was found; then the CPU time and the memory of
`replay --yes` for an edit that hides nearly every mention, and of the next one that takes it back.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from brandwatch.models import Entry, EntryRecord, Evidence, Fetch, FetchClass, MatchResult, SourceRecord, SourceState
from brandwatch.storage import open_store
from brandwatch.storage.recording import record_source

_WORDS = (
    "strøm kraft nett pris kunde avtale fjord måler regning vinter varme ny høy lav betale klage svar telefon".split()
)
_BATCH = 5_000
_RARE = 500
_QUERY = "brand: Edited\nnames: [Blåbærkraft, Blåbærkraft Norge]\nexclude: {words: [Blåbærkraft cup]}\n"

# Not `ru_maxrss`: it is at least what the parent had when it started the child.
_MEASURED = """
import atexit, resource, sys
from brandwatch.__main__ import main
def print_cost():
    used = resource.getrusage(resource.RUSAGE_SELF)
    peak = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
    print(f"{used.ru_utime + used.ru_stime:.1f} CPU s, {int(peak) // 1024} MiB", file=sys.stderr)
atexit.register(print_cost)
main()
"""


def main() -> None:
    """Fill a database, replay, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entries", type=int, default=200_000)
    parser.add_argument("--db", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        database = options.db or Path(home, "bench.db")
        if not database.exists():
            _fill(database, options.entries)
        queries = Path(home, "queries")
        queries.mkdir()
        (queries / "edited.yaml").write_text(_QUERY, encoding="utf-8")
        program = [sys.executable, "-m", "brandwatch", "--db", str(database), "--queries", str(queries)]
        start = min(_seconds([*program, "schema"]) for _ in range(3))
        replay = min(_seconds([*program, "replay", "edited"]) for _ in range(3))
        found = subprocess.run([*program, "replay", "edited"], capture_output=True, text=True, check=True).stdout
        applied = [_apply(program, queries, name) for name in ("Blåbærkraft", "{name: strøm, case: any}")]
    print(f"start-up {start:.2f} s, replay {replay:.2f} s: {replay - start:.2f} s beyond; {found.splitlines()[-1]}")
    for line in applied:
        print(line)


def _apply(program: list[str], queries: Path, name: str) -> str:
    """Apply an edit of the query that nearly every entry is a mention of; return its cost and its effect."""
    (queries / "everything.yaml").write_text(f"brand: Everything\nnames: [{name}]\n", encoding="utf-8")
    command = [program[0], "-c", _MEASURED, *program[3:], "replay", "everything", "--yes"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    *_, effect, cost = done.stderr.splitlines()
    return f"replay --yes: {cost}; {effect}"


def _fill(database: Path, count: int) -> None:
    """Store the entries."""
    draw = random.Random(7)  # noqa: S311 (noise need not be secret)
    at = datetime(2026, 5, 4, tzinfo=UTC)
    everything = MatchResult(evidence=(Evidence(term="strøm", field="text", start=0, end=5, rule="exact"),))
    state = SourceState(url="https://avisa.example/rss", fetch_class=FetchClass.OK, first_poll=at, last_success=at)
    with open_store(database) as store:
        for start in range(0, count, _BATCH):
            finds = tuple(
                EntryRecord(
                    entry=Entry(title=f"Sak {number}", text=_text(draw, number), published=at),
                    link=f"content:{number}",
                    stored_id=None,
                    position=0,
                    results={"everything": everything},
                    versions={"everything": "1"},
                )
                for number in range(start, min(start + _BATCH, count))
            )
            record_source(
                store, SourceRecord(state=state, fetch=Fetch(at=at, fetch_class=FetchClass.OK), entries=finds)
            )


def _text(draw: random.Random, number: int) -> str:
    """Return a text of about 400 characters, with the name in one of five hundred."""
    text = " ".join(draw.choices(_WORDS, k=65))
    return f"{text} Blåbærkrafts kunder" if number % _RARE == 0 else text


def _seconds(command: list[str]) -> float:
    """Return how long a command takes."""
    start = time.perf_counter()
    subprocess.run(command, capture_output=True, check=True)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
