"""A feed of mentions or stories: Atom (RFC 4287)."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, NamedTuple, TextIO

from brandwatch import templates
from brandwatch.models import EvidenceKind, Mention, Story
from brandwatch.privacy import disclosure_control
from brandwatch.reports.columns import Listing, Row, matched_terms
from brandwatch.reports.layout import Layout, coverage_line
from brandwatch.text import plural, titles

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime


# The name space of the ids; a mention has the same one in every feed, so that no reader shows it twice.
_NAMESPACE = uuid.UUID("a7c3e3a4-5d0b-4c38-9a55-6f1c39a8f0d2")
_FEED_IDS = {"mentions": _NAMESPACE, "stories": uuid.uuid5(_NAMESPACE, "stories")}


class FeedEntry(NamedTuple):
    """An entry of the feed; every text is plain, so that markup in it stays text."""

    id: uuid.UUID
    title: str
    url: str
    author: str
    updated: str
    published: str
    categories: tuple[str, ...]
    summary: str
    text: str


def write_atom(listing: Listing[Row], rows: Iterable[Row], stream: TextIO, layout: Layout) -> None:
    """Write one feed; its subtitle is the coverage."""
    parts = templates.render_parts(
        "report/feed.xml",
        id=_FEED_IDS[listing.name],
        title=listing.name.capitalize(),
        coverage=coverage_line(layout.coverage),
        updated=_utc(layout.generated),
        entries=(_entry(row, layout.generated) for row in rows),
    )
    stream.writelines(parts)
    stream.write("\n")


def _entry(row: Any, now: datetime) -> FeedEntry:  # noqa: ANN401 (a row of either listing)
    return _story_entry(row, now) if isinstance(row, Story) else _mention_entry(row)


def _mention_entry(mention: Mention) -> FeedEntry:
    entry = mention.entry
    return FeedEntry(
        id=uuid.uuid5(_NAMESPACE, f"{mention.query} {entry.url or entry.guid or mention.id}"),
        title=titles.shown_title(entry.title, entry.text),
        url=entry.url,
        author=disclosure_control.listed_author(mention) or entry.publisher,
        updated=_utc(entry.updated or entry.published or mention.found),
        published=_utc(entry.published) if entry.published else "",
        categories=(mention.query, mention.voice, mention.subject, *_backlog(mention), *matched_terms(mention)),
        summary=_reason(mention),
        text=entry.text,
    )


def _story_entry(story: Story, now: datetime) -> FeedEntry:
    """Return the entry of a story, known by its number, since another entry may come to lead it; new when it grows."""
    lead = story.lead.entry
    response = "response unknown" if story.response is None else plural(story.response, "response")
    facts = (plural(story.publishers, "publisher"), plural(story.mentions, "mention"), response)
    return FeedEntry(
        id=uuid.uuid5(_NAMESPACE, f"story {story.id}"),
        title=titles.shown_title(lead.title, lead.text),
        url=lead.url,
        author=lead.publisher,
        updated=_utc(story.latest),
        published=_utc(story.earliest),
        categories=(story.lead.query,),
        summary=f"{' · '.join(facts)} · heat {story.heat(now):.1f}",
        text=lead.text,
    )


def _backlog(mention: Mention) -> tuple[str, ...]:
    # Readers show every entry that they have not had as unread: a rule for this category leaves out what is no news.
    return ("backlog",) if mention.backlog else ()


def _reason(mention: Mention) -> str:
    """Return the publisher, the query and what matched."""
    matches = dict.fromkeys(
        f"“{piece.term}” in the {piece.place} ({piece.rule})"
        for piece in mention.evidence
        if piece.kind is EvidenceKind.ANCHOR
    )
    return " · ".join(filter(None, [mention.entry.publisher, mention.query, *matches]))


def _utc(when: datetime) -> str:
    """Return a time as RFC 3339 has it."""
    return when.isoformat().replace("+00:00", "Z")
