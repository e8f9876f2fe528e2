"""The end of a poll: which sources fail, which changes are to be printed, and which source is due next."""

from __future__ import annotations

import logging
from dataclasses import field, replace
from datetime import datetime, timedelta
from operator import itemgetter
from typing import TYPE_CHECKING

from brandwatch.config.secrets import LogText
from brandwatch.frozen_classes import dataclass
from brandwatch.models import LATENESS, NETWORK, Alert, AlertCondition, Health, Notice, NoticeKind, SourceState
from brandwatch.pipeline import alerts, network_outage, source_condition
from brandwatch.storage import Store, alert_rows, rows
from brandwatch.text import plural

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from brandwatch.models import Source, SourceOutcome
    from brandwatch.storage.sources import SourceSummary

_LOG = logging.getLogger(__name__)

MAX_NETWORK_PAUSE = timedelta(hours=1)
"""Sources that failed with the network are fetched again after this time at most, not after their doubled pauses."""

_CONDITIONS = {
    Health.FROZEN: AlertCondition.FROZEN,
    Health.EMPTY: AlertCondition.EMPTY,
    Health.SHRUNK: AlertCondition.SHRUNK,
    Health.REPLACED: AlertCondition.REPLACED,
    Health.MOVED: AlertCondition.MOVED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PollEnded:
    """The last event of a poll, about the sources that it was for.

    *failing* are the sources that fail, fetched in this poll or not; *network* is the reason if the network does.
    *notices* are the changes that an unattended poll prints. *next_due* is the source that is due next.
    """

    failing: tuple[SourceState, ...] = ()
    network: str = ""
    notices: tuple[Notice, ...] = ()
    next_due: SourceState | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertChanges:
    """The decisions about sources, by URL, about the network, and about lateness, before they are stored.

    *hastened* are the sources that wait no longer than `MAX_NETWORK_PAUSE`.
    """

    sources: Mapping[str, alerts.AlertDecision] = field(default_factory=dict)
    network: alerts.AlertDecision | None = None
    lateness: alerts.AlertDecision | None = None
    hastened: Collection[str] = ()

    @property
    def is_network_down(self) -> bool:
        """Whether the network is down, as far as this poll knows."""
        return self.network is not None and self.network.alert.condition is AlertCondition.FAILING

    def notices(self) -> tuple[Notice, ...]:
        """Return the notices, those about all sources first."""
        decisions = (self.network, self.lateness, *self.sources.values())
        return tuple(decision.notice for decision in decisions if decision and decision.notice)


@dataclass(frozen=True, slots=True, kw_only=True)
class PollFacts:
    """What a poll knows at its end of the sources that it was for, by URL.

    *states* are those of the sources that were due, that are not well, or that have an alert; of all others the
    *summaries* are enough. *failed_before* are the URLs of those that failed before it, *missing* is the number of
    those that it had no time for; *alerts* are the stored ones of sources, *subjects* the others.
    """

    now: datetime
    polled: Mapping[str, Source]
    states: Mapping[str, SourceState]
    outcomes: Mapping[str, SourceOutcome]
    summaries: Mapping[str, SourceSummary] = field(default_factory=dict)
    failed_before: Collection[str] = ()
    missing: int = 0
    alerts: Mapping[str, Alert] = field(default_factory=dict)
    subjects: Mapping[str, Alert] = field(default_factory=dict)

    def known_states(self) -> Iterator[SourceState]:
        """Yield the states of the sources of which more than a summary is known."""
        return (self.states[url] for url in self.polled if url in self.states)

    def next_due(self) -> SourceState | None:
        """Return the URL and the next poll of the source that is due next."""
        paused = {url for url, state in self.states.items() if source_condition.is_paused(state)}
        waiting = ((due, url) for url in self.polled if url not in paused and (due := self._next_poll(url)) is not None)
        due, url = min(waiting, key=itemgetter(0), default=(None, ""))
        return None if due is None else SourceState(url=url, next_due=rows.moment(due))

    def _next_poll(self, url: str) -> int | None:
        if state := self.states.get(url):
            return rows.seconds(state.next_due)
        return self.summaries[url].next_due if url in self.summaries else None


def conclude(facts: PollFacts, changes: AlertChanges) -> PollEnded:
    """Sum up a poll."""
    return PollEnded(
        failing=tuple(filter(source_condition.is_failing, facts.known_states())),
        network=changes.network.alert.detail if changes.network and changes.is_network_down else "",
        notices=changes.notices(),
        next_due=facts.next_due(),
    )


def decide_alerts(facts: PollFacts) -> AlertChanges:
    """Decide about the poll and the network, and about each source unless the network is down."""
    network = _network_decision(facts)
    changes = AlertChanges(network=network, lateness=_lateness_decision(facts))
    if changes.is_network_down:
        failed = tuple(url for url, outcome in facts.outcomes.items() if outcome.has_failed)
        return replace(changes, hastened=failed)
    well_since = network.alert.since if network else None
    seen = {state.url: seen for state in facts.known_states() if (seen := _observe(state, facts, well_since))}
    decisions = {url: _decide(url, seen[url], facts) for url in seen}
    changes = replace(changes, sources=decisions)
    if changes.notices():
        changes = replace(changes, sources=decisions | _joining_decisions(decisions, seen, facts))
    return changes


def store_alerts(store: Store, changes: AlertChanges, facts: PollFacts, *, are_printed: bool) -> None:
    """Store the alerts after a poll; a notice that was not printed is due in a later one."""

    def choose(decision: alerts.AlertDecision) -> Alert | None:
        alert = decision.alert if are_printed else decision.quiet
        return None if alerts.is_idle(alert, facts.now) else alert

    changed = {url: choose(decision) for url, decision in changes.sources.items()}
    decisions = {NETWORK: changes.network, LATENESS: changes.lateness}
    subjects = {subject: choose(decision) for subject, decision in decisions.items() if decision}
    if changed or subjects:
        alert_rows.save_alerts(store, sources=changed, subjects=subjects)
    if changes.hastened:
        latest = int((facts.now + MAX_NETWORK_PAUSE).timestamp())
        alert_rows.advance_polls(store, changes.hastened, latest)
    for notice in changes.notices():
        subject = LogText(notice.subject)
        _LOG.info(
            "notice kind=%s condition=%s subject=%s printed=%s", notice.kind, notice.condition, subject, are_printed
        )


def _network_decision(facts: PollFacts) -> alerts.AlertDecision | None:
    """Decide about the network; `None` if it is well and always was."""
    before = facts.subjects.get(NETWORK)
    was_down = before is not None and before.condition is AlertCondition.FAILING
    state = network_outage.network_state(facts.outcomes.values(), facts.failed_before, facts.polled, was_down=was_down)
    if before is None and not (state and state.is_down):
        return None
    condition = None
    if state:
        condition = AlertCondition.FAILING if state.is_down else AlertCondition.WELL
    seen = alerts.Observation(condition=condition, is_fetched=state is not None, detail=state.reason if state else "")
    return _of_subject(alerts.decide(before, seen, facts.now), NETWORK)


def _lateness_decision(facts: PollFacts) -> alerts.AlertDecision | None:
    """Decide about the sources that the poll had no time for: the first poll that ends so has a notice."""
    before = facts.subjects.get(LATENESS)
    if before is None and not facts.missing:
        return None
    condition = AlertCondition.FAILING if facts.missing else AlertCondition.WELL
    seen = alerts.Observation(
        condition=condition,
        detail=f"{plural(facts.missing, 'source')} not fetched in time; they come first next time",
        alert_after=timedelta(),
    )
    return _of_subject(alerts.decide(before, seen, facts.now), LATENESS)


def _of_subject(decision: alerts.AlertDecision, subject: str, group: str = "") -> alerts.AlertDecision:
    if decision.notice is None:
        return decision
    return replace(decision, notice=replace(decision.notice, subject=subject, group=group))


def _observe(state: SourceState, facts: PollFacts, network_well_since: datetime | None) -> alerts.Observation | None:
    """Return the observation of a source, `None` if nothing is to be remembered of it."""
    before, is_fetched = facts.alerts.get(state.url), state.url in facts.outcomes
    if source_condition.is_failing(state):
        since, failures = state.history.failing_since, state.failures
        if network_well_since and _is_before(since, network_well_since):
            if _is_before(state.last_poll, network_well_since):
                # It failed together with all others, and was not fetched since.
                return None
            since, failures = None, 1
        return alerts.Observation(
            condition=AlertCondition.FAILING,
            is_fetched=is_fetched,
            since=since,
            failures=failures,
            detail=failure_text(state),
            alert_after=facts.polled[state.url].alert_after,
        )
    current = source_condition.condition(state, facts.now)
    condition = _CONDITIONS.get(current.health, AlertCondition.WELL)
    if current.health is Health.FLAKY and before and before.named is AlertCondition.MOVED:
        # It is still moved, the lesser of the two conditions.
        condition = before.named
    if before is None and condition is AlertCondition.WELL:
        return None
    return alerts.Observation(condition=condition, is_fetched=is_fetched, since=current.since, detail=current.detail)


def _decide(url: str, seen: alerts.Observation, facts: PollFacts, *, joins: bool = False) -> alerts.AlertDecision:
    decision = alerts.decide(facts.alerts.get(url), seen, facts.now, joins=joins)
    return _of_subject(decision, url, _group(url, facts))


def _joining_decisions(
    decisions: Mapping[str, alerts.AlertDecision], seen: Mapping[str, alerts.Observation], facts: PollFacts
) -> dict[str, alerts.AlertDecision]:
    """Decide again about sources without a notice: similar failures and reminders join a mail that is sent anyway."""
    beginning = {
        each.notice.group
        for each in decisions.values()
        if each.notice and each.notice.kind is NoticeKind.BEGAN and each.notice.condition is AlertCondition.FAILING
    }
    joining = {}
    for url, decision in decisions.items():
        is_reminder = decision.alert.named in {decision.alert.condition, *alerts.OUTAGES}
        is_similar = decision.alert.condition is AlertCondition.FAILING and _group(url, facts) in beginning
        if decision.notice is None and (is_reminder or is_similar):
            joining[url] = _decide(url, seen[url], facts, joins=True)
    return joining


def _group(url: str, facts: PollFacts) -> str:
    """Return a key that is equal for sources that fail in the same way."""
    state, outcome = facts.states[url], facts.outcomes.get(url)
    if not source_condition.is_failing(state):
        return ""
    return network_outage.failure_group(state.fetch_class, state.error, outcome.fetch.obstacle if outcome else "")


def _is_before(when: datetime | None, limit: datetime) -> bool:
    # Stored times are whole seconds.
    return when is None or when < limit.replace(microsecond=0)


def failure_text(state: SourceState) -> str:
    """Return the class and the error of a source that fails."""
    paused = "; it is paused, and `poll --force` fetches it" if source_condition.is_paused(state) else ""
    return f"{state.fetch_class}: {state.error}{paused}"
