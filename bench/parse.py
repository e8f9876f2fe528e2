"""Compare the two ways to read XML feeds, field for field and by the clock.

    python bench/parse.py FOLDER

Prints each difference in one line, how many feeds are well-formed enough for the fast path, and MB/s of both ways for
these: process time of the whole `parse`, which is decoding, repair, reading and cleaning; and where every entry is
known by its digest, as in a poll of an unchanged feed whose head has changed. MB/s of parsing and matching together,
for names that no document holds, are measured with the prefilter and without. The last line has what the
messages of the sandbox cost beside feedparser: as JSON that is checked, and as pickle, which nobody could check.
"""

from __future__ import annotations

import pickle
import sys
import time
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from brandwatch import clock
from brandwatch.config.query import Query, Term
from brandwatch.errors import ParseError
from brandwatch.feeds import fast_reader, parse_document, sandbox_messages
from brandwatch.feeds.incremental import KnownDigests
from brandwatch.matching import Matcher
from brandwatch.models import Document, Feed, FetchClass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from brandwatch.feeds import EntryPrefilter

_FEED_FIELDS = ("title", "url", "language", "rights", "skipped", "problem", "ttl")
_SHOWN = 100
_ROUNDS = 3
_KEY = b"bench"


def main() -> None:
    """Read every feed both ways."""
    documents = {path.name: _document(path) for path in sorted(Path(sys.argv[1]).rglob("*.xml"))}
    fast = {name: _read(document) for name, document in documents.items()}
    well_formed = [document for document in documents.values() if _is_fast(document)]
    seconds = _timed(well_formed)
    known_seconds = _timed_known(well_formed)
    filtered, unfiltered = _timed_matching(well_formed)
    fast_reader.read_fast = _never
    slow = {name: _read(document) for name, document in documents.items()}
    slow_seconds = _timed(well_formed)
    size = sum(len(document.body) for document in well_formed) / 1e6
    differences = [line for name in documents for line in _compared(name, slow[name], fast[name])]
    print(*differences, sep="\n")
    print(f"{len(documents)} feeds, fast path {len(well_formed)} ({size:.1f} MB), differences {len(differences)}")
    rates = f"fast {size / seconds:.1f} MB/s, all entries known {size / known_seconds:.1f} MB/s"
    print(f"{rates}, feedparser {size / slow_seconds:.1f} MB/s (process time, best of {_ROUNDS})")
    print(f"with matching {size / unfiltered:.1f} MB/s, with the prefilter {size / filtered:.1f} MB/s")
    feeds = [feed for feed in slow.values() if feed]
    json_seconds, pickle_seconds = (min(_seconds(way, feeds) for _ in range(_ROUNDS)) for way in (_as_json, _as_pickle))
    print(f"messages of {len(feeds)} feeds: JSON {json_seconds:.3f} s, pickle {pickle_seconds:.3f} s", end="; ")
    print(f"{json_seconds / slow_seconds:.1%} and {pickle_seconds / slow_seconds:.1%} of feedparser")


def _as_json(feed: Feed) -> Feed:
    """Send a feed as the sandbox does."""
    return sandbox_messages.decode_answer(b"".join(sandbox_messages.encode_answer(feed)), clock.now())


def _as_pickle(feed: Feed) -> Feed:
    """Send a feed as Python's own data."""
    return pickle.loads(pickle.dumps(feed))  # type: ignore[no-any-return]  # noqa: S301 (our own)


def _seconds(way: Callable[[Feed], Feed], feeds: list[Feed]) -> float:
    """Return the processor seconds of sending every feed one way."""
    before = time.process_time()
    for feed in feeds:
        way(feed)
    return time.process_time() - before


def _document(path: Path) -> Document:
    """Return a stored feed as if it had been fetched."""
    return Document(url="https://bench.example/mappe/feed", status=200, body=path.read_bytes())


def _timed(documents: list[Document]) -> float:
    """Return the processor seconds it takes to read every document, in the best of some rounds."""
    return min(_round(documents) for _ in range(_ROUNDS))


def _round(documents: list[Document]) -> float:
    """Return the processor seconds of one round."""
    before = time.process_time()
    for document in documents:
        _read(document)
    return time.process_time() - before


def _timed_matching(documents: list[Document]) -> tuple[float, float]:
    """Return the seconds of parsing and matching with the prefilter and without, in turns."""
    names = ("Fjordbankkraft", "Blåbær Gårdsdrift AS", "Åsgårdsfjell")
    matcher = Matcher([Query(name="q", brand="B", names=tuple(Term(text=name) for name in names))])
    filters = (matcher.markup_prefilter, None)
    rounds = [[_matching_round(documents, matcher, each) for each in filters] for _ in range(_ROUNDS)]
    filtered, unfiltered = map(min, zip(*rounds, strict=True))
    return filtered, unfiltered


def _matching_round(documents: list[Document], matcher: Matcher, prefilter: EntryPrefilter | None) -> float:
    before = time.process_time()
    for document in documents:
        feed = parse_document(document, prefilter=prefilter)
        for entry in () if feed.has_outlines else feed.entries:
            matcher.evaluate(entry)
    return time.process_time() - before


def _timed_known(documents: list[Document]) -> float:
    """Return the same with the digests of all entries; a document without digests is read whole."""
    known = []
    for document in documents:
        digests = parse_document(document, known=KnownDigests((), _KEY)).digests
        known.append((document, KnownDigests(frozenset(digests), _KEY)))
    return min(_known_round(known) for _ in range(_ROUNDS))


def _known_round(documents: list[tuple[Document, KnownDigests]]) -> float:
    before = time.process_time()
    for document, known in documents:
        parse_document(document, known=known)
    return time.process_time() - before


def _is_fast(document: Document) -> bool:
    """Say whether a document takes the fast path."""
    try:
        parse_document(document, _Refusing())
    except ParseError:
        return False
    return True


class _Refusing:
    """Stands for the sandbox, and parses nothing."""

    def parse(self, _: Document) -> Feed:
        """Refuse a document."""
        raise ParseError(FetchClass.PARSE, "left to feedparser")


def _never(text: str, cut: int = 0) -> fast_reader.FastResult | None:  # noqa: ARG001 (as the one it stands for)
    """Leave every document to feedparser."""
    return None


def _read(document: Document) -> Feed | None:
    """Return the feed in a document, or `None` for what is none."""
    try:
        return parse_document(document)
    except ParseError:
        return None


def _compared(name: str, slow: Feed | None, fast: Feed | None) -> Iterator[str]:
    """Yield a line for each field in which two readings differ."""
    if slow is None or fast is None:
        if slow is not fast:
            yield f"{name}: one is no feed"
        return
    yield from _fields(name, slow, fast, _FEED_FIELDS)
    if len(slow.entries) != len(fast.entries):
        yield f"{name}: {len(slow.entries)} entries, {len(fast.entries)} fast"
    for number, (one, other) in enumerate(zip(slow.entries, fast.entries, strict=False)):
        yield from _fields(f"{name}[{number}]", one, other, [field.name for field in fields(one)])


def _fields(name: str, one: object, other: object, names: Iterable[str]) -> Iterator[str]:
    """Yield a line for each of the named fields in which two things differ."""
    for field in names:
        if (slow := getattr(one, field)) != (fast := getattr(other, field)):
            yield f"{name}.{field}: {str(slow)[:_SHOWN]!r} fast {str(fast)[:_SHOWN]!r}"


if __name__ == "__main__":
    main()
