"""The selection of mentions for a report, and the prefilter that an index can answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import datetime

    from brandwatch.models.match import Subject, Voice
    from brandwatch.models.mention import Status


class RequiredWords(NamedTuple):
    """Consecutive words, folded (lower case, letters and digits only); *is_prefix*: the last may be incomplete."""

    words: tuple[str, ...]
    is_prefix: bool = False


class RequiredSite(NamedTuple):
    """The entry's own link leads to this host or a subdomain of it."""

    host: str


class AllOf(NamedTuple):
    """All parts are required."""

    parts: tuple[Prefilter, ...]


class AnyOf(NamedTuple):
    """At least one part is required."""

    parts: tuple[Prefilter, ...]


Prefilter = RequiredWords | RequiredSite | AllOf | AnyOf
"""A condition that every matching entry satisfies; others may satisfy it too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The selected mentions: each field narrows, *limit* 0 means all.

    *suppressed* selects hidden mentions instead, *remote* those that only a remote search found. *prefilter* is what an
    expression requires of a text. In *languages* `no` means nb and nn, and `unknown` none. *group* comes before *sort*
    in the order of rows. *first_page_only*: the reader stops after an unknown number of rows.
    """

    queries: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    sources: tuple[str, ...] = ()
    statuses: tuple[Status, ...] = ()
    voices: tuple[Voice, ...] = ()
    subjects: tuple[Subject, ...] = ()
    languages: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    search: str = ""
    suppressed: bool = False
    remote: bool = False
    prefilter: Prefilter | None = None
    sort: str = "published"
    group: str = ""
    limit: int = 0
    first_page_only: bool = False
