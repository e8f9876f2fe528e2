"""What tests of the pipeline need: a clock that stands still, and a poll without the command line."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine

from brandwatch.config.settings import Settings
from brandwatch.pipeline.loading import load_queries
from brandwatch.pipeline.run import Poll, PollEvent, open_poll

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

NOW = datetime(2026, 5, 6, 12, tzinfo=UTC)
FORUM = """\
title: Fjordforum
about: A forum whose posts are read again one by one.
group: forum
engine: json
mode: stream
verified: 2026-05-01
parameters: {{tag: {{about: A tag of the forum.}}}}
request: {{url: "{site}/latest", params: {{tag: "{{tag}}"}}}}
map: {{items: posts, fields: {{id: "fjordforum:{{id}}", title: title, replies: replies}}}}
refresh:
  url: "{site}/posts/{{id}}"
  pattern: ^fjordforum:(\\d+)$
  map: {{items: "@", fields: {{id: id, replies: replies}}}}
"""


@pytest.fixture
def at() -> Iterator[time_machine.Traveller]:
    """A clock that stands still until it is moved."""
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def settings(home: Path) -> Settings:
    """The settings of a folder with queries."""
    return Settings(db=home / "brandwatch.db", queries=home / "queries")


@pytest.fixture
def poll(settings: Settings, at: time_machine.Traveller) -> Callable[..., list[PollEvent]]:
    """One poll, some time *after* the last one, without the command line; returns its events."""

    async def collect(opened: Poll) -> list[PollEvent]:
        async with aclosing(opened.run()) as events:
            return [event async for event in events]

    def run(*, after: timedelta = timedelta(), **options: bool) -> list[PollEvent]:
        at.shift(after)
        loaded = load_queries(settings.queries)
        with open_poll(settings, loaded.queries, broken=loaded.broken, **options) as opened:  # type: ignore[arg-type]
            return asyncio.run(collect(opened))

    return run


@pytest.fixture
def forum(home: Path) -> Callable[..., None]:
    """Add the kind `fjordforum`, whose responses are refreshed, with further lines."""

    def write(site: str, more: str = "") -> None:
        folder = home / "sources"
        folder.mkdir(exist_ok=True)
        (folder / "fjordforum.yaml").write_text(FORUM.format(site=site) + more, encoding="utf-8")

    return write
