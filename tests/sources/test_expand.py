from __future__ import annotations

from datetime import UTC, date, datetime
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.sources.conftest import NOW, addresses_of

from brandwatch.config.configured_source import ConfiguredSource
from brandwatch.config.kind import SearchDialect
from brandwatch.config.query import OfficialRole, OwnedChannels, Person, Query, Term
from brandwatch.errors import UsageError
from brandwatch.models import Source
from brandwatch.sources.expand import (
    SourceExpander,
    check_configured,
    example_values,
    expand_source,
    holds_person,
    search_expressions,
)
from brandwatch.sources.registry import Registry
from brandwatch.sources.request import build_request, percent_encode
from brandwatch.text.normalise import comparable_words

REGISTRY = Registry()
SEARCHES = [kind for kind in map(REGISTRY.kind, REGISTRY.kinds) if kind.mode == "search"]


def searches(kind: str, query: Query, **values: str) -> list[str]:
    """The decoded search URLs of a kind."""
    configured = ConfiguredSource(kind=kind, values={name: (value,) for name, value in values.items()})
    return [unquote(source.url) for source in expand_source(REGISTRY.kind(kind), configured, query)]


def test_a_search_without_or_is_sent_once_per_term(brand: Query):
    """Each name, product and domain is a search, in an order independent of the file's."""
    sources = expand_source(REGISTRY.kind("hackernews"), ConfiguredSource(kind="hackernews"), brand)
    searched = [parse_qs(urlsplit(source.url).query)["query"][0] for source in sources]
    assert searched == ['"Fjordkraft Åsgård"', '"FÅ"', '"Åsgårdstrøm"', '"fjordkraft.example"']
    moved = brand.model_copy(update={"names": brand.names[::-1]})
    assert sources == expand_source(REGISTRY.kind("hackernews"), ConfiguredSource(kind="hackernews"), moved)


def test_a_search_with_or_is_sent_once(brand: Query):
    """All terms within the limits are one expression; additions of the kind stay outside the brackets."""
    (url,) = searches("gdelt", brand, country="NO")
    assert '?query=("Fjordkraft Åsgård" OR "Åsgårdstrøm" OR "fjordkraft.example") sourcecountry:NO&' in url


def test_short_names_are_a_warning(brand: Query):
    """A name that is too short for an endpoint is reported as a warning."""
    (told,) = check_configured(REGISTRY.kind("gdelt"), ConfiguredSource(kind="gdelt"), brand)
    assert (told.is_error, told.message) == (False, "`gdelt` does not search for “FÅ”: at least 3 letters are required")


def test_a_secret_parameter_is_a_header(brand: Query):
    """The reference goes into a header, no part of it into the URL; without a value there is no header."""
    kind = REGISTRY.kind("mastodon")
    values: dict[str, tuple[str, ...]] = {"instance": ("https://tut.example",), "tag": ("acme",)}
    (open_source,) = expand_source(kind, ConfiguredSource(kind="mastodon", values=values), brand)
    configured = ConfiguredSource(kind="mastodon", values=values | {"token": ("${TUT_TOKEN}",)})
    (closed,) = expand_source(kind, configured, brand)
    assert (open_source.headers, closed.headers) == ((), (("Authorization", "Bearer ${TUT_TOKEN}"),))
    assert closed.url == open_source.url


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"token": ("hemmelig9",)}, "`token` is a secret: write ${NAME}, and set NAME in the environment"),
        ({"token": ("Bearer ${T}",)}, "`token` is a secret: write ${NAME}, and set NAME in the environment"),
        (
            {"token": ("${T}",), "instances": ("https://a.example", "https://b.example")},
            "`token` holds a secret of one server, and these are several",
        ),
    ],
)
def test_a_secret_parameter_is_a_reference_for_one_server(
    brand: Query, values: dict[str, tuple[str, ...]], message: str
):
    """A plain secret is refused without repeating it, and so is one for several servers."""
    configured = ConfiguredSource(kind="mastodon", values={"tag": ("acme",)} | values)
    (problem,) = check_configured(REGISTRY.kind("mastodon"), configured, brand)
    assert (problem.is_error, problem.message) == (True, message)


def test_headers_of_a_query_file_go_to_a_kind(brand: Query):
    """They are added to those of the kind, and replace one of the same name; a secret is for one server."""
    kind, headers = REGISTRY.kind("discourse"), {"X-Vakt": "${VAKT}", "api-key": "${EGEN}"}
    configured = ConfiguredSource(kind="discourse", headers=headers, values={"site": ("https://forum.example",)})
    assert {source.headers for source in expand_source(kind, configured, brand)} == {
        (("api-key", "${EGEN}"), ("Api-Username", "${DISCOURSE_API_USERNAME}"), ("X-Vakt", "${VAKT}"))
    }
    several = configured.model_copy(update={"values": {"sites": ("https://a.example", "https://b.example")}})
    (problem,) = check_configured(kind, several, brand)
    assert problem.message == "`headers` holds a secret of one server, and these are several"
    harmless = several.model_copy(update={"headers": {"Accept-Language": "nb"}})
    assert not any(problem.is_error for problem in check_configured(kind, harmless, brand))


def test_a_plain_feed_is_unchanged(brand: Query):
    """The exact URL of a feed, with its `${NAME}`, identifies its source."""
    url = "https://a.example/rss?key=${KEY}&q=bl%C3%A5b%C3%A6r"
    configured = ConfiguredSource(kind="feed", values={"url": (url,)}, allow_private=True)
    (source,) = expand_source(REGISTRY.kind("feed"), configured, brand)
    assert source == Source(url=url, values=(("url", url),), is_template=True, allow_private=True)


@pytest.mark.parametrize(
    ("kind", "values", "message"),
    [
        ("feed", {}, "`feed` needs `urls`"),
        ("feed", {"url": ("nonsense",)}, "“nonsense” is not a web address: it begins with http:// or https://"),
        ("feed", {"urk": ("https://a.example",)}, "`feed` has no `urk`"),
        (
            "feed",
            {"url": ("https://a.example",), "urls": ("https://b.example",)},
            "`urls` and `url` are the same parameter",
        ),
        ("gdelt", {"country": ("NO", "SW")}, "`country` takes one value, not several"),
        ("gdelt", {"country": ("N&mode=x",)}, "“N&mode=x” cannot be a `country`"),
        ("gdelt", {"language": ("KariEksempel",)}, "“KariEksempel” is the name of Kari Eksempel"),
    ],
)
def test_errors_of_a_configured_source(brand: Query, kind: str, values: dict[str, tuple[str, ...]], message: str):
    """Each error has its key; a person's name is an error."""
    configured = ConfiguredSource(kind=kind, values=values)
    assert message in [complaint.message for complaint in check_configured(REGISTRY.kind(kind), configured, brand)]
    with pytest.raises(UsageError):
        expand_source(REGISTRY.kind(kind), configured, brand)


def test_a_search_without_terms_is_an_error():
    """A brand whose names are all too short is reported, not skipped."""
    short = Query(name="å", brand="Å", names=(Term(text="Å"),))
    (told,) = check_configured(REGISTRY.kind("gdelt"), ConfiguredSource(kind="gdelt"), short)
    assert told.message == "`gdelt` cannot search for any of the names"


def test_expressions_stay_within_the_limits_of_their_dialect():
    """Terms make the fewest expressions within length and number; quotation marks cannot end a phrase."""
    query = Query(name="x", brand="X", names=tuple(Term(text=f"Navn {number}") for number in range(7)))
    dialect = SearchDialect(joiner=" OR ", group="({terms})", most=3, longest=40)
    assert search_expressions(dialect, query) == (
        '("Navn 0" OR "Navn 1" OR "Navn 2")',
        '("Navn 3" OR "Navn 4" OR "Navn 5")',
        '"Navn 6"',
    )
    assert all(len(text) <= 26 for text in search_expressions(dialect.model_copy(update={"longest": 26}), query))
    odd = Query(name="x", brand="X", names=(Term(text='Ac"me" OR secret'),))
    assert search_expressions(dialect, odd) == ('"Ac me OR secret"',)


letters = st.text(st.characters(categories=["L"], exclude_characters="ªº"), min_size=2, max_size=8)
people = st.builds(lambda first, last: f"{first} {last}", letters, letters)


@given(people, st.lists(st.text(max_size=30), max_size=4), st.sampled_from(["before", "after", "alone", "joined"]))
def test_no_request_contains_the_name_of_a_person(person: str, texts: list[str], where: str):
    """For any query, even one that no file allows, no search URL has the name of a person."""
    hidden = {"before": f"{person} AS", "after": f"Gruppen {person}", "alone": person, "joined": person.upper()}[where]
    query = Query(
        name="x",
        brand="X",
        names=tuple(Term.model_construct(text=text) for text in ("Blåbær Gården", hidden, *texts)),
        products=(Term.model_construct(text=hidden),),
        owned=OwnedChannels.model_construct(domains=(f"{hidden.replace(' ', '-')}.example".lower(),)),
        people=(Person(name=person, role=OfficialRole.EXECUTIVE, registered=date(2026, 1, 1)),),
    )
    for kind in SEARCHES:
        values = {name: tuple(said) for name, said in addresses_of(kind.name, {})["values"].items()}
        for source in expand_source(kind, ConfiguredSource(kind=kind.name, values=values, accept_terms=True), query):
            sent = [value for said in parse_qs(urlsplit(source.url).query).values() for value in said]
            assert not [value for value in sent if f" {comparable_words(person)} " in f" {comparable_words(value)} "]


@given(st.text(max_size=40))
def test_a_term_stays_within_its_parameter(text: str):
    """For any term, the URL keeps its other parameters, times and secrets."""
    query = Query(name="x", brand="X", names=(Term(text=f"Acme {text}"),))
    kind = REGISTRY.kind("hackernews")
    (source,) = expand_source(kind, ConfiguredSource(kind="hackernews"), query)
    asked_for = parse_qs(urlsplit(build_request(kind, source, {"SECRET": "s3cret"}, NOW).url).query)
    assert set(asked_for) == {*kind.request.params}
    assert asked_for["query"] == [f'"{" ".join(f"Acme {text}".replace(chr(34), " ").split())}"']
    assert asked_for["tags"] == ["(story,comment)"]


@given(st.text(max_size=40))
def test_encoding_round_trip(text: str):
    """Encoded text is ASCII, and decodes to the original."""
    assert percent_encode(text).isascii()
    assert unquote(percent_encode(text)) == text


def test_requests_start_at_the_cursor(brand: Query):
    """The source URL is constant, the start time moves: two hours of overlap, a week for the first poll."""
    kind = REGISTRY.kind("hackernews")
    source = expand_source(kind, ConfiguredSource(kind="hackernews"), brand)[0]
    week_ago, before = datetime(2026, 4, 29, 12, tzinfo=UTC), datetime(2026, 5, 6, 8, tzinfo=UTC)
    assert "{since}" in source.url
    assert f"created_at_i%3E{int(week_ago.timestamp())}&" in build_request(kind, source, {}, NOW).url
    later = build_request(kind, source, {}, NOW, cursor="2026-05-06T10:00:00+00:00")
    assert f"created_at_i%3E{int(before.timestamp())}&" in later.url


def many(values: int) -> ConfiguredSource:
    """A configured source with as many feeds."""
    return ConfiguredSource(
        kind="feed", values={"urls": tuple(f"https://a{number}.example/" for number in range(values))}
    )


def test_the_number_of_sources_has_a_limit(brand: Query):
    """A hundred are let through, one more is not."""
    feed = REGISTRY.kind("feed")
    assert check_configured(feed, many(100), brand) == ()
    assert len(expand_source(feed, many(100), brand)) == 100
    (problem,) = check_configured(feed, many(101), brand)
    assert (problem.is_error, problem.message) == (True, "101 sources, but 100 is the maximum")


@pytest.mark.parametrize(
    ("text", "person"),
    [
        ("Kari Eksempel", "Kari Eksempel"),
        ("om kari eksempel i dag", "Kari Eksempel"),
        ("karieksempel", "Kari Eksempel"),
        ("blogg-karieksempel.example", "Kari Eksempel"),
        ("Kari Eksempelsen", "Kari Eksempel"),
        ("Eksempel Kari", ""),
        ("Kari", ""),
        ("Bo Liane", ""),
        ("Boli", ""),
        ("Bo Li", "Bo Li"),
        ("boligen", ""),
        ("Per Olsen", "Per Olsen"),
        ("perolsen", "Per Olsen"),
        ("Ann Bolt", "Ann Bolt"),
        ("annbolt", ""),
    ],
)
def test_a_name_within_a_text_is_that_of_a_person(text: str, person: str):
    """As words, or run together if the name has eight letters: shorter ones are in many a word by chance."""
    assert holds_person(text, ("Kari Eksempel", "Bo Li", "Per Olsen", "Ann Bolt")) == person


@pytest.mark.parametrize(
    ("kind", "key", "written", "value"),
    [
        ("discourse", "site", "forum.example/", "https://forum.example"),
        ("discourse", "site", "http://forum.example//", "http://forum.example"),
        ("discourse", "site", "https://blåbær.example/mappe/", "https://xn--blbr-roah.example/mappe"),
        ("mastodon", "tag", "#blåbær", "blåbær"),
    ],
)
def test_a_value_is_completed(brand: Query, kind: str, key: str, written: str, value: str):
    """A site gets its scheme and loses its last slash, a word its #."""
    values: dict[str, tuple[str, ...]] = {key: (written,)}
    if kind == "mastodon":
        values["instance"] = ("https://tut.example",)
    configured = ConfiguredSource(kind=kind, values=values)
    assert {dict(source.values)[key] for source in expand_source(REGISTRY.kind(kind), configured, brand)} == {value}


def test_every_kind_has_example_values():
    """Each parameter has one; that of a site or an address is one."""
    for name in REGISTRY.kinds:
        kind = REGISTRY.kind(name)
        values = example_values(kind)
        assert values.keys() == kind.parameters.keys()
        assert all(values.values())
    assert example_values(REGISTRY.kind("feed"))["url"] == "https://site.example/feed"
    assert example_values(REGISTRY.kind("discourse"))["site"] == "https://site.example"


def test_a_secret_in_the_address_of_a_feed_is_refused(brand: Query):
    """Written out it would be in a file; as a reference it is let through."""
    feed = REGISTRY.kind("feed")
    plain = ConfiguredSource(kind="feed", values={"url": ("https://a.example/rss?api_key=0123456789abcdef0123456789",)})
    (problem,) = check_configured(feed, plain, brand)
    assert problem.is_error
    assert "looks like a secret" in problem.message
    assert "0123456789" not in problem.message
    reference = ConfiguredSource(kind="feed", values={"url": ("https://a.example/rss?api_key=${KEY}",)})
    assert check_configured(feed, reference, brand) == ()


def test_unknown_values_and_packs_are_named(brand: Query):
    """The keys that there are, and the kind or pack that there is not."""
    (unknown,) = check_configured(
        REGISTRY.kind("feed"),
        ConfiguredSource(kind="feed", values={"url": ("https://a.example/",), "by": ("Å",)}),
        brand,
    )
    assert (unknown.key, unknown.hint) == ("by", "available: url, urls")
    expander = SourceExpander(REGISTRY)
    for key, configured in (
        ("kind", ConfiguredSource(kind="finnesikke")),
        ("pack", ConfiguredSource(pack="finnesikke")),
    ):
        sources, (problem,) = expander.expand(configured, brand)
        assert (sources, problem.key, problem.is_error) == ((), key, True)
    sources, problems = expander.expand(many(2), brand)
    assert (len(sources), problems) == (2, ())
    sources, problems = expander.expand(ConfiguredSource(kind="feed"), brand)
    assert (sources, len(problems)) == ((), 1)
    sources, problems = expander.expand(ConfiguredSource(kind="gdelt"), brand)
    assert (len(sources), [problem.is_error for problem in problems]) == (1, [False])


def test_names_that_would_be_a_person_side_by_side_are_searched_apart():
    """Two terms make a name; without the person they are one search."""
    names = (Term(text="Kari"), Term(text="Eksempel"))
    person = Person(name="Eksempel Kari", role=OfficialRole.EXECUTIVE, registered=date(2026, 1, 1))
    dialect = SearchDialect(phrase="{term}", joiner=" ", group="({terms})")
    query = Query(name="x", brand="X", names=names)
    assert search_expressions(dialect, query) == ("(Eksempel Kari)",)
    assert search_expressions(dialect, query.model_copy(update={"people": (person,)})) == ("Eksempel", "Kari")


def test_a_term_of_the_shortest_length_is_searched_for():
    """Only letters and digits count; a dialect without domains searches for none."""
    names = (Term(text="A-B C"), Term(text="A B"))
    owned = OwnedChannels.model_construct(domains=("acme.example",))
    query = Query(name="x", brand="X", names=names, owned=owned)
    dialect = SearchDialect(shortest=3, domain="")
    assert search_expressions(dialect, query) == ('"A-B C"',)
    assert '"acme.example"' in search_expressions(SearchDialect(shortest=3), query)
