"""Counts for the screen: a bar for each day, and for everything else a small line for its course."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brandwatch.cli.console import new_table, print_table, terminal_width

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any, TextIO

    Row = dict[str, Any]


_IN_TIME = ("day", "week")
_NARROW, _WIDE = 80, 120
_EIGHTHS = "▏▎▍▌▋▊▉█"


def write_stats_table(by: str, rows: Sequence[Row], stream: TextIO) -> None:
    """Write the table; a narrow screen goes without the columns that say least."""
    from rich.text import Text

    from brandwatch.text.sanitise import fixed_width_line, one_line

    width = terminal_width() if stream.isatty() else _WIDE
    drawings = bar_texts([_number(row) for row in rows], width // 3) if by in _IN_TIME else _courses(rows, width // 4)
    table = new_table()
    table.add_column(by, overflow="fold")
    table.add_column("", no_wrap=True)
    names = _names(by, rows, width)
    for name in names:
        table.add_column(name, justify="right", no_wrap=True)
    line = fixed_width_line if stream.isatty() else one_line
    for row, drawing in zip(rows, drawings, strict=True):
        cells = (line(row[by]) or "unknown", drawing, *(_shown(name, row[name]) for name in names))
        table.add_row(*map(Text, cells))
    print_table(table, stream)


def bar_texts(counts: Sequence[float], width: int) -> Iterator[str]:
    """Yield a bar for each count, the longest so many cells wide, exact to the eighth of a cell."""
    most = max(counts, default=0) or 1
    for count in counts:
        full, rest = divmod(round(count / most * width * len(_EIGHTHS)), len(_EIGHTHS))
        yield _EIGHTHS[-1] * full + (_EIGHTHS[rest - 1] if rest else "")


def _courses(rows: Sequence[Row], width: int) -> Iterator[str]:
    """Yield for each row how it went, where there are more days than cells several days to a cell."""
    from brandwatch.reports.response_history import sparkline

    for row in rows:
        course = row.get("course", [])
        step = -(-len(course) // width) or 1
        sums = [sum(course[max(end - step, 0) : end]) for end in range(len(course), 0, -step)]
        yield sparkline([*reversed(sums)])


def _number(row: Row) -> float:
    """Return how many mentions a bar shows; of what is not told there is none."""
    return 0 if isinstance(row["mentions"], str) else float(row["mentions"])


def _names(by: str, rows: Sequence[Row], width: int) -> list[str]:
    """Return the columns of numbers that there are, and that the screen has room for."""
    wanted = ["mentions"]
    wanted += ["share"] if by not in _IN_TIME else []
    wanted += ["stories", "publishers", "response"] if width >= _NARROW else []
    wanted += ["previous"] if width >= _WIDE else []
    return [name for name in (*wanted, "change") if rows and name in rows[0]]


def _shown(name: str, value: float | str) -> str:
    """Return a number for people; what is not known is a dash."""
    if isinstance(value, str):
        return value or "–"
    # A small fall is no `-0%`.
    return f"{round(value, 2) + 0.0:+.0%}" if name == "change" else f"{value:.0%}" if name == "share" else f"{value:,}"
