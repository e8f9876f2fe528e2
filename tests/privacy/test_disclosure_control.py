from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from brandwatch.models import StatsLine
from brandwatch.privacy.disclosure_control import MIN_CELL_SIZE, suppress_small_cells


def line(value: str, mentions: int, previous: int | None = None) -> StatsLine:
    """A line before suppression."""
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


def suppressed(by: str, *lines: StatsLine, is_staff: bool = False) -> list[StatsLine]:
    """The lines after suppression, with one person per mention."""
    now = {one.value: one.mentions for one in lines}
    before = {one.value: one.previous or 0 for one in lines}
    return suppress_small_cells(by, lines, now, before, is_staff=is_staff)


def shown_counts(by: str, *lines: StatsLine, is_staff: bool = False) -> dict[str, int | None]:
    """The mentions of each line, `None` if suppressed."""
    return {one.value: None if one.is_small_cell else one.mentions for one in suppressed(by, *lines, is_staff=is_staff)}


def test_small_cells_of_staff_are_suppressed():
    """Four are suppressed, five are shown; for others every number is shown."""
    assert shown_counts("voice", line("public", 3), line("staff", 4), line("official", 1)) == {
        "public": 3, "official": 1, "staff": None,
    }  # fmt: skip
    assert shown_counts("subject", line("staff", 5), line("brand", 4)) == {"staff": 5, "brand": 4}
    assert shown_counts("publisher", line("staff", 4)) == {"staff": 4}


def test_no_other_figure_reveals_a_small_cell():
    """Response, stories, publishers, other lines' shares and the previous period do not reveal it."""
    public, staff = suppressed("voice", line("public", 12, 3), line("staff", 4, 3))
    assert (public.share, public.previous) == (1.0, 3)
    assert (staff.mentions, staff.share, staff.response, staff.with_response) == (0, 0.0, None, 0)
    assert (staff.stories, staff.publishers, staff.per_day, staff.previous, staff.change) == (0, 0, (), None, None)


def test_cells_count_people_and_not_mentions():
    """A hundred mentions by four people are a small cell, now and in the previous period."""
    lines = [line("public", 100, 100), line("staff", 100, 100)]
    public, staff = suppress_small_cells("voice", lines, {"staff": 4}, {"staff": 9})
    assert (public.share, staff.is_small_cell, staff.previous, staff.change) == (1.0, True, 100, None)
    staff, public = sorted(
        suppress_small_cells("voice", lines, {"staff": 5}, {"staff": 4}), key=lambda one: one.value != "staff"
    )
    assert (staff.mentions, staff.previous, public.previous) == (100, None, 100)


def test_staff_has_no_daily_counts():
    """A large cell shows its sum, but no counts by day."""
    public, staff = suppressed("voice", line("public", 12), line("staff", 12))
    assert (public.per_day, staff.per_day) == ((12, 0), ())


def test_days_of_staff():
    """In a report of staff alone each day is a cell; a day with zero is below five too."""
    days = (line("2026-05-04", 9), line("2026-05-05", 0), line("2026-05-06", 7))
    assert list(shown_counts("day", *days, is_staff=True).items()) == [
        ("2026-05-04", 9), ("2026-05-05", None), ("2026-05-06", 7),
    ]  # fmt: skip


def test_the_next_cell_is_suppressed_too():
    """Otherwise the suppressed count is the sum minus the others."""
    hidden = shown_counts("query", line("a", 20), line("b", 6), line("c", 2), is_staff=True)
    assert hidden == {"a": 20, "b": None, "c": None}
    assert shown_counts("query", line("a", 20), line("b", 3), line("c", 2), is_staff=True) == {
        "a": 20,
        "b": None,
        "c": None,
    }


def test_one_person_is_a_cell_and_nobody_is_none():
    """Beside one suppressed person the next cell is suppressed too; beside nobody it is not."""
    lines = line("a", 20), line("b", 6)
    assert shown_counts("query", *lines, line("c", 1), is_staff=True) == {"a": 20, "b": None, "c": None}
    assert shown_counts("query", *lines, line("c", 0), is_staff=True) == {"a": 20, "b": 6, "c": None}


def test_a_line_without_mentions_has_no_share():
    """Nothing disclosed is no division by zero, and a day without mentions has a share of nothing."""
    assert [one.share for one in suppressed("day", line("2026-05-04", 0), line("2026-05-05", 0))] == [0.0, 0.0]
    assert [one.share for one in suppressed("day", line("2026-05-04", 3), line("2026-05-05", 1))] == [0.75, 0.25]
    assert [one.share for one in suppressed("query", line("a", 4), is_staff=True)] == [0.0]


def test_five_suppressed_people_need_no_other_cell():
    """Two small cells that add up to five stay alone; with four, the next cell is suppressed too."""
    lines = line("a", 20), line("b", 6), line("c", 3)
    assert shown_counts("query", *lines, line("d", 2), is_staff=True) == {"a": 20, "b": 6, "c": None, "d": None}
    assert shown_counts("query", *lines, line("d", 1), is_staff=True) == {"a": 20, "b": None, "c": None, "d": None}


@given(st.lists(st.integers(0, 12), max_size=8))
def test_no_small_cell_can_be_derived(counts: list[int]):
    """Suppressed counts add up to zero, to at least five, or to the whole."""
    lines = [line(str(number), count) for number, count in enumerate(counts)]
    found = suppressed("query", *lines, is_staff=True)
    assert sorted(one.value for one in found) == sorted(one.value for one in lines)
    assert all(one.is_small_cell or one.mentions >= MIN_CELL_SIZE for one in found)
    hidden = sum(counts[int(one.value)] for one in found if one.is_small_cell)
    assert hidden == 0 or hidden >= MIN_CELL_SIZE or all(one.is_small_cell for one in found)
