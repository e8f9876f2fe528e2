"""The command `replay`."""

from __future__ import annotations

import json
import tempfile
from itertools import chain
from typing import IO, TYPE_CHECKING, Annotated, Any

import typer

from brandwatch.cli import console, options
from brandwatch.cli.filters import Filters, parse_moment, with_filters
from brandwatch.models import Actor
from brandwatch.storage import open_store, poll_lock
from brandwatch.text import plural, sanitise, titles

if TYPE_CHECKING:
    from brandwatch.pipeline.reevaluate import ReevaluatedEntry, Reevaluation


_SPOOL_BYTES = 2**20
_COPIED_CHARS = 2**16

EPILOG = """[bold]Examples[/bold]

brandwatch replay fjordbanken                  shows what an edit would change

brandwatch replay fjordbanken --since 30d

brandwatch replay fjordbanken --yes            applies it, as the next poll does; triage decisions stay
"""


@with_filters("since")
def command(
    context: typer.Context,
    name: options.QueryName,
    *,
    filters: Filters,
    yes: Annotated[bool, typer.Option("--yes", help="Write the result.")] = False,
    output_format: options.TextOrJson = "text",
) -> None:
    """Print +gained −lost ±same, each change with its reason; nothing is written without --yes."""
    from brandwatch.pipeline.reevaluate import Reevaluation

    as_json = options.is_json(output_format)
    settings = options.settings_of(context)
    query = options.query_by_name(settings.queries, name)
    # The changes are spooled: there may be hundreds of thousands, and a blocked pipe must not stop the transaction.
    with (
        tempfile.SpooledTemporaryFile(_SPOOL_BYTES, "w+", encoding="utf-8") as changes,
        open_store(settings.db, create=False) as store,
    ):
        reevaluation = Reevaluation(query, store, parse_moment(filters.since))
        if yes:
            with poll_lock(settings.db):
                _spool(reevaluation, changes, as_json=as_json)
                for _ in reevaluation.record(Actor.REPLAY):
                    pass
        else:
            _spool(reevaluation, changes, as_json=as_json)
        changes.seek(0)
        _write(reevaluation, changes, as_json=as_json)
    if settings.verbosity >= 0:
        _print_limits(reevaluation, is_applied=yes)


def _spool(reevaluation: Reevaluation, changes: IO[str], *, as_json: bool) -> None:
    """Evaluate, and write each change to a file."""
    separator = ""
    for one in chain.from_iterable(reevaluation.evaluate()):
        if one.reason and as_json:
            indented = json.dumps(_as_data(one), ensure_ascii=False, indent=2).replace("\n", "\n    ")
            changes.write(f"{separator}\n    {indented}")
            separator = ","
        elif one.reason:
            sign = "+" if one.fate == "gained" else "−"
            title = titles.shown_title(one.entry.title, one.entry.text)
            changes.write(f"{sign} {title}  ({sanitise.one_line(one.reason)})\n")


def _write(reevaluation: Reevaluation, changes: IO[str], *, as_json: bool) -> None:
    """Write the changes and their sums to standard output."""
    fates = {str(fate): count for fate, count in reevaluation.fates.items()}
    head, tail = "", "+{gained} gained −{lost} lost ±{same} same\n".format(**fates)
    if as_json:
        sums = {
            "version": 1,
            "query": reevaluation.query.name,
            "looked_at": reevaluation.looked_at,
            **fates,
            "left": reevaluation.left,
        }
        head = json.dumps(sums, ensure_ascii=False, indent=2).removesuffix("\n}") + ',\n  "changes": ['
        tail = "\n  ]\n}\n" if fates["gained"] or fates["lost"] else "]\n}\n"
    with console.open_output(None) as stream:
        stream.write(head)
        while piece := changes.read(_COPIED_CHARS):
            stream.write(piece)
        stream.write(tail)


def _print_limits(reevaluation: Reevaluation, *, is_applied: bool) -> None:
    """Echo what was written, and what a replay cannot know: only matched entries are stored, and long ones in part."""
    missing = "entries that matched no query are not stored, so they cannot be found"
    console.echo_error(f"{plural(reevaluation.looked_at, 'stored entry', 'stored entries')} compared: {missing}")
    if reevaluation.reclassified:
        mentions = plural(reevaluation.reclassified, "mention")
        console.echo_error(f"{mentions} of the same with another voice or subject")
    if reevaluation.left:
        mentions = plural(reevaluation.left, "mention")
        console.echo_error(f"{mentions} unchanged: only a part of the entry is stored, and the rest may decide")
    if is_applied:
        counts = reevaluation.recorded
        written = [(counts.hidden, "hidden"), (counts.shown, "shown again"), (counts.backlog, "from the backlog")]
        written += [(counts.updated, "updated")] if counts.updated else []
        console.echo_error(f"applied: {', '.join(f'{count} {words}' for count, words in written)}")
    elif reevaluation.reclassified or any(one for fate, one in reevaluation.fates.items() if fate != "same"):
        console.echo_error(f"`brandwatch replay {reevaluation.query.name} --yes`, or the next poll, applies it")


def _as_data(one: ReevaluatedEntry) -> dict[str, Any]:
    return {"change": one.fate, "title": one.entry.title, "url": one.entry.url, "reason": one.reason}
