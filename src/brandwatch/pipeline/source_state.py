"""The state of a source after an answer, and its condition. Decisions from facts."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from brandwatch import __version__
from brandwatch.config.kind import AnswerFormat, Kind, SourceMode
from brandwatch.models import FEED_KIND, Document, Feed, FetchClass, Gap, Health, SourceCondition, SourceState
from brandwatch.pipeline import schedule, seen_entries
from brandwatch.sources import response

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from brandwatch.config.query import Query
    from brandwatch.pipeline.jobs import SourceJob


FULL_READ_INTERVAL = timedelta(hours=24)
"""How often a whole document is requested: some servers answer 304 although there are new entries."""
GONES_UNTIL_PAUSE = 3

_NO_NEWS = "no new entry for far longer than usual"
# A forum or a wiki that closes to readers without an account answers 200 with an empty feed (NodeBB, DokuWiki).
_EMPTIED = "it had entries and has none now: closed to readers without an account, or emptied?"
_FAILURES_UNTIL_FAILING = 3
_FLAKY_SHARE = 0.15
_MEMORY_SHARE = 0.8
_MIN_FROZEN = timedelta(days=3)
_RHYTHMS_UNTIL_FROZEN = 8
_MIN_DATED_ENTRIES = 3


def hash_queries(queries: Iterable[Query]) -> bytes:
    """Return a hash that changes when a query is added, removed or edited, and with the version of the program."""
    lines = sorted(f"{query.name} {query.version}" for query in queries)
    return hashlib.sha256("\n".join([__version__, *lines]).encode()).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class StateRules:
    """The conditions of the next state beside the answer: the same for all sources of a poll.

    *queries_hash* is that of `hash_queries`; *key* is the key of the database, for the hashes of entries.
    """

    now: datetime
    queries_hash: bytes
    key: bytes
    bounds: schedule.IntervalBounds = field(default_factory=schedule.IntervalBounds)

    def has_matched(self, job: SourceJob) -> bool:
        """Whether the last answer of a source was matched against these queries, and read by this kind."""
        return job.state.queries_hash == self._matching_hash(job.kind)

    def may_be_conditional(self, job: SourceJob) -> bool:
        """Whether “not modified” would be an answer: all was matched, and the last full read is younger than a day."""
        last_full = job.state.last_full
        is_fresh = last_full is not None and self.now - last_full < FULL_READ_INTERVAL
        return job.kind.conditional and is_fresh and not needs_probe(job) and self.has_matched(job)

    def after_answer(
        self, job: SourceJob, state: SourceState, document: Document, fetch_class: FetchClass, feed: Feed | None = None
    ) -> SourceState:
        """Complete the state of a source that answered, with its next poll."""
        interval, bounds = self._limits_of(job)
        promised = schedule.promised_silence(job, state, self.now, feed) if feed else timedelta()
        due = schedule.due_after_success(
            state, self.now, interval=interval, bounds=bounds, fresh_until=document.fresh_until
        )
        due = max(due, self.now + min(promised, schedule.MAX_FAILURE_PAUSE))
        return replace(
            state,
            fetch_class=fetch_class,
            error=feed.problem if feed else "",
            remark=feed.remark if feed else "",
            moved_to=document.moved_to,
            failures=0,
            gone_count=0,
            failure_share=failure_share(state.failure_share, failed=False),
            deferrals=0,
            last_poll=self.now,
            last_success=self.now,
            next_due=schedule.skip_hours(feed.skip_hours, due) if feed else due,
        )

    def after_feed(
        self, job: SourceJob, document: Document, feed: Feed, body_hash: bytes, known: dict[bytes, bytes]
    ) -> tuple[SourceState, Gap | None]:
        """Learn the next state of a source from its entries, and the gap before them; *known*: see `known_digests`."""
        kind, before = job.kind, job.state
        if (
            not (feed.size or feed.listed or job.listed or feed.problem or feed.remark)
            and before.seen
            and _is_exhaustive(job)
        ):
            feed = replace(feed, remark=_EMPTIED)
        seen = seen_entries.seen_entries(feed, self.key, known)
        gap = seen_entries.find_gap(before, seen, feed, self.now) if before.seen and _lists_newest(kind) else None
        # After a part of a document the rest must be requested again: no validators and no digests of it. “Unchanged”
        # would have no remark.
        is_whole = not feed.problem
        is_usual = is_whole and not feed.remark
        size = job.listed + feed.size
        cursor = before.cursor
        # No request for a plain feed will ever start at a cursor; that of a kind may, when its file is edited.
        if kind.name != FEED_KIND:
            cursor = response.latest_cursor(kind, (before.cursor, job.cursor, feed.cursor))
        state = replace(
            before,
            title=feed.title,
            rights=feed.rights,
            language=feed.language,
            etag=document.etag if is_usual else "",
            last_modified=document.last_modified if is_usual else "",
            body_hash=body_hash if is_usual else b"",
            queries_hash=self._matching_hash(kind),
            entries=size,
            seen=seen or before.seen,
            digests=b"".join(feed.digests) if is_whole else b"",
            cursor=cursor,
            rhythm=None if kind.mode is SourceMode.SEARCH else rhythm(feed) or before.rhythm,
            newest=newest_published(feed, self.now) or before.newest,
            last_new=self.now if seen_entries.count_new(before.seen, seen) else before.last_new,
            last_full=self.now,
            last_gap=self.now if gap else before.last_gap,
        )
        fetch_class = FetchClass.PARTIAL if feed.problem or (feed.remark and size) else FetchClass.OK
        if is_whole and not size:
            fetch_class = FetchClass.EMPTY
        return self.after_answer(job, state, document, fetch_class, feed), gap

    def after_failure(
        self, job: SourceJob, fetch_class: FetchClass, message: str, retry_at: datetime | None
    ) -> SourceState:
        """Return the state of a source that failed: seen entries stay seen, and the pause doubles up to a day."""
        before = job.state
        state = replace(
            before,
            fetch_class=fetch_class,
            error=message,
            remark="",
            failures=before.failures + 1,
            gone_count=before.gone_count + 1 if fetch_class is FetchClass.GONE else 0,
            failure_share=failure_share(before.failure_share, failed=True),
            deferrals=0,
            last_poll=self.now,
        )
        interval, bounds = self._limits_of(job)
        due = schedule.due_after_failure(state, self.now, interval=interval, bounds=bounds, retry_at=retry_at)
        return replace(state, next_due=due)

    def _limits_of(self, job: SourceJob) -> tuple[timedelta | None, schedule.IntervalBounds]:
        # None is shorter than the kind allows.
        shortest, bounds = job.kind.limits.interval, self.bounds
        if shortest is None:
            return job.interval, bounds
        fastest = max(bounds.fastest, shortest)
        interval = max(job.interval, shortest) if job.interval else None
        return interval, schedule.IntervalBounds(fastest=fastest, slowest=max(bounds.slowest, fastest))

    def _matching_hash(self, kind: Kind) -> bytes:
        # Which entries match is decided by the queries, and by how the kind reads its answers.
        return self.queries_hash + kind.version.encode()


def between_pages(job: SourceJob, state: SourceState) -> SourceState:
    """Return the state of a source of which another page is read in this poll.

    If this poll ends here, the next one must read the same interval again: for that one the source has not answered.
    """
    before = job.state
    return replace(
        state,
        cursor=before.cursor,
        body_hash=b"",
        queries_hash=before.queries_hash,
        last_success=before.last_success,
        next_due=before.next_due,
    )


def failure_share(before: float, *, failed: bool) -> float:
    """Return the share of failures after one more fetch, the latest weighing most."""
    return _MEMORY_SHARE * before + (1 - _MEMORY_SHARE) * failed


def needs_probe(job: SourceJob) -> bool:
    """Whether the last answer was empty, of a kind with a probe: “unchanged” would not say that it is open."""
    return job.kind.probe is not None and not job.state.entries


def is_paused(state: SourceState) -> bool:
    """Whether a source is polled no more: it was gone for good (410) three times in a row."""
    return state.gone_count >= GONES_UNTIL_PAUSE


def condition(state: SourceState, now: datetime) -> SourceCondition:
    """Sum up the state of a source: the worst that is true of it, since when, and why."""
    return next(_conditions(state, now), SourceCondition(health=Health.OK))


def _conditions(state: SourceState, now: datetime) -> Iterator[SourceCondition]:
    """Yield the conditions that hold of a source, the worst first."""
    failing_since = state.last_success or state.first_poll
    if is_paused(state):
        yield SourceCondition(health=Health.PAUSED, since=state.last_poll, detail=state.error)
    if state.fetch_class is FetchClass.THROTTLED:
        yield SourceCondition(health=Health.THROTTLED, since=failing_since, detail=state.error)
    if state.failures >= _FAILURES_UNTIL_FAILING:
        yield SourceCondition(health=Health.FAILING, since=failing_since, detail=state.error)
    if state.failures or state.failure_share > _FLAKY_SHARE:
        yield SourceCondition(health=Health.FLAKY, since=failing_since, detail=state.error)
    if frozen_since := _frozen_since(state, now):
        yield SourceCondition(health=Health.FROZEN, since=frozen_since, detail=_NO_NEWS)
    if state.moved_to:
        yield SourceCondition(health=Health.MOVED, detail=f"moved to {state.moved_to}")


def _frozen_since(state: SourceState, now: datetime) -> datetime | None:
    """Return the last news of a source that answers, and has had none for far longer than its rhythm."""
    latest = max((moment for moment in (state.newest, state.last_new) if moment), default=None)
    if latest is None or state.rhythm is None or state.last_success is None:
        return None
    return latest if now - latest > max(_MIN_FROZEN, state.rhythm * _RHYTHMS_UNTIL_FROZEN) else None


def rhythm(feed: Feed) -> timedelta | None:
    """Return the median time between two entries of a document, `None` where too few are dated."""
    times = sorted(entry.published for entry in feed.entries if entry.published)
    if len(times) < _MIN_DATED_ENTRIES:
        return None
    gaps = sorted(later - earlier for earlier, later in pairwise(times))
    return gaps[len(gaps) // 2]


def newest_published(feed: Feed, now: datetime) -> datetime | None:
    """Return the publication of the newest entry, dates in the future left out."""
    return max((entry.published for entry in feed.entries if entry.published and entry.published <= now), default=None)


def _is_exhaustive(job: SourceJob) -> bool:
    """Whether a document shows all there is: then one without entries, after one with, says that something changed."""
    return job.kind.mode is SourceMode.STREAM and job.kind.since is None and not job.is_thread


def _lists_newest(kind: Kind) -> bool:
    """Whether every answer holds the newest entries: then one that shares none with the last shows a gap."""
    is_newest_first = kind.mode is SourceMode.STREAM or kind.engine is AnswerFormat.FEED
    return kind.since is None and kind.paging is None and is_newest_first
