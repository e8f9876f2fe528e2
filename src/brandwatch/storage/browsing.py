"""Views for browsing, without secrets, hashes and names of authors, and the connection that reads nothing else."""

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from brandwatch.models import EvidenceKind
from brandwatch.storage import rows
from brandwatch.storage.database_file import wrap_sqlite_errors
from brandwatch.storage.privacy_disclosure import PUBLISHER
from brandwatch.storage.selections import SHOWN, TIME
from brandwatch.text.titles import shown_title


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowseView:
    """A table to browse: *columns* with their descriptions, *key* the columns that identify a row.

    *statement* selects the columns from our tables; `local(…)` is a time with its offset,
    `shown_title(…)` the title of an entry or the beginning of its text. *facets* are columns with
    counts of their values beside the rows. *links* leads from a column to the view whose key it holds. *searched* is
    the column with the row number of the full-text index, empty for a view without search. *sortable* are the columns
    with an index, empty for all; *first* is the default order, descending.
    """

    title: str
    about: str
    columns: Mapping[str, str]
    statement: str
    key: tuple[str, ...] = ("id",)
    label: str = ""
    facets: tuple[str, ...] = ()
    links: Mapping[str, str] = field(default_factory=dict)
    searched: str = ""
    sortable: tuple[str, ...] = ()
    first: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CannedQuery:
    """A statement on the views, with a page of its own."""

    title: str
    about: str
    statement: str


INDEX = "entry_text"
"""The full-text index, which is searched by its own name."""


def _of_entry(column: str) -> str:
    """Return a column of a mention's entry: a subquery each, so that counting mentions reads no entries."""
    return f"(SELECT {column} FROM entry WHERE entry.id = mention.entry)"


_TITLE = "shown_title(entry.title, entry.text)"
_PAIRS = f"mention JOIN entry ON entry.id = mention.entry AND {SHOWN}"
# Anchors only: a view that tells mentions of one person from those of another would be a register of people.
_TERMS = (
    "(SELECT group_concat(DISTINCT value ->> 0) FROM json_each(mention.evidence)"
    f" WHERE coalesce(value ->> 5, '{EvidenceKind.ANCHOR}') = '{EvidenceKind.ANCHOR}')"
)
_TAGS = "(SELECT group_concat(tag, ', ') FROM tag WHERE tag.mention = mention.id)"
_THIRTEEN_WEEKS_AGO = "unixepoch('now', 'localtime', 'start of day', 'weekday 0', '-90 days', 'utc')"

BROWSE_VIEWS = {
    "mentions": BrowseView(
        title="Mentions",
        about="Entries that name a brand. Those that an exclusion or their retention hides, or that only a server's "
        "own search found, are in `brandwatch report --suppressed` and `--remote`.",
        columns={
            "id": "number, for `brandwatch show`",
            "published": "time of publication, in local time; empty where the source gives none",
            "query": "the query that it is a mention of",
            "title": "title as published, or the beginning of the text",
            "publisher": "the outlet that published it; empty for staff, whose outlet may be an account",
            "url": "link",
            "voice": "who speaks: owned, official, staff or public",
            "subject": "whom it is about: brand, official, staff or owned",
            "status": "the analyst's decision: new, relevant, irrelevant or done",
            "tags": "the analyst's tags",
            "language": "language that the source declares, checked against the text; empty where unknown",
            "terms": "the names that made it a mention; names of people are in `brandwatch show`",
            "response": "comments, replies, likes and shares at the last reading; empty where nobody counts them",
            "story": "the same news in other places",
            "found": "time of the poll that found it",
            "text": "text, as far as the source gives it",
            "entry": "number of the entry; mentions of two queries in one entry share it",
            "time": "time of publication, or of the poll where that is unknown, as a number to sort by",
        },
        # The sign before the number of an entry makes SQLite step from the newest mention to the next and look each
        # one up in the result of a search, until there are enough: 0.1 s for 200,000 hits, instead of 3 s.
        statement=f"""
            SELECT mention.id, local({_of_entry("published")}) AS published, mention.query,
                {_of_entry(_TITLE)} AS title, {PUBLISHER} AS publisher, {_of_entry("url")} AS url, mention.voice,
                mention.subject, mention.status, {_TAGS} AS tags, mention.language, {_TERMS} AS terms,
                mention.response_total AS response, {_of_entry("story")} AS story, local(mention.found) AS found,
                {_of_entry("text")} AS text, +mention.entry AS entry, mention.time
            FROM mention WHERE {SHOWN}""",
        label="title",
        # Not voice and subject: their counts would tell staff apart.
        facets=("query", "status", "publisher", "language"),
        links={"story": "stories"},
        searched="entry",
        sortable=("id", "time"),
        first="time",
    ),
    "stories": BrowseView(
        title="Stories",
        about="The same news in many places. Sorted by heat: response in doublings, minus one for each day of age.",
        columns={
            "id": "number, for `brandwatch story show`",
            "title": "title of the entry that was published first",
            "publishers": "number of publishers, without owned channels and aggregators",
            "mentions": "number of mentions; an entry of several queries counts once",
            "response": "response to all of its mentions; empty where nobody counts it",
            "rising": "response an hour, lately",
            "heat": "heat now; each day takes one off",
            "earliest": "publication time of its first mention",
            "latest": "publication time of its last mention",
            "url": "link of the entry that was published first",
            "rank": "the order of stories: heat as it would have been in 1970, so that time does not change it",
        },
        statement=f"""
            SELECT story.id, {_TITLE} AS title, story.publishers, story.entries AS mentions, story.response,
                round(story.rising, 2) AS rising, round(story.heat - unixepoch() / 86400.0, 1) AS heat,
                local(story.earliest) AS earliest, local(story.latest) AS latest, entry.url, story.heat AS rank
            FROM story JOIN entry ON entry.id = story.lead WHERE story.heat IS NOT NULL""",
        label="title",
        sortable=("id", "rank", "publishers", "mentions", "response", "rising"),
        first="rank",
    ),
    "sources": BrowseView(
        title="Sources",
        about="The sources that are polled, with what is known of their state; the report has the state of each.",
        columns={
            "id": "number",
            "url": "URL, or the name of a search",
            "kind": "kind of source",
            "title": "its own title",
            "class": "result of the last fetch",
            "error": "the last error, if it failed",
            "failures": "consecutive failures",
            "first_poll": "first poll",
            "last_poll": "last poll",
            "last_success": "last success",
            "next_due": "next poll",
            "newest": "publication of its newest entry",
            "last_new": "last poll with a new entry",
            "empty_since": "since when it has no entries",
            "shrunk_since": "since when it lists far fewer entries",
            "replaced_since": "since when another feed is in its place",
            "former_title": "its title before that",
            "rights": "rights that its publisher states",
        },
        statement="""
            SELECT id, url, kind, title, class, error, failures, local(first_poll) AS first_poll,
                local(last_poll) AS last_poll, local(last_success) AS last_success, local(next_due) AS next_due,
                local(newest) AS newest, local(last_new) AS last_new, local(empty_since) AS empty_since,
                local(shrunk_since) AS shrunk_since, local(replaced_since) AS replaced_since, former_title, rights
            FROM source""",
        label="url",
        facets=("kind", "class"),
    ),
    "fetches": BrowseView(
        title="Fetches",
        about="Each exchange with a source, for 7 days.",
        columns={
            "id": "number",
            "at": "time",
            "source": "source",
            "class": "result",
            "status": "HTTP status",
            "size": "bytes",
            "entries": "entries in the document",
            "new": "new mentions",
            "backlog": "mentions from before the first poll",
            "updated": "mentions whose entry was edited",
            "hidden": "mentions hidden",
            "shown": "mentions shown again",
            "error": "error, if it failed",
        },
        statement="""
            SELECT id, local(at) AS at, source, class, status, size, entries, new, backlog, updated, hidden, shown,
                error
            FROM fetch""",
        facets=("class",),
        links={"source": "sources"},
        sortable=("id",),
        first="id",
    ),
    "fetch_days": BrowseView(
        title="Fetches by day",
        about="The exchanges with a source on a day (UTC), from the 8th to the 90th day.",
        columns={
            "source": "source",
            "day": "day",
            "fetches": "fetches",
            "answers": "fetches that did not fail",
            "failure": "result of the last fetch, if it failed",
            "size": "bytes",
            "entries": "entries in the documents",
            "new": "new mentions",
            "backlog": "mentions from before the first poll",
            "updated": "mentions whose entry was edited",
            "hidden": "mentions hidden",
            "shown": "mentions shown again",
        },
        statement="""
            SELECT source, date(day, 'unixepoch') AS day, fetches, answers, failure, size, entries, new, backlog,
                updated, hidden, shown
            FROM fetch_day""",
        key=("source", "day"),
        facets=("failure",),
        links={"source": "sources"},
        sortable=("day",),
        first="day",
    ),
    "gaps": BrowseView(
        title="Gaps",
        about="Intervals in which entries were missed: “no mentions” proves nothing about them.",
        columns={
            "id": "number",
            "source": "source",
            "since": "start",
            "until": "end",
            "reason": "why entries were missed",
        },
        statement="SELECT id, source, local(since) AS since, local(until) AS until, reason FROM gap",
        facets=("reason",),
        links={"source": "sources"},
        sortable=("id",),
        first="id",
    ),
    "sightings": BrowseView(
        title="Sightings",
        about="Where and when a mention was seen.",
        columns={"mention": "mention", "source": "source", "first_seen": "first time", "last_seen": "last time"},
        statement=f"""
            SELECT mention.id AS mention, sighting.source, local(sighting.first_seen) AS first_seen,
                local(sighting.last_seen) AS last_seen
            FROM mention JOIN sighting ON sighting.entry = mention.entry WHERE {SHOWN}""",
        key=("mention", "source"),
        links={"mention": "mentions", "source": "sources"},
    ),
    "readings": BrowseView(
        title="Readings",
        about="The response to a mention over time; empty is unknown, which is not zero.",
        columns={
            "mention": "mention",
            "at": "time of the reading",
            "comments": "comments",
            "replies": "replies",
            "likes": "likes",
            "shares": "shares",
            "views": "views",
        },
        statement=f"""
            SELECT mention.id AS mention, local(response.at) AS at, comments, replies, likes, shares, views
            FROM mention JOIN response ON response.entry = mention.entry WHERE {SHOWN}""",
        key=("mention", "at"),
        links={"mention": "mentions"},
    ),
}
"""The views by name."""

CANNED_QUERIES = {
    "latest": CannedQuery(
        title="Latest mentions",
        about="The hundred latest by publication, or by the poll that found them where that is unknown.",
        statement="SELECT * FROM latest_mentions",
    ),
    "answered": CannedQuery(
        title="Most answered",
        about="The hundred mentions with the most comments, replies, likes and shares at their last reading.",
        statement="SELECT * FROM most_answered",
    ),
    "hottest": CannedQuery(
        title="Hottest stories",
        about="The fifty stories with the highest heat: response in doublings, minus one for each day of age.",
        statement="SELECT * FROM stories ORDER BY rank DESC, id DESC LIMIT 50",
    ),
    "share": CannedQuery(
        title="Share per week",
        about="The share of each query in the mentions of a week, with their number: shares of a small sample are "
        "uncertain. The last thirteen weeks. `brandwatch stats --share-of-voice` counts competitors by the same rules.",
        statement="SELECT week, query, mentions, stories,"
        " round(100.0 * mentions / sum(mentions) OVER (PARTITION BY week), 1) AS percent"
        " FROM weeks ORDER BY week DESC, mentions DESC, query",
    ),
    "coverage": CannedQuery(
        title="Coverage",
        about="The sources with their failures, news and gaps: those that fail first, then those that were replaced, "
        "are empty or have shrunk.",
        statement="SELECT url, kind, class, failures, error, first_poll, last_success, next_due, newest, last_new,"
        " empty_since, shrunk_since, replaced_since,"
        " (SELECT count(*) FROM gaps WHERE gaps.source = sources.id) AS gaps"
        " FROM sources ORDER BY failures DESC, replaced_since IS NULL, empty_since IS NULL, shrunk_since IS NULL,"
        " gaps DESC, url",
    ),
    "missed": CannedQuery(
        title="Gaps",
        about="The last two hundred gaps: the time in which a source lost entries before a poll, with the reason.",
        statement="SELECT gaps.since, gaps.until, sources.url AS source, gaps.reason"
        " FROM gaps JOIN sources ON sources.id = gaps.source ORDER BY gaps.id DESC LIMIT 200",
    ),
}
"""The canned queries by name."""

VIEW_STATEMENTS = {name: view.statement for name, view in BROWSE_VIEWS.items()} | {
    "latest_mentions": f"""
        SELECT mention.id, local({TIME}) AS published, mention.query, {_TITLE} AS title, {PUBLISHER} AS publisher,
            mention.voice, mention.response_total AS response, entry.url
        FROM {_PAIRS} ORDER BY {TIME} DESC, mention.id DESC LIMIT 100""",
    "most_answered": f"""
        SELECT mention.id, mention.response_total AS response, {_TITLE} AS title, {PUBLISHER} AS publisher,
            mention.query, mention.voice, local(entry.published) AS published, entry.url
        FROM (
            SELECT id FROM mention WHERE {SHOWN} AND response_total > 0
            ORDER BY response_total DESC, time DESC LIMIT 100
        ) AS most JOIN mention ON mention.id = most.id JOIN entry ON entry.id = mention.entry
        ORDER BY mention.response_total DESC, {TIME} DESC""",
    "weeks": f"""
        SELECT date({TIME}, 'unixepoch', 'localtime', 'weekday 0', '-6 days') AS week, mention.query,
            count(*) AS mentions, count(DISTINCT entry.story) AS stories
        FROM {_PAIRS} WHERE {TIME} >= {_THIRTEEN_WEEKS_AGO} GROUP BY 1, 2""",
}
"""The statements of the views, and of those that only canned queries read."""

_BUSY_SECONDS = 5.0
_ACTIONS = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE})
_CATALOGUES = frozenset({"sqlite_master", "sqlite_temp_master"})
# Datasette reads what there is; the full-text index asks for the version of its data.
_PRAGMAS = frozenset({"data_version", "database_list", "schema_version", "table_info", "table_xinfo"})


def browse_connection(path: Path, gone_queries: Iterable[str] = ()) -> sqlite3.Connection:
    """Return a connection to the database at *path* that may be used in any one thread at a time.

    Its main database is empty and in memory; ours is attached read-only, and the views end with the connection. The
    views leave out the mentions of *gone_queries*. A poll may write meanwhile. Raise StoreError where the database
    cannot be read.
    """
    # A view has no parameters.
    names = ", ".join("'{}'".format(name.replace("'", "''")) for name in gone_queries)
    shown = f"{SHOWN} AND mention.query NOT IN ({names})"
    with wrap_sqlite_errors(path):
        connection = sqlite3.connect(
            ":memory:", uri=True, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            connection.execute("ATTACH ? AS kept", [f"{path.absolute().as_uri()}?mode=ro"])
            connection.create_function("local", 1, _local_time, deterministic=True)
            connection.create_function("shown_title", 2, shown_title, deterministic=True)
            for name, statement in VIEW_STATEMENTS.items():
                connection.execute(f"CREATE TEMP VIEW {name} AS {statement.replace(SHOWN, shown)}")
            connection.execute("PRAGMA query_only = ON")
            connection.set_authorizer(_Guard(_viewed_columns(connection)).authorize)
        except BaseException:
            connection.close()
            raise
    return connection


def refuse_unreadable(path: Path) -> None:
    """Raise StoreError where the database at *path* cannot be browsed."""
    with closing(browse_connection(path)) as connection, wrap_sqlite_errors(path):
        for name in VIEW_STATEMENTS:
            connection.execute(f"SELECT count(*) FROM (SELECT * FROM {name} LIMIT 1)")


def _local_time(stored: int | None) -> str | None:
    return None if stored is None else rows.moment(stored).astimezone().isoformat(timespec="minutes")


def _viewed_columns(connection: sqlite3.Connection) -> frozenset[tuple[str, str]]:
    """Return the columns of our tables that the views read: SQLite names each one to an authorizer."""
    read: set[tuple[str, str]] = set()

    def note(action: int, table: str | None, column: str | None, _database: str | None, _view: str | None) -> int:
        if action == sqlite3.SQLITE_READ:
            read.add((table or "", column or ""))
        return sqlite3.SQLITE_OK

    connection.set_authorizer(note)
    for name in VIEW_STATEMENTS:
        connection.execute(f"SELECT * FROM {name} LIMIT 0")
    return frozenset(read)


class _Guard:
    """SQLite asks it before each part of a statement (sqlite.org/c3ref/set_authorizer.html)."""

    def __init__(self, viewed: frozenset[tuple[str, str]]) -> None:
        self._viewed = viewed

    def authorize(
        self, action: int, first: str | None, second: str | None, _database: str | None, view: str | None
    ) -> int:
        """Return SQLITE_OK or SQLITE_DENY: of our tables only the viewed columns are read, and only through views."""
        if action == sqlite3.SQLITE_READ:
            is_allowed = self._is_readable(first or "", second or "", view or "")
        elif action == sqlite3.SQLITE_PRAGMA:
            is_allowed = first in _PRAGMAS
        elif action == sqlite3.SQLITE_UPDATE:
            # A virtual table declares itself so, in memory; a real UPDATE is refused by `query_only`.
            is_allowed = first in _CATALOGUES
        else:
            is_allowed = action in _ACTIONS
        return sqlite3.SQLITE_OK if is_allowed else sqlite3.SQLITE_DENY

    def _is_readable(self, table: str, column: str, view: str) -> bool:
        # An empty column stands for rows that are counted.
        if table == INDEX:
            return column in {"", INDEX, "ROWID"}
        if table in VIEW_STATEMENTS or table in _CATALOGUES or table.startswith(f"{INDEX}_"):
            return True
        return not column or (view in VIEW_STATEMENTS and (table, column) in self._viewed)
