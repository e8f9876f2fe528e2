"""Whose voice an entry has: its channels, its official representatives, the words of its author; and its subject."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from brandwatch import urls
from brandwatch.config.query import Account, OwnedChannels, Person, Query, TermKind
from brandwatch.matching import declarations
from brandwatch.matching.names import name_grammar
from brandwatch.models import Entry, Evidence, EvidenceKind, Subject, Voice
from brandwatch.text import authors
from brandwatch.text.normalise import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from brandwatch.matching.entry_text import EntryText
    from brandwatch.matching.name_search import NameMatch
    from brandwatch.matching.surroundings import RolePhrases


SOCIAL_SOURCE_KINDS = frozenset(
    "mastodon bluesky lemmy hackernews reddit reddit-feed x lobsters discourse nodebb youtube youtube-comments "
    "youtube-search".split()
)
"""The kinds of source whose entries are posts and comments."""

LONG_ENTRY_WORDS = 300
"""In a longer entry, only a brand near the person ties."""
NEAR_WORDS = 60
"""The longest distance in words that ties a name to the brand in a long entry."""

_CHANNELS = frozenset({TermKind.DOMAIN, TermKind.ACCOUNT, TermKind.HASHTAG})


def account_hosts(account: Account) -> tuple[str, ...]:
    """Return the hosts of an account: those of its platform, or its own server."""
    own = account.handle.split("@")[1] if "@" in account.handle else account.platform
    return urls.platform_hosts(account.platform) or (urls.ascii_host(own),)


def is_social(url: str, kind: str) -> bool:
    """Whether an entry is a post or a comment rather than an article."""
    platform = urls.platform_of_link(url)
    is_on_platform = platform == "mastodon" or bool(urls.platform_hosts(platform))
    return kind in SOCIAL_SOURCE_KINDS or is_on_platform or urls.is_comment(urlsplit(url).fragment)


def posting_account(accounts: Sequence[Account], entry: Entry) -> Account | None:
    """Return the one of *accounts* that posted an entry, by its link, or by its author on the same platform.

    The platform of an account may also be the host of a forum.
    """
    if not accounts:
        return None
    poster, platform = urls.account_of_link(entry.url), urls.platform_of_link(entry.url)
    author = _handle_in_ascii(entry.author.strip().removeprefix("@"))
    for account in accounts:
        handle, account_platform = _handle_in_ascii(account.handle), urls.ascii_host(account.platform)
        if poster == (account_platform, handle):
            return account
        spellings = {handle, handle.split("@")[0], handle.split("/")[-1]}
        if author and platform == account_platform and author in spellings:
            return account
    return None


def _handle_in_ascii(handle: str) -> str:
    """Return a handle in small letters, with its server as the network spells it."""
    name, at, server = handle.lower().rpartition("@")
    return f"{name}{at}{urls.ascii_host(server)}" if at else server


class OwnedChannelIndex:
    """The owned channels of many queries, by the hosts and platforms that entries come from."""

    def __init__(self, queries: Iterable[Query]) -> None:
        self._domains: defaultdict[str, set[int]] = defaultdict(set)
        self._platforms: defaultdict[str, set[int]] = defaultdict(set)
        for number, query in enumerate(queries):
            for domain in query.owned.domains:
                self._domains[urls.host(domain)].add(number)
            for account in query.owned.accounts:
                self._platforms[urls.ascii_host(account.platform)].add(number)

    def queries_of(self, entry: Entry) -> set[int]:
        """Return the numbers of the queries whose channels the entry may come from or link to."""
        numbers: set[int] = set()
        if self._domains:
            for link in (entry.url, *entry.links):
                for domain in _domains(urls.host(link)):
                    numbers |= self._domains.get(domain, set())
        if self._platforms and entry.url:
            numbers |= self._platforms.get(urls.platform_of_link(entry.url), set())
        return numbers


def owned_channel(owned: OwnedChannels, entry: Entry) -> tuple[str, str] | None:
    """Return (channel, rule) of an entry from an owned domain or account, `None` for any other."""
    for domain in owned.domains:
        if is_on_site(entry.url, domain):
            return domain, "owned domain"
    account = posting_account(owned.accounts, entry)
    return (account.handle, f"owned account on {account.platform}") if account else None


def links_to_owned(owned: OwnedChannels, entry: Entry) -> Iterator[Evidence]:
    """Yield evidence for the first link of an entry to each owned domain."""
    for domain in owned.domains:
        link = next((link for link in entry.links if is_on_site(link, domain)), None)
        if link is not None:
            yield Evidence(term=domain, field="links", start=0, end=len(link), rule="link", note=link)


def is_on_site(url: str, site: str) -> bool:
    """Whether a link leads to a site or to a part of it."""
    return bool(url) and urls.host(site) in _domains(urls.host(url))


def _domains(host: str) -> list[str]:
    """Return a host and all domains it is part of."""
    labels = host.split(".")
    return [".".join(labels[start:]) for start in range(len(labels))] if host else []


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
    if channel := owned_channel(query.owned, entry):
        return Voice.OWNED, _whole_field(channel[0], "url", entry.url, channel[1], "")
    if speaker := _speaking_representative(people, names, text):
        person, account, (start, end) = speaker
        rule = f"account on {account.platform}" if account else "byline"
        note = f"{person.title or person.role} of {query.brand}"
        if account and not entry.author:
            return Voice.OFFICIAL, _whole_field(person.name, "url", entry.url, rule, note)
        kind = EvidenceKind.VOICE
        return Voice.OFFICIAL, Evidence(
            term=person.name, field="author", start=start, end=end, rule=rule, kind=kind, note=note
        )
    for field, around in phrases.items():
        folded = text.fields[field]
        for tie in declarations.find_declarations(folded, around):
            name, start, end = text.span(field, tie.start, tie.end)
            kind, rule = EvidenceKind.VOICE, "self-declaration"
            return Voice.STAFF, Evidence(term=tie.words, field=name, start=start, end=end, rule=rule, kind=kind)
    return Voice.PUBLIC, None


def _speaking_representative(
    people: Sequence[PersonPattern], names: Sequence[NameMatch], text: EntryText
) -> tuple[Person, Account | None, tuple[int, int]] | None:
    """Return the person whose registered account, or whose byline, an entry that names the brand comes from.

    With the place of the name in the author, who may be one of several.
    """
    entry = text.entry
    whole = (0, len(entry.author))
    bylines = (whole, *authors.split_author(entry.author)) if people and names and entry.author else ()
    for person, pattern in people if names else ():
        if account := posting_account(person.accounts, entry):
            return person, account, whole
        for start, end in bylines:
            if pattern.fullmatch(fold(entry.author[start:end]).folded.strip()):
                return person, None, (start, end)
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
