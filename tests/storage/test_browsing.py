from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.storage.conftest import START

from brandwatch.errors import StoreError
from brandwatch.models import Gap, Response, ResponseReading, SourceHistory
from brandwatch.storage import open_store
from brandwatch.storage.browsing import BROWSE_VIEWS, CANNED_QUERIES, INDEX, browse_connection
from brandwatch.storage.recording import record_source
from brandwatch.storage.responses import record_readings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from brandwatch.models import EntryRecord, SourceRecord
    from brandwatch.storage import Store

HOUR = timedelta(hours=1)
FORBIDDEN = (
    "SELECT key FROM secret",
    "SELECT author FROM entry",
    "SELECT title FROM entry",
    "SELECT title FROM entry_text",
    "SELECT * FROM mentions NATURAL JOIN kept.entry",
    "SELECT (SELECT key FROM secret) FROM mentions",
    "WITH mentions AS (SELECT key FROM secret) SELECT * FROM mentions",
    "SELECT * FROM (SELECT author FROM entry) AS mentions",
    "SELECT etag, body_hash FROM source",
    "SELECT * FROM sketched",
    "DELETE FROM kept.mention",
    "UPDATE kept.mention SET status = 'done'",
    "UPDATE sqlite_master SET sql = ''",
    "CREATE TEMP VIEW more AS SELECT * FROM secret",
    "ATTACH 'annen.db' AS annen",
    "DETACH kept",
    "PRAGMA query_only = OFF",
    "PRAGMA writable_schema = ON",
    "PRAGMA kept.user_version = 1",
    "VACUUM",
)


@pytest.fixture
def browsed(
    store: Store, tmp_path: Path, find: Callable[..., EntryRecord], visit: Callable[..., SourceRecord]
) -> Iterator[sqlite3.Connection]:
    """A browsing connection to two mentions of one entry, another mention, and a hidden one."""
    finds = (
        find("Acme på Åsgård", queries=("acme", "fjordkraft"), author="Kari Eksempel", text="Blåbær <b>og</b> strøm"),
        find("Acme åpner", published=None),
        find("Acme skjult", suppressed="exclude.words: skjult"),
    )
    record_source(store, visit(*finds, hours=1))
    record_readings(store, [ResponseReading(id=1, response=Response(comments=7), refresh_at=None)], START)
    with closing(browse_connection(tmp_path / "brandwatch.db")) as connection:
        yield connection


def rows(browsed: sqlite3.Connection, sheet: str) -> sqlite3.Cursor:
    """Read all rows of a view."""
    return browsed.execute(f"SELECT * FROM {sheet}")  # noqa: S608


def test_mentions_of_gone_queries_are_left_out(browsed: sqlite3.Connection, tmp_path: Path):
    """No view shows a mention of a query whose file is gone, whatever its name; the others stay."""
    assert {row[2] for row in rows(browsed, "mentions")} == {"acme", "fjordkraft"}
    with closing(browse_connection(tmp_path / "brandwatch.db", ["fjordkraft", "Bo's", "') --"])) as connection:
        for sheet, column in (("mentions", "query"), ("latest_mentions", "query"), ("weeks", "query")):
            found = connection.execute(f"SELECT {column} FROM {sheet}").fetchall()  # noqa: S608
            assert {query for (query,) in found} <= {"acme"}
        assert connection.execute("SELECT count(*) FROM mentions").fetchone() == (2,)
        assert connection.execute("SELECT mentions FROM stories ORDER BY id").fetchall() == [(1,), (1,)]


def test_each_view_has_its_described_columns(browsed: sqlite3.Connection):
    """Described columns exist, in order; keys, facets and links are columns of their views."""
    for name, sheet in BROWSE_VIEWS.items():
        found = [column for column, *_ in rows(browsed, name).description]
        assert found == list(sheet.columns), name
        named = {*sheet.key, *sheet.facets, *sheet.links, *sheet.sortable, sheet.label, sheet.searched, sheet.first} - {
            ""
        }
        assert named <= set(found), name
        assert set(sheet.links.values()) <= set(BROWSE_VIEWS)


def test_no_view_lists_people(browsed: sqlite3.Connection):
    """No view has authors or counts by name."""
    for name, sheet in BROWSE_VIEWS.items():
        assert "author" not in sheet.columns
        assert "Kari" not in str(rows(browsed, name).fetchall())
    assert set(BROWSE_VIEWS["mentions"].facets) == {"query", "status", "publisher", "language"}


def test_mentions_are_complete_and_in_local_time(browsed: sqlite3.Connection):
    """A mention has its facts in words; mentions under an exclusion are absent."""
    statement = "SELECT id, query, title, published, found, terms, response, text FROM mentions ORDER BY id"
    first, second, third = browsed.execute(statement).fetchall()
    times = ("2026-05-04T12:00+02:00", "2026-05-04T13:00+02:00")
    assert first == (1, "acme", "Acme på Åsgård", *times, "Acme", 7, "Blåbær <b>og</b> strøm")
    assert second[1:3] == ("fjordkraft", "Acme på Åsgård")
    assert third[1:4] == ("acme", "Acme åpner", None)


@pytest.mark.parametrize(
    ("words", "count"), [("åsgård", 2), ("Åsgård", 2), ("asgard", 0), ("blåb*", 2), ("åpner", 1), ("skjult", 0)]
)
def test_the_index_finds_nordic_letters(browsed: sqlite3.Connection, words: str, count: int):
    """The index has its own name; hidden mentions are not found through it."""
    searched = BROWSE_VIEWS["mentions"].searched
    statement = f"SELECT id FROM mentions WHERE {searched} IN (SELECT rowid FROM {INDEX} WHERE {INDEX} MATCH ?)"  # noqa: S608
    assert len(browsed.execute(statement, [words]).fetchall()) == count


def test_the_canned_queries_run(browsed: sqlite3.Connection):
    """Every canned query runs; the latest are sorted by publication, and the hottest story leads."""
    answers = {name: browsed.execute(asked.statement).fetchall() for name, asked in CANNED_QUERIES.items()}
    assert [row[3] for row in answers["latest"]] == ["Acme åpner", "Acme på Åsgård", "Acme på Åsgård"]
    assert [row[:2] for row in answers["answered"]] == [(1, 7), (2, 7)]
    assert answers["hottest"][0][1] == "Acme på Åsgård"
    assert answers["coverage"][0][0] == "https://a.example/rss"
    assert answers["missed"] == []


def answer(browsed: sqlite3.Connection, name: str, *columns: str) -> list[tuple[Any, ...]]:
    """Read some columns of a canned query."""
    return browsed.execute(f"SELECT {', '.join(columns)} FROM ({CANNED_QUERIES[name].statement})").fetchall()  # noqa: S608


def test_the_latest_mentions_are_first(
    store: Store, tmp_path: Path, find: Callable[..., EntryRecord], visit: Callable[..., SourceRecord]
):
    """Of two at the same time the one that was stored later, and the hundred latest; by heat the fifty hottest."""
    titles = [f"Fjordkraft nr. {number} i Åsgård{number}" for number in range(103)]
    record_source(
        store, visit(*(find(title, published=START - HOUR * (60 - number // 2)) for number, title in enumerate(titles)))
    )
    with closing(browse_connection(tmp_path / "brandwatch.db")) as browsed:
        assert answer(browsed, "latest", "id") == [(number,) for number in range(103, 3, -1)]
        ranks = answer(browsed, "hottest", "rank", "id")
        assert (len(ranks), ranks) == (50, sorted(ranks, reverse=True))
        assert len({rank for rank, _ in ranks}) > 1


def test_the_most_answered_mentions_are_first(
    store: Store, tmp_path: Path, find: Callable[..., EntryRecord], visit: Callable[..., SourceRecord]
):
    """Of two with the same response the later one; those without a response, or that are hidden, are not there."""
    likes = (1, 5, 5, 0, None, 9, 7)
    record_source(
        store,
        visit(
            *(
                find(
                    f"Acme {number}",
                    published=START + number * HOUR,
                    response=Response(likes=count),
                    suppressed="et ord" if count == 9 else "",
                )
                for number, count in enumerate(likes)
            )
        ),
    )
    with closing(browse_connection(tmp_path / "brandwatch.db")) as browsed:
        assert answer(browsed, "answered", "id", "response") == [(7, 7), (3, 5), (2, 5), (1, 1)]


def test_a_share_is_that_of_a_week(
    store: Store, tmp_path: Path, find: Callable[..., EntryRecord], visit: Callable[..., SourceRecord]
):
    """The latest week is first, and in it the query with the most mentions; after thirteen weeks one is left out."""
    now = datetime.fromtimestamp(store.value("SELECT unixepoch()"), UTC)
    both, some = ("acme", "blåbær"), ("blåbær",)
    days = ((14, both), (14, some), (14, some), (21, ("acme",)), (82, some), (93, both), (200, both))
    finds = [find(f"Acme {n}", published=now - 24 * ago * HOUR, queries=of) for n, (ago, of) in enumerate(days)]
    record_source(store, visit(*finds))
    with closing(browse_connection(tmp_path / "brandwatch.db")) as browsed:
        rows = answer(browsed, "share", "week", "query", "mentions", "percent")
    assert [row[1:] for row in rows] == [("blåbær", 3, 75), ("acme", 1, 25), ("acme", 1, 100), ("blåbær", 1, 100)]
    assert [week for week, *_ in rows] == sorted((week for week, *_ in rows), reverse=True)


def test_sources_that_fail_or_have_changed_are_first(store: Store, tmp_path: Path, visit: Callable[..., SourceRecord]):
    """By failures, then those that were replaced, are empty or have shrunk, then by gaps and URL; gaps by time."""
    states: dict[str, dict[str, Any]] = {
        "https://g.example/rss": {},
        "https://f.example/rss": {},
        "https://e.example/rss": {"gaps": 1},
        "https://d.example/rss": {"shrunk_since": START},
        "https://c.example/rss": {"empty_since": START},
        "https://b.example/rss": {"replaced_since": START},
        "https://a.example/rss": {"failures": 1},
        "https://å.example/rss": {"failures": 2},
    }
    for url, facts in states.items():
        record = visit(url=url)
        failures, gaps = facts.pop("failures", 0), facts.pop("gaps", 0)
        state = replace(record.state, failures=failures, history=SourceHistory(**facts))
        record_source(store, replace(record, state=state))
        for hours in range(2 * gaps):
            at = START + hours * HOUR
            gap = Gap(source=url, start=at, end=at, reason=f"{hours}")
            record_source(store, replace(record, state=state, gap=gap))
    with closing(browse_connection(tmp_path / "brandwatch.db")) as browsed:
        order = [url[8] for (url,) in answer(browsed, "coverage", "url")]
        assert order == ["å", "a", "b", "c", "d", "e", "f", "g"]
        assert answer(browsed, "missed", "reason") == [("1",), ("0",)]
        assert answer(browsed, "coverage", "gaps")[5] == (2,)


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_only_the_views_are_readable(browsed: sqlite3.Connection, statement: str):
    """No statement reads secrets, authors, texts or markers, and none writes."""
    with pytest.raises(sqlite3.Error):
        browsed.execute(statement).fetchall()
    assert browsed.execute("SELECT count(*) FROM mentions").fetchone() == (3,)


def test_concurrent_writes_are_visible(
    browsed: sqlite3.Connection, store: Store, find: Callable[..., EntryRecord], visit: Callable[..., SourceRecord]
):
    """Neither side waits for the other, and the next read has the new rows."""
    record_source(store, visit(find("Acme igjen"), hours=2))
    assert browsed.execute("SELECT title FROM mentions ORDER BY id DESC").fetchone() == ("Acme igjen",)


def test_a_missing_database_is_not_created(tmp_path: Path):
    """Browsing creates no file."""
    with pytest.raises(StoreError):
        browse_connection(tmp_path / "borte.db")
    assert list(tmp_path.iterdir()) == []


def test_a_path_with_url_characters(tmp_path: Path):
    """A path with `?` or `#` is used literally."""
    path = tmp_path / "hva? #1 100%.db"
    with open_store(path):
        pass
    with closing(browse_connection(path)) as connection:
        assert connection.execute("SELECT count(*) FROM mentions").fetchone() == (0,)


def test_another_thread_may_use_the_connection(browsed: sqlite3.Connection):
    """A server opens it in one thread, and answers in others."""
    with ThreadPoolExecutor(1) as threads:
        rows = threads.submit(lambda: browsed.execute("SELECT count(*) FROM mentions").fetchall()).result()
    assert rows == browsed.execute("SELECT count(*) FROM mentions").fetchall() != [(0,)]
