"""The poll that finds nothing to do, as most of cron's do: how to recognise it, and what is left of it.

`run` has the order of all others. This one knows of query files what is cached, and imports neither the client nor the
parsers, the matcher and pydantic: they take half of the time of such a poll.
"""

from __future__ import annotations

import logging
from dataclasses import field
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from brandwatch import clock
from brandwatch.frozen_classes import dataclass
from brandwatch.models import COMMENTS_KIND, FEED_KIND
from brandwatch.pipeline import (
    clock_trust,
    expire,
    poll_end,
    schedule,
    source_condition,
    source_selection,
    stored_times,
)
from brandwatch.pipeline.schedule import CRON_SLACK, LAST_REFRESH
from brandwatch.storage import alert_rows, poll_clock, query_versions, responses, sources

if TYPE_CHECKING:
    from collections.abc import Collection, Coroutine, Iterator, Mapping, Sequence
    from datetime import datetime

    from brandwatch.models import QueryFacts, Source, SourceState
    from brandwatch.storage import Store
    from brandwatch.storage.sources import SourceSummary

_T = TypeVar("_T")
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class IdlePoll:
    """A poll of the sources of *queries*, or of those that *only* names; its other fields are those of `run.Poll`."""

    store: Store
    queries: Sequence[QueryFacts]
    only: Collection[str] = ()
    prints_notices: bool = False
    bounds: schedule.IntervalBounds = field(default_factory=schedule.IntervalBounds)
    now: datetime = field(default_factory=clock.now)

    def is_idle(self) -> bool:
        """Whether no query was edited, and no source, comment thread or response is due; in doubt it is not."""
        return not (self._has_edits() or self._has_due_sources() or self._has_due_responses())

    def run(self) -> Iterator[expire.ExpiryResult | poll_end.PollEnded]:
        """Do what every poll does at its end; yield the last events of `run.Poll.run`."""
        _LOG.info("due sources=0 threads=0 of=%d", len(self._polled))
        evaluated = clock_trust.evaluate_clock(poll_clock.read_poll_clock(self.store), self.now, ())
        poll_clock.save_poll_clock(self.store, evaluated, clock_trust.TIME_LIMITS)
        expiry = _finish(expire.expire_overdue(self.queries, (), self.store, evaluated))
        yield expiry
        facts = self._facts()
        changes = poll_end.AlertChanges() if expiry.clock.doubt else poll_end.decide_alerts(facts)
        yield poll_end.conclude(facts, changes)
        # A poll that is killed before has its notices printed again, rather than never.
        poll_end.store_alerts(self.store, changes, facts, are_printed=self.prints_notices)

    @cached_property
    def _polled(self) -> Mapping[str, Source]:
        named = (query for query in self.queries if not self.only or query.name in self.only)
        return schedule.merge_sources(named)

    @cached_property
    def _summaries(self) -> Mapping[str, SourceSummary]:
        return sources.source_summaries(self.store)

    def _has_edits(self) -> bool:
        return query_versions.applied_versions(self.store) != {query.name: query.version for query in self.queries}

    def _has_due_sources(self) -> bool:
        threads = sources.followed_threads(self.store, self.now)
        urls = [*self._polled, *(thread.url for thread in threads if thread.through in self._polled)]
        resting = source_selection.resting_sources(self._summaries.values(), self.now)
        unclear = [url for url in urls if url not in resting]
        if any(url not in self._summaries for url in unclear):
            return True
        return any(map(self._is_due, sources.states_of_sources(self.store, unclear)))

    def _is_due(self, state: SourceState) -> bool:
        source = self._polled.get(state.url)
        slowest = self.bounds.slowest
        interval = (source.interval if source else None) or slowest
        due = stored_times.believed_due(state, self.now, max(interval, slowest))
        return not source_condition.is_paused(state) and (due is None or due <= self.now + CRON_SLACK)

    def _has_due_responses(self) -> bool:
        """Whether a response is due of a source that has more than feeds have, or of a comment thread."""
        threads = sources.followed_threads(self.store, self.now - LAST_REFRESH)
        urls = [source.url for source in self._polled.values() if source.kind not in {FEED_KIND, COMMENTS_KIND}]
        urls += [thread.url for thread in threads if thread.kind != COMMENTS_KIND]
        return bool(urls and responses.refresh_due(self.store, urls, self.now + CRON_SLACK, 1))

    def _facts(self) -> poll_end.PollFacts:
        """Collect what is known of the sources that are not well, or were not; of the others nothing is printed."""
        alerts = alert_rows.source_alerts(self.store)
        urls = source_selection.remarkable_sources(self._polled, self._summaries, alerts)
        return poll_end.PollFacts(
            now=self.now,
            polled=self._polled,
            summaries=self._summaries,
            states={state.url: state for state in sources.states_of_sources(self.store, urls)},
            outcomes={},
            alerts=alerts,
            subjects=alert_rows.subject_alerts(self.store),
        )


def _finish(steps: Coroutine[object, None, _T]) -> _T:
    """Run a coroutine to its end that waits for nobody, but gives way between two transactions."""
    while True:
        try:
            steps.send(None)
        except StopIteration as ended:
            result: _T = ended.value
            return result
