"""The revisions of an entry: what its edits overwrote, and what other sources say of it; in words and as data."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from brandwatch.models import Entry, Revision
from brandwatch.reports.json import utc
from brandwatch.text import local_minute, plural
from brandwatch.text.sanitise import clean, one_line
from brandwatch.urls import readable_link


def revision_lines(revisions: Sequence[Revision], entry: Entry) -> Iterator[str]:
    """Yield the number of edits, then each version, oldest first, with its differences from the *entry*."""
    edits = sum(revision.until is not None for revision in revisions)
    if missing := revisions[-1].number - len(revisions):
        yield f"edited often: {plural(missing, 'version')} between the first and the latest ones are not stored"
    elif edits:
        yield f"edited {plural(edits, 'time')}"
    for revision in revisions:
        until, since = local_minute(revision.until), local_minute(revision.since)
        period = f"until {until}" if until else f"{since}, another source"
        yield f"{period}  {one_line(readable_link(revision.source))}"
        yield from _differences(revision, entry)


def _differences(revision: Revision, entry: Entry) -> Iterator[str]:
    pairs = {
        "title": (revision.title, entry.title),
        "text": (revision.text, entry.text),
        "link": (revision.url, entry.url),
    }
    for name, (before, now) in pairs.items():
        if before != now:
            yield f"  {name:<5}  {one_line(before) or '(empty)'}"


def revisions_as_data(revisions: Iterable[Revision]) -> list[dict[str, Any]]:
    """Return the revisions for JSON; without *until* it never was the stored version."""
    return [
        {
            "number": revision.number,
            "source": revision.source,
            "since": utc(revision.since),
            "until": utc(revision.until),
            "url": revision.url,
            "title": clean(revision.title),
            "text": clean(revision.text),
        }
        for revision in revisions
    ]
