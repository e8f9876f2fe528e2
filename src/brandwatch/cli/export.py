"""Write mentions with what was decided of them into a table that an analyst edits, and `import` reads again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from brandwatch.cli.console import echo_error, open_output
from brandwatch.cli.filters import (
    Languages,
    Queries,
    Search,
    Since,
    Sources,
    Statuses,
    Subjects,
    Tags,
    Until,
    Voices,
    Where,
    build_selection,
)
from brandwatch.cli.options import named_sources
from brandwatch.cli.tee import MentionTee
from brandwatch.errors import UsageError
from brandwatch.text import plural

if TYPE_CHECKING:
    from brandwatch.config.settings import Settings


_FORMS = (".csv", ".xlsx")

EPILOG = """[bold]Examples[/bold]

brandwatch export --triage --status new -o week.xlsx      then edit status, tags and note, save, and

brandwatch import week.xlsx

brandwatch export --triage --since 7d --excel -o week.csv
"""


def command(
    context: typer.Context,
    *,
    triage: Annotated[
        bool, typer.Option("--triage", help="For triage: the columns status, tags and note can be edited.")
    ] = False,
    path: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write there: .csv or .xlsx.")
    ] = None,
    excel: Annotated[
        bool, typer.Option("--excel", help="CSV as Nordic spreadsheets read it: BOM, ;, local dates.")
    ] = False,
    queries: Queries = None,
    since: Since = "",
    until: Until = "",
    sources: Sources = None,
    search: Search = "",
    where: Where = "",
    statuses: Statuses = None,
    voices: Voices = None,
    subjects: Subjects = None,
    languages: Languages = None,
    tags: Tags = None,
) -> None:
    """Select, write, and end with the coverage on standard error."""
    from brandwatch import clock
    from brandwatch.cli.report import compiled, matching
    from brandwatch.reports import FORMATS, Layout, coverage_line
    from brandwatch.reports.triage_sheet import sheet_listing
    from brandwatch.storage import open_store
    from brandwatch.storage.sources import source_coverage

    settings: Settings = context.obj
    form = _format(path, excel=excel, triage=triage)
    selection = build_selection(
        queries=queries,
        since=since,
        until=until,
        sources=sources,
        search=search,
        statuses=statuses,
        voices=voices,
        subjects=subjects,
        languages=languages,
        tags=tags,
    )
    expression = compiled(where)
    selection = replace(selection, prefilter=expression.prefilter() if expression else None)
    with open_store(settings.db, create=False) as store:
        coverage = source_coverage(store, [source.url for source in named_sources(settings)], selection.since)
        layout = Layout(generated=clock.now(), coverage=coverage, excel=excel)
        passed, found = MentionTee(), matching(store, selection, expression)
        with open_output(path) as stream:
            FORMATS[form](sheet_listing(store.secret_key()), passed.of(found), stream, layout)
            stream.flush()
    if settings.verbosity >= 0:
        echo_error(plural(passed.count, "mention"))
        echo_error(coverage_line(coverage))


def _format(path: Path | None, *, excel: bool, triage: bool) -> str:
    """Return the format of the sheet; raise UsageError for one that cannot be edited and imported."""
    if not triage:
        raise UsageError("say what to export", "`brandwatch export --triage` writes a table to decide in")
    suffix = path.suffix.lower() if path and str(path) != "-" else ".csv"
    if suffix not in _FORMS:
        raise UsageError(f"the suffix of {path} names no form", f"use {' or '.join(_FORMS)}")
    if excel and suffix != ".csv":
        raise UsageError("--excel is about CSV, not a workbook", "a workbook is read by every spreadsheet as it is")
    return suffix.removeprefix(".")
