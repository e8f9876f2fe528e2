"""Look at one story, and say what belongs to it: what you merge or split stays so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from brandwatch.cli.console import write_text
from brandwatch.cli.options import TextOrJson, is_json
from brandwatch.errors import UsageError
from brandwatch.text import plural

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from brandwatch.config.settings import Settings
    from brandwatch.models import Mention, Story, StoryDecision
    from brandwatch.storage import Store
    from brandwatch.stories import Heat


EPILOG = """[bold]Examples[/bold]

brandwatch report --stories               their numbers are in the first column

brandwatch story show 12

brandwatch story merge 12 14 19           12 takes over what is in 14 and 19, and what comes to be like it

brandwatch story split 12 101 102         mentions 101 and 102 are another story, and stay so
"""

app = typer.Typer(no_args_is_help=True, context_settings={"help_option_names": ["-h", "--help"]})

_Story = Annotated[int, typer.Argument(metavar="STORY", help="Its number in `report --stories`.")]


@app.command("show", epilog=EPILOG)
def show(context: typer.Context, number: _Story, *, form: TextOrJson = "text") -> None:
    """Print a story: its mentions, why each belongs to it, how far it has spread, and what makes it hot."""
    import json

    from brandwatch.storage import open_store
    from brandwatch.storage.stories import story_decisions, story_heat, story_mentions

    as_json = is_json(form)
    settings: Settings = context.find_root().obj
    with open_store(settings.db, create=False) as store:
        story = _stored(store, number)
        mentions, decisions, heat = (
            story_mentions(store, number),
            story_decisions(store, number),
            story_heat(store, number),
        )
    if as_json:
        write_text(json.dumps(_as_data(story, mentions, decisions, heat), ensure_ascii=False, indent=2))
    else:
        write_text("\n".join(_lines(story, mentions, decisions, heat)))


@app.command("merge", epilog=EPILOG)
def merge(
    context: typer.Context,
    number: _Story,
    others: Annotated[list[int], typer.Argument(metavar="STORY…", help="The stories that become part of it.")],
) -> None:
    """Make one story of several; what comes to be like any of them joins it from then on."""
    from brandwatch import clock
    from brandwatch.storage import open_store, poll_lock
    from brandwatch.storage.story_assignment import merge_stories

    settings: Settings = context.find_root().obj
    taken = [other for other in dict.fromkeys(others) if other != number]
    if not taken:
        raise UsageError(f"there is nothing to merge with story {number}", "name another story too")
    with open_store(settings.db, create=False) as store, poll_lock(settings.db):
        for one in (number, *taken):
            _stored(store, one)
        merge_stories(store, number, taken, clock.now())
        story = _stored(store, number)
    write_text(f"story {number} has {plural(story.mentions, 'mention')} from {plural(story.publishers, 'publisher')}")


@app.command("split", epilog=EPILOG)
def split(
    context: typer.Context,
    number: _Story,
    mention_ids: Annotated[list[int], typer.Argument(metavar="MENTION…", help="The mentions that are other news.")],
) -> None:
    """Take mentions out of a story and make them one of their own; what comes later goes where it is more like."""
    from brandwatch import clock
    from brandwatch.storage import open_store, poll_lock
    from brandwatch.storage.stories import story_mentions
    from brandwatch.storage.story_assignment import split_story

    settings: Settings = context.find_root().obj
    with open_store(settings.db, create=False) as store, poll_lock(settings.db):
        _stored(store, number)
        known = {mention.id for mention in story_mentions(store, number)}
        for mention in mention_ids:
            if mention not in known:
                raise UsageError(f"mention {mention} is not in story {number}", f"see `brandwatch story show {number}`")
        new = split_story(store, number, mention_ids, clock.now())
    if new is None:
        raise UsageError(f"that is all of story {number}", "leave a mention of another entry in it")
    write_text(f"story {new} has what was taken out of story {number}")


def _stored(store: Store, number: int) -> Story:
    """Return a story; raise UsageError where there is none, saying what became of it."""
    from brandwatch.storage.stories import story_by_id, story_decisions

    story = story_by_id(store, number)
    if story is None:
        merged = [decision.story for decision in story_decisions(store, number) if decision.other == number]
        hint = f"it is part of story {merged[-1]}" if merged else "`brandwatch report --stories` lists them"
        raise UsageError(f"there is no story {number}", hint)
    return story


def _lines(
    story: Story, mentions: tuple[Mention, ...], decisions: tuple[StoryDecision, ...], heat: Heat | None
) -> Iterator[str]:
    """Yield the story for a person."""
    from brandwatch import clock
    from brandwatch.reports import explanation
    from brandwatch.text.sanitise import one_line

    lead = story.lead.entry
    yield f"story {story.id}: {one_line(lead.title or lead.text[:80]) or '(no title)'}"
    yield f"  first seen {_local(story.first_seen)}, published {_local(story.earliest)} to {_local(story.latest)}"
    response = "unknown" if story.response is None else str(story.response)
    mentions_of = f"{plural(story.mentions, 'mention')} of {plural(story.entries, 'entry', 'entries')}"
    yield f"  {plural(story.publishers, 'publisher')}, {mentions_of}, response {response}"
    if heat:
        first, *others = explanation.heat_lines(heat, clock.now())
        yield f"heat {first}"
        yield from (f"  {line}" for line in others)
    yield "mentions"
    for mention in mentions:
        yield from _mention_lines(mention)
    if decisions:
        yield "by hand"
        yield from (f"  {_local(decision.at)}  {_told(decision, story)}" for decision in decisions)


def _mention_lines(mention: Mention) -> Iterator[str]:
    """Yield what a mention is, and why it belongs to the story."""
    from brandwatch.text.sanitise import one_line

    entry = mention.entry
    when = _local(entry.published or mention.found)
    title = one_line(entry.title or entry.text[:80]) or "(no title)"
    yield f"  {mention.id:>6}  {when}  {one_line(entry.publisher)}: {title}"
    reason = mention.story_reason or "the first of it"
    yield f"          {reason}; query {one_line(mention.query)}, voice {mention.voice}"


def _told(decision: StoryDecision, story: Story) -> str:
    """Return what somebody decided, as seen from a story."""
    from brandwatch.models import StoryEdit

    is_ours = decision.story == story.id
    if decision.edit is StoryEdit.MERGE:
        return f"took over story {decision.other}" if is_ours else f"became part of story {decision.story}"
    return f"gave mentions up to story {decision.other}" if is_ours else f"was taken out of story {decision.story}"


def _as_data(
    story: Story, mentions: tuple[Mention, ...], decisions: tuple[StoryDecision, ...], heat: Heat | None
) -> dict[str, Any]:
    """Return the story for a program."""
    from brandwatch import clock
    from brandwatch.reports import explanation
    from brandwatch.reports.columns import MENTIONS, stories_listing
    from brandwatch.reports.json import JSON_VERSION, row_as_data, utc

    now = clock.now()
    return {
        "version": JSON_VERSION,
        "story": row_as_data(stories_listing(now), story),
        "heat": explanation.heat_as_data(heat, now) if heat else None,
        "mentions": [row_as_data(MENTIONS, mention) for mention in mentions],
        "decisions": [
            {"at": utc(decision.at), "verb": decision.edit, "story": decision.story, "other": decision.other}
            for decision in decisions
        ],
    }


def _local(when: datetime) -> str:
    """Return a moment in local time."""
    return f"{when.astimezone():%Y-%m-%d %H:%M}"
