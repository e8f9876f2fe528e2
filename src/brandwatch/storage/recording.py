"""Record what one source gave in one poll, and what a re-evaluation decided."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from brandwatch.models import Actor, FoundBy
from brandwatch.storage import audit, mentions, responses, rows, sources, stories, story_assignment
from brandwatch.storage.privacy_suppression import suppression_list, without_suppressed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from brandwatch.models import EntryRecord, Fetch, MatchResult, SourceRecord
    from brandwatch.storage.database import Store


LOST = "the query does not ask for it any more"
"""Why a mention is hidden that a re-evaluation did not find again. Its entry and the analyst's decision stay."""


class _RecordedEntry(NamedTuple):
    """An entry that was recorded, how many of its mentions are new, and what was done to each."""

    entry: int
    new: int
    actions: list[mentions.MentionAction | None]


def record_source(store: Store, record: SourceRecord) -> Fetch:
    """Record what a source gave, all of it or nothing; return its fetch with the number of new mentions.

    Entries that were erased or have expired are left out.
    """
    with store.transaction():
        allowed = without_suppressed(store, record)
        # Before the state is stored, which says that it has answered now.
        is_backlog = bool(allowed.entries) and not sources.has_answered(store, allowed.state.url)
        source = sources.store_source(store, allowed.state)
        at = int(allowed.fetch.at.timestamp())
        if allowed.gap:
            sources.store_gap(store, source, allowed.gap)
        recorded = [_record_entry(store, find, source, at, is_backlog=is_backlog) for find in allowed.entries]
        entries = [stored.entry for stored in recorded]
        story_assignment.assign_stories(store, list(zip(entries, allowed.entries, strict=True)), at)
        if allowed.ends_thread:
            sources.end_thread(store, source, at)
        new = sum(stored.new for stored in recorded)
        fetch = sources.store_fetch(store, source, allowed.fetch, new)
        actions = (action for stored in recorded for action in stored.actions)
        audit.record_actions(store, at, Actor.POLL, actions, source=source, fetch=fetch)
    return replace(record.fetch, new=new) if new else record.fetch


def record_reevaluation(
    store: Store, query: str, version: str, results: Mapping[int, MatchResult | None], at: datetime
) -> None:
    """Store new results of a query by the ids of their entries, in one transaction; `None` hides a mention."""
    now = int(at.timestamp())
    with store.transaction():
        actions = [
            mentions.hide_mention(store, entry, query, LOST)
            if result is None
            else mentions.store_mention(
                store, entry, query, suppression_list(store).without_erased_clauses(result), version=version, at=now
            )
            for entry, result in results.items()
        ]
        audit.record_actions(store, now, Actor.REPLAY, actions)
        stories.refresh_heat(store, results)


def _record_entry(store: Store, find: EntryRecord, source: int, at: int, *, is_backlog: bool) -> _RecordedEntry:
    """Store an entry with its sighting, its response, its thread and its mentions."""
    if find.stored_id is None:
        entry, is_ours = _add_entry(store, find, source, at), True
    else:
        entry, is_ours = find.stored_id, _edit_entry(store, find, find.stored_id, source)
    store.execute(
        "INSERT INTO sighting (entry, source, first_seen, last_seen, position)"
        " VALUES (:entry, :source, :at, :at, :position)"
        " ON CONFLICT (entry, source) DO UPDATE SET last_seen = excluded.last_seen, position = excluded.position",
        {"entry": entry, "source": source, "at": at, "position": find.position},
    )
    has_changed = responses.store_reading(store, entry, find.entry.response, at)
    if has_changed and find.stored_id is not None:
        # One that was not to be refreshed any more is again.
        reread = rows.seconds(find.refresh_at)
        store.execute("UPDATE entry SET reread = coalesce(reread, ?) WHERE id = ?", [reread, entry])
    if find.thread:
        sources.follow_thread(store, find.thread, entry, source, at)
    return _record_mentions(store, find, entry, at, is_ours=is_ours, is_backlog=is_backlog)


def _add_entry(store: Store, find: EntryRecord, source: int, at: int) -> int:
    row = rows.record_row(find) | {
        "link": find.link,
        "owner": source,
        "found": at,
        "reread": rows.seconds(find.refresh_at),
    }
    return int(store.value(f"{rows.insertion('entry', row)} RETURNING id", row))


def _edit_entry(store: Store, find: EntryRecord, entry: int, source: int) -> bool:
    """Bring a stored entry up to date if this source's version of it is the stored one; return whether it is."""
    stored = next(store.query("SELECT * FROM entry WHERE id = ?", [entry]))
    length = len((find.whole or find.entry).text)
    # A source takes an entry over only with a longer text: else two that carry it would edit it by turns.
    if stored["owner"] != source and length <= max(stored["whole"], len(stored["text"])):
        return False
    row = rows.record_row(find) | {"link": find.link or stored["link"], "owner": source}
    if stored["published"] is not None:
        row["published"] = stored["published"]
    changed = {name: value for name, value in row.items() if value != stored[name]}
    if changed:
        changes = ", ".join(f"{name} = :{name}" for name in changed)
        store.execute(f"UPDATE entry SET {changes} WHERE id = :id", changed | {"id": entry})
    return True


def _record_mentions(
    store: Store, find: EntryRecord, entry: int, at: int, *, is_ours: bool, is_backlog: bool
) -> _RecordedEntry:
    """Store one mention for each query; a new result replaces the old, decisions stay.

    A hidden mention is not new, and neither is one that only a server found.
    """
    is_first = find.stored_id is None
    before = 0 if is_first else _count_shown(store, entry)
    actions = [
        mentions.store_mention(
            store,
            entry,
            query,
            result,
            version=find.versions[query],
            at=at,
            is_backlog=is_backlog,
            is_first=is_first,
            replaces=is_ours,
        )
        for query, result in find.results.items()
    ]
    if is_first:
        results = find.results.values()
        shown = sum(not result.suppressed and result.found_by is FoundBy.LOCAL for result in results)
    else:
        shown = _count_shown(store, entry)
    return _RecordedEntry(entry, shown - before, actions)


def _count_shown(store: Store, entry: int) -> int:
    visible = "SELECT count(*) FROM mention WHERE entry = ? AND suppressed = '' AND matched = 'local'"
    return int(store.value(visible, [entry]))
