"""The analyst's desk: the part of the store's face through which decisions about mentions go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brandwatch.store import decisions
from brandwatch.store.transactions import writing
from brandwatch.store.trouble import translating

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from datetime import datetime
    from pathlib import Path

    from sqlite_utils import Database

    from brandwatch.models import Change, Decision, Standing, Step, Via


class Desk:
    """What analysts decide. Every method raises StoreError if the database cannot do what is asked."""

    def __init__(self, db: Database, path: Path) -> None:
        self._db = db
        self._path = path

    def decide(
        self,
        mentions: Collection[int],
        judge: Callable[[Mapping[int, Standing]], Mapping[int, Change]],
        via: Via,
        at: datetime,
        *,
        is_trial: bool = False,
    ) -> Step:
        """Change mentions as *judge* says who is told how they stand, in one transaction; a trial leaves all as it is.

        Ids that there are no mentions of are not among what *judge* is told; what it raises changes nothing.
        """
        with translating(self._path), writing(self._db, keeps=not is_trial):
            changes = judge(decisions.standings(self._db, mentions))
            return decisions.decide(self._db, changes, via, int(at.timestamp()))

    def undo(self, via: Via, at: datetime, step: int | None = None, *, is_trial: bool = False) -> Step:
        """Take back a step of decisions, the last one where none is named; what was decided since then stays."""
        with translating(self._path), writing(self._db, keeps=not is_trial):
            return decisions.undo(self._db, via, int(at.timestamp()), step)

    def history(self, mention: int) -> tuple[Decision, ...]:
        """Return what was decided of a mention, oldest first."""
        with translating(self._path):
            return decisions.of(self._db, mention)

    def tags(self) -> tuple[str, ...]:
        """Return the tags that mentions have."""
        with translating(self._path):
            return decisions.tags(self._db)
