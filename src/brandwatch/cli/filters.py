"""The options that select mentions, and the times that people type."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from brandwatch import clock
from brandwatch.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from brandwatch.models import Selection, Status


Queries = Annotated[list[str] | None, typer.Option("--query", "-Q", metavar="NAME", help="Only of this query.")]
Since = Annotated[str, typer.Option(metavar="TIME", help="From this time: 7d, 2h, yesterday, 2026-05-01.")]
Until = Annotated[str, typer.Option(metavar="TIME", help="Before this time.")]
Sources = Annotated[
    list[str] | None,
    typer.Option("--source", metavar="TEXT", help="Only seen through sources whose URL holds this."),
]
Search = Annotated[
    str, typer.Option(metavar="WORDS", help='Only with all these words; "a phrase", wor* and C++ work too.')
]
Statuses = Annotated[
    list[str] | None, typer.Option("--status", metavar="STATUS", help="new, relevant, irrelevant or done.")
]
Voices = Annotated[
    list[str] | None, typer.Option("--voice", metavar="VOICE", help="Who speaks: owned, official, staff or public.")
]
Subjects = Annotated[
    list[str] | None,
    typer.Option("--subject", metavar="SUBJECT", help="Whom it is about: brand, official, staff or owned."),
]
Languages = Annotated[
    list[str] | None, typer.Option("--lang", metavar="LANG", help="nb, nn, no for both, sv, da, en, …, or unknown.")
]

Where = Annotated[str, typer.Option(metavar="EXPR", help='Only what fits: "svindel* NEAR/5 Acme AND voice:public".')]
Tags = Annotated[list[str] | None, typer.Option("--tag", metavar="TAG", help="Only with this tag.")]


def build_selection(
    *,
    queries: list[str] | None = None,
    since: str = "",
    until: str = "",
    sources: list[str] | None = None,
    search: str = "",
    statuses: list[str] | None = None,
    voices: list[str] | None = None,
    subjects: list[str] | None = None,
    languages: list[str] | None = None,
    tags: list[str] | None = None,
) -> Selection:
    """Return the selection that the options mean; raise UsageError for a value that means nothing."""
    from brandwatch.models import Selection, Subject, Voice
    from brandwatch.query_language import LANGUAGE_CODES

    tongues = _known("language", languages, (*LANGUAGE_CODES, "unknown"), "two letters, such as no, nb, sv, or unknown")
    return Selection(
        queries=tuple(queries or ()),
        since=parse_moment(since),
        until=parse_moment(until),
        sources=tuple(sources or ()),
        search=search,
        statuses=parse_statuses(statuses),
        voices=tuple(map(Voice, _known("voice", voices, list(Voice)))),
        subjects=tuple(map(Subject, _known("subject", subjects, list(Subject)))),
        languages=tongues,
        tags=parse_tags(tags),
    )


def parse_statuses(written: Iterable[str] | None) -> tuple[Status, ...]:
    """Return the statuses that are named; raise UsageError for what is none."""
    from brandwatch.models import Status

    return tuple(map(Status, _known("status", written, list(Status))))


def parse_tags(written: Iterable[str] | None) -> tuple[str, ...]:
    """Return tags as they are kept, each once; raise UsageError for what cannot be one."""
    from brandwatch.text.sanitise import normalise_tag, split_tags

    tags: dict[str, None] = {}
    for value in written or ():
        for part in split_tags(value) or [value]:
            if not (tag := normalise_tag(part)):
                raise UsageError(f"“{part}” cannot be a tag", "use 1 to 40 letters, digits, spaces and - . : & / + # '")
            tags[tag] = None
    return tuple(tags)


def _known(what: str, written: Iterable[str] | None, choices: Collection[str], hint: str = "") -> tuple[str, ...]:
    """Return what somebody wrote in small letters; raise UsageError for what is none of the choices."""
    values = tuple(value.strip().lower() for value in written or ())
    for value in values:
        if value not in choices:
            one_of = hint or f"one of {', '.join(choices)}"
            raise UsageError(f"there is no {what} “{value}”", f"use {one_of}")
    return values


_AGO = re.compile(r"(\d{1,5})\s*(m|min|h|d|w)")
_UNITS = {
    "m": timedelta(minutes=1),
    "min": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_DAYS_AGO = {"today": 0, "i dag": 0, "idag": 0, "yesterday": 1, "i går": 1, "igår": 1}


def parse_span(written: str) -> timedelta:
    """Return the length of time that *written* names (`15m`, `2h`); raise UsageError for what names none."""
    found = _AGO.fullmatch(written.strip().lower())
    if found is None or not int(found[1]):
        raise UsageError(f"“{written}” is not a length of time", "write 15m, 2h or 1d")
    return int(found[1]) * _UNITS[found[2]]


def parse_moment(written: str) -> datetime | None:
    """Return the moment that *written* names, in UTC; `None` for nothing. A date is its midnight in local time.

    Raise UsageError for what names no moment.
    """
    text = " ".join(written.lower().split())
    if not text:
        return None
    now = clock.now()
    if ago := _AGO.fullmatch(text):
        return now - int(ago[1]) * _UNITS[ago[2]]
    if text in _DAYS_AGO:
        # A day may have 23 or 25 hours: count in dates, then ask where midnight is.
        day = now.astimezone().date() - timedelta(days=_DAYS_AGO[text])
        return datetime(day.year, day.month, day.day).astimezone(UTC)
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except ValueError:
        hint = "write 7d, 2h, yesterday, 2026-05-01 or 2026-05-01T10:00"
        raise UsageError(f"“{written}” is not a time", hint) from None
