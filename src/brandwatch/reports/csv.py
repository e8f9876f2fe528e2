"""CSV (RFC 4180) and TSV: for spreadsheets and scripts."""

from __future__ import annotations

import csv
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, TextIO

from brandwatch.reports.columns import COLUMNS, column_values
from brandwatch.text.sanitise import clean, one_line, spreadsheet_cell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from brandwatch.models import Mention
    from brandwatch.reports.layout import Layout


_BOM = "\ufeff"
# Publishers, sources and authors come again and again; titles do not.
_REPEATED = 4096


def write_csv(mentions: Iterable[Mention], stream: TextIO, layout: Layout) -> None:
    """Write comma-separated values; with `layout.excel` a byte order mark, semicolons and local dates."""
    safe = lru_cache(maxsize=_REPEATED)(_safe(layout))
    _lay_out(COLUMNS, (column_values(mention, excel=layout.excel, safe=safe) for mention in mentions), stream, layout)


def write_tsv(mentions: Iterable[Mention], stream: TextIO, layout: Layout) -> None:
    """Write tab-separated values."""
    write_tab_rows(COLUMNS, map(column_values, mentions), stream, safe=clean if layout.raw else spreadsheet_cell)


def write_layout_rows(columns: Iterable[str], rows: Iterable[Iterable[str]], stream: TextIO, layout: Layout) -> None:
    """Write any rows of a report as spreadsheets want them, or as scripts do."""
    safe = _safe(layout)
    _lay_out(columns, (map(safe, row) for row in rows), stream, layout)


def write_comma_rows(
    columns: Iterable[str],
    rows: Iterable[Iterable[str]],
    stream: TextIO,
    *,
    safe: Callable[[str], str] = spreadsheet_cell,
) -> None:
    """Write any rows as RFC 4180 has them, each value made *safe*."""
    _write(columns, (map(safe, row) for row in rows), stream)


def write_tab_rows(
    columns: Iterable[str],
    rows: Iterable[Iterable[str]],
    stream: TextIO,
    *,
    safe: Callable[[str], str] = spreadsheet_cell,
) -> None:
    """Write any rows with tabs between, one line each: no value holds a tab or a new line, so nothing is quoted."""
    stream.writelines("\t".join(safe(one_line(value)) for value in row) + "\n" for row in chain([columns], rows))


def _lay_out(columns: Iterable[str], rows: Iterable[Iterable[str]], stream: TextIO, layout: Layout) -> None:
    """Write rows of a report that are safe."""
    if layout.excel:
        stream.write(_BOM)
    _write(columns, rows, stream, delimiter=";" if layout.excel else ",")


def _safe(layout: Layout) -> Callable[[str], str]:
    """Return what makes a value safe for where the report goes."""
    return clean if layout.raw and not layout.excel else spreadsheet_cell


def _write(columns: Iterable[str], rows: Iterable[Iterable[str]], stream: TextIO, delimiter: str = ",") -> None:
    """Write rows that are safe."""
    writer = csv.writer(stream, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows(rows)
