"""Read rows from CSV, TSV and XLSX files, whatever their encoding and delimiter."""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import struct
import zipfile
import zlib
from datetime import date, datetime
from typing import TYPE_CHECKING, NamedTuple
from warnings import catch_warnings, simplefilter

from brandwatch.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator


# A table of 500,000 mentions has some 250 MB unpacked. openpyxl holds shared texts, styles and a row in memory: what is
# larger is refused by the sizes in the archive's directory, before any of it is unpacked.
_MAX_UNPACKED_BYTES = 256 * 2**20
# A sheet becomes 8 to 30 times as small. zlib reaches 1,030: a small file with such parts was made to be large.
_MAX_RATIO = 200
_MIN_BOMB_BYTES = 32 * 2**20
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
    """Yield the numbered rows of all sheets with the header of the first one; the header once.

    Raise UsageError for anything but a workbook.
    """
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            _raise_if_too_large(sum(part.file_size for part in packed.infolist()), len(data), name)
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
    # A damaged part may raise any of these in its reader.
    except _DAMAGES:
        raise UsageError(f"{name} is not a workbook that can be read", _WORKBOOK_HINT) from None


def _raise_if_too_large(unpacked_bytes: int, packed_bytes: int, name: str) -> None:
    is_bomb = unpacked_bytes > _MIN_BOMB_BYTES and unpacked_bytes > packed_bytes * _MAX_RATIO
    if is_bomb or unpacked_bytes > _MAX_UNPACKED_BYTES:
        size = f"{unpacked_bytes / 2**20:,.0f} MiB unpacked"
        raise UsageError(f"{name} is too large: {size}", "import a smaller table, or save it as CSV (UTF-8)")


def _text(value: object) -> str:
    """Return the text of a cell; a whole number has no fraction."""
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
_WORKBOOK_MAGIC = b"PK\x03\x04"
_SHEETS_HINT = "save it as a workbook (.xlsx), or as CSV (UTF-8)"


class SheetLine(NamedTuple):
    """The cells of a row, and the number of its first line."""

    number: int
    cells: list[str]


def read_lines(data: bytes, name: str) -> Iterator[SheetLine]:
    """Return the rows of a file called *name* that are not empty; raise UsageError with the line of a broken one."""
    is_workbook = data.startswith(_WORKBOOK_MAGIC)
    lines = itertools.starmap(SheetLine, read_workbook(data, name)) if is_workbook else _text_lines(data, name)
    return (line for line in lines if any(cell.strip() for cell in line.cells))


def _text_lines(data: bytes, name: str) -> Iterator[SheetLine]:
    text = _decode(data, name)
    first = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        number = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise UsageError(f"{name}:{number}: not a row of a table: {error}", _SHEETS_HINT) from None
        if cells is None:
            return
        yield SheetLine(number, cells)


def _decode(data: bytes, name: str) -> str:
    """Return a text in UTF-16 with a byte order mark, in UTF-8, or in Windows-1252."""
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
