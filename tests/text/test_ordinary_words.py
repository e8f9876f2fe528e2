from __future__ import annotations

import pytest

from brandwatch.text import LANGUAGE_FOLDER as FOLDER
from brandwatch.text import language_codes
from brandwatch.text.languages import is_listed, is_listed_form, is_ordinary


@pytest.mark.parametrize("name", ["Vind", "if", "KLAR", "Sats", "posten", "Meny", "apple"])
def test_everyday_words_are_ordinary(name: str):
    """Words that companies use as names are in the word lists."""
    assert is_ordinary(name, ())


@pytest.mark.parametrize("name", ["Fjordbanken", "Ledgerly", "Vind Ledgerly", ""])
def test_names_are_not_ordinary(name: str):
    """A made-up name, or one with a word outside the lists, is not ordinary."""
    assert not is_ordinary(name, ("nb", "en"))


def test_only_the_given_languages_count():
    """`klar` is a word of Norwegian and not of English."""
    assert is_ordinary("klar", ("nb",))
    assert not is_ordinary("klar", ("en",))


def test_every_word_of_a_name_counts():
    """A name of several words is ordinary if each word is, even in different languages."""
    assert is_ordinary("Klar Apple", ("nb", "en"))
    assert not is_ordinary("Klar Ledgerly", ("nb", "en"))


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("nb", "tine vind høyre rødt start finn komplett kiwi ruter sats power prior union elle kl mrd tirsdag"),
        ("nn", "ikkje høgre raudt straum kjelde heimen medan framtid verksemd veke laurdag"),
        ("da", "ikke højre rødt strøm kilde hjemmet mens fremtid virksomhed uge lørdag"),
        ("sv", "inte vind höger ström lördag"),
        ("en", "wind bridge harvest compass saturday"),
        ("de", "wind brücke ernte groß"),
        ("fi", "tuuli silta talo"),
    ],
)
def test_common_words_are_listed(language: str, words: str):
    """The list of each language has its common vocabulary."""
    assert [word for word in words.split() if not is_listed_form(word, (language,))] == []


@pytest.mark.parametrize(
    ("language", "forms"),
    [
        ("nb", "skolene kastet hyttene kjørte rommet programmer forskerne treneren billigst sommerens Skolenes"),
        ("nn", "hyttene gutane spelarane kasta båtar forskarane sommarens"),
        ("da", "skolerne kastede hytterne katten forskerne billigste virksomhedens"),
        ("sv", "flickorna kastade pojkarna bilens svenska"),
        ("en", "bridges stopped making cities walking"),
        ("de", "sterne freundes machte"),
        ("fi", "talossa talon"),
    ],
)
def test_regular_forms_of_a_word_are_words(language: str, forms: str):
    """Plurals, definite forms, genitives and verb endings of listed words are accepted by rule."""
    assert [form for form in forms.split() if not is_listed_form(form, (language,))] == []


@pytest.mark.parametrize(
    ("language", "institutions"),
    [
        (
            "nb",
            "regjeringen regjeringa fylkesmannen politiet forsvaret stortinget demokratene riksantikvaren språkrådet",
        ),
        ("nb", "fiskeridepartementet solskinnsdirektoratet Datatilsynets kystpartiet klagenemnda tingretten"),
        ("nn", "regjeringa fylkesmannen fiskeridepartementet klageutvalet sivilombodet"),
        ("da", "regeringen folketinget fiskeriministeriet klagenævnet landsretten"),
        ("sv", "regeringen fiskedepartementet solskensmyndigheten vägverket"),
        ("de", "fischereiministerium solarbehörde"),
    ],
)
def test_institutions_are_ordinary(language: str, institutions: str):
    """A public body in the definite form is ordinary, even one that does not exist."""
    assert [word for word in institutions.split() if not is_listed_form(word, (language,))] == []


@pytest.mark.parametrize(
    "names",
    [
        "Åsgårdstrøm Fjordkraft Sparebanken Nordlysbanken Tindkraft Havgull Solbris Fjellvann Kystverft Grønnkraft",
        "Norda Vesta Vestas Hansa Lumera Solvix Aquanor Biomera Finora Vindexa Kraftia Kaffia Nordwell Trysling",
        "Equinor Telenor Elkem Vipps Telia Klarna Handelsbanken Spotify Ericsson Mærsk Nokia Statoil",
        "Hansen Andersen Bergen Hermann Everett Barrett",
    ],
)
def test_invented_and_real_names_are_not_ordinary(names: str):
    """No rule accepts a name, or two words written together."""
    assert [name for name in names.split() if is_ordinary(name, language_codes())] == []


@pytest.mark.parametrize("language", language_codes())
def test_list_is_well_formed(language: str):
    """A list names its source, and has each word once, in lower case and in order."""
    text = (FOLDER / f"{language}.txt").read_text(encoding="utf-8")
    comment, *lines = text.splitlines()
    words = " ".join(lines).split()
    assert comment.startswith("#")
    assert "Written for this project" in comment
    assert words == sorted(set(words))
    assert words == [word.lower() for word in words]
    assert max(map(len, lines)) <= 120


def test_a_word_is_listed_as_it_is_written():
    """Neither a form of it nor a capital; without languages, in the default ones."""
    assert is_listed("klar", ("nb",))
    assert is_listed("klar", ("en", "nb"))
    assert is_listed("klar", ())
    assert not any(is_listed(word, ("nb",)) for word in ("Klar", "klarest", "ledgerly"))
    assert not is_listed("klar", ("en",))
    assert is_listed_form("Klarest", ("nb",))


def test_an_unknown_language_has_no_words():
    """It is passed over beside known ones."""
    assert is_listed_form("klar", ("qb", "nb"))
    assert not is_listed_form("klar", ("qb",))


def test_a_common_name_that_looks_like_a_form_is_none():
    """Hansen is no `hans` with an article, and Nokia no form of anything."""
    assert not any(is_listed_form(name, ("nb", "fi")) for name in ("Hansen", "hansen", "Nokia"))
    assert is_listed_form("hans", ("nb",))
