"""A mention on the screen while somebody decides about it: what, where, how it is answered, and why it is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brandwatch.text.numbers import counted
from brandwatch.text.safe import steady

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.text import Text

    from brandwatch.models import Mention, Story

_BEFORE, _PASSAGE = 120, 400
_REASONS = 3


def card(mention: Mention, story: Story | None, place: str, scope: int) -> Iterator[Text]:
    """Yield the lines of a mention; *place* is which of how many, *scope* how many mentions are decided at once."""
    from rich.text import Text

    from brandwatch.cli.show import marked

    entry = mention.entry
    yield Text(f"\n{place}  {steady(mention.query)}, {mention.voice}, about {mention.subject}", style="dim")
    title = _flat(marked(mention, "title"))
    title.stylize("bold")
    yield title
    yield Text(" · ".join(filter(None, _facts(mention, story))))
    if entry.text:
        yield _passage(marked(mention, "text"))
    yield Text(f"why: {'; '.join(_reasons(mention))}", style="dim")
    if decided := _decided(mention):
        yield Text(decided)
    if entry.url:
        yield Text(entry.url, style="dim", overflow="fold")
    if scope > 1:
        yield Text(f"the next decision is about all {scope} mentions of its story", style="bold")


def _facts(mention: Mention, story: Story | None) -> Iterator[str]:
    """Yield who published it and when, how it was answered, and how hot its story is."""
    from brandwatch import clock

    entry = mention.entry
    yield steady(entry.publisher)
    yield f"{'' if entry.published else '~'}{(entry.published or mention.found).astimezone():%Y-%m-%d %H:%M}"
    yield "response unknown" if entry.response.total is None else f"response {entry.response.total}"
    if story:
        told = f"{counted(story.mentions, 'mention')}, {counted(story.publishers, 'publisher')}"
        yield f"heat {story.heat(clock.now()):.1f}"
        yield f"story {story.id} ({told})"


def _reasons(mention: Mention) -> Iterator[str]:
    """Yield the first pieces of evidence, each once."""
    told = dict.fromkeys(
        f"“{steady(piece.term)}” in the {piece.field} ({piece.rule})" if piece.field != "links" else piece.rule
        for piece in mention.evidence
    )
    yield from list(told)[:_REASONS]
    if len(told) > _REASONS:
        yield f"{len(told) - _REASONS} more"


def _decided(mention: Mention) -> str:
    """Return what was decided before, empty where nothing was."""
    from brandwatch.models import Status

    status = "" if mention.status is Status.NEW else f"status {mention.status}"
    tags = f"tags {', '.join(mention.tags)}" if mention.tags else ""
    note = f"note “{steady(mention.note)}”" if mention.note else ""
    return " · ".join(filter(None, (status, tags, note)))


def _passage(text: Text) -> Text:
    """Return the words around the first mark in a text, else its beginning."""
    first = min((span.start for span in text.spans), default=0)
    start = max(first - _BEFORE, 0)
    start = text.plain.find(" ", start, first) + 1 if start else 0
    cut = _flat(text[start : start + _PASSAGE])
    if start:
        cut = type(text)("…").append_text(cut)
    return cut.append("…") if start + _PASSAGE < len(text) else cut


def _flat(text: Text) -> Text:
    """Return a text on one line."""
    return type(text)(" ").join(text.split("\n"))
