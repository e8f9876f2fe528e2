"""The command `check`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from brandwatch.cli import console, options
from brandwatch.config.diagnostics import Diagnostic, render
from brandwatch.errors import Exit, StoreError
from brandwatch.models import Entry
from brandwatch.text import plural
from brandwatch.text.sanitise import one_line, shown_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from brandwatch.config.query import Query
    from brandwatch.config.query_files import QueryFile
    from brandwatch.config.settings import Settings
    from brandwatch.pipeline.edits import EditPreview


_YEAR_DAYS = 365
_MAX_SPELLINGS = 5

EPILOG = """[bold]Examples[/bold]

brandwatch check                          every file in the query folder

brandwatch check queries/fjordbanken.yaml     one file

brandwatch check --format json            for an editor or a script
"""


def command(
    context: typer.Context,
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="[FILE]...", help="Query files; without any, all of them.")
    ] = None,
    *,
    output_format: options.TextOrJson = "text",
) -> None:
    """Check each file on its own; exit 2 if one of them has errors or an example fails."""
    from brandwatch.config import query_files
    from brandwatch.config.settings import query_paths
    from brandwatch.pipeline import loading

    as_json = options.is_json(output_format)
    settings = options.settings_of(context)
    checked = [loading.load_query_file(path) for path in files or query_paths(settings.queries)]
    diagnostics = {
        file.path: [*file.faults, *file.unwatched, *query_files.lint(file), *_failed_examples(file)] for file in checked
    }
    for diagnostic in query_files.conflicting_headers(checked):
        diagnostics[diagnostic.path].append(diagnostic)
    kinds = {} if files else loading.check_own_kinds(settings.queries)
    valid = [file.query for file in checked if file.query and not _error_count(diagnostics[file.path])]
    previews = _previews(settings, valid)
    if as_json:
        console.write_json(_as_data(checked, diagnostics, kinds, previews))
    else:
        _print(checked, diagnostics, kinds, settings.verbosity)
    errors = sum(_error_count(listed) for listed in (*diagnostics.values(), *kinds.values()))
    if settings.verbosity >= 0:
        for file in checked:
            if file.query and not _error_count(diagnostics[file.path]):
                for line in _effect_lines(file.query, previews.get(file.query.name)):
                    console.echo_error(line)
        console.echo_error(f"{len(checked) + len(kinds)} checked, {plural(errors, 'error')}")
    if errors:
        raise typer.Exit(Exit.USAGE)


def _previews(settings: Settings, queries: Sequence[Query]) -> dict[str, EditPreview]:
    """Return the effect of each edited query of the folder on stored mentions, empty without a database.

    A database that cannot be used is no error of a query file.
    """
    from brandwatch.pipeline import edits
    from brandwatch.storage import database_file, open_store

    folder = settings.queries.resolve()
    local = [query for query in queries if Path(query.path).resolve().parent == folder]
    try:
        if not settings.db.exists() or not database_file.is_current(settings.db):
            return {}
        with open_store(settings.db, create=False) as store:
            return edits.preview_edits(local, store)
    except StoreError as error:
        if settings.verbosity >= 0:
            console.echo_error(f"the effect on stored mentions is not known: {error.message}")
        return {}


def _effect_lines(query: Query, preview: EditPreview | None) -> Iterator[str]:
    """Yield the retention of a query; the effect of an edit with the two ways to apply it, and that of `retain`."""
    name = query.name
    yield _retention_line(query)
    if preview is None:
        return
    if preview.expiring:
        mentions = plural(preview.expiring, "mention")
        yield f"{name}: `retain`: the next poll hides {mentions}, and a later one deletes them"
    if not preview.compared and preview.is_complete:
        return
    part = "" if preview.is_complete else f" (of the newest {preview.compared} stored entries)"
    if not (preview.hidden or preview.appearing or preview.reclassified):
        yield f"{name}: stored mentions: none would change{part}"
        return
    effects = f"{preview.hidden} would be hidden, {preview.appearing} would appear"
    if preview.reclassified:
        effects += f", {preview.reclassified} would change voice or subject"
    yield f"{name}: stored mentions: {effects}{part}; `brandwatch replay {name} --yes`, or the next poll, applies it"


def _print(
    files: list[QueryFile],
    diagnostics: Mapping[str, Sequence[Diagnostic]],
    kinds: Mapping[str, Sequence[Diagnostic]],
    verbosity: int,
) -> None:
    for file in files:
        is_ok = f"{shown_path(file.path)}: ok{_counts(file.query)}"
        console.write_text("\n".join(map(render, diagnostics[file.path])) or is_ok)
        for line in _spelling_lines(file.query, is_complete=verbosity > 0) if verbosity >= 0 else ():
            console.write_text(line)
    for path, listed in kinds.items():
        console.write_text("\n".join(map(render, listed)) or f"{shown_path(path)}: ok (a kind of source)")


def _failed_examples(file: QueryFile) -> Iterator[Diagnostic]:
    """Run the examples of a query through the matcher of `poll`, and yield those that fail."""
    from brandwatch.matching import Matcher

    if file.query is None:
        return
    matcher, name = Matcher([file.query]), file.query.name
    for number, example in enumerate(file.query.examples.match):
        result = matcher.explain(Entry(text=example))[name]
        if not result.evidence or result.suppressed:
            failed = [f"{clause.clause}: {clause.note}" for clause in result.clauses if not clause.holds]
            reason = result.suppressed or (failed[-1] if failed else "none of the names is in it")
            message = f"this example should match, but does not: {reason}"
            yield file.error(("examples", "match", number), message)
    for number, example in enumerate(file.query.examples.reject):
        result = matcher.explain(Entry(text=example))[name]
        if result.evidence and not result.suppressed:
            hit = result.evidence[0]
            message = f"this example should not match, but does: “{example[hit.start : hit.end]}” ({hit.rule})"
            yield file.error(("examples", "reject", number), message)


def _spelling_lines(query: Query | None, *, is_complete: bool) -> Iterator[str]:
    """Yield a line for each name with its other spellings, the first few unless all are wanted."""
    from brandwatch.matching.spelling_report import name_spellings

    for names in name_spellings(query) if query else ():
        if also := [one_line(spelling.text) for spelling in names.also]:
            shown = also if is_complete else also[:_MAX_SPELLINGS]
            more = f" and {len(also) - len(shown)} more (-v)" if len(shown) < len(also) else ""
            yield f"  {one_line(names.term.text)}: also found as {', '.join(shown)}{more}"
        if missing := ", ".join(f"{one_line(text)} ({reason})" for text, reason in names.missing):
            yield f"  {one_line(names.term.text)}: not found as {missing}; add what is meant to `names`"


def _spellings_as_data(query: Query) -> list[dict[str, Any]]:
    from brandwatch.matching.spelling_report import name_spellings

    return [
        {
            "name": names.term.text,
            "also_found_as": [{"text": text, "equivalences": list(by)} for text, by in names.also],
            "not_found_as": [{"text": text, "reason": reason} for text, reason in names.missing],
        }
        for names in name_spellings(query)
    ]


def _counts(query: Query | None) -> str:
    if query is None:
        return ""
    examples = plural(len(query.examples.match) + len(query.examples.reject), "example")
    return f" ({plural(len(query.names), 'name')}, {plural(len(query.sources), 'source')}, {examples})"


def _error_count(diagnostics: Sequence[Diagnostic]) -> int:
    return sum(diagnostic.is_error for diagnostic in diagnostics)


def _retention_line(query: Query) -> str:
    periods = ", ".join(f"{voice} {period}" for voice, period in _retention(query).items())
    author, snippet = query.keeping.author, query.keeping.snippet
    return (
        f"{query.name} keeps mentions after they were found: {periods}, hidden in their last days;"
        f" author: {author}, snippet: {snippet} characters"
    )


def _retention(query: Query) -> dict[str, str]:
    """Return the retention period of each voice as in a query file, defaults included."""
    periods = {}
    for voice, time in query.keeping.by_voice.items():
        years, rest = divmod(time.days, _YEAR_DAYS)
        periods[str(voice)] = f"{years}y" if years > 1 and not rest else f"{time.days}d"
    return periods


def _as_data(
    files: list[QueryFile],
    diagnostics: Mapping[str, Sequence[Diagnostic]],
    kinds: Mapping[str, Sequence[Diagnostic]],
    previews: Mapping[str, EditPreview],
) -> dict[str, Any]:
    listed: list[dict[str, Any]] = [
        {
            "path": file.path,
            "query": file.query.name if file.query else None,
            "retain": _retention(file.query) if file.query else None,
            "author": file.query.keeping.author if file.query else None,
            "snippet": file.query.keeping.snippet if file.query else None,
            "spellings": _spellings_as_data(file.query) if file.query else [],
            "effect": previews[file.query.name]._asdict() if file.query and file.query.name in previews else None,
            **_by_severity(diagnostics[file.path]),
        }
        for file in files
    ]
    listed += [{"path": path, "query": None, **_by_severity(of_kind)} for path, of_kind in kinds.items()]
    return {"files": listed}


def _by_severity(diagnostics: Sequence[Diagnostic]) -> dict[str, list[dict[str, Any]]]:
    listed: dict[str, list[dict[str, Any]]] = {"errors": [], "warnings": []}
    for diagnostic in diagnostics:
        place = {"line": diagnostic.position.line, "column": diagnostic.position.column}
        listed[f"{diagnostic.severity}s"].append(place | {"message": diagnostic.message, "hint": diagnostic.hint})
    return listed
