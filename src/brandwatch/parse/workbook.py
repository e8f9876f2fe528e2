"""Rows out of a workbook: what its cells show, as text."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from datetime import date, datetime
from typing import TYPE_CHECKING
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
_HINT = "save it as an Excel workbook (.xlsx), without a password"


def rows(data: bytes, name: str) -> Iterator[tuple[int, list[str]]]:
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
        raise UsageError(f"{name} is not a workbook that can be read", _HINT) from None


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
