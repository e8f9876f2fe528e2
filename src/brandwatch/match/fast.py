"""The extra `[fast]`: all spellings found by one automaton (Aho and Corasick, 1975) instead of word by word."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from brandwatch.match.finder import Finder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from brandwatch.match.names import Alias
    from brandwatch.text.normalise import Folded


class FastFinder(Finder):
    """The same answers as `Finder` once the edges are judged, by `ahocorasick_rs`."""

    def __init__(self, aliases: Iterable[Alias]) -> None:
        import ahocorasick_rs  # noqa: PLC0415 (an extra)

        spelled: defaultdict[str, list[Alias]] = defaultdict(list)
        for alias in aliases:
            spelled[alias.text].append(alias)
        self._spelled = list(spelled.values())
        self._automaton = ahocorasick_rs.AhoCorasick(list(spelled))

    def find(self, text: Folded) -> Iterator[tuple[Alias, int, int]]:
        """Yield (alias, start, end) for each place in *text* where an alias is written, edges not yet judged."""
        folded = text.folded
        for number, start, end in self._automaton.find_matches_as_indexes(folded, overlapping=True):
            if not start or not folded[start - 1].isalnum():
                for alias in self._spelled[number]:
                    yield alias, start, end


def best_finder() -> type[Finder]:
    """Return the quicker finder where the extra is installed."""
    try:
        import ahocorasick_rs  # noqa: F401, PLC0415 (an extra)
    except ImportError:
        return Finder
    return FastFinder
