"""Rows out of what a spreadsheet, or a report, has written: whatever its letters, and whatever is between its cells."""

from __future__ import annotations

import codecs
import csv
import io
from typing import TYPE_CHECKING, NamedTuple

from brandwatch.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

_DELIMITERS = (";", "\t", ",")
_WORKBOOK = b"PK\x03\x04"
_HINT = "save it as a workbook (.xlsx), or as CSV (UTF-8)"


class Line(NamedTuple):
    """The cells of a row, and the line of the file that it begins on."""

    number: int
    cells: list[str]


def lines(data: bytes, name: str) -> Iterator[Line]:
    """Yield the rows of a file of a *name* that are not empty; raise UsageError with the line of what is no row."""
    found = _of_workbook(data, name) if data.startswith(_WORKBOOK) else _of_text(data, name)
    return (line for line in found if any(cell.strip() for cell in line.cells))


def _of_workbook(data: bytes, name: str) -> Iterator[Line]:
    """Yield the rows of a workbook."""
    from brandwatch.parse.workbook import rows  # noqa: PLC0415 (few need what it imports)

    return (Line(number, cells) for number, cells in rows(data, name))


def _of_text(data: bytes, name: str) -> Iterator[Line]:
    """Yield the rows of a text with something between its cells."""
    text = _decoded(data, name)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    while True:
        number = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise UsageError(f"{name}:{number}: this is no row of a table: {error}", _HINT) from None
        if cells is None:
            return
        yield Line(number, cells)


def _decoded(data: bytes, name: str) -> str:
    """Return a text: in Unicode where it is, else in the code page of Western Windows."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise UsageError(f"{name} is not text", _HINT)


def _delimiter(text: str) -> str:
    """Return what is between the cells: the sign that the first line has most of."""
    first = text.partition("\n")[0]
    return max(_DELIMITERS, key=first.count)
