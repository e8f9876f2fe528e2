from __future__ import annotations

from dataclasses import replace

import pytest

from brandwatch.feeds import KnownDigests, parse_document
from brandwatch.models import Document, Feed

ITEM = (
    "<item><title>Blåbær {0} AS</title><guid>{0}</guid><description><![CDATA[<p>Sak {0} </item>]]></description></item>"
)
RSS = "<?xml version='1.0'?><rss version='2.0'><channel><title>Fjordavisa</title>{}</channel></rss>"


def read(body: str, known: set[bytes], url: str = "https://avis.example/rss") -> Feed:
    """Parse a document with known entries."""
    return parse_document(Document(url=url, status=200, body=body.encode()), known=KnownDigests(known, b"key"))


def feed_of(*numbers: int) -> str:
    """A document with these entries."""
    return RSS.format("<!-- <item> -->".join(map(ITEM.format, numbers)))


def test_known_entries_are_skipped():
    """Of a document with two new entries only these are read, with their positions; feed fields are equal."""
    before = read(feed_of(1, 2, 3), set())
    after = read(feed_of(5, 4, 1, 2, 3), set(before.digests))
    whole = read(feed_of(5, 4, 1, 2, 3), set())
    assert before.positions == (0, 1, 2)
    assert (after.positions, after.entries) == ((0, 1), whole.entries[:2])
    assert after.digests == whole.digests == (*whole.digests[:2], *before.digests)
    assert replace(after, entries=whole.entries, positions=whole.positions) == whole


def test_a_feed_of_known_entries_is_a_feed():
    """Without new entries it still has its title and its digests."""
    before = read(feed_of(1, 2), set())
    after = read(feed_of(1, 2), set(before.digests))
    assert (after.title, after.entries, after.digests, after.problem) == ("Fjordavisa", (), before.digests, "")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Sak 1 ", "Sak 1, rettet "),
        ("<rss version='2.0'>", "<rss version='2.0' xml:lang='sv'>"),
        ("<guid>1</guid>", "<guid isPermaLink='false'>1</guid>"),
    ],
)
def test_changed_entries_are_read_again(old: str, new: str):
    """A changed text, attribute or root changes the digest, and so does another URL of the document."""
    known = set(read(feed_of(1), set()).digests)
    assert len(read(feed_of(1).replace(old, new), known).entries) == 1
    assert len(read(feed_of(1), known, url="https://annen.example/rss").entries) == 1


ATOM = (
    "<feed xmlns='http://www.w3.org/2005/Atom'><title>Fjordavisa</title><author><name>Kari Ås</name></author>"
    "<logo>a.png</logo><entry><title>Blåbær AS</title><id>urn:sak:1</id></entry></feed>"
)
JSON = (
    '{"version": "https://jsonfeed.org/version/1.1", "title": "Fjordavisa", "icon": "a.png",'
    ' "authors": [{"name": "Kari Ås"}], "items": [{"id": "1", "title": "Blåbær AS"}]}'
)
BASE = "xml:base='https://avis.example/å/'"
BASED = feed_of(1).replace("<channel>", f"<channel {BASE}>")


@pytest.mark.parametrize(
    ("body", "old", "new"),
    [(ATOM, "Kari", "Ola"), (JSON, "Kari", "Ola"), (BASED, "/å/", "/ø/"), (BASED, f" {BASE}", "")],
    ids=["authors of Atom", "authors of JSON", "base", "no base"],
)  # fmt: skip
def test_what_entries_inherit_of_their_feed_is_a_part_of_them(body: str, old: str, new: str):
    """Authors of the feed, and attributes of the channel; what is the feed's alone is not: the twin."""
    known = set(read(body, set()).digests)
    assert len(known) == 1
    assert len(read(body.replace(old, new), known).entries) == 1
    twin = body.replace("a.png", "b.png").replace("<item>", "<ttl>60</ttl><item>", 1)
    assert twin != body
    assert read(twin, known).entries == ()


@pytest.mark.parametrize(
    "body",
    [
        feed_of(1, 2).replace("</guid>", "</guid>R&D<b>", 1),
        feed_of(1, 2).replace("<guid>1", "<item><guid>1"),
        feed_of(1, 2).replace("<item>", "<Item>", 1).replace("]]></description></item>", "]]></description></Item>", 1),
        RSS.format(ITEM.format(1) + "<item/>"),
        RSS.format(ITEM.format(1) + "<![CDATA["),
    ],
    ids=["not well-formed", "nested", "capitals", "without an end", "open"],
)
def test_ambiguous_entries_have_no_digests(body: str):
    """If entries cannot be separated with certainty, all of them are read."""
    known = set(read(feed_of(1, 2), set()).digests)
    feed = read(body, known)
    assert (feed.digests, feed.positions) == ((), ())
    assert (
        feed.entries == parse_document(Document(url="https://avis.example/rss", status=200, body=body.encode())).entries
    )
    assert feed.entries


def test_known_entries_of_a_json_feed():
    """A changed item of the list is read again, the others are not."""
    form = '{{"version": "https://jsonfeed.org/version/1.1", "title": "Å", "items": [{}]}}'
    one, two, edited = (f'{{"id": {number}, "title": "{title}"}}' for number, title in ((1, "Ås"), (2, "Ø"), (2, "Øl")))
    before = read(form.format(f"{one}, {two}"), set())
    after = read(form.format(f"{edited}, {one}"), set(before.digests))
    assert ([entry.title for entry in after.entries], after.positions, after.size) == (["Øl"], (0,), 2)
