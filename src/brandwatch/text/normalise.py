"""Fold text for matching, with a map back to the text that people read.

Folding makes one spelling out of many that mean the same: lower case, one apostrophe, one hyphen, plain spaces,
composed letters (NFC), full-width forms and ligatures as ordinary letters, leftover HTML entities decoded, invisible
characters gone. It never makes two letters one: ø stays ø and å stays å.

Two ways lead there. Nearly all European text fits Windows-1252, where folding is one 256-byte table and no character
moves; everything else goes character by character with a map of offsets.
"""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property

APOSTROPHES = "’‘ʼ´`′‛＇"
HYPHENS = "‐‑‒–—―−﹣－"

_SPECIAL = str.maketrans({**dict.fromkeys(APOSTROPHES, "'"), **dict.fromkeys(HYPHENS, "-")})
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
_C1 = bytes(range(0x80, 0xA0))
_NOT_A_WORD = re.compile(r"[\W_]")
_WORD = re.compile(r"[^\W_]+")
_SEAMED_TAG = re.compile(r"[#@]\w*[^\W_](?:[A-ZÅÄÆÖØÜ]|_|(?<!\d)\d)")


@dataclass(frozen=True)
class Folded:
    """A text folded for matching; *plain* keeps the case, *folded* and *spaced* have the same length as *plain*.

    *offsets* gives, for each position of *plain* and one past its end, the position in *original*; `None` means that
    nothing moved.
    """

    original: str
    folded: str
    offsets: tuple[int, ...] | None = None
    _plain: str | None = None

    @cached_property
    def spaced(self) -> str:
        """Return the folded text with every character that is no letter or digit turned into a space."""
        if self._plain is not None:
            return _NOT_A_WORD.sub(" ", self.folded)
        return self.original.encode("cp1252").translate(_SPACE_TABLE).decode("cp1252", "replace")

    @cached_property
    def plain(self) -> str:
        """Return the text as folded, but with its capitals."""
        if self._plain is not None:
            return self._plain
        return self.original.encode("cp1252").translate(_PLAIN_TABLE).decode("cp1252", "replace")

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return where [*start*, *end*) of the folded text stands in the original."""
        if self.offsets is None:
            return start, end
        return self.offsets[start], self.offsets[end]


def fold(text: str) -> Folded:
    """Fold *text* for matching."""
    if "\xad" in text or ("&" in text and _ENTITY.search(text)):
        return _fold_slowly(text)
    # Python's codec for Latin-1 is ten times as fast, and where both have a character it is the same.
    if (raw := _latin(text)) is not None:
        return Folded(text, raw.translate(_FOLD_TABLE).decode("latin-1"))
    try:
        raw = text.encode("cp1252")
    except UnicodeEncodeError:
        return _fold_slowly(text)
    return Folded(text, raw.translate(_FOLD_TABLE).decode("cp1252", "replace"))


def _latin(text: str) -> bytes | None:
    """Return a text in Latin-1, if it has no other characters and none of the controls that Windows-1252 lacks."""
    try:
        raw = text.encode("latin-1")
    except UnicodeEncodeError:
        return None
    return raw if len(raw.translate(None, _C1)) == len(raw) else None


def spelling(text: str) -> str:
    """Return a name as it is looked for: normalised like a text, capitals kept."""
    return " ".join(fold(text).plain.split())


def is_odd(text: str) -> bool:
    """Say whether folding finds other words in *text* than an index does that only splits it at its signs.

    Invisible characters, leftover entities and full-width forms hide words from such an index, and so do the seams of
    hashtags (`#HeiaAcme`).
    """
    plain_words = _WORD.findall(text.lower())
    return bool(_SEAMED_TAG.search(text)) or plain_words != fold(text).spaced.split()


def _fold_slowly(text: str) -> Folded:
    """Fold *text* piece by piece, writing down where each character came from."""
    out: list[str] = []
    offsets: list[int] = []
    for start, end, piece in _pieces(text):
        folded = _compose(piece)
        out.append(folded)
        offsets.extend([start] * len(folded))
        if len(folded) == end - start and folded:
            offsets[-len(folded) :] = range(start, end)
    plain = "".join(out)
    folded = "".join(low if len(low := character.lower()) == 1 else character for character in plain)
    return Folded(text, folded, (*offsets, len(text)), plain)


def _pieces(text: str) -> list[tuple[int, int, str]]:
    """Cut *text* into (start, end, meaning) pieces: an entity, or a character with its combining marks."""
    pieces: list[tuple[int, int, str]] = []
    position = 0
    while position < len(text):
        entity = _ENTITY.match(text, position) if text[position] == "&" else None
        end = entity.end() if entity else _after_cluster(text, position)
        piece = text[position:end]
        # Feeds escape twice now and then (`&amp;aring;`): the second layer goes here, the markup layer took the first.
        pieces.append((position, end, html.unescape(piece) if entity else piece))
        position = end
    return pieces


def _after_cluster(text: str, position: int) -> int:
    """Return the end of the character at *position* together with the marks that combine with it."""
    end = position + 1
    while end < len(text) and unicodedata.combining(text[end]):
        end += 1
    return end


def _compose(piece: str) -> str:
    """Return the plain form of one piece; signs such as ™ stay signs, since `AcmeTM` is another word than `Acme™`."""
    piece = _INVISIBLE.sub("", piece)
    if piece and unicodedata.category(piece[0]) != "So":
        piece = unicodedata.normalize("NFKC", piece)
    return "".join(" " if character.isspace() else character for character in piece).translate(_SPECIAL)


def _table(*, lower: bool, spaces: bool) -> bytes:
    """Build one byte table over Windows-1252; undefined bytes stay themselves."""
    return bytes(_byte(value, lower=lower, spaces=spaces) for value in range(256))


def _byte(value: int, *, lower: bool, spaces: bool) -> int:
    """Return what one byte of Windows-1252 becomes."""
    try:
        character = bytes([value]).decode("cp1252")
    except UnicodeDecodeError:
        return value
    character = character.translate(_SPECIAL)
    if character.isspace() or (spaces and not character.isalnum()):
        return 0x20
    return (character.lower() if lower else character).encode("cp1252")[0]


_PLAIN_TABLE = _table(lower=False, spaces=False)
_FOLD_TABLE = _table(lower=True, spaces=False)
_SPACE_TABLE = _table(lower=True, spaces=True)
