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


@contextmanager
def output(path: Path | None) -> Iterator[TextIO]:
    """Give a stream for text with its own line ends: that of *path*, or standard output for none or `-`.

    A file (0600) gets its name only when all of it is on the disk; until then, and if anything fails, an older file
    of that name stays as it is. What is no file, such as `/dev/stdout` or a pipe, is written to as it is. Raise
    OutputError where it cannot be written.
    """
    if path is None or str(path) == "-":
        yield _standard_output()
        return
    if path.exists() and not path.is_file():
        with _translating(path), path.open("w", encoding="utf-8", newline="") as stream:
            yield stream
        return
    # A link stays one, and leads to the new report.
    place = Path(os.path.realpath(path))
    with _translating(path):
        descriptor, temporary = tempfile.mkstemp(prefix=f".{place.name}.", dir=place.parent)
    try:
        with _translating(path):
            with open(descriptor, "w", encoding="utf-8", newline="") as stream:  # noqa: PTH123 (a descriptor)
                yield stream
                stream.flush()
                os.fsync(stream.fileno())
            Path(temporary).replace(place)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def put(text: str) -> None:
    """Write a text and a line end to standard output; raise OutputError where nothing can be written."""
    with output(None) as stream:
        stream.write(f"{text}\n")
        stream.flush()


@contextmanager
def _translating(path: Path) -> Iterator[None]:
    """Turn what the system says of a file into an error of ours."""
    try:
        yield
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror}") from error


def _standard_output() -> TextIO:
    """Return standard output as UTF-8 that translates no line ends, whatever the locale says."""
    if sys.stdout is None:
        raise OutputError("there is no standard output")
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure:
        reconfigure(encoding="utf-8", newline="", errors="replace")
    return sys.stdout
