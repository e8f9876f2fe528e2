"""The next state of a source, after an answer or a failure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from brandwatch import __version__
from brandwatch.config.kind import AnswerFormat, Kind, SourceMode
from brandwatch.models import (
    FEED_KIND,
    Document,
    Feed,
    FetchClass,
    Gap,
    SourceHistory,
    SourceState,
)
from brandwatch.pipeline import schedule, seen_entries, source_condition, source_history, stored_times
from brandwatch.sources import response

if TYPE_CHECKING:
    from collections.abc import Iterable

    from brandwatch.config.query import Query
    from brandwatch.pipeline.jobs import SourceJob


FULL_READ_INTERVAL = timedelta(hours=24)
"""How often a whole document is requested: some servers answer 304 although there are new entries."""

# A forum or a wiki that closes to readers without an account answers 200 with an empty feed (NodeBB, DokuWiki).
_EMPTIED = "it had entries and has none now: closed to readers without an account, or emptied?"
_MEMORY_SHARE = 0.8


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
        is_fresh = stored_times.is_within(job.state.last_full, self.now, FULL_READ_INTERVAL)
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
        share = failure_share(state.failure_share, failed=False)
        return replace(
            state,
            fetch_class=fetch_class,
            error=feed.problem if feed else "",
            remark=feed.remark if feed else "",
            moved_to=document.moved_to,
            failures=0,
            gone_count=0,
            failure_share=share,
            history=self._mark_flaky(source_history.after_answer(state.history, document, self.now), share),
            deferrals=0,
            last_poll=self.now,
            last_success=self.now,
            usual_until=source_condition.usual_until(state, self.now),
            next_due=schedule.skip_hours(feed.skip_hours, due) if feed else due,
        )

    def after_feed(
        self, job: SourceJob, document: Document, feed: Feed, body_hash: bytes, known: dict[bytes, bytes]
    ) -> tuple[SourceState, Gap | None]:
        """Learn the next state of a source from its entries, and the gap before them; *known*: see `known_digests`."""
        kind, before = job.kind, job.state
        if (
            not (feed.size or feed.listed or feed.problem or feed.remark)
            and before.seen
            and source_history.is_exhaustive(job)
        ):
            feed = replace(feed, remark=_EMPTIED)
        seen = seen_entries.seen_entries(feed, self.key, known)
        history = source_history.after_document(job, feed, seen, self.now)
        is_comparable = before.seen and _lists_newest(kind) and history.replaced_since != self.now
        gap = seen_entries.find_gap(before, seen, feed, self.now) if is_comparable else None
        # After a part of a document the rest must be requested again: no validators and no digests of it. “Unchanged”
        # would have no remark.
        is_whole = not feed.problem
        is_usual = is_whole and not feed.remark
        size = job.listed + feed.size
        cursor = before.cursor
        # No request for a plain feed will ever start at a cursor; that of a kind may, when its file is edited.
        if kind.name != FEED_KIND:
            cursor = response.latest_cursor(kind, (before.cursor, job.cursor, feed.cursor))
        has_news = seen_entries.count_new(before.seen, seen) > 0
        state = replace(
            before,
            # The title of a feed without entries is often that of an error page or a parked domain.
            title=feed.title if feed.size else before.title or feed.title,
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
            newest=source_history.newest_entry(before, feed, self.now, has_news=has_news),
            last_new=self.now if has_news else before.last_new,
            last_full=self.now,
            last_gap=self.now if gap else before.last_gap,
            history=history,
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
        share = failure_share(before.failure_share, failed=True)
        history = replace(before.history, failing_since=before.history.failing_since or self.now)
        state = replace(
            before,
            fetch_class=fetch_class,
            error=message,
            remark="",
            failures=before.failures + 1,
            gone_count=before.gone_count + 1 if fetch_class is FetchClass.GONE else 0,
            failure_share=share,
            history=self._mark_flaky(history, share),
            deferrals=0,
            last_poll=self.now,
        )
        interval, bounds = self._limits_of(job)
        due = schedule.due_after_failure(state, self.now, interval=interval, bounds=bounds, retry_at=retry_at)
        return replace(state, next_due=due)

    def _mark_flaky(self, history: SourceHistory, share: float) -> SourceHistory:
        return replace(
            history, flaky_since=(history.flaky_since or self.now) if share > source_condition.FLAKY_SHARE else None
        )

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


def _lists_newest(kind: Kind) -> bool:
    """Whether every answer holds the newest entries: then one that shares none with the last shows a gap."""
    is_newest_first = kind.mode is SourceMode.STREAM or kind.engine is AnswerFormat.FEED
    return kind.since is None and kind.paging is None and is_newest_first
