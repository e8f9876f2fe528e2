"""The seen entries of a source: by what the entries of its last document are known again, and where some are missing.

Each entry leaves three keyed hashes: of its name (the guid, else the link, else the title), of its link, and of its
title or the beginning of its text. An entry is known again by its title, or by its name and its link: a guid may be a
position in the list, a link that of all messages, and both may be new in every answer.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from functools import cached_property, lru_cache
from typing import NamedTuple

from brandwatch import urls
from brandwatch.feeds import DIGEST_BYTES
from brandwatch.models import Entry, Feed, Gap, SourceState

_NAME_BYTES = 8
_MORE_BYTES = 6
_RECORD_BYTES = _NAME_BYTES + 2 * _MORE_BYTES
_UNKNOWN = bytes(_MORE_BYTES)
_TITLE_CHARS = 200
# A title that comes back, such as “Morning news”, shows nothing; a site that has moved shows most of its titles again.
_RENAMED_SHARE = 4
# A publisher that replaces its only entry every day is rarely in time to replace it twice between two polls.
_MIN_UNSEEN_SHARE = 8


class SeenEntry(NamedTuple):
    """The hashes of an entry; zeros for an unknown link or title."""

    name: bytes
    link: bytes
    title: bytes


def split_window(window: bytes) -> list[SeenEntry]:
    """Return the seen entries of a document, in its order."""
    starts = range(0, len(window), _RECORD_BYTES)
    ends = (_NAME_BYTES, _NAME_BYTES + _MORE_BYTES, _RECORD_BYTES)
    return [
        SeenEntry(window[at : at + ends[0]], window[at + ends[0] : at + ends[1]], window[at + ends[1] : at + ends[2]])
        for at in starts
    ]


def hash_name(name: str, key: bytes) -> bytes:
    """Return the keyed hash of a name: without the key of the database nobody can test a guess against it."""
    return hashlib.blake2b(name.encode(), digest_size=_NAME_BYTES, key=key).digest()


def seen_entry(entry: Entry, key: bytes) -> bytes:
    """Return the record of an entry."""
    title = " ".join((entry.title or entry.text[:_TITLE_CHARS]).casefold().split())
    hashed_title = hash_name(title, key)[:_MORE_BYTES] if title else _UNKNOWN
    # A guid that is the link once more says no more than the link. Most are so to the letter.
    if entry.guid and entry.guid == entry.url:
        name = hash_name(entry.guid, key)
        return name + name[:_MORE_BYTES] + hashed_title
    link = urls.canonical(entry.url)
    name = hash_name(entry.guid or link or entry.title, key)
    if not link:
        return name + _UNKNOWN + hashed_title
    is_link = not entry.guid or urls.canonical(entry.guid) == link
    return name + (name if is_link else hash_name(link, key))[:_MORE_BYTES] + hashed_title


def seen_entries(feed: Feed, key: bytes, known: dict[bytes, bytes]) -> bytes:
    """Return the records of all entries of a document, in order; *known* has those that were not parsed."""
    parsed = (seen_entry(entry, key) for entry in feed.entries)
    if not feed.digests:
        return b"".join(parsed)
    positions = set(feed.positions)
    return b"".join(
        next(parsed) if position in positions else known[digest] for position, digest in enumerate(feed.digests)
    )


def known_digests(state: SourceState) -> dict[bytes, bytes]:
    """Return the digests of the entries of the last document, each with the record of the entry."""
    window, digests = state.seen, state.digests
    if len(window) * DIGEST_BYTES != len(digests) * _RECORD_BYTES or _has_names_alone(window):
        return {}
    return {
        digests[start : start + DIGEST_BYTES]: window[at : at + _RECORD_BYTES]
        for start, at in zip(range(0, len(digests), DIGEST_BYTES), range(0, len(window), _RECORD_BYTES), strict=True)
    }


def _has_names_alone(window: bytes) -> bool:
    """Whether a window was made by an older version: all entries have to be read once to learn links and titles."""
    return not any(
        window[at + _NAME_BYTES : at + _RECORD_BYTES].strip(b"\0") for at in range(0, len(window), _RECORD_BYTES)
    )


class SeenNames:
    """The guids and canonical links of seen entries; only their hashes are known."""

    def __init__(self, window: bytes, key: bytes) -> None:
        entries = split_window(window)
        self._names = frozenset(entry.name for entry in entries)
        self._links = frozenset(entry.link for entry in entries)
        self._key = key

    def __contains__(self, name: object) -> bool:
        if not isinstance(name, str) or not name or not self._names:
            return False
        hashed = hash_name(name, self._key)
        return hashed in self._names or hashed[:_MORE_BYTES] in self._links


class _Overlap:
    """What two documents of a source share. A link or title that several entries have is none of theirs."""

    def __init__(self, before: bytes, after: bytes) -> None:
        self.before, self.after = set(split_window(before)), set(split_window(after))
        self._names = {entry.name for entry in self.before}
        self._links = {entry.link for entry in self.before} - {_UNKNOWN}
        self.own_links = _unique(entry.link for entry in self.before) & _unique(entry.link for entry in self.after)
        self.own_titles = _unique(entry.title for entry in self.before) & _unique(entry.title for entry in self.after)

    @cached_property
    def new_entries(self) -> int:
        """The number of entries of *after* that were not in *before*."""
        return sum(not self.is_known(entry) for entry in self.after)

    def has_known_name(self, entry: SeenEntry) -> bool:
        """Whether an entry of *after* has a name or a link from before."""
        return entry.name in self._names or entry.link in self._links

    def is_known(self, entry: SeenEntry) -> bool:
        """Whether an entry of *after* was in *before*."""
        if entry.title in self.own_titles:
            return True
        if entry.name not in self._names:
            return False
        # The window of an older version has names alone; an entry without guid has its link as its name.
        has_names_alone = not self._links or entry.link == _UNKNOWN
        return has_names_alone or (entry.link in self._links and not entry.name.startswith(entry.link))


# A poll asks up to three questions about the same two documents.
_overlap = lru_cache(maxsize=1)(_Overlap)


def _unique(hashes: Iterable[bytes]) -> set[bytes]:
    return {hashed for hashed, count in Counter(hashes).items() if count == 1} - {_UNKNOWN}


def is_seen(entry: Entry, before: bytes, after: bytes, key: bytes) -> bool:
    """Whether an entry of the document *after* was in the one *before*, with the same title or the same names."""
    overlap, (record,) = _overlap(before, after), split_window(seen_entry(entry, key))
    return record in overlap.before or overlap.is_known(record)


def count_entries(window: bytes) -> int:
    """Return the number of seen entries."""
    return len(window) // _RECORD_BYTES


def has_known_entry(before: bytes, after: bytes) -> bool:
    """Whether an entry of a document was in the one before, by its name and link or by its title."""
    overlap = _overlap(before, after)
    return any(overlap.is_known(entry) for entry in overlap.after) or _has_known_entry(overlap)


def count_new(before: bytes, after: bytes) -> int:
    """Count the entries of a document that are not among those of the one before."""
    if not before:
        return len(set(split_window(after)))
    return _overlap(before, after).new_entries


def count_renamed(before: bytes, after: bytes) -> int:
    """Count the titles of a document that the one before had, if nearly all guids and links are new, else 0."""
    return _count_renamed(_overlap(before, after))


def _count_renamed(overlap: _Overlap) -> int:
    fewest = max(1, min(len(overlap.before), len(overlap.after)) // _RENAMED_SHARE)
    stable = [entry for entry in overlap.after if overlap.has_known_name(entry)]
    renamed = overlap.own_titles - {entry.title for entry in stable}
    # A link to another site stays when the site moves.
    return len(renamed) if len(renamed) >= max(fewest, len(stable) * _RENAMED_SHARE) else 0


def find_gap(state: SourceState, after: bytes, feed: Feed, now: datetime) -> Gap | None:
    """Return the interval in which entries were missed, `None` for no gap.

    A document as long as the last that shares no entry with it has lost those between the two.
    """
    overlap = _overlap(state.seen, after)
    size, size_before = len(overlap.after), len(overlap.before)
    if not size >= size_before > 0 or state.last_success is None or _has_known_entry(overlap):
        return None
    oldest = min((entry.published for entry in feed.entries if entry.published), default=now)
    reason = f"none of the {size_before} entries of the last document is in this one of {size}"
    if size == 1:
        if _is_in_time(state, oldest):
            return None
        reason = "the only entry of the last document was replaced"
    end = min(max(oldest, state.last_success), now)
    return Gap(source=state.url, start=state.last_success, end=end, reason=reason)


def _has_known_entry(overlap: _Overlap) -> bool:
    """Whether an entry of the last document is in this one."""
    if _count_renamed(overlap) or any(overlap.has_known_name(one) and overlap.is_known(one) for one in overlap.after):
        return True
    # Titles may have been edited. The link of the only entry may be that of the page of all.
    return min(len(overlap.before), len(overlap.after)) > 1 and bool(overlap.own_links)


def _is_in_time(state: SourceState, published: datetime) -> bool:
    """Whether the interval in which a single entry was replaced is short beside the time between the two."""
    before, seen = state.newest, state.last_success
    if before is None or seen is None or not before < seen < published:
        return False
    return (published - seen) * _MIN_UNSEEN_SHARE < published - before
