"""The two streams: data on standard output, everything else on standard error."""

from __future__ import annotations

import shutil
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from brandwatch.text.safe import clean

if TYPE_CHECKING:
    from typing import TextIO

    from rich.console import Console
    from rich.table import Table

    from brandwatch.errors import BrandwatchError


_UNLIMITED = 10_000


def say(text: str) -> None:
    """Write lines for the person at the keyboard to standard error, made safe for a terminal.

    Nobody may be there to read them (`2>&-`): that is no failure of what they are about.
    """
    if sys.stderr is not None:
        with suppress(OSError):
            sys.stderr.write(clean(text) + "\n")


def complain(error: BrandwatchError) -> None:
    """Show an error: what happened, then what to do about it."""
    say(f"error: {error.message}")
    if error.hint:
        say(f"hint: {error.hint}")


def screen_width() -> int:
    """Return the width of the terminal in cells."""
    return shutil.get_terminal_size().columns


def new_table() -> Table:
    """Return an empty table as lists have it."""
    from rich import box
    from rich.table import Table

    return Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1, 0, 0))


def print_table(table: Table, stream: TextIO) -> None:
    """Write a table as wide as the screen; where there is none as wide as its contents, so that nothing is cut."""
    from rich.console import Console

    is_screen = stream.isatty()
    console = Console(
        file=stream, width=screen_width() if is_screen else _UNLIMITED, markup=False, emoji=False, highlight=False
    )
    console.print(table, soft_wrap=not is_screen)


def stdout_console() -> Console:
    """Return the console for tables; markup, emoji codes and highlighting are off, since web text comes through it."""
    from rich.console import Console

    return Console(markup=False, emoji=False, highlight=False)


def stderr_console() -> Console:
    """Return the console for progress and summaries."""
    from rich.console import Console

    return Console(stderr=True, markup=False, emoji=False, highlight=False)
