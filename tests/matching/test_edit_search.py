"""The search for an edit finds every entry whose result may become another one."""

from __future__ import annotations

import unicodedata
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from brandwatch.config.query import (
    Account,
    Competitor,
    Equivalence,
    Exclusions,
    LetterCase,
    OfficialRole,
    OwnedChannels,
    Person,
    Placement,
    Query,
    Term,
    TermKind,
    Value,
)
from brandwatch.config.query_lists import lists_of_json, query_lists
from brandwatch.matching import Matcher
from brandwatch.matching.edit_search import edit_search
from brandwatch.models import Entry, TextPart

if TYPE_CHECKING:
    from brandwatch.matching.edit_search import EditSearch

NAMES = (
    *("Acme", "Blåbær Gården AS", "Fjordkraft Åsgård", "Fjordkraft Nord", "Straße & Sønn", "C++", "Øl", "3", "TV 2"),
    *("Сбер Норд", "ΑΣ Νορδας", "AT&T", "Elle", "日本 Kraft", "İstanbul Kraft", "3ª Ola", "Å", "Cafë Œuvre"),
)
PHRASES = ("Acme cup", "cup*", "blåbær gården", "Fjordkraft  arena", "™", "Øl*", "Сбер кап", "R&D", "3 poeng")
DOMAINS = ("acme.example", "shop.acme.example", "blåbær.example")
ACCOUNTS = (Account("x", "acme"), Account("mastodon", "acme@tut.example"), Account("linkedin", "company/acme"))
SITES = ("b.example", "news.b.example", "xn--blbr-roag.example")
PERSON = Person(
    name="Kari Blåbær", role=OfficialRole.SPOKESPERSON, registered=date(2026, 1, 1), accounts=(Account("x", "kari"),)
)


@st.composite
def terms(draw: st.DrawFn, kind: TermKind) -> Term:
    """A name with a few rules; most have none."""
    rules: dict[str, Any] = draw(
        st.sampled_from(
            [
                *({},) * 12,
                {"any_of_context": ("strøm", "cup")},
                {"none_of_context": ("kamp",)},
                {"case": LetterCase.ANY},
                {"where": Placement.TITLE},
                {"where": Placement.SOCIAL},
                {"closed_compounds": True},
                {"not_first_word": True},
                {"equivalences": ((Equivalence.SPACING, False),)},
            ]
        )
    )
    return Term(text=draw(st.sampled_from(NAMES)), kind=kind, **rules)


def lists(values: st.SearchStrategy[Any], most: int = 3) -> st.SearchStrategy[tuple[Any, ...]]:
    """Tuples of a few values, in any order, perhaps twice the same."""
    return st.lists(values, max_size=most).map(tuple)


PARTS: dict[str, st.SearchStrategy[Any]] = {
    "names": st.lists(terms(TermKind.NAME), min_size=1, max_size=3).map(tuple),
    "products": lists(terms(TermKind.PRODUCT), 2),
    "competitors": lists(terms(TermKind.COMPETITOR), 2).map(lambda listed: (Competitor("Rival", listed),)),
    "owned": st.builds(
        OwnedChannels,
        domains=lists(st.sampled_from(DOMAINS), 2),
        accounts=lists(st.sampled_from(ACCOUNTS), 2),
        hashtags=lists(st.sampled_from(["acme", "HeiaBlåbær", "strøm"]), 2),
    ),
    "exclude": st.builds(
        Exclusions,
        words=lists(st.sampled_from(PHRASES)),
        sites=lists(st.sampled_from(SITES), 2),
        authors=st.sampled_from([(), (), ("Kari Blåbær",)]),
        kinds=st.sampled_from([(), (), ("job_ad",)]),
    ),
    "people": st.sampled_from([(), (), (PERSON,)]),
    "values": st.sampled_from([(), (Value("Klima", ("utslipp",)),)]),
    "match": st.sampled_from(["", "", "", "strøm OR acme", "kind:mastodon OR fjordkraft"]),
    "languages": st.sampled_from([(), (), ("nb", "sv")]),
    "equivalences": st.sampled_from([(), (), ((Equivalence.LEGAL_FORMS, False),)]),
    "staff_mentions": st.booleans(),
}


def query_of(parts: dict[str, Any]) -> Query:
    """Build a query as it is loaded from a file."""
    written = {name: value for name, value in parts.items() if value or name == "staff_mentions"}
    return Query(**{"brand": "Acme AS", **written}).of_file(Path("acme.yaml"), date(2026, 5, 4))


# The parts of which a member is added or removed, and not the whole part replaced.
LISTED = ("names", "products", "competitors", "owned", "exclude", "values")


@st.composite
def edits(draw: st.DrawFn) -> tuple[Query, Query]:
    """A query before and after an edit of one or two parts, in most cases of a list."""
    before = {name: draw(strategy) for name, strategy in PARTS.items()}
    after = dict(before)
    for name in draw(st.lists(st.sampled_from([*LISTED * 3, *PARTS]), min_size=1, max_size=2)):
        after[name] = _with_member(draw, name, before[name])
    return query_of(before), query_of(after)


def _with_member(draw: st.DrawFn, name: str, value: Any) -> Any:
    """Add a member to a part, or remove one; other parts get another value."""
    other = draw(PARTS[name])
    if name in {"names", "products"}:
        return draw(st.sampled_from([(*value, *other[:1]), (*other[:1], *value), value[1:] or value, value[::-1]]))
    if name == "exclude":
        key = draw(st.sampled_from(["words", "words", "sites"]))
        members = getattr(value, key)
        changed = draw(st.sampled_from([(*members, *getattr(other, key)), members[1:], members[:1]]))
        return value.model_copy(update={key: changed})
    return other


def _disguised(name: str) -> st.SearchStrategy[str]:
    """A spelling of a name that folding undoes, or nearly does."""
    cut = len(name) // 2
    return st.sampled_from(
        [
            *(name, name, name.upper(), name.lower(), f"#{name.replace(' ', '')}", f"@{name.lower()}", f"{name}s"),
            *(f"{name[:cut]}\xad{name[cut:]}", f"{name[:cut]}\u200b{name[cut:]}", f"{name[:cut]}\xad\n{name[cut:]}"),
            *(f"{name[:cut]}<b>{name[cut:]}</b>", name.replace("å", "&aring;").replace("&", "&amp;")),
            *(unicodedata.normalize("NFD", name), name.replace(" ", "  \n"), name.replace(" ", "\u2009")),
            *(
                name.replace("A", "А").replace("c", "с"),
                name.translate({code: code + 0xFEE0 for code in range(33, 127)}),
            ),
            *(f"x{name}", f"{name}-ansatt", f"#Heia{name.replace(' ', '')}2", f"https://acme.example/{name}"),
            *(name.replace("e", "ᵉ"), "".join(f"&#{ord(letter)};" for letter in name), name.replace(" ", "-")),
        ]
    )


OTHER_WORDS = st.one_of(
    st.sampled_from(["strøm", "cup", "kamp", "hos", "Kari Blåbær", "rådgiver i", "™", "🦊", "½", "ﬁ", "\u0301", "ª"]),
    st.sampled_from([*DOMAINS, "@acme@tut.example", "@kari", ".", "\n"]),
    st.text(max_size=6),
)


def texts_with(names: tuple[str, ...]) -> st.SearchStrategy[str]:
    """Texts with some of the names in disguises, other words between them."""
    words = st.one_of(st.sampled_from(names).flatmap(_disguised), OTHER_WORDS)
    pairs = st.lists(st.tuples(words, st.sampled_from([" ", " ", " ", "", "\n"])), max_size=6)
    return pairs.map(lambda written: "".join(word + blank for word, blank in written))


LINKS = st.sampled_from(
    [
        *(
            "",
            "https://a.example/1",
            "https://news.b.example/1",
            "https://XN--BLBR-ROAG.example/",
            "https://blåbær.example",
        ),
        *("https://x.com/acme/status/1", "https://tut.example/@acme/1", "https://SHOP.acme.example:443/%41"),
        *("https://x.com/%61cme/status/1", "https://tut.example/@ACME/1", "https://X.com/Acme/status/2"),
        *("https://www.linkedin.com/company/acme/posts", "https://x.com/kari/status/1", "https://acme.example.net/"),
    ]
)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Query, Query, list[Entry]]:
    """An edit, and entries with the names of either version."""
    before, after = draw(edits())
    names = {term.text for query in (before, after) for term in query.all_terms()}
    words = {*before.exclude.words, *after.exclude.words, *before.owned.hashtags, *after.owned.hashtags}
    texts = texts_with(tuple(sorted(names | words)))
    return before, after, draw(st.lists(entries(texts), min_size=1, max_size=4))


@st.composite
def entries(draw: st.DrawFn, texts: st.SearchStrategy[str]) -> Entry:
    """An entry, perhaps with a lead."""
    title, text, links = draw(texts), draw(texts), draw(st.lists(LINKS.filter(bool), max_size=2))
    end = draw(st.integers(0, len(text)))
    return Entry(
        title=title,
        text=text,
        parts=(TextPart("lead", 0, end),) if end and draw(st.booleans()) else (),
        url=draw(LINKS),
        links=tuple(links),
        author=draw(
            st.sampled_from(["", "acme", " ACME", "@acme@TUT.example", "acme@tut.example", "Kari Blåbær", "kari"])
        ),
    )


def search_of(before: Query, after: Query) -> EditSearch | None:
    """Return the search for an edit, whose lists were stored between."""
    stored = lists_of_json(query_lists(before).to_json())
    assert stored == query_lists(before)
    return edit_search(stored, after)


@given(cases())
@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
def test_an_entry_that_is_not_found_has_the_same_result(case: tuple[Query, Query, list[Entry]]):
    """Evidence, clauses, voice and subject, whatever the letters of a text and the edit are."""
    before, after, listed = case
    search = search_of(before, after)
    if search is None:
        return
    old, new = Matcher([before]), Matcher([after])
    for entry in listed:
        if not search.concerns(entry):
            assert old.explain(entry, with_language=False) == new.explain(entry, with_language=False)


def an_edit(**changes: Any) -> EditSearch | None:
    """Return the search for an edit of a query with one name and one excluded phrase."""
    before: dict[str, Any] = {
        "names": (Term(text="Acme"),),
        "exclude": Exclusions(words=("Acme cup",), sites=("b.no",)),
    }
    return search_of(query_of(before), query_of(before | changes))


REACHED = {
    "a name": ({"names": (Term(text="Acme"), Term(text="Blåbær Gården AS"))}, "Hos Bla\u030abær Gå\xadrden i dag"),
    "a name in a tag": ({"names": (Term(text="Acme"), Term(text="Blåbær Gården AS"))}, "#heiaBlåbærGården"),
    "a rule of a name": ({"names": (Term(text="Acme", not_first_word=True),)}, "АCME åpner"),
    "the name of a rival": ({"competitors": (Competitor("R", (Term(text="Ørsted"),)),)}, "Ørsteds aksje"),
    "a hashtag": ({"owned": OwnedChannels(hashtags=("heiaacme",))}, "#HeiaAcme"),
    "a handle": ({"owned": OwnedChannels(accounts=(Account("x", "acmeno"),))}, "Til @acmeno"),
    "an excluded phrase": (
        {"exclude": Exclusions(words=("Acme cup", "årets *"), sites=("b.no",))},
        "&Aring;RETS  acme",
    ),
    "an exclusion that is removed": ({"exclude": Exclusions(words=("Acme",), sites=("b.no",))}, "acme\u200b  Cup"),
}


@pytest.mark.parametrize(("changes", "text"), REACHED.values(), ids=[*REACHED])
def test_an_edit_searches_the_texts_that_have_what_it_changes(changes: dict[str, Any], text: str):
    """In any spelling that counts, and no text beside them."""
    search = an_edit(**changes)
    assert search
    assert search.concerns(Entry(title="Nytt", text=text))
    assert not search.concerns(
        Entry(title="Nytt fra Fjordkraft 🦊", text="Bla\u030abær, &aring;r, #cup og @acmedk", url=LINK)
    )


LINK = "https://a.example/1"
LINKED = {
    "a site": ({"exclude": Exclusions(words=("Acme cup",), sites=("b.no", "c.no"))}, Entry(url="https://www.C.no/1")),
    "a domain": ({"owned": OwnedChannels(domains=("blåbær.no",))}, Entry(links=("https://xn--blbr-roah.no/1",))),
    "an account": (
        {"owned": OwnedChannels(accounts=(Account("mastodon", "acme@tut.no"),))},
        Entry(url="https://tut.no/@acme/1"),
    ),
}


@pytest.mark.parametrize(("changes", "entry"), LINKED.values(), ids=[*LINKED])
def test_an_edit_searches_the_links_and_authors_that_have_what_it_changes(changes: dict[str, Any], entry: Entry):
    """As an evaluation compares them."""
    search = an_edit(**changes)
    assert search
    assert search.concerns(entry)
    assert not search.concerns(Entry(url=LINK, links=("https://acme.no/c.no",), author="Kari"))


ALL = {
    "the expression": {"match": "acme"},
    "a language": {"languages": ("nb",)},
    "equivalences": {"equivalences": ((Equivalence.SPACING, False),)},
    "a person": {"people": (PERSON,)},
    "roles": {"staff_mentions": False},
    "the brand": {"brand": "Acme Norge"},
    "the first author": {"exclude": Exclusions(words=("Acme cup",), sites=("b.no",), authors=("Kari",))},
    "the last phrase": {"exclude": Exclusions(sites=("b.no",))},
    "the last site": {"exclude": Exclusions(words=("Acme cup",))},
    "a name for social entries": {"names": (Term(text="Acme"), Term(text="Elle", where=Placement.SOCIAL))},
}


@pytest.mark.parametrize("changes", ALL.values(), ids=[*ALL])
def test_an_edit_of_anything_else_concerns_all(changes: dict[str, Any]):
    """There is no text that it leaves out."""
    assert an_edit(**changes) is None


def test_the_order_of_names_may_decide():
    """Which of two names in one place is the evidence; a name between them does not change that."""
    names = [Term(text=name) for name in ("Acme", "ACME", "Blåbær")]
    before = query_of({"names": (names[0], names[1])})
    assert search_of(before, query_of({"names": (names[1], names[0])})) is None
    assert search_of(before, query_of({"names": (names[0], names[2], names[1])}))


def test_themes_and_the_words_for_a_rival_concern_nothing():
    """No evaluation reads them."""
    search = an_edit(values=(Value("Klima", ("utslipp",)),), competitors=(Competitor("Rival", ()),))
    assert search
    assert not search.concerns(Entry(title="Acme om utslipp: Rival", url=LINK))


def test_lists_of_another_form_are_not_known():
    """An edit of them concerns all; so it does after an erasure that blanked them."""
    assert [
        lists_of_json(stored) for stored in ("", "[]", "{}", '[["a"],1]', '[[["Acme","x"]],[],[],[],[],[],""]')
    ] == [None] * 5
