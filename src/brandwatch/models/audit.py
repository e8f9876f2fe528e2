"""The audit trail: what was done to stored mentions, by which actor."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


class Actor(StrEnum):
    """What did something; never who."""

    POLL = "poll"
    REPLAY = "replay"
    HAND = "hand"
    RETENTION = "retention"
    ERASURE = "erasure"
    MIGRATION = "migration"


class AuditAction(StrEnum):
    """What was done to a row."""

    STORED = "stored"
    CHANGED = "changed"
    HIDDEN = "hidden"
    SHOWN = "shown"
    DECIDED = "decided"
    MERGED = "merged"
    SPLIT = "split"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvent:
    """One row of the audit: what was done to row *number* of table *subject*.

    Of a mention it has the query with its version, the *rule* that found the brand, and, where a poll did it, the
    *source* (its number; *source_url* as long as it is known) and the number of the *fetch*.
    """

    id: int
    at: datetime
    actor: Actor
    deed: AuditAction
    subject: str
    number: int
    query: str = ""
    query_version: str = ""
    rule: str = ""
    source: int | None = None
    source_url: str = ""
    fetch: int | None = None
    hash: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditVerification:
    """The chain of the audit, looked through: how many *rows*, the hash of the last, and what is wrong, if anything."""

    rows: int
    head: bytes
    fault: str = ""
