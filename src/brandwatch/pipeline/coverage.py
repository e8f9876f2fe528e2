"""The coverage of a report: which of its sources were seen in its period, and what is true of the others."""

from __future__ import annotations

from dataclasses import replace
from math import inf
from typing import TYPE_CHECKING, NamedTuple

from brandwatch.frozen_classes import dataclass
from brandwatch.models import Coverage, Health
from brandwatch.pipeline import source_condition
from brandwatch.storage import poll_clock, rows, sources

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from brandwatch.models import SourceCondition, SourceState
    from brandwatch.storage import Store
    from brandwatch.storage.sources import SourceTimes

MIN_LATE_DEFERRALS = 2
"""A source that waited in one poll comes first in the next: that is how budgets work."""

_WORST_FIRST = {health: rank for rank, health in enumerate(source_condition.WORST_FIRST)}
_FAILURES = frozenset({Health.PAUSED, Health.THROTTLED, Health.FAILING, Health.FLAKY})


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportPeriod:
    """The period of a report; *until* is `None` for one that lasts until *now*. One before the last poll is past."""

    now: datetime
    since: datetime | None = None
    until: datetime | None = None


class _PeriodFacts(NamedTuple):
    """What is known of sources in a period, by URL: which answered, the classes of failures, and the conditions."""

    answered: Collection[str]
    failures: Mapping[str, str]
    conditions: Mapping[str, SourceCondition]


def measure_coverage(store: Store, expected: Collection[str] | None, period: ReportPeriod) -> Coverage:
    """Return the coverage of the *expected* source URLs, by default of all that were ever polled, in a period."""
    known = {each[0]: each for each in sources.source_times(store)}
    if expected is None:
        threads = {thread.url for thread in sources.followed_threads(store)}
        expected = [url for url in known if url not in threads]
    urls = dict.fromkeys(expected)
    watched = [known[url] for url in urls if url in known]
    followed = [thread.url for thread in sources.followed_threads(store, period.now) if thread.through in urls]
    # Of the others a report has nothing to say.
    unwell = [url for url, is_well, _, _ in watched if not is_well]
    states = {state.url: state for state in sources.states_of_sources(store, [*unwell, *followed])}
    facts = _facts(store, watched, [states[url] for url in unwell], period)
    return replace(
        _sum_up(facts, [states[url] for url in unwell], watched, expected=len(urls)),
        unseen=tuple(url for url in urls if url not in facts.answered and url not in facts.failures),
        gaps=tuple(gap for gap in sources.source_gaps(store, period.since, period.until) if gap.source in urls),
        first_polls=_first_polls(watched),
        threads=len(followed),
        failing_threads=tuple(
            (url, states[url].fetch_class or "") for url in followed if source_condition.is_failing(states[url])
        ),
    )


def _sum_up(
    facts: _PeriodFacts, states: Iterable[SourceState], watched: Iterable[SourceTimes], expected: int
) -> Coverage:
    """Return the coverage of the sources that a report mentions, the worst first."""
    by_url = {state.url: state for state in states}
    mentioned = (url for url, *_ in watched if url in by_url or url in facts.failures)
    urls = sorted(mentioned, key=lambda url: _rank(facts.conditions.get(url)))
    waiting = [url for url in urls if url in by_url and by_url[url].deferrals >= MIN_LATE_DEFERRALS]
    remarkable = [url for url in urls if url in by_url and by_url[url].remark and url not in facts.conditions]
    return Coverage(
        expected=expected,
        seen=len(facts.answered),
        failures=tuple((url, facts.failures[url]) for url in urls if url in facts.failures),
        conditions=tuple((url, facts.conditions[url]) for url in urls if url in facts.conditions),
        deferred=tuple((url, by_url[url].deferrals) for url in waiting),
        remarks=tuple((url, by_url[url].remark) for url in remarkable),
    )


def _first_polls(watched: Iterable[SourceTimes]) -> tuple[tuple[str, datetime], ...]:
    # Sources that were added together share the second of their first poll.
    times = [(url, first_poll) for url, _, first_poll, _ in watched if first_poll is not None]
    moments = {first_poll: rows.moment(first_poll) for first_poll in {first_poll for _, first_poll in times}}
    return tuple((url, moments[first_poll]) for url, first_poll in times)


def _facts(
    store: Store, watched: Sequence[SourceTimes], states: Sequence[SourceState], period: ReportPeriod
) -> _PeriodFacts:
    # Until the next poll the state of a source does not change: “until now” is not the past.
    if period.until is not None and period.until < _last_poll(store, watched, period.now):
        return _past_facts(store, watched, states, replace(period, now=period.until))
    now = source_condition.trusted_time(poll_clock.read_poll_clock(store), period.now)
    conditions = ((state.url, source_condition.condition(state, now)) for state in states)
    return _PeriodFacts(
        answered=_answered_since(watched, period.since),
        failures={state.url: state.fetch_class or "" for state in states if source_condition.is_failing(state)},
        conditions={url: condition for url, condition in conditions if condition.health is not Health.OK},
    )


def _past_facts(
    store: Store, watched: Sequence[SourceTimes], states: Iterable[SourceState], period: ReportPeriod
) -> _PeriodFacts:
    """Return the known facts of a period in the past: its fetches, as long as they are logged, and lasting conditions.

    A condition that has ended is not known any more, and neither is one before the last.
    """
    first, end = sources.first_fetch(store), period.now
    is_logged = first is not None and first < end
    fetches = sources.fetch_results(store, period.since, end) if is_logged else {}
    answered, failures, conditions = set(), {}, {}
    since = _answered_since(watched, period.since)
    for url, _, first_poll, _ in watched:
        fetched = fetches.get(url)
        if fetched is None:
            began = first_poll is not None and rows.moment(first_poll) < end
            if not is_logged and began and url in since:
                answered.add(url)
        elif fetched.has_answered:
            answered.add(url)
        if fetched and fetched.failure:
            failures[url] = fetched.failure
    for state in states:
        lasting = (each for each in source_condition.conditions(state, end) if each.since and each.since < end)
        if condition := next((each for each in lasting if each.health not in _FAILURES), None):
            conditions[state.url] = condition
    return _PeriodFacts(answered, failures, conditions)


def _last_poll(store: Store, watched: Iterable[SourceTimes], default: datetime) -> datetime:
    summaries = sources.source_summaries(store)
    polls = (last_poll for url, *_ in watched if (last_poll := summaries[url].last_poll) is not None)
    last_poll = max(polls, default=None)
    return default if last_poll is None else rows.moment(last_poll)


def _answered_since(watched: Iterable[SourceTimes], since: datetime | None) -> set[str]:
    begin = -inf if since is None else since.timestamp()
    return {url for url, _, _, last_success in watched if last_success is not None and last_success >= begin}


def _rank(condition: SourceCondition | None) -> tuple[int, str]:
    if condition is None:
        return len(_WORST_FIRST), ""
    return _WORST_FIRST[condition.health], condition.since.isoformat() if condition.since else ""
