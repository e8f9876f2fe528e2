"""When a poll is idle, by what is stored; what an idle poll leaves and tells is compared in `tests/cli`."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from brandwatch import clock
from brandwatch.models import LATENESS, Alert, AlertCondition, PollClock
from brandwatch.pipeline.clock_trust import TIME_LIMITS
from brandwatch.pipeline.idle_poll import IdlePoll
from brandwatch.pipeline.loading import QueryFolder
from brandwatch.pipeline.poll_end import PollEnded
from brandwatch.storage import alert_rows, open_store, poll_clock

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Site
    from time_machine import Traveller

    from brandwatch.config.settings import Settings
    from brandwatch.pipeline.run import PollEvent

    Forum = Callable[..., None]
    Idle = Callable[..., bool]
    Run = Callable[..., list[PollEvent]]
    Write = Callable[..., Path]

NOW = datetime(2026, 5, 6, 12, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NAME = "Fjordkraft Åsgård"


@pytest.fixture
def idle(settings: Settings, at: Traveller) -> Idle:
    """Whether a poll finds nothing to do, some time *after* the last step."""

    def ask(after: timedelta = timedelta()) -> bool:
        at.shift(after)
        with open_store(settings.db) as store:
            return IdlePoll(store=store, queries=QueryFolder(settings).facts.queries).is_idle()

    return ask


def change(settings: Settings, *statements: str, **values: object) -> None:
    """Change the database as an earlier poll might have left it; `:now` is the time of the test."""
    with closing(sqlite3.connect(settings.db, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement, {"now": int(clock.now().timestamp())} | values)


@pytest.fixture
def feed(poll: Run, query: Write, site: Site, rss: Callable[..., str]) -> None:
    """A feed that was polled."""
    query(site.put("/rss", rss((f"{NAME} bygger", "https://avis.example/1"))))
    poll()


@pytest.mark.usefixtures("feed")
@pytest.mark.parametrize(("seconds", "expected"), [(-1, False), (30, False), (31, True), (3600 * 48, True)])
def test_a_source_is_due_half_a_minute_early(settings: Settings, idle: Idle, seconds: int, expected: bool):
    """As for every poll; what is due later is not."""
    change(settings, "UPDATE source SET next_due = :now + :seconds", seconds=seconds)
    assert idle() is expected


@pytest.mark.usefixtures("feed")
@pytest.mark.parametrize(
    ("due", "polled", "expected"),
    [(48 * 3600 + 300, -60, True), (48 * 3600 + 301, -60, False), (3600, 300, True), (3600, 301, False)],
)  # fmt: skip
def test_times_that_no_rule_can_have_set_are_in_doubt(
    settings: Settings, idle: Idle, due: int, polled: int, expected: bool
):
    """More than two days to wait, or fetched in the future: a wrong clock wrote them, and the source is due."""
    change(settings, "UPDATE source SET next_due = :now + :due, last_poll = :now + :polled", due=due, polled=polled)
    assert idle() is expected


def test_a_source_that_is_polled_once_a_week_waits_for_a_week(
    poll: Run, query: Write, site: Site, rss: Callable[..., str], idle: Idle
):
    """The interval of its query file makes a wait possible that is impossible for others."""
    query("{url: " + site.put("/rss", rss((NAME, "https://avis.example/1"))) + ", interval: 7d}")
    poll()
    assert idle()
    assert idle(3 * DAY)
    assert idle(4 * DAY - MINUTE)
    assert not idle(MINUTE - 30 * SECOND)


def test_the_responses_of_a_forum_are_due_before_its_list(
    poll: Run, query: Write, site: Site, forum: Forum, idle: Idle
):
    """An hour after the entry, though its source waits for six."""
    forum(site.url(""))
    site.put("/latest", '{"posts": [{"id": 7, "title": "' + NAME + '", "replies": 1}]}')
    query("{kind: fjordforum, interval: 6h}")
    poll()
    assert idle(HOUR - 31 * SECOND)
    assert not idle(SECOND)


@pytest.mark.parametrize(
    ("kind", "days", "expected"), [("fjordforum", -7, True), ("fjordforum", -6, False), ("comments", 1, True)]
)
def test_the_responses_in_a_thread_are_due_for_a_week_after_it(  # noqa: PLR0913, PLR0917 (what a poll needs)
    settings: Settings,
    poll: Run,
    query: Write,
    site: Site,
    forum: Forum,
    idle: Idle,
    kind: str,
    days: int,
    expected: bool,
):
    """Entries that were found in comments in JSON have responses too; a feed of comments has them in itself."""
    forum(site.url(""))
    site.put("/latest", '{"posts": [{"id": 7, "title": "' + NAME + '", "replies": 1}]}')
    query("{kind: fjordforum, interval: 6h}")
    poll()
    change(
        settings,
        "INSERT INTO source (url, kind, title, rights, language, etag, last_modified, body_hash, queries_hash, error,"
        " moved_to, entries, failures, last_poll, next_due) VALUES ('https://forum.example/7/comments',"
        " :kind, '', '', '', '', '', x'', x'', '', '', 0, 0, :now, :now + 90000)",
        "INSERT INTO conversation VALUES (2, 1, 1, :now + 3600 + :days * 86400)",
        "UPDATE sighting SET source = 2",
        kind=kind,
        days=days,
    )
    assert idle(HOUR) is expected


@pytest.mark.parametrize(("leap", "subjects"), [(DAY, [LATENESS]), (2 * DAY, [])])
def test_an_idle_poll_after_a_leap_tells_nothing_of_what_has_ended(
    settings: Settings, at: Traveller, leap: timedelta, subjects: list[str]
):
    """Times by an untrusted clock would make an outage of hours last for days."""
    since = NOW - 3 * HOUR
    late = Alert(
        condition=AlertCondition.FAILING, named=AlertCondition.FAILING, since=since, named_since=since, at=NOW,
        failures=3, notices=(since,),
    )  # fmt: skip
    with open_store(settings.db) as store:
        poll_clock.save_poll_clock(store, PollClock(trusted=NOW, polled=NOW), TIME_LIMITS)
        alert_rows.save_alerts(store, sources={}, subjects={LATENESS: late})
        at.shift(leap)
        *_, ended = IdlePoll(store=store, queries=(), prints_notices=True).run()
        assert isinstance(ended, PollEnded)
        assert [notice.subject for notice in ended.notices] == subjects
        assert (alert_rows.subject_alerts(store)[LATENESS].condition is AlertCondition.WELL) is bool(subjects)
        assert (poll_clock.read_poll_clock(store).doubt is None) is bool(subjects)
