"""What a story adds up to: its lead, its age, its spread, and its heat."""

from __future__ import annotations

from dataclasses import dataclass
from math import log2
from typing import TYPE_CHECKING, NamedTuple

from brandwatch.stories.publishers import Published, count_publishers, is_aggregator

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from brandwatch.models import Response


DAY = 86_400

WEIGHTS = {"likes": 1, "comments": 3, "replies": 3, "shares": 4}
"""What each count of response weighs: a like is a click, an answer is written, a share speaks to others."""
PUBLISHER = 5
"""What every publisher after the first weighs."""
PLACES = {"title": 1, "text": 0}
"""What it is worth where the brand is named; elsewhere, in a link or a name, less than nothing."""
_ELSEWHERE = -2


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryEntry:
    """One entry of a story.

    *at* is when it is taken to be published, *rising* how much response came in an hour, *fields* are where its
    mentions name the brand.
    """

    id: int
    url: str
    publisher: str
    at: int
    found: int
    response: Response
    rising: float | None
    is_owned: bool
    is_comment: bool
    mentions: int
    fields: frozenset[str]


class Heat(NamedTuple):
    """What makes a story hot: the counts of response, other publishers, the place of the name, and when it began.

    Twice the response is one more, a day of age one less: so what time does to it need never be stored.
    """

    counts: dict[str, int]
    others: int
    place: int
    begin: int

    @property
    def response(self) -> int:
        """All that counts as response, by its weight."""
        return self.others * PUBLISHER + sum(WEIGHTS[name] * count for name, count in self.counts.items())

    @property
    def key(self) -> float:
        """What to sort by: the heat it would have had in 1970, from which every story loses one a day."""
        return log2(1 + self.response) + self.place + self.begin / DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class StorySummary:
    """What the shown entries of a story add up to; *response*, and that of an hour, are `None` where nobody counts."""

    lead: int
    first_seen: int
    earliest: int
    latest: int
    entries: int
    mentions: int
    publishers: int
    response: int | None
    rising: float | None
    heat: Heat


def summarise_story(told: Sequence[StoryEntry]) -> StorySummary | None:
    """Return what the entries of a story add up to, `None` where none is shown."""
    if not told:
        return None
    lead = min(told, key=lambda one: (one.is_comment, is_aggregator(one.url), one.at, one.id))
    publishers = _spread(told)
    totals = [total for one in told if (total := one.response.total) is not None]
    rises = [one.rising for one in told if one.rising is not None]
    begin = min(one.at for one in told)
    return StorySummary(
        lead=lead.id,
        first_seen=min(one.found for one in told),
        earliest=begin,
        latest=max(one.at for one in told),
        entries=len(told),
        mentions=sum(one.mentions for one in told),
        publishers=publishers,
        response=sum(totals) if totals else None,
        rising=sum(rises) if rises else None,
        heat=Heat(
            counts=_counts([one.response for one in told]),
            others=_others(lead, publishers) if len(told) > 1 else 0,
            place=max(PLACES.get(field, _ELSEWHERE) for one in told for field in one.fields or {"text"}),
            begin=begin,
        ),
    )


def effective_published(at: int | None, found: int) -> int:
    """Return when an entry is taken to be published: never after it was found; a bare date is the end of its day."""
    if at is None:
        return found
    return min(at if at % DAY else at + DAY - 1, found)


def _spread(told: Iterable[StoryEntry]) -> int:
    """Return how many publishers carry what is told; who comments on it publishes nothing."""
    return count_publishers(Published(one.url, one.publisher, one.is_owned) for one in told if not one.is_comment)


def _others(lead: StoryEntry, publishers: int) -> int:
    """Return how many publishers took a story over: the lead's own is none of them."""
    return publishers - _spread([lead])


def _counts(responses: list[Response]) -> dict[str, int]:
    """Return the sums of the counts that are known and weigh."""
    known = {name: [getattr(response, name) for response in responses] for name in WEIGHTS}
    sums = {name: [count for count in counts if count is not None] for name, counts in known.items()}
    return {name: sum(counts) for name, counts in sums.items() if counts}
