"""What analysts decide of mentions, and the steps in which they do it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 (dataclass fields are part of the public shape)
from enum import StrEnum

from brandwatch.models.kept import Status  # noqa: TC001 (as above)


class Act(StrEnum):
    """What somebody does to a mention."""

    STATUS = "status"
    TAG = "tag"
    UNTAG = "untag"
    NOTE = "note"


class Via(StrEnum):
    """Where a decision comes from: the keyboard, an option or a file. Who decided is never kept."""

    TRIAGE = "triage"
    OPTION = "option"
    IMPORT = "import"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What analysts have said of a mention of a *query*, that was *found* at a time, so far."""

    query: str
    found: datetime
    status: Status
    tags: frozenset[str] = frozenset()
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is to become of a mention; `None` leaves a thing as it is, an empty *note* takes the note away."""

    status: Status | None = None
    tags: tuple[str, ...] = ()
    untags: tuple[str, ...] = ()
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What was decided at once: its *number*, 0 where nothing changed, and the *mentions* that changed."""

    number: int
    mentions: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One thing that was said of a mention: *value* took the place of *was*; *is_undo* where that took one back."""

    at: datetime
    act: Act
    value: str
    was: str
    via: Via
    is_undo: bool = False
