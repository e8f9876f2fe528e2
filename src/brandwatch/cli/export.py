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
    from collections.abc import Iterable, Sequence
    from typing import Any, TextIO

    from xlsxwriter.worksheet import Worksheet

    from brandwatch.config.settings import Settings
    from brandwatch.models import Mention
    from brandwatch.reports import Layout


_FORMS = (".csv", ".xlsx")
# The last row of a sheet.
_LAST_ROW = 1_048_575

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
    from brandwatch.reports import Layout, coverage_line
    from brandwatch.storage import open_store
    from brandwatch.storage.sources import source_coverage

    settings: Settings = context.obj
    is_book = _is_book(path, excel=excel, triage=triage)
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
            (_write_book if is_book else _write_text)(passed.of(found), store.secret_key(), stream, layout)
            stream.flush()
    if settings.verbosity >= 0:
        echo_error(plural(passed.count, "mention"))
        echo_error(coverage_line(coverage))


def _is_book(path: Path | None, *, excel: bool, triage: bool) -> bool:
    """Say whether a workbook is to be written; raise UsageError for what there is not."""
    if not triage:
        raise UsageError("say what to export", "`brandwatch export --triage` writes a table to decide in")
    suffix = path.suffix.lower() if path and str(path) != "-" else ".csv"
    if suffix not in _FORMS:
        raise UsageError(f"the suffix of {path} names no form", f"use {' or '.join(_FORMS)}")
    if excel and suffix != ".csv":
        raise UsageError("--excel is about CSV, not a workbook", "a workbook is read by every spreadsheet as it is")
    return suffix != ".csv"


def _write_text(mentions: Iterable[Mention], key: bytes, stream: TextIO, layout: Layout) -> None:
    """Write CSV."""
    from brandwatch.reports import SHEET_COLUMNS, sheet_row
    from brandwatch.reports.csv import write_layout_rows

    rows = (_texts(list(sheet_row(mention, key).values()), layout) for mention in mentions)
    write_layout_rows(SHEET_COLUMNS, rows, stream, layout)


def _texts(cells: Sequence[Any], layout: Layout) -> list[str]:
    """Return cells as texts, times as people or spreadsheets write them; what is unknown is empty."""
    from datetime import datetime

    from brandwatch.reports.columns import local_time

    return [
        local_time(value, excel=layout.excel) if isinstance(value, datetime) else "" if value is None else str(value)
        for value in cells
    ]


def _write_book(mentions: Iterable[Mention], key: bytes, stream: TextIO, layout: Layout) -> None:
    """Write a workbook."""
    from brandwatch.reports import SHEET_COLUMNS, sheet_row
    from brandwatch.reports.xlsx import write_rows_workbook

    write_rows_workbook(
        "mentions", SHEET_COLUMNS, (sheet_row(mention, key) for mention in mentions), stream, layout, _dress
    )


def _dress(sheet: Worksheet) -> None:
    """Let a status be chosen from those there are, and put out of sight what nobody is to edit."""
    from brandwatch.models import Status
    from brandwatch.reports import SHEET_COLUMNS

    at, hidden = SHEET_COLUMNS.index("status"), SHEET_COLUMNS.index("base")
    sheet.data_validation(1, at, _LAST_ROW, at, {"validate": "list", "source": list(Status)})
    sheet.set_column(hidden, hidden, None, None, {"hidden": True})
