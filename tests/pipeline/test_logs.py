"""Each decision of a poll leaves a line; no line holds a secret."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Answer, Site

    from brandwatch.pipeline.run import PollEvent

    Cli = Callable[..., Answer]
    Forum = Callable[..., None]
    Lines = Callable[[], list[str]]
    Rss = Callable[..., str]
    Run = Callable[..., list[PollEvent]]
    Write = Callable[..., Path]

ARTICLE, OTHER = "Fjordkraft Åsgård øker prisen", "Fjordkraft Åsgård selger kaker"


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Lines:
    """The lines since the last call, each with its level and the package that wrote it."""
    caplog.set_level(logging.DEBUG, "brandwatch")

    def take() -> list[str]:
        taken = [f"{record.levelname} {record.name} {record.getMessage()}" for record in caplog.records]
        caplog.clear()
        return taken

    return take


def test_what_is_due_fetched_matched_and_recorded(poll: Run, query: Write, site: Site, rss: Rss, lines: Lines):
    """A first poll says what it fetched and found; the next one that nothing has changed."""
    query(site.put("/rss", rss((ARTICLE, "https://a.example/1"), ("Kaker", "https://a.example/2")), ETag='"1"'))
    poll()
    written = lines()
    source = f"source={site.url('/rss')}"
    assert "INFO brandwatch.pipeline.jobs due sources=1 threads=0 of=1" in written
    assert one(written, f"INFO brandwatch.pipeline.read fetched {source} class=ok status=200 bytes=")
    assert one(written, "entries=2 matched=1 error=")
    assert one(written, "INFO brandwatch.matching.matcher matched query=fjordkraft url=https://a.example/1")
    assert one(written, f"INFO brandwatch.pipeline.record recorded {source} matched=1 new=0 backlog=1 updated=0")
    assert one(written, f"DEBUG brandwatch.pipeline.record next poll {source} due=2026-05-06 12:15:00+00:00 failures=0")

    poll()
    assert "INFO brandwatch.pipeline.jobs due sources=0 threads=0 of=1" in lines()
    poll(after=timedelta(hours=1))
    written = lines()
    assert one(written, f"INFO brandwatch.pipeline.read fetched {source} class=not-modified status=304 bytes=0")
    assert not any(" recorded " in line for line in written)


def test_what_is_hidden_and_what_was_missed(poll: Run, query: Write, site: Site, rss: Rss, lines: Lines):
    """An entry that an exclusion hides, and a window that shares no entry with the last."""
    query(site.url("/rss"), more="exclude: {words: [Fjordkraft Åsgård selger]}\n")
    site.put("/rss", rss((ARTICLE, "https://a.example/1"), (OTHER, "https://a.example/2")))
    poll()
    assert one(lines(), "INFO brandwatch.matching.matcher hidden query=fjordkraft url=https://a.example/2")
    site.put("/rss", rss(("Alt nytt", "https://a.example/3"), ("Mer nytt", "https://a.example/4")))
    poll(after=timedelta(hours=1))
    gap = f"gap source={site.url('/rss')} start=2026-05-06 12:00:00+00:00 end="
    assert one(lines(), f"INFO brandwatch.pipeline.record {gap}")


def test_what_failed_or_was_deferred(poll: Run, query: Write, site: Site, forum: Forum, lines: Lines):
    """A source that is not there, one whose secret is not set, and pages beyond the budget of a kind."""
    forum(site.url(""), "limits: {spacing: 0, budget: 2}\npaging: {param: page, start: 1, size: 1, most: 2}\n")
    site.answer = lambda _: b'{"posts": [{"id": 7, "title": "Kaker"}]}'
    site.put("/rss", "", 404)
    query(
        site.url("/rss"),
        f"url: {site.url('/secret?key=${ABSENT_KEY}')}",
        "{kind: fjordforum}",
        "{kind: fjordforum, tag: ny}",
    )
    poll()
    written = lines()
    assert one(written, f"fetched source={site.url('/rss')} class=http-4xx status=404")
    assert one(written, f"INFO brandwatch.pipeline.run failed source={site.url('/secret?key=…')} class=blocked error=")
    deferred = f"deferred source={site.url('/latest?tag=ny')} kind=fjordforum"
    assert f"INFO brandwatch.pipeline.job_queue {deferred}" in written


@pytest.mark.usefixtures("public")
def test_what_is_refreshed_and_what_expires(poll: Run, query: Write, site: Site, forum: Forum, lines: Lines):
    """Responses that grew, mentions that went, and a clock by which nothing goes."""
    forum(site.url(""))
    query("{kind: fjordforum}", more="retain: {public: 30d}\n")
    site.put("/latest", '{"posts": [{"id": 7, "title": "' + ARTICLE + '", "replies": 1}]}')
    site.put("/posts/7", '{"id": 7, "replies": 5}')
    poll()
    lines()
    poll(after=timedelta(hours=1))
    written = lines()
    assert "INFO brandwatch.pipeline.refresh_responses refresh kind=fjordforum due=1 requests=1 unnamed=0" in written
    refreshed = f"refreshed source={site.url('/posts/7')} class=ok entries=1 counted=1 grown=1 error="
    assert f"INFO brandwatch.pipeline.refresh_responses {refreshed}" in written
    site.put("/latest", '{"posts": []}')
    poll(after=timedelta(days=40))
    assert "INFO brandwatch.pipeline.expire expired mentions=0 more_due=False hidden=1 shown=0" in lines()
    poll(after=timedelta(days=1))
    assert "INFO brandwatch.pipeline.expire expired mentions=1 more_due=False hidden=0 shown=0" in lines()
    site.date = "Wed, 06 May 2026 12:00:00 GMT"
    poll(after=timedelta(days=400))
    written = lines()
    assert one(written, "INFO brandwatch.pipeline.run safe mode doubt=ahead now=")
    assert one(written, "INFO brandwatch.pipeline.run clock not trusted doubt=denied servers=1 agreeing=0")


def test_what_was_erased_is_suppressed(poll: Run, query: Write, site: Site, rss: Rss, cli: Cli, lines: Lines):
    """An entry that was erased does not come back, and the log says how many did not."""
    query(site.put("/rss", rss((ARTICLE, "https://a.example/1"))))
    poll()
    assert cli("privacy", "forget", "--url", "https://a.example/1", "--yes").code == 0
    lines()
    query(site.url("/rss"), more="products: [Åsgårdstrøm]\n")
    poll(after=timedelta(hours=1))
    assert one(lines(), "INFO brandwatch.storage.privacy_erasure suppressed expired=0 erased=1")


def test_no_line_holds_a_secret(
    poll: Run,
    query: Write,
    site: Site,
    lines: Lines,
    monkeypatch: pytest.MonkeyPatch,
):
    """Neither a key in an address nor one that a server repeats."""
    monkeypatch.setenv("FJORD_KEY", "hemmelig-nøkkel-77")
    site.answer = lambda path: f"<p>{path}</p>".encode()
    query(f"url: {site.url('/secret?key=${FJORD_KEY}')}")
    poll()
    written = lines()
    assert one(written, f"fetched source={site.url('/secret?key=…')} class=not-a-feed")
    assert not any("hemmelig" in line for line in written)


def one(written: list[str], part: str) -> bool:
    """Whether exactly one line has this part."""
    return sum(part in line for line in written) == 1
