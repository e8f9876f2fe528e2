from __future__ import annotations

from dataclasses import replace

import pytest
from tests.feeds.conftest import read

from brandwatch.feeds import fast_reader
from brandwatch.text import decoding

RSS = """<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:slash="http://purl.org/rss/1.0/modules/slash/"
 xmlns:wfw="http://wellformedweb.org/CommentAPI/" xmlns:atom="http://www.w3.org/2005/Atom">
<channel><title>Fjordavisa &amp; vi</title><link>https://avis.example/</link><language>nb</language>
<atom:link href="https://avis.example/rss" rel="self"/><copyright>© Fjordavisa</copyright><ttl>90</ttl>
<skipHours><hour>2</hour><hour>24</hour></skipHours>
<item><title>Blåbær Gården AS &lt;b&gt;åpner&lt;/b&gt;</title><link>/sak/1?a=1&amp;b=2</link><guid>17</guid>
<pubDate>Mon, 04 May 2026 10:00:00 +0200</pubDate><dc:creator>Kari Eksempel</dc:creator>
<author>k@avis.example (Kari)</author>
<description><![CDATA[<p>Kort <a href="https://acme.example/x">om</a></p>]]></description>
<content:encoded><![CDATA[<p>Lang tekst om <i>Acme</i> &amp; æøå</p>]]></content:encoded>
<slash:comments>7</slash:comments><wfw:commentRss>https://avis.example/sak/1/feed</wfw:commentRss></item>
<item><guid isPermaLink="true">https://avis.example/sak/2</guid><title><![CDATA[R&D < alt]]></title></item>
</channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xmlns:thr="http://purl.org/syndication/thread/1.0" xml:lang="sv"
 xml:base="https://forum.example/"><title type="html">Elforum &lt;i&gt;x&lt;/i&gt;</title><rights>fritt</rights>
<entry><id>tag:forum.example,2026:1</id><title>Åsgård?</title><link href="t/1"/>
<link rel="replies" href="t/1/c" thr:count="3"/>
<updated>2026-05-04T10:00:00Z</updated><published>2026-05-03T10:00:00Z</published><author><name>Öst</name></author>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>En <b>fråga</b></p></div></content>
<thr:total>4</thr:total></entry>
<entry><id>2</id><title>to</title><summary>kort</summary><source><title>Annen avis</title></source></entry></feed>"""
RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="https://p.example/"><title>Presse</title></channel>
<item rdf:about="https://p.example/1"><title>Acme’s quarter</title><link>https://p.example/1</link><dc:date>2026-05-04</dc:date></item>
</rdf:RDF>"""


@pytest.mark.parametrize("body", [RSS, ATOM, RDF], ids=["rss", "atom", "rdf"])
def test_the_fast_path_equals_feedparser(body: str, monkeypatch: pytest.MonkeyPatch):
    """Every field of feed and entries is equal, except for hours, which only the fast path reads."""
    assert fast_reader.read_fast(body) is not None
    fast = read(body)
    monkeypatch.setattr(fast_reader, "read_fast", lambda *_, **__: None)
    assert replace(fast, skip_hours=frozenset()) == read(body)
    assert fast.entries


@pytest.mark.parametrize(
    "body",
    [
        RSS.replace("</item>", "", 1),
        RSS.replace("R&D <", "R&D <").replace("<![CDATA[R", "R"),
        '<!DOCTYPE rss [<!ENTITY a "b">]>' + RSS,
        "<rss version='2.0'><channel><title>tom</title></channel></rss>",
        "<opml><body/></opml>",
        RSS.replace("<rss ", "<rss " + "".join(f"xmlns:n{number}='u:{number}' " for number in range(200))),
    ],
    ids=["not well-formed", "a bare ampersand", "entities", "no entries", "another root", "namespaces"],
)
def test_unusual_documents_are_left_to_feedparser(body: str):
    """The fast path accepts only documents that it reads like feedparser."""
    assert fast_reader.read_fast(body) is None


@pytest.mark.parametrize("place", ["{}", "<![CDATA[{}]]>", "</title><link href='{}'/><title>"])
@pytest.mark.parametrize(
    "written",
    ["\x01", "\x1f", "\ufffe", "\uffff", "\ud800", "&", "&aring;", "&Acme;", "&#0;", "&#xfffe;", "&#1114112;", "&#;"],
)
def test_only_what_is_refused_is_repaired(written: str, place: str):
    """The fast path refuses every character and reference that the repair changes, and reads the repaired document."""
    body = RSS.replace("</channel>", f"<item><title>{place.format(f'Blåbær {written}')}</title></item></channel>")
    repaired = decoding.repair_xml(body)
    assert (fast_reader.read_fast(body) is None) == (repaired != body)
    assert fast_reader.read_fast(repaired) is not None


def test_a_reference_with_leading_zeros_is_a_reference():
    """The number of zeros does not matter."""
    body = RSS.replace("</channel>", "<item><title>&#0000000000229;sg&#x0000000000E5;rd</title></item></channel>")
    assert decoding.repair_xml(body) == body
    assert "åsgård" in [entry.title for entry in read(body).entries]


def test_declared_intervals():
    """`ttl` is in minutes, `skipHours` lists hours without polls; hour 24 is midnight."""
    feed = read(RSS)
    assert feed.ttl is not None
    assert feed.ttl.total_seconds() == 90 * 60
    assert feed.skip_hours == {2, 0}
