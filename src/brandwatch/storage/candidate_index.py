"""The candidate index: an inverted index of shingles, of which a few new entries need a part in memory."""

from __future__ import annotations

import json
from array import array
from collections import Counter, defaultdict
from itertools import chain
from typing import TYPE_CHECKING

from brandwatch.storage import rows
from brandwatch.stories import Fingerprint, StoryCandidate, effective_published, publisher_of_link

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from sqlite_utils import Database


COLUMNS = (
    "entry.*, (SELECT json_group_array(query) FROM mention WHERE mention.entry = entry.id"
    " AND mention.suppressed = '') AS queries,"
    " (SELECT sketched.whole FROM sketched WHERE sketched.entry = entry.id) AS passages"
)
"""What a copy is made of."""

# A passage of more stories than this is what somebody says every day.
_WORN = 3
# How many entries are found by one mark; more would say no more.
_FULL = 8
_LEAST_SHARED = 2
_COMPARED = 3
# More names of publishers would tell nothing about a site that is new to the story.
_PUBLISHERS = 100
_MUCH_LONGER = 1.5
_BATCH = 50_000
# Four bytes for each.
_PASSAGE = "I"


class CandidateIndex:
    """The entries that share a mark with one of the *copies*, and those of them that are put there meanwhile."""

    def __init__(self, db: Database, copies: Iterable[Fingerprint]) -> None:
        self._db = db
        self._entries: defaultdict[int, list[int]] = defaultdict(list)
        self._stories: dict[int, int] = {}
        self._copies: dict[int, Fingerprint] = {}
        self._publishers: dict[int, set[str]] = {}
        self._sketched: list[tuple[int, list[int], bytes]] = []
        counts = Counter(chain.from_iterable(chain(copy.marks, copy.sketch) for copy in copies))
        # What only one of them has, none of the others is found by.
        self._common = {mark for mark, count in counts.items() if count > 1}
        self._load(list(counts))

    def worn(self, copy: Fingerprint) -> frozenset[int]:
        """Return the passages of a copy's sketch that many stories have."""
        common = (passage for passage in copy.sketch if len(self._entries.get(passage, ())) > _WORN)
        return frozenset(passage for passage in common if len(self._stories_of(passage)) > _WORN)

    def known(self, copy: Fingerprint, worn: frozenset[int]) -> list[StoryCandidate]:
        """Return what may be the same news, oldest first."""
        exact = self._with(copy.marks)
        shared = Counter(self._with(passage for passage in copy.sketch if passage not in worn))
        similar = sorted((-count, entry) for entry, count in shared.items() if count >= _LEAST_SHARED)
        found = sorted({*exact, *(entry for _, entry in similar[:_COMPARED])})
        self._fetch([entry for entry in found if entry not in self._copies])
        return [
            StoryCandidate(self._copies[entry], self._stories[entry], self._publishers[self._stories[entry]])
            for entry in found
        ]

    def put(self, entry: int, copy: Fingerprint, story: int, longest: int) -> None:
        """Put an entry where the next ones find it, and remember to store that.

        It is found by its passages where it is much longer than the *longest* that its story is found by.
        """
        self._stories[entry], self._copies[entry] = story, copy
        self._publishers.setdefault(story, set()).add(copy.publisher)
        marks = [mark for mark in copy.marks if story not in self._stories_of(mark)]
        marks += copy.sketch if len(copy.passages) > longest * _MUCH_LONGER else []
        marks = [mark for mark in marks if len(self._entries.get(mark, ())) < _FULL]
        for mark in self._common.intersection(marks):
            self._entries[mark].append(entry)
        if marks:
            self._sketched.append((entry, marks, _packed(copy.of_text) if copy.is_cut else b""))

    def store(self) -> None:
        """Store what was put there."""
        listed = [(entry, json.dumps(marks), whole) for entry, marks, whole in self._sketched]
        self._db.conn.executemany("INSERT INTO sketched (entry, marks, whole) VALUES (?, ?, ?)", listed)
        # In the order of the index, its pages are gone through once.
        pairs = sorted((mark, entry) for entry, marks, _ in self._sketched for mark in marks)
        self._db.conn.executemany("INSERT INTO sketch (mark, entry) VALUES (?, ?)", pairs)

    def _load(self, marks: list[int]) -> None:
        """Look up the entries of all marks."""
        for start in range(0, len(marks), _BATCH):
            statement = (
                "SELECT sketch.mark, sketch.entry, entry.story FROM sketch JOIN entry ON entry.id = sketch.entry"
                " WHERE sketch.mark IN (SELECT value FROM json_each(?)) ORDER BY sketch.entry"
            )
            for mark, entry, story in self._db.execute(statement, [json.dumps(marks[start : start + _BATCH])]):
                self._entries[mark].append(entry)
                self._stories[entry] = story

    def _with(self, marks: Iterable[int]) -> list[int]:
        """Return the entries that have some of the marks, each as many times as it has one."""
        return [entry for mark in marks if mark in self._entries for entry in self._entries[mark]]

    def _stories_of(self, mark: int) -> set[int]:
        """Return the stories of the entries that have a mark."""
        return {self._stories[entry] for entry in self._entries.get(mark, ())}

    def _fetch(self, entries: list[int]) -> None:
        """Read entries that are to be compared, and who published their stories."""
        if not entries:
            return
        statement = f"SELECT {COLUMNS} FROM entry WHERE id IN (SELECT value FROM json_each(?))"
        self._copies |= {row["id"]: fingerprint_of(row) for row in self._db.query(statement, [json.dumps(entries)])}
        for story in {self._stories[entry] for entry in entries}.difference(self._publishers):
            statement = f"SELECT DISTINCT url, publisher FROM entry WHERE story = ? LIMIT {_PUBLISHERS}"
            self._publishers[story] = {
                publisher_of_link(url, name) for url, name in self._db.execute(statement, [story])
            }


def fingerprint_of(row: Mapping[str, Any]) -> Fingerprint:
    """Return the copy in a row."""
    entry = rows.entry(row)
    queries = frozenset(json.loads(row["queries"]))
    whole = array(_PASSAGE, row["passages"] or b"")
    at = effective_published(row["published"], row["found"])
    return Fingerprint(entry=entry, link=row["link"], at=at, queries=queries, is_cut=bool(whole), whole=tuple(whole))


def _packed(passages: list[int]) -> bytes:
    """Return passages as they are stored."""
    return array(_PASSAGE, passages).tobytes()
