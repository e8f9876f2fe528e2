"""What every page has: a policy in its head that has the browser see to it, cards, the coverage, and the script."""

from __future__ import annotations

import base64
import hashlib
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from brandwatch.report import charts, coverage
from brandwatch.text.safe import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date

    from brandwatch.report.layout import Layout

_PAGE = Path(__file__).with_name("page")


def head(title: str, days: Iterable[date], layout: Layout) -> Iterator[str]:
    """Yield the beginning of a page about *days*; the policy comes before anything that it governs."""
    style, script = _asset("style.css"), _asset("script.js")
    policy = f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'"
    period = _period(days, layout)
    yield '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    yield f"<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}; base-uri 'none'; form-action 'none'\">\n"
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    yield '<meta name="referrer" content="no-referrer">\n<meta name="robots" content="noindex">\n'
    yield f"<title>{title}, {period}</title>\n<style>{style}</style>\n</head>\n<body>\n"
    yield from _places(layout)
    yield f'<header><div><h1>{title}</h1><p>{period}</p></div><p class="quiet">'
    yield f"generated {layout.generated.astimezone():%Y-%m-%d %H:%M} · {coverage.seen(layout.coverage)}</p></header>\n"


def cards(numbers: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Yield the numbers that matter, each with what it counts."""
    yield '<section class="cards">'
    yield from (f'<div class="card"><b>{number}</b><span>{what}</span></div>' for number, what in numbers)
    yield "</section>\n"


def card(width: str, title: str, content: Iterable[str]) -> Iterator[str]:
    """Yield a card with a title."""
    yield f'<div class="card {width}"><h2>{title}</h2>'
    yield from content
    yield "</div>\n"


def covered(layout: Layout, width: str) -> Iterator[str]:
    """Yield the coverage: the bar, and what there is to remark."""
    facts = layout.coverage
    remarks = [f"<li>{escape(one_line(remark))}</li>" for remark in coverage.remarks(facts)]
    listed = ['<ul class="facts">', *remarks, "</ul>"] if remarks else []
    yield from card(width, f"Coverage <small>{coverage.seen(facts)}</small>", [*charts.coverage(facts), *listed])


def nothing(what: str, layout: Layout) -> Iterator[str]:
    """Yield what stands where there is nothing: that, with its proof."""
    yield '<section class="charts">'
    yield from covered(layout, "wide")
    yield f'</section>\n<p class="nothing">No {what}.</p>\n'


def table_head(title: str, columns: Mapping[str, str]) -> Iterator[str]:
    """Yield the beginning of a table; of the columns by their names some are first sorted downwards."""
    yield f'<div class="tools"><h2>{title}</h2></div>\n<table>\n<thead><tr>'
    yield from (f'<th scope="col" data-first="{first}">{name}</th>' for name, first in columns.items())
    yield "</tr></thead>\n"


def foot(layout: Layout) -> Iterator[str]:
    """Yield the end of the page: the coverage in words, and the script."""
    yield f"<footer>{escape(one_line(coverage.line(layout.coverage)))}</footer>\n"
    yield f"<script>{_asset('script.js')}</script>\n</body>\n</html>\n"


def _places(layout: Layout) -> Iterator[str]:
    """Yield the links to what lies beside the page, where it is served, and what the page says of itself."""
    if layout.places:
        links = (f'<a href="{escape(link)}">{escape(name)}</a>' for name, link in layout.places.items())
        yield f"<nav>{' '.join(links)}</nav>\n"
    if layout.note:
        yield f'<p class="quiet note">{escape(layout.note)}</p>\n'


def _period(days: Iterable[date], layout: Layout) -> str:
    """Return the period in words: as it was asked for, else from the first day to the last."""
    found = list(days)
    first = layout.since.astimezone().date() if layout.since else min(found, default=None)
    last = layout.until.astimezone().date() if layout.until else max([*found, layout.generated.astimezone().date()])
    return f"{first} to {last}" if first else f"until {last}"


def _asset(name: str) -> str:
    """Return a part of the page as it is written into it."""
    return (_PAGE / name).read_text(encoding="utf-8")


def _hash(content: str) -> str:
    """Return by what the policy knows an element's content (Content Security Policy Level 3, §2.3.1)."""
    return f"sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}"
