"""The sources that a query file names: feeds by their addresses, and what is configured of kinds and packs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from brandwatch import secrets, urls
from brandwatch.errors import ParseError
from brandwatch.marked.complaints import unknown
from brandwatch.models import FEED_KIND, Query, Source
from brandwatch.models.configured import Complaint, Configured
from brandwatch.parse.opml import outlines
from brandwatch.queries.schema import SourceForm

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brandwatch.marked import Fault, Marked
    from brandwatch.queries.schema import QueryForm

Expand = Callable[[Configured, Query], tuple[tuple[Source, ...], tuple[Complaint, ...]]]
"""Turns what is configured into the sources that it means for a query, and says what is wrong with it."""


def nothing(_: Configured, __: Query) -> tuple[tuple[Source, ...], tuple[Complaint, ...]]:
    """Mean nothing by what is configured: for who wants to know no more than what a query matches."""
    return (), ()


def sources(form: QueryForm, file: Marked, query: Query, expand: Expand, faults: list[Fault]) -> Iterator[Source]:
    """Yield each source of a query once; add what is wrong with them to *faults*."""
    seen: set[str] = set()
    for number, source in enumerate(form.sources):
        found = tuple(_found(source, file, query, expand, faults, number))
        if _is_plain(source) and not source.opml and found and found[0].url in seen:
            faults.append(file.fault(("sources", number), "this source is named twice", is_error=False))
        yield from (one for one in found if one.url not in seen)
        seen.update(one.url for one in found)


def _found(
    source: SourceForm, file: Marked, query: Query, expand: Expand, faults: list[Fault], number: int
) -> Iterator[Source]:
    """Yield the sources that one line of a file means."""
    if _is_plain(source):
        faults += _unknown(source, file, number)
        for url in _urls(source, file, number, faults):
            yield Source(
                url=url,
                interval=source.interval,
                is_template=bool(source.url and secrets.names(url)),
                allow_private=source.allow_private,
                headers=tuple(source.headers.items()),
            )
        return
    expanded, complaints = expand(_configured(source), query)
    for key, message, hint, is_error in complaints:
        where = ("sources", number, key) if key else ("sources", number)
        faults.append(file.fault(where, message, hint, is_error=is_error))
    yield from expanded


def _is_plain(source: SourceForm) -> bool:
    """Say whether a line names feeds by their addresses."""
    return not source.pack and (not source.kind or (source.kind == FEED_KIND and bool(source.url)))


def _configured(source: SourceForm) -> Configured:
    """Return what is said of a kind or a pack."""
    values = dict(source.__pydantic_extra__ or {}) | ({"url": (source.url,)} if source.url else {})
    return Configured(
        kind=source.kind,
        pack=source.pack,
        values=values,
        accept_terms=source.accept_terms,
        interval=source.interval,
        allow_private=source.allow_private,
    )


def _unknown(source: SourceForm, file: Marked, number: int) -> Iterator[Fault]:
    """Yield a fault for each key that a feed does not have; those of a kind are for the kind to know."""
    for key in source.__pydantic_extra__ or {}:
        path = ("sources", number, key)
        yield file.fault_at_key(path, *unknown(key, list(SourceForm.model_fields)))


def _urls(source: SourceForm, file: Marked, number: int, faults: list[Fault]) -> list[str]:
    """Return the address of a source, or all those in its OPML file."""
    if source.url:
        return [source.url]
    where = ("sources", number, "opml")
    found = []
    try:
        for outline in outlines((Path(file.path).parent / source.opml).read_bytes()):
            place = f"line {outline.line} of {source.opml}"
            try:
                url = SourceForm.model_validate({"url": outline.url}).url
            except ValidationError:
                faults.append(file.fault(where, f"{place} holds no web address", is_error=False))
                continue
            for name in secrets.names(url):
                message, hint = secrets.no_secret(name, place)
                faults.append(file.fault(where, message, hint, is_error=False))
            # Whoever wrote the file has no part in our environment: `${NAME}` is text like any other.
            found.append(urls.web_link(url))
    except OSError as error:
        faults.append(file.fault(where, f"{source.opml} cannot be read: {error.strerror}"))
    except ParseError as error:
        faults.append(file.fault(where, f"{source.opml}: {error.message}", error.hint))
    return found
