"""Refresh of responses: which entries go into which requests, and the counts in the answers."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from brandwatch import urls
from brandwatch.models import Document, RefreshDue, Request, Response, Source
from brandwatch.sources import expressions, mapping, request, response

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from brandwatch.config.kind import Kind, RefreshRule

    Values = tuple[tuple[str, str], ...]


# A separator that no id holds, and that percent-encoding makes `%1F`.
_BETWEEN, _ENCODED = "\x1f", "%1F"


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshRequest:
    """One request for the responses of entries; *due* has them by the id that the answer gives them."""

    kind: Kind
    source: Source
    due: Mapping[str, RefreshDue]
    token: str = ""


def refresh_requests(
    kind: Kind, due: Iterable[RefreshDue], sources: Mapping[str, Source]
) -> tuple[list[RefreshRequest], list[RefreshDue]]:
    """Group the entries that are due into requests; return these, and the entries that no request can name.

    All came through *sources*, by URL. Entries of several sources share a request that would be the same.
    """
    rules = tuple(_rules(kind.refresh))
    groups: defaultdict[_Group, dict[str, tuple[dict[str, str], RefreshDue]]] = defaultdict(dict)
    used, has_secret = _used_names(kind, rules), bool(kind.secret_parameters)
    unnamed: list[RefreshDue] = []
    for entry in due:
        source = sources.get(entry.source)
        number, ids = next(((number, ids) for number, rule in enumerate(rules) if (ids := _ids(rule, entry))), (0, {}))
        if source is None or not ids:
            unnamed.append(entry)
            continue
        values = tuple((name, value) for name, value in source.values if name in used)
        host = urls.netloc(source.url) if has_secret else ""
        group = groups[_Group(number, source.user_agent, values, host)]
        if ids["id"] not in group:
            group[ids["id"]] = (ids, entry)
        else:
            unnamed.append(entry)
    requests = []
    for key, group in groups.items():
        entries, rule = list(group.values()), rules[key.rule]
        batches = (entries[start : start + rule.batch] for start in range(0, len(entries), rule.batch))
        requests += [_request(kind, rule, batch, key) for batch in batches]
    return requests, unnamed


class _Group(NamedTuple):
    """What decides a request beside its entries; *host* is that of the source where it has a secret of its own."""

    rule: int
    user_agent: str
    values: Values
    host: str


def _rules(rule: RefreshRule | None) -> Iterator[RefreshRule]:
    while rule:
        yield rule
        rule = rule.otherwise


def _ids(rule: RefreshRule, due: RefreshDue) -> dict[str, str]:
    """Return the id of an entry and the other groups of the pattern, none if it does not match."""
    match = re.search(rule.pattern, getattr(due.entry, rule.of))
    return (match.groupdict() or {"id": match[1]}) if match else {}


def _used_names(kind: Kind, rules: Iterable[RefreshRule]) -> frozenset[str]:
    """Return the placeholders that decide a request or how its answer is read."""
    templates = [*kind.refresh_map.fields.values(), *kind.request.headers.values()]
    for rule in rules:
        templates += (rule.url, *rule.params.values(), *rule.headers.values())
    return frozenset(name for template in templates for name in expressions.template_names(template))


def build_refresh_request(refresh: RefreshRequest, environ: Mapping[str, str], now: datetime) -> Request:
    """Build what is sent, with its secrets; raise FetchError (`blocked`) where a required one is not set."""
    built = request.build_request(refresh.kind, refresh.source, environ, now, token=refresh.token)
    return replace(built, spacing=refresh.kind.limits.spacing)


def read_refresh(refresh: RefreshRequest, document: Document, now: datetime) -> dict[int, Response]:
    """Read the responses in an answer, by the id of their entry; raise ParseError where it reports a failure."""
    kind = refresh.kind
    if kind.refresh is None:
        return {}
    rules, due = kind.refresh_map, {entry.entry.guid: entry for entry in refresh.due.values()} | dict(refresh.due)
    values = dict(refresh.source.values)
    mapper = mapping.EntryMapper(rules=rules, values=values, publisher="", base=document.url, now=now)
    responses = {}
    for row in mapping.answer_rows(rules, response.decode_sound_answer(kind, document)) or ():
        if entry := due.get(mapper.value("id", row)):
            responses[entry.id] = mapper.response(row)
    return responses


def _request(
    kind: Kind,
    rule: RefreshRule,
    batch: Sequence[tuple[dict[str, str], RefreshDue]],
    group: _Group,
) -> RefreshRequest:
    raw = request.raw_names(kind)
    # Ids come from outside. A whole site is filled in without encoding, and must not hold `${NAME}`.
    ids = {name: urls.web_link(text) if name in raw else text for name, text in batch[0][0].items()}
    values = dict(group.values)
    id_values = {**values, **ids, "ids": _BETWEEN.join(ids["id"] for ids, _ in batch)}
    url = request.build_url(rule, id_values, raw)
    repeated = next((name for name, template in rule.params.items() if "{ids}" in template), "")
    separator = f"&{repeated}=" if rule.separator == "&" else rule.separator
    if urls.netloc(url) != group.host:
        # A secret is for the server of the source: the author's own is another.
        secret = kind.secret_parameters
        values = {name: value for name, value in values.items() if name not in secret}
    source = Source(
        url=url.replace(_ENCODED, separator),
        kind=kind.name,
        is_template=True,
        headers=request.fill_headers(kind, rule.headers or kind.request.headers, values),
        values=tuple(values.items()),
        user_agent=group.user_agent,
    )
    return RefreshRequest(kind=kind, source=source, due={ids["id"]: entry for ids, entry in batch})
