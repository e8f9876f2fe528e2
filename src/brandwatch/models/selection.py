"""Which mentions a report selects, and the rough filter that an index can answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import datetime

    from brandwatch.models.match import Subject, Voice
    from brandwatch.models.mention import Status


class RequiredWords(NamedTuple):
    """Words that follow each other, folded (lower case, letters and digits only); the last may be a beginning only."""

    words: tuple[str, ...]
    is_prefix: bool = False


class RequiredSite(NamedTuple):
    """The entry's own link leads to this host, or to a part of it."""

    host: str


class AllOf(NamedTuple):
    """Every part is needed."""

    parts: tuple[Prefilter, ...]


class AnyOf(NamedTuple):
    """At least one part is needed."""

    parts: tuple[Prefilter, ...]


Prefilter = RequiredWords | RequiredSite | AllOf | AnyOf


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which mentions a report wants: every field narrows; *limit* 0 means all.

    *suppressed* asks for the hidden ones instead, *remote* for those that only a server found; *needs* is what an
    expression needs a text to hold. Of *languages*, `no` means both of Norway's and `unknown` none; *group* names what
    stands together, before *sort* orders it. *is_glance* says that only the first of them will be read, though it is
    not known yet how many.
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
    needs: Prefilter | None = None
    sort: str = "published"
    group: str = ""
    limit: int = 0
    is_glance: bool = False
