"""Kinds that want a token first, and kinds whose entries cost money, polled by the command line."""

from __future__ import annotations

import json
import sqlite3
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conftest import Answer, Site
    from time_machine import Traveller

    Cli = Callable[..., Answer]
    Rss = Callable[..., str]
    Write = Callable[..., Path]

NAME = "Fjordkraft Åsgård"
KIND = """\
title: Lukket forum
about: A forum that wants to know who asks.
group: forum
engine: json
mode: search
verified: 2026-05-01
auth: required
env: [FORUM_ID, FORUM_SECRET]
request:
  url: {root}/search
  params: {{q: "{{query}}"}}
  headers: {{Authorization: "Bearer {{token}}"}}
map:
  items: hits
  fields: {{id: "lukket:{{id}}", url: url, title: title, text: text}}
token:
  url: {root}/token
  form: {{grant_type: client_credentials}}
  user: ${{FORUM_ID}}
  password: ${{FORUM_SECRET}}
  path: access_token
"""
PAID = """\
title: Dyrt arkiv
about: Every entry costs a dollar.
group: news
engine: json
mode: search
verified: 2026-05-01
parameters:
  spend_cap: {{about: "dollars a month", required: yes, pattern: "\\\\d+"}}
request:
  url: {root}/arkiv
  params: {{q: "{{query}}"}}
paging: {{param: page, start: 1, size: 2, most: 9}}
map:
  items: hits
  fields: {{id: id, url: url, title: title}}
spend: {{price: 1, currency: USD, cap: spend_cap}}
"""


@pytest.fixture
def forum(site: Site, home: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A site whose search wants a token, described in the user's own folder."""
    (home / "sources").mkdir()
    (home / "sources" / "lukket.yaml").write_text(KIND.format(root=site.url("")), encoding="utf-8")
    monkeypatch.setenv("FORUM_ID", "ås")
    monkeypatch.setenv("FORUM_SECRET", "hemmelig-ord")
    site.put("/token", json.dumps({"access_token": "nøkkel-4711".replace("ø", "o")}))
    hit = {"id": "1", "url": "https://forum.example/1", "title": f"{NAME} svarer", "text": "nokkel-4711"}
    site.answer = lambda _: json.dumps({"hits": [hit]}).encode()
    return site


def test_a_token_is_got_once_and_sent_along(cli: Cli, forum: Site, query: Write):
    """Two searches of a kind share one token; what the server repeats of it, and of the secrets, is stored nowhere."""
    query("{kind: lukket, allow_private: on}", more=f"products: [{NAME}-strøm]\n")
    assert cli("poll").code == 0
    paths = [one.path.partition("?")[0] for one in forum.log]
    assert paths == ["/token", "/search", "/search"]
    first, *searches = forum.log
    assert (first.body, first.headers["authorization"][:6]) == (b"grant_type=client_credentials", "Basic ")
    assert {one.headers["authorization"] for one in searches} == {"Bearer nokkel-4711"}
    (mention,) = json.loads(cli("report", "--format", "json").out)["mentions"]
    assert (mention["title"], "4711" in mention["text"]) == (f"{NAME} svarer", False)
    with closing(sqlite3.connect("brandwatch.db")) as connection:
        stored = "\n".join(connection.iterdump())
    assert "nokkel-4711" not in stored
    assert "hemmelig-ord" not in stored


@pytest.mark.parametrize(
    ("page", "told"),
    [
        ({"body": '{"error": "invalid_client"}', "status": 401}, "answered 401"),
        ({"body": '{"error": "invalid_client"}'}, "Lukket forum gave no token"),
        ({"body": "", "status": 302, "Location": "https://annen.example/token"}, "meant for itself alone"),
    ],
    ids=["refused", "none", "elsewhere"],
)
def test_without_a_token_nothing_is_searched(cli: Cli, forum: Site, query: Write, page: dict[str, str], told: str):
    """A refusal is that of every source of the kind, and each is told; nobody else is sent what was meant for one."""
    forum.put("/token", **page)  # type: ignore[arg-type]
    query("{kind: lukket, allow_private: on}", more=f"products: [{NAME}-strøm]\n")
    polled = cli("poll")
    assert (polled.code, polled.err.count(told)) == (3, 2), polled.err
    assert [one.path for one in forum.log] == ["/token"]


def test_a_refused_token_is_told_in_the_words_of_the_server(cli: Cli, forum: Site, home: Path, query: Write):
    """Where the kind knows its failures, what was sent is taken out of them, wherever the server repeats it."""
    kind = home / "sources" / "lukket.yaml"
    failures = "failures:\n  - {class: blocked, path: message, words: 'no entry: {found}'}\n"
    kind.write_text(kind.read_text(encoding="utf-8") + failures, encoding="utf-8")
    forum.put("/token", json.dumps({"message": "ukjent: hemmelig-ord, token=abc123"}), 400)
    query("{kind: lukket, allow_private: on}")
    polled = cli("poll")
    assert (polled.code, polled.err[:7]) == (3, "blocked")
    assert "answered 400 Bad Request; no entry: ukjent: ${FORUM_SECRET}" in polled.err
    assert "no entry: ukjent" in cli("sources", "check").out
    shown = "".join(cli(*command).out for command in (("sources",), ("sources", "check"), ("doctor",)))
    assert not {"hemmelig-ord", "abc123"} & set(shown.replace(",", " ").split())
    assert b"hemmelig-ord" not in (home / "brandwatch.db").read_bytes()


def test_a_secret_that_is_missing_is_named(cli: Cli, forum: Site, query: Write, monkeypatch: pytest.MonkeyPatch):
    """Nothing is asked then."""
    monkeypatch.delenv("FORUM_SECRET")
    query("{kind: lukket, allow_private: on}")
    polled = cli("poll")
    assert (polled.code, "FORUM_SECRET is not set" in polled.err, forum.log) == (3, True, [])


def test_who_is_slow_with_a_token_holds_nobody(cli: Cli, forum: Site, rss: Rss, query: Write):
    """The other sources are asked while a token is waited for."""
    others_were_asked = threading.Event()
    feed = rss((f"{NAME} bygger", "https://a.example/1"))

    def answer(path: str) -> bytes:
        if path == "/rss":
            others_were_asked.set()
            return feed.encode()
        if path == "/token":
            assert others_were_asked.wait(timeout=10)
            return b'{"access_token": "sent"}'
        return b'{"hits": []}'

    del forum.pages["/token"]
    forum.answer = answer
    query("{kind: lukket, allow_private: on}", "{url: " + forum.url("/rss") + ", allow_private: on}")
    assert cli("poll").code == 0
    assert [one.path.partition("?")[0] for one in forum.log][-1] == "/search"


def test_what_costs_money_stops_at_its_cap(cli: Cli, site: Site, home: Path, query: Write):
    """No page is asked for that could cost more than is left; what was read is kept, and the next poll asks nothing."""
    (home / "sources").mkdir()
    (home / "sources" / "dyrt.yaml").write_text(PAID.format(root=site.url("")), encoding="utf-8")
    hits = [{"id": str(n), "url": f"https://arkiv.example/{n}", "title": f"{NAME} {n}"} for n in range(2)]
    site.answer = lambda path: json.dumps(
        {"hits": [{**hit, "id": f"{hit['id']}{path}", "url": f"{hit['url']}?{path[-6:]}"} for hit in hits]}
    ).encode()
    query("{kind: dyrt, spend_cap: '5', allow_private: on}")
    polled = cli("poll", "-v")
    assert polled.code == 3
    assert "4.00 of 5 USD are spent this month; a page may cost 2.00" in polled.err
    assert len(site.log) == 2
    assert len(json.loads(cli("report", "--format", "json").out)["mentions"]) == 4
    assert cli("poll", "--force").code == 3
    assert len(site.log) == 2


REFRESH = """\
knows: [likes]
refresh:
  url: {root}/igjen
  params: {{ids: "{{ids}}"}}
  pattern: ^lukket:(\\d+)$
  batch: 50
  map: {{items: hits, fields: {{id: id, likes: likes}}}}
"""


@pytest.fixture
def counted(forum: Site, home: Path, query: Write) -> Iterator[Traveller]:
    """A forum that can be asked again for its likes, with the same token; a clock that only the test moves."""
    kind = home / "sources" / "lukket.yaml"
    kind.write_text(kind.read_text(encoding="utf-8") + REFRESH.format(root=forum.url("")), encoding="utf-8")
    query("{kind: lukket, allow_private: on, interval: 30d}")
    with time_machine.travel(datetime(2026, 5, 4, 12, tzinfo=UTC), tick=False) as clock:
        yield clock


def test_responses_are_read_again_with_the_token(cli: Cli, forum: Site, counted: Traveller, home: Path):
    """A kind that answers nobody without one is counted as well: the token is got, sent along, and kept nowhere."""
    assert cli("poll").code == 0
    forum.log.clear()
    counted.shift(timedelta(hours=1))
    forum.answer = lambda _: b'{"hits": [{"id": "1", "likes": 7}]}'
    polled = cli("-v", "poll")
    assert (polled.code, "1 responses updated" in polled.err) == (0, True), polled.err
    assert [one.path.partition("?")[0] for one in forum.log] == ["/token", "/igjen"]
    assert forum.log[1].headers["authorization"] == "Bearer nokkel-4711"
    (mention,) = json.loads(cli("report", "--format", "json").out)["mentions"]
    assert mention["response"]["likes"] == 7
    assert b"nokkel-4711" not in (home / "brandwatch.db").read_bytes()


@pytest.mark.parametrize("status", [401, 404, 200])
def test_without_a_token_responses_wait(cli: Cli, forum: Site, counted: Traveller, status: int):
    """A refusal is told with -v and for nobody else, without what was sent; an hour later it is tried again."""
    cli("poll")
    forum.put("/token", '{"error": "ukjent hemmelig-ord"}', status)
    forum.log.clear()
    counted.shift(timedelta(hours=1))
    polled = cli("-v", "poll")
    assert polled.code == 0
    assert "1 could not be read and are tried later" in polled.err
    assert "hemmelig-ord" not in polled.err
    counted.shift(timedelta(hours=1))
    cli("poll")
    assert [one.path for one in forum.log] == ["/token", "/token"]
