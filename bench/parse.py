"""Compare the two ways to read XML feeds, field for field and by the clock.

    python bench/parse.py FOLDER

Prints each difference in one line, how many feeds took the fast path, and MB/s of both: process time of the whole
`parse`, which is decoding, repair, reading and cleaning.
"""

from __future__ import annotations

import sys
import time
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from brandwatch.errors import ParseError
from brandwatch.models import Document, Feed
from brandwatch.parse import parse, quick

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_FEED_FIELDS = ("title", "url", "language", "rights", "skipped", "problem", "ttl")
_SHOWN = 100


def main() -> None:
    """Read every feed of the folder twice."""
    documents = {path.name: _document(path) for path in sorted(Path(sys.argv[1]).rglob("*.xml"))}
    size = sum(len(document.body) for document in documents.values()) / 1e6
    fast, fast_seconds = _timed(documents)
    taken = _taken()
    quick.read = _never
    slow, slow_seconds = _timed(documents)
    differences = [line for name in documents for line in _compared(name, slow[name], fast[name])]
    print(*differences, sep="\n")
    print(f"{len(documents)} feeds, {size:.1f} MB, fast path {taken}, differences {len(differences)}")
    print(f"fast {size / fast_seconds:.1f} MB/s, feedparser {size / slow_seconds:.1f} MB/s (process time)")


def _document(path: Path) -> Document:
    """Return a stored feed as if it had been fetched."""
    return Document(url="https://bench.example/mappe/feed", status=200, body=path.read_bytes())


def _timed(documents: dict[str, Document]) -> tuple[dict[str, Feed | None], float]:
    """Read every document; a second round is timed, when all that is compiled once is compiled."""
    for document in list(documents.values())[:10]:
        _read(document)
    _COUNTED.clear()
    before = time.process_time()
    feeds = {name: _read(document) for name, document in documents.items()}
    return feeds, time.process_time() - before


_COUNTED: list[bool] = []
_fast_read = quick.read


def _never(text: str, cut: int = 0) -> quick.Parsed | None:  # noqa: ARG001 (as the one it stands for)
    """Leave every document to feedparser."""
    return None


def _counted(text: str, cut: int = 0) -> quick.Parsed | None:
    """Read on the fast path, and remember whether it could be taken."""
    parsed = _fast_read(text, cut)
    _COUNTED.append(parsed is not None)
    return parsed


quick.read = _counted


def _taken() -> int:
    """Return how many documents took the fast path."""
    return sum(_COUNTED)


def _read(document: Document) -> Feed | None:
    """Return the feed in a document, or `None` for what is none."""
    try:
        return parse(document)
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
