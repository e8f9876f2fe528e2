"""The coverage of a report: which of its sources were seen in its period, and what is true of the others."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from brandwatch.models import Coverage, Health, SourceCondition
from brandwatch.pipeline import source_condition
from brandwatch.storage import poll_clock, sources

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from brandwatch.models import SourceState
    from brandwatch.storage import Store

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


@dataclass(frozen=True, slots=True)
class _CoveredSource:
    """One source in a period: whether it answered, the class of its failure, and its condition."""

    state: SourceState
    has_answered: bool
    failure: str
    condition: SourceCondition

    @property
    def url(self) -> str:
        """The URL of the source."""
        return self.state.url


def measure_coverage(store: Store, expected: Collection[str] | None, period: ReportPeriod) -> Coverage:
    """Return the coverage of the *expected* source URLs, by default of all that were ever polled, in a period."""
    states = {state.url: state for state in sources.source_states(store)}
    if expected is None:
        threads = {thread.url for thread in sources.followed_threads(store)}
        urls = [url for url in states if url not in threads]
    else:
        urls = [*dict.fromkeys(expected)]
    results = _results(store, [states[url] for url in urls if url in states], period)
    followed = [thread.url for thread in sources.followed_threads(store, period.now) if thread.through in urls]
    return replace(
        _sum_up(sorted(results, key=_rank)),
        expected=len(urls),
        unseen=_unseen(urls, results),
        gaps=tuple(gap for gap in sources.source_gaps(store, period.since, period.until) if gap.source in urls),
        first_polls=tuple((result.url, result.state.first_poll) for result in results if result.state.first_poll),
        threads=len(followed),
        failing_threads=tuple(
            (url, states[url].fetch_class or "") for url in followed if source_condition.is_failing(states[url])
        ),
    )


def _sum_up(results: Sequence[_CoveredSource]) -> Coverage:
    unwell = [result for result in results if result.condition.health is not Health.OK]
    explained = {result.url for result in unwell}
    waiting = [result for result in results if result.state.deferrals >= MIN_LATE_DEFERRALS]
    remarkable = [result for result in results if result.state.remark and result.url not in explained]
    return Coverage(
        expected=len(results),
        seen=sum(result.has_answered for result in results),
        failures=tuple((result.url, result.failure) for result in results if result.failure),
        conditions=tuple((result.url, result.condition) for result in unwell),
        deferred=tuple((result.url, result.state.deferrals) for result in waiting),
        remarks=tuple((result.url, result.state.remark) for result in remarkable),
    )


def _unseen(urls: Iterable[str], results: Iterable[_CoveredSource]) -> tuple[str, ...]:
    known = {result.url for result in results if result.has_answered or result.failure}
    return tuple(url for url in urls if url not in known)


def _results(store: Store, states: Sequence[SourceState], period: ReportPeriod) -> list[_CoveredSource]:
    last_poll = max((state.last_poll for state in states if state.last_poll), default=period.now)
    # Until the next poll the state of a source does not change: “until now” is not the past.
    if period.until is not None and period.until < last_poll:
        return _past_results(store, states, replace(period, now=period.until))
    now = source_condition.trusted_time(poll_clock.read_poll_clock(store), period.now)
    return [
        _CoveredSource(
            state,
            has_answered=_has_answered_since(state, period.since),
            failure=(state.fetch_class or "") if source_condition.is_failing(state) else "",
            condition=source_condition.condition(state, now),
        )
        for state in states
    ]


def _past_results(store: Store, states: Iterable[SourceState], period: ReportPeriod) -> list[_CoveredSource]:
    """Return the known facts of a period in the past: its fetches, as long as they are logged, and lasting conditions.

    A condition that has ended is not known any more, and neither is one before the last.
    """
    first, end = sources.first_fetch(store), period.now
    is_logged = first is not None and first < end
    fetches = sources.fetch_results(store, period.since, end) if is_logged else {}
    results = []
    for state in states:
        fetched = fetches.get(state.url)
        began = state.first_poll is not None and state.first_poll < end
        was_seen = not is_logged and began and _has_answered_since(state, period.since)
        lasting = (one for one in source_condition.conditions(state, end) if one.since and one.since < end)
        condition = next((one for one in lasting if one.health not in _FAILURES), SourceCondition(health=Health.OK))
        results.append(
            _CoveredSource(
                state,
                has_answered=fetched.has_answered if fetched else was_seen,
                failure=fetched.failure if fetched else "",
                condition=condition,
            )
        )
    return results


def _has_answered_since(state: SourceState, since: datetime | None) -> bool:
    return state.last_success is not None and (since is None or state.last_success >= since)


def _rank(result: _CoveredSource) -> tuple[int, str]:
    since = result.condition.since
    return _WORST_FIRST[result.condition.health], since.isoformat() if since else ""
