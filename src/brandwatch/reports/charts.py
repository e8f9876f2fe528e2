"""Aggregates of a report, and charts of them as inline SVG."""

from __future__ import annotations

import heapq
from collections import Counter
from datetime import date, timedelta
from html import escape
from typing import TYPE_CHECKING, NamedTuple

from brandwatch.models import Voice
from brandwatch.privacy.disclosure_control import drawable_counts, listed_publisher
from brandwatch.stories.publishers import Published, PublisherCounter
from brandwatch.text.sanitise import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from brandwatch.models import Coverage, Mention


_MOST_BARS = 100
_LISTED = 6
_SPANS: dict[str, Callable[[date], date]] = {
    "day": lambda day: day,
    "week": lambda day: day - timedelta(days=day.weekday()),
    "month": lambda day: day.replace(day=1),
    "year": lambda day: day.replace(month=1, day=1),
}


class LoudMention(NamedTuple):
    """A mention with the response to it, where that is known."""

    response: int
    order: int
    title: str
    url: str


class Aggregates:
    """Counts of mentions: in all, by day and voice, by query, by publisher, by story; and the response to them.

    *told* holds each story with each query that tells it, *answers* what was done by day and `comments`, `likes` or
    `shares`, *heard* the response by query. The total response is known of *known* mentions; of the others it is
    unknown, which is not zero.
    """

    def __init__(self) -> None:
        self.count = 0
        self.known = 0
        self.response = 0
        self.days: Counter[tuple[date, str]] = Counter()
        self.voices: Counter[str] = Counter()
        self.queries: Counter[str] = Counter()
        self.publishers: Counter[str] = Counter()
        self.carriers = PublisherCounter()
        self.stories: Counter[int] = Counter()
        self.told: set[tuple[str, int]] = set()
        self.answers: Counter[tuple[date, str]] = Counter()
        self.heard: Counter[str] = Counter()
        self.most_heard: list[LoudMention] = []

    def of(self, mentions: Iterable[Mention]) -> Iterator[Mention]:
        """Yield the mentions, and count."""
        for mention in mentions:
            self._add(mention)
            yield mention

    def _add(self, mention: Mention) -> None:
        """Count one mention."""
        entry = mention.entry
        self.count += 1
        day = (entry.published or mention.found).astimezone().date()
        self.days[day, mention.voice] += 1
        self.voices[mention.voice] += 1
        self.queries[mention.query] += 1
        self.publishers[listed_publisher(mention)] += 1
        if not entry.thread:
            self.carriers.add(Published(entry.url, entry.publisher, mention.voice is Voice.OWNED))
        if mention.story is not None:
            self.stories[mention.story] += 1
            self.told.add((mention.query, mention.story))
        self._answer(mention, day)

    def _answer(self, mention: Mention, day: date) -> None:
        """Count what was done with one mention, where that is known."""
        entry, counts = mention.entry, mention.entry.response
        response = counts.total
        if response is not None:
            self.known += 1
            self.response += response
            self.heard[mention.query] += response
            self.answers[day, "comments"] += (counts.comments or 0) + (counts.replies or 0)
            self.answers[day, "likes"] += counts.likes or 0
            self.answers[day, "shares"] += counts.shares or 0
            heard = LoudMention(response, -mention.id, entry.title, entry.url)
            self.most_heard = heapq.nlargest(_LISTED, [*self.most_heard, heard])


class ChartBar(NamedTuple):
    """What was counted of a day, or of a longer span where there would be too many bars, by its parts."""

    start: date
    parts: Counter[str]


def chart_bars(
    shown: Collection[tuple[date, str]], counts: Counter[tuple[date, str]], since: date | None, until: date
) -> tuple[str, list[ChartBar]]:
    """Return the name of the span that a bar stands for, and a bar of *counts* for each, those without any too.

    The period that was asked for is shown whole where it fits, else from the first day that is *shown* to the last.
    """
    days = [day for day, _ in shown]
    first, last = min([*days, until]), max([*days, until])
    if since and (last - since).days < _MOST_BARS:
        first = min(first, since)
    every = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    fitting = (name for name, start in _SPANS.items() if len({start(day) for day in every}) <= _MOST_BARS)
    name = next(fitting, "year")
    start = _SPANS[name]
    parts: dict[date, Counter[str]] = {start(day): Counter() for day in every}
    for (day, part), count in counts.items():
        parts[start(day)][part] += count
    return name, [ChartBar(at, counted) for at, counted in parts.items()]


_SHOWN = 8
_ANSWERS = ("shares", "likes", "comments")
_NAMES = {"day": "%Y-%m-%d", "week": "week of %Y-%m-%d", "month": "%Y-%m", "year": "%Y"}


def voices_chart(span: str, bars: Sequence[ChartBar], what: str = "Mentions") -> Iterator[str]:
    """Yield mentions per day, one colour for each voice; of staff fewer than five are not drawn."""
    yield from _days(
        f"{what} per {span}", span, [bar._replace(parts=drawable_counts(bar.parts)) for bar in bars], tuple(Voice)
    )


def responses_chart(span: str, bars: Sequence[ChartBar]) -> Iterator[str]:
    """Yield the response per day, one colour for each thing that was done."""
    yield from _days(f"Response per {span}", span, bars, _ANSWERS)


def shares_chart(counts: Counter[str], of: int) -> Iterator[str]:
    """Yield a bar for each of the largest counts, with its number and its share; the rest together."""
    shown = counts.most_common(_SHOWN)
    rest = of - sum(count for _, count in shown)
    yield '<ul class="bars">'
    for name, count in [*shown, *([(f"{len(counts) - _SHOWN} more", rest)] if rest else [])]:
        yield f"<li><div><span>{escape(one_line(name)) or 'unknown'}</span>"
        yield f"<span>{count:,} · {count / of:.0%}</span></div>{_bar(count / of)}</li>"
    yield "</ul>"


def share_of_voice_chart(figures: Aggregates) -> Iterator[str]:
    """Yield for each query its share of the stories, and of the response that is known, with a bar for either."""
    stories = Counter(query for query, _ in figures.told)
    yield '<ul class="bars">'
    for name, count in figures.queries.most_common(_SHOWN):
        told = stories[name] / (len(figures.told) or 1)
        heard = figures.heard[name] / (figures.response or 1)
        response = f" · {heard:.0%} of response" if figures.response else ""
        shown = f"{told:.0%} of stories" if figures.told else f"{count / figures.count:.0%} of mentions"
        yield f"<li><div><span>{escape(one_line(name))}</span><span>{shown}{response}</span></div>"
        yield _bar(told if figures.told else count / figures.count, "told")
        yield f"{_bar(heard, 'answered') if figures.response else ''}</li>"
    yield "</ul>"
    yield _legend({"told": "", "answered": ""}) if figures.response and figures.told else ""


def loudest_chart(figures: Aggregates) -> Iterator[str]:
    """Yield the mentions that others responded to most, with a bar for each."""
    most = max((one.response for one in figures.most_heard), default=0)
    yield '<ul class="bars">'
    for one in figures.most_heard:
        title = escape(one_line(one.title)) or "(no title)"
        link = f'<a href="{escape(one.url)}">{title}</a>' if one.url else f"<span>{title}</span>"
        yield f"<li><div>{link}<span>{one.response:,}</span></div>{_bar(one.response / (most or 1))}</li>"
    yield "</ul>"


def coverage_chart(facts: Coverage) -> Iterator[str]:
    """Yield the sources as one bar: seen, failed, and those of which nothing is known."""
    failed = len(facts.failures)
    seen = min(facts.seen, facts.expected - failed)
    parts = {"seen": seen, "failed": failed, "unseen": max(facts.expected - seen - failed, 0)}
    yield '<ul class="bars"><li><svg role="img" viewBox="0 0 1000 1" preserveAspectRatio="none" '
    yield f'aria-label="{seen} sources seen, {failed} failed, {parts["unseen"]} not seen">'
    yield '<rect class="track" width="1000" height="1"/>'
    at = 0.0
    for name, count in parts.items():
        width = 1000 * count / (facts.expected or 1)
        yield f'<rect class="{name}" x="{at:.1f}" width="{width:.1f}" height="1"/>'
        at += width
    yield "</svg></li></ul>"
    yield _legend({name: f"{count} " for name, count in parts.items() if count})


def _days(what: str, span: str, bars: Sequence[ChartBar], names: Sequence[str]) -> Iterator[str]:
    """Yield stacked bars, one colour for each part that has a name, with a scale and a legend."""
    most = max((sum(bar.parts.values()) for bar in bars), default=0)
    used = [name for name in names if any(bar.parts[name] for bar in bars)]
    named = ", ".join(f"{sum(bar.parts[name] for bar in bars)} {name}" for name in used) or "none"
    yield f'<svg class="days" role="img" aria-label="{what}: {named}" '
    yield f'viewBox="0 0 {max(len(bars), 1) * 10} 100" preserveAspectRatio="none">'
    yield from (f'<line x1="0" x2="{len(bars) * 10}" y1="{y}" y2="{y}"/>' for y in (0.5, 50, 99.5))
    for at, bar in enumerate(bars):
        yield from _stack(at * 10, bar, most, bar.start.strftime(_NAMES[span]), used)
    yield "</svg>"
    if bars:
        yield f'<p class="scale"><span>{bars[0].start}</span><span>busiest {span}: {most:,}</span>'
        yield f"<span>{bars[-1].start}</span></p>"
    yield _legend(dict.fromkeys(used, ""))


def _stack(x: int, bar: ChartBar, most: int, name: str, parts: Sequence[str]) -> Iterator[str]:
    """Yield one bar, from the last of the parts at its foot upwards; what it stands for is told under the pointer."""
    counts = {part: bar.parts[part] for part in reversed(parts) if bar.parts[part]}
    told = ", ".join(f"{count} {part}" for part, count in counts.items())
    y = 100.0
    yield f"<g><title>{name}: {told}</title>" if counts else ""
    for part, count in counts.items():
        height = 100 * count / most
        y -= height
        yield f'<rect class="{part}" x="{x + 1}" y="{y:.2f}" width="8" height="{height:.2f}"/>'
    yield "</g>" if counts else ""


def _bar(share: float, name: str = "share") -> str:
    """Return a bar as long as the share."""
    drawn = f'<rect class="track" width="1000" height="1"/><rect class="{name}" width="{share * 1000:.1f}" height="1"/>'
    return f'<svg aria-hidden="true" viewBox="0 0 1000 1" preserveAspectRatio="none">{drawn}</svg>'


def _legend(names: dict[str, str]) -> str:
    """Return what the colours mean, each name after what is said of it."""
    parts = (f'<span class="{name}">{said}{name}</span>' for name, said in names.items())
    return f'<p class="legend">{"".join(parts)}</p>'
