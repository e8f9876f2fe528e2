"""“Broke” differs from “nothing new” for every endpoint: its class, its words, exit 3, and nothing lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.sources.servers.coding import THROTTLED
from tests.sources.servers.conftest import LINES
from tests.sources.servers.framework import Reply, as_json, as_page, as_text
from tests.sources.servers.news import HURRIED
from tests.sources.servers.sites import LAGGED

if TYPE_CHECKING:
    from tests.sources.servers.conftest import Stage

RATE = {"X_RateLimit_Limit": "10", "X_RateLimit_Remaining": "0", "X_RateLimit_Reset": "1778072400"}
TOO_MANY = as_page("429 Too Many Requests", 429, Retry_After="1800")
FAILURES = {
    "appstore, no list at all": ("appstore", as_json({"feed": {}}), "partial", "the answer has no “feed.entry”"),
    "bluesky, a page for strangers": ("bluesky", as_page("403 Forbidden", 403), "blocked", "403 Forbidden"),
    "bluesky, the page under 200": ("bluesky", as_page("Forbidden"), "blocked", "without an account"),
    "cision, down": ("cision", as_page("503 Service Unavailable", 503), "http-5xx", "503 Service Unavailable"),
    "devto, too many": ("devto", TOO_MANY, "throttled", "asks to wait until 2026-05-06 18:30 UTC"),
    "discourse, closed": (
        "discourse",
        as_json({"errors": ["You need to be logged in to do that."], "error_type": "not_logged_in"}, 403),
        "blocked",
        "403 Forbidden",
    ),
    "discourse, the search itself": (
        "discourse",
        as_json({"posts": [], "topics": [], "grouped_search_result": {"error": "Search is busy", "post_ids": []}}),
        "partial",
        "the search of the forum failed: Search is busy",
    ),
    "gdelt, too soon": ("gdelt", HURRIED, "throttled", "Please limit requests to one every 5 seconds"),
    "gdelt, too soon, said properly": ("gdelt", Reply(HURRIED.body, 429), "throttled", "429 Too Many Requests"),
    "gdelt, a mistake under 200": (
        "gdelt",
        as_text("The specified phrase is too short.", content_type="text/html"),
        "blocked",
        "GDELT refused the request: The specified phrase is too short.",
    ),
    "gdelt, the same as text": ("gdelt", as_text("Your search contained an invalid word."), "blocked", "invalid word"),
    "gdelt, broken off": ("gdelt", Reply(b'{"articles": [{"url": "https://a'), "not-a-feed", "not JSON"),
    "github, spent": ("github", as_json({"message": "API rate limit exceeded"}, 403, **RATE), "throttled", "403"),
    "github, not everything": (
        "github",
        as_json({"total_count": 9, "incomplete_results": True, "items": []}),
        "partial",
        "GitHub gave up before it had searched everything",
    ),
    "googlealerts, a page": ("googlealerts", as_page("Sign in"), "not-a-feed", ""),
    "hackernews, refused": (
        "hackernews",
        as_json({"message": "invalid numericFilters", "status": 400}, 400),
        "http-4xx",
        "400 Bad Request",
    ),
    "lemmy, too many": ("lemmy", as_json({"error": "rate_limit_error"}, 429), "throttled", "429 Too Many Requests"),
    "lemmy, a private server": ("lemmy", as_json({"error": "instance_is_private"}), "blocked", "instance_is_private"),
    "lobsters, too many": ("lobsters", TOO_MANY, "throttled", "asks to wait until"),
    "mastodon, closed of old": (
        "mastodon",
        as_json({"error": "This method requires an authenticated user"}, 422),
        "http-4xx",
        "422",
    ),
    "mediawiki, behind": ("mediawiki", LAGGED, "throttled", "the wiki wants fewer requests: Waiting for"),
    "mediawiki-changes, closed": (
        "mediawiki-changes",
        as_json({"error": {"code": "readapidenied", "info": "You need read permission to use this module."}}),
        "blocked",
        "You need read permission",
    ),
    "mynewsdesk, gone": ("mynewsdesk", as_page("410 Gone", 410), "gone", "410 Gone"),
    "nodebb, feeds turned off": ("nodebb", as_page("404 Not Found", 404), "http-4xx", "404 Not Found"),
    "searxng, no data given": ("searxng", as_page("403 Forbidden", 403), "blocked", "403 Forbidden"),
    "searxng, all engines dead": (
        "searxng",
        as_json({"results": [], "unresponsive_engines": [["google news", "Suspended: CAPTCHA"]]}),
        "blocked",
        "none of its engines answered: google news: Suspended: CAPTCHA",
    ),
    "stackexchange, throttled": ("stackexchange", THROTTLED, "http-4xx", "400 Bad Request"),
    "wordpress, a page": ("wordpress", as_page("Vedlikehold"), "not-a-feed", ""),
    "youtube, down": ("youtube", as_page("500 Internal Server Error", 500), "http-5xx", "500"),
}


@pytest.mark.parametrize(("kind", "reply", "expected", "words"), FAILURES.values(), ids=FAILURES)
def test_what_broke_is_told_and_made_up_for(stage: Stage, kind: str, reply: Reply, expected: str, words: str):
    """A failure has its class and words and ends with 3; the next poll asks from where the last good one had come."""
    stage.watch(LINES[kind])
    stage.say(1, ago=5)
    assert stage.poll().code == 0
    stage.later(hours=6)
    stage.server.instead = reply
    stage.say(2, ago=1)
    polled, source = stage.cli("poll", "--force"), stage.source()
    assert (polled.code, source["class"]) == (3, expected)
    assert words in source["error"]
    assert polled.err.splitlines()[-1].startswith(expected)
    assert len(stage.mentions()) == 1
    stage.server.instead = None
    stage.later(days=1)
    polled = stage.cli("poll", "--force")
    assert (polled.code, polled.err) == (0, "")
    assert len(stage.mentions()) == 2
