"""A table for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from brandwatch.models import EvidenceKind
from brandwatch.reports.columns import matched_terms
from brandwatch.reports.layout import group_mentions
from brandwatch.text.sanitise import fixed_width_line, one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from rich.table import Table
    from rich.text import Text

    from brandwatch.models import Mention
    from brandwatch.reports.layout import Layout


_UNLIMITED = 10_000
_NARROW = 100


def write_table(mentions: Iterable[Mention], stream: TextIO, layout: Layout) -> None:
    """Write the table; without a screen it is as wide as its contents, and nothing is cut.

    Every cell is a `Text`: in a plain string rich would read brackets as markup and `:name:` as an emoji.
    """
    from rich.console import Console

    console = Console(file=stream, width=layout.width or _UNLIMITED, markup=False, emoji=False, highlight=False)
    console.print(_table(mentions, layout), soft_wrap=layout.width is None)


def highlighted_title(mention: Mention, line: Callable[[str], str]) -> Text:
    """Return the title with the words that made it a mention in bold, and its link where the terminal shows links."""
    from rich.style import Style
    from rich.text import Text

    title = mention.entry.title or mention.entry.text[:80]
    text = Text(line(title) or "(no title)", style=Style(link=mention.entry.url or None))
    if text.plain == title:
        for piece in mention.evidence:
            if piece.field == "title" and piece.kind is EvidenceKind.ANCHOR:
                text.stylize("bold", piece.start, piece.end)
    return text


def _table(mentions: Iterable[Mention], layout: Layout) -> Table:
    """Return the table; a narrow screen goes without the columns that say least."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    widths = _widths(layout.width)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1, 0, 0))
    table.add_column("id", justify="right", no_wrap=True, style="dim")
    table.add_column("published", no_wrap=True)
    if layout.response:
        table.add_column("response", justify="right", no_wrap=True)
    for name, width in widths.items():
        table.add_column(name, no_wrap=layout.width is None, overflow="fold", max_width=width)
    first = 3 if layout.response else 2
    line = one_line if layout.width is None else fixed_width_line
    for name, group in group_mentions(mentions, layout.group):
        if name:
            table.add_section()
            table.add_row(*[""] * (first + 1), Text(line(name), style="bold reverse"))
        for mention in group:
            table.add_row(*_cells(mention, layout, line)[: len(widths) + first])
    return table


def _cells(mention: Mention, layout: Layout, line: Callable[[str], str]) -> list[Text]:
    """Return the cells of one mention, the least telling last."""
    from rich.text import Text

    title = highlighted_title(mention, line)
    if mention.suppressed:
        title.append(f"\n  {line(mention.suppressed)}", style="dim")
    return [
        Text(str(mention.id)),
        Text(_when(mention, layout)),
        *([Text(_response(mention))] if layout.response else []),
        Text(line(mention.query)),
        title,
        Text(line(mention.entry.publisher)),
        Text(line(", ".join(matched_terms(mention)))),
    ]


def _response(mention: Mention) -> str:
    """Return how much response there is in all; unknown is not zero."""
    total = mention.entry.response.total
    return "–" if total is None else str(total)


def _widths(screen: int | None) -> dict[str, int | None]:
    """Return the columns that a screen has room for, and how wide each may be."""
    if screen is None:
        return dict.fromkeys(("query", "title", "publisher", "terms"))
    if screen < _NARROW:
        return {"query": 12, "title": None, "publisher": 16}
    return {"query": 18, "title": None, "publisher": 24, "terms": 30}


def _when(mention: Mention, layout: Layout) -> str:
    """Return when a mention was published in local time, shorter for this year; `~` marks the time it was found."""
    published = mention.entry.published
    moment = (published or mention.found).astimezone()
    is_this_year = moment.year == layout.generated.astimezone().year
    return f"{'' if published else '~'}{moment:%m-%d %H:%M}" if is_this_year else f"{moment:%Y-%m-%d}"
