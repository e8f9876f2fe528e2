"""One self-contained HTML page of mentions or stories."""

from __future__ import annotations

import tempfile
from abc import ABC, abstractmethod
from functools import lru_cache, partial
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, TextIO

from brandwatch import templates
from brandwatch.models import Evidence, EvidenceKind, Mention, Story, Voice
from brandwatch.privacy import disclosure_control
from brandwatch.reports import charts
from brandwatch.reports.columns import Listing, Row, local_datetime, shown_query
from brandwatch.reports.layout import Layout, group_rows
from brandwatch.text import plural, titles
from brandwatch.text.sanitise import clean, one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date, datetime


_ROWS_IN_MEMORY_CHARS = 4_000_000
_PART_CHARS = 65_536
_BATCH_ROWS = 200
# Publishers and queries recur; titles do not.
_CACHED_TEXTS = 4096
_cached_line = lru_cache(maxsize=_CACHED_TEXTS)(one_line)
_EXCERPT_CHARS, _BEFORE_CHARS = 240, 70

MarkedText = list[tuple[str, bool]]
"""A text in parts: each with whether it is a name of the brand."""


def write_page(listing: Listing[Row], rows: Iterable[Row], stream: TextIO, layout: Layout) -> None:
    """Write the page; the rows wait in a file of their own until the figures above them are known."""
    page = _PAGES[listing.name](layout)
    counted = page.figures.count_all(rows)
    listed = islice(counted, layout.page_rows)
    with tempfile.SpooledTemporaryFile(_ROWS_IN_MEMORY_CHARS, "w+", encoding="utf-8", newline="") as file:
        for heading, group in group_rows(listing, listed, layout.group):
            file.write(templates.render("report/group.html", heading=one_line(heading)))
            while batch := list(map(page.row, islice(group, _BATCH_ROWS))):
                file.write(templates.render("report/rows.html", rows=batch))
            file.write("</tbody>\n")
        values = {"unlisted": sum(1 for _ in counted)} | _page_values(page, layout)
        if page.figures.count:
            values |= page.chart_values()
        file.seek(0)
        parts = templates.trust(iter(partial(file.read, _PART_CHARS), ""))
        stream.writelines(templates.render_parts(page.template, listing=listing.name, rows=parts, **values))
        stream.write("\n")


class Cell(NamedTuple):
    """A cell behind the title: its text, its class, and the unit that a narrow screen shows."""

    text: str
    style: str = ""
    unit: str = ""


class PageRow(NamedTuple):
    """A row as the page shows it; *seconds* since the epoch sort it."""

    seconds: str
    time: str
    language: str
    url: str
    title: MarkedText
    publisher: str
    excerpt: MarkedText
    suppressed: str
    cells: tuple[Cell, ...]


class HotStory(NamedTuple):
    """A story in the list of the hottest: its heat, its lead, and facts about it."""

    heat: str
    language: str
    url: str
    title: MarkedText
    facts: list[str]


class Page(ABC):
    """A page of one listing: counts its rows, then knows its charts."""

    title: ClassVar[str]
    template: ClassVar[str]
    figures: Any

    def __init__(self, layout: Layout) -> None:
        self.layout = layout

    @abstractmethod
    def row(self, row: Any) -> PageRow:  # noqa: ANN401 (a row of the listing)
        """Return a row for the template."""

    @abstractmethod
    def cards(self) -> Iterator[tuple[str, str]]:
        """Yield the headline figures, each with its label."""

    @abstractmethod
    def chart_values(self) -> dict[str, Any]:
        """Return the charts for the template."""

    def response_card(self) -> tuple[str, str]:
        """Return the response that is known, and of how many it is unknown."""
        unknown = self.figures.count - self.figures.known
        response = f"{self.figures.response:,}" if self.figures.known else "–"
        label = f"responses; unknown for {unknown:,} of {self.figures.count:,}" if unknown else "responses"
        return response, label

    def period(self) -> tuple[date | None, date]:
        """Return the first and the last local day that the report covers, `None` if the first is open."""
        since, until = self.layout.since, self.layout.until or self.layout.generated
        return since.astimezone().date() if since else None, until.astimezone().date()


class MentionPage(Page):
    """The page of mentions."""

    title = "Mentions"
    template = "report/mentions.html"

    def __init__(self, layout: Layout) -> None:
        super().__init__(layout)
        self.figures = charts.Aggregates()

    def row(self, row: Mention) -> PageRow:
        """Return the row of a mention; `~` marks the time it was found."""
        response = row.entry.response.total
        cells = (
            *_query_cells(shown_query(row), row.voice, row.subject),
            Cell("" if response is None else str(response), "number"),
        )
        if row.entry.published:
            return _page_row(row, row.entry.published, cells)
        return _page_row(row, row.found, cells, mark="~")

    def cards(self) -> Iterator[tuple[str, str]]:
        """Yield the headline figures, each with its label."""
        figures = self.figures
        if figures.mentions > figures.count:
            yield f"{figures.count:,}", "entries"
        yield f"{figures.mentions:,}", "mentions"
        if figures.stories:
            yield f"{len(figures.stories):,}", "stories"
        yield f"{figures.publisher_count:,}", "publisher" if figures.publisher_count == 1 else "publishers"
        yield self.response_card()
        if figures.count:
            yield f"{figures.voices[Voice.PUBLIC] / figures.count:.0%}", "earned media"

    def chart_values(self) -> dict[str, Any]:
        """Return the charts for the template."""
        figures, (since, until) = self.figures, self.period()
        span, by_voice = charts.chart_bars(figures.days, figures.days, since, until)
        responses = None
        if figures.response:
            _, by_kind = charts.chart_bars(figures.days, figures.responses, since, until)
            responses = charts.responses_chart(span, by_kind)
        hottest = None
        if self.layout.stories and figures.stories:
            hottest = [_hot_story(story, self.layout.generated) for story in self.layout.stories(figures.stories)]
        can_rank = disclosure_control.may_rank(+figures.voices)
        return {
            "span": span,
            "voices": charts.voices_chart("Mentions", span, by_voice),
            "hottest": hottest,
            "responses": responses,
            "loudest": list(charts.loudest_chart(figures)) if can_rank else [],
            "publishers": list(charts.publishers_chart(figures)),
            "shares": list(charts.share_of_voice_chart(figures)) if len(figures.queries) > 1 else [],
            "shares_of": f"n = {len(figures.story_queries):,} stories, {figures.mentions:,} mentions",
            "shares_legend": {"told": "stories", "answered": "response"}
            if figures.response and figures.stories
            else {},
        }


class StoryPage(Page):
    """The page of stories."""

    title = "Stories"
    template = "report/stories.html"

    def __init__(self, layout: Layout) -> None:
        super().__init__(layout)
        self.figures = charts.StoryAggregates()

    def row(self, row: Story) -> PageRow:
        """Return the row of a story, with its lead."""
        cells = (
            Cell(str(row.publishers), "number", "publishers"),
            Cell(str(row.mentions), "number", "mentions"),
            Cell("" if row.response is None else str(row.response), "number", "responses"),
            Cell(f"{row.heat(self.layout.generated):.1f}", "number", "heat"),
        )
        return _page_row(row.lead, row.first_seen, cells)

    def cards(self) -> Iterator[tuple[str, str]]:
        """Yield the headline figures, each with its label."""
        yield f"{self.figures.count:,}", "stories"
        yield f"{self.figures.mentions:,}", "mentions"
        yield f"{self.figures.widest:,}", "publishers in the widest story"
        yield self.response_card()

    def chart_values(self) -> dict[str, Any]:
        """Return the chart for the template."""
        span, by_voice = charts.chart_bars(self.figures.days, self.figures.days, *self.period())
        return {"span": span, "voices": charts.voices_chart("New stories", span, by_voice)}


_PAGES: Mapping[str, type[Page]] = {"mentions": MentionPage, "stories": StoryPage}


def _page_values(page: Page, layout: Layout) -> dict[str, Any]:
    """Return the parts of every page: its head, its numbers, its coverage."""
    style, script = templates.asset("report/style.css"), templates.asset("report/script.js")
    days = [day for day, _ in page.figures.days]
    since = layout.since.astimezone().date() if layout.since else min(days, default=None)
    until = layout.until.astimezone().date() if layout.until else max([*days, layout.generated.astimezone().date()])
    return {
        "title": page.title,
        "period": f"{since} to {until}" if since else f"until {until}",
        "style": style,
        "style_hash": templates.source_hash(style),
        "script": script,
        "script_hash": templates.source_hash(script),
        "layout": layout,
        "count": page.figures.count,
        "cards": page.cards(),
        "coverage": charts.coverage_chart(layout.coverage),
    }


@lru_cache(maxsize=_CACHED_TEXTS)
def _query_cells(query: str, voice: str, subject: str) -> tuple[Cell, ...]:
    return Cell(one_line(query), "query"), Cell(voice, f"voice {voice}"), Cell(subject)


def _page_row(mention: Mention, when: datetime, cells: tuple[Cell, ...], mark: str = "") -> PageRow:
    entry = mention.entry
    return PageRow(
        f"{when.timestamp():.0f}",
        f"{mark}{local_datetime(when):%Y-%m-%d %H:%M}",
        entry.language,
        clean(entry.url),
        _marked_title(mention),
        _cached_line(entry.publisher),
        _excerpt(mention),
        one_line(mention.suppressed) if mention.suppressed else "",
        cells,
    )


def _hot_story(story: Story, now: datetime) -> HotStory:
    """Return a story with who began it, when, how far it has spread, and its response."""
    lead = story.lead.entry
    response = "response unknown" if story.response is None else plural(story.response, "response")
    began = f"{story.earliest.astimezone():%Y-%m-%d %H:%M}"
    facts = [one_line(lead.publisher), began, plural(story.publishers, "publisher"), response]
    return HotStory(
        heat=f"{story.heat(now):.1f}",
        language=lead.language,
        url=clean(lead.url),
        title=_marked_title(story.lead),
        facts=list(filter(None, facts)),
    )


def _marked_title(mention: Mention) -> MarkedText:
    """Return the title, or the beginning of the text of an entry without one."""
    entry = mention.entry
    if entry.title or not entry.text:
        return _marked_text(mention, "title", 0, len(entry.title)) or [(titles.NO_TITLE, False)]
    end = titles.beginning_end(entry.text)
    parts = _marked_text(mention, "text", 0, end)
    return [*parts, ("…", False)] if end < len(entry.text) else parts


def _excerpt(mention: Mention) -> MarkedText:
    """Return the words of the text around the first name in it, else its beginning."""
    text = mention.entry.text
    first = min((piece.start for piece in mention.evidence if _is_name(piece, "text")), default=0)
    start = max(first - _BEFORE_CHARS, 0)
    start = text.find(" ", start, first) + 1 if start else 0
    end = min(start + _EXCERPT_CHARS, len(text))
    end = max(text.rfind(" ", start, end), start) if end < len(text) else end
    parts = _marked_text(mention, "text", start, end)
    if start:
        parts.insert(0, ("…", False))
    if end < len(text):
        parts.append(("…", False))
    return parts


def _marked_text(mention: Mention, field: str, start: int, end: int) -> MarkedText:
    """Return characters [start, end) of a field, the names of the brand in them marked."""
    value: str = getattr(mention.entry, field)
    spans = sorted({(piece.start, piece.end) for piece in mention.evidence if _is_name(piece, field)})
    parts, at = [], start
    for first, last in spans:
        if at <= first and last <= end:
            parts += [(value[at:first], False), (value[first:last], True)]
            at = last
    parts.append((value[at:end], False))
    shown = ((clean(text).replace("\n", " "), is_name) for text, is_name in parts)
    return [(text, is_name) for text, is_name in shown if text]


def _is_name(piece: Evidence, field: str) -> bool:
    """Whether a piece of evidence is a name of the brand in the stored part of a field."""
    return piece.attribute == field and piece.kind is EvidenceKind.ANCHOR and piece.start < piece.end
