"""Markdown: a table to paste into a wiki, a mail or an issue."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, TextIO

from brandwatch.reports.columns import matched_terms
from brandwatch.reports.layout import group_mentions
from brandwatch.text.sanitise import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from brandwatch.models import Mention
    from brandwatch.reports.layout import Layout


# CommonMark §2.4: any ASCII punctuation may be escaped; these are the signs that mean something inside a cell.
_SIGNS = re.compile(r"([\\`*_\[\]<>|~#!:@])")


def write_markdown(mentions: Iterable[Mention], stream: TextIO, layout: Layout) -> None:
    """Write a table with a linked title for each mention; one below each heading where they are grouped."""
    for number, (name, group) in enumerate(group_mentions(mentions, layout.group)):
        stream.write("\n" if number else "")
        stream.write(f"### {escape_markdown(name)}\n\n" if name else "")
        write_table_rows(("id", "published", "query", "title", "publisher", "terms"), map(_cells, group), stream)


def write_table_rows(columns: Iterable[str], rows: Iterable[Iterable[str]], stream: TextIO) -> None:
    """Write any rows as a table; the values are Markdown already (`escaped`)."""
    names = list(columns)
    stream.writelines(f"| {' | '.join(row)} |\n" for row in chain([names, ["---"] * len(names)], rows))


def escape_markdown(text: str) -> str:
    """Return text that Markdown leaves as it is."""
    return _SIGNS.sub(r"\\\1", one_line(text))


def linked_title(mention: Mention) -> str:
    """Return the title, linked where there is a link; the angle brackets let a link hold any sign but themselves."""
    title = escape_markdown(mention.entry.title or mention.entry.url or "(no title)")
    return f"[{title}](<{mention.entry.url.replace('|', '%7C')}>)" if mention.entry.url else title


def _cells(mention: Mention) -> list[str]:
    """Return the cells of one mention."""
    published = (mention.entry.published or mention.found).astimezone()
    return [
        str(mention.id),
        f"{published:%Y-%m-%d %H:%M}",
        escape_markdown(mention.query),
        linked_title(mention),
        escape_markdown(mention.entry.publisher),
        escape_markdown(", ".join(matched_terms(mention))),
    ]
