"""“Broke” differs from “nothing new” for every endpoint: its class, its words, exit 3, and nothing lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.sources.servers.coding import THROTTLED
from tests.sources.servers.conftest import LINES
from tests.sources.servers.framework import Reply, as_json, as_page, as_text, squeezed
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
        "403 Forbidden; the forum refused the request: You need to be logged in to do that.",
    ),
    "discourse, too many": (
        "discourse",
        as_json({"errors": ["Vent litt."], "error_type": "rate_limit", "extras": {"wait_seconds": 5400}}, 429),
        "throttled",
        "429 Too Many Requests; the forum wants fewer requests: Vent litt.",
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
    "gdelt, broken off": ("gdelt", Reply(b'{"articles": [{"url": "https://a'), "truncated", "breaks off in the middle"),
    "github, spent": ("github", as_json({"message": "API rate limit exceeded"}, 403, **RATE), "throttled", "403"),
    "github, spent in other words": (
        "github",
        as_json({"message": "You have exceeded a secondary rate limit. Vennligst vent."}, 403),
        "throttled",
        "403 Forbidden; GitHub wants fewer requests: You have exceeded a secondary rate limit.",
    ),
    "github, a bad token": (
        "github",
        as_json({"message": "Bad credentials"}, 401),
        "blocked",
        "401 Unauthorized; GitHub refused the request: Bad credentials",
    ),
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
    "lemmy, too many": (
        "lemmy",
        as_json({"error": "rate_limit_error"}, 400),
        "throttled",
        "400 Bad Request; the server wants fewer requests: rate_limit_error",
    ),
    "lemmy, a private server": (
        "lemmy",
        as_json({"error": "instance_is_private"}, 400),
        "blocked",
        "instance_is_private",
    ),
    "lobsters, too many": ("lobsters", TOO_MANY, "throttled", "asks to wait until"),
    "mastodon, closed of old": (
        "mastodon",
        as_json({"error": "This method requires an authenticated user"}, 422),
        "blocked",
        "422 Unprocessable Entity; the server answers: This method requires an authenticated user",
    ),
    "mastodon, closed": (
        "mastodon",
        squeezed(as_json({"error": "Denne tjenesten krever innlogging 🇳🇴"}, 401)),
        "blocked",
        "401 Unauthorized; the server answers: Denne tjenesten krever innlogging",
    ),
    "mediawiki, behind": ("mediawiki", LAGGED, "throttled", "the wiki wants fewer requests: Waiting for"),
    "mediawiki-changes, closed": (
        "mediawiki-changes",
        as_json({"error": {"code": "readapidenied", "info": "You need read permission to use this module."}}),
        "blocked",
        "You need read permission",
    ),
    "mynewsdesk, gone": ("mynewsdesk", as_page("410 Gone", 410), "gone", "410 Gone"),
    "nodebb, turned off": ("nodebb", as_page("404 Not Found", 404), "http-4xx", "404 Not Found"),
    "nodebb, private": (
        "nodebb",
        as_json({"status": {"code": "not-authorised", "message": "You are not authorised to make this call"}}, 401),
        "blocked",
        "the forum refused the request: You are not authorised to make this call",
    ),
    "searxng, no data given": (
        "searxng",
        as_page("403 Forbidden", 403),
        "blocked",
        "403 Forbidden; is `json` among the `formats` of its settings?",
    ),
    "searxng, all engines dead": (
        "searxng",
        as_json({"results": [], "unresponsive_engines": [["google news", "Suspended: CAPTCHA"]]}),
        "blocked",
        "nothing was found, and engines did not answer: google news: Suspended: CAPTCHA",
    ),
    "stackexchange, throttled": (
        "stackexchange",
        THROTTLED,
        "throttled",
        "Stack Exchange wants fewer requests: too many",
    ),
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
    polled, source = stage.cli("-v", "poll", "--force"), stage.source()
    assert (polled.code, source["class"]) == (3, expected)
    assert words in source["error"]
    assert any(line.startswith(expected) for line in polled.err.splitlines())
    assert len(stage.mentions()) == 1
    stage.server.instead = None
    stage.later(days=1)
    polled = stage.cli("poll", "--force")
    assert (polled.code, polled.err) == (0, "")
    assert len(stage.mentions()) == 2


def test_a_throttle_that_only_the_body_tells_is_waited_for(stage: Stage):
    """Under 400, in whichever field or words the endpoint says how long: nobody asks before, unless told to."""
    stage.watch(LINES["stackexchange"])
    stage.server.instead = as_json(
        {"error_name": "throttle_violation", "error_message": "mer om 36000 s", "backoff": 7200}, 400
    )
    assert stage.cli("poll").code == 3
    stage.server.instead = None
    for hours, requests in ((1.9, 0), (0.2, 1)):
        stage.later(hours=hours)
        stage.cli("poll")
        assert len(stage.server.log) == requests


def test_the_words_of_a_throttle_say_how_long(stage: Stage):
    """Stack Exchange writes the seconds into its sentence; they are kept to."""
    stage.watch(LINES["stackexchange"])
    stage.server.instead = THROTTLED
    stage.cli("poll")
    stage.server.instead = None
    for hours, requests in ((23, 0), (1, 1)):
        stage.later(hours=hours)
        stage.cli("poll")
        assert len(stage.server.log) == requests


def test_a_host_that_is_spent_is_asked_for_nothing_more(stage: Stage):
    """Where the body of one refusal names a wait, the other searches of the same host are not tried."""
    stage.watch(LINES["stackexchange"], more=f"products: [{', '.join(f'Åsgårdstrøm {n}' for n in range(11))}]")
    stage.server.instead = THROTTLED
    assert stage.cli("poll").code == 3
    assert len(stage.server.log) < 6  # some are on their way by then
    assert {source["class"] for source in stage.sources()} == {"throttled"}
