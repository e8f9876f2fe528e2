"""Whether a text holds a name, however it is written: with other signs between its words, in a link, in a code."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

from brandwatch.text.normalise import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

DISTINCTIVE = 8
"""Names of fewer letters count only where a word begins: `Per Ås` stands in “super Åsgard” too."""

_WORD = re.compile(r"[^\W_]+")
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_HANDLE = re.compile(r"@?([\w.-]+)@([\w-]+(?:\.[\w-]+)+)")
_LETTERS = {"æ": "ae", "ä": "ae", "ß": "ss"}
_SPELT = {"å": "aa", "ø": "oe", "ö": "oe", "ü": "ue"}
_BARE = {"å": "a", "ø": "o", "ö": "o", "ü": "u"}
# What begins a code, and what folding drops inside a word.
_CODED = frozenset("%&\\\xad")


class Trace(NamedTuple):
    """What is looked for, in letters and digits alone; *is_bare* where letters have lost their signs, as in links."""

    letters: str
    is_bare: bool = False


@dataclass(frozen=True)
class Squeezed:
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


def traces(name: str) -> tuple[Trace, ...]:
    """Return what to look for where *name* may stand; an account is looked for as its address too.

    å is aa, ø is oe, as in `match`; in a link they may be a and o as well.
    """
    handle = _HANDLE.fullmatch(name.strip())
    written = (name, f"{handle[2]} {handle[1]}") if handle else (name,)
    spelt = [Trace(squeezed(one).letters) for one in written]
    bare = [Trace(squeezed(one, is_bare=True).letters, is_bare=True) for one in written]
    return tuple(dict.fromkeys(trace for trace in (*spelt, *bare) if trace.letters))


def holds(text: str, wanted: Iterable[Trace]) -> bool:
    """Say whether one of the traces is in a text."""
    read = readings(text)
    return any(trace.is_bare in read and read[trace.is_bare].holds(trace.letters) for trace in wanted)


def readings(text: str) -> dict[bool, Squeezed]:
    """Return a text as traces are looked for in it: as it is spelt, and bare where a link may be in it."""
    return {is_bare: squeezed(text, is_bare=is_bare) for is_bare in ((False, True) if "/" in text else (False,))}


def squeezed(text: str, *, is_bare: bool = False) -> Squeezed:
    """Return the letters and digits of a text, decoding what is coded in it for links, JSON or pages."""
    table = _BARE if is_bare else _SPELT
    return Squeezed(_quickly(text, table) or "".join(_WORD.findall(_plain(_decoded(text), table))), text, table)


def _quickly(text: str, table: dict[str, str]) -> str:
    """Return the letters of a text without codes that Windows-1252 can write, as nearly all can; else nothing."""
    if not _CODED.isdisjoint(text):
        return ""
    try:
        letters = text.encode("cp1252").translate(_LOWER, _SIGNS).decode("cp1252")
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
_SIGNS = bytes(value for value in range(256) if not _WORD.match(bytes([value]).decode("cp1252", "replace")))
