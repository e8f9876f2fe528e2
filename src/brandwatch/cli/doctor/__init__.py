"""The command `doctor`."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from brandwatch.cli import console, options
from brandwatch.config.settings import Settings
from brandwatch.errors import Exit
from brandwatch.text.sanitise import one_line

EPILOG = """[bold]Examples[/bold]

brandwatch doctor

brandwatch doctor --full                a large database as a whole, which takes a minute for a million mentions

brandwatch doctor --accept-clock        after a leap of the clock, if it is right now

brandwatch doctor --format json | jq '.checks[] | select(.state != "ok")'

Exit 0 without a problem, else as a poll would: 4 the database, 3 the network or a source that failed three times in a
row, 2 the query files. A warning never fails.
"""


class CheckState(StrEnum):
    """The result of one check in a word."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What one check found and what to do about it; a problem ends the program with *code*."""

    check: str
    state: CheckState
    found: str
    hint: str = ""
    code: Exit = Exit.SOURCES_FAILED

    def as_data(self) -> dict[str, Any]:
        """Return the result for JSON."""
        hint = one_line(self.hint) or None
        return {"check": self.check, "state": self.state, "found": one_line(self.found), "hint": hint}


def command(
    context: typer.Context,
    *,
    output_format: options.TextOrJson = "text",
    accept_clock: Annotated[
        bool, typer.Option("--accept-clock", help="Accept the time of this machine after a leap; check nothing.")
    ] = False,
    full: Annotated[
        bool, typer.Option("--full", help="Check every page, seal and row of the audit of a large database too.")
    ] = False,
) -> None:
    """Print one line for each check."""
    as_json = options.is_json(output_format)
    if accept_clock:
        _accept_clock(context.obj, as_json=as_json)
        return
    results = list(_results(context.obj, is_full=full))
    if as_json:
        console.write_json({"checks": [result.as_data() for result in results]})
    else:
        with console.open_output(None) as stream:
            for result in results:
                hint = f" → {one_line(result.hint)}" if result.hint else ""
                stream.write(f"{result.state:<8} {result.check:<10} {one_line(result.found)}{hint}\n")
            stream.flush()
    codes = [result.code for result in results if result.state is CheckState.PROBLEM]
    if codes:
        raise typer.Exit(max(codes))


def _accept_clock(settings: Settings, *, as_json: bool) -> None:
    """Accept the time of the machine, and print what that changed."""
    from brandwatch.cli.doctor import poll_clock

    acceptance = poll_clock.accept_clock(settings)
    if as_json:
        console.write_json({"clock": acceptance.as_data()})
    else:
        console.write_text(acceptance.as_text())


def _results(settings: Settings, *, is_full: bool) -> Iterator[CheckResult]:
    """Run every check; each rests on those before it."""
    from brandwatch.cli.doctor import database, files, machine, source_health

    yield from machine.check_versions()
    yield from database.check_database(settings.db, is_full=is_full)
    yield from machine.check_disk(settings.db)
    yield from machine.check_folders(settings)
    yield from files.check_copies(settings)
    yield from files.check_leftovers(settings.db)
    yield database.check_lock(settings.db)
    yield database.check_query_files(settings.queries)
    yield from database.check_gone_queries(settings)
    yield files.check_writers(settings.queries)
    yield from database.check_retention(settings)
    yield machine.check_sandbox()
    yield machine.check_open_files()
    yield machine.check_time_zone()
    yield from machine.check_certificates()
    yield from machine.check_proxies()
    yield from source_health.check_sources(settings)


def existing_parent(folder: Path) -> Path:
    """Return the folder, or its nearest parent that exists."""
    return next((place for place in (folder, *folder.absolute().parents) if place.is_dir()), Path("/"))


def file_mode(path: Path) -> int:
    """Return the permissions of a file or folder."""
    return path.stat().st_mode & 0o7777
