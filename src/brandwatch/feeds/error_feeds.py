"""Errors in the form of a feed: status 200, and one entry that says what went wrong."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from brandwatch import urls
from brandwatch.errors import FetchClass, ParseError
from brandwatch.text.sanitise import one_line

if TYPE_CHECKING:
    from brandwatch.models import Document, Entry, Feed


# Titles of one program only. RSS-Bridge: `error.output = feed`, with the number of the day, so that each day has a new
# entry; xcancel (a fork of Nitter): an unknown user agent.
_NAMED_ERRORS = re.compile(
    r"""
    (?:[\w .-]{1,60}:[ ])? Bridge[ ](?:returned[ ])?error [ :!]* \d{0,4}!? [ ]? (?:\(\d{1,6}\))?
    | RSS[ ]reader[ ]not[ ]yet[ ]whitelist?ed!?
    """,
    re.IGNORECASE | re.VERBOSE,
)
# Titles that are errors only where the entry has no page of its own.
_COMMON_ERRORS = re.compile(
    r"""
    (?:(?:rss|atom|xml|syndication|server)[ ])? (?:feed[ ])? (?:error|problem|exception|fehler|feil|fejl|fel|virhe)
        (?:[ ]\d{3})? (?:[ ]?[:!–-].* | \.?)
    | (?:http[ ])? (?:error[ ])? [45]\d\d (?:[ ]?[:!–-])? [ ] (?:[a-z]+[ ]){0,3}
        (?:error|not[ ]found|forbidden|unauthorized|unavailable|timeout|timed[ ]out|gateway|too[ ]many[ ]requests) \W*
    | (?:(?:page|feed|resource)[ ])? not[ ]found \W* | (?:internal[ ])? server[ ]error \W*
    | (?:access|permission)[ ](?:is[ ])?(?:denied|forbidden) \W* | (?:forbidden|unauthorized) \W*
    | (?:you[ ]are[ ])? not[ ]authori[sz]ed \b.* | (?:login|authentication|authorization)[ ]required \W*
    | (?:ingen[ ]tilgang|adgang[ ]nægtet|åtkomst[ ]nekad|zugriff[ ]verweigert) \W*
    | (?:siden[ ]finnes[ ]ikke|siden[ ]findes[ ]ikke|sidan[ ]hittades[ ]inte|seite[ ]nicht[ ]gefunden) \W*
    | (?:your[ ])? (?:trial|subscription|plan)[ ](?:has[ ])?expired \b.* | (?:please[ ])? upgrade[ ]your[ ]plan \b.*
    | (?:service[ ])? (?:temporarily[ ])? unavailable \W* | too[ ]many[ ]requests \W*
    | rate[ ]limit(?:ed|[ ]exceeded|s[ ]exceeded|[ ]reached) \W*
    | (?:(?:this|the|your)[ ])? (?:rss[ ])? feed[ ] (?:
          (?:(?:is|was|does|could)[ ])? (?:not|no[ ]longer)[ ] (?:found|exist|available|be[ ]\w+)
          | (?:(?:is|was|has|has[ ]been)[ ])? (?:expired|disabled|suspended|deactivated|inactive|unavailable)
        ) \b.*
    | (?:unable|failed)[ ]to[ ](?:retrieve|fetch|load|generate|parse)[ ] .{0,80}
    """,
    re.IGNORECASE | re.VERBOSE,
)
# A title is not longer; a text is no message beyond.
_MAX_TITLE_CHARS = 300
_SHOWN_CHARS = 100


def raise_for_error_feed(document: Document, feed: Feed) -> None:
    """Raise ParseError (`http-5xx`) for a feed whose only entry is an error of the program that wrote it."""
    if feed.size != 1 or not feed.entries:
        return
    (entry,) = feed.entries
    title = one_line(entry.title or entry.text)[:_MAX_TITLE_CHARS]
    is_error = _NAMED_ERRORS.fullmatch(title) or (
        _COMMON_ERRORS.fullmatch(title) and not _has_own_page(entry, feed, document)
    )
    if is_error:
        hint = "open the address in a browser; what writes the feed may be misconfigured, or refuse this program"
        raise ParseError(FetchClass.HTTP_5XX, f"an error in the form of a feed: “{title[:_SHOWN_CHARS]}”", hint)


def _has_own_page(entry: Entry, feed: Feed, document: Document) -> bool:
    """Whether the link of an entry leads to a page other than the feed itself and the site."""
    key = urls.canonical(entry.url)
    if not entry.url or urls.is_front_page(key) or key in {urls.canonical(document.url), urls.canonical(feed.url)}:
        return False
    return urlsplit(entry.url)[1:3] != urlsplit(document.url)[1:3]
