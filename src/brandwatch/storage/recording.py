"""Record what one source gave in one poll, and what a re-evaluation decided: each in one transaction."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from brandwatch.models import Actor
from brandwatch.storage import audit, entries, privacy_erasure, sources, stories, story_assignment

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from brandwatch.models import Fetch, MatchResult, SourceRecord
    from brandwatch.storage.database import Store


LOST = "the query does not ask for it any more"
"""Why a mention is hidden that a re-evaluation did not find again. Its entry and the analyst's decision stay."""


def record_source(store: Store, record: SourceRecord) -> Fetch:
    """Record what a source gave, all of it or nothing; return its fetch with the number of new mentions.

    Entries that were erased or have expired are left out.
    """
    with store.transaction():
        allowed = privacy_erasure.without_suppressed(store, record)
        # Before the state is stored, which says that it has answered now.
        is_backlog = bool(allowed.entries) and not sources.has_answered(store, allowed.state.url)
        source = sources.store_source(store, allowed.state)
        at = int(allowed.fetch.at.timestamp())
        if allowed.gap:
            sources.store_gap(store, source, allowed.gap)
        recorded = [entries.record_entry(store, find, source, at, is_backlog=is_backlog) for find in allowed.entries]
        numbers = [entry.id for entry in recorded]
        story_assignment.assign_stories(store, list(zip(numbers, allowed.entries, strict=True)), at)
        if allowed.ends_thread:
            sources.end_thread(store, source, at)
        new = sum(entry.new for entry in recorded)
        fetch = sources.store_fetch(store, source, allowed.fetch, new)
        actions = (action for entry in recorded for action in entry.actions)
        audit.record_actions(store, at, Actor.POLL, actions, source=source, fetch=fetch)
    return replace(record.fetch, new=new) if new else record.fetch


def record_reevaluation(
    store: Store, query: str, version: str, results: Mapping[int, MatchResult | None], at: datetime
) -> None:
    """Store new results of a query by the ids of their entries, in one transaction; `None` hides a mention."""
    now = int(at.timestamp())
    with store.transaction():
        erased = privacy_erasure.suppression_list(store)
        actions = []
        for entry, result in results.items():
            if result is None:
                action = entries.hide_mention(store, entry, query, LOST)
            else:
                allowed = erased.without_erased_clauses(result)
                action = entries.store_mention(store, entry, query, allowed, version=version, at=now)
            actions.append(action)
        audit.record_actions(store, now, Actor.REPLAY, actions)
        stories.refresh_heat(store, results)
