"""Order of combining marks in linear time."""

from __future__ import annotations

import re
import unicodedata
from itertools import groupby

# A mark is no word character. Python sorts as many as a language uses well enough.
_LONG_RUN = re.compile(r"[^\w\x00-\xff]{9,}")


def sorted_marks(text: str) -> str:
    """Return a text whose long runs of marks are in canonical order (Unicode 3.11, D108)."""
    return _LONG_RUN.sub(_in_order, text)


def _in_order(run: re.Match[str]) -> str:
    """Return a run of marks and other signs with the marks behind each sign sorted by their class."""
    clusters = groupby(run[0], key=lambda character: unicodedata.combining(character) > 0)
    return "".join(character for _, cluster in clusters for character in sorted(cluster, key=unicodedata.combining))
