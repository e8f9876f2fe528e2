"""The columns of stories in every tabular form; scripts depend on them, so new ones go to the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from brandwatch.report.columns import local
from brandwatch.report.json import utc
from brandwatch.text.safe import clean

if TYPE_CHECKING:
    from datetime import datetime

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


def values(story: Story, layout: Layout) -> list[str]:
    """Return the texts of one row, times and heat as at the time of the report; a response that is unknown is empty."""
    lead = story.lead.entry
    return [
        str(story.id),
        *(local(when, excel=layout.excel) for when in (story.first_seen, story.earliest, story.latest)),
        lead.title,
        lead.url,
        lead.publisher,
        str(story.publishers),
        str(story.mentions),
        str(story.entries),
        "" if story.response is None else str(story.response),
        f"{story.heat(layout.generated):.1f}".replace(".", "," if layout.excel else "."),
        str(story.lead.id),
    ]


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
