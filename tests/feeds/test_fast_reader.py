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


NAMESPACES = (
    ' xmlns:media="http://search.yahoo.com/mrss/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'
    ' xmlns:dcterms="http://purl.org/dc/terms/" xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0"'
)
IN_RSS_CHANNEL = (
    "<image><url>/b.png</url><title>Bilde</title><link>https://b.example/</link></image><title>Etterpå</title>",
    "<itunes:owner><itunes:name>Eier</itunes:name><itunes:email>e@a.example</itunes:email></itunes:owner>",
    "<itunes:author>Redaksjonen</itunes:author><managingEditor>k@a.example (Kari)</managingEditor>",
    "<itunes:image href='/i.png'/><itunes:category text='Nyheter'/>",
    "<dc:creator>Redaksjonen</dc:creator><dc:language>nn</dc:language><dc:rights>Fritt</dc:rights>",
    "<description>Om &lt;b&gt;avisen&lt;/b&gt;</description><dc:description>En til</dc:description>",
    "<textInput><title>Søk</title><name>q</name><link>/søk</link></textInput>",
    "<lastBuildDate>Mon, 04 May 2026 10:00:00 GMT</lastBuildDate><pubDate>Sun, 03 May 2026 10:00:00 GMT</pubDate>",
    "<webMaster>w@a.example</webMaster><generator>Åpen</generator><category>Nytt</category>",
)
IN_RSS_ITEM = (
    "<title>Nytt</title><media:title>Bildet</media:title>",
    "<media:title>Bildet</media:title><title>Nytt</title>",
    "<media:title>Bare bildet</media:title>",
    "<title>Nytt</title><media:description>Et bilde av Åsgård</media:description><description>Kort</description>",
    "<title>Nytt</title><description>Kort</description><media:description>Et bilde av Åsgård</media:description>",
    "<media:content url='/b.png'><media:title>Bilde</media:title><media:credit>Foto</media:credit></media:content>",
    "<media:group><media:content url='/a.png'/><media:content url='/b.png'/></media:group><title>Nytt</title>",
    "<media:thumbnail url='/t.png'/><enclosure url='/l.mp3' length='1' type='audio/mpeg'/><title>Lyd</title>",
    "<description>Kort</description><content:encoded>&lt;p&gt;Lang tekst&lt;/p&gt;</content:encoded>",
    "<content:encoded>&lt;p&gt;Lang tekst&lt;/p&gt;</content:encoded><description>Kort</description>",
    "<content:encoded>Bare lang</content:encoded>",
    "<itunes:summary>Sammendrag</itunes:summary><description>Kort</description>",
    "<description>Kort</description><itunes:summary>Sammendrag</itunes:summary>",
    "<description></description><description>To</description>",
    "<description>En</description><dc:description>To</description>",
    "<itunes:subtitle>Under</itunes:subtitle><itunes:author>Kari</itunes:author><title>Nytt</title>",
    "<author>k@a.example (Kari)</author><dc:creator>Ola</dc:creator><title>Nytt</title>",
    "<dc:creator>Ola</dc:creator><dc:creator>Åse</dc:creator><title>Nytt</title>",
    "<author><name>Kari</name><email>k@a.example</email></author><title>Nytt</title>",
    "<guid isPermaLink='false'>https://a.example/x</guid><title>Nytt</title>",
    "<guid>https://a.example/x</guid><title>Nytt</title>",
    "<link>https://a.example/1</link><guid isPermaLink='true'>https://a.example/2</guid>",
    "<guid isPermaLink='true'>https://a.example/2</guid><link>https://a.example/1</link>",
    "<link href='https://a.example/3'/><title>Nytt</title>",
    "<atom:link rel='alternate' href='https://a.example/4'/><title>Nytt</title>",
    "<atom:link rel='self' href='https://a.example/5'/><title>Nytt</title>",
    "<pubDate>Mon, 04 May 2026 10:00:00 GMT</pubDate><dc:date>2026-05-03T10:00:00Z</dc:date><title>Nytt</title>",
    "<dc:date>2026-05-03T10:00:00Z</dc:date><pubDate>Mon, 04 May 2026 10:00:00 GMT</pubDate><title>Nytt</title>",
    "<dcterms:modified>2026-05-03T10:00:00Z</dcterms:modified><title>Nytt</title>",
    "<source url='https://b.example/rss'>Annen avis</source><title>Nytt</title>",
    "<comments>https://a.example/1#k</comments><slash:comments>3</slash:comments><title>Nytt</title>",
    "<category>En</category><category domain='x'>To</category><title>Nytt</title>",
    "<image><url>/b.png</url><title>Bilde</title></image><title>Nytt</title>",
    "<title>Nytt</title><image><url>/b.png</url><title>Bilde</title></image>",
    "<title></title><title>To</title>",
    "<title>En</title><title>To</title>",
    "<title>Bl<b>å</b>bær</title>",
    "<feedburner:origLink>https://a.example/6</feedburner:origLink><link>https://f.example/6</link>",
    "<ukjent:x xmlns:ukjent='u:x'><title>Inni</title></ukjent:x><title>Nytt</title>",
    "<itunes:image href='/i.png'/><title>Nytt</title>",
)
IN_ATOM_ENTRY = (
    "<title type='html'>Bl&lt;b&gt;å&lt;/b&gt;bær</title>",
    "<title type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>Bl<b>å</b>bær</div></title>",
    "<title type='text'>a &lt;b&gt; c</title>",
    "<summary>Kort</summary><content>Lang</content>",
    "<content>Lang</content><summary>Kort</summary>",
    "<content type='html'>&lt;p&gt;Lang&lt;/p&gt;</content>",
    "<content src='https://a.example/x' type='text/html'/><title>Nytt</title>",
    "<content type='application/xml'><a xmlns='u:x'>Inni</a></content>",
    "<summary type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'><p>En</p><p>To</p></div></summary>",
    "<author><name>Kari</name><uri>/k</uri></author><author><name>Ola</name></author>",
    "<contributor><name>Åse</name></contributor><title>Nytt</title>",
    "<link rel='alternate' type='text/html' href='/1'/><link rel='enclosure' href='/l.mp3'/>",
    "<link rel='related' href='/2'/><link rel='via' href='/3'/><title>Nytt</title>",
    "<link rel='self' href='/4'/><link href='/5' hreflang='nb'/>",
    "<published>2026-05-03T10:00:00Z</published><updated>2026-05-02T10:00:00Z</updated>",
    "<issued>2026-05-03T10:00:00Z</issued><modified>2026-05-02T10:00:00Z</modified>",
    "<source><id>s</id><title>Annen</title><author><name>Per</name></author><updated>2026-05-01T00:00:00Z</updated></source>",
    "<category term='strøm' label='Strøm'/><rights>Fritt</rights><title>Nytt</title>",
    "<id>https://a.example/id</id><title>Nytt</title>",
    "<title xml:lang='en'>News</title><summary xml:base='https://b.example/'>&lt;a href='x'&gt;y&lt;/a&gt;</summary>",
)


LEFT_TO_FEEDPARSER = (
    "<textInput>",
    "<description>En</description><dc:description>",
    "<content type='application/xml'>",
)


def documents() -> dict[str, str]:
    """Documents with one unusual part each."""
    rss = RSS.replace(' xmlns:atom="', f'{NAMESPACES} xmlns:atom="')
    made = {part: rss.replace("<item>", f"{part}<item>", 1) for part in IN_RSS_CHANNEL}
    made |= {part: rss.replace("</channel>", f"<item>{part}</item></channel>") for part in IN_RSS_ITEM}
    return made | {part: ATOM.replace("</feed>", f"<entry>{part}</entry></feed>") for part in IN_ATOM_ENTRY}


@pytest.mark.parametrize("part", documents())
def test_the_fast_path_equals_feedparser_in_every_part(part: str, monkeypatch: pytest.MonkeyPatch):
    """Pictures, owners, sources, several titles, texts, dates, authors and links, in either order."""
    body = documents()[part]
    assert (fast_reader.read_fast(body) is None) is part.startswith(LEFT_TO_FEEDPARSER)
    fast = read(body)
    monkeypatch.setattr(fast_reader, "read_fast", lambda *_, **__: None)
    assert replace(fast, skip_hours=frozenset()) == read(body)
