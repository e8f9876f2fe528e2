"""A feed of the mentions, for any reader of feeds: Atom (RFC 4287)."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, TextIO
from xml.sax.saxutils import escape, quoteattr

from brandwatch.models import Part
from brandwatch.report import coverage
from brandwatch.report.columns import terms
from brandwatch.text.safe import clean, one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from brandwatch.models import Mention
    from brandwatch.report.layout import Layout

_ID = uuid.UUID("a7c3e3a4-5d0b-4c38-9a55-6f1c39a8f0d2")
"""The name space of the ids; a mention has the same one in every feed, so that no reader shows it twice."""
_HEAD = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
<id>{id}</id>
<title>Mentions</title>
<subtitle>{coverage}</subtitle>
<updated>{updated}</updated>
<generator>brandwatch</generator>
"""


def write(mentions: Iterable[Mention], stream: TextIO, layout: Layout) -> None:
    """Write one feed; its subtitle is the coverage."""
    said = escape(one_line(coverage.line(layout.coverage)))
    stream.write(_HEAD.format(id=f"urn:uuid:{_ID}", coverage=said, updated=_utc(layout.generated)))
    stream.writelines(line for mention in mentions for line in _entry(mention))
    stream.write("</feed>\n")


def _entry(mention: Mention) -> Iterator[str]:
    """Yield the lines of one mention; every text is plain, so that markup in it stays text."""
    entry = mention.entry
    yield "<entry>\n"
    yield f"<id>urn:uuid:{uuid.uuid5(_ID, f'{mention.query} {entry.url or entry.guid or mention.id}')}</id>\n"
    yield f"<title>{escape(one_line(entry.title)) or '(no title)'}</title>\n"
    if entry.url:
        yield f"<link rel='alternate' href={quoteattr(clean(entry.url))}/>\n"
    yield f"<author><name>{escape(one_line(entry.author or entry.publisher)) or 'unknown'}</name></author>\n"
    yield f"<updated>{_utc(entry.updated or entry.published or mention.found)}</updated>\n"
    if entry.published:
        yield f"<published>{_utc(entry.published)}</published>\n"
    facts = (mention.query, mention.voice, mention.subject, *terms(mention))
    yield from (f"<category term={quoteattr(one_line(fact))}/>\n" for fact in facts)
    yield f"<summary>{escape(one_line(_why(mention)))}</summary>\n"
    if entry.text:
        yield f"<content>{escape(clean(entry.text))}</content>\n"
    yield "</entry>\n"


def _why(mention: Mention) -> str:
    """Return where it was published and what made it a mention."""
    found = dict.fromkeys(
        f"“{piece.term}” in the {piece.field} ({piece.rule})" for piece in mention.evidence if piece.part is Part.ANCHOR
    )
    return " · ".join(filter(None, [mention.entry.publisher, mention.query, *found]))


def _utc(when: datetime) -> str:
    """Return a moment as RFC 3339 has it."""
    return when.isoformat().replace("+00:00", "Z")
