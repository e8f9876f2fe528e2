"""One page that holds all it needs and asks the network for nothing; a policy in its head has the browser see to it."""

from __future__ import annotations

import base64
import hashlib
import shutil
import tempfile
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from brandwatch.report import charts, coverage
from brandwatch.report.figures import Figures, bars
from brandwatch.report.grouping import grouped
from brandwatch.report.page_rows import COLUMNS, group_rows
from brandwatch.text.safe import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from brandwatch.models import Mention
    from brandwatch.report.layout import Layout

_PAGE = Path(__file__).with_name("page")
_IN_MEMORY = 4_000_000


def write(mentions: Iterable[Mention], stream: TextIO, layout: Layout) -> None:
    """Write the page; the rows wait in a file of their own until the figures above them are known."""
    figures = Figures()
    with tempfile.SpooledTemporaryFile(_IN_MEMORY, "w+", encoding="utf-8", newline="") as rows:
        for name, group in grouped(figures.of(mentions), layout.group):
            rows.writelines(group_rows(name, group))
        rows.seek(0)
        stream.writelines(_head(figures, layout))
        if figures.count:
            stream.writelines(_table_head(figures))
            shutil.copyfileobj(rows, stream)
            stream.write("</table>\n")
        stream.writelines(_foot(layout))


def _head(figures: Figures, layout: Layout) -> Iterator[str]:
    """Yield all that stands above the table; the policy comes before anything that it governs."""
    style, script = _asset("style.css"), _asset("script.js")
    policy = f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'"
    yield '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    yield f"<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}; base-uri 'none'; form-action 'none'\">\n"
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    yield '<meta name="referrer" content="no-referrer">\n<meta name="robots" content="noindex">\n'
    yield f"<title>Mentions, {_period(figures, layout)}</title>\n<style>{style}</style>\n</head>\n<body>\n"
    yield from _places(layout)
    yield f'<header><div><h1>Mentions</h1><p>{_period(figures, layout)}</p></div><p class="quiet">'
    yield f"generated {layout.generated.astimezone():%Y-%m-%d %H:%M} · {coverage.seen(layout.coverage)}</p></header>\n"
    if figures.count:
        yield from _cards(figures)
        yield from _charts(figures, layout)
    else:
        yield '<section class="charts">'
        yield from _covered(layout, "wide")
        yield '</section>\n<p class="nothing">No mentions.</p>\n'


def _places(layout: Layout) -> Iterator[str]:
    """Yield the links to what lies beside the page, where it is served, and what the page says of itself."""
    if layout.places:
        links = (f'<a href="{escape(link)}">{escape(name)}</a>' for name, link in layout.places.items())
        yield f"<nav>{' '.join(links)}</nav>\n"
    if layout.note:
        yield f'<p class="quiet note">{escape(layout.note)}</p>\n'


def _period(figures: Figures, layout: Layout) -> str:
    """Return the period in words: as it was asked for, else from the first mention to the last."""
    days = [day for day, _ in figures.days]
    first = layout.since.astimezone().date() if layout.since else min(days, default=None)
    last = layout.until.astimezone().date() if layout.until else max([*days, layout.generated.astimezone().date()])
    return f"{first} to {last}" if first else f"until {last}"


def _cards(figures: Figures) -> Iterator[str]:
    """Yield the numbers that matter; what nobody told is not counted as nothing."""
    unknown = figures.count - figures.known
    others = figures.voices["public"] / figures.count
    response = f"{figures.response:,}" if figures.known else "–"
    yield '<section class="cards">'
    for number, what in (
        (f"{figures.count:,}", "mentions"),
        (f"{len(figures.publishers):,}", "publishers"),
        (response, f"responses; unknown for {unknown:,} of {figures.count:,}" if unknown else "responses"),
        (f"{others:.0%}", "said by others than the brand"),
    ):
        yield f'<div class="card"><b>{number}</b><span>{what}</span></div>'
    yield "</section>\n"


def _charts(figures: Figures, layout: Layout) -> Iterator[str]:
    """Yield the charts, each in a card of its own."""
    since = layout.since.astimezone().date() if layout.since else None
    span, drawn = bars(figures, since, (layout.until or layout.generated).astimezone().date())
    yield '<section class="charts">'
    yield from _card("wide", f"Mentions per {span} <small>by voice</small>", charts.days(span, drawn))
    if figures.most_heard:
        yield from _card("half", "Most response", charts.heard(figures))
    yield from _card("half", "Where it was published", charts.shares(figures.publishers, figures.count))
    if len(figures.queries) > 1:
        yield from _card("half", "Share by query", charts.shares(figures.queries, figures.count))
    yield from _covered(layout, "half")
    yield "</section>\n"


def _covered(layout: Layout, width: str) -> Iterator[str]:
    """Yield the coverage: the bar, and what there is to remark."""
    facts = layout.coverage
    remarks = [f"<li>{escape(one_line(remark))}</li>" for remark in coverage.remarks(facts)]
    listed = ['<ul class="facts">', *remarks, "</ul>"] if remarks else []
    yield from _card(width, f"Coverage <small>{coverage.seen(facts)}</small>", [*charts.coverage(facts), *listed])


def _card(width: str, title: str, content: Iterable[str]) -> Iterator[str]:
    """Yield a card with a title."""
    yield f'<div class="card {width}"><h2>{title}</h2>'
    yield from content
    yield "</div>\n"


def _table_head(figures: Figures) -> Iterator[str]:
    """Yield the beginning of the table."""
    yield f'<div class="tools"><h2>{figures.count:,} mentions</h2></div>\n<table>\n<thead><tr>'
    yield from (f'<th scope="col" data-first="{first}">{name}</th>' for name, first in COLUMNS.items())
    yield "</tr></thead>\n"


def _foot(layout: Layout) -> Iterator[str]:
    """Yield the end of the page: the coverage in words, and the script."""
    yield f"<footer>{escape(one_line(coverage.line(layout.coverage)))}</footer>\n"
    yield f"<script>{_asset('script.js')}</script>\n</body>\n</html>\n"


def _asset(name: str) -> str:
    """Return a part of the page as it is written into it."""
    return (_PAGE / name).read_text(encoding="utf-8")


def _hash(content: str) -> str:
    """Return by what the policy knows an element's content (Content Security Policy Level 3, §2.3.1)."""
    return f"sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}"
