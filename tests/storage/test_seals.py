from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from importlib import resources
from typing import TYPE_CHECKING

import pytest
from tests.storage.conftest import START

from brandwatch import models
from brandwatch.errors import StoreError
from brandwatch.storage import audit, open_store, seal_sums, seals, verification
from brandwatch.storage.database import Store
from brandwatch.storage.migrations import MIGRATIONS, apply_migrations
from brandwatch.storage.recording import record_source
from brandwatch.storage.triage import decide

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from brandwatch.models import EntryRecord, SourceRecord

    Finds = Callable[..., EntryRecord]
    Visits = Callable[..., SourceRecord]


# What no report shows and no decision rests on for longer than a poll.
UNSEALED = {"sketch", "sketched", "checked", "_sqlite_migrations"}
UNSEALED_COLUMNS = {("source", "window"), ("source", "digests")}


def declared_tables() -> dict[str, list[tuple[str, int]]]:
    """List the columns of all tables that may be forged, as `schema.sql` declares them, with the places in the key."""
    script = resources.files("brandwatch.storage").joinpath("schema.sql").read_text(encoding="utf-8")
    tables: dict[str, list[tuple[str, int]]] = {}
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(script)
        columns = connection.execute("""
            SELECT listed.name, described.name, described.pk
            FROM pragma_table_list AS listed JOIN pragma_table_xinfo(listed.name) AS described
            WHERE listed.type = 'table' AND listed.name NOT LIKE 'sqlite%' AND described.hidden = 0
        """)
        for table, column, place in columns:
            tables.setdefault(table, []).append((column, place))
    return {table: columns for table, columns in tables.items() if table not in UNSEALED}


DECLARED = declared_tables()
COLUMNS = [
    (table, column)
    for table, columns in DECLARED.items()
    for column, _ in columns
    if (table, column) not in UNSEALED_COLUMNS
]
KEYS = {table: [column for column in columns if column[1]] or columns for table, columns in DECLARED.items()}


@pytest.fixture
def full(tmp_path: Path, find: Finds, visit: Visits) -> Path:
    """A database with a row in every table."""
    path = tmp_path / "full.db"
    with open_store(path) as store:
        record_source(store, visit(find("Acme åpner i Ålesund"), find("Acme selger blåbær", queries=("acme", "bmce"))))
        with store.transaction():
            change = models.TriageChange(status=models.Status.RELEVANT, tags=("blåbær",), note="ring")
            store.execute("INSERT INTO tombstone (kind, length, hash, at) VALUES ('words', 99, x'01', 1)")
            decide(store, {1: change}, models.TriageOrigin.OPTION, START)
        fill_empty_tables(store)
    assert damage(path) == ()
    return path


_REQUIRED = 'SELECT name, type FROM pragma_table_info(?) WHERE "notnull" OR pk'


def fill_empty_tables(store: Store) -> None:
    """Put an invented row into each table that has none."""
    store.execute("PRAGMA foreign_keys = OFF")
    with store.transaction():
        for table in DECLARED:
            if store.value(f'SELECT 1 FROM "{table}"') is None:
                required = list(store.execute(_REQUIRED, [table]))
                row = {name: {"TEXT": "voice", "BLOB": b"\x01", "REAL": 0.5}.get(kind, 1) for name, kind in required}
                row |= {"source": 1} if table == "alert" else {}
                marks = ", ".join("?" * len(row))
                store.execute(f'INSERT INTO "{table}" ({", ".join(row)}) VALUES ({marks})', [*row.values()])


def forge(path: Path, *statements: str) -> None:
    """Run statements as another program that drops every trigger and checks nothing."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        forge_rows(connection, *statements)


def forge_rows(connection: sqlite3.Connection, *statements: str) -> None:
    """Drop every trigger, run statements, create the triggers again."""
    connection.execute("PRAGMA ignore_check_constraints = ON")
    triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for name, _ in triggers:
        connection.execute(f'DROP TRIGGER "{name}"')
    for statement in statements:
        connection.execute(statement)
    for _, trigger in triggers:
        connection.execute(trigger)


def damage(path: Path) -> tuple[str, ...]:
    """Verify a database; return the damage in words."""
    with open_store(path, create=False) as store:
        return verification.verify_database(store).damage


def test_a_forged_value_of_any_column_is_noticed(forged: Callable[..., bool]):
    """Whatever another program writes into one row of a table is damage."""
    unnoticed = [(table, column) for table, column in COLUMNS if not forged(forgery(table, column))]
    assert (len(COLUMNS) > 200, unnoticed) == (True, [])


def forgery(table: str, column: str) -> str:
    """Write a statement that changes one value of one row, to one of the same type."""
    row = ", ".join(f'"{name}"' for name, _ in KEYS[table])
    is_text = f"(SELECT type FROM pragma_table_info('{table}') WHERE name = '{column}') = 'TEXT'"
    return f"""
        UPDATE "{table}" SET "{column}" = CASE typeof("{column}")
            WHEN 'text' THEN "{column}" || ' ' WHEN 'blob' THEN CAST("{column}" || x'78' AS BLOB)
            WHEN 'null' THEN iif({is_text}, 'x', 7)
            ELSE "{column}" + 1001 END
        WHERE ({row}) IS (SELECT {row} FROM "{table}" LIMIT 1)
    """


def test_a_deleted_row_of_any_table_is_noticed(forged: Callable[..., bool]):
    """A row that another program deletes is damage, also where it deletes the seals of the table as well."""
    assert [table for table in sorted(KEYS) if not forged(f'DELETE FROM "{table}"')] == []
    kinds = {"entry": 1, "mention": 2, "source": 3, "story": 4}
    seals_too = [(f"DELETE FROM {table}", f"DELETE FROM seal WHERE kind = {kind}") for table, kind in kinds.items()]
    assert [statements for statements in seals_too if not forged(*statements)] == []
    assert not forged()


@pytest.fixture
def forged(full: Path) -> Iterator[Callable[..., bool]]:
    """Whether a verification finds what statements have done; they are undone afterwards."""
    with closing(sqlite3.connect(full, isolation_level=None)) as connection:

        def is_noticed(*statements: str) -> bool:
            connection.execute("BEGIN")
            try:
                forge_rows(connection, *statements)
                result = verification.verify_seals(store := Store(connection, full))
                return bool(result.count or result.fault or audit.verify_chain(store).fault)
            except (TypeError, sqlite3.Error, StoreError):
                return True
            finally:
                connection.rollback()

        yield is_noticed


def test_nothing_is_damaged_where_nobody_else_writes(full: Path):
    """The same database verifies: after the forger that changes nothing, and after it is opened to be written."""
    forge(full)
    with open_store(full):
        pass
    assert damage(full) == ()
    forge(full, "UPDATE source SET window = x'00', digests = x'01'", "UPDATE checked SET at = at + 1")
    assert damage(full) == ()


def test_a_damaged_row_is_named(full: Path):
    """Table, number and title of a changed row; a deleted mention is known from the audit, without its seal too."""
    forge(full, "UPDATE entry SET title = 'Acme åpner i Bergen' WHERE id = 1", "UPDATE gap SET reason = 'x'")
    assert damage(full)[0] == "entry 1 “Acme åpner i Bergen” was changed"
    forge(full, "UPDATE entry SET title = 'Acme åpner i Ålesund' WHERE id = 1")
    assert damage(full) == ("source 1 “https://a.example/rss” was changed",)
    forge(full, "DELETE FROM mention WHERE id = 3", "DELETE FROM seal WHERE kind = 2 AND number = 3")
    assert "mention 3 is missing" in damage(full)


def test_of_the_newest_mentions_each_change_is_noticed(full: Path):
    """A change of an entry, of a mention or of what belongs to it, and a missing mention; what is older is not read."""

    def newest(count: int) -> list[tuple[str, int]]:
        with open_store(full, create=False) as store:
            return [(row.table, row.number) for row in verification.verify_newest(store, count).damaged]

    with open_store(full, create=False) as store:
        last, mention = store.value("SELECT max(id) FROM entry"), store.value("SELECT max(id) FROM mention")
        assert verification.verify_newest(store, 2).units == 4
    assert newest(99) == []
    forge(full, "UPDATE entry SET title = 'Acme åpner i Bergen' WHERE id = 1")
    assert newest(99) == [("entry", 1)]
    assert newest(last - 1) == []
    forge(full, f"UPDATE sighting SET position = 77 WHERE entry = {last}")
    assert newest(1) == [("entry", last)]
    forge(full, f"DELETE FROM mention WHERE id = {mention}")
    assert ("mention", mention) in newest(99)


def test_a_damage_outlasts_the_writes_of_a_poll(full: Path, find: Finds, visit: Visits):
    """An entry with a forged title that a poll stores again is still damaged."""
    forge(full, "UPDATE entry SET author = 'forfalsket' WHERE id = 1")
    with open_store(full) as store:
        record_source(store, visit(find("Acme åpner i Ålesund", known=1, text="ny", author="ola"), hours=1))
    assert damage(full)[0] == "entry 1 “Acme åpner i Ålesund” was changed"


def test_swapped_seals_are_noticed(full: Path):
    """A seal of one row does not fit another, and an older seal does not fit the total."""
    with closing(sqlite3.connect(full)) as connection:
        before = connection.execute("SELECT * FROM seal").fetchall()
        entry = connection.execute("SELECT * FROM entry WHERE id = 1").fetchone()
        edited = connection.execute("SELECT * FROM edited_entry").fetchall()
    with open_store(full) as store, store.transaction():
        store.execute("UPDATE entry SET title = 'Acme åpner i Bodø' WHERE id = 1")
    assert damage(full) == ()
    forge(
        full,
        "UPDATE entry SET title = 'Acme åpner i Ålesund' WHERE id = 1",
        "DELETE FROM edited_entry",
        "DELETE FROM seal",
    )
    with closing(sqlite3.connect(full)) as connection, connection:
        assert connection.execute("SELECT * FROM entry WHERE id = 1").fetchone() == entry
        connection.executemany("INSERT INTO seal VALUES (?, ?, ?, ?)", before)
        connection.executemany("INSERT INTO edited_entry VALUES (?, ?)", edited)
    assert damage(full)[0] == "rows were removed together with their seals, or the audit was shortened"


def test_a_shortened_audit_stays_noticed(full: Path, find: Finds, visit: Visits):
    """An audit without its last row is damage, also after the next poll has added rows to it."""
    last = "(SELECT max(id) FROM audit)"
    forge(full, f"DELETE FROM audit WHERE id = {last}", f"UPDATE sqlite_sequence SET seq = {last} WHERE name = 'audit'")
    assert damage(full)
    with open_store(full) as store:
        record_source(store, visit(find("Acme vokser"), hours=2))
        assert audit.verify_chain(store).fault == ""
    assert damage(full)


def test_damaged_mentions_are_kept_apart_until_they_verify(full: Path):
    """They are hidden with a row of the audit, and shown again after the row is as it was."""
    forge(full, "UPDATE entry SET title = title || 'x' WHERE id = 2")
    with open_store(full) as store:
        found = verification.verify_seals(store).damaged
        assert verification.isolate_damage(store, found, START) == 2
        assert store.column("SELECT suppressed FROM mention ORDER BY id") == ["", *[verification.DAMAGED] * 2]
        again = verification.verify_seals(store).damaged
        assert [(row.table, row.number) for row in again] == [("entry", 2)]
    forge(full, "UPDATE entry SET title = substr(title, 1, length(title) - 1) WHERE id = 2")
    with open_store(full) as store:
        assert verification.isolate_damage(store, verification.verify_seals(store).damaged, START) == 0
        assert store.column("SELECT suppressed FROM mention ORDER BY id") == ["", "", ""]
        actions = [(event.actor, event.action, event.row) for event in audit.audit_events(store)][-4:]
    assert actions == [("verification", deed, number) for deed in ("hidden", "shown") for number in (2, 3)]
    assert damage(full) == ()


def test_a_poll_shows_no_damaged_mention_again(full: Path, find: Finds, visit: Visits):
    """A new result of the query leaves it hidden; another mention is shown again by the same result."""
    forge(full, "UPDATE mention SET note = 'forfalsket' WHERE id = 2")
    again = find("Acme selger blåbær", known=2, queries=("acme", "bmce"))
    results = {query: replace(result, suppressed="nei") for query, result in again.results.items()}
    with open_store(full) as store:
        verification.isolate_damage(store, verification.verify_seals(store).damaged, START)
        assert verification.count_hidden_damage(store) == 1
        record_source(store, visit(replace(again, results={"bmce": results["bmce"]}), hours=1))
        record_source(store, visit(again, hours=2))
        assert store.column("SELECT suppressed FROM mention ORDER BY id") == ["", verification.DAMAGED, ""]


def test_accepted_damage_is_sealed_and_audited(full: Path):
    """What is accepted verifies from then on; each row has a row of the audit."""
    forge(full, "UPDATE entry SET title = 'Acme' WHERE id = 1", "DELETE FROM mention WHERE id = 2")
    with open_store(full) as store:
        verification.accept_damage(store, verification.verify_seals(store).damaged, START)
        events = [(event.table, event.row) for event in audit.audit_events(store) if event.action == "accepted"]
        assert events == [("entry", 1), ("mention", 2)]
        assert verification.verify_database(store).damage == ()


def test_a_wrong_index_is_noticed_and_rebuilt(full: Path):
    """A full-text index without a word of a title is damage, and right again once that is accepted."""
    forge(full, "INSERT INTO entry_text (entry_text, rowid, title, text, links) VALUES ('delete', 1, 'åpner', '', '')")
    assert damage(full) == ("the full-text index does not match the texts",)
    with open_store(full) as store:
        verification.accept_damage(store, (), START)
    assert damage(full) == ()


def test_a_migration_carries_damage_over(full: Path):
    """A database that is sealed again keeps the differences that it had, and no others."""
    forge(full, "UPDATE entry SET title = 'Acme' WHERE id = 1")
    with open_store(full) as store, store.transaction():
        seal_sums.seal_database(store, *seal_sums.seal_differences(store))
    assert damage(full)[0] == "entry 1 “Acme” was changed"


@pytest.mark.parametrize(
    ("change", "undo"),
    [
        ("UPDATE mention SET id = 99 WHERE id = 1", "UPDATE mention SET id = 1 WHERE id = 99"),
        ("UPDATE story SET id = -1 WHERE id = 2", "UPDATE story SET id = 2 WHERE id = -1"),
        ("UPDATE story SET entries = entries + 1", "UPDATE story SET entries = entries - 1"),
    ],
)
def test_a_damage_that_is_carried_over_and_mended_is_none(full: Path, change: str, undo: str):
    """Of a row that is missing, of one too many, and of one that was changed."""
    forge(full, change)
    before = damage(full)
    with open_store(full) as store, store.transaction():
        seal_sums.seal_database(store, *seal_sums.seal_differences(store))
    assert damage(full) == before != ()
    forge(full, undo)
    assert damage(full) == ()


def test_more_rows_than_one_batch_are_sealed(full: Path, monkeypatch: pytest.MonkeyPatch):
    """Each has its seal and its share in the total; the difference of a unit whose rows are gone stays one."""
    monkeypatch.setattr(seal_sums, "_BATCH_ROWS", 2)
    with open_store(full) as store, store.transaction():
        seal_sums.seal_database(store, {})
    assert damage(full) == ()
    forge(full, "DELETE FROM mention WHERE id = 2")
    for _ in range(2):
        with open_store(full) as store, store.transaction():
            differences = seal_sums.seal_differences(store)
            assert (list(differences[0]), differences[1]) == ([(2, 2), *list(differences[0])[1:]], 0)
            seal_sums.seal_database(store, *differences)
    assert "mention 2 is missing" in damage(full)


def test_the_newest_rows_are_compared(store: Store, find: Finds, visit: Visits):
    """As many entries and mentions as are wanted; two may look at once."""
    assert list(seal_sums.compared_newest(store, 2)) == []
    record_source(store, visit(*(find(f"Acme {number}", queries=("a", "b")) for number in range(3))))
    first = seal_sums.compared_newest(store, 2)
    compared = [next(first), *list(seal_sums.compared_newest(store, 2))[1:]]
    assert [unit for unit, _, _ in compared] == [(1, 2), (1, 3), (2, 5), (2, 6)]
    assert all(seal == actual != 0 for _, seal, actual in compared)
    assert [unit for unit, _, _ in first] == [(1, 3), (2, 5), (2, 6)]


def test_old_rows_are_sealed_by_the_migration(tmp_path: Path, find: Finds, visit: Visits):
    """A database from before the seals verifies once it is migrated."""
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN")
        apply_migrations(connection, stop_before=next(name for name in MIGRATIONS if name.endswith("_seals")))
        connection.execute("COMMIT")
        connection.execute("PRAGMA application_id = 0x42525754")
        connection.execute("INSERT INTO tombstone VALUES ('words', 4, x'01', 1)")
    with open_store(path) as store:
        assert store.value("SELECT count(*) FROM seal") > 0
        record_source(store, visit(find("Acme åpner")))
    assert damage(path) == ()


def test_sums_survive_the_columns_that_hold_them():
    """A sum of 128 bits is two numbers with signs, and back."""
    for number in (0, 1, 2**63, 2**64 - 1, 2**64, 2**127, 2**128 - 1):
        assert seals.from_columns(*seals.as_columns(number)) == number


def test_a_rolled_back_transaction_changes_no_seal(full: Path):
    """After an error, and in a dry run, seals and rows are as they were; the next transaction is sealed alone."""
    with open_store(full) as store:
        with store.transaction(dry_run=True):
            store.execute("UPDATE entry SET title = 'Acme' WHERE id = 1")
        with pytest.raises(StoreError), store.transaction():
            store.execute_many("INSERT INTO entry_text (entry_text, title) VALUES (?, '')", [["no such command"]])
        with store.transaction():
            store.execute("UPDATE source SET title = 'Avisa'")
    assert damage(full) == ()


def test_a_copy_is_what_it_copies(full: Path, tmp_path: Path):
    """The seals of a copied file verify with it."""
    shutil.copy(full, tmp_path / "copy.db")
    assert damage(tmp_path / "copy.db") == ()


def test_hashes_are_the_same_in_every_version():
    """Another hash would call every row of every database damaged: these were made by the first version with seals."""
    key = "nøkkel".encode()
    digest = seals.row_digester(key)(1, "Åsgård", None, 2.5, "blå".encode())
    assert digest.hex() == "da3313277d0d824411c2152b97340e6f"
    assert seals.key_check(key).hex() == "66d313baad55c235"
    assert seals.as_number(b"\x01\x02") == 513


@pytest.mark.parametrize("number", [0, 1, 2**63, 2**64 + 5, 2**127 + 3, 2**128 - 1])
def test_a_sum_is_stored_in_two_columns(number: int):
    """Each is a number of 64 bits with a sign; a sum beyond 128 bits begins anew, and so does a negative one."""
    columns = seals.as_columns(number)
    assert all(-(2**63) <= column < 2**63 for column in columns)
    assert seals.from_columns(*columns) == number
    assert seals.as_columns(number + 2**128) == seals.as_columns(number - 2**128) == columns
