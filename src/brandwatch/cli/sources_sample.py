"""Read a saved answer with the map of a kind, offline."""

from __future__ import annotations

import json
import mimetypes
from typing import TYPE_CHECKING, Any

from brandwatch.cli.console import echo_error, write_text
from brandwatch.errors import UsageError
from brandwatch.text.sanitise import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from pathlib import Path

    from brandwatch.models import Document, Entry, Feed
    from brandwatch.sources.registry import Registry


COUNTS = ("comments", "replies", "likes", "shares", "views")


def read_sample(kinds: Registry, name: str, path: Path, said: Iterable[str], *, as_json: bool) -> bool:
    """Print the entries of a saved answer of a kind, and say whether all of it could be read.

    *said* are values of its source, `name=value`. Raise ParseError for what is no answer of the kind.
    """
    from brandwatch.feeds import parse_document
    from brandwatch.sources.expand import example_values
    from brandwatch.sources.response import read_answer

    if not name:
        raise UsageError("a saved answer is read with a kind", "for example: sources check hackernews --sample FILE")
    kind = kinds.kind(name)
    feed = read_answer(kind, _document(path), example_values(kind) | _values(said), parse_document)
    if as_json:
        write_text(json.dumps(_as_data(feed), ensure_ascii=False, indent=2))
    else:
        for entry in feed.entries:
            write_text(_lines(entry))
    dated = sum(entry.published is not None for entry in feed.entries)
    number = len(feed.entries)
    echo_error(
        f"{number} entr{'y' if number == 1 else 'ies'}, {dated} with a time, {feed.skipped} that could not be read"
    )
    if feed.problem:
        echo_error(f"problem: {feed.problem}")
    return not feed.problem


def _document(path: Path) -> Document:
    """Return a file as if it had been answered."""
    from brandwatch.models import Document

    try:
        body = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    content_type = mimetypes.guess_type(path.name)[0] or ""
    return Document(url="https://sample.example/", status=200, body=body, content_type=content_type)


def _values(said: Iterable[str]) -> dict[str, str]:
    """Return what was said of the source; raise UsageError for what is no value."""
    pairs = [text.partition("=") for text in said]
    for name, sign, _ in pairs:
        if not (name and sign):
            raise UsageError(f"“{name}” says nothing", "write --set name=value")
    return {name: value for name, _, value in pairs}


def _lines(entry: Entry) -> str:
    """Return an entry for a person: when, what, where, and what others did with it."""
    when = entry.published.astimezone().strftime("%Y-%m-%d %H:%M") if entry.published else "no time"
    known = ((name, getattr(entry.response, name)) for name in COUNTS)
    counts = ", ".join(f"{name} {count}" for name, count in known if count is not None)
    what = one_line(entry.title) or f"“{one_line(entry.text)[:80]}”"
    return f"{when:<16}  {what}\n{'':<16}  {entry.url or entry.guid}" + (f"  ({counts})" if counts else "")


def _as_data(feed: Feed) -> dict[str, Any]:
    """Return what was read, for a program; what is unknown is null."""
    return {
        "version": 1,
        "entries": list(map(_entry, feed.entries)),
        "skipped": feed.skipped,
        "problem": feed.problem,
        "mark": feed.cursor,
    }


def _entry(entry: Entry) -> dict[str, Any]:
    """Return an entry for a program."""
    texts = ("guid", "url", "title", "text", "author", "publisher", "language", "thread", "comment_feed")
    return {
        **{name: getattr(entry, name) for name in texts},
        "published": _utc(entry.published),
        "updated": _utc(entry.updated),
        "links": list(entry.links),
        "response": {name: getattr(entry.response, name) for name in COUNTS},
    }


def _utc(when: datetime | None) -> str | None:
    """Return a moment as ISO 8601 in UTC."""
    return when.isoformat().replace("+00:00", "Z") if when else None
