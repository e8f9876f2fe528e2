"""Say whether query files are as they should be, and run their examples."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from brandwatch.cli.console import echo_error, write_text
from brandwatch.cli.options import TextOrJson, is_json
from brandwatch.errors import Exit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import timedelta

    from brandwatch.config.diagnostics import Diagnostic
    from brandwatch.config.query import Query
    from brandwatch.config.query_files import QueryFile
    from brandwatch.config.settings import Settings


_YEAR = 365

EPILOG = """[bold]Examples[/bold]

brandwatch check                          every file in the query folder

brandwatch check queries/fjordbanken.yaml     one file

brandwatch check --format json            for an editor or a script
"""


def command(
    context: typer.Context,
    files: Annotated[list[Path] | None, typer.Argument(metavar="[FILE]...", help="Query files; all without.")] = None,
    *,
    form: TextOrJson = "text",
) -> None:
    """Check each file on its own; exit 2 if one of them cannot be used or an example fails."""
    from brandwatch.config.diagnostics import Severity
    from brandwatch.config.lint import lint
    from brandwatch.config.query_files import conflicting_headers, query_paths
    from brandwatch.pipeline.loading import check_own_kinds, load_query_file

    as_json = is_json(form)
    settings: Settings = context.obj
    checked = [load_query_file(path) for path in files or query_paths(settings.queries)]
    faults = {file.path: [*file.faults, *lint(file), *_failed_examples(file)] for file in checked}
    for fault in conflicting_headers(checked):
        faults[fault.path].append(fault)
    kinds = {} if files else check_own_kinds(settings.queries)
    if as_json:
        write_text(_as_json(checked, faults, kinds))
    else:
        _print(checked, faults, kinds)
    severities = [fault.severity for found in (*faults.values(), *kinds.values()) for fault in found]
    errors = severities.count(Severity.ERROR)
    if settings.verbosity >= 0:
        for query in (file.query for file in checked if file.query and not _is_wrong(faults[file.path])):
            kept = ", ".join(f"{voice} {time}" for voice, time in _retained(query).items())
            keeping = query.keeping
            echo_error(
                f"{query.name} keeps mentions after they were found: {kept}; author: {keeping.author}, "
                f"snippet: {keeping.snippet} characters"
            )
        echo_error(f"{len(checked) + len(kinds)} checked, {errors} error{'s' * (errors != 1)}")
    if errors:
        raise typer.Exit(Exit.USAGE)


def _print(
    files: list[QueryFile], faults: dict[str, list[Diagnostic]], kinds: Mapping[str, Sequence[Diagnostic]]
) -> None:
    """Print the findings for a person."""
    from brandwatch.config.diagnostics import render

    for file in files:
        write_text("\n".join(map(render, faults[file.path])) or f"{file.path}: ok{_counts(file)}")
    for path, found in kinds.items():
        write_text("\n".join(map(render, found)) or f"{path}: ok (a kind of source)")


def _failed_examples(file: QueryFile) -> Iterator[Diagnostic]:
    """Run the examples of a query through the matcher that `poll` uses, and yield those that go wrong."""
    from brandwatch.matching import Matcher
    from brandwatch.models import Entry

    if file.query is None:
        return
    matcher = Matcher([file.query])
    for number, example in enumerate(file.query.examples.match):
        judgement = matcher.explain(Entry(text=example))[file.query.name]
        if not judgement.evidence or judgement.suppressed:
            failed = [f"{check.clause}: {check.note}" for check in judgement.clauses if not check.holds]
            why = judgement.suppressed or (failed[-1] if failed else "none of the names is in it")
            yield file.error(("examples", "match", number), f"this example should match, but does not: {why}")
    for number, example in enumerate(file.query.examples.reject):
        judgement = matcher.explain(Entry(text=example))[file.query.name]
        if judgement.evidence and not judgement.suppressed:
            piece = judgement.evidence[0]
            found = f"“{example[piece.start : piece.end]}” ({piece.rule})"
            yield file.error(("examples", "reject", number), f"this example should not match, but does: {found}")


def _counts(file: QueryFile) -> str:
    """Say what a sound query holds."""
    if file.query is None:
        return ""
    examples = len(file.query.examples.match) + len(file.query.examples.reject)
    counts = ((len(file.query.names), "name"), (len(file.query.sources), "source"), (examples, "example"))
    said = ", ".join(f"{count} {thing}" + "s" * (count != 1) for count, thing in counts)
    return f" ({said})"


def _is_wrong(faults: Sequence[Diagnostic]) -> bool:
    """Say whether a file cannot be used as it is."""
    from brandwatch.config.diagnostics import Severity

    return any(fault.severity is Severity.ERROR for fault in faults)


def _retained(query: Query) -> dict[str, str]:
    """Return how long the mentions of each voice are kept, the defaults too."""
    from brandwatch.models import Voice

    return {voice: _period(query.keeping.of(voice)) for voice in Voice}


def _period(time: timedelta) -> str:
    """Return a stretch of time as a query file has it."""
    years, rest = divmod(time.days, _YEAR)
    return f"{years}y" if years > 1 and not rest else f"{time.days}d"


def _as_json(
    files: list[QueryFile], faults: dict[str, list[Diagnostic]], kinds: Mapping[str, Sequence[Diagnostic]]
) -> str:
    """Return the findings for a machine."""
    import json

    def found(listed: Sequence[Diagnostic]) -> dict[str, list[dict[str, Any]]]:
        said: dict[str, list[dict[str, Any]]] = {"errors": [], "warnings": []}
        for fault in listed:
            place = {"line": fault.position.line, "column": fault.position.column}
            said[f"{fault.severity}s"].append(place | {"message": fault.message, "hint": fault.hint})
        return said

    listed: list[dict[str, Any]] = [
        {
            "path": file.path,
            "query": file.query.name if file.query else None,
            "retain": _retained(file.query) if file.query else None,
            "author": file.query.keeping.author if file.query else None,
            "snippet": file.query.keeping.snippet if file.query else None,
            **found(faults[file.path]),
        }
        for file in files
    ]
    listed += [{"path": path, "query": None, **found(said)} for path, said in kinds.items()]
    return json.dumps({"version": 1, "files": listed}, ensure_ascii=False, indent=2)
