from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brandwatch.config.query import Account, Exclusions, OwnedChannels, Query, Term
from brandwatch.matching import Matcher
from brandwatch.models import Entry

if TYPE_CHECKING:
    from collections.abc import Callable

    from brandwatch.models import MatchResult

    Build = Callable[..., Query]
    Match = Callable[..., MatchResult]

FILLER = "og så gikk vi hjem til fots langs fjorden "


def people(result: MatchResult) -> list[str]:
    """The persons in the evidence."""
    return [piece.term for piece in result.evidence if piece.kind == "person"]


def test_a_representative_matches_beside_the_brand(match: Match):
    """The name is evidence with its distance, and the subject is an official."""
    result = match("Kari Eksempels svar: Acme beklager. Øystein Blåbær-Åsen er enig.")
    assert people(result) == ["Kari Eksempel", "Øystein Blåbær-Åsen"]
    assert result.subject == "official"
    assert "1 word from “Acme”" in next(piece.note for piece in result.evidence if piece.kind == "person")


@pytest.mark.parametrize("text", ["Kari Eksempel vant Birken", "God helg fra fjellet", "Pressesjef Kari Eksempel", ""])
def test_a_representative_without_the_brand_is_private(match: Match, text: str):
    """Without the brand, a representative's name, title or account gives no mention."""
    for url in ("", "https://x.com/kari_acme/status/1"):
        assert match(text, url=url, author="kari_acme").evidence == ()


def test_in_a_long_entry_the_name_must_be_near(match: Match):
    """Up to 300 words any distance is allowed; beyond, at most 60 words between name and brand."""
    assert people(match(f"Acme {FILLER * 20} Kari Eksempel")) == ["Kari Eksempel"]
    assert people(match(f"Acme {FILLER * 60} Kari Eksempel")) == []
    assert people(match(f"{FILLER * 60} Acme {FILLER * 5} Kari Eksempel")) == ["Kari Eksempel"]


@pytest.mark.parametrize(
    ("between", "words", "is_tied"), [(60, 301, True), (61, 301, False), (61, 300, True), (290, 300, True)]
)
def test_a_name_and_the_brand_are_near_within_sixty_words(match: Match, between: int, words: int, *, is_tied: bool):
    """In an entry of more than 300 words; what stands too far away is a clause that failed."""
    text = " ".join(["Acme", *["og"] * between, "Kari Eksempel", *["og"] * (words - between - 3)])
    result = match(text)
    assert people(result) == (["Kari Eksempel"] if is_tied else [])
    assert result.subject == ("official" if is_tied else "brand")
    failed = [clause.note for clause in result.clauses if clause.clause == "people" and not clause.holds]
    assert failed == ([] if is_tied else ["a name stands more than 60 words away from the brand"])


@pytest.mark.parametrize(("adjectives", "is_staff"), [(0, True), (1, True), (3, True), (4, False)])
def test_a_declaration_describes_its_author_in_a_few_words(match: Match, adjectives: int, *, is_staff: bool):
    """An article and up to three adjectives; behind more it is another sentence."""
    described = " ".join(["stolt", "erfaren", "daglig", "ny"][:adjectives])
    assert (match(f"Jeg er en {described} rådgiver i Acme.").voice == "staff") is is_staff


def test_only_the_full_name_matches(match: Match):
    """A first name, a last name or a longer word matches no representative."""
    assert people(match("Acme: Kari og Eksempel og Kari Eksempelsen")) == []


@pytest.mark.parametrize(
    ("fields", "voice", "rule"),
    [
        ({"url": "https://x.com/kari_acme/status/9"}, "official", "account on x"),
        ({"url": "https://x.com/noen/status/9", "author": "@kari_acme"}, "official", "account on x"),
        ({"url": "https://avisa.example/1", "author": "kari_acme"}, "public", ""),
        ({"url": "https://avisa.example/1", "author": "Kari Eksempel"}, "official", "byline"),
        ({"url": "https://avisa.example/1", "author": "Ola Øy, Kari Eksempel"}, "official", "byline"),
        ({"url": "https://avisa.example/1", "author": "Ola Øy og Kari Eksempel"}, "official", "byline"),
        ({"url": "https://avisa.example/1", "author": "Ola Kari Eksempel"}, "public", ""),
        ({"url": "https://www.acme.example/presse/1"}, "owned", "owned domain"),
        ({"url": "https://x.com/Acme/status/1"}, "owned", "owned account on x"),
        ({"url": "https://tuter.example/@acme/1"}, "owned", "owned account on mastodon"),
        ({"url": "https://annen.example/@acme@tuter.example/1"}, "owned", "owned account on mastodon"),
        ({"url": "https://tuter.example/@acmefan/1"}, "public", ""),
    ],
)
def test_voice_from_sites_accounts_and_bylines(match: Match, fields: dict[str, str], voice: str, rule: str):
    """Own domains and accounts, registered accounts and bylines decide the voice."""
    result = match("Acme åpner", **fields)
    assert result.voice == voice
    assert [piece.rule for piece in result.evidence if piece.kind == "voice"] == ([rule] if rule else [])


@pytest.mark.parametrize(
    ("text", "voice", "subject"),
    [
        ("Jeg jobber i Acme og er lei", "staff", "staff"),
        ("Sjekk dette bildet av rådgiveren i Acme", "public", "staff"),
        ("Acme-ansatt tok feil", "public", "staff"),
        ("Acme er lei", "public", "brand"),
        ("les acme.example", "public", "owned"),
        ("#blåbærdag", "public", "owned"),
    ],
)
def test_voice_and_subject_from_the_text(match: Match, text: str, voice: str, subject: str):
    """A declaration makes a staff voice; a role tied to the brand makes staff the subject."""
    result = match(text)
    assert (result.voice, result.subject) == (voice, subject)


def test_roles_can_be_switched_off(match: Match, acme: Build):
    """`staff_mentions: off` disables the search for roles."""
    result = match("rådgiveren i Acme", acme(staff_mentions=False))
    assert [piece.kind for piece in result.evidence] == ["anchor"]


def test_an_entry_of_an_own_channel_needs_no_name(match: Match):
    """Entries of the brand's channels, and links to them, are mentions without the name."""
    own = match("Åpent i påsken", url="https://nytt.acme.example/paaske")
    assert (own.voice, own.subject, own.evidence[0].rule) == ("owned", "owned", "owned domain")
    linked = match("Les dette", links=("https://acme.example/x", "https://acme.example/y"))
    assert [(piece.field, piece.rule) for piece in linked.evidence] == [("links", "link")]
    assert not match("Les dette", links=("https://notacme.example/x",)).evidence


WORDS = st.sampled_from(
    [
        "Kari Eksempel",
        "Øystein Blåbær-Åsen",
        "Kari",
        "kari_acme",
        "@kari_acme",
        "rådgiveren i",
        "ansatt",
        "pressesjef",
        "@acme_kari",
        "@KariAcme",
        "jeg jobber i",
        "jobber hos",
        "God helg",
        "fra fjellet",
        ".",
        "\n",
        "vår sjef",
        "direktøren",
        "acm",
        "xacme",
    ]
)


@settings(max_examples=500)
@given(st.lists(WORDS, max_size=20), st.sampled_from(["", "Kari Eksempel", "kari_acme"]), st.booleans())
def test_no_mention_without_an_anchor(texts: list[str], author: str, is_posted: bool):
    """Any mixture of names, roles, titles and accounts is no mention without the brand."""
    from datetime import date  # noqa: PLC0415

    from brandwatch.config.query import Account, OfficialRole, Person, Term  # noqa: PLC0415

    kari = Person(
        name="Kari Eksempel",
        role=OfficialRole.SPOKESPERSON,
        registered=date(2026, 2, 1),
        accounts=(Account(platform="x", handle="kari_acme"), Account(platform="bluesky", handle="acme_kari")),
    )
    query = Query(name="acme", brand="Acme", names=(Term(text="Acme"),), people=(kari,))
    entry = Entry(
        title=" ".join(texts[:3]),
        text=" ".join(texts),
        author=author,
        url="https://x.com/kari_acme/status/1" if is_posted else "",
    )
    assert Matcher([query]).evaluate(entry) == {}


@pytest.mark.parametrize("written", ["blåbær.example", "xn--blbr-roah.example", "BLÅBÆR.example"])
@pytest.mark.parametrize(
    "host", ["blåbær.example", "om.xn--blbr-roah.example", "BL%C3%85B%C3%86R.example", "blåbær.example."]
)
def test_an_owned_domain_is_one_in_every_spelling(acme: Build, match: Match, written: str, host: str):
    """The own site speaks and is linked to in the spelling of the network and of people; another site is not owned."""
    query = acme(owned=OwnedChannels(domains=(written,)))
    assert match("Nytt", query, url=f"https://{host}/sak").voice == "owned"
    assert match("Nytt", query, links=(f"https://{host}/sak",)).evidence
    assert match("Acme", query, url="https://blabar.example/sak").voice == "public"
    assert not match("Nytt", query, links=("https://blabar.example/sak",)).evidence


@pytest.mark.parametrize(
    "text", ["Se blåbær.example for mer", "Se xn--blbr-roah.example for mer", "Se Blåbær.example."]
)
def test_an_owned_domain_is_found_in_a_text_in_both_spellings(acme: Build, match: Match, text: str):
    """The domain in the text is a mention, as people and as the network write it."""
    assert match(text, acme(owned=OwnedChannels(domains=("blåbær.example",)))).evidence
    assert not match("Se blabar.example for mer", acme(owned=OwnedChannels(domains=("blåbær.example",)))).evidence


@pytest.mark.parametrize("written", ["acme@blåbær.example", "Acme@xn--blbr-roah.example"])
@pytest.mark.parametrize(
    "url",
    [
        "https://blåbær.example/@acme/1",
        "https://xn--blbr-roah.example/@Acme/1",
        "https://tuter.example/@acme@bl%C3%A5b%C3%A6r.example/1",
        "https://tuter.example/@acme@xn--blbr-roah.example/1",
    ],
)
def test_an_account_on_a_server_beyond_ascii(acme: Build, match: Match, written: str, url: str):
    """A fediverse account is one in every spelling of its server; the same name elsewhere is another account."""
    query = acme(owned=OwnedChannels(accounts=(Account(platform="mastodon", handle=written),)))
    assert match("Nytt", query, url=url).voice == "owned"
    assert match("Acme", query, url="https://tuter.example/@acme/1").voice == "public"


@pytest.mark.parametrize("site", ["blåbær.example", "xn--blbr-roah.example"])
def test_an_excluded_site_is_one_in_every_spelling(acme: Build, match: Match, site: str):
    """An excluded site hides its entries, whatever the spelling of their links."""
    query = acme(exclude=Exclusions(sites=(site,)))
    for host in ("blåbær.example", "xn--blbr-roah.example", "bl%C3%A5b%C3%A6r.example"):
        assert match("Acme åpner", query, url=f"https://{host}/1").suppressed
    assert not match("Acme åpner", query, url="https://blabar.example/1").suppressed


@pytest.mark.parametrize(
    ("text", "voice", "subject"),
    [
        # A role of two words, with `here` alone behind it.
        ("Acme vice president here", "staff", "staff"),
        ("Acme vice president here and there", "public", "staff"),
        ("Acme press officer here", "staff", "staff"),
        # An article alone may stand before the brand; other words make another company of it.
        ("People who work at the Acme", "public", "staff"),
        ("People who work at the big Acme", "public", "brand"),
        # What is denied is no work; `not only` denies nothing.
        ("Hun har ikke jobbet i Acme", "public", "brand"),
        ("Hun har ikke bare jobbet i Acme", "public", "staff"),
        # A sentence may open with the workplace, but `for` may mean because.
        ("Hos Acme jobber 200 personer", "public", "staff"),
        ("For Acme jobber 200 personer", "public", "brand"),
        ("I byen hos Acme jobber 200 personer", "public", "brand"),
        # The rest of a hashtag that begins with the name may be a role.
        ("#AcmeAnsatte i streik", "public", "staff"),
        ("#AcmeStreik blant ansatte", "public", "brand"),
    ],
)
def test_who_works_there_and_who_does_not(match: Match, text: str, voice: str, subject: str):
    """The words beside the brand decide, in the order of the language."""
    result = match(text)
    assert (result.voice, result.subject) == (voice, subject)


@pytest.mark.parametrize(
    ("text", "words", "most", "within", "beyond"),
    [
        # Work, and the brand: three words between them.
        ("Hun jobber {} i Acme", "nå fortsatt også fremdeles", 3, "public staff", "public brand"),
        ("Jeg jobber {} i Acme", "nå fortsatt også fremdeles", 3, "staff staff", "public brand"),
        ("She works {} at Acme", "currently still also really", 3, "public staff", "public brand"),
        ("Bei Acme {} arbeiten Leute", "heute jetzt auch noch", 3, "public staff", "public brand"),
        # The person, and its work.
        ("Jeg {} jobber i Acme", "nå fortsatt også fremdeles", 3, "staff staff", "public staff"),
        ("I {} work at Acme", "currently still also really", 3, "staff staff", "public staff"),
        # A role, and the brand.
        ("Rådgiver for {} i Acme", "fort og mye ute", 3, "public staff", "public brand"),
        ("Rådgiver {} i Acme", "nå fortsatt også", 2, "public staff", "public brand"),
        ("Acme {} adviser complains", "senior senior senior senior", 3, "public staff", "public brand"),
        # A denial or a wish denies the nearest three words.
        ("Hun ikke {} jobber i Acme", "fort og mye", 2, "public brand", "public staff"),
        ("She wants to {} work at Acme", "currently still also", 2, "public brand", "public staff"),
    ],
)
def test_how_many_words_may_stand_between(match: Match, text: str, words: str, most: int, within: str, beyond: str):
    """Up to a few the words belong together; with one more they are told of somebody else, or of nobody."""
    between = words.split()
    query = Query(name="acme", brand="Acme", names=(Term(text="Acme"),), languages=("nb", "en", "de"))
    for count in range(len(between) + 1):
        result = match(" ".join(text.format(" ".join(between[:count])).split()), query)
        # Without any word between, `for i` is no phrase.
        if count or "for {}" not in text:
            assert f"{result.voice} {result.subject}" == (within if count <= most else beyond), count


@pytest.mark.parametrize(
    ("statement", "condition"),
    [
        ("Jeg er ansatt i Acme", "Hvis jeg er ansatt i Acme"),
        ("Jeg er rådgiver i Acme", "Hvis jeg er rådgiver i Acme"),
        ("Jeg er en rådgiver i Acme", "Dersom jeg er en rådgiver i Acme"),
        ("I am an adviser at Acme", "If I am an adviser at Acme"),
        ("I'm a senior adviser at Acme", "If I'm a senior adviser at Acme"),
        ("Jeg jobber i Acme", "Hvis jeg jobber i Acme"),
    ],
)
def test_a_condition_declares_nothing(match: Match, statement: str, condition: str):
    """The same words without it are a declaration."""
    assert match(statement).voice == "staff"
    assert match(condition).voice == "public"
