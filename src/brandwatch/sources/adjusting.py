"""What the entries of some kinds do otherwise than others: titles that end in the publisher, titles of comments."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from brandwatch.models.kinds import EntryRules
from brandwatch.sources.templates import filled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brandwatch.models import Entry


def adjusted(rules: EntryRules, entries: tuple[Entry, ...], values: Mapping[str, str]) -> tuple[Entry, ...]:
    """Return entries as the rules want them; *values* are those of the source."""
    return entries if rules == EntryRules() else tuple(_adjusted(rules, entry, values) for entry in entries)


def _adjusted(rules: EntryRules, entry: Entry, values: Mapping[str, str]) -> Entry:
    """Return an entry with its own outlet and title, and its own text or none."""
    title, publisher = entry.title, entry.publisher
    known = {**values, "link": entry.url, "title": entry.title}
    if rules.publisher:
        publisher = filled(rules.publisher, lambda name: known.get(name, ""))
    if rules.title:
        title = filled(rules.title, lambda name: known.get(name, "")) or title
    if rules.suffix and publisher:
        title = title.removesuffix(f"{rules.suffix}{publisher}").rstrip()
    if rules.untitled and re.search(rules.untitled, entry.url):
        title = ""
    entry = replace(entry, title=title, publisher=publisher)
    return replace(entry, text="", links=()) if rules.textless else entry
