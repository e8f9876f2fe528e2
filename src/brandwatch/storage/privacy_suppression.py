"""The suppression list: keyed hashes of what was erased or expired, held against all that arrives."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import fields, replace
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, TypeVar

from brandwatch.models import Fetch, Gap, SourceState
from brandwatch.privacy.subject_search import linked_pages, squeeze, squeezed_readings
from brandwatch.storage import rows
from brandwatch.stories import identity_keys, met_by

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from brandwatch.models import Entry, EntryRecord, MatchResult, SourceRecord
    from brandwatch.privacy.subject_search import SubjectFinder
    from brandwatch.storage.store import Store

    Stone = tuple[str, int, bytes]


_Told = TypeVar("_Told", SourceState, Fetch, Gap)

_ENTRY, _PAGE, _AUTHOR = "entry", "page", "author"
# There are many of these, so that they are looked up and not read beforehand.
_EXPIRED = "expired"
_WORDS = {False: "words", True: "bare"}
_BYTES = 16
# An address is asked, whatever it holds; who erases is told where a query file names it.
_ADDRESSES = frozenset({"url", "source"})


class SuppressionList:
    """The tombstones of a database. There are none as a rule, and then nothing is looked at."""

    def __init__(self, store: Store) -> None:
        self._store, self._key = store, store.secret_key()
        self._hashes: dict[str, set[bytes]] = {}
        self._lengths: defaultdict[str, set[int]] = defaultdict(set)
        for kind, length, hashed in store.tuples(
            "SELECT kind, length, hash FROM tombstone WHERE kind != ?", [_EXPIRED]
        ):
            self._hashes.setdefault(kind, set()).add(hashed)
            self._lengths[kind].add(length)
        self._has_expired = store.value("SELECT 1 FROM tombstone WHERE kind = ? LIMIT 1", [_EXPIRED]) is not None
        self._has_words = any(kind in self._hashes for kind in _WORDS.values())

    def without(self, visit: SourceRecord) -> SourceRecord:
        """Return a visit without what was erased: such entries are left out, other texts that hold it are empty."""
        if self._has_expired:
            left = tuple(map(self._unexpired, visit.entries))
            visit = replace(visit, entries=tuple(find for find in left if find.results))
        if not self._hashes:
            return visit
        return replace(
            visit,
            state=self._emptied(visit.state),
            fetch=self._emptied(visit.fetch),
            gap=self._emptied(visit.gap) if visit.gap else None,
            entries=tuple(self._judged(find) for find in visit.entries if not self._is_erased(find)),
        )

    def of_judgement(self, judgement: MatchResult) -> MatchResult:
        """Return a judgement without the checks that tell of what was erased."""
        if not self._has_words:
            return judgement
        checks = tuple(one for one in judgement.clauses if not (self._speaks(one.clause) or self._speaks(one.note)))
        return replace(judgement, clauses=checks)

    def _unexpired(self, find: EntryRecord) -> EntryRecord:
        """Return a find without the judgements of queries that have let go of it because of its age."""
        names = met_by(find.entry, find.link)
        left = {query: one for query, one in find.results.items() if not self._has_gone(query, names)}
        return find if len(left) == len(find.results) else replace(find, results=left)

    def _has_gone(self, query: str, names: Iterable[str]) -> bool:
        """Say whether a query has let go of an entry."""
        statement = "SELECT 1 FROM tombstone WHERE kind = ? AND length = 0 AND hash = ?"
        hashes = (_hashed(self._key, _EXPIRED, f"{query} {name}") for name in names)
        return any(self._store.value(statement, [_EXPIRED, one]) for one in hashes)

    def _judged(self, find: EntryRecord) -> EntryRecord:
        """Return a find whose judgements do not tell of what was erased."""
        return replace(find, results={name: self.of_judgement(one) for name, one in find.results.items()})

    def _is_erased(self, find: EntryRecord) -> bool:
        """Say whether an entry, a page it leads to, its author or what it says was erased, all of it looked at."""
        entry = find.whole or find.entry
        if self._has(_ENTRY, met_by(entry, find.link)):
            return True
        if _AUTHOR in self._hashes and self._has(_AUTHOR, [squeeze(entry.author).letters]):
            return True
        texts = _texts(entry)
        if _PAGE in self._hashes and self._has(_PAGE, (page for text in texts for page in linked_pages(text))):
            return True
        return any(map(self._speaks, texts))

    def _emptied(self, told: _Told) -> _Told:
        """Return what is told of a source with those of its texts empty that hold words that were erased."""
        if not self._has_words:
            return told
        texts = {field.name: getattr(told, field.name) for field in fields(told) if field.name not in _ADDRESSES}
        erased: dict[str, Any] = {name: "" for name, text in texts.items() if type(text) is str and self._speaks(text)}
        return replace(told, **erased) if erased else told

    def _speaks(self, text: str) -> bool:
        """Say whether a text holds words that were erased."""
        return self._has_words and any(
            self._has(_WORDS[is_link], read.windows(length))
            for is_link, read in squeezed_readings(text)
            for length in self._lengths[_WORDS[is_link]]
        )

    def _has(self, kind: str, values: Iterable[str]) -> bool:
        """Say whether one of the values has a tombstone of its kind."""
        hashes = self._hashes.get(kind, ())
        return bool(hashes) and any(_hashed(self._key, kind, value) in hashes for value in values)


def suppression_list(store: Store) -> SuppressionList:
    """Return the suppression list, read once; only who holds the lock of the poll adds to it."""
    if store.suppression_list is None:
        store.suppression_list = SuppressionList(store)
    return store.suppression_list


def stones_of_request(store: Store, finder: SubjectFinder) -> Iterator[Stone]:
    """Yield a tombstone for each thing that is wanted, so that it is not stored when it comes for the first time."""
    key = store.secret_key()
    values = [(_WORDS[trace.is_link], len(trace.letters), trace.letters) for trace in finder.patterns]
    values += [(_AUTHOR, 0, author) for author in finder.authors]
    values += [(_PAGE, 0, page) for page in finder.pages]
    yield from ((kind, length, _hashed(key, kind, value)) for kind, length, value in values)


def stones_of_entries(store: Store, entries: Iterable[int]) -> Iterator[Stone]:
    """Yield the tombstones of stored entries, by which each is known however it is edited."""
    key = store.secret_key()
    for entry in entries:
        for row in store.query("SELECT * FROM entry WHERE id = ?", [entry]):
            for name in identity_keys(rows.entry(row), row["link"]):
                yield _ENTRY, 0, _hashed(key, _ENTRY, name)


def stones_of_mentions(store: Store, mentions: Iterable[int]) -> Iterator[Stone]:
    """Yield the tombstones of mentions that go because of their age; another query may find their entries yet."""
    key = store.secret_key()
    statement = (
        "SELECT mention.query AS found_by, entry.* FROM mention JOIN entry ON entry.id = mention.entry"
        " WHERE mention.id IN (SELECT value FROM json_each(?))"
    )
    for row in store.query(statement, [json.dumps(list(mentions))]):
        for name in identity_keys(rows.entry(row), row["link"]):
            yield _EXPIRED, 0, _hashed(key, _EXPIRED, f"{row['found_by']} {name}")


def store_stones(store: Store, stones: Iterable[Stone], at: int) -> None:
    """Keep tombstones, inside the transaction of the caller."""
    statement = "INSERT OR IGNORE INTO tombstone (kind, length, hash, at) VALUES (?, ?, ?, ?)"
    store.execute_many(statement, [(*stone, at) for stone in stones])
    store.suppression_list = None


def _hashed(key: bytes, kind: str, value: str) -> bytes:
    """Return the keyed hash of a value, which nobody without the database can try names on."""
    return blake2b(f"{kind} {value}".encode(), digest_size=_BYTES, key=key).digest()


def _texts(entry: Entry) -> list[str]:
    """Return everything of an entry that is text."""
    texts = [getattr(entry, name) for name in rows.ENTRY_COLUMNS]
    return [text for text in (*texts, *entry.links) if text]
