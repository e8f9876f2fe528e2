"""What is peculiar to a stream, and would be lost, doubled or mistaken by who does not know it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.sources.servers.conftest import LINES, NAME
from tests.sources.servers.framework import serve
from tests.sources.servers.routes import ROUTES
from tests.sources.servers.world import World

if TYPE_CHECKING:
    import pytest
    from tests.sources.servers.conftest import Stage


def test_a_server_that_shows_strangers_no_hashtags_is_no_silence(stage: Stage):
    """Mastodon answers with an empty list, like for a tag that nobody uses; the server is asked which it is."""
    stage.watch(LINES["mastodon"])
    stage.world.is_closed = True
    for _ in range(2):
        assert stage.poll().code == 3
        assert (stage.source()["class"], stage.source()["error"]) == (
            "blocked",
            "this server shows no hashtags to callers without an account",
        )
        assert [asked.path for asked in stage.server.log] == ["/api/v1/timelines/tag/fjordkraft", "/api/v2/instance"]
        stage.later(hours=1)
    stage.world.is_closed = False
    stage.say(1, ago=1)
    assert stage.poll().code == 0
    assert len(stage.mentions()) == 1


def test_a_server_that_closes_is_no_silence_either(stage: Stage):
    """An empty list is asked about each time, also where the one before was as empty."""
    stage.watch(LINES["mastodon"])
    for _ in range(2):
        assert stage.poll().code == 0
        stage.later(hours=1)
    stage.world.is_closed = True
    assert stage.poll().code == 3
    assert stage.source()["class"] == "blocked"


def test_a_post_that_two_servers_know_is_one_mention(stage: Stage):
    """Its `id` differs from server to server, and each goes on from its own; its `uri` does not."""
    elsewhere = World(first=5001)
    stage.say(1, ago=5)
    elsewhere.add("Noe annet", tags=("fjordkraft",), ago=6)
    elsewhere.posts.extend(stage.world.posts)
    with serve(elsewhere, ROUTES) as other:
        stage.watch(f"{{kind: mastodon, instances: [SITE, '{other.url}'], tags: [fjordkraft]}}")
        assert stage.poll().code == 0
    assert len(stage.mentions()) == 1
    assert [source["entries"] for source in stage.sources()] == [1, 2]


def test_a_closed_server_is_read_with_a_token(stage: Stage, monkeypatch: pytest.MonkeyPatch):
    """Timeline, thread and new responses are requested with the token, which is stored nowhere."""
    stage.world.key = "hemmelig-nokkel-7"
    stage.watch("{kind: mastodon, instance: SITE, tag: fjordkraft, token: '${MASTODON_TOKEN}'}")
    blocked = stage.poll()
    assert (blocked.code, "the environment variable MASTODON_TOKEN is not set" in blocked.err) == (3, True)
    monkeypatch.setenv("MASTODON_TOKEN", stage.world.key)
    post = stage.say(1, ago=0.5)
    assert stage.poll().code == 0
    stage.world.add(f"{NAME} svarer", below=post, ago=0)
    for _ in range(2):
        stage.later(hours=3)
        assert stage.poll().code == 0
    assert [one["response"]["replies"] for one in stage.mentions()] == [0, 1]
    assert {asked.path.rpartition("/")[2] for asked in stage.server.log} >= {"fjordkraft", "context"}
    assert all(asked.headers.get("authorization") for asked in stage.server.log)
    assert stage.world.key.encode() not in (stage.home / "brandwatch.db").read_bytes()


def test_a_closed_server_asks_for_a_token(stage: Stage):
    """Without a token the message says what is missing."""
    stage.world.key = "hemmelig-nokkel-7"
    stage.watch(LINES["mastodon"])
    assert stage.poll().code == 3
    error = "identity_token_required; it wants an account: give an access token as `token: ${NAME}`"
    assert (stage.source()["class"], stage.source()["error"].endswith(error)) == ("blocked", True)


def test_a_topic_of_nodebb_has_its_posts(stage: Stage):
    """The opening post has the title, a reply that names the brand is a mention of its own, in the topic's thread."""
    stage.watch("{kind: nodebb, site: SITE}")
    topic = stage.say(1, ago=5, text=f"Hva synes dere om {NAME}?", author="bo", title=f"{NAME} & co")
    stage.world.add("Enig!", below=topic, ago=4)
    stage.world.add(f"{NAME} er dyr", below=topic, ago=3, author="cy")
    for _ in range(2):
        assert stage.poll().code == 0
        told = [(one["title"], one["text"], one["author"], one["published"]) for one in stage.mentions()]
        assert told == [
            ("", f"{NAME} er dyr", "cy", "2026-05-06T09:00:00Z"),
            (f"{NAME} & co", f"Hva synes dere om {NAME}?", "bo", "2026-05-06T07:00:00Z"),
        ]
    reply, opening = stage.mentions()
    assert (reply["thread"], opening["thread"]) == (opening["url"], "")
    assert (opening["response"]["replies"], reply["response"]["likes"]) == (2, 3)


def test_a_busy_forum_of_nodebb_has_no_holes(stage: Stage):
    """Posts of several pages are read once each."""
    stage.watch("{kind: nodebb, site: SITE}")
    for number in range(70):
        stage.say(number, ago=70 - number)
    assert stage.poll().code == 0
    assert len(stage.mentions()) == 70
    stage.later(hours=3)
    for number in range(70, 95):
        stage.say(number, ago=1)
    assert stage.poll().code == 0
    assert (len(stage.mentions()), stage.source()["gaps"]) == (95, 0)


def test_a_forum_that_shows_nothing_to_guests_is_blocked(stage: Stage):
    """Its answer is an empty list with status 200; a forum without a new post is empty."""
    stage.watch("{kind: nodebb, site: SITE}")
    assert stage.poll().code == 0
    assert stage.source()["class"] == "empty"
    stage.world.is_closed = True
    assert stage.poll().code == 3
    assert (stage.source()["class"], stage.source()["error"]) == ("blocked", "this forum shows nothing to guests")


def test_a_domain_that_nobody_linked_to_is_not_broken(stage: Stage):
    """Lobsters has no page for it, and one as soon as somebody does; that it loses the page again is a failure."""
    stage.watch(LINES["lobsters"])
    for _ in range(2):
        assert stage.poll().code == 0
        assert (stage.source()["class"], stage.source()["error"]) == ("empty", "")
        stage.later(hours=3)
    stage.say(1, ago=1)
    assert stage.poll().code == 0
    assert len(stage.mentions()) == 1
    stage.world.posts.clear()
    assert stage.poll().code == 3
    assert stage.source()["class"] == "http-4xx"


def test_a_page_that_nobody_wrote_is_no_edit(stage: Stage):
    """MediaWiki has a feed for it, with an entry that says so."""
    stage.watch(LINES["mediawiki-page"])
    assert stage.poll().code == 3
    assert (stage.source()["class"], stage.mentions()) == ("not-a-feed", [])


def test_an_edit_of_the_page_of_the_brand_is_of_the_brand(stage: Stage):
    """Whatever was changed in it, and by whom."""
    stage.watch(LINES["mediawiki-page"])
    stage.say(1, ago=1, title="retter år", text="grunnlagt 1998")
    assert stage.poll().code == 0
    assert [one["title"] for one in stage.mentions()] == [f"{NAME}: asta: retter år"]


def test_an_alert_of_google_leads_to_the_page_itself(stage: Stage):
    """The way by Google and the bold type of the words are undone."""
    stage.watch(LINES["googlealerts"])
    stage.say(1, ago=1)
    stage.poll()
    (mention,) = stage.mentions()
    assert (mention["url"], mention["title"], mention["publisher"]) == (
        "https://avis.example/1001",
        f"{NAME} i sak 1",
        "avis.example",
    )


def test_press_releases_of_one_publisher(stage: Stage):
    """Those of others are not asked for."""
    stage.watch("{kind: ntb, publishers: [4711, 4712]}")
    stage.say(1, ago=1)
    stage.say(2, ago=1, tags=("9",))
    stage.poll()
    assert sorted(asked.params["publisherId"] for asked in stage.asked()) == ["4711", "4712"]
    assert len(stage.mentions()) == 1


def test_one_review_is_no_list_and_none_may_be_a_mistake(stage: Stage):
    """The App Store gives a single review as it is; an answer without any says nothing, and that is told."""
    stage.watch(LINES["appstore"])
    assert stage.poll().code == 3
    assert stage.source()["class"] == "partial"
    stage.say(1, ago=1)
    assert stage.poll().code == 0
    assert len(stage.mentions()) == 1
