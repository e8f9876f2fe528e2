"""CSV (RFC 4180) and TSV: for spreadsheets and scripts."""

from __future__ import annotations

import re
from functools import lru_cache, partial
from itertools import chain
from typing import TYPE_CHECKING, Any, TextIO

from brandwatch.reports.columns import LIST_SEPARATOR, CellKind, Column, Listing, Row, local_time
from brandwatch.text.sanitise import clean, one_line, spreadsheet_cell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from brandwatch.reports.layout import Layout


_BOM = "\ufeff"
# Publishers, sources and authors recur; titles do not.
_CACHED_TEXTS = 4096
# RFC 4180 requires quotation marks for three of these signs. Some spreadsheets split at all of `,` `;` and tab, unless
# the text is in quotation marks.
_QUOTED_CSV = re.compile('[",;\t\r\n]')
# Only that sign: a program that splits at tabs without knowing quotation marks reads all other cells as they are.
_QUOTED_TSV = re.compile('"')


def write_csv(listing: Listing[Row], rows: Iterable[Row], stream: TextIO, layout: Layout) -> None:
    """Write comma-separated values; with `layout.excel` a byte order mark, semicolons and local dates."""
    # A spreadsheet in English splits at commas what is written for a Nordic one.
    cell = partial(spreadsheet_cell, separators=";,") if layout.excel else spreadsheet_cell
    safe = lru_cache(maxsize=_CACHED_TEXTS)(clean if layout.raw and not layout.excel else cell)
    if layout.excel:
        stream.write(_BOM)
    names = [column.name for column in listing.columns]
    texts = _text_rows(listing.columns, rows, safe, excel=layout.excel)
    _write_csv_lines(chain([names], texts), stream, ";" if layout.excel else ",")


def write_tsv(listing: Listing[Row], rows: Iterable[Row], stream: TextIO, layout: Layout) -> None:
    """Write tab-separated values."""
    texts = _text_rows(listing.columns, rows, one_line, excel=False)
    write_tab_rows([column.name for column in listing.columns], texts, stream, raw=layout.raw)


def write_comma_rows(columns: Iterable[str], rows: Iterable[Iterable[str]], stream: TextIO) -> None:
    """Write rows of texts as RFC 4180 has them."""
    _write_csv_lines(chain([columns], (map(spreadsheet_cell, row) for row in rows)), stream, ",")


def write_tab_rows(columns: Iterable[str], rows: Iterable[Iterable[str]], stream: TextIO, *, raw: bool = False) -> None:
    """Write rows of texts with tabs between, one line each: no value holds a tab or a newline.

    A value with a quotation mark is quoted, for readers that take tabs for the commas of CSV.
    """
    safe = clean if raw else spreadsheet_cell
    cells = ([_quote(safe(one_line(value)), _QUOTED_TSV) for value in row] for row in chain([columns], rows))
    stream.writelines("\t".join(row) + "\n" for row in cells)


def _write_csv_lines(rows: Iterable[Iterable[str]], stream: TextIO, delimiter: str) -> None:
    stream.writelines(delimiter.join([_quote(cell, _QUOTED_CSV) for cell in row]) + "\r\n" for row in rows)


def _quote(cell: str, signs: re.Pattern[str]) -> str:
    """Return a cell in quotation marks if it holds one of the signs."""
    return '"{}"'.format(cell.replace('"', '""')) if signs.search(cell) else cell


def _text_rows(
    columns: Iterable[Column[Row]], rows: Iterable[Row], safe: Callable[[str], str], *, excel: bool
) -> Iterator[list[str]]:
    """Yield the texts of each row; what somebody wrote is made *safe*, the rest is our own words and numbers."""
    writers: dict[CellKind, Callable[[Any], str]] = {
        CellKind.NUMBER: partial(_number, excel=excel),
        CellKind.TIME: partial(local_time, excel=excel),
        CellKind.LIST: lambda texts: safe(LIST_SEPARATOR.join(texts)),
        CellKind.WORD: str,
    }
    cells = [(column.value, writers.get(column.kind, safe)) for column in columns]
    for row in rows:
        yield [write(value(row)) for value, write in cells]


def _number(value: float | None, *, excel: bool) -> str:
    """Return a number, with a decimal comma for a Nordic spreadsheet; empty if unknown."""
    if value is None:
        return ""
    return str(value).replace(".", ",") if excel else str(value)
