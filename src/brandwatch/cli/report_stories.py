"""Stories of a report: one line for the same news in many places, the hottest first."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from brandwatch.cli.console import echo_error, new_table, open_output, print_table, terminal_width
from brandwatch.errors import UsageError
from brandwatch.text import plural

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path
    from typing import TextIO

    from rich.text import Text

    from brandwatch.models import Mention, Selection, Story
    from brandwatch.reports import Layout
    from brandwatch.storage import Store


_NARROW, _WIDE = 80, 100
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
    from brandwatch.reports.stories import STORY_FORMATS
    from brandwatch.storage.stories import select_stories

    counts = None if matching is None else Counter(mention.story or 0 for mention in matching)
    passed: list[Story] = []
    found = _passing(select_stories(store, selection, sort, counts), passed)
    with open_output(path) as stream:
        if form == "table":
            _write_table(found, stream, layout)
        else:
            STORY_FORMATS[form](found, stream, layout)
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


def _write_table(stories: Iterable[Story], stream: TextIO, layout: Layout) -> None:
    """Write a table; a narrow screen goes without the columns that say least."""
    from rich.text import Text

    from brandwatch.text.sanitise import fixed_width_line, one_line

    line = fixed_width_line if stream.isatty() else one_line
    table = new_table()
    table.add_column("story", justify="right", no_wrap=True, style="dim")
    table.add_column("first seen", no_wrap=True)
    numbers = _shown(terminal_width() if stream.isatty() else _WIDE)
    for name in numbers:
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("lead", overflow="fold")
    for story in stories:
        shown = _numbers(story, layout)
        cells = [str(story.id), _when(story, layout), *(shown[name] for name in numbers)]
        table.add_row(*map(Text, cells), _lead(story, line))
    print_table(table, stream)


def _shown(width: int) -> list[str]:
    """Return the columns of numbers that a screen of so many cells has room for."""
    wanted = {"spread": 0, "mentions": _WIDE, "response": _NARROW, "heat": 0}
    return [name for name, least in wanted.items() if width >= least]


def _numbers(story: Story, layout: Layout) -> dict[str, str]:
    """Return the numbers of a story, by the names of their columns; unknown is not zero."""
    return {
        "spread": str(story.publishers),
        "mentions": str(story.mentions),
        "response": "–" if story.response is None else str(story.response),
        "heat": f"{story.heat(layout.generated):.1f}",
    }


def _when(story: Story, layout: Layout) -> str:
    """Return when a story was first seen in local time, shorter for this year."""
    moment = story.first_seen.astimezone()
    is_this_year = moment.year == layout.generated.astimezone().year
    return f"{moment:%m-%d %H:%M}" if is_this_year else f"{moment:%Y-%m-%d}"


def _lead(story: Story, line: Callable[[str], str]) -> Text:
    """Return the title of the lead, with the brand marked, and who published it."""
    from brandwatch.reports.table import highlighted_title

    text = highlighted_title(story.lead, line)
    publisher = line(story.lead.entry.publisher)
    return text.append(f"  {publisher}", style="dim") if publisher else text
