"""Take entries out of the database with everything that is there only for their sake."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from brandwatch.models import Deed
from brandwatch.store import audit, heat

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlite_utils import Database

    from brandwatch.models import Actor

_LISTED = "IN (SELECT value FROM json_each(?))"
_IS_EMPTY = "NOT EXISTS (SELECT 1 FROM entry WHERE entry.story = story.id)"


def remove(db: Database, entries: Collection[int], actor: Actor, at: int) -> None:
    """Remove entries, inside the transaction of the caller; the audit keeps that their mentions are gone.

    Their mentions, sightings, responses and sketches go with them, and so do the conversations below them and the
    stories that nothing is left of; the other stories are brought up to date.
    """
    listed = [json.dumps(sorted(entries))]
    followed = numbers(db, f"SELECT source FROM conversation WHERE entry {_LISTED}", listed)
    told = numbers(db, f"SELECT DISTINCT story FROM entry WHERE id {_LISTED} AND story IS NOT NULL", listed)
    audit.note(db, at, actor, Deed.GONE, numbers(db, f"SELECT id FROM mention WHERE entry {_LISTED}", listed))
    db.execute(f"DELETE FROM entry WHERE id {_LISTED}", listed)
    _remove_followed(db, followed)
    heat.refresh_stories(db, sorted(set(told) - _remove_empty(db, told)))


def remove_sources(db: Database, sources: Collection[int], actor: Actor, at: int) -> None:
    """Remove sources with all that is known of them, inside the transaction of the caller.

    An entry that came through another one too is that one's from then on; the others go.
    """
    listed = json.dumps(sorted(sources))
    other = (
        f"SELECT source FROM sighting WHERE sighting.entry = entry.id AND NOT source {_LISTED}"
        " ORDER BY first_seen, source LIMIT 1"
    )
    db.execute(f"UPDATE entry SET owner = coalesce(({other}), owner) WHERE owner {_LISTED}", [listed, listed])
    remove(db, numbers(db, f"SELECT id FROM entry WHERE owner {_LISTED}", [listed]), actor, at)
    db.execute(f"DELETE FROM source WHERE id {_LISTED}", [listed])


def numbers(db: Database, statement: str, parameters: list[str] | list[int] | dict[str, int]) -> list[int]:
    """Return the numbers that a statement finds."""
    return [number for (number,) in db.execute(statement, parameters).fetchall()]


def _remove_followed(db: Database, sources: Collection[int]) -> None:
    """Remove sources that were followed for the sake of an entry, unless they gave entries of their own."""
    if sources:
        needed = "SELECT owner FROM entry UNION SELECT source FROM sighting"
        statement = f"DELETE FROM source WHERE id {_LISTED} AND id NOT IN ({needed})"
        db.execute(statement, [json.dumps(sorted(sources))])


def _remove_empty(db: Database, stories: Collection[int]) -> set[int]:
    """Remove those of the stories that have no entries, with what was decided about them; return them.

    A story that was merged into one of them has none either, and nobody can tell any more what it was part of.
    """
    listed = [json.dumps(sorted(stories))]
    empty = set(numbers(db, f"SELECT id FROM story WHERE id {_LISTED} AND {_IS_EMPTY}", listed))
    gone = json.dumps(sorted(empty))
    partners = numbers(
        db,
        f"SELECT story FROM story_decision WHERE other {_LISTED} UNION SELECT other FROM story_decision"
        f" WHERE story {_LISTED}",
        [gone, gone],
    )
    db.execute(f"DELETE FROM story_decision WHERE story {_LISTED} OR other {_LISTED}", [gone, gone])
    undecided = "id NOT IN (SELECT story FROM story_decision UNION SELECT other FROM story_decision)"
    left = json.dumps(sorted({*empty, *partners}))
    db.execute(f"DELETE FROM story WHERE id {_LISTED} AND {_IS_EMPTY} AND {undecided}", [left])
    return empty
