"""Say why a mention is one: every step that the matcher took."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from brandwatch.cli.options import TextOrJson, is_json
from brandwatch.errors import UsageError

if TYPE_CHECKING:
    from brandwatch.cli.settings import Settings
    from brandwatch.models import Judgement, Mention

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
    """Print the derivation that was stored with the mention, and whether the query has changed since."""
    from brandwatch.cli.output import output
    from brandwatch.cli.show import stored_mention
    from brandwatch.report.derivation import lines

    as_json = is_json(form)
    settings: Settings = context.obj
    mention = stored_mention(settings, mention_id).mention
    current = _current_version(settings, mention.query)
    with output(None) as stream:
        if as_json:
            stream.write(_as_json(mention, current))
            return
        stream.write(f"mention {mention.id} of the query {mention.query}, version {mention.query_version}\n")
        stream.writelines(f"{line}\n" for line in lines(mention.entry, _judgement(mention)))
        if current not in {"", mention.query_version}:
            stream.write(
                f"the query is now version {current}: `brandwatch replay {mention.query}` shows the difference\n"
            )


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


def _as_json(mention: Mention, current: str) -> str:
    """Return the derivation for a program."""
    import json

    from brandwatch.report.derivation import as_data
    from brandwatch.report.json import VERSION

    data = {
        "version": VERSION,
        "id": mention.id,
        "query": mention.query,
        "query_version": mention.query_version,
        "current_version": current or None,
        **as_data(_judgement(mention)),
    }
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"
