"""Sources of a kind, from the query file to the report, with a small search server."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
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
    Write = Callable[..., Path]

NAME = "Fjordkraft Åsgård"
KIND = """\
title: Småprat
about: A forum of our own.
group: forum
engine: json
mode: search
verified: 2026-05-01
text: {text}
knows: [comments]
request:
  url: {root}/search
  params: {{q: "{{query}}", since: "{{since}}"}}
since: {{form: iso, overlap: 2h}}
paging: {{param: page, start: 1, size: 2, most: {most}, total: total}}
map:
  items: hits
  fields: {{id: id, url: url, title: title, text: text, published: at, comments: comments}}
failures:
  - {{class: throttled, path: wait, words: "wants to be left alone: {{found}}"}}
"""


class Forum:
    """A search with entries added by tests, over a site with one response for every path."""

    def __init__(self, site: Site, home: Path) -> None:
        self.site, self.home = site, home
        self.entries: list[dict[str, Any]] = []
        site.answer = self.answer

    def kind(self, *, text: str = "full", most: int = 5, more: str = "") -> None:
        """Write the kind file of the forum."""
        (self.home / "sources").mkdir(exist_ok=True)
        form = KIND.format(root=self.site.url(""), text=text, most=most) + more
        (self.home / "sources" / "smaprat.yaml").write_text(form, encoding="utf-8")

    def add(self, number: int, at: datetime, title: str = NAME, comments: int = 0) -> None:
        """Add an entry on top."""
        url = f"https://smaprat.example/{number}"
        entry = {"id": number, "url": url, "title": f"{title} {number}", "text": "", "at": at.isoformat()}
        self.entries.insert(0, entry | {"comments": comments})

    def answer(self, path: str) -> bytes:
        """Answer with two entries a page, newest first, from the requested time on."""
        request_parameters = {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}
        since = request_parameters.get("since", "")
        found = [entry for entry in self.entries if not since or entry["at"] >= since.replace("Z", "+00:00")]
        start = 2 * (int(request_parameters.get("page", 1)) - 1)
        return json.dumps({"hits": found[start : start + 2], "total": len(found)}).encode()


@pytest.fixture
def forum(site: Site, home: Path) -> Forum:
    """A forum with a user-defined kind."""
    made = Forum(site, home)
    made.kind()
    return made


def request_parameters(site: Site) -> list[dict[str, str]]:
    """List the parameters of all requests so far."""
    return [{name: values[0] for name, values in parse_qs(urlsplit(one.path).query).items()} for one in site.log]


def test_pages_are_read_back_to_the_last_poll(cli: Cli, forum: Forum, site: Site, query: Write, clock: Traveller):
    """A first poll reads all pages; the next starts at the newest entry with an overlap, and stops there."""
    for number in range(5):
        forum.add(number, START - timedelta(hours=50 - number))
    query("{kind: smaprat, allow_private: on}")
    polled = cli("-v", "poll")
    assert (polled.code, "5 entries, 0 new mentions, 5 from the backlog" in polled.err) == (0, True), polled.err
    assert [one.get("page") for one in request_parameters(site)] == [None, "2", "3"]
    assert all(one["q"] == f'"{NAME}"' for one in request_parameters(site))
    clock.shift(timedelta(hours=4))
    site.log.clear()
    forum.add(5, START + timedelta(hours=3))
    assert "4 entries, 1 new mention" in cli("-v", "poll").err
    assert [(one["since"], one.get("page")) for one in request_parameters(site)] == [
        ("2026-05-02T12:00:00Z", None),
        ("2026-05-02T12:00:00Z", "2"),
    ]


def test_results_beyond_the_limit_are_a_gap(cli: Cli, forum: Forum, query: Write, clock: Traveller):
    """If a search limits its results, the rest is reported as missed, from the last success on."""
    forum.kind(most=1)
    forum.add(0, START - timedelta(hours=1))
    query("{kind: smaprat, allow_private: on}")
    cli("poll")
    clock.shift(timedelta(hours=4))
    for number in range(1, 6):
        forum.add(number, START + timedelta(hours=3, minutes=number))
    cli("poll")
    (gap,) = json.loads(cli("report", "--format", "json").out)["coverage"]["gaps"]
    assert (gap["since"], gap["reason"]) == ("2026-05-04T12:00:00Z", "2 of 6: the others were not read")


@pytest.mark.parametrize(("text", "kept"), [("title", 1), ("full", 0)])
def test_server_side_matches_are_separate(cli: Cli, forum: Forum, query: Write, clock: Traveller, text: str, kept: int):
    """Matches beyond the visible text are stored separately if the kind searches more text; otherwise dropped."""
    forum.kind(text=text)
    forum.add(1, START, title="Prisene stiger i Nordland")
    query("{kind: smaprat, allow_private: on}")
    assert "1 entries, 0 new mentions" in cli("-v", "poll").err
    found = json.loads(cli("report", "--remote", "--format", "json").out)["mentions"]
    assert [(one["title"], one["matched"], one["terms"]) for one in found] == [
        ("Prisene stiger i Nordland 1", "remote", [f'"{NAME}"'])
    ][:kept]
    assert json.loads(cli("report", "--format", "json").out)["mentions"] == []
    assert cli("replay", "fjordkraft", "--yes").code == 0
    assert json.loads(cli("report", "--remote", "--format", "json").out)["mentions"] == found


def test_old_results_of_a_search_are_backlog_of_a_new_query(
    cli: Cli, forum: Forum, query: Write, site: Site, rss: Callable[..., str], clock: Traveller
):
    """What was published before the last answer is backlog, though that answer did not hold it; later ones are new."""
    forum.add(1, START - timedelta(hours=1))
    first = query("{kind: smaprat, allow_private: on}")
    assert cli("poll").code == 0
    feed = site.put("/rss", rss())
    text = f"brand: Blåbær Gården AS\nnames: [Blåbær Gården]\nsources: [{feed}]\n"
    first.with_name("blaabaer.yaml").write_text(text, encoding="utf-8")
    forum.add(2, START - timedelta(minutes=30), title="Blåbær Gården")
    forum.add(3, START + timedelta(hours=3), title="Blåbær Gården")
    clock.shift(timedelta(hours=4))
    assert cli("poll").code == 0
    found = json.loads(cli("report", "--query", "blaabaer", "--format", "json").out)["mentions"]
    assert {one["title"][-1]: one["backlog"] for one in found} == {"2": True, "3": False}


def test_a_failure_with_status_200_is_a_failure(cli: Cli, forum: Forum, site: Site, query: Write, clock: Traveller):
    """The error in the body decides, on later pages too; the position of the poll is not stored then."""
    for number in range(3):
        forum.add(number, START - timedelta(hours=50 - number))
    query("{kind: smaprat, allow_private: on}")
    whole = forum.answer
    site.answer = lambda path: b'{"wait": "en time"}' if "page=2" in path else whole(path)
    failed = cli("-v", "poll")
    assert failed.code == 3
    assert "wants to be left alone: en time" in failed.err
    site.answer = whole
    site.log.clear()
    clock.shift(timedelta(hours=4))
    assert "3 entries, 0 new mentions, 1 from the backlog" in cli("-v", "poll").err
    assert "since" not in request_parameters(site)[0]


def test_a_budget_counts_pages(cli: Cli, forum: Forum, query: Write, clock: Traveller):
    """No poll exceeds the requests of the kind; deferred sources come first, and nothing is missed."""
    forum.kind(most=3, more="limits: {interval: 5m, budget: 7}\n")
    products = [f"{NAME}-{word}" for word in ("strøm", "varme", "lys", "sol")]
    query("{kind: smaprat, allow_private: on}", more=f"products: [{', '.join(products)}]\n")
    for number in range(5):
        forum.add(number, START - timedelta(hours=number))
    terms: list[set[str]] = []
    for _ in range(4):
        forum.site.log.clear()
        polled = cli("-v", "poll")
        assert (polled.code, len(request_parameters(forum.site)) <= 7) == (0, True), polled.err
        terms.append({one["q"] for one in request_parameters(forum.site)})
        put_off = polled.err.count("the request budget of its kind is spent")
        assert put_off == 0 or f", {put_off} deferred, " in polled.err
        clock.shift(timedelta(minutes=1))
    assert [len(names) for names in terms] == [3, 3, 1, 0]  # the last of each was cut, and begins anew
    assert set().union(*terms) == {f'"{name}"' for name in (NAME, *products)}
    states = json.loads(cli("sources", "--format", "json").out)["items"]
    assert [(state["entries"], state["failures"], state["gaps"]) for state in states] == [(5, 0, 0)] * 5


PROBED = """\
title: Stille
about: A wall that may be closed.
group: forum
engine: json
mode: stream
verified: 2026-05-01
request: {{url: {root}/tom}}
limits: {{budget: 1}}
map: {{items: hits, fields: {{id: id, title: title}}}}
probe: {{url: {root}/stengt, closed: closed, words: closed for now}}
"""


def test_a_probe_ignores_the_budget(cli: Cli, site: Site, home: Path, query: Write, clock: Traveller):
    """One probe for all sources tells empty from closed in the same poll."""
    (home / "sources").mkdir()
    (home / "sources" / "stille.yaml").write_text(PROBED.format(root=site.url("")), encoding="utf-8")
    site.put("/tom", '{"hits": []}')
    site.put("/stengt", '{"closed": false}')
    query("{kind: stille, allow_private: on}")
    assert cli("poll").code == 0
    assert json.loads(cli("sources", "--format", "json").out)["items"][0]["class"] == "empty"
    site.put("/stengt", '{"closed": true}')
    assert cli("poll", "--force").code == 3
    assert [one.path for one in site.log] == ["/tom", "/stengt"] * 2


STREAM = """\
title: Veggen
about: {about}
group: forum
engine: json
mode: stream
verified: 2026-05-01
request: {{url: {root}/vegg}}
map: {{items: hits, fields: {{id: id, url: url, title: {title}, text: text}}}}
"""


@pytest.mark.parametrize(
    ("edited", "requests", "mentions"),
    [
        ({}, ["W/1"], 0),
        ({"about": "A wall of ours."}, ["W/1"], 0),
        ({"title": "overskrift"}, [""], 1),
    ],
    ids=["layout", "a remark", "the map"],
)
def test_an_edited_kind_reads_its_sources_again(
    forum: Forum, cli: Cli, query: Write, edited: dict[str, str], requests: list[str], mentions: int
):
    """A new mapping is applied to the unchanged response; an edited comment changes nothing."""
    site, path = forum.site, forum.home / "sources" / "vegg.yaml"
    said = {"root": site.url(""), "about": "A wall.", "title": "title"}
    path.write_text(STREAM.format(**said), encoding="utf-8")
    hit = {"id": "vegg:1", "url": "https://vegg.example/1", "title": "Nytt", "overskrift": f"{NAME} bygger"}
    site.put("/vegg", json.dumps({"hits": [hit]}), ETag="W/1")
    query("{kind: vegg, allow_private: on}")
    assert cli("poll").code == 0
    path.write_text(STREAM.format(**said | edited) + "\n# lest\n", encoding="utf-8")
    site.log.clear()
    assert cli("poll", "--force").code == 0
    assert [request_parameters.headers.get("if-none-match", "") for request_parameters in site.log] == requests
    assert len(json.loads(cli("report", "--format", "json").out)["mentions"]) == mentions
