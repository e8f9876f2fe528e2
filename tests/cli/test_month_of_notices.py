"""The mails of thirty days with thirteen sources, each with a fate of its own."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING

from tests.conftest import START
from tests.source_world import DAY, FATES, STEP, Fate, SourceWorld

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Answer, Site
    from time_machine import Traveller

    Cli = Callable[..., Answer]
    Write = Callable[..., Path]

POLL_STEP = 5 * STEP
"""An odd number of phases of the flapping source: one poll finds it up, the next down."""
OFFLINE = Fate(20 * DAY, 23 * DAY)
EXPECTED = {
    "dead": ["failing", "still", "still", "still"],
    "frozen": ["frozen", "still", "still"],
    "emptied": ["empty", "still", "still"],
    "stale": ["frozen", "still", "still"],
    "replaced": ["replaced", "still", "still"],
    "throttled": ["failing", "still", "still"],
    "captive": ["failing", "well again"],
    "flapping": ["flapping", "still"],
    "moved": ["moved"],
    "renamed": [],
    "login": ["failing", "still"],
    "well": [],
    "undated": [],
    "network": ["network down", "network well again"],
}


def words_of(line: str) -> tuple[str, str]:
    """Return the source of a line, and what it says of it."""
    label, subject, text = line[:12].strip(), *line[13:].split("  ", 1)
    name = subject.rpartition("/")[2] if "://" in subject else label
    return name, f"network {subject}" if name == "network" else ("still" if text.startswith("still") else label)


def test_each_source_has_the_notices_of_its_fate(cli: Cli, site: Site, query: Write, clock: Traveller):
    """It began, once a week it still is, it is well again; three days without a network are two lines."""
    world = SourceWorld(site, START, OFFLINE)
    query(*(f"{{url: '{url}', interval: 1h}}" for url in world.urls.values()))
    told: defaultdict[str, list[str]] = defaultdict(list)
    days: defaultdict[str, list[float]] = defaultdict(list)
    codes: Counter[tuple[int, bool]] = Counter()
    mails = 0
    for now in world.polls(30, POLL_STEP):
        clock.move_to(now)
        answer = cli("poll")
        codes[answer.code, now - START < FATES["dead"].begins] += 1
        mails += bool(answer.err)
        for name, words in map(words_of, answer.err.splitlines()):
            told[name].append(words)
            days[name].append((now - START) / DAY)
    assert {name: told[name] for name in EXPECTED} == EXPECTED
    assert told.keys() <= EXPECTED.keys()
    assert codes.keys() == {(0, True), (3, False)}
    # Each begins within two days and a half of its fate, but for what takes patience to see.
    late = {name: days[name][0] - FATES[name].begins / DAY for name in FATES if days[name]}
    assert {name for name, delay in late.items() if delay > 2.5} <= {"frozen", "stale", "flapping"}
    # It takes ten fetches to see that a source flaps, here at nearly one a day.
    assert max(delay for name, delay in late.items() if name != "flapping") < 5
    assert late["flapping"] < 8
    for name in EXPECTED.keys() - {"captive", "network"}:
        assert all(later - earlier > 5.9 for earlier, later in pairwise(days[name])), name
    assert mails <= 20
