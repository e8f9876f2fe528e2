from __future__ import annotations

import asyncio
import threading
from contextlib import aclosing
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.patience import PATIENCE_SECONDS

from brandwatch.models import RefreshOutcome, SourceOutcome
from brandwatch.pipeline import record
from brandwatch.pipeline.loading import load_queries
from brandwatch.pipeline.run import open_poll
from brandwatch.pipeline.work_thread import WorkThread
from brandwatch.storage import responses

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Site

    from brandwatch.config.settings import Settings
    from brandwatch.models import Fetch
    from brandwatch.pipeline.run import PollEvent

    Rss = Callable[..., str]
    Run = Callable[..., list[PollEvent]]
    Write = Callable[..., Path]


@pytest.fixture
def before_recording(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Have a function called before each batch of sources is recorded."""
    record_results = record.record_results

    def use(function: Callable[[], object]) -> None:
        def wait_and_record(*args: Any) -> list[Fetch]:
            function()
            return record_results(*args)

        monkeypatch.setattr(record, "record_results", wait_and_record)

    return use


def feeds(site: Site, rss: Rss, number: int) -> list[str]:
    """Put feeds with a mention each on a site; return their URLs."""
    return [site.put(f"/rss{n}", rss((f"Fjordkraft Åsgård {n}", f"https://a{n}.example/1"))) for n in range(number)]


def test_sources_are_fetched_while_others_are_stored(
    poll: Run, query: Write, site: Site, rss: Rss, before_recording: Callable[[Callable[[], object]], None]
):
    """The first source is stored only after the server was asked for more than one batch holds."""
    answered = threading.Event()

    def answer(path: str) -> bytes:
        if path == "/rss40":
            answered.set()
        return rss((f"Fjordkraft Åsgård {path}", f"https://a.example{path}")).encode()

    def wait() -> None:
        assert answered.wait(PATIENCE_SECONDS)

    site.answer = answer
    before_recording(wait)
    query(*(site.url(f"/rss{number}") for number in range(41)))
    outcomes = [event for event in poll() if isinstance(event, SourceOutcome)]
    assert [outcome.fetch.error for outcome in outcomes] == [""] * 41
    assert sum(outcome.fetch.counts.stored for outcome in outcomes) == 41


def test_a_poll_that_is_cancelled_while_it_stores_reports_what_it_stored(
    settings: Settings,
    query: Write,
    site: Site,
    rss: Rss,
    before_recording: Callable[[Callable[[], object]], None],
):
    """A source is stored and reported, or neither; the database is not closed before the thread has ended."""
    urls = feeds(site, rss, 5)
    query(*urls)
    queries = load_queries(settings.queries).queries

    async def cancelled_poll() -> list[str]:
        task = asyncio.current_task()
        assert task is not None
        loop = asyncio.get_running_loop()
        reported: list[str] = []
        before_recording(lambda: loop.call_soon_threadsafe(task.cancel))
        with open_poll(settings, queries) as opened:
            try:
                async with aclosing(opened.run()) as events:
                    async for event in events:
                        reported += [event.source.url] if isinstance(event, SourceOutcome) else []
            except asyncio.CancelledError:
                stored = opened.store.column("SELECT url FROM source WHERE last_success IS NOT NULL")
                assert sorted(stored) == sorted(reported)
                assert reported
                return reported
        raise AssertionError("it was not cancelled")

    assert set(asyncio.run(cancelled_poll())) <= set(urls)


@pytest.mark.usefixtures("public")
def test_responses_are_stored_outside_the_event_loop(
    poll: Run, query: Write, site: Site, forum: Callable[..., None], monkeypatch: pytest.MonkeyPatch
):
    """The loop goes on fetching; the response is stored all the same."""
    threads: list[threading.Thread] = []
    record_readings = responses.record_readings

    def record_in(*args: Any) -> None:
        threads.append(threading.current_thread())
        record_readings(*args)

    monkeypatch.setattr(responses, "record_readings", record_in)
    forum(site.url(""))
    site.put("/latest", '{"posts": [{"id": 7, "title": "Fjordkraft Åsgård i nord", "replies": 1}]}')
    site.put("/posts/7", '{"id": 7, "replies": 5}')
    query("{kind: fjordforum}")
    poll()
    refreshed = [event for event in poll(after=timedelta(hours=1), force=True) if isinstance(event, RefreshOutcome)]
    assert [outcome.grown for outcome in refreshed] == [1]
    assert len(threads) == 1
    assert threads[0] is not threading.main_thread()


def test_work_that_fails_raises_in_the_poll():
    """An error of the thread is that of the caller; the next piece of work is done."""

    async def go() -> int:
        with WorkThread() as thread:
            with pytest.raises(ZeroDivisionError):
                await thread.run(lambda: 1 // 0)
            return await thread.run(lambda: 7)

    assert asyncio.run(go()) == 7
