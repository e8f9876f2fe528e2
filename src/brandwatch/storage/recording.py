"""Record what one source gave in one poll."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from brandwatch.models import Actor, FoundBy
from brandwatch.storage import audit, mentions, responses, rows, stories, threads

if TYPE_CHECKING:
    from sqlite_utils import Database

    from brandwatch.models import EntryRecord, Fetch, Gap, MatchResult, SourceRecord, SourceState


class _Kept(NamedTuple):
    """An entry that was kept, how many of its mentions are new, and what was done to each."""

    entry: int
    new: int
    done: list[mentions.MentionAction | None]


def store_record(db: Database, visit: SourceRecord) -> int:
    """Keep a visit inside the transaction of the caller; return how many mentions are new."""
    is_backlog = bool(visit.entries) and not _has_answered(db, visit.state.url)
    source = _keep_source(db, visit.state)
    at = int(visit.fetch.at.timestamp())
    if visit.gap:
        _keep_gap(db, source, visit.gap)
    kept = [_keep_find(db, find, source, at, is_backlog=is_backlog) for find in visit.entries]
    stories.assign_stories(db, [(one.entry, find) for one, find in zip(kept, visit.entries, strict=True)], at)
    new = sum(one.new for one in kept)
    if visit.ends_thread:
        threads.end_thread(db, source, at)
    fetch = _keep_fetch(db, source, visit.fetch, new)
    audit.record_actions(db, at, Actor.POLL, (done for one in kept for done in one.done), source=source, fetch=fetch)
    return new


def _has_answered(db: Database, url: str) -> bool:
    """Say whether a source ever answered: what was there before is old news, however often it failed until then.

    What is said below an entry is none, since the entry itself is new.
    """
    is_conversation = "id IN (SELECT source FROM conversation)"
    statement = f"SELECT 1 FROM source WHERE url = ? AND (last_success IS NOT NULL OR {is_conversation})"
    return db.execute(statement, [url]).fetchone() is not None


def _keep_source(db: Database, state: SourceState) -> int:
    """Keep the state of a source; return its id."""
    row = rows.source_row(state)
    names = ", ".join(row)
    changes = ", ".join(f"{name} = excluded.{name}" for name in row)
    statement = (
        f"INSERT INTO source ({names}) VALUES ({_marks(row)}) ON CONFLICT (url) DO UPDATE SET {changes} RETURNING id"
    )
    return int(_one(db, statement, row))


def _keep_find(db: Database, find: EntryRecord, source: int, at: int, *, is_backlog: bool) -> _Kept:
    """Keep an entry with its mentions, its sighting and its response."""
    if find.stored_id is None:
        entry, is_ours = _add_entry(db, find, source, at), True
    else:
        entry, is_ours = find.stored_id, _edit_entry(db, find, find.stored_id, source)
    db.execute(
        "INSERT INTO sighting (entry, source, first_seen, last_seen, position)"
        " VALUES (:entry, :source, :at, :at, :position)"
        " ON CONFLICT (entry, source) DO UPDATE SET last_seen = excluded.last_seen, position = excluded.position",
        {"entry": entry, "source": source, "at": at, "position": find.position},
    )
    _keep_response(db, find, entry, at)
    if find.thread:
        threads.follow_thread(db, find.thread, entry, source, at)
    return _keep_mentions(db, find, entry, at, is_ours=is_ours, is_backlog=is_backlog)


def _add_entry(db: Database, find: EntryRecord, source: int, at: int) -> int:
    """Add an entry; return its id."""
    row = rows.record_row(find) | {"link": find.link, "owner": source, "found": at}
    row["reread"] = rows.seconds(find.refresh_at)
    return int(_one(db, f"INSERT INTO entry ({', '.join(row)}) VALUES ({_marks(row)}) RETURNING id", row))


def _edit_entry(db: Database, find: EntryRecord, entry: int, source: int) -> bool:
    """Bring a stored entry up to date, if this source's version of it is the one that is kept; say whether it is.

    A source takes an entry over only with a longer text: two sources that carry the same entry would else take
    turns in editing it. The first date of publication stays.
    """
    stored = next(iter(db.query("SELECT * FROM entry WHERE id = ?", [entry])))
    length = len((find.whole or find.entry).text)
    if stored["owner"] != source and length <= max(stored["whole"], len(stored["text"])):
        return False
    row = rows.record_row(find) | {"link": find.link or stored["link"], "owner": source}
    row["published"] = row["published"] if stored["published"] is None else stored["published"]
    changed = {name: value for name, value in row.items() if value != stored[name]}
    if changed:
        changes = ", ".join(f"{name} = :{name}" for name in changed)
        db.execute(f"UPDATE entry SET {changes} WHERE id = :id", changed | {"id": entry})
    return True


def _keep_response(db: Database, find: EntryRecord, entry: int, at: int) -> None:
    """Keep the counts of others' response; an entry that is not to be read again is, where they have changed."""
    if responses.store_reading(db, entry, find.entry.response, at) and find.stored_id is not None:
        db.execute("UPDATE entry SET reread = coalesce(reread, ?) WHERE id = ?", [rows.seconds(find.refresh_at), entry])


def _keep_mentions(db: Database, find: EntryRecord, entry: int, at: int, *, is_ours: bool, is_backlog: bool) -> _Kept:
    """Keep one mention for each query; a new judgement replaces the old, decisions stay.

    A hidden mention is not news, and neither is one that only a server found.
    """
    is_first = find.stored_id is None
    before = 0 if is_first else _shown(db, entry)
    done = [
        mentions.store_mention(
            db,
            entry,
            query,
            judgement,
            version=find.versions[query],
            at=at,
            is_backlog=is_backlog,
            is_first=is_first,
            replaces=is_ours,
        )
        for query, judgement in find.results.items()
    ]
    shown = sum(map(_is_shown, find.results.values())) if is_first else _shown(db, entry)
    return _Kept(entry, shown - before, done)


def _is_shown(judgement: MatchResult) -> bool:
    """Say whether a judgement makes a mention that is shown."""
    return not judgement.suppressed and judgement.found_by is FoundBy.LOCAL


def _shown(db: Database, entry: int) -> int:
    """Return how many mentions of an entry are shown."""
    visible = "SELECT count(*) FROM mention WHERE entry = ? AND suppressed = '' AND matched = 'local'"
    return int(_one(db, visible, [entry]))


def _keep_gap(db: Database, source: int, gap: Gap) -> None:
    """Keep an interval in which entries were missed."""
    row = [source, rows.seconds(gap.start), rows.seconds(gap.end), gap.reason]
    db.execute("INSERT INTO gap (source, since, until, reason) VALUES (?, ?, ?, ?)", row)


def _keep_fetch(db: Database, source: int, fetch: Fetch, new: int) -> int:
    """Keep the exchange; return its number."""
    number = _one(
        db,
        "INSERT INTO fetch (source, at, class, status, size, entries, new, error) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        " RETURNING id",
        [source, rows.seconds(fetch.at), fetch.fetch_class, fetch.status, fetch.size, fetch.entries, new, fetch.error],
    )
    return int(number)


def _one(db: Database, statement: str, parameters: Any) -> Any:  # noqa: ANN401 (whatever a column holds)
    """Return the one value a statement answers."""
    return db.execute(statement, parameters).fetchall()[0][0]


def _marks(row: dict[str, Any]) -> str:
    """Return the named placeholders of a row."""
    return ", ".join(f":{name}" for name in row)
