"""Views for a browser that leave out secrets, hashes and the names of authors."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from brandwatch.models import EvidenceKind
from brandwatch.storage.privacy_disclosure import PUBLISHER
from brandwatch.storage.selections import SHOWN, TIME

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowseView:
    """A table to browse: *columns* with their descriptions, *key* the columns that identify a row.

    *facets* are columns with counts of their values beside the rows. *links* leads from a column to the view whose key
    it holds. *searched* is the column with the row number of the full-text index, empty for a view without search.
    *sortable* are the columns with an index, empty for all; *first* is the default order, descending.
    """

    title: str
    about: str
    columns: Mapping[str, str]
    key: tuple[str, ...] = ("id",)
    label: str = ""
    facets: tuple[str, ...] = ()
    links: Mapping[str, str] = field(default_factory=dict)
    searched: str = ""
    sortable: tuple[str, ...] = ()
    first: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CannedQuery:
    """A statement with a page of its own."""

    title: str
    about: str
    statement: str


INDEX = "entry_text"
"""The full-text index, which is asked by its own name."""

_NUMBER = "number, as `brandwatch show` takes it"

BROWSE_VIEWS = {
    "mentions": BrowseView(
        title="Mentions",
        about="Entries that name a brand. Those that an exclusion hides, or that only a server's own search found, are "
        "in `brandwatch report --suppressed` and `--remote`.",
        columns={
            "id": _NUMBER,
            "published": "when it was published, in local time; empty where nobody said",
            "query": "the query that it is a mention of",
            "title": "as it was published",
            "publisher": "the outlet that published it; empty for what staff says, which may be an account",
            "url": "the link that was shown",
            "voice": "who speaks: owned, official, staff or public",
            "subject": "whom it is about: brand, official, staff or owned",
            "status": "what an analyst decided: new, relevant, irrelevant or done",
            "tags": "what an analyst put on it",
            "language": "what the feed declares, held against the text; empty where that says nothing",
            "terms": "the names that made it a mention; those of people are in `brandwatch show`",
            "response": "comments, replies, likes and shares at the last reading; empty where nobody counts",
            "story": "the same news in other places",
            "found": "when a poll first saw it",
            "text": "as much as the feed gave",
            "entry": "number of the entry; two queries that name the same one share it",
            "time": "when it is taken to be published, as a number to sort by",
        },
        label="title",
        # Not voice and subject: of staff, few would be told.
        facets=("query", "status", "publisher", "language"),
        links={"story": "stories"},
        searched="entry",
        sortable=("id", "time"),
        first="time",
    ),
    "stories": BrowseView(
        title="Stories",
        about="The same news in many places. Sorted by heat: response in doublings, less a day's age for each.",
        columns={
            "id": "number, as `brandwatch story show` takes it",
            "title": "of the entry that was published first",
            "publishers": "how many carry it; own channels and aggregators do not count",
            "mentions": "how many there are",
            "response": "to all of it; empty where nobody counts",
            "rising": "response an hour, lately",
            "heat": "what it is now; every day takes one off",
            "earliest": "when the first was published",
            "latest": "when the last was published",
            "url": "the link of the first",
            "rank": "what stories are sorted by: heat as it would have been in 1970, so that time does not change it",
        },
        label="title",
        sortable=("id", "rank", "publishers", "mentions", "response", "rising"),
        first="rank",
    ),
    "sources": BrowseView(
        title="Sources",
        about="The places that are asked, with their health.",
        columns={
            "id": "number",
            "url": "the address, or what stands for it",
            "kind": "how it is asked",
            "title": "what it calls itself",
            "class": "how the last fetch ended",
            "error": "what went wrong, if it did",
            "failures": "how many times in a row",
            "first_poll": "watched since",
            "last_poll": "last asked",
            "last_success": "last answered as it should",
            "next_due": "when it is asked again",
            "rights": "what its publisher says of rights",
        },
        label="url",
        facets=("kind", "class"),
    ),
    "fetches": BrowseView(
        title="Fetches",
        about="Each exchange with a source, kept for a while.",
        columns={
            "id": "number",
            "at": "when",
            "source": "which source",
            "class": "how it ended",
            "status": "of HTTP",
            "size": "bytes",
            "entries": "how many the answer held",
            "new": "how many of them were new mentions",
            "error": "what went wrong, if it did",
        },
        facets=("class",),
        links={"source": "sources"},
        sortable=("id",),
        first="id",
    ),
    "gaps": BrowseView(
        title="Gaps",
        about="Times in which entries were missed: “no mentions” proves nothing about them.",
        columns={
            "id": "number",
            "source": "which source",
            "since": "from when",
            "until": "till when",
            "reason": "why they were missed",
        },
        facets=("reason",),
        links={"source": "sources"},
        sortable=("id",),
        first="id",
    ),
    "sightings": BrowseView(
        title="Sightings",
        about="Where and when a mention was seen.",
        columns={
            "mention": "which mention",
            "source": "through which source",
            "first_seen": "for the first time",
            "last_seen": "for the last time",
        },
        key=("mention", "source"),
        links={"mention": "mentions", "source": "sources"},
    ),
    "readings": BrowseView(
        title="Readings",
        about="How a mention was answered, over time; empty is unknown, which is not zero.",
        columns={
            "mention": "which mention",
            "at": "when the counts were read",
            "comments": "comments",
            "replies": "replies",
            "likes": "likes",
            "shares": "shares",
            "views": "views",
        },
        key=("mention", "at"),
        links={"mention": "mentions"},
    ),
}
"""The sheets by their names."""

_PAIRS = f"mention JOIN entry ON entry.id = mention.entry AND {SHOWN}"
# A sheet that tells the mentions of one person from those of another would be a register of people.
_TERMS = (
    "(SELECT group_concat(DISTINCT value ->> 0) FROM json_each(mention.evidence)"
    f" WHERE coalesce(value ->> 5, '{EvidenceKind.ANCHOR}') = '{EvidenceKind.ANCHOR}')"
)
_TAGS = "(SELECT group_concat(tag, ', ') FROM tag WHERE tag.mention = mention.id)"
_LATELY = "unixepoch('now', 'localtime', 'start of day', 'weekday 0', '-90 days', 'utc')"


def _of_entry(column: str) -> str:
    """Return a column of a mention's entry: one by one, so that who counts mentions reads no entries."""
    return f"(SELECT {column} FROM entry WHERE entry.id = mention.entry)"


# The sign before the number of an entry has SQLite go from the newest mention to the next, asking whether each was
# found, until there are enough: of 200,000 mentions that nearly all hold a word, 0.1 seconds instead of 3.
VIEW_STATEMENTS = {
    "mentions": f"""
        SELECT mention.id, local({_of_entry("published")}) AS published, mention.query, {_of_entry("title")} AS title,
            {PUBLISHER} AS publisher, {_of_entry("url")} AS url, mention.voice, mention.subject, mention.status,
            {_TAGS} AS tags, mention.language, {_TERMS} AS terms, mention.response_total AS response,
            {_of_entry("story")} AS story, local(mention.found) AS found, {_of_entry("text")} AS text,
            +mention.entry AS entry, mention.time
        FROM mention WHERE {SHOWN}""",
    "stories": """
        SELECT story.id, entry.title, story.publishers, story.mentions, story.response,
            round(story.rising, 2) AS rising, round(story.heat - unixepoch() / 86400.0, 1) AS heat,
            local(story.earliest) AS earliest, local(story.latest) AS latest, entry.url, story.heat AS rank
        FROM story JOIN entry ON entry.id = story.lead WHERE story.heat IS NOT NULL""",
    "sources": """
        SELECT id, url, kind, title, class, error, failures, local(first_poll) AS first_poll,
            local(last_poll) AS last_poll, local(last_success) AS last_success, local(next_due) AS next_due, rights
        FROM source""",
    "fetches": """
        SELECT id, local(at) AS at, source, class, status, size, entries, new, error FROM fetch""",
    "gaps": """
        SELECT id, source, local(since) AS since, local(until) AS until, reason FROM gap""",
    "sightings": f"""
        SELECT mention.id AS mention, sighting.source, local(sighting.first_seen) AS first_seen,
            local(sighting.last_seen) AS last_seen
        FROM mention JOIN sighting ON sighting.entry = mention.entry WHERE {SHOWN}""",
    "readings": f"""
        SELECT mention.id AS mention, local(response.at) AS at, comments, replies, likes, shares, views
        FROM mention JOIN response ON response.entry = mention.entry WHERE {SHOWN}""",
    "latest_mentions": f"""
        SELECT mention.id, local({TIME}) AS published, mention.query, entry.title, {PUBLISHER} AS publisher,
            mention.voice, mention.response_total AS response, entry.url
        FROM {_PAIRS} ORDER BY {TIME} DESC, mention.id DESC LIMIT 100""",
    "most_answered": f"""
        SELECT mention.id, mention.response_total AS response, entry.title, {PUBLISHER} AS publisher, mention.query,
            mention.voice, local(entry.published) AS published, entry.url
        FROM (
            SELECT id FROM mention WHERE {SHOWN} AND response_total > 0
            ORDER BY response_total DESC, time DESC LIMIT 100
        ) AS most JOIN mention ON mention.id = most.id JOIN entry ON entry.id = mention.entry
        ORDER BY mention.response_total DESC, {TIME} DESC""",
    "weeks": f"""
        SELECT date({TIME}, 'unixepoch', 'localtime', 'weekday 0', '-6 days') AS week, mention.query,
            count(*) AS mentions, count(DISTINCT entry.story) AS stories
        FROM {_PAIRS} WHERE {TIME} >= {_LATELY} GROUP BY 1, 2""",
}
"""What each sheet, and what a question asks besides, selects from our tables; `local` is a time with its offset."""

CANNED_QUERIES = {
    "latest": CannedQuery(
        title="Latest mentions",
        about="The hundred that were published last; where nobody said when, the time they were found.",
        statement="SELECT * FROM latest_mentions",
    ),
    "answered": CannedQuery(
        title="Most answered",
        about="The hundred mentions with the most comments, replies, likes and shares at their last reading.",
        statement="SELECT * FROM most_answered",
    ),
    "hottest": CannedQuery(
        title="Hottest stories",
        about="What was answered most and is news still: the first fifty.",
        statement="SELECT * FROM stories ORDER BY rank DESC, id DESC LIMIT 50",
    ),
    "share": CannedQuery(
        title="Share per week",
        about="How many of a week's mentions each query has, with their number: of few, a share says little. The last "
        "thirteen weeks. `brandwatch stats --share-of-voice` counts competitors by the same rules.",
        statement="SELECT week, query, mentions, stories,"
        " round(100.0 * mentions / sum(mentions) OVER (PARTITION BY week), 1) AS percent"
        " FROM weeks ORDER BY week DESC, mentions DESC, query",
    ),
    "coverage": CannedQuery(
        title="Coverage",
        about="Which sources answer, since when they are watched, and how often entries of them were missed; those in "
        "trouble first.",
        statement="SELECT url, kind, class, failures, error, first_poll, last_success, next_due,"
        " (SELECT count(*) FROM gaps WHERE gaps.source = sources.id) AS gaps"
        " FROM sources ORDER BY failures DESC, gaps DESC, url",
    ),
    "missed": CannedQuery(
        title="What was missed",
        about="The last two hundred times in which a source lost entries before we asked again, with the reason.",
        statement="SELECT gaps.since, gaps.until, sources.url AS source, gaps.reason"
        " FROM gaps JOIN sources ON sources.id = gaps.source ORDER BY gaps.id DESC LIMIT 200",
    ),
}
"""The questions by their names."""
