"""Erasure: delete rows, blank words in rows that stay, compact the file, and keep what was erased from coming back."""

import json
import logging
import sqlite3
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

from brandwatch.errors import StoreError
from brandwatch.models import Actor, AuditAction, EntryRecord, Erasure, SourceRecord, StoredEntry, SubjectRequest
from brandwatch.privacy import erasure, suppression_list
from brandwatch.privacy.subject_search import RowFinder, SubjectFinder
from brandwatch.privacy.suppression_list import SuppressionList, Tombstone, TombstoneKind
from brandwatch.storage import audit, key_use, privacy_search, query_versions, rows, stories
from brandwatch.storage.database import Store
from brandwatch.storage.database_file import wrap_sqlite_errors
from brandwatch.stories.identity import identity_keys, message_keys

_LOG = logging.getLogger(__name__)
# One parameter for a list of ids, as JSON.
_LISTED = "IN (SELECT value FROM json_each(?))"
_IS_EMPTY = "NOT EXISTS (SELECT 1 FROM entry WHERE entry.story = story.id)"


def erase(store: Store, request: SubjectRequest, now: datetime) -> Erasure:
    """Erase what is requested from every table and keep it from coming back, in one transaction.

    Entries are deleted whole. Other rows lose the words, and are deleted if a constraint forbids that.
    """
    finder = SubjectFinder(request)
    return _erase(store, finder, suppression_list.request_tombstones(store.secret_key, finder), (), now)


def repeat_erasures(store: Store, now: datetime) -> Erasure | None:
    """Erase what the key file knows as erased and the database does not: an older copy was put back.

    Entries are found by the same hashes as new ones. Return `None` if nothing is missing.
    """
    contents = key_use.claimed_key_file(store)
    missing = key_use.missing_tombstones(store, contents) if contents else []
    if not missing:
        return None
    tombstones = [Tombstone(TombstoneKind(kind), length, hashed) for kind, length, hashed in missing]
    erased = SuppressionList(store.secret_key, tombstones)
    entries = [row["id"] for row in store.query("SELECT * FROM entry") if _is_known_as_erased(erased, row)]
    return _erase(store, erased, tombstones, entries, now)


def _is_known_as_erased(erased: SuppressionList, row: Mapping[str, Any]) -> bool:
    return erased.holds_identity(identity_keys(rows.entry(row), row["link"]))


def _erase(
    store: Store, finder: RowFinder, tombstones: Iterable[Tombstone], known: Iterable[int], now: datetime
) -> Erasure:
    """Erase the rows that a finder finds, and *known* entries, with a receipt, in one transaction."""
    at = int(now.timestamp())
    with store.transaction(), _without_guards(store):
        before = _row_counts(store)
        found = privacy_search.SubjectRows(store, finder)
        entries, sources = sorted({*found.ids_to_erase("entry"), *known}), found.ids_to_erase("source")
        store_tombstones(store, [*tombstones_of_entries(store, entries), *tombstones], at)
        remove_entries(store, entries, Actor.ERASURE, at)
        remove_sources(store, sources, Actor.ERASURE, at)
        blanked, noted = _blank_rows(store, found)
        # What is blanked is no result of an evaluation any more.
        query_versions.forget_lists(store)
        audit.record_mentions(store, at, Actor.ERASURE, AuditAction.CHANGED, noted)
        after = _row_counts(store)
        erased = {table: before[table] - count for table, count in after.items() if count < before[table]}
        # The receipt has counts, and nothing of the subject.
        statement = "INSERT INTO erasure (at, erased, blanked) VALUES (?, ?, ?) RETURNING id"
        receipt = int(store.value(statement, [at, json.dumps(erased), json.dumps(blanked)]))
        audit.record_row(store, at, Actor.ERASURE, AuditAction.STORED, "erasure", receipt)
    _LOG.info("erased receipt=%d entries=%d sources=%d", receipt, len(entries), len(sources))
    return Erasure(receipt=receipt, at=now, erased=erased, blanked=dict(blanked))


def compact(store: Store, finder: SubjectFinder | None = None) -> None:
    """Clean the word indexes and rebuild the file, so that it holds nothing of deleted rows.

    Raise StoreError if another program reads the database, since its log cannot be emptied then.
    """
    with wrap_sqlite_errors(store.path):
        for index in privacy_search.word_indexes(store):
            # SQLite before 3.42 keeps the words of deleted rows until the parts of an index are merged: 2 s for a
            # million entries, and 10 s to build it again. That is needed where the index has words of no row.
            store.execute(f'INSERT INTO "{index}" ("{index}") VALUES (\'optimize\')')
            if finder is None or privacy_search.indexed_words(store, finder):
                store.execute(f'INSERT INTO "{index}" ("{index}") VALUES (\'rebuild\')')
        store.execute("VACUUM")
        is_busy = store.value("PRAGMA wal_checkpoint(TRUNCATE)")
    if is_busy:
        raise StoreError(
            "another program reads the database, so that its log still holds what was erased",
            "end that program, and run the same command again",
        )


def remove_entries(store: Store, entries: Collection[int], actor: Actor, at: int) -> None:
    """Delete entries, inside the caller's transaction, and record in the audit that their mentions are gone.

    Their mentions, sightings, responses and sketches go with them, and so do threads below them and stories without
    other entries; the other stories are refreshed.
    """
    listed = [json.dumps(sorted(entries))]
    threads = store.column(f"SELECT source FROM conversation WHERE entry {_LISTED}", listed)
    touched = store.column(f"SELECT DISTINCT story FROM entry WHERE id {_LISTED} AND story IS NOT NULL", listed)
    mentions = store.column(f"SELECT id FROM mention WHERE entry {_LISTED}", listed)
    audit.record_mentions(store, at, actor, AuditAction.GONE, mentions)
    store.execute(f"DELETE FROM entry WHERE id {_LISTED}", listed)
    query_versions.end_at_last_entry(store)
    if threads:
        # One that gave entries of its own stays.
        needed = "SELECT owner FROM entry UNION SELECT source FROM sighting"
        listed = [json.dumps(sorted(threads))]
        store.execute(f"DELETE FROM source WHERE id {_LISTED} AND id NOT IN ({needed})", listed)
    stories.refresh_stories(store, sorted(set(touched) - _remove_empty_stories(store, touched)))


def remove_sources(store: Store, sources: Collection[int], actor: Actor, at: int) -> None:
    """Delete sources with the entries that came through them alone, inside the caller's transaction.

    An entry that another source carries too gets that one as its owner.
    """
    listed = json.dumps(sorted(sources))
    statement = f"""
        UPDATE entry SET owner = coalesce((
            SELECT source FROM sighting WHERE sighting.entry = entry.id AND NOT source {_LISTED}
            ORDER BY first_seen, source LIMIT 1
        ), owner) WHERE owner {_LISTED}
    """
    store.execute(statement, [listed, listed])
    remove_entries(store, store.column(f"SELECT id FROM entry WHERE owner {_LISTED}", [listed]), actor, at)
    store.execute(f"DELETE FROM source WHERE id {_LISTED}", [listed])


def _remove_empty_stories(store: Store, touched: Collection[int]) -> set[int]:
    """Delete the stories without entries, with the decisions about them; return their ids.

    A story that was merged into one of them is empty too, and is deleted with it.
    """
    listed = json.dumps(sorted(touched))
    empty = set(store.column(f"SELECT id FROM story WHERE id {_LISTED} AND {_IS_EMPTY}", [listed]))
    gone = json.dumps(sorted(empty))
    statement = f"""
        SELECT story FROM story_decision WHERE other {_LISTED}
        UNION SELECT other FROM story_decision WHERE story {_LISTED}
    """
    partners = store.column(statement, [gone, gone])
    store.execute(f"DELETE FROM story_decision WHERE story {_LISTED} OR other {_LISTED}", [gone, gone])
    undecided = "id NOT IN (SELECT story FROM story_decision UNION SELECT other FROM story_decision)"
    candidates = json.dumps(sorted({*empty, *partners}))
    store.execute(f"DELETE FROM story WHERE id {_LISTED} AND {_IS_EMPTY} AND {undecided}", [candidates])
    return empty


def _row_counts(store: Store) -> Counter[str]:
    tables = [table.name for table in privacy_search.database_tables(store)]
    return Counter({name: store.value(f'SELECT count(*) FROM "{name}"') for name in tables})


@contextmanager
def _without_guards(store: Store) -> Iterator[None]:
    """Drop the triggers that refuse changes, and create them again afterwards: an erasure overrules them."""
    guards = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND sql LIKE '%RAISE%(%'"
    triggers = list(store.execute(guards))
    for name, _ in triggers:
        store.execute(f'DROP TRIGGER "{name}"')
    yield
    for _, statement in triggers:
        store.execute(statement)


def _blank_rows(store: Store, found: privacy_search.SubjectRows) -> tuple[Counter[str], list[int]]:
    """Blank the rows that are still there; return their number by table, and the ids of mentions among them."""
    blanked: Counter[str] = Counter()
    mentions = []
    for held in found.rows_with_hits():
        if _blank(store, held):
            blanked[held.table] += 1
            if held.table == "mention":
                mentions.append(held.row["id"])
    return blanked, mentions


def _blank(store: Store, held: erasure.HeldRow) -> bool:
    """Blank the columns of a row that hold what is erased, or else delete the row; return whether it was blanked."""
    condition = " AND ".join(f'"{column}" IS ?' for column in held.key)
    key = list(held.key.values())
    if held.table not in erasure.DELETED_TABLES and held.key.keys().isdisjoint(held.columns):
        changes = ", ".join(f'"{column}" = ?' for column in held.columns)
        values = [erasure.blank_value(held.row[column]) for column in held.columns]
        with suppress(sqlite3.IntegrityError):
            store.execute(f'UPDATE "{held.table}" SET {changes} WHERE {condition}', [*values, *key])
            return True
    store.execute(f'DELETE FROM "{held.table}" WHERE {condition}', key)
    return False


def load_suppression_list(store: Store) -> SuppressionList:
    """Return the tombstones of erasures; read once, since only the holder of the poll lock adds to them."""
    if store.suppression_list is None:
        # Without those of expired mentions, one for each: they are looked up.
        statement = "SELECT kind, length, hash FROM tombstone WHERE kind != ?"
        tombstones = (
            Tombstone(TombstoneKind(kind), length, hashed)
            for kind, length, hashed in store.execute(statement, [TombstoneKind.EXPIRED])
        )
        store.suppression_list = SuppressionList(store.secret_key, tombstones)
    return store.suppression_list


def without_suppressed(store: Store, record: SourceRecord) -> SourceRecord:
    """Return a record without what was erased or has expired: such entries are left out, other texts blanked."""
    entries = record.entries
    if has_expirations(store):
        left = (_without_expired_results(store, entry) for entry in entries)
        entries = tuple(entry for entry in left if entry.results)
    erased = load_suppression_list(store)
    remaining = tuple(entry for entry in entries if not _is_erased(erased, entry)) if erased else entries
    if len(remaining) < len(record.entries):
        expired, blocked = len(record.entries) - len(entries), len(entries) - len(remaining)
        _LOG.info("suppressed expired=%d erased=%d", expired, blocked)
    if not erased:
        return replace(record, entries=remaining)
    return replace(
        record,
        state=erased.blank_texts(record.state),
        fetch=erased.blank_texts(record.fetch),
        gap=erased.blank_texts(record.gap) if record.gap else None,
        entries=tuple(
            replace(
                entry,
                results={query: erased.without_erased_clauses(result) for query, result in entry.results.items()},
            )
            for entry in remaining
        ),
    )


def _is_erased(erased: SuppressionList, record: EntryRecord) -> bool:
    # The part that is not stored may hold the words too.
    entry = record.whole or record.entry
    return erased.is_erased(entry, identity_keys(entry, record.link))


def _without_expired_results(store: Store, record: EntryRecord) -> EntryRecord:
    """Return an entry without the results of the queries in which it has expired."""
    identities = identity_keys(record.entry, record.link)
    results = {query: result for query, result in record.results.items() if not _has_expired(store, query, identities)}
    return record if len(results) == len(record.results) else replace(record, results=results)


def has_expirations(store: Store) -> bool:
    """Whether any mention has expired."""
    return store.value("SELECT 1 FROM tombstone WHERE kind = ? LIMIT 1", [TombstoneKind.EXPIRED]) is not None


def has_expired(store: Store, query: str, stored: StoredEntry) -> bool:
    """Whether the mention of a stored entry by a query has expired: another query may still hold the entry."""
    return _has_expired(store, query, identity_keys(stored.entry, stored.link))


def _has_expired(store: Store, query: str, identities: Iterable[str]) -> bool:
    statement = "SELECT 1 FROM tombstone WHERE kind = ? AND length = ? AND hash = ?"
    tombstones = suppression_list.expired_tombstones(store.secret_key, query, identities)
    return any(store.value(statement, tombstone) for tombstone in tombstones)


def tombstones_of_entries(store: Store, entries: Iterable[int]) -> Iterator[Tombstone]:
    """Yield the tombstones of stored entries that are erased.

    The link is none of them where a further entry has it: others at the same page are not erased.
    """
    key, listed = store.secret_key, json.dumps(list(entries))
    statement = f"""
        SELECT *, EXISTS (
            SELECT 1 FROM entry AS other WHERE other.link != '' AND other.link = entry.link AND NOT other.id {_LISTED}
        ) AS shares_link FROM entry WHERE id {_LISTED}
    """
    for row in store.query(statement, [listed, listed]):
        list_keys = message_keys if row["shares_link"] else identity_keys
        for identity in list_keys(rows.entry(row), row["link"]):
            yield Tombstone.of(key, TombstoneKind.ENTRY, identity)


def tombstones_of_mentions(store: Store, mentions: Iterable[int]) -> Iterator[Tombstone]:
    """Yield the tombstones of mentions that expire; a later message at the same link is another one."""
    key = store.secret_key
    statement = f"""
        SELECT mention.query AS found_by, entry.* FROM mention JOIN entry ON entry.id = mention.entry
        WHERE mention.id {_LISTED}
    """
    for row in store.query(statement, [json.dumps(list(mentions))]):
        yield from suppression_list.expired_tombstones(key, row["found_by"], message_keys(rows.entry(row), row["link"]))


def store_tombstones(store: Store, tombstones: Iterable[Tombstone], at: int) -> None:
    """Add tombstones, inside the caller's transaction."""
    statement = "INSERT OR IGNORE INTO tombstone (kind, length, hash, at) VALUES (?, ?, ?, ?)"
    store.execute_many(statement, [(*tombstone, at) for tombstone in tombstones])
    store.suppression_list = None
