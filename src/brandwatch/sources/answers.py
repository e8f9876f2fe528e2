"""Read the answer of a source of any kind, and tell “broke” from “nothing new”."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from brandwatch import clock
from brandwatch.errors import ParseError
from brandwatch.models import Feed, FetchClass
from brandwatch.models.kinds import Engine, SinceForm
from brandwatch.parse import parse as parse_feed
from brandwatch.parse.dates import moment
from brandwatch.parse.document import LARGE, appearance
from brandwatch.parse.jsondata import data as json_data
from brandwatch.parse.repair import decode
from brandwatch.sources.adjusting import adjusted
from brandwatch.sources.expressions import found, is_true, text
from brandwatch.sources.mapping import Mapper, rows
from brandwatch.text.markup import plain
from brandwatch.text.safe import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from brandwatch.models import Document
    from brandwatch.models.kinds import Failure, Kind

_LOOKED_AT = 4000
_SHOWN = 120
_LONGEST_WAIT = timedelta(days=7)


def read(
    kind: Kind, document: Document, values: Mapping[str, str], *, parse: Callable[[Document], Feed] = parse_feed
) -> Feed:
    """Return what a document holds, read as its kind says; *values* are those of the source, *parse* reads feeds.

    Raise ParseError, with its class, for what is no answer. An answer that lacks something has its `problem`.
    """
    _raise_for_text(kind, document)
    if kind.engine is Engine.FEED:
        return _marked(kind, parse(document), values)
    data = decoded(document)
    problem = _problem(kind, data)
    found_rows = rows(kind.map, data)
    if found_rows is None:
        return Feed(title=kind.title, problem=problem or _absent(kind, document.url))
    return _feed(kind, document, values, found_rows, problem, data)


def _marked(kind: Kind, feed: Feed, values: Mapping[str, str]) -> Feed:
    """Return a feed with its entries as the kind wants them, and what to go on from."""
    entries = adjusted(kind.entries, feed.entries, values)
    times = [entry.published for entry in entries if entry.published]
    mark = max(times).isoformat() if times else ""
    return replace(feed, entries=entries, mark=mark, oldest=min(times, default=None))


def sound(kind: Kind, document: Document) -> Any:  # noqa: ANN401 (JSON)
    """Return the data of an answer; raise ParseError, with its class, where it says itself that it is none."""
    _raise_for_text(kind, document)
    data = decoded(document)
    _problem(kind, data)
    return data


def told(kind: Kind, document: Document) -> ParseError | None:
    """Return the failure of a kind that a document is, `None` where it tells of none."""
    try:
        _raise_for_text(kind, document)
        _problem(kind, _data_or_nothing(document))
    except ParseError as error:
        return error
    return None


def furthest(kind: Kind, marks: Iterable[str]) -> str:
    """Return the mark that is furthest on, empty where there is none."""
    is_id = kind.since is not None and kind.since.form is SinceForm.ID
    return max(filter(None, marks), key=_order if is_id else datetime.fromisoformat, default="")


def decoded(document: Document) -> Any:  # noqa: ANN401 (JSON)
    """Return the data of a document; raise ParseError where it is not JSON."""
    if not document.body.strip():
        raise ParseError(FetchClass.EMPTY, "the answer is empty")
    if len(document.body) > LARGE:
        raise ParseError(FetchClass.TOO_LARGE, f"the answer is larger than {LARGE / 2**20:.0f} MiB")
    try:
        return json_data(document)
    except ValueError:
        raise ParseError(FetchClass.NOT_A_FEED, f"not JSON but {appearance(document)}") from None


def _feed(
    kind: Kind, document: Document, values: Mapping[str, str], listed: list[dict[str, Any]], problem: str, data: object
) -> Feed:
    """Return the entries of an answer; a row that is none costs only itself."""
    mapper = Mapper(rules=kind.map, values=values, publisher=kind.title, base=document.url, now=clock.now())
    wanted = [row for row in listed if not (kind.map.unwanted and is_true(found(kind.map.unwanted, row)))]
    entries = adjusted(kind.entries, tuple(entry for entry in map(mapper.entry, wanted) if entry), values)
    skipped = len(wanted) - len(entries)
    lost = f"{skipped} of {len(listed)} entries could not be read" if skipped else ""
    mark, oldest = _marks(kind, listed, mapper.now)
    wait = _wait(kind, data)
    return Feed(
        title=kind.title,
        entries=entries,
        skipped=skipped,
        unwanted=len(listed) - len(wanted),
        problem="; ".join(filter(None, (problem, lost))),
        ttl=wait,
        mark=mark,
        oldest=oldest,
    )


def _raise_for_text(kind: Kind, document: Document) -> None:
    """Raise ParseError where the first characters, or the type, of an answer are those of a failure."""
    opening = decode(document.body[:_LOOKED_AT], document.content_type)
    for failure in kind.failures:
        seen = re.search(failure.text, opening, re.IGNORECASE) if failure.text else None
        typed = re.search(failure.content_type, document.content_type, re.IGNORECASE) if failure.content_type else None
        if seen or typed:
            said = opening if not opening.lstrip().startswith("<") else appearance(document)
            raise ParseError(failure.fetch_class, _words(failure, said))


def _problem(kind: Kind, data: object) -> str:
    """Return what an answer says is missing from it; raise ParseError where it says that there is none."""
    problems = []
    for failure in kind.failures:
        value = found(failure.path, data) if failure.path else None
        if not is_true(value):
            continue
        if failure.fetch_class != FetchClass.PARTIAL:
            wait = _wait(kind, data) or _named_wait(failure, text(value))
            retry_at = clock.now() + wait if wait else None
            raise ParseError(failure.fetch_class, _words(failure, text(value)), retry_at=retry_at)
        problems.append(_words(failure, text(value)))
    return "; ".join(problems)


def _data_or_nothing(document: Document) -> Any:  # noqa: ANN401 (JSON)
    """Return the data of a document, nothing where it is not JSON or not whole."""
    try:
        return json_data(document)
    except (ParseError, ValueError):
        return None


def _wait(kind: Kind, data: object) -> timedelta | None:
    """Return how long an answer wants us to wait, `None` where it does not say."""
    return _seconds(text(found(kind.limits.backoff, data))) if kind.limits.backoff else None


def _named_wait(failure: Failure, said: str) -> timedelta | None:
    """Return how long the words of a failure want us to wait, `None` where they do not say."""
    seconds = re.search(failure.wait, said) if failure.wait else None
    return _seconds(seconds[1]) if seconds else None


def _seconds(written: str) -> timedelta | None:
    """Return a number of seconds, no more than a week; `None` for what is none."""
    number = re.fullmatch(r"([0-9]{1,9})(?:\.[0-9]*)?", written)
    return min(timedelta(seconds=int(number[1])), _LONGEST_WAIT) if number else None


def _words(failure: Failure, said: str) -> str:
    """Return the words of a failure with what the server says."""
    readable = one_line(plain(said) if "<" in said else said)
    return one_line(failure.words.replace("{found}", readable[:_SHOWN]))


def _absent(kind: Kind, url: str) -> str:
    """Return what an answer without a place for entries lacks; raise ParseError where that is no answer at all.

    A page after the first may be beyond the last.
    """
    lacking = f"the answer has no “{kind.map.items}”"
    if kind.map.absent == "error":
        raise ParseError(FetchClass.NOT_A_FEED, lacking, "the endpoint may have changed; see `sources show`")
    return lacking if kind.map.absent == "partial" and not _is_later(kind, url) else ""


def _is_later(kind: Kind, url: str) -> bool:
    """Say whether an address is that of a numbered page after the first."""
    paging = kind.paging
    number = re.search(rf"[/?&]{re.escape(paging.param)}=(\d+)", url) if paging and paging.param else None
    return bool(paging and number and int(number[1]) > paging.start)


def _marks(kind: Kind, listed: Sequence[Mapping[str, Any]], now: datetime) -> tuple[str, datetime | None]:
    """Return the newest of the marks in the rows, and the oldest where they are moments."""
    rule = kind.map.mark or kind.map.fields.get("published", "")
    marks = [text(found(rule, row)) for row in listed] if rule else []
    if kind.since and kind.since.form is SinceForm.ID:
        return max(filter(None, marks), key=_order, default=""), None
    moments = [when for when in (moment(mark, now=now) for mark in marks) if when]
    return (max(moments).isoformat(), min(moments)) if moments else ("", None)


def _order(mark: str) -> tuple[int, str]:
    """Return what ids are ordered by: a longer number is a larger one."""
    return len(mark), mark
