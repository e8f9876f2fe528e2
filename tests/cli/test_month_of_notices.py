"""The mails of thirty days with thirteen sources, each with a fate of its own."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import pytest
from tests.conftest import START
from tests.source_world import DAY, FATES, HOUR, Fate, SourceWorld

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, timedelta
    from pathlib import Path

    from tests.conftest import Answer, Site
    from time_machine import Traveller

    Cli = Callable[..., Answer]
    Write = Callable[..., Path]
    Month = dict[str, list[tuple[int, str]]]

STEP = 3 * HOUR + 0.75 * HOUR
STEPS = 3  # fifteen phases of the flapping source: one poll finds it up, the next down


@pytest.fixture
def month(cli: Cli, site: Site, query: Write, clock: Traveller) -> Callable[..., Month]:
    """Thirty days of polls without a terminal; returns the day and the words of each line, by the name of its source."""

    def run(offline: Fate | None = None) -> Month:
        world = SourceWorld(site, START, offline)
        query(*(f"{{url: '{url}', interval: 1h}}" for url in world.urls.values()))
        lines: Month = defaultdict(list)
        for now in world.polls(30, STEPS * STEP):
            clock.move_to(now)
            answer = cli("poll")
            days = (now - START) // DAY
            for line in answer.err.splitlines():
                name = line.split("/")[3].split()[0] if "//" in line[:30] else line.split()[0]
                lines[name].append((days, line[:12].strip() + (" still" if "  still" in line else "")))
            lines["exit"].append((days, str(answer.code)))
        return lines

    return run


def test_each_source_has_the_notices_of_its_fate(month: Callable[..., Month]):
    """It began, once a week it still is, it is well again; what is well has no mail."""
    lines = month()
    words = {name: [word for _, word in lines[name]] for name in FATES}
    print(words, dict(lines))
    weekly = ["failing", *["failing still"] * 3]
    assert words["dead"] == words["login"] + ["failing still"] == weekly
