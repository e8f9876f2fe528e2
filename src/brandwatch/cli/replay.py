"""The command `replay`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from brandwatch.cli import console, options
from brandwatch.cli.filters import Filters, parse_moment, with_filters
from brandwatch.storage import open_store, poll_lock
from brandwatch.text import plural, sanitise, titles

if TYPE_CHECKING:
    from brandwatch.pipeline.reevaluate import Reevaluation


EPILOG = """[bold]Examples[/bold]

brandwatch replay fjordbanken                  shows what an edit would change

brandwatch replay fjordbanken --since 30d

brandwatch replay fjordbanken --apply          applies it; triage decisions stay
"""


@with_filters("since")
def command(
    context: typer.Context,
    name: options.QueryName,
    *,
    filters: Filters,
    apply: Annotated[bool, typer.Option("--apply", help="Write the result.")] = False,
    output_format: options.TextOrJson = "text",
) -> None:
    """Print +gained −lost ±same, each change with its reason; nothing is written without --apply."""
    from brandwatch.pipeline import reevaluate

    as_json = options.is_json(output_format)
    settings = options.settings_of(context)
    query = options.query_by_name(settings.queries, name)
    with open_store(settings.db, create=False) as store:
        result = reevaluate.reevaluate(query, store, parse_moment(filters.since))
        if apply:
            with poll_lock(settings.db):
                reevaluate.apply_reevaluation(result, store)
    if as_json:
        console.write_json(_as_data(result))
    else:
        _print(result)
    if settings.verbosity >= 0:
        _print_limits(result, apply=apply)


def _print(result: Reevaluation) -> None:
    from brandwatch.pipeline.reevaluate import ReevaluationFate

    with console.open_output(None) as stream:
        for change in result.changes:
            sign = "+" if change.fate is ReevaluationFate.GAINED else "−"
            title = titles.shown_title(change.entry.title, change.entry.text)
            stream.write(f"{sign} {title}  ({sanitise.one_line(change.reason)})\n")
        gained, lost = result.count(ReevaluationFate.GAINED), result.count(ReevaluationFate.LOST)
        stream.write(f"+{gained} gained −{lost} lost ±{result.same} same\n")


def _print_limits(result: Reevaluation, *, apply: bool) -> None:
    """Echo what a replay cannot know, because only matched entries are stored and long ones only in part."""
    missing = "entries that matched no query are not stored, so they cannot be found"
    hint = "" if apply else "; --apply writes the result"
    console.echo_error(f"{result.looked_at} stored entries compared: {missing}{hint}")
    if result.left:
        mentions = plural(result.left, "mention")
        console.echo_error(f"{mentions} unchanged: only a part of the entry is stored, and the rest may decide")


def _as_data(result: Reevaluation) -> dict[str, Any]:
    from brandwatch.pipeline.reevaluate import ReevaluationFate

    changes = [
        {"change": change.fate, "title": change.entry.title, "url": change.entry.url, "reason": change.reason}
        for change in result.changes
    ]
    return {
        "query": result.query.name,
        "looked_at": result.looked_at,
        **{fate.value: result.count(fate) for fate in ReevaluationFate},
        "left": result.left,
        "changes": changes,
    }
