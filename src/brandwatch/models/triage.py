"""Decisions of analysts about mentions, and the batches in which they are made."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from brandwatch.models.mention import Status


class TriageAction(StrEnum):
    """What somebody does to a mention."""

    STATUS = "status"
    TAG = "tag"
    UNTAG = "untag"
    NOTE = "note"


class TriageOrigin(StrEnum):
    """Where a decision comes from: the keyboard, an option or a file. Who decided is never kept."""

    TRIAGE = "triage"
    OPTION = "option"
    IMPORT = "import"


@dataclass(frozen=True, slots=True, kw_only=True)
class TriageState:
    """What analysts have said of a mention of a *query*, that was *found* at a time, so far."""

    query: str
    found: datetime
    status: Status
    tags: frozenset[str] = frozenset()
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TriageChange:
    """What is to become of a mention; `None` leaves a thing as it is, an empty *note* takes the note away."""

    status: Status | None = None
    tags: tuple[str, ...] = ()
    untags: tuple[str, ...] = ()
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TriageBatch:
    """What was decided at once: its *number*, 0 where nothing changed, and the *mentions* that changed."""

    number: int
    mentions: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TriageDecision:
    """One thing that was said of a mention: *value* took the place of *was*; *is_undo* where that took one back."""

    at: datetime
    act: TriageAction
    value: str
    was: str
    via: TriageOrigin
    is_undo: bool = False
