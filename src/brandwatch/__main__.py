"""Answer `--version` at once; leave everything else to the command tree."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the program with the arguments of the process."""
    if sys.argv[1:] == ["--version"]:
        from brandwatch import __version__

        _answer(f"brandwatch {__version__}\n")
        return
    from brandwatch.cli import run

    run()


def _answer(text: str) -> None:
    """Write a text to standard output; one that cannot be written is exit 5, a reader that has seen enough is none."""
    if sys.stdout is None:
        sys.exit(_unwritten("there is no standard output"))
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        import os

        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        if not isinstance(error, BrokenPipeError):
            sys.exit(_unwritten(f"cannot write the output: {error.strerror}"))


def _unwritten(why: str) -> int:
    """Say why there is no answer, and return the exit code for it."""
    sys.stderr.write(f"error: {why}\n")
    return 5


if __name__ == "__main__":
    main()
