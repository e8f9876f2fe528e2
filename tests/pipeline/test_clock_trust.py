from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brandwatch.errors import UsageError
from brandwatch.models import ClockDoubt, Fetch, FetchClass, PollClock, Source, SourceOutcome
from brandwatch.pipeline.clock_trust import accept_clock, evaluate_clock, explain_clock, first_doubt

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


@given(st.lists(st.tuples(st.integers(0, 20), st.sampled_from((0, 0, 20, 400, -20, -400, 26_000))), max_size=12))
def test_retention_never_goes_ahead_of_the_true_time(polls: list[tuple[int, int]]):
    """Polls follow each other within a day, and their clock is right or days off, for one poll or many."""
    clock, true = TRUSTED, LAST
    for hours, days_off in polls:
        true += hours * HOUR
        now = true + days_off * DAY
        clock = evaluate_clock(clock, now, ())
        assert clock.trusted is not None
        assert clock.retention_time(clock.trusted) <= true
        assert clock.trusted == now or clock.doubt is not None


@given(st.lists(st.integers(-500, 500), max_size=6))
def test_one_poll_after_a_leap_is_never_trusted(steps: list[int]):
    """Without a server a leap is doubted by the poll that finds it, and the last trusted clock is remembered."""
    clock, now = TRUSTED, LAST
    for step in steps:
        now += step * 25 * HOUR
        before, clock = clock, evaluate_clock(clock, now, ())
        if step:
            assert (clock.doubt is not None, clock.trusted) == (now != LAST, before.trusted)


@pytest.mark.parametrize("leap", [31 * DAY, -20 * DAY])
def test_a_clock_that_goes_on_evenly_after_a_leap_is_trusted(leap: timedelta):
    """After more than a day without another leap; retention does not count what was leapt over."""
    clock = TRUSTED
    for hours in (0, 12, 24):
        clock = evaluate_clock(clock, LAST + leap + hours * HOUR, ())
        assert (clock.doubt, clock.trusted, clock.steady) == (AHEAD if leap > DAY else BEHIND, LAST, LAST + leap)
    now = LAST + leap + 25 * HOUR
    clock = evaluate_clock(clock, now, ())
    assert (clock.doubt, clock.trusted, clock.lag) == (None, now, max(leap, timedelta()))
    clock = evaluate_clock(clock, now + HOUR, ())
    assert (clock.doubt, clock.steady, clock.lag) == (None, None, max(leap, timedelta()))
    assert evaluate_clock(clock, now + 2 * HOUR, outcomes(now)).lag == timedelta()


@pytest.mark.parametrize("hours", [(0, 12, 37), (0, 12, 11), (0, 48)])
def test_a_clock_that_leaps_again_is_not_steady(hours: tuple[int, ...]):
    """Another leap, ahead or back, begins the day anew."""
    clock = TRUSTED
    for hour in hours:
        clock = evaluate_clock(clock, LAST + 31 * DAY + hour * HOUR, ())
    assert (clock.doubt, clock.steady) == (AHEAD, clock.polled)


def test_a_denied_clock_is_never_steady():
    """However long it goes on: one server that denies it counts for more than that none confirms it."""
    clock = TRUSTED
    for hour in range(0, 200, 20):
        clock = evaluate_clock(clock, LAST + 31 * DAY + hour * HOUR, outcomes(LAST))
    assert (clock.doubt, clock.trusted) == (DENIED, LAST)


def test_a_denied_poll_begins_the_steady_day_anew():
    """So that one answer with a Date is worth more than a day without any."""
    clock = evaluate_clock(TRUSTED, LAST + 31 * DAY, ())
    clock = evaluate_clock(clock, LAST + 31 * DAY + 12 * HOUR, outcomes(LAST))
    assert (clock.doubt, clock.steady) == (DENIED, None)
    clock = evaluate_clock(clock, LAST + 32 * DAY + HOUR, ())
    assert (clock.doubt, clock.steady) == (AHEAD, LAST + 32 * DAY + HOUR)


def test_a_clock_that_makes_certificates_invalid_is_never_steady():
    """A wrong clock that nobody denies with a Date: the certificates of all servers seem expired."""
    clock = TRUSTED
    for hour in range(0, 100, 20):
        invalid = outcomes(None, fetch_class=FetchClass.TLS)
        clock = evaluate_clock(clock, LAST + 400 * DAY + hour * HOUR, invalid)
    assert (clock.doubt, clock.trusted) == (AHEAD, LAST)


def test_private_servers_confirm_a_leap_for_retention_only_without_others():
    """They may have the same wrong clock: beside servers on the internet they end safe mode, and no more."""
    now, private = LAST + 400 * DAY, {"localhost", "intranett"}
    here = [*outcomes(now, host="localhost"), *outcomes(now, host="intranett")]
    there = outcomes(LAST, host="avisa.example")
    alone = evaluate_clock(TRUSTED, now, here, private)
    assert (alone.doubt, alone.trusted, alone.lag) == (None, now, timedelta())
    beside = evaluate_clock(TRUSTED, now, [*here, *there], private)
    assert (beside.doubt, beside.trusted, beside.lag) == (None, now, 400 * DAY)
    assert (beside.servers, beside.agreeing) == (3, 2)
    assert beside.retention_time(now) == LAST
    later = evaluate_clock(beside, now + HOUR, [*here, *there], private)
    assert (later.doubt, later.retention_time(now + HOUR)) == (None, LAST + HOUR)
    confirmed = outcomes(now + 2 * HOUR, host="avisa.example")
    assert evaluate_clock(later, now + 2 * HOUR, confirmed, private).lag == timedelta()
    denied = evaluate_clock(TRUSTED, now, [*outcomes(now, host="localhost"), *outcomes(LAST, LAST)], private)
    assert (denied.doubt, denied.trusted) == (DENIED, LAST)


def test_a_clock_that_was_set_right_goes_on_from_before_the_leap():
    """A wrong clock that was accepted unconfirmed leaves the right one in no doubt, and retention with no lag."""
    clock = TRUSTED
    for hours in (0, 12, 24, 30):
        now = LAST + 400 * DAY + hours * HOUR
        clock = evaluate_clock(clock, now, ())
    assert (clock.doubt, clock.lag > 300 * DAY) == (None, True)
    right = LAST + 31 * HOUR
    assert first_doubt(clock, right) is None
    again = evaluate_clock(clock, right, ())
    assert (again.doubt, again.trusted, again.lag) == (None, right, timedelta())
    assert first_doubt(clock, LAST - HOUR) is BEHIND
    assert first_doubt(clock, LAST + 60 * DAY) is BEHIND


def test_a_user_accepts_a_clock_that_is_doubted():
    """Before or after a poll has doubted it, and while retention lags; a clock in no doubt stays as it is."""
    now = LAST + 400 * DAY
    doubted = evaluate_clock(TRUSTED, now, ())
    lagging = PollClock(trusted=now, polled=now, lag=DAY)
    for last in (TRUSTED, doubted, lagging, evaluate_clock(TRUSTED, LAST + HOUR, outcomes(now, now))):
        accepted = accept_clock(last, now + HOUR)
        assert accepted is not None
        assert (accepted.trusted, accepted.doubt, accepted.lag) == (now + HOUR, None, timedelta())
    assert accept_clock(TRUSTED, LAST + HOUR) is None
    assert accept_clock(PollClock(), LAST) is None
    for year in (1980, 2106):
        with pytest.raises(UsageError, match="not plausible"):
            accept_clock(doubted, datetime(year, 1, 1, tzinfo=UTC))


def test_the_start_of_a_poll_knows_a_leap():
    """From the last trusted poll alone, before any server has answered."""
    assert first_doubt(TRUSTED, LAST + DAY) is None
    assert first_doubt(PollClock(), LAST) is None
    assert first_doubt(TRUSTED, LAST + 2 * DAY) is AHEAD
    assert first_doubt(TRUSTED, LAST - HOUR) is BEHIND
    assert first_doubt(PollClock(), datetime(1980, 1, 1, tzinfo=UTC)) is ClockDoubt.IMPLAUSIBLE


def test_the_reason_is_a_sentence():
    """It names both clocks, how far they are apart, and what the servers say."""
    assert explain_clock(TRUSTED) == ""
    assert explain_clock(evaluate_clock(TRUSTED, LAST + 400 * DAY, ())) == (
        "2027-06-08 12:00 UTC is 400 days ahead of the last trusted poll (2026-05-04 12:00 UTC),"
        " and no server confirms it"
    )
    assert explain_clock(evaluate_clock(TRUSTED, LAST - 90 * MINUTE, outcomes(LAST - 90 * MINUTE, LAST + 9 * DAY))) == (
        "2026-05-04 10:30 UTC is 90 minutes behind the last trusted poll (2026-05-04 12:00 UTC),"
        " and 1 of 2 servers confirm it"
    )
    assert explain_clock(evaluate_clock(TRUSTED, LAST + 400 * DAY, outcomes(LAST + HOUR))) == (
        "2027-06-08 12:00 UTC contradicts the Date of 1 server (2026-05-04 13:00 UTC)"
    )
    assert explain_clock(evaluate_clock(PollClock(), datetime(1980, 1, 1, tzinfo=UTC), ())) == (
        "1980-01-01 00:00 UTC is not plausible"
    )


SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (DAY + 5 * MINUTE, None),
        (DAY + 5 * MINUTE + SECOND, AHEAD),
        (-5 * MINUTE, None),
        (-5 * MINUTE - SECOND, BEHIND),
    ],
)
def test_a_leap_is_more_than_a_day_and_a_correction(after: timedelta, expected: ClockDoubt | None):
    """Five minutes are what a time server takes back; the bounds themselves are no leap."""
    assert doubt(after) is expected


@pytest.mark.parametrize("off", [DAY, -DAY])
def test_a_server_within_a_day_confirms_a_clock(off: timedelta):
    """A second more than a day is another time, in either direction."""
    now = LAST + 31 * DAY
    assert doubt(31 * DAY, now + off) is None
    assert doubt(31 * DAY, now + off + (SECOND if off > timedelta() else -SECOND)) is DENIED


def test_the_time_of_the_servers_is_the_middle_one():
    """One server that is years off does not move it; without a Date there is none."""
    now = LAST + HOUR
    times = [now + HOUR, now - 4000 * DAY, now + MINUTE]
    clock = evaluate_clock(TRUSTED, now, outcomes(*times))
    assert (clock.server_time, clock.servers, clock.agreeing) == (now + MINUTE, 3, 2)
    assert evaluate_clock(TRUSTED, now, outcomes(now, now + MINUTE)).server_time == now + MINUTE
    assert evaluate_clock(TRUSTED, now, outcomes(None)).server_time is None


def clock(**facts: object) -> PollClock:
    """Return the clock of the last poll."""
    return PollClock(**({"trusted": LAST, "polled": LAST} | facts))  # type: ignore[arg-type]


def test_only_a_doubted_clock_can_be_accepted():
    """By what it is now, by the last poll, or by the part of a leap that nobody has confirmed."""
    assert accept_clock(clock(), LAST + HOUR) is None
    assert accept_clock(PollClock(), LAST) is None
    for last, now in (
        (clock(), LAST + 9 * DAY),
        (clock(doubt=AHEAD), LAST + HOUR),
        (clock(lag=DAY), LAST + HOUR),
    ):
        accepted = accept_clock(last, now)
        assert accepted is not None
        assert (accepted.trusted, accepted.polled, accepted.doubt, accepted.lag) == (now, now, None, timedelta())


def test_an_accepted_clock_keeps_its_steady_time():
    """The first poll after the leap; one that is not steady begins now."""
    doubted = clock(polled=LAST + 9 * DAY, doubt=AHEAD, steady=LAST + 8 * DAY)
    for now, steady in ((LAST + 9 * DAY + HOUR, LAST + 8 * DAY), (LAST + 20 * DAY, LAST + 20 * DAY)):
        accepted = accept_clock(doubted, now)
        assert accepted is not None
        assert accepted.steady == steady


@pytest.mark.parametrize(
    ("public", "private", "denying", "expected"),
    [(0, 2, 0, timedelta()), (0, 2, 1, 9 * DAY), (2, 0, 1, timedelta()), (1, 1, 1, 9 * DAY), (1, 2, 1, 9 * DAY)],
)
def test_a_leap_is_confirmed_by_most_servers_on_the_internet(
    public: int, private: int, denying: int, expected: timedelta
):
    """Private ones count where no other sent a Date; in any case most hosts confirm the clock."""
    now = LAST + 9 * DAY
    here = outcomes(*[now] * private, host="intern{}.example")
    there = [*outcomes(*[now] * public), *outcomes(*[LAST] * denying, host="blogg{}.example")]
    hosts = [f"intern{number}.example" for number in range(private)]
    found = evaluate_clock(TRUSTED, now, [*here, *there], hosts)
    assert (found.doubt, found.lag) == (None, expected)


def test_invalid_certificates_outweigh_as_many_servers():
    """One host with a Date, and one whose certificate this clock makes invalid, confirm nothing."""
    now = LAST + 400 * DAY
    invalid = outcomes(None, fetch_class=FetchClass.TLS, host="blogg{}.example")
    assert evaluate_clock(TRUSTED, now, [*outcomes(now), *invalid]).doubt is AHEAD
    assert evaluate_clock(TRUSTED, now, [*outcomes(now, now), *invalid]).doubt is None


def test_the_reason_names_the_direction_also_without_servers():
    """A clock behind that nobody confirms; one that was never trusted is compared with itself."""
    assert explain_clock(evaluate_clock(TRUSTED, LAST - 2 * HOUR, ())) == (
        "2026-05-04 10:00 UTC is 2 hours behind the last trusted poll (2026-05-04 12:00 UTC), and no server confirms it"
    )
    assert explain_clock(PollClock(doubt=AHEAD)) == ""
    untrusted = explain_clock(PollClock(polled=LAST, doubt=AHEAD))
    assert "ahead of the last trusted poll (2026-05-04 12:00 UTC)" in untrusted
    denied = explain_clock(clock(doubt=DENIED, servers=3, agreeing=1))
    assert "1 of 3 servers confirm it" in denied


def test_a_lag_ends_where_the_clock_steps_back_behind_it():
    """A clock that goes on keeps it; one that is before all that it leapt over has none left."""
    lagging = clock(lag=3 * DAY)
    assert evaluate_clock(lagging, LAST + HOUR, ()).lag == 3 * DAY
    assert evaluate_clock(lagging, LAST - 3 * DAY + HOUR, ()).lag == timedelta()
    assert evaluate_clock(PollClock(), LAST, ()).lag == timedelta()
