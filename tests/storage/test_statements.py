from __future__ import annotations

import gc
import sqlite3
from contextlib import nullcontext
from typing import TYPE_CHECKING

import pytest

from brandwatch.errors import StoreError
from brandwatch.models import Selection, SourceState
from brandwatch.storage import open_store
from brandwatch.storage.recording import record_source
from brandwatch.storage.selections import select_mentions
from brandwatch.storage.sources import store_source

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from brandwatch.models import EntryRecord, SourceRecord
    from brandwatch.storage import Store


def test_an_abandoned_cursor_is_closed(
    tmp_path: Path, find: Callable[..., EntryRecord], visit: Callable[..., SourceRecord]
):
    """Unread rows are dropped without an error, also after the database is closed."""
    with open_store(tmp_path / "blåbær.db") as store:
        record_source(store, visit(find("Acme 1"), find("Acme 2")))
        mentions = select_mentions(store, Selection())
        assert next(mentions).query == "acme"
    del mentions
    gc.collect()


def test_row_formats(store: Store):
    """Tuples, mappings, the first column, the first value, and `None` without rows."""
    statement = "SELECT column1 AS number, column2 AS name FROM (VALUES (1, 'Åsgård'), (2, 'Blåbær')) WHERE column1 < ?"
    assert list(store.execute(statement, [3])) == [(1, "Åsgård"), (2, "Blåbær")]
    assert list(store.query(statement, [2])) == [{"number": 1, "name": "Åsgård"}]
    assert store.column(statement, [3]) == [1, 2]
    assert (store.value(statement, [3]), store.value(statement, [1])) == (1, None)


_NO_TABLE = "INSERT INTO nowhere VALUES (1)"
_NO_JSON = "SELECT json(column1) FROM (VALUES ('1'), ('2'), ('3'), ('no json'))"


_CALLS: dict[str, tuple[Callable[[Store], object], str]] = {
    "execute": (lambda store: store.execute(_NO_TABLE), "no such table"),
    "value": (lambda store: store.value(_NO_TABLE), "no such table"),
    "column": (lambda store: store.column(_NO_TABLE), "no such table"),
    "query": (lambda store: list(store.query(_NO_TABLE)), "no such table"),
    "execute_many": (lambda store: store.execute_many(_NO_TABLE, [[]]), "no such table"),
    "a later row": (lambda store: list(store.execute(_NO_JSON)), "malformed JSON"),
    "a later row by names": (lambda store: list(store.query(_NO_JSON)), "malformed JSON"),
}


@pytest.mark.parametrize("is_written", [False, True])
@pytest.mark.parametrize("name", _CALLS)
def test_sqlite_errors_are_wrapped(tmp_path: Path, name: str, is_written: bool):
    """Whatever runs the statement, at the first or a later row: the error names the file."""
    path = tmp_path / "brandwatch.db"
    call, message = _CALLS[name]

    def fail() -> None:
        with open_store(path) as store, store.transaction() if is_written else nullcontext():
            call(store)

    with pytest.raises(StoreError, match=rf"brandwatch\.db: {message}") as failure:
        fail()
    assert isinstance(failure.value.__cause__, sqlite3.Error)


@pytest.mark.parametrize("error", [LookupError("ours"), FileNotFoundError("ours"), StoreError("ours")])
def test_errors_of_the_caller_are_not_wrapped(tmp_path: Path, error: Exception):
    """An exception of the caller propagates unchanged, not as an error of the database."""
    with pytest.raises(type(error), match="ours") as failure, open_store(tmp_path / "brandwatch.db"):
        raise error
    assert failure.value is error


@pytest.mark.parametrize(("dry_run", "sources"), [(False, ["https://a.example/rss"]), (True, [])])
def test_a_dry_run_is_rolled_back(store: Store, dry_run: bool, sources: list[str]):
    """Inside a dry run the changes are visible; afterwards they are not."""
    url = "https://a.example/rss"
    with store.transaction(dry_run=dry_run):
        insert_source(store, url)
        assert store.column("SELECT url FROM source") == [url]
    assert store.column("SELECT url FROM source") == sources


def test_an_error_rolls_a_transaction_back(store: Store):
    """The caller's error propagates, and the next transaction starts clean."""

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
    """Insert a source without polls."""
    store_source(store, SourceState(url=url))
