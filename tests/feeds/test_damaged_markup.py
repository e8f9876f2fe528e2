"""CDATA in all its wrong forms, links relative to xml:base, and feeds inside other documents: both parsers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.feeds.conftest import read

from brandwatch.errors import ParseError
from brandwatch.feeds.loose_markup import close_elements
from brandwatch.text.decoding import close_cdata, repair_cdata

if TYPE_CHECKING:
    from collections.abc import Callable


RSS = (
    '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>F</title>{}'
    "</channel></rss>"
)
ITEM = "<item><title>Kundene flykter</title><link>https://avis.example/1</link>{}</item>"
ATOM = '<feed xmlns="http://www.w3.org/2005/Atom"{}><title>F</title>{}</feed>'
ESCAPED = "&lt;![CDATA[Åsgård vokser]]&gt;"


@pytest.mark.parametrize(
    "text",
    [
        f"<description>{ESCAPED}</description>",
        "<description>&lt;![CDATA[Åsgård vokser]]></description>",
        "<description>&lt;![CDATA[&lt;p>Åsgård vokser&lt;/p>]]&gt;</description>",
        "<description><![CDATA[<![CDATA[Åsgård vokser]]></description>",
        "<description><![CDATA[<![CDATA[Åsgård vokser]]>]]></description>",
        "<description><![CDATA[<p><![CDATA[Åsgård vokser]]></p>]]></description>",
        "<description><![cdata[Åsgård vokser]]></description>",
        "<description><![CDATA[Åsgård vokser</description>",
        "<description><![CDATA[Åsgård vokser]]</description>",
        "<description><![CDATA[<p>Åsgård vokser</p></description>",
        f"<content:encoded>{ESCAPED}</content:encoded>",
        "<content:encoded><![CDATA[Åsgård vokser</content:encoded><guid>7</guid>",
        "<description>&amp;lt;![CDATA[Åsgård vokser]]&amp;gt;</description>",
    ],
)
def test_text_in_a_wrong_cdata_section_is_read(parser: str, text: str):
    """Escaped, nested, in small letters, without an end: the text is what the publisher wrote."""
    (entry,) = read(RSS.format(ITEM.format(text))).entries
    assert (entry.title, entry.text, entry.url) == ("Kundene flykter", "Åsgård vokser", "https://avis.example/1")


def test_text_around_a_nested_section_is_read(parser: str):
    """The end of the inner section does not end the outer one."""
    text = "<description><![CDATA[før <b>og</b> <![CDATA[Åsgård vokser]]> <i>etter</i>]]></description>"
    (entry,) = read(RSS.format(ITEM.format(text))).entries
    assert entry.text == "før og Åsgård vokser etter"


@pytest.mark.parametrize("kind", ["html", "text"])
def test_an_escaped_section_in_atom(parser: str, kind: str):
    """Title, text and author."""
    entry = (
        f'<entry><id>1</id><title type="{kind}">{ESCAPED}</title><author><name>&lt;![CDATA[Kari]]&gt;</name></author>'
        f'<content type="{kind}">{ESCAPED.replace("vokser", "mister kunder")}</content></entry>'
    )
    (read_entry,) = read(ATOM.format("", entry)).entries
    assert (read_entry.title, read_entry.text, read_entry.author) == ("Åsgård vokser", "Åsgård mister kunder", "Kari")


def test_an_escaped_section_in_every_field(parser: str):
    """A link, a guid and a date too."""
    fields = {"title": "Åsgård", "link": "https://avis.example/1", "guid": "g-1", "pubDate": "2026-05-05T10:00:00Z"}
    item = "".join(f"<{name}>&lt;![CDATA[{value}]]&gt;</{name}>" for name, value in fields.items())
    (entry,) = read(RSS.format(f"<item>{item}</item>")).entries
    assert (entry.title, entry.url, entry.guid) == ("Åsgård", "https://avis.example/1", "g-1")
    assert entry.published is not None


@pytest.mark.parametrize(
    "broken",
    [
        "<title><![CDATA[Acme to</title><link>https://avis.example/2</link>",
        "<title><![CDATA[Acme to]></title><link>https://avis.example/2</link>",
        "<link>https://avis.example/2</link><title><![CDATA[Acme to</title>",
        "<title><![CDATA[Acme to</title><description><![CDATA[hel]]></description>",
        "<title>Acme to</title><description><![CDATA[<p>halv</p></description><pubDate>2026-05-05</pubDate>",
        "<title>Acme to</title><content:encoded><![CDATA[<ul><li>halv</li></ul></content:encoded>",
    ],
)
def test_a_section_without_an_end_hides_no_entry(parser: str, broken: str):
    """The entries behind it are read, also if one of them has a section that ends."""
    whole = "<item><title><![CDATA[Acme {}]]></title><link>https://avis.example/{}</link></item>"
    body = RSS.format(f"{whole.format('én', 1)}<item>{broken}</item>{whole.format('tre', 3)}{whole.format('fire', 4)}")
    assert [entry.title for entry in read(body).entries] == ["Acme én", "Acme to", "Acme tre", "Acme fire"]


@pytest.mark.parametrize(
    "sound",
    [
        "<d><![CDATA[a]]> b <![CDATA[c]]></d>",
        "<d><![CDATA[a ]]]]><![CDATA[> b]]></d>",
        "<d>ingen</d>",
        "<d><![CDATA[]]></d>",
    ],
)
def test_a_sound_document_is_not_changed(sound: str):
    """Several sections in one element and the end of a section as text are usual."""
    assert repair_cdata(sound) is sound
    assert close_cdata(sound) == sound


def test_a_section_and_an_element_without_an_end():
    """Both end with their entry; what follows is read."""
    broken = "<item><link>https://avis.example/2</link><title><![CDATA[Acme to<guid>2</guid></item>"
    feed = read(RSS.format(broken + ITEM.format("<description><![CDATA[Åsgård]]></description>")))
    assert [entry.title for entry in feed.entries] == ["Acme to2", "Kundene flykter"]


def test_a_sample_of_a_feed_in_a_section_is_text():
    """A section that ends as it should may hold markup of feeds, also in a document that is damaged elsewhere."""
    sample = "<d><![CDATA[<item><d>Acme</d></item><item>]]></d><x>"
    assert close_cdata(sample) == sample


def test_a_section_that_html_only_seems_to_end():
    """`</summary>` is an element of HTML as well: a section ends with it only if an element of the feed follows."""
    text = "<summary><![CDATA[<details><summary>mer</summary><p>Acme</p></details></summary><id>1</id>"
    assert close_cdata(text) == text.replace("</details>", "</details>]]>")
    comment = "<!-- <![CDATA[ --><d><![CDATA[a</d><g/>"
    assert close_cdata(comment) == "<!-- <![CDATA[ --><d><![CDATA[a]]></d><g/>"


@pytest.mark.parametrize(
    "hostile", ["<d><![CDATA[a", "]]>", "<d><![CDATA[a]]></d><x/><![CDATA[", "<!--", "<![CDATA[<!--", "<d>" + "<" * 400]
)
def test_repairing_sections_takes_linear_time(hostile: str):
    """A megabyte of openings or ends is repaired, and nothing is scanned twice."""
    size = 10**6 // len(hostile)
    repaired = close_cdata(hostile * size)
    assert len(repaired) <= 3 * len(hostile) * size


BASED = '<a href="side">her</a> <a href="/rot">der</a>'


@pytest.mark.parametrize(
    ("feed", "entry", "text"),
    [
        ("", "", ' xml:base="https://acme.example/d/"'),
        ("", ' xml:base="https://acme.example/d/"', ""),
        (' xml:base="https://acme.example/d/"', "", ""),
        (' xml:base="https://acme.example/"', ' xml:base="x/"', ' xml:base="../d/"'),
        (' xml:base="https://annen.example/"', "", ' xml:base="https://acme.example/d/index.html"'),
    ],
)
@pytest.mark.parametrize("kind", ["html", "xhtml"])
def test_links_are_relative_to_the_base_of_their_element(parser: str, kind: str, feed: str, entry: str, text: str):
    """Of the nearest element with xml:base, which may be relative to one further out."""
    markup = (
        BASED.replace("<", "&lt;") if kind == "html" else f'<div xmlns="http://www.w3.org/1999/xhtml">{BASED}</div>'
    )
    body = ATOM.format(feed, f'<entry{entry}><id>1</id><content type="{kind}"{text}>{markup}</content></entry>')
    assert read(body).entries[0].links == ("https://acme.example/d/side", "https://acme.example/rot")


def test_a_base_inside_xhtml(parser: str):
    """Each element of the markup may have its own base."""
    markup = (
        '<div xmlns="http://www.w3.org/1999/xhtml"><p xml:base="https://acme.example/d/"><a href="en">1</a></p>'
        '<a href="to">2</a></div>'
    )
    body = ATOM.format("", f'<entry><id>1</id><content type="xhtml">{markup}</content></entry>')
    assert read(body).entries[0].links == ("https://acme.example/d/en", "https://avis.example/mappe/to")


def test_a_base_in_rss(parser: str):
    """The base of an item holds for its link and its text; without one the address of the document does."""
    item = "<item{}><title>Å</title><link>1</link><description>&lt;a href='side'>x&lt;/a></description></item>"
    entry, after = read(RSS.format(item.format(' xml:base="https://acme.example/d/"') + item.format(""))).entries
    assert (entry.url, entry.links) == ("https://acme.example/d/1", ("https://acme.example/d/side",))
    assert after.links == ("https://avis.example/mappe/side",)


@pytest.mark.parametrize("base", ["/d/", "javascript:x", "http://[", ""])
def test_a_base_that_is_no_absolute_link(parser: str, base: str):
    """It is relative to the address of the document, or ignored."""
    text = f'<content type="html" xml:base="{base}">&lt;a href="side">x&lt;/a></content>'
    (entry,) = read(ATOM.format("", f"<entry><id>1</id><title>Å</title>{text}</entry>")).entries
    assert all(link.startswith("https://avis.example/") for link in entry.links)


ENTRY = '<entry xmlns="http://www.w3.org/2005/Atom"><id>1</id><title>Åsgård</title><link href="/sak/1"/></entry>'
PREFIXED = (
    '<atom:entry xmlns:atom="http://www.w3.org/2005/Atom"><atom:title>Åsgård</atom:title>'
    '<atom:link href="/sak/1"/></atom:entry>'
)
IN_RSS = RSS.format("<item><title>Åsgård</title><link>/sak/1</link></item>")


@pytest.mark.parametrize(
    "body",
    [
        ENTRY,
        f'<?xml version="1.0" encoding="utf-8"?>\n<!-- en oppføring -->\n{ENTRY}\n',
        PREFIXED,
        f"<!DOCTYPE html><html><head><title>Side</title></head><body>{ATOM.format('', ENTRY)}</body></html>",
        f'<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0//EN" "http://www.w3.org/x.dtd">\n<!-- x -->{IN_RSS}',
        IN_RSS[IN_RSS.index("<channel>") : -len("</rss>")],
        f"<html><body><script>var a = '<rss version=\"2.0\">';</script>{IN_RSS}</body></html>",
    ],
    ids=["entry", "prolog", "prefix", "atom in a page", "document type of a page", "channel", "rss in a page"],
)
def test_an_entry_document_and_a_feed_in_a_page(parser: str, body: str):
    """One Atom entry is a feed of it (RFC 4287 §2); a feed that a server wraps in a page is found."""
    assert [(entry.title, entry.url) for entry in read(body).entries] == [("Åsgård", "https://avis.example/sak/1")]


@pytest.mark.parametrize(
    "body",
    [
        "<html><body><pre>&lt;feed xmlns='http://www.w3.org/2005/Atom'&gt;</pre></body></html>",
        f"<html><body><script>{RSS.format(ITEM.format(''))}</script></body></html>",
        f"<html><body><!-- {RSS.format(ITEM.format(''))} --></body></html>",
        '<html><body><rss version="2.0"></rss></body></html>',
        "<html><body><feed></feed><entry></entry></body></html>",
        "<entry><id>1</id></entry>",
        "<channel><name>Kanal 1</name></channel>",
        f"<!DOCTYPE html><title>Side</title>{RSS.format('')}",
        '{"version": "1.0", "items": [{"id": "1", "title": "Åsgård"}]}',
        '{"version": "https://jsonfeed.org/version/1.1", "items": {}}',
    ],
)
def test_a_sample_in_a_page_is_no_feed(body: str):
    """Escaped, in a script, in a comment, or without entries."""
    with pytest.raises(ParseError):
        read(body)


@pytest.mark.parametrize("version", ["https://jsonfeed.org/version/1", "http://jsonfeed.org/version/1.1", "1.1", "1"])
def test_versions_of_json_feed(version: str):
    """A bare number is a version beside the names of a feed."""
    feed = {"version": version, "home_page_url": "https://avis.example/", "items": [{"id": "1", "title": "Åsgård"}]}
    assert [entry.title for entry in read(json.dumps(feed)).entries] == ["Åsgård"]


DAMAGES = {
    "a comment without an end between the items": lambda first, rest: f"{first}<!-- uten slutt {rest}",
    "a comment without an end in an item": lambda first, rest: first.replace("</item>", "<!-- <b></item>") + rest,
    "items behind the end of the document": lambda first, rest: f"{first}</channel></rss>\n{rest}",
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_entries_behind_a_damage_are_read(parser: str, damage: Callable[[str, str], str]):
    """A comment without an end hides nothing, and what a program appended to a document belongs to it."""
    first, second = (ITEM.format(f"<guid>{number}</guid>") for number in (1, 2))
    feed = read(RSS.format(damage(first, second)))
    assert ([entry.guid for entry in feed.entries], feed.problem) == (["1", "2"], "")


def test_entries_in_a_comment_are_none(parser: str):
    """A comment that ends hides them, also beside one without an end."""
    hidden, shown = (ITEM.format(f"<guid>{number}</guid>") for number in (1, 2))
    feed = read(RSS.format(f"<!-- {hidden} -->{shown}<!-- uten slutt"))
    assert [entry.guid for entry in feed.entries] == ["2"]


@pytest.mark.parametrize("element", ["<title>Åsgård", "<title><![CDATA[Åsgård]]>", "<title>Åsgård</title><category>a"])
def test_an_element_ends_before_the_next(parser: str, element: str):
    """An element of text without its end takes neither its entry nor the following ones with it."""
    feed = read(RSS.format(f"<item>{element}<guid>1</guid></item>" + ITEM.format("")))
    assert [(entry.title, entry.guid) for entry in feed.entries] == [("Åsgård", "1"), ("Kundene flykter", "")]


def test_markup_in_an_element_does_not_end_it():
    """Tags of a page are no elements of the feed, and those in a section or a comment are text."""
    sound = "<title>Acme <b>to</b></title><d><![CDATA[<title>a<link>b]]></d><!-- <title>a<link> --><link/>"
    assert close_elements(sound) == sound
