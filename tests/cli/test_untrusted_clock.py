"""A poll with an untrusted clock deletes nothing by age."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import pytest
import time_machine
from tests.cli.test_privacy import assert_sound, feed, item
from tests.conftest import serving

from brandwatch.http import Client

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Answer, Site

    Cli = Callable[..., Answer]
    Write = Callable[..., Path]

pytestmark = pytest.mark.usefixtures("public")

BRAND = "Fjordkraft Åsgård"
START = datetime(2026, 5, 5, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TWO_DAYS = "retain: {public: 2d, staff: 2d}\n"
OLD = f"{BRAND} kutter prisen"
NEW = f"{BRAND} bygger ut"
LINE = "nothing is deleted by age until it is set right or confirmed (`brandwatch doctor` explains)\n"


def poll(cli: Cli, after: timedelta, *arguments: str) -> Answer:
    """Poll all sources some time after the first poll."""
    with time_machine.travel(START + after, tick=False):
        return cli("poll", "--force", *arguments)


def doctor(cli: Cli, after: timedelta) -> dict[str, str]:
    """Run the clock check of the doctor."""
    with time_machine.travel(START + after, tick=False):
        checks = json.loads(cli("doctor", "--format", "json").out)["checks"]
    return next(check for check in checks if check["check"] == "clock")


def rows(statement: str) -> list[tuple[object, ...]]:
    """Read rows of the current database."""
    with closing(sqlite3.connect("brandwatch.db")) as connection:
        return connection.execute(statement).fetchall()


def titles() -> list[str]:
    """Read the titles of all mentions, also of those that are hidden before their retention ends."""
    return [str(title) for (title,) in rows("SELECT title FROM entry JOIN mention ON entry = entry.id ORDER BY title")]


def hidden() -> list[str]:
    """Read the titles of the mentions that are hidden before their retention ends."""
    statement = "SELECT title FROM entry JOIN mention ON entry = entry.id WHERE expiring IS NOT NULL ORDER BY title"
    return [str(title) for (title,) in rows(statement)]


def counts() -> tuple[int, ...]:
    """Count the rows of the tables with deletion by age, and of the tallies."""
    tables = ("mention", "entry", "fetch", "gap", "source", "sketched", "tally", "tombstone")
    return tuple(int(str(rows(f"SELECT count(*) FROM {table}")[0][0])) for table in tables)  # noqa: S608 (ours)


@pytest.fixture
def polled(cli: Cli, site: Site, query: Write) -> Cli:
    """The command line over one mention with a retention of two days; the server of the first poll sends no Date."""
    query(site.put("/feed", feed(item(1, OLD))), more=TWO_DAYS)
    site.date = ""
    assert poll(cli, timedelta()) == (0, "", "")
    return cli


@pytest.mark.parametrize("days", [2, 20, 400])
def test_a_clock_ahead_deletes_nothing(polled: Cli, site: Site, home: Path, days: int):
    """Every poll keeps aged rows, stores new entries, warns in one line and exits 3."""
    site.put("/feed", feed(item(1, OLD), item(2, NEW)))
    before = counts()
    for hours in range(3):
        answer = poll(polled, days * DAY + hours * HOUR)
        assert (answer.code, answer.out) == (3, "")
        assert answer.err.startswith("clock: 202")
        assert f"is {days} days ahead of the last trusted poll (2026-05-05 12:00 UTC)" in answer.err
        assert answer.err.endswith(LINE)
        assert answer.err.count("\n") == 1
    assert all(now >= earlier for now, earlier in zip(counts(), before, strict=True))
    assert poll(polled, HOUR) == (0, "", "")
    assert titles() == [NEW, OLD]
    assert counts()[6:] == (0, 0)
    assert poll(polled, 2 * HOUR) == (0, "", "")
    assert_sound(home / "brandwatch.db")


def test_a_normal_poll_deletes_by_age(polled: Cli, site: Site):
    """Steps of a day without a Date, or of 23 hours, are trusted."""
    for hours in (24, 25, 48):
        assert poll(polled, hours * HOUR).code == 0
    assert titles() == [OLD]
    site.put("/feed", feed(item(2, NEW)))
    assert poll(polled, 49 * HOUR) == (0, "", "")
    assert (titles(), hidden()) == ([NEW], [])


@pytest.mark.parametrize("status", [200, 304, 500])
def test_a_month_off_confirmed_by_servers(polled: Cli, site: Site, status: int):
    """The Date of any response confirms the clock, also of a 304 or a failure."""
    site.put("/feed", feed(item(1, OLD)), ETag='"1"')
    assert poll(polled, HOUR).code == 0
    if status == 500:
        site.put("/feed", "", 500)
    elif status == 200:
        site.put("/feed", feed(item(1, OLD), item(2, NEW)))
    site.date = None
    answer = poll(polled, 31 * DAY)
    assert (answer.code, "clock" in answer.err) == (3 if status == 500 else 0, False)
    assert hidden() == [OLD]
    poll(polled, 32 * DAY)
    assert titles() == ([NEW] if status == 200 else [])


@pytest.mark.parametrize("status", [200, 304, 500])
def test_a_month_off_without_confirmation(polled: Cli, site: Site, status: int):
    """Without a Date nothing is deleted; poll and doctor report it until the first Date."""
    site.put("/feed", feed(item(1, OLD)), ETag='"1"')
    assert poll(polled, HOUR).code == 0
    if status == 500:
        site.put("/feed", "", 500)
    elif status == 200:
        site.put("/feed", feed(item(1, OLD), item(2, NEW)))
    answer = poll(polled, 31 * DAY)
    assert (answer.code, answer.err.endswith(f"and no server confirms it; {LINE}")) == (3, True)
    assert OLD in titles()
    found = doctor(polled, 31 * DAY)
    assert found["state"] == "problem"
    assert "2026-06-05 12:00 UTC is 30 days ahead of the last trusted poll (2026-05-05 13:00 UTC)" in found["found"]
    assert "deletion resumes with the first poll whose clock most servers confirm" in found["hint"]
    site.date = None
    assert "clock" not in poll(polled, 31 * DAY + HOUR).err
    assert hidden() == [OLD]
    assert doctor(polled, 31 * DAY + HOUR)["state"] == "ok"


def test_without_responses_the_clock_is_unconfirmed(polled: Cli, site: Site, query: Write):
    """A poll of unreachable sources, or without requests, cannot confirm the clock."""
    site.date = None
    query("http://127.0.0.1:9/feed", more=TWO_DAYS)
    assert poll(polled, 31 * DAY).err.endswith(LINE)
    query(more=TWO_DAYS)
    assert poll(polled, 31 * DAY).err.endswith(LINE)
    assert poll(polled, 31 * DAY).code == 3
    assert titles() == [OLD]


def test_a_wrong_server_is_outvoted(polled: Cli, site: Site, query: Write):
    """Two hosts that disagree decide nothing; two of three decide."""
    with serving() as other, serving() as third:
        urls = [each.put("/feed", feed(item(1, OLD))) for each in (site, other, third)]
        query(*urls[:2], more=TWO_DAYS)
        site.date, other.date = None, format_datetime(START, usegmt=True)
        answer = poll(polled, 31 * DAY)
        assert (answer.code, "1 of 2 servers confirm it" in answer.err) == (3, True)
        query(*urls, more=TWO_DAYS)
        third.date = other.date
        assert "contradicts the Date of 2 servers (2026-05-05 12:00 UTC)" in poll(polled, 31 * DAY).err
        assert titles() == [OLD]
        third.date = None
        assert poll(polled, 31 * DAY).code == 0
        assert hidden() == [OLD]


def test_a_poll_of_one_query(polled: Cli, site: Site, query: Write):
    """It deletes for all queries or for none; its own sources confirm the clock."""
    with serving() as other:
        query(other.put("/feed", feed(item(3, "Ingenting"))), name="annen", more=TWO_DAYS)
        other.date = ""
        assert poll(polled, 31 * DAY, "annen").code == 3
        # The new query finds the stored entry too.
        assert titles() == [OLD, OLD]
        other.date = None
        assert poll(polled, 31 * DAY, "annen").code == 0
    assert hidden() == [OLD]


@pytest.mark.parametrize("back", [HOUR, 20 * DAY, 400 * DAY])
def test_a_clock_behind_deletes_nothing(polled: Cli, site: Site, back: timedelta):
    """It deletes nothing; the next trusted poll dates its new rows."""
    site.put("/feed", feed(item(1, OLD), item(2, NEW)))
    answer = poll(polled, -back)
    assert (answer.code, "behind the last trusted poll" in answer.err) == (3, True)
    found = doctor(polled, -back)
    assert (found["state"], "behind the last trusted poll" in found["found"]) == ("problem", True)
    assert titles() == [NEW, OLD]
    found = doctor(polled, HOUR)
    assert (found["state"], found["hint"].startswith("the next poll deletes again")) == ("warning", True)
    assert poll(polled, HOUR) == (0, "", "")
    assert titles() == [NEW, OLD]
    at = int((START + HOUR).timestamp())
    assert rows("SELECT found FROM mention WHERE id = 2 UNION SELECT found FROM entry WHERE id = 2") == [(at,)]
    assert rows("SELECT count(*) FROM fetch WHERE at < (SELECT min(found) FROM mention)") == [(0,)]
    assert rows("SELECT deed FROM audit WHERE number = 2 ORDER BY id") == [("stored",), ("changed",)]
    for day in (1, 2):
        assert poll(polled, day * DAY + timedelta(minutes=30)).code == 0
    assert titles() == [NEW]


def test_a_small_step_back_is_trusted(polled: Cli):
    """A correction of minutes by a time server stops nothing."""
    assert poll(polled, timedelta(minutes=-4)) == (0, "", "")
    assert doctor(polled, timedelta(minutes=-4))["state"] == "ok"


@pytest.mark.parametrize(
    ("first", "has_date"),
    [
        (datetime(1980, 1, 1, tzinfo=UTC), False),
        (datetime(1980, 1, 1, tzinfo=UTC), True),
        (START - 400 * DAY, True),
    ],
)
def test_a_first_poll_in_the_past(cli: Cli, site: Site, query: Write, first: datetime, has_date: bool):
    """Servers and the calendar contradict it; after the correction nothing of its entries is deleted."""
    query(site.put("/feed", feed(item(1, OLD), item(2, NEW))), more=TWO_DAYS)
    site.date = format_datetime(START, usegmt=True) if has_date else ""
    for _ in range(2):
        answer = poll(cli, first - START)
        assert (answer.code, answer.err.startswith("clock: "), answer.err.endswith(LINE)) == (3, True, True)
    site.date = None if has_date else ""
    assert poll(cli, timedelta()) == (0, "", "")
    assert titles() == [NEW, OLD]
    at = int(START.timestamp())
    assert rows("SELECT DISTINCT found FROM mention UNION SELECT DISTINCT found FROM entry") == [(at,)]
    assert rows("SELECT DISTINCT at FROM fetch UNION SELECT last_poll FROM source") == [(at,)]
    assert [row[0] for row in rows("SELECT count(*) FROM sketched UNION ALL SELECT count(*) FROM tombstone")] == [2, 0]
    for hours in (24, 25, 48):
        poll(cli, hours * HOUR)
    assert titles() == [NEW, OLD]
    assert poll(cli, 49 * HOUR).code == 0
    assert titles() == []


def test_a_poll_of_one_query_after_1980(cli: Cli, site: Site, query: Write):
    """Sources outside the first trusted poll keep their state."""
    query(site.put("/feed", feed(item(1, OLD))))
    query(site.put("/tom", feed(item(3, "Ingenting"))), name="annen")
    assert poll(cli, datetime(1980, 1, 1, tzinfo=UTC) - START).code == 3
    assert poll(cli, timedelta(), "fjordkraft").code == 0
    assert rows("SELECT count(*) FROM source WHERE length(window) > 0") == [(2,)]


def test_earlier_times_are_unchanged(polled: Cli, site: Site, query: Write):
    """A month off changes no time of earlier mentions."""
    query(site.put("/feed", feed(item(1, OLD), item(2, NEW))))
    assert poll(polled, HOUR).code == 0
    before = rows("SELECT * FROM mention ORDER BY id"), rows("SELECT found FROM entry ORDER BY id")
    site.date = None
    assert poll(polled, 31 * DAY).code == 0
    assert (rows("SELECT * FROM mention ORDER BY id"), rows("SELECT found FROM entry ORDER BY id")) == before


def test_an_older_database_is_trusted(polled: Cli, home: Path, site: Site):
    """The first poll of this version continues from the last poll of the old one."""
    with closing(sqlite3.connect(home / "brandwatch.db")) as connection:
        connection.executescript(
            "DROP TABLE poll_clock; DROP INDEX mention_expiring; DROP INDEX mention_expiring_staff;"
            " DROP INDEX mention_by_age; CREATE INDEX mention_by_age ON mention (query, voice, found);"
            " DROP INDEX mention_about_staff; CREATE INDEX mention_about_staff ON mention (query);"
            " ALTER TABLE mention DROP COLUMN expiring; PRAGMA user_version = 16;"
            " DELETE FROM _sqlite_migrations WHERE name = 'm017_poll_clock' OR name LIKE '%_expiring'"
        )
    assert poll(polled, 31 * DAY).code == 3
    assert (titles(), hidden()) == ([OLD], [])
    site.date = None
    assert poll(polled, 31 * DAY).code == 0
    assert hidden() == [OLD]


def test_erasure_ignores_the_clock(polled: Cli):
    """An erasure request is carried out at once, whatever the clock."""
    assert poll(polled, 400 * DAY).code == 3
    with time_machine.travel(START + 400 * DAY, tick=False):
        assert polled("privacy", "forget", "--text", OLD, "--yes").code == 0
    assert titles() == []


def accept(cli: Cli, after: timedelta, *options: str) -> Answer:
    """Accept the clock of the machine by hand."""
    with time_machine.travel(START + after, tick=False):
        return cli("doctor", "--accept-clock", *options)


def test_a_user_accepts_the_clock(polled: Cli, home: Path):
    """The doctor names the option; after it polls go on, retention too, and the audit has who decided."""
    assert poll(polled, 31 * DAY).code == 3
    assert "--accept-clock` accepts the clock of this machine" in doctor(polled, 31 * DAY)["hint"]
    answer = accept(polled, 31 * DAY + HOUR)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith(
        "2026-06-05 13:00:00 UTC is accepted as the time of this machine;"
        " before, 2026-05-05 12:00:00 UTC was the last trusted time.\n"
    )
    assert doctor(polled, 31 * DAY + HOUR)["state"] == "ok"
    assert polled("audit", "--format", "csv").out.splitlines()[-1].split(",")[2:6] == [
        "hand",
        "decided",
        "poll_clock",
        "1",
    ]
    assert poll(polled, 31 * DAY + 2 * HOUR).code == 0
    assert hidden() == [OLD]
    assert poll(polled, 32 * DAY + 2 * HOUR).code == 0
    assert titles() == []
    assert_sound(home / "brandwatch.db")


def test_a_clock_in_no_doubt_needs_no_acceptance(polled: Cli):
    """Nothing is changed, and the command says so, to people and to programs."""
    before = rows("SELECT * FROM poll_clock"), rows("SELECT count(*) FROM audit")
    assert accept(polled, HOUR).out == "2026-05-05 13:00:00 UTC is in no doubt: nothing was changed\n"
    data = json.loads(accept(polled, HOUR, "--format", "json").out)
    assert data == {
        "version": 1,
        "clock": {
            "accepted": False,
            "now": "2026-05-05T13:00:00+00:00",
            "last_trusted": "2026-05-05T12:00:00+00:00",
            "servers": None,
        },
    }
    assert (rows("SELECT * FROM poll_clock"), rows("SELECT count(*) FROM audit")) == before


def test_an_impossible_year_is_not_accepted(polled: Cli):
    """A machine that lost its time begins in 1980: the clock is to be set first."""
    answer = accept(polled, datetime(1980, 1, 1, tzinfo=UTC) - START)
    assert (answer.code, "1980-01-01 00:00 UTC is not plausible" in answer.err) == (2, True)
    assert "set the machine's clock first" in answer.err


def test_an_accepted_clock_is_doubted_again_if_servers_deny_it(polled: Cli, site: Site, query: Write):
    """A user who accepts a wrong clock loses nothing while two servers say otherwise."""
    accept(polled, 400 * DAY)
    with serving() as other:
        query(site.url("/feed"), other.put("/feed", feed(item(1, OLD))), more=TWO_DAYS)
        site.date = other.date = format_datetime(START, usegmt=True)
        answer = poll(polled, 400 * DAY + HOUR)
    assert (answer.code, "contradicts the Date of 2 servers" in answer.err) == (3, True)
    assert (titles(), hidden()) == ([OLD], [])


@pytest.mark.parametrize("leap", [20 * DAY, 400 * DAY, -20 * DAY, datetime(1980, 1, 1, tzinfo=UTC) - START])
def test_a_wrong_clock_stops_no_source(cli: Cli, site: Site, query: Write, leap: timedelta):
    """The next ordinary poll with the right clock fetches all: well, failing and new sources, and slow ones."""
    slow = f"{{url: {site.put('/slow', feed(item(4, OLD)))}, interval: 30d}}"
    urls = [site.put("/feed", feed(item(1, OLD))), site.put("/fails", "", 503, Retry_After="86400"), slow]
    query(*urls)
    site.date = ""
    with time_machine.travel(START, tick=False):
        cli("poll")
    query(*urls, site.put("/new", feed(item(3, NEW))))
    with time_machine.travel(START + leap, tick=False):
        assert cli("poll", "--force").code == 3
    site.log.clear()
    with time_machine.travel(START + HOUR, tick=False):
        cli("poll")
    # Read an hour ago by a clock that was 20 days behind, it is due ten days from now.
    is_slow_due = leap != -20 * DAY
    asked = ["/fails", "/feed", "/new", *(["/slow"] if is_slow_due else [])]
    assert sorted(request.path for request in site.log) == asked
    site.log.clear()
    with time_machine.travel(START + 2 * HOUR, tick=False):
        cli("poll")
    assert "/feed" in {request.path for request in site.log}
    times = "SELECT first_poll, last_poll, last_success, last_new, last_full FROM source"
    known = [at for row in rows(times) for at in row if isinstance(at, int)]
    assert START.timestamp() <= min(known) <= max(known) <= (START + 2 * HOUR).timestamp()


def test_a_clock_is_trusted_again_after_a_steady_day(polled: Cli):
    """A holiday, and sources without a Date: exit 3 for a day, then 0; retention does not count the holiday."""
    for hours in (0, 12, 24):
        assert poll(polled, 20 * DAY + hours * HOUR).code == 3
    assert poll(polled, 21 * DAY + HOUR).code == 0
    assert (titles(), hidden()) == ([OLD], [OLD])
    found = doctor(polled, 21 * DAY + HOUR)
    assert (found["state"], "retention does not count 20 days" in found["found"]) == ("warning", True)
    assert "--accept-clock" in found["hint"]
    assert poll(polled, 22 * DAY + HOUR).code == 0
    assert titles() == []


@pytest.mark.parametrize("leap", [31 * DAY, 400 * DAY])
def test_a_server_on_this_machine_confirms_a_leap_where_there_is_no_other(
    polled: Cli, site: Site, monkeypatch: pytest.MonkeyPatch, leap: timedelta
):
    """An installation that reads its own network only is not without retention after a holiday."""
    site.date = None
    monkeypatch.setattr(Client, "may_be_private", lambda _client, _url: True)
    assert poll(polled, leap).code == 0
    assert hidden() == [OLD]
    assert doctor(polled, leap)["state"] == "ok"
