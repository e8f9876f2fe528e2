"""Decide about mentions, key by key or by options: status, tags, a note, of one or a whole story; and take it back."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer

from brandwatch.cli.console import echo_error
from brandwatch.cli.filters import (
    Languages,
    Queries,
    Search,
    Since,
    Sources,
    Subjects,
    Until,
    Voices,
    Where,
    build_selection,
)
from brandwatch.errors import UsageError
from brandwatch.text import plural

if TYPE_CHECKING:
    from brandwatch.config.settings import Settings
    from brandwatch.models import Selection, TriageBatch, TriageChange
    from brandwatch.query_language import Expression
    from brandwatch.storage import Store


_SITTING = 1_000
# 128 and the number of the signal, as shells say it.
_INTERRUPTED = 130

EPILOG = """[bold]Examples[/bold]

brandwatch triage                                        what is new, key by key; ? shows the keys

brandwatch triage --stories --since 7d --voice public    a whole story at a time, the hottest first

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
    queries: Queries = None,
    since: Since = "",
    until: Until = "",
    sources: Sources = None,
    search: Search = "",
    where: Where = "",
    statuses: Annotated[
        list[str] | None,
        typer.Option("--status", metavar="STATUS", help="Go through these; without it those that are new."),
    ] = None,
    voices: Voices = None,
    subjects: Subjects = None,
    languages: Languages = None,
    tagged: Annotated[list[str] | None, typer.Option("--tagged", metavar="TAG", help="Only with this tag.")] = None,
    as_stories: Annotated[
        bool, typer.Option("--stories", help="Decide about whole stories at once, the hottest first.")
    ] = False,
    limit: Annotated[int, typer.Option(min=0, metavar="N", help="At most this many, 0 for all.")] = _SITTING,
) -> None:
    """Decide by options where there are some, else at the keyboard."""
    settings: Settings = context.obj
    change = _change(status, tags, untags, note)
    selecting = any((queries, since, until, sources, search, where, statuses, voices, subjects, languages, tagged))
    if undo or ids or change or dry_run:
        if selecting or as_stories:
            raise UsageError("mentions are either named or selected", "pipe a report in: brandwatch report … | … -")
        _by_options(settings, ids or [], change, undo=undo, dry_run=dry_run)
        return
    selection = build_selection(
        queries=queries,
        since=since,
        until=until,
        sources=sources,
        search=search,
        statuses=statuses or ["new"],
        voices=voices,
        subjects=subjects,
        languages=languages,
        tags=tagged,
    )
    _at_the_keyboard(settings, selection, where, by_story=as_stories, most=limit)


def _by_options(settings: Settings, ids: list[str], change: TriageChange | None, *, undo: bool, dry_run: bool) -> None:
    """Change what is named, all of it or nothing, or take back the last step; say how much changed."""
    from brandwatch import clock
    from brandwatch.cli.ids import named_mentions
    from brandwatch.models import TriageOrigin
    from brandwatch.storage import open_store
    from brandwatch.storage.triage import undo_step

    if undo and (ids or change):
        raise UsageError("--undo takes back the last step and nothing else", "leave the numbers and the options out")
    if not undo and not (ids and change):
        missing = "what to decide" if ids else "which mentions"
        raise UsageError(f"say {missing}", "such as: brandwatch triage --set relevant 17 18")
    with open_store(settings.db, create=False) as store:
        named = named_mentions(store, ids)
        with store.transaction(dry_run=dry_run):
            step = undo_step(store, TriageOrigin.OPTION, clock.now()) if undo else _decide(store, named, change)
    if settings.verbosity >= 0:
        echo_error(_told(step, undo=undo, dry_run=dry_run))


def _at_the_keyboard(settings: Settings, selection: Selection, where: str, *, by_story: bool, most: int) -> None:
    """Go through the selected mentions key by key; raise UsageError where there is no terminal."""
    from brandwatch.cli import keyboard
    from brandwatch.cli.report import compiled
    from brandwatch.cli.triage_session import TriageSession
    from brandwatch.storage import open_store

    if not keyboard.is_available():
        hint = (
            "elsewhere options do the same: brandwatch triage --set relevant 17 18, or - for numbers on standard input"
        )
        raise UsageError("triage by keys needs a terminal", hint)
    expression = compiled(where)
    selection = replace(selection, prefilter=expression.prefilter() if expression else None)
    with open_store(settings.db, create=False) as store:
        queue = _queue(store, selection, expression, by_story=by_story, most=most)
        if not queue:
            echo_error("no mentions to decide about")
            return
        sitting = TriageSession(store, queue, selection.statuses, by_story=by_story)
        try:
            sitting.run()
        except KeyboardInterrupt:
            raise typer.Exit(_INTERRUPTED) from None
        finally:
            echo_error(f"{plural(sitting.decided, 'decision')} kept; `triage --undo` takes back the last")


def _queue(
    store: Store, selection: Selection, expression: Expression | None, *, by_story: bool, most: int
) -> list[int]:
    """Return the mentions to go through, the newest first; of each story and query one, the hottest story first."""
    from brandwatch.cli.report import matching

    if not by_story:
        return [mention.id for mention in islice(matching(store, selection, expression, most), most or None)]
    first: dict[tuple[int | None, str], int] = {}
    for mention in matching(store, replace(selection, sort="heat"), expression):
        first.setdefault((mention.story, mention.query), mention.id)
        if len(first) == most:
            break
    return list(first.values())


def _change(status: str, tags: list[str] | None, untags: list[str] | None, note: str | None) -> TriageChange | None:
    """Return what the options decide, `None` where they decide nothing; raise UsageError for what cannot be."""
    from brandwatch.cli.filters import parse_statuses, parse_tags
    from brandwatch.models import TriageChange
    from brandwatch.text.sanitise import normalise_note

    change = TriageChange(
        status=next(iter(parse_statuses([status] if status else None)), None),
        tags=parse_tags(tags),
        untags=parse_tags(untags),
        note=None if note is None else normalise_note(note),
    )
    if both := set(change.tags).intersection(change.untags):
        raise UsageError(f"“{min(both)}” is to be given and taken away", "leave one of the two out")
    return None if change == TriageChange() else change


def _decide(store: Store, named: list[int], change: TriageChange | None) -> TriageBatch:
    """Change all that is named; raise UsageError where some of it does not exist."""
    from brandwatch import clock
    from brandwatch.cli.ids import refuse_unknown
    from brandwatch.models import TriageOrigin
    from brandwatch.storage.triage import decide, triage_states

    states = triage_states(store, named)
    refuse_unknown(named, states)
    changes = dict.fromkeys(states, change) if change else {}
    return decide(store, changes, TriageOrigin.OPTION, clock.now())


def _told(step: TriageBatch, *, undo: bool, dry_run: bool) -> str:
    """Return in words what became of it."""
    if undo and not step.number:
        return "there is nothing to undo"
    changed = plural(len(step.mentions), "mention")
    if dry_run:
        return f"{changed} would change back" if undo else f"{changed} would change"
    return f"{changed} changed back" if undo else f"{changed} changed"
