"""Both parsers read every text of an entry."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from brandwatch.feeds import fast_reader, parse_document
from brandwatch.models import Document

if TYPE_CHECKING:
    from brandwatch.models import Entry

SPACES = (
    ("content", "http://purl.org/rss/1.0/modules/content/"),
    ("media", "http://search.yahoo.com/mrss/"),
    ("itunes", "http://www.itunes.com/dtds/podcast-1.0.dtd"),
    ("googleplay", "http://www.google.com/schemas/play-podcasts/1.0"),
    ("dc", "http://purl.org/dc/elements/1.1/"),
)
NAMESPACES = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in SPACES)
RSS = f"<rss version='2.0' {NAMESPACES}><channel><title>Fjordposten</title><item>{{}}</item></channel></rss>"
ATOM = f"<feed xmlns='http://www.w3.org/2005/Atom' {NAMESPACES}><title>F</title><entry>{{}}</entry></feed>"
RDF = (
    "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'"
    f" {NAMESPACES}><channel><title>F</title></channel><item>{{}}</item></rdf:RDF>"
)
TITLE = "<title>Kundene flykter</title>"
LEAD, BODY, MORE = "Åsgård mister kunder.", "Prisene er satt opp to ganger på kort tid.", "Intervju med sjefen."
DESCRIBED = f"<description>{BODY}</description>"
LONG = f"{LEAD} Nå er {MORE} {MORE} {MORE}"
FILE = f"<media:description>{MORE}</media:description>"
ENCODED = f"<content:encoded><![CDATA[<p>{BODY}</p>]]></content:encoded>"


def entry_in(body: str) -> Entry:
    """The only entry of a document."""
    (entry,) = parse_document(Document(url="https://avis.example/rss", status=200, body=body.encode())).entries
    return entry


def labelled(entry: Entry) -> list[tuple[str, str]]:
    """The texts of an entry, each with its field."""
    return [(part.field, entry.text[part.start : part.end]) for part in entry.texts]


@pytest.mark.parametrize(
    ("form", "texts", "read"),
    [
        (RSS, f"<description>{LEAD}</description>{ENCODED}", {"lead": LEAD, "text": BODY}),
        (RSS, f"{ENCODED}<description>{LEAD}</description>", {"lead": LEAD, "text": BODY}),
        (RSS, f"{ENCODED}<description>{LONG}</description>", {"lead": LONG, "text": BODY}),
        (RSS, f"<description>{LEAD}</description>{DESCRIBED}", {"lead": LEAD, "text": BODY}),
        (RSS, f"{DESCRIBED}<description>{LEAD}</description>", {"text": BODY, "lead": LEAD}),
        (RSS, f"{DESCRIBED}{ENCODED}<description>{LEAD}</description>", {"text": BODY, "lead": LEAD}),
        (RSS, f"{DESCRIBED}<media:group>{FILE}</media:group>", {"text": BODY, "media": MORE}),
        (RSS, f"{FILE}{DESCRIBED}", {"text": BODY, "media": MORE}),
        (RSS, f"{DESCRIBED}{ENCODED}{FILE}", {"text": BODY, "media": MORE}),
        (RSS, FILE, {"media": MORE}),
        (
            RSS,
            f"{DESCRIBED}<media:content><media:title>{MORE}</media:title></media:content>",
            {"text": BODY, "media": MORE},
        ),
        (RSS, f"{DESCRIBED}<itunes:subtitle>{LEAD}</itunes:subtitle>", {"text": BODY, "lead": LEAD}),
        (RSS, f"{DESCRIBED}<itunes:summary>{LEAD}</itunes:summary>", {"text": BODY, "lead": LEAD}),
        (RSS, f"<itunes:summary>{LEAD}</itunes:summary>{DESCRIBED}", {"lead": LEAD, "text": BODY}),
        (RSS, f"<itunes:summary>{LEAD}</itunes:summary>{ENCODED}", {"lead": LEAD, "text": BODY}),
        (RSS, f"{DESCRIBED}<itunes:title>{MORE}</itunes:title>", {"text": BODY, "media": MORE}),
        (RSS, f"<googleplay:description>{LEAD}</googleplay:description>{ENCODED}", {"lead": LEAD, "text": BODY}),
        (RSS, f"<dc:description>{LEAD}</dc:description>{ENCODED}", {"lead": LEAD, "text": BODY}),
        (RSS, f"{DESCRIBED}<dc:description>{LEAD}</dc:description>", {"text": BODY, "lead": LEAD}),
        (
            RDF,
            f"<description>{BODY}</description><dc:description>{LEAD}</dc:description>",
            {"text": BODY, "lead": LEAD},
        ),
        (
            ATOM,
            f"<summary>{LEAD}</summary><content type='html'>&lt;p&gt;{BODY}&lt;/p&gt;</content>",
            {"lead": LEAD, "text": BODY},
        ),
        (ATOM, f"<content>{BODY}</content><summary type='html'>{LEAD}</summary>", {"lead": LEAD, "text": BODY}),
        (ATOM, f"<content>{BODY}</content>{FILE}", {"text": BODY, "media": MORE}),
    ],
)
def test_every_text_of_an_entry_is_read(parser: str, form: str, texts: str, read: dict[str, str]):
    """Each element, in any place, gives a text with its field; a body makes a lead of all descriptions."""
    body = form.format(TITLE + texts)
    assert parser == "feedparser" or fast_reader.read_fast(body) is not None
    entry = entry_in(body)
    assert (entry.title, list(read.items())) == ("Kundene flykter", labelled(entry))


def test_three_descriptions_are_three_texts(parser: str):
    """Without a body the longest description is the main text; the others are leads."""
    entry = entry_in(RSS.format("".join(f"<description>{text}</description>" for text in (LEAD, BODY, MORE))))
    assert sorted(labelled(entry)) == [("lead", MORE), ("lead", LEAD), ("text", BODY)]


@pytest.mark.parametrize(
    ("texts", "read"),
    [
        (f"{DESCRIBED}{ENCODED}", BODY),
        (f"<description>Prisene er satt opp to g […]</description>{ENCODED}", BODY),
        (f"{DESCRIBED}<description>{TITLE[7:-8]}</description>", BODY),
        (f"{DESCRIBED}<media:title>{TITLE[7:-8]}</media:title><media:title>Kundene</media:title>", BODY),
        ("<media:title>Kundene</media:title>", ""),
        (f"<description>{TITLE[7:-8]}</description>", "Kundene flykter"),
        (f"{DESCRIBED}<texts>x</texts><titles a='b'/><longest>y</longest>", BODY),
    ],
)
def test_repeated_texts_are_read_once(parser: str, texts: str, read: str):
    """A text inside the body or the title is dropped; unknown elements are ignored."""
    assert entry_in(RSS.format(TITLE + texts)).text == read


def test_a_media_title_is_not_the_title_of_the_entry(parser: str):
    """A playlist has titles of its files; the entry has its own title, in any order."""
    files = "".join(f"<media:content><media:title>Film {number}</media:title></media:content>" for number in (1, 2))
    for body in (files + TITLE, TITLE + files):
        said = entry_in(RSS.format(body))
        assert (said.title, said.text) == ("Kundene flykter", "Film 1\nFilm 2")


def test_texts_in_source_are_ignored(parser: str):
    """`source` describes another feed."""
    texts = f"<summary>{LEAD}</summary><source><title>Avis</title><subtitle>{MORE}</subtitle></source>"
    assert entry_in(ATOM.format(TITLE + texts)).text == LEAD


def test_links_of_every_text_are_read(parser: str):
    """Links of the lead come first, each link once."""
    lead = '<description><![CDATA[<a href="/a">a</a> <a href="https://acme.example/">b</a>]]></description>'
    body = '<content:encoded><![CDATA[<p>mer <a href="/c">c</a> <a href="/a">a</a></p>]]></content:encoded>'
    assert entry_in(RSS.format(lead + body)).links == (
        "https://avis.example/a", "https://acme.example/", "https://avis.example/c",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("texts", "read"),
    [
        ({"summary": LEAD, "content_html": f"<p>{BODY}</p>"}, f"{LEAD}\n{BODY}"),
        ({"summary": LEAD, "content_text": BODY}, f"{LEAD}\n{BODY}"),
        ({"content_html": f"<p>{BODY}</p>", "content_text": f"{BODY}\n"}, BODY),
        ({"content_html": "<p>To</p>", "content_text": BODY}, f"To\n{BODY}"),
        ({"summary": "Prisene er satt …", "content_text": BODY}, BODY),
        ({"content_text": "Åsgård\x1b[2J"}, "Åsgård[2J"),
    ],
)
def test_every_text_of_a_json_item_is_read(texts: dict[str, str], read: str):
    """Summary, HTML and plain text of JSON Feed are read once each, without markup."""
    feed = {"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1", "title": "Å", **texts}]}
    assert entry_in(json.dumps(feed)).text == read


def test_very_many_texts_take_linear_time():
    """A hostile entry with thousands of texts takes time linear in its size."""
    texts = "".join(f"<description>tekst {number}</description>" for number in range(4000))
    assert len(entry_in(RSS.format(texts)).text.split("\n")) == 4000


def test_every_text_of_a_json_feed_is_read():
    """Summary, both contents, the titles of attachments and the texts of pictures are labelled; odd values are none."""
    item = {
        "id": "1",
        "summary": LEAD,
        "content_html": f'<p>{BODY}</p><img alt="Skiltet til Acme" src="a.png">',
        "content_text": MORE,
        "attachments": [{"url": "https://avis.example/a.mp3", "title": "Acme på lufta"}, "x", {"title": 1.5}, {}],
    }
    feed = {"version": "https://jsonfeed.org/version/1.1", "items": [item, item | {"id": "2", "attachments": {}}]}
    document = Document(url="https://avis.example/json", status=200, body=json.dumps(feed).encode())
    first, second = parse_document(document).entries
    texts = [("lead", LEAD), ("text", BODY), ("text", MORE), ("alt", "Skiltet til Acme")]
    assert labelled(second) == texts
    assert labelled(first) == [*texts[:3], ("media", "Acme på lufta"), ("media", "1.5"), texts[3]]
