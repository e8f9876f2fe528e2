"""One page of mentions that holds all it needs and asks the network for nothing."""

from __future__ import annotations

import shutil
import tempfile
from typing import TYPE_CHECKING, TextIO

from brandwatch.models import Voice
from brandwatch.report import charts, frame
from brandwatch.report.figures import Figures, bars
from brandwatch.report.grouping import grouped
from brandwatch.report.page_rows import COLUMNS, group_rows
from brandwatch.report.page_stories import hottest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from brandwatch.models import Mention
    from brandwatch.report.layout import Layout

_IN_MEMORY = 4_000_000


def write(mentions: Iterable[Mention], stream: TextIO, layout: Layout) -> None:
    """Write the page; the rows wait in a file of their own until the figures above them are known."""
    figures = Figures()
    with tempfile.SpooledTemporaryFile(_IN_MEMORY, "w+", encoding="utf-8", newline="") as rows:
        for name, group in grouped(figures.of(mentions), layout.group):
            rows.writelines(group_rows(name, group))
        rows.seek(0)
        stream.writelines(frame.head("Mentions", (day for day, _ in figures.days), layout))
        if figures.count:
            stream.writelines(frame.cards(_numbers(figures)))
            stream.writelines(_charts(figures, layout))
            stream.writelines(frame.table_head(f"{figures.count:,} mentions", COLUMNS))
            shutil.copyfileobj(rows, stream)
            stream.write("</table>\n")
        else:
            stream.writelines(frame.nothing("mentions", layout))
        stream.writelines(frame.foot(layout))


def _numbers(figures: Figures) -> Iterator[tuple[str, str]]:
    """Yield the numbers that matter; what nobody told is not counted as nothing."""
    unknown = figures.count - figures.known
    others = figures.voices["public"] / figures.count
    yield f"{figures.count:,}", "mentions"
    if figures.stories:
        yield f"{len(figures.stories):,}", "stories"
    yield f"{figures.carriers.count:,}", "publishers"
    response = f"{figures.response:,}" if figures.known else "–"
    yield response, f"responses; unknown for {unknown:,} of {figures.count:,}" if unknown else "responses"
    yield f"{others:.0%}", "said by others than the brand"


def _charts(figures: Figures, layout: Layout) -> Iterator[str]:
    """Yield the charts, each in a card of its own."""
    since = layout.since.astimezone().date() if layout.since else None
    until = (layout.until or layout.generated).astimezone().date()
    span, said = bars(figures.days, figures.days, since, until)
    yield '<section class="charts">'
    yield from frame.card("wide", f"Mentions per {span} <small>by voice</small>", charts.voices(span, said))
    if layout.stories and figures.stories:
        told = layout.stories(figures.stories)
        yield from frame.card("wide", "Top stories <small>the hottest first</small>", hottest(told, layout.generated))
    if figures.response:
        _, done = bars(figures.days, figures.answers, since, until)
        title = f"Response per {span} <small>by the {span} of what was answered</small>"
        yield from frame.card("wide", title, charts.answers(span, done))
    # Of staff alone it would be a ranking.
    if figures.most_heard and set(figures.voices) != {Voice.STAFF}:
        yield from frame.card("half", "Most response", charts.heard(figures))
    yield from frame.card("half", "Where it was published", charts.shares(figures.publishers, figures.count))
    if len(figures.queries) > 1:
        yield from frame.card("half", _share_title(figures), charts.share_of_voice(figures))
    yield from frame.covered(layout, "half")
    yield "</section>\n"


def _share_title(figures: Figures) -> str:
    """Return what the shares are shares of."""
    return f"Share of voice <small>n = {len(figures.told):,} stories, {figures.count:,} mentions</small>"
