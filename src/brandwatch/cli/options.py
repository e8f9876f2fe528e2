"""Options that several commands have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from brandwatch.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from brandwatch.config.query import Query
    from brandwatch.config.settings import Settings
    from brandwatch.models import Source
    from brandwatch.sources.registry import Registry


TextOrJson = Annotated[str, typer.Option("--format", "-f", metavar="text|json", help="For people or for programs.")]

AllowPrivate = Annotated[bool, typer.Option("--allow-private", help="The address may be on a private network.")]


def is_json(form: str) -> bool:
    """Say whether a program is to read the answer; raise UsageError for a form that does not exist."""
    if form not in {"text", "json"}:
        raise UsageError(f"there is no form “{form}”", "use text or json")
    return form == "json"


def one_query(directory: Path, name: str) -> Query:
    """Return the query of a name; raise UsageError where there is none, or its file cannot be used."""
    from brandwatch.pipeline.loading import load_queries

    found = next((query for query in load_queries(directory, [name]).queries if query.name == name), None)
    if found is None:
        raise UsageError(f"the query file of “{name}” has errors", "`brandwatch check` shows them")
    return found


def named_sources(settings: Settings) -> list[Source]:
    """Return the sources that the query files name, each once; none where there are no files."""
    from brandwatch.pipeline.jobs import merge_sources
    from brandwatch.pipeline.loading import load_queries

    try:
        queries = load_queries(settings.queries).queries
    except UsageError:
        return []
    return list(merge_sources(queries).values())


def registry(settings: Settings) -> Registry:
    """Return the kinds of source: ours, and those in the folder `sources` beside the query files."""
    from brandwatch.pipeline import loading

    return loading.source_registry(settings.queries)
