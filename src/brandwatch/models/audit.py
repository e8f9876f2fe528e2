"""The audit trail: each action on stored mentions, and its actor."""

from datetime import datetime
from enum import StrEnum

from brandwatch.frozen_classes import dataclass


class Actor(StrEnum):
    """The part of the program that acted; never a person."""

    POLL = "poll"
    REPLAY = "replay"
    HAND = "hand"
    RETENTION = "retention"
    ERASURE = "erasure"
    MIGRATION = "migration"
    VERIFICATION = "verification"


class AuditAction(StrEnum):
    """An action on a row."""

    STORED = "stored"
    CHANGED = "changed"
    HIDDEN = "hidden"
    SHOWN = "shown"
    DECIDED = "decided"
    MERGED = "merged"
    SPLIT = "split"
    GONE = "gone"
    ACCEPTED = "accepted"
    KEYED = "keyed"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvent:
    """An action on one row of a table, in a chain of hashes.

    For a mention: the query with its version, and the *rule* that found the brand. If a poll acted: the ids of *source*
    and *fetch*; *source_url* is empty once the source is gone. *content* is the keyed hash of what the action
    left stored.
    """

    id: int
    at: datetime
    actor: Actor
    action: AuditAction
    table: str
    row: int
    query: str = ""
    query_version: str = ""
    rule: str = ""
    source: int | None = None
    source_url: str = ""
    fetch: int | None = None
    hash: bytes = b""
    content: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditVerification:
    """The result of a check of the chain: the number of rows, the hash of the last, and the first fault, if any.

    *unverified* rows were hashed with a key that is lost.
    """

    rows: int
    head: bytes
    fault: str = ""
    unverified: int = 0
