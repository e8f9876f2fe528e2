"""Make text safe and uniform: cleaning, safe forms for terminals and spreadsheets, tags and notes."""

from __future__ import annotations

import os
import re
import unicodedata
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


# Controls except newline, the marks that change the direction of writing, invisible spaces, lone surrogates, private
# line ends, noncharacters and tag characters: all of them pass through terminals and spreadsheets and act there.
_UNSAFE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\U000e0000-\U000e007f]"
)
_UNSHOWN = re.compile(rf"{_UNSAFE.pattern}|[\t-\r\x85\u2028\u2029]")
_LINE_ENDS = re.compile("\r\n?|[\x85\u2028\u2029]")
_BLANKS = re.compile("[\t\x0b\x0c]")
_SPACES = re.compile(r" {2,}")
_LAYOUT = re.compile(r" +\n\s*|\n\s+")
# Variants of signs, and colours of skin: terminals do not agree on the width.
_VARIANTS = re.compile("[\ufe00-\ufe0f\U0001f3fb-\U0001f3ff]")
_JOINED = re.compile("(?<=[\u2190-\u2bff\U0001f000-\U0001faff])\u200d")
# Spreadsheets skip spaces and invisible characters before a sign, and East Asian ones read full-width and small signs.
_SKIPPED = "\u00ad\u200b-\u200f\u2060-\u206f\ufe00-\ufe0f\ufeff'"
_SIGN = r"[=+\-@|\uff1d\uff0b\uff0d\uff20\uff5c\ufe62\ufe63\ufe66\ufe6b]"
_FORMULA = re.compile(rf"[\s{_SKIPPED}]*{_SIGN}")
# Where lines are split at another sign than ours, that sign begins a cell, in which quotation marks are dropped.
_BEGIN_OF_FORMULA = rf"(?=(?:[^\S\n]|[\"{_SKIPPED}])*{_SIGN})"
_FORMULA_AFTER = {signs: re.compile(rf"(?<=[{signs}\n])(?!'){_BEGIN_OF_FORMULA}") for signs in (";", ";,")}
_GUARD_AFTER = re.compile(rf"(?<=[;,\n])'{_BEGIN_OF_FORMULA}")
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?")
# A mark is no word character. Python sorts as many as a language uses well enough.
_LONG_RUN_OF_MARKS = re.compile(r"[^\w\x00-\xff]{9,}")
# A tag begins with a letter or a digit: so it is neither a formula in a spreadsheet nor an option on a command line.
_TAG = re.compile(r"[^\W_][\w .:&/+#'-]{0,39}")
_LANGUAGE_TAG = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{1,8})*")
_BETWEEN_TAGS = re.compile(r"[;,\n]")
MAX_NOTE_CHARS = 1_000


def clean(value: str) -> str:
    """Remove controls but newlines, invisible characters and marks of direction; compose the rest (NFC)."""
    if value.isascii() and value.isprintable():
        return value
    value = value.replace("\xa0", " ")
    # Nothing of what is replaced or removed below is printable to Python.
    if not value.replace("\n", "").isprintable():
        value = _UNSAFE.sub("", _BLANKS.sub(" ", _LINE_ENDS.sub("\n", value)))
    return compose(value)


def compose(value: str) -> str:
    """Compose *value* (NFC): enough cleaning for text with printable lines."""
    return value if unicodedata.is_normalized("NFC", value) else unicodedata.normalize("NFC", sort_marks(value))


def sort_marks(text: str) -> str:
    """Put long runs of marks in canonical order (Unicode 3.11, D108), in linear time."""
    return _LONG_RUN_OF_MARKS.sub(_sort_run, text)


def _sort_run(run: re.Match[str]) -> str:
    clusters = groupby(run[0], key=lambda character: unicodedata.combining(character) > 0)
    return "".join(character for _, cluster in clusters for character in sorted(cluster, key=unicodedata.combining))


def clean_title(value: str) -> str:
    """Clean a title: a newline with spaces around it is layout and becomes one, any other stays."""
    value = clean(value).strip()
    if "\n" not in value and "  " not in value:
        return value
    return _SPACES.sub(" ", _LAYOUT.sub(" ", value))


def one_line(value: str) -> str:
    """Clean *value* to one line, for a cell of a table, a log or an error."""
    # Most identities of entries are links.
    if value.isascii() and value.isprintable() and " " not in value:
        return value
    return " ".join(clean(value).split())


def shown_path(path: Path | str) -> str:
    """Return the name of a file for a screen: bytes that are not UTF-8, controls and marks of direction as escapes."""
    text = os.fsencode(path).decode("utf-8", "backslashreplace")
    return _UNSHOWN.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


def is_shown_as_is(name: str) -> bool:
    """Whether a name has no character that is shown as an escape."""
    return shown_path(name) == name


def fixed_width_line(value: str) -> str:
    """Clean *value* to one line of the same width on every terminal: joined emoji are separated."""
    return _JOINED.sub("", _VARIANTS.sub("", one_line(value)))


def spreadsheet_cell(value: str, separators: str = ";") -> str:
    """Put an apostrophe before what a spreadsheet would read as a formula; numbers stay numbers.

    A formula is at the start, or after one of the *separators* (`;` or `;,`) or a line end: a spreadsheet that splits
    lines there would begin a cell with it.
    """
    # Most cells are plain words and numbers.
    is_plain = value.isascii() and value.isprintable() and (not value or value[0].isalnum())
    if is_plain and ";" not in value and ("," not in value or separators == ";"):
        return value
    value = _FORMULA_AFTER[separators].sub("'", clean(value))
    if _FORMULA.match(value) and not _NUMBER.fullmatch(value) and not value.startswith("'"):
        return f"'{value}"
    return value


def plain_cell(written: str) -> str:
    """Remove the apostrophes that `spreadsheet_cell` has put into a text; another text stays as it is."""
    bare = _GUARD_AFTER.sub("", written).removeprefix("'")
    return bare if written in (spreadsheet_cell(bare), spreadsheet_cell(bare, ";,")) else written


def language_tag(declared: str) -> str:
    """Return a declared language as a lower-case BCP 47 tag, empty if it is not one."""
    tag = declared.strip().lower().replace("_", "-")
    return tag if _LANGUAGE_TAG.fullmatch(tag) else ""


def normalise_tag(written: str) -> str:
    """Return a tag in small letters on one line; empty if it is not valid."""
    tag = one_line(written).lower()
    return tag if _TAG.fullmatch(tag) else ""


def split_tags(written: str) -> list[str]:
    """Split a list of tags at `;`, `,` and line ends."""
    return [part.strip() for part in _BETWEEN_TAGS.split(written) if part.strip()]


def normalise_note(written: str) -> str:
    """Return a note on one line, cut to its maximum length."""
    return one_line(written)[:MAX_NOTE_CHARS].rstrip()
