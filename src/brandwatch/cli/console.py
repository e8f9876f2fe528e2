"""The two streams: data on standard output or in a file that appears whole, everything else on standard error."""

from __future__ import annotations

import errno
import json
import os
import shutil
import stat
import sys
import textwrap
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from brandwatch.errors import BrandwatchError, OutputError
from brandwatch.text.sanitise import clean, shown_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from rich.console import Console
    from rich.table import Table
    from rich.text import Text


_UNLIMITED_CELLS = 10_000
_MIB, _GIB = 2**20, 2**30
_NEW_FILE_MODE = 0o666


def echo_error(text: str) -> None:
    """Write lines for people to standard error, made safe for a terminal.

    A closed stream (`2>&-`) is no failure of the command.
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


def file_size(count: int) -> str:
    """Return a number of bytes for people."""
    return f"{count / _MIB:.1f} MiB" if count < _GIB else f"{count / _GIB:.1f} GiB"


def new_table() -> Table:
    """Return an empty table in the style of lists."""
    from rich import box
    from rich.table import Table

    return Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1, 0, 0))


def add_row(table: Table, *cells: str | Text) -> None:
    """Add a row of plain texts; styled ones stay as they are."""
    from rich.text import Text

    table.add_row(*(Text(cell) if isinstance(cell, str) else cell for cell in cells))


def print_table(table: Table, stream: TextIO) -> None:
    """Write a table as wide as the screen; elsewhere as wide as its contents, so that nothing is cut."""
    is_screen = stream.isatty()
    console = _console(file=stream, width=terminal_width() if is_screen else _UNLIMITED_CELLS)
    console.print(table, soft_wrap=not is_screen)


def stdout_console() -> Console:
    """Return the console for data; raise OutputError without a standard output, where rich would print nothing."""
    if sys.stdout is None:
        raise OutputError("there is no standard output")
    return _console()


def stderr_console() -> Console:
    """Return the console for progress."""
    return _console(stderr=True)


def _console(**options: Any) -> Console:  # noqa: ANN401 (handed on)
    from rich.console import Console

    # Web text passes through: no markup, no emoji codes, no highlighting.
    return Console(markup=False, emoji=False, highlight=False, **options)


@contextmanager
def open_output(path: Path | None) -> Iterator[TextIO]:
    """Give a stream for text with its own line ends: that of *path*, or standard output for none or `-`.

    A file gets its name only when all of it is on the disk; until then, and if anything fails, an older file of that
    name stays as it is. A new file follows the umask, the next one keeps the mode and the owner of the older; a link
    leads to its target. Raise OutputError if it cannot be written.
    """
    if path is None or str(path) == "-":
        yield _standard_output()
        return
    try:
        # A device or a pipe is written to: a new file in its place would destroy it.
        is_file = path.is_file() or not path.exists()
        target = Path(os.path.realpath(path))
        with _replacement(target) if is_file else path.open("w", encoding="utf-8", newline="") as stream:
            yield stream
            stream.flush()
    except OSError as error:
        raise OutputError(f"{shown_path(path)} cannot be written: {error.strerror}", _hint(path, error)) from error


def _hint(path: Path, error: OSError) -> str:
    """Return the hint for a file that cannot be written."""
    folder = Path(os.path.realpath(path)).parent
    match error.errno:
        case errno.ENOENT:
            return f"there is no folder {shown_path(folder)}; make it first"
        case errno.ENOTDIR:
            return f"{shown_path(folder)} is not a folder"
        case errno.EISDIR:
            return "name a file in this folder"
        case errno.EACCES | errno.EROFS:
            return f"the folder {shown_path(folder)} must be writable: a file gets its name when it is complete"
        case _:
            return ""


def write_text(text: str) -> None:
    """Write a text and a line end to standard output; raise OutputError if it cannot be written."""
    with open_output(None) as stream:
        stream.write(f"{text}\n")
        stream.flush()


def write_json(data: Mapping[str, Any]) -> None:
    """Write an object for programs, with its version first; raise OutputError if it cannot be written."""
    write_text(_json({"version": 1} | dict(data)))


def write_json_rows(head: Mapping[str, Any], rows: Iterable[Mapping[str, Any]], tail: Mapping[str, Any]) -> None:
    """Write an object as `write_json` does, with its `rows` between head and tail as they are read."""
    separator = "\n"
    with open_output(None) as stream:
        stream.write(_json({"version": 1} | dict(head)).removesuffix("\n}") + ',\n  "rows": [')
        for row in rows:
            stream.write(separator + textwrap.indent(_json(row), "    "))
            separator = ",\n"
        stream.write(("\n  ],\n" if separator != "\n" else "],\n") + _json(tail).removeprefix("{\n") + "\n")


def _json(data: Mapping[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False, indent=2)


@contextmanager
def _replacement(path: Path) -> Iterator[TextIO]:
    """Give a stream for a file that replaces *path* once all of it is on the disk."""
    from brandwatch.storage.atomic_files import atomic_path

    if path.is_symlink():
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
    older = path.stat() if path.exists() else None
    with atomic_path(path) as unfinished, unfinished.open("w", encoding="utf-8", newline="") as stream:
        yield stream
        stream.flush()
        _set_owner_and_mode(stream.fileno(), older)
        os.fsync(stream.fileno())


def _set_owner_and_mode(descriptor: int, older: os.stat_result | None) -> None:
    """Give an open file the owner, the group and the mode of an older one, as far as this user may; else the umask's.

    Until then nobody else can read it.
    """
    if older is None:
        os.fchmod(descriptor, _NEW_FILE_MODE & ~_umask())
        return
    for owner, group in ((-1, older.st_gid), (older.st_uid, -1)):
        with suppress(PermissionError):
            os.fchown(descriptor, owner, group)
    # Last: a change of the owner clears some bits.
    os.fchmod(descriptor, stat.S_IMODE(older.st_mode))


def _umask() -> int:
    # The system tells it only when it is set.
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _standard_output() -> TextIO:
    """Return standard output as UTF-8 without translated line ends, in every locale."""
    if sys.stdout is None:
        raise OutputError("there is no standard output")
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure:
        reconfigure(encoding="utf-8", newline="", errors="replace")
    return sys.stdout
