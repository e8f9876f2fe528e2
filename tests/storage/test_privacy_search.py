from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brandwatch.models import SubjectRequest
from brandwatch.privacy.subject_search import SubjectFinder
from brandwatch.storage import Store
from brandwatch.storage.privacy_search import held_rows

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
