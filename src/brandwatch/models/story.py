"""Stories: the same news in many places, and manual decisions about them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from brandwatch.models.mention import Mention

_DAY_SECONDS = 86_400


class StoryEdit(StrEnum):
    """A manual change of a story."""

    MERGE = "merge"
    SPLIT = "split"


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """The same news in many places; hidden mentions do not count.

    *lead* is the mention of the entry published first. *first_seen* is when we found the first entry; *earliest* and
    *latest* are the publication times of the first and the last. *mentions* counts the selected ones, *entries* and
    *publishers* all; the brand's own channels and aggregators are no publishers. *heat_key* is the heat at the epoch.
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
        """Compute the heat at *now*: it falls by one a day, so that the stored key sorts stories at any time."""
        return self.heat_key - now.timestamp() / _DAY_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryDecision:
    """A recorded decision: *story* took the mentions of *other* over (merge), or gave some to it (split)."""

    at: datetime
    edit: StoryEdit
    story: int
    other: int
