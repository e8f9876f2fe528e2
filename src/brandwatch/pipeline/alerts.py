"""Decide which changes of a source an unattended poll prints: cron mails whatever is printed. Pure.

A notice says that something began, that it lasts for another week, or that it is over. A source that goes up and down
has at most two notices a day, and soon one that names it flapping.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from brandwatch.frozen_classes import dataclass
from brandwatch.models import Alert, AlertCondition, Notice, NoticeKind

ALERT_AFTER = timedelta(hours=1)
"""An outage without `alert_after` is reported after this time, and after the third failure in a row."""
MIN_FAILURES = 3
REMINDER_INTERVAL = timedelta(days=7)
MAX_NOTICES_PER_DAY = 2
"""Of one source."""
STEADY_TIME = timedelta(days=2)
"""A source that was well, or failed, without a break for this long does not flap."""
MIN_FLAPPING_OUTAGES = 3
MIN_FLAPPING_SHARE = 0.2
"""The share of its latest fetches that failed. One failed fetch in twenty is no flapping. A share of time
would mislead: a source without news is fetched seldom. One that was down for 45 of 90 minutes failed 15 % of a day."""

OUTAGES = frozenset({AlertCondition.FAILING, AlertCondition.FLAPPING})
"""The conditions of a source that does not answer."""

# The weight of one fetch. Ten fetches of which every other one failed make a share of 0.2.
_FETCH_WEIGHT = 0.05
_DAY = timedelta(days=1)
# A feed may be empty at night, or short at the weekend; a replaced one is reported at once.
_MIN_TIMES = {AlertCondition.EMPTY: _DAY, AlertCondition.SHRUNK: _DAY}
# Nothing is missed of a source that has moved: one notice is enough.
_WITHOUT_REMINDER = frozenset({AlertCondition.WELL, AlertCondition.MOVED})
# A mail that is sent anyway includes what would soon have one of its own.
_JOINING_FAILURES = 2
_JOINING_TIME = _DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """The condition of a source, or of the network, at the end of a poll.

    *condition* is `None` if the poll says nothing about it. *is_fetched*: the poll fetched the source, so that a
    failure is one more. *since* is the begin of the condition, if it is known, and *failures* the failures in a row
    since then. *alert_after* is set in a query file.
    """

    condition: AlertCondition | None
    is_fetched: bool = True
    since: datetime | None = None
    failures: int = 1
    detail: str = ""
    alert_after: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertDecision:
    """The alert to store and the notice to print, if any; *quiet* is the alert to store if that is not printed."""

    alert: Alert
    quiet: Alert
    notice: Notice | None = None


def decide(before: Alert | None, seen: Observation, now: datetime, *, joins: bool = False) -> AlertDecision:
    """Decide about one subject; *before* is its stored alert, if any. *joins*: another notice is printed anyway."""
    alert = _observe(before or Alert(since=now, at=now), seen, now)
    if is_reportable(alert, seen.alert_after, now, joins=joins) and alert.named not in OUTAGES:
        alert = replace(alert, unnamed_since=alert.unnamed_since or alert.since)
    condition = _condition_to_name(alert, now)
    kind = _notice_kind(alert, condition, now, joins=joins)
    if kind is None or _is_over_limit(alert, now):
        return AlertDecision(alert=alert, quiet=alert)
    notice = _build_notice(alert, condition, kind)
    named = replace(
        alert,
        named=condition,
        named_since=_named_since(alert, condition, notice),
        notices=(now, *alert.notices)[:MAX_NOTICES_PER_DAY],
        unnamed_since=None,
    )
    return AlertDecision(alert=named, quiet=alert, notice=notice)


def is_idle(alert: Alert, now: datetime) -> bool:
    """Whether nothing needs to be remembered of a subject."""
    is_well = alert.condition is alert.named is AlertCondition.WELL and alert.unnamed_since is None
    return is_well and not alert.outages and not (alert.notices and now - alert.notices[0] < _DAY)


def is_reportable(alert: Alert, alert_after: timedelta | None, now: datetime, *, joins: bool = False) -> bool:
    """Whether an outage lasts long enough for a notice."""
    if alert.condition is not AlertCondition.FAILING:
        return False
    if alert_after is not None:
        return now - alert.since >= alert_after
    if joins and alert.failures >= _JOINING_FAILURES:
        return True
    return alert.failures >= MIN_FAILURES and now - alert.since >= ALERT_AFTER


def is_reminder_due(last: datetime, now: datetime, *, joins: bool = False) -> bool:
    """Whether a week is over since the *last* notice; a time in the future is that of a wrong clock."""
    interval = REMINDER_INTERVAL - _JOINING_TIME if joins else REMINDER_INTERVAL
    return not -_DAY < now - last < interval


def _observe(before: Alert, seen: Observation, now: datetime) -> Alert:
    """Return the alert after an observation, before any notice."""
    is_failing = before.condition is AlertCondition.FAILING
    condition = before.condition if seen.condition is None else seen.condition
    weight = _FETCH_WEIGHT if seen.is_fetched else 0.0
    share = before.failing_share + ((condition is AlertCondition.FAILING) - before.failing_share) * weight
    alert = replace(before, at=now, failing_share=share)
    since = min(seen.since or now, now)
    if condition is AlertCondition.FAILING:
        if is_failing:
            alert = replace(alert, failures=alert.failures + seen.is_fetched, detail=seen.detail or alert.detail)
        else:
            alert = replace(
                alert,
                condition=condition,
                since=since,
                failures=seen.failures,
                outages=alert.outages + 1,
                unsteady_since=alert.unsteady_since or since,
                detail=seen.detail,
            )
    elif condition is not before.condition:
        since = now if condition is AlertCondition.WELL else since
        alert = replace(alert, condition=condition, since=since, failures=0, detail=seen.detail)
    else:
        alert = replace(alert, detail=seen.detail or alert.detail)
    if _is_steady(alert, now):
        alert = replace(alert, outages=0, unsteady_since=None, failing_share=0.0)
    return alert


def _is_steady(alert: Alert, now: datetime) -> bool:
    return now - alert.since >= STEADY_TIME


def _condition_to_name(alert: Alert, now: datetime) -> AlertCondition:
    """Return the condition that people should know of: the named one, until another is certain."""
    is_flapping = alert.outages >= MIN_FLAPPING_OUTAGES and alert.failing_share >= MIN_FLAPPING_SHARE
    if is_flapping or (alert.named is AlertCondition.FLAPPING and not _is_steady(alert, now)):
        return AlertCondition.FLAPPING
    if alert.condition is AlertCondition.FAILING:
        is_certain = alert.unnamed_since is not None or alert.named is AlertCondition.FLAPPING
        return AlertCondition.FAILING if is_certain else alert.named
    if alert.condition is not alert.named and now - alert.since < _MIN_TIMES.get(alert.condition, timedelta()):
        return AlertCondition.WELL if alert.named in OUTAGES else alert.named
    return alert.condition


def _notice_kind(alert: Alert, condition: AlertCondition, now: datetime, *, joins: bool) -> NoticeKind | None:
    if condition is not alert.named:
        return NoticeKind.ENDED if condition is AlertCondition.WELL else NoticeKind.BEGAN
    if alert.unnamed_since is not None and alert.condition is not AlertCondition.FAILING:
        # It was over before a notice of it could be printed.
        return NoticeKind.ENDED
    if condition in _WITHOUT_REMINDER or not is_reminder_due(alert.notices[0], now, joins=joins):
        return None
    return NoticeKind.STILL


def _is_over_limit(alert: Alert, now: datetime) -> bool:
    """Whether one more notice would be more than two within 24 hours."""
    if len(alert.notices) < MAX_NOTICES_PER_DAY:
        return False
    return timedelta() <= now - alert.notices[MAX_NOTICES_PER_DAY - 1] < _DAY


def _build_notice(alert: Alert, condition: AlertCondition, kind: NoticeKind) -> Notice:
    since, until = alert.since, None
    if kind is NoticeKind.ENDED:
        condition = AlertCondition.FAILING if alert.unnamed_since else alert.named
        since, until = alert.unnamed_since or alert.named_since or alert.since, alert.since
    elif kind is NoticeKind.STILL:
        since = alert.named_since or alert.since
    elif condition is AlertCondition.FLAPPING:
        since = alert.unsteady_since or alert.since
    return Notice(
        kind=kind,
        condition=condition,
        since=since,
        until=until,
        detail=alert.detail,
        outages=alert.outages,
        failing_share=alert.failing_share,
    )


def _named_since(alert: Alert, condition: AlertCondition, notice: Notice) -> datetime | None:
    if condition is AlertCondition.WELL:
        return None
    return notice.since if notice.kind is NoticeKind.BEGAN else alert.named_since
