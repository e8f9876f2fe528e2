"""Retention: the periods of storage by voice and subject, and the facts that counts keep of expired mentions."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from brandwatch.models import Retention, Subject, Voice

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from datetime import datetime

    from brandwatch.config.query import Query
    from brandwatch.models import Mention, QueryFacts

    Policies = Mapping[str, Retention | None]


FETCH_DAYS = timedelta(days=90)
"""The retention of the sums of each day's exchanges with a source."""
EACH_FETCH_DAYS = timedelta(days=7)
"""The retention of each exchange with a source."""
EXPIRING = "its retention ends"
"""Why a mention is hidden in the last days of its retention."""
HIDDEN_DAYS = timedelta(days=7)
"""A mention is hidden so long before its retention ends."""
MIN_SHOWN_DAYS = timedelta(days=3)
"""No retention hides a mention earlier, unless half of the period is shorter."""
MIN_HIDDEN_DAYS = timedelta(days=1)
"""The shortest time between both steps: one poll with a wrong time must not delete, nor a slip in `retain`."""


class RetentionLimit(NamedTuple):
    """The limits of mentions with *value* in *dimension* (`voice` or `subject`).

    Those that were found before *hidden_before* are hidden; those that were found before *gone_before* expire, if they
    were hidden by *hidden_since*.
    """

    dimension: str
    value: Voice | Subject
    hidden_before: datetime
    gone_before: datetime
    hidden_since: datetime


def hidden_after(period: timedelta) -> timedelta:
    """Return the age at which mentions with this retention are hidden."""
    return max(period - HIDDEN_DAYS, min(MIN_SHOWN_DAYS, period / 2))


def explain_hidden(mention: Mention, policies: Policies) -> str:
    """Return the reason why a mention is hidden, with the day on which its retention ends."""
    policy = policies.get(mention.query, Retention())
    if mention.suppressed != EXPIRING or policy is None:
        return mention.suppressed
    period = policy.by_voice[mention.voice]
    if mention.subject is Subject.STAFF:
        period = min(period, policy.staff)
    return f"{EXPIRING} on {(mention.found + period).astimezone():%Y-%m-%d}"


def retention_policies(queries: Iterable[Query | QueryFacts], broken: Collection[str]) -> dict[str, Retention | None]:
    """Index the retention of each query by name; it is `None` for a *broken* file, whose mentions must not expire."""
    return dict.fromkeys(broken) | {query.name: query.keeping for query in queries}


def retention_limits(policies: Policies, query: str, now: datetime) -> Iterator[RetentionLimit]:
    """Yield the limits for mentions of a query.

    A query whose file is gone has the default retention; a broken file has no limits.
    """
    policy = policies.get(query, Retention())
    if policy is None:
        return
    for voice, period in policy.by_voice.items():
        yield _limit("voice", voice, period, now)
    # Mentions about staff stay no longer than those by staff, whoever speaks.
    yield _limit("subject", Subject.STAFF, policy.staff, now)


def _limit(dimension: str, value: Voice | Subject, period: timedelta, now: datetime) -> RetentionLimit:
    min_hidden = min(MIN_HIDDEN_DAYS, period - hidden_after(period))
    return RetentionLimit(dimension, value, now - hidden_after(period), now - period, now - min_hidden)


def source_retention(policies: Policies) -> timedelta:
    """Return the retention of gaps and of sources without stored entries: the longest of all mentions."""
    return max(period for policy in (Retention(), *policies.values()) if policy for period in policy.by_voice.values())


def impersonal_outlet(outlet: str, author: str) -> str:
    """Return a publisher or a source for counts, empty if it is an account or has the author's name."""
    if "@" in outlet or outlet.startswith(("u/", "/u/")):
        return ""
    # A report needs the constants of this module only.
    from brandwatch.privacy.squeezed_text import squeeze  # noqa: PLC0415

    outlet_letters, author_letters = squeeze(outlet).letters, squeeze(author).letters
    if author_letters and (author_letters in outlet_letters or outlet_letters in author_letters):
        return ""
    return outlet
