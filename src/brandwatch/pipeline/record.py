"""Record the result of a source: what is stored already, what is stored of the rest, what is followed."""

from __future__ import annotations

import hashlib
import logging
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from brandwatch import __version__
from brandwatch.config.kind import SourceMode
from brandwatch.models import EntryRecord, FetchClass, FoundBy, MatchResult, Response, SourceRecord, StoredEntry, Thread
from brandwatch.pipeline import refresh_responses, seen_entries
from brandwatch.pipeline.schedule import THREAD_DAYS
from brandwatch.privacy import minimise
from brandwatch.sources import request
from brandwatch.storage import Store, recording
from brandwatch.stories import identity, same_entry

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from brandwatch.config.query import Query
    from brandwatch.models import Entry, Fetch
    from brandwatch.pipeline.jobs import MatchedEntry, SourceJob, SourceResult


_LOG = logging.getLogger(__name__)

# As long as the version of a query.
_VERSION_CHARS = 12
# Comments that were closed, or an entry that was taken away, come back as seldom as the entry.
_GONE = frozenset({404, 410})


def record_result(
    store: Store, job: SourceJob, result: SourceResult, queries: Mapping[str, Query], broken: Collection[str] = ()
) -> Fetch:
    """Store one result; see `record_results`."""
    return record_results(store, [(job, result)], queries, broken)[0]


def record_results(
    store: Store,
    batch: Sequence[tuple[SourceJob, SourceResult]],
    queries: Mapping[str, Query],
    broken: Collection[str] = (),
) -> list[Fetch]:
    """Store the results of sources, each whole or not at all; return their fetches with the counts of mentions.

    One transaction holds them all, since a commit costs as much as storing two mentions. If it fails, each source is
    stored by itself: those before the one that fails stay stored. *broken* are the queries whose files have errors.
    """
    try:
        fetches = _record_together(store, batch, queries, broken)
    except Exception:
        # Whatever it is, most of them may be sound.
        if len(batch) == 1:
            raise
        fetches = [_record_together(store, [one], queries, broken)[0] for one in batch]
    for (job, result), fetch in zip(batch, fetches, strict=True):
        _log_recorded(job, result, fetch)
    return fetches


def _record_together(
    store: Store,
    batch: Sequence[tuple[SourceJob, SourceResult]],
    queries: Mapping[str, Query],
    broken: Collection[str],
) -> list[Fetch]:
    """Store the results of sources in one transaction.

    A source that shares an entry with one before it is looked up again when that is stored.
    """
    fetches: list[Fetch] = []
    if not batch:
        return fetches
    with store.transaction():
        looked_up = _look_up(store, [result for _, result in batch])
        names_before: set[str | int] = set()
        records: list[SourceRecord] = []
        for (job, result), first_look in zip(batch, looked_up, strict=True):
            stored = first_look
            names = _names(result, stored)
            if not names.isdisjoint(names_before):
                fetches += recording.record_sources(store, records)
                records.clear()
                (stored,) = _look_up(store, [result])
                names = _names(result, stored)
            record = source_record(job, result, stored, queries, store.secret_key)
            records.append(replace(record, broken=broken))
            names_before |= names
            for entry in record.entries:
                names_before.update(entry.content)
        fetches += recording.record_sources(store, records)
    return [
        replace(fetch, server_time=result.fetch.server_time) for fetch, (_, result) in zip(fetches, batch, strict=True)
    ]


def _look_up(store: Store, results: Sequence[SourceResult]) -> list[tuple[StoredEntry, ...]]:
    """Return for each result the stored entries that share a key with one of its own."""
    return recording.entries_of_sources(
        store, [(result.state.url, [one.identity for one in result.matched]) for result in results]
    )


def _names(result: SourceResult, stored: Sequence[StoredEntry]) -> set[str | int]:
    """Return the keys of the rows that a source may change."""
    names: set[str | int] = {f"source {result.state.url}"}
    for one in result.matched:
        names.update(_lookup_keys(one.identity.guid, one.identity.link, one.identity.content))
    for old in stored:
        names.update(_lookup_keys(old.entry.guid, old.link, old.content))
    return names


def _log_recorded(job: SourceJob, result: SourceResult, fetch: Fetch) -> None:
    if result.matched:
        counts = fetch.counts
        _LOG.info(
            "recorded source=%s matched=%d new=%d backlog=%d updated=%d hidden=%d shown=%d",
            job,
            len(result.matched),
            counts.new,
            counts.backlog,
            counts.updated,
            counts.hidden,
            counts.shown,
        )
    if result.gap:
        _LOG.info("gap source=%s start=%s end=%s", job, result.gap.start, result.gap.end)
    _LOG.debug("next poll source=%s due=%s failures=%d", job, result.state.next_due, result.state.failures)


def source_record(
    job: SourceJob, result: SourceResult, stored: Sequence[StoredEntry], queries: Mapping[str, Query], key: bytes
) -> SourceRecord:
    """Build the record of a result; *stored* are the entries that share a key with its own."""
    matched = _different_entries(result.matched)
    document = _document_names(job, result, key) if stored else same_entry.DocumentNames()
    if job.page > 1:
        # An entry of an earlier page stands beside those of this one: they have other keys, and are others.
        at = result.fetch.at.replace(microsecond=0)
        stored = [replace(old, content=()) if old.seen == at else old for old in stored]
    stored_ids = _stored_ids(matched, stored, document)
    records = tuple(
        _entry_record(job, one, stored_ids.get(index), queries, result.fetch.at, key)
        for index, one in enumerate(matched)
    )
    state, fetch = result.state, result.fetch
    if job.state.first_poll is None:
        state = replace(state, first_poll=fetch.at)
    is_gone = bool(fetch.error) and (fetch.status in _GONE or fetch.fetch_class is FetchClass.GONE)
    return SourceRecord(
        state=state,
        fetch=fetch,
        entries=records,
        gap=result.gap,
        ends_thread=job.is_thread and is_gone,
        matched_by=_matching_versions(job, result, queries),
        is_last_page=result.next is None,
    )


def _matching_versions(job: SourceJob, result: SourceResult, queries: Mapping[str, Query]) -> dict[str, str] | None:
    """Return the versions by which a page was matched, `None` if they are those of the last document.

    Which entries match is decided by the query, and by what the kind and the program read of an answer.
    """
    if not result.is_rematched:
        return None
    return {
        name: hashlib.sha256(f"{query.version} {job.kind.version} {__version__}".encode()).hexdigest()[:_VERSION_CHARS]
        for name, query in queries.items()
    }


def _document_names(job: SourceJob, result: SourceResult, key: bytes) -> same_entry.DocumentNames:
    is_stream = job.kind.mode is SourceMode.STREAM
    return same_entry.DocumentNames(
        seen_entries.SeenNames(result.unparsed, key),
        seen_entries.count_renamed(job.state.seen, result.state.seen) if is_stream else 0,
    )


def _different_entries(matched: Sequence[MatchedEntry]) -> list[MatchedEntry]:
    """Return the first entry of each identity, of the versions of a page in a wiki the newest."""
    different: dict[identity.Identity, MatchedEntry] = {}
    for one in matched:
        first = different.setdefault(one.identity, one)
        if one.entry.published and first.entry.published and one.entry.published > first.entry.published:
            different[one.identity] = one
    return list(different.values())


def _stored_ids(
    matched: Sequence[MatchedEntry], stored: Sequence[StoredEntry], document: same_entry.DocumentNames
) -> dict[int, int]:
    """Pair entries with stored ones, each once, the best pairs first; return the ids by the places in *matched*."""
    by_key: defaultdict[str | int, list[StoredEntry]] = defaultdict(list)
    for old in stored:
        for name in _lookup_keys(old.entry.guid, old.link, old.content):
            by_key[name].append(old)
    pairs = []
    for index, one in enumerate(matched):
        names = _lookup_keys(one.identity.guid, one.identity.link, one.identity.content)
        candidates = {old.id: old for name in names for old in by_key[name]}
        strengths = (
            (same_entry.match_strength(one.entry, one.identity, old, document), old.id) for old in candidates.values()
        )
        pairs += [(-strength, old_id, index) for strength, old_id in strengths if strength]
    ids: dict[int, int] = {}
    paired: set[int] = set()
    for _, stored_id, index in sorted(pairs):
        if index not in ids and stored_id not in paired:
            ids[index] = stored_id
            paired.add(stored_id)
    return ids


def _lookup_keys(guid: str, link: str, content: Sequence[int]) -> list[str | int]:
    named = [f"{key} {value}" for key, value in (("guid", guid), ("link", link)) if value]
    return [*named, *content]


def _entry_record(
    job: SourceJob,
    matched: MatchedEntry,
    stored_id: int | None,
    queries: Mapping[str, Query],
    now: datetime,
    key: bytes,
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
        if job.leapt_from:
            # By a wrong clock an entry may be too old to be refreshed.
            refresh_at = refresh_at or now
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
        content=identity.content_keys(entry, key),
        max_chars=max(queries[name].keeping.snippet for name in results),
        is_seen=matched.is_seen,
    )


def _thread_to_follow(job: SourceJob, entry: Entry, results: Mapping[str, MatchResult], now: datetime) -> Thread | None:
    """Return the comment thread to follow, for visible mentions younger than 14 days.

    Replies share their comment's thread.
    """
    is_visible = any(not result.suppressed and result.found_by is FoundBy.LOCAL for result in results.values())
    # By a wrong clock an entry may be too old to be followed, or not be followed any more.
    earliest, latest = min(now, job.leapt_from or now), max(now, job.leapt_from or now)
    is_young = entry.published is None or earliest - entry.published < THREAD_DAYS
    if job.is_thread or not is_visible or not is_young:
        return None
    source = request.thread_source(job.kind, job.source, entry)
    if source is None:
        return None
    _LOG.debug("following a thread of source=%s", job)
    return Thread(url=source.url, kind=source.kind, until=latest + THREAD_DAYS)
