"""Text from people and from the web: decoding, cleaning, folding for matching, dates and languages. Pure."""

from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

MACROLANGUAGES = {"no": ("nb", "nn")}
"""Codes that stand for several languages (ISO 639-3)."""
LANGUAGE_FOLDER = Path(__file__).parent / "languages"


def plural(number: int, one: str, many: str = "") -> str:
    """Write a count with its noun: `1 story`, `2 stories`; *many* defaults to *one* with an s."""
    return f"{number} {one if number == 1 else many or f'{one}s'}"


def duration(length: timedelta) -> str:
    """Write a length of time in its largest unit: `3 days`, `25 hours`, `12 minutes`."""
    if length >= timedelta(days=2):
        return plural(length.days, "day")
    # “25 hours” is more exact than “1 day”.
    hours = length // timedelta(hours=1)
    return plural(hours, "hour") if hours >= 2 else plural(length // timedelta(minutes=1), "minute")  # noqa: PLR2004


def local_minute(when: datetime | None) -> str:
    """Return a time to the minute with the local offset; empty if unknown."""
    return f"{when.astimezone():%Y-%m-%d %H:%M %z}" if when else ""


@cache
def language_codes() -> tuple[str, ...]:
    """List the codes of the languages that have a file, without reading it."""
    return tuple(sorted(path.stem for path in LANGUAGE_FOLDER.glob("*.toml")))
