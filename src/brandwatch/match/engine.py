"""The matcher: all queries compiled once, each entry judged by all of them in one pass."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from brandwatch.match.channels import Channels
from brandwatch.match.fast import best_finder
from brandwatch.match.hits import Names
from brandwatch.match.judging import judged
from brandwatch.match.names import aliases
from brandwatch.match.page import Page
from brandwatch.match.profile import Profile, terms

if TYPE_CHECKING:
    from collections.abc import Iterable

    from brandwatch.match.finder import Finder
    from brandwatch.match.hits import Hit, Miss
    from brandwatch.models import Entry, Judgement, Query


class Matcher:
    """Many queries, ready to be asked about entries; cheap to ask, dear to build."""

    def __init__(self, queries: Iterable[Query], *, finder: type[Finder] | None = None) -> None:
        self._profiles = tuple(map(Profile, queries))
        asked = [profile.query for profile in self._profiles]
        spellings = (
            alias
            for number, query in enumerate(asked)
            for term in terms(query)
            for alias in aliases(term, number, query.languages)
        )
        self._names = Names(spellings, finder or best_finder())
        self._channels = Channels(asked)

    def judge(self, entry: Entry, *, source: str = "", kind: str = "") -> dict[str, Judgement]:
        """Return the judgement of each query that the entry is a mention of, hidden ones too, by the query's name.

        *source* and *kind* say where the entry came through.
        """
        all_of_them = self._judged(Page(entry, source=source, kind=kind))
        return {name: judgement for name, judgement in all_of_them.items() if judgement.evidence}

    def explain(self, entry: Entry, *, source: str = "", kind: str = "") -> dict[str, Judgement]:
        """Return the judgement of every query, mention or not, made on the same path as `judge`."""
        page = Page(entry, source=source, kind=kind)
        found = self._judged(page)
        for profile in self._profiles:
            found.setdefault(profile.query.name, judged(profile, (), page))
        return found

    def _judged(self, page: Page) -> dict[str, Judgement]:
        """Return the judgement of each query that has anything to do with a page."""
        found: defaultdict[int, list[Hit | Miss]] = defaultdict(list)
        for place in self._names.find(page):
            found[place.alias.query].append(place)
        for number in self._channels.concerned(page.entry):
            found[number] += []
        return {
            self._profiles[number].query.name: judged(self._profiles[number], places, page)
            for number, places in sorted(found.items())
        }
