"""The facts of feeds in XML that are neither texts nor names."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.feeds.conftest import read

from brandwatch.errors import ParseError
from brandwatch.models import Response

NAMESPACES = (
    'xmlns:slash="http://purl.org/rss/1.0/modules/slash/" xmlns:thr="http://purl.org/syndication/thread/1.0"'
    ' xmlns:media="http://search.yahoo.com/mrss/" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"'
    ' xmlns:wfw="http://wellformedweb.org/CommentAPI/" xmlns:atom="http://www.w3.org/2005/Atom"'
)


def rss(channel: str, item: str = "<title>Blåbær Gården AS</title><link>https://avis.example/1</link>") -> str:
    """Write a feed with one entry."""
    channel = f"<channel><title>Fjordavisa</title>{channel}<item>{item}</item></channel>"
    return f'<rss version="2.0" {NAMESPACES}>{channel}</rss>'


def atom(entry: str, feed: str = "") -> str:
    """Write a feed of Atom with one entry."""
    return (
        f'<feed xmlns="http://www.w3.org/2005/Atom" {NAMESPACES}><title>Fjordavisa</title>{feed}'
        f"<entry><title>Blåbær Gården AS</title>{entry}</entry></feed>"
    )


@pytest.mark.parametrize(
    ("channel", "minutes"),
    [
        ("<ttl>1</ttl>", 1),
        ("<ttl> 90 </ttl>", 90),
        ("<ttl>1440</ttl>", 1_440),
        ("<ttl>1441</ttl>", 1_440),
        ("<ttl>999999999999</ttl>", 1_440),
        ("<ttl>0</ttl>", None),
        ("<ttl>-5</ttl>", None),
        ("<ttl>٣</ttl>", None),
        ("<ttl>1.5</ttl>", None),
        ("<sy:updatePeriod>hourly</sy:updatePeriod>", 60),
        ("<sy:updatePeriod> Hourly </sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>", 30),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>", 60),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>ofte</sy:updateFrequency>", 60),
        ("<sy:updatePeriod>daily</sy:updatePeriod>", 1_440),
        ("<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>24</sy:updateFrequency>", 60),
        ("<sy:updatePeriod>weekly</sy:updatePeriod><sy:updateFrequency>14</sy:updateFrequency>", 720),
        ("<sy:updatePeriod>monthly</sy:updatePeriod><sy:updateFrequency>60</sy:updateFrequency>", 720),
        ("<sy:updatePeriod>yearly</sy:updatePeriod><sy:updateFrequency>730</sy:updateFrequency>", 720),
        ("<sy:updatePeriod>yearly</sy:updatePeriod>", 1_440),
        ("<sy:updatePeriod>aldri</sy:updatePeriod>", None),
        ("<ttl>0</ttl><sy:updatePeriod>hourly</sy:updatePeriod>", 60),
        ("<ttl>5</ttl><sy:updatePeriod>hourly</sy:updatePeriod>", 5),
        ("", None),
    ],
)
def test_the_promised_interval(parser: str, channel: str, minutes: int | None):
    """A day at most; RSS comes before the module `syndication`, whose period is divided by its frequency."""
    expected = None if minutes is None else timedelta(minutes=minutes)
    assert read(rss(channel)).ttl == expected, parser


def test_the_hours_without_news():
    """From 0 to 24, which is 0; anything else is none."""
    hours = "".join(f"<hour>{hour}</hour>" for hour in ("1", "07", "23", "24", "25", "99", "123", "-1", "٣", "natt"))
    assert read(rss(f"<skipHours>{hours}</skipHours>")).skip_hours == {0, 1, 7, 23}
    assert read(rss("")).skip_hours == frozenset()


@pytest.mark.parametrize(
    ("item", "response"),
    [
        ("<slash:comments>12</slash:comments>", Response(comments=12)),
        ("<slash:comments> 0 </slash:comments>", Response(comments=0)),
        ("<slash:comments>-1</slash:comments>", Response()),
        ("<slash:comments>mange</slash:comments>", Response()),
        ("<slash:comments>999999999999999</slash:comments>", Response(comments=999_999_999_999_999)),
        ("<slash:comments>1000000000000000</slash:comments>", Response()),
        ("<thr:total>3</thr:total>", Response(comments=3)),
        ("<slash:comments>mange</slash:comments><thr:total>3</thr:total>", Response(comments=3)),
        ("<slash:comments>4</slash:comments><thr:total>3</thr:total>", Response(comments=4)),
        ('<atom:link rel="replies" href="/k" thr:count="5"/>', Response(comments=5)),
        ('<media:starRating count="7" average="3"/>', Response(likes=7)),
        ('<media:statistics views="900" favorites="5"/>', Response(views=900)),
        ("", Response()),
    ],
)
def test_the_counts_of_an_entry(parser: str, item: str, response: Response):
    """Comments, ratings and views; a number of at most 15 digits, else unknown."""
    (entry,) = read(rss("", f"<title>Blåbær</title>{item}")).entries
    assert entry.response == response, parser


@pytest.mark.parametrize(
    ("links", "url"),
    [
        ('<link href="/a"/><link rel="self" href="/b"/>', "a"),
        ('<link rel="self" href="/b"/>', "b"),
        ('<link rel="related" href="/d"/><link rel="via" href="/c"/><link rel="self" href="/b"/>', "b"),
        ('<link rel="enclosure" href="/e"/><link rel="related" href="/d"/><link rel="via" href="/c"/>', "c"),
        ('<link rel="enclosure" href="/e"/><link rel="related" href="/d"/>', "d"),
        ('<link rel="enclosure" href="/e"/>', "e"),
        ('<link rel="hub" href="/f"/>', ""),
        ('<link href="#"/><link rel="via" href="/c"/>', "c"),
        ('<link type="application/pdf" href="/p"/><link type="text/html" href="/a"/>', "a"),
        ('<link type="application/pdf" href="/p"/>', "p"),
        ('<id>https://avis.example/g</id><link rel="via" href="/c"/>', "g"),
        ('<id>https://avis.example/a</id><link href="https://avis.example/a"/>', "a"),
        ('<id>https://avis.example/g</id><link href="/a"/>', "a"),
        ('<id>urn:1</id><media:content url="/lyd.mp3" type="audio/mpeg"/>', "lyd.mp3"),
        ('<id>urn:1</id><media:content url="/film" medium="video"/>', "film"),
        ('<id>urn:1</id><media:content url="/bilde.jpg" type="image/jpeg"/>', ""),
        ('<id>urn:1</id><media:content url="/bilde.jpg" medium="image"/>', ""),
    ],
)
def test_the_link_by_its_relation(parser: str, links: str, url: str):
    """A page before the entry itself, before where it came from, before a file; a picture is no entry."""
    (entry,) = read(atom(links)).entries
    assert entry.url == (f"https://avis.example/{url}" if url else ""), parser


@pytest.mark.parametrize(
    ("item", "feed"),
    [
        ("<wfw:commentRss>/k/1</wfw:commentRss>", "https://avis.example/k/1"),
        ('<atom:link rel="replies" href="/k/2"/>', "https://avis.example/k/2"),
        ('<atom:link rel="replies" href="/k/2"/><wfw:commentRss>/k/1</wfw:commentRss>', "https://avis.example/k/1"),
        ('<atom:link rel="related" href="/k/2"/>', ""),
    ],
)
def test_the_feed_of_the_comments(parser: str, item: str, feed: str):
    """Of two modules; another link is none."""
    (entry,) = read(rss("", f"<title>Blåbær</title>{item}")).entries
    assert entry.comment_feed == feed, parser


def test_authors_come_from_the_entry_then_its_source_then_the_feed(parser: str):
    """RFC 4287 §4.2.1; a feed of RSS has an editor, who is not the author."""
    own = "<author><name>Kari Eksempel</name></author>"
    source = "<source><title>Lokalavisa</title><author><name>Ola Prøve</name></author></source>"
    feed = "<author><name>Redaksjonen i Fjordavisa</name></author>"
    for entry, author in ((own + source, "Kari Eksempel"), (source, "Ola Prøve"), ("", "Redaksjonen i Fjordavisa")):
        (found,) = read(atom(entry, feed)).entries
        assert found.author == author, parser
    (found,) = read(rss("<managingEditor>Kari Eksempel</managingEditor>")).entries
    assert found.author == ""


def test_a_republished_entry_has_its_publisher(parser: str):
    """Another outlet's, else the feed's own."""
    (entry,) = read(rss("", '<title>B</title><source url="https://lokal.example/">Lokalavisa</source>')).entries
    assert entry.publisher == "Lokalavisa", parser
    (entry,) = read(rss("", "<title>B</title>")).entries
    assert entry.publisher == "Fjordavisa"


def test_a_language_is_that_of_the_entry_or_of_the_feed(parser: str):
    """As declared by the nearer one."""
    feed = atom("<link href='/a'/>").replace("<feed ", '<feed xml:lang="nn" ')
    assert [entry.language for entry in read(feed).entries] == ["nn"], parser
    nearer = feed.replace("<entry><title>", '<entry><title xml:lang="en">')
    assert [entry.language for entry in read(nearer).entries] == ["en"]
    (entry,) = read(rss("<language>nb_NO</language>")).entries
    assert entry.language.startswith("nb")


def test_an_entry_without_a_date_of_publication_has_that_of_its_change(parser: str):
    """The other way round the change is unknown."""
    (entry,) = read(atom("<updated>2026-05-04T10:00:00Z</updated>")).entries
    assert entry.published == entry.updated is not None, parser
    (entry,) = read(rss("", "<title>B</title><pubDate>Mon, 04 May 2026 10:00:00 GMT</pubDate>")).entries
    assert entry.published is not None
    assert entry.updated is None


def test_rights_are_text(parser: str):
    """On one line."""
    assert read(rss("<copyright>© Fjordavisa\n AS</copyright>")).rights == "© Fjordavisa AS", parser
    assert read(rss("")).rights == ""


def test_what_breaks_off_is_told():
    """With the number of entries that are lost, if any are."""
    whole = rss("", "<title>B</title>")
    assert read(whole).problem == ""
    cut = read(whole.removesuffix("</item></channel></rss>"))
    assert (cut.problem, len(cut.entries), cut.skipped) == ("the document breaks off", 1, 0)
    two = whole.replace("</channel>", "<item><tit</channel>").removesuffix("</channel></rss>")
    assert read(two).problem.startswith("the document breaks off")


def test_junk_before_a_feed_has_a_limit():
    """A warning of the server is passed over; a feed far down in another document is not its content."""
    feed = rss("", "<title>B</title>")
    assert len(read("!" * 19_000 + feed).entries) == 1
    with pytest.raises(ParseError):
        read("!" * 20_001 + feed)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("<rss version='2.0'/>", ""),
        ("<rss version='2.0'/> hei <p>", ""),
        ("<rss version='2.0' />\n<script>x</script>", ""),
        ("<feed xmlns='http://www.w3.org/2005/Atom'/><!-- x -->", ""),
        ("<rss version='2.0'></rss> hei", ""),
        ("<rss version='2.0'> hei", "the document breaks off"),
        ("<rss version='2.0'", "the document breaks off"),
    ],
)
def test_an_empty_feed_is_whole_where_its_root_is_closed(body: str, problem: str):
    """In its own tag or behind it, whatever a server appends; else something is missing."""
    feed = read(body)
    assert (feed.problem, feed.entries) == (problem, ())
