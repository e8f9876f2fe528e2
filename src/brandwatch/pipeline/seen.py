"""The entries of a source's last document, as hashes, and the gap where none of them is in the next."""

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
    """Return the digests of the entries of the last document, each with the hash of the entry's name."""
    names, digests = _split(state.seen, _NAME_BYTES), _split(state.digests, DIGEST_BYTES)
    return dict(zip(digests, names, strict=True)) if len(names) == len(digests) else {}


def skipped_hashes(feed: Feed, known: dict[bytes, bytes]) -> frozenset[bytes]:
    """Return the hashes of those entries of a document that were not parsed again."""
    return frozenset(known[digest] for digest in feed.digests if digest in known)


def hash_entry(entry: Entry, key: bytes) -> bytes:
    """Return the hash that identifies an entry within its source: of its guid, canonical link or title."""
    return hash_name(entry.guid or urls.canonical(entry.url) or entry.title, key)


def hash_name(name: str, key: bytes) -> bytes:
    """Return the keyed hash of a name: without the key of the database nobody can test a guess against it."""
    return blake2b(name.encode(), digest_size=_NAME_BYTES, key=key).digest()


def seen_hashes(feed: Feed, hashes: Iterable[bytes], known: dict[bytes, bytes]) -> bytes:
    """Return the hashes of all entries of a document in order: *hashes* of the parsed ones, *known* ones of others."""
    parsed = iter(hashes)
    if not feed.digests:
        return b"".join(parsed)
    positions = set(feed.positions)
    return b"".join(
        next(parsed) if position in positions else known[digest] for position, digest in enumerate(feed.digests)
    )


def count_new(before: bytes, after: bytes) -> int:
    """Return how many hashes of a document are not among those of the one before."""
    return len(set(_split(after, _NAME_BYTES)) - set(_split(before, _NAME_BYTES)))


def find_gap(state: SourceState, after: bytes, feed: Feed, now: datetime) -> Gap | None:
    """Return the interval in which entries were missed, `None` for no gap.

    A document as long as the last that shares no entry with it has lost those between the two.
    """
    before, present = set(_split(state.seen, _NAME_BYTES)), set(_split(after, _NAME_BYTES))
    is_full = len(present) >= len(before) > 1
    if not is_full or before & present or state.last_success is None:
        return None
    oldest = min((entry.published for entry in feed.entries if entry.published), default=now)
    end = min(max(oldest, state.last_success), now)
    reason = f"none of the {len(before)} entries of the last document is in this one of {len(present)}"
    return Gap(source=state.url, start=state.last_success, end=end, reason=reason)


def _split(hashes: bytes, size: int) -> list[bytes]:
    return [hashes[start : start + size] for start in range(0, len(hashes), size)]
