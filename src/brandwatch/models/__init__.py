"""Facts: the frozen values that travel between the rooms. Nothing here does anything.

Every datetime is aware and in UTC. Text has been through `text.safe.clean`; links are absolute http(s) or empty.
An empty string means "not said"; `None` means "unknown", and for counts unknown is never zero.
"""

from brandwatch.models.answered import Document, Entry, Feed, Response
from brandwatch.models.asked import (
    Account,
    Case,
    Competitor,
    Examples,
    Exclude,
    Owned,
    Person,
    Query,
    Role,
    Source,
    Term,
    TermKind,
    Theme,
    Where,
)
from brandwatch.models.judged import Check, Evidence, Judgement, Part, Subject, Voice
from brandwatch.models.kept import (
    Coverage,
    Fetch,
    FetchClass,
    Find,
    Gap,
    Health,
    Mention,
    Outcome,
    Selection,
    Sighting,
    SourceState,
    Status,
    Stored,
    Visit,
)
from brandwatch.models.needs import AllOf, AnyOf, Need, Site, Words
from brandwatch.models.request import Request

__all__ = [
    "Account",
    "AllOf",
    "AnyOf",
    "Case",
    "Check",
    "Competitor",
    "Coverage",
    "Document",
    "Entry",
    "Evidence",
    "Examples",
    "Exclude",
    "Feed",
    "Fetch",
    "FetchClass",
    "Find",
    "Gap",
    "Health",
    "Judgement",
    "Mention",
    "Need",
    "Outcome",
    "Owned",
    "Part",
    "Person",
    "Query",
    "Request",
    "Response",
    "Role",
    "Selection",
    "Sighting",
    "Site",
    "Source",
    "SourceState",
    "Status",
    "Stored",
    "Subject",
    "Term",
    "TermKind",
    "Theme",
    "Visit",
    "Voice",
    "Where",
    "Words",
]
