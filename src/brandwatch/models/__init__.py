"""Facts: the frozen values that travel between the rooms. Nothing here does anything.

Every datetime is aware and in UTC. Text has been through `text.safe.clean`; links are absolute http(s) or empty.
An empty string means "not said"; `None` means "unknown", and for counts unknown is never zero.
"""

from brandwatch.models.answered import Document, Entry, Evidence, Feed, Request, Response
from brandwatch.models.asked import Case, Examples, Exclude, Query, Source, Term
from brandwatch.models.kept import (
    Coverage,
    Fetch,
    FetchClass,
    Find,
    Mention,
    Outcome,
    Selection,
    Sighting,
    SourceState,
    Status,
    Stored,
    Visit,
)

__all__ = [
    "Case",
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
    "Mention",
    "Outcome",
    "Query",
    "Request",
    "Response",
    "Selection",
    "Sighting",
    "Source",
    "SourceState",
    "Status",
    "Stored",
    "Term",
    "Visit",
]
