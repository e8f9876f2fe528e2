"""The bytes in which a name or an address may stand in a file: letters, encodings, codes of links, JSON and pages."""

from __future__ import annotations

import json
import re
import unicodedata
from functools import lru_cache
from html.entities import codepoint2name
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

from brandwatch.text.traces import DISTINCTIVE, squeezed

if TYPE_CHECKING:
    from collections.abc import Iterable

_ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be")
_ONE_SPELLING = (("aa", "å"), ("ae", "æ"), ("oe", "ø"), ("ue", "ü"), ("ä", "æ"), ("ö", "ø"))
_SPELLINGS = {"å": ("å", "aa"), "æ": ("æ", "ä", "ae"), "ø": ("ø", "ö", "oe"), "ü": ("ü", "ue")}
_BARE = {"å": "a", "ø": "o", "ü": "u"}
_SIGNS = (*" -_.+,;:/'’\n\t\xa0", "%20", r"\n", r"\u00a0", "&nbsp;")
# In a link a letter may have lost its sign; elsewhere that makes another name of it.
_SIGNS_OF_LINKS = (*"-_.+", "%20")
_SOFT = ("\xad", "\u200b", "&shy;")
_PART = re.compile(r"[\W_]+")
_MOST_SIGNS = 3


def pattern(names: Iterable[str], links: Iterable[str]) -> re.Pattern[bytes]:
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
    begins = len(squeezed(name).letters) < DISTINCTIVE
    before = b"(?<![A-Za-z0-9\x80-\xff])" if begins and encoding == "utf-8" else b""
    forms = [before + _joined(words, _SIGNS, encoding)]
    if len(words) > 1 and not _BARE.keys().isdisjoint(spelt):
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
    return "".join(_BARE.get(letter, letter) for letter in word)


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
