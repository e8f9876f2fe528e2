from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brandwatch.text.language import CLEAR_NATS, OTHER, detectable_languages, guess_language, language_of

ALLOWED = {*detectable_languages(), OTHER, ""}

SENTENCES = {
    "nb": (
        "Blåbær Gården AS åpner ny butikk i Tromsø, men vet ikke hvor mange de skal ansette.",
        "Jeg har aldri fått noe svar fra kundeservice hos Fjordkraft Åsgård AS.",
        "Hva gjør selskapet nå som strømprisene har blitt så høye?",
        "Acme beklager feilen og sier at kundene skal få pengene tilbake i løpet av uken.",
    ),
    "nn": (
        "Blåbær Gården AS opnar ny butikk i Førde, men veit ikkje kor mange dei skal tilsetje.",
        "Eg har aldri fått noko svar frå kundeservice hos Fjordkraft Åsgård AS.",
        "Kva gjer selskapet no som straumprisane har vorte så høge?",
        "Acme seier at kundane skal få pengane attende i løpet av veka.",
    ),
    "da": (
        "Blåbær Gården AS åbner en ny butik i Aarhus, men ved ikke, hvor mange de skal ansætte.",
        "Jeg har aldrig fået noget svar fra kundeservice hos Fjordkraft Åsgård AS.",
        "Hvad gør selskabet nu, hvor elpriserne er blevet så høje?",
        "Acme beklager fejlen og siger, at kunderne får pengene tilbage i løbet af ugen.",
    ),
    "sv": (
        "Blåbær Gården AS öppnar en ny butik i Malmö, men vet inte hur många de ska anställa.",
        "Jag har aldrig fått något svar från kundtjänst hos Fjordkraft Åsgård AS.",
        "Vad gör företaget nu när elpriserna har blivit så höga?",
    ),
    "en": (
        "Acme opens a new store in Bergen but does not know how many people it will hire.",
        "I never got an answer from customer service at Fjordkraft Åsgård AS.",
        "What will the company do now that prices are so high?",
    ),
    "de": (
        "Acme eröffnet eine neue Filiale in Bergen, weiß aber nicht, wie viele Leute es einstellen wird.",
        "Ich habe vom Kundendienst bei Fjordkraft Åsgård AS nie eine Antwort bekommen.",
        "Was macht das Unternehmen jetzt, da die Preise so hoch sind?",
    ),
    "fi": (
        "Acme avaa uuden myymälän Bergeniin, mutta ei tiedä, kuinka monta työntekijää se palkkaa.",
        "En ole koskaan saanut vastausta Fjordkraft Åsgård AS:n asiakaspalvelusta.",
        "Mitä yritys tekee nyt, kun hinnat ovat niin korkealla?",
    ),
    OTHER: (
        "Acme ouvre un nouveau magasin à Bergen mais ne sait pas combien de personnes il va embaucher.",
        "Acme opent een nieuwe winkel in Bergen, maar weet nog niet hoeveel mensen er komen werken.",
        "Acme abre una nueva tienda en Bergen y todavía no sabe cuántas personas va a contratar.",
        "Acme otwiera nowy sklep w Bergen, ale nie wie jeszcze, ile osób zatrudni.",
    ),
}
KNOWN = [(language, text) for language, texts in SENTENCES.items() for text in texts]

NORWEGIAN = SENTENCES["nb"][0]
NYNORSK = SENTENCES["nn"][1]
ENGLISH = SENTENCES["en"][0]
FRENCH = SENTENCES[OTHER][0]


@pytest.mark.parametrize(("language", "text"), KNOWN)
def test_a_sentence_is_detected(language: str, text: str):
    """The language of an ordinary sentence is detected without a declaration."""
    assert guess_language(text).language == language
    assert language_of(text) == language


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("nb", "Hvorfor selger ikke Acme noe nå?"),
        ("nn", "Kvifor sel ikkje Acme noko no?"),
        ("da", "Hvorfor sælger Acme ikke noget nu?"),
        ("sv", "Varför säljer inte Acme något nu?"),
        ("en", "Why is Acme not selling anything?"),
        ("de", "Warum verkauft Acme jetzt nichts?"),
        ("fi", "Miksi Acme ei myy nyt mitään?"),
    ],
)
def test_a_title_with_distinctive_words_is_detected(language: str, title: str):
    """Six words distinguish the seven languages if the languages differ in them."""
    assert language_of(title) == language


@pytest.mark.parametrize(
    "title", ["Acme", "Fjordkraft Åsgård AS", "Acme i Oslo", "Laminas-3239", "Ny rapport", "Han er her"]
)
def test_an_ambiguous_title_is_undetermined(title: str):
    """Names and words shared by related languages decide nothing."""
    assert language_of(title) == ""


@pytest.mark.parametrize("text", ["", "   ", "2026", "12 % – 14 %", "https://acme.example/hva-er-det", "@acme", "🎉🎉"])
def test_a_text_without_words_is_undetermined(text: str):
    """Numbers, signs, URLs and handles have no language."""
    assert guess_language(text) == ("", 0.0)
    assert language_of(text) == ""
    assert language_of(text, "sv-se") == "sv"


@pytest.mark.parametrize(
    "text",
    [
        "Компания Acme открывает новый магазин",
        "アクメが新しい店舗を開く",
        "شركة تفتح متجرا جديدا في المدينة",
        "Η εταιρεία ανοίγει",
    ],
)
def test_another_script_is_another_language(text: str):
    """Cyrillic, Greek, Arabic and Japanese are none of the seven, even with a name in Latin letters."""
    assert language_of(text) == OTHER


@pytest.mark.parametrize("declared", ["no", "no-no", "NO", "nor", "nb", "nb-no", "nb_NO"])
def test_tags_of_norwegian_mean_bokmal(declared: str):
    """All these tags mean bokmål unless the text contradicts them."""
    assert language_of("Ny rapport", declared) == "nb"
    assert language_of(NORWEGIAN, declared) == "nb"


def test_no_is_bokmal_or_nynorsk_by_the_text():
    """`no` covers both written forms, even for a title too short to be detected alone."""
    assert language_of(NYNORSK, "no") == "nn"
    assert language_of("Ikkje no", "no") == "nn"
    assert language_of("", "no") == "nb"


@pytest.mark.parametrize("declared", ["en-us", "en", "fr"])
def test_a_clear_text_overrules_the_declaration(declared: str):
    """Many Norwegian feeds declare the default language of their software."""
    assert language_of(NORWEGIAN, declared) == "nb"


@pytest.mark.parametrize(
    ("text", "declared", "language"),
    [
        ("Acme Summit 2026", "nb-no", "nb"),
        ("Fjordkraft Åsgård AS", "en-us", "en"),
        ("Hva nå?", "en-us", "en"),
        ("Acme i Oslo", "da", "da"),
        (ENGLISH, "en-gb", "en"),
        (ENGLISH, "nb", "en"),
        (FRENCH, "fr", OTHER),
        (FRENCH, "en-us", OTHER),
        ("Acme", "fr", OTHER),
        ("Компания Acme открывает новый магазин", "en", OTHER),
    ],
)
def test_a_declaration_holds_unless_the_text_is_clear(text: str, declared: str, language: str):
    """A few or ambiguous words do not overrule the declaration; four distinctive words do."""
    assert language_of(text, declared) == language


@pytest.mark.parametrize("declared", ["und", "mul", "zxx", "x-default", "norsk", "??"])
def test_an_invalid_tag_is_ignored(declared: str):
    """Feeds put arbitrary text into the language field."""
    assert language_of("Acme", declared) == ""
    assert language_of(NORWEGIAN, declared) == "nb"


@pytest.mark.parametrize("name", ["Fjordkraft Åsgård AS", "Blåbær Gården AS", "Müller Söhne GmbH", "Société Générale"])
def test_foreign_names_do_not_change_the_language(name: str):
    """English text about a foreign company is English."""
    assert language_of(f"{name} never answers, and its prices have gone up again") == "en"


def test_decomposed_letters_are_letters():
    """Decomposed text (NFD, as macOS writes names) is detected like any other."""
    assert guess_language("Vi ma\u030a ha noe a\u030a si na\u030a") == guess_language("Vi må ha noe å si nå")


def test_only_the_beginning_of_a_long_text_is_read():
    """Text beyond the first 600 characters does not matter."""
    assert guess_language(NORWEGIAN * 10 + ENGLISH * 100) == guess_language(NORWEGIAN * 10)


@given(text=st.text(), declared=st.text(max_size=8) | st.sampled_from(["no", "nb-no", "en-us", "fr", "und"]))
def test_any_text_gives_an_allowed_value(text: str, declared: str):
    """Any input gives an allowed value and a margin that is not negative."""
    guessed = guess_language(text)
    assert guessed.language in ALLOWED
    assert guessed.margin >= 0
    assert language_of(text, declared) in ALLOWED
    assert language_of(text) in {guessed.language, ""}
    assert guessed.margin >= CLEAR_NATS or language_of(text) == ""


def test_capitals_count_where_few_other_words_are():
    """Three words in small letters are enough to leave out the capitalised ones, which may be names; two are not."""
    german = "Und Der Die Das"
    assert guess_language(f"Det {german} ikke noe mer") == guess_language("Det ikke noe mer")
    assert guess_language(f"Det {german} ikke noe") == guess_language("det und der die das ikke noe")


@pytest.mark.parametrize(
    ("declared", "language"), [("fr", OTHER), ("fra", OTHER), ("sv", "sv"), ("swe", "sv"), ("nno", "nn")]
)
def test_a_declared_language_counts_for_a_text_of_few_words(declared: str, language: str):
    """By any of its tags; one without a file is `other`."""
    assert language_of("Acme", declared) == language
