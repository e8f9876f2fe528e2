from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brandwatch.config.query import Query
from brandwatch.matching import Matcher
from brandwatch.models import Entry

if TYPE_CHECKING:
    from collections.abc import Callable

    from brandwatch.models import MatchResult

    Build = Callable[..., Query]
    Judge = Callable[..., MatchResult]

FILLER = "og så gikk vi hjem til fots langs fjorden "


def people(judgement: MatchResult) -> list[str]:
    """Return the persons in the evidence."""
    return [piece.term for piece in judgement.evidence if piece.kind == "person"]


def test_a_representative_counts_beside_the_brand(judge: Judge):
    """The name is evidence with its distance, and the entry is about an official."""
    judgement = judge("Kari Eksempels svar: Acme beklager. Øystein Blåbær-Åsen er enig.")
    assert people(judgement) == ["Kari Eksempel", "Øystein Blåbær-Åsen"]
    assert judgement.subject == "official"
    assert "1 word from “Acme”" in next(piece.note for piece in judgement.evidence if piece.kind == "person")


@pytest.mark.parametrize("text", ["Kari Eksempel vant Birken", "God helg fra fjellet", "Pressesjef Kari Eksempel", ""])
def test_a_representative_without_the_brand_is_private(judge: Judge, text: str):
    """Without the brand neither a name, a title nor a registered account makes a mention."""
    for url in ("", "https://x.com/kari_acme/status/1"):
        assert judge(text, url=url, author="kari_acme").evidence == ()


def test_in_a_long_entry_the_name_must_be_near(judge: Judge):
    """Up to 300 words the same entry will do; beyond, 60 words between name and brand are the most."""
    assert people(judge(f"Acme {FILLER * 20} Kari Eksempel")) == ["Kari Eksempel"]
    assert people(judge(f"Acme {FILLER * 60} Kari Eksempel")) == []
    assert people(judge(f"{FILLER * 60} Acme {FILLER * 5} Kari Eksempel")) == ["Kari Eksempel"]


def test_only_the_full_name_counts(judge: Judge):
    """A first name, a last name or a longer word is nobody."""
    assert people(judge("Acme: Kari og Eksempel og Kari Eksempelsen")) == []


@pytest.mark.parametrize(
    ("fields", "voice", "rule"),
    [
        ({"url": "https://x.com/kari_acme/status/9"}, "official", "account on x"),
        ({"url": "https://x.com/noen/status/9", "author": "@kari_acme"}, "official", "account on x"),
        ({"url": "https://avisa.example/1", "author": "kari_acme"}, "public", ""),
        ({"url": "https://avisa.example/1", "author": "Kari Eksempel"}, "official", "byline"),
        ({"url": "https://www.acme.example/presse/1"}, "owned", "owned domain"),
        ({"url": "https://x.com/Acme/status/1"}, "owned", "owned account on x"),
        ({"url": "https://tuter.example/@acme/1"}, "owned", "owned account on mastodon"),
        ({"url": "https://annen.example/@acme@tuter.example/1"}, "owned", "owned account on mastodon"),
        ({"url": "https://tuter.example/@acmefan/1"}, "public", ""),
    ],
)
def test_whose_voice_it_is(judge: Judge, fields: dict[str, str], voice: str, rule: str):
    """Own domains and accounts, registered accounts and bylines tell the voice; nothing else does."""
    judgement = judge("Acme åpner", **fields)
    assert judgement.voice == voice
    assert [piece.rule for piece in judgement.evidence if piece.kind == "voice"] == ([rule] if rule else [])


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
def test_voice_and_subject_from_the_text(judge: Judge, text: str, voice: str, subject: str):
    """What the author says himself makes a staff voice; a role tied to the brand makes staff the subject."""
    judgement = judge(text)
    assert (judgement.voice, judgement.subject) == (voice, subject)


def test_roles_can_be_switched_off(judge: Judge, acme: Build):
    """`staff_mentions: off` leaves roles alone."""
    judgement = judge("rådgiveren i Acme", acme(staff_mentions=False))
    assert [piece.kind for piece in judgement.evidence] == ["anchor"]


def test_an_entry_from_an_own_channel_is_a_mention_without_the_name(judge: Judge):
    """What the brand itself publishes, and what links to it, has to do with the brand."""
    own = judge("Åpent i påsken", url="https://nytt.acme.example/paaske")
    assert (own.voice, own.subject, own.evidence[0].rule) == ("owned", "owned", "owned domain")
    linked = judge("Les dette", links=("https://acme.example/x", "https://acme.example/y"))
    assert [(piece.field, piece.rule) for piece in linked.evidence] == [("links", "link")]
    assert not judge("Les dette", links=("https://notacme.example/x",)).evidence


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
def test_without_an_anchor_nothing_is_a_mention(texts: list[str], author: str, is_posted: bool):
    """Names, roles, titles and accounts in any mixture are no mention where the brand is not."""
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
