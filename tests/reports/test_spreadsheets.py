from __future__ import annotations

import io
import tracemalloc
import zipfile
from contextlib import suppress
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from brandwatch.errors import UsageError
from brandwatch.reports.spreadsheets import read_lines

CELLS = [["id", "note"], ["1", "blåbær; “sitert”"], ["2", "a,b\tc"]]


def workbook(*sheets: list[list[object]]) -> bytes:
    """Build a workbook."""
    made, raw = Workbook(), io.BytesIO()
    made.remove(made.worksheets[0])
    for rows in sheets:
        sheet = made.create_sheet()
        for row in rows:
            sheet.append(row)
    made.save(raw)
    return raw.getvalue()


def padded(data: bytes, part: str, size: int) -> bytes:
    """Add blanks to the end of a part of a workbook."""
    raw = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as after:
        for name in {*before.namelist(), part}:
            body = before.read(name) if name in before.namelist() else b""
            after.writestr(name, body + (b" " * size if name == part else b""))
    return raw.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_every_csv_dialect(encoding: str, delimiter: str, end: str):
    """Encoding, separator and line ends do not change the cells nor their line numbers."""
    quoted = [delimiter.join(f'"{cell}"' for cell in row) for row in CELLS]
    found = list(read_lines((end.join(quoted) + end).encode(encoding), "uke.csv"))
    assert [line.cells for line in found] == CELLS
    assert [line.number for line in found] == [1, 2, 3]


def test_line_numbers_are_those_of_the_file():
    """A row over several lines has the number of the first; empty rows are skipped."""
    found = list(read_lines(b'id,note\n1,"a\nb"\n,,\n\n2,c\n', "uke.csv"))
    assert [(line.number, line.cells[0]) for line in found] == [(1, "id"), (2, "1"), (6, "2")]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b'id,note\n1,"a\n2,b\n', "uke.csv:2: not a row of a table"),
        (b"id,note\n1,a\0\n", "uke.csv is not text"),
        (b"\xff\xfea\xd8", "uke.csv is not text"),
        (b"PK\x03\x04rubbish", "uke.csv is not a workbook that can be read"),
        (b"id\n" + b"x" * 200_000, "field larger than field limit"),
    ],
)
def test_invalid_tables_are_refused(data: bytes, words: str):
    """The error states the problem and its position."""
    with pytest.raises(UsageError) as caught:
        list(read_lines(data, "uke.csv"))
    assert words in caught.value.message


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/styles.xml", "docProps/core.xml", "xl/nytt.xml"])
def test_a_workbook_that_explodes_is_refused(part: str):
    """A part of 40 MiB in a file of 50 kB is not unpacked, whatever the part is."""
    data = padded(workbook([["id"], [1]]), part, 40 * 2**20)
    assert len(data) < 100_000
    tracemalloc.start()
    with pytest.raises(UsageError, match=r"uke\.xlsx is too large: 40 MiB unpacked"):
        list(read_lines(data, "uke.xlsx"))
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 8 * 2**20


def test_a_large_workbook_of_ordinary_density_is_read():
    """Small files may hold long runs of blanks; only what unpacks to more than 32 MiB is measured."""
    data = padded(workbook([["id"], [1]]), "xl/styles.xml", 2**20)
    assert [line.cells for line in read_lines(data, "uke.xlsx")] == [["id"], ["1"]]


def test_a_workbook_is_read():
    """Cells are read as displayed text; continuation sheets are included, other sheets are ignored."""
    header: list[object] = ["id", "note", "when", "ok"]
    data = workbook(
        [header, [1, "æ", datetime(2026, 5, 4, 10), None], [2.0, 1.5, None, True]],  # noqa: DTZ001 (as a cell has it)
        [header, [3, "=1+1", None, None]],
        [["coverage"], ["2 of 2"]],
    )
    assert [line.cells for line in read_lines(data, "uke.xlsx")] == [
        ["id", "note", "when", "ok"],
        ["1", "æ", "2026-05-04T10:00:00", ""],
        ["2", "1.5", "", "True"],
        ["3", "", "", ""],
    ]


@given(st.integers(0, 3_000), st.binary(min_size=1, max_size=40))
def test_a_damaged_workbook_raises_only_our_error(at: int, damage: bytes):
    """Any damage is either read or refused; no other exception escapes."""
    data = bytearray(BOOK)
    data[at : at + len(damage)] = damage
    with suppress(UsageError):
        list(read_lines(bytes(data), "uke.xlsx"))


BOOK = workbook([["id", "note"], [1, "æ"]])
