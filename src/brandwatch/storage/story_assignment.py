"""Assign entries to stories: on arrival, by comparison with stored entries, and by hand, with merges and splits."""

import json
from array import array
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain
from typing import Any, NamedTuple

from brandwatch.models import Actor, AuditAction, EntryRecord, StoryEdit
from brandwatch.storage import audit, rows
from brandwatch.storage.database import Store
from brandwatch.storage.stories import refresh_stories
from brandwatch.stories.cascade import STORY_SPAN, StoryCandidate, StoryJoin, find_story
from brandwatch.stories.fingerprint import Fingerprint, ShingleSample, is_key, sample_shingles
from brandwatch.stories.heat import effective_published
from brandwatch.stories.publishers import publisher_of_link

BY_HAND = "by hand"
"""The reason of an entry that a merge or a split put into its story."""

_EDIT_ACTIONS = {StoryEdit.MERGE: AuditAction.MERGED, StoryEdit.SPLIT: AuditAction.SPLIT}
# 10,000 sketches in one poll take a second.
_SKETCHES_PER_BATCH, _MAX_BATCHES = 500, 20
# So many entries of an old database are compared in about fifteen seconds.
_MAX_COMPARED = 50_000
_BATCH_ENTRIES = 2_000
_LAST_STORY = "SELECT coalesce(max(id), 0) FROM story"


class NewEntry(NamedTuple):
    """An entry that is to be inserted under an *id*, found *at* a time in seconds."""

    id: int
    record: EntryRecord
    at: int


class AssignedStories(NamedTuple):
    """The story of each entry with the reason, the ids of *new* stories, and the candidates to store."""

    stories: dict[int, tuple[int, str]]
    new: frozenset[int]
    candidates: "CandidateIndex"

    def save_sketches(self) -> None:
        """Store the entries as candidates for later ones, inside the caller's transaction."""
        self.candidates.save()


def assign_stories(store: Store, by_source: Sequence[Sequence[NewEntry]]) -> AssignedStories:
    """Assign new entries to stories, in the order of their sources; each is a candidate for the next.

    Nothing is written. Of one source the oldest entry comes first, whatever the order of the document.
    """
    groups = [[(one.id, _record_fingerprint(one.record, one.at)) for one in entries] for entries in by_source]
    return _assign(store, groups, {one.id: one.record for entries in by_source for one in entries})


def assign_all_stories(store: Store) -> None:
    """Assign entries from before there were stories, as if they came now, inside the caller's transaction.

    Only the newest are compared; each older entry gets a story of its own.
    """
    newest = "SELECT id FROM entry WHERE story IS NULL ORDER BY id DESC LIMIT 1 OFFSET ?"
    last = store.value(f"SELECT coalesce(({newest}), 0)", [_MAX_COMPARED])
    before = store.value(_LAST_STORY)
    alone = "WHERE story IS NULL AND id <= ?"
    store.execute(f"INSERT INTO story (id) SELECT ? + id FROM entry {alone}", [before, last])
    store.execute(f"UPDATE entry SET story = ? + id {alone}", [before, last])
    touched = {before + entry for entry in range(1, last + 1)}
    batch = f"{_FINGERPRINTS} WHERE story IS NULL AND id > ? ORDER BY id LIMIT ?"
    while entries := list(store.query(batch, [last, _BATCH_ENTRIES])):
        last = entries[-1]["id"]
        _forget_sketches(store, entries[-1]["found"], 2 * _BATCH_ENTRIES)
        touched |= _assign_stored(store, [(row["id"], _stored_fingerprint(row)) for row in entries])
    # A migration has taken entries out of these.
    touched.update(store.column("SELECT id FROM story WHERE lead IS NULL AND heat IS NOT NULL"))
    stories = sorted(touched)
    for start in range(0, len(stories), _BATCH_ENTRIES):
        refresh_stories(store, stories[start : start + _BATCH_ENTRIES])


def forget_sketches(store: Store, at: int) -> None:
    """Delete sketches of entries whose stories no longer grow at *at*, a limited number in one poll."""
    for _ in range(_MAX_BATCHES):
        if _forget_sketches(store, at, _SKETCHES_PER_BATCH) < _SKETCHES_PER_BATCH:
            return


def merge_stories(store: Store, story: int, others: Collection[int], at: datetime) -> None:
    """Move the entries of *others*, and later ones like them, to a story, in one transaction."""
    with store.transaction():
        for other in others:
            store.execute("UPDATE entry SET joined = ? WHERE story = ? AND joined = ''", [BY_HAND, other])
            store.execute("UPDATE entry SET story = ? WHERE story = ?", [story, other])
            _record_edit(store, StoryEdit.MERGE, story, other, at)


def split_story(store: Store, story: int, mentions: Collection[int], at: datetime) -> int | None:
    """Move the entries of some mentions of a story to a new story, in one transaction; return its id.

    `None` where those are all of its entries. Later entries go to the story that they resemble more.
    """
    moved = "id IN (SELECT entry FROM mention WHERE mention.id IN (SELECT value FROM json_each(?)))"
    listed = json.dumps(list(mentions))
    with store.transaction():
        if store.value(f"SELECT 1 FROM entry WHERE story = ? AND NOT {moved} LIMIT 1", [story, listed]) is None:
            return None
        new = int(store.value("INSERT INTO story DEFAULT VALUES RETURNING id"))
        statement = f"UPDATE entry SET story = ?, joined = ? WHERE story = ? AND {moved}"
        store.execute(statement, [new, BY_HAND, story, listed])
        for half in (story, new):
            _sketch_again(store, half)
        _record_edit(store, StoryEdit.SPLIT, story, new, at)
    return new


def _record_edit(store: Store, edit: StoryEdit, story: int, other: int, at: datetime) -> None:
    """Record a merge or a split, and update both stories."""
    statement = "INSERT INTO story_decision (at, verb, story, other) VALUES (?, ?, ?, ?)"
    now = int(at.timestamp())
    store.execute(statement, [now, edit, story, other])
    for number in (story, other):
        audit.record_row(store, now, Actor.HAND, _EDIT_ACTIONS[edit], "story", number)
    refresh_stories(store, [story, other])


def _sketch_again(store: Store, story: int) -> None:
    """Index a story by its longest entries anew, whatever it was indexed by before."""
    statement = f"{_FINGERPRINTS} WHERE story = ?"
    prints = {row["id"]: _stored_fingerprint(row) for row in store.query(statement, [story])}
    store.execute("DELETE FROM sketched WHERE entry IN (SELECT value FROM json_each(?))", [json.dumps(list(prints))])
    index = CandidateIndex(store, prints.values())
    longest = 0
    for entry, fingerprint in sorted(prints.items(), key=lambda pair: (-pair[1].length, pair[0])):
        index.add(entry, fingerprint, story, longest)
        longest = max(longest, fingerprint.length)
    index.save()


def _assign_stored(store: Store, entries: Sequence[tuple[int, Fingerprint]]) -> set[int]:
    """Assign stored entries, as `_assign` does, and store the result; return their stories."""
    assigned = _assign(store, [entries], {})
    store.execute_many("INSERT INTO story (id) VALUES (?)", [(story,) for story in sorted(assigned.new)])
    rows_of_entries = [(story, reason, entry) for entry, (story, reason) in assigned.stories.items()]
    store.execute_many("UPDATE entry SET story = ?, joined = ? WHERE id = ?", rows_of_entries)
    assigned.save_sketches()
    return {story for story, _ in assigned.stories.values()}


def _assign(
    store: Store, groups: Sequence[Sequence[tuple[int, Fingerprint]]], records: Mapping[int, EntryRecord]
) -> AssignedStories:
    """Assign the entries of each group one by one, the oldest first, each a candidate for the next.

    The next groups see of an entry what is stored of it, if it has one of the *records*.
    """
    index = CandidateIndex(store, [fingerprint for entries in groups for _, fingerprint in entries])
    last = store.value(_LAST_STORY)
    assigned: dict[int, tuple[int, str]] = {}
    new = set()
    for entries in groups:
        for entry, fingerprint in sorted(entries, key=lambda pair: (pair[1].at, pair[0])):
            common = index.common_shingles(fingerprint)
            candidates = index.candidates(fingerprint, common)
            joined = find_story(fingerprint, candidates, common)
            if joined is None:
                last += 1
                new.add(last)
                joined = StoryJoin(last, "")
            lengths = [candidate.copy.length for candidate in candidates if candidate.story == joined.story]
            index.add(entry, fingerprint, joined.story, max(lengths, default=0))
            assigned[entry] = joined
        for entry, fingerprint in entries:
            if entry in records:
                index.replace(entry, _as_stored(fingerprint, records[entry], index.stored_sample(entry)))
    return AssignedStories(assigned, frozenset(new), index)


def _forget_sketches(store: Store, at: int, most: int) -> int:
    """Delete those of the *most* oldest sketches whose entries are too old; return their number."""
    # The oldest entries have the smallest numbers.
    statement = """
        DELETE FROM sketched WHERE entry IN (SELECT entry FROM (
            SELECT sketched.entry, entry.found FROM sketched JOIN entry ON entry.id = sketched.entry
            ORDER BY sketched.entry LIMIT ?
        ) WHERE found < ?)
    """
    return store.execute(statement, [most, at - int(STORY_SPAN.total_seconds())]).rowcount


_FINGERPRINTS = """
    SELECT entry.*, sketched.marks, sketched.whole AS passages, sketched.count, sketched.step,
        (SELECT json_group_array(query) FROM mention WHERE mention.entry = entry.id AND mention.suppressed = '')
            AS queries
    FROM entry LEFT JOIN sketched ON sketched.entry = entry.id
"""
# Shingles of a sample are stored as numbers of two bytes.
_SHINGLE_TYPE = "H"


def _record_fingerprint(find: EntryRecord, at: int) -> Fingerprint:
    whole = find.whole or find.entry
    return Fingerprint(
        entry=whole,
        link=find.link,
        at=effective_published(rows.seconds(find.entry.published), at),
        queries=frozenset(find.results),
        is_cut=whole.text != find.entry.text,
    )


def _as_stored(fingerprint: Fingerprint, find: EntryRecord, sample: ShingleSample | None) -> Fingerprint:
    """Return the fingerprint that a later poll will read."""
    shown = frozenset(query for query, result in find.results.items() if not result.suppressed)
    if not fingerprint.is_cut and shown == fingerprint.queries:
        return fingerprint
    return replace(fingerprint, entry=find.entry, queries=shown, is_cut=sample is not None, sample=sample)


def _stored_fingerprint(row: Mapping[str, Any]) -> Fingerprint:
    """Return the fingerprint of an entry from a row of _FINGERPRINTS."""
    sample = None
    if row["passages"]:
        kept = tuple(array(_SHINGLE_TYPE, row["passages"]))
        sample = ShingleSample(row["count"], row["step"], kept, _shingles_of(json.loads(row["marks"])))
    return Fingerprint(
        entry=rows.entry(row),
        link=row["link"],
        at=effective_published(row["published"], row["found"]),
        queries=frozenset(json.loads(row["queries"])),
        is_cut=sample is not None,
        sample=sample,
    )


def _shingles_of(marks: Iterable[int]) -> tuple[int, ...]:
    return tuple(mark for mark in marks if not is_key(mark))


# A shingle of more stories is a phrase of every day.
_MAX_SHINGLE_STORIES = 3
# More entries by one mark would add nothing.
_MAX_ENTRIES_PER_MARK = 8
_MIN_SHARED_SHINGLES = 2
_MAX_SIMILAR_ENTRIES = 3
# More publishers would not change the decision about a site that is new to the story.
_MAX_PUBLISHERS = 100
_MIN_LENGTH_RATIO = 1.5
_BATCH_MARKS = 50_000


class CandidateIndex:
    """An inverted index from marks and shingles to entries: the part of it in memory that *fingerprints* need.

    It holds the stored entries that share a mark with one of the fingerprints, and those that are added.
    """

    def __init__(self, store: Store, fingerprints: Iterable[Fingerprint]) -> None:
        self._store = store
        self._entries: defaultdict[int, list[int]] = defaultdict(list)
        self._stories: dict[int, int] = {}
        self._fingerprints: dict[int, Fingerprint] = {}
        self._publishers: dict[int, set[str]] = {}
        self._added: dict[int, tuple[list[int], ShingleSample | None]] = {}
        counts = Counter(chain.from_iterable(chain(one.keys, one.sketch) for one in fingerprints))
        # A mark of one fingerprint alone leads to none of the others.
        self._shared = {mark for mark, count in counts.items() if count > 1}
        marks = list(counts)
        for start in range(0, len(marks), _BATCH_MARKS):
            self._load(marks[start : start + _BATCH_MARKS])

    def common_shingles(self, fingerprint: Fingerprint) -> frozenset[int]:
        """Return the shingles of a sketch that are in many stories."""
        entries = self._entries
        frequent = [
            mark for mark in fingerprint.sketch if mark in entries and len(entries[mark]) > _MAX_SHINGLE_STORIES
        ]
        return frozenset(mark for mark in frequent if len(self._stories_with(mark)) > _MAX_SHINGLE_STORIES)

    def candidates(self, fingerprint: Fingerprint, common: frozenset[int]) -> list[StoryCandidate]:
        """Return the entries that may be the same news, oldest first, without regard to *common* shingles."""
        exact = self._entries_with(fingerprint.keys)
        shared = Counter(self._entries_with(mark for mark in fingerprint.sketch if mark not in common))
        similar = sorted((-count, entry) for entry, count in shared.items() if count >= _MIN_SHARED_SHINGLES)
        entries = sorted({*exact, *(entry for _, entry in similar[:_MAX_SIMILAR_ENTRIES])})
        self._read_fingerprints([entry for entry in entries if entry not in self._fingerprints])
        return [
            StoryCandidate(self._fingerprints[entry], self._stories[entry], self._publishers[self._stories[entry]])
            for entry in entries
        ]

    def add(self, entry: int, fingerprint: Fingerprint, story: int, longest: int) -> None:
        """Add an entry as a candidate for the next ones.

        Its shingles are indexed if it is much longer than the *longest* indexed entry of its story.
        """
        self._stories[entry], self._fingerprints[entry] = story, fingerprint
        self._publishers.setdefault(story, set()).add(fingerprint.publisher)
        marks = [mark for mark in fingerprint.keys if story not in self._stories_with(mark)]
        if fingerprint.length > longest * _MIN_LENGTH_RATIO:
            marks += fingerprint.sketch
        entries = self._entries
        marks = [mark for mark in marks if mark not in entries or len(entries[mark]) < _MAX_ENTRIES_PER_MARK]
        for mark in self._shared.intersection(marks):
            self._entries[mark].append(entry)
        if marks:
            sample = fingerprint.sample
            if fingerprint.is_cut and sample is None and fingerprint.text_shingles:
                sample = sample_shingles(fingerprint.text_shingles, _shingles_of(marks))
            self._added[entry] = marks, sample

    def replace(self, entry: int, fingerprint: Fingerprint) -> None:
        """Compare later entries with this fingerprint of an entry."""
        self._fingerprints[entry] = fingerprint

    def stored_sample(self, entry: int) -> ShingleSample | None:
        """Return the sample that is stored with an added entry, `None` if it is compared by its own text."""
        return self._added[entry][1] if entry in self._added else None

    def save(self) -> None:
        """Store the added entries."""
        sketches = [
            (
                *(entry, json.dumps(marks), array(_SHINGLE_TYPE, sample.kept if sample else ()).tobytes()),
                *(sample[:2] if sample else (0, 1)),
            )
            for entry, (marks, sample) in self._added.items()
        ]
        statement = "INSERT INTO sketched (entry, marks, whole, count, step) VALUES (?, ?, ?, ?, ?)"
        self._store.execute_many(statement, sketches)
        # In the order of the index each of its pages is written once.
        pairs = sorted((mark, entry) for entry, (marks, _) in self._added.items() for mark in marks)
        self._store.execute_many("INSERT INTO sketch (mark, entry) VALUES (?, ?)", pairs)

    def _load(self, marks: list[int]) -> None:
        statement = """
            SELECT sketch.mark, sketch.entry, entry.story FROM sketch JOIN entry ON entry.id = sketch.entry
            WHERE sketch.mark IN (SELECT value FROM json_each(?)) ORDER BY sketch.entry
        """
        for mark, entry, story in self._store.execute(statement, [json.dumps(marks)]):
            self._entries[mark].append(entry)
            self._stories[entry] = story

    def _entries_with(self, marks: Iterable[int]) -> list[int]:
        """Return the entries with one of the marks, each once for every mark."""
        return [entry for mark in marks if mark in self._entries for entry in self._entries[mark]]

    def _stories_with(self, mark: int) -> set[int]:
        return {self._stories[entry] for entry in self._entries.get(mark, ())}

    def _read_fingerprints(self, entries: list[int]) -> None:
        """Read the entries to compare, and the publishers of their stories."""
        if not entries:
            return
        statement = f"{_FINGERPRINTS} WHERE id IN (SELECT value FROM json_each(?))"
        for row in self._store.query(statement, [json.dumps(entries)]):
            self._fingerprints[row["id"]] = _stored_fingerprint(row)
        statement = "SELECT DISTINCT url, publisher FROM entry WHERE story = ? LIMIT ?"
        for story in {self._stories[entry] for entry in entries}.difference(self._publishers):
            copies = self._store.execute(statement, [story, _MAX_PUBLISHERS])
            self._publishers[story] = {publisher_of_link(url, name) for url, name in copies}
