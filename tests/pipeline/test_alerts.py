"""The decider of notices, on sequences of observations."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from brandwatch.models import Alert, AlertCondition, Notice, NoticeKind
from brandwatch.pipeline import alerts

if TYPE_CHECKING:
    from collections.abc import Iterable

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
QUARTER, HOUR, DAY = timedelta(minutes=15), timedelta(hours=1), timedelta(days=1)
WELL, FAILING, FLAPPING = AlertCondition.WELL, AlertCondition.FAILING, AlertCondition.FLAPPING
BEGAN, STILL, ENDED = NoticeKind.BEGAN, NoticeKind.STILL, NoticeKind.ENDED

History = list[tuple[datetime, Notice]]


def notices(
    conditions: Iterable[AlertCondition | None], step: timedelta = QUARTER, alert_after: timedelta | None = None
) -> History:
    """Return the notices of a source with these conditions in successive polls, with their times."""
    alert: Alert | None = None
    found: History = []
    for number, condition in enumerate(conditions):
        now = NOW + number * step
        seen = alerts.Observation(condition=condition, alert_after=alert_after, detail="dns")
        decision = alerts.decide(alert, seen, now)
        alert = None if alerts.is_idle(decision.alert, now) else decision.alert
        if decision.notice:
            found.append((now, decision.notice))
    return found


def summary(history: History) -> list[tuple[NoticeKind, AlertCondition, timedelta]]:
    """Return kind, condition and time of notices, the time from the first poll."""
    return [(notice.kind, notice.condition, when - NOW) for when, notice in history]


def test_an_outage_is_named_after_an_hour_and_three_failures():
    """Two failures and 45 minutes are no news; the notice has the begin of the outage."""
    assert notices([FAILING] * 4 + [WELL] * 9) == []
    assert notices([FAILING] * 2, step=2 * HOUR) == []
    ((when, notice),) = notices([WELL] + [FAILING] * 20)
    assert (when, notice.kind, notice.since, notice.detail) == (NOW + 5 * QUARTER, BEGAN, NOW + QUARTER, "dns")
    assert summary(notices([FAILING] * 3, step=2 * HOUR)) == [(BEGAN, FAILING, 4 * HOUR)]


@pytest.mark.parametrize(("alert_after", "first"), [(0, 0), (0.25, 0.25), (6, 6)])
def test_a_query_file_sets_the_time(alert_after: float, first: float):
    """With `alert_after` the time alone decides, whatever the number of failures."""
    history = summary(notices([FAILING] * 40, alert_after=alert_after * HOUR))
    assert history == [(BEGAN, FAILING, first * HOUR)]


def test_a_dead_source_has_a_notice_a_week():
    """After the first notice there is one a week, and one when it is well, with the length of the outage."""
    history = notices([FAILING] * (30 * 24) + [WELL] * 9, step=HOUR)
    assert [notice.kind for _, notice in history] == [BEGAN, STILL, STILL, STILL, STILL, ENDED]
    assert [when - NOW for when, _ in history[1:-1]] == [2 * HOUR + week * 7 * DAY for week in range(1, 5)]
    _, last = history[-1]
    assert (last.condition, last.since, last.until) == (FAILING, NOW, NOW + 30 * DAY)


def test_a_source_that_flaps_is_named_once():
    """45 minutes up and 45 down: one notice in the first day, one a week after that, one when it is steady."""
    history = summary(notices(([FAILING] * 3 + [WELL] * 3) * (16 * 19) + [WELL] * 4 * 60))
    assert [(kind, condition) for kind, condition, _ in history] == [
        (BEGAN, FLAPPING), (STILL, FLAPPING), (STILL, FLAPPING), (ENDED, FLAPPING),
    ]  # fmt: skip
    assert history[0][2] < DAY
    assert 20 * DAY < history[-1][2] < 22 * DAY


def test_a_failure_now_and_then_is_no_flapping():
    """One failed poll in twenty, and one long outage with short ones around it, name no flapping."""
    assert notices(([FAILING] + [WELL] * 19) * 150) == []
    history = notices([FAILING] * 24 + [WELL] * 20 + [FAILING] + [WELL] * 100)
    assert [notice.condition for _, notice in history] == [FAILING, FAILING]


def test_a_source_that_is_down_every_other_day_flaps():
    """The third outage names it flapping; before, each has its begin and its end."""
    history = summary(notices(([FAILING] * 24 + [WELL] * 24) * 15, step=HOUR))
    assert [(kind, condition) for kind, condition, _ in history] == [
        (BEGAN, FAILING), (ENDED, FAILING), (BEGAN, FAILING), (ENDED, FAILING),
        (BEGAN, FLAPPING), (STILL, FLAPPING), (STILL, FLAPPING), (STILL, FLAPPING),
    ]  # fmt: skip


def test_a_flapping_source_that_dies_is_failing():
    """After two days without an answer it does not flap any more, and that is news."""
    history = notices(([FAILING] * 3 + [WELL] * 3) * 40 + [FAILING] * 4 * 24 * 4)
    assert [(notice.kind, notice.condition) for _, notice in history] == [(BEGAN, FLAPPING), (BEGAN, FAILING)]


def test_an_outage_that_the_limit_delayed_is_named_when_it_is_over():
    """A second outage on the same day is named a day after the first notice, with its length."""
    outage = [FAILING] * 3 * 4
    history = notices(outage + [WELL] * 2 * 4 + outage + [WELL] * 4 * 48)
    assert [(notice.kind, (notice.until or notice.since) - notice.since) for _, notice in history] == [
        (BEGAN, timedelta()), (ENDED, 3 * HOUR), (ENDED, 3 * HOUR),
    ]  # fmt: skip
    assert history[2][0] - history[0][0] == DAY


@pytest.mark.parametrize("condition", [AlertCondition.FROZEN, AlertCondition.REPLACED])
def test_a_frozen_source_is_named_once_a_week(condition: AlertCondition):
    """A source that answers and gives nothing is named at once, weekly, and when it is well."""
    history = summary(notices([condition] * 15 * 8 + [WELL] * 8, step=3 * HOUR))
    assert history == [
        (BEGAN, condition, 0 * DAY), (STILL, condition, 7 * DAY), (STILL, condition, 14 * DAY),
        (ENDED, condition, 15 * DAY),
    ]  # fmt: skip


def test_a_moved_source_is_named_once():
    """Nothing is missed of it."""
    assert summary(notices([AlertCondition.MOVED] * 30 * 8, step=3 * HOUR)) == [(BEGAN, AlertCondition.MOVED, 0 * DAY)]


def test_a_feed_that_is_empty_at_night_is_no_news():
    """Empty for a day is; the end of a failure is the end also where the feed is empty then."""
    assert notices(([WELL] * 5 + [AlertCondition.EMPTY] * 3) * 30, step=3 * HOUR) == []
    history = notices([AlertCondition.EMPTY] * 10 + [WELL], step=3 * HOUR)
    assert [(notice.kind, notice.condition) for _, notice in history] == [
        (BEGAN, AlertCondition.EMPTY), (ENDED, AlertCondition.EMPTY),
    ]  # fmt: skip


def test_a_short_failure_does_not_end_another_condition():
    """A frozen source with a failed poll stays frozen."""
    history = notices([AlertCondition.FROZEN] * 5 + [FAILING, None] + [AlertCondition.FROZEN] * 5)
    assert [notice.kind for _, notice in history] == [BEGAN]


def test_a_notice_takes_along_what_is_nearly_due():
    """Two failures are enough then, and six days since the last notice; one failure is not."""

    def kinds(failures: int, days: int, *, joins: bool) -> NoticeKind | None:
        alert: Alert | None = None
        notice: Notice | None = None
        now = NOW
        steps = [timedelta()] * failures if not days else [timedelta()] * 3 + [HOUR, days * DAY]
        for number, step in enumerate(steps):
            now += step
            is_last = number == len(steps) - 1
            seen = alerts.Observation(condition=FAILING)
            decision = alerts.decide(alert, seen, now, joins=joins and is_last)
            alert, notice = decision.alert, decision.notice
        return notice.kind if notice else None

    assert kinds(2, 0, joins=True) is BEGAN
    assert kinds(1, 0, joins=True) is kinds(2, 0, joins=False) is None
    assert kinds(3, 6, joins=True) is STILL
    assert kinds(3, 5, joins=True) is kinds(3, 6, joins=False) is None


def test_a_well_source_leaves_no_alert():
    """Two days after an outage nothing is remembered of it; a day after a notice it is."""
    alert = None
    for number in range(4 * 24 * 3):
        now = NOW + number * QUARTER
        alert = alerts.decide(alert, alerts.Observation(condition=FAILING if number < 2 else WELL), now).alert
        assert alerts.is_idle(alert, now) is (number >= 2 + 4 * 48)


CONDITIONS = st.sampled_from([WELL, FAILING])
RUNS = st.lists(st.tuples(CONDITIONS, st.integers(1, 300)), min_size=1, max_size=40)


@given(RUNS)
@example([(FAILING, 4000)])
@example([(FAILING, 12), (WELL, 8)] * 40)
@example([(FAILING, 3), (WELL, 3)] * 200)
def test_notices_are_few_and_complete(runs: list[tuple[AlertCondition, int]]):
    """At most two in 24 hours, one a week while a source fails, one for each outage that is long enough."""
    polls = [condition for condition, count in runs for _ in range(count)]
    history = notices(polls + [WELL] * 4 * 24 * 3)
    times = [when for when, _ in history]
    assert all(later - earlier >= DAY for earlier, later in zip(times, times[2:], strict=False))
    is_named, named_at = False, dict(history)
    last, failing_since = NOW, None
    named_times: list[tuple[datetime, datetime]] = []
    for number, condition in enumerate(polls):
        now = NOW + number * QUARTER
        notice = named_at.get(now)
        if notice:
            # Well again only after a begin, or for an outage that had none in time.
            assert is_named or notice.kind is not NoticeKind.STILL
            assert notice.kind is not ENDED or is_named or (notice.until or now) - notice.since >= HOUR
            assert notice.kind is not BEGAN or not is_named or notice.condition in {FLAPPING, FAILING}
            is_named = notice.kind is not ENDED
            named_times.append((notice.since, now))
            last = now
        if condition is WELL:
            failing_since = None
            continue
        failing_since = failing_since or now
        if now - failing_since >= DAY + HOUR:
            assert is_named
            assert now - last <= timedelta(days=7)


@given(RUNS)
def test_each_long_outage_has_a_notice(runs: list[tuple[AlertCondition, int]]):
    """From its begin until a day after it would be due, some notice names or covers an outage of an hour."""
    history = notices([condition for condition, count in runs for _ in range(count)] + [WELL] * 4 * 24 * 3)
    polls = [condition for condition, count in runs for _ in range(count)]
    start = 0
    while start < len(polls):
        end = start
        while end < len(polls) and polls[end] is FAILING:
            end += 1
        if end - start > 4:
            began, due = NOW + start * QUARTER, NOW + (start + 4) * QUARTER
            before = [notice for when, notice in history if when < due]
            is_known = bool(before) and before[-1].kind is not ENDED
            soon = [when for when, _ in history if due <= when <= due + DAY]
            assert is_known or soon, (began, summary(history))
        start = max(end, start + 1)
