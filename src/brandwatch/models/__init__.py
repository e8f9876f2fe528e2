"""Facts: the frozen values that travel between packages. Nothing here has a side effect.

Two conventions hold in every class: an empty string means “not given”, and `None` means “unknown”; an unknown count
is never zero. Every datetime is aware and in UTC. Every text has passed `text.sanitise.clean`, and
every link is absolute http(s) or empty.
"""

from brandwatch.errors import FetchClass
from brandwatch.models.alert import LATENESS, NETWORK, Alert, AlertCondition, Notice, NoticeKind
from brandwatch.models.audit import Actor, AuditAction, AuditEvent, AuditVerification
from brandwatch.models.entry import (
    MAIN_TEXT,
    TEXT_FIELDS,
    Entry,
    Feed,
    RefreshDue,
    RefreshOutcome,
    Response,
    ResponseReading,
    ResponseSnapshot,
    TextPart,
)
from brandwatch.models.match import (
    SUBJECT_PRECEDENCE,
    VOICE_PRECEDENCE,
    ClauseResult,
    Evidence,
    EvidenceKind,
    FoundBy,
    MatchResult,
    Subject,
    Voice,
)
from brandwatch.models.mention import (
    AllOf,
    AnyOf,
    EntryRecord,
    Mention,
    Prefilter,
    RequiredSite,
    RequiredWords,
    Revision,
    Selection,
    Sighting,
    SourceRecord,
    Status,
    StoredEntry,
    Story,
    StoryDecision,
    StoryEdit,
)
from brandwatch.models.privacy import AuthorPolicy, DocumentKind, Erasure, PersonalDataRow, Retention, SubjectRequest
from brandwatch.models.source import (
    COMMENTS_KIND,
    FEED_KIND,
    NO_MENTIONS,
    ClockDoubt,
    Coverage,
    Document,
    Fetch,
    Gap,
    Health,
    MentionCounts,
    PollClock,
    QueryFacts,
    Request,
    Source,
    SourceCondition,
    SourceHistory,
    SourceOutcome,
    SourceState,
    Thread,
)
from brandwatch.models.stats import IN_TIME, HourCount, Peak, Period, Reach, Silence, StatsLine, Tally
from brandwatch.models.triage import TriageAction, TriageBatch, TriageChange, TriageDecision, TriageOrigin, TriageState

__all__ = [
    "COMMENTS_KIND", "FEED_KIND", "IN_TIME", "LATENESS", "MAIN_TEXT", "NETWORK", "NO_MENTIONS",
    "SUBJECT_PRECEDENCE", "TEXT_FIELDS", "VOICE_PRECEDENCE", "Actor", "Alert", "AlertCondition", "AllOf", "AnyOf",
    "AuditAction", "AuditEvent", "AuditVerification", "AuthorPolicy", "ClauseResult", "ClockDoubt", "Coverage",
    "Document", "DocumentKind", "Entry", "EntryRecord", "Erasure", "Evidence", "EvidenceKind", "Feed", "Fetch",
    "FetchClass", "FoundBy", "Gap", "Health", "HourCount", "MatchResult", "Mention", "MentionCounts", "Notice",
    "NoticeKind", "Peak", "Period", "PersonalDataRow", "PollClock", "Prefilter", "QueryFacts", "Reach",
    "RefreshDue", "RefreshOutcome", "Request", "RequiredSite", "RequiredWords", "Response", "ResponseReading",
    "ResponseSnapshot", "Retention", "Revision", "Selection", "Sighting", "Silence", "Source", "SourceCondition",
    "SourceHistory", "SourceOutcome", "SourceRecord", "SourceState", "StatsLine", "Status", "StoredEntry", "Story",
    "StoryDecision", "StoryEdit", "Subject", "SubjectRequest", "Tally", "TextPart", "Thread", "TriageAction",
    "TriageBatch", "TriageChange", "TriageDecision", "TriageOrigin", "TriageState", "Voice",
]  # fmt: skip
