"""Measure what analysts ask of a database of a million mentions, beside the bare SQL in the sqlite3 shell.

    python bench/million.py [--mentions 1000000] [--days 730] [--db FILE] [--runs 3] [--only TEXT]

The mentions are spread over two years, five queries, 300 sources and 400 publishers; their texts are invented words,
few of them frequent; three in ten have counts of response. A database that is there is used again. Prints for each
command its processor seconds beyond those of a command that only starts (`check`), those of the shell, the ratio of the
two, the size of the answer, and the peak memory.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlite_utils import Database

from brandwatch.models import Check, Evidence, Judgement, SourceState, Voice
from brandwatch.store import open_store, rows, stories

if TYPE_CHECKING:
    from collections.abc import Iterator

_BATCH = 20_000
_QUERIES = ("fjordkraft", "acme", "blaabaer", "havkraft", "nordlys")
_VOICES = (*(Voice.PUBLIC,) * 17, Voice.OWNED, Voice.OFFICIAL, Voice.STAFF)
_LANGUAGES = ("nb", "nb", "nb", "nb", "nb", "nn", "sv", "da", "en", "")
_SOURCES, _PUBLISHERS, _WORDS = 300, 400, 20_000
_SYLLABLES = (
    "bla bær by dal elv fjord gard hav kraft lys mar nes nord os pris rik sol strøm tun ung vest vik ås øy".split()
)
_CHECKS = (
    Check(clause="names: Fjordkraft Åsgård", holds=True, note="“Fjordkraft Åsgård” (exact)"),
    Check(clause="exclude.sites", holds=True, note="no site of the list"),
)
_TIME = "coalesce(entry.published, entry.found)"
_ROWS = (
    "SELECT mention.*, entry.*, (SELECT at FROM response WHERE response.entry = entry.id ORDER BY at DESC LIMIT 1)"
    " FROM entry CROSS JOIN mention ON mention.entry = entry.id WHERE suppressed = ''"
)
_STORIES = "SELECT story.*, entry.* FROM story CROSS JOIN entry ON entry.id = story.lead WHERE heat IS NOT NULL"
_COUNTS = "SELECT {} AS what, count(*) FROM entry CROSS JOIN mention ON mention.entry = entry.id WHERE suppressed = ''"


class Measured(NamedTuple):
    """A command and the SQL that answers the same."""

    name: str
    arguments: tuple[str, ...]
    sql: str


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
    parser.add_argument("--only", default="", help="only the commands whose name holds this")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        database = options.db or Path(home, "million.db")
        if not database.exists():
            # In a process of its own, whose memory is not taken for that of the commands.
            filling = multiprocessing.Process(target=_fill, args=(database, options.mentions, options.days))
            filling.start()
            filling.join()
        queries = Path(home, "queries")
        queries.mkdir()
        (queries / "fjordkraft.yaml").write_text(
            "brand: B\nnames: [Fjordkraft Åsgård]\nsources: []\n", encoding="utf-8"
        )
        program = [sys.executable, "-m", "brandwatch", "--db", str(database), "--queries", str(queries)]
        start = _cost([*program, "check"], options.runs).seconds
        shell = shutil.which("sqlite3")
        print(f"{'':36}{'beyond':>8}{'shell':>8}{'ratio':>7}{'answer':>11}{'peak':>9}   (start-up {start:.2f} s)")
        for measured in _measured(database):
            if options.only in measured.name:
                ours = _cost([*program, *measured.arguments], options.runs)
                bare = _cost([shell, str(database), measured.sql], options.runs) if shell else None
                _print(measured.name, ours, ours.seconds - start, bare)


def _print(name: str, ours: Cost, beyond: float, bare: Cost | None) -> None:
    """Print one line."""
    ratio = f"{bare.seconds:8.3f}{beyond / bare.seconds:7.1f}" if bare else f"{'':15}"
    print(f"{name:36}{beyond:8.3f}{ratio}{ours.size / 1024:8.0f} KiB{ours.memory:5.0f} MiB")


def _measured(database: Path) -> Iterator[Measured]:
    """Yield the commands; the times they name are counted back from the newest mention."""
    with closing(sqlite3.connect(database)) as connection:
        newest = connection.execute(f"SELECT max({_TIME}) FROM entry").fetchone()[0]  # noqa: S608 (our own column)
    week, month = (newest - days * 86_400 for days in (7, 30))
    since_week, since_month = (datetime.fromtimestamp(at, UTC).isoformat() for at in (week, month))
    rare, frequent = _word(_WORDS // 20), _word(3)
    latest = f"ORDER BY {_TIME} DESC"
    found = "AND entry.id IN (SELECT rowid FROM entry_text WHERE entry_text MATCH '{}')"
    each = "AND EXISTS (SELECT 1 FROM entry_text WHERE entry_text.rowid = entry.id AND entry_text MATCH '{}')"
    of_month = f"AND {_TIME} >= {month} GROUP BY what"
    day = f"date({_TIME}, 'unixepoch', 'localtime')"
    in_week = ("report", "--since", since_week, "--format", "csv")
    yield Measured("report --since 7d, 50 rows", (*in_week, "--limit", "50"), f"{_ROWS} {latest} LIMIT 50")
    yield Measured("report --since 7d", in_week, f"{_ROWS} AND {_TIME} >= {week} {latest}")
    searched = ("report", "--limit", "50", "--search")
    yield Measured("report --search rare", (*searched, rare), f"{_ROWS} {found.format(rare)} {latest} LIMIT 50")
    yield Measured(
        "report --search frequent", (*searched, frequent), f"{_ROWS} {each.format(frequent)} {latest} LIMIT 50"
    )
    where = ("report", "--limit", "50", "--where", f"{rare} AND voice:public")
    yield Measured("report --where", where, f"{_ROWS} {found.format(rare)} AND voice = 'public' {latest} LIMIT 50")
    yield Measured(
        "stats --by day", ("stats", "--by", "day", "--since", since_month), f"{_COUNTS.format(day)} {of_month}"
    )
    yield Measured(
        "stats --by publisher",
        ("stats", "--by", "publisher", "--since", since_month),
        f"{_COUNTS.format('publisher')} {of_month}",
    )
    yield Measured(
        "stats --by day, of all",
        ("stats", "--by", "day", "--since", "2000-01-01"),
        f"{_COUNTS.format(day)} GROUP BY what",
    )
    yield Measured(
        "trends", ("trends",), f"{_COUNTS.format(f'{_TIME} / 3600')} AND {_TIME} >= {newest - 6_000_000} GROUP BY what"
    )
    told, hottest = ("report", "--stories", "--limit", "50"), f"{_STORIES} ORDER BY heat DESC LIMIT 50"
    yield Measured("report --stories", told, hottest)
    yield Measured(
        "report --stories --since 7d",
        (*told, "--since", since_week),
        f"{_STORIES} AND story.id IN (SELECT story FROM entry WHERE {_TIME} >= {week}) ORDER BY heat DESC LIMIT 50",  # noqa: S608 (our own columns)
    )
    yield Measured("report, all as CSV", ("report", "--format", "csv"), f"{_ROWS} {latest}")


def _cost(command: list[str], runs: int) -> Cost:
    """Return the least that a command cost."""
    return min(_once(command) for _ in range(runs))


def _once(command: list[str]) -> Cost:
    """Run a command, counting the bytes of its answer."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        size = 0
        while process.stdout and (piece := process.stdout.read(1 << 16)):
            size += len(piece)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Cost(used.ru_utime + used.ru_stime, size, used.ru_maxrss / 1024)


def _fill(database: Path, count: int, days: int) -> None:
    """Make the tables, and put the rows in as they are stored, in batches."""
    draw = random.Random(7)  # noqa: S311 (noise need not be secret)
    newest = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=5)  # noqa: TID251 (`--since 7d` means now)
    with open_store(database):
        pass
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        _put(connection, "source", [_source(number, newest) for number in range(1, _SOURCES + 1)])
        start = time.perf_counter()
        for first in range(1, count + 1, _BATCH):
            numbers = range(first, min(first + _BATCH, count + 1))
            entries = [_entry(draw, number, count, days, newest) for number in numbers]
            connection.execute("BEGIN")
            _put(connection, "entry", entries)
            _put(connection, "mention", [_mention(draw, entry) for entry in entries])
            _put(connection, "sighting", [_sighting(draw, entry) for entry in entries])
            _put(connection, "response", [_response(entry) for entry in entries if entry["response_at"]])
            connection.execute("COMMIT")
        print(f"{count} mentions put in with executemany in {time.perf_counter() - start:.0f} s")
        start = time.perf_counter()
        connection.execute("BEGIN")
        stories.place_all(Database(connection))
        connection.execute("COMMIT")
        print(f"their stories found in {time.perf_counter() - start:.0f} s")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _put(connection: sqlite3.Connection, table: str, values: list[dict[str, Any]]) -> None:
    """Put rows into a table."""
    if values:
        names = list(values[0])
        marks = ", ".join(f":{name}" for name in names)
        connection.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", values)  # noqa: S608


def _source(number: int, newest: datetime) -> dict[str, Any]:
    """Return a source that is watched since long ago."""
    long_ago = newest - timedelta(days=1000)
    state = SourceState(url=f"https://kilde{number}.example/rss", first_poll=long_ago, last_success=newest)
    return rows.source_row(state) | {"id": number}


def _entry(draw: random.Random, number: int, count: int, days: int, newest: datetime) -> dict[str, Any]:
    """Return an entry of about 400 characters."""
    at = int((newest - timedelta(days=days * (count - number) / count)).timestamp())
    words = [_word(min(int(draw.paretovariate(0.7)), _WORDS)) for _ in range(45)]
    publisher = min(int(draw.paretovariate(0.5)), _PUBLISHERS)
    host = f"avis{publisher}.example"
    found = at + draw.randint(0, 900)
    comments = int(draw.paretovariate(0.8)) - 1 if draw.random() < 0.3 else None  # noqa: PLR2004 (three in ten)
    return {
        "id": number,
        "guid": f"https://{host}/sak/{number}",
        "link": f"https://{host}/sak/{number}",
        "owner": draw.randint(1, _SOURCES),
        "url": f"https://www.{host}/sak/{number}?utm_source=rss",
        "title": f"{' '.join(words[: number % 9])} Fjordkraft Åsgård".strip(),
        "text": " ".join(words[9:]),
        "author": _word(number % 977),
        "publisher": f"Avisa {_word(publisher)}",
        "language": draw.choice(_LANGUAGES),
        "comment_feed": "",
        "published": at if draw.random() > 0.02 else None,  # noqa: PLR2004 (one in fifty says nothing)
        "updated": None,
        "found": found,
        "links": "",
        "odd": 0,
        "response_at": None if comments is None else found,
        "response_total": comments,
    }


def _mention(draw: random.Random, entry: dict[str, Any]) -> dict[str, Any]:
    """Return the mention of an entry."""
    start = entry["title"].index("Fjordkraft")
    name = Evidence(term="Fjordkraft Åsgård", field="title", start=start, end=start + 17, rule="exact")
    judged = Judgement(
        evidence=(name,),
        voice=draw.choice(_VOICES),
        suppressed="exclude.sites: regnskap.example" if draw.random() < 0.05 else "",  # noqa: PLR2004 (one in twenty)
        checks=_CHECKS,
    )
    row = {"id": entry["id"], "entry": entry["id"], "query": draw.choice(_QUERIES), "query_version": "1"}
    return rows.judgement_row(judged) | row | {"status": "new", "backlog": 0, "found": entry["found"]}


def _sighting(draw: random.Random, entry: dict[str, Any]) -> dict[str, Any]:
    """Return where an entry was seen."""
    seen = {"first_seen": entry["found"], "last_seen": entry["found"] + 3_600, "position": draw.randint(0, 30)}
    return {"entry": entry["id"], "source": entry["owner"]} | seen


def _response(entry: dict[str, Any]) -> dict[str, Any]:
    """Return the reading of the response to an entry."""
    return {"entry": entry["id"], "at": entry["response_at"], "comments": entry["response_total"]}


def _word(number: int) -> str:
    """Return the invented word of a number."""
    word = ""
    while number or not word:
        number, rest = divmod(number, len(_SYLLABLES))
        word += _SYLLABLES[rest]
    return word


if __name__ == "__main__":
    main()
