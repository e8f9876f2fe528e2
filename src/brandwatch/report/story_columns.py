"""The columns of stories in every tabular form; scripts depend on them, so new ones go to the end."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from brandwatch.report.columns import local
from brandwatch.report.json import utc
from brandwatch.text.safe import clean

if TYPE_CHECKING:
    from brandwatch.models import Story
    from brandwatch.report.layout import Layout

COLUMNS = (
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


def cells(story: Story, now: datetime) -> dict[str, datetime | float | str | None]:
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


def values(story: Story, layout: Layout) -> list[str]:
    """Return the texts of one row, times and numbers as people or spreadsheets write them."""
    return [_text(value, excel=layout.excel) for value in cells(story, layout.generated).values()]


def as_data(story: Story, now: datetime) -> dict[str, Any]:
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
            return local(value, excel=excel)
        case float():
            return str(value).replace(".", "," if excel else ".")
        case _:
            return str(value)
