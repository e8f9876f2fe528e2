"""Ask an edited query about the stored entries: what it gains and loses, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from brandwatch.cli.console import echo_error
from brandwatch.cli.options import TextOrJson, is_json, one_query
from brandwatch.text import plural

if TYPE_CHECKING:
    from brandwatch.config.settings import Settings
    from brandwatch.pipeline.reevaluate import Reevaluation


EPILOG = """[bold]Examples[/bold]

brandwatch replay fjordbanken                  shows what an edit would change

brandwatch replay fjordbanken --since 30d

brandwatch replay fjordbanken --apply          does it; decisions stay
"""


def command(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="QUERY", help="The query, by the name of its file.")],
    *,
    since: Annotated[str, typer.Option(metavar="TIME", help="Only entries from this time: 7d, 2026-05-01.")] = "",
    apply: Annotated[bool, typer.Option("--apply", help="Keep the outcome.")] = False,
    form: TextOrJson = "text",
) -> None:
    """Print +gained −lost ±same, each change with its reason; nothing is written without --apply."""
    from brandwatch.cli.filters import parse_moment
    from brandwatch.pipeline import reevaluate
    from brandwatch.storage import open_store, poll_lock

    as_json = is_json(form)
    settings: Settings = context.obj
    query = one_query(settings.queries, name)
    with open_store(settings.db, create=False) as store:
        outcome = reevaluate.reevaluate(query, store, parse_moment(since))
        if apply:
            with poll_lock(settings.db):
                reevaluate.apply_reevaluation(outcome, store)
    _print(outcome, as_json=as_json)
    if settings.verbosity >= 0:
        echo_error(
            f"{outcome.looked_at} stored entries looked at: only those that matched some query are stored, "
            "so what nobody asked for cannot be found" + ("" if apply else "; --apply keeps this")
        )
        if outcome.left:
            echo_error(
                f"{plural(outcome.left, 'mention')} of which only a passage is stored left as before: "
                "what decides may stand in the rest"
            )


def _print(outcome: Reevaluation, *, as_json: bool) -> None:
    """Write the outcome to standard output."""
    from brandwatch.cli.console import open_output
    from brandwatch.pipeline.reevaluate import ReevaluationFate
    from brandwatch.text.sanitise import one_line

    with open_output(None) as stream:
        if as_json:
            stream.write(_as_json(outcome))
            return
        for change in outcome.changes:
            title = one_line(change.entry.title or change.entry.text[:80])
            stream.write(
                f"{'+' if change.fate is ReevaluationFate.GAINED else '−'} {title}  ({one_line(change.reason)})\n"
            )
        gained, lost = outcome.count(ReevaluationFate.GAINED), outcome.count(ReevaluationFate.LOST)
        stream.write(f"+{gained} gained −{lost} lost ±{outcome.same} same\n")


def _as_json(outcome: Reevaluation) -> str:
    """Return the outcome for a program."""
    import json

    from brandwatch.pipeline.reevaluate import ReevaluationFate
    from brandwatch.reports.json import JSON_VERSION

    changes = [
        {"change": change.fate, "title": change.entry.title, "url": change.entry.url, "reason": change.reason}
        for change in outcome.changes
    ]
    data = {
        "version": JSON_VERSION,
        "query": outcome.query.name,
        "looked_at": outcome.looked_at,
        **{fate.value: outcome.count(fate) for fate in ReevaluationFate},
        "left": outcome.left,
        "changes": changes,
    }
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"
