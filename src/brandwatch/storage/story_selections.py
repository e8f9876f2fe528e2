"""Select the stories of a report, and the mentions of one story."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from brandwatch.models import Selection, Story, StoryDecision, StoryEdit
from brandwatch.storage import rows, selections
from brandwatch.storage.stories import SHOWN
from brandwatch.stories.publishers import Published, count_publishers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sqlite_utils import Database

    from brandwatch.models import Mention


STORY_ORDERS = {
    "heat": "heat DESC",
    "rising": "rising DESC",
    "response": "response DESC",
    "publishers": "publishers DESC",
    "mentions": "selected DESC",
    "published": "earliest DESC",
    "found": "first_seen DESC",
}
"""What stories can be sorted by; the hotter of two goes first."""

_COLUMNS = (
    "story.id AS story_id, story.first_seen, story.earliest, story.latest, story.selected, story.entries,"
    " story.publishers AS spread, story.response, story.heat"
)
_LEAD = f"SELECT min(id) FROM mention WHERE mention.entry = story.lead AND {SHOWN}"


def select_stories(
    db: Database, selection: Selection, sort: str, counts: Mapping[int, int] | None = None
) -> Iterator[Story]:
    """Yield the stories of the selected mentions, one by one.

    *counts* says how many mentions of each story are selected, where that is known already.
    """
    found, parameters = _counted(counts) if counts is not None else _selected(selection)
    order = f"{STORY_ORDERS[sort]}, story.heat DESC, story.id DESC"
    limit = f" LIMIT {selection.limit}" if selection.limit else ""
    rank = STORY_ORDERS[sort].removesuffix(" DESC")
    chosen = f"SELECT story.*, {rank} AS rank FROM ({found}) AS story ORDER BY {order}{limit}"
    yield from map(_story, db.query(_with_leads(chosen), parameters))


def story_by_id(db: Database, number: int) -> Story | None:
    """Return one story, `None` where nothing of it is shown."""
    chosen = "SELECT *, mentions AS selected, 0 AS rank FROM story WHERE id = ? AND heat IS NOT NULL"
    return next(map(_story, db.query(_with_leads(chosen), [number])), None)


def story_mentions(db: Database, number: int) -> tuple[Mention, ...]:
    """Return the mentions of a story that are shown, the first published first."""
    statement = (
        f"SELECT {selections.COLUMNS} FROM {selections.PAIRS}{selections.FACTS} WHERE entry.story = ? AND {SHOWN}"
        f" ORDER BY {selections.TIME}, entry.id, mention.id"
    )
    return tuple(map(rows.mention, db.query(statement, [number])))


def story_decisions(db: Database, number: int) -> tuple[StoryDecision, ...]:
    """Return what somebody decided about a story, oldest first."""
    statement = "SELECT * FROM story_decision WHERE story = ? OR other = ? ORDER BY id"
    return tuple(
        StoryDecision(at=rows.moment(row["at"]), edit=StoryEdit(row["verb"]), story=row["story"], other=row["other"])
        for row in db.query(statement, [number, number])
    )


def count_story_publishers(db: Database, numbers: Iterable[int]) -> int:
    """Return how many publishers carry one or other of the stories."""
    statement = (
        "SELECT DISTINCT entry.url, entry.publisher, max(voice = 'owned') OVER (PARTITION BY entry.id)"
        f" FROM {selections.PAIRS} AND {SHOWN} AND entry.thread = ''"
        " WHERE entry.story IN (SELECT value FROM json_each(?))"
    )
    found = db.execute(statement, [json.dumps(list(numbers))])
    return count_publishers(Published(url, publisher, bool(is_owned)) for url, publisher, is_owned in found)


def _counted(counts: Mapping[int, int]) -> tuple[str, list[Any]]:
    """Return the stories whose mentions are counted, with a parameter."""
    statement = (
        "SELECT story.*, counted.value AS selected FROM json_each(?) AS counted"
        " CROSS JOIN story ON story.id = CAST(counted.key AS INTEGER) WHERE story.heat IS NOT NULL"
    )
    return statement, [json.dumps(counts)]


def _selected(selection: Selection) -> tuple[str, list[Any]]:
    """Return the stories of the selected mentions, with parameters.

    Few mentions are found first, and then their stories. Where a selection takes most of them, the stories come first,
    in their order, until there are enough.
    """
    condition, parameters = selections.selection_condition(selection)
    if replace(selection, limit=0) == Selection():
        return "SELECT *, mentions AS selected FROM story WHERE heat IS NOT NULL", []
    if selections.is_narrow(selection):
        # The sign keeps SQLite from going through every entry by its story instead of the few that are selected.
        pairs = selections.selection_tables(selection, used="entry.story")
        found = f"SELECT entry.story, count(*) AS selected FROM {pairs} WHERE {condition} GROUP BY +entry.story"
        statement = f"SELECT story.*, found.selected FROM ({found}) AS found CROSS JOIN story ON story.id = found.story"
        return f"{statement} WHERE story.heat IS NOT NULL", parameters
    count = f"SELECT count(*) FROM {selections.PAIRS} WHERE entry.story = story.id AND {condition}"
    return f"SELECT story.*, ({count}) AS selected FROM story WHERE heat IS NOT NULL AND selected > 0", parameters


def _with_leads(chosen: str) -> str:
    """Return a statement for the chosen stories with the mention that leads each."""
    return (
        f"SELECT {selections.COLUMNS}, {_COLUMNS} FROM ({chosen}) AS story CROSS JOIN mention ON mention.id = ({_LEAD})"
        f" JOIN entry ON entry.id = mention.entry{selections.FACTS}"
        " ORDER BY story.rank DESC, story.heat DESC, story.id DESC"
    )


def _story(row: Mapping[str, Any]) -> Story:
    """Return the story in a row with its lead."""
    return Story(
        id=row["story_id"],
        lead=rows.mention(row),
        first_seen=rows.moment(row["first_seen"]),
        earliest=rows.moment(row["earliest"]),
        latest=rows.moment(row["latest"]),
        mentions=row["selected"],
        entries=row["entries"],
        publishers=row["spread"],
        response=row["response"],
        heat_key=row["heat"],
    )
