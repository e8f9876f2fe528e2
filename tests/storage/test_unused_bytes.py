"""The bytes of a database file that are in no row."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from brandwatch.storage.unused_bytes import unused_pieces

if TYPE_CHECKING:
    from pathlib import Path

WORD = "solstrømbær"
LEAVE = "PRAGMA secure_delete = OFF"
"""From here on what is deleted stays in the file."""


def make(path: Path, page_size: int, *statements: str) -> bytes:
    """Make a database by statements, which delete whole until LEAVE; return its unused bytes."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA page_size = {page_size}")
        connection.execute("PRAGMA secure_delete = ON")
        for statement in statements:
            connection.execute(statement)
    return b"|".join(unused_pieces(path))


def many(table: str, count: int, word: str = WORD) -> str:
    """Return the statement that adds rows with a word and their number."""
    numbers = f"SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}"  # noqa: S608
    return f"INSERT INTO {table} WITH n (i) AS ({numbers}) SELECT i, '{word}' || printf('%08d', i) FROM n"  # noqa: S608


@pytest.mark.parametrize("page_size", [512, 4096, 65536])
@pytest.mark.parametrize("kind", ["CREATE TABLE a (i, w)", "CREATE TABLE a (i PRIMARY KEY, w) WITHOUT ROWID"])
def test_what_is_stored_is_not_unused(tmp_path: Path, page_size: int, kind: str):
    """Neither in a table nor in an index; what was deleted between other rows is, each row of it."""
    index = "CREATE INDEX b ON a (w)"
    rows = (kind, index, many("a", 900), "VACUUM")
    assert WORD.encode() not in make(tmp_path / "a.db", page_size, *rows)
    unused = make(tmp_path / "b.db", page_size, *rows, LEAVE, "DELETE FROM a WHERE i % 3 = 0")
    numbers = {int(piece[:8]) for piece in unused.split(WORD.encode())[1:] if piece[:8].isdigit()}
    # SQLite writes four bytes over the begin of each.
    assert len({number for number in numbers if number % 3 == 0}) > 200


@pytest.mark.parametrize("page_size", [512, 4096])
def test_free_pages_are_unused(tmp_path: Path, page_size: int):
    """Those in the list of each trunk, and the trunks themselves; none of the table that is left."""
    tables = ("CREATE TABLE a (i, w)", "CREATE TABLE b (i, w)")
    unused = make(
        tmp_path / "a.db", page_size, *tables, many("a", 5000), many("b", 50, "Acme"), "VACUUM", LEAVE, "DROP TABLE a"
    )
    # A trunk has the numbers of pages at its begin.
    assert unused.count(WORD.encode()) > 4000
    assert b"Acme0" not in unused


def test_the_space_of_a_page_begins_right_after_its_list_of_rows(tmp_path: Path):
    """On pages of tables and of indexes, with rows and with the numbers of other pages; the list itself is in use."""
    path = tmp_path / "a.db"
    make(path, 512, "CREATE TABLE a (i, w)", "CREATE INDEX b ON a (w)", many("a", 900))
    whole = path.read_bytes()
    kinds = {2: 12, 5: 12, 10: 8, 13: 8}
    firsts = {}
    for start in range(512, len(whole), 512):
        kind, cells = whole[start], int.from_bytes(whole[start + 3 : start + 5], "big")
        if kind in kinds and int.from_bytes(whole[start + 5 : start + 7], "big") > kinds[kind] + 2 * cells + 1:
            firsts[kind] = start + kinds[kind] + 2 * cells
    assert firsts.keys() == kinds.keys()
    for first in firsts.values():
        path.write_bytes(whole[:first] + b"\xe5" + whole[first + 1 :])
        assert [piece.strip(b"\0") for piece in unused_pieces(path) if piece.startswith(b"\xe5")] == [b"\xe5"]


def test_the_first_page_has_a_header_of_its_own(tmp_path: Path):
    """Its rows begin behind a hundred bytes: the schema of a table that is gone is unused, that of another is not."""
    unused = make(
        tmp_path / "a.db", 4096, "CREATE TABLE åsgård (w)", "CREATE TABLE blåbær (w)", LEAVE, "DROP TABLE åsgård"
    )
    assert "åsgård (w)".encode() in unused
    assert "blåbær (w)".encode() not in unused
    assert b"SQLite format" not in unused


@pytest.mark.parametrize("size", [0, 50, 99])
def test_a_file_without_a_header_has_no_pages(tmp_path: Path, size: int):
    """Nor has one that ends within it; a database without tables has no unused bytes."""
    path = tmp_path / "a.db"
    path.write_bytes(b"SQLite format 3\0".ljust(100, b"x")[:size])
    assert list(unused_pieces(path)) == []
    assert make(tmp_path / "b.db", 512, "CREATE TABLE a (w)", LEAVE, "DROP TABLE a") != b""
    assert make(tmp_path / "c.db", 512, "PRAGMA user_version = 1") == b""


def test_a_list_of_free_pages_that_does_not_end(tmp_path: Path):
    """A damaged trunk that names itself, or a page beyond the file, ends the list."""
    path = tmp_path / "a.db"
    make(path, 512, "CREATE TABLE a (i, w)", many("a", 500), LEAVE, "DROP TABLE a")
    data = path.read_bytes()
    trunk = int.from_bytes(data[32:36], "big")
    for following in (trunk, 99_999):
        at = (trunk - 1) * 512
        path.write_bytes(data[:at] + following.to_bytes(4, "big") + data[at + 4 :])
        assert WORD.encode() in b"".join(unused_pieces(path))
