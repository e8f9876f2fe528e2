from __future__ import annotations

import random
import time

import pytest

from brandwatch.errors import ParseError
from brandwatch.feeds import KnownDigests, fast_reader, parse_document
from brandwatch.models import Document, Feed, FetchClass

SEEDS = [
    """<?xml version="1.0"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Ås</title>
<item><title>Blåbær &amp; AS</title><link>/1</link><guid>1</guid><pubDate>Tue, 05 May 2026 10:00:00 GMT</pubDate>
<dc:creator>Kari (k@a.example)</dc:creator>
<description><![CDATA[<p class="x">Sak <a href="/b">b</a></p>]]></description>
</item><item><title>to</title></item></channel></rss>""",
    """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="sv" xml:base="https://f.example/"><title>Forum</title>
<entry><id>t:1</id><title type="html">&lt;b&gt;Øl&lt;/b&gt;</title><link href="1" rel="alternate"/>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>En</p></div></content>
<updated>2026-05-05T10:00:00Z</updated><source><title>Avis</title></source></entry></feed>""",
    """{"version": "https://jsonfeed.org/version/1.1", "title": "Å", "items": [{"id": 1, "url": "/1",
 "content_html": "<p>Ø</p>", "date_published": "2026-05-05T10:00:00Z", "authors": [{"name": "Å"}]}]}""",
]
PIECES = [
    "<item>", "</item>", "<entry>", "</entry>", "<title>", "</title>", "<![CDATA[", "]]>", "<!--", "-->", "&",
    "&#xD800;", "&amp;", "&aring;", "<source>", "</source>", "<image>", "</image>", "<author>", "</author>",
    "<link>", "</link>", "<link href='x'/>", "<content type='xhtml'>", "</content>", "<?x", "?>", "xmlns='u'",
    "xml:base='javascript:x'", "0000", "<!DOCTYPE x [<!ENTITY a 'b'>]>", "\x00", "\x1b", "'", '"', "<", ">", "null",
    "[", "{", "1e999", "<media:content url=''/>", "<a:b>", "<georss:point>x</georss:point>", "<enclosure/>",
    "<textInput/>", "<body>", "9999-99-99T99:99:99Z",
]  # fmt: skip
MOST_SECONDS = 2.0


def mutated(noise: random.Random) -> bytes:
    """A feed with random damage."""
    body = noise.choice(SEEDS)
    for _ in range(noise.randint(1, 5)):
        start = noise.randrange(len(body))
        end = start + noise.choice([0, 0, 1, 5, 60])
        body = body[:start] + noise.choice([*PIECES, body[start:end] * 3, ""]) + body[end:]
    data = bytearray(body.encode("utf-8", "surrogatepass"))
    for _ in range(noise.randint(0, 2)):
        data[noise.randrange(len(data))] = noise.randrange(256)
    return bytes(data)


@pytest.mark.parametrize("path", ["fast", "feedparser"])
def test_a_damaged_feed_is_read_or_refused(path: str, monkeypatch: pytest.MonkeyPatch):
    """Either parser raises ParseError only, in limited time."""
    if path == "feedparser":
        monkeypatch.setattr(fast_reader, "read_fast", lambda *_, **__: None)
    noise = random.Random(f"Blåbær {path}")
    for _ in range(800):
        body = mutated(noise)
        before = time.process_time()
        try:
            feed = parse_document(
                Document(url="https://avis.example/rss", status=200, body=body), known=KnownDigests((), b"")
            )
        except ParseError:
            continue
        assert len(feed.positions) in {0, len(feed.entries)}, body
        assert time.process_time() - before < MOST_SECONDS, body


@pytest.mark.parametrize(
    "piece",
    [
        "<item>",
        "<!--",
        "<![CDATA[",
        "<?",
        "<item ",
        "</item>",
        "&",
        "&#",
        "<a xmlns:b='c'>",
        "<item><![CDATA[",
    ],
)
def test_a_malformed_document_is_refused_in_linear_time(piece: str):
    """Neither the fast path nor the scans before it read twice; 200 kB are refused at once."""
    body = f"<rss version='2.0'><channel>{piece * (200_000 // len(piece))}</channel></rss>".encode()
    before = time.process_time()
    with pytest.raises(ParseError):
        parse_document(
            Document(url="https://avis.example/rss", status=200, body=body),
            sandbox=RefusingSandbox(),
            known=KnownDigests((), b""),
        )
    assert time.process_time() - before < MOST_SECONDS


class RefusingSandbox:
    """A sandbox that parses nothing."""

    def parse(self, _: Document) -> Feed:
        """Refuse a document."""
        raise ParseError(FetchClass.PARSE, "not read")
