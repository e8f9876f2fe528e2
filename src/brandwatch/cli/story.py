"""The command `story`."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, NamedTuple

import typer

from brandwatch import clock
from brandwatch.cli import console, options
from brandwatch.errors import UsageError
from brandwatch.models import Mention, Story, StoryDecision, StoryEdit
from brandwatch.reports import columns, explanation
from brandwatch.reports.json import row_as_data, utc
from brandwatch.storage import Store, open_store, poll_lock, stories, story_assignment
from brandwatch.stories.heat import Heat
from brandwatch.text import plural, sanitise, titles

EPILOG = """[bold]Examples[/bold]

brandwatch report --stories               their numbers are in the first column

brandwatch story show 12

brandwatch story merge 12 14 19           12 takes over 14 and 19, and the mentions that will resemble them

brandwatch story split 12 101 102         mentions 101 and 102 become a story of their own
"""

app = typer.Typer(no_args_is_help=True, context_settings={"help_option_names": ["-h", "--help"]})

StoryId = Annotated[int, typer.Argument(metavar="STORY", help="Its number in `report --stories`.")]


class _ShownStory(NamedTuple):
    story: Story
    mentions: tuple[Mention, ...]
    decisions: tuple[StoryDecision, ...]
    heat: Heat | None


@app.command("show", epilog=EPILOG)
def show(context: typer.Context, number: StoryId, *, output_format: options.TextOrJson = "text") -> None:
    """Print a story: its mentions, why each belongs to it, how far it has spread, and its heat."""
    as_json = options.is_json(output_format)
    settings = options.settings_of(context)
    with open_store(settings.db, create=False) as store:
        shown = _ShownStory(
            _load(store, number),
            stories.story_mentions(store, number),
            stories.story_decisions(store, number),
            stories.story_heat(store, number),
        )
    if as_json:
        console.write_json(_as_data(shown))
    else:
        console.write_text("\n".join(_lines(shown)))


@app.command("merge", epilog=EPILOG)
def merge(
    context: typer.Context,
    number: StoryId,
    others: Annotated[list[int], typer.Argument(metavar="STORY…", help="The stories that become part of it.")],
) -> None:
    """Merge stories into one; mentions that will resemble any of them join it."""
    settings = options.settings_of(context)
    merged = [other for other in dict.fromkeys(others) if other != number]
    if not merged:
        raise UsageError(f"there is nothing to merge with story {number}", "name another story too")
    with open_store(settings.db, create=False) as store, poll_lock(settings.db):
        for story_id in (number, *merged):
            _load(store, story_id)
        story_assignment.merge_stories(store, number, merged, clock.now())
        story = _load(store, number)
    console.write_text(
        f"story {number} has {plural(story.mentions, 'mention')} from {plural(story.publishers, 'publisher')}"
    )


@app.command("split", epilog=EPILOG)
def split(
    context: typer.Context,
    number: StoryId,
    mention_ids: Annotated[list[int], typer.Argument(metavar="MENTION…", help="The mentions that are other news.")],
) -> None:
    """Split mentions off into a story of their own; later mentions join the one that they resemble more."""
    settings = options.settings_of(context)
    with open_store(settings.db, create=False) as store, poll_lock(settings.db):
        _load(store, number)
        known = {mention.id for mention in stories.story_mentions(store, number)}
        for mention in mention_ids:
            if mention not in known:
                raise UsageError(f"mention {mention} is not in story {number}", f"see `brandwatch story show {number}`")
        new = story_assignment.split_story(store, number, mention_ids, clock.now())
    if new is None:
        raise UsageError(f"that is all of story {number}", "leave a mention of another entry in it")
    console.write_text(f"story {new} has the mentions that were split from story {number}")


def _load(store: Store, number: int) -> Story:
    """Return a story; raise UsageError for an unknown one. The hint names the story that it was merged into."""
    story = stories.story_by_id(store, number)
    if story is None:
        decisions = stories.story_decisions(store, number)
        merged = [decision.story for decision in decisions if decision.other == number]
        hint = f"it is part of story {merged[-1]}" if merged else "`brandwatch report --stories` lists them"
        raise UsageError(f"there is no story {number}", hint)
    return story


def _lines(shown: _ShownStory) -> Iterator[str]:
    story, lead = shown.story, shown.story.lead.entry
    yield f"story {story.id}: {titles.shown_title(lead.title, lead.text)}"
    yield f"  first seen {_local(story.first_seen)}, published {_local(story.earliest)} to {_local(story.latest)}"
    response = "unknown" if story.response is None else str(story.response)
    mentions = f"{plural(len(shown.mentions), 'mention')} of {plural(story.entries, 'entry', 'entries')}"
    yield f"  {plural(story.publishers, 'publisher')}, {mentions}, response {response}"
    if shown.heat:
        first, *others = explanation.heat_lines(shown.heat, clock.now())
        yield f"heat {first}"
        yield from (f"  {line}" for line in others)
    yield "mentions"
    for mention in shown.mentions:
        yield from _mention_lines(mention)
    if shown.decisions:
        yield "by hand"
        yield from (f"  {_local(decision.at)}  {_decision(decision, story)}" for decision in shown.decisions)


def _mention_lines(mention: Mention) -> Iterator[str]:
    entry = mention.entry
    when = _local(entry.published or mention.found)
    title = titles.shown_title(entry.title, entry.text)
    yield f"  {mention.id:>6}  {when}  {sanitise.one_line(entry.publisher)}: {title}"
    reason = mention.story_reason or "the first of it"
    yield f"          {reason}; query {sanitise.one_line(mention.query)}, voice {mention.voice}"


def _decision(decision: StoryDecision, story: Story) -> str:
    """Return a decision in words, from the view of one of its two stories."""
    is_ours = decision.story == story.id
    if decision.edit is StoryEdit.MERGE:
        return f"took over story {decision.other}" if is_ours else f"became part of story {decision.story}"
    return f"gave mentions up to story {decision.other}" if is_ours else f"was split from story {decision.story}"


def _as_data(shown: _ShownStory) -> dict[str, Any]:
    now = clock.now()
    return {
        "story": row_as_data(columns.stories_listing(now), shown.story),
        "heat": explanation.heat_as_data(shown.heat, now) if shown.heat else None,
        "mentions": [row_as_data(columns.MENTIONS, mention) for mention in shown.mentions],
        "decisions": [
            {"at": utc(decision.at), "verb": decision.edit, "story": decision.story, "other": decision.other}
            for decision in shown.decisions
        ],
    }


def _local(when: datetime) -> str:
    return f"{when.astimezone():%Y-%m-%d %H:%M}"
