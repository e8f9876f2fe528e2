"""Decisions of analysts about mentions, and the batches in which they are made."""

from datetime import datetime
from enum import StrEnum

from brandwatch.frozen_classes import dataclass
from brandwatch.models.mention import Status


class TriageAction(StrEnum):
    """A kind of decision about a mention."""

    STATUS = "status"
    TAG = "tag"
    UNTAG = "untag"
    NOTE = "note"


class TriageOrigin(StrEnum):
    """The way by which a decision came in: keyboard, option or file. The analyst's identity is not recorded."""

    TRIAGE = "triage"
    OPTION = "option"
    IMPORT = "import"


@dataclass(frozen=True, slots=True, kw_only=True)
class TriageState:
    """The current decisions about a mention of *query*, found at *found*."""

    query: str
    found: datetime
    status: Status
    tags: frozenset[str] = frozenset()
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TriageChange:
    """A requested change of a mention: `None` changes nothing, an empty *note* deletes the note."""

    status: Status | None = None
    tags: tuple[str, ...] = ()
    untags: tuple[str, ...] = ()
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TriageBatch:
    """Decisions made together: the batch *number* (0 if nothing changed) and the ids of the changed mentions."""

    number: int
    mentions: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TriageDecision:
    """One recorded decision about a mention: *value* replaced *previous*; *is_undo*: it reverted an earlier one."""

    at: datetime
    action: TriageAction
    value: str
    previous: str
    origin: TriageOrigin
    is_undo: bool = False
