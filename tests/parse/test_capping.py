from __future__ import annotations

import json

import pytest

from brandwatch.errors import ParseError
from brandwatch.models import Document, Feed, FetchClass
from brandwatch.parse import Worker, parse
from brandwatch.parse.capping import MOST_ENTRIES
from brandwatch.parse.document import LARGE

RSS = "<rss version='2.0'><channel><title>Fjordavisa</title>{}</channel></rss>"
JSON = {"version": "https://jsonfeed.org/version/1.1", "title": "Fjordavisa"}


def document(body: str) -> Document:
    """Return a document as it was fetched."""
    return Document(url="https://avis.example/rss", status=200, body=body.encode())


def numbered(count: int) -> list[str]:
    """Return titles."""
    return [f"Blåbær {number}" for number in range(count)]


@pytest.mark.parametrize("form", ["rss", "json", "broken off"])
def test_a_document_of_endless_entries_is_read_in_part(form: str):
    """The first entries are read, in their order, and how many there are is told."""
    titles = numbered(MOST_ENTRIES + 3)
    items = "".join(f"<item><title>{title}</title></item>" for title in titles)
    bodies = {
        "rss": RSS.format(items),
        "json": json.dumps({**JSON, "items": [{"title": title} for title in titles]}),
        "broken off": RSS.format(items).split("</channel>")[0][:-20],
    }
    feed = parse(document(bodies[form]))
    assert [entry.title for entry in feed.entries] == titles[:MOST_ENTRIES]
    assert feed.problem == f"only the first {MOST_ENTRIES} of its {MOST_ENTRIES + 3} entries were read"
    assert feed.title == "Fjordavisa"


def test_a_document_of_many_entries_is_whole():
    """As many as are read are no problem."""
    feed = parse(
        document(RSS.format("".join(f"<item><title>{title}</title></item>" for title in numbered(MOST_ENTRIES))))
    )
    assert (len(feed.entries), feed.problem) == (MOST_ENTRIES, "")


def test_a_large_document_is_read_where_it_can_be_stopped():
    """Whatever it looks like, and although the fast path could read it."""

    def elsewhere(_: Document) -> Feed:
        return Feed(title="lest et annet sted")

    body = RSS.format(f"<item><title>{'ø' * LARGE}</title></item>")
    assert parse(document(body), slow=elsewhere).title == "lest et annet sted"
    assert parse(document(body)).title == "Fjordavisa"


@pytest.mark.parametrize(
    "body",
    [
        "<rss version='2.0'><channel><item>" + "<a>" * 6_000_000,
        RSS.format(f"<item><title>{'&' * 18_000_000}</title></item>"),
        '{"version": "https://jsonfeed.org/version/1.1", "items": [' + "{}," * 6_000_000 + "{}]}",
    ],
    ids=["nested", "ampersands", "objects"],
)
def test_what_takes_too_much_memory_is_too_large(body: str):
    """The process that reads it may hold no more than is set, and says so; the next document is read."""
    with Worker() as worker:
        with pytest.raises(ParseError) as caught:
            parse(document(body), slow=worker.parse)
        assert caught.value.fetch_class == FetchClass.TOO_LARGE
        assert parse(document(RSS.format("<item><title>R&D <b></title></item>")), slow=worker.parse).entries


def test_what_is_nested_deep_is_left_to_who_can_be_stopped():
    """Every element that is open costs memory."""
    body = RSS.format("<item>" + "<a>" * 300 + "</a>" * 300 + "</item>")
    assert parse(document(body), slow=lambda _: Feed(title="lest et annet sted")).title == "lest et annet sted"


def test_a_mark_of_byte_order_alone_is_no_content():
    """It is nothing that could be a feed."""
    with pytest.raises(ParseError) as caught:
        parse(Document(url="https://avis.example/rss", status=200, body=b"\xef\xbb\xbf \n"))
    assert caught.value.fetch_class == FetchClass.EMPTY
