"""A feed of mentions or stories: Atom (RFC 4287)."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, TextIO
from xml.sax.saxutils import escape, quoteattr

from brandwatch.models import EvidenceKind
from brandwatch.privacy.disclosure_control import listed_author
from brandwatch.reports import layout as coverage
from brandwatch.reports.columns import matched_terms
from brandwatch.text import plural
from brandwatch.text.sanitise import clean, one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from brandwatch.models import Entry, Mention, Story
    from brandwatch.reports.columns import Listing, Row
    from brandwatch.reports.layout import Layout


_ID = uuid.UUID("a7c3e3a4-5d0b-4c38-9a55-6f1c39a8f0d2")
"""The name space of the ids; a mention has the same one in every feed, so that no reader shows it twice."""
_HEAD = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
<id>urn:uuid:{id}</id>
<title>{title}</title>
<subtitle>{coverage}</subtitle>
<updated>{updated}</updated>
<generator>brandwatch</generator>
"""


def _write_mentions(mentions: Iterable[Mention], stream: TextIO, layout: Layout) -> None:
    """Write one feed; its subtitle is the coverage."""
    _write("Mentions", _ID, (line for mention in mentions for line in _entry(mention)), stream, layout)


def _write_stories(stories: Iterable[Story], stream: TextIO, layout: Layout) -> None:
    """Write one feed of stories; each leads to its first entry, and is new again when it grows."""
    lines = (line for story in stories for line in _story(story, layout.generated))
    _write("Stories", uuid.uuid5(_ID, "stories"), lines, stream, layout)


def _write(title: str, feed: uuid.UUID, lines: Iterable[str], stream: TextIO, layout: Layout) -> None:
    """Write a feed around the lines of its entries."""
    said = escape(one_line(coverage.coverage_line(layout.coverage)))
    stream.write(_HEAD.format(id=feed, title=title, coverage=said, updated=_utc(layout.generated)))
    stream.writelines(lines)
    stream.write("</feed>\n")


def _entry(mention: Mention) -> Iterator[str]:
    """Yield the lines of one mention; every text is plain, so that markup in it stays text."""
    entry = mention.entry
    yield from _begin(f"{mention.query} {entry.url or entry.guid or mention.id}", entry, listed_author(mention))
    yield f"<updated>{_utc(entry.updated or entry.published or mention.found)}</updated>\n"
    if entry.published:
        yield f"<published>{_utc(entry.published)}</published>\n"
    facts = (mention.query, mention.voice, mention.subject, *matched_terms(mention))
    yield from (f"<category term={quoteattr(one_line(fact))}/>\n" for fact in facts)
    yield f"<summary>{escape(one_line(_why(mention)))}</summary>\n"
    if entry.text:
        yield f"<content>{escape(clean(entry.text))}</content>\n"
    yield "</entry>\n"


def _story(story: Story, now: datetime) -> Iterator[str]:
    """Yield the lines of one story; it is known by its number, since another entry may come to lead it."""
    lead = story.lead.entry
    yield from _begin(f"story {story.id}", lead, "")
    yield f"<updated>{_utc(story.latest)}</updated>\n<published>{_utc(story.earliest)}</published>\n"
    yield f"<category term={quoteattr(one_line(story.lead.query))}/>\n"
    response = "response unknown" if story.response is None else plural(story.response, "response")
    told = (plural(story.publishers, "publisher"), plural(story.mentions, "mention"), response)
    yield f"<summary>{' · '.join(told)} · heat {story.heat(now):.1f}</summary>\n"
    if lead.text:
        yield f"<content>{escape(clean(lead.text))}</content>\n"
    yield "</entry>\n"


def _begin(name: str, entry: Entry, author: str) -> Iterator[str]:
    """Yield the lines with which an element begins that is known by *name* and leads to an entry."""
    yield f"<entry>\n<id>urn:uuid:{uuid.uuid5(_ID, name)}</id>\n"
    yield f"<title>{escape(one_line(entry.title)) or '(no title)'}</title>\n"
    if entry.url:
        yield f"<link rel='alternate' href={quoteattr(clean(entry.url))}/>\n"
    yield f"<author><name>{escape(one_line(author or entry.publisher)) or 'unknown'}</name></author>\n"


def _why(mention: Mention) -> str:
    """Return where it was published and what made it a mention."""
    found = dict.fromkeys(
        f"“{piece.term}” in the {piece.field} ({piece.rule})"
        for piece in mention.evidence
        if piece.kind is EvidenceKind.ANCHOR
    )
    return " · ".join(filter(None, [mention.entry.publisher, mention.query, *found]))


def _utc(when: datetime) -> str:
    """Return a moment as RFC 3339 has it."""
    return when.isoformat().replace("+00:00", "Z")


_FEEDS: dict[str, Any] = {"mentions": _write_mentions, "stories": _write_stories}


def write_atom(listing: Listing[Row], rows: Iterable[Row], stream: TextIO, layout: Layout) -> None:
    """Write the feed of a listing; its subtitle is the coverage."""
    _FEEDS[listing.name](rows, stream, layout)
