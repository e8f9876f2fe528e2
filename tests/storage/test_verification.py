"""What a verification says of damage, and what it keeps apart."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from tests.storage.conftest import START

from brandwatch.storage import audit, open_store, verification
from brandwatch.storage.recording import record_source
from brandwatch.storage.verification import DamagedRow, describe_row

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from brandwatch.models import EntryRecord, SourceRecord

    Finds = Callable[..., EntryRecord]
    Visits = Callable[..., SourceRecord]


@pytest.fixture
def path(tmp_path: Path, find: Finds, visit: Visits) -> Path:
    """A database with five entries, the first of them in two queries."""
    path = tmp_path / "blåbær.db"
    finds = [find(f"Acme {n}", queries=("acme", "b") if n == 1 else ("acme",)) for n in range(1, 6)]
    with open_store(path) as store:
        record_source(store, visit(*finds))
    return path


def forge(path: Path, *statements: str) -> None:
    """Run statements as another program."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (DamagedRow(table="gap"), "rows of the table gap were changed"),
        (DamagedRow(table="entry", number=3, title="Åsgård"), "entry 3 “Åsgård” was changed"),
        (DamagedRow(table="entry", number=1), "entry 1 was changed"),
        (DamagedRow(table="mention", number=2, title="Å", is_missing=True), "mention 2 “Å” is missing"),
    ],
)
def test_a_damaged_row_in_words(row: DamagedRow, words: str):
    """Its table, number and title, as far as they are known."""
    assert describe_row(row) == words


def test_more_damage_than_can_be_named_is_counted(path: Path, monkeypatch: pytest.MonkeyPatch):
    """The first rows by name, then the number of the others."""
    forge(path, "UPDATE entry SET comment_feed = 'forfalsket'")
    for named in (2, 4, 5):
        monkeypatch.setattr(verification, "MAX_NAMED_ROWS", named)
        with open_store(path, create=False) as store:
            found = verification.verify_seals(store)
            damage = verification.verify_database(store).damage
            newest = verification.verify_newest(store, 9)
        assert (len(found.damaged), found.count, found.fault) == (named, 5, "")
        assert (len(newest.damaged), newest.count) == (named, 5)
        assert damage[named:] == ((f"{5 - named} more rows",) if named < 5 else ())


def test_a_title_that_is_no_text_is_named_as_far_as_it_can_be_read(path: Path):
    """A flipped bit may leave bytes that are not UTF-8."""
    forge(path, "UPDATE entry SET title = CAST(x'41636de6' AS TEXT) WHERE id = 2")
    with open_store(path, create=False) as store:
        damaged = verification.verify_seals(store).damaged
    (row,) = (row for row in damaged if row.table == "entry")
    assert (row.number, row.title) == (2, "Acm\N{REPLACEMENT CHARACTER}")


def test_a_mention_whose_seal_is_gone_too_is_named_once(path: Path):
    """The audit knows that it must be there; one that an erasure has removed must not."""
    forge(path, "DELETE FROM mention WHERE id IN (2, 3)", "DELETE FROM seal WHERE kind = 2 AND number = 3")
    with open_store(path, create=False) as store:
        found = verification.verify_seals(store)
    assert sorted(row.number for row in found.damaged if row.table == "mention" and row.is_missing) == [2, 3]
    assert found.count == len(found.damaged)


def test_damaged_pages_are_part_of_the_damage(path: Path):
    """Unless they were examined already."""
    with closing(sqlite3.connect(path)) as connection:
        (root,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'gap_by_time'").fetchone()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = bytearray(path.read_bytes())
    # The index of the gaps has another number of cells than it holds.
    data[(root - 1) * 4096 + 3 : (root - 1) * 4096 + 5] = b"\x00\x01"
    path.write_bytes(data)
    with open_store(path, create=False) as store:
        (fault,) = verification.verify_database(store).damage
        assert fault.startswith("pages: ")
        assert verification.verify_database(store, with_pages=False).damage == ()


@pytest.mark.parametrize(
    ("rows", "hidden"),
    [
        ([DamagedRow(table="entry", number=1)], [1, 2]),
        ([DamagedRow(table="mention", number=2), DamagedRow(table="mention", number=4)], [2, 4]),
        ([DamagedRow(table="source", number=1), DamagedRow(table="gap")], []),
    ],
)
def test_the_mentions_of_damaged_rows_are_hidden(path: Path, rows: list[DamagedRow], hidden: list[int]):
    """Those of a damaged entry, and damaged ones; their stories count without them, until they verify again."""
    with open_store(path) as store:
        assert verification.isolate_damage(store, rows, START) == len(hidden)
        assert store.column("SELECT id FROM mention WHERE suppressed != '' ORDER BY id") == hidden
        assert store.value("SELECT total(mentions) FROM story") == 6 - len(hidden)
        assert verification.isolate_damage(store, rows, START) == len(hidden)
        assert verification.isolate_damage(store, [], START) == 0
        assert store.value("SELECT total(mentions) FROM story") == 6
        deeds = [(event.action, event.row) for event in audit.audit_events(store) if event.actor == "verification"]
        assert deeds == [(deed, number) for deed in ("hidden", "shown") for number in hidden]
        assert verification.verify_database(store).damage == ()


def test_what_is_hidden_for_another_reason_stays_so(path: Path, find: Finds, visit: Visits):
    """An exclusion outlasts damage."""
    with open_store(path) as store:
        record_source(store, visit(find("Acme 5", known=5, suppressed="et ord"), hours=1))
        rows = [DamagedRow(table="entry", number=5), DamagedRow(table="entry", number=4)]
        assert verification.isolate_damage(store, rows, START) == 1
        verification.isolate_damage(store, [], START)
        assert store.column("SELECT suppressed FROM mention ORDER BY id DESC LIMIT 2") == ["et ord", ""]


def test_in_a_transaction_its_state_is_verified(path: Path):
    """And the transaction goes on; outside one none is left open."""
    with open_store(path) as store:
        with store.transaction(dry_run=True):
            store.execute("UPDATE entry SET author = 'å' WHERE id = 1")
            store.seals.save()
            assert verification.verify_seals(store).count == 0
            assert store.connection.in_transaction is True
        assert verification.verify_seals(store).count == 0
        assert store.connection.in_transaction is False


def test_a_wrong_index_is_a_fault(path: Path):
    """Where nothing may be written it is not compared; a right one is none."""
    with open_store(path) as store:
        assert verification.index_fault(store) == ""
    forge(path, "INSERT INTO entry_text (entry_text, rowid, title, text, links) VALUES ('delete', 1, 'acme', '', '')")
    with open_store(path) as store:
        assert verification.index_fault(store) == "the full-text index does not match the texts"
        store.execute("PRAGMA query_only = ON")
        assert verification.index_fault(store) == ""
