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
    """What to add to a command so that the site may be asked: nothing where the environment allows it."""
    if request.param == "environment":
        monkeypatch.setenv("BRANDWATCH_ALLOW_HOSTS", f"127.0.0.1:{site.port}")
        return ()
    monkeypatch.delenv("BRANDWATCH_ALLOW_HOSTS")
    return ("--allow-private",)


def test_nothing_inside_is_asked_unasked(cli: Cli, site: Site, query: Write, monkeypatch: pytest.MonkeyPatch):
    """Without leave each command says that the address is inside, and how to allow it; the site hears nothing."""
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
    """The feeds of the site are found; what the option has opened for `init` the file opens for the poll."""
    site.put("/rss", rss((NAME, "https://a.example/1")))
    site.put("/", '<link rel="alternate" type="application/rss+xml" href="/rss">')
    answer = cli("init", "--brand", NAME, "--site", site.url("/"), *allowed)
    assert (answer.code, f"found: {site.url('/rss')}" in answer.err) == (0, True)
    (query,) = load_queries(home / "queries").queries
    assert [source.allow_private for source in query.sources] == [bool(allowed)]
    assert cli("poll").code == 0
    assert len(cli("report", "--format", "jsonl").out.splitlines()) == 1


def test_init_opens_only_what_it_is_given(cli: Cli, site: Site, home: Path, monkeypatch: pytest.MonkeyPatch):
    """A page that announces a feed elsewhere inside does not get it asked; a feed that is named has its leave."""
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


def test_why_not_of_a_page_inside(cli: Cli, site: Site, query: Write, allowed: tuple[str, ...]):
    """The page is read and judged."""
    query()
    url = site.put("/sak", f"<title>{NAME}</title><p>{NAME} bygger.", Content_Type="text/html")
    answer = cli("why-not", "fjordkraft", url, *allowed)
    assert (answer.code, NAME in answer.out) == (0, True), answer


def test_sources_check_of_a_feed_inside(cli: Cli, site: Site, rss: Rss, allowed: tuple[str, ...]):
    """An address that no query file names can be tried before it is written into one."""
    assert cli("sources", "check", site.put("/rss", rss((NAME, "https://a.example/1"))), *allowed).out.startswith("ok")
