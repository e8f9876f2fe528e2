"""Comment threads of mentions are followed for two weeks."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Answer, Site
    from time_machine import Traveller

    Cli = Callable[..., Answer]
    Rss = Callable[..., str]
    Write = Callable[..., Path]

NAME = "Fjordkraft Åsgård"
HEAD = 'xmlns:wfw="http://wellformedweb.org/CommentAPI/"'


def blog(site: Site, rss: Rss, *titles: str) -> str:
    """Serve a blog with a comment feed for each entry; return its URL."""
    entries = (
        (title, f"https://blogg.example/{n}", f"<wfw:commentRss>{site.url(f'/{n}/feed')}</wfw:commentRss>")
        for n, title in enumerate(titles)
    )
    return site.put("/rss", rss(*entries).replace('<rss version="2.0"', f'<rss version="2.0" {HEAD}'))


def comments(site: Site, rss: Rss, number: int, *texts: str) -> None:
    """Serve the comments of an entry."""
    said = (
        (f"Av: leser {n}", f"https://blogg.example/{number}#c{n}", f"<description>{text}</description>")
        for n, text in enumerate(texts)
    )
    site.put(f"/{number}/feed", rss(*said))


def requested_paths(site: Site) -> list[str]:
    """List the paths of all requests since the last call."""
    paths = [one.path for one in site.log]
    site.log.clear()
    return paths


def test_threads_of_mentions_are_followed(cli: Cli, site: Site, rss: Rss, query: Write, clock: Traveller):
    """A comment with the brand is a mention of the entry's thread, no backlog; others are not stored."""
    query("{url: " + blog(site, rss, f"{NAME} bygger", "Kaker") + ", allow_private: on}")
    comments(site, rss, 0, f"Stem mot {NAME}!", "Fint vær")
    cli("poll")
    assert requested_paths(site) == ["/rss"]
    clock.shift(timedelta(minutes=20))
    assert cli("poll").code == 0
    assert sorted(requested_paths(site)) == ["/0/feed", "/rss"]
    found = {one["title"]: one for one in json.loads(cli("report", "--format", "json").out)["mentions"]}
    assert set(found) == {f"{NAME} bygger", "Av: leser 0"}
    assert (found["Av: leser 0"]["thread"], found["Av: leser 0"]["backlog"]) == ("https://blogg.example/0", False)


def test_a_thread_has_the_user_agent_of_its_source(cli: Cli, site: Site, rss: Rss, query: Write, clock: Traveller):
    """The User-Agent in the query file is sent with the feed and its threads, and with no other source."""
    other = site.put("/annen", rss())
    url = blog(site, rss, f"{NAME} vokser")
    comments(site, rss, 0, "Bra")
    query(f"{{url: '{url}', user_agent: AcmeMonitor/1.0 (press@acme.example)}}", other)
    cli("poll")
    clock.shift(timedelta(hours=1))
    assert cli("poll").code == 0
    agents = {(one.path, one.headers["user-agent"]) for one in site.log if one.path != "/annen"}
    assert agents == {(path, "AcmeMonitor/1.0 (press@acme.example)") for path in ("/rss", "/0/feed")}
    assert all(one.headers["user-agent"].startswith("brandwatch/") for one in site.log if one.path == "/annen")


def test_a_thread_is_followed_for_two_weeks(cli: Cli, site: Site, rss: Rss, query: Write, clock: Traveller):
    """Afterwards it is not requested; nor is the thread of a source outside all queries."""
    path = query("{url: " + blog(site, rss, f"{NAME} bygger") + ", allow_private: on}")
    comments(site, rss, 0, "Ja")
    cli("poll")
    clock.shift(timedelta(days=13))
    cli("poll")
    assert sorted(requested_paths(site)) == ["/0/feed", "/rss", "/rss"]
    clock.shift(timedelta(days=2))
    cli("poll", "--force")
    assert requested_paths(site) == ["/rss"]
    clock.shift(timedelta(days=-2))
    path.write_text(path.read_text(encoding="utf-8").replace("/rss", "/annen"), encoding="utf-8")
    cli("poll", "--force")
    assert requested_paths(site) == ["/annen"]


def test_old_entries_hidden_ones_and_floods_are_not_followed(
    cli: Cli, site: Site, rss: Rss, query: Write, clock: Traveller
):
    """No threads of hidden mentions, of entries older than a month, or beyond fifty at a time."""
    query(
        "{url: " + blog(site, rss, f"{NAME} arena", *(f"{NAME} {n}" for n in range(60))) + ", allow_private: on}",
        more=f'exclude: ["{NAME} arena"]\n',
    )
    cli("poll")
    requested_paths(site)
    cli("poll", "--force")
    followed = [path for path in requested_paths(site) if path.endswith("/feed")]
    assert len(followed) == 50
    assert "/0/feed" not in followed
    clock.shift(timedelta(days=40))
    site.put("/gammel", site.pages["/rss"].body.replace(b"04 May", b"04 Apr"))
    query("{url: " + site.url("/gammel") + ", allow_private: on}")
    cli("poll")
    requested_paths(site)
    cli("poll", "--force")
    assert [path for path in requested_paths(site) if path.endswith("/feed")] == []


@pytest.mark.parametrize("status", [500, 403, 429])
def test_a_failing_thread_does_not_fail_the_poll(
    cli: Cli, site: Site, rss: Rss, query: Write, clock: Traveller, status: int
):
    """Not in a query file: cron gets no message and exit 0; `sources`, coverage and `-v` list it."""
    query("{url: " + blog(site, rss, f"{NAME} bygger") + ", allow_private: on}")
    cli("poll")
    site.put("/0/feed", "vent litt", status)
    clock.shift(timedelta(minutes=20))
    polled = cli("poll")
    assert (polled.code, "/0/feed" in polled.err) == (0, False)
    _, followed = sorted(sources(cli), key=lambda source: len(source["url"]))
    assert (followed["failures"], followed["thread"]) == (1, "https://blogg.example/0")
    assert followed["error"].startswith(f"answered {status}")
    report = cli("report", "--format", "json")
    coverage = json.loads(report.out)["coverage"]
    failure = {"source": site.url("/0/feed"), "class": followed["class"]}
    assert (coverage["conversations"], coverage["failures"]) == ({"followed": 1, "failures": [failure]}, [])
    assert (coverage["expected"], coverage["seen"]) == (1, 1)
    assert "1 of 1 threads below mentions failed" in report.err
    clock.shift(timedelta(days=1))
    verbose = cli("-v", "poll")
    assert (verbose.code, "1 thread below mentions could not be read" in verbose.err) == (0, True)
    comments(site, rss, 0, f"Stem mot {NAME}!")
    clock.shift(timedelta(days=2))
    cli("poll")
    report = cli("report", "--format", "json")
    assert len(json.loads(report.out)["mentions"]) == 2
    assert "conversations" not in report.err


def test_a_failing_source_of_a_query_fails_the_poll(cli: Cli, site: Site, rss: Rss, query: Write, clock: Traveller):
    """Also if it is the thread of another source's entry."""
    named = site.put("/0/feed", "borte", 500)
    query(*("{url: " + url + ", allow_private: on}" for url in (blog(site, rss, f"{NAME} bygger"), named)))
    assert cli("poll").code == 3
    clock.shift(timedelta(days=1))
    assert cli("poll").code == 3


@pytest.mark.parametrize("status", [404, 410])
def test_a_deleted_thread_is_not_followed(cli: Cli, site: Site, rss: Rss, query: Write, clock: Traveller, status: int):
    """One 404 or 410 is enough, even for `--force`; its earlier mentions stay, and `sources` marks it."""
    query("{url: " + blog(site, rss, f"{NAME} bygger") + ", allow_private: on}")
    comments(site, rss, 0, f"Stem mot {NAME}!")
    cli("poll")
    clock.shift(timedelta(minutes=20))
    cli("poll")
    site.put("/0/feed", "borte", status)
    clock.shift(timedelta(hours=4))
    polled = cli("poll")
    assert (polled.code, "/0/feed" in polled.err) == (0, False)
    requested_paths(site)
    for _ in range(2):
        clock.shift(timedelta(days=1))
        cli("poll", "--force")
        assert requested_paths(site) == ["/rss"]
    report = cli("report", "--format", "json")
    assert json.loads(report.out)["coverage"]["conversations"] == {"followed": 0, "failures": []}
    assert len(json.loads(report.out)["mentions"]) == 2
    assert "no longer followed" in cli("sources", "--format", "table").out


def sources(cli: Cli) -> list[dict[str, Any]]:
    """Read all sources as JSON."""
    found: list[dict[str, Any]] = json.loads(cli("sources", "--format", "json").out)["items"]
    return found
