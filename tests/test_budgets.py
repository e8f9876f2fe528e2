"""The budget of a kind: what a query names comes first, and what waits for long is reported."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.conftest import START

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Answer, Site
    from time_machine import Traveller

    Cli = Callable[..., Answer]

KIND = """\
title: Småprat
about: A forum with a budget.
group: forum
engine: json
mode: search
verified: 2026-05-01
request:
  url: {root}/search
  params: {{q: "{{query}}"}}
limits: {{budget: {budget}}}
map:
  items: hits || replies
  absent: empty
  fields: {{id: id, url: url, title: title, published: at, comment_feed: thread}}
"""


class Forum:
    """A search of which every entry has a thread, with the names that a query looks for."""

    def __init__(self, site: Site, home: Path) -> None:
        self.site, self.home = site, home
        self.numbers = 0
        site.answer = self._answer

    def watch(self, names: int, budget: int) -> None:
        """Write a kind with a budget, and a query with so many names, each a search of its own."""
        (self.home / "sources").mkdir(exist_ok=True)
        kind = KIND.format(root=self.site.url(""), budget=budget)
        (self.home / "sources" / "smaprat.yaml").write_text(kind, encoding="utf-8")
        listed = "".join(f"  - Blåbær Gården {number}\n" for number in range(names))
        text = f"brand: Blåbær\nnames:\n{listed}sources:\n  - {{kind: smaprat, allow_private: on, interval: 1h}}\n"
        (self.home / "queries").mkdir(exist_ok=True)
        (self.home / "queries" / "blabar.yaml").write_text(text, encoding="utf-8")

    def _answer(self, path: str) -> bytes:
        if not path.startswith("/search"):
            return b'{"replies": []}'
        name = parse_qs(urlsplit(path).query)["q"][0].strip('"')
        hits = [self._entry(name, number) for number in range(self.numbers)]
        return json.dumps({"hits": hits}).encode()

    def _entry(self, name: str, number: int) -> dict[str, Any]:
        url = f"https://smaprat.example/{name[-1]}-{number}"
        at = (START - timedelta(minutes=number)).isoformat()
        return {"id": url, "url": url, "title": f"{name} vokser {number}", "at": at, "thread": self.site.url(url[23:])}

    def requested(self) -> list[str]:
        """List the searches and threads since the last call, as `search` and `thread`."""
        kinds = ["search" if one.path.startswith("/search") else "thread" for one in self.site.log]
        self.site.log.clear()
        return kinds


@pytest.fixture
def forum(site: Site, home: Path) -> Forum:
    """A forum with a user-defined kind."""
    return Forum(site, home)


def deferred(cli: Cli) -> dict[str, int]:
    """The last characters of the names that wait, with the number of polls, as reports have it."""
    coverage = json.loads(cli("report", "--format", "json").out)["coverage"]
    return {one["source"][-4]: one["polls"] for one in coverage["deferred"]}


def test_searches_come_before_threads(cli: Cli, forum: Forum, clock: Traveller):
    """Threads that were never read take what overdue searches leave of the budget."""
    forum.numbers = 10
    forum.watch(names=2, budget=3)
    assert cli("poll").code == 0
    assert forum.requested() == ["search", "search"]
    for _ in range(3):
        clock.shift(timedelta(hours=2))
        assert cli("poll").code == 0
        assert sorted(forum.requested()) == ["search", "search", "thread"]


def test_threads_take_the_whole_budget_when_no_search_is_due(cli: Cli, forum: Forum, clock: Traveller):
    """A search that is not due leaves the budget to the threads."""
    forum.numbers = 10
    forum.watch(names=2, budget=3)
    cli("poll")
    forum.requested()
    clock.shift(timedelta(minutes=20))
    cli("poll")
    assert forum.requested() == ["thread"] * 3


def test_a_source_that_waits_for_long_is_in_the_coverage(cli: Cli, forum: Forum, clock: Traveller):
    """One poll is how budgets work; from the second on the report names the source, until it is fetched."""
    forum.watch(names=6, budget=2)
    assert cli("poll").code == 0
    assert deferred(cli) == {}
    clock.shift(timedelta(hours=2))
    polled = cli("-v", "poll")
    assert (polled.code, "2 sources fetched" in polled.err, "4 deferred" in polled.err) == (0, True, True)
    assert deferred(cli) == {"4": 2, "5": 2}
    assert "2 deferred, the budget of their kind is spent: " in cli("report").err
    listed = json.loads(cli("sources", "--format", "json").out)["items"]
    assert sorted(item["deferrals"] for item in listed) == [0, 0, 1, 1, 2, 2]
    forum.watch(names=6, budget=20)
    clock.shift(timedelta(hours=2))
    cli("poll")
    assert deferred(cli) == {}
