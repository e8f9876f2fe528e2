"""The notice and the record of processing: facts from a query file, as text in the language of the reader."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from datetime import date
from functools import cache
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

from brandwatch import clock, urls
from brandwatch.models import FEED_KIND, DocumentKind, Voice
from brandwatch.text.sanitise import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from brandwatch.config.query import Query

    Facts = Mapping[str, Any]


DOCUMENT_LANGUAGES = ("nb", "en")
"""The languages that papers are written in."""

_NEEDED = ("controller", "contact", "purpose", "legal_basis", "informed", "review_by", "recipients")
_NEEDS = {DocumentKind.NOTICE: _NEEDED, DocumentKind.RECORD: (*_NEEDED, "transfers")}


def missing_keys(query: Query, paper: DocumentKind) -> tuple[str, ...]:
    """Return the keys under `privacy` that a paper needs, and the query does not say."""
    return tuple(key for key in _NEEDS[paper] if not getattr(query.privacy, key))


def document_facts(query: Query, paper: DocumentKind) -> dict[str, Any]:
    """Return what a paper tells, for programs: what is not said is null."""
    told = query.privacy
    return {
        "query": query.name,
        "brand": query.brand,
        "controller": told.controller or None,
        "contact": told.contact or None,
        "officer": told.officer or None,
        "purpose": told.purpose or None,
        "legal_basis": told.legal_basis or None,
        "informed": told.informed.isoformat() if told.informed else None,
        "review_by": told.review_by.isoformat() if told.review_by else None,
        "recipients": list(told.recipients) or None,
        "transfers": list(told.transfers) or None,
        "representatives": dict(Counter(person.role for person in query.people)),
        "staff_mentions": query.staff_mentions,
        "sources": _places(query),
        "author": str(query.keeping.author),
        "snippet": query.keeping.snippet,
        "retention_days": {str(voice): query.keeping.of(voice).days for voice in Voice},
        "missing": list(missing_keys(query, paper)),
    }


def _places(query: Query) -> dict[str, list[str]]:
    """Return the hosts that are asked, by the kind of source; feeds first."""
    hosts: defaultdict[str, set[str]] = defaultdict(set)
    for source in query.sources:
        hosts[source.kind].add(urls.host(source.url))
    return {kind: sorted(hosts[kind]) for kind in sorted(hosts, key=lambda kind: (kind != FEED_KIND, kind))}


_TEXTS = Path(__file__).with_name("document_texts")
_SAID = ("controller", "contact", "purpose", "legal_basis", "informed", "review_by", "recipients", "transfers")
_YEAR = 365
_MARKS = re.compile(r"\*\*|`")


def document_as_markdown(told: Facts, paper: DocumentKind, language: str, blanks: Mapping[str, str]) -> str:
    """Return a paper as Markdown; *blanks* says of each missing key where in which file it is to be filled in."""
    words = _words(language)
    values = {key: _said(told, key, words, blanks) for key in _SAID} | {
        "brand": one_line(told["brand"]),
        "officer": one_line(told["officer"] or words["no_officer"]),
        "representatives": _representatives(told["representatives"], words),
        "staff_mentions": words["staff_on" if told["staff_mentions"] else "staff_off"],
        "sources": _listed(_sources(told["sources"], words)) or words["no_sources"],
        "author": words["authors"][told["author"]],
        "passage": _passage(told["snippet"], words),
        "retention": _listed(_kept(told["retention_days"], words)),
        "today": clock.now().astimezone().date().isoformat(),
    }
    return Template(_text(f"{paper}.{language}.md")).substitute(values)


def markdown_as_text(markdown: str) -> str:
    """Return a paper without the marks of Markdown: a line below a heading instead."""
    lines = []
    for line in _MARKS.sub("", markdown).splitlines():
        heading = line.lstrip("# ") if line.startswith("#") else ""
        lines += [heading, ("=" if line.startswith("# ") else "-") * len(heading)] if heading else [line]
    return "\n".join(lines) + "\n"


def _said(told: Facts, key: str, words: Mapping[str, Any], blanks: Mapping[str, str]) -> str:
    """Return what the query says, or a blank that names the place where it is to be said."""
    value = told[key]
    if not value:
        return Template(words["blank"]).substitute(key=key, place=blanks.get(key, ""))
    is_overdue = key == "review_by" and date.fromisoformat(value) < clock.now().astimezone().date()
    text = "; ".join(map(one_line, value)) if isinstance(value, list) else one_line(value)
    return f"{text} ({words['overdue']})" if is_overdue else text


def _representatives(roles: Mapping[str, int], words: Mapping[str, Any]) -> str:
    """Return how many official representatives are looked for, by their roles and never by their names."""
    if not roles:
        return str(words["no_representatives"])
    counted = ", ".join(f"{words['roles'][role]} ({count})" for role, count in roles.items())
    return Template(words["some_representatives"]).substitute(roles=counted)


def _passage(snippet: int, words: Mapping[str, Any]) -> str:
    """Return how much of a text is stored."""
    return Template(words["passage"]).substitute(count=snippet) if snippet else str(words["no_passage"])


def _sources(places: Mapping[str, list[str]], words: Mapping[str, Any]) -> Iterable[str]:
    """Yield a line for each kind of source."""
    for kind, hosts in places.items():
        yield f"{words['kinds'].get(kind, kind)}: {', '.join(map(one_line, hosts))}"


def _kept(days: Mapping[str, int], words: Mapping[str, Any]) -> Iterable[str]:
    """Yield a line for each voice: how long its mentions are kept."""
    for voice, count in days.items():
        years = count // _YEAR if count % _YEAR == 0 and count > _YEAR else 0
        yield f"{words['voices'][voice]}: {years or count} {words['years' if years else 'days']}"


def _listed(lines: Iterable[str]) -> str:
    """Return lines as a list."""
    return "\n".join(f"- {line}" for line in lines)


@cache
def _words(language: str) -> dict[str, Any]:
    """Return the words that facts are told with."""
    words: dict[str, Any] = json.loads(_text(f"words.{language}.json"))
    return words


def _text(name: str) -> str:
    """Return a text of ours."""
    return (_TEXTS / name).read_text(encoding="utf-8")
