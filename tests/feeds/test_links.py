from __future__ import annotations

import pytest

from brandwatch.errors import ParseError
from brandwatch.feeds import feed_links
from brandwatch.feeds.opml import read_opml


def test_a_page_announces_its_feeds():
    """Feeds of every type are found in order, each once, absolute, minding `<base>`; style sheets are not."""
    page = """<html><head><base href="/blogg/">
<link rel="stylesheet" href="x.css"><link rel="alternate" type="application/rss+xml" href="feed/">
<LINK REL='feed alternate' TYPE='application/atom+xml; charset=utf-8' HREF='https://annen.example/å'>
<link rel="alternate" type="application/rss+xml" href="feed/"><link rel="alternate" hreflang="sv" href="/sv">
<link rel="alternate" type="application/feed+json" href="javascript:x"></head>"""
    assert feed_links(page.encode(), "https://avis.example/x") == (
        "https://avis.example/blogg/feed/",
        "https://annen.example/%C3%A5",
    )


def test_outlines_in_folders():
    """Every feed of an OPML file is found, in folders or not, with its line."""
    body = """<?xml version="1.0"?>
<opml version="2.0"><body><outline text="Aviser">
<outline type="rss" text="Blåbæravisa" xmlUrl="https://a.example/rss"/>
</outline><outline xmlUrl=" https://b.example/rss "/><outline text="tom"/></body></opml>"""
    assert [tuple(outline) for outline in read_opml(body.encode())] == [
        ("https://a.example/rss", 3),
        ("https://b.example/rss", 4),
    ]


@pytest.mark.parametrize(
    "body", [b"", b"<rss/>", b"<opml><outline", b'<!DOCTYPE o [<!ENTITY a "b">]><opml><outline xmlUrl="&a;"/></opml>']
)
def test_what_is_not_opml_is_refused(body: bytes):
    """Broken files, other files and entities are errors with words."""
    with pytest.raises(ParseError):
        read_opml(body)
