"""Select the mentions of a report: conditions, order, and the way through the tables."""

import sqlite3
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from brandwatch.models import FoundBy, Mention, Selection, Sighting
from brandwatch.privacy.disclosure_control import is_identifying
from brandwatch.privacy.retention import EXPIRING
from brandwatch.storage import rows, search
from brandwatch.storage.database import Store
from brandwatch.storage.privacy_disclosure import IS_STAFF, PUBLISHER, empty_for_staff
from brandwatch.storage.search import IndexUse
from brandwatch.text import MACROLANGUAGES

SHOWN = "mention.suppressed = '' AND mention.matched = 'local'"
"""The mentions that are shown: neither hidden, nor found only by a server's own index."""
COUNTED = f"mention.suppressed IN ('', '{EXPIRING}') AND mention.matched = 'local'"
"""The mentions that are counted: those that are shown, and those that were until their retention ended soon."""
TIME = "mention.time"
"""When its entry was published, or found where that is unknown."""
DAY = f"date({TIME}, 'unixepoch', 'localtime')"
LANGUAGE = "substr(mention.language, 1, instr(mention.language || '-', '-') - 1)"
"""The language without its region: nb-NO is nb."""
ORIGIN = "substr(entry.url, 1, 7 + instr(substr(entry.url, 9) || '/', '/'))"
"""A link as far as its host, so that those of one site are grouped; `https://` has eight characters."""
FIRST_SOURCE = (
    "SELECT sighting.source FROM sighting WHERE sighting.entry = entry.id"
    " ORDER BY sighting.first_seen, sighting.source LIMIT 1"
)
"""The id of the source that an entry was first seen through."""
SOURCE_URL = (
    "(SELECT source.url FROM sighting JOIN source ON source.id = sighting.source"
    " WHERE sighting.entry = mention.entry ORDER BY sighting.first_seen, sighting.source LIMIT 1)"
)
"""The URL of the source that a mention was first seen through."""
_SOURCE = empty_for_staff(SOURCE_URL)

ORDERS = {
    "published": f"{TIME} DESC, mention.id DESC",
    "found": "mention.found DESC, mention.id DESC",
    "query": f"mention.query, {TIME} DESC, mention.id DESC",
    "source": f"{_SOURCE}, {TIME} DESC, mention.id DESC",
    "publisher": f"{PUBLISHER}, {TIME} DESC, mention.id DESC",
    "title": f"entry.title COLLATE NOCASE, {TIME} DESC, mention.id DESC",
    # An unknown response is NULL, which SQLite sorts after all numbers when descending.
    "response": f"mention.response_total DESC, {TIME} DESC, mention.id DESC",
    "rising": f"mention.response_rise DESC, {TIME} DESC, mention.id DESC",
    "heat": f"(SELECT heat FROM story WHERE story.id = entry.story) DESC, entry.story, {TIME} DESC, mention.id DESC",
}
"""What mentions can be sorted by."""
ORDERS_BY_ENTRY = frozenset({"title", "heat"})
"""The orders that read the table `entry`; the others read `mention` alone."""
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
"""What mentions can be grouped by. None of them reads the table `entry`."""

TAGS = "SELECT group_concat(tag, char(10)) FROM tag WHERE tag.mention = mention.id"
"""The tags of a mention, one a line."""
COLUMNS = f"""
    mention.id AS mention_id, mention.query, mention.query_version, mention.evidence, mention.status, mention.backlog,
    mention.found AS mention_found, mention.voice, mention.subject, mention.suppressed, mention.matched,
    mention.checks, mention.note, mention.expiring, entry.*, ({TAGS}) AS tags,
    response.comments, response.replies, response.likes, response.shares, response.views,
    source.url AS source_url, source.kind AS source_kind, {rows.PEOPLE}
"""
"""The columns of `rows.mention`. They need the tables of FACTS beside `mention` and `entry`."""
FACTS = f"""
    LEFT JOIN response ON response.entry = entry.id
        AND response.at = (SELECT max(at) FROM response WHERE response.entry = entry.id)
    LEFT JOIN source ON source.id = ({FIRST_SOURCE})
"""
"""Joins the latest reading of the response to an entry, and the source that it was first seen through."""
PAIRS = "entry CROSS JOIN mention ON mention.entry = entry.id"
"""Entries and their mentions, entries first: with JOIN SQLite, without statistics, begins with all mentions."""
# The index holds all columns of a mention that a selection reads; it is scanned in the order of time.
_IN_TIME = "mention INDEXED BY mention_by_time"
_IN_TIME_WITH_ENTRY = f"{_IN_TIME} CROSS JOIN entry ON entry.id = mention.entry"

# Counting stops after so many steps of SQLite's virtual machine, some 50 ms: about 200,000 mentions.
_MAX_COUNTING_STEPS = 2_000_000
# Of a million entries, to find and sort 50,000 takes about as long as to look at the newest 1,000.
_MANY_ENTRIES = 50_000


def select_mentions(store: Store, selection: Selection) -> Iterator[Mention]:
    """Yield the selected mentions in their order, as they are read."""
    if selection.sort == "heat" and selection.limit and not selection.group and not is_narrow(selection):
        # The stories by heat, until there are enough mentions.
        condition, parameters = selection_condition(selection)
        statement = f"""
            SELECT {COLUMNS} FROM story
            CROSS JOIN {PAIRS} AND entry.story = story.id AND story.heat IS NOT NULL {FACTS} WHERE {condition}
            ORDER BY story.heat DESC, entry.story, {TIME} DESC, mention.id DESC LIMIT {selection.limit}
        """
    else:
        statement, parameters = _statement(selection, _index_use(store, selection))
    mentions = map(rows.mention, store.query(statement, parameters))
    return map(partial(_mark_gone, frozenset(selection.gone_queries)), mentions) if selection.gone_queries else mentions


def _mark_gone(queries: Collection[str], mention: Mention) -> Mention:
    return replace(mention, is_query_gone=True) if mention.query in queries else mention


def _statement(selection: Selection, index_use: IndexUse) -> tuple[str, list[Any]]:
    """Return a statement that finds all selected mentions and sorts them."""
    condition, parameters = selection_condition(selection, index_use)
    order = ORDERS[selection.sort]
    # Sorted by time, mentions are sorted by day already.
    if selection.group and (selection.group, selection.sort) != ("day", "published"):
        order = f"{GROUPS[selection.group]}, {order}"
    tables = selection_tables(selection, index_use, with_entry=True)
    if order == ORDERS["published"] and tables == _IN_TIME_WITH_ENTRY and not selection.limit:
        return f"SELECT {COLUMNS} FROM {tables} {FACTS} WHERE {condition} ORDER BY {order}", parameters
    # The rows are chosen and sorted by their numbers, and the columns of each are read when it is its turn. SQLite does
    # not merge a subquery that has a LIMIT, -1 for none, into the statement around it, and so keeps its order.
    tables = selection_tables(selection, index_use, with_entry=selection.sort in ORDERS_BY_ENTRY)
    statement = f"""
        SELECT {COLUMNS} FROM (
            SELECT mention.id FROM {tables} WHERE {condition} ORDER BY {order} LIMIT {selection.limit or -1}
        ) AS chosen CROSS JOIN mention ON mention.id = chosen.id CROSS JOIN entry ON entry.id = mention.entry {FACTS}
    """
    return statement, parameters


def count_mentions(store: Store, selection: Selection) -> int | None:
    """Return the number of selected mentions without the limit, `None` if counting would take too long."""
    if _is_frequent(store, selection):
        return None
    condition, parameters = selection_condition(selection)
    statement = f"SELECT count(*) FROM {selection_tables(selection)} WHERE {condition}"
    store.connection.set_progress_handler(lambda: True, _MAX_COUNTING_STEPS)
    try:
        return int(store.value(statement, parameters))
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
            raise
        return None
    finally:
        store.connection.set_progress_handler(None, 0)


def mention_by_id(store: Store, mention: int) -> Mention | None:
    """Return one mention, `None` for an unknown number."""
    statement = f"""
        SELECT {COLUMNS} FROM mention JOIN entry ON entry.id = mention.entry {FACTS} WHERE mention.id = ?
    """
    return next(map(rows.mention, store.query(statement, [mention])), None)


def entry_mentions(store: Store, entry: int, selection: Selection) -> list[int]:
    """Return the ids of the mentions of an entry that are in a selection, as far as it is about mentions."""
    of_mentions = replace(selection, since=None, until=None, sources=(), search="", prefilter=None)
    condition, parameters = selection_condition(of_mentions)
    statement = f"SELECT mention.id FROM mention WHERE mention.entry = ? AND {condition} ORDER BY mention.id"
    return list(store.column(statement, [entry, *parameters]))


def mention_sightings(store: Store, mention: int) -> tuple[Sighting, ...]:
    """Return the sightings of the entry of a mention, oldest first."""
    statement = """
        SELECT source.url, first_seen, last_seen, position FROM sighting JOIN source ON source.id = sighting.source
        WHERE sighting.entry = (SELECT entry FROM mention WHERE id = ?) ORDER BY first_seen, source.id
    """
    return tuple(
        Sighting(source=url, first_seen=rows.moment(first), last_seen=rows.moment(last), position=position)
        for url, first, last, position in store.execute(statement, [mention])
    )


def selection_condition(
    selection: Selection, index_use: IndexUse = IndexUse.ALL, *, with_expiring: bool = False
) -> tuple[str, list[Any]]:
    """Return the condition of a selection on `mention` (and `entry`, for words), with its parameters.

    *with_expiring* selects mentions that are hidden because their retention ends too.
    """
    shown = f"IN ('', '{EXPIRING}')" if with_expiring else "= ''"
    has_tag, tags = _is_one_of("tag", selection.tags)
    conditions = [
        _is_one_of("mention.query", selection.queries),
        _is_none_of("mention.query", () if selection.queries else selection.gone_queries),
        _is_one_of("mention.status", selection.statuses),
        _is_one_of("mention.voice", selection.voices),
        _is_one_of("mention.subject", selection.subjects),
        _is_one_of("mention.voice", selection.prefilter_voices),
        _is_one_of("mention.subject", selection.prefilter_subjects),
        _is_one_of(LANGUAGE, stored_languages(selection.languages)),
        (f"{TIME} >= ?", [rows.seconds(selection.since)]) if selection.since else ("", []),
        (f"{TIME} < ?", [rows.seconds(selection.until)]) if selection.until else ("", []),
        _seen_through(selection.sources),
        (f"mention.id IN (SELECT mention FROM tag WHERE {has_tag})" if tags else "", tags),
        search.search_condition(selection.search, index_use),
        search.prefilter_condition(selection.prefilter, index_use) if selection.prefilter else ("", []),
        ("mention.suppressed " + ("!= ''" if selection.suppressed else shown), []),
        ("mention.matched = ?", [FoundBy.REMOTE if selection.remote else FoundBy.LOCAL]),
    ]
    clauses = [clause for clause, _ in conditions if clause]
    return " AND ".join(clauses), [parameter for _, parameters in conditions for parameter in parameters]


def selection_tables(selection: Selection, index_use: IndexUse = IndexUse.ALL, *, with_entry: bool = False) -> str:
    """Return the tables of a selection, in the order of the loops.

    `entry` is among them where the selection is by words, or *with_entry*: the caller's statement reads it.
    """
    by_words = bool(selection.search or selection.prefilter)
    if by_words and index_use is IndexUse.ALL:
        return PAIRS
    return _IN_TIME_WITH_ENTRY if by_words or with_entry else _IN_TIME


def counted_condition(selection: Selection) -> tuple[str, list[Any]]:
    """Return the condition of the mentions of a selection that are counted, with its parameters.

    Words may be a person's name, and a source a person's own: counts by either leave staff out.
    """
    # Counts stay the same while a mention is hidden and after it has expired.
    condition, parameters = selection_condition(selection, with_expiring=counts_expired(selection))
    return (f"{condition} AND NOT {IS_STAFF}" if is_identifying(selection) else condition), parameters


def counts_expired(selection: Selection) -> bool:
    """Whether expired mentions count in a selection: their counts have no words, status or tags."""
    by_words = bool(selection.search or selection.prefilter)
    by_decision = bool(selection.statuses or selection.tags)
    return not (by_words or by_decision or selection.suppressed or selection.remote)


def is_narrow(selection: Selection) -> bool:
    """Whether a selection has few mentions, or mentions without a story, so that the fastest way begins with them."""
    narrows = selection.since or selection.search or selection.prefilter or selection.sources or selection.tags
    return bool(narrows or selection.suppressed or selection.remote)


def is_by_time(selection: Selection) -> bool:
    """Whether the index by time alone answers a selection: each part of its period then costs no more than itself."""
    return not (selection.search or selection.prefilter or selection.sources or selection.tags)


def stored_languages(languages: Iterable[str]) -> Iterator[str]:
    """Yield the stored codes of languages: `no` is three codes, `unknown` the empty one."""
    for language in languages:
        yield "" if language == "unknown" else language
        yield from MACROLANGUAGES.get(language, ())


def _index_use(store: Store, selection: Selection) -> IndexUse:
    """Return the faster use of the full-text index.

    To find and sort all hits takes the longer the more there are; to look at mention after mention, the longer the
    fewer there are, unless a limit ends it or the period holds few mentions.
    """
    if not _is_frequent(store, selection):
        return IndexUse.ALL
    is_newest_first = selection.sort == "published" and not selection.group
    if is_newest_first and (selection.limit or selection.first_page_only):
        return IndexUse.EACH
    condition, parameters = selection_condition(Selection(since=selection.since, until=selection.until))
    statement = f"SELECT count(*) FROM (SELECT 1 FROM {_IN_TIME} WHERE {condition} LIMIT {_MANY_ENTRIES})"
    return IndexUse.ALL if store.value(statement, parameters) == _MANY_ENTRIES else IndexUse.EACH


def _is_frequent(store: Store, selection: Selection) -> bool:
    terms = search.index_terms(selection.search, selection.prefilter)
    statement = f"SELECT count(*) FROM (SELECT 1 FROM entry_text WHERE entry_text MATCH ? LIMIT {_MANY_ENTRIES})"
    return bool(terms) and all(store.value(statement, [term]) == _MANY_ENTRIES for term in terms)


def _is_one_of(column: str, values: Iterable[str]) -> tuple[str, list[Any]]:
    wanted = list(values)
    return (f"{column} IN ({', '.join('?' * len(wanted))})" if wanted else "", wanted)


def _is_none_of(column: str, values: Iterable[str]) -> tuple[str, list[Any]]:
    clause, unwanted = _is_one_of(column, values)
    return clause.replace(" IN ", " NOT IN "), unwanted


def _seen_through(sources: Iterable[str]) -> tuple[str, list[Any]]:
    """Return the condition that an entry was seen through a source whose URL contains one of the texts."""
    texts = list(sources)
    if not texts:
        return "", []
    holds = " OR ".join(["link_contains(url, ?)"] * len(texts))
    # By mention, not by source: nine in ten sightings of a source are older than the period of a report.
    seen = f"sighting.entry = mention.entry AND sighting.source IN (SELECT id FROM source WHERE {holds})"
    return f"EXISTS (SELECT 1 FROM sighting WHERE {seen})", texts
