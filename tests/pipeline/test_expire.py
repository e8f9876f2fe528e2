"""What a poll hides and deletes by age, and how much of it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import time_machine

from brandwatch.config.query import Query, Term
from brandwatch.models import (
    NO_MENTIONS,
    ClockDoubt,
    Entry,
    Evidence,
    Fetch,
    FetchClass,
    MatchResult,
    MentionCounts,
    PollClock,
    Source,
    SourceState,
)
from brandwatch.pipeline import record
from brandwatch.pipeline.expire import ExpiryResult, expire_overdue
from brandwatch.pipeline.jobs import MatchedEntry, SourceJob, SourceResult
from brandwatch.storage import open_store
from brandwatch.stories.identity import identities

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from brandwatch.storage import Store

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
DAY = timedelta(days=1)
URL = "https://a.example/rss"
QUERY = Query(name="acme", version="v1", brand="Acme AS", names=(Term(text="Acme"),))
OLD, GONE = NOW + 360 * DAY, NOW + 370 * DAY


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A database with three mentions."""
    result = MatchResult(evidence=(Evidence(term="Acme", field="title", start=0, end=4, rule="exact"),))
    entries = [Entry(guid=f"urn:sak:{number}", title=f"Acme på Åsgård {number}") for number in range(3)]
    with time_machine.travel(NOW, tick=False), open_store(tmp_path / "a.db") as opened:
        keys = identities(entries, opened.secret_key)
        matched = tuple(
            MatchedEntry(position, entry, key, {"acme": result})
            for position, (entry, key) in enumerate(zip(entries, keys, strict=True))
        )
        read = SourceResult(fetch=Fetch(at=NOW, fetch_class=FetchClass.OK), state=SourceState(url=URL), matched=matched)
        record.record_result(
            opened, SourceJob(source=Source(url=URL), state=SourceState(url=URL)), read, {"acme": QUERY}
        )
        yield opened


def expire(
    store: Store, now: datetime, *, broken: tuple[str, ...] = (), most: int = 100, **facts: object
) -> ExpiryResult:
    """Expire at a time, by a clock that is trusted."""
    clock = PollClock(**({"trusted": now, "polled": now} | facts))  # type: ignore[arg-type]
    queries = () if QUERY.name in broken else (QUERY,)
    return asyncio.run(expire_overdue(queries, broken, store, clock, most))


def counted(store: Store, now: datetime, most: int = 100) -> tuple[MentionCounts, bool]:
    """Expire at a time; return what became of mentions, and whether more are due."""
    result = expire(store, now, most=most)
    return result.counts, result.is_more_due


def test_a_poll_hides_what_the_next_may_delete(store: Store):
    """Nothing has both in one poll, however old it is."""
    assert counted(store, NOW + DAY) == (NO_MENTIONS, False)
    assert counted(store, GONE) == (MentionCounts(hidden=3), False)
    assert counted(store, GONE + 8 * DAY) == (MentionCounts(gone=3), False)
    assert counted(store, GONE + 9 * DAY) == (NO_MENTIONS, False)


def test_a_poll_changes_a_maximum(store: Store):
    """It says whether more is overdue; what is left comes with the next poll."""
    assert counted(store, OLD, most=2) == (MentionCounts(hidden=2), False)
    assert counted(store, OLD, most=2) == (MentionCounts(hidden=1), False)
    assert counted(store, GONE, most=2) == (MentionCounts(gone=2), True)
    assert counted(store, GONE, most=1) == (MentionCounts(gone=1), False)


def test_fewer_than_the_maximum_are_all(store: Store):
    """Then nothing more is due."""
    expire(store, OLD)
    assert counted(store, GONE, most=4) == (MentionCounts(gone=3), False)


@pytest.mark.parametrize("facts", [{"doubt": ClockDoubt.AHEAD}, {"trusted": None}])
def test_a_clock_that_is_not_trusted_expires_nothing(store: Store, facts: dict[str, Any]):
    """Nor one that never was."""
    result = expire(store, GONE, **facts)
    assert (result.counts, result.is_more_due, result.clock.polled) == (NO_MENTIONS, False, GONE)
    assert expire(store, GONE).counts == MentionCounts(hidden=3)


def test_what_a_clock_leapt_over_is_no_age(store: Store):
    """Retention goes by the time that is confirmed."""
    assert expire(store, GONE, lag=30 * DAY).counts == NO_MENTIONS
    assert expire(store, GONE, lag=DAY).counts == MentionCounts(hidden=3)


def test_a_query_file_that_cannot_be_read_keeps_everything(store: Store):
    """Its mentions, and the copies from before a migration, whose retention may be the longest."""
    copy = store.path.with_name(f"{store.path.name}.v17.2026-05-04.bak")
    copy.write_bytes(store.path.read_bytes())
    much_later = GONE + 3650 * DAY
    assert expire(store, much_later, broken=("acme",)).counts == NO_MENTIONS
    assert copy.exists()
    assert expire(store, much_later).counts == MentionCounts(hidden=3)
    assert not copy.exists()
