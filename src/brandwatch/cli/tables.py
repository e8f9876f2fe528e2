"""Lists that are not reports: rows for the screen, for spreadsheets and for programs."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Any, TextIO

import typer

from brandwatch.cli import console, options

Row = dict[str, Any]

ListFormat = Annotated[
    str, typer.Option("--format", "-f", metavar="FORMAT", help="Format: table, csv, tsv, json, jsonl or markdown.")
]
_EIGHTHS = "▏▎▍▌▋▊▉█"
_FORMATS = ("table", "csv", "tsv", "json", "jsonl", "markdown")


def parse_list_format(written: str) -> str:
    """Return the format: the named one, else a table on a screen and CSV elsewhere; raise UsageError if unknown."""
    options.require_known("format", written, _FORMATS)
    is_screen = sys.stdout is not None and sys.stdout.isatty()
    return written or ("table" if is_screen else "csv")


def write_list(
    output_format: str,
    columns: Sequence[str],
    rows: Sequence[Row],
    table: Callable[[Sequence[Row], TextIO], None],
    as_data: Callable[[Row], Row] = lambda row: row,
) -> None:
    """Write *rows* to standard output; *table* writes them for a screen, *as_data* converts one for JSON."""
    with console.open_output(None) as stream:
        if output_format == "table":
            table(rows, stream)
        elif output_format == "json":
            data = {"version": 1, "items": list(map(as_data, rows))}
            stream.write(json.dumps(data, ensure_ascii=False, indent=2) + "\n")
        elif output_format == "jsonl":
            stream.writelines(json.dumps(as_data(row), ensure_ascii=False) + "\n" for row in rows)
        else:
            _write_texts(output_format, columns, rows, stream)
        stream.flush()


def empty_as_null(row: Row) -> Row:
    """Return a row for JSON, in which the unknown is null and not empty."""
    return {name: None if value == "" else value for name, value in row.items()}


def _write_texts(output_format: str, columns: Sequence[str], rows: Sequence[Row], stream: TextIO) -> None:
    from brandwatch.reports import csv, markdown

    cells = ([row[name] for name in columns] for row in rows)
    texts = ([" ".join(map(str, cell)) if isinstance(cell, list) else str(cell) for cell in line] for line in cells)
    if output_format == "csv":
        csv.write_comma_rows(columns, texts, stream)
    elif output_format == "tsv":
        csv.write_tab_rows(columns, texts, stream)
    else:
        markdown.write_table_rows(columns, (map(markdown.escape_markdown, line) for line in texts), stream)


def bar_texts(counts: Sequence[float], width: int) -> Iterator[str]:
    """Yield a bar for each count, exact to the eighth of a cell; the longest is *width* cells wide."""
    highest = max(counts, default=0) or 1
    for count in counts:
        full, rest = divmod(round(count / highest * width * len(_EIGHTHS)), len(_EIGHTHS))
        yield _EIGHTHS[-1] * full + (_EIGHTHS[rest - 1] if rest else "")
