"""What is peculiar to one endpoint, and what would be lost, doubled or mistaken by who does not know it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.sources.servers.conftest import LINES, NAME
from tests.sources.servers.framework import serve
from tests.sources.servers.routes import ROUTES
from tests.sources.servers.world import World

from brandwatch.sources import Registry

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


def test_a_topic_of_nodebb_is_told_as_its_author_wrote_it(stage: Stage):
    """What was said last in a topic is a mention of its own, and not in the name of who began it."""
    stage.watch("{kind: nodebb, site: SITE}")
    topic = stage.say(1, ago=5, text="Hva synes dere?", author="bo")
    stage.world.add("Enig!", below=topic, ago=4)
    stage.world.add(f"{NAME} er dyr", below=topic, ago=3, author="cy")
    assert stage.poll().code == 0
    told = [(one["title"], one["text"], one["author"], one["published"]) for one in stage.mentions()]
    assert told == [
        ("", f"{NAME} er dyr", "cy", "2026-05-06T09:00:00Z"),
        (f"{NAME} i sak 1", "Hva synes dere?", "bo", "2026-05-06T07:00:00Z"),
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
    """GitHub that gave up, and engines of SearXNG that are dead: `partial`, exit 3, and what there is."""
    stage.watch("github", LINES["searxng"])
    stage.say(1, ago=1)
    stage.world.dead = (("google news", "timeout"), ("bing news", "Suspended: CAPTCHA"))
    assert stage.poll().code == 3
    assert {(source["class"], source["error"]) for source in stage.sources()} == {
        ("partial", "GitHub gave up before it had searched everything"),
        ("partial", "engines that did not answer: google news: timeout, bing news: Suspended: CAPTCHA"),
    }
    assert len(stage.mentions()) == 2


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
    assert {asked.params["publisherId"] for asked in stage.asked()} == {"4711", "4712"}
    assert len(stage.mentions()) == 1


def test_one_review_is_no_list_and_none_may_be_a_mistake(stage: Stage):
    """The App Store gives a single review as it is; an answer without any says nothing, and that is told."""
    stage.watch(LINES["appstore"])
    assert stage.poll().code == 3
    assert stage.source()["class"] == "partial"
    stage.say(1, ago=1)
    assert stage.poll().code == 0
    assert len(stage.mentions()) == 1
