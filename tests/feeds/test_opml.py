from __future__ import annotations

import pytest

from brandwatch.errors import ParseError
from brandwatch.feeds.opml import read_opml

URL = "https://a.example/rss"


def opml(outlines: str) -> bytes:
    """A list of feeds in version 2.0."""
    return f'<?xml version="1.0"?>\n<opml version="2.0"><body>{outlines}</body></opml>'.encode()


def feeds(body: bytes) -> list[str]:
    """The URLs in a list."""
    return [outline.url for outline in read_opml(body) if outline.url]


def problems(body: bytes) -> list[tuple[int, str]]:
    """The lines of a list that are not used."""
    return [(outline.line, outline.problem) for outline in read_opml(body) if outline.problem]


def test_outlines_in_folders():
    """Every feed of an OPML file is found, in folders or not, with its line."""
    body = opml("""<outline text="Aviser">
<outline type="rss" text="Blåbæravisa" xmlUrl="https://a.example/rss"/>
</outline><outline xmlUrl=" https://b.example/rss "/><outline text="tom"/>""")
    assert [(outline.url, outline.line) for outline in read_opml(body)] == [(URL, 3), ("https://b.example/rss", 4)]
    assert problems(body) == []


@pytest.mark.parametrize(
    "outline",
    [
        '<outline text="Blåbær & bær" xmlUrl="https://a.example/rss"/>',
        '<OUTLINE TEXT="A" XMLURL="https://a.example/rss"/>',
        '<outline text="A" type="rss" xmlurl="https://a.example/rss"></outline>',
        '<outline text="A" type="rss" url="https://a.example/rss"/>',
        '<outline text="A" Feed-Title="A" xmlUrl = "https://a.example/rss" />',
        '<o:outline xmlns:o="x" o:text="A" o:xmlUrl="https://a.example/rss"/>',
        "<outline text='A' xmlUrl='https://a.example/rss'/>",
        "<outline text=A xmlUrl=https://a.example/rss />",
        "<outline text=A xmlUrl=https://a.example/rss/>",
        "<outline text=“Blå bær” xmlUrl=”https://a.example/rss”/>",
        "<outline text=‘Å’ xmlUrl=’https://a.example/rss’/>",
        "<outline text=&quot;A&quot; xmlUrl=&quot;https://a.example/rss&quot;/>",
        '<outline text="Den "store" avisa" xmlUrl="https://a.example/rss"/>',
        '<outline text="Uten slutt xmlUrl="https://a.example/rss"/>',
        '<outline text="A"xmlUrl="https://a.example/rss"/>',
        '<outline xmlUrl="https://a.example/rss/><outline text="B"/>',
        '<outline text="a > b < c" xmlUrl="https://a.example/rss"/>',
        '<outline text="&nbsp;&aring;" xmlUrl="https&#58;//a.example/rss"/>',
        '<outline xmlUrl="feed:https://a.example/rss"/>',
        '<outline xmlUrl="FEED://https://a.example/rss"/>',
        '<outline text="\x0b" xmlUrl="https://a.example/rss"\n<outline text="tom"/>',
    ],
)
def test_lines_that_are_not_well_formed(outline: str):
    """A raw `&`, other quotes, blanks, capitals and prefixes hide no feed."""
    assert [url.rstrip("/") for url in feeds(opml(outline))] == [URL]


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("https://a.example/?a=1&b=2&copy=3", "https://a.example/?a=1&b=2&copy=3"),
        ("https://a.example/?a=1&amp;b=2", "https://a.example/?a=1&b=2"),
        ("https://a.example/?a=1&amp;amp;b=2", "https://a.example/?a=1&b=2"),
        ("https://a.example/?q=bl&aring;", "https://a.example/?q=blå"),
        ("feed://a.example/rss", "http://a.example/rss"),
        ("a.example:8080/rss", "http://a.example:8080/rss"),
        ("//a.example/rss", "http://a.example/rss"),
        ("localhost:8080/rss", "http://localhost:8080/rss"),
        ("https://a.example/\n   nyheter/rss", "https://a.example/nyheter/rss"),
        ("`https://a.example/rss`", "https://a.example/rss"),
        ("https://a.example/?k=${ACME_KEY}", "https://a.example/?k=${ACME_KEY}"),
        ("mailto:kari@a.example", "mailto:kari@a.example"),
        ("avis", "avis"),
    ],
)
def test_urls_of_other_programs(written: str, url: str):
    """References are resolved once, or twice where `&amp;` is left; the scheme is completed for hosts only."""
    assert feeds(opml(f'<outline xmlUrl="{written}"/>')) == [url]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "iso-8859-1"])
def test_encodings(encoding: str):
    """A list in UTF-16 or Latin-1 is read, with or without a mark, and after blank lines too."""
    declared = encoding.removesuffix("-sig")
    text = f'<?xml version="1.0" encoding="{declared}"?><opml><outline text="Blåbær" xmlUrl="{URL}"/></opml>'
    assert feeds(text.encode(encoding)) == [URL]
    assert feeds(b"\n \n" + text.encode("utf-8")) == [URL]


def test_a_list_that_breaks_off():
    """Whole lines are read, half a URL is not, and the last line says what is missing."""
    whole = opml(f'\n<outline xmlUrl="{URL}"/>\n<outline xmlUrl="https://b.example/rss"/>\n')
    assert problems(whole) == []
    cut = whole[: whole.index(b"b.example") + 3]
    assert feeds(cut) == [URL]
    assert problems(cut) == [(4, "is the last: the file breaks off, and feeds may be missing")]


def test_outlines_that_name_no_feed():
    """A feed without URL and a link to another list are reported; folders and comments are not."""
    body = opml(f"""<outline type="rss" text="Å" htmlUrl="https://a.example/"/>
<outline type="include" url="https://a.example/more.opml"/><outline text="Mappe"/>
<!-- <outline xmlUrl="https://old.example/rss"/>
--><outline xmlUrl="{URL}"/>""")
    assert [(outline.url, outline.line) for outline in read_opml(body) if outline.url] == [(URL, 5)]
    assert problems(body) == [
        (2, "has no URL of a feed (`xmlUrl`)"),
        (3, "has the type “include”: the page or list that it leads to is not read"),
    ]


def test_declared_entities_are_text():
    """An entity that the file declares is not expanded, and hides no other feed."""
    declaration = b'<!DOCTYPE opml [<!ENTITY a "https://b.example/">]>'
    body = declaration + opml(f'<outline xmlUrl="&a;"/><outline xmlUrl="{URL}"/>')
    assert feeds(body) == ["&a;", URL]


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b"", "an empty file"),
        (b"<rss/>", "XML of another kind"),
        (b"<!doctype html><p>opml", "an HTML page"),
        (b'{"opml": 1}', "JSON of another kind"),
    ],
)
def test_other_files_are_refused(body: bytes, found: str):
    """The message names what the file is instead; an OPML file without feeds is none of these."""
    with pytest.raises(ParseError, match=f"^not OPML but {found}$"):
        read_opml(body)
    assert read_opml(b"<opml/>") == ()


@pytest.mark.parametrize("piece", ["<!--", '<outline a="', "<outline ", 'a="', "a='x ", "<outline a=“", "& "])
def test_long_files_are_read_in_linear_time(piece: str):
    """Half a megabyte of the same broken piece ends at once."""
    assert feeds(b"<opml><outline " + (piece * (500_000 // len(piece))).encode()) == []
