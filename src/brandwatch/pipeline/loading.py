"""Load query files with the sources that they mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brandwatch.config import query_files
from brandwatch.sources.expand import SourceExpander
from brandwatch.sources.registry import OWN_FOLDER, Registry, load_kind

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from brandwatch.config.diagnostics import Diagnostic


def load_queries(directory: Path, names: Iterable[str] = ()) -> query_files.LoadedQueries:
    """Load the queries of a folder; raise UsageError if there is none, or none for one of *names*."""
    return query_files.load_queries(directory, names, SourceExpander(source_registry(directory)))


def load_query_file(path: Path) -> query_files.QueryFile:
    """Load one query file with everything that is wrong with it."""
    return query_files.load_query_file(path, SourceExpander(source_registry(path.parent)))


def source_registry(directory: Path) -> Registry:
    """Return the kinds of source: built in, and those in the folder `sources` beside that of the query files."""
    return Registry((directory if directory.name else directory.absolute()).parent / OWN_FOLDER)


def check_own_kinds(directory: Path) -> dict[str, tuple[Diagnostic, ...]]:
    """Return what is wrong with each of the user's own kinds, by the path of its file."""
    return {str(path): load_kind(path)[1] for path in source_registry(directory).own}
