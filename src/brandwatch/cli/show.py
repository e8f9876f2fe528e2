"""Show one mention whole: its text, why it is a mention, where and when it was seen, how it was answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from brandwatch.cli.options import TextOrJson, is_json
from brandwatch.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from rich.text import Text

    from brandwatch.config.settings import Settings
    from brandwatch.models import Evidence, Mention, ResponseSnapshot, Sighting, TriageDecision
    from brandwatch.stories import Heat


EPILOG = """[bold]Examples[/bold]

brandwatch show 17

brandwatch show 17 --format json
"""


def command(
    context: typer.Context,
    mention_id: Annotated[int, typer.Argument(metavar="ID", help="The number in the first column of a report.")],
    *,
    form: TextOrJson = "text",
) -> None:
    """Look the mention up and print it."""
    from brandwatch.cli.console import open_output

    as_json = is_json(form)
    stored = load_mention(context.obj, mention_id)
    with open_output(None) as stream:
        if as_json:
            stream.write(_as_json(stored))
        else:
            _print(stored)


class ShownMention(NamedTuple):
    """A mention, where it was seen, how it was answered over time, what makes its story hot, what was decided."""

    mention: Mention
    sightings: tuple[Sighting, ...]
    readings: tuple[ResponseSnapshot, ...]
    heat: Heat | None
    decisions: tuple[TriageDecision, ...]


def load_mention(settings: Settings, mention_id: int) -> ShownMention:
    """Return all that is kept of a mention; raise UsageError where there is none of that number."""
    from brandwatch.storage import open_store
    from brandwatch.storage.responses import response_history
    from brandwatch.storage.selections import mention_by_id, mention_sightings
    from brandwatch.storage.stories import story_heat
    from brandwatch.storage.triage import mention_decisions

    with open_store(settings.db, create=False) as store:
        mention = mention_by_id(store, mention_id)
        sightings, readings = mention_sightings(store, mention_id), response_history(store, mention_id)
        heat = story_heat(store, mention.story) if mention and mention.story else None
        decisions = mention_decisions(store, mention_id)
    if mention is None:
        raise UsageError(f"there is no mention {mention_id}", "`brandwatch report` lists them with their numbers")
    return ShownMention(mention, sightings, readings, heat, decisions)


def _as_json(stored: ShownMention) -> str:
    """Return the mention, its sightings and its responses for a program."""
    import json

    from brandwatch.reports import explanation, response_history
    from brandwatch.reports.columns import MENTIONS
    from brandwatch.reports.json import JSON_VERSION, row_as_data
    from brandwatch.text.sanitise import clean

    seen = [
        {
            "source": sighting.source,
            "first_seen": sighting.first_seen.isoformat(),
            "last_seen": sighting.last_seen.isoformat(),
            "position": sighting.position,
        }
        for sighting in stored.sightings
    ]
    more = {
        "author": clean(stored.mention.entry.author),
        "sightings": seen,
        "responses": response_history.readings_as_data(stored.readings),
        "decisions": explanation.decisions_as_data(stored.decisions),
    }
    data = {"version": JSON_VERSION, "mention": row_as_data(MENTIONS, stored.mention) | more}
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


def _print(stored: ShownMention) -> None:
    """Print the mention for a person."""
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    from brandwatch.cli.console import stdout_console
    from brandwatch.text.sanitise import one_line

    mention = stored.mention
    console = stdout_console()
    console.print(highlight_evidence(mention, "title"), style="bold")
    facts = Table.grid(padding=(0, 2))
    for name, value in _facts(mention):
        facts.add_row(Text(name, style="dim"), Text(one_line(value), overflow="fold"))
    console.print(Padding(facts, (1, 0)))
    if mention.entry.text:
        console.print(highlight_evidence(mention, "text"))
    console.print(Text("\nwhy", style="dim"))
    for piece in mention.evidence:
        console.print(Text(f"  {piece.kind}: {_found(mention, piece)}, by the rule {piece.rule} {_place(piece)}"))
    console.print(Text("\nseen", style="dim"))
    for sighting in stored.sightings:
        console.print(
            Text(f"  {_local(sighting.first_seen)} to {_local(sighting.last_seen)}  {one_line(sighting.source)}")
        )
    _print_readings(stored.readings)
    _print_decisions(stored.decisions)


def _found(mention: Mention, piece: Evidence) -> str:
    """Return the words that were found and what they are; what is not kept of an entry shows no words."""
    from brandwatch.text.sanitise import one_line

    if piece.start == piece.end:
        return one_line(piece.term)
    value = piece.note if piece.field == "links" else str(getattr(mention.entry, piece.field))
    return f"“{one_line(value[piece.start : piece.end])}” is {one_line(piece.term)}"


def _place(piece: Evidence) -> str:
    """Return where it was found."""
    from brandwatch.text.sanitise import one_line

    if piece.start < piece.end:
        return f"({piece.field} {piece.start}–{piece.end})"
    return f"({one_line(': '.join(filter(None, (piece.field, piece.note))))})"


def _print_readings(readings: tuple[ResponseSnapshot, ...]) -> None:
    """Print how the mention was answered over time, if anybody counted."""
    from rich.text import Text

    from brandwatch.cli.console import stdout_console
    from brandwatch.reports.response_history import reading_lines

    if not readings:
        return
    console = stdout_console()
    first, last = _local(readings[0].at), _local(readings[-1].at)
    console.print(Text("\nanswered", style="dim"))
    console.print(Text(f"  {first} to {last}" if last != first else f"  {first}"))
    for line in reading_lines(readings):
        console.print(Text(f"  {line}"))


def _print_decisions(decisions: tuple[TriageDecision, ...]) -> None:
    """Print what analysts have decided of the mention, if they have."""
    from rich.text import Text

    from brandwatch.cli.console import stdout_console
    from brandwatch.reports.explanation import decision_lines

    console = stdout_console()
    for number, line in enumerate(decision_lines(decisions)):
        if not number:
            console.print(Text("\ndecided", style="dim"))
        console.print(Text(f"  {line}"))


def _facts(mention: Mention) -> Iterator[tuple[str, str]]:
    """Yield what is known of the mention, by name."""
    from brandwatch.reports.columns import response_counts

    entry = mention.entry
    response = [f"{count} {name}" for name, count in response_counts(entry.response).items() if count is not None]
    facts = {
        "id": str(mention.id),
        "query": mention.query,
        "story": f"{mention.story}: {mention.story_reason or 'the first of it'}",
        "status": mention.status + (" (backlog: there before the first poll)" if mention.backlog else ""),
        "tags": ", ".join(mention.tags),
        "note": mention.note,
        "link": entry.url,
        "publisher": entry.publisher,
        "author": entry.author,
        "text": f"{len(entry.text)} of {mention.whole_chars} characters are kept" if mention.whole_chars else "",
        "language": entry.language,
        "voice": mention.voice,
        "subject": mention.subject,
        "hidden": mention.suppressed,
        "published": _local(entry.published) or "unknown",
        "updated": _local(entry.updated),
        "found": _local(mention.found),
        "response": ", ".join(response) or "unknown",
    }
    yield from ((name, value) for name, value in facts.items() if value)


def highlight_evidence(mention: Mention, field: str) -> Text:
    """Return a field with the words that made it a mention reversed, or in guillemets where nothing can show that."""
    from rich.text import Text

    from brandwatch.cli.console import stdout_console
    from brandwatch.models import EvidenceKind
    from brandwatch.text.sanitise import clean

    value, text, position = getattr(mention.entry, field), Text(overflow="fold"), 0
    opening, closing = ("", "") if stdout_console().color_system else ("«", "»")
    for piece in sorted(mention.evidence, key=lambda piece: piece.start):
        if piece.field == field and piece.kind is not EvidenceKind.VOICE and position <= piece.start:
            text.append(clean(value[position : piece.start]))
            text.append(f"{opening}{clean(value[piece.start : piece.end])}{closing}", style="bold reverse")
            position = piece.end
    text.append(clean(value[position:]))
    return text if text.plain else Text("(no title)")


def _local(when: datetime | None) -> str:
    """Return a moment in local time."""
    return f"{when.astimezone():%Y-%m-%d %H:%M %z}" if when else ""
