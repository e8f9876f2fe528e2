"""Tags and notes of analysts in one normal form."""

from __future__ import annotations

import re

from brandwatch.text.sanitise import one_line

MAX_NOTE_CHARS = 1_000

# What begins with a letter or a digit is neither a formula in a spreadsheet nor an option on a command line.
_TAG = re.compile(r"[^\W_][\w .:&/+#'-]{0,39}")
_BETWEEN = re.compile(r"[;,\n]")


def normalise_tag(written: str) -> str:
    """Return a tag as it is kept: small letters on one line; empty for what is none."""
    tag = one_line(written).lower()
    return tag if _TAG.fullmatch(tag) else ""


def split_tags(written: str) -> list[str]:
    """Return the tags in a text with `;` or `,` between them, as they are written there."""
    return [part.strip() for part in _BETWEEN.split(written) if part.strip()]


def normalise_note(written: str) -> str:
    """Return a note as it is kept: on one line, and not too long for a cell."""
    return one_line(written)[:MAX_NOTE_CHARS].rstrip()
