"""Stories of a report: one line for the same news in many places, the hottest first."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from brandwatch.cli.console import echo_error, open_output
from brandwatch.errors import UsageError
from brandwatch.text import plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from brandwatch.models import Mention, Selection, Story
    from brandwatch.reports import Layout
    from brandwatch.storage import Store


_HOTTEST = 6
# To count the publishers of more takes longer than to read how many there are.
_COUNTED = 2_000


def write_stories(
    store: Store,
    selection: Selection,
    matching: Iterable[Mention] | None,
    *,
    sort: str,
    form: str,
    path: Path | None,
    layout: Layout,
    is_quiet: bool,
) -> str:
    """Write the stories of the selected mentions, or of those *matching*; say how many; return the first link."""
    from brandwatch.reports import FORMATS
    from brandwatch.reports.columns import stories_listing
    from brandwatch.storage.stories import select_stories

    counts = None if matching is None else Counter(mention.story or 0 for mention in matching)
    passed: list[Story] = []
    found = _passing(select_stories(store, selection, sort, counts), passed)
    with open_output(path) as stream:
        FORMATS[form](stories_listing(layout.generated), found, stream, layout)
        stream.flush()
    if not is_quiet:
        _conclude(store, passed, selection.limit)
    return next((story.lead.entry.url for story in passed if story.lead.entry.url), "")


def hottest_stories(store: Store, counts: Mapping[int, int]) -> list[Story]:
    """Return the hottest of the stories whose mentions are counted."""
    from brandwatch.models import Selection
    from brandwatch.storage.stories import select_stories

    return list(select_stories(store, Selection(limit=_HOTTEST), "heat", counts))


def refuse_options(*, sort: str, **options: object) -> None:
    """Raise UsageError for what there is not of stories: an order, hidden mentions, groups."""
    from brandwatch.storage.stories import STORY_ORDERS

    for name, value in options.items():
        if value:
            raise UsageError(f"--stories cannot be together with --{name.replace('_', '-')}")
    if sort not in STORY_ORDERS:
        raise UsageError(f"cannot sort stories by “{sort}”", f"use one of {', '.join(STORY_ORDERS)}")


def _passing(stories: Iterable[Story], passed: list[Story]) -> Iterator[Story]:
    """Yield the stories, and remember as many as are looked at again."""
    for story in stories:
        if len(passed) <= _COUNTED:
            passed.append(story)
        yield story


def _conclude(store: Store, passed: list[Story], limit: int) -> None:
    """Say how many stories, mentions and publishers there are, as far as they are few enough to be counted."""
    from brandwatch.storage.stories import count_story_publishers

    if not passed:
        echo_error("no stories")
    elif len(passed) <= _COUNTED:
        mentions = plural(sum(story.mentions for story in passed), "mention")
        publishers = plural(count_story_publishers(store, [story.id for story in passed]), "publisher")
        more = "; --limit 0 shows all there are" if len(passed) == limit else ""
        echo_error(f"{plural(len(passed), 'story', 'stories')}: {mentions}, {publishers}{more}")
