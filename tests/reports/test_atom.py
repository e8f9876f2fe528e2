from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.reports.samples import HOSTILE, MENTION, NOON, story_form, titled, written

from brandwatch.feeds import parse_document
from brandwatch.models import Document, Story

if TYPE_CHECKING:
    from brandwatch.models import Mention

LONG = replace(MENTION, entry=replace(MENTION.entry, text="Hele saken om saken. " * 20 + "Slutt."))
ATOM = "{http://www.w3.org/2005/Atom}"


def feed(*mentions: Mention) -> ET.Element:
    """Write the feed of mentions."""
    return ET.fromstring(written("rss", *mentions).encode())  # noqa: S314 (our own)


def test_the_feed_round_trips_through_our_reader():
    """Our feed reader gets back title, link, author, text, times and the reason of the match."""
    document = Document(url="https://a.example/", status=200, body=written("rss", LONG).encode())
    (entry,) = parse_document(document).entries
    why = "Fjordavisa · fjordkraft · “Fjordkraft Åsgård” in the title (exact)"
    assert (entry.title, entry.url, entry.author, entry.text) == (
        MENTION.entry.title, MENTION.entry.url, "Kari; Åse", f"{why}\n{LONG.entry.text}",
    )  # fmt: skip
    assert (entry.published, entry.guid[:9]) == (NOON, "urn:uuid:")
    (summary,) = feed(MENTION).iterfind(f"{ATOM}entry/{ATOM}summary")
    assert summary.text == why


def test_the_feed_has_its_coverage():
    """An empty feed has its coverage too."""
    assert (feed().findtext(f"{ATOM}subtitle") or "").startswith("coverage: 1 of 2 sources seen · 1 failed: https://b")


def test_backlog_has_a_category():
    """A reader can leave out what is no news."""
    for is_backlog in (True, False):
        entry = feed(replace(MENTION, backlog=is_backlog)).find(f"{ATOM}entry")
        assert entry is not None
        terms = [category.get("term") for category in entry.iterfind(f"{ATOM}category")]
        assert ("backlog" in terms, "fjordkraft" in terms) == (is_backlog, True)


def test_an_id_depends_on_the_entry_and_its_query():
    """The id of a mention does not depend on its number; the same entry of another query has another id."""
    renumbered, other = replace(MENTION, id=8), replace(MENTION, query="acme")
    first, second, third = (feed(mention).findtext(f"{ATOM}entry/{ATOM}id") for mention in (MENTION, renumbered, other))
    assert first == second != third


def test_a_feed_of_stories():
    """Each story links to its first entry, states its spread, and keeps its id under another lead."""
    facts = {"first_seen": NOON, "earliest": NOON, "latest": NOON, "mentions": 4, "entries": 4, "publishers": 3}
    story = Story(id=3, lead=LONG, response=12, heat_key=NOON.timestamp() / 86_400, **facts)  # type: ignore[arg-type]
    again = replace(story, lead=titled(HOSTILE[3]))
    found = [ET.fromstring(story_form("rss", one).encode()) for one in (story, again)]  # noqa: S314 (our own)
    (first, second) = [one.find(f"{ATOM}entry") for one in found]
    assert first is not None
    assert second is not None
    assert first.findtext(f"{ATOM}summary") == "3 publishers · 4 mentions · 12 responses · heat 0.0"
    link = first.find(f"{ATOM}link")
    assert link is not None
    assert link.get("href") == LONG.entry.url
    assert first.findtext(f"{ATOM}id") == second.findtext(f"{ATOM}id")
    assert found[0].findtext(f"{ATOM}id") != feed().findtext(f"{ATOM}id")


@pytest.mark.parametrize("title", HOSTILE)
def test_markup_stays_text(title: str):
    """A title is one text node without elements, and the feed is well-formed."""
    (found,) = feed(titled(title)).iterfind(f"{ATOM}entry/{ATOM}title")
    assert (len(found), found.get("type")) == (0, None)


@given(st.text())
def test_any_text_makes_a_well_formed_feed(text: str):
    """Any characters in a title leave the feed well-formed."""
    assert len(feed(titled(text)).findall(f"{ATOM}entry")) == 1
