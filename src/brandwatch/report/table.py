"""A table for the screen: what was said, where, when, and which words made it a mention."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from brandwatch.report.columns import terms
from brandwatch.text.safe import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.table import Table
    from rich.text import Text

    from brandwatch.models import Mention
    from brandwatch.report.layout import Layout

_UNLIMITED = 10_000
_NARROW = 100


def write(mentions: Iterable[Mention], stream: TextIO, layout: Layout) -> None:
    """Write the table; without a screen it is as wide as its contents, and nothing is cut.

    Every cell is a `Text`: in a plain string rich would read brackets as markup and `:name:` as an emoji.
    """
    from rich.console import Console

    console = Console(file=stream, width=layout.width or _UNLIMITED, markup=False, emoji=False, highlight=False)
    console.print(_table(mentions, layout), soft_wrap=layout.width is None)


def marked(title: str, mention: Mention) -> Text:
    """Return a title with the words that made it a mention in bold, and its link where the terminal shows links."""
    from rich.style import Style
    from rich.text import Text

    text = Text(one_line(title) or "(no title)", style=Style(link=mention.entry.url or None))
    if text.plain == title:
        for piece in mention.evidence:
            if piece.field == "title":
                text.stylize("bold", piece.start, piece.end)
    return text


def _table(mentions: Iterable[Mention], layout: Layout) -> Table:
    """Return the table; a narrow screen goes without the columns that say least."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    is_wide = layout.width is None or layout.width >= _NARROW
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column("id", justify="right", no_wrap=True, style="dim")
    table.add_column("published", no_wrap=True)
    table.add_column("query", no_wrap=layout.width is None, overflow="fold", max_width=18 if layout.width else None)
    table.add_column("title", no_wrap=layout.width is None, overflow="fold")
    table.add_column("publisher", no_wrap=layout.width is None, overflow="fold", max_width=24 if layout.width else None)
    if is_wide:
        table.add_column("terms", no_wrap=layout.width is None, overflow="fold", max_width=30 if layout.width else None)
    for mention in mentions:
        cells = [
            Text(str(mention.id)),
            Text(_when(mention, layout)),
            Text(one_line(mention.query)),
            marked(mention.entry.title or mention.entry.text[:80], mention),
            Text(one_line(mention.entry.publisher)),
        ]
        table.add_row(*cells, *([Text(one_line(", ".join(terms(mention))))] if is_wide else []))
    return table


def _when(mention: Mention, layout: Layout) -> str:
    """Return when a mention was published in local time, shorter for this year; `~` marks the time it was found."""
    published = mention.entry.published
    moment = (published or mention.found).astimezone()
    is_this_year = moment.year == layout.generated.astimezone().year
    return f"{'' if published else '~'}{moment:%m-%d %H:%M}" if is_this_year else f"{moment:%Y-%m-%d}"
