"""The part of a text that shows why it matters: some hundred characters around what was found in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    Span = tuple[int, int]

_MORE = "… "
# So far a cut moves to stand between words.
_LONGEST_WORD = 40
_SHARE_BEFORE = 3


class Snippet(NamedTuple):
    """A part of a text: the characters [*start*, *end*) of it, behind *lead* others that say that it was cut."""

    text: str
    start: int
    end: int
    lead: int = 0

    def span(self, start: int, end: int) -> Span:
        """Return where [*start*, *end*) of the whole text stands in this part; where it does not, nothing: (0, 0)."""
        if not self.start <= start <= end <= self.end:
            return 0, 0
        return start - self.start + self.lead, end - self.start + self.lead


def snippet(text: str, spans: Sequence[Span], size: int) -> Snippet:
    """Return at most *size* characters of a text, with as many of the *spans* as fit, the first of them before others.

    Where there is no span it is the beginning.
    """
    if len(text) <= size:
        return Snippet(text, 0, len(text))
    room = size - 2 * len(_MORE)
    if room <= 0:
        return Snippet("", 0, 0)
    core = _core(spans, room)
    start, end = _between_words(text, _around(core, len(text), room), core)
    lead = _MORE if start else ""
    return Snippet(f"{lead}{text[start:end]}{_MORE[::-1] if end < len(text) else ''}", start, end, len(lead))


def _core(spans: Sequence[Span], room: int) -> Span:
    """Return the stretch that holds the first span that fits, and of the others those that fit with it."""
    fitting = [(start, end) for start, end in spans if start < end <= start + room]
    if not fitting:
        return 0, 0
    start, end = fitting[0]
    for other in sorted(fitting, key=lambda span: abs(span[0] - fitting[0][0])):
        wider = min(start, other[0]), max(end, other[1])
        start, end = wider if wider[1] - wider[0] <= room else (start, end)
    return start, end


def _around(core: Span, length: int, room: int) -> Span:
    """Return a stretch of the whole room around another: what follows says more than what goes before."""
    start = max(0, core[0] - (room - (core[1] - core[0])) // _SHARE_BEFORE)
    end = min(length, start + room)
    return max(0, end - room), end


def _between_words(text: str, stretch: Span, core: Span) -> Span:
    """Return a stretch that cuts no word, unless it is longer than any; it holds *core* still."""
    start, end = stretch
    if 0 < start < core[0] and not text[start - 1].isspace():
        start = next((at + 1 for at in range(start, min(core[0], start + _LONGEST_WORD)) if text[at].isspace()), start)
    if core[1] < end < len(text) and not text[end].isspace():
        end = next((at for at in range(end - 1, max(core[1], end - _LONGEST_WORD), -1) if text[at].isspace()), end)
    while start < min(core[0] or end, end) and text[start].isspace():
        start += 1
    while end > max(start, core[1]) and text[end - 1].isspace():
        end -= 1
    return start, end
