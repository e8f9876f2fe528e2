"""The command `import`."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from brandwatch import clock
from brandwatch.cli import console, options
from brandwatch.errors import Exit, UsageError
from brandwatch.models import TriageOrigin
from brandwatch.reports import spreadsheets, triage_sheet
from brandwatch.storage import open_store, triage
from brandwatch.text import plural

_LISTED_CONFLICTS = 20

EPILOG = """[bold]Examples[/bold]

brandwatch export --triage -o week.xlsx

brandwatch import week.xlsx --dry-run

brandwatch import week.xlsx --theirs       in a conflict, take the file

CSV may have commas, semicolons or tabs, in UTF-8, UTF-16 or Windows-1252; workbooks are .xlsx.
"""


def command(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(metavar="FILE", help="The table, CSV or .xlsx; - for standard input.")],
    *,
    ours: Annotated[bool, typer.Option("--ours", help="In a conflict, keep the database.")] = False,
    theirs: Annotated[bool, typer.Option("--theirs", help="In a conflict, take the file.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")] = False,
) -> None:
    """Merge the file in one transaction, and list the conflicts."""
    settings = options.settings_of(context)
    name = "standard input" if str(path) == "-" else str(path)
    if ours and theirs:
        raise UsageError("--ours and --theirs exclude each other")
    preference = triage_sheet.MergePreference
    prefer = preference.OURS if ours else preference.THEIRS if theirs else preference.NEITHER
    edits = triage_sheet.read_edits(spreadsheets.read_lines(_read(path), name), name)
    with open_store(settings.db, create=False) as store, store.transaction(dry_run=dry_run):
        states = triage.triage_states(store, [edit.id for edit in edits])
        merged = triage_sheet.merge_edits(edits, states, key=store.secret_key, name=name, prefer=prefer)
        batch = triage.decide(store, merged.changes, TriageOrigin.IMPORT, clock.now())
    if settings.verbosity >= 0:
        console.echo_error(f"{plural(len(batch.mentions), 'mention')} {'would change' if dry_run else 'changed'}")
        if merged.gone:
            verb = "is" if len(merged.gone) == 1 else "are"
            console.echo_error(f"{plural(len(merged.gone), 'mention')} of the file {verb} gone")
    for conflict in merged.conflicts[:_LISTED_CONFLICTS]:
        place = f"{name}:{conflict.line}:{conflict.column}: mention {conflict.mention}"
        console.echo_error(f"{place}: {conflict.what} is “{conflict.ours}” here, “{conflict.theirs}” in the file")
    if merged.conflicts:
        count = plural(len(merged.conflicts), "conflict")
        console.echo_error(f"{count}, not changed: --ours keeps the database, --theirs takes the file")
        raise typer.Exit(Exit.SOURCES_FAILED)


def _read(path: Path) -> bytes:
    if str(path) == "-":
        if sys.stdin is None:
            raise UsageError("there is no standard input")
        return sys.stdin.buffer.read()
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
