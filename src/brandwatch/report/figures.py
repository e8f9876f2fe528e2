"""What a report adds up to, counted while its mentions pass by."""

from __future__ import annotations

import heapq
from collections import Counter
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from brandwatch.models import Voice
from brandwatch.stories.publishers import Carriers, Published

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from brandwatch.models import Mention

_MOST_BARS = 100
_LISTED = 6
_SPANS: dict[str, Callable[[date], date]] = {
    "day": lambda day: day,
    "week": lambda day: day - timedelta(days=day.weekday()),
    "month": lambda day: day.replace(day=1),
    "year": lambda day: day.replace(month=1, day=1),
}


class Heard(NamedTuple):
    """A mention with the response to it, where that is known."""

    response: int
    order: int
    title: str
    url: str


class Figures:
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
        self.carriers = Carriers()
        self.stories: Counter[int] = Counter()
        self.told: set[tuple[str, int]] = set()
        self.answers: Counter[tuple[date, str]] = Counter()
        self.heard: Counter[str] = Counter()
        self.most_heard: list[Heard] = []

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
        # Whose voice is staff's may be an account of one person.
        self.publishers["" if mention.voice is Voice.STAFF else entry.publisher] += 1
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
            heard = Heard(response, -mention.id, entry.title, entry.url)
            self.most_heard = heapq.nlargest(_LISTED, [*self.most_heard, heard])


class Bar(NamedTuple):
    """What was counted of a day, or of a longer span where there would be too many bars, by its parts."""

    start: date
    parts: Counter[str]


def bars(
    shown: Collection[tuple[date, str]], counts: Counter[tuple[date, str]], since: date | None, until: date
) -> tuple[str, list[Bar]]:
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
    return name, [Bar(at, counted) for at, counted in parts.items()]
