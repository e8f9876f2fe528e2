"""Stories: their totals, and the selection of stories and their mentions for a report."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import groupby
from operator import itemgetter
from typing import Any

from brandwatch.models import EvidenceKind, Mention, Response, Selection, Story, StoryDecision, StoryEdit, Voice
from brandwatch.storage import rows, selections
from brandwatch.storage.database import Store
from brandwatch.stories.heat import Heat, StoryEntry, StorySummary, effective_published, summarise_story
from brandwatch.stories.publishers import Published, count_publishers

STORY_ORDERS = {
    "heat": "heat DESC",
    "rising": "rising DESC",
    "response": "response DESC",
    "publishers": "publishers DESC",
    "mentions": "selected DESC",
    "published": "earliest DESC",
    "found": "first_seen DESC",
}
"""What stories can be sorted by; of two equal ones the hotter is first."""

_EMPTY_STORY: dict[str, Any] = {
    "lead": None,
    **dict.fromkeys(("first_seen", "earliest", "latest", "entries", "mentions", "publishers"), 0),
    **dict.fromkeys(("response", "rising", "heat")),
}
# The index of the kind in a piece of evidence; the first version stored none.
_KIND_INDEX = 5


def refresh_heat(store: Store, entries: Collection[int], new: Collection[int] = ()) -> None:
    """Update the totals of the stories of entries, after the entries, their mentions or their response have changed.

    Of *new* stories the rows are inserted.
    """
    statement = "SELECT DISTINCT story FROM entry WHERE id IN (SELECT value FROM json_each(?)) AND story IS NOT NULL"
    refresh_stories(store, store.column(statement, [json.dumps(list(entries))]), new)


def refresh_stories(store: Store, stories: Collection[int], new: Collection[int] = ()) -> None:
    """Update the totals of stories, and insert the *new* ones; a story without a shown mention has none."""
    totals = dict.fromkeys(stories, _EMPTY_STORY)
    for story, summary in _summaries(store, stories):
        totals[story] = {name: getattr(summary, name) for name in _EMPTY_STORY} | {"heat": summary.heat.key}
    values = [columns | {"id": story} for story, columns in totals.items()]
    insertion = rows.insertion("story", ("id", *_EMPTY_STORY))
    store.execute_many(insertion, [row for row in values if row["id"] in new])
    changes = ", ".join(f"{name} = :{name}" for name in _EMPTY_STORY)
    store.execute_many(f"UPDATE story SET {changes} WHERE id = :id", [row for row in values if row["id"] not in new])


def story_heat(store: Store, story: int) -> Heat | None:
    """Return the heat of a story with its parts, `None` where nothing of it is shown."""
    return next((summary.heat for _, summary in _summaries(store, [story])), None)


def _summaries(store: Store, stories: Collection[int]) -> Iterator[tuple[int, StorySummary]]:
    """Yield the totals of each story with a shown mention."""
    statement = f"""
        SELECT entry.story, entry.id, entry.url, entry.publisher, entry.published, entry.found, entry.response_rise,
            entry.thread != '', {", ".join(f"response.{name}" for name in rows.RESPONSE_COLUMNS)},
            mention.evidence, mention.voice
        FROM entry JOIN mention ON mention.entry = entry.id AND {selections.SHOWN}
        LEFT JOIN response ON response.entry = entry.id
            AND response.at = (SELECT max(at) FROM response WHERE response.entry = entry.id)
        WHERE entry.story IN (SELECT value FROM json_each(?)) ORDER BY entry.story, entry.id
    """
    for story, mentions in groupby(store.execute(statement, [json.dumps(list(stories))]), itemgetter(0)):
        summary = summarise_story([_story_entry(list(same)) for _, same in groupby(mentions, itemgetter(1))])
        if summary:
            yield story, summary


def _story_entry(mentions: list[tuple[Any, ...]]) -> StoryEntry:
    """Return an entry from the rows of its mentions."""
    _, entry, url, publisher, published, found, rising, is_comment, *counts, _, _ = mentions[0]
    pieces = [piece for *_, evidence, _ in mentions for piece in json.loads(evidence)]
    return StoryEntry(
        id=entry,
        url=url,
        publisher=publisher,
        at=effective_published(published, found),
        found=found,
        response=Response(**dict(zip(rows.RESPONSE_COLUMNS, counts, strict=True))),
        rising=rising,
        is_owned=any(voice == Voice.OWNED for *_, voice in mentions),
        is_comment=bool(is_comment),
        mentions=len(mentions),
        fields=frozenset(
            piece[1] for piece in pieces if len(piece) <= _KIND_INDEX or piece[_KIND_INDEX] == EvidenceKind.ANCHOR
        ),
    )


def select_stories(
    store: Store, selection: Selection, sort: str = "heat", counts: Mapping[int, int] | None = None
) -> Iterator[Story]:
    """Yield the stories of the selected mentions, as they are read.

    An entry with mentions of several queries counts once. *counts* is the number of selected entries by story, where
    the caller knows it.
    """
    if counts is None:
        chosen, parameters = _selected_stories(selection)
    else:
        parameters = [json.dumps(counts)]
        chosen = """
            SELECT story.*, counted.value AS selected FROM json_each(?) AS counted
            CROSS JOIN story ON story.id = CAST(counted.key AS INTEGER) WHERE story.heat IS NOT NULL
        """
    order = STORY_ORDERS[sort]
    limit = f"LIMIT {selection.limit}" if selection.limit else ""
    ranked = f"""
        SELECT story.*, {order.removesuffix(" DESC")} AS rank FROM ({chosen}) AS story
        ORDER BY {order}, story.heat DESC, story.id DESC {limit}
    """
    gone = () if selection.queries else selection.gone_queries
    yield from map(_story, store.query(_with_leads(ranked, has_gone=bool(gone)), [*parameters, *_gone(gone)]))


def story_by_id(store: Store, story: int) -> Story | None:
    """Return one story, `None` where nothing of it is shown."""
    chosen = "SELECT *, entries AS selected, 0 AS rank FROM story WHERE id = ? AND heat IS NOT NULL"
    return next(map(_story, store.query(_with_leads(chosen), [story])), None)


def story_mentions(store: Store, story: int) -> tuple[Mention, ...]:
    """Return the shown mentions of a story, the first published first."""
    statement = f"""
        SELECT {selections.COLUMNS} FROM {selections.PAIRS} {selections.FACTS}
        WHERE entry.story = ? AND {selections.SHOWN} ORDER BY {selections.TIME}, entry.id, mention.id
    """
    return tuple(map(rows.mention, store.query(statement, [story])))


def story_decisions(store: Store, story: int) -> tuple[StoryDecision, ...]:
    """Return the merges and splits of a story, oldest first."""
    statement = "SELECT * FROM story_decision WHERE story = ? OR other = ? ORDER BY id"
    return tuple(
        StoryDecision(at=rows.moment(row["at"]), edit=StoryEdit(row["verb"]), story=row["story"], other=row["other"])
        for row in store.query(statement, [story, story])
    )


def count_story_publishers(store: Store, stories: Iterable[int], selection: Selection) -> int:
    """Return the number of publishers with a selected mention in one of the stories.

    An entry that one of its mentions counts as the brand's own has no publisher.
    """
    condition, parameters = selections.selection_condition(selection)
    statement = f"""
        SELECT entry.url, entry.publisher, max(mention.voice = '{Voice.OWNED}') FROM {selections.PAIRS}
        WHERE entry.story IN (SELECT value FROM json_each(?)) AND entry.thread = '' AND {condition} GROUP BY entry.id
    """
    copies = store.execute(statement, [json.dumps(list(stories)), *parameters])
    return count_publishers(Published(url, publisher, bool(is_owned)) for url, publisher, is_owned in copies)


def _selected_stories(selection: Selection) -> tuple[str, list[Any]]:
    """Return a statement for the stories of the selected mentions, with its parameters."""
    if replace(selection, limit=0) == Selection():
        return "SELECT *, entries AS selected FROM story WHERE heat IS NOT NULL", []
    condition, parameters = selections.selection_condition(selection)
    if selections.is_narrow(selection):
        # Few mentions: find these, then their stories.
        pairs = selections.selection_tables(selection, with_entry=True)
        # Without the sign SQLite reads all entries in the order of their stories, not the few that are selected.
        statement = f"""
            SELECT story.*, found.selected FROM (
                SELECT entry.story, count(DISTINCT entry.id) AS selected
                FROM {pairs} WHERE {condition} GROUP BY +entry.story
            ) AS found CROSS JOIN story ON story.id = found.story WHERE story.heat IS NOT NULL
        """
        return statement, parameters
    # Most mentions are selected: read the stories in their order until there are enough.
    statement = f"""
        SELECT story.*, (
            SELECT count(DISTINCT entry.id) FROM {selections.PAIRS} WHERE entry.story = story.id AND {condition}
        ) AS selected FROM story WHERE heat IS NOT NULL AND selected > 0
    """
    return statement, parameters


def _gone(queries: Collection[str]) -> list[str]:
    """Return the parameters of `_with_leads` for queries whose file is gone."""
    return [json.dumps(list(queries))] * 2 if queries else []


def _with_leads(chosen: str, *, has_gone: bool = False) -> str:
    """Return a statement for the chosen stories, each with its lead mention.

    If that is only of queries whose file is gone, the first other mention stands for it. Their names are two parameters
    behind those of *chosen*.
    """
    lead = f"SELECT min(id) FROM mention WHERE mention.entry = story.lead AND {selections.SHOWN}"
    if has_gone:
        is_left = "mention.query NOT IN (SELECT value FROM json_each(?))"
        first = f"""
            SELECT mention.id FROM {selections.PAIRS}
            WHERE entry.story = story.id AND {selections.SHOWN} AND {is_left}
            ORDER BY {selections.TIME}, mention.id LIMIT 1
        """
        lead = f"coalesce(({lead} AND {is_left}), ({first}))"
    return f"""
        SELECT {selections.COLUMNS},
            story.id AS story_id, story.first_seen, story.earliest, story.latest, story.selected, story.entries,
            story.publishers AS spread, story.response, story.heat
        FROM ({chosen}) AS story CROSS JOIN mention ON mention.id = ({lead})
        JOIN entry ON entry.id = mention.entry {selections.FACTS}
        ORDER BY story.rank DESC, story.heat DESC, story.id DESC
    """


def _story(row: Mapping[str, Any]) -> Story:
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
