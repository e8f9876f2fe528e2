"""Which entries are the same news, decided on arrival and by hand; what stories add up to."""

from __future__ import annotations

import json
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from brandwatch.models import Actor, AuditAction, EvidenceKind, Response, StoryEdit, Voice
from brandwatch.storage import audit, responses, rows
from brandwatch.storage.candidate_index import COLUMNS, CandidateIndex, fingerprint_of
from brandwatch.stories import GROWING, Fingerprint, StoryEntry, effective_published, find_story, summarise_story

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from sqlite_utils import Database

    from brandwatch.models import EntryRecord
    from brandwatch.stories import StorySummary


SHOWN = "mention.suppressed = '' AND mention.matched = 'local'"
"""The mentions that count: neither hidden, nor found only by a server."""

_COUNTS = ", ".join(f"response.{name}" for name in rows.RESPONSE_COLUMNS)
_TOLD = (
    "SELECT entry.story, entry.id, entry.url, entry.publisher, entry.published, entry.found, entry.response_rise,"
    f" entry.thread != '', {_COUNTS}, mention.evidence, mention.voice"
    f" FROM entry JOIN mention ON mention.entry = entry.id AND {SHOWN}{responses.LATEST_READING}"
    " WHERE entry.story IN (SELECT value FROM json_each(?)) ORDER BY entry.story, entry.id"
)
_PART = 5
_NOTHING: dict[str, Any] = {
    "lead": None,
    **dict.fromkeys(("first_seen", "earliest", "latest", "entries", "mentions", "publishers"), 0),
    **dict.fromkeys(("response", "rising", "heat")),
}


def refresh_heat(db: Database, entries: Collection[int]) -> None:
    """Bring the stories of entries up to date, after these, their mentions or the response to them have changed."""
    statement = "SELECT DISTINCT story FROM entry WHERE id IN (SELECT value FROM json_each(?)) AND story IS NOT NULL"
    refresh_stories(db, [story for (story,) in db.execute(statement, [json.dumps(list(entries))])])


def refresh_stories(db: Database, stories: Collection[int]) -> None:
    """Bring stories up to date."""
    found = {story: _columns(added) for story, added in summaries(db, stories)}
    gone = dict.fromkeys(set(stories).difference(found), _NOTHING)
    statement = f"UPDATE story SET {', '.join(f'{name} = :{name}' for name in _NOTHING)} WHERE id = :id"
    db.conn.executemany(statement, [columns | {"id": story} for story, columns in (found | gone).items()])


def summaries(db: Database, stories: Collection[int]) -> Iterator[tuple[int, StorySummary]]:
    """Yield what each of the stories adds up to that has something to show."""
    found = db.execute(_TOLD, [json.dumps(list(stories))])
    for story, mentions in groupby(found, itemgetter(0)):
        added = summarise_story([_told(list(same)) for _, same in groupby(mentions, itemgetter(1))])
        if added:
            yield story, added


def _told(mentions: list[tuple[Any, ...]]) -> StoryEntry:
    """Return the entry that rows tell of, one for each of its mentions."""
    _, entry, url, publisher, at, found, rising, is_comment, *counts, _, _ = mentions[0]
    pieces = [piece for *_, evidence, _ in mentions for piece in json.loads(evidence)]
    return StoryEntry(
        id=entry,
        url=url,
        publisher=publisher,
        at=effective_published(at, found),
        found=found,
        response=Response(**dict(zip(rows.RESPONSE_COLUMNS, counts, strict=True))),
        rising=rising,
        is_owned=any(voice == Voice.OWNED for *_, voice in mentions),
        is_comment=bool(is_comment),
        mentions=len(mentions),
        fields=frozenset(piece[1] for piece in pieces if len(piece) <= _PART or piece[_PART] == EvidenceKind.ANCHOR),
    )


def _columns(added: StorySummary) -> dict[str, Any]:
    """Return the columns of a story."""
    return {
        "lead": added.lead,
        "first_seen": added.first_seen,
        "earliest": added.earliest,
        "latest": added.latest,
        "entries": added.entries,
        "mentions": added.mentions,
        "publishers": added.publishers,
        "response": added.response,
        "rising": added.rising,
        "heat": added.heat.key,
    }


BY_HAND = "by hand"
"""Why an entry belongs to a story that somebody put it into."""

_DEEDS = {StoryEdit.MERGE: AuditAction.MERGED, StoryEdit.SPLIT: AuditAction.SPLIT}
# 10,000 in one poll take a second.
_PRUNED, _BATCHES = 500, 20
# About fifteen seconds of work.
_COMPARED = 50_000
_BATCH = 2_000


def assign_stories(db: Database, kept: Sequence[tuple[int, EntryRecord]], at: int) -> None:
    """Give the entries of a visit that are new a story, inside the transaction of the caller; *at* is now.

    The stories of the others are brought up to date. The oldest comes first, whatever the order of the document.
    """
    found = [(entry, _copy(find, at)) for entry, find in kept if find.stored_id is None]
    if found:
        _join(db, found)
    refresh_heat(db, [entry for entry, _ in kept])


def forget(db: Database, at: int) -> None:
    """Let go of the sketches that are too old to be told again at *at*, so many in one poll."""
    for _ in range(_BATCHES):
        if _forget(db, at, _PRUNED) < _PRUNED:
            return


def assign_all_stories(db: Database) -> None:
    """Give entries that were kept before there were stories theirs, as if they came now, in the caller's transaction.

    Of very many only the newest are compared; each of the others gets a story of its own.
    """
    newest = "SELECT id FROM entry WHERE story IS NULL ORDER BY id DESC LIMIT 1 OFFSET ?"
    (last,) = db.execute(f"SELECT coalesce(({newest}), 0)", [_COMPARED]).fetchone()
    before = _last_story(db)
    alone = "WHERE story IS NULL AND id <= ?"
    db.execute(f"INSERT INTO story (id) SELECT ? + id FROM entry {alone}", [before, last])
    db.execute(f"UPDATE entry SET story = ? + id {alone}", [before, last])
    touched = {before + entry for entry in range(1, last + 1)}
    batch = f"SELECT {COLUMNS} FROM entry WHERE story IS NULL AND id > ? ORDER BY id LIMIT {_BATCH}"
    while found := list(db.query(batch, [last])):
        last = found[-1]["id"]
        _forget(db, found[-1]["found"], 2 * _BATCH)
        touched |= _join(db, [(row["id"], fingerprint_of(row)) for row in found])
    # What a migration has taken entries out of.
    touched |= {number for (number,) in db.execute("SELECT id FROM story WHERE lead IS NULL AND heat IS NOT NULL")}
    stories = sorted(touched)
    for start in range(0, len(stories), _BATCH):
        refresh_stories(db, stories[start : start + _BATCH])


def merge_stories(db: Database, story: int, other: int, at: int) -> None:
    """Let a story take over the entries of another, and what comes to be like them, inside the caller's transaction."""
    db.execute("UPDATE entry SET joined = ? WHERE story = ? AND joined = ''", [BY_HAND, other])
    db.execute("UPDATE entry SET story = ? WHERE story = ?", [story, other])
    _decide(db, StoryEdit.MERGE, story, other, at)


def split_story(db: Database, story: int, mentions: Collection[int], at: int) -> int | None:
    """Give the entries of some mentions of a story a new one, inside the caller's transaction; `None` if those are all.

    What comes later goes to the one that it is more like.
    """
    taken = "id IN (SELECT entry FROM mention WHERE mention.id IN (SELECT value FROM json_each(?)))"
    listed = json.dumps(list(mentions))
    if not db.execute(f"SELECT 1 FROM entry WHERE story = ? AND NOT {taken}", [story, listed]).fetchone():
        return None
    ((new,),) = db.execute("INSERT INTO story DEFAULT VALUES RETURNING id").fetchall()
    db.execute(f"UPDATE entry SET story = ?, joined = ? WHERE story = ? AND {taken}", [new, BY_HAND, story, listed])
    for half in (story, new):
        _sketch_again(db, half)
    _decide(db, StoryEdit.SPLIT, story, new, at)
    return int(new)


def _decide(db: Database, verb: StoryEdit, story: int, other: int, at: int) -> None:
    """Remember a decision, and bring both stories up to date."""
    statement = "INSERT INTO story_decision (at, verb, story, other) VALUES (?, ?, ?, ?)"
    db.execute(statement, [at, verb, story, other])
    audit.record_row(db, at, Actor.HAND, _DEEDS[verb], "story", story)
    audit.record_row(db, at, Actor.HAND, _DEEDS[verb], "story", other)
    refresh_stories(db, [story, other])


def _sketch_again(db: Database, story: int) -> None:
    """Have a story found by its longest entry, whoever it was found by before."""
    found = {
        row["id"]: fingerprint_of(row) for row in db.query(f"SELECT {COLUMNS} FROM entry WHERE story = ?", [story])
    }
    db.execute("DELETE FROM sketched WHERE entry IN (SELECT value FROM json_each(?))", [json.dumps(list(found))])
    shelf = CandidateIndex(db, found.values())
    longest_first = sorted(found.items(), key=lambda pair: (-len(pair[1].passages), pair[0]))
    longest = 0
    for entry, copy in longest_first:
        shelf.put(entry, copy, story, longest)
        longest = max(longest, len(copy.passages))
    shelf.store()


def _copy(find: EntryRecord, at: int) -> Fingerprint:
    """Return how a find is compared with others."""
    when = effective_published(rows.seconds(find.entry.published), at)
    whole = find.whole or find.entry
    is_cut = whole.text != find.entry.text
    return Fingerprint(entry=whole, link=find.link, at=when, queries=frozenset(find.results), is_cut=is_cut)


def _join(db: Database, found: Sequence[tuple[int, Fingerprint]]) -> set[int]:
    """Place entries one after the other, the oldest first, so that each is found by the next; return their stories."""
    shelf = CandidateIndex(db, [copy for _, copy in found])
    last = _last_story(db)
    placed: list[tuple[int, str, int]] = []
    for entry, copy in sorted(found, key=lambda pair: (pair[1].at, pair[0])):
        worn = shelf.worn(copy)
        known = shelf.known(copy, worn)
        story, reason = find_story(copy, known, worn) or (last + 1, "")
        last = max(last, story)
        shelf.put(entry, copy, story, max((len(one.copy.passages) for one in known if one.story == story), default=0))
        placed.append((story, reason, entry))
    new = [(story,) for story, reason, _ in placed if not reason]
    db.conn.executemany("INSERT INTO story (id) VALUES (?)", new)
    db.conn.executemany("UPDATE entry SET story = ?, joined = ? WHERE id = ?", placed)
    shelf.store()
    return {story for story, _, _ in placed}


def _last_story(db: Database) -> int:
    """Return the greatest number of a story, 0 where there is none."""
    return int(db.execute("SELECT coalesce(max(id), 0) FROM story").fetchone()[0])


def _forget(db: Database, at: int, most: int) -> int:
    """Let go of at most so many sketches that are too old, and count them; the oldest have the smallest numbers."""
    statement = (
        "DELETE FROM sketched WHERE entry IN (SELECT entry FROM (SELECT sketched.entry, entry.found FROM sketched"
        " JOIN entry ON entry.id = sketched.entry ORDER BY sketched.entry LIMIT ?) WHERE found < ?)"
    )
    return int(db.execute(statement, [most, at - int(GROWING.total_seconds())]).rowcount)
