"""The audit trail: an append-only chain of rows in which a change shows."""

from __future__ import annotations

import hmac
import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from brandwatch.models import Actor, AuditAction, AuditEvent, AuditVerification
from brandwatch.storage import rows

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlite_utils import Database

    from brandwatch.storage.mentions import MentionAction


_COLUMNS = ("at", "actor", "deed", "subject", "number", "query", "query_version", "rule", "source", "fetch")
_NAMES = ", ".join(_COLUMNS)
_RULE = "coalesce(json_extract(mention.evidence, '$[0][4]'), '')"
_FACTS = f"mention.id, mention.query, mention.query_version, {_RULE}"
_BATCH = 5_000


def record_mentions(  # noqa: PLR0913 (the facts of a row)
    db: Database,
    at: int,
    actor: Actor,
    deed: AuditAction,
    mentions: Collection[int],
    *,
    source: int | None = None,
    fetch: int | None = None,
) -> None:
    """Note that something was done to mentions, inside the transaction of the caller; before they go, if they do.

    *source* and *fetch* are numbers of rows, where a poll did it.
    """
    if mentions:
        statement = f"SELECT {_FACTS} FROM mention WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id"
        facts = db.execute(statement, [json.dumps(list(mentions))]).fetchall()
        _write(db, ((at, actor, deed, "mention", *fact, source, fetch) for fact in facts))


def record_actions(
    db: Database,
    at: int,
    actor: Actor,
    done: Iterable[MentionAction | None],
    *,
    source: int | None = None,
    fetch: int | None = None,
) -> None:
    """Note what was done to each of many mentions, as `note` does."""
    by_deed: defaultdict[AuditAction, list[int]] = defaultdict(list)
    for deed, mention in filter(None, done):
        by_deed[deed].append(mention)
    for deed, mentions in by_deed.items():
        record_mentions(db, at, actor, deed, mentions, source=source, fetch=fetch)


def record_row(db: Database, at: int, actor: Actor, deed: AuditAction, subject: str, number: int) -> None:
    """Note that something was done to a row of another table, inside the transaction of the caller."""
    _write(db, [(at, actor, deed, subject, number, "", "", "", None, None)])


def start_chain(db: Database) -> None:
    """Note the mentions that were stored before there was an audit, inside the transaction of the caller."""
    if db.execute("SELECT 1 FROM audit").fetchone():
        return
    first = (
        "(SELECT sighting.source FROM sighting WHERE sighting.entry = mention.entry"
        " ORDER BY sighting.first_seen, sighting.source LIMIT 1)"
    )
    found = (
        f"SELECT mention.found, '{Actor.MIGRATION}', '{AuditAction.STORED}', 'mention', {_FACTS}, {first}, NULL"
        " FROM mention"
        " WHERE mention.id > ? ORDER BY mention.id LIMIT ?"
    )
    last = 0
    while facts := db.execute(found, [last, _BATCH]).fetchall():
        _write(db, facts)
        last = facts[-1][4]


def events(
    db: Database,
    *,
    mentions: Sequence[int] = (),
    queries: Sequence[str] = (),
    since: datetime | None = None,
    until: datetime | None = None,
) -> Iterator[AuditEvent]:
    """Yield rows in their order: those of some mentions, of some queries, of a time, or all."""
    conditions: list[tuple[str, list[Any]]] = [
        ("subject = 'mention' AND number IN (SELECT value FROM json_each(?))", [json.dumps(mentions)] * bool(mentions)),
        ("audit.query IN (SELECT value FROM json_each(?))", [json.dumps(queries)] * bool(queries)),
        ("at >= ?", [rows.seconds(since)] * bool(since)),
        ("at < ?", [rows.seconds(until)] * bool(until)),
    ]
    used = [(clause, parameters) for clause, parameters in conditions if parameters]
    clauses = " AND ".join(clause for clause, _ in used) or "TRUE"
    statement = (
        "SELECT audit.*, coalesce(source.url, '') AS source_url FROM audit"
        f" LEFT JOIN source ON source.id = audit.source WHERE {clauses} ORDER BY audit.id"
    )
    yield from map(_audited, db.query(statement, [value for _, parameters in used for value in parameters]))


def verify_chain(db: Database) -> AuditVerification:
    """Look through the whole chain: a row that was changed, left out or taken from the end shows."""
    key, before, number = _key(db), b"", 0
    for number, (found, stored, *fact) in enumerate(db.execute(f"SELECT id, hash, {_NAMES} FROM audit ORDER BY id"), 1):
        if found != number:
            return AuditVerification(rows=number - 1, head=before, fault=f"row {number} is missing")
        if not hmac.compare_digest(stored, _hash(key, before, number, fact)):
            return AuditVerification(rows=number - 1, head=before, fault=f"row {number}, or one before it, was changed")
        before = stored
    last = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'audit'").fetchone()
    fault = f"row {number + 1} is missing" if last and last[0] != number else ""
    return AuditVerification(rows=number, head=before, fault=fault)


def _write(db: Database, facts: Iterable[Sequence[Any]]) -> None:
    """Add rows to the chain."""
    key = _key(db)
    last, before = db.execute("SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1").fetchone() or (0, b"")
    written = []
    for number, fact in enumerate(facts, last + 1):
        before = _hash(key, before, number, fact)
        written.append((number, *fact, before))
    marks = ", ".join("?" * (len(_COLUMNS) + 2))
    db.conn.executemany(f"INSERT INTO audit (id, {_NAMES}, hash) VALUES ({marks})", written)


def _hash(key: bytes, before: bytes, number: int, fact: Sequence[Any]) -> bytes:
    """Return the hash of a row and all before it."""
    return hmac.digest(key, before + json.dumps([number, *fact], ensure_ascii=False).encode(), "sha256")


def _key(db: Database) -> bytes:
    """Return the secret of the database."""
    return bytes(db.execute("SELECT key FROM secret").fetchone()[0])


def _audited(row: Mapping[str, Any]) -> AuditEvent:
    """Return the event in a row."""
    facts = dict(row)
    action, table, number = AuditAction(facts.pop("deed")), facts.pop("subject"), facts.pop("number")
    facts |= {"at": rows.moment(row["at"]), "actor": Actor(row["actor"])}
    return AuditEvent(**facts, action=action, table=table, row=number)
