"""Stories on a page: the hottest in a list, and each in a row with its lead."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from brandwatch.report.page_rows import excerpt, language, title
from brandwatch.text.numbers import counted
from brandwatch.text.safe import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from brandwatch.models import Story

COLUMNS = {"first seen": "down", "story": "", "spread": "down", "mentions": "down", "response": "down", "heat": "down"}
"""The columns by their names; some are first sorted downwards."""


def hottest(stories: Iterable[Story], now: datetime) -> Iterator[str]:
    """Yield a line for each story: its lead, who began, how far it has spread, and what was done with it."""
    yield '<ol class="stories">'
    for story in stories:
        lead = story.lead.entry
        response = "response unknown" if story.response is None else counted(story.response, "response")
        began = f"{story.earliest.astimezone():%Y-%m-%d %H:%M}"
        told = [escape(one_line(lead.publisher)), began, counted(story.publishers, "publisher"), response]
        yield f'<li><b class="heat">{story.heat(now):.1f}</b><div{language(lead.language)}>{title(story.lead)}'
        yield f"<p>{' · '.join(filter(None, told))}</p></div></li>"
    yield "</ol>"


def story_rows(stories: Iterable[Story], now: datetime) -> Iterator[str]:
    """Yield the rows of a table of stories."""
    yield "<tbody>\n"
    for story in stories:
        yield from _row(story, now)
    yield "</tbody>\n"


def _row(story: Story, now: datetime) -> Iterator[str]:
    """Yield the row of one story; a number beside each time lets the script sort."""
    entry, seen = story.lead.entry, story.first_seen
    yield f'<tr><td class="when" data-value="{seen.timestamp():.0f}">{seen.astimezone():%Y-%m-%d %H:%M}</td>'
    yield f'<td class="mention"{language(entry.language)}>{title(story.lead)}'
    yield f"<p>{' · '.join(filter(None, [escape(one_line(entry.publisher)), excerpt(story.lead)]))}</p></td>"
    numbers = {
        "publishers": str(story.publishers),
        "mentions": str(story.mentions),
        "responses": "" if story.response is None else str(story.response),
        "heat": f"{story.heat(now):.1f}",
    }
    yield from (f'<td class="number" data-unit="{unit}">{number}</td>' for unit, number in numbers.items())
    yield "</tr>\n"
