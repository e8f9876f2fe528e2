"""The new entries of a poll: their rows are collected, assigned to stories together, and inserted table by table."""

from collections.abc import Collection
from typing import Any

from brandwatch.models import EntryRecord
from brandwatch.storage import responses, rows, story_assignment
from brandwatch.storage.database import Store

INSERT_ANCHOR = "INSERT INTO anchor (mention, number, term, field, start, stop, rule) VALUES (?, ?, ?, ?, ?, ?, ?)"
INSERT_PERSON = (
    "INSERT INTO person_hit (mention, number, anchor, name, field, start, stop, rule, part, note)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_INSERT_SIGHTING = "INSERT INTO sighting (entry, source, first_seen, last_seen, position) VALUES (?, ?, ?, ?, ?)"
# What SQLite gives next; nothing else writes in the transaction.
_NEXT_ID = "SELECT coalesce(max(id), 0) + 1 FROM {}"


# Of the entry; else a trigger copies them, and writes the widest index twice.
_COPIED_COLUMNS = ("publisher", "language", "response_total", "response_rise")


class NewEntries:
    """The entries that sources gave and that are not stored yet, with their sightings, responses and mentions.

    One statement for each table takes half of the time of one for each row.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._next_entry: int | None = None
        self._next_mention: int | None = None
        self._entries: list[dict[str, Any]] = []
        self._sightings: list[tuple[int, ...]] = []
        self._readings: list[dict[str, Any]] = []
        self._mentions: list[dict[str, Any]] = []
        self._anchors: list[tuple[Any, ...]] = []
        self._people: list[tuple[Any, ...]] = []
        self._by_source: list[list[story_assignment.NewEntry]] = []
        self.stories: Collection[int] = ()

    def begin_source(self) -> None:
        """Note that the entries from now on are of the next source."""
        self._by_source.append([])

    def add(self, find: EntryRecord, source: int, at: int, backlog: Collection[str]) -> tuple[int, list[int]]:
        """Add an entry that a source gave *at* a time; return its id and those of its mentions."""
        entry = self._take_entry()
        row = rows.record_row(find) | {
            "id": entry,
            "link": find.link,
            "owner": source,
            "found": at,
            "reread": rows.seconds(find.refresh_at),
        }
        reading, totals = responses.first_reading(entry, find.entry, at)
        self._readings += reading
        self._entries.append(row | totals)
        self._sightings.append((entry, source, at, at, find.position))
        self._by_source[-1].append(story_assignment.NewEntry(entry, find, at))
        return entry, [
            self._add_mention(row | totals, find, query, is_backlog=query in backlog) for query in find.results
        ]

    def insert(self) -> None:
        """Insert all rows, inside the caller's transaction, but for those of new *stories*, which come next."""
        if not self._entries:
            return
        assigned = story_assignment.assign_stories(self._store, self._by_source)
        for row in self._entries:
            row["story"], row["joined"] = assigned.stories[row["id"]]
        self._insert("entry", self._entries)
        self._store.execute_many(_INSERT_SIGHTING, self._sightings)
        self._insert("response", self._readings)
        self._insert("mention", self._mentions)
        self._store.execute_many(INSERT_ANCHOR, self._anchors)
        self._store.execute_many(INSERT_PERSON, self._people)
        assigned.save_sketches()
        self.stories = assigned.new

    def take_mention(self) -> int:
        """Return the id of the next mention, also for one that is inserted at once."""
        if self._next_mention is None:
            self._next_mention = int(self._store.value(_NEXT_ID.format("mention")))
        self._next_mention += 1
        return self._next_mention - 1

    def _take_entry(self) -> int:
        if self._next_entry is None:
            # A thread is inserted before its entry, and an entry before its story.
            self._store.execute("PRAGMA defer_foreign_keys = ON")
            self._next_entry = int(self._store.value(_NEXT_ID.format("entry")))
        self._next_entry += 1
        return self._next_entry - 1

    def _add_mention(self, entry: dict[str, Any], find: EntryRecord, query: str, *, is_backlog: bool) -> int:
        mention, result = self.take_mention(), find.results[query]
        version, at = find.versions[query], entry["found"]
        row = rows.mention_row(entry["id"], query, result, version, at, is_backlog=is_backlog)
        published = entry["published"]
        copies = {name: entry[name] for name in _COPIED_COLUMNS} | {"time": at if published is None else published}
        self._mentions.append(row | copies | {"id": mention})
        anchors, people = rows.people_rows(mention, result)
        self._anchors += anchors
        self._people += people
        return mention

    def _insert(self, table: str, values: list[dict[str, Any]]) -> None:
        if values:
            self._store.execute_many(rows.insertion(table, tuple(values[0])), values)
