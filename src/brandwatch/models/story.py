"""Stories: the same news in many places, and decisions made by hand about them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from brandwatch.models.mention import Mention


_DAY = 86_400


class StoryEdit(StrEnum):
    """What somebody did to a story by hand."""

    MERGE = "merge"
    SPLIT = "split"


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """The same news in many places; only what is shown counts.

    *lead* is the mention it is called after: of the entry that was published first. *first_seen* is when we found the
    first, *earliest* and *latest* when the first and the last are taken to be published. *mentions* are those a report
    selected, *entries* and *publishers* all there are; the brand's own channels and aggregators are no publishers.
    *response* is `None` where nobody counts any. *heat_key* is the heat it would have had in 1970.
    """

    id: int
    lead: Mention
    first_seen: datetime
    earliest: datetime
    latest: datetime
    mentions: int
    entries: int
    publishers: int
    response: int | None
    heat_key: float

    def heat(self, now: datetime) -> float:
        """Return how hot it is: every day takes one off."""
        return self.heat_key - now.timestamp() / _DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryDecision:
    """What somebody decided: *story* took over the mentions of *other*, or gave some up to it."""

    at: datetime
    verb: StoryEdit
    story: int
    other: int
