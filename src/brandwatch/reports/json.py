"""JSON and JSON Lines: for programs; times are ISO 8601 in UTC."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TextIO

from brandwatch.reports.columns import CellKind, Listing, Row
from brandwatch.text.sanitise import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from brandwatch.models import Coverage
    from brandwatch.reports.layout import Layout


JSON_VERSION = 1


def write_json(listing: Listing[Row], rows: Iterable[Row], stream: TextIO, layout: Layout) -> None:
    """Write one object: `version`, `generated`, the rows under the name of the listing as they come, `coverage`."""
    generated = _dumps(utc(layout.generated))
    stream.write(f'{{"version": {JSON_VERSION}, "generated": {generated}, "{listing.name}": [')
    objects = map(_dumps, rows_as_data(listing, rows))
    stream.writelines((",\n" if number else "\n") + text for number, text in enumerate(objects))
    stream.write(f'\n], "coverage": {_dumps(_coverage(layout.coverage))}}}\n')


def write_jsonl(listing: Listing[Row], rows: Iterable[Row], stream: TextIO, layout: Layout) -> None:  # noqa: ARG001 (as every format)
    """Write one object a line."""
    stream.writelines(_dumps(data) + "\n" for data in rows_as_data(listing, rows))


def rows_as_data(listing: Listing[Row], rows: Iterable[Row]) -> Iterator[dict[str, Any]]:
    """Yield the fields of each row; unknown is null or empty, spans count characters of their field."""
    writers: dict[CellKind, Callable[[Any], Any]] = {
        CellKind.TEXT: clean,
        CellKind.TIME: utc,
        CellKind.LIST: list,
    }
    fields = [(column.name, column.value, writers.get(column.kind)) for column in listing.fields]
    for row in rows:
        yield {name: write(value(row)) if write else value(row) for name, value, write in fields}


def row_as_data(listing: Listing[Row], row: Row) -> dict[str, Any]:
    """Return the fields of one row."""
    return next(rows_as_data(listing, [row]))


def utc(when: datetime | None) -> str | None:
    """Return a time as ISO 8601 in UTC."""
    return when.isoformat().replace("+00:00", "Z") if when else None


def _coverage(coverage: Coverage) -> dict[str, Any]:
    return {
        "expected": coverage.expected,
        "seen": coverage.seen,
        "failures": [{"source": source, "class": fetch_class} for source, fetch_class in coverage.failures],
        "deferred": [{"source": source, "polls": polls} for source, polls in coverage.deferred],
        "remarks": [{"source": source, "remark": remark} for source, remark in coverage.remarks],
        "conversations": {
            "followed": coverage.threads,
            "failures": [{"source": source, "class": fetch_class} for source, fetch_class in coverage.failing_threads],
        },
        "gaps": [
            {"source": gap.source, "since": utc(gap.start), "until": utc(gap.end), "reason": gap.reason}
            for gap in coverage.gaps
        ],
        "states": [
            {
                "source": source,
                "health": condition.health,
                "since": utc(condition.since),
                "detail": clean(condition.detail),
            }
            for source, condition in coverage.conditions
        ],
        "unseen": list(coverage.unseen),
        "first_polls": {source: utc(when) for source, when in coverage.first_polls},
    }


def _dumps(value: object) -> str:
    """Return JSON on one line, letters as letters."""
    return json.dumps(value, ensure_ascii=False)
