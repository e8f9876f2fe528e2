"""Find the mentions that a report wants."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

from brandwatch.models import FoundBy, Sighting
from brandwatch.store import people, responses, rows, search

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlite_utils import Database

    from brandwatch.models import Mention, Selection

# The time of a mention is when it was published; where nobody said, when it was found.
TIME = "coalesce(entry.published, entry.found)"
ORDERS = {
    "published": f"{TIME} DESC, mention.id DESC",
    "found": "mention.found DESC, mention.id DESC",
    "query": f"mention.query, {TIME} DESC, mention.id DESC",
    "source": f"source_url, {TIME} DESC, mention.id DESC",
    "publisher": f"entry.publisher, {TIME} DESC, mention.id DESC",
    "title": f"entry.title COLLATE NOCASE, {TIME} DESC, mention.id DESC",
    # What is unknown is NULL, and comes after everything else when it goes down.
    "response": f"entry.response_total DESC, {TIME} DESC, mention.id DESC",
    "rising": f"entry.response_rise DESC, {TIME} DESC, mention.id DESC",
    "heat": f"(SELECT heat FROM story WHERE story.id = entry.story) DESC, entry.story, {TIME} DESC, mention.id DESC",
}
"""What a report can be sorted by."""
DAY = f"date({TIME}, 'unixepoch', 'localtime')"
LANGUAGE = "substr(entry.language, 1, instr(entry.language || '-', '-') - 1)"
GROUPS = {
    "day": f"{DAY} DESC",
    "query": "mention.query",
    "source": "source_url",
    "publisher": "entry.publisher COLLATE NOCASE, entry.publisher",
    "voice": "mention.voice",
    "subject": "mention.subject",
    "language": LANGUAGE,
    "status": "mention.status",
}
"""What may stand together in a report. A language goes without its region: nb-NO is nb."""

# Counting on is given up after so many steps of SQLite's machine, some 50 ms: about 200,000 mentions.
_STEPS = 2_000_000
# Of a million entries 50,000 are found and sorted in about the time in which the newest 1,000 are looked at.
_MANY = 50_000
_NORWEGIAN = ("no", "nb", "nn")

FIRST_SOURCE = (
    "SELECT sighting.source FROM sighting WHERE sighting.entry = entry.id"
    " ORDER BY sighting.first_seen, sighting.source LIMIT 1"
)
COLUMNS = (
    "mention.id AS mention_id, mention.query, mention.query_version, mention.evidence, mention.status, mention.backlog,"
    " mention.found AS mention_found, mention.voice, mention.subject, mention.suppressed, mention.matched,"
    " mention.checks, entry.*,"
    " response.comments, response.replies, response.likes, response.shares, response.views,"
    " source.url AS source_url, source.kind AS source_kind,"
    f" {people.NAMED}"
)
FACTS = f"{responses.LATEST} LEFT JOIN source ON source.id = ({FIRST_SOURCE})"
# Not JOIN: without statistics SQLite would begin with every mention there is, instead of with the times or the words.
PAIRS = "entry CROSS JOIN mention ON mention.entry = entry.id"
# The hottest stories are the first of an index; nothing else need be looked at until there are enough mentions.
_BY_HEAT = f"story CROSS JOIN {PAIRS} AND entry.story = story.id AND story.heat IS NOT NULL"
_HOTTEST = f"story.heat DESC, entry.story, {TIME} DESC, mention.id DESC"


def mentions(db: Database, selection: Selection) -> Iterator[Mention]:
    """Yield the selected mentions one by one, in the order asked for."""
    condition, parameters = where(selection, search.EACH if _is_frequent(db, selection) else search.ALL)
    limit = f" LIMIT {selection.limit}" if selection.limit else ""
    order = f"{GROUPS[selection.group]}, {ORDERS[selection.sort]}" if selection.group else ORDERS[selection.sort]
    if selection.sort == "heat" and selection.limit and not (selection.group or is_narrow(selection)):
        statement = f"SELECT {COLUMNS} FROM {_BY_HEAT}{FACTS} WHERE {condition} ORDER BY {_HOTTEST}{limit}"
    else:
        statement = f"SELECT {COLUMNS} FROM {PAIRS}{FACTS} WHERE {condition} ORDER BY {order}{limit}"
    return map(rows.mention, db.query(statement, parameters))


def count(db: Database, selection: Selection) -> int | None:
    """Return how many mentions are selected, whatever the limit; `None` where it would take long to count them."""
    condition, parameters = where(selection)
    statement = f"SELECT count(*) FROM {PAIRS} WHERE {condition}"
    db.conn.set_progress_handler(lambda: True, _STEPS)
    try:
        return int(db.execute(statement, parameters).fetchone()[0])
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
            raise
        return None
    finally:
        db.conn.set_progress_handler(None, 0)


def mention(db: Database, mention_id: int) -> Mention | None:
    """Return one mention."""
    found = db.query(
        f"SELECT {COLUMNS} FROM mention JOIN entry ON entry.id = mention.entry{FACTS} WHERE mention.id = ?",
        [mention_id],
    )
    return next(map(rows.mention, found), None)


def sightings(db: Database, mention_id: int) -> tuple[Sighting, ...]:
    """Return where the entry of a mention was seen, first sighting first."""
    found = db.query(
        "SELECT source.url, sighting.* FROM sighting JOIN source ON source.id = sighting.source"
        " WHERE sighting.entry = (SELECT entry FROM mention WHERE id = ?) ORDER BY first_seen, source.id",
        [mention_id],
    )
    return tuple(
        Sighting(
            source=row["url"],
            first_seen=rows.moment(row["first_seen"]),
            last_seen=rows.moment(row["last_seen"]),
            position=row["position"],
        )
        for row in found
    )


def where(selection: Selection, asked: str = search.ALL) -> tuple[str, list[Any]]:
    """Return the condition of a selection and its parameters; the index of words is *asked* for all or for each."""
    conditions = [
        _is_one_of("mention.query", selection.queries),
        _is_one_of("mention.status", selection.statuses),
        _is_one_of("mention.voice", selection.voices),
        _is_one_of("mention.subject", selection.subjects),
        _is_one_of(LANGUAGE, _languages(selection.languages)),
        (f"{TIME} >= ?", [rows.seconds(selection.since)]) if selection.since else ("", []),
        (f"{TIME} < ?", [rows.seconds(selection.until)]) if selection.until else ("", []),
        _seen_through(selection.sources),
        search.condition(selection.search, asked),
        search.needed(selection.needs, asked) if selection.needs else ("", []),
        (f"mention.suppressed {'!=' if selection.suppressed else '='} ''", []),
        ("mention.matched = ?", [FoundBy.REMOTE if selection.remote else FoundBy.LOCAL]),
    ]
    used = [(clause, parameters) for clause, parameters in conditions if clause]
    clauses = " AND ".join(clause for clause, _ in used)
    return clauses or "TRUE", [parameter for _, parameters in used for parameter in parameters]


def is_narrow(selection: Selection) -> bool:
    """Say whether a selection takes few mentions, or such as are in no story, so that they are best found first."""
    narrows = selection.since or selection.search or selection.needs or selection.sources
    return bool(narrows or selection.suppressed or selection.remote)


def _is_frequent(db: Database, selection: Selection) -> bool:
    """Say whether so many entries hold the words that it is quicker to look at the newest until there are enough.

    To find and sort them all takes as long as there are many; to look at one after the other, as there are few.
    """
    if not (selection.limit or selection.is_glance) or selection.sort != "published" or selection.group:
        return False
    matches = search.matches(selection.search, selection.needs)
    statement = f"SELECT count(*) FROM (SELECT 1 FROM entry_text WHERE entry_text MATCH ? LIMIT {_MANY})"
    return bool(matches) and all(db.execute(statement, [words]).fetchone()[0] == _MANY for words in matches)


def _languages(wanted: Iterable[str]) -> Iterator[str]:
    """Yield what is stored for the languages that somebody names."""
    for language in wanted:
        yield from _NORWEGIAN if language == "no" else ("" if language == "unknown" else language,)


def _is_one_of(column: str, values: Iterable[str]) -> tuple[str, list[Any]]:
    """Return the condition that a column holds one of the values, if there are any."""
    wanted = list(values)
    return (f"{column} IN ({', '.join('?' * len(wanted))})" if wanted else "", wanted)


def _seen_through(sources: Iterable[str]) -> tuple[str, list[Any]]:
    """Return the condition that an entry was seen through a source whose URL holds one of the texts."""
    wanted = [source.lower() for source in sources]
    if not wanted:
        return "", []
    holds = " OR ".join(["instr(lower(source.url), ?)"] * len(wanted))
    seen = "SELECT sighting.entry FROM sighting JOIN source ON source.id = sighting.source WHERE"
    return f"entry.id IN ({seen} {holds})", list(wanted)
