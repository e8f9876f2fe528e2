"""Record the result of a source: what is stored already, what is stored of the rest, what is followed."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from brandwatch.models import EntryRecord, FetchClass, FoundBy, MatchResult, Response, SourceRecord, StoredEntry, Thread
from brandwatch.pipeline import refresh_responses
from brandwatch.privacy import minimise
from brandwatch.sources import request
from brandwatch.storage import Store, recording
from brandwatch.stories.identity import Identity, is_same_entry

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from brandwatch.config.query import Query
    from brandwatch.models import Entry, Fetch
    from brandwatch.pipeline.jobs import MatchedEntry, SourceJob, SourceResult


_LOG = logging.getLogger(__name__)

THREAD_DAYS = timedelta(days=14)
"""The comment threads of mentions up to this age are followed, for this long."""

# Comments that were closed, or an entry that was taken away, come back as seldom as the entry.
_GONE = frozenset({404, 410})


def record_result(store: Store, job: SourceJob, result: SourceResult, queries: Mapping[str, Query]) -> Fetch:
    """Store a result in one transaction; return its fetch with the number of new mentions."""
    identities = [matched.identity for matched in result.matched]
    stored = recording.entries_with_keys(
        store,
        [identity.guid for identity in identities if identity.guid],
        [identity.link for identity in identities if identity.link],
    )
    fetch = recording.record_source(store, source_record(job, result, stored, queries))
    if result.matched:
        _LOG.info("recorded source=%s matched=%d new=%d", job, len(result.matched), fetch.new)
    if result.gap:
        _LOG.info("gap source=%s start=%s end=%s", job, result.gap.start, result.gap.end)
    _LOG.debug("next poll source=%s due=%s failures=%d", job, result.state.next_due, result.state.failures)
    return replace(fetch, server_time=result.fetch.server_time)


def source_record(
    job: SourceJob, result: SourceResult, stored: Sequence[StoredEntry], queries: Mapping[str, Query]
) -> SourceRecord:
    """Build the record of a result; *stored* are the entries that share a guid or a link with its own."""
    records: dict[Identity, EntryRecord] = {}
    paired: set[int] = set()
    for matched in result.matched:
        if matched.identity in records:
            continue
        twins = (
            old.id
            for old in stored
            if old.id not in paired and is_same_entry(matched.entry, matched.identity, old.entry, old.link)
        )
        stored_id = next(twins, None)
        if stored_id is not None:
            paired.add(stored_id)
        records[matched.identity] = _entry_record(job, matched, stored_id, queries, result.fetch.at)
    state, fetch = result.state, result.fetch
    if job.state.first_poll is None:
        state = replace(state, first_poll=fetch.at)
    is_gone = bool(fetch.error) and (fetch.status in _GONE or fetch.fetch_class is FetchClass.GONE)
    return SourceRecord(
        state=state, fetch=fetch, entries=tuple(records.values()), gap=result.gap, ends_thread=job.is_thread and is_gone
    )


def _entry_record(
    job: SourceJob, matched: MatchedEntry, stored_id: int | None, queries: Mapping[str, Query], now: datetime
) -> EntryRecord:
    """Build the record of an entry that matched, minimised as its queries demand."""
    entry, results = matched.entry, matched.results
    language = next((result.language for result in results.values()), "")
    minimised, results_of_it, whole = minimise.minimise_entry(
        replace(entry, guid=matched.identity.guid, language=language),
        results,
        [queries[name].keeping for name in results],
    )
    refresh_at = None
    if job.kind.refresh:
        refresh_at = refresh_responses.first_refresh(entry.published, now, is_counted=entry.response != Response())
    return EntryRecord(
        entry=minimised,
        link=matched.identity.link,
        stored_id=stored_id,
        position=matched.position,
        results=results_of_it,
        versions={name: queries[name].version for name in results},
        thread=_thread_to_follow(job, entry, results, now),
        refresh_at=refresh_at,
        whole=whole,
    )


def _thread_to_follow(job: SourceJob, entry: Entry, results: Mapping[str, MatchResult], now: datetime) -> Thread | None:
    """Return the comment thread to follow, for visible mentions younger than 14 days.

    Replies share their comment's thread.
    """
    is_visible = any(not result.suppressed and result.found_by is FoundBy.LOCAL for result in results.values())
    is_young = entry.published is None or now - entry.published < THREAD_DAYS
    if job.is_thread or not is_visible or not is_young:
        return None
    source = request.thread_source(job.kind, job.source, entry)
    if source is None:
        return None
    _LOG.debug("following a thread of source=%s", job)
    return Thread(url=source.url, kind=source.kind, until=now + THREAD_DAYS)
