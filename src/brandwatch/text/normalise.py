"""Fold text for matching, with a map back to the original."""

from __future__ import annotations

import html
import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from typing import TYPE_CHECKING

from brandwatch.text.lookalikes import latin_words
from brandwatch.text.sanitise import sort_marks

if TYPE_CHECKING:
    from collections.abc import Sequence


APOSTROPHES = "’‘ʼ´`′‛＇"
HYPHENS = "‐‑‒–—―−﹣－"
QUOTES = "“”„‟«»〝〞＂"  # noqa: RUF001 (the signs themselves)
SUPERSCRIPTS = "¹²³⁰⁴⁵⁶⁷⁸⁹"

_SIGNS = {**dict.fromkeys(APOSTROPHES, "'"), **dict.fromkeys(HYPHENS, "-"), **dict.fromkeys(QUOTES, '"')}
# A raised number is a note (Acme¹) or an exponent (m²), in both cases no part of the word: so it becomes a sign.
_NOTES = dict.fromkeys(SUPERSCRIPTS, "^")
_SPECIAL = str.maketrans(_SIGNS | _NOTES)
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)
# What a feed that escapes twice leaves in the text: `&amp;aring;`, `Ac&lt;b&gt;me&lt;/b&gt;`.
_ENTITY = re.compile(
    r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});"
    r"|</?(?:a|b|em|font|i|mark|span|strong|u|wbr)(?:\s[^<>]{0,300})?/?>"
)
# A soft hyphen before a blank was one at the end of a line.
_SOFT_LINE_END = r"\xad\s+(?=\w)"
# NFKC makes other letters and digits of them: in the tables of single bytes they would stay themselves.
_COMPATIBLE = "ªµº¼½¾".encode("cp1252")
_NOT_LATIN = bytes(range(0x80, 0xA0)) + _COMPATIBLE
_NOT_A_WORD = re.compile(r"[^\w ]|_")
_WORD = re.compile(r"[^\W_]+")
# In NFKC only the signs above and these white spaces still fold to another character.
_WHITE = "\t\n\v\f\r\x1c\x1d\x1e\x1f\x85\u1680\u2028\u2029"
_SWAPS = {**_SIGNS, **dict.fromkeys(_WHITE, " ")}
# A replacement costs 1 ns a character of the text, a table of any size 80.
_MAX_REPLACEMENTS = 40
_MAX_CACHED_CHARS = 8


class OffsetMap:
    """The positions of a folded text in its original, computed on first use, because most texts have no hit.

    *pieces* of the original alternate: the even ones keep their length, which may be 0; *forms* replace the odd ones.
    """

    def __init__(self, pieces: Sequence[str], forms: Sequence[str]) -> None:
        self._pieces = pieces
        self._forms = forms

    def __getitem__(self, position: int) -> int:
        """Return the position in the original; the end of the folded text is the end of the original."""
        folded, original = self._runs
        run = bisect_right(folded, position) - 1
        return original[run] + (0 if run % 2 else position - folded[run])

    @cached_property
    def _runs(self) -> tuple[list[int], list[int]]:
        """The starts of runs in the folded text, and in the original.

        In an even run both positions advance together; in an odd run every position maps to its beginning.
        """
        folded, original = [0], [0]
        at = begin = len(self._pieces[0])
        for piece, form, even in zip(self._pieces[1::2], self._forms, self._pieces[2::2], strict=True):
            if len(form) != len(piece):
                folded += (at, at + len(form))
                original += (begin, begin + len(piece))
            at += len(form) + len(even)
            begin += len(piece) + len(even)
        return folded, original


@dataclass(frozen=True)
class Folded:
    """A text folded for matching; *plain* keeps the case, *folded* and *spaced* have the same length as *plain*.

    *offsets* gives, for each position of *plain* and one past its end, the position in *original*; `None` means that
    nothing moved.
    """

    original: str
    folded: str
    offsets: OffsetMap | None = None
    _plain: str | None = None

    @cached_property
    def spaced(self) -> str:
        """The folded text, with a space for every character but letters and digits."""
        if self._plain is not None:
            return _NOT_A_WORD.sub(" ", self.folded)
        return self.original.encode("cp1252").translate(_SPACE_TABLE).decode("cp1252", "replace")

    @cached_property
    def plain(self) -> str:
        """The folded text, with its capitals."""
        if self._plain is not None:
            return self._plain
        return self.original.encode("cp1252").translate(_PLAIN_TABLE).decode("cp1252", "replace")

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Translate [*start*, *end*) of the folded text to the original."""
        if self.offsets is None:
            return start, end
        return self.offsets[start], self.offsets[end]


def fold(text: str) -> Folded:
    """Fold *text* for matching."""
    if "\xad" in text or (("&" in text or "</" in text) and _ENTITY.search(text)):
        return _fold_any(text)
    # Python's codec for Latin-1 is ten times as fast; characters that both have are the same.
    if (raw := _latin(text)) is not None:
        return Folded(text, raw.translate(_FOLD_TABLE).decode("latin-1"))
    try:
        raw = text.encode("cp1252")
    except UnicodeEncodeError:
        return _fold_any(text)
    if len(raw.translate(None, _COMPATIBLE)) < len(raw):
        return _fold_any(text)
    return Folded(text, raw.translate(_FOLD_TABLE).decode("cp1252", "replace"))


def _latin(text: str) -> bytes | None:
    """Encode a text in Latin-1, unless it has other characters, controls, or letters that NFKC replaces."""
    try:
        raw = text.encode("latin-1")
    except UnicodeEncodeError:
        return None
    return raw if len(raw.translate(None, _NOT_LATIN)) == len(raw) else None


def spelling(text: str) -> str:
    """Normalise a name like a text, with its capitals."""
    return " ".join(fold(text).plain.split())


def comparable_words(text: str) -> str:
    """Fold a text to words with one space between."""
    return " ".join(fold(text).spaced.split())


def is_odd(text: str) -> bool:
    """Whether folding finds other words in *text* than an index that only splits it at signs.

    Invisible characters, undecoded entities, full-width forms, private characters and hashtags (`#HeiaAcme`) hide words
    from such an index.
    """
    if ("#" in text or "@" in text) and _seamed_tag().search(text):
        return True
    # SQLite takes characters without a meaning for letters, and knows others than Python does.
    if any(character > "\xff" and unicodedata.category(character) in {"Co", "Cn"} for character in set(text)):
        return True
    plain_words = _WORD.findall(text.lower())
    return plain_words != fold(text).spaced.split()


@cache
def _seamed_tag() -> re.Pattern[str]:
    # A hashtag or handle of several words goes on after a capital, a digit or `_`.
    from brandwatch.text import languages  # noqa: PLC0415 (7 ms, which a report does without)

    return re.compile(rf"[#@]\w*[^\W_](?:[{languages.capital_letters()}]|_|(?<!\d)\d)")


def _fold_any(text: str) -> Folded:
    """Fold a text beyond Windows-1252, or with entities."""
    has_entities = "&" in text or "</" in text
    if not has_entities and unicodedata.is_normalized("NFKC", text) and not _INVISIBLE.search(text):
        return _lower(text, _swap_characters(text, _SWAPS))
    forms = {character: _form(character) for character in set(text)}
    swaps = {character: form for character, form in forms.items() if form and form != character}
    unfoldable = frozenset(character for character, form in forms.items() if not form)
    odd = _odd_pattern(unfoldable, has_entities=has_entities)
    if odd is None:
        return _lower(text, _swap_characters(text, swaps))
    pieces = odd.split(text)
    # Few short pieces make up most of a text.
    composed = [
        _short_plain_form(piece) if len(piece) <= _MAX_CACHED_CHARS else _plain_form(piece) for piece in pieces[1::2]
    ]
    plain = pieces.copy()
    plain[1::2] = composed
    # The forms may pass through the swaps as well: each of their characters already folds to itself.
    return _lower(text, _swap_characters("".join(plain), swaps), OffsetMap(pieces, composed))


def _lower(text: str, plain: str, offsets: OffsetMap | None = None) -> Folded:
    """Fold the case of a plain form; the small letters are as long as the capitals."""
    plain = latin_words(plain)
    # Python gives a sigma (U+03A3) another small letter at the end of a word, and the İ two characters.
    folded = "İ".join(map(str.lower, plain.replace("\u03a3", "\u03c3").split("İ")))
    return Folded(text, folded, offsets, plain)


@lru_cache(maxsize=1 << 12)
def _form(character: str) -> str:
    """Return the single character to which *character* folds in any context, empty if there is none."""
    form = "" if unicodedata.combining(character) else _compose(character)
    return form if len(form) == 1 else ""


@lru_cache(maxsize=256)
def _odd_pattern(characters: frozenset[str], *, has_entities: bool) -> re.Pattern[str] | None:
    """Build a pattern for entities, characters with combining marks, and each of *characters*; `None` for none."""
    if not characters and not has_entities:
        return None
    marks = "".join(sorted(filter(unicodedata.combining, characters)))
    parts = [_ENTITY.pattern] if has_entities else []
    if "\xad" in characters:
        parts.append(_SOFT_LINE_END)
    if marks:
        parts.append(f"(?s:.)[{re.escape(marks)}]+")
    if characters:
        parts.append(f"[{re.escape(''.join(sorted(characters)))}]")
    return re.compile(f"({'|'.join(parts)})")


def _swap_characters(text: str, swaps: dict[str, str]) -> str:
    if len(swaps) > _MAX_REPLACEMENTS:
        return text.translate({ord(character): other for character, other in swaps.items()})
    for character, other in swaps.items():
        text = text.replace(character, other)
    return text


def _plain_form(piece: str) -> str:
    """Decode and compose an entity or a cluster; nothing remains of a tag and of a soft end of line."""
    if piece[-1] == ">" or (piece[0] == "\xad" and piece.strip("\xad").isspace()):
        return ""
    return _compose(html.unescape(piece) if piece[-1] == ";" else piece)


_short_plain_form = lru_cache(maxsize=1 << 12)(_plain_form)


def _compose(piece: str) -> str:
    # Before NFKC, which makes of the apostrophe ´ a blank with a mark.
    piece = _INVISIBLE.sub("", piece).translate(_SPECIAL)
    # Signs such as ™ stay signs: `AcmeTM` is another word than `Acme™`.
    if piece and unicodedata.category(piece[0]) != "So":
        piece = unicodedata.normalize("NFKC", sort_marks(piece))
    return "".join(" " if character.isspace() else character for character in piece).translate(_SPECIAL)


def _byte_tables() -> tuple[bytes, bytes, bytes]:
    """Build the tables over Windows-1252 for the plain, the folded and the spaced text."""
    plain, folded, spaced = bytearray(range(256)), bytearray(range(256)), bytearray(range(256))
    for value in range(256):
        try:
            character = bytes([value]).decode("cp1252").translate(_SPECIAL)
        except UnicodeDecodeError:  # five bytes are undefined, and stay themselves
            continue
        character = " " if character.isspace() else character
        plain[value] = character.encode("cp1252")[0]
        folded[value] = character.lower().encode("cp1252")[0]
        spaced[value] = folded[value] if character.isalnum() else 0x20
    return bytes(plain), bytes(folded), bytes(spaced)


_PLAIN_TABLE, _FOLD_TABLE, _SPACE_TABLE = _byte_tables()
