"""What the store counts: mentions and the response to them, by whatever tells them apart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime  # noqa: TC003 (dataclass fields are part of the public shape)

FEWEST = 5
"""What is by or about fewer people of the staff is not told as a number: it might be told of one of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many mentions of one day share a *value*; their *response* in all, which is known of *known* of them."""

    value: str
    day: date
    mentions: int
    response: int = 0
    known: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Of how many *stories* mentions are, and how many *publishers* carry them: own channels and aggregators aside."""

    stories: int = 0
    publishers: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """How many mentions of a query, of how many *stories*, there were in the hour from *start*.

    *news* are those of them that tell something new: a story by a publisher who had not told it, or what a person
    says; by so many *publishers*, of whom each account on a platform is one.
    """

    query: str
    start: datetime
    mentions: int
    news: int
    stories: int
    publishers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Spike:
    """An hour out of the ordinary: where *usual* news are the rule, so many have the *chance*; *bar* was to be passed.

    The counts are those of its `Hour`.
    """

    query: str
    start: datetime
    mentions: int
    news: int
    stories: int
    publishers: int
    usual: float
    chance: float
    bar: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """Nothing since *start* for so many *hours*, where so many mentions were *expected*; *longest* hours was lately."""

    query: str
    start: datetime
    hours: int
    expected: float
    longest: float
