"""From rows of an answer to entries: the same cleaning as for feeds, and unknown counts stay unknown."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import jmespath
from jmespath.exceptions import JMESPathError

from brandwatch.feeds.entries import MAX_LINKS, body_links, entry_link
from brandwatch.models import Entry, Response
from brandwatch.sources.url_templates import fill_template, is_template
from brandwatch.text.dates import parse_date
from brandwatch.text.html import html_to_text
from brandwatch.text.sanitise import clean, clean_title, one_line

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from jmespath.parser import ParsedResult

    from brandwatch.config.kind import EntryMap


def expression_error(expression: str) -> str:
    """Say what is wrong with an expression, empty if nothing is."""
    try:
        _compiled(expression)
    except JMESPathError as error:
        return f"not a JMESPath expression: {str(error).splitlines()[0]}"
    return ""


def evaluate_expression(expression: str, data: Any) -> Any:  # noqa: ANN401 (JSON)
    """Return what an expression finds in *data*, `None` where it finds nothing or does not fit."""
    try:
        return _compiled(expression).search(data)
    except JMESPathError:
        return None


def as_text(value: object) -> str:
    """Return a text or number as text, a list of them with commas between, anything else as nothing."""
    if isinstance(value, list):
        return ", ".join(filter(None, map(as_text, value)))
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def is_truthy(value: object) -> bool:
    """Say whether JMESPath takes a value for true: 0 is, and what is empty is not."""
    return value not in (None, False, "", [], {})


@lru_cache(maxsize=1024)
def _compiled(expression: str) -> ParsedResult:
    """Return an expression, ready to be used."""
    return jmespath.compile(expression)


COUNTS = ("comments", "replies", "likes", "shares", "views")
FIELDS = frozenset(
    "id url title text author publisher language published updated thread comment_feed links".split()
) | frozenset(COUNTS)
"""What a map may say of an entry."""

_COUNT = re.compile(r"-?[0-9]{1,15}(?:\.0*)?")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{1,8})*")
_LINK = re.compile(r"https?://[^\s<>\"')\]]{1,2000}")


def answer_rows(rules: EntryMap, data: object) -> list[dict[str, Any]] | None:
    """Return the rows of an answer, each with what is joined to it; `None` where there is no place for rows.

    A single row is a list of one, also where it is all there is. A row that is no mapping is an empty one.
    """
    listed = evaluate_expression(rules.items, data)
    if listed is None and isinstance(data, dict) and _is_row(rules, data):
        listed = data
    if isinstance(listed, dict):
        listed = [listed]
    if not isinstance(listed, list):
        return None
    joined = [(join, _by_key(evaluate_expression(join.source, data), join.key)) for join in rules.join]
    return [
        {**row, **{join.name: others.get(as_text(evaluate_expression(join.on, row))) for join, others in joined}}
        for row in (row if isinstance(row, dict) else {} for row in listed)
        if not rules.where or is_truthy(evaluate_expression(rules.where, row))
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryMapper:
    """Makes entries: by *rules*, with the *values* of the source; *publisher* where a row names none."""

    rules: EntryMap
    values: Mapping[str, str]
    publisher: str
    base: str
    now: datetime

    def entry(self, row: Mapping[str, Any]) -> Entry | None:
        """Return the entry that a row says, `None` where it says neither what nor where."""
        title, body = clean_title(self._readable("title", row)), clean(self._readable("text", row)).strip()
        published, updated = (parse_date(self.value(name, row), now=self.now) for name in ("published", "updated"))
        url, thread = self._link("url", row), self._link("thread", row)
        entry = Entry(
            guid=one_line(self.value("id", row)),
            url=url,
            title=title,
            text=body,
            author=one_line(self.value("author", row)),
            publisher=one_line(self.value("publisher", row)) or self.publisher,
            language=self._language(row),
            published=published or updated,
            updated=updated,
            comment_feed=self._link("comment_feed", row),
            thread=thread if thread != url else "",
            links=self._links(row),
            response=self.response(row),
        )
        return entry if (entry.guid or entry.url) and (title or body or entry.links) else None

    def response(self, row: Mapping[str, Any]) -> Response:
        """Return the counts of a row; what is not there, or is no number, is unknown."""
        return Response(**{name: parse_count(self.raw(name, row)) for name in COUNTS if name in self.rules.fields})

    def value(self, name: str, row: Mapping[str, Any]) -> str:
        """Return a field of a row as text, put into the words of the map where it has some."""
        value = as_text(self.raw(name, row))
        return self.rules.words[name].get(value, "") if name in self.rules.words else value

    def raw(self, name: str, row: Mapping[str, Any]) -> Any:  # noqa: ANN401 (JSON)
        """Return a field of a row as the answer has it, or as a template makes it."""
        rule = self.rules.fields.get(name, "")
        if not rule:
            return None
        return (
            fill_template(rule, lambda place: self._place(place, row))
            if is_template(rule)
            else evaluate_expression(rule, row)
        )

    def _place(self, name: str, row: Mapping[str, Any]) -> str:
        """Return what goes into a template: a value of the source, or what an expression finds in the row."""
        return self.values[name] if name in self.values else as_text(evaluate_expression(name, row))

    def _readable(self, name: str, row: Mapping[str, Any]) -> str:
        """Return a text without markup, where the map says that it has some."""
        value = self.value(name, row)
        if name not in self.rules.markup:
            return value
        return html_to_text(value) if "<" in value else html.unescape(value)

    def _link(self, name: str, row: Mapping[str, Any]) -> str:
        """Return a link; a bare path, and nothing else, is taken relative to the address of the answer."""
        value = self.value(name, row)
        return entry_link(value, self.base if value.startswith("/") else "")

    def _language(self, row: Mapping[str, Any]) -> str:
        """Return the declared language as a lower-case BCP 47 tag."""
        tag = self.value("language", row).partition(",")[0].strip().lower().replace("_", "-")
        return tag if _LANGUAGE.fullmatch(tag) else ""

    def _links(self, row: Mapping[str, Any]) -> tuple[str, ...]:
        """Return where an entry points: what the map names, and the links in its text."""
        named = self.raw("links", row)
        listed = [entry_link(as_text(link)) for link in (named if isinstance(named, list) else [named])]
        body = self.value("text", row)
        inside = body_links([body], self.base) if "text" in self.rules.markup else map(entry_link, _LINK.findall(body))
        return tuple(dict.fromkeys(link for link in (*listed, *inside) if link))[:MAX_LINKS]


def parse_count(value: object) -> int | None:
    """Return a count, `None` for what is none."""
    if isinstance(value, list):
        return len(value)
    written = as_text(value).strip()
    return int(written.partition(".")[0]) if _COUNT.fullmatch(written) else None


def _is_row(rules: EntryMap, data: dict[str, Any]) -> bool:
    """Say whether an answer is one entry and not a list: an expression for what names it finds something."""
    named = (rules.fields.get(name, "") for name in ("id", "url"))
    return any(_finds(rule, data) for rule in named if rule)


def _finds(rule: str, data: dict[str, Any]) -> bool:
    """Say whether a rule finds all it needs in the data alone."""
    return bool(
        fill_template(rule, lambda place: as_text(evaluate_expression(place, data)))
        if is_template(rule)
        else as_text(evaluate_expression(rule, data))
    )


def _by_key(listed: object, key: str) -> dict[str, Any]:
    """Return the mappings of a list by one of their values."""
    others = listed if isinstance(listed, list) else []
    return {as_text(evaluate_expression(key, row)): row for row in others if isinstance(row, dict)}
