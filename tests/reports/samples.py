"""A sample mention, hostile titles, and the output of a format as text."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from datetime import UTC, datetime

from brandwatch.models import Coverage, Entry, Evidence, Mention, Response, Story
from brandwatch.reports import BINARY_FORMATS, Layout, report_format
from brandwatch.reports.columns import MENTIONS, Listing, stories_listing

NOON = datetime(2026, 5, 4, 10, tzinfo=UTC)
LAYOUT = Layout(
    generated=NOON,
    coverage=Coverage(
        expected=2, seen=1, failures=(("https://b.example/", "dns"),), first_polls=(("https://a.example/", NOON),)
    ),
)
MENTION = Mention(
    id=7,
    query="fjordkraft",
    entry=Entry(
        url="https://avis.example/sak/1?a=1&b=2",
        title="Fjordkraft Åsgård åpner 😀",
        text="Hele saken",
        author="Kari; Åse",
        publisher="Fjordavisa",
        language="nb",
        published=NOON,
        response=Response(comments=3),
    ),
    evidence=(Evidence(term="Fjordkraft Åsgård", field="title", start=0, end=17, rule="exact"),),
    found=NOON,
    source="https://a.example/rss",
    response_at=NOON,
)
HOSTILE = (
    '=HYPERLINK("http://e.example")',
    "[/b] [red]x[/red] :warning: \\",
    "a\x1b]0;pwn\x07\x9b2J\u202eb\x00",
    "| en | to | <script> [x](http://e.example) `k` |",
    "linje en\nlinje to",
    '"sitert"; med, tegn\tog æøå',
)


def written(form: str, *mentions: Mention, listing: Listing[Mention] = MENTIONS, **layout: object) -> str:
    """Write mentions in a format; of a workbook, get the XML."""
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="utf-8", newline="")
    report_format(form)(listing, mentions, stream, replace(LAYOUT, **layout))  # type: ignore[arg-type]
    stream.flush()
    if form not in BINARY_FORMATS:
        return raw.getvalue().decode()
    with zipfile.ZipFile(raw) as book:
        return "".join(book.read(name).decode() for name in book.namelist())


def story_form(form: str, *stories: Story) -> str:
    """Write stories in a format."""
    stream = io.StringIO()
    report_format(form)(stories_listing(LAYOUT.generated), stories, stream, LAYOUT)
    return stream.getvalue()


def titled(title: str) -> Mention:
    """Copy the mention with another title and author."""
    return replace(MENTION, entry=replace(MENTION.entry, title=title, author=title), evidence=())
