"""Official representatives, the voice of an entry, and its subject."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from brandwatch.config.query import Account, Person, Query, TermKind
from brandwatch.matching import channels, declarations
from brandwatch.matching.names import name_grammar
from brandwatch.models import Evidence, EvidenceKind, Subject, Voice
from brandwatch.text.normalise import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from brandwatch.matching.entry_text import EntryText
    from brandwatch.matching.name_search import NameMatch
    from brandwatch.matching.surroundings import RolePhrases


LONG_ENTRY_WORDS = 300
"""In a longer entry, only a brand near the person ties."""
NEAR_WORDS = 60
"""The longest distance in words that ties a name to the brand in a long entry."""

_CHANNELS = frozenset({TermKind.DOMAIN, TermKind.ACCOUNT, TermKind.HASHTAG})


class PersonPattern(NamedTuple):
    """A person with the pattern of the full name."""

    person: Person
    pattern: re.Pattern[str]


class PersonMatch(NamedTuple):
    """A person in an entry, with the nearest anchor and its distance in words."""

    person: Person
    field: str
    start: int
    end: int
    distance: int
    anchor: NameMatch
    is_tied: bool


def person_pattern(person: Person) -> PersonPattern:
    """Return the pattern of a person's full name, blanks or hyphens between its parts, also in the genitive."""
    parts = re.split(r"[\s-]+", fold(person.name).folded.strip())
    name = r"[\s-]+".join(map(re.escape, parts))
    return PersonPattern(person, re.compile(rf"(?<!\w){name}{name_grammar().genitive}?(?!\w)"))


def find_people(
    people: Sequence[PersonPattern], anchors: Sequence[NameMatch], text: EntryText
) -> Iterator[PersonMatch]:
    """Yield each place where a person is named, with the nearest anchor; in a long entry only a near one ties."""
    if not anchors or not people:
        return
    is_long = text.length > LONG_ENTRY_WORDS
    for person, pattern in people:
        for field, folded in text.fields.items():
            for match in pattern.finditer(folded.folded):
                place = (field, *match.span())
                distances = [text.distance(place, (anchor.field, anchor.start, anchor.end)) for anchor in anchors]
                distance = min(distances)
                anchor = anchors[distances.index(distance)]
                is_tied = not is_long or distance <= NEAR_WORDS
                yield PersonMatch(person, *place, distance, anchor, is_tied)


def voice_of(
    query: Query,
    people: Sequence[PersonPattern],
    names: Sequence[NameMatch],
    phrases: dict[str, list[RolePhrases]],
    text: EntryText,
) -> tuple[Voice, Evidence | None]:
    """Return the voice of an entry, with evidence: its domain, its account, its byline, or a self-declaration."""
    entry = text.entry
    if channel := channels.owned_channel(query.owned, entry):
        return Voice.OWNED, _whole_field(channel[0], "url", entry.url, channel[1], "")
    if speaker := _speaking_representative(people, names, text):
        person, account = speaker
        rule = f"account on {account.platform}" if account else "byline"
        note = f"{person.title or person.role} of {query.brand}"
        field, value = ("author", entry.author) if entry.author or account is None else ("url", entry.url)
        return Voice.OFFICIAL, _whole_field(person.name, field, value, rule, note)
    for field, around in phrases.items():
        folded = text.fields[field]
        for tie in declarations.find_declarations(folded, around):
            start, end = folded.span(tie.start, tie.end)
            kind, rule = EvidenceKind.VOICE, "self-declaration"
            return Voice.STAFF, Evidence(term=tie.words, field=field, start=start, end=end, rule=rule, kind=kind)
    return Voice.PUBLIC, None


def _speaking_representative(
    people: Sequence[PersonPattern], names: Sequence[NameMatch], text: EntryText
) -> tuple[Person, Account | None] | None:
    """Return the person whose registered account, or whose byline, an entry that names the brand comes from."""
    entry = text.entry
    for person, pattern in people if names else ():
        if account := channels.posting_account(person.accounts, entry):
            return person, account
        if entry.author and pattern.fullmatch(fold(entry.author).folded.strip()):
            return person, None
    return None


def _whole_field(term: str, field: str, value: str, rule: str, note: str) -> Evidence:
    return Evidence(term=term, field=field, start=0, end=len(value), rule=rule, kind=EvidenceKind.VOICE, note=note)


def subject_of(evidence: Iterable[Evidence], names: Iterable[NameMatch]) -> Subject:
    """Return the subject of an entry: a named representative, staff without names, only the channels, or the brand."""
    kinds = {piece.kind for piece in evidence}
    if EvidenceKind.PERSON in kinds:
        return Subject.OFFICIAL
    if EvidenceKind.ROLE in kinds:
        return Subject.STAFF
    return Subject.OWNED if all(name.alias.term.kind in _CHANNELS for name in names) else Subject.BRAND
