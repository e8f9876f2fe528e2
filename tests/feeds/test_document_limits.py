from __future__ import annotations

import gzip
import json
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brandwatch.errors import ParseError
from brandwatch.feeds import KnownDigests, ParserSandbox, parse_document
from brandwatch.feeds.document import MAX_UNGUARDED_BYTES
from brandwatch.feeds.incremental import MAX_ENTRIES, cap_entries
from brandwatch.models import Document, Feed, FetchClass

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Answer, Site

    Cli = Callable[..., Answer]
    Write = Callable[..., object]

RSS = "<rss version='2.0'><channel><title>Fjordavisa</title>{}</channel></rss>"
JSON = {"version": "https://jsonfeed.org/version/1.1", "title": "Fjordavisa"}


def document(body: str) -> Document:
    """A document as fetched."""
    return Document(url="https://avis.example/rss", status=200, body=body.encode())


def numbered(count: int) -> list[str]:
    """Numbered titles."""
    return [f"Blåbær {number}" for number in range(count)]


@pytest.mark.parametrize("form", ["rss", "json", "broken off"])
def test_a_document_with_too_many_entries_is_cut(form: str):
    """The first entries are read in order, and the problem has their number."""
    titles = numbered(MAX_ENTRIES + 3)
    items = "".join(f"<item><title>{title}</title></item>" for title in titles)
    bodies = {
        "rss": RSS.format(items),
        "json": json.dumps({**JSON, "items": [{"title": title} for title in titles]}),
        "broken off": RSS.format(items).split("</channel>")[0][:-20],
    }
    feed = parse_document(document(bodies[form]))
    assert [entry.title for entry in feed.entries] == titles[:MAX_ENTRIES]
    assert feed.problem == f"only the first {MAX_ENTRIES} of its {MAX_ENTRIES + 3} entries were read"
    assert feed.title == "Fjordavisa"


ITEM = "<item><title>{0}</title><link>https://a.example/{0}</link><guid>{0}</guid></item>"
ENTRY = "<entry><title>{0}</title><id>tag:a.example,2026:{0}</id><link href='https://a.example/{0}'/></entry>"
ATOM, RSS_1 = "http://www.w3.org/2005/Atom", "http://purl.org/rss/1.0/"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
FORMS = {
    "rss": ("<rss version='2.0'><channel><title>Fjordavisa</title>", ITEM, "</channel></rss>"),
    "atom": (f"<feed xmlns='{ATOM}'><title>Fjordavisa</title>", ENTRY, "</feed>"),
    "rdf": (
        f"<rdf:RDF xmlns:rdf='{RDF}' xmlns='{RSS_1}'><channel><title>Fjordavisa</title><items/></channel>",
        ITEM,
        "</rdf:RDF>",
    ),
    "title at the end": ("<rss version='2.0'><channel>", ITEM, "<title>Fjordavisa</title></channel></rss>"),
    "prefixed": (
        f"<a:feed xmlns:a='{ATOM}'><a:title>Fjordavisa</a:title>",
        re.sub("<(/?)", r"<\1a:", ENTRY),
        "</a:feed>",
    ),
    "capitals": ("<rss version='2.0'><channel><title>Fjordavisa</title>", ITEM.upper(), "</channel></rss>"),
    "nested": (
        "<rss version='2.0' xmlns:x='urn:x'><channel><title>Fjordavisa</title>",
        ITEM.replace("</item>", "<x:item>del</x:item></item>"),
        "</channel></rss>",
    ),
}  # fmt: skip
FRONTS = {
    "nothing": "",
    "a declaration": "<?xml version='1.0' encoding='utf-8'?>\n",
    "a blank line": "\n<?xml version='1.0'?>\n",
    "comments": "<?xml version='1.0'?><!-- laget av <rss> og <item> --><!-- <html> -->\n",
    "a document type": '<?xml version="1.0"?><!DOCTYPE rss PUBLIC "-//N//DTD RSS 0.91//EN" "http://n.example/rss.dtd">',
    "entities": '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY nbsp "&#160;"><!ELEMENT item ANY>]>',
    "instructions": "<?xml version='1.0'?><?xml-stylesheet href='a.css'?><?php <item> ?>",
}


def text_of(form: str, count: int, front: str = "") -> str:
    """A document with a number of entries."""
    head, entry, tail = FORMS[form]
    return FRONTS.get(front, front) + head + "".join(map(entry.format, numbered(count))) + tail


@pytest.mark.parametrize("form", FORMS)
def test_the_limit_of_entries(parser: str, form: str):
    """The limit itself is no problem; one entry more makes the document `partial`, in every format."""
    front = "a declaration"
    whole = parse_document(document(text_of(form, MAX_ENTRIES, front)))
    assert (len(whole.entries), whole.problem, whole.title) == (MAX_ENTRIES, "", "Fjordavisa")
    longer = parse_document(document(text_of(form, MAX_ENTRIES + 1, front)))
    assert longer.entries == whole.entries
    assert longer.problem == f"only the first {MAX_ENTRIES} of its {MAX_ENTRIES + 1} entries were read"
    assert longer.title == "Fjordavisa"


@pytest.mark.parametrize("front", FRONTS)
def test_a_prologue_costs_no_entry(parser: str, front: str):
    """Declarations, comments, document types and instructions do not count as entries."""
    feed = parse_document(document(text_of("rss", MAX_ENTRIES + 2, front)))
    assert (len(feed.entries), feed.title) == (MAX_ENTRIES, "Fjordavisa")
    assert feed.problem == f"only the first {MAX_ENTRIES} of its {MAX_ENTRIES + 2} entries were read"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be"])
def test_a_long_document_in_another_encoding(encoding: str):
    """It is cut as text, not as bytes."""
    body = text_of("rss", MAX_ENTRIES + 1, "<?xml version='1.0'?>").encode(encoding)
    feed = parse_document(Document(url="https://avis.example/rss", status=200, body=body))
    assert [entry.title for entry in feed.entries] == numbered(MAX_ENTRIES)


def test_a_long_document_is_a_partial_source(cli: Cli, site: Site, query: Write):
    """Compressed over HTTP: the first entries are stored, and the source reports the missing rest."""
    named = text_of("rss", MAX_ENTRIES + 1, "a declaration").replace("<title>Blåbær 7<", "<title>Fjordkraft Åsgård<")
    query(site.put("/rss", gzip.compress(named.encode()), Content_Encoding="gzip"))
    assert cli("poll").code == 3
    (source,) = json.loads(cli("sources", "--format", "json").out)["items"]
    assert (source["class"], source["entries"], source["mentions"]) == ("partial", MAX_ENTRIES, 1)
    assert source["error"] == f"only the first {MAX_ENTRIES} of its {MAX_ENTRIES + 1} entries were read"


def test_a_cut_document_has_known_entries():
    """Known entries of a cut document are not read again."""
    body = document(text_of("rss", MAX_ENTRIES + 1, "a declaration"))
    first = parse_document(body, known=KnownDigests((), b"key"))
    again = parse_document(body, known=KnownDigests(set(first.digests), b"key"))
    assert (len(first.digests), again.entries, again.problem) == (MAX_ENTRIES, (), first.problem)


PIECES = (
    ITEM.format("ett"), ITEM.format("to"), "<item/>", "<item><title>tre</title>", "<!-- <item> -->", "\n",
    "<item><description><![CDATA[<item>fire</item>]]></description></item>",
)  # fmt: skip


@settings(max_examples=200)
@given(st.lists(st.sampled_from(PIECES), max_size=9), st.integers(0, 5), st.sampled_from(sorted(FRONTS)))
def test_a_cut_document_has_the_first_entries(pieces: list[str], most: int, front: str):
    """A cut document has the first entries of the whole one, even if it is not well-formed."""
    text = f"{FRONTS[front]}<rss version='2.0'><channel><title>Å</title>{''.join(pieces)}</channel></rss>"
    whole = parse_document(document(text)).entries
    cut, count = cap_entries(text, most)
    assert count == len(whole)
    assert parse_document(document(cut)).entries == whole[:most]


class FakeSandbox:
    """A sandbox with a recognisable result."""

    def parse(self, _: Document) -> Feed:
        """Return a feed with a recognisable title."""
        return Feed(title="lest et annet sted")


def test_a_large_document_is_read_in_the_sandbox():
    """The size decides, even if the fast path could read it."""
    body = RSS.format(f"<item><title>{'ø' * MAX_UNGUARDED_BYTES}</title></item>")
    assert parse_document(document(body), FakeSandbox()).title == "lest et annet sted"
    assert parse_document(document(body)).title == "Fjordavisa"


@pytest.mark.parametrize(
    "body",
    [
        "<rss version='2.0'><channel><item>" + "<a>" * 6_000_000,
        RSS.format(f"<item><title>{'&' * 18_000_000}</title></item>"),
        '{"version": "https://jsonfeed.org/version/1.1", "items": [' + "{}," * 6_000_000 + "{}]}",
    ],
    ids=["nested", "ampersands", "objects"],
)
def test_a_document_that_needs_too_much_memory_is_too_large(body: str):
    """The sandbox has a memory limit and reports it; the next document is read."""
    with ParserSandbox() as worker:
        with pytest.raises(ParseError) as caught:
            parse_document(document(body), worker)
        assert caught.value.fetch_class == FetchClass.TOO_LARGE
        assert parse_document(document(RSS.format("<item><title>R&D <b></title></item>")), worker).entries


def test_a_deeply_nested_document_is_read_in_the_sandbox():
    """Every open element costs memory."""
    body = RSS.format("<item>" + "<a>" * 300 + "</a>" * 300 + "</item>")
    assert parse_document(document(body), FakeSandbox()).title == "lest et annet sted"


def test_a_byte_order_mark_alone_is_no_content():
    """The document is empty, and no feed."""
    with pytest.raises(ParseError) as caught:
        parse_document(Document(url="https://avis.example/rss", status=200, body=b"\xef\xbb\xbf \n"))
    assert caught.value.fetch_class == FetchClass.EMPTY
