"""What polls remember of sources and of other subjects that are not well."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.storage.conftest import START

from brandwatch.models import NETWORK, Alert, AlertCondition, SourceState
from brandwatch.storage.alert_rows import advance_polls, save_alerts, source_alerts, subject_alerts
from brandwatch.storage.sources import store_source

if TYPE_CHECKING:
    from brandwatch.storage import Store

HOUR = timedelta(hours=1)
A, B = "https://åsgård.example/rss", "https://b.example/rss"
ALERT = Alert(
    condition=AlertCondition.FAILING,
    since=START - 3 * HOUR,
    at=START,
    failures=4,
    outages=2,
    unsteady_since=START - 9 * HOUR,
    failing_share=0.25,
    named=AlertCondition.FLAPPING,
    named_since=START - 8 * HOUR,
    notices=(START - HOUR, START - 5 * HOUR),
    unnamed_since=START - 2 * HOUR,
    detail="Blåbær Gården svarer ikke",
)


@pytest.fixture
def two(store: Store) -> Store:
    """A database with two sources."""
    with store.transaction():
        for url in (A, B):
            store_source(store, SourceState(url=url, next_due=START))
    return store


@pytest.mark.parametrize("count", [0, 1, 2])
def test_an_alert_comes_back_as_it_was_saved(two: Store, count: int):
    """Of a source and of another subject, with as many notices as there were; other sources have none."""
    alert = replace(ALERT, notices=ALERT.notices[:count])
    save_alerts(two, sources={A: alert}, subjects={NETWORK: alert})
    assert source_alerts(two) == {A: alert}
    assert subject_alerts(two) == {NETWORK: alert}


def test_a_new_alert_replaces_the_last_one(two: Store):
    """There is one for each subject, and `None` deletes that subject's alone."""
    save_alerts(two, sources={A: ALERT, B: ALERT}, subjects={NETWORK: ALERT, "late": ALERT})
    later = Alert(since=START, at=START + HOUR)
    save_alerts(two, sources={A: later}, subjects={NETWORK: later})
    assert source_alerts(two) == {A: later, B: ALERT}
    assert subject_alerts(two) == {NETWORK: later, "late": ALERT}
    save_alerts(two, sources={A: None}, subjects={NETWORK: None})
    assert source_alerts(two) == {B: ALERT}
    assert subject_alerts(two) == {"late": ALERT}


def test_a_source_that_is_not_stored_has_no_alert(two: Store):
    """A poll may have no time for a source of a new query; the others are saved all the same."""
    save_alerts(two, sources={"https://c.example/rss": ALERT, B: ALERT}, subjects={})
    assert source_alerts(two) == {B: ALERT}


def test_only_a_later_poll_is_advanced(two: Store):
    """The next poll of a source is at the latest at a time, never later than it was, and of no other source."""
    latest = int(START.timestamp())
    for url, hours in ((A, 5), (B, -1)):
        two.execute("UPDATE source SET next_due = ? WHERE url = ?", [latest + hours * 3600, url])
    advance_polls(two, [B], latest)
    assert two.column("SELECT next_due - ? FROM source ORDER BY url DESC", [latest]) == [5 * 3600, -3600]
    advance_polls(two, [A, B], latest)
    assert two.column("SELECT next_due - ? FROM source ORDER BY url DESC", [latest]) == [0, -3600]
