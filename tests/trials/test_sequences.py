"""Polls, edits, clocks, kills, erasures and restored copies in any order lose nothing, double nothing, hide nothing.

`make fuzz` runs far more steps than the suite does.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from tests.conftest import serving
from tests.trials.model import AUTHORS, FEEDS, NAMES, PERIODS, SOURCES, QueryFile
from tests.trials.world import World

STEPS_PER_RUN = 25
STEPS = int(os.environ.get("BRANDWATCH_TRIAL_STEPS", "200"))

HOUR = timedelta(hours=1)
CLOCK_ERRORS = {
    "right": timedelta(),
    "an hour ahead": HOUR,
    "an hour behind": -HOUR,
    "20 days ahead": timedelta(days=20),
    "20 days behind": timedelta(days=-20),
    "400 days ahead": timedelta(days=400),
    "1980": datetime(1980, 1, 1, tzinfo=UTC) - datetime(2026, 5, 4, tzinfo=UTC),
    "2099": datetime(2099, 1, 1, tzinfo=UTC) - datetime(2026, 5, 4, tzinfo=UTC),
}
names = st.sets(st.sampled_from(NAMES), min_size=1)
statements = st.integers(1, 120)
# Before there were seals, which a database of a later version has from the start.
OLD_VERSIONS = (1, 8, 16, 23)


class Sequences(RuleBasedStateMachine):
    """Any sequence of what happens to a monitored brand, checked after each step."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.serving = serving()
        self.world = World(self.serving.__enter__(), self.folder)

    def teardown(self) -> None:
        """Stop the server and remove the files."""
        self.world.close()
        self.serving.__exit__(None, None, None)
        shutil.rmtree(self.folder)

    @initialize(version=st.sampled_from((0, *OLD_VERSIONS)))
    def begin(self, version: int) -> None:
        """Begin with one query and an entry in each feed; without a database, or with an old one."""
        self.world.write_query("acme", QueryFile(NAMES))
        for feed, author in zip(FEEDS, AUTHORS, strict=True):
            self.world.publish([feed], "Acme", author)
        if version:
            self.world.install_old_version(version)

    # The outside.

    @rule(
        feeds=st.sets(st.sampled_from(FEEDS), min_size=1),
        name=st.sampled_from(("", *NAMES)),
        author=st.sampled_from(AUTHORS),
    )
    def publish(self, feeds: set[str], name: str, author: str) -> None:
        """A publisher adds an entry to one or more feeds."""
        self.world.publish(sorted(feeds), name, author)

    @rule(feed=st.sampled_from(FEEDS), number=st.integers(0, 7))
    def edit_entry(self, feed: str, number: int) -> None:
        """A publisher edits an entry; the brand stays in it."""
        if entries := self.world.feeds[feed]:
            entries[number % len(entries)].edits += 1
            for path in FEEDS:
                self.world.serve(path)

    @rule(feed=st.sampled_from(FEEDS), fault=st.sampled_from(("", "", "500", "410", "429", "empty", "page")))
    def break_feed(self, feed: str, fault: str) -> None:
        """A feed fails, or is well again."""
        if fault:
            self.world.faults[feed] = fault
        else:
            self.world.faults.pop(feed, None)
        self.world.serve(feed)

    @rule(hours=st.sampled_from((1, 3, 24, 24 * 7, 24 * 40, 24 * 400)))
    def wait(self, hours: int) -> None:
        """Time passes without a poll."""
        self.world.true_time += hours * HOUR
        self.world.set_clock()

    @rule(error=st.sampled_from(sorted(CLOCK_ERRORS)))
    def set_clock(self, error: str) -> None:
        """The clock of the machine is wrong, or right again."""
        self.world.clock_error = CLOCK_ERRORS[error]
        self.world.set_clock()

    # The user.

    @rule(name=st.sampled_from(sorted(SOURCES)), wanted=names, retain=st.sampled_from(sorted(PERIODS)))
    def write_query(self, name: str, wanted: set[str], retain: str) -> None:
        """The user writes a query file, or edits its names and its retention."""
        self.world.write_query(name, QueryFile(tuple(sorted(wanted)), retain))

    @rule(name=st.sampled_from(sorted(SOURCES)))
    def break_query(self, name: str) -> None:
        """The user makes an error in a query file."""
        if query := self.world.queries.get(name):
            query.is_broken = True
            self.world.write_query(name, query)

    @rule(name=st.sampled_from(sorted(SOURCES)))
    def remove_query(self, name: str) -> None:
        """The user deletes a query file."""
        if name in self.world.queries:
            self.world.remove_query(name)

    @precondition(lambda self: (self.world.folder / "b.db").exists())
    @rule(number=st.integers(0, 50), status=st.sampled_from(("relevant", "irrelevant", "done")))
    def decide(self, number: int, status: str) -> None:
        """The analyst decides about a mention."""
        self.world.decide(number, status)

    @precondition(lambda self: (self.world.folder / "b.db").exists())
    @rule(name=st.sampled_from(sorted(SOURCES)))
    def replay(self, name: str) -> None:
        """The user applies an edit at once."""
        if name in self.world.queries:
            self.world.replay(name)

    @precondition(lambda self: (self.world.folder / "b.db").exists() and not self.world.clock_error)
    @rule()
    def accept_clock(self) -> None:
        """The administrator sees that the clock is right, and says so."""
        self.world.accept_clock()

    @precondition(lambda self: (self.world.folder / "b.db").exists())
    @rule(author=st.sampled_from(AUTHORS), killed=st.one_of(st.just(0), statements))
    def erase(self, author: str, killed: int) -> None:
        """A person asks to be erased; the command may be killed."""
        self.world.erase(author, killed)

    @precondition(lambda self: (self.world.folder / "b.db").exists())
    @rule()
    def back_up(self) -> None:
        """The administrator copies the database."""
        self.world.back_up()

    @precondition(lambda self: self.world.backups)
    @rule(number=st.integers(0, 5))
    def restore(self, number: int) -> None:
        """The administrator puts a copy back."""
        self.world.restore(number)

    @rule(version=st.sampled_from(OLD_VERSIONS))
    def upgrade(self, version: int) -> None:
        """The database of an older version comes into its place."""
        self.world.install_old_version(version)

    # Cron. Twice, so that there are more polls than edits.

    @rule(force=st.booleans())
    def poll(self, force: bool) -> None:
        """Cron polls."""
        self.world.poll(force=force)

    @rule()
    def poll_an_hour_later(self) -> None:
        """Cron polls again an hour later."""
        self.world.true_time += HOUR
        self.world.set_clock()
        self.world.poll(force=False)

    @rule(killed=statements, force=st.booleans())
    def poll_and_kill(self, killed: int, force: bool) -> None:
        """Cron polls, and is killed."""
        self.world.poll(force=force, killed=killed)

    @invariant()
    def nothing_is_wrong(self) -> None:
        """The database is whole first: opening it brings an old one up to date."""
        self.world.check_files()
        self.world.check_nothing_lost()
        self.world.check_nothing_doubled()
        self.world.check_nothing_invented()
        self.world.check_nothing_hidden()


def test_any_sequence_of_events_loses_nothing():
    """Fixed sequences in the suite, random ones in `make fuzz`; a failure prints its steps."""
    is_random = STEPS > 200
    run_state_machine_as_test(
        Sequences,
        settings=settings(
            max_examples=max(1, STEPS // STEPS_PER_RUN),
            stateful_step_count=STEPS_PER_RUN,
            derandomize=not is_random,
            deadline=None,
            phases=[Phase.generate, Phase.shrink] if is_random else [Phase.generate],
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
