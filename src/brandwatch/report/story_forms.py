"""Stories in the forms that lists have: each writes them to a stream as they come."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from brandwatch.report import atom, story_page
from brandwatch.report.csv import laid_out_rows, tab_rows
from brandwatch.report.json import object_lines, one_object
from brandwatch.report.markdown import escaped, linked, table_rows
from brandwatch.report.story_columns import COLUMNS, as_data, cells, values
from brandwatch.report.xlsx import write_book
from brandwatch.text.safe import cell, clean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from brandwatch.models import Story
    from brandwatch.report.layout import Layout

_MARKDOWN = ("story", "first seen", "lead", "publisher", "publishers", "mentions", "response", "heat")


def write_csv(stories: Iterable[Story], stream: TextIO, layout: Layout) -> None:
    """Write comma-separated values."""
    laid_out_rows(COLUMNS, (values(story, layout) for story in stories), stream, layout)


def write_tsv(stories: Iterable[Story], stream: TextIO, layout: Layout) -> None:
    """Write tab-separated values."""
    rows = (values(story, layout) for story in stories)
    tab_rows(COLUMNS, rows, stream, safe=clean if layout.raw else cell)


def write_json(stories: Iterable[Story], stream: TextIO, layout: Layout) -> None:
    """Write one object: `version`, `generated`, `stories`, `coverage`."""
    one_object("stories", (as_data(story, layout.generated) for story in stories), stream, layout)


def write_lines(stories: Iterable[Story], stream: TextIO, layout: Layout) -> None:
    """Write one object a line."""
    object_lines((as_data(story, layout.generated) for story in stories), stream)


def write_markdown(stories: Iterable[Story], stream: TextIO, layout: Layout) -> None:
    """Write a table with a linked title for each story."""
    table_rows(_MARKDOWN, (_cells(story, layout) for story in stories), stream)


def write_workbook(stories: Iterable[Story], stream: TextIO, layout: Layout) -> None:
    """Write a workbook of bytes below the text stream."""
    write_book("stories", COLUMNS, (cells(story, layout.generated) for story in stories), stream, layout)


def _cells(story: Story, layout: Layout) -> list[str]:
    """Return the cells of one story."""
    return [
        str(story.id),
        f"{story.first_seen.astimezone():%Y-%m-%d %H:%M}",
        linked(story.lead),
        escaped(story.lead.entry.publisher),
        str(story.publishers),
        str(story.mentions),
        "–" if story.response is None else str(story.response),
        f"{story.heat(layout.generated):.1f}",
    ]


STORY_FORMS: Mapping[str, Callable[[Iterable[Story], TextIO, Layout], None]] = {
    "csv": write_csv,
    "tsv": write_tsv,
    "json": write_json,
    "jsonl": write_lines,
    "markdown": write_markdown,
    "xlsx": write_workbook,
    "html": story_page.write,
    "rss": atom.write_stories,
}
"""The forms by their names; a table is the screen's."""
