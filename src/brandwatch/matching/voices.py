"""Official representatives, the voice of an entry, and its subject."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from brandwatch.config.query import TermKind
from brandwatch.matching import channels
from brandwatch.matching.channels import account_of_entry
from brandwatch.matching.names import name_grammar
from brandwatch.models import Evidence, EvidenceKind, Subject, Voice
from brandwatch.text.normalise import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from brandwatch.config.query import Account, Person, Query
    from brandwatch.matching.entry_text import EntryText, Span
    from brandwatch.matching.name_matches import NameMatch
    from brandwatch.matching.roles import BrandAnchor


LONG_ENTRY_WORDS = 300
"""From this many words on, a brand somewhere in the entry is no tie any more."""
NEAR_WORDS = 60
"""How many words a name may be away from the brand in a long entry."""


class PersonPattern(NamedTuple):
    """A person with the pattern of the full name."""

    person: Person
    pattern: re.Pattern[str]


class PersonMatch(NamedTuple):
    """A person in an entry: where, and how many words away from which anchor."""

    person: Person
    field: str
    start: int
    end: int
    distance: int
    anchor: NameMatch

    @property
    def is_tied(self) -> bool:
        """Say whether the brand is near enough."""
        return self.distance >= 0


def person_pattern(person: Person) -> PersonPattern:
    """Prepare a person to be looked for: the full name, blanks or hyphens between its parts, a genitive or none."""
    parts = re.split(r"[\s-]+", fold(person.name).folded.strip())
    name = r"[\s-]+".join(map(re.escape, parts))
    return PersonPattern(person, re.compile(rf"(?<!\w){name}{name_grammar().genitive}?(?!\w)"))


def find_people(
    people: Sequence[PersonPattern], anchors: Sequence[NameMatch], page: EntryText
) -> Iterator[PersonMatch]:
    """Yield each place where a person is named, with the distance to the nearest anchor, -1 where that is too far."""
    if not anchors or not people:
        return
    is_long = page.length > LONG_ENTRY_WORDS
    for person, pattern in people:
        for field, text in page.fields.items():
            for match in pattern.finditer(text.folded):
                distance, anchor = _nearest((field, *match.span()), anchors, page)
                is_tied = not is_long or distance <= NEAR_WORDS
                yield PersonMatch(person, field, match.start(), match.end(), distance if is_tied else -1, anchor)


def _nearest(place: Span, anchors: Sequence[NameMatch], page: EntryText) -> tuple[int, NameMatch]:
    """Return the anchor that is nearest to a place, and how many words lie between."""
    distances = [page.distance(place, (hit.field, hit.start, hit.end)) for hit in anchors]
    nearest = min(distances)
    return nearest, anchors[distances.index(nearest)]


def speaking_representative(
    people: Sequence[PersonPattern], anchors: Sequence[NameMatch], page: EntryText
) -> tuple[Person, Account | None] | None:
    """Return the person whose registered account, or whose byline, an entry that names the brand comes from."""
    entry = page.entry
    for person, pattern in people if anchors else ():
        if found := account_of_entry(person.accounts, entry):
            return person, found
        if entry.author and pattern.fullmatch(fold(entry.author).folded.strip()):
            return person, None
    return None


_CHANNELS = frozenset({TermKind.DOMAIN, TermKind.ACCOUNT, TermKind.HASHTAG})


def voice_of(
    query: Query,
    known: Sequence[PersonPattern],
    hits: Sequence[NameMatch],
    anchors: dict[str, list[BrandAnchor]],
    page: EntryText,
) -> tuple[Voice, Evidence | None]:
    """Return whose voice an entry is, and why: its domain, its account, its byline, or what the author says himself."""
    from brandwatch.matching.roles import declarations  # noqa: PLC0415 (as in judging)

    entry = page.entry
    if channel := channels.owned_channel(query.owned, entry):
        return Voice.OWNED, _whole(channel[0], "url", entry.url, channel[1], "")
    if speaker := speaking_representative(known, hits, page):
        person, account = speaker
        rule = f"account on {account.platform}" if account else "byline"
        note = f"{person.title or person.role} of {query.brand}"
        value = entry.author if account is None or entry.author else entry.url
        field = "author" if value == entry.author else "url"
        return Voice.OFFICIAL, _whole(person.name, field, value, rule, note)
    for field, places in anchors.items():
        for tie in declarations(page.fields[field], places):
            start, end = page.fields[field].span(tie.start, tie.end)
            said = Evidence(
                term=tie.words, field=field, start=start, end=end, rule="self-declaration", kind=EvidenceKind.VOICE
            )
            return Voice.STAFF, said
    return Voice.PUBLIC, None


def subject_of(evidence: Iterable[Evidence], hits: Iterable[NameMatch]) -> Subject:
    """Return whom an entry is about: a named representative, staff without names, only the channels, or the brand."""
    parts = {piece.kind for piece in evidence}
    if EvidenceKind.PERSON in parts:
        return Subject.OFFICIAL
    if EvidenceKind.ROLE in parts:
        return Subject.STAFF
    return Subject.OWNED if all(hit.alias.term.kind in _CHANNELS for hit in hits) else Subject.BRAND


def _whole(term: str, field: str, value: str, rule: str, note: str) -> Evidence:
    """Return evidence that covers a whole field."""
    return Evidence(term=term, field=field, start=0, end=len(value), rule=rule, kind=EvidenceKind.VOICE, note=note)
