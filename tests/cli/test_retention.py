from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine
from tests.cli.test_privacy import assert_sound, feed, item, titles

from brandwatch.pipeline import expire

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Answer, Site

    Cli = Callable[..., Answer]
    Write = Callable[..., Path]

pytestmark = pytest.mark.usefixtures("public")

BRAND = "Fjordkraft Åsgård"
START = datetime(2026, 5, 5, 12, tzinfo=UTC)
STAFF = f"Spør rådgiveren i {BRAND}"
ITEMS = (item(1, f"{BRAND} kutter prisen"), item(2, STAFF), item(3, f"{BRAND} bygger ut"))


def mentions(cli: Cli, *options: str) -> int:
    """Count the mentions in `stats` since the first poll."""
    answer = cli(
        "stats", "--by", "query", "--since", "2026-05-01", "--until", "2030-01-01", "--format", "csv", *options
    )
    return sum(int(row.split(",")[1]) for row in answer.out.splitlines()[1:])


def doctor(cli: Cli) -> dict[str, str]:
    """Run the check of the retention."""
    checks = json.loads(cli("doctor", "--format", "json").out)["checks"]
    return next(check for check in checks if check["check"] == "retention")


def later(days: int) -> time_machine.travel:
    """Travel to some days after the first poll."""
    return time_machine.travel(START + timedelta(days=days), tick=False)


@pytest.fixture
def polled(cli: Cli, site: Site, query: Write) -> Cli:
    """The command line over two mentions and one of staff."""
    query(site.put("/feed", feed(*ITEMS)))
    with later(0):
        assert cli("poll").code == 0
    return cli


def test_a_poll_hides_and_another_deletes(polled: Cli, site: Site, home: Path):
    """Staff after 90 days, others after a year; counts stay, and entries still in the feed do not return."""
    with later(84):
        answer = polled("-v", "poll", "--force")
        assert "1 mention hidden near the end of retention\n" in answer.err
        assert titles(polled) == [f"{BRAND} bygger ut", f"{BRAND} kutter prisen"]
        reason = '"suppressed": "its retention ends on 2026-08-03"'
        assert reason in polled("report", "--suppressed", "--format", "json").out
        assert "hidden     its retention ends on 2026-08-03" in polled("show", "2").out
        assert mentions(polled) == 3
        found = doctor(polled)
        assert found["found"] == "1 mention hidden, because the retention of the query ends soon"
    with later(91):
        assert "1 mention deleted by age, with counts that stay\n" in polled("-v", "poll", "--force").err
        assert polled("report", "--suppressed", "--format", "csv").out.count("\n") == 1
        assert mentions(polled) == 3
        assert mentions(polled, "--subject", "brand") == 2
    site.put("/feed", feed(*ITEMS, item(4, f"{BRAND} i nytt bygg")))
    for days in (400, 401):
        with later(days):
            assert polled("poll", "--force") == (0, "", "")
            assert titles(polled) == [f"{BRAND} i nytt bygg"]
            assert mentions(polled) == 4
    with later(401):
        site.put("/feed", feed(*ITEMS, title="Fjordavisa på nett"))
        assert polled("poll", "--force").code == 0
        assert titles(polled) == [f"{BRAND} i nytt bygg"]
        assert mentions(polled) == 4
        assert polled("report", "--stories", "--format", "csv").out.count("\n") == 2
        events = polled("audit", "--format", "csv").out
        assert [events.count(f",retention,{action},") for action in ("hidden", "gone", "shown")] == [3, 3, 0]
    assert_sound(home / "brandwatch.db")


def test_a_longer_retention_shows_mentions_again(polled: Cli, query: Write, site: Site):
    """The next poll shows what the new period does not hide; a shorter one hides first."""
    with later(360):
        polled("poll", "--force")
        assert titles(polled) == []
        query(site.url("/feed"), more="retain: {public: 400d, staff: 90d}\n")
        assert "2 mentions shown again by a longer retention\n" in polled("-v", "poll", "--force").err
        assert len(titles(polled)) == 2
        query(site.url("/feed"), more="retain: {public: 300d, staff: 90d}\n")
        polled("poll", "--force")
        assert (titles(polled), mentions(polled)) == ([], 3)
        assert polled("report", "--suppressed", "--format", "csv").out.count("\n") == 4
    with later(361):
        polled("poll", "--force")
        assert polled("report", "--suppressed", "--format", "csv").out.count("\n") == 1


def test_retention_of_a_query_file(polled: Cli, query: Write, site: Site, home: Path):
    """Its periods apply; an invalid file deletes nothing, a missing one means the defaults."""
    path = query(site.url("/feed"), more="retain: {public: 2w, staff: 1d}\n")
    with later(3):
        polled("poll", "--force")
        assert STAFF not in titles(polled)
    other = path.with_name("havkraft.yaml")
    # Its source confirms the clock of each poll.
    sources = f"sources: [{site.url('/feed')}]\n"
    other.write_text(f"brand: Havkraft\nnames: [Havkraft]\n{sources}", encoding="utf-8")
    path.write_text("brand: x\nretain: {public: 1d\n", encoding="utf-8")
    with later(800):
        assert polled("poll", "--force").code == 3
        assert len(titles(polled)) == 2
    path.unlink()
    with later(357):
        polled("poll", "--force")
        assert (titles(polled), len(titles(polled, "--query", "fjordkraft"))) == ([], 2)
    with later(359):
        polled("poll", "--force")
        assert titles(polled, "--query", "fjordkraft") == []


def test_deletions_of_a_poll_are_limited(polled: Cli, monkeypatch: pytest.MonkeyPatch):
    """Deletions beyond the limit wait for the next poll; the doctor reports them."""
    with later(400):
        assert doctor(polled)["found"] == "3 mentions past the retention of the query"
        polled("poll", "--force")
    monkeypatch.setattr(expire, "EXPIRY_BATCH", 1)
    monkeypatch.setattr(expire.expire_overdue, "__defaults__", (2,))
    with later(401):
        assert doctor(polled)["state"] == "warning"
        assert "2 mentions deleted" in (first := polled("-v", "poll", "--force").err)
        assert "more are due, and are deleted by the next poll" in first
        assert "1 mention deleted" in polled("-v", "poll", "--force").err
        assert "retention" not in polled("doctor").out


def test_check_shows_the_retention_periods(cli: Cli, query: Write):
    """Periods are shown with their defaults."""
    query(more="retain: {public: 18m, official: 4y}\n")
    assert (
        "fjordkraft keeps mentions after they were found: owned 2y, official 4y, staff 90d, public 540d"
        in cli("check").err
    )
    (file,) = json.loads(cli("check", "--format", "json").out)["files"]
    assert file["retain"] == {"owned": "2y", "official": "4y", "staff": "90d", "public": "540d"}


@pytest.mark.parametrize("said", ["{public: 12}", "{public: 0d}", "{public: 11y}", "{others: 1y}", "365d"])
def test_invalid_retention_periods(cli: Cli, query: Write, said: str):
    """An invalid period is an error at its line."""
    query(more=f"retain: {said}\n")
    answer = cli("check")
    assert (answer.code, "fjordkraft.yaml:5" in answer.out) == (2, True)


def test_retention_does_not_change_the_query_version(cli: Cli, query: Write, site: Site, rss: Callable[..., str]):
    """A new period does not make every source be read again."""
    source = site.put("/rss", rss((f"{BRAND} åpner", "https://a.example/1")), ETag='"1"')
    query(source)
    cli("poll")
    query(source, more="retain: {public: 30d}\n")
    cli("poll", "--force")
    assert site.log[-1].headers["if-none-match"] == '"1"'
