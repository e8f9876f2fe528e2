"""The formats of a report, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from brandwatch.errors import UsageError
from brandwatch.reports import atom, csv, json, markdown, page, table, xlsx

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path
    from typing import TextIO

    from brandwatch.models import Mention
    from brandwatch.reports.layout import Layout


class ReportFormat(Protocol):
    """Writes mentions to a stream, one after the other."""

    def __call__(self, mentions: Iterable[Mention], stream: TextIO, layout: Layout) -> None:
        """Write all of *mentions* to *stream* as *layout* wants them."""


FORMATS: Mapping[str, ReportFormat] = {
    "table": table.write_table,
    "csv": csv.write_csv,
    "tsv": csv.write_tsv,
    "json": json.write_json,
    "jsonl": json.write_jsonl,
    "markdown": markdown.write_markdown,
    "html": page.write_page,
    "xlsx": xlsx.write_workbook,
    "rss": atom.write_atom,
}
BINARY_FORMATS = frozenset({"xlsx"})
"""The forms that are bytes: they write below a stream for text."""

_SUFFIXES = {".txt": "table", ".md": "markdown", ".ndjson": "jsonl", ".htm": "html", ".atom": "rss", ".xml": "rss"}


def format_of_path(path: Path) -> str:
    """Return the form that the suffix of a file asks for; raise UsageError where it asks for none."""
    suffix = path.suffix.lower()
    name = _SUFFIXES.get(suffix, suffix.removeprefix("."))
    if name not in FORMATS:
        raise UsageError(f"the suffix of {path} names no form", f"use --format: {', '.join(FORMATS)}")
    return name
