from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brandwatch.models import ClockDoubt, Fetch, FetchClass, PollClock, Source, SourceOutcome
from brandwatch.pipeline.expire import evaluate_clock, explain_clock

LAST = datetime(2026, 5, 4, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
TRUSTED = PollClock(trusted=LAST, polled=LAST)
AHEAD, BEHIND, DENIED = ClockDoubt.AHEAD, ClockDoubt.BEHIND, ClockDoubt.DENIED


def outcomes(
    *times: datetime | None, fetch_class: FetchClass = FetchClass.OK, host: str = "avis{}.example"
) -> list[SourceOutcome]:
    """Return the outcomes of sources, each on its own host and with the time of its server."""
    return [
        SourceOutcome(
            source=Source(url=f"https://{host.format(number)}/rss/{number}"),
            fetch=Fetch(at=LAST, fetch_class=fetch_class, server_time=when),
        )
        for number, when in enumerate(times)
    ]


def doubt(after: timedelta, *times: datetime | None, last: PollClock = TRUSTED) -> ClockDoubt | None:
    """Return the doubt of a poll that begins so long after the last one."""
    return evaluate_clock(last, LAST + after, outcomes(*times)).doubt


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (timedelta(), None),
        (15 * MINUTE, None),
        (23 * HOUR, None),
        (DAY + MINUTE, None),
        (25 * HOUR, AHEAD),
        (2 * DAY, AHEAD),
        (20 * DAY, AHEAD),
        (400 * DAY, AHEAD),
        (-4 * MINUTE, None),
        (-6 * MINUTE, BEHIND),
        (-HOUR, BEHIND),
        (-400 * DAY, BEHIND),
    ],
)
def test_a_clock_goes_on_evenly(after: timedelta, expected: ClockDoubt | None):
    """A day ahead and some minutes back are no leap: cron and time servers cause both."""
    assert doubt(after) is expected
    assert doubt(after, None, None) is expected


@pytest.mark.parametrize("after", [31 * DAY, 400 * DAY, -HOUR, -20 * DAY])
def test_servers_confirm_a_leap(after: timedelta):
    """A machine that was off, or whose clock was set right, is trusted; servers agree within a day."""
    now = LAST + after
    assert doubt(after, now) is None
    assert doubt(after, now - 23 * HOUR, now + 23 * HOUR, None) is None
    assert evaluate_clock(TRUSTED, now, outcomes(now)).trusted == now


def test_the_majority_of_hosts_decides():
    """One wrong server of three changes nothing; a tie of the hosts does not confirm a leap."""
    now = LAST + 31 * DAY
    assert doubt(31 * DAY, now, now, LAST) is None
    assert doubt(31 * DAY, now, LAST, LAST) is DENIED
    assert doubt(31 * DAY, now, LAST) is AHEAD
    one_host = outcomes(now, now, LAST, host="avis.example")
    other = outcomes(LAST, LAST, host="blogg{}.example")
    assert evaluate_clock(TRUSTED, now, [*one_host, *other]).doubt is DENIED


def test_one_wrong_server_does_not_stop_retention():
    """It takes two hosts to deny a clock that goes on evenly, and one to deny that of a first poll."""
    wrong = LAST - 400 * DAY
    assert doubt(15 * MINUTE, wrong) is None
    assert doubt(15 * MINUTE, wrong, wrong) is DENIED
    assert doubt(15 * MINUTE, wrong, wrong, LAST, LAST) is None
    assert doubt(timedelta(), wrong, last=PollClock()) is DENIED
    assert doubt(timedelta(), last=PollClock()) is None


def test_invalid_certificates_count_against_a_leap():
    """A server on the same machine shares its clock; a wrong clock makes the certificates of the others invalid."""
    now = LAST + 400 * DAY
    here = outcomes(now, host="localhost")
    elsewhere = outcomes(None, None, fetch_class=FetchClass.TLS)
    assert evaluate_clock(TRUSTED, now, [*here, *elsewhere]).doubt is AHEAD
    assert evaluate_clock(TRUSTED, now, [*here, *outcomes(None, None, fetch_class=FetchClass.TIMEOUT)]).doubt is None
    assert evaluate_clock(TRUSTED, LAST + HOUR, elsewhere).doubt is None


def test_a_stale_copy_of_a_cache_does_not_count():
    """The latest Date of a host counts."""
    now = LAST + 31 * DAY
    assert evaluate_clock(TRUSTED, now, outcomes(LAST, now, LAST, host="avis.example")).doubt is None


@pytest.mark.parametrize("year", [1970, 1980, 2000, 2024, 2106])
def test_an_impossible_year(year: int):
    """A year before this program is doubted, whatever servers say."""
    now = datetime(year, 1, 1, tzinfo=UTC)
    assert evaluate_clock(PollClock(), now, outcomes(now, now)).doubt is ClockDoubt.IMPLAUSIBLE


@given(st.lists(st.integers(-500, 500), max_size=6))
def test_trust_comes_from_the_last_trusted_poll(steps: list[int]):
    """However often a wrong clock polls, only a clock that goes on from the last trusted poll is trusted."""
    clock, trusted, now = TRUSTED, LAST, LAST
    for step in steps:
        now += timedelta(hours=step)
        clock = evaluate_clock(clock, now, ())
        if trusted <= now <= trusted + DAY:
            trusted = now
        assert (clock.trusted, clock.doubt is None) == (trusted, now == trusted)


def test_the_reason_is_a_sentence():
    """It names both clocks, how far they are apart, and what the servers say."""
    assert explain_clock(TRUSTED) == ""
    assert explain_clock(evaluate_clock(TRUSTED, LAST + 400 * DAY, ())) == (
        "2027-06-08 12:00 UTC is 400 days ahead of the last trusted poll (2026-05-04 12:00 UTC),"
        " and no server confirms it"
    )
    assert explain_clock(evaluate_clock(TRUSTED, LAST - 90 * MINUTE, outcomes(LAST - 90 * MINUTE, LAST + 9 * DAY))) == (
        "2026-05-04 10:30 UTC is 1 hour behind the last trusted poll (2026-05-04 12:00 UTC),"
        " and 1 of 2 servers confirm it"
    )
    assert explain_clock(evaluate_clock(TRUSTED, LAST + 400 * DAY, outcomes(LAST + HOUR))) == (
        "2027-06-08 12:00 UTC contradicts the Date of 1 server (2026-05-04 13:00 UTC)"
    )
    assert explain_clock(evaluate_clock(PollClock(), datetime(1980, 1, 1, tzinfo=UTC), ())) == (
        "1980-01-01 00:00 UTC is not plausible"
    )
