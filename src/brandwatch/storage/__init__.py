"""The database: one SQLite file, written by one poll at a time.

Each module holds the functions of one group of tables; all of them take an open `Store`.
"""

from brandwatch.storage.database import Store, open_store, poll_lock

__all__ = ["Store", "open_store", "poll_lock"]
