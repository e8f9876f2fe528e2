"""The title of an entry as people see it: its own, or the beginning of its text."""

from __future__ import annotations

from brandwatch.text.sanitise import one_line

MAX_BEGINNING_CHARS = 80
_MIN_BEGINNING_CHARS = 40
NO_TITLE = "(no title)"


def shown_title(title: str, text: str) -> str:
    """Return the title on one line, or the beginning of the text for an entry without one."""
    if title := one_line(title):
        return title
    end = beginning_end(text)
    beginning = one_line(text[:end])
    return (f"{beginning}…" if end < len(text) else beginning) or NO_TITLE


def beginning_end(text: str) -> int:
    """Return the end of the beginning of a text: at most 80 characters, cut between words where there are any."""
    if len(text) <= MAX_BEGINNING_CHARS:
        return len(text)
    end = max(text.rfind(blank, 0, MAX_BEGINNING_CHARS + 1) for blank in " \n")
    end = end if end >= _MIN_BEGINNING_CHARS else MAX_BEGINNING_CHARS
    return len(text[:end].rstrip())
