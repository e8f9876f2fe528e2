from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brandwatch.models import Entry
from brandwatch.stories import Fingerprint, StoryCandidate, find_story

if TYPE_CHECKING:
    from collections.abc import Callable

    from brandwatch.stories import StoryJoin

    Copies = Callable[..., Fingerprint]
    Joins = Callable[..., StoryJoin | None]

ARTICLE = (
    "Fjordkraft Åsgård AS kutter prisen på strøm til alle kunder fra mandag morgen. Selskapet sier at blåbærhøsten på "
    "fjellet har gitt uventet god inntjening i kraftverkene, og at overskuddet skal deles med dem som har betalt mest. "
    "Administrerende direktør lover at avtalene blir enklere å lese. Forbrukerrådet er fornøyd, men vil se regningene "
    "først. Konkurrentene venter med å svare til de har regnet på det, og flere av dem mener at det er et lokketilbud."
)
OTHER = (
    "Acme i Bodø bygger ut hallen med en etasje og ansetter tjue nye på lageret før sommeren. Ordføreren klippet "
    "snoren mens korpset spilte, og etterpå var det kake til alle som hadde møtt fram i regnet denne onsdagen i mai."
)


def test_the_same_link(copy: Copies, joined: Joins):
    """Whatever is said there now, a page of its own is one thing; so is one post of a platform."""
    old = copy("Acme åpner", ARTICLE, path="2026/05/acme-apner")
    assert joined(copy("Acme åpnet", OTHER, path="2026/05/acme-apner", day=3), old) == (1, "the same link")
    video = copy("Acme", url="https://youtu.be/aB3-_xY9zQ0")
    again = copy("Acme!", url="https://www.youtube.com/watch?v=aB3-_xY9zQ0")
    assert joined(again, video) == (1, "the same link")
    assert joined(replace(again, link="content:5f1d"), video) == (1, "the same post, youtube:aB3-_xY9zQ0")


def test_the_join_is_logged_without_accounts(copy: Copies, joined: Joins, caplog: pytest.LogCaptureFixture):
    """A line says which story was joined and why, without the account in the name of a post; another that none was."""
    caplog.set_level("DEBUG", logger="brandwatch.stories")
    post = copy("Acme", url="https://bsky.app/profile/kari.example/post/3lu66quubp22m")
    joined(replace(post, link="content:5f1d"), post)
    joined(copy("Regn i fjellet", OTHER), post)
    assert [record.getMessage() for record in caplog.records] == [
        "compared candidates=1 story=1 reason='the same post'",
        "compared candidates=1 story=new reason=''",
    ]


def test_a_link_to_whatever_is_new_there(copy: Copies, joined: Joins):
    """A page that many entries link to joins only those that do not tell of different things."""
    old = copy("Acme åpner", ARTICLE, path="nyheter")
    assert joined(copy("Nytt bygg", OTHER, path="nyheter", day=1), old) is None
    assert joined(copy("Acme åpner i dag", path="nyheter", day=1), old) == (1, "the same link")


def test_posts_about_a_page(copy: Copies, joined: Joins):
    """A short post with one link elsewhere belongs to what it links to, whichever was seen first."""
    page = copy("Acme åpner", ARTICLE, path="sak-1")
    post = copy("", "Se på dette!", site="forum.example", links=("https://www.avis.example/sak-1?utm_source=x",))
    assert joined(post, page) == (1, "a post with a link to it")
    assert joined(page, post) == (1, "a post links to it")
    again = copy("", "Interessant", site="skravl.example", links=("https://avis.example/sak-1",))
    assert joined(again, post) == (1, "a post with the same link")


@pytest.mark.parametrize(
    "links",
    [
        ("https://avis.example/",),
        ("https://avis.example/sak-1", "https://avis.example/sak-2"),
        ("https://forum.example/regler-for-forumet",),
    ],
)
def test_a_link_that_tells_nothing(copy: Copies, joined: Joins, links: tuple[str, ...]):
    """A front page, one link among others, a link within its own site: these are no news to belong to."""
    pages = [copy("Acme", ARTICLE, url=link) for link in links]
    assert joined(copy("", "Hei", site="forum.example", links=links), *pages) is None


def test_posts_of_one_site_with_one_link(copy: Copies, joined: Joins):
    """What one site puts below everything makes one story of nothing."""
    link = ("https://avis.example/abonner-pa-avisen",)
    posts = [copy(text=text, site="forum.example", links=link) for text in ("Hei", "Hallo der")]
    assert joined(*posts) is None


def test_the_same_text(copy: Copies, joined: Joins):
    """An agency's text is one story in all papers, also under other titles."""
    old = copy("Strømmen blir billigere", ARTICLE)
    assert joined(copy("Kuttet er her", ARTICLE, site="b.example"), old) == (1, "the same text, 75 words")
    assert joined(copy("Kuttet er her", ARTICLE, site="avis.example"), old) is None, "below every title of the site"
    short = "Denne saken er for deg som abonnerer på en av våre mange aviser i hele landet."
    assert joined(copy("Acme åpner", short, site="b.example"), copy("Boden flytter nå", short)) is None
    assert joined(copy("Acme åpner", short, site="b.example"), copy("Acme åpner dør", short)) == (
        1,
        "the same text, 16 words",
    )


def test_the_same_title(copy: Copies, joined: Joins):
    """A title says as much as it has words: nothing, something for a day on its site, something for a week anywhere."""
    title = "Acme åpner fabrikk i Bodø"
    assert joined(copy(title, site="b.example", day=6), copy(title)) == (1, "the same title, 5 words")
    assert joined(copy(title, day=6), copy(title)) == (1, "the same title from the same publisher")
    assert joined(copy(title, site="b.example", day=8), copy(title)) is None
    assert joined(copy(title, site="b.example", queries=("rival",)), copy(title)) is None, "of another brand"
    assert joined(copy("Dagens børs", day=0.5), copy("Dagens børs")) == (1, "the same title from the same publisher")
    assert joined(copy("Dagens børs", day=2), copy("Dagens børs")) is None
    assert joined(copy("Dagens børs", site="b.example"), copy("Dagens børs")) is None


@given(word=st.text(alphabet="acmeåøæ-é", min_size=1), days=st.floats(0, 20), is_one_site=st.booleans())
def test_one_word_is_no_title(word: str, days: float, is_one_site: bool):
    """Two entries with nothing but a word never become one."""
    old = Fingerprint(
        entry=Entry(title=word, url="https://a.example/1"), link="https://a.example/1", at=0, queries=frozenset("q")
    )
    url = f"https://{'a' if is_one_site else 'b'}.example/2"
    new = Fingerprint(entry=Entry(title=word, url=url), link=url, at=int(days * 86_400), queries=frozenset("q"))
    if len(old.title) < 2:
        assert find_story(new, [StoryCandidate(old, 1, {"a.example"})]) is None


def test_one_title_over_two_things(copy: Copies, joined: Joins):
    """Texts that have nothing in common, or other numbers, are two cases of a series."""
    title = "Acme ASA: Meldepliktig handel"
    assert joined(copy(title, OTHER, day=1), copy(title, ARTICLE)) is None
    notice = "Primærinnsider har i dag kjøpt {} aksjer i selskapet, og eier etter dette {} aksjer."
    assert joined(copy(title, notice.format(100, 900), day=1), copy(title, notice.format(200, 700))) is None


def test_one_long_title_over_two_excerpts(copy: Copies, joined: Joins):
    """Search engines quote an article from anywhere: below its own title that is no contradiction."""
    title = "Fjordkraft Åsgård kutter prisen for alle kunder"
    begin, end = ARTICLE[:200], ARTICLE[-200:]
    assert joined(copy(title, end, site="b.example"), copy(title, begin)) == (1, "the same title, 7 words")


def test_shared_passages(copy: Copies, joined: Joins):
    """An edited copy elsewhere shares most of its passages, a shortened one nearly all of its own."""
    old = copy("Fjordkraft Åsgård kutter prisen", ARTICLE)
    edited = ARTICLE.replace("uventet", "svært").replace("enklere", "lettere")
    found = joined(copy("Lavere pris hos Fjordkraft Åsgård", edited, site="b.example"), old)
    assert found == (1, "67 of 75 shared passages")
    short = joined(copy("Kutter prisen på strøm", ARTICLE[:180], site="b.example"), old)
    assert short is not None
    assert short.reason.endswith("shared passages")


@pytest.mark.parametrize(
    ("shared", "site", "is_joined"),
    [(76, "avis.example", True), (68, "avis.example", False), (34, "b.example", True), (28, "b.example", False)],
)
def test_how_much_must_be_shared(copy: Copies, joined: Joins, shared: int, site: str, *, is_joined: bool):
    """Of a hundred words three in ten make a copy elsewhere; on a site that is in the story, seven in ten."""
    old = copy("Acme åpner i Bodø nå", " ".join(f"ord{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(100)))
    own = " ".join(f"annet{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(100 - shared))
    new = copy("Acme åpner i Bodø snart", f"{' '.join(old.text[:shared])} {own}", site=site)
    assert (joined(new, old) is not None) is is_joined


def test_a_quotation_is_no_copy(copy: Copies, joined: Joins):
    """Two sentences of a snippet inside another article, under another title, leave it another article."""
    quoted = ARTICLE.split(". ")[1] + ". "
    around = (
        "Ellers skjer det lite i saken, og ingen av dem som vi har snakket med vil la seg intervjue av oss nå. " * 2
    )
    new = copy("Hva skjer i Bodø", OTHER + " " + around + quoted + OTHER[::-1], site="b.example")
    assert joined(new, copy("Strøm", quoted)) is None


def test_boilerplate_of_a_site_joins_nothing(copy: Copies, joined: Joins):
    """Short entries of one site that share its usual words are not one; nor are those of its sisters."""
    usual = "Les hele saken hos oss med abonnement i dag. Vi følger Vær Varsom-plakatens regler for god presseskikk."
    first = copy("Acme åpner", f"Butikken i Bodø åpner på mandag. {usual}")
    assert joined(copy("Regn i fjellet", f"Det blir vått for alle i helgen. {usual}"), first) is None
    assert joined(copy("Regn i fjellet", f"Det blir vått for alle i helgen. {usual}", site="b.example"), first) is None


def test_common_shingles_do_not_count(copy: Copies, joined: Joins):
    """What is in many stories already says nothing, and is not counted on either side."""
    boilerplate = "Om Acme: Acme ble grunnlagt i 1920 og selger kasser, ski og limpinner til grevlinger i hele Norden."
    old = copy("Acme kjøper fabrikk", f"{boilerplate} Fabrikken ligger i Mo i Rana.")
    new = copy("Acme selger fabrikk", f"{boilerplate} Salget er avtalt med to andre.", site="b.example")
    assert joined(new, old, common=new.all_shingles & old.all_shingles) is None


def test_comments_belong_to_the_story_of_their_page(copy: Copies, joined: Joins):
    """Whichever was seen first; and those on one page belong together, also where nobody has that."""
    page = copy("Acme åpner", ARTICLE, url="https://avis.example/sak-1")
    thread = "https://www.avis.example/sak-1?utm_source=x"
    comment = copy("Re: Acme åpner", "Acme er dyre", url="https://avis.example/sak-1#c1", thread=thread)
    assert joined(comment, page) == (1, "a comment on it")
    assert joined(page, comment) == (1, "there is a comment on it")
    assert joined(copy("", "Acme er bra", url="https://avis.example/sak-1#c2", thread=thread), comment) == (
        1, "a comment on the same page",
    )  # fmt: skip
    assert (
        joined(
            copy("", "Acme", url="https://avis.example/sak-2#c1", thread="https://avis.example/sak-2"), page, comment
        )
        is None
    )
    assert joined(replace(comment, at=31 * 86_400), page) is None


def test_a_comment_on_a_front_page_is_on_nothing(copy: Copies, joined: Joins):
    """What a whole site is about is no story."""
    comments = [copy("", text, thread="https://avis.example/") for text in ("Acme er dyre", "Acme er bra")]
    assert joined(*comments) is None


def test_shingles_of_a_comment_join_nothing(copy: Copies, joined: Joins):
    """Passages that it shares with an article elsewhere make it no copy."""
    comment = copy("Acme åpner", ARTICLE + " Tull!", site="forum.example", thread="https://forum.example/t/1")
    assert joined(comment, copy("Noe annet om Acme", ARTICLE)) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Fjordkraft Åsgård åpner ny butikk i Bodø", "Fjordkraft Åsgård åpner ny butikk i Tromsø"),
        ("Fjordkraft Åsgård legger frem resultat for Q1 2026", "Fjordkraft Åsgård legger frem resultat for Q2 2026"),
        ("Slik gikk det med Fjordkraft Åsgård onsdag", "Slik gikk det med Fjordkraft Åsgård torsdag"),
    ],
)
def test_titles_of_a_series(copy: Copies, joined: Joins, one: str, other: str):
    """Titles that differ in the one word that matters are two, however many they share."""
    assert joined(copy(one, site="b.example"), copy(other)) is None


def test_a_title_that_says_more(copy: Copies, joined: Joins):
    """A headline within a longer one is the same news."""
    short, long = "Fjordkraft Åsgård kutter prisen på strøm", "Fjordkraft Åsgård kutter prisen på strøm til hele landet"
    assert joined(copy(long, site="b.example"), copy(short)) == (1, "4 of 4 shared passages")


def test_old_news_does_not_come_back(copy: Copies, joined: Joins):
    """After a month the same text is told anew, as a story of its own."""
    assert joined(copy("Acme", ARTICLE, site="b.example", day=29), copy("Acme", ARTICLE)) is not None
    assert joined(copy("Acme", ARTICLE, site="b.example", day=31), copy("Acme", ARTICLE)) is None


def test_the_cheapest_reason_comes_first(copy: Copies, joined: Joins):
    """A story with the same link is preferred to one with the same text, and that to one with shared passages."""
    new = copy("Acme kutter", ARTICLE, path="sak-1")
    link, text = copy("Acme", path="sak-1"), copy("Acme kutter", ARTICLE, site="b.example")
    passages = copy("Acme kutter prisen", ARTICLE + OTHER, site="c.example")
    assert joined(new, passages, text, link) == (3, "the same link")
    assert joined(new, passages, text) == (2, "the same text, 75 words")
    assert joined(new, passages) == (1, "73 of 73 shared passages")


def test_of_two_with_one_title_the_more_alike(copy: Copies, joined: Joins):
    """Where several stories have the title, the text decides; where nothing does, the oldest."""
    title = "Acme åpner fabrikk i Bodø"
    stories = [copy(title, OTHER[:90], site="a.example"), copy(title, ARTICLE[:160], site="b.example")]
    assert joined(copy(title, ARTICLE[:140], site="c.example"), *stories) == (2, "the same title, 5 words")
    assert joined(copy(title, site="c.example"), *stories) == (1, "the same title, 5 words")


_TEXTS = st.lists(
    st.sampled_from("acme fjord kraft strøm pris kunde øker faller i på og 2026 åpner".split()), max_size=40
)


@given(title=_TEXTS, text=_TEXTS, other_title=_TEXTS, other_text=_TEXTS, days=st.integers(0, 40))
def test_it_is_the_same_both_ways(
    title: list[str], text: list[str], other_title: list[str], other_text: list[str], days: int
):
    """Whether two entries are one story does not depend on which was seen first."""
    one = Fingerprint(
        entry=Entry(title=" ".join(title), text=" ".join(text), url="https://a.example/1"),
        link="https://a.example/1",
        at=0,
        queries=frozenset("q"),
    )
    other = Fingerprint(
        entry=Entry(title=" ".join(other_title), text=" ".join(other_text), url="https://b.example/2"),
        link="https://b.example/2",
        at=days * 86_400,
        queries=frozenset("q"),
    )
    there, back = (
        find_story(one, [StoryCandidate(other, 1, {"b.example"})]),
        find_story(other, [StoryCandidate(one, 1, {"a.example"})]),
    )
    assert (there is None) == (back is None)
