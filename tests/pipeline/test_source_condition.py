from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brandwatch.models import ClockDoubt, FetchClass, Health, PollClock, SourceHistory, SourceState
from brandwatch.pipeline import source_condition

NOW = datetime(2026, 5, 4, 12, 30, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HOURLY, WEEKLY = (3600,) * 10, (7 * 86_400,) * 10


def state(**facts: object) -> SourceState:
    """Return the state of a source that was first polled ten days ago, with the facts of its history among its own."""
    names = SourceHistory.__dataclass_fields__
    history = SourceHistory(**{name: facts.pop(name) for name in [*facts] if name in names})  # type: ignore[arg-type]
    usual = {"url": "https://avisa.example/rss", "first_poll": NOW - 10 * DAY, "last_success": NOW}
    return SourceState(**(usual | facts), history=history)  # type: ignore[arg-type]


def health(**facts: object) -> Health:
    """Return the health of a source with these facts."""
    return source_condition.condition(state(**facts), NOW).health


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, Health.OK),
        ({"failures": 1}, Health.FLAKY),
        ({"failure_share": 0.3}, Health.FLAKY),
        ({"failures": 3}, Health.FAILING),
        ({"failures": 3, "fetch_class": FetchClass.THROTTLED}, Health.THROTTLED),
        ({"failures": 3, "gone_count": 3, "fetch_class": FetchClass.GONE}, Health.PAUSED),
        ({"moved_to": "https://ny.example/rss"}, Health.MOVED),
        ({"intervals": HOURLY, "newest": NOW - 4 * DAY}, Health.FROZEN),
        ({"intervals": HOURLY, "newest": NOW - 2 * DAY}, Health.OK),
        ({"intervals": WEEKLY, "newest": NOW - 13 * DAY}, Health.OK),
        ({"intervals": WEEKLY, "newest": NOW - 15 * DAY}, Health.FROZEN),
        ({"intervals": WEEKLY, "newest": NOW - 60 * DAY, "last_new": NOW - DAY}, Health.OK),
        ({"empty_since": NOW - DAY}, Health.EMPTY),
        ({"shrunk_since": NOW - 2 * DAY, "sizes": (20, 20, 20), "entries": 2}, Health.SHRUNK),
        ({"shrunk_since": NOW - HOUR, "sizes": (20, 20, 20), "entries": 2}, Health.OK),
        ({"replaced_since": NOW - HOUR, "title": "Casino", "former_title": "Fjordavisa"}, Health.REPLACED),
        ({"replaced_since": NOW - DAY, "failures": 9}, Health.FAILING),
        ({"empty_since": NOW - DAY, "failures": 1}, Health.EMPTY),
    ],
)
def test_each_state_has_its_health(facts: dict[str, object], expected: Health):
    """The worst that is true of a source."""
    assert health(**facts) is expected


def test_a_condition_says_since_when_and_why():
    """A failing source has its first failure and its error, a frozen one its last news."""
    failing = state(failures=4, error="answered 404 Not Found", failing_since=NOW - 2 * DAY, last_success=NOW - 3 * DAY)
    found = source_condition.condition(failing, NOW)
    assert (found.since, found.detail) == (NOW - 2 * DAY, "answered 404 Not Found")
    frozen = source_condition.condition(state(intervals=HOURLY, newest=NOW - 4 * DAY), NOW)
    assert (frozen.since, frozen.detail) == (NOW - 4 * DAY, "no new entry since then; usually every 1 h")
    replaced = state(replaced_since=NOW, title="Lykkehjulet", former_title="Fjordavisa", link_site="hjul.example")
    assert source_condition.condition(replaced, NOW).detail == "“Lykkehjulet” (hjul.example) in place of “Fjordavisa”"
    emptied = source_condition.condition(state(empty_since=NOW, seen=b"x" * 20), NOW)
    assert emptied.detail == "it had entries, and has none now"
    assert source_condition.condition(state(empty_since=NOW), NOW).detail == "it has never had an entry"


def test_a_hostile_title_is_one_short_line():
    """The title of the feed that took over a domain is shown on a terminal."""
    title = "Casino\n\x1b]8;;https://evil.example\x07" + "æ" * 500
    detail = source_condition.condition(state(replaced_since=NOW, title=title, former_title="Avisa"), NOW).detail
    assert len(detail) < 100
    assert detail.isprintable()


def test_a_silence_ends_with_the_last_answer():
    """A machine that was off for a month, or a clock that is a month ahead now, froze no source."""
    quiet = state(intervals=HOURLY, newest=NOW - 31 * DAY, last_success=NOW - 30 * DAY)
    assert source_condition.condition(quiet, NOW).health is Health.OK
    assert source_condition.condition(quiet, NOW + 300 * DAY).health is Health.OK
    assert source_condition.condition(replace(quiet, last_success=NOW), NOW).health is Health.FROZEN
    leapt = state(intervals=HOURLY, newest=NOW - HOUR, last_success=NOW + 20 * DAY)
    assert source_condition.condition(leapt, NOW).health is Health.OK


def test_a_source_without_rhythm_is_frozen_after_three_weeks():
    """Without dates the time since the first poll counts; a search has no sizes, and is never frozen."""
    first = NOW - 22 * DAY
    assert health(first_poll=first, last_new=first, sizes=(18,)) is Health.FROZEN
    assert health(first_poll=NOW - 20 * DAY, last_new=NOW - 20 * DAY, sizes=(18,)) is Health.OK
    assert health(first_poll=first, last_new=first) is Health.OK
    assert health(first_poll=first, last_new=NOW - 9 * DAY, sizes=(18,), intervals=(3600,) * 3) is Health.FROZEN
    assert health(first_poll=first, last_new=NOW - 7 * DAY, sizes=(18,), intervals=(3600,) * 3) is Health.OK


@pytest.mark.parametrize(("intervals", "days"), [(0, 21), (1, 21), (2, 8), (4, 8), (5, 3), (20, 3)])
def test_the_patience_depends_on_the_number_of_intervals(intervals: int, days: int):
    """With hourly entries: 21 days for one interval, 8 for a few, 3 from five on; three or two times a longer one."""
    history = SourceHistory(intervals=(3600,) * intervals)
    assert source_condition.longest_usual_silence(history) == days * DAY
    slow = SourceHistory(intervals=(30 * 86_400,) * intervals)
    factor = 2 if intervals >= 5 else 3
    assert source_condition.longest_usual_silence(slow) == max(21, factor * 30) * DAY if intervals else 21 * DAY


def test_one_failure_in_seven_is_flaky():
    """The bounds of flaky and failing."""
    assert health(failure_share=0.16) is Health.FLAKY
    assert health(failure_share=0.15) is Health.OK
    assert health(failures=2) is Health.FLAKY
    assert health(gone_count=2, failures=2) is Health.FLAKY


def test_a_copy_of_a_cache_is_frozen_sooner():
    """A Date that does not advance for a day halves the patience; a living server of old entries does not."""
    facts = {"intervals": HOURLY, "newest": NOW - 2 * DAY, "copy_date": NOW - 2 * DAY}
    assert health(**facts, copy_since=NOW - 1.5 * DAY) is Health.FROZEN
    assert health(**facts, copy_since=NOW - HOUR) is Health.OK
    stale = source_condition.condition(state(**facts, copy_since=NOW - 2 * DAY), NOW)
    assert stale.detail == "the same copy of a cache, made 2026-05-02 12:30 UTC"


def test_one_old_entry_at_the_top_hides_no_silence():
    """A feed with an entry of 2015 beside daily ones has one interval of years."""
    intervals = (10 * 365 * 86_400, *(86_400,) * 10)
    assert health(intervals=intervals, newest=NOW - 13 * DAY) is Health.FROZEN
    assert health(intervals=intervals, newest=NOW - 11 * DAY) is Health.OK


@given(st.lists(st.integers(900, 400 * 86_400), max_size=20))
def test_no_source_is_frozen_within_its_usual_silence(intervals: list[int]):
    """What it did at least twice is usual, and three days are no silence."""
    patience = source_condition.longest_usual_silence(SourceHistory(intervals=tuple(intervals)))
    second = sorted([0, 0, *intervals])[-2]
    assert patience >= max(3 * DAY, timedelta(seconds=2 * second))


SECOND = timedelta(seconds=1)


def test_the_bounds_of_each_condition():
    """A silence, a small document and a copy of a cache count from the bound on, and not a second before."""
    assert health(intervals=HOURLY, newest=NOW - 3 * DAY) is Health.OK
    assert health(intervals=HOURLY, newest=NOW - 3 * DAY - SECOND) is Health.FROZEN
    small = {"sizes": (20, 20, 20), "entries": 2}
    assert health(shrunk_since=NOW - DAY, **small) is Health.SHRUNK
    assert health(shrunk_since=NOW - DAY + SECOND, **small) is Health.OK
    assert health(shrunk_since=NOW - DAY, last_success=None, **small) is Health.OK
    copy = {"intervals": HOURLY, "newest": NOW - 2 * DAY, "copy_date": NOW - 2 * DAY}
    assert health(copy_since=NOW - DAY, **copy) is Health.FROZEN
    assert health(copy_since=NOW - DAY + SECOND, **copy) is Health.OK
    assert health(**(copy | {"copy_date": None}), copy_since=NOW - 2 * DAY) is Health.OK


@pytest.mark.parametrize(
    ("intervals", "words"),
    [
        ((900,) * 5, "1 h"), ((5400,) * 5, "2 h"), ((47 * 3600,) * 5, "47 h"), ((48 * 3600,) * 5, "2 days"),
        ((84 * 3600,) * 5, "4 days"), ((3600, 7200, 36_000, 7200, 3600), "2 h"), ((3600, 18_000), "5 h"),
    ],
)  # fmt: skip
def test_the_usual_interval_is_the_middle_one_in_words(intervals: tuple[int, ...], words: str):
    """In hours below two days, then in days; one interval is no rhythm."""
    frozen = state(intervals=intervals, newest=NOW - 300 * DAY)
    assert source_condition.condition(frozen, NOW).detail == f"no new entry since then; usually every {words}"
    once = state(intervals=intervals[:1], newest=NOW - 300 * DAY)
    assert source_condition.condition(once, NOW).detail == "no new entry since then"


def test_every_condition_has_its_beginning_and_its_reason():
    """Paused since the last poll, flaky and moved since they began; without a beginning since the last answer."""
    gone = state(gone_count=3, last_poll=NOW - HOUR, error="answered 410 Gone")
    found = source_condition.condition(gone, NOW)
    assert (found.health, found.since, found.detail) == (Health.PAUSED, NOW - HOUR, "answered 410 Gone")
    flaky = source_condition.condition(state(failure_share=0.2, flaky_since=NOW - DAY), NOW)
    assert (flaky.since, flaky.detail) == (NOW - DAY, "20% of its latest fetches failed")
    begun = source_condition.condition(state(failures=1, error="no answer"), NOW)
    assert (begun.since, begun.detail) == (NOW, "no answer")
    never = source_condition.condition(state(failures=3, last_success=None), NOW)
    assert never.since == NOW - 10 * DAY
    moved = source_condition.condition(state(moved_to="https://ny.example/rss", moved_since=NOW - DAY), NOW)
    assert (moved.since, moved.detail) == (NOW - DAY, "moved to https://ny.example/rss")
    shrunk = source_condition.condition(state(shrunk_since=NOW - DAY, sizes=(20, 21, 20), entries=1), NOW)
    assert shrunk.detail == "1 entry, 20 before"


def test_a_long_title_is_cut_after_sixty_letters():
    """A title of sixty is whole."""
    for length, shown in ((60, "æ" * 60), (61, "æ" * 60 + "…")):
        replaced = state(replaced_since=NOW, title="æ" * length, former_title="Avisa")
        assert source_condition.condition(replaced, NOW).detail == f"“{shown}” in place of “Avisa”"


def test_conditions_come_in_the_order_of_their_weight():
    """Each hides the next in a report; all of them are listed for the source itself."""
    worst = state(
        gone_count=3, failures=3, fetch_class=FetchClass.THROTTLED, replaced_since=NOW, empty_since=NOW,
        intervals=HOURLY, newest=NOW - 40 * DAY, shrunk_since=NOW - 2 * DAY, moved_to="https://ny.example/rss",
    )  # fmt: skip
    found = [each.health for each in source_condition.conditions(worst, NOW)]
    assert found == [each for each in source_condition.WORST_FIRST if each is not Health.OK]


def test_a_source_fails_by_its_error_or_its_failures():
    """An erasure may have deleted the text of the error."""
    assert source_condition.is_failing(state(error="no answer"))
    assert source_condition.is_failing(state(failures=1))
    assert not source_condition.is_failing(state())
    assert not source_condition.is_paused(state(gone_count=2))


def test_a_doubted_clock_ends_no_silence():
    """The last trusted time counts instead; without one, or without a doubt, the clock itself does."""
    for doubt, trusted, expected in (
        (ClockDoubt.AHEAD, NOW - DAY, NOW - DAY), (None, NOW - DAY, NOW), (ClockDoubt.AHEAD, None, NOW),
    ):  # fmt: skip
        clock = PollClock(trusted=trusted, polled=NOW, doubt=doubt)
        assert source_condition.trusted_time(clock, NOW) == expected


@pytest.mark.parametrize(
    ("sizes", "usual"),
    [((), 0), ((6,), 6), ((5, 6), 0), ((6, 12), 6), ((12, 6, 9), 6), ((6, 13), 0), ((40, 20, 30), 20)],
)
def test_the_usual_size_is_the_least_of_a_steady_list(sizes: tuple[int, ...], usual: int):
    """Six entries at least, and never more than twice as many."""
    assert source_condition.count_usual_entries(SourceHistory(sizes=sizes)) == usual


def test_only_what_was_new_to_its_readers_is_news():
    """Not what the first document lists, where entries have dates; without an answer nothing is frozen."""
    old = {"intervals": WEEKLY, "newest": NOW - 60 * DAY}
    assert health(**old, first_poll=NOW - DAY, last_new=NOW - DAY) is Health.FROZEN
    assert health(**old, first_poll=NOW - 2 * DAY, last_new=NOW - DAY) is Health.OK
    assert health(**old) is Health.FROZEN
    assert health(**old, last_success=None) is Health.OK
    assert health(intervals=WEEKLY) is Health.OK


def test_a_source_is_usual_until_its_patience_ends():
    """From its last news on, half as long for a copy of a cache; where no silence is unusual, for ever."""
    known = {"intervals": HOURLY, "newest": NOW - DAY}
    assert source_condition.usual_until(state(**known), NOW) == NOW + 2 * DAY
    copy = {"copy_date": NOW - DAY, "copy_since": NOW - DAY}
    assert source_condition.usual_until(state(**known, **copy), NOW) == NOW + DAY / 2
    assert source_condition.usual_until(state(newest=NOW - DAY), NOW) > NOW + 36_500 * DAY
