from __future__ import annotations

import gc
import sqlite3
from typing import TYPE_CHECKING

import pytest

from brandwatch.errors import StoreError
from brandwatch.models import Selection, SourceState
from brandwatch.storage.recording import record_source
from brandwatch.storage.selections import select_mentions
from brandwatch.storage.sources import store_source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from brandwatch.models import EntryRecord, SourceRecord
    from brandwatch.storage import Store


def test_a_reader_that_stops_early_leaves_no_trouble(
    store: Store, find: Callable[..., EntryRecord], visit: Callable[..., SourceRecord]
):
    """Rows that nobody reads any more are dropped without an error, also after the database is closed."""
    record_source(store, visit(find("Acme 1"), find("Acme 2")))
    mentions = select_mentions(store, Selection())
    assert next(mentions).query == "acme"
    store.connection.close()
    del mentions
    gc.collect()


def test_rows_come_as_they_are_asked_for(store: Store):
    """Tuples, rows by the names of columns, the first column, the first value, and `None` where there is none."""
    statement = "SELECT column1 AS number, column2 AS name FROM (VALUES (1, 'Åsgård'), (2, 'Blåbær')) WHERE column1 < ?"
    assert list(store.tuples(statement, [3])) == [(1, "Åsgård"), (2, "Blåbær")]
    assert list(store.query(statement, [2])) == [{"number": 1, "name": "Åsgård"}]
    assert store.column(statement, [3]) == [1, 2]
    assert (store.value(statement, [3]), store.value(statement, [1])) == (1, None)


def _calls(store: Store) -> Iterator[Callable[[str], Any]]:
    yield store.execute
    yield store.value
    yield store.column
    yield lambda statement: list(store.query(statement))
    yield lambda statement: list(store.tuples(statement))
    yield lambda statement: store.execute_many(statement, [[]])


def test_errors_of_sqlite_are_ours(store: Store):
    """Whatever runs the statement, and whether it fails at once or at a later row: the error names the file."""
    for call in _calls(store):
        with pytest.raises(StoreError, match=r"brandwatch\.db: no such table") as failure:
            call("INSERT INTO nowhere VALUES (1)")
        assert isinstance(failure.value.__cause__, sqlite3.Error)
    rows = store.tuples("SELECT json(column1) FROM (VALUES ('1'), ('2'), ('3'), ('no json'))")
    with pytest.raises(StoreError, match="malformed JSON"):
        list(rows)


@pytest.mark.parametrize(("dry_run", "sources"), [(False, ["https://a.example/rss"]), (True, [])])
def test_a_transaction_is_kept_unless_it_is_a_dry_run(store: Store, dry_run: bool, sources: list[str]):
    """Inside a dry run everything is as it would be; after it, nothing is."""
    url = "https://a.example/rss"
    with store.transaction(dry_run=dry_run):
        insert_source(store, url)
        assert store.column("SELECT url FROM source") == [url]
    assert store.column("SELECT url FROM source") == sources


def test_an_error_rolls_a_transaction_back(store: Store):
    """The error is the caller's, and the next transaction begins as if nothing had been."""

    def fail() -> None:
        with store.transaction():
            insert_source(store, "https://a.example/rss")
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    with store.transaction():
        insert_source(store, "https://b.example/rss")
    assert store.column("SELECT url FROM source") == ["https://b.example/rss"]


def insert_source(store: Store, url: str) -> None:
    """Add a source that was never polled."""
    store_source(store, SourceState(url=url))
