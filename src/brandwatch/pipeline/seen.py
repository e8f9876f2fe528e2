"""Seen entries of a source: the hashes of its last document, and gaps between two documents."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

from brandwatch import urls
from brandwatch.feeds import DIGEST_BYTES
from brandwatch.models import Gap

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from brandwatch.models import Entry, Feed, SourceState


_NAME_BYTES = 8


def known_digests(state: SourceState) -> dict[bytes, bytes]:
    """Return the digests of the entries of a source's last document, each with the hash of the entry's name."""
    names, digests = _cut(state.seen, _NAME_BYTES), _cut(state.digests, DIGEST_BYTES)
    return dict(zip(digests, names, strict=True)) if len(names) == len(digests) else {}


def skipped_hashes(feed: Feed, known: dict[bytes, bytes]) -> frozenset[bytes]:
    """Return the hashes of the names of those entries of a document that were not read again."""
    return frozenset(known[digest] for digest in feed.digests if digest in known)


def entry_name(entry: Entry) -> str:
    """Return what tells an entry from the others of its source: its guid, its canonical link or its title."""
    return entry.guid or urls.canonical(entry.url) or entry.title


def hash_name(name: str, key: bytes) -> bytes:
    """Return the keyed hash of a name, by which an entry is known again and by nothing else."""
    return blake2b(name.encode(), digest_size=_NAME_BYTES, key=key).digest()


def seen_hashes(feed: Feed, hashes: Iterable[bytes], known: dict[bytes, bytes]) -> bytes:
    """Return the hashes of all entries of a document: *hashes* of those that were read, the others' as *known*."""
    read = iter(hashes)
    if not feed.digests:
        return b"".join(read)
    fresh = set(feed.positions)
    return b"".join(next(read) if place in fresh else known[digest] for place, digest in enumerate(feed.digests))


def count_new(before: bytes, after: bytes) -> int:
    """Return how many hashes of a window were not in the one before."""
    return len(_names(after) - _names(before))


def find_gap(state: SourceState, after: bytes, feed: Feed, now: datetime) -> Gap | None:
    """Return the interval in which entries were missed: a full window that shares nothing with the one before."""
    before, present = _names(state.seen), _names(after)
    is_full = len(present) >= len(before) > 1
    if not is_full or before & present or state.last_success is None:
        return None
    oldest = min((entry.published for entry in feed.entries if entry.published), default=now)
    end = min(max(oldest, state.last_success), now)
    reason = f"none of the {len(before)} entries of the last document is in this one of {len(present)}"
    return Gap(source=state.url, start=state.last_success, end=end, reason=reason)


def _names(window: bytes) -> frozenset[bytes]:
    """Return the hashes of a window."""
    return frozenset(_cut(window, _NAME_BYTES))


def _cut(pieces: bytes, size: int) -> list[bytes]:
    """Return the pieces, each of *size* bytes."""
    return [pieces[start : start + size] for start in range(0, len(pieces), size)]
