"""The counts of mentions that have gone because of their age, without text, link and author."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

from brandwatch.models import COMMENTS_KIND
from brandwatch.store import selections
from brandwatch.store.heat import SHOWN
from brandwatch.text.traces import squeezed

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlite_utils import Database

    from brandwatch.models import Selection

VALUES = {
    "day": "day",
    "week": "date(day, 'weekday 0', '-6 days')",
    **{name: name for name in ("query", "source", "publisher", "voice", "subject", "language")},
}
"""What it can be counted by, as `stats.VALUES` says of what is stored."""

_MOMENT = timedelta(seconds=1)
_KEY = "day, query, source, publisher, origin, voice, subject, language"
# Staff is counted by nothing that tells one from another.
_SOURCE = (
    f"(SELECT url FROM source WHERE id = ({selections.FIRST_SOURCE}) AND kind != '{COMMENTS_KIND}'"
    f" AND NOT {selections.IS_BY_STAFF})"
)
_PUBLISHER = f"CASE WHEN {selections.IS_BY_STAFF} THEN '' ELSE entry.publisher END"
_ORIGIN = f"CASE WHEN {selections.IS_BY_STAFF} THEN '' ELSE {selections.ORIGIN} END"


def add(db: Database, mentions: Collection[int]) -> None:
    """Count mentions that are about to go, inside the transaction of the caller; hidden ones never counted."""
    db.conn.create_function("outlet", 2, outlet, deterministic=True)
    db.execute(
        f"INSERT INTO tally ({_KEY}, mentions, response, known)"
        f" SELECT {selections.DAY}, mention.query, outlet(coalesce({_SOURCE}, ''), ''),"
        f" outlet({_PUBLISHER}, entry.author), outlet({_ORIGIN}, entry.author),"
        f" mention.voice, mention.subject, {selections.LANGUAGE}, count(*),"
        " coalesce(sum(entry.response_total), 0), count(entry.response_total)"
        " FROM mention JOIN entry ON entry.id = mention.entry"
        f" WHERE mention.id IN (SELECT value FROM json_each(?)) AND {SHOWN} GROUP BY 1, 2, 3, 4, 5, 6, 7, 8"
        f" ON CONFLICT ({_KEY}) DO UPDATE SET mentions = mentions + excluded.mentions,"
        " response = response + excluded.response, known = known + excluded.known",
        [json.dumps(list(mentions))],
    )


def counted(selection: Selection, by: str) -> tuple[str, list[str]]:
    """Return a statement for the counts of a selection, as `stats` has them, with its parameters.

    Days are whole. Where the words of a text or decisions are asked for, there are none.
    """
    decided = selection.statuses or selection.tags
    asks = selection.search or selection.needs or decided or selection.suppressed or selection.remote
    lists = {
        "query IN (SELECT value FROM json_each(?))": selection.queries,
        "voice IN (SELECT value FROM json_each(?))": selection.voices,
        "subject IN (SELECT value FROM json_each(?))": selection.subjects,
        "language IN (SELECT value FROM json_each(?))": tuple(selections.languages(selection.languages)),
        "EXISTS (SELECT 1 FROM json_each(?) WHERE instr(lower(source), lower(value)))": selection.sources,
    }
    used = {clause: json.dumps(list(values)) for clause, values in lists.items() if values}
    if selection.since:
        used["day >= ?"] = selection.since.astimezone().date().isoformat()
    if selection.until:
        used["day <= ?"] = (selection.until - _MOMENT).astimezone().date().isoformat()
    clauses = " AND ".join(["FALSE" if asks else "TRUE", *used])
    return f"SELECT {VALUES[by]} AS value, * FROM tally WHERE {clauses}", list(used.values())


def outlet(publisher: str, author: str) -> str:
    """Return the name of a publisher or the address of a source, nothing where that is an account or its author's."""
    if "@" in publisher or publisher.startswith(("u/", "/u/")):
        return ""
    name, wrote = squeezed(publisher).letters, squeezed(author).letters
    return "" if wrote and (wrote in name or name in wrote) else publisher
