"""Measure what SQLite takes at least for the counts of `stats` by day: the floor below the program.

    python bench/counts.py --db FILE [--runs 3]

FILE is a database such as bench/million_fill.py makes; it is only read. All its mentions are counted day by day, in the
order of the index by time: their sums, and with the table of entries their stories and publishers. Then the same in a
temporary table whose index holds the story and the site of each mention too: what copies of these columns would save,
and the bytes that they take. Prints processor seconds, the best of the runs, of `stats` without start-up last.
"""

from __future__ import annotations

import argparse
import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from brandwatch.models import Selection
from brandwatch.storage import open_store, selections, stats
from brandwatch.storage.local_days import local_parts

if TYPE_CHECKING:
    from collections.abc import Callable

_SUMS = "count(*), sum(mention.response_total), count(mention.response_total)"
_COLUMNS = (
    "time, id, query, voice, subject, suppressed, matched, status, backlog, found, publisher, language,"
    " response_total, response_rise, entry"
)
_OF_DAY = f"WHERE {selections.COUNTED} AND mention.time >= ? AND mention.time < ?"
_JOINED = f"mention INDEXED BY mention_by_time CROSS JOIN entry ON entry.id = mention.entry {_OF_DAY}"
_STATEMENTS = {
    "sums in the index": f"SELECT {_SUMS} FROM mention INDEXED BY mention_by_time {_OF_DAY}",
    "sums and stories of entries": f"SELECT {_SUMS}, count(DISTINCT entry.story) FROM {_JOINED}",
    "publishers of entries": f"SELECT DISTINCT {selections.ORIGIN}, mention.publisher FROM {_JOINED}",
}
_WITH_COPIES = {
    "sums and stories, copies in the index": f"SELECT {_SUMS}, count(DISTINCT story) FROM wide.mention {_OF_DAY}",
    "publishers, copies in the index": f"SELECT DISTINCT origin, publisher FROM wide.mention {_OF_DAY}",
}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--db", type=Path, required=True)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    selection = Selection(since=datetime(2000, 1, 1, tzinfo=UTC), until=datetime.now(UTC) + timedelta(days=1))  # noqa: TID251
    with open_store(options.db, create=False) as store:
        days = [(part.start, part.end) for part in local_parts(store, selection)]
    with closing(sqlite3.connect(f"file:{options.db}?mode=ro", uri=True)) as connection:
        for name, statement in _STATEMENTS.items():
            _print(name, options.runs, partial(_run, connection, statement, days))
        size = _copy(connection)
        for name, statement in _WITH_COPIES.items():
            _print(name, options.runs, partial(_run, connection, statement, days))
        print(f"{'':8}the copies take {size:.0f} bytes a mention in the index, and as many in the table")
    with open_store(options.db, create=False) as store:
        _print("stats by day", options.runs, lambda: stats.count_mentions(store, selection, "day"))


def _run(connection: sqlite3.Connection, statement: str, days: list[tuple[int, int]]) -> None:
    for day in days:
        connection.execute(statement, day).fetchall()


def _print(name: str, runs: int, call: Callable[[], object]) -> None:
    seconds = []
    for _ in range(runs):
        start = time.process_time()
        call()
        seconds.append(time.process_time() - start)
    print(f"{min(seconds):6.2f} s  {name}", flush=True)


def _copy(connection: sqlite3.Connection) -> float:
    """Put all mentions into a temporary table, with an index that has copies; return the bytes of these a mention."""
    connection.execute("ATTACH '' AS wide")
    connection.execute(f"""
        CREATE TABLE wide.mention AS SELECT {", ".join(f"mention.{name.strip()}" for name in _COLUMNS.split(","))},
            entry.story, CASE WHEN entry.thread = '' THEN {selections.ORIGIN} END AS origin
        FROM main.mention JOIN main.entry ON entry.id = mention.entry
    """)
    sizes = []
    for columns in (_COLUMNS, f"{_COLUMNS}, story, origin"):
        before = connection.execute("PRAGMA wide.page_count").fetchone()[0]
        connection.execute(f"CREATE INDEX wide.by_{len(columns)} ON mention ({columns})")
        sizes.append(connection.execute("PRAGMA wide.page_count").fetchone()[0] - before)
        if columns == _COLUMNS:
            connection.execute(f"DROP INDEX wide.by_{len(columns)}")
            connection.execute("VACUUM wide")
    mentions = connection.execute("SELECT count(*) FROM wide.mention").fetchone()[0]
    page = connection.execute("PRAGMA wide.page_size").fetchone()[0]
    return float((sizes[1] - sizes[0]) * page / mentions)


if __name__ == "__main__":
    main()
