"""What a report adds up to, counted while its mentions pass by."""

from __future__ import annotations

import heapq
from collections import Counter
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

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
    """Counts of mentions: in all, by day and voice, by query, by publisher; and the response to them.

    The total response is known of *known* mentions; of the others it is unknown, which is not zero.
    """

    def __init__(self) -> None:
        self.count = 0
        self.known = 0
        self.response = 0
        self.days: Counter[tuple[date, str]] = Counter()
        self.voices: Counter[str] = Counter()
        self.queries: Counter[str] = Counter()
        self.publishers: Counter[str] = Counter()
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
        self.days[(entry.published or mention.found).astimezone().date(), mention.voice] += 1
        self.voices[mention.voice] += 1
        self.queries[mention.query] += 1
        self.publishers[entry.publisher] += 1
        response = entry.response.total
        if response is not None:
            self.known += 1
            self.response += response
            heard = Heard(response, -mention.id, entry.title, entry.url)
            self.most_heard = heapq.nlargest(_LISTED, [*self.most_heard, heard])


class Bar(NamedTuple):
    """The mentions of a day, or of a longer span where there would be too many bars, by voice."""

    start: date
    voices: Counter[str]


def bars(figures: Figures, since: date | None, until: date) -> tuple[str, list[Bar]]:
    """Return the name of the span that a bar stands for, and a bar for each, those without mentions too.

    The period that was asked for is shown whole where it fits, else from the first mention to the last.
    """
    days = [day for day, _ in figures.days]
    first, last = min([*days, until]), max([*days, until])
    if since and (last - since).days < _MOST_BARS:
        first = min(first, since)
    every = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    fitting = (name for name, start in _SPANS.items() if len({start(day) for day in every}) <= _MOST_BARS)
    name = next(fitting, "year")
    start = _SPANS[name]
    voices: dict[date, Counter[str]] = {start(day): Counter() for day in every}
    for (day, voice), count in figures.days.items():
        voices[start(day)][voice] += count
    return name, [Bar(at, counted) for at, counted in voices.items()]
