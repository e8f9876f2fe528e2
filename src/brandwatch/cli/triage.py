"""The command `triage`."""

from dataclasses import replace
from typing import Annotated

import typer

from brandwatch import clock
from brandwatch.cli import console, options, query_scope, triage_session
from brandwatch.cli.filters import Filters, matching_mentions, parse_statuses, parse_tags, with_filters
from brandwatch.config.settings import Settings
from brandwatch.errors import UsageError
from brandwatch.models import Selection, TriageChange, TriageOrigin
from brandwatch.storage import Store, open_store, triage
from brandwatch.storage.stored_names import stored_queries
from brandwatch.text import plural, sanitise

_DEFAULT_LIMIT = 1_000
_SIGINT_EXIT = 130  # 128 and the number of the signal, as in shells

EPILOG = """[bold]Examples[/bold]

brandwatch triage                                        new mentions, key by key; ? shows the keys

brandwatch triage --stories --since 7d --voice public    a whole story at a time, the hottest first

brandwatch triage --set relevant --tag prices 17 18

brandwatch triage --set irrelevant story:12              all mentions of a story

brandwatch triage --note "answered by mail" 17           an empty note removes it

brandwatch report --search kunstlag --format csv | brandwatch triage --set irrelevant -

brandwatch triage --undo                                 again for the step before
"""


@with_filters(
    "query since until voice subject lang status tag source search where limit",
    status=typer.Option(metavar="STATUS", help="Go through these; by default through new ones."),
    tag=typer.Option("--tagged", metavar="TAG", help="Only with this tag."),
    limit=typer.Option(min=0, metavar="N", help=f"At most this many, 0 for all; {_DEFAULT_LIMIT} by default."),
)
def command(
    context: typer.Context,
    ids: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ID…]", help="Numbers of mentions, story:12 for all of a story, - for standard input."),
    ] = None,
    *,
    decision: Annotated[
        str, typer.Option("--set", metavar="STATUS", help="new, relevant, irrelevant or done.", show_default=False)
    ] = "",
    added: Annotated[list[str] | None, typer.Option("--tag", metavar="TAG", help="Add this tag.")] = None,
    removed: Annotated[list[str] | None, typer.Option("--untag", metavar="TAG", help="Remove this tag.")] = None,
    note: Annotated[str | None, typer.Option(metavar="TEXT", help="Replace the note.")] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Undo the last decision.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")] = False,
    as_stories: Annotated[
        bool, typer.Option("--stories", help="Decide about whole stories at once, the hottest first.")
    ] = False,
    filters: Filters,
) -> None:
    """Decide by options if there are some, else at the keyboard."""
    settings: Settings = context.obj
    change = _change(decision, added, removed, note)
    if undo or ids or change or dry_run:
        if filters.has_any or as_stories:
            hint = (
                "to set a status, use --set; to decide about a selection: brandwatch report … | brandwatch triage … -"
            )
            raise UsageError("IDs cannot be combined with options that select mentions", hint)
        _decide_by_options(settings, ids or [], change, undo=undo, dry_run=dry_run)
    else:
        _decide_by_keys(settings, replace(filters, status=filters.status or ["new"]), by_story=as_stories)


def _change(decision: str, added: list[str] | None, removed: list[str] | None, note: str | None) -> TriageChange | None:
    """Return the change that the options mean, `None` for none; raise UsageError for an impossible one."""
    change = TriageChange(
        status=next(iter(parse_statuses([decision] if decision else None)), None),
        tags=parse_tags(added),
        untags=parse_tags(removed),
        note=None if note is None else sanitise.normalise_note(note),
    )
    if both := set(change.tags).intersection(change.untags):
        raise UsageError(f"“{min(both)}” is both added and removed", "leave one of the two out")
    return None if change == TriageChange() else change


def _decide_by_options(
    settings: Settings, written: list[str], change: TriageChange | None, *, undo: bool, dry_run: bool
) -> None:
    """Change all named mentions or none, or undo the last step; echo how many changed."""
    if undo and (written or change):
        raise UsageError("--undo takes no mentions and no decision", "leave the numbers and the other options out")
    if not undo and not (written and change):
        missing = "decision" if written else "mention"
        raise UsageError(f"no {missing} is given", "such as: brandwatch triage --set relevant 17 18")
    with open_store(settings.db, create=False) as store:
        ids = options.mention_ids(store, written)
        for tag in change.untags if change else ():
            options.require_known("tag", tag, triage.earlier_tags(store))
        with store.transaction(dry_run=dry_run):
            if undo:
                batch = triage.undo_step(store, TriageOrigin.OPTION, clock.now())
            else:
                states = triage.triage_states(store, ids)
                options.refuse_unknown(ids, states)
                changes = dict.fromkeys(states, change) if change else {}
                batch = triage.decide(store, changes, TriageOrigin.OPTION, clock.now())
    if settings.verbosity >= 0:
        if undo and not batch.number:
            console.echo_error("there is nothing to undo")
        else:
            verb = "would change" if dry_run else "changed"
            console.echo_error(f"{plural(len(batch.mentions), 'mention')} {verb}{' back' if undo else ''}")


def _decide_by_keys(settings: Settings, filters: Filters, *, by_story: bool) -> None:
    """Go through the selected mentions key by key; raise UsageError without a terminal."""
    selection = filters.selection()
    if not triage_session.has_keyboard():
        hint = "use options instead: brandwatch triage --set relevant 17 18, or - for numbers on standard input"
        raise UsageError("triage by keys needs a terminal", hint)
    with open_store(settings.db, create=False) as store:
        selection = query_scope.check_selection(store, settings, selection)
        queue = _queue(store, selection, filters, by_story=by_story)
        for remark in query_scope.scope_remarks(store, settings, selection):
            console.echo_error(remark)
        if not queue:
            console.echo_error("no mentions to decide about")
            return
        session = triage_session.TriageSession(store, queue, selection, by_story=by_story)
        try:
            session.run()
        except KeyboardInterrupt:
            raise typer.Exit(_SIGINT_EXIT) from None
        finally:
            console.echo_error(f"{plural(session.decided, 'decision')} stored; `triage --undo` undoes the last")


def _queue(store: Store, selection: Selection, filters: Filters, *, by_story: bool) -> list[int]:
    """Return the entries to go through, newest first; by story the first of each, hottest story first."""
    limit = _DEFAULT_LIMIT if filters.limit is None else filters.limit
    # An entry has at most one mention of each query.
    most = 0 if by_story else limit * len(stored_queries(store))
    selection = replace(selection, sort="heat" if by_story else selection.sort)
    first: dict[tuple[int | None, int], int] = {}
    for mention in matching_mentions(store, selection, filters.expression(), most):
        is_of_story = by_story and mention.story is not None
        first.setdefault((mention.story, 0) if is_of_story else (None, mention.entry_id), mention.entry_id)
        if len(first) == limit:
            break
    return list(first.values())
