"""Lists that are not reports: rows for the screen, for spreadsheets and for programs."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from brandwatch.cli.console import open_output
from brandwatch.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, TextIO

    Row = dict[str, Any]


ListFormat = Annotated[
    str, typer.Option("--format", "-f", metavar="FORM", help="table, csv, tsv, json, jsonl or markdown.")
]


def parse_list_format(form: str) -> str:
    """Return the form asked for, else a table on a screen and CSV elsewhere; raise UsageError for one unheard of."""
    forms = ("table", *_WRITERS)
    if form and form not in forms:
        raise UsageError(f"there is no form “{form}”", f"use one of {', '.join(forms)}")
    is_screen = sys.stdout is not None and sys.stdout.isatty()
    return form or ("table" if is_screen else "csv")


def write_list(
    form: str,
    columns: Sequence[str],
    rows: Sequence[Row],
    table: Callable[[Sequence[Row], TextIO], None],
    as_data: Callable[[Row], Row] = lambda row: row,
) -> None:
    """Write *rows* to standard output; *table* writes them for a screen, *as_data* is how JSON has one."""
    with open_output(None) as stream:
        if form == "table":
            table(rows, stream)
        elif form in {"json", "jsonl"}:
            _WRITERS[form](columns, list(map(as_data, rows)), stream)
        else:
            _WRITERS[form](columns, rows, stream)
        stream.flush()


def _write_csv(columns: Sequence[str], rows: Sequence[Row], stream: TextIO) -> None:
    """Write comma-separated values."""
    from brandwatch.reports.csv import write_comma_rows

    write_comma_rows(columns, (_texts(columns, row) for row in rows), stream)


def _write_tsv(columns: Sequence[str], rows: Sequence[Row], stream: TextIO) -> None:
    """Write tab-separated values."""
    from brandwatch.reports.csv import write_tab_rows

    write_tab_rows(columns, (_texts(columns, row) for row in rows), stream)


def _write_markdown(columns: Sequence[str], rows: Sequence[Row], stream: TextIO) -> None:
    """Write a Markdown table."""
    from brandwatch.reports.markdown import escape_markdown, write_table_rows

    write_table_rows(columns, (map(escape_markdown, _texts(columns, row)) for row in rows), stream)


def _write_json(_: Sequence[str], rows: Sequence[Row], stream: TextIO) -> None:
    """Write one object with the rows under `items`."""
    import json

    stream.write(json.dumps({"version": 1, "items": rows}, ensure_ascii=False, indent=2) + "\n")


def _write_lines(_: Sequence[str], rows: Sequence[Row], stream: TextIO) -> None:
    """Write one object a line."""
    import json

    stream.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _texts(columns: Sequence[str], row: Row) -> list[str]:
    """Return a row as texts, a list in it with blanks between."""
    return [" ".join(map(str, row[name])) if isinstance(row[name], list) else str(row[name]) for name in columns]


_WRITERS: dict[str, Callable[[Sequence[str], Sequence[Row], TextIO], None]] = {
    "csv": _write_csv,
    "tsv": _write_tsv,
    "json": _write_json,
    "jsonl": _write_lines,
    "markdown": _write_markdown,
}
