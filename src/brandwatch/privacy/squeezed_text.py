"""The letters of a text in one spelling, in which subject searches compare.

Small letters and digits alone, without accents, codes and signs; å as aa, æ as ae, ø as oe. Links lose the signs of
letters, so that there å may also be a, and ø may be o.
"""

import html
import re
import unicodedata
from collections.abc import Iterator
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple
from urllib.parse import unquote

from brandwatch.text.normalise import fold
from brandwatch.urls import decode_hosts

MIN_DISTINCTIVE_LETTERS = 8
"""Shorter names count only at the beginning of a word: “super Åsgard” contains `Per Ås`."""

# The escapes of links, JSON and pages; of JSON the line ends too, which exports have.
_PERCENT = re.compile(r"(?:%[0-9a-fA-F]{2})+")
_JSON_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|[nrt/])")
# The network spells a host with other letters than ASCII so (RFC 3492), and so it is stored.
_PUNYCODE = re.compile(r"xn--[a-z0-9-]+", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")


def decode_escapes(text: str) -> str:
    """Decode the escapes of JSON, links, pages and hosts, and compose the characters (NFC)."""
    if "\\" in text:
        text = _JSON_ESCAPE.sub(_unescape_json, text)
    if "%" in text:
        text = _PERCENT.sub(lambda code: unquote(code[0]), text)
    if "&" in text:
        text = _ENTITY.sub(lambda code: html.unescape(code[0]), text)
    if "--" in text:
        text = _PUNYCODE.sub(lambda label: decode_hosts(label[0].lower()), text)
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def _unescape_json(code: re.Match[str]) -> str:
    if code[1]:
        return chr(int(code[1], 16))
    return "/" if code[0] == r"\/" else " "


# The sign for micro folds to a Greek letter, which Windows-1252 lacks.
_WINDOWS_1252 = bytes(range(256)).decode("cp1252", "ignore").replace("µ", "")
_OTHER_CHARACTERS = re.compile(f"[^{re.escape(_WINDOWS_1252)}]+")
_SMALL_BYTES = "".join(
    character.lower() if character.isalnum() else " " for character in bytes(range(256)).decode("cp1252", "replace")
).encode("cp1252")


class SpellingTable(dict[int, str]):
    """The spelling of each character in comparisons: a space for a sign, nothing for an accent; filled on first use."""

    def __init__(self, nordic_letters: dict[str, str]) -> None:
        self._spellings = {"æ": "ae", "ä": "ae", "ß": "ss"} | nordic_letters

    # Folding every letter costs 0.4 ms, which a poll without erasures need not spend.
    @cached_property
    def _forms_of_bytes(self) -> dict[bytes, bytes]:
        letters = set(_WINDOWS_1252).intersection(_SMALL_BYTES.decode("cp1252"))
        forms = {letter: self[ord(letter)] for letter in letters}
        return {letter.encode("cp1252"): form.encode("cp1252") for letter, form in forms.items() if form != letter}

    def __missing__(self, code: int) -> str:
        """Compute the spelling of a character."""
        plain = "" if unicodedata.combining(chr(code)) else fold(chr(code)).folded.lower()
        # Signs such as ™ are no letters, but NFKD would make letters of them.
        letters = (unicodedata.normalize("NFKD", letter) for letter in self._spell(plain) if letter.isalnum())
        form = "".join(filter(str.isalnum, self._spell("".join(letters))))
        self[code] = form or (" " if plain else "")
        return self[code]

    def _spell(self, text: str) -> str:
        for letter, spelling in self._spellings.items():
            text = text.replace(letter, spelling)
        return text

    def to_words(self, text: str) -> str:
        """Replace every sign of a text by a space, and every letter by its spelling."""
        decoded = decode_escapes(text)
        if not decoded.isascii():
            decoded = _OTHER_CHARACTERS.sub(lambda run: run[0].translate(self), decoded)
        try:
            raw = decoded.encode("cp1252")
        except UnicodeEncodeError:
            return decoded.translate(self)
        # Replacing bytes takes 25 ns a character, translating characters 70; most texts are Windows-1252.
        raw = raw.translate(_SMALL_BYTES, b"\xad")
        if raw.isascii():
            return raw.decode("ascii")
        for letter, form in self._forms_of_bytes.items():
            raw = raw.replace(letter, form)
        return raw.decode("cp1252")


_SPELT = SpellingTable({"å": "aa", "ø": "oe", "ö": "oe", "ü": "ue"})
# In a link a letter may lack its sign; elsewhere that makes another name.
_BARE = SpellingTable({"å": "a", "ø": "o", "ö": "o", "ü": "u"})


class SqueezedText:
    """The letters and digits of a text, joined."""

    def __init__(self, spaced: str) -> None:
        self._spaced = spaced
        self.letters = spaced.replace(" ", "")

    @cached_property
    def word_starts(self) -> tuple[int, ...]:
        """The offsets in `letters` at which words begin."""
        words = self._spaced.split()
        return (0, *accumulate(map(len, words[:-1]))) if words else ()

    def windows(self, length: int) -> Iterator[str]:
        """Yield every run of letters of this length that can be a name."""
        last = len(self.letters) - length
        for start in range(last + 1) if length >= MIN_DISTINCTIVE_LETTERS else self.word_starts:
            if start <= last:
                yield self.letters[start : start + length]

    def count(self, name: str) -> int:
        """Count the places of a squeezed name; an ending may follow it."""
        if len(name) >= MIN_DISTINCTIVE_LETTERS or name not in self.letters:
            return self.letters.count(name)
        return sum(self.letters.startswith(name, start) for start in self.word_starts)

    def holds(self, name: str) -> bool:
        """Whether the text contains a squeezed name."""
        return self.count(name) > 0


def squeeze(text: str, *, is_link: bool = False) -> SqueezedText:
    """Join the letters and digits of a text or of a link."""
    return SqueezedText((_BARE if is_link else _SPELT).to_words(text))


def squeezed_readings(text: str) -> Iterator[tuple[bool, SqueezedText]]:
    """Yield a text in the spelling of texts, and each link in it in the spelling of links (`is_link`)."""
    yield False, squeeze(text)
    if "/" in text:
        yield from ((True, squeeze(link, is_link=True)) for link in text.split() if "/" in link)


class NamePattern(NamedTuple):
    """The letters of a name in the spelling of texts or of links."""

    letters: str
    is_link: bool


_HANDLE = re.compile(r"@?([\w.-]+)@([\w-]+(?:\.[\w-]+)+)")


def name_patterns(name: str) -> tuple[NamePattern, ...]:
    """Build the patterns of a name, for `@kari@tut.example` those of its page, `tut.example/@kari`, too."""
    handle = _HANDLE.fullmatch(name.strip())
    names = (name, f"{handle[2]} {handle[1]}") if handle else (name,)
    patterns = [
        NamePattern(squeeze(spelling, is_link=is_link).letters, is_link)
        for is_link in (False, True)
        for spelling in names
    ]
    return tuple(dict.fromkeys(pattern for pattern in patterns if pattern.letters))
