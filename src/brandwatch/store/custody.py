"""What may be kept: the part of the store's face that lets go of what is old, erases on request, and tells of it."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from brandwatch.store import audit, erasing, holdings, poll_clock, retention
from brandwatch.store.finder import Finder
from brandwatch.store.tombstones import Tombstones
from brandwatch.store.transactions import writing
from brandwatch.store.trouble import translating

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime, timedelta
    from pathlib import Path

    from sqlite_utils import Database

    from brandwatch.models import Audited, Erasure, Holding, Keeping, PollClock, Verified, Wanted


class Custody:
    """Retention, erasure and audit. Every method raises StoreError if the database cannot do what is asked."""

    def __init__(self, db: Database, path: Path) -> None:
        self._db = db
        self._path = path

    def holding(self, wanted: Wanted) -> list[Holding]:
        """Return every row of every table that holds what is wanted, or goes with one that does."""
        with translating(self._path):
            return holdings.holdings(self._db, Finder(wanted))

    def forget(self, wanted: Wanted, at: datetime) -> Erasure:
        """Erase what is wanted from all tables, and keep it from coming back, in one transaction."""
        with translating(self._path), writing(self._db), self._burying():
            return erasing.erase(self._db, Finder(wanted), at)

    def compact(self) -> None:
        """Leave nothing in the file of what is in no row; raise StoreError where another program keeps it there."""
        with translating(self._path):
            erasing.compact(self._db)

    def clock(self) -> PollClock:
        """Return the clock of the last poll."""
        with translating(self._path):
            return poll_clock.read(self._db)

    def keep_clock(self, clock: PollClock, correction: timedelta) -> None:
        """Keep the clock of a poll, in one transaction; a trusted one dates anew what polls without one have stored."""
        with translating(self._path), writing(self._db):
            poll_clock.keep(self._db, clock, correction)

    def overdue(self, keeping: Mapping[str, Keeping | None], now: datetime, limit: int) -> int:
        """Return how many mentions, up to *limit*, are older than their query keeps them; see `expire`."""
        with translating(self._path):
            return len(retention.overdue(self._db, keeping, now, limit))

    def expire(self, keeping: Mapping[str, Keeping | None], now: datetime, limit: int) -> int:
        """Let go of at most *limit* mentions that are too old, in one transaction; return how many went.

        A query that *keeping* does not know is kept as one that says nothing; one of which it knows `None` is left.
        """
        with translating(self._path):
            found = retention.overdue(self._db, keeping, now, limit)
            if found:
                with writing(self._db), self._burying():
                    retention.expire(self._db, found, now)
        return len(found)

    def tidy(self, longest: timedelta, now: datetime) -> None:
        """Let go of what is known of sources and is older than any mention, in one transaction."""
        with translating(self._path), writing(self._db):
            retention.tidy(self._db, longest, now)

    def audit(
        self,
        *,
        mentions: Sequence[int] = (),
        queries: Sequence[str] = (),
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Iterator[Audited]:
        """Yield what was done: to some mentions, those of some queries, in a time, or all of it."""
        with translating(self._path):
            yield from audit.events(self._db, mentions=mentions, queries=queries, since=since, until=until)

    def verified(self) -> Verified:
        """Look through the chain of what was done."""
        with translating(self._path):
            return audit.verified(self._db)

    @cached_property
    def tombstones(self) -> Tombstones:
        """What was erased; only who holds the lock adds to it."""
        return Tombstones(self._db)

    @contextmanager
    def _burying(self) -> Iterator[None]:
        """Read the tombstones again after there are more."""
        yield
        self.__dict__.pop("tombstones", None)
