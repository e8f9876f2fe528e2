"""The look at markup before entries are built: it misses nothing that the matcher finds, and it leaves out the rest."""

from __future__ import annotations

import html
import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from brandwatch.config.query import Account, Competitor, OwnedChannels, Query, Term, TermKind
from brandwatch.errors import ParseError
from brandwatch.feeds import parse_document
from brandwatch.matching import Matcher
from brandwatch.models import Document, Feed
from brandwatch.pipeline.seen_entries import seen_entries

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
KEY = b"k" * 16

QUERIES = (
    Query(
        name="acme",
        brand="Acme",
        names=(Term(text="Acme"), Term(text="Fjordkraft Åsgård AS"), Term(text="Škoda"), Term(text="ÅKO")),
        products=(Term(text="Fjord Pay", kind=TermKind.PRODUCT),),
        owned=OwnedChannels(
            domains=("acme.example", "blåbær.example"),
            accounts=(Account("mastodon", "heiaacme@sosialt.example"), Account("linkedin", "company/fjordkraft")),
            hashtags=("vårkraft",),
        ),
        competitors=(Competitor(name="Rival", terms=(Term(text="Rivalen", kind=TermKind.COMPETITOR),)),),
    ),
    Query(name="baer", brand="Blåbær", names=(Term(text="Blåbær Gården AS"), Term(text="БЛОК")), match="-title:kart"),
)
MATCHER = Matcher(QUERIES)
PREFILTER = MATCHER.markup_prefilter


def read(body: str, url: str = "https://avis.example/feed", *, is_filtered: bool = True) -> Feed:
    """Return the feed in a document, an empty one for none."""
    document = Document(url=url, status=200, body=body.encode("utf-8", "replace"))
    try:
        return parse_document(document, prefilter=PREFILTER if is_filtered else None)
    except ParseError as error:
        return Feed(problem=error.message)


def is_mention(feed: Feed) -> bool:
    """Whether an entry of a feed is a mention."""
    return any(MATCHER.evaluate(entry) for entry in feed.entries)


def rss(title: str = "Vær", text: str = "Regn i dag", *, link: str = "https://avis.example/1", more: str = "") -> str:
    """Return a feed of two entries, the first of them with these pieces of XML."""
    first = f"<item><title>{title}</title><link>{link}</link><description>{text}</description>{more}</item>"
    second = "<item><title>Kart</title><link>https://avis.example/2</link><guid>2</guid></item>"
    return f'<rss version="2.0"><channel><title>Avisen</title>{first}{second}</channel></rss>'


def cdata(markup: str) -> str:
    """Return markup as a section; an end within it begins another."""
    return f"<![CDATA[{markup.replace(']]>', ']]]]><![CDATA[>')}]]>"


def test_entries_without_a_name_are_read_as_outlines():
    """Of an entry that cannot be a mention only its identity is read."""
    feed = read(rss(text=cdata("<p>Regn i <b>dag</b></p>")))
    assert feed.has_outlines
    assert [(entry.title, entry.url, entry.text) for entry in feed.entries] == [
        ("Vær", "https://avis.example/1", ""),
        ("Kart", "https://avis.example/2", ""),
    ]


def test_an_entry_with_a_name_is_read_whole_and_so_are_the_others():
    """One name in a document is enough."""
    feed = read(rss(text=cdata("<p>Regn hos <b>Acme</b></p>")))
    assert feed == read(rss(text=cdata("<p>Regn hos <b>Acme</b></p>")), is_filtered=False)
    assert not feed.has_outlines
    assert feed.entries[0].text == "Regn hos Acme"


@pytest.mark.parametrize(
    "word",
    [
        "Acme", "ACMEs", "#HeiAcme", "#heiacme", "@acme", "acme.example", "Fjord-Pay", "FjordPayen", "#FjordPay",
        "Fjordkraft Aasgaard", "Ac&shy;me", "Ac&#8203;me", "A&#99;me", "&Scaron;koda",
        "Bl&aring;b&aelig;r G&aring;rden", "Bl&amp;aring;b&amp;aelig;r Gården", "Ac<b>m</b>e",
        "Ac&lt;b&gt;me&lt;/b&gt;",
        "Ac<!-- x -->me", "Аcme", "Å.K.O.", "Å&#46;K<b>.</b>O.", "Å․K․O․",
        "Ac<s>x</s>me", "Ac<b></b><del>x<i>y</i></del>me", 'Ac<a title="x > y">me</a>', "Ac<b\n>me", "A\u0332cme",
        "\uff21\uff43\uff4d\uff45", "Bla\u030abær Gården", "A<i>c</i>m<wbr>e", "Ac\u00ad\n me", "Ac\u00ad<b>\n me",
        '<img alt="Acme" src="x.png">', '<a href="https://www.acme.example/x">her</a>', "&#x410;cme",
        "блок", "\U0001d400cme",
        '<a href="https://ut.example/?u=https%3A%2F%2F%61cme.example%2F">her</a>', "Ac&zwnj;me", "Acme&nbsp;AS",
        '<a href="https://xn--blbr-roah.example/x">her</a>', '<a href="https://bl%C3%A5b%C3%A6r.example">her</a>',
        "<p>Fjordkraft</p><p>Åsgård AS</p>", "Acme<sup>1</sup>", "&lt;Acme&gt;", "M&amp;Acme", "Ac<![CDATA[me",
        "Bla&#778;bær Gården", "Bla&amp;#x30A;bær Gården", "S&#0780;koda", "Å&#8228;K&#xFF0E;O.",
    ],
)  # fmt: skip
def test_what_the_matcher_finds_in_a_text_is_not_left_out(word: str):
    """In a section and escaped, whatever hides the name."""
    for text in (cdata(f"<p>om {word} i dag</p>"), html.escape(f"<p>om {word} i dag</p>")):
        whole, feed = read(rss(text=text), is_filtered=False), read(rss(text=text))
        assert feed == whole or not is_mention(whole)


@pytest.mark.parametrize(
    "word",
    ["Rivalen", "Akme", "Fjellveien", "Ac me", "A&nbsp;cme", "caf\u0065\u0301", "<script>x()</script>", "a < b > c"],
)
def test_what_only_resembles_a_name_is_left_out(word: str):
    """The twins: other words, and markup between words."""
    feed = read(rss(text=cdata(f"<p>om {word} i dag</p>")))
    assert feed.has_outlines


@pytest.mark.parametrize(
    ("body", "url"),
    [
        (rss(link="https://acme.example/nytt"), "https://avis.example/feed"),
        (rss(link="/nytt"), "https://www.acme.example/feed"),
        (rss(link="https://sosialt.example/@heiaacme/1"), "https://sosialt.example/feed"),
        (
            rss(more='<enclosure url="https://acme.example/lyd.mp3" type="audio/mpeg" length="1"/>', link=""),
            "https://a.example",
        ),
        (rss(link="https://www.linkedin.com/posts/x", more="<author>fjordkraft</author>"), "https://avis.example/feed"),
    ],
)
def test_an_entry_from_an_owned_channel_is_read_whole(body: str, url: str):
    """By its link, its author, or the address of its feed."""
    feed, whole = read(body, url), read(body, url, is_filtered=False)
    assert feed == whole


def test_an_entry_without_a_title_has_its_text_in_an_outline():
    """Its text is its identity."""
    body = rss(title="", text="Regn i dag")
    feed = read(body)
    assert feed.has_outlines
    assert [entry.text for entry in feed.entries] == ["Regn i dag", ""]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("B-2", "om B&#8209;2"), ("B-2", "om B&dash;2"), ("C++", "om C&#65291;+"), ("A&B Foto", "om A&#xFF06;B Foto"),
        ("Groß", "om Gr&#xba;ß"), ("x.ai", "om x.&ordf;i"), ("µTorrent", "om µTorrent Ż"),
        ("µTorrent", "om &micro;torrent"),
    ],
)  # fmt: skip
def test_references_to_signs_and_letters_that_fold_to_those_of_a_name_are_decoded(name: str, text: str):
    """One that stands for another sign, or for a space, only ends a word: the twin."""
    matcher = Matcher([Query(name="navn", brand=name, names=(Term(text=name),))])
    feed = parse_document(Document(url="https://avis.example/feed", status=200, body=rss(text=cdata(text)).encode()))
    assert any(map(matcher.evaluate, feed.entries))
    assert matcher.markup_prefilter.may_match([text])
    assert not matcher.markup_prefilter.may_match(["om B&#8226;2, C&#8201;x, A&#8364;B, gr&#8220;ß og x&#8230;"])


@pytest.mark.parametrize(
    "link",
    [
        "https://a%2db.example/1", "https://a-b%2Eexample/1", "https://%61-b.example/1", "https://%F0%9D%92%B6-b.example/",
        "https://ut.example/?u=https%3A%2F%2F%25EF%25BD%2581-b.example", "https://a-%C2%ADb.example/1",
    ],
)  # fmt: skip
def test_an_encoded_letter_or_sign_of_a_channel_is_not_left_out(link: str):
    """Signs count in a word that is too short without them; an encoded slash and other letters are the twins."""
    owned = OwnedChannels(domains=("a-b.example",))
    matcher = Matcher([Query(name="navn", brand="Rivalen", names=(Term(text="Rivalen"),), owned=owned)])
    assert matcher.markup_prefilter.may_match([link])
    assert not matcher.markup_prefilter.may_match(["https://avis.example/a%2Fb", "https://avis.example/bl%C3%A5b%E6r"])


def test_a_name_of_two_letters_ends_the_look():
    """It stands in every text; a query without one is the twin."""
    matcher = Matcher([Query(name="if", brand="If", names=(Term(text="If"),))])
    assert matcher.markup_prefilter.may_match(["Vær"])
    assert not PREFILTER.may_match(["Vær"])


NAMES = (
    "Acme",
    "Blåbær Gården AS",
    "Fjordkraft Åsgård",
    "FjordPay",
    "Škoda",
    "Å.K.O.",
    "#vårkraft",
    "acme.example",
    "БЛОК",
)
GLUES = (
    "", "", "", "", "<b>", "</b>", "<b></b>", "<wbr/>", "<i class='x'>", '<a title="x > y">', '<a title="5&quot; > y">',
    "<a title='<b>'>", "<!-- x -->", "<!-- <b> -->", "<s>x</s>", "<script>y</script>", "<p>", "<br>", "&shy;", "&#173;",
    "\u00ad", "\u200b", "&#8203;", "&#x200D;", "&zwnj;", "\ufe0f", "\u2060", "\u00ad\n ", "&shy;<br>", " ", "\n",
    "\u00a0",
    "&amp;shy;", "&amp;lt;b&amp;gt;", "]]>", "<![CDATA[", "\u030a", "\u0301", "-", "'", "&", ";", "<", ">", '"', "\x7f",
)  # fmt: skip


@st.composite
def written_names(draw: st.DrawFn) -> str:
    """Draw a name, each letter in some spelling, with something between them."""
    pieces = []
    for letter in draw(st.sampled_from(NAMES)):
        spellings = [letter, letter, letter.upper(), letter.lower(), f"&#{ord(letter)};", f"&#x{ord(letter):X};"]
        parts = unicodedata.normalize("NFD", letter)
        spellings += [parts, f"&amp;#{ord(letter)};", f"{parts[0]}{''.join(f'&#{ord(mark)};' for mark in parts[1:])}"]
        spellings += [chr(ord(letter) + 0xFEE0)] if "!" <= letter <= "~" else []
        spellings += {
            ".": ["&#8228;", "&#xFF0E;"],
            "a": ["&ordf;", "ª"],
            "å": ["&aring;", "&amp;aring;"],
            "æ": ["&aelig;"],
            "Š": ["&Scaron;"],
            "c": ["с"],
        }.get(letter, [])
        pieces += [draw(st.sampled_from(spellings[: draw(st.sampled_from([1, len(spellings)]))]))]
        pieces += [draw(st.sampled_from(GLUES[: draw(st.sampled_from([1, 1, len(GLUES)]))]))]
    return "".join(pieces[:-1])


TEXTS = st.lists(
    st.one_of(written_names(), st.sampled_from([*GLUES, "vær", "Regn ", "A", "me", "Ã¥"])), max_size=4
).map("".join)


@given(TEXTS, st.sampled_from(["cdata", "escaped", "xhtml", "title", "alt", "link"]))
@example(text="Ac]]><![CDATA[me", form="cdata")
@example(text='Ac<a title="5&quot; > y">me', form="escaped")
def test_a_feed_gives_the_same_mentions_and_the_same_state_with_the_look(text: str, form: str):
    """Whatever is between the letters of a name, and however each is written."""
    body = {
        "cdata": rss(text=cdata(text)),
        "escaped": rss(text=html.escape(text)),
        "xhtml": rss(text=text),
        "title": rss(title=html.escape(text)),
        "alt": rss(text=html.escape(f'<img alt="{text}" src="x.png">')),
        "link": rss(link=html.escape(f"https://{text}/1")),
    }[form]
    whole, feed = read(body, is_filtered=False), read(body)
    if not feed.has_outlines:
        assert feed == whole
        return
    assert not is_mention(whole)
    assert seen_entries(feed, KEY, {}) == seen_entries(whole, KEY, {})
    for entry, other in zip(feed.entries, whole.entries, strict=True):
        assert (entry.guid, entry.url, entry.title) == (other.guid, other.url, other.title)
        assert (entry.published, entry.updated) == (other.published, other.updated)
    assert (feed.problem, feed.skipped, feed.size) == (whole.problem, whole.skipped, whole.size)
