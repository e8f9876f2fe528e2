"""Find where names stand in an entry, and whether each place counts: form, capitals, links, position.

`NameFinder` looks for the spellings of all queries in one pass; `NameSearch` judges each place that it yields.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import ahocorasick_rs

from brandwatch.config.query import LetterCase, Placement, TermKind
from brandwatch.matching.names import Alias, InflectedForm, inflected_form, name_grammar
from brandwatch.text import languages, normalise

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from brandwatch.matching.entry_text import EntryText


# A shorter name begins too many words: `#internasjonal` is not about Inter.
MIN_TAG_PREFIX_LETTERS = 5
# A name this short must have its capitals to begin a solid compound.
MAX_CAPITALS_STEM_LETTERS = 4

_TAG = re.compile(r"(?<!\w)([#@])(\w{2,})")
_SIGNS = {TermKind.ACCOUNT: "@", TermKind.HASHTAG: "#"}
_CHANNEL_RULES = {TermKind.ACCOUNT: "handle", TermKind.HASHTAG: "hashtag", TermKind.DOMAIN: "domain"}
_TAG_GOES_ON = re.compile(r"\w")
_DOMAIN_BEFORE = re.compile(r"[\w-]$")
_DOMAIN_AFTER = re.compile(r"-?\w|\.\w")
# A token is a link by its scheme, by `www.`, as a mail address, or by an ending that is a common top-level domain.
_TOP_LEVEL = (
    "no|se|dk|fi|de|is|uk|eu|com|org|net|io|info|biz|ai|app|dev|co|me|nu|tv|xyz|cloud|tech|shop|news|blog|gov|edu|"
    "example"
)
_LINK = re.compile(
    r"(?:https?://|www\.)\S+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    rf"|(?<![\w.@/-])[\w-]+(?:\.[\w-]+)*\.(?:{_TOP_LEVEL})(?![\w-])(?:[/:?#]\S*)?"
)
_WORD_BEFORE = re.compile(r"(?<!\w)(\w+) \"?$")
_MAX_WORD_CHARS = 40
_LINK_SIGNS = re.compile(r"[.@]\w")


class NameFinder:
    """An automaton of all aliases; its cost does not grow with their number."""

    def __init__(self, aliases: Iterable[Alias]) -> None:
        by_text: defaultdict[str, list[Alias]] = defaultdict(list)
        for alias in aliases:
            by_text[alias.text].append(alias)
        self._aliases = list(by_text.values())
        self._automaton = ahocorasick_rs.AhoCorasick(list(by_text))

    def find(self, text: normalise.Folded) -> Iterator[tuple[Alias, int, int]]:
        """Yield (alias, start, end) for each place in *text* where an alias is written, right edge not yet checked."""
        folded = text.folded
        for number, start, end in self._automaton.find_matches_as_indexes(folded, overlapping=True):
            if not start or not folded[start - 1].isalnum():
                for alias in self._aliases[number]:
                    yield alias, start, end


class NameMatch(NamedTuple):
    """A name that counts, over the characters [*start*, *end*) of a field; *name* is the span of the bare name."""

    alias: Alias
    field: str
    start: int
    end: int
    rule: str
    name: tuple[int, int]


class RejectedMatch(NamedTuple):
    """A name that does not count, with the reason."""

    alias: Alias
    field: str
    start: int
    end: int
    reason: str


class NameSearch:
    """The spellings of many queries, found in entries in one pass."""

    def __init__(self, aliases: Iterable[Alias]) -> None:
        all_aliases = list(aliases)
        self._finder = NameFinder(all_aliases)
        self._by_letters: defaultdict[str, list[Alias]] = defaultdict(list)
        for alias in all_aliases:
            letters = re.sub(r"[\W_]", "", alias.text)
            if len(letters) >= MIN_TAG_PREFIX_LETTERS:
                self._by_letters[letters].append(alias)

    def find(self, text: EntryText) -> Iterator[NameMatch | RejectedMatch]:
        """Yield every place in an entry where a name stands, whether it counts or not."""
        for field, folded in text.fields.items():
            for alias, start, end in self._finder.find(folded):
                if place := _place(alias, field, start, end, text):
                    yield place
            if "#" in folded.folded or "@" in folded.folded:
                yield from self._find_in_tags(field, folded)

    def _find_in_tags(self, field: str, folded: normalise.Folded) -> Iterator[NameMatch]:
        """Yield the names inside hashtags and handles: split at capitals, or starting with a long enough name."""
        for match in _TAG.finditer(folded.plain):
            is_handle = match[1] == "@"
            for alias in self._names_of_tag(match[2]):
                start = folded.folded.find(alias.text, match.start(), match.end())
                # A handle that only ends in the name (`@kari_acme`) is a person's.
                if alias.term.kind in _CHANNEL_RULES or (is_handle and start != match.start(2)):
                    continue
                name = (start, start + len(alias.text)) if start >= 0 else match.span(2)
                yield NameMatch(alias, field, match.start(), match.end(), "handle" if is_handle else "hashtag", name)

    def _names_of_tag(self, tag: str) -> Iterator[Alias]:
        """Yield the names that a tag without its sign holds; a tag that is a name is found as a word."""
        for words in map(normalise.fold, dict.fromkeys(seam.sub(" ", tag) for seam in _seams())):
            for alias, start, end in self._finder.find(words) if " " in words.folded else ():
                if _has_capitals(alias, words, start, end) and inflected_form(words.folded, start, end):
                    yield alias
        letters = tag.lower()
        for length in range(MIN_TAG_PREFIX_LETTERS, len(letters) + 1):
            for alias in self._by_letters.get(letters[:length], ()):
                is_whole_word = length == len(letters) and " " not in alias.text
                if not alias.exact and not is_whole_word and not languages.is_ordinary(letters, ()):
                    yield alias


@cache
def _seams() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return the patterns for where a tag goes on with another word.

    Both cut at a number, at `_` and before a capital that ends small letters (#HeiAcme), or that begins some behind
    capitals (#ACMEFail); the second before small letters behind three capitals instead (#ACMEfail).
    """
    capitals = languages.capital_letters()
    common = rf"(?<=[^\W\d_{capitals}])(?=[{capitals}])|(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])|_+"
    before_word = rf"(?<=[{capitals}])(?=[{capitals}][^\W\d_{capitals}])"
    return re.compile(rf"{common}|{before_word}"), re.compile(rf"{common}|(?<=[{capitals}]{{3}})(?=[^\W\d_{capitals}])")


def _place(alias: Alias, field: str, start: int, end: int, text: EntryText) -> NameMatch | RejectedMatch | None:
    """Return one place as a match or a rejected match; None for a piece of another word."""
    folded = text.fields[field]
    if alias.term.kind in _CHANNEL_RULES:
        return _channel_match(alias, field, start, end, folded)
    form = inflected_form(folded.folded, start, end, inflects=alias.inflects, closes=alias.closes)
    if form is None:
        return None
    if reason := _wrong_spelling(alias, folded, start, end, form) or _wrong_position(alias, field, form, text):
        return RejectedMatch(alias, field, start, end, reason)
    rule = form.rule if form.rule != "exact" else alias.rule
    return NameMatch(alias, field, form.start, form.end, rule, (start, end))


def _channel_match(alias: Alias, field: str, start: int, end: int, folded: normalise.Folded) -> NameMatch | None:
    """Return a domain, an account or a hashtag; each counts only as what it is."""
    rule, sign = _CHANNEL_RULES[alias.term.kind], _SIGNS.get(alias.term.kind)
    after = folded.folded[end : end + 2]
    if sign is None:
        is_part = _DOMAIN_BEFORE.search(folded.folded, max(0, start - 1), start) or _DOMAIN_AFTER.match(after)
        return None if is_part else NameMatch(alias, field, start, end, rule, (start, end))
    if not start or not folded.folded.startswith(sign, start - 1) or _TAG_GOES_ON.match(after):
        return None
    if start > 1 and folded.folded[start - 2].isalnum():
        return None
    return NameMatch(alias, field, start - 1, end, rule, (start, end))


def _has_capitals(alias: Alias, folded: normalise.Folded, start: int, end: int) -> bool:
    return not alias.exact or folded.plain[start:end] == alias.exact


def _wrong_spelling(alias: Alias, folded: normalise.Folded, start: int, end: int, form: InflectedForm) -> str:
    """Return the reason why the word is not the name, empty where it is."""
    if not _has_capitals(alias, folded, start, end):
        return f"it is written “{folded.plain[start:end]}”, and its exact capitals count"
    if form.rule != "closed":
        return ""
    # A solid word that begins with the name may be built on it, or be another word.
    if languages.is_ordinary(folded.folded[start : form.end], ()):
        return f"“{folded.plain[start : form.end]}” is an ordinary word"
    name = folded.plain[start:end]
    has_capitals = name[:1].isupper() and name == (alias.exact or alias.term.text)
    if len(alias.text) <= MAX_CAPITALS_STEM_LETTERS and not has_capitals:
        return "a name this short must have its capitals in a compound"
    return ""


def _wrong_position(alias: Alias, field: str, form: InflectedForm, text: EntryText) -> str:
    """Return the reason why the name does not count in this place, empty where it does."""
    term = alias.term
    if _is_in_link(text.fields[field].folded, form.start, form.end):
        return "it is a piece of a link or an address"
    if term.where is Placement.TITLE and field != "title":
        return "it counts only in a title"
    if term.where is Placement.SOCIAL and not text.is_social:
        return "it counts only in social posts"
    if _is_first_word(text.fields[field], form.start):
        return _wrong_first_word(alias, form, text.fields[field].folded)
    if _is_bare_number(alias, form) and not _is_introduced(text.fields[field].folded, form.start):
        return "a number is a count or a year more often than a name"
    return ""


def _wrong_first_word(alias: Alias, form: InflectedForm, folded: str) -> str:
    """Return the reason why the name does not count at the beginning of a sentence, where every word has a capital."""
    if alias.term.not_first_word:
        return "it is the first word of a sentence"
    # `Elles` (else) is no genitive of Elle, nor `Finns` (is there) of Finn.
    word = folded[form.start : form.end]
    if alias.exact and form.rule == "genitive" and languages.is_listed(word, ()):
        return f"“{word}” is an ordinary word, and it begins a sentence"
    return ""


def _is_bare_number(alias: Alias, form: InflectedForm) -> bool:
    """Whether a number is the name, without an ending, and nothing in the query says when it counts."""
    term = alias.term
    is_plain = term.case is LetterCase.SMART and not term.any_of_context
    return is_plain and form.rule == "exact" and alias.text.isdecimal()


def _is_in_link(folded: str, start: int, end: int) -> bool:
    """Whether [*start*, *end*) is a piece of a link or a mail address."""
    first = max(folded.rfind(blank, 0, start) for blank in " \n") + 1
    last = min((at for blank in " \n" if (at := folded.find(blank, end)) >= 0), default=len(folded))
    if not _LINK_SIGNS.search(folded, first, last):
        return False
    links = (match.span() for match in _LINK.finditer(folded, first, last))
    return any(left <= start and end <= right and end - start < right - left for left, right in links)


def _is_introduced(folded: str, start: int) -> bool:
    """Whether the word before a number makes a company of it: `hos 3`, `ring 1881`."""
    word = _WORD_BEFORE.search(folded, max(0, start - _MAX_WORD_CHARS), start)
    return word is not None and word[1] in name_grammar().before_numbers


def _is_first_word(text: normalise.Folded, start: int) -> bool:
    """Whether a sentence, a line or a quotation begins at *start*."""
    before = text.folded[max(0, start - 8) : start].rstrip(" \"'«»“”„([-*•>")
    return not before or before[-1] in ".!?:;…\n" or "\n" in text.original[max(0, start - 3) : start]
