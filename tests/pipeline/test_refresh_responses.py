from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brandwatch.errors import FetchError
from brandwatch.models import Entry, FetchClass, RefreshDue, Response, Source
from brandwatch.pipeline import refresh_responses
from brandwatch.sources.refresh import refresh_requests
from brandwatch.sources.registry import Registry

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

ages = st.timedeltas(-2 * HOUR, 30 * DAY)
lateness = st.lists(st.timedeltas(timedelta(0), 2 * DAY), min_size=20, max_size=20)

SITES = ("https://a.example", "https://b.example")
SOURCES = {site: Source(url=site, kind="stackexchange", values=(("site", site[8]),)) for site in SITES}
KINDS = Registry()

guids = st.sampled_from(["stackexchange:a:7", "https://a.example/7"]) | st.integers(0, 300).map(
    "stackexchange:a:{}".format
)
entries = st.builds(Entry, guid=guids, published=st.none() | st.just(NOW))
entries_due = st.lists(
    st.builds(RefreshDue, id=st.integers(), source=st.sampled_from(SITES), entry=entries, found=st.just(NOW)),
    unique_by=lambda due: due.id,
)


def first(age: timedelta, *, is_counted: bool = True) -> timedelta | None:
    """Return the time from the find of an entry of this age to its first refresh."""
    due = refresh_responses.first_refresh(NOW - age, NOW, is_counted=is_counted)
    return due - NOW if due else None


def moments(late: list[timedelta], *, has_changed: bool) -> list[datetime]:
    """Return the refreshes of an entry that is published and found now, each so much later than it is due."""
    read: list[datetime] = []
    due = refresh_responses.first_refresh(NOW, NOW, is_counted=True)
    for delay in late:
        if due is None:
            return read
        read.append(due + delay)
        due = refresh_responses.next_refresh(NOW, read[-1], has_changed=has_changed)
    raise AssertionError(read)


def test_a_growing_entry_is_refreshed_five_times():
    """After an hour, six hours, a day, three days and a week, and never again."""
    read = moments([timedelta(0)] * 6, has_changed=True)
    assert [moment - NOW for moment in read] == [HOUR, 6 * HOUR, DAY, 3 * DAY, 7 * DAY]


def test_an_entry_without_growth_is_refreshed_for_a_day():
    """After a day an entry without changes is not refreshed any more."""
    read = moments([timedelta(0)] * 6, has_changed=False)
    assert [moment - NOW for moment in read] == [HOUR, 6 * HOUR, DAY]


def test_steps_count_from_publication():
    """An entry that was found late has fewer steps left; without a date, or with a future one, the find counts."""
    assert first(10 * MINUTE) == 50 * MINUTE
    assert first(40 * MINUTE) == 5 * HOUR + 20 * MINUTE
    assert first(2 * DAY) == DAY
    assert first(8 * DAY) is None
    assert first(-HOUR) == HOUR
    assert refresh_responses.first_refresh(None, NOW, is_counted=True) == NOW + HOUR


def test_an_entry_without_counts_is_refreshed_soon():
    """Some endpoints give counts on request only: once, whatever the age of the entry."""
    assert first(2 * DAY, is_counted=False) == HOUR
    assert first(90 * DAY, is_counted=False) == HOUR
    assert first(10 * MINUTE, is_counted=False) == 50 * MINUTE


@given(lateness)
def test_late_polls_refresh_seldom_and_at_a_distance(late: list[timedelta]):
    """Never more than five times, never twice within half an hour, never after a week."""
    read = moments(late, has_changed=True)
    assert 1 <= len(read) <= 5
    assert all(later - earlier >= 30 * MINUTE for earlier, later in pairwise(read))
    assert read[-1] - late[len(read) - 1] <= NOW + 7 * DAY
    assert len(moments(late, has_changed=False)) <= min(len(read), 3)


@given(ages, st.booleans())
def test_no_refresh_is_immediate(age: timedelta, is_counted: bool):
    """The first refresh is half an hour to a week after the find."""
    due = first(age, is_counted=is_counted)
    assert due is None or 30 * MINUTE <= due <= 7 * DAY
    assert due is not None or is_counted


@given(ages, lateness, st.none() | st.timedeltas(timedelta(0), 7 * DAY))
def test_failures_back_off_and_end(age: timedelta, late: list[timedelta], asked: timedelta | None):
    """Each pause is at least an hour, and at least that of the server; after a week there is no retry."""
    now, tries = NOW, 0
    start = refresh_responses.refresh_start(NOW - age, NOW)
    for delay in late:
        retry_at = now + asked if asked is not None else None
        due = refresh_responses.refresh_after_failure(start, now, retry_at)
        if due is None:
            break
        assert due - now >= max(HOUR, asked or HOUR)
        now, tries = due + delay, tries + 1
    assert tries < 20
    assert now - start >= 7 * DAY


def test_pauses_grow():
    """An endpoint that fails for a week is requested a dozen times for an entry, at growing distances."""
    now, pauses = NOW + HOUR, []
    while due := refresh_responses.refresh_after_failure(NOW, now):
        pauses.append(due - now)
        now = due
    assert pauses[:3] == [HOUR, HOUR, 1.5 * HOUR]
    assert len(pauses) < 15
    assert now == NOW + 7 * DAY


@given(entries_due)
def test_each_entry_is_in_one_request_or_unnamed(dues: list[RefreshDue]):
    """No entry is lost or requested twice; a request holds entries of one site, within its batch size."""
    requests, unnamed = refresh_requests(KINDS.kind("stackexchange"), dues, SOURCES)
    requested = [entry for request in requests for entry in request.due.values()]
    assert sorted(entry.id for entry in [*requested, *unnamed]) == sorted(entry.id for entry in dues)
    assert all(len(request.due) <= 100 for request in requests)
    assert all(len({entry.source for entry in request.due.values()}) == 1 for request in requests)
    assert all(entry.entry.guid.startswith("stackexchange:") for entry in requested)


@given(entries_due, st.integers(0, 24 * 40))
def test_a_failure_postpones_every_entry(dues: list[RefreshDue], hours: int):
    """No entry is due again within the hour, and no count is recorded."""
    now = NOW + timedelta(hours=hours)
    requests, _ = refresh_requests(KINDS.kind("stackexchange"), dues, SOURCES)
    for request in requests:
        readings, outcome = refresh_responses.settle_refresh(request, FetchError(FetchClass.TIMEOUT, "too slow"), now)
        assert [reading.id for reading in readings] == [entry.id for entry in request.due.values()]
        assert all(reading.response == Response() for reading in readings)
        assert all(reading.refresh_at is None or reading.refresh_at >= now + HOUR for reading in readings)
        assert (outcome.error, outcome.counted, outcome.entries) == ("too slow", 0, len(readings))


@pytest.mark.parametrize(
    ("age", "expected"),
    [(30 * MINUTE, 30 * MINUTE), (31 * MINUTE, 5 * HOUR + 29 * MINUTE), (7 * DAY - 30 * MINUTE, 30 * MINUTE)],
)
def test_a_step_is_half_an_hour_away_at_least(age: timedelta, expected: timedelta):
    """One that is nearer is the reading of now."""
    assert first(age) == expected
    assert first(7 * DAY - 29 * MINUTE) is None


@pytest.mark.parametrize(
    ("age", "pause"),
    [
        (timedelta(), HOUR), (2 * HOUR, HOUR), (4 * HOUR, 2 * HOUR), (6 * DAY, DAY), (7 * DAY - MINUTE, HOUR),
        (7 * DAY, None),
    ],
)  # fmt: skip
def test_the_pause_after_a_failure_is_half_of_the_age(age: timedelta, pause: timedelta | None):
    """An hour at least, and not beyond a week from the entry; a server may ask for more."""
    expected = None if pause is None else NOW + pause
    assert refresh_responses.refresh_after_failure(NOW - age, NOW) == expected
    for asked in (HOUR / 2, 9 * DAY):
        later = None if expected is None else max(expected, NOW + asked)
        assert refresh_responses.refresh_after_failure(NOW - age, NOW, NOW + asked) == later


def test_an_unchanged_entry_is_left_after_a_day():
    """The step at a day is the last one for it."""
    for hours, step in ((5, HOUR), (6, 18 * HOUR), (23.5, HOUR / 2)):
        assert refresh_responses.next_refresh(NOW, NOW + hours * HOUR, has_changed=False) == NOW + hours * HOUR + step
    assert refresh_responses.next_refresh(NOW, NOW + 24 * HOUR, has_changed=False) is None
    assert refresh_responses.next_refresh(NOW, NOW + 24 * HOUR, has_changed=True) == NOW + 3 * DAY
    assert refresh_responses.next_refresh(NOW, NOW + 8 * DAY, has_changed=True) is None


@pytest.mark.parametrize(("status", "is_gone"), [(404, True), (410, True), (403, False), (None, False)])
def test_an_entry_that_is_gone_keeps_its_counts(status: int | None, is_gone: bool):
    """If the request was for it alone; of many, some may be there."""
    error = FetchError(FetchClass.HTTP_4XX, "answered", status=status)
    server = {"https://tut.example": Source(url="https://tut.example", kind="mastodon")}
    guid = "https://tut.example/users/kari/statuses/7"
    alone = RefreshDue(id=1, source="https://tut.example", entry=Entry(guid=guid, published=NOW), found=NOW)
    ((request,), _) = refresh_requests(KINDS.kind("mastodon"), [alone], server)
    readings, outcome = refresh_responses.settle_refresh(request, error, NOW + HOUR)
    assert (outcome.error, outcome.counted, outcome.grown, outcome.entries) == ("" if is_gone else "answered", 0, 0, 1)
    (reading,) = readings
    assert reading.response == Response()
    assert reading.refresh_at == (NOW + 6 * HOUR if is_gone else NOW + 2 * HOUR)
    many = RefreshDue(id=1, source=SITES[0], entry=Entry(guid="stackexchange:a:7", published=NOW), found=NOW)
    ((request,), _) = refresh_requests(KINDS.kind("stackexchange"), [many], SOURCES)
    assert refresh_responses.settle_refresh(request, error, NOW + HOUR).outcome.error == "answered"
