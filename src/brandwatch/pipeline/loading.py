"""Load query files with the sources that they mean, or the facts about them that an earlier command has cached."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import brandwatch
from brandwatch import clock
from brandwatch.config.settings import OWN_FOLDER, QUERY_SUFFIXES, query_paths
from brandwatch.models import QueryFacts, Source
from brandwatch.storage import query_cache
from brandwatch.storage.database_file import has_our_header

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from brandwatch.config.diagnostics import Diagnostic
    from brandwatch.config.query_files import LoadedQueries, QueryFile, QueryLoader
    from brandwatch.config.settings import Settings
    from brandwatch.sources.registry import Registry
    from brandwatch.storage.query_cache import FolderFacts

# Besides query files: the kinds and packs that come with the program, and the code that reads them.
_PROGRAM_FOLDERS = ("config", "sources", "sources/kinds", "sources/packs")


class QueryFolder:
    """The query files of a folder: the facts about them, and the queries themselves, which take 0.2 s to import.

    *names* are those of the queries that a poll is for.
    """

    def __init__(self, settings: Settings, names: Collection[str] = ()) -> None:
        self._names = names
        self._directory = settings.queries
        self._database = settings.db.resolve()
        self._cache = query_cache.cache_path(self._database)

    @cached_property
    def queries(self) -> LoadedQueries:
        """The queries; raise UsageError if there is none, or none for one of the names."""
        return load_queries(self._directory, self._names)

    @property
    def are_files_read(self) -> bool:
        """Whether the files have been read, and not the cache alone."""
        return "queries" in vars(self)

    @cached_property
    def facts(self) -> FolderFacts:
        """The facts about the queries, from the cache or the files; raise UsageError if there is no file."""
        query_paths(self._directory)
        inputs = self._inputs()
        cached = query_cache.read_facts(self._cache, inputs)
        if cached is None:
            before = inputs.states(())
            cached = _facts(self.queries)
            # What makes a file broken, such as a list that is not there, is not known here.
            # Of the sources that name nothing only those of the named queries are. Beside a file that is no database of
            # ours nothing is written.
            if not (cached.broken or self._names) and has_our_header(self._database):
                query_cache.write_facts(self._cache, cached, inputs, self._feed_lists(), before)
        return cached

    def _inputs(self) -> query_cache.CacheInputs:
        directory, program = self._directory.absolute(), Path(brandwatch.__file__).parent
        own = _own_folder(directory)
        folders = (directory, own, own / "packs", *(program / folder for folder in _PROGRAM_FOLDERS))
        # A representative whose review is overdue from today on is in no search from today on.
        made_by = (brandwatch.__version__, str(directory), clock.now().date().isoformat())
        return query_cache.CacheInputs(
            folders=tuple(map(str, folders)), suffixes=(*QUERY_SUFFIXES, ".py"), made_by=made_by
        )

    def _feed_lists(self) -> list[str]:
        """Return the paths of the OPML files that queries name."""
        lists = (
            Path(query.path).absolute().parent / source.opml
            for query in self.queries.queries
            for source in query.configured
            if source.opml
        )
        return sorted(set(map(str, lists)))


def _facts(loaded: LoadedQueries) -> FolderFacts:
    return query_cache.FolderFacts(
        queries=tuple(
            QueryFacts(
                name=query.name,
                version=query.version,
                urls=tuple(source.url for source in query.sources),
                special={source.url: source for source in query.sources if source != Source(url=source.url)},
                keeping=query.keeping,
            )
            for query in loaded.queries
        ),
        broken=loaded.broken,
        has_faults=bool(loaded.faults or loaded.unwatched),
    )


def load_queries(directory: Path, names: Iterable[str] = ()) -> LoadedQueries:
    """Load the queries of a folder; raise UsageError if there is none, or none for one of *names*."""
    return _loader(directory).load_folder(directory, names)


def load_query_file(path: Path) -> QueryFile:
    """Load one query file with everything that is wrong with it."""
    return _loader(path.parent).load_file(path)


def _loader(directory: Path) -> QueryLoader:
    # These take 0.2 s to import, and whoever finds the facts in the cache does without them.
    from brandwatch.config.query_files import QueryLoader  # noqa: PLC0415
    from brandwatch.feeds import opml  # noqa: PLC0415
    from brandwatch.privacy import people_rules  # noqa: PLC0415
    from brandwatch.sources.expand import SourceExpander  # noqa: PLC0415

    # What `config` may not import: the kinds of source, the format of feed lists, and the rules about people.
    return QueryLoader(catalogue=SourceExpander(source_registry(directory)), feed_lists=opml, rules=people_rules)


def source_registry(directory: Path) -> Registry:
    """Return the kinds of source: built in, and those in the folder `sources` beside that of the query files."""
    from brandwatch.sources.registry import Registry  # noqa: PLC0415 (as above)

    return Registry(_own_folder(directory))


def _own_folder(directory: Path) -> Path:
    return (directory if directory.name else directory.absolute()).parent / OWN_FOLDER


def check_own_kinds(directory: Path) -> dict[str, tuple[Diagnostic, ...]]:
    """Return the diagnostics of the user's own kinds, by the path of the file."""
    from brandwatch.sources.registry import load_kind  # noqa: PLC0415 (as above)

    return {str(path): load_kind(path)[1] for path in source_registry(directory).own}
