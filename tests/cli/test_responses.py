from __future__ import annotations

import csv
import io
import json
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from tests.response_world import NEWS, START

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conftest import Answer, Site
    from time_machine import Traveller

    Cli = Callable[..., Answer]
    Write = Callable[..., Path]


class News:
    """A story index: a search with the counts of its first sight, and a lookup with the current ones."""

    def __init__(self, site: Site) -> None:
        self.counts: dict[int, dict[str, int]] = {}
        self.log = site.log
        site.answer = self.answer

    def answer(self, path: str) -> bytes:
        """Answer with all stories, or with the counts of the requested ones."""
        if path.startswith("/search"):
            return json.dumps({"hits": [self._story(number) for number in self.counts]}).encode()
        asked = [int(number) for number in re.findall(r"story_(\d+)", path)]
        hits = [{"objectID": number} | self.counts[number] for number in asked if number in self.counts]
        return json.dumps({"hits": hits}).encode()

    def paths(self) -> list[str]:
        """List the requests since the last call, without searches."""
        found = [asked.path for asked in self.log if not asked.path.startswith("/search")]
        self.log.clear()
        return found

    def _story(self, number: int) -> dict[str, Any]:
        """Build a story of the search."""
        title, url = f"Fjordkraft Åsgård {number}", f"https://fjordnytt.example/{number}"
        return {"objectID": number, "title": title, "url": url, "at": START.isoformat()} | self.counts[number]


@pytest.fixture
def clock() -> Iterator[Traveller]:
    """A clock that only the test moves."""
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def news(site: Site, home: Path, query: Write, clock: Traveller) -> News:
    """A query with its own index kind, searched once a month: seldom enough not to interfere."""
    (home / "sources").mkdir()
    (home / "sources" / "fjordnytt.yaml").write_text(NEWS.format(site=site.url(""), budget=0), encoding="utf-8")
    query("{kind: fjordnytt, interval: 30d}")
    return News(site)


def titles(cli: Cli, *options: str) -> list[str]:
    """Read the titles of a report."""
    rows = csv.DictReader(io.StringIO(cli("report", "--format", "csv", *options).out))
    return [row["title"].rpartition(" ")[2] for row in rows]


def test_a_poll_refreshes_responses(cli: Cli, news: News, clock: Traveller):
    """Nothing before the hour, silently at the hour; -v lists the requests and the growth."""
    news.counts = {1: {"num_comments": 0}, 2: {"num_comments": 4, "points": 9}}
    assert cli("poll") == (0, "", "")
    clock.shift(timedelta(minutes=59))
    assert (cli("poll"), news.paths()) == ((0, "", ""), [])
    clock.shift(timedelta(minutes=1))
    news.counts[1] = {"num_comments": 7}
    assert cli("poll") == (0, "", "")
    assert news.paths() == ["/again?tags=story,(story_1,story_2)"]
    clock.shift(timedelta(hours=5))
    news.counts[1] = {"num_comments": 41}
    said = cli("-v", "poll").messages
    assert said[0].startswith("ok           http://127.0.0.1:")
    assert said[0].endswith("&key=${FJORD_KEY}  2 of 2 responses updated, 1 grew")
    assert said[1].startswith("nothing is due; next due: 20")
    assert said[2:] == ["2 responses updated, 1 grew"]


def test_a_failed_refresh_is_no_source_failure(cli: Cli, site: Site, news: News, clock: Traveller):
    """Silent for cron, a line with -v, and retried an hour later."""
    news.counts = {1: {"num_comments": 2}}
    cli("poll")
    clock.shift(timedelta(hours=1))
    site.put("/again?tags=story,(story_1)", b"", 500)
    said = cli("-v", "poll")
    assert said.code == 0
    assert said.messages[0].startswith("http-5xx     http://127.0.0.1:")
    assert said.messages[-1] == "0 responses updated, 0 grew, 1 could not be read and are tried later"
    news.paths()
    assert (cli("poll"), news.paths()) == ((0, "", ""), [])
    clock.shift(timedelta(hours=1))
    assert cli("poll") == (0, "", "")
    assert len(news.paths()) == 1


def test_only_the_named_query_is_refreshed(cli: Cli, news: News, query: Write, home: Path, clock: Traveller):
    """`poll NAME` refreshes only mentions from the sources of that query."""
    news.counts = {1: {"num_comments": 2}}
    query(name="annen")
    cli("poll")
    clock.shift(timedelta(hours=1))
    cli("poll", "annen")
    assert news.paths() == []
    cli("poll", "fjordkraft")
    assert len(news.paths()) == 1


def test_hidden_mentions_are_not_refreshed(cli: Cli, news: News, query: Write, clock: Traveller):
    """A mention under an exclusion costs no request."""
    query("{kind: fjordnytt, interval: 30d}", more="exclude: {words: [Fjordkraft Åsgård 1]}\n")
    news.counts = {1: {"num_comments": 2}, 2: {"num_comments": 2}}
    cli("poll")
    clock.shift(timedelta(hours=1))
    cli("poll")
    assert news.paths() == ["/again?tags=story,(story_2)"]


def test_response_ranks_a_report(cli: Cli, news: News, clock: Traveller):
    """By total response, or by recent growth; each mention has the time of its reading."""
    news.counts = {1: {"num_comments": 50}, 2: {"num_comments": 1}, 3: {}}
    cli("poll")
    assert titles(cli, "--sort", "response") == ["1", "2", "3"]
    clock.shift(timedelta(hours=1))
    news.counts = {1: {"num_comments": 51}, 2: {"num_comments": 30, "points": 3}, 3: {}}
    cli("poll")
    assert titles(cli, "--sort", "response") == ["1", "2", "3"]
    assert titles(cli, "--sort", "rising") == ["2", "1", "3"]
    mentions = json.loads(cli("report", "--sort", "rising", "--format", "json").out)["mentions"]
    assert [mention["response_at"] for mention in mentions] == ["2026-05-04T13:00:00Z"] * 2 + [None]
    assert (mentions[0]["response"]["likes"], mentions[1]["response"]["likes"]) == (3, None)


def test_show_has_the_response_history(cli: Cli, news: News, clock: Traveller):
    """Readings over time: a line for each count, also in a pipe; numbers for programs."""
    for hours, comments in ((0, 0), (1, 6), (5, 24), (18, 41)):
        clock.shift(timedelta(hours=hours))
        news.counts = {1: {"num_comments": comments}}
        cli("poll")
    shown = cli("show", "1").out
    assert "response   41 comments" in shown
    assert shown.rstrip().splitlines()[-4:] == [
        "answered",
        "  2026-05-04 12:00 +0000 to 2026-05-05 12:00 +0000",
        "  comments  ▁▂▅█  0 → 41, 24 h",
        "  replies, likes, shares, views  –",
    ]
    mention = json.loads(cli("show", "1", "--format", "json").out)["mention"]
    assert [(one["at"][:13], one["comments"], one["likes"]) for one in mention["responses"]] == [
        ("2026-05-04T12", 0, None),
        ("2026-05-04T13", 6, None),
        ("2026-05-04T18", 24, None),
        ("2026-05-05T12", 41, None),
    ]


def test_an_uncounted_mention_says_so(cli: Cli, news: News, clock: Traveller):
    """Unknown is not zero, and there is no history."""
    news.counts = {1: {}}
    cli("poll")
    shown = cli("show", "1").out
    assert "response   unknown" in shown
    assert "answered" not in shown
    assert json.loads(cli("show", "1", "--format", "json").out)["mention"]["responses"] == []
