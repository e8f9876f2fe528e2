"""The two streams: data on standard output or in a file that appears whole, everything else on standard error."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from brandwatch.errors import OutputError
from brandwatch.text.sanitise import clean

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from rich.console import Console
    from rich.table import Table

    from brandwatch.errors import BrandwatchError


_UNLIMITED = 10_000


def echo_error(text: str) -> None:
    """Write lines for the person at the keyboard to standard error, made safe for a terminal.

    Nobody may be there to read them (`2>&-`): that is no failure of what they are about.
    """
    if sys.stderr is not None:
        with suppress(OSError):
            sys.stderr.write(clean(text) + "\n")


def print_error(error: BrandwatchError) -> None:
    """Show an error: what happened, then what to do about it."""
    echo_error(f"error: {error.message}")
    if error.hint:
        echo_error(f"hint: {error.hint}")


def terminal_width() -> int:
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
        file=stream, width=terminal_width() if is_screen else _UNLIMITED, markup=False, emoji=False, highlight=False
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


@contextmanager
def open_output(path: Path | None) -> Iterator[TextIO]:
    """Give a stream for text with its own line ends: that of *path*, or standard output for none or `-`.

    A file (0600) gets its name only when all of it is on the disk; until then, and if anything fails, an older file
    of that name stays as it is; a link leads to the file that is meant. Raise OutputError where it cannot be written.
    """
    if path is None or str(path) == "-":
        yield _standard_output()
        return
    try:
        with _opened(path) as stream:
            yield stream
            stream.flush()
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror}") from error


def _opened(path: Path) -> AbstractContextManager[TextIO]:
    """Open a path for writing; a device or a pipe is written to, since taking its place would destroy it."""
    if path.exists() and not path.is_file():
        return path.open("w", encoding="utf-8", newline="")
    return _whole(path.resolve())


@contextmanager
def _whole(path: Path) -> Iterator[TextIO]:
    """Give a stream for a file that takes the place of *path* once all of it is on the disk."""
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with open(descriptor, "w", encoding="utf-8", newline="") as stream:  # noqa: PTH123 (a descriptor)
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def write_text(text: str) -> None:
    """Write a text and a line end to standard output; raise OutputError where nothing can be written."""
    with open_output(None) as stream:
        stream.write(f"{text}\n")
        stream.flush()


def _standard_output() -> TextIO:
    """Return standard output as UTF-8 that translates no line ends, whatever the locale says."""
    if sys.stdout is None:
        raise OutputError("there is no standard output")
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure:
        reconfigure(encoding="utf-8", newline="", errors="replace")
    return sys.stdout
