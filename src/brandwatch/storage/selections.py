"""Select the mentions of a report."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

from brandwatch.models import FoundBy, Selection, Sighting
from brandwatch.privacy.disclosure_control import is_identifying
from brandwatch.storage import mentions, responses, rows, search
from brandwatch.storage.privacy_disclosure import IS_STAFF, PUBLISHER, empty_for_staff

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlite_utils import Database

    from brandwatch.models import Mention


# When it was published; where nobody said, when it was found.
TIME = "mention.time"
SOURCE_URL = (
    "(SELECT source.url FROM sighting JOIN source ON source.id = sighting.source"
    " WHERE sighting.entry = mention.entry ORDER BY sighting.first_seen, sighting.source LIMIT 1)"
)
_SOURCE = empty_for_staff(SOURCE_URL)
ORDERS = {
    "published": f"{TIME} DESC, mention.id DESC",
    "found": "mention.found DESC, mention.id DESC",
    "query": f"mention.query, {TIME} DESC, mention.id DESC",
    "source": f"{_SOURCE}, {TIME} DESC, mention.id DESC",
    "publisher": f"{PUBLISHER}, {TIME} DESC, mention.id DESC",
    "title": f"entry.title COLLATE NOCASE, {TIME} DESC, mention.id DESC",
    # What is unknown is NULL, and comes after everything else when it goes down.
    "response": f"mention.response_total DESC, {TIME} DESC, mention.id DESC",
    "rising": f"mention.response_rise DESC, {TIME} DESC, mention.id DESC",
    "heat": f"(SELECT heat FROM story WHERE story.id = entry.story) DESC, entry.story, {TIME} DESC, mention.id DESC",
}
"""What a report can be sorted by."""
DAY = f"date({TIME}, 'unixepoch', 'localtime')"
LANGUAGE = "substr(mention.language, 1, instr(mention.language || '-', '-') - 1)"
# A link as far as its host, so that the many of one site are looked at once; `https://` is eight characters.
ORIGIN = "substr(entry.url, 1, 7 + instr(substr(entry.url, 9) || '/', '/'))"
GROUPS = {
    "day": f"{DAY} DESC",
    "query": "mention.query",
    "source": _SOURCE,
    "publisher": f"{PUBLISHER} COLLATE NOCASE, {PUBLISHER}",
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
TAGS = "SELECT group_concat(tag, char(10)) FROM tag WHERE tag.mention = mention.id"
"""The tags of a mention, a line each."""
COLUMNS = (
    "mention.id AS mention_id, mention.query, mention.query_version, mention.evidence, mention.status, mention.backlog,"
    " mention.found AS mention_found, mention.voice, mention.subject, mention.suppressed, mention.matched,"
    " mention.checks, mention.note, entry.*,"
    f" ({TAGS}) AS tags,"
    " response.comments, response.replies, response.likes, response.shares, response.views,"
    " source.url AS source_url, source.kind AS source_kind,"
    f" {mentions.NAMED}"
)
FACTS = f"{responses.LATEST_READING} LEFT JOIN source ON source.id = ({FIRST_SOURCE})"
# Not JOIN: without statistics SQLite would begin with every mention there is, instead of with what is few.
PAIRS = "entry CROSS JOIN mention ON mention.entry = entry.id"
# By an index that holds all that a selection asks of a mention, from the newest to the oldest or back.
_IN_TIME = "mention INDEXED BY mention_by_time"
_ENTRY = " CROSS JOIN entry ON entry.id = mention.entry"
# The hottest stories are the first of an index; nothing else need be looked at until there are enough mentions.
_BY_HEAT = f"story CROSS JOIN {PAIRS} AND entry.story = story.id AND story.heat IS NOT NULL"
_HOTTEST = f"story.heat DESC, entry.story, {TIME} DESC, mention.id DESC"


def select_mentions(db: Database, selection: Selection) -> Iterator[Mention]:
    """Yield the selected mentions one by one, in the order asked for."""
    if selection.sort == "heat" and selection.limit and not (selection.group or is_narrow(selection)):
        condition, parameters = selection_condition(selection)
        found, order = f"{_BY_HEAT}{FACTS} WHERE {condition}", f"{_HOTTEST} LIMIT {selection.limit}"
    else:
        asked = _asked(db, selection)
        condition, parameters = selection_condition(selection, asked)
        order = _order(selection)
        if selection.limit:
            # The few are chosen first: what a row holds beside need be read of no other.
            tables = selection_tables(selection, asked, order)
            first = f"{tables} WHERE {condition} ORDER BY {order} LIMIT {selection.limit}"
            chosen = f"(SELECT mention.id FROM {first}) AS chosen CROSS JOIN mention ON mention.id = chosen.id"
            found = f"{chosen}{_ENTRY}{FACTS}"
        else:
            found = f"{selection_tables(selection, asked, 'entry.')}{FACTS} WHERE {condition}"
    statement = f"SELECT {COLUMNS} FROM {found} ORDER BY {order}"
    return map(rows.mention, db.query(statement, parameters))


def count_mentions(db: Database, selection: Selection) -> int | None:
    """Return how many mentions are selected, whatever the limit; `None` where it would take long to count them."""
    if _is_frequent(db, selection):
        return None
    condition, parameters = selection_condition(selection)
    statement = f"SELECT count(*) FROM {selection_tables(selection)} WHERE {condition}"
    db.conn.set_progress_handler(lambda: True, _STEPS)
    try:
        return int(db.execute(statement, parameters).fetchone()[0])
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
            raise
        return None
    finally:
        db.conn.set_progress_handler(None, 0)


def mention_by_id(db: Database, mention_id: int) -> Mention | None:
    """Return one mention."""
    found = db.query(
        f"SELECT {COLUMNS} FROM mention JOIN entry ON entry.id = mention.entry{FACTS} WHERE mention.id = ?",
        [mention_id],
    )
    return next(map(rows.mention, found), None)


def sightings_of(db: Database, mention_id: int) -> tuple[Sighting, ...]:
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


def selection_condition(selection: Selection, asked: str = search.ALL) -> tuple[str, list[Any]]:
    """Return the condition of a selection and its parameters; the index of words is *asked* for all or for each."""
    conditions = [
        _is_one_of("mention.query", selection.queries),
        _is_one_of("mention.status", selection.statuses),
        _is_one_of("mention.voice", selection.voices),
        _is_one_of("mention.subject", selection.subjects),
        _is_one_of(LANGUAGE, stored_languages(selection.languages)),
        (f"{TIME} >= ?", [rows.seconds(selection.since)]) if selection.since else ("", []),
        (f"{TIME} < ?", [rows.seconds(selection.until)]) if selection.until else ("", []),
        _seen_through(selection.sources),
        _tagged(selection.tags),
        search.search_condition(selection.search, asked),
        search.prefilter_condition(selection.prefilter, asked) if selection.prefilter else ("", []),
        (f"mention.suppressed {'!=' if selection.suppressed else '='} ''", []),
        ("mention.matched = ?", [FoundBy.REMOTE if selection.remote else FoundBy.LOCAL]),
    ]
    used = [(clause, parameters) for clause, parameters in conditions if clause]
    clauses = " AND ".join(clause for clause, _ in used)
    return clauses or "TRUE", [parameter for _, parameters in used for parameter in parameters]


def counted_condition(selection: Selection) -> tuple[str, list[Any]]:
    """Return the condition of what is counted of a selection, with its parameters.

    Words may be somebody's name, and a source somebody's own: counts by either leave staff out.
    """
    condition, parameters = selection_condition(selection)
    return (f"{condition} AND NOT {IS_STAFF}" if is_identifying(selection) else condition), parameters


def selection_tables(selection: Selection, asked: str = search.ALL, used: str = "") -> str:
    """Return the tables of a selection in the order in which they are gone through, `entry` where *used* names it.

    The entries that hold the words come first where the index of words is *asked* for all of them, else the times.
    """
    if selection.search or selection.prefilter:
        return PAIRS if asked == search.ALL else f"{_IN_TIME}{_ENTRY}"
    return f"{_IN_TIME}{_ENTRY}" if "entry." in used else _IN_TIME


def is_narrow(selection: Selection) -> bool:
    """Say whether a selection takes few mentions, or such as are in no story, so that they are best found first."""
    narrows = selection.since or selection.search or selection.prefilter or selection.sources or selection.tags
    return bool(narrows or selection.suppressed or selection.remote)


def _order(selection: Selection) -> str:
    """Return what the mentions are sorted by; the days of their times follow each other as they are."""
    if not selection.group or (selection.group, selection.sort) == ("day", "published"):
        return ORDERS[selection.sort]
    return f"{GROUPS[selection.group]}, {ORDERS[selection.sort]}"


def _asked(db: Database, selection: Selection) -> str:
    """Return how the index of words is best asked.

    To find and sort all that hold the words takes as long as there are many; to look at one mention after the other, as
    there are few, unless only the newest are wanted or there are not many in the period.
    """
    if not _is_frequent(db, selection):
        return search.ALL
    is_newest_first = selection.sort == "published" and not selection.group
    is_few = is_newest_first and bool(selection.limit or selection.first_page_only)
    return search.EACH if is_few or not _is_long(db, selection) else search.ALL


def _is_frequent(db: Database, selection: Selection) -> bool:
    """Say whether very many entries hold the words."""
    matches = search.index_terms(selection.search, selection.prefilter)
    statement = f"SELECT count(*) FROM (SELECT 1 FROM entry_text WHERE entry_text MATCH ? LIMIT {_MANY})"
    return bool(matches) and all(db.execute(statement, [words]).fetchone()[0] == _MANY for words in matches)


def _is_long(db: Database, selection: Selection) -> bool:
    """Say whether there are very many mentions in the period, whatever else is selected."""
    condition, parameters = selection_condition(Selection(since=selection.since, until=selection.until))
    statement = f"SELECT count(*) FROM (SELECT 1 FROM {_IN_TIME} WHERE {condition} LIMIT {_MANY})"
    return bool(db.execute(statement, parameters).fetchone()[0] == _MANY)


def stored_languages(wanted: Iterable[str]) -> Iterator[str]:
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
    holds = " OR ".join(["instr(lower(url), ?)"] * len(wanted))
    # Of each mention, not of all of a source: nine in ten of these are older than what a report asks for.
    seen = f"sighting.entry = mention.entry AND sighting.source IN (SELECT id FROM source WHERE {holds})"
    return f"EXISTS (SELECT 1 FROM sighting WHERE {seen})", list(wanted)


def _tagged(tags: Iterable[str]) -> tuple[str, list[Any]]:
    """Return the condition that a mention has one of the tags."""
    clause, wanted = _is_one_of("tag", tags)
    return (f"mention.id IN (SELECT mention FROM tag WHERE {clause})" if clause else "", wanted)
