"""Stories: the same news in many places, and what people decided about what belongs to which."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 (dataclass fields are part of the public shape)
from enum import StrEnum

from brandwatch.models.kept import Mention  # noqa: TC001 (as above)

_DAY = 86_400


class Verb(StrEnum):
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
class HandMade:
    """What somebody decided: *story* took over the mentions of *other*, or gave some up to it."""

    at: datetime
    verb: Verb
    story: int
    other: int
