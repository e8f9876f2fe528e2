from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brandwatch.errors import ParseError
from brandwatch.feeds import parse_document, xml_feed
from brandwatch.models import Document, Response

if TYPE_CHECKING:
    from brandwatch.models import Feed

RSS = '<?xml version="1.0"?><rss version="2.0"><channel><title>Fjordavisa</title>{}</channel></rss>'
ENCODED = RSS.format("<item><title>Bærum løper å</title></item>")


def read(body: str | bytes, content_type: str = "") -> Feed:
    """Parse a body that was fetched from one URL."""
    data = body.encode() if isinstance(body, str) else body
    return parse_document(
        Document(url="https://avis.example/mappe/feed", status=200, body=data, content_type=content_type)
    )


def titles(feed: Feed) -> list[str]:
    """The titles of a feed."""
    return [entry.title for entry in feed.entries]


def test_a_complete_rss_feed():
    """Every field of RSS 2.0 and its common modules is read."""
    feed = read("""<?xml version="1.0"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:slash="http://purl.org/rss/1.0/modules/slash/"
 xmlns:wfw="http://wellformedweb.org/CommentAPI/" xmlns:content="http://purl.org/rss/1.0/modules/content/">
<channel><title>Kraftbloggen</title><link>https://kraft.example/</link><language>nb-NO</language>
<copyright>© Kraft</copyright><item><title>Blåbær &amp; bær</title>
<link>/sak/1</link><guid isPermaLink="false">k-1</guid><dc:creator>Kari Åsen</dc:creator>
<pubDate>Tue, 05 May 2026 12:00:00 CEST</pubDate><description>Kort.</description>
<content:encoded><![CDATA[<p>Lang og <b>god</b>.</p>]]></content:encoded>
<slash:comments>23</slash:comments><wfw:commentRss>/sak/1/feed</wfw:commentRss></item></channel></rss>""")
    (entry,) = feed.entries
    assert (feed.title, feed.rights, feed.language, feed.problem) == ("Kraftbloggen", "© Kraft", "nb-no", "")
    assert (entry.guid, entry.url, entry.title) == ("k-1", "https://avis.example/sak/1", "Blåbær & bær")
    assert (entry.text, entry.author, entry.publisher) == ("Kort.\nLang og god.", "Kari Åsen", "Kraftbloggen")
    assert (entry.language, entry.published) == ("nb-no", datetime(2026, 5, 5, 10, tzinfo=UTC))
    assert (entry.comment_feed, entry.response) == ("https://avis.example/sak/1/feed", Response(comments=23))


def test_redirect_links_are_unwrapped():
    """Links of a news alert lead to the publisher's page, in the entry's link and in its text."""
    wrapped = "https://www.google.com/url?rct=j&amp;url=https://avis.example/sak/%25C3%25A5&amp;ct=ga"
    feed = read(f"""<feed xmlns="http://www.w3.org/2005/Atom"><title>Varsel</title><entry><id>1</id><title>Acme</title>
<link href="{wrapped}"/><content type="html">&lt;a href="{wrapped.replace("&", "&amp;")}">les&lt;/a></content>
</entry></feed>""")
    (entry,) = feed.entries
    assert (entry.url, entry.links) == ("https://avis.example/sak/%C3%A5", ("https://avis.example/sak/%C3%A5",))


def test_a_complete_atom_feed():
    """Atom has xml:base, types of text, replies with their count, and the source of a republished entry."""
    feed = read("""<feed xmlns="http://www.w3.org/2005/Atom"
 xmlns:thr="http://purl.org/syndication/thread/1.0" xml:lang="sv" xml:base="https://forum.example/x/">
<title>Forum</title><rights>CC BY</rights>
<entry><id>tag:forum,1</id><title type="html">Om &lt;em&gt;Acme&lt;/em&gt;</title><link href="t/1"/>
<link rel="replies" href="t/1/atom" thr:count="11"/><published>2026-05-05T10:00:00Z</published>
<updated>2026-05-06T10:00:00Z</updated><author><name>Åke</name></author><author><name>Örjan</name></author>
<content type="text">a &lt;b och c</content><source><title>Annat forum</title></source></entry></feed>""")
    (entry,) = feed.entries
    assert (entry.title, entry.url, entry.text) == ("Om Acme", "https://forum.example/x/t/1", "a <b och c")
    assert (entry.author, entry.publisher, entry.language) == ("Åke, Örjan", "Annat forum", "sv")
    assert (entry.published, entry.updated) == (
        datetime(2026, 5, 5, 10, tzinfo=UTC),
        datetime(2026, 5, 6, 10, tzinfo=UTC),
    )
    assert entry.response.comments == 11
    assert feed.rights == "CC BY"


def test_rdf_and_json_feed():
    """RSS 1.0 dates come from Dublin Core; JSON Feed gives the same entry as the others."""
    rdf = read("""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>P</title></channel><item rdf:about="https://p.example/1">
<title>Æ</title><link>https://p.example/1</link><dc:date>2026-05-05T10:00:00Z</dc:date></item></rdf:RDF>""")
    feed = read("""{"version": "https://jsonfeed.org/version/1.1", "title": "P", "language": "da", "items": [
 {"id": 7, "url": "/1", "title": "Æ", "content_html": "<p>Ø</p>", "date_published": "2026-05-05T10:00:00Z",
 "authors": [{"name": "Å"}]}, "tull"]}""")
    assert rdf.entries[0].published == feed.entries[0].published == datetime(2026, 5, 5, 10, tzinfo=UTC)
    entry = feed.entries[0]
    assert (entry.guid, entry.url, entry.title, entry.text) == ("7", "https://avis.example/1", "Æ", "Ø")
    assert (entry.author, entry.publisher, entry.language) == ("Å", "P", "da")
    assert (feed.skipped, feed.problem) == (1, "1 of 2 entries could not be read")


@pytest.mark.parametrize(
    ("bad", "good"),
    [
        ("x&#xD800;y", "xy"),
        ("x&#x110000;y", "xy"),
        ("x&#0;y", "xy"),
        ("x\x1by", "xy"),
        ("R&D", "R&D"),
        ("AT&amp;T", "AT&T"),
        ("Bl&aring;b&aelig;r", "Blåbær"),
        ("&ukjent; x", "&ukjent; x"),
        ("a &lt;b&gt;fet&lt;/b&gt;", "a fet"),
        ("1 &lt; 2", "1 < 2"),
        ("<![CDATA[R&D <i>nå</i>]]>", "R&D nå"),
    ],
)
def test_a_character_that_xml_forbids_is_repaired(bad: str, good: str):
    """It is removed or replaced by the intended one, and the other entries are read."""
    feed = read(
        RSS.format(f"<item><title>én</title></item><item><title>{bad}</title></item><item><title>tre</title></item>")
    )
    assert titles(feed) == ["én", good, "tre"]


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b'<?xml version="1.0" encoding="utf-8"?>' + ENCODED[21:].encode("latin-1"), ""),
        (ENCODED.encode("utf-16"), ""),
        (ENCODED.encode(), "text/xml; charset=iso-8859-1"),
        (ENCODED.encode("latin-1"), "text/xml; charset=iso-8859-1"),
        (ENCODED.encode("latin-1"), ""),
        (b"\xef\xbb\xbf" + ENCODED.encode(), ""),
    ],
)
def test_wrong_declarations_of_encodings(body: bytes, content_type: str):
    """Bytes that are valid UTF-8 are UTF-8; others are decoded as declared, or as Windows-1252."""
    assert titles(read(body, content_type)) == ["Bærum løper å"]


def test_a_truncated_document_has_its_entries():
    """Whole entries and the start of the last one are read, and the problem reports the truncation."""
    body = RSS.format(
        "<item><title>én</title></item><item><title>to</title><link>https://a.example/2</link><description>hal"
    )
    feed = read(body[: body.index("hal") + 3])
    assert titles(feed) == ["én", "to"]
    assert feed.entries[1].url == "https://a.example/2"
    assert feed.problem == "the document breaks off"


def test_an_invalid_entry_is_skipped(monkeypatch: pytest.MonkeyPatch):
    """If the parser raises on the whole document, every other entry is read separately."""
    whole = xml_feed.read_with_feedparser

    def explosive(text: str):
        if "bombe" in text:
            raise UnicodeEncodeError("utf-8", "x", 0, 1, "as feedparser does")
        return whole(text)

    monkeypatch.setattr(xml_feed, "read_with_feedparser", explosive)
    feed = read(
        RSS.format("<item><title>én</title></item><item><title>bombe <b></title></item><item><title>tre</title></item>")
    )
    assert titles(feed) == ["én", "tre"]
    assert (feed.skipped, feed.problem) == (1, "1 of 3 entries could not be read")


def test_letters_that_grow_in_lower_case():
    """`İ` becomes two characters; a document with many of them is read to its end."""
    behind = "<p><b>utenfor</p>"
    feed = read(RSS.format(f"<item><title>{'İ' * 60}</title></item><item><title>to</title></item>") + behind)
    assert titles(feed) == ["İ" * 60, "to"]


def test_a_guid_is_a_link_only_if_it_is_a_url():
    """A number in `guid` is no link; a URL is, if the entry has no other link."""
    feed = read(RSS.format("<item><guid>17</guid></item><item><guid>https://a.example/17</guid></item>"))
    assert [entry.url for entry in feed.entries] == ["", "https://a.example/17"]
    assert [entry.guid for entry in feed.entries] == ["17", "https://a.example/17"]


@pytest.mark.parametrize(
    ("body", "fetch_class", "appearance"),
    [
        (b"", "empty", "empty"),
        (b" \r\n ", "empty", "empty"),
        (b"<!doctype html><title>Logg\x1b[2J inn</title>", "not-a-feed", "an HTML page titled “Logg[2J inn”"),
        (b"\x89PNG\r\n\x1a\n", "not-a-feed", "a PNG image"),
        (b'{"version": "2", "items": []}', "not-a-feed", "JSON of another kind"),
        (b"[" * 100_000, "not-a-feed", "JSON of another kind"),
        (b'{"version": 2, "items": [}]}', "not-a-feed", "JSON of another kind"),
        (b"{not JSON} {} at all", "not-a-feed", "JSON of another kind"),
        (b"<svg/>", "not-a-feed", "XML of another kind"),
        (b"/etc/passwd", "not-a-feed", "plain text"),
    ],
)
def test_other_documents_are_identified_in_the_error(body: bytes, fetch_class: str, appearance: str):
    """A login page, an image or a path is an error with its class; its text is cleaned for the terminal."""
    with pytest.raises(ParseError) as caught:
        read(body)
    assert caught.value.fetch_class == fetch_class
    assert appearance in caught.value.message


def test_a_lone_surrogate_in_json_is_removed():
    """It cannot be stored; pairs are kept, and so is `ud800` after an escaped backslash."""
    feed = read(
        r'{"version": "https://jsonfeed.org/version/1.1", "language": "\ud800", "title": "\uDFFF", "items": ['
        r'{"id": "\udfff1", "title": "\ud83c\udf0a \ud83c \\ud800 \\\ud800", "authors": [{"name": "K\udc00"}]}]}'
    )
    (entry,) = feed.entries
    assert (entry.guid, entry.title, entry.author) == ("�1", "🌊 � \\ud800 \\�", "K�")
    assert (feed.language, feed.title) == ("", "�")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_json_feed_in_another_encoding(encoding: str):
    """UTF-8 is the rule; a byte order mark of another encoding is respected."""
    feed = read(
        '{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1", "title": "Blåbær"}]}'.encode(encoding)
    )
    assert [entry.title for entry in feed.entries] == ["Blåbær"]


def test_a_truncated_json_feed():
    """Cut in a name, in a text after a backslash or half a letter, in a number, or between two items."""
    whole = json.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": 'P "1" {[',
            "items": [{"id": 1, "title": "Blåbær\n[}", "tags": [True, None, 1.5]}, {"id": 2}],
        },
        ensure_ascii=False,
    ).encode()
    assert len(read(whole).entries) == 2
    for length in range(1, len(whole)):
        with pytest.raises(ParseError) as caught:
            read(whole[:length])
        assert (caught.value.fetch_class, length) == ("truncated", length)


def test_entities_are_not_expanded():
    """A document type has no effect: no expansion, no file, no request."""
    body = '<!DOCTYPE rss [<!ENTITY a "boom"><!ENTITY b SYSTEM "file:///etc/passwd">]>' + RSS[21:].format(
        "<item><title>&a;&b;</title></item>"
    )
    assert titles(read(body)) == ["&a;&b;"]


def test_a_feed_without_entries_is_a_feed():
    """An empty feed is no error."""
    feed = read(RSS.format(""))
    assert (feed.title, feed.entries, feed.problem) == ("Fjordavisa", (), "")


@settings(max_examples=60)
@given(st.data())
def test_any_mutation_is_read_or_refused(data: st.DataObject):
    """A damaged feed is read or raises ParseError, and nothing else."""
    body = bytearray(
        RSS.format("<item><title>Blåbær</title><guid>1</guid><pubDate>Tue, 05 May 2026</pubDate></item>").encode()
    )
    for _ in range(data.draw(st.integers(1, 8))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    try:
        feed = read(bytes(body))
    except ParseError:
        return
    assert all(isinstance(entry.title, str) for entry in feed.entries)
