from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brandwatch.models import Response, ResponseReading, Selection
from brandwatch.storage.recording import record_source
from brandwatch.storage.responses import record_readings, refresh_due, response_history
from brandwatch.storage.selections import select_mentions

if TYPE_CHECKING:
    from collections.abc import Callable

    from brandwatch.models import EntryRecord, Mention, SourceRecord
    from brandwatch.storage import Store

    Finds = Callable[..., EntryRecord]
    Visits = Callable[..., SourceRecord]

START = datetime(2026, 5, 4, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
URL = "https://a.example/rss"

counts = st.none() | st.integers(0, 10**6)
responses = st.builds(Response, comments=counts, replies=counts, likes=counts, shares=counts, views=counts)


def only(store: Store) -> Mention:
    """Read the single mention."""
    (mention,) = select_mentions(store, Selection())
    return mention


def count(store: Store, hours: float, number: int = 1, reread: datetime | None = None, **response: int) -> None:
    """Store a reading of an entry."""
    record_readings(
        store, [ResponseReading(id=number, response=Response(**response), refresh_at=reread)], START + hours * HOUR
    )


def rising(store: Store) -> list[str]:
    """Read the titles of all mentions, the fastest growing first."""
    return [mention.entry.title for mention in select_mentions(store, Selection(sort="rising"))]


@given(responses, responses)
def test_weights_of_counts(one: Response, other: Response):
    """All counts but views add up; a count in only one of two readings is no growth."""
    assert one.total == replace(one, views=None).total
    assert (one.total is None) == ({one.comments, one.replies, one.likes, one.shares} == {None})
    assert one.growth_since(one) == (None if one.total is None else 0)
    growth = one.growth_since(other)
    assert growth is None or growth == -(other.growth_since(one) or 0)
    assert Response(likes=5, comments=9).growth_since(Response(likes=3, replies=7)) == 2


def test_only_changed_counts_add_rows(store: Store, find: Finds, visit: Visits):
    """An unchanged reading updates the time only; a missing entry changes no counts."""
    record_source(store, visit(find("Acme", response=Response(comments=0))))
    count(store, 1, comments=4)
    count(store, 6, comments=4)
    count(store, 24)
    assert [(snapshot.at - START, snapshot.response.comments) for snapshot in response_history(store, 1)] == [
        (0 * HOUR, 0), (HOUR, 4), (6 * HOUR, 4),
    ]  # fmt: skip
    assert (only(store).entry.response, only(store).response_at) == (Response(comments=4), START + 6 * HOUR)


def test_an_uncounted_entry_has_no_readings(store: Store, find: Finds, visit: Visits):
    """Unknown is unknown: no reading, no time."""
    record_source(store, visit(find("Acme")))
    assert response_history(store, 1) == ()
    assert only(store).response_at is None


def due(store: Store, hours: float, *sources: str, limit: int = 10) -> list[str]:
    """Read the titles due for a refresh some hours after the first poll."""
    waiting = refresh_due(store, sources or (URL,), START + hours * HOUR, limit)
    return [one.entry.title for one in waiting]


def test_due_entries_are_selected(store: Store, find: Finds, visit: Visits):
    """The longest waiting come first, up to the limit, with their latest counts, from known sources only."""
    record_source(
        store, visit(*(find(f"Acme {n}", reread=START + n * HOUR, response=Response(likes=n)) for n in (2, 1, 3)))
    )
    record_source(store, visit(find("Aldri")))
    record_source(store, visit(find("Annen", reread=START), url="https://b.example/"))
    assert due(store, 0.9) == []
    assert due(store, 2) == ["Acme 1", "Acme 2"]
    assert due(store, 9, limit=2) == ["Acme 1", "Acme 2"]
    assert due(store, 2, "https://b.example/", "https://c.example/") == ["Annen"]
    assert due(store, 24 * 7.1) == ["Acme 3"]
    (one,) = refresh_due(store, [URL], START + HOUR, 1)
    assert (one.source, one.found, one.entry.response) == (URL, START, Response(likes=1))
    count(store, 1, 2, reread=START + 6 * HOUR, likes=5)
    assert due(store, 2) == ["Acme 2"]
    count(store, 6, 2, likes=5)
    assert due(store, 9) == ["Acme 2", "Acme 3"]


def test_hidden_mentions_are_not_refreshed(store: Store, find: Finds, visit: Visits):
    """A mention under an exclusion costs no request; with a visible mention of another query it does."""
    record_source(store, visit(find("Acme", suppressed="ordet", reread=START)))
    assert due(store, 1) == []
    record_source(store, visit(find("Acme", known=1, queries=("b",)), hours=1))
    assert due(store, 1) == ["Acme"]


def test_late_response_restarts_the_refresh(store: Store, find: Finds, visit: Visits):
    """A dormant entry is due again only after a source shows other counts."""
    seen = find("Acme", response=Response(likes=1))
    record_source(store, visit(seen))
    again = replace(seen, stored_id=1, refresh_at=START + HOUR)
    record_source(store, visit(again, hours=1))
    assert due(store, 9) == []
    record_source(store, visit(replace(again, entry=replace(again.entry, response=Response(likes=2))), hours=2))
    assert due(store, 9) == ["Acme"]


def test_a_report_by_response(store: Store, find: Finds, visit: Visits):
    """All known counts add up; views have no weight, and unknown comes last, after zero."""
    answered = {
        "mest": Response(comments=3, likes=40, shares=2),
        "sett": Response(views=10**6),
        "ingen": Response(comments=0),
        "litt": Response(replies=5, views=9),
    }
    record_source(
        store, visit(find("ukjent"), *(find(title, response=response) for title, response in answered.items()))
    )
    found = select_mentions(store, Selection(sort="response"))
    assert [mention.entry.title for mention in found] == ["mest", "litt", "ingen", "sett", "ukjent"]


def test_a_report_by_growth(store: Store, find: Finds, visit: Visits):
    """Response per hour: between the last two readings, or since publication if there is one."""
    old, young = START - 100 * HOUR, START - 2 * HOUR
    record_source(store, visit(find("ukjent"), find("gammel", published=old, response=Response(likes=1000))))
    record_source(
        store, visit(find("ny", published=young, response=Response(likes=50)), find("ingen", response=Response()))
    )
    assert rising(store) == ["ny", "gammel", "ingen", "ukjent"]
    count(store, 5, 2, likes=1200)
    assert rising(store)[0] == "gammel"
    count(store, 10, 2, likes=1200)
    assert rising(store)[:2] == ["ny", "gammel"]
    count(store, 20, 2, likes=1190)
    assert rising(store)[:2] == ["ny", "gammel"]


def test_close_readings_are_normalised_to_an_hour(store: Store, find: Finds, visit: Visits):
    """Readings within minutes are compared over an hour: one like in a second is no surge."""
    record_source(store, visit(find("stille", response=Response(likes=30)), find("rask", response=Response(likes=10))))
    for hours, likes in ((0.1, 11), (1, 12), (1.01, 13)):
        count(store, hours, 2, likes=likes)
    assert rising(store) == ["stille", "rask"]
    count(store, 1.5, 1, likes=31)
    assert rising(store) == ["rask", "stille"]


def test_newly_counted_types_are_no_growth(store: Store, find: Finds, visit: Visits):
    """A type of count without an earlier reading is no growth."""
    record_source(
        store, visit(find("Acme", response=Response(comments=10)), find("annen", response=Response(comments=1)))
    )
    count(store, 1, 1, comments=10, likes=500)
    count(store, 1, 2, comments=2)
    assert rising(store) == ["annen", "Acme"]


@pytest.mark.parametrize("at", [-1, 0])
def test_a_clock_set_back_breaks_nothing(store: Store, find: Finds, visit: Visits, at: float):
    """A reading of the same or an earlier time is stored like any other."""
    record_source(store, visit(find("Acme", response=Response(likes=1))))
    count(store, at, likes=7)
    assert {snapshot.response.likes for snapshot in response_history(store, 1)} >= {7}
    assert rising(store) == ["Acme"]


@pytest.mark.parametrize(("likes", "hours", "rise"), [(30, 5, 4), (30, 1, 20), (30, 0.5, 30), (11, 0.5, 11)])
def test_the_rise_is_the_growth_of_an_hour(
    store: Store, find: Finds, visit: Visits, likes: int, hours: float, rise: int
):
    """Between two readings at least an hour apart; else the whole response since publication, an hour at least."""
    earlier = START - 2 * HOUR
    neighbours = [
        find(title, published=earlier, response=Response(likes=2 * rise + more))
        for title, more in (("mindre", -1), ("mer", 1))
    ]
    record_source(store, visit(find("Acme", published=START, response=Response(likes=10)), *neighbours))
    count(store, hours, likes=likes)
    assert rising(store) == ["mer", "Acme", "mindre"]


def test_a_reading_is_one_snapshot(store: Store, find: Finds, visit: Visits):
    """Only a later reading with the same counts repeats the last one."""
    record_source(store, visit(find("Acme", response=Response(likes=1))))
    assert [snapshot.at for snapshot in response_history(store, 1)] == [START]


def test_a_refresh_is_given_up_after_a_week(store: Store, find: Finds, visit: Visits):
    """Seven days after it was due an entry is asked for a last time."""
    record_source(store, visit(find("Acme", reread=START)))
    assert due(store, 24 * 7) == ["Acme"]
    assert due(store, 24 * 7 + 0.01) == []
