"""What the matcher decides about an entry: mention or not, voice, subject, and the evidence."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Voice(StrEnum):
    """Who speaks."""

    OWNED = "owned"
    OFFICIAL = "official"
    STAFF = "staff"
    PUBLIC = "public"


class Subject(StrEnum):
    """Whom an entry is about."""

    BRAND = "brand"
    OFFICIAL = "official"
    STAFF = "staff"
    OWNED = "owned"


class FoundBy(StrEnum):
    """Whether the name stands in what was read of an entry, or only the server that searched for it has seen it."""

    LOCAL = "local"
    REMOTE = "remote"


class EvidenceKind(StrEnum):
    """What a piece of evidence proves; only an anchor, the brand itself, makes a mention."""

    ANCHOR = "anchor"
    CONTEXT = "context"
    PERSON = "person"
    ROLE = "role"
    VOICE = "voice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Why an entry is a mention: *term* was found in *field* at characters [*start*, *end*) by *rule*.

    *note* says what else the rule rests on, such as a distance in words.
    """

    term: str
    field: str
    start: int
    end: int
    rule: str
    part: EvidenceKind = EvidenceKind.ANCHOR
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseResult:
    """One clause of a query that was tried: what it is, whether it let the entry through, and what decided."""

    clause: str
    holds: bool
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchResult:
    """The derivation for one entry and one query.

    Without *evidence* the entry is no mention, and *checks* say what failed. *suppressed* is the reason why a mention
    is hidden, empty for one that is shown. *matched* says who found the name. *language* is that of the entry, empty
    where it is unknown.
    """

    evidence: tuple[Evidence, ...] = ()
    voice: Voice = Voice.PUBLIC
    subject: Subject = Subject.BRAND
    suppressed: str = ""
    matched: FoundBy = FoundBy.LOCAL
    language: str = ""
    checks: tuple[ClauseResult, ...] = ()
