"""Retention: the periods of storage by voice and subject, and the facts that counts keep of expired mentions."""

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
"""The retention of each exchange with a source."""


class RetentionLimit(NamedTuple):
    """Mentions with *value* in *dimension* (`voice` or `subject`) expire if they were found before a moment."""

    dimension: str
    value: Voice | Subject
    found_before: datetime


def retention_policies(queries: Iterable[Query], broken: Collection[str]) -> dict[str, Retention | None]:
    """Index the retention of each query by name; it is `None` for a *broken* file, whose mentions must not expire."""
    return dict.fromkeys(broken) | {query.name: query.keeping for query in queries}


def retention_limits(policies: Policies, query: str, now: datetime) -> Iterator[RetentionLimit]:
    """Yield the limits for mentions of a query; a query whose file is gone has the default retention."""
    policy = policies.get(query, Retention())
    if policy is None:
        return
    for voice, period in policy.by_voice.items():
        yield RetentionLimit("voice", voice, now - period)
    # Mentions about staff stay no longer than those by staff, whoever speaks.
    yield RetentionLimit("subject", Subject.STAFF, now - policy.staff)


def source_retention(policies: Policies) -> timedelta:
    """Return the retention of gaps and of sources without stored entries: the longest of all mentions."""
    return max(period for policy in (Retention(), *policies.values()) if policy for period in policy.by_voice.values())


def impersonal_outlet(outlet: str, author: str) -> str:
    """Return a publisher or a source for counts, empty if it is an account or has the author's name."""
    if "@" in outlet or outlet.startswith(("u/", "/u/")):
        return ""
    outlet_letters, author_letters = squeeze(outlet).letters, squeeze(author).letters
    if author_letters and (author_letters in outlet_letters or outlet_letters in author_letters):
        return ""
    return outlet
