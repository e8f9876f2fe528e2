"""Load query files with the sources that they mean."""

from collections.abc import Iterable
from pathlib import Path

from brandwatch.config.diagnostics import Diagnostic
from brandwatch.config.query_files import LoadedQueries, QueryFile, QueryLoader
from brandwatch.feeds import opml
from brandwatch.privacy import people_rules
from brandwatch.sources.expand import SourceExpander
from brandwatch.sources.registry import OWN_FOLDER, Registry, load_kind


def load_queries(directory: Path, names: Iterable[str] = ()) -> LoadedQueries:
    """Load the queries of a folder; raise UsageError if there is none, or none for one of *names*."""
    return _loader(directory).load_folder(directory, names)


def load_query_file(path: Path) -> QueryFile:
    """Load one query file with everything that is wrong with it."""
    return _loader(path.parent).load_file(path)


def _loader(directory: Path) -> QueryLoader:
    # What `config` may not import: the kinds of source, the format of feed lists, and the rules about people.
    return QueryLoader(catalogue=SourceExpander(source_registry(directory)), feed_lists=opml, rules=people_rules)


def source_registry(directory: Path) -> Registry:
    """Return the kinds of source: built in, and those in the folder `sources` beside that of the query files."""
    return Registry((directory if directory.name else directory.absolute()).parent / OWN_FOLDER)


def check_own_kinds(directory: Path) -> dict[str, tuple[Diagnostic, ...]]:
    """Return the diagnostics of the user's own kinds, by the path of the file."""
    return {str(path): load_kind(path)[1] for path in source_registry(directory).own}
