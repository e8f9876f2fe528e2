"""Which stored entries an edit of a query may concern: only these have to be evaluated again.

A name, a channel or an exclusion that was added or removed matters where an entry has it, and nowhere else. It is
looked for as an evaluation looks for it; most texts lack its letters of ASCII, which is found without folding them.
Every other edit concerns all entries.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Hashable
from typing import TYPE_CHECKING, TypeVar

import ahocorasick_rs

from brandwatch import urls
from brandwatch.config.query import Account, OwnedChannels, Placement, Query
from brandwatch.config.query_lists import QueryLists, query_lists
from brandwatch.matching import voices
from brandwatch.matching.entry_text import EntryText
from brandwatch.matching.matcher import PhraseMatcher, channel_terms
from brandwatch.matching.name_search import NameSearch
from brandwatch.matching.names import Alias, aliases
from brandwatch.text.ascii_letters import AsciiLetters
from brandwatch.text.lookalikes import LOOKALIKES
from brandwatch.text.normalise import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from brandwatch.models import Entry


_Member = TypeVar("_Member", bound=Hashable)

MIN_ASCII_LETTERS = 3
"""Fewer letters of ASCII stand in nearly every text."""

# What folding decodes: an entity, or a tag.
_CODES = re.compile(rb"&[#a-zA-Z][0-9a-zA-Z]{1,31};|</?[a-zA-Z]")
# Facts of the source that an entry came through first: another one may take its place.
_SOURCE_FACTS = re.compile(r"\b(?:source|kind)\s*:", re.IGNORECASE)


def _is_foreign(character: str) -> bool:
    """Whether no folding of a character has a letter of ASCII; a mark may belong to one, a look-alike become one."""
    if character in LOOKALIKES or unicodedata.combining(character):
        return False
    foldings = (character.lower(), unicodedata.normalize("NFKC", character), fold(character).folded)
    return not any(each.isascii() and each.isalnum() for folded in foldings for each in folded)


_LETTERS = AsciiLetters(b"abcdefghijklmnopqrstuvwxyz0123456789", _is_foreign)


class EditSearch:
    """The search for what an edit of a query has changed: *spellings*, *words* that exclude, *channels*, *sites*."""

    def __init__(
        self, spellings: Iterable[Alias], words: Sequence[str], channels: OwnedChannels, sites: Sequence[str]
    ) -> None:
        listed = list(spellings)
        self._channels, self._sites, self._words = channels, sites, words
        self._names, self._phrases = NameSearch(listed), PhraseMatcher(words)
        self._has_texts = bool(listed or words)
        self._handles = tuple(map(_handle_name, channels.accounts))
        hosts = map(urls.host, (*channels.domains, *sites))
        # In a link other letters are encoded: an empty part is in all.
        self._link_parts = (*hosts, *(name if name.isascii() else "" for name in self._handles))
        letters = {_ascii_letters(text) for text in (*(alias.text for alias in listed), *words)}
        is_clear = letters and min(map(len, letters)) >= MIN_ASCII_LETTERS
        self._automaton = ahocorasick_rs.BytesAhoCorasick(list(letters)) if is_clear else None

    def may_be_reason(self, reason: str) -> bool:
        """Whether an exclusion that was changed may be the *reason* why a mention is hidden."""
        return any(word in reason for word in self._words)

    def may_be_in(self, title: str, text: str) -> bool:
        """Whether something changed may stand in a title or text, by the letters of ASCII alone."""
        if not self._has_texts:
            return False
        if self._automaton is None:
            return True
        try:
            data = f"{title}\n{text}".encode()
        except UnicodeEncodeError:  # a lone surrogate
            return True
        if self._automaton.find_matches_as_indexes(_LETTERS.of(data)):
            return True
        return bool((b"&" in data or b"<" in data) and _CODES.search(data)) or not _LETTERS.are_all(data)

    def may_be_linked(self, url: str, links: str, author: str) -> bool:
        """Whether a link, or the author, may be of a channel or site that was changed, by their characters alone."""
        if not self._link_parts:
            return False
        if self._handles and any(name in author.lower() for name in self._handles):
            return True
        written = " ".join((url, *links.split("\n"))).lower()
        # In others a host or a handle may have another spelling.
        if not written.isascii() or not written.isprintable() or "%" in written or "+" in written:
            return True
        return any(part in written for part in self._link_parts)

    def concerns(self, entry: Entry) -> bool:
        """Whether an entry has something that was changed."""
        if self.may_be_linked(entry.url, "\n".join(entry.links), entry.author) and self._concerns_links(entry):
            return True
        if not self.may_be_in(entry.title, entry.text):
            return False
        text = EntryText(entry)
        return any(True for _ in self._names.find(text)) or any(True for _ in self._phrases.find(text.fields))

    def _concerns_links(self, entry: Entry) -> bool:
        if any(voices.is_on_site(entry.url, site) for site in self._sites):
            return True
        is_owned = voices.owned_channel(self._channels, entry) is not None
        return is_owned or any(True for _ in voices.links_to_owned(self._channels, entry))


def edit_search(before: QueryLists, query: Query) -> EditSearch | None:
    """Return the search for what an edit has changed; `None` if it concerns all entries.

    The edit made *query* of one with the lists *before*. If it changed nothing, nothing is found.
    """
    after = query_lists(query)
    is_listed = before.others == after.others and all(
        _has_same_order(one, other) for one, other in zip(_each(before), _each(after), strict=True)
    )
    if not is_listed or _reads_source(before, query):
        return None
    channels = OwnedChannels.model_construct(
        domains=_differences(before.domains, after.domains),
        accounts=_differences(before.accounts, after.accounts),
        hashtags=_differences(before.hashtags, after.hashtags),
    )
    terms = (*_differences(before.terms, after.terms), *channel_terms(channels))
    spellings = (alias for term in terms for alias in aliases(term, 0, query))
    return EditSearch(
        spellings, _differences(before.words, after.words), channels, _differences(before.sites, after.sites)
    )


def reads_language(query: Query) -> bool:
    """Whether results depend on the language of an entry, which may be declared otherwise than it is stored."""
    return bool(query.languages or query.match)


def _reads_source(before: QueryLists, query: Query) -> bool:
    """Whether results depend on the source that an entry came through first, and on its kind."""
    is_social = any(term.where is Placement.SOCIAL for term in (*before.terms, *query.all_terms()))
    return is_social or bool(_SOURCE_FACTS.search(query.match))


def _each(lists: QueryLists) -> Iterator[Sequence[Hashable]]:
    yield from (lists.terms, lists.domains, lists.accounts, lists.hashtags)
    yield from (lists.words, lists.sites)


def _has_same_order(before: Sequence[Hashable], after: Sequence[Hashable]) -> bool:
    """Whether the members that stay are in the same order: of several that match, the first may count."""
    changed = set(_differences(before, after))
    return [one for one in before if one not in changed] == [one for one in after if one not in changed]


def _differences(before: Sequence[_Member], after: Sequence[_Member]) -> tuple[_Member, ...]:
    """Return the members that were added or removed, once each."""
    counts, other_counts = Counter(before), Counter(after)
    return tuple(one for one in dict.fromkeys((*before, *after)) if counts[one] != other_counts[one])


def _handle_name(account: Account) -> str:
    """Return the part of a handle that every link and byline of the account has."""
    return account.handle.lower().partition("@")[0].rpartition("/")[2]


def _ascii_letters(text: str) -> bytes:
    return _LETTERS.of(fold(text).folded.encode("utf-8", "replace"))
