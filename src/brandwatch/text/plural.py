"""Numbers with the right form of their noun."""

from __future__ import annotations


def plural(number: int, one: str, many: str = "") -> str:
    """Return a number of things: `1 story`, `2 stories`; *many* is *one* with an s where nothing else is said."""
    return f"{number} {one if number == 1 else many or f'{one}s'}"
