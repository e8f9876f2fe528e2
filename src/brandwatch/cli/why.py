"""Say why a mention is one: every step that the matcher took, which story it is part of, and how hot that is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from brandwatch.cli.options import TextOrJson, is_json
from brandwatch.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brandwatch.cli.settings import Settings
    from brandwatch.models import Decision, Judgement, Mention
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
    from brandwatch.cli.output import output
    from brandwatch.cli.show import stored_mention
    from brandwatch.report.derivation import lines

    as_json = is_json(form)
    settings: Settings = context.obj
    stored = stored_mention(settings, mention_id)
    mention, heat = stored.mention, stored.heat
    current = _current_version(settings, mention.query)
    with output(None) as stream:
        if as_json:
            stream.write(_as_json(mention, heat, current, stored.decisions))
            return
        stream.write(f"mention {mention.id} of the query {mention.query}, version {mention.query_version}\n")
        stream.writelines(f"{line}\n" for line in lines(mention.entry, _judgement(mention)))
        stream.writelines(f"{line}\n" for line in _story(mention, heat))
        stream.writelines(f"{line}\n" for line in _decided(stored.decisions))
        if current not in {"", mention.query_version}:
            stream.write(
                f"the query is now version {current}: `brandwatch replay {mention.query}` shows the difference\n"
            )


def _story(mention: Mention, heat: Heat | None) -> Iterator[str]:
    """Yield the story that a mention is part of, why, and what makes it hot."""
    from brandwatch import clock
    from brandwatch.report import heat as items

    yield f"story {mention.story}: {mention.joined or 'the first of it'}; `brandwatch story show {mention.story}`"
    if heat:
        first, *others = items.lines(heat, clock.now())
        yield f"  heat     {first}"
        yield from (f"    {line}" for line in others)


def _decided(decisions: tuple[Decision, ...]) -> Iterator[str]:
    """Yield what analysts have decided of a mention, if they have."""
    from brandwatch.report.decisions import lines

    if decisions:
        yield "decided:"
        yield from (f"  {line}" for line in lines(decisions))


def _judgement(mention: Mention) -> Judgement:
    """Return the judgement that is stored in a mention."""
    from brandwatch.models import Judgement

    return Judgement(
        evidence=mention.evidence,
        voice=mention.voice,
        subject=mention.subject,
        suppressed=mention.suppressed,
        language=mention.entry.language,
        checks=mention.checks,
    )


def _current_version(settings: Settings, name: str) -> str:
    """Return the version of a query as its file is now, empty where there is no such file."""
    from brandwatch.loading import load

    try:
        queries = load(settings.queries).queries
    except UsageError:
        return ""
    return next((query.version for query in queries if query.name == name), "")


def _as_json(mention: Mention, heat: Heat | None, current: str, decided: tuple[Decision, ...]) -> str:
    """Return the derivation for a program."""
    import json

    from brandwatch import clock
    from brandwatch.report import decisions
    from brandwatch.report import heat as items
    from brandwatch.report.derivation import as_data
    from brandwatch.report.json import VERSION

    data = {
        "version": VERSION,
        "id": mention.id,
        "query": mention.query,
        "query_version": mention.query_version,
        "current_version": current or None,
        **as_data(_judgement(mention)),
        "story": mention.story,
        "joined": mention.joined,
        "heat": items.as_data(heat, clock.now()) if heat else None,
        "decisions": decisions.as_data(decided),
    }
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"
