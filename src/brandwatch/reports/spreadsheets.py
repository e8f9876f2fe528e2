"""Read rows from CSV, TSV and XLSX files, whatever their encoding and delimiter."""

from __future__ import annotations

import codecs
import csv
import io
import struct
import zipfile
import zlib
from datetime import date, datetime
from typing import TYPE_CHECKING, NamedTuple
from warnings import catch_warnings, simplefilter

from openpyxl import load_workbook

from brandwatch.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator


# A table of a million mentions has some 500 MB unpacked; what has more is none of ours.
_LARGEST = 1 << 30
_DAMAGES = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)
_WORKBOOK_HINT = "save it as an Excel workbook (.xlsx), without a password"


def read_workbook(data: bytes, name: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of every sheet that begins as the first one does, with their numbers; the header once.

    Raise UsageError for what is no workbook.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            if sum(part.file_size for part in packed.infolist()) > _LARGEST:
                raise UsageError(f"{name} is too large", "import a smaller table")
        with catch_warnings():
            # It warns of validations and styles that it would not keep; nothing is written back.
            simplefilter("ignore")
            book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
            header: list[str] = []
            for sheet in book.worksheets:
                for number, cells in enumerate(sheet.iter_rows(values_only=True), 1):
                    texts = list(map(_text, cells))
                    if number == 1 and header:
                        if texts != header:
                            break
                        continue
                    header = header or texts
                    yield number, texts
    # A damaged part shows as whatever its reader stumbles over.
    except _DAMAGES:
        raise UsageError(f"{name} is not a workbook that can be read", _WORKBOOK_HINT) from None


def _text(value: object) -> str:
    """Return what a cell shows; a whole number without its fraction."""
    match value:
        case None:
            return ""
        case float() if value.is_integer():
            return str(int(value))
        case datetime() | date():
            return value.isoformat()
        case _:
            return str(value)


_DELIMITERS = (";", "\t", ",")
_WORKBOOK = b"PK\x03\x04"
_SHEETS_HINT = "save it as a workbook (.xlsx), or as CSV (UTF-8)"


class SheetLine(NamedTuple):
    """The cells of a row, and the line of the file that it begins on."""

    number: int
    cells: list[str]


def read_lines(data: bytes, name: str) -> Iterator[SheetLine]:
    """Yield the rows of a file of a *name* that are not empty; raise UsageError with the line of what is no row."""
    found = _of_workbook(data, name) if data.startswith(_WORKBOOK) else _of_text(data, name)
    return (line for line in found if any(cell.strip() for cell in line.cells))


def _of_workbook(data: bytes, name: str) -> Iterator[SheetLine]:
    """Yield the rows of a workbook."""
    return (SheetLine(number, cells) for number, cells in read_workbook(data, name))


def _of_text(data: bytes, name: str) -> Iterator[SheetLine]:
    """Yield the rows of a text with something between its cells."""
    text = _decoded(data, name)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    while True:
        number = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise UsageError(f"{name}:{number}: this is no row of a table: {error}", _SHEETS_HINT) from None
        if cells is None:
            return
        yield SheetLine(number, cells)


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
    raise UsageError(f"{name} is not text", _SHEETS_HINT)


def _delimiter(text: str) -> str:
    """Return what is between the cells: the sign that the first line has most of."""
    first = text.partition("\n")[0]
    return max(_DELIMITERS, key=first.count)
