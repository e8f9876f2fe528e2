"""Measure what analysts ask of a database of a million mentions, beside the bare SQL in the sqlite3 shell.

    python bench/million.py [--mentions 1000000] [--days 730] [--db FILE] [--runs 3] [--only TEXT]
    python bench/million.py --all-rows [--mentions 1000000] [--db FILE]

bench/million_fill.py makes the database; one that is there is used again. Prints for each command its processor seconds
beyond those of a command that only starts (`check` of an empty database), and beyond those of the same command on a
database that is empty: what the million costs. The shell is asked for the same rows with the same columns, as CSV, in
the best way that we know for this schema; its statements stand below. Then the ratio of the two, the size of the answer
and the peak memory.
With `--all-rows` it measures what reads every row, once each: the search for a name, its erasure in a copy, and a
replay; prints their processor seconds, start-up included, and their peak memory.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from brandwatch.storage import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

_FILL = Path(__file__).with_name("million_fill.py")
# Of the 20,000 invented words: one that stands in some hundred entries, and one that stands in most.
_RARE, _FREQUENT = "solstrømbær", "dal"
_QUERIES = ("fjordkraft", "acme", "blaabaer", "havkraft", "nordlys")
_SHOWN = "suppressed = '' AND matched = 'local'"
_IN_TIME = "mention INDEXED BY mention_by_time"
_LATEST_FIRST = "ORDER BY time DESC, mention.id DESC"


def _local(column: str) -> str:
    """Return SQL for a time of ours in local time with its offset."""
    local = f"{column}, 'unixepoch', 'localtime'"
    hours = f"(strftime('%s', {local}) - {column}) / 3600"
    return f"strftime('%Y-%m-%dT%H:%M:%S', {local}) || printf('%+03d:00', {hours})"


_CELLS = (
    f"SELECT mention.id, query, {_local('published')} AS published, {_local('mention.found')} AS found, title,"
    " entry.url, entry.publisher, (SELECT source.url FROM sighting JOIN source ON source.id = sighting.source"
    " WHERE sighting.entry = entry.id ORDER BY first_seen, source.id LIMIT 1) AS source, author, entry.language,"
    " status, (SELECT group_concat(DISTINCT value ->> 0) FROM json_each(evidence) WHERE value ->> 5 = 'anchor'),"
    " voice, subject, suppressed, matched, comments, replies, likes, shares, views, story"
)
_RESPONSE = (
    " LEFT JOIN response ON response.entry = entry.id"
    " AND response.at = (SELECT max(at) FROM response WHERE response.entry = entry.id)"
)
_ROWS = f"{_CELLS} FROM {_IN_TIME} CROSS JOIN entry ON entry.id = mention.entry{_RESPONSE} WHERE {_SHOWN}"
_FOUND = f"{_CELLS} FROM entry CROSS JOIN mention ON mention.entry = entry.id{_RESPONSE} WHERE {_SHOWN}"
_STORIES = (
    "SELECT story.*, entry.title, entry.url, entry.publisher FROM story CROSS JOIN entry ON entry.id = story.lead"
    " WHERE heat IS NOT NULL"
)
_ORIGIN = "substr(entry.url, 1, 7 + instr(substr(entry.url, 9) || '/', '/'))"
_COUNTS = (
    "SELECT {} AS what, count(*), sum(mention.response_total), count(mention.response_total),"
    f" count(DISTINCT entry.story), count(DISTINCT {_ORIGIN})"
    f" FROM {_IN_TIME} CROSS JOIN entry ON entry.id = mention.entry WHERE {_SHOWN} AND time >= {{}} GROUP BY what"
)


class Measured(NamedTuple):
    """A command and the SQL that answers the same, empty where there is none."""

    arguments: str
    sql: str = ""


class Cost(NamedTuple):
    """What a command cost: processor seconds, bytes of its answer, MiB at its peak."""

    seconds: float
    size: int
    memory: float


def main() -> None:
    """Fill a database, measure each command and its SQL, print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mentions", type=int, default=1_000_000)
    parser.add_argument("--days", type=int, default=730)
    parser.add_argument("--db", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", default="", help="only the commands that hold this")
    parser.add_argument("--all-rows", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        database = options.db or Path(home, "million.db")
        if not database.exists():
            size = ["--mentions", str(options.mentions), "--days", str(options.days)]
            subprocess.run([sys.executable, str(_FILL), "--db", str(database), *size], check=True)
        if options.all_rows:
            _measure_all_rows(database, Path(home))
        else:
            _measure(database, Path(home), options.runs, options.only)


def _measure_all_rows(database: Path, home: Path) -> None:
    """Measure the commands that read every row."""
    copy = home / "copy.db"
    shutil.copy(database, copy)
    program = _program(home)
    for arguments in (
        f"privacy search {_RARE}",
        f"privacy forget --name {_RARE}",
        "audit --new-key",
        f"privacy forget --name {_RARE} --yes",
        "replay fjordkraft",
    ):
        cost = _once([*program, "--db", str(copy), *arguments.split(" ")])
        print(f"{cost.seconds:7.1f} CPU s{cost.memory:6.0f} MiB  {arguments}", flush=True)


def _program(home: Path) -> list[str]:
    """Return the program with the queries of the mentions: those of a query without a file are not counted."""
    queries = home / "queries"
    queries.mkdir()
    for name in _QUERIES:
        (queries / f"{name}.yaml").write_text("brand: B\nnames: [Fjordkraft Åsgård]\nsources: []\n", encoding="utf-8")
    return [sys.executable, "-m", "brandwatch", "--queries", str(queries)]


def _measure(database: Path, home: Path, runs: int, only: str) -> None:
    """Measure the commands that hold a text, and print."""
    empty = home / "empty.db"
    with open_store(empty):
        pass
    program = [*_program(home), "--db"]
    # Of a filled database `check` evaluates the queries.
    start = _cost([*program, str(empty), "check"], runs).seconds
    shell = shutil.which("sqlite3")
    print(f"{'beyond':>7}{'rows':>8}{'shell':>8}{'ratio':>7}{'answer':>12}{'peak':>9}   (start-up {start:.2f} s)")
    for arguments, sql in _measured(database):
        if only not in arguments:
            continue
        words = arguments.split(" ")
        ours = _cost([*program, str(database), *words], runs)
        rows = ours.seconds - _cost([*program, str(empty), *words], runs).seconds
        bare = _cost([shell, "-csv", str(database), sql], runs).seconds if shell and sql else None
        beside = f"{bare:8.3f}{rows / bare:7.1f}" if bare else f"{'':15}"
        facts = f"{ours.size / 1024:8.0f} KiB{ours.memory:5.0f} MiB"
        print(f"{ours.seconds - start:7.3f}{rows:8.3f}{beside}{facts}  {arguments}", flush=True)


def _measured(database: Path) -> Iterator[Measured]:
    """Yield the commands; the times they name are counted back from the newest mention."""
    with closing(sqlite3.connect(database)) as connection:
        newest = connection.execute("SELECT max(time) FROM mention").fetchone()[0]
    week, month = (newest - days * 86_400 for days in (7, 30))
    since_week, since_month = (datetime.fromtimestamp(at, UTC).isoformat() for at in (week, month))
    found = f"{_FOUND} AND entry.id IN (SELECT rowid FROM entry_text WHERE entry_text MATCH '{_RARE}')"
    each = f"EXISTS (SELECT 1 FROM entry_text WHERE entry_text.rowid = entry.id AND entry_text MATCH '{_FREQUENT}')"
    day = "date(time, 'unixepoch', 'localtime')"
    lately = f"story.id IN (SELECT story FROM {_IN_TIME} CROSS JOIN entry ON entry.id = entry WHERE time >= {week})"
    first = f"{_LATEST_FIRST} LIMIT 50"
    yield Measured(f"report --since {since_week} --limit 50", f"{_ROWS} AND time >= {week} {first}")
    yield Measured(f"report --since {since_week}", f"{_ROWS} AND time >= {week} {_LATEST_FIRST}")
    yield Measured(f"report --limit 50 --search {_RARE}", f"{found} {first}")
    yield Measured(f"report --limit 50 --search {_FREQUENT}", f"{_ROWS} AND {each} {first}")
    yield Measured(f"report --limit 50 --where {_RARE}", f"{found} {first}")
    yield Measured("report --limit 50 --where voice:staff", f"{_ROWS} AND voice = 'staff' {first}")
    yield Measured("report --stories --limit 50", f"{_STORIES} ORDER BY heat DESC LIMIT 50")
    yield Measured(
        f"report --stories --limit 50 --since {since_week}", f"{_STORIES} AND {lately} ORDER BY heat DESC LIMIT 50"
    )
    yield Measured(f"stats --by day --since {since_month}", _COUNTS.format(day, month))
    yield Measured(f"stats --by publisher --since {since_month}", _COUNTS.format("mention.publisher", month))
    yield Measured("stats --by day --since 2000-01-01", _COUNTS.format(day, 0))
    yield Measured("report --format csv", f"{_ROWS} {_LATEST_FIRST}")
    for narrowed in _NARROWED:
        yield Measured(f"report --limit 50 {narrowed}")
    for others in (
        *_OTHERS,
        f"report --since {since_month} --format html",
        f"report --since {since_week} --format xlsx",
    ):
        yield Measured(others)


_NARROWED = (
    "--query acme",
    "--query unknown",
    "--voice staff",
    "--subject staff",
    "--source kilde17.example",
    "--source kilde",
    "--lang da",
    "--lang fi",
    "--status relevant",
    "--suppressed",
    "--remote",
    "--until 2025-06-01",
    *(f"--group-by {what}" for what in ("day", "query", "source", "publisher", "language")),
    *(f"--sort {order}" for order in ("found", "query", "source", "publisher", "title", "response", "rising", "heat")),
    *(f"--stories --sort {order}" for order in ("rising", "response", "publishers", "mentions", "found")),
)
_OTHERS = (
    *(f"stats --by {what}" for what in ("week", "query", "source", "voice", "language")),
    "stats --compare previous",
    "stats --by publisher --since 2000-01-01",
    "trends",
    "show 500000",
    "why 500000",
    "story show 500000",
    "sources",
    "doctor",
)


def _cost(command: list[str], runs: int) -> Cost:
    """Return the least that a command cost."""
    return min(_once(command) for _ in range(runs))


def _once(command: list[str]) -> Cost:
    """Run a command as a shell would, with its bytecode kept, counting the bytes of its answer."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment) as process:
        size = 0
        while process.stdout and (piece := process.stdout.read(1 << 16)):
            size += len(piece)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    # Of an empty database nothing can be shown.
    if process.returncode not in {0, 2}:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Cost(used.ru_utime + used.ru_stime, size, used.ru_maxrss / 1024)


if __name__ == "__main__":
    main()
