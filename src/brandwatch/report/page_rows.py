"""The rows of the page: each mention with the names of the brand marked, in its title and in the words around them."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from brandwatch.models import Part
from brandwatch.text.safe import clean, one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from brandwatch.models import Evidence, Mention

COLUMNS = {"published": "down", "mention": "", "query": "", "voice": "", "about": "", "response": "down"}
"""The columns by their names; some are first sorted downwards."""
_EXCERPT, _BEFORE = 240, 70


def group_rows(name: str, mentions: Iterable[Mention]) -> Iterator[str]:
    """Yield the rows of one group, below its name if it has one."""
    yield "<tbody>\n"
    if name:
        yield f'<tr class="group"><th colspan="{len(COLUMNS)}" scope="rowgroup">{escape(one_line(name))}</th></tr>\n'
    for mention in mentions:
        yield from _row(mention)
    yield "</tbody>\n"


def language(tag: str) -> str:
    """Return the attribute that tells readers of screens how to speak a text."""
    return f' lang="{escape(tag)}"' if tag else ""


def title(mention: Mention) -> str:
    """Return the title with the names marked, as a link where there is one."""
    marked = _marked(mention, "title", 0, len(mention.entry.title)) or "(no title)"
    url = escape(clean(mention.entry.url))
    return f'<a href="{url}" rel="noopener noreferrer nofollow">{marked}</a>' if url else f"<b>{marked}</b>"


def excerpt(mention: Mention) -> str:
    """Return the words of the text around the first name in it, else its beginning."""
    text = mention.entry.text
    first = min((piece.start for piece in mention.evidence if _is_name(piece, "text")), default=0)
    start = max(first - _BEFORE, 0)
    start = text.find(" ", start, first) + 1 if start else 0
    end = min(start + _EXCERPT, len(text))
    end = max(text.rfind(" ", start, end), start) if end < len(text) else end
    marked = _marked(mention, "text", start, end)
    return f"{'…' if start else ''}{marked}{'…' if end < len(text) else ''}"


def _row(mention: Mention) -> Iterator[str]:
    """Yield the row of one mention; a number beside each time lets the script sort."""
    entry, response = mention.entry, mention.entry.response.total
    when = entry.published or mention.found
    known = "" if entry.published else "~"
    yield f'<tr><td class="when" data-value="{when.timestamp():.0f}">{known}{when.astimezone():%Y-%m-%d %H:%M}</td>'
    yield f'<td class="mention"{language(entry.language)}>{title(mention)}'
    yield f"<p>{' · '.join(filter(None, [escape(one_line(entry.publisher)), excerpt(mention)]))}</p>"
    yield f'<p class="hidden">{escape(one_line(mention.suppressed))}</p>' if mention.suppressed else ""
    yield f'</td><td>{escape(one_line(mention.query))}</td><td class="voice {mention.voice}">{mention.voice}</td>'
    yield f'<td>{mention.subject}</td><td class="number">{"" if response is None else response}</td></tr>\n'


def _marked(mention: Mention, field: str, start: int, end: int) -> str:
    """Return characters [start, end) of a field, the names of the brand in them marked."""
    value: str = getattr(mention.entry, field)
    spans = sorted({(piece.start, piece.end) for piece in mention.evidence if _is_name(piece, field)})
    parts, at = [], start
    for first, last in spans:
        if at <= first and last <= end:
            parts += [_text(value[at:first]), f"<mark>{_text(value[first:last])}</mark>"]
            at = last
    return "".join([*parts, _text(value[at:end])])


def _is_name(piece: Evidence, field: str) -> bool:
    """Say whether a piece of evidence is a name of the brand in what is kept of a field."""
    return piece.field == field and piece.part is Part.ANCHOR and piece.start < piece.end


def _text(value: str) -> str:
    """Return a text that HTML leaves as it is."""
    return escape(clean(value).replace("\n", " "))
