"""Fill a database with a million invented mentions.

    python bench/million_fill.py --db FILE [--mentions 1000000] [--days 730]

The mentions are spread over two years, five queries, 300 sources and 400 publishers; their texts are invented words,
few of them frequent; three in ten have counts of response.
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from brandwatch.models import (
    ClauseResult,
    Evidence,
    MatchResult,
    SourceState,
    Voice,
)
from brandwatch.storage import Store, open_store, rows, seal_sums, story_assignment

_BATCH = 20_000
_QUERIES = ("fjordkraft", "acme", "blaabaer", "havkraft", "nordlys")
_VOICES = (*(Voice.PUBLIC,) * 17, Voice.OWNED, Voice.OFFICIAL, Voice.STAFF)
_LANGUAGES = ("nb", "nb", "nb", "nb", "nb", "nn", "sv", "da", "en", "")
_SOURCES, _PUBLISHERS, _WORDS = 300, 400, 20_000
_SYLLABLES = (
    "bla bær by dal elv fjord gard hav kraft lys mar nes nord os pris rik sol strøm tun ung vest vik ås øy".split()
)
_CHECKS = (
    ClauseResult(clause="names: Fjordkraft Åsgård", holds=True, note="“Fjordkraft Åsgård” (exact)"),
    ClauseResult(clause="exclude.sites", holds=True, note="no site of the list"),
)


def main() -> None:
    """Fill a database."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mentions", type=int, default=1_000_000)
    parser.add_argument("--days", type=int, default=730)
    parser.add_argument("--db", type=Path, required=True)
    options = parser.parse_args()
    _fill(options.db, options.mentions, options.days)


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
        story_assignment.assign_all_stories(Store(connection, database))
        connection.execute("COMMIT")
        print(f"their stories found in {time.perf_counter() - start:.0f} s")
        connection.execute("BEGIN")
        seal_sums.seal_database(Store(connection, database), {})
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _put(connection: sqlite3.Connection, table: str, values: list[dict[str, Any]]) -> None:
    """Put rows into a table."""
    if values:
        names = list(values[0])
        marks = ", ".join(f":{name}" for name in names)
        connection.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", values)


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
    judged = MatchResult(
        evidence=(name,),
        voice=draw.choice(_VOICES),
        suppressed="exclude.sites: regnskap.example" if draw.random() < 0.05 else "",  # noqa: PLR2004 (one in twenty)
        clauses=_CHECKS,
    )
    row = {"id": entry["id"], "entry": entry["id"], "query": draw.choice(_QUERIES), "query_version": "1"}
    return rows.result_row(judged) | row | {"status": "new", "backlog": 0, "found": entry["found"]}


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
