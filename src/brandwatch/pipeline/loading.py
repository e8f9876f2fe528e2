"""Load query files with the sources they mean."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING

from brandwatch.config import query_files
from brandwatch.config.diagnostics import SourceProblem
from brandwatch.errors import QueryFileError, UsageError
from brandwatch.models import FEED_KIND
from brandwatch.sources.adapter import FEED_ADAPTER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from brandwatch.config.diagnostics import Diagnostic
    from brandwatch.config.kind import ConfiguredSource, Kind
    from brandwatch.config.query import Query
    from brandwatch.models import Source
    from brandwatch.sources.adapter import SourceAdapter
    from brandwatch.sources.registry import Registry

    Expanded = tuple[tuple[Source, ...], tuple[SourceProblem, ...]]


def load_queries(directory: Path, names: Iterable[str] = ()) -> query_files.LoadedQueries:
    """Load the queries of a folder; raise UsageError if there is none, or none for one of *names*."""
    return query_files.load_queries(directory, names, _expander(directory))


def load_query_file(path: Path) -> query_files.QueryFile:
    """Load one query file; whatever is wrong with it is a fault, never an exception."""
    return query_files.load_query_file(path, _expander(path.parent))


def source_registry(directory: Path) -> Registry:
    """Return the kinds of source: ours, and those in the folder `sources` beside that of the query files."""
    # Maps over JSON and their library are for those who ask more than feeds.
    from brandwatch.sources.registry import OWN_FOLDER, Registry  # noqa: PLC0415

    return Registry((directory if directory.name else directory.absolute()).parent / OWN_FOLDER)


def check_own_kinds(directory: Path) -> dict[str, tuple[Diagnostic, ...]]:
    """Return what is wrong with each of the user's own kinds, by the path of its file."""
    from brandwatch.sources.registry import load_kind  # noqa: PLC0415 (as above)

    return {str(path): load_kind(path)[1] for path in source_registry(directory).own}


def kind_lookup(directory: Path) -> Callable[[str], Kind]:
    """Return who knows the kinds by their names; each is read when it is first wanted, and once."""
    known = cache(partial(source_registry, directory))
    return lambda name: known().kind(name)


def adapter_lookup(known: Callable[[str], Kind]) -> Callable[[str], SourceAdapter]:
    """Return who knows how sources of a kind are asked."""

    @cache
    def endpoint(kind: str) -> SourceAdapter:
        from brandwatch.sources.kind_adapter import KindAdapter  # noqa: PLC0415 (as above)

        return KindAdapter(known(kind))

    return lambda kind: FEED_ADAPTER if kind == FEED_KIND else endpoint(kind)


def _expander(directory: Path) -> Callable[[ConfiguredSource, Query], Expanded]:
    """Return what a line of a query file is expanded with; kinds are read when the first is named, and once."""
    return partial(_expanded, cache(partial(source_registry, directory)))


def _expanded(registry_of_folder: Callable[[], Registry], configured: ConfiguredSource, query: Query) -> Expanded:
    """Return the sources that a line of a query file means, and what is wrong with it."""
    from brandwatch.sources.searches import check_configured, expand_source, pack_complaints, unpack_feeds  # noqa: PLC0415 (as above)

    known = registry_of_folder()
    try:
        if configured.pack:
            pack = known.pack(configured.pack)
            return unpack_feeds(pack, configured), pack_complaints(pack, configured)
        kind = known.kind(configured.kind)
        found = check_configured(kind, configured, query)
        is_sound = not any(complaint.is_error for complaint in found)
        return expand_source(kind, configured, query) if is_sound else (), found
    except (UsageError, QueryFileError) as error:
        return (), (SourceProblem("pack" if configured.pack else "kind", error.message, error.hint),)
