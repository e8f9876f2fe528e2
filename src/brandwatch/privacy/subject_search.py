"""Whether a text, a row or the bytes of a file hold a name, an account or an address, however it is spelt."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property, lru_cache
from html.entities import codepoint2name
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote, unquote, urlsplit

from brandwatch import urls
from brandwatch.text.normalise import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from brandwatch.models import SubjectRequest


DISTINCTIVE = 8
"""Names of fewer letters count only where a word begins: `Per Ås` stands in “super Åsgard” too."""

_WORD = re.compile(r"[^\W_]+")
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_HANDLE = re.compile(r"@?([\w.-]+)@([\w-]+(?:\.[\w-]+)+)")
_LETTERS = {"æ": "ae", "ä": "ae", "ß": "ss"}
_SPELT = {"å": "aa", "ø": "oe", "ö": "oe", "ü": "ue"}
_TRACES_BARE = {"å": "a", "ø": "o", "ö": "o", "ü": "u"}
# What begins a code, and what folding drops inside a word.
_CODED = frozenset("%&\\\xad")


class NamePattern(NamedTuple):
    """What is looked for, in letters and digits alone; *is_bare* where letters have lost their signs, as in links."""

    letters: str
    is_bare: bool = False


@dataclass(frozen=True)
class SqueezedText:
    """The letters and digits of a text without anything between."""

    letters: str
    _text: str
    _table: dict[str, str]

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """The places where words begin."""
        words = _WORD.findall(_plain(_decoded(self._text), self._table))
        return (0, *accumulate(map(len, words[:-1]))) if words else ()

    def windows(self, length: int) -> Iterator[str]:
        """Yield everything of this length that a name could be."""
        last = len(self.letters) - length
        for start in range(last + 1) if length >= DISTINCTIVE else self.starts:
            if start <= last:
                yield self.letters[start : start + length]

    def holds(self, letters: str) -> bool:
        """Say whether a name stands here; what follows it may be an ending."""
        if len(letters) >= DISTINCTIVE:
            return letters in self.letters
        return any(self.letters.startswith(letters, start) for start in self.starts)


def name_patterns(name: str) -> tuple[NamePattern, ...]:
    """Return what to look for where *name* may stand; an account is looked for as its address too.

    å is aa, ø is oe, as in `match`; in a link they may be a and o as well.
    """
    handle = _HANDLE.fullmatch(name.strip())
    written = (name, f"{handle[2]} {handle[1]}") if handle else (name,)
    spelt = [NamePattern(squeeze(one).letters) for one in written]
    bare = [NamePattern(squeeze(one, is_bare=True).letters, is_bare=True) for one in written]
    return tuple(dict.fromkeys(trace for trace in (*spelt, *bare) if trace.letters))


def holds_name(text: str, wanted: Iterable[NamePattern]) -> bool:
    """Say whether one of the traces is in a text."""
    read = squeezed_readings(text)
    return any(trace.is_bare in read and read[trace.is_bare].holds(trace.letters) for trace in wanted)


def squeezed_readings(text: str) -> dict[bool, SqueezedText]:
    """Return a text as traces are looked for in it: as it is spelt, and bare where a link may be in it."""
    return {is_bare: squeeze(text, is_bare=is_bare) for is_bare in ((False, True) if "/" in text else (False,))}


def squeeze(text: str, *, is_bare: bool = False) -> SqueezedText:
    """Return the letters and digits of a text, decoding what is coded in it for links, JSON or pages."""
    table = _TRACES_BARE if is_bare else _SPELT
    return SqueezedText(_quickly(text, table) or "".join(_WORD.findall(_plain(_decoded(text), table))), text, table)


def _quickly(text: str, table: dict[str, str]) -> str:
    """Return the letters of a text without codes that Windows-1252 can write, as nearly all can; else nothing."""
    if not _CODED.isdisjoint(text):
        return ""
    try:
        letters = text.encode("cp1252").translate(_LOWER, _TRACES_SIGNS).decode("cp1252")
    except UnicodeError:
        return ""
    return letters if letters.isascii() else "".join(filter(str.isalnum, _spelt(letters, table)))


def _decoded(text: str) -> str:
    """Return a text without the codes of links and of JSON."""
    if "\\u" in text:
        text = _ESCAPE.sub(lambda code: chr(int(code[1], 16)), text)
    return unquote(text) if "%" in text else text


def _plain(text: str, table: dict[str, str]) -> str:
    """Return a text in small letters without accents, those of the North as *table* has them."""
    folded = fold(text).folded
    return folded if folded.isascii() else _spelt(folded, table)


def _spelt(text: str, table: dict[str, str]) -> str:
    """Return a text in small letters with those of the North as *table* has them, and no accents."""
    for letter, spelling in (_LETTERS | table).items():
        text = text.replace(letter, spelling)
    if text.isascii():
        return text
    # ™ is a sign, and would be two letters.
    plain = (unicodedata.normalize("NFKD", sign) if sign.isalnum() else sign for sign in text)
    return "".join(sign for sign in "".join(plain) if not unicodedata.combining(sign))


def _byte(value: int) -> int:
    """Return the byte of the small letter of one byte of Windows-1252."""
    small = bytes([value]).decode("cp1252", "replace").lower().encode("cp1252", "replace")
    return small[0] if small != b"?" else value


_LOWER = bytes(map(_byte, range(256)))
_TRACES_SIGNS = bytes(value for value in range(256) if not _WORD.match(bytes([value]).decode("cp1252", "replace")))

_ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be")
_ONE_SPELLING = (("aa", "å"), ("ae", "æ"), ("oe", "ø"), ("ue", "ü"), ("ä", "æ"), ("ö", "ø"))
_SPELLINGS = {"å": ("å", "aa"), "æ": ("æ", "ä", "ae"), "ø": ("ø", "ö", "oe"), "ü": ("ü", "ue")}
_WRITTEN_BARE = {"å": "a", "ø": "o", "ü": "u"}
_WRITTEN_SIGNS = (*" -_.+,;:/'’\n\t\xa0", "%20", r"\n", r"\u00a0", "&nbsp;")
# In a link a letter may have lost its sign; elsewhere that makes another name of it.
_SIGNS_OF_LINKS = (*"-_.+", "%20")
_SOFT = ("\xad", "\u200b", "&shy;")
_PART = re.compile(r"[\W_]+")
_MOST_SIGNS = 3


def byte_pattern(names: Iterable[str], links: Iterable[str]) -> re.Pattern[bytes]:
    """Return what finds *names* and *links* in the bytes of a file; what follows a name may be an ending."""
    forms = [form for encoding in _ENCODINGS for name in names for form in _named(name, encoding)]
    forms += [_linked(link, encoding) for encoding in _ENCODINGS for link in links]
    return re.compile(b"|".join(dict.fromkeys(forms)) or rb"(?!)", re.IGNORECASE | re.DOTALL)


def _named(name: str, encoding: str) -> list[bytes]:
    """Return the patterns of a name: as it is spelt, and as a link may have it."""
    spelt = unicodedata.normalize("NFC", name).lower()
    for written, one in _ONE_SPELLING:
        spelt = spelt.replace(written, one)
    words = [word for word in _PART.split(spelt) if word]
    # A short name counts only where a word begins, as in the rows.
    begins = len(squeeze(name).letters) < DISTINCTIVE
    before = b"(?<![A-Za-z0-9\x80-\xff])" if begins and encoding == "utf-8" else b""
    forms = [before + _joined(words, _WRITTEN_SIGNS, encoding)]
    if len(words) > 1 and not _WRITTEN_BARE.keys().isdisjoint(spelt):
        forms.append(before + _joined([_bare(word) for word in words], _SIGNS_OF_LINKS, encoding))
    return forms


def _joined(words: list[str], signs: tuple[str, ...], encoding: str) -> bytes:
    """Return the pattern of words that follow each other, with few signs between them or none."""
    between = _one_of(signs, encoding) + b"{0,%d}" % _MOST_SIGNS
    hyphen = _one_of(_SOFT, encoding) + b"?"
    return between.join(hyphen.join(_letter(letter, encoding) for letter in word) for word in words)


@lru_cache
def _letter(letter: str, encoding: str) -> bytes:
    """Return the pattern of one letter."""
    if letter.isascii():
        return re.escape(letter.encode(encoding))
    spellings = _SPELLINGS.get(letter, (letter, unicodedata.normalize("NFD", letter)[0]))
    written = {case for spelling in spellings for case in (spelling, spelling.upper())}
    return _one_of([form for one in sorted(written) for form in _coded(one)], encoding)


def _coded(letter: str) -> list[str]:
    """Return how a letter is written in text, in a link, in JSON and in a page."""
    if letter.isascii():
        return [letter]
    entity = f"&{codepoint2name[ord(letter)]};" if ord(letter) in codepoint2name else f"&#{ord(letter)};"
    forms = (letter, unicodedata.normalize("NFD", letter), quote(letter), json.dumps(letter)[1:-1], entity)
    return [*forms, f"&#{ord(letter)};"]


def _bare(word: str) -> str:
    """Return a word as a link may have it."""
    return "".join(_WRITTEN_BARE.get(letter, letter) for letter in word)


def _linked(link: str, encoding: str) -> bytes:
    """Return the pattern of a link: any scheme or none, each sign coded or not; a longer link is another one."""
    parts = urlsplit(link)
    rest = unquote(f"{parts.netloc.removeprefix('www.')}{parts.path}{'?' * bool(parts.query)}{parts.query}").rstrip("/")
    coded = b"".join(_one_of(dict.fromkeys((*_coded(sign), *_escaped(sign))), encoding) for sign in rest)
    after = rb"(?!\d)" if rest[-1:].isdigit() else b""
    return coded + after + rb"(?!/?[-/_%&=.?]\w)" if encoding == "utf-8" else coded


def _escaped(sign: str) -> tuple[str, ...]:
    """Return how a sign may be coded in a link or in JSON."""
    return () if sign.isalnum() else (quote(sign, safe=""), *((r"\/",) if sign == "/" else ()))


def _one_of(texts: Iterable[str], encoding: str) -> bytes:
    """Return the pattern of any of the texts, the longest first."""
    encoded = sorted({text.encode(encoding) for text in texts}, key=len, reverse=True)
    return b"(?:" + b"|".join(map(re.escape, encoded)) + b")"


_LINK = re.compile(r"https?:[^\s\"'<>\\]+", re.IGNORECASE)
_AROUND = ".,;:!?)]}…»”’"


class SubjectFinder:
    """What is wanted, prepared to be looked for in many values."""

    def __init__(self, wanted: SubjectRequest) -> None:
        named = (trace for name in (*wanted.names, *wanted.texts) for trace in name_patterns(name))
        # A short account, `@kari`, is a first name everywhere else.
        posted = (
            trace for author in wanted.authors for trace in name_patterns(author) if len(trace.letters) >= DISTINCTIVE
        )
        self.traces: tuple[NamePattern, ...] = (*named, *posted)
        self.authors = frozenset(squeeze(author).letters for author in wanted.authors)
        self.pages = frozenset(map(urls.canonical, wanted.urls)) - {""}

    def holds(self, column: str, value: object) -> bool:
        """Say whether the value of a column holds what is wanted."""
        text = _text(value)
        if not text:
            return False
        is_author = column == "author" and squeeze(text).letters in self.authors
        return (
            is_author
            or holds_name(text, self.traces)
            or (bool(self.pages) and not self.pages.isdisjoint(linked_pages(text)))
        )

    def may_hold(self, *values: object) -> bool:
        """Say whether one of the values of a row may hold what is wanted; to read them as one is the quickest way."""
        text = "\n".join(filter(None, map(_text, values)))
        if self.authors and any(map(squeeze(text).holds, self.authors)):
            return True
        return self.holds("", text)


def linked_pages(text: str) -> Iterator[str]:
    """Yield the keys of the pages that the links in a text lead to."""
    yield from (urls.canonical(link.rstrip(_AROUND)) for link in _LINK.findall(text))


def _text(value: object) -> str:
    """Return a value as text, nothing for a number."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value if isinstance(value, str) else ""
