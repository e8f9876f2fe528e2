"""Where names stand in an entry, and whether each place counts: form, capitals, links, position, context."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from brandwatch.config.query import Placement, TermKind
from brandwatch.matching.names import inflected_form
from brandwatch.text.languages import capital_letters
from brandwatch.text.normalise import fold
from brandwatch.text.ordinary_words import is_listed, is_ordinary

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from brandwatch.matching.entry_text import EntryText
    from brandwatch.matching.name_finder import NameFinder
    from brandwatch.matching.names import Alias, InflectedForm
    from brandwatch.text.normalise import Folded


_TAG = re.compile(r"(?<!\w)([#@])(\w{2,})")
# A shorter name begins too many words: `#internasjonal` is not about Inter.
_SOLID_LETTERS = 5
_SHORT_STEM = 4
_TAGGED = {TermKind.ACCOUNT: "@", TermKind.HASHTAG: "#"}
_RULES = {TermKind.ACCOUNT: "handle", TermKind.HASHTAG: "hashtag", TermKind.DOMAIN: "domain"}
_TAG_GOES_ON = re.compile(r"\w")
_DOMAIN_BEFORE = re.compile(r"[\w-]$")
_DOMAIN_AFTER = re.compile(r"-?\w|\.\w")


@cache
def _seam() -> re.Pattern[str]:
    capitals = capital_letters()
    return re.compile(rf"(?<=[^\W\d_{capitals}])(?=[{capitals}])|(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])|_+")


class NameMatch(NamedTuple):
    """A name that counts: whose, in which field, over which characters, by which rule; *name* is the bare name."""

    alias: Alias
    field: str
    start: int
    end: int
    rule: str
    name: tuple[int, int]


class RejectedMatch(NamedTuple):
    """A name that stands there and does not count, with the reason."""

    alias: Alias
    field: str
    start: int
    end: int
    reason: str


class NameSearch:
    """The spellings of many queries, found in entries in one pass."""

    def __init__(self, aliases: Iterable[Alias], finder: type[NameFinder]) -> None:
        known = list(aliases)
        self._finder = finder(known)
        self._solid: defaultdict[str, list[Alias]] = defaultdict(list)
        for alias in known:
            solid = re.sub(r"[\W_]", "", alias.text)
            if len(solid) >= _SOLID_LETTERS:
                self._solid[solid].append(alias)

    def find(self, page: EntryText) -> Iterator[NameMatch | RejectedMatch]:
        """Yield every place in the page where a name stands, whether it counts or not."""
        for field, text in page.fields.items():
            for alias, start, end in self._finder.find(text):
                if place := _judged(alias, field, start, end, page):
                    yield place
            if "#" in text.folded or "@" in text.folded:
                yield from self._tagged(field, text)

    def _tagged(self, field: str, text: Folded) -> Iterator[NameMatch]:
        """Yield the names inside hashtags and handles: cut at their capitals, or begun by a name of some length."""
        for match in _TAG.finditer(text.plain):
            is_handle = match[1] == "@"
            for alias in self._inside(match[2]):
                start = text.folded.find(alias.text, match.start(), match.end())
                # A handle that only ends in the name (`@kari_acme`) is a person's.
                if alias.term.kind in _RULES or (is_handle and start != match.start(2)):
                    continue
                name = (start, start + len(alias.text)) if start >= 0 else match.span(2)
                yield NameMatch(alias, field, match.start(), match.end(), "handle" if is_handle else "hashtag", name)

    def _inside(self, tag: str) -> Iterator[Alias]:
        """Yield the names that a tag without its sign holds; a tag that is a name is found as a word."""
        pieces = fold(_seam().sub(" ", tag))
        if " " in pieces.folded:
            for alias, start, end in self._finder.find(pieces):
                if _is_cased(alias, pieces, start, end) and inflected_form(pieces.folded, start, end):
                    yield alias
        solid = tag.lower()
        for length in range(_SOLID_LETTERS, len(solid) + 1):
            for alias in self._solid.get(solid[:length], ()):
                if not alias.exact and (length < len(solid) or " " in alias.text) and not is_ordinary(solid, ()):
                    yield alias


def _judged(alias: Alias, field: str, start: int, end: int, page: EntryText) -> NameMatch | RejectedMatch | None:
    """Judge one place: what the word is, how it is written, where it stands; a piece of another word is nothing."""
    text = page.fields[field]
    if alias.term.kind in _RULES:
        return _judged_channel(alias, field, start, end, text)
    standing = inflected_form(text.folded, start, end, inflects=alias.inflects, closes=alias.closes)
    if standing is None:
        return None
    reason = _misspelled(alias, text, start, end, standing) or _misplaced(alias, field, standing, page)
    if reason:
        return RejectedMatch(alias, field, start, end, reason)
    rule = standing.rule if standing.rule != "exact" else alias.rule
    return NameMatch(alias, field, standing.start, standing.end, rule, (start, end))


def _judged_channel(alias: Alias, field: str, start: int, end: int, text: Folded) -> NameMatch | None:
    """Judge a domain, an account or a hashtag: each counts only as what it is."""
    sign = _TAGGED.get(alias.term.kind)
    after = text.folded[end : end + 2]
    if sign:
        is_tag = text.folded.startswith(sign, start - 1) if start else False
        is_alone = not _TAG_GOES_ON.match(after) and not (start > 1 and text.folded[start - 2].isalnum())
        return (
            NameMatch(alias, field, start - 1, end, _RULES[alias.term.kind], (start, end))
            if is_tag and is_alone
            else None
        )
    if _DOMAIN_BEFORE.search(text.folded, max(0, start - 1), start) or _DOMAIN_AFTER.match(after):
        return None
    return NameMatch(alias, field, start, end, _RULES[alias.term.kind], (start, end))


def _is_cased(alias: Alias, text: Folded, start: int, end: int) -> bool:
    """Say whether the capitals are those that must be there."""
    return not alias.exact or text.plain[start:end] == alias.exact


def _misspelled(alias: Alias, text: Folded, start: int, end: int, standing: InflectedForm) -> str:
    """Return why the word is another than the name, empty where it is the name."""
    if not _is_cased(alias, text, start, end):
        return f"it is written “{text.plain[start:end]}”, and its exact capitals count"
    if standing.rule == "closed":
        return _not_a_compound(alias, text, start, standing.end)
    return ""


def _not_a_compound(alias: Alias, text: Folded, start: int, end: int) -> str:
    """Return why a word that begins with the name is not built on it, empty where it is."""
    if is_ordinary(text.folded[start:end], ()):
        return f"“{text.plain[start:end]}” is an ordinary word"
    name = text.plain[start : start + len(alias.text)]
    if len(alias.text) <= _SHORT_STEM and not (name[:1].isupper() and name == (alias.exact or alias.term.text)):
        return "a name this short must have its capitals in a compound"
    return ""


def _misplaced(alias: Alias, field: str, standing: InflectedForm, page: EntryText) -> str:
    """Return why the place is not one where the name counts, empty where it is."""
    term = alias.term
    if page.is_in_link(field, standing.start, standing.end):
        return "it is a piece of a link or an address"
    if term.where is Placement.TITLE and field != "title":
        return "it counts only in a title"
    if term.where is Placement.SOCIAL and not page.is_social:
        return "it counts only in social posts"
    return _at_a_beginning(alias, field, standing, page) if page.is_first_word(field, standing.start) else ""


def _at_a_beginning(alias: Alias, field: str, standing: InflectedForm, page: EntryText) -> str:
    """Return why the first word of a sentence, which has its capital anyway, is not the name."""
    if alias.term.not_first_word:
        return "it is the first word of a sentence"
    # `Elles` (else) is no genitive of Elle, nor `Finns` (is there) of Finn.
    whole = page.fields[field].folded[standing.start : standing.end]
    if alias.exact and standing.rule == "genitive" and is_listed(whole, ()):
        return f"“{whole}” is an ordinary word, and it begins a sentence"
    return ""
