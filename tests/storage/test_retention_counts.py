"""How many mentions a retention concerns: at most as many as were asked for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.storage.conftest import START

from brandwatch.models import Retention, Subject, Voice
from brandwatch.storage import privacy_retention as retention
from brandwatch.storage.recording import record_source

if TYPE_CHECKING:
    from collections.abc import Callable

    from brandwatch.models import EntryRecord, SourceRecord
    from brandwatch.storage import Store

    Finds = Callable[..., EntryRecord]
    Visits = Callable[..., SourceRecord]

DAY = timedelta(days=1)
TEN = {"acme": Retention(public=10 * DAY, staff=10 * DAY)}


@pytest.fixture
def five(store: Store, find: Finds, visit: Visits) -> Store:
    """A database with three mentions of one query, one of them about staff, and one each of two others."""
    finds = [find(f"Acme {n}") for n in range(3)] + [find("Acme b", queries=("b",)), find("Acme c", queries=("c",))]
    about = {"acme": replace(finds[2].results["acme"], voice=Voice.PUBLIC, subject=Subject.STAFF)}
    record_source(store, visit(*finds[:2], replace(finds[2], results=about), *finds[3:]))
    return store


def test_the_mentions_that_an_edited_retention_hides(five: Store):
    """Of this query, each once, also one that two limits concern, and at most the limit."""
    count = retention.count_unhidden
    assert count(five, "acme", TEN["acme"], START + 3 * DAY, 10) == 0
    assert count(five, "acme", TEN["acme"], START + 3 * DAY + timedelta(seconds=1), 10) == 3
    assert [count(five, "acme", TEN["acme"], START + 9 * DAY, limit) for limit in (1, 2, 3)] == [1, 2, 3]
    assert count(five, "acme", Retention(public=400 * DAY, staff=10 * DAY), START + 9 * DAY, 10) == 1
    retention.hide_mentions(five, TEN, START + 9 * DAY, 1)
    assert count(five, "acme", TEN["acme"], START + 9 * DAY, 10) == 2


def test_hidden_and_shown_mentions_that_are_late(five: Store):
    """Those past their retention count, whether or not they were hidden; each of both at most up to the limit."""
    late = retention.late_mentions
    assert late(five, TEN, START + 10 * DAY, 10) == 0
    assert late(five, TEN, START + 10 * DAY + timedelta(seconds=1), 10) == 3
    assert late(five, TEN, START + 11 * DAY, 2) == 2
    assert (retention.hide_mentions(five, TEN, START + 11 * DAY, 2), retention.count_hidden(five)) == (2, 2)
    assert late(five, TEN, START + 11 * DAY, 10) == 3
    assert late(five, TEN, START + 11 * DAY, 1) == 2


def test_each_step_takes_as_many_as_it_may(five: Store):
    """Over several queries together, the rest in the next poll; a query with a broken file has no limits."""
    policies = dict.fromkeys(("acme", "b"), TEN["acme"]) | {"c": None}
    at = START + 20 * DAY
    assert [retention.hide_mentions(five, policies, at, 3) for _ in range(3)] == [3, 1, 0]
    assert retention.count_hidden(five) == 4
    assert [retention.expire_mentions(five, policies, at + DAY, 3) for _ in range(3)] == [3, 1, 0]
    assert five.column("SELECT query FROM mention") == ["c"]


def test_each_poll_shows_as_many_again_as_it_may(five: Store):
    """A retention that was made longer, in the same order of steps."""
    at = START + 9 * DAY
    policies = dict.fromkeys(("acme", "b", "c"), TEN["acme"])
    assert retention.hide_mentions(five, policies, at, 10) == 5
    longer = dict.fromkeys(policies, Retention(public=20 * DAY, staff=20 * DAY))
    assert [retention.show_mentions(five, longer, at, 2) for _ in range(4)] == [2, 2, 1, 0]
    assert retention.count_hidden(five) == 0
    assert retention.hide_mentions(five, longer, START + 13 * DAY, 10) == 0


@pytest.mark.parametrize(("seconds", "shown"), [(0, 1), (1, 0)])
def test_a_mention_is_shown_again_until_the_moment_that_hides_it(five: Store, seconds: int, shown: int):
    """The bound of both steps is the same: no poll hides what the next one shows."""
    about = {"acme": Retention(public=900 * DAY, staff=10 * DAY), "b": None, "c": None}
    retention.hide_mentions(five, about, START + 9 * DAY, 10)
    at = START + 3 * DAY + timedelta(seconds=seconds)
    assert retention.show_mentions(five, about, at, 10) == shown
    assert retention.hide_mentions(five, about, at, 10) == 0


def test_old_fetches_of_many_sources_are_summed_up_over_several_polls(
    store: Store, visit: Visits, monkeypatch: pytest.MonkeyPatch
):
    """Some sources at a time, each whole."""
    monkeypatch.setattr(retention, "_MAX_SUMMED_SOURCES", 2)
    for number in range(5):
        for hours in range(2):
            record_source(store, visit(url=f"https://a.example/{number}", hours=hours))
    left = []
    for _ in range(4):
        with store.transaction():
            retention.sum_fetches(store, START + DAY)
        left.append(store.value("SELECT count(*) FROM fetch"))
    assert left == [6, 2, 0, 0]
    assert store.column("SELECT fetches FROM fetch_day") == [2] * 5
