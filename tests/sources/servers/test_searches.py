"""What is peculiar to a search, and would be lost, doubled or mistaken by who does not know it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.sources.conftest import NOW
from tests.sources.servers.conftest import LINES, NAME
from tests.sources.servers.social import PASSWORD, SESSION

from brandwatch.sources.registry import Registry

if TYPE_CHECKING:
    from tests.sources.servers.conftest import Stage

OTHER = "products: [Blåbærstrøm]"


@pytest.mark.parametrize("kind", [name for name in LINES if Registry().kind(name).knows])
def test_a_kind_reads_the_responses_it_knows(stage: Stage, kind: str):
    """What an endpoint counts is in the report; what it does not count is unknown there, and not 0."""
    known = set(Registry().kind(kind).knows)
    stage.watch(LINES[kind])
    stage.world.add("Enig!", below=stage.say(1, ago=5), ago=4)
    stage.poll()
    (mention,) = stage.mentions()
    counted = {name for name, count in mention["response"].items() if count is not None}
    assert counted <= known
    assert counted >= known - {"replies" if "comments" in counted else "comments"} - {"views" * (kind == "discourse")}


@pytest.mark.parametrize("kind", ["bluesky", "discourse", "gdelt", "github", "hackernews", "stackexchange"])
def test_what_is_indexed_late_is_found_all_the_same(stage: Stage, kind: str):
    """An entry that is older than the newest of the last answer, and was not in it, is in the next."""
    stage.watch(LINES[kind])
    stage.say(1, ago=1)
    stage.say(2, ago=1.5, late=2)
    stage.poll()
    assert len(stage.mentions()) == 1
    stage.later(hours=1)
    stage.poll()
    assert len(stage.mentions()) == 2


def test_hacker_news_is_asked_for_one_name_at_a_time(stage: Stage):
    """It has no OR."""
    stage.watch("hackernews", more=OTHER)
    stage.say(1, ago=1)
    stage.say(2, ago=1, title="Blåbærstrøm", text="")
    stage.poll()
    assert sorted(asked.params["query"] for asked in stage.asked()) == ['"Blåbærstrøm"', f'"{NAME}"']
    assert len(stage.mentions()) == 2


def test_a_comment_on_hacker_news_is_a_mention_without_the_title_of_its_story(stage: Stage):
    """Somebody else wrote that title; points and comments of a comment are not told, and so unknown."""
    stage.watch("hackernews")
    story = stage.world.add(title="Strømprisen", text="", link="https://avis.example/1", ago=3)
    stage.world.add(f"Hos {NAME} er den lavere", below=story, ago=2)
    stage.poll()
    (mention,) = stage.mentions()
    assert (mention["title"], mention["url"]) == ("", "https://news.ycombinator.com/item?id=1002")
    assert set(mention["response"].values()) == {None}


def test_gdelt_is_asked_for_all_names_at_once(stage: Stage):
    """An OR is in brackets; a hit whose title does not hold the name was found in its text, and is kept apart."""
    stage.watch("gdelt", more=OTHER)
    stage.say(1, ago=1)
    stage.say(2, ago=1, title="Prisen på strøm\tstiger", text="Også Blåbærstrøm blir dyrere")
    assert stage.poll().code == 0
    (asked,) = stage.asked()
    assert asked.params["query"] == f'("Blåbærstrøm" OR "{NAME}")'
    assert [mention["title"] for mention in stage.mentions()] == [f"{NAME} i sak 1"]
    (remote,) = (mention for mention in stage.mentions("--remote") if mention["matched"] == "remote")
    assert remote["title"] == "Prisen på strøm stiger"


def test_a_quarter_of_an_hour_that_gdelt_cannot_show_whole_is_a_gap(stage: Stage):
    """Time goes in quarters there; where one alone has more than an answer holds, going back in time ends."""
    stage.watch("gdelt")
    stage.say(0, ago=1)
    stage.poll()
    stage.later(hours=6)
    for number in range(1, 301):
        stage.say(number, ago=1)
    assert stage.poll().code == 0
    assert len(stage.asked()) <= 2
    (gap,) = stage.report()["coverage"]["gaps"]
    assert gap["reason"].endswith("of more: the others were not read")


def test_nothing_is_lost_between_two_pages_of_one_second(stage: Stage):
    """Bluesky excludes the end of time, and knows milliseconds: going back in time begins with the whole second."""
    stage.watch("bluesky")
    stage.say(0, ago=1)
    stage.poll()
    stage.later(hours=6)
    for number in range(1, 121):
        stage.say(number, ago=1 - number * 0.02 / 3600)
    stage.poll()
    assert len(stage.mentions()) == 121


def test_bluesky_finds_what_links_to_a_domain(stage: Stage):
    """Such a post need not name the brand: that it links there is why it was asked for."""
    stage.watch("{kind: bluesky, domain: fjordkraft.example}", more="owned: {domains: [fjordkraft.example]}")
    stage.say(1, ago=1, title="", text="Se her")
    stage.say(2, ago=1, title="", text="Se her", link="https://avis.example/2")
    assert stage.poll().code == 0
    assert [asked.params["domain"] for asked in stage.asked()] == ["fjordkraft.example"]
    assert len(stage.mentions()) == 1


def test_bluesky_goes_by_cursor_for_who_has_an_account(stage: Stage, monkeypatch: pytest.MonkeyPatch):
    """A session is got once in a poll and shown with each request; the end of time is not moved then."""
    monkeypatch.setenv("BLUESKY_HANDLE", "asta.fjord.example")
    monkeypatch.setenv("BLUESKY_APP_PASSWORD", PASSWORD)
    stage.watch("bluesky")
    for number in range(150):
        stage.say(number, ago=1 + number / 100)
    assert stage.poll().code == 0
    session, *asked = stage.server.log
    assert (session.path, json.loads(session.body)["identifier"]) == (
        "/xrpc/com.atproto.server.createSession",
        "asta.fjord.example",
    )
    assert [one.params.get("cursor") for one in asked] == [None, "100"]
    assert {(one.headers["authorization"], one.params.get("until")) for one in asked} == {(f"Bearer {SESSION}", None)}


def test_a_password_of_bluesky_that_is_wrong_is_told_and_not_shown(stage: Stage, monkeypatch: pytest.MonkeyPatch):
    """Without a session nothing is asked."""
    monkeypatch.setenv("BLUESKY_HANDLE", "asta.fjord.example")
    monkeypatch.setenv("BLUESKY_APP_PASSWORD", "feil-passord")
    stage.watch("bluesky")
    polled = stage.poll()
    assert (polled.code, stage.source()["class"]) == (3, "blocked")
    assert [asked.path for asked in stage.server.log] == ["/xrpc/com.atproto.server.createSession"]
    assert "feil-passord" not in polled.err + stage.source()["error"]


def test_a_search_of_wordpress_is_of_posts_and_of_the_comments_on_them(stage: Stage):
    """The second finds comments by the post they are on; only one that names the brand itself is a mention."""
    stage.watch("{kind: wordpress, site: SITE}")
    post = stage.say(1, ago=5)
    stage.world.add("Enig!", below=post, ago=4)
    stage.world.add(f"{NAME} svarte meg aldri", below=post, ago=3)
    assert stage.poll().code == 0
    first, second = stage.mentions()
    assert (first["title"], first["text"], first["author"]) == ("", f"{NAME} svarte meg aldri", "asta")
    assert (second["title"], second["response"]["comments"]) == (f"{NAME} i sak 1", 2)


def test_a_reply_in_a_forum_has_no_title_of_its_own(stage: Stage):
    """Discourse tells it with the topic; the first post has it, another does not."""
    stage.watch(LINES["discourse"])
    topic = stage.say(1, ago=5)
    stage.world.add(f"Men {NAME} er dyr", below=topic, ago=4)
    stage.poll()
    assert [(one["title"], one["url"].partition("/t/")[2]) for one in stage.mentions()] == [
        ("", "emne/1001/2"),
        (f"{NAME} i sak 1", "emne/1001/1"),
    ]


def test_stack_exchange_is_left_alone_for_as_long_as_it_says(stage: Stage):
    """`backoff` ends the pages of a poll, which is told, and moves the next."""
    stage.watch(LINES["stackexchange"])
    stage.say(0, ago=1)
    stage.poll()
    stage.later(hours=6)
    stage.world.dead = (("backoff", "7200"),)
    for number in range(1, 121):
        stage.say(number, ago=number / 60)
    assert stage.poll().code == 0
    assert len(stage.asked()) == 1
    assert stage.source()["next_due"] == "2026-05-06T20:00:00+00:00"
    assert stage.source()["gaps"] == 1


def test_an_answer_that_lacks_something_is_read_and_told(stage: Stage):
    """GitHub that gave up: `partial`, exit 3, and what there is."""
    stage.watch("github")
    stage.say(1, ago=1)
    stage.world.dead = (("x", "timeout"),)
    assert stage.poll().code == 3
    source = stage.source()
    assert (source["class"], source["error"]) == ("partial", "GitHub gave up before it had searched everything")
    assert len(stage.mentions()) == 1


def test_engines_that_do_not_answer_are_a_remark(stage: Stage):
    """Of many engines some are always suspended: what the others found is read, and `sources` names the dead ones."""
    stage.watch(LINES["searxng"])
    for number in range(1, 5):
        stage.say(number, ago=number)
    stage.world.dead = (("google news", "timeout"), ("bing news", "Suspended: CAPTCHA"))
    words = "engines that did not answer: google news: timeout, bing news: Suspended: CAPTCHA"
    for _ in range(2):
        polled = stage.cli("-v", "poll", "--force")
        assert polled.code == 0
        assert words in polled.err
        source = stage.source()
        assert (source["class"], source["error"], source["remark"], source["health"]) == ("partial", "", words, "ok")
        stage.later(hours=1)
    assert stage.report()["coverage"]["failures"] == []
    assert len(stage.mentions()) == 2
    stage.world.dead = ()
    assert stage.poll().code == 0
    assert (stage.source()["class"], stage.source()["remark"], len(stage.mentions())) == ("ok", "", 4)


def test_engines_without_a_limit_of_time_are_asked(stage: Stage):
    """SearXNG leaves them out, without a word, where `time_range` is sent: three of the four for news."""
    stage.watch(LINES["searxng"])
    for number in range(1, 9):
        stage.say(number, ago=number)
    stage.poll()
    assert "time_range" not in stage.asked()[0].params
    assert len(stage.mentions()) == 8


def test_old_results_are_left_out_by_their_date(stage: Stage):
    """Without a limit of time an index shows all years; what has no date may be new, and is read."""
    stage.watch(LINES["searxng"])
    for number in range(1, 9):
        stage.say(number, ago=24 * 30 if number > 4 else number)
    assert stage.poll().code == 0
    dated = [mention["published"] for mention in stage.mentions()]
    assert sorted(when[:7] if when else "" for when in dated) == ["", "", "2026-05", "2026-05", "2026-05"]


def test_after_a_long_pause_results_since_the_last_one_are_read(stage: Stage):
    """The period is a week, or longer if the last answer is older."""
    stage.watch(LINES["searxng"])
    stage.say(4, ago=1)
    stage.poll()
    stage.later(hours=24 * 20)
    for number in range(5, 9):
        stage.say(number, ago=24 * 15)
    stage.poll()
    assert len(stage.mentions()) == 5


def test_a_later_page_that_looks_like_an_earlier_first_one_is_read(stage: Stage):
    """What was the first page of the last poll may be the second of this one: then it ends the pages, and is told."""
    stage.watch(LINES["stackexchange"])
    stage.say(0, ago=1)
    stage.poll()
    stage.later(minutes=90)
    for number in range(1, 101):
        stage.say(number, ago=1 - number / 200)
    assert "101 entries, 100 new mentions" in stage.poll().err
    assert stage.source()["class"] == "ok"
    stage.later(hours=1)
    stage.poll()
    assert stage.asked()[0].params["fromdate"] == str(int(NOW.timestamp()) - 3600)
