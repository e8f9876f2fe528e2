"""Load query files: each on its own, so that one bad file never stops the others."""

from __future__ import annotations

from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

from pydantic import ValidationError

from brandwatch import clock
from brandwatch.errors import ParseError, UsageError
from brandwatch.models import Source
from brandwatch.parse.opml import outlines
from brandwatch.queries.building import built
from brandwatch.queries.complaints import complaint
from brandwatch.queries.faults import Fault, Place, Severity
from brandwatch.queries.headers import broken_headers
from brandwatch.queries.reading import ReadingError, Tree, decoded, read
from brandwatch.queries.rules import broken
from brandwatch.queries.schema import QueryForm, SourceForm

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from brandwatch.models import Query

_SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryFile:
    """A query file, read: its query, unless an error keeps it from being one, and all its faults by their place."""

    path: str
    text: str
    tree: Tree
    query: Query | None = None
    faults: tuple[Fault, ...] = ()

    def fault(
        self,
        path: tuple[str | int, ...],
        message: str,
        hint: str = "",
        *,
        is_error: bool = True,
        hides: bool = False,
    ) -> Fault:
        """Return a fault at the value that *path* leads to, or at the nearest thing around it that is there.

        *hides* leaves out the line that it is on, which may hold a secret.
        """
        while path and path not in self.tree.values:
            path = path[:-1]
        place = self.tree.values.get(path, Place(1, 1))
        severity = Severity.ERROR if is_error else Severity.WARNING
        fault = _fault(self.path, self.text, place, message, hint, severity)
        return replace(fault, excerpt="") if hides else fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """The queries of a folder, by name, and the faults of those that are none and those that are."""

    queries: tuple[Query, ...]
    faults: tuple[Fault, ...]


def load(directory: Path, names: Iterable[str] = ()) -> Loaded:
    """Load every query file in *directory*; raise UsageError if there is none, or none for one of *names*."""
    paths = query_paths(directory)
    stems = [path.stem for path in paths]
    for name in names:
        if name not in stems:
            close = get_close_matches(name, stems, n=1)
            hint = f"did you mean “{close[0]}”?" if close else f"there are: {', '.join(stems)}"
            raise UsageError(f"there is no query “{name}” in {directory}", hint)
    files = [load_file(path) for path in paths]
    return Loaded(
        queries=tuple(file.query for file in files if file.query),
        faults=tuple(fault for file in files for fault in file.faults),
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


def load_file(path: Path) -> QueryFile:
    """Load one query file; whatever is wrong with it is a fault, never an exception."""
    text = ""
    try:
        # Somebody who opens a pipe waits for the other end of it.
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise ReadingError(Place(1, 1), "this is not a file")  # noqa: TRY301 (one way for all faults)
        text = decoded(path.read_bytes())
        tree = read(text)
    except ReadingError as error:
        fault = _fault(str(path), text, error.place, error.message, error.hint)
        return QueryFile(path=str(path), text=text, tree=Tree(), faults=(fault,))
    except OSError as error:
        fault = _fault(str(path), "", Place(1, 1), f"cannot be read: {error.strerror}")
        return QueryFile(path=str(path), text="", tree=Tree(), faults=(fault,))
    return _checked(path, text, tree)


def _checked(path: Path, text: str, tree: Tree) -> QueryFile:
    """Validate what was read and build the query."""
    file = QueryFile(path=str(path), text=text, tree=tree)
    faults = [
        _fault(str(path), text, tree.keys[(*key, "twice")], f"the key `{key[-1]}` is said twice", "keep one of them")
        for key in tree.twice
    ]
    if not isinstance(tree.data, dict):
        what = "the file is empty" if not tree.data else "the file does not hold keys and values"
        return _with(file, None, [*faults, file.fault((), what, "`brandwatch init` writes a file to start from")])
    try:
        form = QueryForm.model_validate(tree.data)
    except ValidationError as error:
        return _with(file, None, [*faults, *_complaints(file, error)])
    sources = tuple(_sources(form, path, file, faults))
    faults += [*broken(form, file), *broken_headers(form, file)]
    query = built(form, path, sources, clock.now().date())
    is_sound = not any(fault.severity is Severity.ERROR for fault in faults)
    return _with(file, query if is_sound else None, faults)


def _with(file: QueryFile, query: Query | None, faults: list[Fault]) -> QueryFile:
    """Return the file with its query and its faults in the order of their places."""
    ordered = tuple(sorted(faults, key=lambda fault: fault.place))
    return QueryFile(path=file.path, text=file.text, tree=file.tree, query=query, faults=ordered)


def _complaints(file: QueryFile, error: ValidationError) -> Iterator[Fault]:
    """Yield a fault for each error of validation; an unknown key is shown where the key stands."""
    for detail in error.errors(include_url=False):
        message, hint = complaint(detail)
        path = detail["loc"]
        if detail["type"] == "too_short" and detail["input"]:
            continue  # pydantic counts only the valid ones, and each of the others has its own complaint
        if detail["type"] == "extra_forbidden" and path in file.tree.keys:
            yield _fault(file.path, file.text, file.tree.keys[path], message, hint)
        else:
            yield file.fault(path, message, hint)


def _sources(form: QueryForm, path: Path, file: QueryFile, faults: list[Fault]) -> Iterator[Source]:
    """Yield each source once; add what is wrong with them to *faults*."""
    seen: set[str] = set()
    for number, source in enumerate(form.sources):
        for url in _urls(source, path, file, number, faults):
            if url in seen:
                faults.append(file.fault(("sources", number), "this source is named twice", is_error=False))
                continue
            seen.add(url)
            yield Source(
                url=url,
                interval=source.interval,
                allow_private=source.allow_private,
                headers=tuple(source.headers.items()),
            )


def _urls(source: SourceForm, path: Path, file: QueryFile, number: int, faults: list[Fault]) -> list[str]:
    """Return the address of a source, or all those in its OPML file."""
    if source.url:
        return [source.url]
    where = ("sources", number, "opml")
    found = []
    try:
        for outline in outlines((path.parent / source.opml).read_bytes()):
            try:
                found.append(SourceForm.model_validate({"url": outline.url}).url)
            except ValidationError:
                message = f"line {outline.line} of {source.opml} holds no web address"
                faults.append(file.fault(where, message, is_error=False))
    except OSError as error:
        faults.append(file.fault(where, f"{source.opml} cannot be read: {error.strerror}"))
    except ParseError as error:
        faults.append(file.fault(where, f"{source.opml}: {error.message}", error.hint))
    return found


def _fault(
    path: str, text: str, place: Place, message: str, hint: str = "", severity: Severity = Severity.ERROR
) -> Fault:
    """Return a fault with the line it is on."""
    lines = text.split("\n")
    excerpt = lines[place.line - 1] if 0 < place.line <= len(lines) else ""
    return Fault(path=path, place=place, message=message, hint=hint, excerpt=excerpt, severity=severity)
