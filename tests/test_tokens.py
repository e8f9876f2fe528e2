"""Kinds with a token request, and kinds with paid entries, polled by the command line."""

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
    """A site with a search behind a token, as a user-defined kind."""
    (home / "sources").mkdir()
    (home / "sources" / "lukket.yaml").write_text(KIND.format(root=site.url("")), encoding="utf-8")
    monkeypatch.setenv("FORUM_ID", "ås")
    monkeypatch.setenv("FORUM_SECRET", "hemmelig-ord")
    site.put("/token", json.dumps({"access_token": "nøkkel-4711".replace("ø", "o")}))
    hit = {"id": "1", "url": "https://forum.example/1", "title": f"{NAME} svarer", "text": "nokkel-4711"}
    site.answer = lambda _: json.dumps({"hits": [hit]}).encode()
    return site


def test_a_token_is_requested_once(cli: Cli, forum: Site, query: Write):
    """Two searches of a kind share a token; neither it nor the secrets, repeated by the server, are stored."""
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
        ({"body": '{"access_token": "nokkel\\n4711"}'}, "Lukket forum gave a token that cannot be sent"),
        ({"body": '{"access_token": "nøkkel-4711"}'}, "Lukket forum gave a token that cannot be sent"),
        ({"body": "", "status": 302, "Location": "https://annen.example/token"}, "meant for itself alone"),
    ],
    ids=["refused", "none", "line-end", "no-ascii", "elsewhere"],
)
def test_without_a_token_nothing_is_searched(cli: Cli, forum: Site, query: Write, page: dict[str, str], told: str):
    """A refusal fails every source of the kind, each with a message; no other server gets the credentials."""
    forum.put("/token", **page)  # type: ignore[arg-type]
    query("{kind: lukket, allow_private: on}", more=f"products: [{NAME}-strøm]\n")
    polled = cli("-v", "poll")
    assert (polled.code, "\n".join(polled.messages).count(told)) == (3, 2), polled.err
    assert [one.path for one in forum.log] == ["/token"]


def test_a_token_with_white_space_around_it_is_sent_without(cli: Cli, forum: Site, query: Write):
    """The twin: what is refused is inside a token."""
    forum.put("/token", json.dumps({"access_token": " nokkel-4711\n"}))
    query("{kind: lukket, allow_private: on}")
    assert cli("poll").code == 0
    assert forum.log[-1].headers["authorization"] == "Bearer nokkel-4711"


def test_a_refused_token_has_the_message_of_the_server(cli: Cli, forum: Site, home: Path, query: Write):
    """If the kind declares failures, the credentials are redacted wherever the server repeats them."""
    kind = home / "sources" / "lukket.yaml"
    failures = "failures:\n  - {class: blocked, path: message, words: 'no entry: {found}'}\n"
    kind.write_text(kind.read_text(encoding="utf-8") + failures, encoding="utf-8")
    forum.put("/token", json.dumps({"message": "ukjent: hemmelig-ord, token=abc123"}), 400)
    query("{kind: lukket, allow_private: on}")
    polled = cli("-v", "poll")
    assert (polled.code, polled.messages[0][:7]) == (3, "blocked")
    assert "answered 400 Bad Request; no entry: ukjent: ${FORUM_SECRET}" in polled.messages[0]
    assert "no entry: ukjent" in cli("sources", "check").out
    shown = "".join(cli(*command).out for command in (("sources",), ("sources", "check"), ("doctor",)))
    assert not {"hemmelig-ord", "abc123"} & set(shown.replace(",", " ").split())
    assert b"hemmelig-ord" not in (home / "brandwatch.db").read_bytes()


def test_a_missing_secret_is_named(cli: Cli, forum: Site, query: Write, monkeypatch: pytest.MonkeyPatch):
    """There is no request then."""
    monkeypatch.delenv("FORUM_SECRET")
    query("{kind: lukket, allow_private: on}")
    polled = cli("-v", "poll")
    assert (polled.code, "FORUM_SECRET is not set" in polled.err, forum.log) == (3, True, [])


def test_a_slow_token_request_does_not_block(cli: Cli, forum: Site, rss: Rss, query: Write):
    """The other sources are fetched meanwhile."""
    others_were_asked = threading.Event()
    feed = rss((f"{NAME} bygger", "https://a.example/1"))

    def answer(path: str) -> bytes:
        if path == "/rss":
            others_were_asked.set()
            return feed.encode()
        if path == "/token":
            assert others_were_asked.wait(timeout=300)
            return b'{"access_token": "sent"}'
        return b'{"hits": []}'

    del forum.pages["/token"]
    forum.answer = answer
    query("{kind: lukket, allow_private: on}", "{url: " + forum.url("/rss") + ", allow_private: on}")
    assert cli("poll").code == 0
    assert [one.path.partition("?")[0] for one in forum.log][-1] == "/search"


def test_paid_entries_stop_at_the_cap(cli: Cli, site: Site, home: Path, query: Write):
    """No page that could exceed the cap is requested; read entries are stored, and the next poll requests none."""
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
def refreshable_forum(forum: Site, home: Path, query: Write) -> Iterator[Traveller]:
    """A forum with a refresh of likes by the same token, and a clock moved by the test only."""
    kind = home / "sources" / "lukket.yaml"
    kind.write_text(kind.read_text(encoding="utf-8") + REFRESH.format(root=forum.url("")), encoding="utf-8")
    query("{kind: lukket, allow_private: on, interval: 30d}")
    with time_machine.travel(datetime(2026, 5, 4, 12, tzinfo=UTC), tick=False) as clock:
        yield clock


def test_responses_are_refreshed_with_the_token(cli: Cli, forum: Site, refreshable_forum: Traveller, home: Path):
    """A kind behind a token is refreshed too: the token is requested, sent, and not stored."""
    assert cli("poll").code == 0
    forum.log.clear()
    refreshable_forum.shift(timedelta(hours=1))
    forum.answer = lambda _: b'{"hits": [{"id": "1", "likes": 7}]}'
    polled = cli("-v", "poll")
    assert (polled.code, "1 responses updated" in polled.err) == (0, True), polled.err
    assert [one.path.partition("?")[0] for one in forum.log] == ["/token", "/igjen"]
    assert forum.log[1].headers["authorization"] == "Bearer nokkel-4711"
    (mention,) = json.loads(cli("report", "--format", "json").out)["mentions"]
    assert mention["response"]["likes"] == 7
    assert b"nokkel-4711" not in (home / "brandwatch.db").read_bytes()


@pytest.mark.parametrize("status", [401, 404, 200])
def test_without_a_token_the_refresh_waits(cli: Cli, forum: Site, refreshable_forum: Traveller, status: int):
    """A refusal is shown with -v only, without credentials; the retry is an hour later."""
    cli("poll")
    forum.put("/token", '{"error": "ukjent hemmelig-ord"}', status)
    forum.log.clear()
    refreshable_forum.shift(timedelta(hours=1))
    polled = cli("-v", "poll")
    assert polled.code == 0
    assert "1 could not be read and are tried later" in polled.err
    assert "hemmelig-ord" not in polled.err
    refreshable_forum.shift(timedelta(hours=1))
    cli("poll")
    assert [one.path for one in forum.log] == ["/token", "/token"]
