"""The suppression list: keyed hashes (tombstones) of erased and expired data, compared with every new entry."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import fields, replace
from enum import StrEnum
from hashlib import blake2b
from typing import Any, NamedTuple, Self, TypeVar

from brandwatch.models import Entry, Fetch, Gap, MatchResult, SourceState
from brandwatch.privacy.squeezed_text import squeeze, squeezed_readings
from brandwatch.privacy.subject_search import SubjectFinder, as_text, linked_pages

_SourceFacts = TypeVar("_SourceFacts", SourceState, Fetch, Gap)

_HASH_BYTES = 16
# A source is polled whatever its URL holds; `privacy forget` names the query files that hold it.
_URL_FIELDS = frozenset({"url", "source"})


class TombstoneKind(StrEnum):
    """The kind of value that a tombstone is a hash of."""

    ENTRY = "entry"
    PAGE = "page"
    AUTHOR = "author"
    WORDS = "words"
    LINK_WORDS = "bare"
    EXPIRED = "expired"


class Tombstone(NamedTuple):
    """A keyed hash of data that must not come back; *length* is the number of letters of words, else 0."""

    kind: TombstoneKind
    length: int
    hash: bytes

    @classmethod
    def of(cls, key: bytes, kind: TombstoneKind, value: str, length: int = 0) -> Self:
        """Hash a value."""
        return cls(kind, length, _hash(key, kind, value))


def _hash(key: bytes, kind: TombstoneKind, value: str) -> bytes:
    # With the key of the database: without it nobody can test a guess.
    return blake2b(f"{kind} {value}".encode(), digest_size=_HASH_BYTES, key=key).digest()


def expired_tombstones(key: bytes, query: str, identities: Iterable[str]) -> Iterator[Tombstone]:
    """Yield the tombstones of a mention that expired in one query; another query may still find its entry."""
    yield from (Tombstone.of(key, TombstoneKind.EXPIRED, f"{query} {identity}") for identity in identities)


def request_tombstones(key: bytes, finder: SubjectFinder) -> Iterator[Tombstone]:
    """Yield a tombstone for each name, author and page of a request."""
    for pattern in finder.patterns:
        kind = TombstoneKind.LINK_WORDS if pattern.is_link else TombstoneKind.WORDS
        yield Tombstone.of(key, kind, pattern.letters, len(pattern.letters))
    yield from (Tombstone.of(key, TombstoneKind.AUTHOR, author) for author in finder.authors)
    yield from (Tombstone.of(key, TombstoneKind.PAGE, page) for page in finder.pages)


class SuppressionList:
    """The tombstones of erasures, to recognise new entries by; usually there are none."""

    prefilter = None

    def __init__(self, key: bytes, tombstones: Iterable[Tombstone]) -> None:
        self._key = key
        self._hashes: defaultdict[TombstoneKind, set[bytes]] = defaultdict(set)
        self._lengths: defaultdict[TombstoneKind, set[int]] = defaultdict(set)
        for kind, length, hashed in tombstones:
            self._hashes[kind].add(hashed)
            self._lengths[kind].add(length)
        self._has_words = bool(self._hashes[TombstoneKind.WORDS] or self._hashes[TombstoneKind.LINK_WORDS])

    def __bool__(self) -> bool:
        """Whether anything was erased."""
        return any(self._hashes.values())

    def is_erased(self, entry: Entry, identities: Iterable[str]) -> bool:
        """Whether an entry, its author, a linked page or words in it were erased."""
        if self._has(TombstoneKind.ENTRY, identities):
            return True
        if self._has(TombstoneKind.AUTHOR, (squeeze(author).letters for author in [entry.author])):
            return True
        # A field that does not compare repeats a part of the text.
        values = [getattr(entry, field.name) for field in fields(entry) if field.compare]
        texts = [*filter(lambda value: isinstance(value, str), values), *entry.links]
        if self._has(TombstoneKind.PAGE, (page for text in texts for page in linked_pages(text))):
            return True
        return any(map(self.holds_words, texts))

    def holds_words(self, text: str) -> bool:
        """Whether a text contains erased words."""
        if not self._has_words:
            return False
        for is_link, squeezed in squeezed_readings(text):
            kind = TombstoneKind.LINK_WORDS if is_link else TombstoneKind.WORDS
            if any(self._has(kind, squeezed.windows(length)) for length in self._lengths[kind]):
                return True
        return False

    def holds(self, column: str, value: object) -> bool:
        """Whether the value of a column was erased: as `SubjectFinder.holds`, by hashes."""
        text = as_text(value)
        if column == "author" and text and self._has(TombstoneKind.AUTHOR, [squeeze(text).letters]):
            return True
        return bool(text) and (self._has(TombstoneKind.PAGE, linked_pages(text)) or self.holds_words(text))

    def may_hold(self, *values: object) -> bool:
        """Whether a row may hold something that was erased."""
        return any(self.holds("author", value) for value in values)

    def holds_identity(self, identities: Iterable[str]) -> bool:
        """Whether an entry was erased, by the keys that it is known by."""
        return self._has(TombstoneKind.ENTRY, identities)

    def blank_texts(self, facts: _SourceFacts) -> _SourceFacts:
        """Return the state of a source with the texts blanked that hold erased words."""
        if not self._has_words:
            return facts
        texts = {field.name: getattr(facts, field.name) for field in fields(facts) if field.name not in _URL_FIELDS}
        erased: dict[str, Any] = {
            name: "" for name, text in texts.items() if isinstance(text, str) and self.holds_words(text)
        }
        return replace(facts, **erased) if erased else facts

    def without_erased_clauses(self, result: MatchResult) -> MatchResult:
        """Remove the clauses with erased words from a result."""
        if not self._has_words:
            return result
        clauses = tuple(
            clause
            for clause in result.clauses
            if not (self.holds_words(clause.clause) or self.holds_words(clause.note))
        )
        return replace(result, clauses=clauses)

    def _has(self, kind: TombstoneKind, values: Iterable[str]) -> bool:
        hashes = self._hashes[kind]
        return bool(hashes) and any(_hash(self._key, kind, value) in hashes for value in values)
