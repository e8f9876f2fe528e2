from __future__ import annotations

import json
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.sources.conftest import NOW, OWN, expected_of

from brandwatch.feeds import parse_document
from brandwatch.models import Document, Entry, RefreshDue, Response, Source
from brandwatch.sources.pagination import over_spend_cap
from brandwatch.sources.refresh import RefreshRequest, build_refresh_request, read_refresh, refresh_requests
from brandwatch.sources.registry import Registry
from brandwatch.sources.response import closed_reason, probe_request, read_answer

if TYPE_CHECKING:
    from brandwatch.config.kind import Kind

HERE = Path(__file__).parent
REGISTRY = Registry()


def document(data: Any) -> Document:
    """An answer in JSON."""
    return Document(url="https://asked.example/", status=200, body=json.dumps(data).encode())


def entries_of(kind: str) -> tuple[list[Entry], dict[str, str]]:
    """The entries of a kind's first answer, and the values of its source."""
    values = expected_of(kind).get("answer.json", {}).get("values", {})
    answer = Document(url="https://asked.example/", status=200, body=(HERE / kind / "answer.json").read_bytes())
    return list(read_answer(REGISTRY.kind(kind), answer, values, parse_document).entries), values


def requests_for(kind: Kind, entries: list[Entry], values: dict[str, str]) -> list[RefreshRequest]:
    """The refresh requests for entries of one source, with ids from 0."""
    source = Source(url="https://asked.example/", kind=kind.name, values=tuple(values.items()))
    due = [RefreshDue(id=number, source=source.url, entry=entry, found=NOW) for number, entry in enumerate(entries)]
    return refresh_requests(kind, due, {source.url: source})[0]


ADDRESSES = {
    "hackernews": "https://hn.algolia.com/api/v1/search?tags=story,(story_41000001,story_41000010)&hitsPerPage=50",
    "mastodon": "https://fjord.example/api/v1/statuses/116388148000000002",
    "bluesky": "https://api.bsky.app/xrpc/app.bsky.feed.getPosts?uris=at://did:plc:abc123/app.bsky.feed.post/3lp1"
    "&uris=at://did:plc:abc123/app.bsky.feed.post/3lp2",
    "discourse": "https://forum.example/t/51.json",
    "stackexchange": "https://api.stackexchange.com/2.3/questions/11047351;11047350?site=stackoverflow&pagesize=100",
    "github": "https://api.github.com/repos/acme/verktoy/issues/7",
    "lobsters": "https://lobste.rs/s/1xr8zc.json",
    "devto": "https://dev.to/api/articles/47540",
    "youtube-search": "https://www.googleapis.com/youtube/v3/videos?part=statistics&id=abc-DEF_123&key=k",
    "reddit": "https://oauth.reddit.com/api/info?id=t3_1abcd,t3_1abce,t1_ffff&raw_json=1",
}


@pytest.mark.parametrize("name", [name for name in REGISTRY.kinds if REGISTRY.kind(name).refresh])
def test_responses_are_requested_in_batches(name: str):
    """Each kind with a refresh identifies entries as its endpoint requires, within its batch size."""
    entries, values = entries_of(name)
    requests = requests_for(REGISTRY.kind(name), entries, values)
    url = build_refresh_request(requests[0], {"YOUTUBE_API_KEY": "k"}, NOW).url
    assert name in ADDRESSES, f"ADDRESSES has no URL of `{name}`; add this, if it is right: {url}"
    assert url == ADDRESSES[name]


def test_entries_beyond_a_batch_go_into_the_next():
    """Bluesky accepts 25 at a time."""
    entries = [Entry(guid=f"at://did:plc:a/app.bsky.feed.post/{number}") for number in range(60)]
    assert [len(request.due) for request in requests_for(REGISTRY.kind("bluesky"), entries, {})] == [25, 25, 10]
    due = [RefreshDue(id=1, source="https://asked.example/", entry=entries[0], found=NOW)]
    assert refresh_requests(REGISTRY.kind("gdelt"), due, {}) == ([], due)


def test_counts_are_assigned_to_their_entries():
    """A missing entry or count stays unknown."""
    entries, values = entries_of("youtube-search")
    kind = REGISTRY.kind("youtube-search")
    (asked,) = requests_for(kind, entries, values)
    statistics = {"viewCount": "468", "likeCount": "7"}
    answer = document({"items": [{"id": "abc-DEF_123", "statistics": statistics}, {"id": "another", "statistics": {}}]})
    assert read_refresh(asked, answer, NOW) == {0: Response(likes=7, views=468)}
    assert read_refresh(asked, document({"items": []}), NOW) == {}


def test_an_id_stays_within_its_parameter(tmp_path: Path):
    """Ids come from outside: even a whole URL as id cannot expose a secret."""
    refresh = "refresh: {url: '{site}/api', params: {id: '{ids}'}, pattern: '^(?P<site>\\S+)#(?P<id>.+)$'}\n"
    site = "parameters: {site: {about: a site, pattern: site, required: on}}\n"
    (tmp_path / "own.yaml").write_text(OWN + site + refresh, encoding="utf-8")
    kind = Registry(tmp_path).kind("own")
    entry = Entry(guid="https://f.example/${KEY}#${KEY}")
    (asked,) = requests_for(kind, [entry], {"site": "https://f.example/mappe"})
    request = build_refresh_request(asked, {"KEY": "hemmelig9"}, NOW)
    assert request.url == "https://f.example/$%7BKEY%7D/api?id=%24%7BKEY%7D"


def test_a_single_object_is_a_list_of_one():
    """Mastodon, GitHub and Lobsters answer with one object."""
    entries, values = entries_of("mastodon")
    kind = REGISTRY.kind("mastodon")
    (asked, *_) = requests_for(kind, entries, values)
    status = {"uri": entries[0].guid, "content": "<p>Å</p>", "replies_count": 9, "favourites_count": 0}
    assert read_refresh(asked, document(status), NOW) == {0: Response(replies=9, likes=0)}


def test_a_topic_is_refreshed_by_its_first_post():
    """Discourse counts replies for the topic, likes for its first post."""
    entries, values = entries_of("discourse")
    kind = REGISTRY.kind("discourse")
    (asked,) = requests_for(kind, entries, values)
    first = {"post_number": 1, "actions_summary": [{"id": 2, "count": 8}]}
    topic = {"id": 51, "reply_count": 12, "views": 300, "post_stream": {"posts": [first]}}
    assert read_refresh(asked, document(topic), NOW) == {0: Response(comments=12, likes=8, views=300)}


def test_a_post_of_another_program_is_refreshed_where_it_was_found():
    """The id in the address of a post of Pleroma is known to no other server; its thread names the local one."""
    kind, values = REGISTRY.kind("mastodon"), {"instance": "https://tut.example", "token": "${TUT_TOKEN}"}
    posts = [
        Entry(guid="https://tut.example/objects/ab-12", comment_feed="https://tut.example/api/v1/statuses/Ax9/context"),
        Entry(
            guid="https://fjord.example/users/bo/statuses/7",
            comment_feed="https://tut.example/api/v1/statuses/1/context",
        ),
        Entry(guid="https://tut.example/notes/3"),
    ]
    source = Source(url="https://tut.example/api/v1/timelines/tag/a", kind="mastodon", values=tuple(values.items()))
    due = [RefreshDue(id=number, source=source.url, entry=post, found=NOW) for number, post in enumerate(posts)]
    requests, unnamed = refresh_requests(kind, due, {source.url: source})
    built = [build_refresh_request(request, {"TUT_TOKEN": "hemmelig9"}, NOW) for request in requests]
    # The token goes to its own server only.
    assert [(request.url, request.headers) for request in built] == [
        ("https://tut.example/api/v1/statuses/Ax9", (("Authorization", "Bearer hemmelig9"),)),
        ("https://fjord.example/api/v1/statuses/7", ()),
    ]
    assert unnamed == due[2:]
    status = {"id": "Ax9", "uri": posts[0].guid, "content": "<p>Å</p>", "replies_count": 2}
    assert read_refresh(requests[0], document(status), NOW) == {0: Response(replies=2)}


@pytest.mark.parametrize(
    ("access", "words"),
    [
        ({"local": "public", "remote": "public"}, ""),
        ({"local": "disabled", "remote": "disabled"}, "this server shows no hashtags to callers without an account"),
        ({"local": "public", "remote": "disabled"}, "this server shows no hashtags to callers without an account"),
        (None, ""),
    ],
)
def test_an_empty_timeline_is_probed(access: dict[str, str] | None, words: str):
    """A closed Mastodon server can return an empty list: a probe follows empty answers only."""
    kind = REGISTRY.kind("mastodon")
    source = Source(
        url="https://t.example/x", kind="mastodon", values=(("instance", "https://t.example"), ("tag", "a"))
    )
    empty = read_answer(kind, document([]), dict(source.values), parse_document)
    asked = probe_request(kind, source, empty)
    assert asked is not None
    assert asked.url == "https://t.example/api/v2/instance"
    configuration = {"timelines_access": {"hashtag_feeds": access}} if access else {}
    assert closed_reason(kind, document({"version": "4.6.0", "configuration": configuration})) == words
    assert probe_request(REGISTRY.kind("lemmy"), source, empty) is None
    with_token = replace(source, values=(*source.values, ("token", "${TOKEN}")))
    assert probe_request(kind, with_token, empty) is None


def test_spending_ends_at_the_cap():
    """A page of X can cost half a dollar: it is not requested if it could exceed the monthly cap."""
    kind = REGISTRY.kind("x")
    source = Source(url="https://x.example/", kind="x", values=(("query", "Å"), ("spend_cap", "2")))
    assert over_spend_cap(kind, source, 300) == ""
    assert over_spend_cap(kind, source, 302) == "1.51 of 2 USD are spent this month; a page may cost 0.50"
    assert over_spend_cap(REGISTRY.kind("gdelt"), source, 10**6) == ""
    assert {field.name for field in fields(Response)} >= set(kind.knows)
