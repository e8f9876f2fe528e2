from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from brandwatch.pipeline.loading import load_queries

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Answer, Site

    Cli = Callable[..., Answer]
    Rss = Callable[..., str]
    Write = Callable[..., Path]

NAME = "Fjordkraft Åsgård"


@pytest.fixture(params=["environment", "option"])
def allowed(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, site: Site, home: Path) -> tuple[str, ...]:
    """The options for requests to the test site: none if the environment allows it."""
    if request.param == "environment":
        monkeypatch.setenv("BRANDWATCH_ALLOW_HOSTS", f"127.0.0.1:{site.port}")
        return ()
    monkeypatch.delenv("BRANDWATCH_ALLOW_HOSTS")
    return ("--allow-private",)


def test_private_addresses_are_refused_by_default(cli: Cli, site: Site, query: Write, monkeypatch: pytest.MonkeyPatch):
    """Without permission each command explains the refusal and the option; the site gets no request."""
    monkeypatch.delenv("BRANDWATCH_ALLOW_HOSTS")
    query()
    answers = (
        cli("init", "--brand", "Acme", "--site", site.url("/")),
        cli("why-not", "fjordkraft", site.url("/sak")),
        cli("sources", "check", site.url("/rss")),
    )
    assert [answer.code for answer in answers] == [0, 3, 3]
    for answer in answers:
        assert "127.0.0.1 is at 127.0.0.1, which is not a public address" in answer.out + answer.err
        assert "--allow-private" in answer.err
    assert site.log == []


def test_init_of_an_intranet(cli: Cli, site: Site, rss: Rss, home: Path, allowed: tuple[str, ...]):
    """The feeds of the site are found; the file of `init --allow-private` lets the poll read them."""
    site.put("/rss", rss((NAME, "https://a.example/1")))
    site.put("/", '<link rel="alternate" type="application/rss+xml" href="/rss">')
    answer = cli("init", "--brand", NAME, "--site", site.url("/"), *allowed)
    assert (answer.code, f"found: {site.url('/rss')}" in answer.err) == (0, True)
    (query,) = load_queries(home / "queries").queries
    assert [source.allow_private for source in query.sources] == [bool(allowed)]
    assert cli("poll").code == 0
    assert len(cli("report", "--format", "jsonl").out.splitlines()) == 1


def test_init_allows_only_the_given_addresses(cli: Cli, site: Site, home: Path, monkeypatch: pytest.MonkeyPatch):
    """A feed announced on another private address is not requested; a named one is allowed."""
    monkeypatch.delenv("BRANDWATCH_ALLOW_HOSTS")
    elsewhere = site.url("/rss").replace("127.0.0.1", "127.0.0.2")
    site.put("/", f'<link rel="alternate" type="application/rss+xml" href="{elsewhere}">')
    named = ("--feed", "http://intranett.example/rss", "--feed", "http://intranett.example:x")
    assert cli("init", "--brand", NAME, "--site", site.url("/"), *named, "--allow-private").code == 2
    assert cli("init", "--brand", NAME, "--site", site.url("/"), *named[:2], "--allow-private").code == 0
    (query,) = load_queries(home / "queries").queries
    assert [(source.url, source.allow_private) for source in query.sources] == [("http://intranett.example/rss", True)]
    assert "/rss" in {asked.path for asked in site.log}
    assert all(asked.headers["host"].startswith("127.0.0.1:") for asked in site.log)


def test_why_not_of_a_private_page(cli: Cli, site: Site, query: Write, allowed: tuple[str, ...]):
    """The page is fetched and evaluated."""
    query()
    url = site.put("/sak", f"<title>{NAME}</title><p>{NAME} bygger.", Content_Type="text/html")
    answer = cli("why-not", "fjordkraft", url, *allowed)
    assert (answer.code, NAME in answer.out) == (0, True), answer


def test_sources_check_of_a_private_feed(cli: Cli, site: Site, rss: Rss, allowed: tuple[str, ...]):
    """An address outside the query files can be tried first."""
    assert cli("sources", "check", site.put("/rss", rss((NAME, "https://a.example/1"))), *allowed).out.startswith("ok")
