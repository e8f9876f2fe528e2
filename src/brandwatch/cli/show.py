"""The command `show`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import typer

from brandwatch import urls
from brandwatch.cli import console, options, query_scope
from brandwatch.config.settings import Settings
from brandwatch.errors import UsageError
from brandwatch.models import Evidence, EvidenceKind, Mention, ResponseSnapshot, Revision, Sighting, TriageDecision
from brandwatch.reports import explanation
from brandwatch.reports.columns import MENTIONS, response_counts, shown_query
from brandwatch.reports.json import row_as_data
from brandwatch.reports.revisions import revision_lines, revisions_as_data
from brandwatch.storage import open_store, query_versions, responses, revisions, selections, stories, triage
from brandwatch.stories.heat import Heat
from brandwatch.text import local_minute, titles
from brandwatch.text.sanitise import clean, one_line

if TYPE_CHECKING:
    from rich.text import Text


EPILOG = """[bold]Examples[/bold]

brandwatch show 17

brandwatch show 17 --format json
"""


def command(
    context: typer.Context, mention_id: options.MentionId, *, output_format: options.TextOrJson = "text"
) -> None:
    """Print everything that is stored of a mention."""
    as_json = options.is_json(output_format)
    shown = load_mention(context.obj, mention_id)
    if as_json:
        console.write_json(_as_data(shown))
    else:
        _print(shown)


class ShownMention(NamedTuple):
    """A mention with its sightings, its revisions, its response over time, the heat of its story and its triage.

    *applied_version* is the version of its query by which it was last evaluated, if known.
    """

    mention: Mention
    sightings: tuple[Sighting, ...]
    revisions: tuple[Revision, ...]
    readings: tuple[ResponseSnapshot, ...]
    heat: Heat | None
    decisions: tuple[TriageDecision, ...]
    applied_version: str


def load_mention(settings: Settings, mention_id: int) -> ShownMention:
    """Return a mention and what belongs to it; raise UsageError for an unknown number."""
    with open_store(settings.db, create=False) as store:
        mention = selections.mention_by_id(store, mention_id)
        if mention is None:
            raise UsageError(f"there is no mention {mention_id}", "`brandwatch report` lists them with their numbers")
        return ShownMention(
            query_scope.mark_gone(store, settings, next(options.explain_hidden([mention], settings))),
            selections.mention_sightings(store, mention_id),
            revisions.mention_revisions(store, mention_id),
            responses.response_history(store, mention_id),
            stories.story_heat(store, mention.story) if mention.story else None,
            triage.mention_decisions(store, mention_id),
            query_versions.applied_versions(store).get(mention.query, ""),
        )


def _as_data(shown: ShownMention) -> dict[str, Any]:
    sightings = [
        {
            "source": sighting.source,
            "first_seen": sighting.first_seen.isoformat(),
            "last_seen": sighting.last_seen.isoformat(),
            "position": sighting.position,
        }
        for sighting in shown.sightings
    ]
    more = {
        "author": clean(shown.mention.entry.author),
        "sightings": sightings,
        "revisions": revisions_as_data(shown.revisions),
        "responses": explanation.readings_as_data(shown.readings),
        "decisions": explanation.decisions_as_data(shown.decisions),
    }
    return {"mention": row_as_data(MENTIONS, shown.mention) | more}


def _print(shown: ShownMention) -> None:
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    mention, readings = shown.mention, shown.readings
    screen = console.stdout_console()
    screen.print(highlight_evidence(mention, "title"), style="bold")
    facts = Table.grid(padding=(0, 2))
    for name, value in _facts(mention):
        facts.add_row(Text(name, style="dim"), Text(one_line(value), overflow="fold"))
    screen.print(Padding(facts, (1, 0)))
    if mention.entry.text:
        screen.print(highlight_evidence(mention, "text"))
    _print_section("why", (_evidence_line(mention, hit) for hit in mention.evidence))
    seen = (
        f"{local_minute(one.first_seen)} to {local_minute(one.last_seen)}  {one_line(urls.readable_link(one.source))}"
        for one in shown.sightings
    )
    _print_section("seen", seen)
    if shown.revisions:
        _print_section("versions", revision_lines(shown.revisions, mention.entry))
    if readings:
        first, last = local_minute(readings[0].at), local_minute(readings[-1].at)
        period = f"{first} to {last}" if last != first else first
        _print_section("answered", (period, *explanation.reading_lines(readings)))
    if shown.decisions:
        _print_section("decided", explanation.decision_lines(shown.decisions))


def _print_section(heading: str, lines: Iterable[str]) -> None:
    screen = console.stdout_console()
    screen.print(f"\n{heading}", style="dim")
    for line in lines:
        screen.print(f"  {line}")


def _evidence_line(mention: Mention, hit: Evidence) -> str:
    """Return the words of a hit, its rule and its place; words outside the stored text are not shown."""
    if hit.start == hit.end:
        place = one_line(": ".join(filter(None, (hit.place, hit.note))))
        return f"{hit.kind}: {one_line(hit.term)}, by the rule {hit.rule} ({place})"
    value = hit.note if hit.field == "links" else str(getattr(mention.entry, hit.attribute))
    words = value[hit.start : hit.end]
    if hit.field == "url":
        words = urls.readable_link(words)
    words = f"“{one_line(words)}” is {one_line(hit.term)}"
    return f"{hit.kind}: {words}, by the rule {hit.rule} ({hit.place} {hit.start}–{hit.end})"


def _facts(mention: Mention) -> Iterator[tuple[str, str]]:
    """Yield the known facts of a mention, by name."""
    entry = mention.entry
    response = [f"{count} {name}" for name, count in response_counts(entry.response).items() if count is not None]
    facts = {
        "id": str(mention.id),
        "query": shown_query(mention),
        "story": f"{mention.story}: {mention.story_reason or 'the first of it'}",
        "status": mention.status
        + (" (backlog: it was there before the first poll of its source or query)" if mention.backlog else ""),
        "tags": ", ".join(mention.tags),
        "note": mention.note,
        "link": urls.readable_link(entry.url),
        "publisher": entry.publisher,
        "author": entry.author,
        "text": f"{len(entry.text)} of {mention.whole_chars} characters are stored" if mention.whole_chars else "",
        "language": entry.language,
        "voice": mention.voice,
        "subject": mention.subject,
        "hidden": mention.suppressed,
        "published": local_minute(entry.published) or "unknown",
        "updated": local_minute(entry.updated),
        "found": local_minute(mention.found),
        "response": ", ".join(response) or "unknown",
    }
    yield from ((name, value) for name, value in facts.items() if value)


def highlight_evidence(mention: Mention, field: str) -> Text:
    """Return a field with the evidence reversed, or in guillemets on a terminal without styles.

    The title of an entry without one is the beginning of its text.
    """
    from rich.text import Text

    value, text, position = getattr(mention.entry, field), Text(overflow="fold"), 0
    if not value:
        return Text(titles.shown_title("", mention.entry.text), overflow="fold")
    opening, closing = ("", "") if console.stdout_console().color_system else ("«", "»")
    for hit in sorted(mention.evidence, key=lambda hit: hit.start):
        if hit.attribute == field and hit.kind is not EvidenceKind.VOICE and position <= hit.start:
            text.append(clean(value[position : hit.start]))
            text.append(f"{opening}{clean(value[hit.start : hit.end])}{closing}", style="bold reverse")
            position = hit.end
    text.append(clean(value[position:]))
    return text
