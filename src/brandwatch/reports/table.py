"""A table for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TextIO

from brandwatch import urls
from brandwatch.models import EvidenceKind, Mention
from brandwatch.reports.columns import CellKind, Column, Listing, Moment, Row
from brandwatch.reports.layout import Layout, group_rows
from brandwatch.text import titles
from brandwatch.text.sanitise import fixed_width_line, one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from rich.text import Text


_UNLIMITED_CELLS = 10_000
_WIDE_SCREEN_CELLS = 100


def write_table(listing: Listing[Row], rows: Iterable[Row], stream: TextIO, layout: Layout) -> None:
    """Write the table; without a screen it is as wide as its contents, and nothing is cut.

    Every cell is a `Text`: in a plain string rich would read brackets as markup and `:name:` as an emoji.
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    columns = [column for column in listing.table if layout.width is None or layout.width >= column.min_screen_cells]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1, 0, 0))
    for column in columns:
        table.add_column(column.name, **_column_style(column, layout.width))
    line = one_line if layout.width is None else fixed_width_line
    for heading, group in group_rows(listing, rows, layout.group):
        if heading:
            table.add_section()
            above = Text(line(heading), style="bold reverse")
            table.add_row(*(above if column.kind is CellKind.TITLE else "" for column in columns))
        for row in group:
            table.add_row(*(_cell(column, column.value(row), layout, line) for column in columns))
    console = Console(file=stream, width=layout.width or _UNLIMITED_CELLS, markup=False, emoji=False, highlight=False)
    console.print(table, soft_wrap=layout.width is None)


def _highlighted_title(mention: Mention, line: Callable[[str], str]) -> Text:
    """Return the title with the matched names in bold, and its link where the terminal shows links."""
    from rich.style import Style
    from rich.text import Text

    entry = mention.entry
    text = Text(line(titles.shown_title(entry.title, entry.text)), style=Style(link=entry.url or None))
    field, shown = ("title", entry.title) if entry.title else ("text", entry.text[: titles.beginning_end(entry.text)])
    if text.plain.startswith(shown):
        for piece in mention.evidence:
            if piece.attribute == field and piece.kind is EvidenceKind.ANCHOR and piece.end <= len(shown):
                text.stylize("bold", piece.start, piece.end)
    return text


def _column_style(column: Column[Row], screen: int | None) -> dict[str, Any]:
    """Return the options of a column: numbers stand to the right; texts fold, on a screen within their width."""
    match column.kind:
        case CellKind.NUMBER:
            style = "dim" if column.is_key else ""
            return {"justify": "right", "no_wrap": True, "style": style}
        case CellKind.MOMENT:
            return {"no_wrap": True}
        case _ if screen is None:
            return {"no_wrap": True, "overflow": "fold"}
        case _:
            return {
                "overflow": "fold",
                "max_width": column.wide_cells if screen >= _WIDE_SCREEN_CELLS else column.narrow_cells,
            }


def _cell(column: Column[Row], value: Any, layout: Layout, line: Callable[[str], str]) -> Text:  # noqa: ANN401 (by kind)
    from rich.text import Text

    match column.kind:
        case CellKind.NUMBER:
            return Text("–" if value is None else f"{value:.{column.digits}f}")
        case CellKind.MOMENT:
            return Text(_moment(value, layout))
        case CellKind.TITLE:
            title = _highlighted_title(value, line)
            return title.append(f"\n  {line(value.suppressed)}", style="dim") if value.suppressed else title
        case CellKind.LEAD:
            title, publisher = _highlighted_title(value, line), line(value.entry.publisher)
            return title.append(f"  {publisher}", style="dim") if publisher else title
        case CellKind.LIST:
            return Text(line(", ".join(value)))
        case _:
            return Text(line(urls.readable_link(value) if column.kind is CellKind.LINK else value))


def _moment(moment: Moment, layout: Layout) -> str:
    """Return a moment in local time, shorter for this year; `~` marks the time a mention was found."""
    local = moment.at.astimezone()
    if local.year != layout.generated.astimezone().year:
        return f"{local:%Y-%m-%d}"
    mark = "" if moment.is_published else "~"
    return f"{mark}{local:%m-%d %H:%M}"
