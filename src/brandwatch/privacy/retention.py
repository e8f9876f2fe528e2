"""Retention: how long what is stored stays, by voice and subject, and what a count may keep of an expired mention."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from brandwatch.models import Retention, Subject, Voice
from brandwatch.privacy.subject_search import squeeze

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from datetime import datetime

    from brandwatch.config.query import Query

    Policies = Mapping[str, Retention | None]


FETCH_DAYS = timedelta(days=90)
"""How long each exchange with a source is stored."""


class RetentionLimit(NamedTuple):
    """Mentions whose *dimension* (`voice` or `subject`) is *value* expire if they were found before a moment."""

    dimension: str
    value: Voice | Subject
    found_before: datetime


def retention_policies(queries: Iterable[Query], broken: Collection[str]) -> dict[str, Retention | None]:
    """Return the retention of each query by name, `None` for a *broken* file, of which nothing may expire."""
    return dict.fromkeys(broken) | {query.name: query.keeping for query in queries}


def retention_limits(policies: Policies, query: str, now: datetime) -> Iterator[RetentionLimit]:
    """Yield the limits for mentions of a query; a query whose file is gone has the default retention."""
    policy = policies.get(query, Retention())
    if policy is None:
        return
    for voice, period in policy.by_voice.items():
        yield RetentionLimit("voice", voice, now - period)
    # What is about staff stays no longer than what staff says, whoever says it.
    yield RetentionLimit("subject", Subject.STAFF, now - policy.staff)


def source_retention(policies: Policies) -> timedelta:
    """Return the retention of gaps and of sources without stored entries: the longest of all mentions."""
    return max(period for policy in (Retention(), *policies.values()) if policy for period in policy.by_voice.values())


def impersonal_outlet(outlet: str, author: str) -> str:
    """Return a publisher or a source as counts keep it, empty if it is an account or named like the author."""
    if "@" in outlet or outlet.startswith(("u/", "/u/")):
        return ""
    outlet_letters, author_letters = squeeze(outlet).letters, squeeze(author).letters
    if author_letters and (author_letters in outlet_letters or outlet_letters in author_letters):
        return ""
    return outlet
