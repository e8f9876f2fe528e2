"""Stories in every format."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, TextIO

from brandwatch.reports import atom, page
from brandwatch.reports.columns import local_time
from brandwatch.reports.csv import write_layout_rows, write_tab_rows
from brandwatch.reports.json import utc, write_object, write_object_lines
from brandwatch.reports.markdown import escape_markdown, linked_title, write_table_rows
from brandwatch.reports.xlsx import write_rows_workbook
from brandwatch.text.sanitise import clean, spreadsheet_cell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from brandwatch.models import Story
    from brandwatch.reports.layout import Layout


STORY_COLUMNS = (
    "story",
    "first_seen",
    "earliest",
    "latest",
    "title",
    "url",
    "publisher",
    "publishers",
    "mentions",
    "entries",
    "response",
    "heat",
    "lead",
)


def story_cells(story: Story, now: datetime) -> dict[str, datetime | float | str | None]:
    """Return the values of one row by the names of their columns, with its heat *now*; what is unknown is `None`."""
    lead = story.lead.entry
    return {
        "story": story.id,
        "first_seen": story.first_seen,
        "earliest": story.earliest,
        "latest": story.latest,
        "title": lead.title,
        "url": lead.url,
        "publisher": lead.publisher,
        "publishers": story.publishers,
        "mentions": story.mentions,
        "entries": story.entries,
        "response": story.response,
        "heat": round(story.heat(now), 1),
        "lead": story.lead.id,
    }


def story_values(story: Story, layout: Layout) -> list[str]:
    """Return the texts of one row, times and numbers as people or spreadsheets write them."""
    return [_text(value, excel=layout.excel) for value in story_cells(story, layout.generated).values()]


def story_as_data(story: Story, now: datetime) -> dict[str, Any]:
    """Return a story as JSON has it, with its heat *now*; what is not known is null."""
    lead = story.lead
    return {
        "id": story.id,
        "first_seen": utc(story.first_seen),
        "earliest": utc(story.earliest),
        "latest": utc(story.latest),
        "publishers": story.publishers,
        "mentions": story.mentions,
        "entries": story.entries,
        "response": story.response,
        "heat": round(story.heat(now), 2),
        "lead": {
            "id": lead.id,
            "query": lead.query,
            "title": clean(lead.entry.title),
            "url": lead.entry.url,
            "publisher": clean(lead.entry.publisher),
            "source": lead.source,
        },
    }


def _text(value: datetime | float | str | None, *, excel: bool) -> str:
    """Return a value as text; what is unknown is empty."""
    match value:
        case None:
            return ""
        case datetime():
            return local_time(value, excel=excel)
        case float():
            return str(value).replace(".", "," if excel else ".")
        case _:
            return str(value)


_MARKDOWN = ("story", "first seen", "lead", "publisher", "publishers", "mentions", "response", "heat")


def write_story_csv(stories: Iterable[Story], stream: TextIO, layout: Layout) -> None:
    """Write comma-separated values."""
    write_layout_rows(STORY_COLUMNS, (story_values(story, layout) for story in stories), stream, layout)


def write_story_tsv(stories: Iterable[Story], stream: TextIO, layout: Layout) -> None:
    """Write tab-separated values."""
    rows = (story_values(story, layout) for story in stories)
    write_tab_rows(STORY_COLUMNS, rows, stream, safe=clean if layout.raw else spreadsheet_cell)


def write_story_json(stories: Iterable[Story], stream: TextIO, layout: Layout) -> None:
    """Write one object: `version`, `generated`, `stories`, `coverage`."""
    write_object("stories", (story_as_data(story, layout.generated) for story in stories), stream, layout)


def write_story_jsonl(stories: Iterable[Story], stream: TextIO, layout: Layout) -> None:
    """Write one object a line."""
    write_object_lines((story_as_data(story, layout.generated) for story in stories), stream)


def write_story_markdown(stories: Iterable[Story], stream: TextIO, layout: Layout) -> None:
    """Write a table with a linked title for each story."""
    write_table_rows(_MARKDOWN, (_cells(story, layout) for story in stories), stream)


def write_story_workbook(stories: Iterable[Story], stream: TextIO, layout: Layout) -> None:
    """Write a workbook of bytes below the text stream."""
    write_rows_workbook(
        "stories", STORY_COLUMNS, (story_cells(story, layout.generated) for story in stories), stream, layout
    )


def _cells(story: Story, layout: Layout) -> list[str]:
    """Return the cells of one story."""
    return [
        str(story.id),
        f"{story.first_seen.astimezone():%Y-%m-%d %H:%M}",
        linked_title(story.lead),
        escape_markdown(story.lead.entry.publisher),
        str(story.publishers),
        str(story.mentions),
        "–" if story.response is None else str(story.response),
        f"{story.heat(layout.generated):.1f}",
    ]


STORY_FORMATS: Mapping[str, Callable[[Iterable[Story], TextIO, Layout], None]] = {
    "csv": write_story_csv,
    "tsv": write_story_tsv,
    "json": write_story_json,
    "jsonl": write_story_jsonl,
    "markdown": write_story_markdown,
    "xlsx": write_story_workbook,
    "html": page.write_story_page,
    "rss": atom.write_atom_stories,
}
"""The forms by their names; a table is the screen's."""
