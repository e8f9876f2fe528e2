"""Alerts: what a poll remembers of a source that is not well, and the notices that it prints of it."""

from datetime import datetime
from enum import StrEnum

from brandwatch.frozen_classes import dataclass

NETWORK = "network"
"""The subject of an alert about the network."""
LATENESS = "late"
"""The subject of an alert about sources that polls have no time for."""


class AlertCondition(StrEnum):
    """The condition of a source, or of the network, of which people are notified."""

    WELL = "well"
    FAILING = "failing"
    FLAPPING = "flapping"
    FROZEN = "frozen"
    EMPTY = "empty"
    SHRUNK = "shrunk"
    REPLACED = "replaced"
    MOVED = "moved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """The stored memory of one subject: its condition now, and the last one that a notice named.

    *since* is the begin of *condition*, *at* the last observation. *failures* counts the failures in a row. *outages*
    and *failing_share* describe the last days: outages since the subject last was steady, the first of them at
    *unsteady_since*, and the share (0 to 1) of the latest fetches that failed. *named* is the condition of the last
    notice, which began at *named_since*; *notices* are the times of the last two notices, the latest first.
    *unnamed_since* is the begin of an outage that was long enough for a notice and has none yet.
    """

    condition: AlertCondition = AlertCondition.WELL
    since: datetime
    at: datetime
    failures: int = 0
    outages: int = 0
    unsteady_since: datetime | None = None
    failing_share: float = 0.0
    named: AlertCondition = AlertCondition.WELL
    named_since: datetime | None = None
    notices: tuple[datetime, ...] = ()
    unnamed_since: datetime | None = None
    detail: str = ""


class NoticeKind(StrEnum):
    """The reason of a notice: something began, lasts for another week, or ended."""

    BEGAN = "began"
    STILL = "still"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A change to print: a *condition* that began at *since*; *until* is its end.

    *subject* is the URL of a source, or one of `NETWORK` and `LATENESS`. *group* is equal for sources that fail in the
    same way. *outages* and *failing_share* (0 to 1) explain flapping.
    """

    kind: NoticeKind
    condition: AlertCondition
    since: datetime
    until: datetime | None = None
    subject: str = ""
    group: str = ""
    detail: str = ""
    outages: int = 0
    failing_share: float = 0.0
