"""Mentions and stories in the formats that people and programs read; one file for each format."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Protocol, TextIO, cast

from brandwatch.errors import UsageError
from brandwatch.reports.layout import Layout, coverage_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from brandwatch.reports.columns import Listing, Row

__all__ = ["BINARY_FORMATS", "FORMATS", "Layout", "coverage_line", "format_of_path", "report_format"]


class ReportFormat(Protocol):
    """Writes a listing to a stream, row by row."""

    def __call__(self, listing: Listing[Row], rows: Iterable[Row], stream: TextIO, layout: Layout) -> None:
        """Write all *rows* with the columns of *listing*."""


FORMATS: Mapping[str, tuple[str, str]] = {
    "table": ("table", "write_table"),
    "csv": ("csv", "write_csv"),
    "tsv": ("csv", "write_tsv"),
    "json": ("json", "write_json"),
    "jsonl": ("json", "write_jsonl"),
    "markdown": ("markdown", "write_markdown"),
    "html": ("page", "write_page"),
    "xlsx": ("xlsx", "write_workbook"),
    "rss": ("atom", "write_atom"),
}
"""The module and the function of each format: a report imports its own, and not eight others (25 ms)."""
BINARY_FORMATS = frozenset({"xlsx"})
"""The formats that are bytes: they write to the buffer below a stream for text."""

_SUFFIXES = {".txt": "table", ".md": "markdown", ".ndjson": "jsonl", ".htm": "html", ".atom": "rss", ".xml": "rss"}


def report_format(name: str) -> ReportFormat:
    """Return the format of a name in `FORMATS`."""
    module, function = FORMATS[name]
    return cast("ReportFormat", getattr(import_module(f"{__name__}.{module}"), function))


def format_of_path(path: Path) -> str:
    """Return the format for the suffix of a file; raise UsageError if there is none."""
    suffix = path.suffix.lower()
    name = _SUFFIXES.get(suffix, suffix.removeprefix("."))
    if name not in FORMATS:
        raise UsageError(f"the suffix of {path} names no format", f"use --format: {', '.join(FORMATS)}")
    return name
