"""The counts of a report, and the geometry of their charts; templates draw them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from brandwatch.models import VOICE_PRECEDENCE, Coverage, Mention, Story, Voice
from brandwatch.privacy import disclosure_control
from brandwatch.reports import layout as layouts
from brandwatch.reports.columns import local_datetime
from brandwatch.stories.publishers import Published, count_publishers
from brandwatch.text import titles
from brandwatch.text.sanitise import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence


_MAX_BARS = 100
_MAX_SHARES = 8
_LOUDEST_MENTIONS = 6
_BAR_UNITS = 10
_ORIGIN_PARTS = 3
_RESPONSES = ("shares", "likes", "comments")
_SPANS: dict[str, Callable[[date], date]] = {
    "day": lambda day: day,
    "week": lambda day: day - timedelta(days=day.weekday()),
    "month": lambda day: day.replace(day=1),
    "year": lambda day: day.replace(month=1, day=1),
}
_VOICE_BITS = {voice: 1 << number for number, voice in enumerate(VOICE_PRECEDENCE)}
_SOURCE_LABELS = {
    "seen": "seen",
    "unusual": "frozen, empty, shrunk or replaced",
    "failed": "failed",
    "unseen": "not seen",
}
_SPAN_LABELS = {"day": "%Y-%m-%d", "week": "week of %Y-%m-%d", "month": "%Y-%m", "year": "%Y"}


class LoudMention(NamedTuple):
    """A mention with a known response; of equal ones the newer is larger."""

    response: int
    order: int
    title: str
    url: str


class Aggregates:
    """Counts of mentions: by day and voice, query, publisher and story; and of the response to them.

    An entry with mentions of several queries counts once in *count*, and by its voice for counts
    (`models.VOICE_PRECEDENCE`); *mentions* and *queries* count each of its mentions. *story_queries* holds each story
    with each query that has it. *responses* are by day and `comments`, `likes` or `shares`, *query_responses* by query.
    The response is known of *known* entries; unknown is not zero.
    """

    def __init__(self) -> None:
        self.count = 0
        self.mentions = 0
        self.known = 0
        self.response = 0
        self.days: Counter[tuple[date, str]] = Counter()
        self.voices: Counter[str] = Counter()
        self.queries: Counter[str] = Counter()
        self.publishers: Counter[str] = Counter()
        self.stories: Counter[int] = Counter()
        self.story_queries: set[tuple[str, int]] = set()
        self.responses: Counter[tuple[date, str]] = Counter()
        self.query_responses: Counter[str] = Counter()
        self.loudest: list[LoudMention] = []
        self._carriers: Counter[Published] = Counter()
        # The voices of each entry as the bits of one byte, by its id: a million entries take a megabyte.
        self._voices_of_entries = bytearray()

    @property
    def publisher_count(self) -> int:
        """The number of publishers; the brand's own channels and aggregators do not count."""
        return count_publishers(copy for copy, count in self._carriers.items() if count)

    def count_all(self, mentions: Iterable[Mention]) -> Iterator[Mention]:
        """Count the mentions while they pass."""
        for mention in mentions:
            self._count(mention)
            yield mention

    def _count(self, mention: Mention) -> None:
        total = mention.entry.response.total
        self.mentions += 1
        self.queries[mention.query] += 1
        self.query_responses[mention.query] += total or 0
        if mention.story is not None:
            self.story_queries.add((mention.query, mention.story))
        before = self._add_voice(mention)
        now = before | _VOICE_BITS[mention.voice]
        if before != now:
            day = local_datetime(mention.entry.published or mention.found).date()
            if before:
                self._count_voices(mention, day, before, -1)
            else:
                self._count_entry(mention, day, total)
            self._count_voices(mention, day, now, 1)

    def _add_voice(self, mention: Mention) -> int:
        """Add the voice of a mention to those of its entry; return the bits of those before.

        An entry without a number is one of its own.
        """
        if not mention.entry_id:
            return 0
        missing = mention.entry_id + 1 - len(self._voices_of_entries)
        if missing > 0:
            # Twice as much as is needed: the ids come in any order.
            self._voices_of_entries.extend(bytes(missing + len(self._voices_of_entries)))
        before = self._voices_of_entries[mention.entry_id]
        self._voices_of_entries[mention.entry_id] |= _VOICE_BITS[mention.voice]
        return before

    def _count_entry(self, mention: Mention, day: date, total: int | None) -> None:
        self.count += 1
        if mention.story is not None:
            self.stories[mention.story] += 1
        if total is not None:
            self._count_response(mention, total, day)

    def _count_voices(self, mention: Mention, day: date, bits: int, number: int) -> None:
        """Add an entry with these voices to the counts by voice and by publisher, or take it away."""
        entry, voice = mention.entry, next(voice for voice in VOICE_PRECEDENCE if bits & _VOICE_BITS[voice])
        self.days[day, voice] += number
        self.voices[voice] += number
        seen = mention if mention.voice is voice else replace(mention, voice=voice)
        self.publishers[disclosure_control.listed_publisher(seen)] += number
        if not entry.thread:
            # The site of an origin is cached; each link comes once.
            origin = "/".join(entry.url.split("/", _ORIGIN_PARTS)[:_ORIGIN_PARTS])
            is_owned = bool(bits & _VOICE_BITS[Voice.OWNED])
            self._carriers[Published(origin, entry.publisher, is_owned)] += number

    def _count_response(self, mention: Mention, total: int, day: date) -> None:
        entry, counts = mention.entry, mention.entry.response
        self.known += 1
        self.response += total
        self.responses[day, "comments"] += (counts.comments or 0) + (counts.replies or 0)
        self.responses[day, "likes"] += counts.likes or 0
        self.responses[day, "shares"] += counts.shares or 0
        loud = LoudMention(total, -mention.id, titles.shown_title(entry.title, entry.text), entry.url)
        if len(self.loudest) < _LOUDEST_MENTIONS or loud > self.loudest[-1]:
            self.loudest = sorted([*self.loudest, loud], reverse=True)[:_LOUDEST_MENTIONS]


class StoryAggregates:
    """Counts of stories: by the day they began and the voice of their lead; and of the response to them."""

    def __init__(self) -> None:
        self.count = 0
        self.mentions = 0
        self.known = 0
        self.response = 0
        self.widest = 0
        self.days: Counter[tuple[date, str]] = Counter()

    def count_all(self, stories: Iterable[Story]) -> Iterator[Story]:
        """Count the stories while they pass."""
        for story in stories:
            self.count += 1
            self.mentions += story.mentions
            self.known += story.response is not None
            self.response += story.response or 0
            self.widest = max(self.widest, story.publishers)
            self.days[local_datetime(story.earliest).date(), story.lead.voice] += 1
            yield story


class ChartBar(NamedTuple):
    """The counts of a day, or of a longer span, by part."""

    start: date
    parts: Counter[str]


def chart_bars(
    shown: Collection[tuple[date, str]], counts: Counter[tuple[date, str]], since: date | None, until: date
) -> tuple[str, list[ChartBar]]:
    """Return the span of a bar, and a bar of *counts* for each span, also for those without any.

    They go from *since*, where that is not too many, else from the first day that is *shown*, to the last one.
    """
    days = [day for day, _ in shown]
    first, last = min([*days, until]), max([*days, until])
    if since and (last - since).days < _MAX_BARS:
        first = min(first, since)
    every = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    fitting = (span for span, start in _SPANS.items() if len({start(day) for day in every}) <= _MAX_BARS)
    span = next(fitting, "year")
    start = _SPANS[span]
    parts: dict[date, Counter[str]] = {start(day): Counter() for day in every}
    for (day, part), count in counts.items():
        parts[start(day)][part] += count
    return span, [ChartBar(at, counted) for at, counted in parts.items()]


class Rectangle(NamedTuple):
    """A coloured part of a bar, in units of the drawing; *name* is the class of its colour."""

    name: str
    x: float = 0.0
    y: float = 0.0
    width: float = 0.0
    height: float = 0.0


class StackedBar(NamedTuple):
    """One bar of a chart over time: what it stands for, in words, and its parts."""

    label: str
    x: int
    parts: list[Rectangle]


@dataclass(frozen=True, slots=True, kw_only=True)
class StackedBars:
    """A chart over time; *scale* is the first day, the peak and the last day."""

    label: str
    width: int
    bars: list[StackedBar]
    scale: tuple[str, ...]
    legend: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ShareBar:
    """A line of a list of shares: a name, perhaps linked, its numbers, and bars of its *parts*, from 0 to 1."""

    name: str
    text: str
    parts: Mapping[str, float]
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageBar:
    """The sources as one bar, and the coverage in words."""

    seen: str
    label: str
    parts: list[Rectangle]
    legend: Mapping[str, str]
    remarks: list[str] = field(default_factory=list)
    line: str = ""


def voices_chart(label: str, span: str, bars: Iterable[ChartBar]) -> StackedBars:
    """Return a chart by voice; small cells of staff are not drawn."""
    drawable = [bar._replace(parts=disclosure_control.drawable_counts(bar.parts)) for bar in bars]
    return _stacked_bars(f"{label} per {span}", span, drawable, tuple(Voice))


def responses_chart(span: str, bars: Sequence[ChartBar]) -> StackedBars:
    """Return a chart of the response by its kind."""
    return _stacked_bars(f"Response per {span}", span, bars, _RESPONSES)


def _stacked_bars(label: str, span: str, bars: Sequence[ChartBar], names: Iterable[str]) -> StackedBars:
    peak = max((bar.parts.total() for bar in bars), default=0)
    used = [name for name in names if any(bar.parts[name] for bar in bars)]
    sums = ", ".join(f"{sum(bar.parts[name] for bar in bars)} {name}" for name in used) or "none"
    drawn = [_stacked_bar(at * _BAR_UNITS, bar, peak, span, used) for at, bar in enumerate(bars) if bar.parts.total()]
    return StackedBars(
        label=f"{label}: {sums}",
        width=max(len(bars), 1) * _BAR_UNITS,
        bars=drawn,
        scale=(str(bars[0].start), f"peak: {peak:,} in a {span}", str(bars[-1].start)) if bars else (),
        legend={name: name for name in used},
    )


def _stacked_bar(x: int, bar: ChartBar, peak: int, span: str, names: Sequence[str]) -> StackedBar:
    """Return one bar, from the last of the names at its foot upwards."""
    counts = {name: bar.parts[name] for name in reversed(names) if bar.parts[name]}
    y, parts = 100.0, []
    for name, count in counts.items():
        height = 100 * count / peak
        y -= height
        parts.append(Rectangle(name, x + 1, y, height=height))
    words = ", ".join(f"{count} {name}" for name, count in counts.items())
    return StackedBar(f"{bar.start.strftime(_SPAN_LABELS[span])}: {words}", x + 1, parts)


def publishers_chart(figures: Aggregates) -> Iterator[ShareBar]:
    """Yield the largest publishers, each with its number and its share; the rest together."""
    largest = (+figures.publishers).most_common(_MAX_SHARES)
    rest = figures.count - sum(count for _, count in largest)
    if rest:
        largest.append((f"{len(+figures.publishers) - _MAX_SHARES} more", rest))
    for name, count in largest:
        share = count / figures.count
        yield ShareBar(one_line(name) or "unknown", f"{count:,} · {share:.0%}", {"share": share})


def share_of_voice_chart(figures: Aggregates) -> Iterator[ShareBar]:
    """Yield for each query its share of the stories, and of the known response."""
    stories = Counter(query for query, _ in figures.story_queries)
    for query, count in figures.queries.most_common(_MAX_SHARES):
        if stories:
            share = stories[query] / len(figures.story_queries)
            text = f"{share:.0%} of stories"
        else:
            share = count / figures.mentions
            text = f"{share:.0%} of mentions"
        parts = {"told": share}
        if figures.response:
            parts["answered"] = figures.query_responses[query] / (figures.query_responses.total() or 1)
            text += f" · {parts['answered']:.0%} of response"
        yield ShareBar(one_line(query), text, parts)


def loudest_chart(figures: Aggregates) -> Iterator[ShareBar]:
    """Yield the mentions with most response."""
    most = max((mention.response for mention in figures.loudest), default=0) or 1
    for mention in figures.loudest:
        name = mention.title
        yield ShareBar(name, f"{mention.response:,}", {"share": mention.response / most}, mention.url)


def coverage_chart(coverage: Coverage) -> CoverageBar:
    """Return the sources as one bar: seen, those that answer without news, failed, and those not seen."""
    failing = {url for url, _ in coverage.failures}
    unusual = sum(one.health in layouts.SILENT and url not in failing for url, one in coverage.conditions)
    failed = len(failing)
    seen = max(min(coverage.seen, coverage.expected - failed) - unusual, 0)
    unseen = max(coverage.expected - seen - unusual - failed, 0)
    counts = {"seen": seen, "unusual": unusual, "failed": failed, "unseen": unseen}
    x, parts = 0.0, []
    for name, count in counts.items():
        width = 1000 * count / (coverage.expected or 1)
        parts.append(Rectangle(name, x, width=width))
        x += width
    return CoverageBar(
        seen=layouts.seen_phrase(coverage),
        label=", ".join(
            f"{count} {'sources ' if name == 'seen' else ''}{_SOURCE_LABELS[name]}"
            for name, count in counts.items()
            if count or name != "unusual"
        ),
        parts=parts,
        legend={name: f"{count} {_SOURCE_LABELS[name]}" for name, count in counts.items() if count},
        remarks=list(layouts.coverage_remarks(coverage)),
        line=layouts.coverage_line(coverage),
    )
