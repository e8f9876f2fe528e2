"""The two streams: data on standard output, everything else on standard error."""

from __future__ import annotations

import shutil
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from brandwatch.text.safe import clean

if TYPE_CHECKING:
    from rich.console import Console

    from brandwatch.errors import BrandwatchError


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


def stdout_console() -> Console:
    """Return the console for tables; markup, emoji codes and highlighting are off, since web text comes through it."""
    from rich.console import Console

    return Console(markup=False, emoji=False, highlight=False)


def stderr_console() -> Console:
    """Return the console for progress and summaries."""
    from rich.console import Console

    return Console(stderr=True, markup=False, emoji=False, highlight=False)
