"""The database: one SQLite file, written by one poll at a time."""

from brandwatch.storage.backup import BackupResult, back_up
from brandwatch.storage.browse_views import BROWSE_VIEWS, CANNED_QUERIES, INDEX
from brandwatch.storage.browsing import browse_connection, refuse_unreadable
from brandwatch.storage.database import open_store, poll_lock
from brandwatch.storage.reevaluation import ReevaluationCandidate
from brandwatch.storage.store import Store

__all__ = [
    "BROWSE_VIEWS",
    "CANNED_QUERIES",
    "INDEX",
    "BackupResult",
    "ReevaluationCandidate",
    "Store",
    "back_up",
    "browse_connection",
    "open_store",
    "poll_lock",
    "refuse_unreadable",
]
