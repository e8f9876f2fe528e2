"""What hides a mention, with the reason: excluded sites, authors, kinds of entry, languages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from brandwatch import urls
from brandwatch.matching.channels import is_on_site
from brandwatch.models import ClauseResult

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brandwatch.config.query import Query
    from brandwatch.matching.entry_text import EntryText


_KINDS = {
    "job_ad": (
        r"ledige? stillinge?r?|stilling(?:en)? ledig|vi søker|søker du (?:ny|jobb|en)|søk (?:på )?(?:jobb|stilling)en|"
        r"søknadsfrist|ledig job|jobopslag|ansøgningsfrist|vi søger|lediga jobb|ledig tjänst|vi söker|"
        r"sök (?:jobbet|tjänsten)|ansökningsfrist|we(?:'re| are) hiring|now hiring|job opening|apply now|"
        r"vacanc(?:y|ies)|stellenangebote?|wir suchen|jetzt bewerben|\(m/w/d\)|avoin työpaikka"
    ),
    "stock_ticker": (
        r"(?:ose|osl|oslo børs|nyse|nasdaq|sto|cph|hel|xetra|lse)\s?:\s?[a-z0-9]{1,6}|\$[a-z]{2,6}(?!\w)|"
        r"(?:kurs|aksje|aktie)\w* (?:opp|ned|upp|op|ner) \d+[.,]\d+ ?(?:%|prosent|procent)|kursmål|riktkurs|kursziel|"
        r"price target"
    ),
    "coupon": (
        r"rabatt?kod(?:e|er|en|ene|erna)|kampanjekod(?:e|en|er)|kupong(?:kode|kod|er|en)?|"
        r"(?:coupon|promo|discount|voucher) codes?|gutschein(?:code|e)?|\d{1,2} ?% (?:rabatt?|off)|alennuskoodi"
    ),
    "obituary": (
        r"minneord|dødsannonse|dødsfall|bisettelse|bisettes|begraves|hvil i fred|gått bort|dödsannons|minnesord|"
        r"dödsfall|begravning|mindeord|dødsannoncer?|bisættelse|obituar(?:y|ies)|in loving memory|passed away|funeral|"
        r"nachruf|todesanzeige|verstorben|muistokirjoitus"
    ),
}
_PATTERNS = {kind: re.compile(rf"(?<!\w)(?:{words})(?!\w)") for kind, words in _KINDS.items()}


def check_exclusions(query: Query, page: EntryText) -> Iterator[ClauseResult]:
    """Yield a check for each exclusion that the query has beyond words; one that does not hold hides the entry."""
    exclude, entry = query.exclude, page.entry
    if exclude.sites:
        site = next((site for site in exclude.sites if is_on_site(entry.url, site)), "")
        yield _check(
            "exclude.sites", site, f"{site} is excluded", f"{urls.host(entry.url) or 'no site'} is not among them"
        )
    if exclude.authors:
        author = next((name for name in exclude.authors if _is_author(entry.author, name)), "")
        yield _check("exclude.authors", author, f"the author “{author}” is excluded", "the author is not among them")
    if exclude.kinds:
        kind, words = next(((kind, found) for kind in exclude.kinds if (found := _signs(kind, page))), ("", ""))
        yield _check("exclude.kinds", kind, f"the words of {kind}: “{words}”", "no words of such an entry")
    if query.languages:
        # Softly: a language that is not known passes.
        language = page.language if page.language and page.language not in query.languages else ""
        yield _check(
            "languages", language, f"the language is {language}", f"the language is {page.language or 'unknown'}"
        )


def _check(clause: str, found: str, failure: str, success: str) -> ClauseResult:
    """Return the check: what was *found* hides the entry."""
    return ClauseResult(clause=clause, holds=not found, note=failure if found else success)


def _is_author(author: str, name: str) -> bool:
    """Say whether an author is the one named, alone or among others."""
    return name.casefold() in {part.strip().casefold() for part in (author, *author.split(","))}


def _signs(kind: str, page: EntryText) -> str:
    """Return the words that make an entry one of its kind."""
    found = (_PATTERNS[kind].search(text.folded) for text in page.fields.values())
    return next((match[0] for match in found if match), "")
