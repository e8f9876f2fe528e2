from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from brandwatch.errors import ParseError
from brandwatch.feeds import parse_document
from brandwatch.models import Document

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Answer, Site

    Cli = Callable[..., Answer]
    Write = Callable[..., Path]

ADDRESS = "https://bro.example/?action=display&bridge=FilterBridge&filter=Blåbær+Gården&format=Atom"
BRIDGE = """<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"><title>Filter</title><author><name>RSS-Bridge</name></author>
<entry><title type="html">{title}</title><id>urn:sha1:{id}</id><updated>2026-11-30T16:15:11Z</updated>
<link rel="alternate" href="{link}"/>
<content type="html">&lt;h2&gt;404 Page Not Found&lt;/h2&gt; Query: action=display&amp;filter=Blåbær Gården</content>
</entry>{more}</feed>"""
RSS = "<rss version='2.0'><channel><title>Fjordavisa</title><link>https://avis.example/</link>{}</channel></rss>"


def atom(title: str, link: str = ADDRESS, number: int = 1, more: str = "") -> str:
    """A feed of RSS-Bridge with one entry."""
    return BRIDGE.format(title=title, id=number, link=link.replace("&", "&amp;"), more=more)


def item(title: str, link: str = "") -> str:
    """A feed with one entry, without a link by default."""
    return RSS.format(f"<item><title>{title}</title>{f'<link>{link}</link>' if link else ''}</item>")


def parse(body: str, url: str = ADDRESS) -> list[str]:
    """The titles of a feed."""
    return [entry.title for entry in parse_document(Document(url=url, status=200, body=body.encode())).entries]


@pytest.mark.parametrize(
    "title",
    [
        "Bridge returned error 404! (20787)",
        "Bridge returned error 0! (18700)",
        "Bridge returned error 503!",
        "FilterBridge: Bridge returned error 500! (20788)",
        "Bridge error: 403",
        "RSS reader not yet whitelisted!",
    ],
)
@pytest.mark.parametrize("link", [ADDRESS, "https://rss.example/help", ""])
def test_the_errors_of_known_programs_are_failures(title: str, link: str):
    """Such a title is written by one program only, whatever its link is; JSON Feed has it too."""
    data = {"version": "https://jsonfeed.org/version/1.1", "title": "x", "items": [{"id": "1", "title": title}]}
    for body in (atom(title, link), item(title, link.replace("&", "&amp;")), json.dumps(data)):
        with pytest.raises(ParseError) as caught:
            parse(body)
        assert caught.value.fetch_class == "http-5xx"
        assert f"“{title}”" in caught.value.message


@pytest.mark.parametrize(
    "title",
    [
        "Error", "Error 404", "Error: cannot load the page", "Feed error", "RSS Error!", "Syndication Problem",
        "404 Not Found", "500 Internal Server Error", "Error 503 Service Unavailable", "Service unavailable",
        "Access denied", "Feil: ingen tilgang", "The feed could not be generated", "This RSS feed does not exist",
        "Too Many Requests", "Rate limit exceeded", "This feed has expired", "This feed is disabled. Upgrade your plan",
        "Permission denied", "You are not authorized to view this feed", "Ingen tilgang.", "Siden finnes ikke",
        "Trial expired. Please upgrade your plan.", "Feed not found", "Unable to retrieve full-text content",
    ],
)  # fmt: skip
@pytest.mark.parametrize("link", ["", "https://avis.example/", "https://bro.example/?action=display&amp;bridge=x"])
def test_a_common_error_without_a_page_is_a_failure(title: str, link: str):
    """The only entry leads nowhere, to the site, or to the feed itself."""
    with pytest.raises(ParseError) as caught:
        parse(item(title, link))
    assert caught.value.fetch_class == "http-5xx"


@pytest.mark.parametrize(
    ("title", "link"),
    [
        ("Error 500: betalinger feiler", "https://status.example/hendelser/12"),
        ("Access denied", "https://avis.example/kultur/access-denied"),
        ("Feil på strømnettet i Åsgård", ""),
        ("Feilen er rettet", ""),
        ("Forbidden fruit", ""),
        ("Problemer i Blåbær Gården", ""),
        ("Bridge returned error 404! (20787): hva gjør jeg?", ""),
        ("The bridge is closed", ""),
        ("Ingen tilgang til fjorden", ""),
        ("Upgrade your planet", ""),
        ("404 new jobs", ""),
        ("Feed your brand", ""),
        ("Feed found in the forest", ""),
        ("Error rates elevated", ""),
    ],
)
def test_news_about_errors_is_news(title: str, link: str):
    """An entry with a page of its own, or with more to say, is an entry."""
    assert parse(item(title, link)) == [title]


def test_an_entry_without_a_title_may_be_an_error():
    """Its text is what it says."""
    body = RSS.format("<item><description>Error 503: try again later</description></item>")
    with pytest.raises(ParseError):
        parse(body)
    assert parse(RSS.format("<item><description>Strømmen er tilbake i Åsgård</description></item>")) == [""]


def test_an_error_among_other_entries_is_an_entry():
    """Only a feed that is nothing else is an error."""
    more = "<entry><title>Blåbær Gården vokser</title><id>2</id><link href='https://avis.example/2'/></entry>"
    assert len(parse(atom("Bridge returned error 404! (20787)", more=more))) == 2


def test_a_failing_bridge_is_never_a_mention(cli: Cli, site: Site, query: Write):
    """Each day has a new entry that repeats the names of the query; the poll fails, and nothing is stored."""
    query(site.put("/rss", ""))
    for number in range(3):
        title = f"Bridge returned error 404! ({20787 + number})"
        site.put("/rss", atom(title, number=number).replace("Blåbær Gården", "Fjordkraft Åsgård"))
        polled = cli("-v", "poll", "--force")
        assert (polled.code, polled.messages[0].split()[0]) == (3, "http-5xx")
    assert json.loads(cli("report", "--format", "json").out)["mentions"] == []
    site.put("/rss", atom("Fjordkraft Åsgård vokser", "https://avis.example/1"))
    assert cli("poll", "--force").code == 0
    assert len(json.loads(cli("report", "--format", "json").out)["mentions"]) == 1
