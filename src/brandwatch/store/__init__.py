"""What is kept: one SQLite file, written by one poll at a time and readable by everyone who may."""

from brandwatch.store.lock import polling
from brandwatch.store.opening import open_store
from brandwatch.store.replays import Candidate
from brandwatch.store.store import Store

__all__ = ["Candidate", "Store", "open_store", "polling"]
