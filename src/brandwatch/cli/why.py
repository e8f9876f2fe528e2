"""The command `why`."""

from collections.abc import Iterator
from typing import Any

import typer

from brandwatch import clock
from brandwatch.cli import console, options, show
from brandwatch.config.settings import Settings
from brandwatch.errors import UsageError
from brandwatch.models import MatchResult, Mention
from brandwatch.reports import explanation

EPILOG = """[bold]Examples[/bold]

brandwatch why 17

brandwatch why 17 --format json
"""


def command(
    context: typer.Context, mention_id: options.MentionId, *, output_format: options.TextOrJson = "text"
) -> None:
    """Print the stored match result, the story, and whether the query has changed since."""
    as_json = options.is_json(output_format)
    settings: Settings = context.obj
    shown = show.load_mention(settings, mention_id)
    current = _current_version(settings, shown.mention.query)
    if as_json:
        console.write_json(_as_data(shown, current))
        return
    with console.open_output(None) as stream:
        stream.writelines(f"{line}\n" for line in _lines(shown, current))


def _lines(shown: show.ShownMention, current: str) -> Iterator[str]:
    mention = shown.mention
    yield f"mention {mention.id} of the query {mention.query}, version {mention.query_version}"
    yield from explanation.result_lines(mention.entry, _match_result(mention))
    reason = mention.story_reason or "the first of it"
    yield f"story {mention.story}: {reason}; `brandwatch story show {mention.story}`"
    if shown.heat:
        first, *others = explanation.heat_lines(shown.heat, clock.now())
        yield f"  heat     {first}"
        yield from (f"    {line}" for line in others)
    if shown.decisions:
        yield "decided:"
        yield from (f"  {line}" for line in explanation.decision_lines(shown.decisions))
    if current not in {"", mention.query_version, shown.applied_version}:
        yield f"the query is now version {current}: `brandwatch replay {mention.query}` shows the difference"


def _match_result(mention: Mention) -> MatchResult:
    return MatchResult(
        evidence=mention.evidence,
        voice=mention.voice,
        subject=mention.subject,
        suppressed=mention.suppressed,
        language=mention.entry.language,
        clauses=mention.clauses,
    )


def _current_version(settings: Settings, name: str) -> str:
    """Return the version of a query file, empty if there is no such file."""
    from brandwatch.pipeline import loading

    try:
        queries = loading.load_queries(settings.queries).queries
    except UsageError:
        return ""
    return next((query.version for query in queries if query.name == name), "")


def _as_data(shown: show.ShownMention, current: str) -> dict[str, Any]:
    mention = shown.mention
    return {
        "id": mention.id,
        "query": mention.query,
        "query_version": mention.query_version,
        "current_version": current or None,
        **explanation.result_as_data(_match_result(mention)),
        "story": mention.story,
        "joined": mention.story_reason,
        "heat": explanation.heat_as_data(shown.heat, clock.now()) if shown.heat else None,
        "decisions": explanation.decisions_as_data(shown.decisions),
    }
