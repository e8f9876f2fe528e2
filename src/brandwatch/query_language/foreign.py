"""The operators, fields and values of other tools and languages, each with the form that works here.

To search for them as words would be a silent surprise: `Acme ANDNOT advert` would require the word “andnot”. In quotes
all of them are words. Sources: the manuals of Boolean searches in media monitoring, press archives and databases.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from brandwatch.query_language.nodes import MAX_DISTANCE_WORDS

SENTENCE_WORDS = 20
PARAGRAPH_WORDS = 100

AND = "write AND"
OR = "write OR"
NOT = "write NOT"
NEAR = "write NEAR/5: at most 5 words between"
ONEAR = "write ONEAR/5: in this order, at most 5 words between"


class ForeignOperator(NamedTuple):
    """The operator of another tool or language: the form that works here, and where it is taken for an operator.

    *is_word*: in small letters it is an ordinary word as well, and an operator only between two operands.
    *is_common*: so it is in capitals. *negates*: what follows is enough.
    """

    hint: str
    is_word: bool = True
    is_common: bool = False
    negates: bool = False


def _table(words: str, operator: ForeignOperator) -> dict[str, ForeignOperator]:
    return dict.fromkeys(words.split(), operator)


_OPERATORS = {
    **_table("og och und", ForeignOperator(AND)),
    **_table("eller oder and/or og/eller och/eller und/oder", ForeignOperator(OR)),
    **_table("ikke ikkje inte nicht", ForeignOperator(NOT, negates=True)),
    **_table("andnot and-not and_not butnot but-not notand nand", ForeignOperator(NOT, is_word=False)),
    "ornot": ForeignOperator("write OR; what only excludes cannot be joined with OR", is_word=False),
    "xor": ForeignOperator("write (a OR b) NOT (a b)", is_word=False),
    **_table("w/o w/out", ForeignOperator(NOT, is_word=False)),
    # Capitals may be those of a name or a headline.
    **_table("et ja samt plus andalso", ForeignOperator(AND, is_common=True)),
    **_table("ou tai lub eða или orelse", ForeignOperator(OR, is_common=True)),
    **_table(
        "ej ei ekki but nor minus uten utan uden ohne without except excluding sans sauf non niet nie не",
        ForeignOperator(NOT, is_common=True),
    ),
    **_table("then followed before after precedes next", ForeignOperator(ONEAR, is_common=True)),
    **_table("contains like matches", ForeignOperator("write title:word", is_common=True)),
    **_table(
        "pre adj adjacent same within sentence paragraph sent para nær naer nära nahe vedsidenav proximity",
        ForeignOperator(NEAR, is_common=True),
    ),
}
"""By the operator in small letters."""

# LexisNexis, Westlaw, Factiva, EBSCO, Retriever: w/5, /5, w5, adj5, near5, pre/5, NEAR/5f, w/s.
_PROXIMITY = re.compile(
    r"(?:(?P<name>w|n|p|pre|adj|o?near|nnear|within|before|after|fby|next|nær|naer|nära|prox|dist|order)[/~:=]"
    r"|(?P<solid>[wn](?=[1-4]?\d$)|(?:adj|o?near|nnear|within|pre)(?=\d))|/(?=\d{1,3}$|[sp]$|sent|para))"
    r"(?:(?P<words>\d{1,4})[a-z]?|(?P<part>s|p|sent\w*|para\w*|avsnitt|setning))",
    re.IGNORECASE,
)
ORDERED = frozenset({"p", "pre", "onear", "before", "fby", "next", "order"})
_COUNT = re.compile(r"(?:atl(?:east)?|minimum|min)/?\d+|atleast", re.IGNORECASE)


def operator_of(word: str) -> ForeignOperator | None:
    """Return the operator that a word is in another tool or language; whether it is meant so depends on its place."""
    if operator := _OPERATORS.get(word.lower()):
        return operator
    if _COUNT.fullmatch(word):
        return ForeignOperator("there are no counts: write the word, or word NEAR/50 word for twice", is_word=False)
    if match := _PROXIMITY.fullmatch(word):
        return ForeignOperator(f"write {_proximity(match)}", is_word=False)
    return None


def _proximity(match: re.Match[str]) -> str:
    part = (match["part"] or "").lower()
    words = match["words"] or (PARAGRAPH_WORDS if part.startswith(("p", "a")) else SENTENCE_WORDS)
    name = (match["name"] or match["solid"] or "").lower()
    return f"{'ONEAR' if name in ORDERED else 'NEAR'}/{min(int(words), MAX_DISTANCE_WORDS)}"


_FIELDS = {
    "title": "headline headlines hl head heading overskrift tittel titel titre rubrik intitle allintitle titles",
    "lead": "ingress ingres ingresse lede hlead intro preamble teaser summary description abstract underrubrik",
    "text": "body content contents brødtekst brodtekst brödtext fulltext message tekst intext allintext inbody "
    "alt caption warning card poll",
    "author": "from by byline forfatter författare writer user username screen_name journalist authorname creator",
    "site": "domain host hostname nettsted website sites homepage",
    "url": "link links inurl allinurl uri href permalink",
    "lang": "language languages språk sprak sprog sprache langue idioma",
    "source": "kilde källa kjelde quelle feed outlet publication publisher media medium sourcename sources",
    "kind": "type filter is has channel platform pagetype sourcetype mediatype network",
    "tag": "tags label labels category categories etikett",
}
_FIELD_BY_NAME = {name: field for field, names in _FIELDS.items() for name in names.split()}
_FIELD_HINTS = {
    **dict.fromkeys(
        "raw exact case casesensitive cs caps allcaps capitals literal strict".split(),
        "write ={value} to require these capitals",
    ),
    **dict.fromkeys("hashtag hashtags".split(), "write #{value}"),
    **dict.fromkeys(
        "mention mentions at to engagingwith in_reply_to replyto retweet".split(), "write @{value}, or author:{value}"
    ),
    **dict.fromkeys(
        "sentiment tone tonality emotion polarity".split(),
        "sentiment is not measured: join the words that show it with OR, (bad OR awful)",
    ),
    **dict.fromkeys(
        "country land region location place city continent geo state county place_country sted".split(),
        "countries are not known: use lang:no, or the end of a site, site:.no",
    ),
    **dict.fromkeys(
        "date dato datum since until before after published year from_date to_date daterange crawled".split(),
        "use the options --since and --until",
    ),
    **dict.fromkeys(
        "reach followers engagement likes shares retweets views impressions authority rank traffic circulation".split(),
        "use `report --sort response`",
    ),
    **dict.fromkeys("near onear within w pre adj".split(), "write a NEAR/5 b"),
    **dict.fromkeys("atleast count min".split(), "there are no counts: write the word alone"),
    **dict.fromkeys(
        "http https".split(), "url:avis.example/page finds a part of a link; put it in quotes to look for the words"
    ),
}


def field_of(name: str) -> str:
    """Return the field that a name in small letters means, here or in another tool; empty for none."""
    return name if name in _FIELDS else _FIELD_BY_NAME.get(name, "")


def field_hint(name: str, value: str) -> str:
    """Return the form for a field of another tool, in small letters, before *value*; empty for an unknown one."""
    if field := _FIELD_BY_NAME.get(name):
        return f"did you mean {field}:?"
    return _FIELD_HINTS.get(name, "").format(value=value or "word")


_LANGUAGES = {
    "no": "nor norwegian norsk norge norwegisch norska",
    "nb": "nob bokmål bokmal bokmaal",
    "nn": "nno nynorsk",
    "da": "dan danish dansk dk danska",
    "sv": "swe swedish svensk svenska se",
    "en": "eng english engelsk engelska uk us gb",
    "de": "deu ger german tysk deutsch tyska",
    "fi": "fin finnish finsk suomi finska",
    "fr": "fra fre french fransk français franska",
    "es": "spa spanish spansk español",
    "is": "isl ice icelandic islandsk íslenska",
    "nl": "nld dut dutch nederlandsk",
    "it": "ita italian italiensk",
    "pl": "pol polish polsk",
    "pt": "por portuguese portugisisk",
    "ru": "rus russian russisk",
    "et": "est estonian estisk",
    "lv": "lav latvian",
    "lt": "lit lithuanian",
    "uk": "ukr ukrainian",
    "ar": "ara arabic",
    "zh": "zho chi chinese",
    "ja": "jpn japanese",
}
_CODE_BY_LANGUAGE = {name: code for code, names in _LANGUAGES.items() for name in names.split()}


def language_hint(value: str) -> str:
    """Return the form for a language by another name, empty for an unknown one."""
    code = _CODE_BY_LANGUAGE.get(value) or _CODE_BY_LANGUAGE.get(re.split(r"[-_]", value)[0], "")
    if code == "no":
        return "did you mean lang:no? It stands for both nb (bokmål) and nn (nynorsk)"
    return f"did you mean lang:{code}?" if code else ""
