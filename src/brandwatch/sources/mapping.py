"""From the rows of an answer to entries: texts are cleaned as those of feeds are, and unknown counts stay unknown."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from brandwatch import urls
from brandwatch.models import TEXT_FIELDS, Entry, Response
from brandwatch.sources import expressions
from brandwatch.text import dates, html, joining, sanitise

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from brandwatch.config.kind import EntryMap


COUNTS = tuple(field.name for field in fields(Response))
"""The counts that a map may read."""
FIELDS = frozenset("id url title author publisher language published updated thread comment_feed links".split()).union(
    TEXT_FIELDS, COUNTS
)
"""The fields of an entry that a map may read."""

_COUNT = re.compile(r"-?[0-9]{1,15}(?:\.0*)?")
_LINK = re.compile(r"https?://[^\s<>\"')\]]{1,2000}")


def answer_rows(rules: EntryMap, data: object) -> list[dict[str, Any]] | None:
    """Find the rows of an answer, each with the rows that are joined to it; `None` without a list of rows.

    A single object is a list of one, also where it is the whole answer. A row that is no object is an empty one.
    """
    listed = expressions.evaluate(rules.items, data)
    if listed is None and isinstance(data, dict):
        # An answer that has an id or a URL itself is one entry and not a list of them.
        identifying = (rules.fields.get(name, "") for name in ("id", "url"))
        if any(expressions.as_text(_evaluate_field(rule, data, {})) for rule in identifying if rule):
            listed = data
    if isinstance(listed, dict):
        listed = [listed]
    if not isinstance(listed, list):
        return None
    joins = []
    for join in rules.join.values():
        partners = expressions.evaluate(join.source, data)
        partners = [row for row in partners if isinstance(row, dict)] if isinstance(partners, list) else []
        joins.append((join, {expressions.text_at(join.key, row): row for row in partners}))
    rows = []
    for row in (row if isinstance(row, dict) else {} for row in listed):
        if not rules.where or expressions.is_true_at(rules.where, row):
            others = {join.name: index.get(expressions.text_at(join.on, row)) for join, index in joins}
            rows.append(row | others)
    return rows


def _evaluate_field(rule: str, row: Mapping[str, Any], values: Mapping[str, str]) -> Any:  # noqa: ANN401 (JSON)
    """Evaluate the expression or template of a field; placeholders are *values* of the source or expressions."""
    if not expressions.is_template(rule):
        return expressions.evaluate(rule, row)
    texts = {
        name: values[name] if name in values else expressions.text_at(name, row)
        for name in expressions.template_names(rule)
    }
    return expressions.fill_template(rule, texts)


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryMapper:
    """Makes entries of rows by *rules*, with the *values* of the source.

    *publisher* stands in where a row has none; *base* is the URL of the answer.
    """

    rules: EntryMap
    values: Mapping[str, str]
    publisher: str
    base: str
    now: datetime

    def entry(self, row: Mapping[str, Any]) -> Entry | None:
        """Make the entry of a row; `None` for a row without id and URL, or without any content."""
        title = sanitise.clean_title(self._plain_text("title", self.value("title", row)))
        joined = joining.join_texts(self._labelled_texts(row), title)
        published, updated = (
            dates.parse_date(self.value(name, row), now=self.now) for name in ("published", "updated")
        )
        url, thread = self._link("url", row), self._link("thread", row)
        entry = Entry(
            guid=sanitise.one_line(self.value("id", row)),
            url=url,
            title=title,
            text=joined.text,
            parts=joined.parts,
            author=sanitise.one_line(self.value("author", row)),
            publisher=sanitise.one_line(self.value("publisher", row)) or self.publisher,
            # The first where there are several.
            language=sanitise.language_tag(self.value("language", row).partition(",")[0]),
            published=published or updated,
            updated=updated,
            comment_feed=self._link("comment_feed", row),
            thread=thread if thread != url else "",
            links=self._links(row),
            response=self.response(row),
        )
        return entry if (entry.guid or entry.url) and (title or entry.text or entry.links) else None

    def response(self, row: Mapping[str, Any]) -> Response:
        """Read the counts of a row; what is missing or no number is unknown, not zero."""
        return Response(**{name: parse_count(self.raw(name, row)) for name in COUNTS if name in self.rules.fields})

    def value(self, name: str, row: Mapping[str, Any]) -> str:
        """Read a field of a row as text, translated by the `words` of the map where it has some."""
        return self._translate(name, self.raw(name, row))

    def raw(self, name: str, row: Mapping[str, Any]) -> Any:  # noqa: ANN401 (JSON)
        """Read a field of a row as the answer has it, or as a template makes it."""
        rule = self.rules.fields.get(name, "")
        return _evaluate_field(rule, row, self.values) if rule else None

    def _translate(self, name: str, value: object) -> str:
        text = expressions.as_text(value)
        return self.rules.words[name].get(text, "") if name in self.rules.words else text

    def _written_texts(self, name: str, row: Mapping[str, Any]) -> list[str]:
        """Read the texts of a field as written; a list is several texts."""
        value = self.raw(name, row) if name in self.rules.fields else None
        return [self._translate(name, text) for text in (value if isinstance(value, list) else [value])]

    def _labelled_texts(self, row: Mapping[str, Any]) -> list[joining.LabelledText]:
        """Read all texts below the title, with their fields; those of pictures in markup come last."""
        labelled: list[joining.LabelledText] = []
        images: list[joining.LabelledText] = []
        for name in TEXT_FIELDS:
            for written in self._written_texts(name, row):
                labelled.append((name, sanitise.clean(self._plain_text(name, written)).strip()))
                if name in self.rules.markup:
                    images += [("alt", text) for text in html.image_texts(written)]
        return labelled + images

    def _plain_text(self, name: str, value: str) -> str:
        if name not in self.rules.markup:
            return value
        return html.html_to_text(value) if "<" in value else html.unescape(value)

    def _link(self, name: str, row: Mapping[str, Any]) -> str:
        value = self.value(name, row)
        # Nothing but a bare path is relative to the URL of the answer.
        return urls.entry_link(value, self.base if value.startswith("/") else "")

    def _links(self, row: Mapping[str, Any]) -> tuple[str, ...]:
        """Collect the links that the map names, then those in the text."""
        listed, body = self.raw("links", row), "\n".join(self._written_texts("text", row))
        candidates = [(expressions.as_text(link), "") for link in (listed if isinstance(listed, list) else [listed])]
        if "text" in self.rules.markup:
            candidates += [(link, self.base) for link in html.link_targets(body)]
        else:
            candidates += [(link, "") for link in _LINK.findall(body)]
        return urls.entry_links(candidates)


def parse_count(value: object) -> int | None:
    """Read a number, or the length of a list, as a count; `None` for anything else."""
    if isinstance(value, list):
        return len(value)
    text = expressions.as_text(value).strip()
    return int(text.partition(".")[0]) if _COUNT.fullmatch(text) else None
