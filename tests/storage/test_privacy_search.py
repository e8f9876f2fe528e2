from __future__ import annotations

import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.storage.conftest import START

from brandwatch.models import (
    Entry,
    EntryRecord,
    Evidence,
    Fetch,
    FetchClass,
    MatchResult,
    SourceRecord,
    SourceState,
    SubjectRequest,
)
from brandwatch.privacy.subject_search import SubjectFinder
from brandwatch.storage import Store
from brandwatch.storage.migrations import APPLICATION_ID
from brandwatch.storage.privacy_erasure import compact, erase
from brandwatch.storage.privacy_search import (
    copies_holding,
    database_files,
    delete_copies,
    held_rows,
    indexed_words,
    personal_data_rows,
    scan_files,
)
from brandwatch.storage.recording import record_source

NAME = "Kari Nordmann"
VALUES = st.one_of(
    st.none(),
    st.integers(-5, 5),
    st.text(max_size=12),
    st.binary(max_size=12),
    st.sampled_from([
        NAME, "Kåri-nordmånn", "Kari%20Nordm%61nn", "Kari", "Nordmann", "kari\0nordmann", NAME.encode(),
        b"\xffkarinordmann", r"K\u0061ri\nNordmann", "&#75;ari Nordmann", "｛Ｋari Nordmann",
    ]),
)  # fmt: skip
ROWS = st.lists(st.tuples(st.integers(-(2**63), 2**63 - 1), VALUES, VALUES), max_size=8, unique_by=lambda row: row[0])


@given(ROWS)
def test_the_search_finds_the_rows_that_hold_a_name(rows):
    """Of any values and ids: the same rows and columns as by reading each value of each row."""
    finder = SubjectFinder(SubjectRequest(names=(NAME,)))
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE note (one, two)")
        connection.execute("CREATE TABLE other (id INTEGER PRIMARY KEY, one, two) WITHOUT ROWID")
        connection.executemany("INSERT INTO note (rowid, one, two) VALUES (?, ?, ?)", rows)
        connection.executemany("INSERT INTO other VALUES (?, ?, ?)", rows)
        held = [(row.table, *row.key.values(), row.columns) for row in held_rows(Store(connection, Path()), finder)]
    found = [
        (number, columns)
        for number, *values in sorted(rows)
        if (
            columns := tuple(
                name for name, value in zip(("one", "two"), values, strict=True) if finder.holds(name, value)
            )
        )
    ]
    assert held == [(table, *row) for table in ("note", "other") for row in found]


@pytest.mark.parametrize("count", [255, 256, 257, 600])
def test_every_row_of_a_long_table_is_searched(count: int):
    """The last row of a range and the first of the next are found, and none between."""
    finder = SubjectFinder(SubjectRequest(names=(NAME,)))
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE note (text TEXT NOT NULL)")
        texts = [(NAME if number in {1, 256, 257, count} else "Ola",) for number in range(1, count + 1)]
        connection.executemany("INSERT INTO note VALUES (?)", texts)
        held = [row.key["rowid"] for row in held_rows(Store(connection, Path()), finder)]
    assert held == sorted(number for number in {1, 256, 257, count} if number <= count)


def test_a_hash_is_no_text():
    """By chance a keyed hash has three letters of a name: the audit keeps it. A text of the same letters is found."""
    finder = SubjectFinder(SubjectRequest(names=("Ola",)))
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE audit (id INTEGER PRIMARY KEY, hash BLOB NOT NULL, rule BLOB NOT NULL)")
        connection.executemany(
            "INSERT INTO audit VALUES (?, ?, ?)", [(1, b"\x01ola\x02", b""), (2, b"", b"\x01ola\x02")]
        )
        held = [(row.key["rowid"], row.columns) for row in held_rows(Store(connection, Path()), finder)]
    assert held == [(2, ("rule",))]


REQUEST = SubjectRequest(names=(NAME,))
STATE = SourceState(url="https://a.example/rss")
FETCH = Fetch(at=START, fetch_class=FetchClass.OK)


def _entry(number: int) -> EntryRecord:
    """An entry of the number that mentions Acme."""
    return EntryRecord(
        entry=Entry(title=f"Acme {number}", url=f"https://a.example/{number}"),
        link=f"https://a.example/{number}",
        stored_id=None,
        position=number,
        results={"acme": MatchResult(evidence=(Evidence(term="Acme", field="title", start=0, end=4, rule="exact"),))},
        versions={"acme": "v1"},
    )


def database(path: Path, *rows: tuple[str, str], page_size: int = 4096, then: tuple[str, ...] = ()) -> Path:
    """Make a database of ours with a table of notes, and run statements that leave what they delete in the file."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA page_size = {page_size}")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("PRAGMA secure_delete = OFF")
        connection.execute("CREATE TABLE note (one TEXT, two TEXT)")
        connection.executemany("INSERT INTO note VALUES (?, ?)", rows)
        for statement in then:
            connection.execute(statement)
    return path


def places(path: Path) -> int:
    """Count the places in a file."""
    (scanned,) = scan_files([path], REQUEST)
    return scanned.places


@pytest.mark.parametrize("page_size", [512, 4096, 65536])
def test_two_values_are_no_name(tmp_path: Path, page_size: int):
    """A value that ends with the first word and one that begins with the second are not a place; one of both is."""
    touching = ("sier Kari", "Nordmann svarer")
    assert places(database(tmp_path / "a.db", touching, touching, page_size=page_size)) == 0
    several = (touching, ("sier Kari Nordmann", "Kari Nordmann"), touching)
    assert places(database(tmp_path / "b.db", *several, page_size=page_size)) == 2


@pytest.mark.parametrize("filler", [10, 1000, 5000])
def test_what_a_deleted_row_left_is_found(tmp_path: Path, filler: int):
    """Between the rows of a page, in pages that became free, and in the end of a long row; not after a rebuild."""
    rows = [("Ola", f"{'x' * filler} Kari Nordmann")] * 40
    path = database(tmp_path / "a.db", *rows, then=("DELETE FROM note WHERE rowid > 1", "UPDATE note SET two = ''"))
    assert places(path) > 0
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("VACUUM")
    assert places(path) == 0


@pytest.mark.parametrize("before", range(3950, 4120, 7))
def test_a_name_at_the_end_of_a_page_is_found(tmp_path: Path, before: int):
    """A long row goes on in another page, in the middle of the name or beside it."""
    assert places(database(tmp_path / "a.db", ("", f"{'x' * before} Kari Nordmann {'y' * 9000}"))) == 1


def test_a_database_that_cannot_be_read_is_searched_as_bytes(tmp_path: Path):
    """Its rows are unknown; what is there in one piece is found."""
    path = database(tmp_path / "a.db", ("Kari Nordmann", ""))
    data = bytearray(path.read_bytes())
    data[100:108] = b"\xff" * 8
    path.write_bytes(data)
    assert places(path) == 1
    path.write_bytes(data.replace(b"Kari Nordmann", b"Ola Nordmann."))
    assert places(path) == 0


def test_a_copy_whose_values_only_touch_is_not_deleted(tmp_path: Path):
    """A copy with the name in a value is listed, one with its words in two values is not."""
    main = database(tmp_path / "brandwatch.db")
    database(tmp_path / "brandwatch.db.v1.bak", ("sier Kari", "Nordmann svarer"))
    held = database(tmp_path / "brandwatch.db.v2.bak", ("Kari Nordmann", ""))
    assert copies_holding(main, REQUEST) == [held]


def test_words_of_no_row_leave_the_index(tmp_path: Path):
    """The index is built again where it has the name although no row has; else its parts are merged."""
    finder = SubjectFinder(SubjectRequest(names=("Solstrømbær",)))
    with closing(sqlite3.connect(tmp_path / "a.db", isolation_level=None)) as connection:
        connection.execute("CREATE TABLE entry (id INTEGER PRIMARY KEY, title TEXT)")
        connection.execute(
            "CREATE VIRTUAL TABLE entry_text USING fts5 (title, content = 'entry', content_rowid = 'id')"
        )
        store = Store(connection, tmp_path / "a.db")
        for number, title in enumerate(("Solstrømbær", "Acme"), 1):
            connection.execute("INSERT INTO entry VALUES (?, ?)", [number, title])
            connection.execute("INSERT INTO entry_text (rowid, title) VALUES (?, ?)", [number, title])
        assert indexed_words(store, finder) == ["solstrømbær"]
        connection.execute("DELETE FROM entry WHERE id = 1")
        compact(store, finder)
        assert indexed_words(store, finder) == []
        assert store.column("SELECT rowid FROM entry_text WHERE entry_text MATCH 'acme'") == [2]
    assert b"solstr" not in (tmp_path / "a.db").read_bytes()


@pytest.mark.parametrize("count", [1, 300])
def test_rows_of_a_table_without_ids_are_known_by_their_keys(store: Store, count: int):
    """A tag with a name is listed with its key, and erased; another tag of the same mention stays."""
    record_source(store, SourceRecord(state=STATE, fetch=FETCH, entries=tuple(map(_entry, range(count)))))
    with store.transaction():
        store.execute_many("INSERT INTO tag (mention, tag) VALUES (?, ?)", [(n + 1, NAME) for n in range(count)])
        store.execute("INSERT INTO tag (mention, tag) VALUES (1, 'blåbær')")
    found = list(personal_data_rows(store, REQUEST))
    assert [(row.table, row.row["mention"], row.is_blanked) for row in found] == [
        ("tag", number, True) for number in range(1, count + 1)
    ]
    erased = erase(store, REQUEST, START)
    assert (erased.erased, dict(erased.blanked)) == ({"tag": count}, {})
    assert store.execute("SELECT mention, tag FROM tag").fetchall() == [(1, "blåbær")]


def test_bytes_that_end_a_row_do_not_hide_it():
    """A value with the byte between the rows of a range: each of them is read, and only the right one found."""
    finder = SubjectFinder(REQUEST)
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE note (data BLOB NOT NULL)")
        connection.executemany("INSERT INTO note VALUES (?)", [(b"Ola\xff\xff",), (b"\xffKari Nordmann",), (b"Ola",)])
        held = [row.key["rowid"] for row in held_rows(Store(connection, Path()), finder)]
    assert held == [2]


def test_a_copy_that_cannot_be_read_is_listed(tmp_path: Path):
    """Nobody knows what it holds; one that can be read and holds nothing is not, and neither is another's file."""
    main = database(tmp_path / "brandwatch.db")
    database(tmp_path / "brandwatch.db.v1.bak", ("Ola Nordmann", ""))
    broken = database(tmp_path / "brandwatch.db.v2.bak", ("Ola Nordmann", ""))
    data = bytearray(broken.read_bytes())
    data[100:108] = b"\xff" * 8
    broken.write_bytes(data)
    (tmp_path / "brandwatch.db.v3.bak").write_text(NAME)
    assert copies_holding(main, REQUEST) == [broken]
    delete_copies([broken])
    assert copies_holding(main, REQUEST) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "brandwatch.db", "brandwatch.db.v1.bak", "brandwatch.db.v3.bak",
    ]  # fmt: skip


def test_a_copy_is_listed_for_its_name_and_for_what_deleted_rows_left(tmp_path: Path):
    """Either is enough."""
    main = database(tmp_path / "kari-nordmann.db")
    named = database(tmp_path / "kari-nordmann.db.v1.bak", ("Ola", ""))
    assert copies_holding(main, REQUEST) == [named]
    other = database(tmp_path / "b.db")
    rows = [("Ola", "Kari Nordmann")] * 9
    left = database(
        tmp_path / "b.db.v1.bak", *rows, then=("DELETE FROM note WHERE rowid > 1", "UPDATE note SET two = ''")
    )
    assert copies_holding(other, REQUEST) == [left]


def test_the_files_of_a_database(tmp_path: Path):
    """Itself, its log, its lock, copies and what programs left of them; no folder, and no other database."""
    path = database(tmp_path / "b[1].db")
    ours = ["b[1].db-wal", "b[1].db.lock", "b[1].db.v1.bak", ".b[1].db.20261201", ".x.brandwatch-abcdefgh"]
    for name in (*ours, "b1.db-wal", "b[1].dbx", "c.db"):
        (tmp_path / name).write_text("å")
    (tmp_path / "b[1].db.mappe").mkdir()
    assert database_files(path) == [path, *sorted(tmp_path / name for name in ours)]
    link = tmp_path / "lenke"
    link.symlink_to(path)
    assert database_files(link) == [link, *sorted(tmp_path / name for name in ours)]


def test_packed_files_and_folders_are_searched(tmp_path: Path):
    """Each file of a folder and each file in an archive, with the places in its name; an empty one has none."""
    folder = tmp_path / "mappe" / "under"
    folder.mkdir(parents=True)
    with zipfile.ZipFile(folder / "a.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("1.txt", "Kari Nordmann og Kari Nordmann")
        packed.writestr("2.txt", "Kari Nordmann, Ola")
    (folder / "kari-nordmann.txt").write_text("Kari Nordmann")
    (folder / "tom.txt").touch()
    found = {scanned.path.name: (scanned.size, scanned.places) for scanned in scan_files([tmp_path], REQUEST)}
    assert found == {
        "a.zip": ((folder / "a.zip").stat().st_size, 3), "kari-nordmann.txt": (13, 2), "tom.txt": (0, 0),
    }  # fmt: skip
