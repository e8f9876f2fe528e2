"""Thirty days with thirteen sources: what every report says of each of them."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.conftest import START
from tests.source_world import DAY, FATES, FLAPPING_PHASE, SourceWorld

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Answer, Site
    from time_machine import Traveller

    Cli = Callable[..., Answer]

# An odd number of phases: the flapping source is down at every second poll.
STEP = 15 * FLAPPING_PHASE
# Until a state is told, after it began: a silence has to last, and three failures take three polls.
DELAYS = {"frozen": 4 * DAY, "stale": 2.5 * DAY, "flapping": STEP}
FAILING = {"dead": "http-4xx", "throttled": "throttled", "login": "not-a-feed", "captive": "not-a-feed"}
STATES = {"frozen": "frozen", "stale": "frozen", "emptied": "empty", "replaced": "replaced", "moved": "moved"}


def test_every_report_tells_the_truth_of_each_source(
    cli: Cli, site: Site, query: Callable[..., Path], clock: Traveller
):
    """Failures have their class; what froze, was emptied, replaced or moved has its state; what is well has none."""
    world = SourceWorld(site, START)
    query(*world.urls.values())
    names = {url: name for name, url in world.urls.items()}
    day = START
    for now in world.polls(30, STEP):
        clock.move_to(now)
        cli("poll")
        if now - day >= DAY:
            day = now
            coverage = json.loads(cli("report", "--format", "json", "--limit", "1").out)["coverage"]
            check_day(coverage, names, now)
    line = cli("report", "--format", "csv", "--limit", "1").err
    assert "13 of 13 sources seen (1 replaced, 1 empty, 2 frozen) · 4 failed: " in line
    assert "the same copy of a cache, made 2026-05-09 12:00 UTC" in line
    assert "“Lucky Wheel Casino” (lucky-wheel.example) in place of “Replacedavisa”" in line


def check_day(coverage: dict[str, Any], names: dict[str, str], now: datetime) -> None:
    """Compare the coverage of a report with what became of each source."""
    failures = {names[one["source"]]: one["class"] for one in coverage["failures"]}
    states = {names[one["source"]]: one["health"] for one in coverage["states"]}
    assert coverage["expected"] == 13
    for name, fate in FATES.items():
        age = now - START - fate.begins
        has_begun, has_ended = age >= timedelta(), now - START >= fate.ends
        is_due = has_begun and not has_ended and age >= DELAYS.get(name, timedelta())
        where = (name, now - START, states.get(name), failures.get(name))
        if name in FAILING and not has_ended:
            assert failures.get(name) == (FAILING[name] if has_begun else None), where
        elif name in STATES:
            assert name not in failures, where
            if is_due or not has_begun:
                assert states.get(name) == (STATES[name] if is_due else None), where
        elif name == "flapping":
            assert not is_due or states[name] == "flaky", where
        elif name == "captive":
            # Its failures are forgotten after some answers.
            assert states.get(name) in ({None, "flaky"} if age < 7 * DAY else {None}), where
        else:
            assert (states.get(name), failures.get(name)) == (None, None), where
