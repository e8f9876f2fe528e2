"""What is kept: one SQLite file, written by one poll at a time and readable by everyone who may."""

from brandwatch.store.browsing import browse, refuse_unreadable
from brandwatch.store.copying import Copied, back_up
from brandwatch.store.lock import polling
from brandwatch.store.opening import open_store
from brandwatch.store.replays import Candidate
from brandwatch.store.sheets import INDEX, QUESTIONS, SHEETS
from brandwatch.store.store import Store

__all__ = [
    "INDEX",
    "QUESTIONS",
    "SHEETS",
    "Candidate",
    "Copied",
    "Store",
    "back_up",
    "browse",
    "open_store",
    "polling",
    "refuse_unreadable",
]
