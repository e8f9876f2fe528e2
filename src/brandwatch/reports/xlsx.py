"""A workbook: real dates, links, a frozen header, filters; no text is ever a formula."""

from __future__ import annotations

import errno
import tempfile
from typing import TYPE_CHECKING, BinaryIO, TextIO

from brandwatch.reports import layout as layouts
from brandwatch.reports.columns import LIST_SEPARATOR, CellKind, Column, Listing, Row
from brandwatch.text.sanitise import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet


# Limits of the format (support.microsoft.com, "Excel specifications and limits"): 1,048,576 rows and 65,530 links on a
# sheet, 2,079 characters in a link.
_MAX_ROWS, _MAX_LINKS, _MAX_LINK_UNITS = 1_048_575, 65_530, 2_079
_DATE = {"num_format": "yyyy-mm-dd hh:mm", "align": "left"}
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


def write_workbook(listing: Listing[Row], rows: Iterable[Row], stream: TextIO, layout: layouts.Layout) -> None:
    """Write a workbook of bytes below the text stream: the rows, on more sheets where one is full; the coverage.

    Raise OSError if it cannot be written.
    """
    from xlsxwriter.exceptions import FileCreateError
    from xlsxwriter.workbook import Workbook

    # XlsxWriter leaves its unfinished files where it fails; they hold the texts of all rows.
    with tempfile.TemporaryDirectory(prefix="brandwatch-") as folder:
        target = _DetachableFile(stream.buffer)
        try:
            with Workbook(target, _OPTIONS | {"tmpdir": folder}) as book:
                _write_sheets(book, listing, rows, layout)
        except FileCreateError as failure:
            raise failure.args[0] from None
        finally:
            target.detach()


class _DetachableFile:
    """A file that only pretends to be written after its first failure, or once it is detached.

    A `ZipFile` that was given up writes its directory when it is collected, and prints a traceback if that fails.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._is_detached = False
        self._position = 0

    def detach(self) -> None:
        """Leave the file as it is."""
        self._is_detached = True

    def write(self, data: bytes) -> int:
        """Write bytes; raise OSError the first time that they cannot be written."""
        self._try(self._file.write, data)
        self._position += len(data)
        return len(data)

    def seek(self, offset: int) -> int:
        """Move to a place in the file."""
        self._try(self._file.seek, offset)
        self._position = offset
        return offset

    def tell(self) -> int:
        """Return the place in the file; raise OSError for a pipe, which `ZipFile` handles."""
        return self._position if self._is_detached else self._file.tell()

    def flush(self) -> None:
        """Write what is buffered."""
        self._try(self._file.flush)

    def _try(self, call: Callable[..., object], *arguments: object) -> None:
        if self._is_detached:
            return
        try:
            call(*arguments)
        except OSError as error:
            if error.errno != errno.ESPIPE:
                self.detach()
            raise


def _write_sheets(book: Workbook, listing: Listing[Row], rows: Iterable[Row], layout: layouts.Layout) -> None:
    columns = listing.columns
    book.set_properties({"title": listing.name.capitalize(), "created": _local(layout.generated)})
    header, date = book.add_format({"bold": True, "bottom": 1}), book.add_format(_DATE)
    sheet, number = _add_sheet(book, listing, header), 0
    for number, row in enumerate(rows, 1):
        if number > _MAX_ROWS and number % _MAX_ROWS == 1:
            sheet = _add_sheet(book, listing, header)
        _write_row(sheet, (number - 1) % _MAX_ROWS + 1, columns, row, date)
    sheet.autofilter(0, 0, max(number - 1, 0) % _MAX_ROWS + 1, len(columns) - 1)
    _write_coverage(book.add_worksheet("coverage"), layout)


def _add_sheet(book: Workbook, listing: Listing[Row], header: Format) -> Worksheet:
    """Return a new sheet with the names of the columns, which stay in sight."""
    number = len(book.worksheets()) + 1
    sheet = book.add_worksheet(f"{listing.name} {number}" if number > 1 else listing.name)
    sheet.freeze_panes(1, 0)
    for at, column in enumerate(listing.columns):
        if column.is_hidden:
            sheet.set_column(at, at, None, None, {"hidden": True})
        else:
            sheet.set_column(at, at, column.width)
        if column.choices:
            sheet.data_validation(1, at, _MAX_ROWS, at, {"validate": "list", "source": list(column.choices)})
    sheet.write_row(0, 0, [column.name for column in listing.columns], header)
    return sheet


def _write_row(sheet: Worksheet, row: int, columns: Iterable[Column[Row]], data: Row, date: Format) -> None:
    """Write one row; an unknown or empty value stays an empty cell."""
    for at, column in enumerate(columns):
        value = column.value(data)
        if value is None or value == "":
            continue
        match column.kind:
            case CellKind.TIME:
                sheet.write_datetime(row, at, _local(value), date)
            case CellKind.NUMBER:
                sheet.write_number(row, at, value)
            # The limit of a link counts units of UTF-16: never more than bytes of UTF-8.
            case CellKind.LINK if len(value.encode()) <= _MAX_LINK_UNITS and row <= _MAX_LINKS:
                sheet.write_url(row, at, value, string=clean(value))
            case _:
                text = value if isinstance(value, str) else LIST_SEPARATOR.join(value)
                if text:
                    sheet.write_string(row, at, clean(text))


def _write_coverage(sheet: Worksheet, layout: layouts.Layout) -> None:
    """Write the coverage in words, then each failure, each state and each gap on a row."""
    coverage = layout.coverage
    texts = [layouts.seen_phrase(coverage), *layouts.coverage_remarks(coverage)]
    texts += [f"{source}: {fetch_class}" for source, fetch_class in coverage.failures]
    texts += [
        f"{source}: {condition.health} {layouts.condition_words(condition)}"
        for source, condition in coverage.conditions
    ]
    texts += [
        f"{gap.source}: {gap.start.astimezone()} to {gap.end.astimezone()}: {gap.reason}" for gap in coverage.gaps
    ]
    sheet.set_column(0, 0, 120)
    for row, text in enumerate(texts):
        sheet.write_string(row, 0, clean(text))


def _local(when: datetime) -> datetime:
    """Return a time in local time, without the zone that a cell cannot hold."""
    return when.astimezone().replace(tzinfo=None)
