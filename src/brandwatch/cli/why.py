"""Say why a mention is one: every step that the matcher took, which story it is part of, and how hot that is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from brandwatch.cli.options import TextOrJson, is_json
from brandwatch.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brandwatch.config.settings import Settings
    from brandwatch.models import MatchResult, Mention, TriageDecision
    from brandwatch.stories import Heat


EPILOG = """[bold]Examples[/bold]

brandwatch why 17

brandwatch why 17 --format json
"""


def command(
    context: typer.Context,
    mention_id: Annotated[int, typer.Argument(metavar="ID", help="The number in the first column of a report.")],
    *,
    form: TextOrJson = "text",
) -> None:
    """Print the derivation that was stored with the mention, its story, and whether the query has changed since."""
    from brandwatch.cli.console import open_output
    from brandwatch.cli.show import load_mention
    from brandwatch.reports.explanation import result_lines

    as_json = is_json(form)
    settings: Settings = context.obj
    stored = load_mention(settings, mention_id)
    mention, heat = stored.mention, stored.heat
    current = _current_version(settings, mention.query)
    with open_output(None) as stream:
        if as_json:
            stream.write(_as_json(mention, heat, current, stored.decisions))
            return
        stream.write(f"mention {mention.id} of the query {mention.query}, version {mention.query_version}\n")
        stream.writelines(f"{line}\n" for line in result_lines(mention.entry, _judgement(mention)))
        stream.writelines(f"{line}\n" for line in _story(mention, heat))
        stream.writelines(f"{line}\n" for line in _decided(stored.decisions))
        if current not in {"", mention.query_version}:
            stream.write(
                f"the query is now version {current}: `brandwatch replay {mention.query}` shows the difference\n"
            )


def _story(mention: Mention, heat: Heat | None) -> Iterator[str]:
    """Yield the story that a mention is part of, why, and what makes it hot."""
    from brandwatch import clock
    from brandwatch.reports import explanation

    yield f"story {mention.story}: {mention.story_reason or 'the first of it'}; `brandwatch story show {mention.story}`"
    if heat:
        first, *others = explanation.heat_lines(heat, clock.now())
        yield f"  heat     {first}"
        yield from (f"    {line}" for line in others)


def _decided(decisions: tuple[TriageDecision, ...]) -> Iterator[str]:
    """Yield what analysts have decided of a mention, if they have."""
    from brandwatch.reports.explanation import decision_lines

    if decisions:
        yield "decided:"
        yield from (f"  {line}" for line in decision_lines(decisions))


def _judgement(mention: Mention) -> MatchResult:
    """Return the judgement that is stored in a mention."""
    from brandwatch.models import MatchResult

    return MatchResult(
        evidence=mention.evidence,
        voice=mention.voice,
        subject=mention.subject,
        suppressed=mention.suppressed,
        language=mention.entry.language,
        clauses=mention.clauses,
    )


def _current_version(settings: Settings, name: str) -> str:
    """Return the version of a query as its file is now, empty where there is no such file."""
    from brandwatch.pipeline.loading import load_queries

    try:
        queries = load_queries(settings.queries).queries
    except UsageError:
        return ""
    return next((query.version for query in queries if query.name == name), "")


def _as_json(mention: Mention, heat: Heat | None, current: str, decided: tuple[TriageDecision, ...]) -> str:
    """Return the derivation for a program."""
    import json

    from brandwatch import clock
    from brandwatch.reports import explanation
    from brandwatch.reports.explanation import result_as_data
    from brandwatch.reports.json import JSON_VERSION

    data = {
        "version": JSON_VERSION,
        "id": mention.id,
        "query": mention.query,
        "query_version": mention.query_version,
        "current_version": current or None,
        **result_as_data(_judgement(mention)),
        "story": mention.story,
        "joined": mention.story_reason,
        "heat": explanation.heat_as_data(heat, clock.now()) if heat else None,
        "decisions": explanation.decisions_as_data(decided),
    }
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"
