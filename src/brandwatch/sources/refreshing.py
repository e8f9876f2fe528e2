"""Read responses again: which entries in which requests, and what the answers count."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from brandwatch import clock
from brandwatch.models import Source
from brandwatch.sources.addresses import address, encoded, raw_names
from brandwatch.sources.answers import decoded
from brandwatch.sources.asking import request
from brandwatch.sources.mapping import Mapper, rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from brandwatch.models import Document, Entry, Request, Response
    from brandwatch.models.kinds import Kind, Refresh

# A separator that no id holds, and that percent-encoding makes `%1F`.
_BETWEEN, _ENCODED = "\x1f", "%1F"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reread:
    """One request for the responses of *entries*, by what names them in its answer."""

    source: Source
    entries: Mapping[str, Entry]


def rereads(kind: Kind, entries: Sequence[Entry], values: Mapping[str, str]) -> tuple[Reread, ...]:
    """Return what to ask for the responses of *entries*, which all came through sources with the same *values*."""
    rule = kind.refresh
    if rule is None:
        return ()
    named = {name: entry for entry in entries if (name := _name(rule, entry))}
    return tuple(_reread(kind, rule, dict(batch), values) for batch in _batches(list(named.items()), rule.batch))


def reread_request(kind: Kind, reread: Reread, environ: Mapping[str, str], token: str = "") -> Request:
    """Return the request of a reread, with its secrets."""
    return request(kind, reread.source, environ, clock.now(), token=token)


def readings(kind: Kind, reread: Reread, document: Document) -> tuple[tuple[Entry, Response], ...]:
    """Return the responses that an answer counts, each with its entry; raise ParseError for what is no answer."""
    if kind.refresh is None:
        return ()
    rules = kind.refresh.map
    mapper = Mapper(rules=rules, values=dict(reread.source.values), publisher="", base=document.url, now=clock.now())
    found = ((reread.entries.get(mapper.value("id", row)), row) for row in rows(rules, decoded(document)) or ())
    return tuple((entry, mapper.response(row)) for entry, row in found if entry)


def _name(rule: Refresh, entry: Entry) -> str:
    """Return what an entry is called where its responses are, empty where its kind cannot tell."""
    match = re.search(rule.pattern, entry.guid if rule.of == "guid" else entry.url)
    return match[1] if match else ""


def _batches(named: list[tuple[str, Entry]], size: int) -> Iterator[list[tuple[str, Entry]]]:
    """Yield as many at a time as one request takes."""
    return (named[start : start + size] for start in range(0, len(named), size))


def _reread(kind: Kind, rule: Refresh, batch: Mapping[str, Entry], values: Mapping[str, str]) -> Reread:
    """Return one request: its ids with a separator between, or the parameter once for each."""
    url = address(rule.asking, {**values, "id": next(iter(batch)), "ids": _BETWEEN.join(batch)}, raw_names(kind))
    repeated = next((name for name, template in rule.asking.params.items() if "{ids}" in template), "")
    between = f"&{repeated}=" if rule.separator == "&" else encoded(rule.separator)
    source = Source(url=url.replace(_ENCODED, between), kind=kind.name, values=tuple(values.items()))
    return Reread(source=source, entries=batch)
