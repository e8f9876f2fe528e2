"""What is asked to read responses again, and what the answers mean, without touching anything."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from brandwatch import sources
from brandwatch.errors import FetchError, ParseError
from brandwatch.models import Counted, FetchClass, Recount, Response
from brandwatch.polling import rereading
from brandwatch.sources.templates import names

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from brandwatch.models import Document, Due, Request, Source
    from brandwatch.models.kinds import Kind, Refresh
    from brandwatch.sources import Reread

    Values = tuple[tuple[str, str], ...]

_GONE = frozenset({404, 410})


class Asked(NamedTuple):
    """One request, the entries it asks about, and the token that it is sent with."""

    kind: Kind
    reread: Reread
    entries: tuple[Due, ...]
    token: str = ""


class Settled(NamedTuple):
    """What an answer means for each entry it was asked about, and how the request ended."""

    counted: tuple[Counted, ...]
    recount: Recount


def batches(kind: Kind, waiting: Iterable[Due], known: Mapping[str, Source]) -> tuple[list[Asked], list[Due]]:
    """Return the requests about entries, and those that their kind cannot name; all came through *known* sources."""
    alike: defaultdict[Values, list[Due]] = defaultdict(list)
    for one in waiting:
        alike[_telling(kind.refresh, known[one.source].values)].append(one)
    asked: list[Asked] = []
    nameless: list[Due] = []
    for values, entries in alike.items():
        by_entry = {id(one.entry): one for one in entries}
        for reread in sources.rereads(kind, [one.entry for one in entries], dict(values)):
            named = tuple(by_entry.pop(id(entry)) for entry in reread.entries.values())
            asked.append(Asked(kind, reread, named))
        nameless += by_entry.values()
    return asked, nameless


def request(asked: Asked, environ: Mapping[str, str]) -> Request:
    """Return what to ask; raise UsageError where a secret that is required is not in the environment."""
    request = sources.reread_request(asked.kind, asked.reread, environ, asked.token)
    return replace(request, spacing=asked.kind.limits.spacing)


def settled(asked: Asked, answer: Document | FetchError, now: datetime) -> Settled:
    """Read an answer, from which the secrets are withheld.

    What is not in it, or no longer there at all, counts as unchanged.
    """
    try:
        responses = _responses(asked, answer)
    except (FetchError, ParseError) as error:
        return _failed(asked, error, now)
    found = [(one, responses.get(id(one.entry), Response())) for one in asked.entries]
    counted = [(one, response) for one, response in found if response != Response()]
    recount = Recount(
        url=asked.reread.source.url,
        fetch_class=FetchClass.OK,
        entries=len(found),
        counted=len(counted),
        grown=sum((response.beyond(one.entry.response) or 0) > 0 for one, response in counted),
    )
    return Settled(tuple(_counted(one, response, now) for one, response in found), recount)


def _telling(rule: Refresh | None, values: Values) -> Values:
    """Return the values that a request depends on: what differs in others is asked about together."""
    if rule is None:
        return ()
    asking = (rule.asking.url, *rule.asking.params.values(), *rule.asking.headers.values())
    used = {name for template in (*asking, *rule.map.fields.values()) for name in names(template)}
    return tuple((name, value) for name, value in values if name in used)


def _responses(asked: Asked, answer: Document | FetchError) -> dict[int, Response]:
    """Return what an answer counts, by the identity of the entry; raise what it ended in where it is none."""
    if isinstance(answer, FetchError):
        is_one = asked.kind.refresh is not None and asked.kind.refresh.batch == 1
        if answer.status in _GONE and is_one:
            return {}
        raise sources.refused(asked.kind, answer)
    found = sources.readings(asked.kind, asked.reread, answer)
    return {id(entry): response for entry, response in found}


def _counted(one: Due, response: Response, now: datetime) -> Counted:
    """Return what to keep of one entry: its counts, and when they are read again."""
    has_changed = response not in {Response(), one.entry.response}
    return Counted(id=one.id, response=response, reread=rereading.following(_start(one), now, has_changed=has_changed))


def _failed(asked: Asked, error: FetchError | ParseError, now: datetime) -> Settled:
    """Return what a failure means: every entry is asked about again, but later."""
    counted = tuple(
        Counted(id=one.id, response=Response(), reread=rereading.after_failure(_start(one), now, error.retry_at))
        for one in asked.entries
    )
    recount = Recount(
        url=asked.reread.source.url,
        fetch_class=FetchClass(error.fetch_class),
        entries=len(asked.entries),
        error=error.message,
    )
    return Settled(counted, recount)


def _start(one: Due) -> datetime:
    """Return the moment from which on an entry could be answered."""
    return rereading.start(one.entry.published, one.found)
