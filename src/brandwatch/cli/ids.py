"""The mentions that somebody names: by number, by story, or a number a line on standard input."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from brandwatch.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from brandwatch.storage import Store


_STORY = "story:"
_HEADINGS = {"id": "", "story": _STORY}
_SHOWN = 5


def named_mentions(store: Store, written: Iterable[str]) -> list[int]:
    """Return the numbers of the mentions that are named, each once; raise UsageError for what names none."""
    numbers: dict[int, None] = {}
    for one in _expanded(written):
        numbers |= dict.fromkeys(_of_story(store, one) if one.startswith(_STORY) else [_number(one, one)])
    return list(numbers)


def refuse_unknown(named: Iterable[int], known: Iterable[int]) -> None:
    """Raise UsageError where a mention is named that there is not."""
    unknown = sorted(set(named).difference(known))
    if unknown:
        shown = ", ".join(map(str, unknown[:_SHOWN])) + (" …" if len(unknown) > _SHOWN else "")
        what = f"no mention {shown}" if len(unknown) == 1 else f"no mentions {shown}"
        raise UsageError(f"there is {what}; nothing was changed", "`brandwatch report` lists them with their numbers")


def _expanded(written: Iterable[str]) -> Iterator[str]:
    """Yield what is named, and for `-` what standard input names."""
    for one in written:
        if one == "-":
            yield from _read()
        else:
            yield one.strip().lower()


def _read() -> Iterator[str]:
    """Yield what the first column of standard input names; under the heading `story` these are stories."""
    from brandwatch.reports.spreadsheets import read_lines

    if sys.stdin is None:
        raise UsageError("there is no standard input")
    kind = ""
    for at, line in enumerate(read_lines(sys.stdin.buffer.read(), "standard input")):
        value = line.cells[0].strip().lower()
        if at == 0 and value in _HEADINGS:
            kind = _HEADINGS[value]
        elif value:
            digits = value.removeprefix(_STORY)
            yield f"{kind or value[: -len(digits)]}{_number(digits, value, f'standard input:{line.number}: ')}"


def _of_story(store: Store, written: str) -> list[int]:
    """Return the mentions of a story that are shown."""
    from brandwatch.storage.stories import story_mentions

    found = [mention.id for mention in story_mentions(store, _number(written.removeprefix(_STORY), written))]
    if not found:
        raise UsageError(f"there is no {written.replace(':', ' ')}", "`brandwatch report --stories` lists them")
    return found


def _number(digits: str, written: str, place: str = "") -> int:
    """Return a number; raise UsageError, with the place, where something else was written."""
    # What is larger is no number of SQLite's.
    if not (digits.isascii() and digits.isdigit() and len(digits) <= len(str(2**62))):
        raise UsageError(
            f"{place}“{written}” names no mention", "write numbers, story:12, or - for a list on standard input"
        )
    return int(digits)
