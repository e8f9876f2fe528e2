"""The sums of a story: its lead, its age, its spread over publishers, and its heat."""

from collections.abc import Iterable, Sequence
from math import log2
from typing import NamedTuple

from brandwatch.frozen_classes import dataclass
from brandwatch.models import TEXT_FIELDS, Response
from brandwatch.stories.publishers import Published, count_publishers, is_aggregator

DAY_SECONDS = 86_400

RESPONSE_WEIGHTS = {"likes": 1, "comments": 3, "replies": 3, "shares": 4}
"""A like is a click, a comment or reply is written, a share reaches others."""
PUBLISHER_WEIGHT = 5
"""The weight of every publisher after the first."""

# What the place of the brand's name adds; elsewhere, in a link or a name, it is less than nothing.
_PLACE_HEAT = {"title": 1, **dict.fromkeys(TEXT_FIELDS, 0)}
_OTHER_PLACE_HEAT = -2


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryEntry:
    """One entry of a story.

    *at* is its time of publication in seconds, *rising* its response in an hour, *fields* are those in which its
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
    """The parts of a story's heat: counts of response, other publishers, the place of the name, and its begin.

    Double response adds one, a day of age subtracts one; the heat of a stored story needs no update over time.
    """

    counts: dict[str, int]
    others: int
    place: int
    begin: int

    @property
    def response(self) -> int:
        """The weighted sum of responses and other publishers."""
        weighed = sum(RESPONSE_WEIGHTS[name] * count for name, count in self.counts.items())
        return self.others * PUBLISHER_WEIGHT + weighed

    @property
    def key(self) -> float:
        """The sort key: the heat at the epoch, from which every story loses one a day."""
        return log2(1 + self.response) + self.place + self.begin / DAY_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class StorySummary:
    """The sums of a story's visible entries; *response* and its hourly *rising* are `None` if unknown."""

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


def summarise_story(entries: Sequence[StoryEntry]) -> StorySummary | None:
    """Sum the visible entries of a story; `None` if there are none."""
    if not entries:
        return None
    lead = min(entries, key=lambda entry: (entry.is_comment, is_aggregator(entry.url), entry.at, entry.id))
    publishers = _count_carriers(entries)
    totals = [total for entry in entries if (total := entry.response.total) is not None]
    rises = [entry.rising for entry in entries if entry.rising is not None]
    fields = {field for entry in entries for field in entry.fields or {"text"}}
    begin = min(entry.at for entry in entries)
    return StorySummary(
        lead=lead.id,
        first_seen=min(entry.found for entry in entries),
        earliest=begin,
        latest=max(entry.at for entry in entries),
        entries=len(entries),
        mentions=sum(entry.mentions for entry in entries),
        publishers=publishers,
        response=sum(totals) if totals else None,
        rising=sum(rises) if rises else None,
        heat=Heat(
            counts=_sum_counts([entry.response for entry in entries]),
            # The lead's own publisher took over nothing.
            others=publishers - _count_carriers([lead]) if len(entries) > 1 else 0,
            place=max(_PLACE_HEAT.get(field, _OTHER_PLACE_HEAT) for field in fields),
            begin=begin,
        ),
    )


def effective_published(at: int | None, found: int) -> int:
    """Compute the publication time, at most *found*; a date without a time is the end of its day."""
    if at is None:
        return found
    return min(at if at % DAY_SECONDS else at + DAY_SECONDS - 1, found)


def _count_carriers(entries: Iterable[StoryEntry]) -> int:
    # A comment publishes nothing.
    copies = (Published(entry.url, entry.publisher, entry.is_owned) for entry in entries if not entry.is_comment)
    return count_publishers(copies)


def _sum_counts(responses: list[Response]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for name in RESPONSE_WEIGHTS:
        counts = [count for response in responses if (count := getattr(response, name)) is not None]
        if counts:
            sums[name] = sum(counts)
    return sums
