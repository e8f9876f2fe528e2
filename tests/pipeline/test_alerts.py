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


SECOND = timedelta(seconds=1)


def alert(condition: AlertCondition = WELL, age: timedelta = 3 * DAY, **facts: object) -> Alert:
    """Return the stored alert of a condition that began some time ago."""
    return Alert(condition=condition, since=NOW - age, at=NOW - QUARTER, **facts)  # type: ignore[arg-type]


def named(condition: AlertCondition, *notices: timedelta, age: timedelta = 3 * DAY, **facts: object) -> Alert:
    """Return the stored alert of a condition that notices named so long ago, the latest first."""
    times = {"named_since": NOW - age, "notices": tuple(NOW - notice for notice in notices)}
    return alert(condition, age, named=condition, **(times | facts))


def decided(before: Alert | None, condition: AlertCondition | None, **facts: object) -> alerts.AlertDecision:
    """Decide about an observation at the time of the test."""
    return alerts.decide(before, alerts.Observation(condition=condition, **facts), NOW)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        (alert(), True),
        (alert(FAILING), False),
        (alert(named=FAILING), False),
        (alert(unnamed_since=NOW - DAY), False),
        (alert(outages=1), False),
        (alert(notices=(NOW - DAY,)), True),
        (alert(notices=(NOW - DAY + SECOND,)), False),
        (alert(notices=(NOW - DAY, NOW - 2 * DAY)), True),
        (alert(notices=(NOW - HOUR, NOW - 2 * DAY)), False),
    ],
)
def test_only_a_well_source_without_news_is_forgotten(stored: Alert, expected: bool):
    """The limit of notices needs the last one for a day."""
    assert alerts.is_idle(stored, NOW) is expected


@pytest.mark.parametrize(
    ("failures", "age", "alert_after", "joins", "expected"),
    [
        (3, HOUR, None, False, True),
        (3, HOUR - SECOND, None, False, False),
        (2, HOUR, None, False, False),
        (2, timedelta(), None, True, True),
        (1, 9 * DAY, None, True, False),
        (1, HOUR, HOUR, False, True),
        (9, HOUR - SECOND, HOUR, False, False),
        (9, HOUR - SECOND, HOUR, True, False),
        (1, timedelta(), timedelta(), False, True),
    ],
)
def test_the_bounds_of_a_reportable_outage(
    failures: int, age: timedelta, alert_after: timedelta | None, joins: bool, expected: bool
):
    """An hour and three failures, two beside another notice, or the time of the query file alone."""
    assert alerts.is_reportable(alert(FAILING, age, failures=failures), alert_after, NOW, joins=joins) is expected
    assert not alerts.is_reportable(alert(age=age, failures=failures), alert_after, NOW, joins=joins)


@pytest.mark.parametrize(
    ("ago", "joins", "expected"),
    [
        (7 * DAY, False, True), (7 * DAY - SECOND, False, False), (6 * DAY, True, True),
        (6 * DAY - SECOND, True, False),
        (-DAY + SECOND, False, False), (-DAY, False, True),
    ],
)  # fmt: skip
def test_the_bounds_of_a_reminder(ago: timedelta, joins: bool, expected: bool):
    """A week, or six days beside another notice; a notice more than a day in the future was of a wrong clock."""
    assert alerts.is_reminder_due(NOW - ago, NOW, joins=joins) is expected


@pytest.mark.parametrize(
    ("notices", "is_told"),
    [
        ((23 * HOUR,), True),
        ((HOUR, DAY), True),
        ((HOUR, DAY - SECOND), False),
        ((HOUR, timedelta()), False),
        ((HOUR, -SECOND), True),
    ],
)
def test_the_third_notice_waits_for_a_day_after_the_first(notices: tuple[timedelta, ...], is_told: bool):
    """A notice of the future was one of a wrong clock."""
    decision = decided(named(AlertCondition.FROZEN, *notices), WELL)
    assert (decision.notice is not None) is is_told
    assert decision.quiet.named is AlertCondition.FROZEN
    latest = (NOW, NOW - notices[0]) if is_told else tuple(NOW - notice for notice in notices)
    assert decision.alert.notices == latest


@pytest.mark.parametrize("condition", [AlertCondition.EMPTY, AlertCondition.SHRUNK])
def test_the_bound_of_an_empty_feed(condition: AlertCondition):
    """From a day on it is news; a failure before it has ended then."""
    for age, kinds in ((DAY, (BEGAN, BEGAN)), (DAY - SECOND, (None, ENDED))):
        begun = {"since": NOW - age}
        found = [decided(before, condition, **begun).notice for before in (None, named(FAILING, 3 * DAY))]
        assert tuple(notice and notice.kind for notice in found) == kinds


def test_an_outage_begins_when_the_source_says_so():
    """Not in the future; its failures are those of the source, and count on with every fetch."""
    first = decided(None, FAILING, since=NOW - 2 * HOUR, failures=2, detail="dns").alert
    assert (first.since, first.failures, first.outages, first.unsteady_since, first.detail) == (
        NOW - 2 * HOUR, 2, 1, NOW - 2 * HOUR, "dns",
    )  # fmt: skip
    assert decided(None, FAILING, since=NOW + HOUR).alert.since == NOW
    assert decided(None, AlertCondition.FROZEN, since=NOW - DAY).alert.since == NOW - DAY
    again = decided(first, FAILING, since=NOW - 9 * DAY).alert
    assert (again.since, again.failures, again.outages, again.detail) == (NOW - 2 * HOUR, 3, 1, "dns")
    assert decided(first, FAILING, is_fetched=False).alert.failures == 2
    well = decided(again, WELL, since=NOW - 9 * DAY).alert
    assert (well.since, well.failures, well.outages) == (NOW, 0, 1)
    second = decided(well, FAILING, since=NOW - HOUR).alert
    assert (second.outages, second.unsteady_since, second.failing_share > again.failing_share / 2) == (
        2, NOW - 2 * HOUR, True,
    )  # fmt: skip


def test_what_a_poll_did_not_fetch_has_no_share_in_flapping():
    """A fetch weighs a twentieth; an observation without one changes nothing."""
    failing = alert(FAILING, HOUR, failing_share=0.5)
    assert decided(failing, FAILING).alert.failing_share == pytest.approx(0.525)
    assert decided(alert(age=HOUR, failing_share=0.5), WELL).alert.failing_share == pytest.approx(0.475)
    assert decided(failing, FAILING, is_fetched=False).alert.failing_share == 0.5


def test_a_condition_that_is_not_known_stays():
    """With its detail; a new detail of the same condition replaces it."""
    frozen = named(AlertCondition.FROZEN, HOUR, detail="no new entry")
    assert decided(frozen, None).alert.condition is AlertCondition.FROZEN
    assert decided(frozen, None).alert.detail == "no new entry"
    assert decided(frozen, AlertCondition.FROZEN, detail="the same copy").alert.detail == "the same copy"
    assert decided(frozen, AlertCondition.SHRUNK, detail="").alert.detail == ""


@pytest.mark.parametrize(
    ("outages", "share", "age", "expected"),
    [
        (3, 0.2, HOUR, FLAPPING), (2, 0.25, HOUR, FAILING), (3, 0.15, HOUR, FAILING), (4, 0.9, 2 * DAY, FAILING),
        (4, 0.9, 2 * DAY - SECOND, FLAPPING),
    ],
)  # fmt: skip
def test_the_bounds_of_flapping(outages: int, share: float, age: timedelta, expected: AlertCondition):
    """Three outages, a fifth of the fetches, and no two days without a change."""
    before = alert(FAILING, age, failures=9, outages=outages, failing_share=share, unsteady_since=NOW - 9 * DAY)
    notice = decided(before, FAILING, is_fetched=False).notice
    assert notice is not None
    assert (notice.kind, notice.condition) == (BEGAN, expected)
    assert notice.since == (NOW - 9 * DAY if expected is FLAPPING else NOW - age)
    assert notice.outages == (0 if age == 2 * DAY else outages)


def test_a_source_that_stops_flapping_is_told_when_it_is_steady():
    """After two days: well, or failing; before that it flaps on."""
    for condition in (WELL, FAILING):
        for age, told in ((2 * DAY, condition), (2 * DAY - SECOND, FLAPPING)):
            before = alert(
                condition, age, named=FLAPPING, named_since=NOW - 5 * DAY, notices=(NOW - 5 * DAY,), outages=5,
                failing_share=0.1,
            )  # fmt: skip
            decision = decided(before, condition)
            assert decision.alert.named is told
            assert (decision.notice is not None) is (age == 2 * DAY)


@pytest.mark.parametrize("condition", [WELL, FAILING])
def test_two_days_without_a_change_are_steady(condition: AlertCondition):
    """What was before counts for no flapping any more; a second earlier it does."""
    facts = {"outages": 3, "failing_share": 0.5, "unsteady_since": NOW - 9 * DAY}
    steady = decided(alert(condition, 2 * DAY, **facts), condition, is_fetched=False).alert
    assert (steady.outages, steady.failing_share, steady.unsteady_since) == (0, 0.0, None)
    unsteady = decided(alert(condition, 2 * DAY - SECOND, **facts), condition, is_fetched=False).alert
    assert (unsteady.outages, unsteady.failing_share, unsteady.unsteady_since) == (3, 0.5, NOW - 9 * DAY)


def test_an_outage_that_was_too_short_to_be_named_is_over_without_a_notice():
    """One that lasted long enough is told with its length when it is over, if the limit delayed its notice."""
    delayed = alert(FAILING, 2 * HOUR, failures=8, notices=(NOW - HOUR, NOW - 2 * HOUR))
    first = decided(delayed, FAILING)
    assert (first.notice, first.alert.unnamed_since) == (None, NOW - 2 * HOUR)
    later = alerts.decide(first.alert, alerts.Observation(condition=WELL), NOW + DAY)
    assert later.notice is not None
    assert (later.notice.kind, later.notice.condition, later.notice.since, later.notice.until) == (
        ENDED, FAILING, NOW - 2 * HOUR, NOW + DAY,
    )  # fmt: skip
    assert (later.alert.unnamed_since, later.alert.named_since) == (None, None)
    short = alert(FAILING, HOUR / 2, failures=2, notices=(NOW - HOUR, NOW - 2 * HOUR))
    ended = alerts.decide(decided(short, FAILING).alert, alerts.Observation(condition=WELL), NOW + DAY)
    assert (ended.notice, ended.alert.unnamed_since) == (None, None)


def test_a_reminder_has_the_begin_of_the_first_notice():
    """Also where the condition has begun anew since; the end too."""
    frozen = named(AlertCondition.FROZEN, 8 * DAY, named_since=NOW - 20 * DAY)
    still = decided(frozen, AlertCondition.FROZEN).notice
    assert still is not None
    assert (still.kind, still.since, still.until) == (STILL, NOW - 20 * DAY, None)
    ended = decided(frozen, WELL)
    assert ended.notice is not None
    assert (ended.notice.since, ended.notice.until, ended.alert.named_since) == (NOW - 20 * DAY, NOW, None)
    reminded = decided(frozen, AlertCondition.FROZEN).alert
    assert (reminded.named_since, reminded.notices) == (NOW - 20 * DAY, (NOW, NOW - 8 * DAY))


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
