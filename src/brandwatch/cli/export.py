"""The command `export`."""

from pathlib import Path
from typing import Annotated

import typer

from brandwatch import clock
from brandwatch.cli import console, options, query_scope
from brandwatch.cli.filters import Filters, MentionTee, matching_mentions, with_filters
from brandwatch.errors import UsageError
from brandwatch.reports import Layout, coverage_line, report_format, triage_sheet
from brandwatch.storage import open_store
from brandwatch.text import plural

_SUFFIXES = (".csv", ".xlsx")

EPILOG = """[bold]Examples[/bold]

brandwatch export --triage --status new -o week.xlsx      then edit status, tags and note, save, and

brandwatch import week.xlsx

brandwatch export --triage --since 7d --excel -o week.csv
"""


@with_filters("query since until voice subject lang status tag source search where")
def command(
    context: typer.Context,
    *,
    triage: Annotated[
        bool, typer.Option("--triage", help="For triage: the columns status, tags and note can be edited.")
    ] = False,
    path: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write a file: .csv or .xlsx.")
    ] = None,
    excel: options.Excel = False,
    filters: Filters,
) -> None:
    """Select, write, and end with the coverage on standard error."""
    settings = options.settings_of(context)
    output_format = _format(path, excel=excel, triage=triage)
    selection, expression = filters.selection(), filters.expression()
    with open_store(settings.db, create=False) as store:
        selection = query_scope.check_selection(store, settings, selection)
        coverage = options.configured_coverage(store, settings, selection)
        layout = Layout(generated=clock.now(), coverage=coverage, excel=excel)
        tee = MentionTee()
        mentions = tee.watch(matching_mentions(store, selection, expression))
        with console.open_output(path) as stream:
            report_format(output_format)(triage_sheet.sheet_listing(store.secret_key), mentions, stream, layout)
            stream.flush()
        remarks = list(query_scope.scope_remarks(store, settings, selection))
    if settings.verbosity >= 0:
        of_entries = f" of {plural(tee.entries, 'entry', 'entries')}" if tee.entries < tee.count else ""
        for remark in (f"{plural(tee.count, 'mention')}{of_entries}", *remarks):
            console.echo_error(remark)
        console.echo_error(coverage_line(coverage))


def _format(path: Path | None, *, excel: bool, triage: bool) -> str:
    """Return the format of the sheet; raise UsageError for one that cannot be edited and imported."""
    if not triage:
        raise UsageError("missing option --triage", "`brandwatch export --triage` writes a table for triage")
    suffix = path.suffix.lower() if path and str(path) != "-" else ".csv"
    if suffix not in _SUFFIXES:
        raise UsageError(f"the suffix of {path} names no format", f"use {' or '.join(_SUFFIXES)}")
    if excel and suffix != ".csv":
        raise UsageError("--excel is for CSV, not for a workbook", "every spreadsheet reads a workbook as it is")
    return suffix.removeprefix(".")
