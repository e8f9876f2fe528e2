"""Query files with the sources they mean: what the rooms of queries and of sources know only together."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING

from brandwatch import queries
from brandwatch.errors import QueryFileError, UsageError
from brandwatch.models import FEED_KIND
from brandwatch.models.configured import Complaint, Configured
from brandwatch.polling.endpoints import FEED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from brandwatch.marked import Fault
    from brandwatch.models import Query, Source
    from brandwatch.models.kinds import Kind
    from brandwatch.polling.endpoints import Endpoint
    from brandwatch.sources import Registry

    Expanded = tuple[tuple[Source, ...], tuple[Complaint, ...]]


def load(directory: Path, names: Iterable[str] = ()) -> queries.Loaded:
    """Load the queries of a folder; raise UsageError if there is none, or none for one of *names*."""
    return queries.load(directory, names, _expander(directory))


def load_file(path: Path) -> queries.QueryFile:
    """Load one query file; whatever is wrong with it is a fault, never an exception."""
    return queries.load_file(path, _expander(path.parent))


def registry(directory: Path) -> Registry:
    """Return the kinds of source: ours, and those in the folder `sources` beside that of the query files."""
    # Maps over JSON and their library are for those who ask more than feeds.
    from brandwatch.sources import OWN_FOLDER, Registry  # noqa: PLC0415

    return Registry((directory if directory.name else directory.absolute()).parent / OWN_FOLDER)


def own_kinds(directory: Path) -> dict[str, tuple[Fault, ...]]:
    """Return what is wrong with each of the user's own kinds, by the path of its file."""
    from brandwatch.sources import load_kind  # noqa: PLC0415 (as above)

    return {str(path): load_kind(path)[1] for path in registry(directory).own}


def kinds(directory: Path) -> Callable[[str], Kind]:
    """Return who knows the kinds by their names; each is read when it is first wanted, and once."""
    known = cache(partial(registry, directory))
    return lambda name: known().kind(name)


def endpoints(known: Callable[[str], Kind]) -> Callable[[str], Endpoint]:
    """Return who knows how sources of a kind are asked."""

    @cache
    def endpoint(kind: str) -> Endpoint:
        from brandwatch.polling.kinds import KindEndpoint  # noqa: PLC0415 (as above)

        return KindEndpoint(known(kind))

    return lambda kind: FEED if kind == FEED_KIND else endpoint(kind)


def _expander(directory: Path) -> Callable[[Configured, Query], Expanded]:
    """Return what a line of a query file is expanded with; kinds are read when the first is named, and once."""
    return partial(_expanded, cache(partial(registry, directory)))


def _expanded(registry_of_folder: Callable[[], Registry], configured: Configured, query: Query) -> Expanded:
    """Return the sources that a line of a query file means, and what is wrong with it."""
    from brandwatch.sources import complaints, expand, pack_complaints, unpacked  # noqa: PLC0415 (as above)

    known = registry_of_folder()
    try:
        if configured.pack:
            pack = known.pack(configured.pack)
            return unpacked(pack, configured), pack_complaints(pack, configured)
        kind = known.kind(configured.kind)
        found = complaints(kind, configured, query)
        is_sound = not any(complaint.is_error for complaint in found)
        return expand(kind, configured, query) if is_sound else (), found
    except (UsageError, QueryFileError) as error:
        return (), (Complaint("pack" if configured.pack else "kind", error.message, error.hint),)
