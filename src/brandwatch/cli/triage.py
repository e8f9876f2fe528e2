"""Decide about mentions, by numbers or a list on standard input: status, tags, a note; and take it back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from brandwatch.cli.screen import say
from brandwatch.errors import UsageError
from brandwatch.text.numbers import counted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brandwatch.cli.settings import Settings
    from brandwatch.models import Change, Standing, Step
    from brandwatch.store import Store

EPILOG = """[bold]Examples[/bold]

brandwatch triage --set relevant --tag prices 17 18

brandwatch triage --set irrelevant story:12              all mentions of a story

brandwatch triage --note "answered by mail" 17           an empty note takes it away

brandwatch report --search kunstlag --format csv | brandwatch triage --set irrelevant -

brandwatch triage --undo                                 again for the step before
"""


def command(
    context: typer.Context,
    ids: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ID…]", help="Numbers of mentions, story:12 for all of a story, - for standard input."),
    ] = None,
    *,
    status: Annotated[
        str, typer.Option("--set", metavar="STATUS", help="new, relevant, irrelevant or done.", show_default=False)
    ] = "",
    tags: Annotated[list[str] | None, typer.Option("--tag", metavar="TAG", help="Give this tag.")] = None,
    untags: Annotated[list[str] | None, typer.Option("--untag", metavar="TAG", help="Take this tag away.")] = None,
    note: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Write a note in the place of the one that is there.")
    ] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Take back what was decided last.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,
) -> None:
    """Change what is named, all of it or nothing, and say how much changed."""
    from brandwatch import clock
    from brandwatch.cli.ids import named_mentions
    from brandwatch.models import Via
    from brandwatch.store import open_store

    settings: Settings = context.obj
    change = _change(status, tags, untags, note)
    if undo and (ids or change):
        raise UsageError("--undo takes back the last step and nothing else", "leave the numbers and the options out")
    if not undo and not (ids and change):
        missing = "what to decide" if ids else "which mentions"
        raise UsageError(f"say {missing}", "such as: brandwatch triage --set relevant 17 18")
    with open_store(settings.db, create=False) as store:
        if undo:
            step = store.desk.undo(Via.OPTION, clock.now(), is_trial=dry_run)
        else:
            step = _decide(store, named_mentions(store, ids or []), change, is_trial=dry_run)
    if settings.verbosity >= 0:
        say(_told(step, undo=undo, dry_run=dry_run))


def _change(status: str, tags: list[str] | None, untags: list[str] | None, note: str | None) -> Change | None:
    """Return what the options decide, `None` where they decide nothing; raise UsageError for what cannot be."""
    from brandwatch.cli.selecting import known_statuses, known_tags
    from brandwatch.models import Change
    from brandwatch.text.remarks import normal_note

    change = Change(
        status=next(iter(known_statuses([status] if status else None)), None),
        tags=known_tags(tags),
        untags=known_tags(untags),
        note=None if note is None else normal_note(note),
    )
    if both := set(change.tags).intersection(change.untags):
        raise UsageError(f"“{min(both)}” is to be given and taken away", "leave one of the two out")
    return None if change == Change() else change


def _decide(store: Store, named: list[int], change: Change | None, *, is_trial: bool) -> Step:
    """Change all that is named; raise UsageError, and change nothing, where some of it does not exist."""
    from brandwatch import clock
    from brandwatch.cli.ids import refuse_unknown
    from brandwatch.models import Via

    def judge(standings: Mapping[int, Standing]) -> Mapping[int, Change]:
        refuse_unknown(named, standings)
        return dict.fromkeys(standings, change) if change else {}

    return store.desk.decide(named, judge, Via.OPTION, clock.now(), is_trial=is_trial)


def _told(step: Step, *, undo: bool, dry_run: bool) -> str:
    """Return in words what became of it."""
    if undo and not step.number:
        return "there is nothing to undo"
    changed = counted(len(step.mentions), "mention")
    if dry_run:
        return f"{changed} would change back" if undo else f"{changed} would change"
    return f"{changed} changed back" if undo else f"{changed} changed"
