"""The facts of a paper: what a query says of its processing, and what it is seen to do."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from brandwatch import urls
from brandwatch.models import FEED_KIND, Paper, Voice

if TYPE_CHECKING:
    from brandwatch.models import Query

LANGUAGES = ("nb", "en")
"""The languages that papers are written in."""

_NEEDED = ("controller", "contact", "purpose", "legal_basis", "informed", "review_by", "recipients")
_NEEDS = {Paper.NOTICE: _NEEDED, Paper.RECORD: (*_NEEDED, "transfers")}


def missing(query: Query, paper: Paper) -> tuple[str, ...]:
    """Return the keys under `privacy` that a paper needs, and the query does not say."""
    return tuple(key for key in _NEEDS[paper] if not getattr(query.privacy, key))


def facts(query: Query, paper: Paper) -> dict[str, Any]:
    """Return what a paper tells, for programs: what is not said is null."""
    told = query.privacy
    return {
        "query": query.name,
        "brand": query.brand,
        "controller": told.controller or None,
        "contact": told.contact or None,
        "officer": told.officer or None,
        "purpose": told.purpose or None,
        "legal_basis": told.legal_basis or None,
        "informed": told.informed.isoformat() if told.informed else None,
        "review_by": told.review_by.isoformat() if told.review_by else None,
        "recipients": list(told.recipients) or None,
        "transfers": list(told.transfers) or None,
        "representatives": dict(Counter(person.role for person in query.people)),
        "staff_mentions": query.staff_mentions,
        "sources": _places(query),
        "author": str(query.keeping.author),
        "snippet": query.keeping.snippet,
        "retention_days": {str(voice): query.keeping.of(voice).days for voice in Voice},
        "missing": list(missing(query, paper)),
    }


def _places(query: Query) -> dict[str, list[str]]:
    """Return the hosts that are asked, by the kind of source; feeds first."""
    hosts: defaultdict[str, set[str]] = defaultdict(set)
    for source in query.sources:
        hosts[source.kind].add(urls.host(source.url))
    return {kind: sorted(hosts[kind]) for kind in sorted(hosts, key=lambda kind: (kind != FEED_KIND, kind))}
