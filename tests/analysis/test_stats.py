from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from brandwatch.analysis.stats import stats_lines
from brandwatch.models import Period, Reach, StatsLine, Tally

MONDAY = date(2026, 5, 4)
WEEK = Period(since=datetime(2026, 5, 3, 22, tzinfo=UTC), until=datetime(2026, 5, 10, 22, tzinfo=UTC))


def tally(value: str, day: int = 0, mentions: int = 1, response: int | None = None) -> Tally:
    """Return a count of some days after Monday."""
    known = 0 if response is None else 1
    at = MONDAY + timedelta(days=day)
    return Tally(value=value, day=at, mentions=mentions, response=response or 0, with_response=known)


def by_value(found: list[StatsLine]) -> dict[str, StatsLine]:
    """Return the lines by their values."""
    return {line.value: line for line in found}


def test_sums_and_shares():
    """A value's days are summed, its course kept; the largest comes first, equals by their names."""
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


def test_a_course_begins_with_the_first_mention():
    """A period that begins long before has no use for all its days; what is time itself has no course."""
    period = Period(since=WEEK.since - timedelta(days=9000), until=WEEK.until)
    assert stats_lines("voice", period, [tally("public", 5, 3)], {})[0].per_day == (3, 0)
    assert {line.per_day for line in stats_lines("day", WEEK, [tally("2026-05-06", 2, 5)], {})} == {()}


def test_unknown_response_is_not_zero():
    """Nobody counted is no number; a count of none is one."""
    found = by_value(stats_lines("voice", WEEK, [tally("a"), tally("b", response=0), tally("b", 1, response=4)], {}))
    assert (found["a"].response, found["a"].with_response) == (None, 0)
    assert (found["b"].response, found["b"].with_response) == (4, 2)


def test_every_day_of_the_period_has_its_line():
    """Days without mentions are told, in their order, whatever was counted."""
    found = stats_lines("day", WEEK, [tally("2026-05-06", 2, 5)], {"2026-05-06": Reach(publishers=3)})
    assert [line.value for line in found] == [(MONDAY + timedelta(days=n)).isoformat() for n in range(7)]
    assert [line.mentions for line in found] == [0, 0, 5, 0, 0, 0, 0]


def test_every_week_of_the_period_has_its_line():
    """A week is named after its Monday, also where the period begins within it."""
    period = Period(since=WEEK.since + timedelta(days=3), until=WEEK.until + timedelta(days=9))
    found = stats_lines("week", period, [tally("2026-05-11", 8, 2)], {})
    assert [(line.value, line.mentions) for line in found] == [("2026-05-04", 0), ("2026-05-11", 2), ("2026-05-18", 0)]


def test_the_period_before():
    """Each value has what it had before, one that is gone too; from nothing there is no change in percent."""
    found = by_value(
        stats_lines("voice", WEEK, [tally("a", 0, 3), tally("ny")], {}, [tally("a", -7, 2), tally("borte", -7, 4)])
    )
    assert (found["a"].previous, found["a"].change) == (2, 0.5)
    assert (found["ny"].previous, found["ny"].change) == (0, None)
    assert (found["borte"].mentions, found["borte"].previous, found["borte"].change) == (0, 4, -1.0)
    assert stats_lines("voice", WEEK, [tally("a")], {})[0].previous is None


def test_a_day_is_compared_with_the_one_as_far_from_the_start():
    """Monday with Monday, where the period is a week."""
    found = stats_lines("day", WEEK, [], {}, [tally("2026-04-27", -7, 2), tally("2026-05-03", -1, 9)])
    assert [line.previous for line in found] == [2, 0, 0, 0, 0, 0, 9]


def test_days_are_those_of_this_machine():
    """A period of 23 or 25 hours is one day, and ends before the midnight that it ends at."""
    shortest = Period(since=datetime(2026, 3, 28, 23, tzinfo=UTC), until=datetime(2026, 3, 29, 22, tzinfo=UTC))
    assert shortest.days == [date(2026, 3, 29)]
    assert shortest.previous.until == shortest.since
    assert len(WEEK.days) == 7
