"""Load query files: each on its own, so that one bad file never stops the others."""

from __future__ import annotations

from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

from brandwatch import clock
from brandwatch.errors import UsageError
from brandwatch.marked import Fault, Marked, Severity, read_file, validated
from brandwatch.queries.building import built
from brandwatch.queries.complaints import complaint
from brandwatch.queries.headers import broken_headers
from brandwatch.queries.rules import broken
from brandwatch.queries.schema import QueryForm
from brandwatch.queries.sources import Expand, nothing, sources

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from brandwatch.models import Query

_SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryFile(Marked):
    """A query file, read: its query, unless an error keeps it from being one, and all its faults by their place."""

    query: Query | None = None
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """The queries of a folder, by name, and the faults of those that are none and those that are.

    *broken* are the names of those that are none.
    """

    queries: tuple[Query, ...]
    faults: tuple[Fault, ...]
    broken: tuple[str, ...] = ()


def load(directory: Path, names: Iterable[str] = (), expand: Expand = nothing) -> Loaded:
    """Load every query file in *directory*; raise UsageError if there is none, or none for one of *names*.

    *expand* knows the kinds of source.
    """
    paths = query_paths(directory)
    stems = [path.stem for path in paths]
    for name in names:
        if name not in stems:
            close = get_close_matches(name, stems, n=1)
            hint = f"did you mean “{close[0]}”?" if close else f"there are: {', '.join(stems)}"
            raise UsageError(f"there is no query “{name}” in {directory}", hint)
    files = [load_file(path, expand) for path in paths]
    return Loaded(
        queries=tuple(file.query for file in files if file.query),
        faults=tuple(fault for file in files for fault in file.faults),
        broken=tuple(stem for stem, file in zip(stems, files, strict=True) if file.query is None),
    )


def query_paths(directory: Path) -> list[Path]:
    """Return the query files in *directory*, by name; raise UsageError if there is none."""
    try:
        found = sorted(
            path for path in directory.iterdir() if path.suffix in _SUFFIXES and not path.name.startswith(".")
        )
    except OSError:
        found = []
    if not found:
        raise UsageError(
            f"there are no query files in {directory}", "`brandwatch init` writes one; --queries names a folder"
        )
    return found


def load_file(path: Path, expand: Expand = nothing) -> QueryFile:
    """Load one query file; whatever is wrong with it is a fault, never an exception."""
    file, faults = read_file(path)
    if faults:
        return _with(file, None, faults)
    form, faults = validated(file, QueryForm, "`brandwatch init` writes a file to start from", complaint)
    if form is None:
        return _with(file, None, faults)
    faults += [*broken(form, file), *broken_headers(form, file)]
    query = built(form, path, clock.now().date())
    query = replace(query, sources=tuple(sources(form, file, query, expand, faults)))
    is_sound = not any(fault.severity is Severity.ERROR for fault in faults)
    return _with(file, query if is_sound else None, faults)


def _with(file: Marked, query: Query | None, faults: list[Fault]) -> QueryFile:
    """Return the file with its query and its faults in the order of their places."""
    ordered = tuple(sorted(faults, key=lambda fault: fault.place))
    return QueryFile(path=file.path, text=file.text, tree=file.tree, query=query, faults=ordered)
