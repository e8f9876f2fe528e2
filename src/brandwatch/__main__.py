"""Answer `--version` at once; leave everything else to the command tree."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the program with the arguments of the process."""
    if sys.argv[1:] == ["--version"]:
        from brandwatch import __version__

        _print(f"brandwatch {__version__}\n")
        return
    from brandwatch.cli import run

    run()


def _print(text: str) -> None:
    """Write a text to standard output; exit 5 if that fails, but not for a closed pipe."""
    if sys.stdout is None:
        sys.exit(_output_failed("there is no standard output"))
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        import os

        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        if not isinstance(error, BrokenPipeError):
            sys.exit(_output_failed(f"cannot write the output: {error.strerror}"))


def _output_failed(why: str) -> int:
    """Print the reason and return the exit code."""
    sys.stderr.write(f"error: {why}\n")
    return 5


if __name__ == "__main__":
    main()
