"""Markdown: a table to paste into a wiki, a mail or an issue."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, Any, TextIO

from brandwatch.reports.columns import CellKind, Column, Listing, Row
from brandwatch.reports.layout import Layout, group_rows
from brandwatch.text import titles
from brandwatch.text.sanitise import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable


# CommonMark §2.4: any ASCII punctuation may be escaped; these are the signs that mean something inside a cell.
_SIGNS = re.compile(r"([\\`*_\[\]<>|~#!:@])")


def write_markdown(listing: Listing[Row], rows: Iterable[Row], stream: TextIO, layout: Layout) -> None:
    """Write a table, or one below the heading of each group; titles are links."""
    columns = listing.markdown
    for number, (heading, group) in enumerate(group_rows(listing, rows, layout.group)):
        if number:
            stream.write("\n")
        if heading:
            stream.write(f"### {escape_markdown(heading)}\n\n")
        texts = ([_cell(column, column.value(row)) for column in columns] for row in group)
        write_table_rows([column.name for column in columns], texts, stream)


def write_table_rows(columns: Iterable[str], rows: Iterable[Iterable[str]], stream: TextIO) -> None:
    """Write a table of values that are Markdown already (`escape_markdown`)."""
    names = list(columns)
    stream.writelines(f"| {' | '.join(row)} |\n" for row in chain([names, ["---"] * len(names)], rows))


def escape_markdown(text: str) -> str:
    """Return text that Markdown shows as it is."""
    return _SIGNS.sub(r"\\\1", one_line(text))


def _cell(column: Column[Row], value: Any) -> str:  # noqa: ANN401 (by the kind of the column)
    match column.kind:
        case CellKind.NUMBER:
            return "–" if value is None else f"{value:.{column.digits}f}"
        case CellKind.MOMENT:
            return f"{value.at.astimezone():%Y-%m-%d %H:%M}"
        case CellKind.TITLE | CellKind.LEAD:
            title = escape_markdown(titles.shown_title(value.entry.title, value.entry.text))
            # The angle brackets let a link hold any sign but themselves and the one that ends the cell.
            return f"[{title}](<{value.entry.url.replace('|', '%7C')}>)" if value.entry.url else title
        case CellKind.LIST:
            return escape_markdown(", ".join(value))
        case _:
            return escape_markdown(value)
