"""Where a command's data goes: standard output, or a file that appears whole or not at all."""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from brandwatch.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager


@contextmanager
def output(path: Path | None) -> Iterator[TextIO]:
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


def put(text: str) -> None:
    """Write a text and a line end to standard output; raise OutputError where nothing can be written."""
    with output(None) as stream:
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
