"""From a result to what is recorded of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from brandwatch import stories
from brandwatch.models import EntryRecord, FetchClass, FoundBy, Response, SourceRecord, Thread
from brandwatch.pipeline.refresh_responses import first_refresh
from brandwatch.privacy.minimise import minimise_entry
from brandwatch.storage.stored_entries import entries_with_keys

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from brandwatch.config.query import Query
    from brandwatch.models import Entry, Fetch, MatchResult
    from brandwatch.pipeline.jobs import SourceJob, SourceResult
    from brandwatch.storage import Store


THREAD_DAYS = timedelta(days=14)
"""How long what is said below an entry is followed."""

# Comments that were closed, or an entry that was taken away, come back as seldom as the entry.
_DEAD = frozenset({404, 410})


def source_record(plan: SourceJob, reading: SourceResult, store: Store, queries: Mapping[str, Query]) -> SourceRecord:
    """Turn a reading into what the store records, finding out which entries it has already; *queries* are by name."""
    named = [matched.identity for matched in reading.matched]
    stored = entries_with_keys(store, [one.guid for one in named if one.guid], [one.link for one in named if one.link])
    finds: dict[stories.Identity, EntryRecord] = {}
    taken: set[int] = set()
    for position, entry, identity, judgements in reading.matched:
        if identity in finds:
            continue
        twins = (
            old.id
            for old in stored
            if old.id not in taken and stories.is_same_entry(entry, identity, old.entry, old.link)
        )
        known = next(twins, None)
        taken.update({known} if known is not None else ())
        named_entry = replace(entry, guid=identity.guid, language=_language(judgements))
        stored_entry, moved, whole = minimise_entry(
            named_entry, judgements, [queries[name].keeping for name in judgements]
        )
        finds[identity] = EntryRecord(
            entry=stored_entry,
            link=identity.link,
            stored_id=known,
            position=position,
            results=moved,
            versions={name: queries[name].version for name in judgements},
            thread=_followed(plan, entry, judgements, reading.fetch.at),
            refresh_at=first_refresh(entry.published, reading.fetch.at, is_counted=entry.response != Response())
            if plan.endpoint.can_refresh
            else None,
            whole=whole,
        )
    is_first = plan.state.first_poll is None
    state = replace(reading.state, first_poll=reading.fetch.at) if is_first else reading.state
    return SourceRecord(
        state=state,
        fetch=reading.fetch,
        entries=tuple(finds.values()),
        gap=reading.gap,
        ends_thread=plan.is_followed and _is_dead(reading.fetch),
    )


def _followed(plan: SourceJob, entry: Entry, judgements: dict[str, MatchResult], now: datetime) -> Thread | None:
    """Return where a young mention is talked about; what is said below a comment is there as well."""
    is_shown = any(
        not judgement.suppressed and judgement.found_by is FoundBy.LOCAL for judgement in judgements.values()
    )
    is_young = entry.published is None or now - entry.published < THREAD_DAYS
    is_talked_about = is_shown and is_young and not plan.is_followed
    source = plan.endpoint.conversation(plan.source, entry) if is_talked_about else None
    return Thread(url=source.url, kind=source.kind, until=now + THREAD_DAYS) if source else None


def _is_dead(fetch: Fetch) -> bool:
    """Say whether an answer means that there is nothing any more, by its status or by what it says."""
    return bool(fetch.error) and (fetch.status in _DEAD or fetch.fetch_class is FetchClass.GONE)


def _language(judgements: dict[str, MatchResult]) -> str:
    """Return the language of an entry, which its judgements agree on."""
    return next((judgement.language for judgement in judgements.values()), "")
