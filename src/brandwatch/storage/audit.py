"""The audit trail: an append-only chain of hashed rows, in which tampering shows."""

import hmac
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from brandwatch.models import Actor, AuditAction, AuditEvent, AuditVerification
from brandwatch.storage import rows
from brandwatch.storage.database import Store

# The columns that a hash covers, in this order.
_COLUMNS = "at, actor, deed, subject, number, query, query_version, rule, source, fetch, content"
# The columns of a mention that belong to it: its number, its query with the version, and the rule that found it.
_MENTION_COLUMNS = (
    "mention.id, mention.query, mention.query_version, coalesce(json_extract(mention.evidence, '$[0][4]'), '')"
)
# What a reader of a report relies on. The titles and texts of other rows may change without an action on a mention.
CONTENT_OF_ENTRY = ("url", "title", "text", "author", "publisher", "language", "published", "updated")
"""The columns of an entry that the hash of a mention's content covers."""
_CONTENT_COLUMNS = (
    *("mention.query", "mention.query_version", "mention.evidence", "mention.checks", "mention.voice"),
    *("mention.subject", "mention.suppressed", "mention.matched", "mention.status", "mention.note", "mention.found"),
    *(f"entry.{column}" for column in CONTENT_OF_ENTRY),
)
_CONTENT = f"row_digest({', '.join(f'CAST({column} AS BLOB)' for column in _CONTENT_COLUMNS)})"
_BATCH_ROWS = 5_000
OWN_KEY, LOST_KEY = 1, 2
"""Which key was in use before a key file was made: that of the database, or one that is lost."""


class MentionAction(NamedTuple):
    """An action on a mention."""

    action: AuditAction
    mention: int


class PollActions(NamedTuple):
    """What a poll did at a time to the mentions of a source; *source* and *fetch* are ids of rows."""

    at: int
    source: int
    fetch: int
    actions: Sequence[MentionAction]


def record_mentions(  # noqa: PLR0913 (the facts of a row)
    store: Store,
    at: int,
    actor: Actor,
    action: AuditAction,
    mentions: Collection[int],
    *,
    source: int | None = None,
    fetch: int | None = None,
) -> None:
    """Record an action on mentions, inside the caller's transaction; a deletion before it is done.

    *source* and *fetch* are ids of rows, for actions of a poll.
    """
    if mentions:
        # Of what is deleted no trace of the words stays.
        content = "x''" if action is AuditAction.GONE else _CONTENT
        facts = _mention_facts(store, mentions, content)
        _append(store, ((at, actor, action, "mention", *fact, source, fetch, found) for *fact, found in facts))


def record_actions(store: Store, at: int, actor: Actor, actions: Iterable[MentionAction | None]) -> None:
    """Record actions on mentions, as `record_mentions` does; `None` is left out."""
    by_action: defaultdict[AuditAction, list[int]] = defaultdict(list)
    for action, mention in filter(None, actions):
        by_action[action].append(mention)
    for action, mentions in by_action.items():
        record_mentions(store, at, actor, action, mentions)


def record_poll(store: Store, sources: Iterable[PollActions]) -> None:
    """Record what a poll did, source by source and action by action, inside the caller's transaction."""
    ordered: list[tuple[PollActions, MentionAction]] = []
    for one in sources:
        places = {action: place for place, action in enumerate(dict.fromkeys(action for action, _ in one.actions))}
        by_action = sorted(one.actions, key=lambda done: (places[done.action], done.mention))
        ordered += ((one, done) for done in by_action)
    if ordered:
        facts = {fact[0]: fact for fact in _mention_facts(store, [done.mention for _, done in ordered], _CONTENT)}
        _append(
            store,
            (
                (one.at, Actor.POLL, done.action, "mention", *facts[done.mention][:-1], one.source, one.fetch, content)
                for one, done in ordered
                for content in facts[done.mention][-1:]
            ),
        )


def _mention_facts(store: Store, mentions: Collection[int], content: str) -> list[tuple[Any, ...]]:
    """Return the facts of each mention for a row of the audit, with its *content*, by id."""
    statement = f"""
        SELECT {_MENTION_COLUMNS}, {content} FROM mention JOIN entry ON entry.id = mention.entry
        WHERE mention.id IN (SELECT value FROM json_each(?)) ORDER BY mention.id
    """
    return list(store.execute(statement, [json.dumps(list(mentions))]))


def record_row(store: Store, at: int, actor: Actor, action: AuditAction, subject: str, number: int) -> None:
    """Record an action on a row of another table, *subject*, inside the caller's transaction."""
    _append(store, [(at, actor, action, subject, number, "", "", "", None, None, b"")])


def start_chain(store: Store) -> None:
    """Record the mentions from before there was an audit, inside the caller's transaction."""
    if store.value("SELECT 1 FROM audit LIMIT 1"):
        return
    statement = f"""
        SELECT mention.found, '{Actor.MIGRATION}', '{AuditAction.STORED}', 'mention', {_MENTION_COLUMNS},
            (SELECT sighting.source FROM sighting WHERE sighting.entry = mention.entry
                ORDER BY sighting.first_seen, sighting.source LIMIT 1),
            NULL, x''
        FROM mention WHERE mention.id > ? ORDER BY mention.id LIMIT ?
    """
    last = 0
    while facts := list(store.execute(statement, [last, _BATCH_ROWS])):
        _append(store, facts)
        last = facts[-1][4]


def audit_events(
    store: Store,
    *,
    mentions: Sequence[int] = (),
    queries: Sequence[str] = (),
    since: datetime | None = None,
    until: datetime | None = None,
) -> Iterator[AuditEvent]:
    """Yield the rows in their order, by mentions, queries and period, or all."""
    conditions: dict[str, Any] = {}
    if mentions:
        conditions["subject = 'mention' AND number IN (SELECT value FROM json_each(?))"] = json.dumps(mentions)
    if queries:
        conditions["audit.query IN (SELECT value FROM json_each(?))"] = json.dumps(queries)
    if since:
        conditions["at >= ?"] = rows.seconds(since)
    if until:
        conditions["at < ?"] = rows.seconds(until)
    statement = f"""
        SELECT audit.*, coalesce(source.url, '') AS source_url FROM audit LEFT JOIN source ON source.id = audit.source
        WHERE {" AND ".join(conditions) or "TRUE"} ORDER BY audit.id
    """
    for row in store.query(statement, list(conditions.values())):
        action, table, number = AuditAction(row.pop("deed")), row.pop("subject"), row.pop("number")
        facts = {"at": rows.moment(row["at"]), "actor": Actor(row["actor"])}
        yield AuditEvent(**row | facts, action=action, table=table, row=number)


def verify_chain(store: Store) -> AuditVerification:
    """Verify the whole chain: a changed row, a missing one, and a cut end are found."""
    head, number = b"", 0
    # The row of a key file binds the rows before it: these have hashes of the database's own key, or of a lost one.
    adoption, lost = (
        store.value("SELECT max(id) FROM audit WHERE deed = ? AND number = ?", [AuditAction.KEYED, key]) or 0
        for key in (OWN_KEY, LOST_KEY)
    )
    chain = store.execute(f"SELECT id, hash, {_COLUMNS} FROM audit ORDER BY id")
    for number, (stored_number, stored_hash, *fact) in enumerate(chain, 1):
        if stored_number != number:
            return AuditVerification(rows=number - 1, head=head, fault=f"row {number} is missing")
        key = store.secret_key if number < adoption else store.seal_key
        if number >= lost and not hmac.compare_digest(stored_hash, _hash(key, head, number, fact)):
            return AuditVerification(rows=number - 1, head=head, fault=f"row {number}, or one before it, was changed")
        head = stored_hash
    # The greatest number that SQLite ever gave; no row if it gave none.
    last = store.value("SELECT seq FROM sqlite_sequence WHERE name = 'audit'")
    fault = f"row {number + 1} is missing" if last is not None and last != number else ""
    return AuditVerification(rows=number, head=head, fault=fault, unverified=max(lost - 1, 0))


def _append(store: Store, facts: Iterable[Sequence[Any]]) -> None:
    """Append rows, each with a keyed hash over itself and the hash before."""
    key = store.seal_key
    before = store.execute("SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1").fetchone() or (0, b"")
    last, head = before
    appended = []
    for number, fact in enumerate(facts, last + 1):
        head = _hash(key, head, number, fact)
        appended.append((number, *fact, head))
    marks = ", ".join("?" * (_COLUMNS.count(",") + 3))
    store.execute_many(f"INSERT INTO audit (id, {_COLUMNS}, hash) VALUES ({marks})", appended)
    store.seals.move_head(before, (last + len(appended), head))


def _hash(key: bytes, head: bytes, number: int, fact: Sequence[Any]) -> bytes:
    """Return the hash of a row, whose last fact is the hash of what the action left stored, if it has one."""
    *words, content = fact
    if content:
        words.append(content.hex())
    return hmac.digest(key, head + json.dumps([number, *words], ensure_ascii=False).encode(), "sha256")
