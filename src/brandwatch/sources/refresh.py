"""Refresh of responses: which entries go into which requests, and the counts in the answers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from brandwatch import clock, urls
from brandwatch.models import Source
from brandwatch.sources.mapping import EntryMapper, answer_rows
from brandwatch.sources.request import build_request, build_url, raw_names
from brandwatch.sources.response import sound_data

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from brandwatch.config.kind import Kind, RefreshRule
    from brandwatch.models import Document, Entry, Request, Response


# A separator that no id holds, and that percent-encoding makes `%1F`.
_BETWEEN, _ENCODED = "\x1f", "%1F"


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshRequest:
    """One request for the responses of *entries*, by what names them in its answer."""

    source: Source
    entries: Mapping[str, Entry]


def refresh_requests(kind: Kind, entries: Sequence[Entry], values: Mapping[str, str]) -> tuple[RefreshRequest, ...]:
    """Return what to ask for the responses of *entries*, which all came through sources with the same *values*."""
    rule = kind.refresh
    if rule is None:
        return ()
    named = [(names, entry) for entry in entries if (names := _named(rule, entry))]
    batches = (named[start : start + rule.batch] for start in range(0, len(named), rule.batch))
    return tuple(_reread(kind, rule, batch, values) for batch in batches)


def build_refresh_request(kind: Kind, reread: RefreshRequest, environ: Mapping[str, str], token: str = "") -> Request:
    """Return the request of a reread, with its secrets."""
    return build_request(kind, reread.source, environ, clock.now(), token=token)


def read_refresh(kind: Kind, reread: RefreshRequest, document: Document) -> tuple[tuple[Entry, Response], ...]:
    """Return the responses that an answer counts, each with its entry; raise ParseError for what is no answer."""
    if kind.refresh is None:
        return ()
    rules, known = kind.refresh.map, {entry.guid: entry for entry in reread.entries.values()} | dict(reread.entries)
    mapper = EntryMapper(
        rules=rules, values=dict(reread.source.values), publisher="", base=document.url, now=clock.now()
    )
    found = ((known.get(mapper.value("id", row)), row) for row in answer_rows(rules, sound_data(kind, document)) or ())
    return tuple((entry, mapper.response(row)) for entry, row in found if entry)


def _named(rule: RefreshRule, entry: Entry) -> dict[str, str]:
    """Return what an entry is called where its responses are, under `id`; nothing where its kind cannot tell."""
    match = re.search(rule.pattern, entry.guid if rule.of == "guid" else entry.url)
    if match is None:
        return {}
    return match.groupdict() or {"id": match[1]}


def _reread(
    kind: Kind, rule: RefreshRule, batch: Sequence[tuple[dict[str, str], Entry]], values: Mapping[str, str]
) -> RefreshRequest:
    """Return one request: its ids with a separator between, or the parameter once for each."""
    ids = [names["id"] for names, _ in batch]
    raw = raw_names(kind)
    # What an entry is called came from outside: a site that is put in as it is must not hold `${NAME}`.
    found = {name: urls.web_link(text) if name in raw else text for name, text in batch[0][0].items()}
    url = build_url(rule.asking, {**values, **found, "ids": _BETWEEN.join(ids)}, raw)
    repeated = next((name for name, template in rule.asking.params.items() if "{ids}" in template), "")
    between = f"&{repeated}=" if rule.separator == "&" else rule.separator
    source = Source(
        url=url.replace(_ENCODED, between),
        kind=kind.name,
        is_template=True,
        headers=tuple((rule.asking.headers or kind.asking.headers).items()),
        values=tuple(values.items()),
    )
    return RefreshRequest(source=source, entries={name: entry for name, (_, entry) in zip(ids, batch, strict=True)})
