"""The front door: answer `--version` at once, leave everything else to the command tree."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the program with the arguments of the process."""
    if sys.argv[1:] == ["--version"]:
        from brandwatch import __version__

        sys.stdout.write(f"brandwatch {__version__}\n")
        return
    from brandwatch.cli import run

    run()


if __name__ == "__main__":
    main()
