"""The exclusions that hide a mention, with the reason: sites, authors, kinds of entry, languages."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from brandwatch import urls
from brandwatch.matching.channels import is_on_site
from brandwatch.models import ClauseResult
from brandwatch.text.languages import all_languages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brandwatch.config.query import Query
    from brandwatch.matching.entry_text import EntryText


# Signs of a kind that are the same in all languages: exchanges and cashtags.
_INTERNATIONAL = {
    "stock_ticker": (
        r"(?:ose|osl|oslo børs|nyse|nasdaq|sto|cph|hel|xetra|lse)\s?:\s?[a-z0-9]{1,6}",
        r"\$[a-z]{2,6}(?!\w)",
    ),
}


def check_exclusions(query: Query, text: EntryText) -> Iterator[ClauseResult]:
    """Yield a result for each exclusion of the query but words; one that does not hold hides the entry."""
    exclude, entry = query.exclude, text.entry
    if exclude.sites:
        site = next((site for site in exclude.sites if is_on_site(entry.url, site)), "")
        absent = f"{urls.host(entry.url) or 'no site'} is not among them"
        yield _result("exclude.sites", site, f"{site} is excluded", absent)
    if exclude.authors:
        names = {part.strip().casefold() for part in (entry.author, *entry.author.split(","))}
        author = next((name for name in exclude.authors if name.casefold() in names), "")
        yield _result("exclude.authors", author, f"the author “{author}” is excluded", "the author is not among them")
    if exclude.kinds:
        kind, words = _excluded_kind(exclude.kinds, text)
        yield _result("exclude.kinds", kind, f"the words of {kind}: “{words}”", "no words of such an entry")
    if query.languages:
        # An unknown language hides nothing.
        language = text.language if text.language and text.language not in query.languages else ""
        present = f"the language is {text.language or 'unknown'}"
        yield _result("languages", language, f"the language is {language}", present)


def _result(clause: str, hit: str, failure: str, success: str) -> ClauseResult:
    return ClauseResult(clause=clause, holds=not hit, note=failure if hit else success)


def _excluded_kind(kinds: tuple[str, ...], text: EntryText) -> tuple[str, str]:
    """Return the first of *kinds* that the entry is, and the words that tell it."""
    for kind in kinds:
        for folded in text.fields.values():
            if match := _pattern(kind).search(folded.folded):
                return kind, match[0]
    return "", ""


@cache
def _pattern(kind: str) -> re.Pattern[str]:
    """Return a pattern for the words of one kind of entry, in every language."""
    words = [pattern for each in all_languages() for pattern in getattr(each.exclusions, kind)]
    return re.compile(rf"(?<!\w)(?:{'|'.join((*_INTERNATIONAL.get(kind, ()), *words))})(?!\w)")
