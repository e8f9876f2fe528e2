"""The forms of a report, by name: each writes mentions to a stream as they come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from brandwatch.errors import UsageError
from brandwatch.report import atom, csv, html, json, markdown, table, xlsx
from brandwatch.report.layout import Layout

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path
    from typing import TextIO

    from brandwatch.models import Mention

__all__ = ["BINARY", "FORMS", "Form", "Layout", "form_of"]


class Form(Protocol):
    """Writes mentions to a stream, one after the other."""

    def __call__(self, mentions: Iterable[Mention], stream: TextIO, layout: Layout) -> None:
        """Write all of *mentions* to *stream* as *layout* wants them."""


FORMS: Mapping[str, Form] = {
    "table": table.write,
    "csv": csv.write_csv,
    "tsv": csv.write_tsv,
    "json": json.write_json,
    "jsonl": json.write_lines,
    "markdown": markdown.write,
    "html": html.write,
    "xlsx": xlsx.write,
    "rss": atom.write,
}
BINARY = frozenset({"xlsx"})
"""The forms that are bytes: they write below a stream for text."""

_SUFFIXES = {".txt": "table", ".md": "markdown", ".ndjson": "jsonl", ".htm": "html", ".atom": "rss", ".xml": "rss"}


def form_of(path: Path) -> str:
    """Return the form that the suffix of a file asks for; raise UsageError where it asks for none."""
    suffix = path.suffix.lower()
    name = _SUFFIXES.get(suffix, suffix.removeprefix("."))
    if name not in FORMS:
        raise UsageError(f"the suffix of {path} names no form", f"use --format: {', '.join(FORMS)}")
    return name
