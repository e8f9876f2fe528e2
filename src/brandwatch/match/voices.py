"""Who speaks in an entry and whom it is about, told from the entry alone; else it is `public` and `brand`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brandwatch.match import channels, people
from brandwatch.models import Evidence, Part, Subject, TermKind, Voice

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from brandwatch.match.hits import Hit
    from brandwatch.match.page import Page
    from brandwatch.match.people import Known
    from brandwatch.match.roles import Anchor
    from brandwatch.models import Query

_CHANNELS = frozenset({TermKind.DOMAIN, TermKind.ACCOUNT, TermKind.HASHTAG})


def voice(
    query: Query, known: Sequence[Known], hits: Sequence[Hit], anchors: dict[str, list[Anchor]], page: Page
) -> tuple[Voice, Evidence | None]:
    """Return whose voice an entry is, and why: its domain, its account, its byline, or what the author says himself."""
    from brandwatch.match.roles import declarations  # noqa: PLC0415 (as in judging)

    entry = page.entry
    if channel := channels.speaking(query.owned, entry):
        return Voice.OWNED, _whole(channel[0], "url", entry.url, channel[1], "")
    if speaker := people.speaking(known, hits, page):
        person, account = speaker
        rule = f"account on {account.platform}" if account else "byline"
        note = f"{person.title or person.role} of {query.brand}"
        value = entry.author if account is None or entry.author else entry.url
        field = "author" if value == entry.author else "url"
        return Voice.OFFICIAL, _whole(person.name, field, value, rule, note)
    for field, places in anchors.items():
        for tie in declarations(page.fields[field], places):
            start, end = page.fields[field].span(tie.start, tie.end)
            said = Evidence(term=tie.words, field=field, start=start, end=end, rule="self-declaration", part=Part.VOICE)
            return Voice.STAFF, said
    return Voice.PUBLIC, None


def subject(evidence: Iterable[Evidence], hits: Iterable[Hit]) -> Subject:
    """Return whom an entry is about: a named representative, staff without names, only the channels, or the brand."""
    parts = {piece.part for piece in evidence}
    if Part.PERSON in parts:
        return Subject.OFFICIAL
    if Part.ROLE in parts:
        return Subject.STAFF
    return Subject.OWNED if all(hit.alias.term.kind in _CHANNELS for hit in hits) else Subject.BRAND


def _whole(term: str, field: str, value: str, rule: str, note: str) -> Evidence:
    """Return evidence that covers a whole field."""
    return Evidence(term=term, field=field, start=0, end=len(value), rule=rule, part=Part.VOICE, note=note)
