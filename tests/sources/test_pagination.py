from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.sources.conftest import NOW

from brandwatch.feeds import parse_document
from brandwatch.models import Document, Feed, Request
from brandwatch.sources.pagination import AnswerPage, left_behind, next_page
from brandwatch.sources.registry import Registry
from brandwatch.sources.response import read_answer

if TYPE_CHECKING:
    from brandwatch.config.kind import Kind

REGISTRY = Registry()
BEFORE = (NOW - timedelta(hours=3)).isoformat()


def page(
    name: str, data: Any, url: str, *, cursor: str = BEFORE, number: int = 1, values: dict[str, str] | None = None
) -> AnswerPage:
    """A parsed page of a kind."""
    kind: Kind = REGISTRY.kind(name)
    body = data if isinstance(data, bytes) else json.dumps(data).encode()
    document = Document(url="https://asked.example/", status=200, body=body, content_type="application/json")
    feed = read_answer(kind, document, values or {}, parse_document)
    return AnswerPage(
        kind=kind,
        request=Request(url=url, headers=(("X-Key", "k"),)),
        document=document,
        feed=feed,
        now=NOW,
        cursor=cursor,
        number=number,
        listed=len(feed.entries),
    )


def hits(count: int, pages: int, minutes: int = 1) -> dict[str, Any]:
    """An answer of Hacker News, whose hits are minutes apart, newest first."""
    start = int(NOW.timestamp())
    listed = [
        {"objectID": str(10**7 + n), "title": "Åsgård", "created_at_i": start - 60 * minutes * n} for n in range(count)
    ]
    return {"hits": listed, "nbHits": 1000, "nbPages": pages}


def articles(count: int, seconds: int) -> dict[str, Any]:
    """An answer of GDELT, whose articles are seconds apart, newest first."""
    times = [NOW - timedelta(seconds=seconds * n) for n in range(count)]
    listed = [
        {"url": f"https://a.example/{n}", "title": "Å", "seendate": f"{when:%Y%m%dT%H%M%SZ}"}
        for n, when in enumerate(times)
    ]
    return {"articles": listed}


def test_a_numbered_page_follows_while_there_are_pages():
    """The URL has the page number; the headers are unchanged."""
    read_page = page("hackernews", hits(100, 3), "https://hn.example/?query=x&page=0")
    assert next_page(read_page) == Request(url="https://hn.example/?query=x&page=1", headers=(("X-Key", "k"),))
    assert next_page(page("hackernews", hits(100, 1), "https://hn.example/?query=x")) is None
    assert next_page(page("hackernews", hits(0, 3), "https://hn.example/?query=x")) is None


def test_pages_end_at_the_cursor():
    """A page that reaches the last poll's cursor, with its overlap, is the last."""
    old = page("hackernews", hits(100, 3, minutes=10), "https://hn.example/?query=x")
    assert next_page(old) is None
    assert left_behind(old) == ""


def test_pages_end_at_the_limit_of_the_kind_and_the_rest_is_reported():
    """Entries after the last page are reported, except in a first poll."""
    last = page("hackernews", hits(100, 9), "https://hn.example/?query=x&page=4", number=5)
    assert next_page(last) is None
    assert left_behind(last) == "100 of 1000: the others were not read"
    first = page("hackernews", hits(100, 9), "https://hn.example/?query=x&page=4", number=5, cursor="")
    assert left_behind(first) == ""


def test_a_full_answer_without_pages_is_split_by_time():
    """GDELT drops the oldest entries of a full answer: the next request ends at the last one's second."""
    url = "https://g.example/?query=x&startdatetime=20260506070000&enddatetime=20260506120000"
    full = page("gdelt", articles(250, 20), url)
    asked = next_page(full)
    assert asked is not None
    assert asked.url.endswith("&startdatetime=20260506070000&enddatetime=20260506103701")
    assert next_page(page("gdelt", articles(249, 20), url)) is None
    assert left_behind(page("gdelt", articles(250, 20), url, number=4)) == "250 of more: the others were not read"


def test_a_moment_is_not_split_further():
    """A full answer with a single time is not requested again."""
    url = f"https://g.example/?query=x&enddatetime={NOW + timedelta(seconds=1):%Y%m%d%H%M%S}"
    assert next_page(page("gdelt", articles(250, 0), url)) is None


def posts(count: int, **more: str) -> dict[str, Any]:
    """An answer of Bluesky."""
    listed = [
        {"uri": f"at://did:plc:a/app.bsky.feed.post/{n}", "author": {"handle": "a.example"}, "record": {"text": "Å"},
         "indexedAt": (NOW - timedelta(seconds=n)).isoformat()}
        for n in range(count)
    ]  # fmt: skip
    return {"posts": listed, **more}


def test_bluesky_pages_by_cursor_or_time():
    """With an account the answer has a cursor; without, the next request ends at the oldest entry."""
    url = "https://api.bsky.app/x?q=x&limit=100"
    known, unknown = page("bluesky", posts(100, cursor="100"), url), page("bluesky", posts(100), url)
    assert next_page(known) == Request(url=f"{url}&cursor=100", headers=(("X-Key", "k"),))
    assert next_page(unknown) == Request(url=f"{url}&until=2026-05-06T11:58:22Z", headers=(("X-Key", "k"),))
    assert next_page(page("bluesky", posts(99, cursor="100"), url)) is None


def toots(count: int) -> list[dict[str, Any]]:
    """An answer of Mastodon."""
    return [
        {"id": str(10**17 + n), "uri": f"https://t.example/{n}", "content": "<p>Å</p>", "account": {"acct": "a"}}
        for n in range(count)
    ]


def test_mastodon_pages_forward_from_the_last_id():
    """After a full page the next request starts at its newest id; a first poll, without an id, is one page."""
    url, values = "https://t.example/api/v1/timelines/tag/a?limit=40&min_id=5", {"instance": "https://t.example"}
    full = page("mastodon", toots(40), url, cursor="5", values=values)
    asked = next_page(full)
    assert asked is not None
    assert asked.url == "https://t.example/api/v1/timelines/tag/a?limit=40&min_id=100000000000000039"
    assert next_page(page("mastodon", toots(40), url, cursor="", values=values)) is None
    assert next_page(page("mastodon", toots(39), url, cursor="5", values=values)) is None


def test_backoff_ends_the_pages():
    """Stack Exchange's `backoff` ends the pages and is the minimum interval; the rest is reported."""
    data = {"items": [{"question_id": 1, "link": "https://s.example/1", "title": "Å"}], "has_more": True, "backoff": 20}
    asked = page("stackexchange", data, "https://api.example/?page=1", values={"site": "s"})
    assert asked.feed.backoff == timedelta(seconds=20)
    assert next_page(asked) is None
    assert left_behind(asked) == "1 of more: the others were not read"


def test_a_page_in_the_path_is_set_there():
    """The App Store has page numbers in the path."""
    entry = {"im:rating": {"label": "5"}, "id": {"label": "1"}, "title": {"label": "Å"}}
    review = page("appstore", {"feed": {"entry": [entry] * 50}}, "https://i.example/rss/page=1/id=7/json")
    asked = next_page(review)
    assert asked is not None
    assert asked.url == "https://i.example/rss/page=2/id=7/json"


ITEM = (
    "<item><title>Å</title><link>https://c.example/{}</link><pubDate>Wed, 06 May 2026 {:02}:00:00 GMT</pubDate></item>"
)


@pytest.mark.parametrize(("hour", "is_last"), [(11, False), (6, True)])
def test_a_feed_has_pages_too(hour: int, is_last: bool):
    """Cision's press releases come in pages of a hundred, and end at the last poll's cursor."""
    items = "".join(ITEM.format(number, hour) for number in range(100))
    body = f'<?xml version="1.0"?><rss version="2.0"><channel><title>C</title>{items}</channel></rss>'.encode()
    asked = next_page(page("cision", body, "https://c.example/?format=rss&pageIx=1"))
    assert (asked.url if asked else "") == ("" if is_last else "https://c.example/?format=rss&pageIx=2")


@pytest.mark.parametrize("link", ["https://evil.example/next", "javascript:alert(1)", "http://f.example:81/"])
def test_a_link_to_the_next_page_stays_on_its_host(link: str, own_kind: Kind):
    """A next-page link cannot send the request, and its key, to another host."""
    body = json.dumps({"items": [{"url": "https://f.example/1", "title": "Å"}], "next": link}).encode()
    document = Document(url="https://f.example/", status=200, body=body, content_type="application/json")
    feed = read_answer(own_kind, document, {}, parse_document)
    asked = AnswerPage(
        kind=own_kind, request=Request(url="https://f.example/api"), document=document, feed=feed, now=NOW
    )
    assert next_page(asked) is None


def test_a_link_to_the_next_page_may_be_a_path(own_kind: Kind):
    """A path is relative to the URL of the page."""
    body = json.dumps({"items": [{"url": "https://f.example/1", "title": "Å"}], "next": "/api?page=2"}).encode()
    document = Document(url="https://f.example/", status=200, body=body, content_type="application/json")
    feed: Feed = read_answer(own_kind, document, {}, parse_document)
    asked = AnswerPage(
        kind=own_kind, request=Request(url="https://f.example/api"), document=document, feed=feed, now=NOW
    )
    assert next_page(asked) == Request(url="https://f.example/api?page=2")
    assert feed.cursor == ""
