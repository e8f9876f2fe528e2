from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from brandwatch.analysis.stats import stats_lines
from brandwatch.models import Period, Reach, StatsLine, Tally

MONDAY = date(2026, 5, 4)
WEEK = Period(since=datetime(2026, 5, 3, 22, tzinfo=UTC), until=datetime(2026, 5, 10, 22, tzinfo=UTC))


def tally(value: str, day: int = 0, mentions: int = 1, response: int | None = None) -> Tally:
    """Build the counts of a day, numbered from Monday."""
    known = 0 if response is None else 1
    at = MONDAY + timedelta(days=day)
    return Tally(value=value, day=at, mentions=mentions, response=response or 0, with_response=known)


def by_value(found: list[StatsLine]) -> dict[str, StatsLine]:
    """Index the lines by value."""
    return {line.value: line for line in found}


def test_sums_and_shares():
    """Daily counts of a value are summed and kept as its series; the largest comes first, ties by name."""
    found = stats_lines(
        "voice",
        WEEK,
        [tally("b"), tally("a", 2), tally("public", 0, 3), tally("public", 6, 3)],
        {"public": Reach(stories=3, publishers=2)},
    )
    assert [(line.value, line.mentions, line.share) for line in found] == [
        ("public", 6, 0.75), ("a", 1, 0.125), ("b", 1, 0.125),
    ]  # fmt: skip
    assert found[0].per_day == (3, 0, 0, 0, 0, 0, 3)
    assert [(line.stories, line.publishers) for line in found] == [(3, 2), (0, 0), (0, 0)]


def test_a_series_begins_with_the_first_mention():
    """An early start of the period adds no empty days; values of time have no series."""
    period = Period(since=WEEK.since - timedelta(days=9000), until=WEEK.until)
    assert stats_lines("voice", period, [tally("public", 5, 3)], {})[0].per_day == (3, 0)
    assert {line.per_day for line in stats_lines("day", WEEK, [tally("2026-05-06", 2, 5)], {})} == {()}


def test_unknown_response_is_not_zero():
    """No reading is unknown; a reading of zero is zero."""
    found = by_value(stats_lines("voice", WEEK, [tally("a"), tally("b", response=0), tally("b", 1, response=4)], {}))
    assert (found["a"].response, found["a"].with_response) == (None, 0)
    assert (found["b"].response, found["b"].with_response) == (4, 2)


def test_every_day_of_the_period_has_a_line():
    """Days without mentions get a line too, in order."""
    found = stats_lines("day", WEEK, [tally("2026-05-06", 2, 5)], {"2026-05-06": Reach(publishers=3)})
    assert [line.value for line in found] == [(MONDAY + timedelta(days=n)).isoformat() for n in range(7)]
    assert [line.mentions for line in found] == [0, 0, 5, 0, 0, 0, 0]


def test_every_week_of_the_period_has_a_line():
    """A week is named after its Monday, also if the period begins within it."""
    period = Period(since=WEEK.since + timedelta(days=3), until=WEEK.until + timedelta(days=9))
    found = stats_lines("week", period, [tally("2026-05-11", 8, 2)], {})
    assert [(line.value, line.mentions) for line in found] == [("2026-05-04", 0), ("2026-05-11", 2), ("2026-05-18", 0)]


def test_the_previous_period():
    """Each value has its previous count, also one that disappeared; from zero there is no percentage."""
    found = by_value(
        stats_lines("voice", WEEK, [tally("a", 0, 3), tally("ny")], {}, [tally("a", -7, 2), tally("borte", -7, 4)])
    )
    assert (found["a"].previous, found["a"].change) == (2, 0.5)
    assert (found["ny"].previous, found["ny"].change) == (0, None)
    assert (found["borte"].mentions, found["borte"].previous, found["borte"].change) == (0, 4, -1.0)
    assert stats_lines("voice", WEEK, [tally("a")], {})[0].previous is None


def test_a_day_is_compared_at_the_same_offset():
    """In a period of a week, Monday is compared with Monday."""
    found = stats_lines("day", WEEK, [], {}, [tally("2026-04-27", -7, 2), tally("2026-05-03", -1, 9)])
    assert [line.previous for line in found] == [2, 0, 0, 0, 0, 0, 9]


def test_days_are_local():
    """A local day of 23 or 25 hours is one day; the period ends before its last midnight."""
    shortest = Period(since=datetime(2026, 3, 28, 23, tzinfo=UTC), until=datetime(2026, 3, 29, 22, tzinfo=UTC))
    assert shortest.days == [date(2026, 3, 29)]
    assert shortest.previous.until == shortest.since
    assert len(WEEK.days) == 7
