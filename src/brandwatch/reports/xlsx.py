"""A workbook: real dates, links, a frozen header, filters; no text is ever a formula."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, TextIO

from brandwatch.reports import coverage
from brandwatch.reports.columns import COLUMNS, COUNTS, column_values
from brandwatch.text.sanitise import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

    from brandwatch.models import Mention
    from brandwatch.reports.layout import Layout

    Cell = datetime | float | str | None
    Row = Mapping[str, Cell]


# Limits of the format (support.microsoft.com, "Excel specifications and limits"): 1,048,576 rows and 65,530 links on a
# sheet, 2,079 characters in a link.
_ROWS, _LINKS, _LINK = 1_048_575, 65_530, 2_079
_WIDTHS = dict.fromkeys(("published", "found", "first_seen", "earliest", "latest"), 16) | {
    "title": 60,
    "url": 40,
    "publisher": 22,
    "source": 40,
    "terms": 24,
    "tags": 20,
    "note": 40,
}
_NUMBERS = frozenset({"id", "story", *COUNTS})
_DATE = {"num_format": "yyyy-mm-dd hh:mm", "align": "left"}
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


def write_workbook(mentions: Iterable[Mention], stream: TextIO, layout: Layout) -> None:
    """Write a workbook of bytes below the text stream: the mentions, on more sheets where one is full; the coverage."""
    write_rows_workbook("mentions", COLUMNS, map(_cells, mentions), stream, layout)


def write_rows_workbook(
    name: str,
    columns: Sequence[str],
    rows: Iterable[Row],
    stream: TextIO,
    layout: Layout,
    dress: Callable[[Worksheet], None] = lambda _: None,
) -> None:
    """Write any rows of a report, on sheets of a *name*: numbers, dates, links and texts by the names of columns.

    Each sheet is *dress*ed before it is filled.
    """
    from xlsxwriter.workbook import Workbook

    with Workbook(stream.buffer, _OPTIONS) as book:
        book.set_properties({"title": name.capitalize(), "created": _local(layout.generated)})
        header, date = book.add_format({"bold": True, "bottom": 1}), book.add_format(_DATE)
        sheet, number = _sheet(book, name, columns, header), 0
        dress(sheet)
        for number, row in enumerate(rows, 1):
            if number > _ROWS and number % _ROWS == 1:
                sheet = _sheet(book, name, columns, header)
                dress(sheet)
            _put(sheet, (number - 1) % _ROWS + 1, [(column, row[column]) for column in columns], date)
        sheet.autofilter(0, 0, max(number - 1, 0) % _ROWS + 1, len(columns) - 1)
        _cover(book.add_worksheet("coverage"), layout)


def _cells(mention: Mention) -> Row:
    """Return the cells of a mention by the names of their columns; what is unknown is an empty one."""
    texts = dict(zip(COLUMNS, column_values(mention), strict=True))
    numbers = {name: int(texts[name]) if texts[name] else None for name in _NUMBERS}
    return {**texts, **numbers, "published": mention.entry.published, "found": mention.found}


def _sheet(book: Workbook, name: str, columns: Sequence[str], header: Format) -> Worksheet:
    """Return a new sheet with the names of the columns, which stay in sight."""
    number = len(book.worksheets()) + 1
    sheet = book.add_worksheet(f"{name} {number}" if number > 1 else name)
    sheet.freeze_panes(1, 0)
    for at, column in enumerate(columns):
        sheet.set_column(at, at, _WIDTHS.get(column, 12))
    sheet.write_row(0, 0, columns, header)
    return sheet


def _put(sheet: Worksheet, row: int, cells: Sequence[tuple[str, Cell]], date: Format) -> None:
    """Write one row; what is empty stays an empty cell."""
    for at, (column, value) in enumerate(cells):
        match value:
            case datetime():
                sheet.write_datetime(row, at, _local(value), date)
            case int() | float():
                sheet.write_number(row, at, value)
            # What is counted is units of UTF-16, never more than bytes of UTF-8.
            case str() if column == "url" and 0 < len(value.encode()) <= _LINK and row <= _LINKS:
                sheet.write_url(row, at, value, string=clean(value))
            case str() if value:
                sheet.write_string(row, at, clean(value))
            case _:
                continue


def _cover(sheet: Worksheet, layout: Layout) -> None:
    """Write how far the mentions can be trusted, in words, and each failure and gap on a row."""
    facts = layout.coverage
    said = [coverage.seen_phrase(facts), *coverage.coverage_remarks(facts)]
    failures = [f"{source}: {fetch_class}" for source, fetch_class in facts.failures]
    gaps = [f"{gap.source}: {gap.start.astimezone()} to {gap.end.astimezone()}: {gap.reason}" for gap in facts.gaps]
    sheet.set_column(0, 0, 120)
    for row, text in enumerate([*said, *failures, *gaps]):
        sheet.write_string(row, 0, clean(text))


def _local(when: datetime) -> datetime:
    """Return a moment in local time, without the zone that a cell cannot hold."""
    return when.astimezone().replace(tzinfo=None)
