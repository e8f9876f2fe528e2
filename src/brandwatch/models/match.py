"""The matcher's decision about an entry: mention or not, voice, subject, and the evidence."""

from enum import StrEnum

from brandwatch.frozen_classes import dataclass
from brandwatch.models.entry import MAIN_TEXT, TEXT_FIELDS


class Voice(StrEnum):
    """Who speaks in an entry."""

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


VOICE_PRECEDENCE = (Voice.STAFF, Voice.OWNED, Voice.OFFICIAL, Voice.PUBLIC)
"""The voice of an entry for counts is the first that one of its mentions has: they may differ between queries.

Staff comes first, so that no count of few staff members is larger than the number of people behind it.
"""
SUBJECT_PRECEDENCE = (Subject.STAFF, Subject.OFFICIAL, Subject.OWNED, Subject.BRAND)
"""The same for the subject."""


class FoundBy(StrEnum):
    """Whether the name is in the text that we read, or only a remote search found it."""

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
    """One reason for a mention: *term* in *field* at characters [*start*, *end*), found by *rule*.

    The characters of all texts below the title are counted in `Entry.text`. *note* holds a further fact of the rule,
    such as a distance in words.
    """

    term: str
    field: str
    start: int
    end: int
    rule: str
    kind: EvidenceKind = EvidenceKind.ANCHOR
    note: str = ""

    @property
    def attribute(self) -> str:
        """The attribute of the entry in which the characters are counted."""
        return MAIN_TEXT if self.field in TEXT_FIELDS else self.field

    @property
    def place(self) -> str:
        """The field in words."""
        return TEXT_FIELDS.get(self.field, self.field)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseResult:
    """The result of one clause of a query; *note* is what decided."""

    clause: str
    holds: bool
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchResult:
    """The result of one query on one entry.

    Without *evidence* the entry is no mention, and *clauses* show which one failed. *suppressed* is the reason why a
    mention is hidden, empty for a visible one. *language* is that of the entry, empty if unknown.
    """

    evidence: tuple[Evidence, ...] = ()
    voice: Voice = Voice.PUBLIC
    subject: Subject = Subject.BRAND
    suppressed: str = ""
    found_by: FoundBy = FoundBy.LOCAL
    language: str = ""
    clauses: tuple[ClauseResult, ...] = ()
