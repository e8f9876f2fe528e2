"""Answer `--version` at once; leave everything else to the command tree."""

from __future__ import annotations

import gc
import io
import os
import sys
from contextlib import suppress


def main() -> None:
    """Run the program with the arguments of the process."""
    _secure_streams()
    if sys.argv[1:] == ["--version"]:
        from brandwatch import __version__

        _print(f"brandwatch {__version__}\n")
        return
    # The objects of a command die at once or live to its end: frequent collections find no cycles.
    gc.set_threshold(50_000, 20, 50)
    from brandwatch.cli import run

    run()


class _ErrorFile(io.FileIO):
    """Standard error: what cannot be written is lost, because a message is not the work that a command does."""

    def write(self, data: bytes, /) -> int:  # type: ignore[override] # a text stream writes nothing but bytes
        """Write as much as there is room for, and claim all of it."""
        left = data
        with suppress(OSError):
            while left and (count := super().write(left)):
                left = left[count:]
        return len(data)


def _secure_streams() -> None:
    """Occupy closed standard streams, and lose what standard error has no room for.

    With `2>&-` the next file to be opened, such as the database, would be number 2, where messages go.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            # It gets the lowest free number, which is this one.
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # noqa: FBT003 (positional only)
    if sys.stderr is sys.__stderr__:
        sys.stderr = io.TextIOWrapper(
            _ErrorFile(2, "w", closefd=False),
            encoding=sys.stderr.encoding if sys.stderr else "utf-8",
            errors="backslashreplace",
            write_through=True,
        )


def _print(text: str) -> None:
    """Write a text to standard output; exit 5 if that fails, but not for a closed pipe."""
    if sys.stdout is None:
        sys.exit(_output_failed("there is no standard output"))
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        if not isinstance(error, BrokenPipeError):
            sys.exit(_output_failed(f"cannot write the output: {error.strerror}"))


def _output_failed(why: str) -> int:
    """Print the reason and return the exit code."""
    sys.stderr.write(f"error: {why}\n")
    return 5


if __name__ == "__main__":
    main()
