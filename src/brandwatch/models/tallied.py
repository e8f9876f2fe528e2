"""What the store counts: mentions and the response to them, by whatever tells them apart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime  # noqa: TC003 (dataclass fields are part of the public shape)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many mentions of one day share a *value*; their *response* in all, which is known of *known* of them."""

    value: str
    day: date
    mentions: int
    response: int = 0
    known: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """How many mentions of a query began in an hour, by how many *publishers*, and the largest of them.

    *largest* is the id of the mention with the most response, the first of equals.
    """

    query: str
    start: datetime
    mentions: int
    publishers: int = 1
    largest: int = 0
