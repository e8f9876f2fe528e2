from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from brandwatch.models import StatsLine
from brandwatch.privacy.disclosure_control import MIN_CELL_SIZE, suppress_small_cells


def line(value: str, mentions: int, previous: int | None = None) -> StatsLine:
    """Return a line as it was counted."""
    return StatsLine(
        value=value,
        mentions=mentions,
        share=0.5,
        stories=mentions,
        publishers=mentions,
        response=mentions,
        with_response=mentions,
        per_day=(mentions, 0),
        previous=previous,
    )


def spoken(by: str, *lines: StatsLine, is_staff: bool = False) -> list[StatsLine]:
    """Return the lines as they are told where each mention is of another person."""
    now = {one.value: one.mentions for one in lines}
    before = {one.value: one.previous or 0 for one in lines}
    return suppress_small_cells(by, lines, now, before, is_staff=is_staff)


def told(by: str, *lines: StatsLine, is_staff: bool = False) -> dict[str, int | None]:
    """Return the mentions of each line, `None` where they are not told."""
    return {one.value: None if one.is_small_cell else one.mentions for one in spoken(by, *lines, is_staff=is_staff)}


def test_a_few_of_staff_are_no_number():
    """Four are not told, and five are; of others every number is."""
    assert told("voice", line("public", 3), line("staff", 4), line("official", 1)) == {
        "public": 3, "official": 1, "staff": None,
    }  # fmt: skip
    assert told("subject", line("staff", 5), line("brand", 4)) == {"staff": 5, "brand": 4}
    assert told("publisher", line("staff", 4)) == {"staff": 4}


def test_what_is_not_told_is_told_nowhere():
    """Neither response, stories and publishers nor the shares of the others give it away, nor what was before."""
    public, staff = spoken("voice", line("public", 12, 3), line("staff", 4, 3))
    assert (public.share, public.previous) == (1.0, 3)
    assert (staff.mentions, staff.share, staff.response, staff.with_response) == (0, 0.0, None, 0)
    assert (staff.stories, staff.publishers, staff.per_day, staff.previous, staff.change) == (0, 0, (), None, None)


def test_much_of_one_is_a_few():
    """A hundred mentions by four people are theirs; what counts is people, now and before."""
    lines = [line("public", 100, 100), line("staff", 100, 100)]
    public, staff = suppress_small_cells("voice", lines, {"staff": 4}, {"staff": 9})
    assert (public.share, staff.is_small_cell, staff.previous, staff.change) == (1.0, True, 100, None)
    staff, public = sorted(
        suppress_small_cells("voice", lines, {"staff": 5}, {"staff": 4}), key=lambda one: one.value != "staff"
    )
    assert (staff.mentions, staff.previous, public.previous) == (100, None, 100)


def test_staff_has_no_course():
    """Of many the sum is told, and not what it was from day to day."""
    public, staff = spoken("voice", line("public", 12), line("staff", 12))
    assert (public.per_day, staff.per_day) == ((12, 0), ())


def test_days_of_staff():
    """Where staff alone is counted each day is a group; one without anything is below five too."""
    days = (line("2026-05-04", 9), line("2026-05-05", 0), line("2026-05-06", 7))
    assert list(told("day", *days, is_staff=True).items()) == [
        ("2026-05-04", 9), ("2026-05-05", None), ("2026-05-06", 7),
    ]  # fmt: skip


def test_one_that_is_hidden_takes_the_next_with_it():
    """Who knows the sum could else take the others from it."""
    hidden = told("query", line("a", 20), line("b", 6), line("c", 2), is_staff=True)
    assert hidden == {"a": 20, "b": None, "c": None}
    assert told("query", line("a", 20), line("b", 3), line("c", 2), is_staff=True) == {"a": 20, "b": None, "c": None}


@given(st.lists(st.integers(0, 12), max_size=8))
def test_nothing_small_can_be_worked_out(counts: list[int]):
    """Whatever there is, what is not told adds up to nothing, or to five at least, or is all there is."""
    lines = [line(str(number), count) for number, count in enumerate(counts)]
    found = spoken("query", *lines, is_staff=True)
    assert sorted(one.value for one in found) == sorted(one.value for one in lines)
    assert all(one.is_small_cell or one.mentions >= MIN_CELL_SIZE for one in found)
    hidden = sum(counts[int(one.value)] for one in found if one.is_small_cell)
    assert hidden == 0 or hidden >= MIN_CELL_SIZE or all(one.is_small_cell for one in found)
