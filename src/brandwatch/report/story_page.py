"""One page of stories, like that of mentions: it holds all it needs and asks the network for nothing."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from typing import TYPE_CHECKING, TextIO

from brandwatch.report import charts, frame
from brandwatch.report.figures import bars
from brandwatch.report.page_stories import COLUMNS, story_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from brandwatch.models import Story
    from brandwatch.report.layout import Layout

_IN_MEMORY = 4_000_000


class _Figures:
    """Counts of stories: in all, by the day they began and the voice of their lead; and the response to them."""

    def __init__(self) -> None:
        self.count = 0
        self.mentions = 0
        self.known = 0
        self.response = 0
        self.widest = 0
        self.days: Counter[tuple[date, str]] = Counter()

    def of(self, stories: Iterable[Story]) -> Iterator[Story]:
        """Yield the stories, and count."""
        for story in stories:
            self.count += 1
            self.mentions += story.mentions
            self.known += story.response is not None
            self.response += story.response or 0
            self.widest = max(self.widest, story.publishers)
            self.days[story.earliest.astimezone().date(), story.lead.voice] += 1
            yield story


def write(stories: Iterable[Story], stream: TextIO, layout: Layout) -> None:
    """Write the page; the rows wait in a file of their own until the figures above them are known."""
    figures = _Figures()
    with tempfile.SpooledTemporaryFile(_IN_MEMORY, "w+", encoding="utf-8", newline="") as rows:
        rows.writelines(story_rows(figures.of(stories), layout.generated))
        rows.seek(0)
        stream.writelines(frame.head("Stories", (day for day, _ in figures.days), layout))
        if figures.count:
            stream.writelines(frame.cards(_numbers(figures)))
            stream.writelines(_charts(figures, layout))
            stream.writelines(frame.table_head(f"{figures.count:,} stories", COLUMNS))
            shutil.copyfileobj(rows, stream)
            stream.write("</table>\n")
        else:
            stream.writelines(frame.nothing("stories", layout))
        stream.writelines(frame.foot(layout))


def _numbers(figures: _Figures) -> Iterator[tuple[str, str]]:
    """Yield the numbers that matter; what nobody told is not counted as nothing."""
    unknown = figures.count - figures.known
    response = f"{figures.response:,}" if figures.known else "–"
    yield f"{figures.count:,}", "stories"
    yield f"{figures.mentions:,}", "mentions"
    yield f"{figures.widest:,}", "publishers of the widest"
    yield response, f"responses; unknown for {unknown:,} of {figures.count:,}" if unknown else "responses"


def _charts(figures: _Figures, layout: Layout) -> Iterator[str]:
    """Yield when the stories began, and the coverage."""
    since = layout.since.astimezone().date() if layout.since else None
    span, begun = bars(figures.days, figures.days, since, (layout.until or layout.generated).astimezone().date())
    yield '<section class="charts">'
    title = f"Stories begun per {span} <small>by the voice of their lead</small>"
    yield from frame.card("wide", title, charts.voices(span, begun, "Stories begun"))
    yield from frame.covered(layout, "wide")
    yield "</section>\n"
