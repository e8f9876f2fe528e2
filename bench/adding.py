"""Measure what a poll spends on a new mention: processor time and bytes on disk.

    python bench/adding.py [--mentions 2000] [--words 36] [--visits 2 100] [--together 20] [--db FILE] [--runs 5]

Each visit is of a source of its own and gives a number of new entries of *words* words, all mentions of one query. They
are recorded as a poll does, *together* sources in one transaction: their keys are looked up, they are minimised,
assigned to stories, sealed and audited. With `--db` into a copy of a database, such as bench/million_fill.py makes;
else into a new one. Beside it, all rows of the new database are put into another with bare `executemany`, with and
without seals: the floor. Of several runs the fastest counts. Bytes are those by which the file grows.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sqlite3
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from brandwatch.config.query import Query, Term
from brandwatch.models import (
    ClauseResult,
    Entry,
    Evidence,
    Fetch,
    FetchClass,
    MatchResult,
    Response,
    Source,
    SourceState,
)
from brandwatch.pipeline import record
from brandwatch.pipeline.jobs import MatchedEntry, SourceJob, SourceResult
from brandwatch.storage import Store, open_store
from brandwatch.stories.identity import identities

if TYPE_CHECKING:
    from collections.abc import Sequence

_SYLLABLES = (
    "bla bær by dal elv fjord gard hav kraft lys mar nes nord os pris rik sol strøm tun ung vest vik ås øy".split()
)
_WORDS, _PUBLISHERS = 20_000, 400
_QUERY = Query(name="acme", version="v1", brand="Acme Åsgård AS", names=(Term(text="Acme Åsgård"),))
_CLAUSES = (
    ClauseResult(clause="names: Acme Åsgård", holds=True, note="“Acme Åsgård” (exact)"),
    ClauseResult(clause="exclude.sites", holds=True, note="no site of the list"),
)
# Those that a visit writes to, in an order in which each finds what it belongs to.
_TABLES = ("source", "fetch", "story", "entry", "mention", "sighting", "response", "sketched", "sketch", "audit")

Batch = list[tuple[SourceJob, SourceResult]]


class Cost(NamedTuple):
    """Microseconds and bytes of one mention."""

    micros: float
    size: float


def main() -> None:
    """Measure each size of a visit, print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mentions", type=int, default=2_000)
    parser.add_argument("--words", type=int, default=36)
    parser.add_argument("--visits", type=int, nargs="+", default=[2, 100])
    parser.add_argument("--together", type=int, default=20)
    parser.add_argument("--db", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    for size in options.visits:
        costs = [_measure(options, size) for _ in range(options.runs)]
        best = min(costs, key=lambda cost: cost.micros)
        print(f"visits of {size}: {best.micros:.0f} µs a mention, {best.size:.0f} bytes")
    if not options.db:
        for name, is_sealed in (("sealed", True), ("bare", False)):
            floor = min(_floor(options, is_sealed=is_sealed) for _ in range(options.runs))
            print(f"executemany, {name}: {floor:.0f} µs a mention")


def _measure(options: argparse.Namespace, size: int) -> Cost:
    """Record the mentions in visits of a size."""
    with tempfile.TemporaryDirectory() as home:
        database = Path(home, "a.db")
        if options.db:
            shutil.copy(options.db, database)
        return _record(database, options, size)


def _record(database: Path, options: argparse.Namespace, size: int) -> Cost:
    with open_store(database) as store:
        batches = _batches(options, size, store.secret_key)
        before = _bytes(store)
        start = time.process_time()
        for batch in batches:
            record.record_results(store, batch, {"acme": _QUERY})
        spent = time.process_time() - start
        return Cost(spent * 1e6 / options.mentions, (_bytes(store) - before) / options.mentions)


def _bytes(store: Store) -> int:
    pages, free = (store.value(f"PRAGMA {name}") for name in ("page_count", "freelist_count"))
    return int((pages - free) * store.value("PRAGMA page_size"))


def _batches(options: argparse.Namespace, size: int, key: bytes) -> list[Batch]:
    """Return what the sources give, as many together as share a transaction."""
    # Noise, until now: the stories of a filled database end there.
    draw, now = random.Random(11), datetime.now(UTC).replace(microsecond=0)  # noqa: S311, TID251
    visits = [
        _visit(number, [_entry(draw, options.words, now) for _ in range(size)], key, now)
        for number in range(options.mentions // size)
    ]
    return [visits[start : start + options.together] for start in range(0, len(visits), options.together)]


def _visit(number: int, entries: Sequence[Entry], key: bytes, now: datetime) -> tuple[SourceJob, SourceResult]:
    url = f"https://kilde{number}.example/rss"
    state = SourceState(url=url, fetch_class=FetchClass.OK, first_poll=now, last_poll=now, last_success=now)
    matched = tuple(
        MatchedEntry(position, entry, identity, {"acme": _result(entry)})
        for position, (entry, identity) in enumerate(zip(entries, identities(entries, key), strict=True))
    )
    result = SourceResult(fetch=Fetch(at=now, fetch_class=FetchClass.OK, entries=len(entries)), state=state)
    return SourceJob(source=Source(url=url), state=state), SourceResult(
        fetch=result.fetch, state=state, matched=matched
    )


def _entry(draw: random.Random, words: int, now: datetime) -> Entry:
    number = draw.getrandbits(40)
    host = f"avis{min(int(draw.paretovariate(0.5)), _PUBLISHERS)}.example"
    listed = [_word(min(int(draw.paretovariate(0.7)), _WORDS)) for _ in range(words + 9)]
    return Entry(
        guid=f"https://{host}/sak/{number}",
        url=f"https://www.{host}/sak/{number}?utm_source=rss",
        title=f"{' '.join(listed[: number % 9])} Acme Åsgård".strip(),
        text=" ".join(listed[9:]),
        author=_word(number % 977),
        publisher=f"Avisa {_word(number % 97)}",
        published=now - timedelta(minutes=number % 3_000),
        response=Response(comments=number % 50) if number % 10 < 3 else Response(),  # noqa: PLR2004 (three in ten)
    )


def _result(entry: Entry) -> MatchResult:
    start = entry.title.index("Acme")
    name = Evidence(term="Acme Åsgård", field="title", start=start, end=start + 11, rule="exact")
    return MatchResult(evidence=(name,), clauses=_CLAUSES, language="nb")


def _word(number: int) -> str:
    """Return the invented word of a number."""
    word = ""
    while number or not word:
        number, rest = divmod(number, len(_SYLLABLES))
        word += _SYLLABLES[rest]
    return word


def _floor(options: argparse.Namespace, *, is_sealed: bool) -> float:
    """Record mentions in one transaction, put all rows into a new database; return the microseconds of that."""
    with tempfile.TemporaryDirectory() as home:
        recorded, bare = Path(home, "recorded.db"), Path(home, "bare.db")
        with open_store(recorded) as store:
            visits = [visit for batch in _batches(options, 100, store.secret_key) for visit in batch]
            record.record_results(store, visits, {"acme": _QUERY})
        with open_store(bare) as store, closing(sqlite3.connect(recorded)) as source:
            source.row_factory = sqlite3.Row
            stored = {table: _stored(source, table) for table in _TABLES}
            if is_sealed:
                store.seals.watch()
            start = time.process_time()
            store.execute("BEGIN")
            for table, values in stored.items():
                _put(store, table, values)
            store.seals.save()
            store.execute("COMMIT")
            return float((time.process_time() - start) * 1e6 / options.mentions)


def _stored(source: sqlite3.Connection, table: str) -> list[dict[str, Any]]:
    """Return all rows of a table, without what the database works out itself."""
    names = ", ".join(row["name"] for row in source.execute(f"PRAGMA table_info({table})"))
    return [dict(row) for row in source.execute(f"SELECT {names} FROM {table}")]


def _put(store: Store, table: str, values: list[dict[str, Any]]) -> None:
    if values:
        marks = ", ".join(f":{name}" for name in values[0])
        store.execute_many(f"INSERT INTO {table} ({', '.join(values[0])}) VALUES ({marks})", values)


if __name__ == "__main__":
    main()
