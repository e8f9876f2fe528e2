"""One self-contained HTML page of mentions or stories."""

from __future__ import annotations

import base64
import hashlib
import shutil
import tempfile
from collections import Counter
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from brandwatch.models import EvidenceKind
from brandwatch.privacy.disclosure_control import may_rank
from brandwatch.reports import charts
from brandwatch.reports import layout as coverage
from brandwatch.reports.charts import Aggregates, chart_bars
from brandwatch.reports.columns import MENTIONS
from brandwatch.reports.layout import group_rows
from brandwatch.text import plural
from brandwatch.text.sanitise import clean, one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date, datetime

    from brandwatch.models import Evidence, Mention, Story
    from brandwatch.reports.columns import Listing, Row
    from brandwatch.reports.layout import Layout


_PAGE = Path(__file__).with_name("page_assets")


def page_head(title: str, days: Iterable[date], layout: Layout) -> Iterator[str]:
    """Yield the beginning of a page about *days*; the policy comes before anything that it governs."""
    style, script = _asset("style.css"), _asset("script.js")
    policy = f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'"
    period = _period(days, layout)
    yield '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    yield f"<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}; base-uri 'none'; form-action 'none'\">\n"
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    yield '<meta name="referrer" content="no-referrer">\n<meta name="robots" content="noindex">\n'
    yield f"<title>{title}, {period}</title>\n<style>{style}</style>\n</head>\n<body>\n"
    yield from _places(layout)
    yield f'<header><div><h1>{title}</h1><p>{period}</p></div><p class="quiet">'
    generated = f"{layout.generated.astimezone():%Y-%m-%d %H:%M}"
    yield f"generated {generated} · {coverage.seen_phrase(layout.coverage)}</p></header>\n"


def number_cards(numbers: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Yield the numbers that matter, each with what it counts."""
    yield '<section class="cards">'
    yield from (f'<div class="card"><b>{number}</b><span>{what}</span></div>' for number, what in numbers)
    yield "</section>\n"


def page_card(width: str, title: str, content: Iterable[str]) -> Iterator[str]:
    """Yield a card with a title."""
    yield f'<div class="card {width}"><h2>{title}</h2>'
    yield from content
    yield "</div>\n"


def coverage_card(layout: Layout, width: str) -> Iterator[str]:
    """Yield the coverage: the bar, and what there is to remark."""
    facts = layout.coverage
    remarks = [f"<li>{escape(one_line(remark))}</li>" for remark in coverage.coverage_remarks(facts)]
    listed = ['<ul class="facts">', *remarks, "</ul>"] if remarks else []
    yield from page_card(
        width, f"Coverage <small>{coverage.seen_phrase(facts)}</small>", [*charts.coverage_chart(facts), *listed]
    )


def empty_page(what: str, layout: Layout) -> Iterator[str]:
    """Yield what stands where there is nothing: that, with its proof."""
    yield '<section class="charts">'
    yield from coverage_card(layout, "wide")
    yield f'</section>\n<p class="nothing">No {what}.</p>\n'


def table_head(title: str, columns: Mapping[str, str]) -> Iterator[str]:
    """Yield the beginning of a table; of the columns by their names some are first sorted downwards."""
    yield f'<div class="tools"><h2>{title}</h2></div>\n<table>\n<thead><tr>'
    yield from (f'<th scope="col" data-first="{first}">{name}</th>' for name, first in columns.items())
    yield "</tr></thead>\n"


def page_foot(layout: Layout) -> Iterator[str]:
    """Yield the end of the page: the coverage in words, and the script."""
    yield f"<footer>{escape(one_line(coverage.coverage_line(layout.coverage)))}</footer>\n"
    yield f"<script>{_asset('script.js')}</script>\n</body>\n</html>\n"


def _places(layout: Layout) -> Iterator[str]:
    """Yield the links to what lies beside the page, where it is served, and what the page says of itself."""
    if layout.places:
        links = (f'<a href="{escape(link)}">{escape(name)}</a>' for name, link in layout.places.items())
        yield f"<nav>{' '.join(links)}</nav>\n"
    if layout.note:
        yield f'<p class="quiet note">{escape(layout.note)}</p>\n'


def _period(days: Iterable[date], layout: Layout) -> str:
    """Return the period in words: as it was asked for, else from the first day to the last."""
    found = list(days)
    first = layout.since.astimezone().date() if layout.since else min(found, default=None)
    last = layout.until.astimezone().date() if layout.until else max([*found, layout.generated.astimezone().date()])
    return f"{first} to {last}" if first else f"until {last}"


def _asset(name: str) -> str:
    """Return a part of the page as it is written into it."""
    return (_PAGE / name).read_text(encoding="utf-8")


def _hash(content: str) -> str:
    """Return by what the policy knows an element's content (Content Security Policy Level 3, §2.3.1)."""
    return f"sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}"


MENTION_PAGE_COLUMNS = {"published": "down", "mention": "", "query": "", "voice": "", "about": "", "response": "down"}
"""The columns by their names; some are first sorted downwards."""
_EXCERPT, _BEFORE = 240, 70


def _group_html(name: str, mentions: Iterable[Mention]) -> Iterator[str]:
    """Yield the rows of one group, below its name if it has one."""
    yield "<tbody>\n"
    if name:
        width = len(MENTION_PAGE_COLUMNS)
        yield f'<tr class="group"><th colspan="{width}" scope="rowgroup">{escape(one_line(name))}</th></tr>\n'
    for mention in mentions:
        yield from _page_rows_row(mention)
    yield "</tbody>\n"


def language_attribute(tag: str) -> str:
    """Return the attribute that tells readers of screens how to speak a text."""
    return f' lang="{escape(tag)}"' if tag else ""


def marked_title(mention: Mention) -> str:
    """Return the title with the names marked, as a link where there is one."""
    marked = _marked(mention, "title", 0, len(mention.entry.title)) or "(no title)"
    url = escape(clean(mention.entry.url))
    return f'<a href="{url}" rel="noopener noreferrer nofollow">{marked}</a>' if url else f"<b>{marked}</b>"


def excerpt(mention: Mention) -> str:
    """Return the words of the text around the first name in it, else its beginning."""
    text = mention.entry.text
    first = min((piece.start for piece in mention.evidence if _is_name(piece, "text")), default=0)
    start = max(first - _BEFORE, 0)
    start = text.find(" ", start, first) + 1 if start else 0
    end = min(start + _EXCERPT, len(text))
    end = max(text.rfind(" ", start, end), start) if end < len(text) else end
    marked = _marked(mention, "text", start, end)
    return f"{'…' if start else ''}{marked}{'…' if end < len(text) else ''}"


def _page_rows_row(mention: Mention) -> Iterator[str]:
    """Yield the row of one mention; a number beside each time lets the script sort."""
    entry, response = mention.entry, mention.entry.response.total
    when = entry.published or mention.found
    known = "" if entry.published else "~"
    yield f'<tr><td class="when" data-value="{when.timestamp():.0f}">{known}{when.astimezone():%Y-%m-%d %H:%M}</td>'
    yield f'<td class="mention"{language_attribute(entry.language)}>{marked_title(mention)}'
    yield f"<p>{' · '.join(filter(None, [escape(one_line(entry.publisher)), excerpt(mention)]))}</p>"
    yield f'<p class="hidden">{escape(one_line(mention.suppressed))}</p>' if mention.suppressed else ""
    yield f'</td><td>{escape(one_line(mention.query))}</td><td class="voice {mention.voice}">{mention.voice}</td>'
    yield f'<td>{mention.subject}</td><td class="number">{"" if response is None else response}</td></tr>\n'


def _marked(mention: Mention, field: str, start: int, end: int) -> str:
    """Return characters [start, end) of a field, the names of the brand in them marked."""
    value: str = getattr(mention.entry, field)
    spans = sorted({(piece.start, piece.end) for piece in mention.evidence if _is_name(piece, field)})
    parts, at = [], start
    for first, last in spans:
        if at <= first and last <= end:
            parts += [_text(value[at:first]), f"<mark>{_text(value[first:last])}</mark>"]
            at = last
    return "".join([*parts, _text(value[at:end])])


def _is_name(piece: Evidence, field: str) -> bool:
    """Say whether a piece of evidence is a name of the brand in what is kept of a field."""
    return piece.field == field and piece.kind is EvidenceKind.ANCHOR and piece.start < piece.end


def _text(value: str) -> str:
    """Return a text that HTML leaves as it is."""
    return escape(clean(value).replace("\n", " "))


STORY_PAGE_COLUMNS = {
    "first seen": "down",
    "story": "",
    "spread": "down",
    "mentions": "down",
    "response": "down",
    "heat": "down",
}
"""The columns by their names; some are first sorted downwards."""


def hottest_rows(stories: Iterable[Story], now: datetime) -> Iterator[str]:
    """Yield a line for each story: its lead, who began, how far it has spread, and what was done with it."""
    yield '<ol class="stories">'
    for story in stories:
        lead = story.lead.entry
        response = "response unknown" if story.response is None else plural(story.response, "response")
        began = f"{story.earliest.astimezone():%Y-%m-%d %H:%M}"
        told = [escape(one_line(lead.publisher)), began, plural(story.publishers, "publisher"), response]
        language = language_attribute(lead.language)
        yield f'<li><b class="heat">{story.heat(now):.1f}</b><div{language}>{marked_title(story.lead)}'
        yield f"<p>{' · '.join(filter(None, told))}</p></div></li>"
    yield "</ol>"


def story_rows(stories: Iterable[Story], now: datetime) -> Iterator[str]:
    """Yield the rows of a table of stories."""
    yield "<tbody>\n"
    for story in stories:
        yield from _page_stories_row(story, now)
    yield "</tbody>\n"


def _page_stories_row(story: Story, now: datetime) -> Iterator[str]:
    """Yield the row of one story; a number beside each time lets the script sort."""
    entry, seen = story.lead.entry, story.first_seen
    yield f'<tr><td class="when" data-value="{seen.timestamp():.0f}">{seen.astimezone():%Y-%m-%d %H:%M}</td>'
    yield f'<td class="mention"{language_attribute(entry.language)}>{marked_title(story.lead)}'
    yield f"<p>{' · '.join(filter(None, [escape(one_line(entry.publisher)), excerpt(story.lead)]))}</p></td>"
    numbers = {
        "publishers": str(story.publishers),
        "mentions": str(story.mentions),
        "responses": "" if story.response is None else str(story.response),
        "heat": f"{story.heat(now):.1f}",
    }
    yield from (f'<td class="number" data-unit="{unit}">{number}</td>' for unit, number in numbers.items())
    yield "</tr>\n"


_HTML_IN_MEMORY = 4_000_000


def _write_mentions(mentions: Iterable[Mention], stream: TextIO, layout: Layout) -> None:
    """Write the page; the rows wait in a file of their own until the figures above them are known."""
    figures = Aggregates()
    with tempfile.SpooledTemporaryFile(_HTML_IN_MEMORY, "w+", encoding="utf-8", newline="") as rows:
        for name, group in group_rows(MENTIONS, figures.of(mentions), layout.group):
            rows.writelines(_group_html(name, group))
        rows.seek(0)
        stream.writelines(page_head("Mentions", (day for day, _ in figures.days), layout))
        if figures.count:
            stream.writelines(number_cards(_html_numbers(figures)))
            stream.writelines(_html_charts(figures, layout))
            stream.writelines(table_head(f"{figures.count:,} mentions", MENTION_PAGE_COLUMNS))
            shutil.copyfileobj(rows, stream)
            stream.write("</table>\n")
        else:
            stream.writelines(empty_page("mentions", layout))
        stream.writelines(page_foot(layout))


def _html_numbers(figures: Aggregates) -> Iterator[tuple[str, str]]:
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


def _html_charts(figures: Aggregates, layout: Layout) -> Iterator[str]:
    """Yield the charts, each in a card of its own."""
    since = layout.since.astimezone().date() if layout.since else None
    until = (layout.until or layout.generated).astimezone().date()
    span, said = chart_bars(figures.days, figures.days, since, until)
    yield '<section class="charts">'
    yield from page_card("wide", f"Mentions per {span} <small>by voice</small>", charts.voices_chart(span, said))
    if layout.stories and figures.stories:
        told = layout.stories(figures.stories)
        yield from page_card(
            "wide", "Top stories <small>the hottest first</small>", hottest_rows(told, layout.generated)
        )
    if figures.response:
        _, done = chart_bars(figures.days, figures.answers, since, until)
        title = f"Response per {span} <small>by the {span} of what was answered</small>"
        yield from page_card("wide", title, charts.responses_chart(span, done))
    if figures.most_heard and may_rank(figures.voices):
        yield from page_card("half", "Most response", charts.loudest_chart(figures))
    yield from page_card("half", "Where it was published", charts.shares_chart(figures.publishers, figures.count))
    if len(figures.queries) > 1:
        yield from page_card("half", _share_title(figures), charts.share_of_voice_chart(figures))
    yield from coverage_card(layout, "half")
    yield "</section>\n"


def _share_title(figures: Aggregates) -> str:
    """Return what the shares are shares of."""
    return f"Share of voice <small>n = {len(figures.told):,} stories, {figures.count:,} mentions</small>"


_STORY_PAGE_IN_MEMORY = 4_000_000


class _StoryAggregates:
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


def _write_stories(stories: Iterable[Story], stream: TextIO, layout: Layout) -> None:
    """Write the page; the rows wait in a file of their own until the figures above them are known."""
    figures = _StoryAggregates()
    with tempfile.SpooledTemporaryFile(_STORY_PAGE_IN_MEMORY, "w+", encoding="utf-8", newline="") as rows:
        rows.writelines(story_rows(figures.of(stories), layout.generated))
        rows.seek(0)
        stream.writelines(page_head("Stories", (day for day, _ in figures.days), layout))
        if figures.count:
            stream.writelines(number_cards(_story_page_numbers(figures)))
            stream.writelines(_story_page_charts(figures, layout))
            stream.writelines(table_head(f"{figures.count:,} stories", STORY_PAGE_COLUMNS))
            shutil.copyfileobj(rows, stream)
            stream.write("</table>\n")
        else:
            stream.writelines(empty_page("stories", layout))
        stream.writelines(page_foot(layout))


def _story_page_numbers(figures: _StoryAggregates) -> Iterator[tuple[str, str]]:
    """Yield the numbers that matter; what nobody told is not counted as nothing."""
    unknown = figures.count - figures.known
    response = f"{figures.response:,}" if figures.known else "–"
    yield f"{figures.count:,}", "stories"
    yield f"{figures.mentions:,}", "mentions"
    yield f"{figures.widest:,}", "publishers of the widest"
    yield response, f"responses; unknown for {unknown:,} of {figures.count:,}" if unknown else "responses"


def _story_page_charts(figures: _StoryAggregates, layout: Layout) -> Iterator[str]:
    """Yield when the stories began, and the coverage."""
    since = layout.since.astimezone().date() if layout.since else None
    span, begun = chart_bars(figures.days, figures.days, since, (layout.until or layout.generated).astimezone().date())
    yield '<section class="charts">'
    title = f"Stories begun per {span} <small>by the voice of their lead</small>"
    yield from page_card("wide", title, charts.voices_chart(span, begun, "Stories begun"))
    yield from coverage_card(layout, "wide")
    yield "</section>\n"


_PAGES: dict[str, Any] = {"mentions": _write_mentions, "stories": _write_stories}


def write_page(listing: Listing[Row], rows: Iterable[Row], stream: TextIO, layout: Layout) -> None:
    """Write the page of a listing."""
    _PAGES[listing.name](rows, stream, layout)
