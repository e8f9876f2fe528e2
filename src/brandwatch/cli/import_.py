"""Read a table of `export --triage` again: what an analyst edited is decided, what was edited here too is told."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from brandwatch.cli.console import echo_error
from brandwatch.errors import Exit, UsageError
from brandwatch.text import plural

if TYPE_CHECKING:
    from brandwatch.config.settings import Settings
    from brandwatch.reports.triage_sheet import MergeConflict, MergeResult


_SHOWN = 20

EPILOG = """[bold]Examples[/bold]

brandwatch export --triage -o week.xlsx

brandwatch import week.xlsx --dry-run

brandwatch import week.xlsx --theirs       the file wins where both were edited

CSV may have commas, semicolons or tabs, in UTF-8, UTF-16 or Windows-1252; workbooks are .xlsx.
"""


def command(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(metavar="FILE", help="The table, CSV or .xlsx; - for standard input.")],
    *,
    ours: Annotated[bool, typer.Option("--ours", help="Where both were edited, keep what is here.")] = False,
    theirs: Annotated[bool, typer.Option("--theirs", help="Where both were edited, take the file.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,
) -> None:
    """Merge the file in one transaction, and tell what is in conflict."""
    from brandwatch import clock
    from brandwatch.models import TriageOrigin
    from brandwatch.reports.spreadsheets import read_lines
    from brandwatch.reports.triage_sheet import MergePreference, merge_edits, read_edits
    from brandwatch.storage import open_store
    from brandwatch.storage.triage import decide, triage_states

    if ours and theirs:
        raise UsageError("--ours and --theirs exclude each other")
    settings: Settings = context.obj
    name = "standard input" if str(path) == "-" else str(path)
    edits = read_edits(read_lines(_bytes(path), name), name)
    prefer = MergePreference.OURS if ours else MergePreference.THEIRS if theirs else MergePreference.NEITHER
    with open_store(settings.db, create=False) as store, store.transaction(dry_run=dry_run):
        states = triage_states(store, [edit.id for edit in edits])
        merged = merge_edits(edits, states, key=store.secret_key(), name=name, prefer=prefer)
        step = decide(store, merged.changes, TriageOrigin.IMPORT, clock.now())
    _conclude(name, merged, len(step.mentions), settings, dry_run=dry_run)


def _bytes(path: Path) -> bytes:
    """Return what is in the file; raise UsageError where it cannot be read."""
    if str(path) == "-":
        if sys.stdin is None:
            raise UsageError("there is no standard input")
        return sys.stdin.buffer.read()
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None


def _conclude(name: str, merged: MergeResult, changed: int, settings: Settings, *, dry_run: bool) -> None:
    """Say how much changed and what did not; what is in conflict ends with the exit code of what is unfinished."""
    if settings.verbosity >= 0:
        echo_error(f"{plural(changed, 'mention')} {'would change' if dry_run else 'changed'}")
        if merged.gone:
            echo_error(
                f"{plural(len(merged.gone), 'mention')} of the file {'is' if len(merged.gone) == 1 else 'are'} gone"
            )
    for conflict in merged.conflicts[:_SHOWN]:
        echo_error(_told(name, conflict))
    if merged.conflicts:
        told = plural(len(merged.conflicts), "conflict")
        echo_error(f"{told}, not changed: --ours keeps what is here, --theirs takes the file")
        raise typer.Exit(Exit.SOURCES_FAILED)


def _told(name: str, conflict: MergeConflict) -> str:
    """Return a conflict in words."""
    place = f"{name}:{conflict.line}:{conflict.column}: mention {conflict.mention}"
    return f"{place}: {conflict.what} is “{conflict.ours}” here, “{conflict.theirs}” in the file"
