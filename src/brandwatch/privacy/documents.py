"""The privacy notice and the record of processing, from the `privacy` section of a query file."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from brandwatch import clock, templates, urls
from brandwatch.models import FEED_KIND, DocumentKind
from brandwatch.text.sanitise import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brandwatch.config.query import Query

    Facts = Mapping[str, Any]
    Words = Mapping[str, Any]


DOCUMENT_LANGUAGES = ("nb", "en")

_TEXT_KEYS = ("controller", "contact", "officer", "purpose", "legal_basis")
_REQUIRED_KEYS = ("controller", "contact", "purpose", "legal_basis", "informed", "review_by", "recipients")
# The record has them all (GDPR article 30), the notice does without the transfers.
_RECORD_KEYS = (*_REQUIRED_KEYS, "transfers")
_KEYS = {DocumentKind.NOTICE: _REQUIRED_KEYS, DocumentKind.RECORD: _RECORD_KEYS}
_YEAR_DAYS = 365
_MARKDOWN_MARKS = re.compile(r"\*\*|`")


def missing_keys(query: Query, kind: DocumentKind) -> tuple[str, ...]:
    """List the keys under `privacy` that a document needs and the query file lacks."""
    return tuple(key for key in _KEYS[kind] if not getattr(query.privacy, key))


def document_facts(query: Query, kind: DocumentKind) -> dict[str, Any]:
    """Collect the facts of a document, in the form of JSON; a fact that the query file lacks is `None`."""
    processing = query.privacy
    hosts: defaultdict[str, set[str]] = defaultdict(set)
    for source in query.sources:
        hosts[source.kind].add(urls.readable_host(urls.host(source.url)))
    return {
        "query": query.name,
        "brand": query.brand,
        **{name: getattr(processing, name) or None for name in _TEXT_KEYS},
        "informed": processing.informed.isoformat() if processing.informed else None,
        "review_by": processing.review_by.isoformat() if processing.review_by else None,
        "recipients": list(processing.recipients) or None,
        "transfers": list(processing.transfers) or None,
        # The number of each role, never names.
        "representatives": dict(Counter(person.role for person in query.people)),
        "staff_mentions": query.staff_mentions,
        "sources": {name: sorted(hosts[name]) for name in sorted(hosts, key=lambda name: (name != FEED_KIND, name))},
        "author": str(query.keeping.author),
        "snippet": query.keeping.snippet,
        "retention_days": {str(voice): period.days for voice, period in query.keeping.by_voice.items()},
        "missing": list(missing_keys(query, kind)),
    }


def document_as_markdown(facts: Facts, kind: DocumentKind, language: str, blanks: Mapping[str, str]) -> str:
    """Render a document; *blanks* holds the place in the query file (`acme.yaml:4`) of each missing key."""
    words = _words(language)
    values = {key: _phrase(facts, key, words, blanks) for key in _RECORD_KEYS}
    snippet_chars = facts["snippet"]
    values |= _lists(facts, words) | {
        "brand": one_line(facts["brand"]),
        "officer": one_line(facts["officer"] or words["no_officer"]),
        "staff_mentions": words["staff_on" if facts["staff_mentions"] else "staff_off"],
        "author": words["authors"][facts["author"]],
        "passage": words["passage"].format(count=snippet_chars) if snippet_chars else words["no_passage"],
        "today": clock.now().astimezone().date().isoformat(),
    }
    return templates.render(f"privacy/{kind}.{language}.md", **values) + "\n"


def markdown_as_text(markdown: str) -> str:
    """Remove the marks of Markdown from a document, and underline its headings."""
    lines = []
    for line in _MARKDOWN_MARKS.sub("", markdown).splitlines():
        heading = line.lstrip("# ") if line.startswith("#") else ""
        if heading:
            lines += [heading, ("=" if line.startswith("# ") else "-") * len(heading)]
        else:
            lines.append(line)
    return "\n".join(lines) + "\n"


def _phrase(facts: Facts, key: str, words: Words, blanks: Mapping[str, str]) -> str:
    """Write a fact in words, or a blank with its key and the place to fill it in."""
    value = facts[key]
    if not value:
        return str(words["blank"]).format(key=key, place=blanks.get(key, ""))
    text = "; ".join(map(one_line, value)) if isinstance(value, list) else one_line(value)
    is_overdue = key == "review_by" and date.fromisoformat(value) < clock.now().astimezone().date()
    return f"{text} ({words['overdue']})" if is_overdue else text


def _lists(facts: Facts, words: Words) -> dict[str, str]:
    """Write the representatives by role, the sources by kind, and the retention by voice."""
    roles = ", ".join(f"{words['roles'][role]} ({count})" for role, count in facts["representatives"].items())
    sources = [
        f"- {words['kinds'].get(kind, kind)}: {', '.join(map(one_line, hosts))}"
        for kind, hosts in facts["sources"].items()
    ]
    periods = []
    for voice, days in facts["retention_days"].items():
        is_years = days % _YEAR_DAYS == 0 and days > _YEAR_DAYS
        period = f"{days // _YEAR_DAYS} {words['years']}" if is_years else f"{days} {words['days']}"
        periods.append(f"- {words['voices'][voice]}: {period}")
    return {
        "representatives": words["some_representatives"].format(roles=roles) if roles else words["no_representatives"],
        "sources": "\n".join(sources) or words["no_sources"],
        "retention": "\n".join(periods),
    }


@cache
def _words(language: str) -> dict[str, Any]:
    path = Path(__file__).with_name("document_words") / f"{language}.json"
    words: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return words
