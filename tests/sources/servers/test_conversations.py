"""What is said below a mention is found where its endpoint shows it, and counted again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.sources.servers.conftest import LINES, NAME

if TYPE_CHECKING:
    from tests.sources.servers.conftest import Stage

PLACES = {
    "bluesky": "/xrpc/app.bsky.feed.getPostThread",
    "devto": "/api/comments",
    "discourse": "/t/1001/99999999.json",
    "github": "/repos/fjord/verktoy/issues/1001/comments",
    "hackernews": "/api/v1/search_by_date",
    "lemmy": "/api/v3/comment/list",
    "lobsters": "/s/3e9.json",
    "mastodon": "/api/v1/statuses/{id}/context",
    "wordpress": "/1001/feed/",
}
"""Where each shows what is said below its first post."""


@pytest.mark.parametrize("kind", PLACES)
def test_a_comment_that_names_the_brand_is_a_mention(stage: Stage, kind: str):
    """One that does not is none, and nothing about a post without comments is wrong."""
    stage.watch(LINES[kind])
    post = stage.say(1, ago=2)
    assert stage.poll().code == 0
    stage.later(hours=1)
    polled = stage.cli("poll")
    assert (polled.code, polled.err) == (0, "")
    stage.later(hours=1)
    asked_before = len(stage.mentions("--remote")) + len(stage.mentions())
    stage.world.add("Enig!", below=post, ago=0.9)
    stage.world.add(f"{NAME} svarte meg aldri", below=post, ago=0.5, author="bo")
    polled = stage.cli("poll", "--force")
    assert (polled.code, polled.err) == (0, "")
    assert any(asked.path.startswith(PLACES[kind].partition("{")[0]) for asked in stage.server.log)
    assert len(stage.mentions("--remote")) + len(stage.mentions()) == asked_before + 1
    assert stage.mentions()[0]["text"].rstrip(".") == f"{NAME} svarte meg aldri"
    assert stage.mentions()[0]["author"] in {"bo", "asta.fjord.example"}


@pytest.mark.parametrize(("kind", "most"), [("discourse", 45), ("github", 95), ("hackernews", 95), ("lemmy", 45)])
def test_the_newest_of_many_comments_is_seen(stage: Stage, kind: str, most: int):
    """Who shows comments in parts is asked for the part with the last."""
    stage.watch(LINES[kind])
    post = stage.say(1, ago=2)
    stage.poll()
    stage.later(hours=1)
    for number in range(most):
        stage.world.add(f"Svar {number}", below=post, ago=0.9 - number / 1000)
    stage.world.add(f"{NAME} svarte meg aldri", below=post, ago=0.5)
    stage.poll()
    assert len(stage.mentions()) == 2


def test_the_newest_of_very_many_comments_is_seen(stage: Stage):
    """GitHub gives the oldest first: each poll goes on where the last one ended, and nothing is taken for missed."""
    stage.watch(LINES["github"])
    post = stage.say(1, ago=30)
    for number in range(350):
        stage.world.add(f"Svar {number}", below=post, ago=20 - number / 100)
    stage.world.add(f"{NAME} svarte meg aldri", below=post, ago=1)
    for mentions in (1, 1, 2, 2):
        assert stage.poll().code == 0
        assert len(stage.mentions()) == mentions
        stage.later(hours=1)
    for number in range(150):
        stage.world.add(f"Mer {number}", below=post, ago=0.9 - number / 1000)
    stage.world.add(f"{NAME} svarte meg endelig", below=post, ago=0.1)
    stage.poll()
    assert len(stage.mentions()) == 3
    assert stage.report()["coverage"]["gaps"] == []


def test_what_was_seen_only_below_a_mention_is_counted_again(stage: Stage):
    """A comment that no search shows, and that somebody answers, is read an hour later like a mention of its own."""
    stage.watch(LINES["mastodon"])
    post = stage.say(1, ago=2)
    stage.poll()
    stage.later(hours=1)
    comment = stage.world.add(f"{NAME} svarte meg aldri", below=post, ago=0.1)
    stage.poll()
    stage.world.add("Enig!", below=comment)
    stage.later(hours=1)
    stage.cli("poll")
    found = {mention["text"]: mention["response"]["replies"] for mention in stage.mentions()}
    assert found[f"{NAME} svarte meg aldri"] == 1
    assert any(asked.path == f"/api/v1/statuses/{comment.number}" for asked in stage.server.log)


def test_a_post_that_is_taken_away_is_followed_no_longer(stage: Stage):
    """Bluesky says so under 400: its answers are asked for once more, and then never again."""
    stage.watch(LINES["bluesky"])
    stage.say(1, ago=2)
    stage.poll()
    stage.later(hours=1)
    stage.world.posts.clear()
    for requests in (1, 0):
        assert stage.poll().code == 0
        assert sum(asked.path == PLACES["bluesky"] for asked in stage.server.log) == requests
        stage.later(days=1)


REREAD = {
    "bluesky": "replies",
    "devto": "comments",
    "discourse": "comments",
    "github": "comments",
    "hackernews": "comments",
    "lobsters": "comments",
    "mastodon": "replies",
    "stackexchange": "comments",
}
"""What grows with an answer, by kind."""


@pytest.mark.parametrize("kind", REREAD)
def test_responses_are_counted_again(stage: Stage, kind: str):
    """The reading of an hour later, by the endpoint's own way to count: two were none before."""
    stage.watch(LINES[kind])
    post = stage.say(1, ago=0.1)
    stage.cli("poll")
    for _ in range(2):
        stage.world.add("Enig!", below=post)
    stage.later(hours=1)
    assert "1 responses updated" in stage.cli("-v", "poll").err
    mention = next(one for one in stage.mentions() if one["title"] or NAME in one["text"])
    assert mention["response"][REREAD[kind]] == 2
