"""Read a web page as one entry: its title and the text a reader sees."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from brandwatch.models import Entry
from brandwatch.parse.repair import decode
from brandwatch.text.markup import plain
from brandwatch.text.safe import clean, one_line

if TYPE_CHECKING:
    from brandwatch.models import Document

_TITLE = re.compile(r"<title[^>]{0,200}>(.{0,500}?)</title", re.IGNORECASE | re.DOTALL)
_LANGUAGE = re.compile(r"<html\b[^>]{0,500}?\blang\s*=\s*[\"']?([a-zA-Z-]{2,20})", re.IGNORECASE)


def page(document: Document) -> Entry:
    """Return the entry that a page is; what is no markup is taken as plain text."""
    markup = decode(document.body, document.content_type)
    language = _LANGUAGE.search(markup)
    return Entry(
        url=document.url,
        title=title(markup),
        text=clean(plain(markup)),
        language=language[1].lower() if language else "",
    )


def title(markup: str) -> str:
    """Return the title of a page on one line, empty where it has none."""
    found = _TITLE.search(markup)
    return one_line(plain(found[1])) if found else ""
