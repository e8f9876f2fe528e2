"""Both parsers of XML, and JSON Feed, read the authors and the link of an entry."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from brandwatch.feeds import parse_document
from brandwatch.models import Document

if TYPE_CHECKING:
    from brandwatch.models import Entry

SPACES = (
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'
    ' xmlns:media="http://search.yahoo.com/mrss/" xmlns:googleplay="http://www.google.com/schemas/play-podcasts/1.0"'
)
RSS = (
    f'<rss version="2.0" {SPACES}><channel><title>F</title>'
    "<managingEditor>red@avis.example (Siv Redaktør)</managingEditor>"
    "<item><title>Åsgård</title>{}</item></channel></rss>"
)
ATOM = (
    '<feed xmlns="http://www.w3.org/2005/Atom"><title>F</title><author><name>Kari Eksempel</name></author>'
    "<author><name>Ola Øy</name><email>ola@avis.example</email></author>"
    "<entry><id>1</id><title>Åsgård</title>{}</entry></feed>"
)


def read(body: str) -> Entry:
    """The only entry of a document."""
    (entry,) = parse_document(Document(url="https://avis.example/mappe/rss", status=200, body=body.encode())).entries
    return entry


@pytest.mark.parametrize(
    ("elements", "author"),
    [
        ("<author>kari@acme.media (Kari Eksempel)</author>", "Kari Eksempel"),
        ("<author>Kari Eksempel &lt;kari@acme.studio&gt;</author>", "Kari Eksempel"),
        ("<dc:creator>Kari Eksempel (mailto:kari@acme.example)</dc:creator>", "Kari Eksempel"),
        ("<dc:creator>Kari Åsen</dc:creator><dc:creator>Ola Øy</dc:creator>", "Kari Åsen, Ola Øy"),
        ("<author>k@acme.example (Kari Åsen)</author><dc:creator>Kari Åsen</dc:creator>", "Kari Åsen"),
        ("<itunes:author>Kari Åsen</itunes:author>", "Kari Åsen"),
        ("<googleplay:author>Kari Åsen</googleplay:author>", "Kari Åsen"),
        ("<author><name>Kari Åsen</name><email>k@acme.example</email></author>", "Kari Åsen"),
        ("<author>kari@acme.example</author>", ""),
        ("<author/>", ""),
        ("", ""),
    ],
)
def test_authors_of_rss(parser: str, elements: str, author: str):
    """Names without addresses; the editor of the channel has not written its entries."""
    assert read(RSS.format(elements)).author == author


@pytest.mark.parametrize(
    ("elements", "author"),
    [
        ("", "Kari Eksempel, Ola Øy"),
        ("<author/>", "Kari Eksempel, Ola Øy"),
        ("<author><name>Siv Å</name></author>", "Siv Å"),
        ("<author><name>siv@avis.example</name></author>", ""),
        ("<author><email>siv@avis.example</email></author>", ""),
        ("<source><title>Annen avis</title><author><name>Per Ås</name></author></source>", "Per Ås"),
        ("<source><title>Annen avis</title></source>", "Kari Eksempel, Ola Øy"),
        ("<author><name>Siv Å</name></author><source><author><name>Per Ås</name></author></source>", "Siv Å"),
    ],
)
def test_authors_of_atom(parser: str, elements: str, author: str):
    """The authors of the source or else of the feed are those of an entry without any (RFC 4287 §4.2.1)."""
    assert read(ATOM.format(elements)).author == author


@pytest.mark.parametrize(
    ("feed", "item", "author"),
    [
        ({"authors": [{"name": "Kari Åsen"}, {"name": "Ola Øy"}]}, {}, "Kari Åsen, Ola Øy"),
        ({"author": {"name": "Kari Åsen"}}, {}, "Kari Åsen"),
        ({"authors": [{"name": "Kari Åsen"}]}, {"authors": []}, "Kari Åsen"),
        ({"authors": [{"name": "Kari Åsen"}]}, {"author": {"name": "Siv <siv@avis.example>"}}, "Siv"),
        ({"authors": [{"name": "Kari Åsen"}]}, {"authors": [{"url": "https://avis.example/siv"}]}, ""),
        ({}, {"authors": {"name": "Siv"}}, "Siv"),
        ({}, {"authors": ["Siv", 7, None, {"name": None}]}, "Siv"),
        ({"authors": [{"name": "red@avis.example"}]}, {}, ""),
    ],
)
def test_authors_of_json_feed(feed: dict[str, Any], item: dict[str, Any], author: str):
    """Those of the feed apply to items without any; version 1 has a single one; other shapes are read as meant."""
    body = {"version": "https://jsonfeed.org/version/1.1", **feed, "items": [{"id": "1", "content_text": "Å", **item}]}
    assert read(json.dumps(body)).author == author


FILE = '<enclosure url="https://lyd.example/e.mp3" type="audio/mpeg" length="5"/>'


@pytest.mark.parametrize(
    ("form", "elements", "url"),
    [
        (RSS, f'<guid isPermaLink="false">e1</guid>{FILE}', "https://lyd.example/e.mp3"),
        (RSS, f"<link>/sak/1</link>{FILE}", "https://avis.example/sak/1"),
        (RSS, f"<guid>https://avis.example/sak/1</guid>{FILE}", "https://avis.example/sak/1"),
        (RSS, "<link>www.avis.example/sak/1</link>", "https://www.avis.example/sak/1"),
        (RSS, "<link> WWW.avis.example/sak/1 </link>", "https://www.avis.example/sak/1"),
        (RSS, "<link>avis.example/sak/1</link>", "https://avis.example/sak/1"),
        (RSS, "<link>annen.example/sak/1</link>", "https://avis.example/mappe/annen.example/sak/1"),
        (RSS, "<link>https:/avis.example/sak/1</link>", "https://avis.example/sak/1"),
        (RSS, '<media:content url="https://lyd.example/e.mp4" type="video/mp4"/>', "https://lyd.example/e.mp4"),
        (RSS, '<media:content url="https://lyd.example/e.jpg" type="image/jpeg"/>', ""),
        (RSS, "<link>www/sak/1</link>", "https://avis.example/mappe/www/sak/1"),
        (RSS, "<link>//avis.example/sak/1</link>", "https://avis.example/sak/1"),
        (RSS, "<link/>", ""),
        (RSS, "<link>#</link>", ""),
        (RSS, "<link/><guid/>", ""),
        (RSS, "", ""),
        (ATOM, '<link rel="self" href="https://avis.example/1"/>', "https://avis.example/1"),
        (ATOM, '<link rel="via" href="https://annen.example/1"/>', "https://annen.example/1"),
        (ATOM, '<link rel="self" href="/api/1"/><link href="/sak/1"/>', "https://avis.example/sak/1"),
        (ATOM, '<link rel="replies" href="/sak/1/svar"/><link rel="edit" href="/rediger/1"/>', ""),
        (ATOM, '<link rel="enclosure" href="/e.mp3"/>', "https://avis.example/e.mp3"),
        (
            ATOM,
            '<link type="application/json" href="/1.json"/><link type="text/html" href="/1"/>',
            "https://avis.example/1",
        ),
        (ATOM, '<link hreflang="nb" href="/1"/><link hreflang="en" href="/en/1"/>', "https://avis.example/1"),
        (ATOM, '<link type="application/json" href="/1.json"/>', "https://avis.example/1.json"),
    ],
)
def test_the_link_of_an_entry(parser: str, form: str, elements: str, url: str):
    """The page, else a guid that is a link, else itself or its file; `www.` begins a host."""
    found = read(form.format(elements)).url
    assert found.replace("https://WWW.", "https://www.") == url


@pytest.mark.parametrize(
    ("item", "url", "links"),
    [
        ({}, "", ()),
        ({"url": ""}, "", ()),
        ({"url": "#"}, "", ()),
        ({"url": "/sak/1"}, "https://avis.example/sak/1", ()),
        ({"id": "https://avis.example/sak/1"}, "https://avis.example/sak/1", ()),
        (
            {"url": "/n/1", "external_url": "https://acme.example/"},
            "https://avis.example/n/1",
            ("https://acme.example/",),
        ),
        ({"external_url": "https://acme.example/"}, "https://acme.example/", ()),
        ({"attachments": [{"url": "https://lyd.example/e.mp3"}]}, "https://lyd.example/e.mp3", ()),
        ({"attachments": [7, {}]}, "", ()),
    ],
)
def test_the_link_of_a_json_item(item: dict[str, Any], url: str, links: tuple[str, ...]):
    """An item without `url` has no link, and never that of the feed; what it is about is a link of its text."""
    body = {"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "n1", "content_text": "Å", **item}]}
    entry = read(json.dumps(body))
    assert (entry.url, entry.links) == (url, links)


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("Acme &amp; venner &#8211; nytt", "Acme & venner – nytt"),
        ("R&D <i>nå</i>", "R&D nå"),
        ("Slik virker <input>", "Slik virker <input>"),
        ("<blink>", "<blink>"),
        ("1 < 2", "1 < 2"),
    ],
)
def test_a_json_title_is_read_as_in_rss(written: str, title: str):
    """Entities and markup are those of the program that wrote it; a word in angle brackets stays."""
    body = {"version": "https://jsonfeed.org/version/1.1", "title": written, "items": [{"id": "1", "title": written}]}
    feed = parse_document(Document(url="https://avis.example/", status=200, body=json.dumps(body).encode()))
    assert (feed.title, feed.entries[0].title) == (title, title)


@pytest.mark.parametrize("kind", ["html", "text", "xhtml"])
def test_a_title_that_is_one_tag_is_a_word(parser: str, kind: str):
    """`<blink>` is what the entry is about."""
    assert (
        read(
            f'<feed xmlns="http://www.w3.org/2005/Atom"><title>F</title><entry><id>1</id><title type="{kind}">'
            "&lt;blink&gt;</title></entry></feed>"
        ).title
        == "<blink>"
    )
