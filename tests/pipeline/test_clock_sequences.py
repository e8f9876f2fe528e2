"""Any sequence of clocks: nothing is lost, nothing is doubled, and no source stops."""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
from contextlib import aclosing, closing
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.conftest import Site, serving

from brandwatch.config.settings import Settings
from brandwatch.http import Client
from brandwatch.pipeline.loading import load_queries
from brandwatch.pipeline.run import Poll, PollEvent, open_poll

if TYPE_CHECKING:
    from collections.abc import Iterator

START = datetime(2026, 5, 4, 12, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
RETENTION_DAYS = 20
ERRORS = {
    "right": timedelta(),
    "an hour ahead": HOUR,
    "20 days ahead": 20 * DAY,
    "400 days ahead": 400 * DAY,
    "20 days behind": -20 * DAY,
    "400 days behind": -400 * DAY,
    "1980": datetime(1980, 1, 1, tzinfo=UTC) - START,
    "2099": datetime(2099, 1, 1, tzinfo=UTC) - START,
}
ITEM = (
    "<item><title>Fjordkraft Åsgård melder sak {n}</title><link>https://avis.example/{n}</link>"
    "<guid isPermaLink='false'>urn:{n}</guid><pubDate>{date}</pubDate><description>Blåbær {n}</description></item>"
)
QUERY = "brand: Fjordkraft Åsgård\nnames: [Fjordkraft Åsgård]\nretain: {{public: 20d}}\nsources: [{sources}]\n"


class Step(NamedTuple):
    """A poll: some true hours after the one before, by a wrong clock, with servers that send a Date or not."""

    hours: int
    error: str
    has_date: bool
    is_public: bool
    is_news: bool


steps = st.builds(
    Step,
    hours=st.sampled_from((0, 1, 5, 23, 24 * 3, 24 * 15)),
    error=st.sampled_from(sorted(ERRORS)),
    has_date=st.booleans(),
    is_public=st.booleans(),
    is_news=st.booleans(),
)


@pytest.fixture(scope="module")
def server() -> Iterator[Site]:
    """One site for all sequences."""
    with serving() as site:
        yield site


class World:
    """Two feeds and a database; the true time, and when each entry was read for the first time by it."""

    def __init__(self, site: Site, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.site, self.folder, self.patch = site, folder, monkeypatch
        self.true = START
        self.read: dict[int, datetime] = {}
        self.numbers: list[int] = []
        (folder / "queries").mkdir()
        sources = ", ".join(site.url(path) for path in ("/a", "/b"))
        (folder / "queries" / "fjordkraft.yaml").write_text(QUERY.format(sources=sources), encoding="utf-8")
        self.publish()

    def publish(self) -> None:
        """Publish one more entry in both feeds, each of which keeps the latest five."""
        self.numbers = [max(self.numbers, default=0) + 1, *self.numbers][:5]
        date = format_datetime(self.true, usegmt=True)
        items = "".join(ITEM.format(n=number, date=date) for number in self.numbers)
        for path in ("/a", "/b"):
            self.site.put(path, f"<rss version='2.0'><channel><title>Avisa {path}</title>{items}</channel></rss>")

    def poll(self, step: Step) -> set[str]:
        """Poll as a step says; return the paths that were fetched."""
        self.true += step.hours * HOUR
        if step.is_news:
            self.publish()
        self.site.date = format_datetime(self.true, usegmt=True) if step.has_date else ""
        self.patch.setattr(Client, "may_be_private", lambda _client, _url: not step.is_public)
        self.site.log.clear()
        with time_machine.travel(self.true + ERRORS[step.error], tick=False):
            loaded = load_queries(self.folder / "queries")
            with open_poll(Settings(db=self.folder / "b.db", queries=self.folder / "queries"), loaded.queries) as poll:
                asyncio.run(collect(poll))
        fetched = {request.path for request in self.site.log}
        if fetched:
            self.read = dict.fromkeys(self.numbers, self.true) | self.read
        return fetched

    def check(self) -> None:
        """What is within its retention is stored, once; what no clock of a day could hide is shown."""
        with closing(sqlite3.connect(self.folder / "b.db")) as connection:
            stored = connection.execute(
                "SELECT guid, suppressed FROM entry JOIN mention ON entry = entry.id"
            ).fetchall()
            assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        numbers = [int(guid.removeprefix("urn:")) for guid, _ in stored]
        assert len(numbers) == len(set(numbers))
        shown = {int(guid.removeprefix("urn:")) for guid, reason in stored if not reason}
        # A clock that is an hour ahead is trusted.
        ages = {number: self.true - read + HOUR for number, read in self.read.items()}
        assert {number for number, age in ages.items() if age < RETENTION_DAYS * DAY} <= set(numbers)
        assert {number for number, age in ages.items() if age < (RETENTION_DAYS - 7) * DAY} <= shown


async def collect(poll: Poll) -> list[PollEvent]:
    """Run a poll to its end."""
    async with aclosing(poll.run()) as events:
        return [event async for event in events]


@settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(sequence=st.lists(steps, max_size=10))
@pytest.mark.usefixtures("home")
def test_any_sequence_of_clocks_loses_nothing(server: Site, monkeypatch: pytest.MonkeyPatch, sequence: list[Step]):
    """Nothing is lost or doubled by its true age; with the clock right again the next poll fetches each source."""
    with tempfile.TemporaryDirectory() as folder:
        world = World(server, Path(folder), monkeypatch)
        world.poll(Step(hours=0, error="right", has_date=False, is_public=True, is_news=False))
        for step in sequence:
            world.poll(step)
            world.check()
        fetched = world.poll(Step(hours=4, error="right", has_date=False, is_public=True, is_news=True))
        assert fetched == {"/a", "/b"}
        world.check()
