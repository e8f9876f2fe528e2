from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brandwatch.models import Entry
from brandwatch.stories.cascade import StoryCandidate, find_story
from brandwatch.stories.fingerprint import Fingerprint, sample_shingles

if TYPE_CHECKING:
    from collections.abc import Callable

    from brandwatch.stories.cascade import StoryJoin

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


def test_the_same_link_is_one_story(copy: Copies, join: Joins):
    """A page with its own link is one story whatever its text; so is a post of a platform."""
    old = copy("Acme åpner", ARTICLE, path="2026/05/acme-apner")
    assert join(copy("Acme åpnet", OTHER, path="2026/05/acme-apner", day=3), old) == (1, "the same link")
    video = copy("Acme", url="https://youtu.be/aB3-_xY9zQ0")
    again = copy("Acme!", url="https://www.youtube.com/watch?v=aB3-_xY9zQ0")
    assert join(again, video) == (1, "the same link")
    assert join(replace(again, link="content:5f1d"), video) == (1, "the same post, youtube:aB3-_xY9zQ0")


def test_the_join_is_logged_without_accounts(copy: Copies, join: Joins, caplog: pytest.LogCaptureFixture):
    """A log line has the story and the reason, without the account in a post's id; another reports no join."""
    caplog.set_level("DEBUG", logger="brandwatch.stories")
    post = copy("Acme", url="https://bsky.app/profile/kari.example/post/3lu66quubp22m")
    join(replace(post, link="content:5f1d"), post)
    join(copy("Regn i fjellet", OTHER), post)
    assert [record.getMessage() for record in caplog.records] == [
        "compared candidates=1 story=1 reason='the same post'",
        "compared candidates=1 story=new reason=''",
    ]


def test_a_link_to_a_changing_page(copy: Copies, join: Joins):
    """A page that many entries link to joins only entries with similar texts."""
    old = copy("Acme åpner", ARTICLE, path="nyheter")
    assert join(copy("Nytt bygg", OTHER, path="nyheter", day=1), old) is None
    assert join(copy("Acme åpner i dag", path="nyheter", day=1), old) == (1, "the same link")


def test_posts_join_the_page_that_they_link(copy: Copies, join: Joins):
    """A short post with one external link joins the linked page, in either order."""
    page = copy("Acme åpner", ARTICLE, path="sak-1")
    post = copy("", "Se på dette!", site="forum.example", links=("https://www.avis.example/sak-1?utm_source=x",))
    assert join(post, page) == (1, "a post with a link to it")
    assert join(page, post) == (1, "a post links to it")
    again = copy("", "Interessant", site="skravl.example", links=("https://avis.example/sak-1",))
    assert join(again, post) == (1, "a post with the same link")


@pytest.mark.parametrize(
    "links",
    [
        ("https://avis.example/",),
        ("https://avis.example/sak-1", "https://avis.example/sak-2"),
        ("https://forum.example/regler-for-forumet",),
    ],
)
def test_links_that_join_nothing(copy: Copies, join: Joins, links: tuple[str, ...]):
    """A front page, one of several links, and a link within the site join nothing."""
    pages = [copy("Acme", ARTICLE, url=link) for link in links]
    assert join(copy("", "Hei", site="forum.example", links=links), *pages) is None


def test_posts_of_one_site_with_one_link_are_separate(copy: Copies, join: Joins):
    """A link that a site adds to every post joins nothing."""
    link = ("https://avis.example/abonner-pa-avisen",)
    posts = [copy(text=text, site="forum.example", links=link) for text in ("Hei", "Hallo der")]
    assert join(*posts) is None


def test_the_same_text_is_one_story(copy: Copies, join: Joins):
    """Agency copy is one story in all papers, also under other titles."""
    old = copy("Strømmen blir billigere", ARTICLE)
    assert join(copy("Kuttet er her", ARTICLE, site="b.example"), old) == (1, "the same text, 75 words")
    assert join(copy("Kuttet er her", ARTICLE, site="avis.example"), old) is None, "below every title of the site"
    short = "Denne saken er for deg som abonnerer på en av våre mange aviser i hele landet."
    assert join(copy("Acme åpner", short, site="b.example"), copy("Boden flytter nå", short)) is None
    assert join(copy("Acme åpner", short, site="b.example"), copy("Acme åpner dør", short)) == (
        1,
        "the same text, 16 words",
    )


def test_the_same_title_joins_by_its_length(copy: Copies, join: Joins):
    """A title joins never, for a day on its site, or for a week anywhere, by its number of words."""
    title = "Acme åpner fabrikk i Bodø"
    assert join(copy(title, site="b.example", day=6), copy(title)) == (1, "the same title, 5 words")
    assert join(copy(title, day=6), copy(title)) == (1, "the same title from the same publisher")
    assert join(copy(title, site="b.example", day=8), copy(title)) is None
    assert join(copy(title, site="b.example", queries=("rival",)), copy(title)) is None, "of another brand"
    assert join(copy("Dagens børs", day=0.5), copy("Dagens børs")) == (1, "the same title from the same publisher")
    assert join(copy("Dagens børs", day=2), copy("Dagens børs")) is None
    assert join(copy("Dagens børs", site="b.example"), copy("Dagens børs")) is None


@given(word=st.text(alphabet="acmeåøæ-é", min_size=1), days=st.floats(0, 20), is_one_site=st.booleans())
def test_one_word_joins_nothing(word: str, days: float, is_one_site: bool):
    """Two entries with one equal word are never joined."""
    old = Fingerprint(
        entry=Entry(title=word, url="https://a.example/1"), link="https://a.example/1", at=0, queries=frozenset("q")
    )
    url = f"https://{'a' if is_one_site else 'b'}.example/2"
    new = Fingerprint(entry=Entry(title=word, url=url), link=url, at=int(days * 86_400), queries=frozenset("q"))
    if len(old.title) < 2:
        assert find_story(new, [StoryCandidate(old, 1, {"a.example"})]) is None


def test_one_title_over_different_texts(copy: Copies, join: Joins):
    """Different texts or other numbers are two issues of a series."""
    title = "Acme ASA: Meldepliktig handel"
    assert join(copy(title, OTHER, day=1), copy(title, ARTICLE)) is None
    notice = "Primærinnsider har i dag kjøpt {} aksjer i selskapet, og eier etter dette {} aksjer."
    assert join(copy(title, notice.format(100, 900), day=1), copy(title, notice.format(200, 700))) is None


def test_one_long_title_over_two_excerpts(copy: Copies, join: Joins):
    """Search engines excerpt any part of an article: under its own title this is no contradiction."""
    title = "Fjordkraft Åsgård kutter prisen for alle kunder"
    begin, end = ARTICLE[:200], ARTICLE[-200:]
    assert join(copy(title, end, site="b.example"), copy(title, begin)) == (1, "the same title, 7 words")


def test_shared_passages_join_copies(copy: Copies, join: Joins):
    """An edited copy shares most of its passages, a shortened one nearly all of its own."""
    old = copy("Fjordkraft Åsgård kutter prisen", ARTICLE)
    edited = ARTICLE.replace("uventet", "svært").replace("enklere", "lettere")
    found = join(copy("Lavere pris hos Fjordkraft Åsgård", edited, site="b.example"), old)
    assert found == (1, "67 of 75 shared passages")
    short = join(copy("Kutter prisen på strøm", ARTICLE[:180], site="b.example"), old)
    assert short is not None
    assert short.reason.endswith("shared passages")


@pytest.mark.parametrize(
    ("shared", "site", "is_joined"),
    [(76, "avis.example", True), (68, "avis.example", False), (34, "b.example", True), (28, "b.example", False)],
)
def test_thresholds_of_shared_passages(copy: Copies, join: Joins, shared: int, site: str, *, is_joined: bool):
    """30 % of a hundred words join a copy elsewhere; on a site of the story, 70 %."""
    old = copy("Acme åpner i Bodø nå", " ".join(f"ord{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(100)))
    own = " ".join(f"annet{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(100 - shared))
    new = copy("Acme åpner i Bodø snart", f"{' '.join(old.text[:shared])} {own}", site=site)
    assert (join(new, old) is not None) is is_joined


def test_a_quotation_is_no_copy(copy: Copies, join: Joins):
    """Two quoted sentences in an article with another title do not join it."""
    quoted = ARTICLE.split(". ")[1] + ". "
    around = (
        "Ellers skjer det lite i saken, og ingen av dem som vi har snakket med vil la seg intervjue av oss nå. " * 2
    )
    new = copy("Hva skjer i Bodø", OTHER + " " + around + quoted + OTHER[::-1], site="b.example")
    assert join(new, copy("Strøm", quoted)) is None


def test_boilerplate_of_a_site_joins_nothing(copy: Copies, join: Joins):
    """Short entries of a site, or of its sister sites, that share boilerplate are not joined."""
    usual = "Les hele saken hos oss med abonnement i dag. Vi følger Vær Varsom-plakatens regler for god presseskikk."
    first = copy("Acme åpner", f"Butikken i Bodø åpner på mandag. {usual}")
    assert join(copy("Regn i fjellet", f"Det blir vått for alle i helgen. {usual}"), first) is None
    assert join(copy("Regn i fjellet", f"Det blir vått for alle i helgen. {usual}", site="b.example"), first) is None


def test_common_shingles_do_not_count(copy: Copies, join: Joins):
    """Shingles of many stories are ignored on both sides."""
    boilerplate = "Om Acme: Acme ble grunnlagt i 1920 og selger kasser, ski og limpinner til grevlinger i hele Norden."
    old = copy("Acme kjøper fabrikk", f"{boilerplate} Fabrikken ligger i Mo i Rana.")
    new = copy("Acme selger fabrikk", f"{boilerplate} Salget er avtalt med to andre.", site="b.example")
    assert join(new, old, common=new.all_shingles & old.all_shingles) is None


def test_comments_belong_to_the_story_of_their_page(copy: Copies, join: Joins):
    """In either order; comments on one page are joined even without an entry for the page."""
    page = copy("Acme åpner", ARTICLE, url="https://avis.example/sak-1")
    thread = "https://www.avis.example/sak-1?utm_source=x"
    comment = copy("Re: Acme åpner", "Acme er dyre", url="https://avis.example/sak-1#c1", thread=thread)
    assert join(comment, page) == (1, "a comment on it")
    assert join(page, comment) == (1, "there is a comment on it")
    assert join(copy("", "Acme er bra", url="https://avis.example/sak-1#c2", thread=thread), comment) == (
        1, "a comment on the same page",
    )  # fmt: skip
    assert (
        join(copy("", "Acme", url="https://avis.example/sak-2#c1", thread="https://avis.example/sak-2"), page, comment)
        is None
    )
    assert join(replace(comment, at=31 * 86_400), page) is None


def test_a_comment_on_a_front_page_joins_nothing(copy: Copies, join: Joins):
    """A front page is no story."""
    comments = [copy("", text, thread="https://avis.example/") for text in ("Acme er dyre", "Acme er bra")]
    assert join(*comments) is None


def test_shingles_of_a_comment_join_nothing(copy: Copies, join: Joins):
    """Passages that a comment shares with an article elsewhere do not join it."""
    comment = copy("Acme åpner", ARTICLE + " Tull!", site="forum.example", thread="https://forum.example/t/1")
    assert join(comment, copy("Noe annet om Acme", ARTICLE)) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Fjordkraft Åsgård åpner ny butikk i Bodø", "Fjordkraft Åsgård åpner ny butikk i Tromsø"),
        ("Fjordkraft Åsgård legger frem resultat for Q1 2026", "Fjordkraft Åsgård legger frem resultat for Q2 2026"),
        ("Slik gikk det med Fjordkraft Åsgård onsdag", "Slik gikk det med Fjordkraft Åsgård torsdag"),
    ],
)
def test_titles_of_a_series_are_not_joined(copy: Copies, join: Joins, one: str, other: str):
    """Titles with one decisive word of difference are two, however many words they share."""
    assert join(copy(one, site="b.example"), copy(other)) is None


def test_a_title_within_a_longer_one_joins(copy: Copies, join: Joins):
    """A headline within a longer one is the same news."""
    short, long = "Fjordkraft Åsgård kutter prisen på strøm", "Fjordkraft Åsgård kutter prisen på strøm til hele landet"
    assert join(copy(long, site="b.example"), copy(short)) == (1, "4 of 4 shared passages")


def test_old_stories_are_not_joined(copy: Copies, join: Joins):
    """After a month the same text starts a new story."""
    assert join(copy("Acme", ARTICLE, site="b.example", day=29), copy("Acme", ARTICLE)) is not None
    assert join(copy("Acme", ARTICLE, site="b.example", day=31), copy("Acme", ARTICLE)) is None


def test_the_order_of_reasons(copy: Copies, join: Joins):
    """Same link comes before same text, and same text before shared passages."""
    new = copy("Acme kutter", ARTICLE, path="sak-1")
    link, text = copy("Acme", path="sak-1"), copy("Acme kutter", ARTICLE, site="b.example")
    passages = copy("Acme kutter prisen", ARTICLE + OTHER, site="c.example")
    assert join(new, passages, text, link) == (3, "the same link")
    assert join(new, passages, text) == (2, "the same text, 75 words")
    assert join(new, passages) == (1, "73 of 73 shared passages")


def test_equal_titles_join_the_most_similar_text(copy: Copies, join: Joins):
    """Among stories with the title the text decides; otherwise the oldest wins."""
    title = "Acme åpner fabrikk i Bodø"
    stories = [copy(title, OTHER[:90], site="a.example"), copy(title, ARTICLE[:160], site="b.example")]
    assert join(copy(title, ARTICLE[:140], site="c.example"), *stories) == (2, "the same title, 5 words")
    assert join(copy(title, site="c.example"), *stories) == (1, "the same title, 5 words")


_TEXTS = st.lists(
    st.sampled_from("acme fjord kraft strøm pris kunde øker faller i på og 2026 åpner".split()), max_size=40
)


@given(title=_TEXTS, text=_TEXTS, other_title=_TEXTS, other_text=_TEXTS, days=st.integers(0, 40))
def test_joining_is_symmetric(
    title: list[str], text: list[str], other_title: list[str], other_text: list[str], days: int
):
    """The result does not depend on which entry was seen first."""
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


def words(prefix: str, count: int) -> str:
    """Different words without digits."""
    return " ".join(f"{prefix}{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(count))


@pytest.mark.parametrize(
    ("count", "site", "is_joined"),
    [(150, "avis.example", True), (149, "avis.example", False), (40, "b.example", True), (39, "b.example", False)],
)
def test_how_long_a_repeated_text_may_be(copy: Copies, join: Joins, count: int, site: str, *, is_joined: bool):
    """Below titles that disagree, a site may repeat up to 149 words, and two sites up to 39, that are no news."""
    old = copy("Strømmen blir billigere", words("ord", count))
    assert (join(copy("Kuttet er her", words("ord", count), site=site), old) is not None) is is_joined


@pytest.mark.parametrize(
    ("title", "days", "site", "is_joined"),
    [
        ("Acme åpner fabrikk nå", 7, "b.example", True),
        ("Acme åpner fabrikk nå", 7.01, "b.example", False),
        ("Acme åpner fabrikk", 0, "b.example", False),
        ("Acme åpner fabrikk nå", 7, "avis.example", True),
        ("Acme åpner fabrikk", 1, "avis.example", True),
        ("Acme åpner fabrikk", 1.01, "avis.example", False),
    ],
)
def test_how_long_a_title_joins(copy: Copies, join: Joins, title: str, days: float, site: str, *, is_joined: bool):
    """Four words join for a week, on any site; fewer for a day, on their own."""
    assert (join(copy(title, day=days, site=site), copy(title)) is not None) is is_joined


@pytest.mark.parametrize(
    ("title", "count", "is_joined"),
    [
        ("Acme åpner fabrikk nå", 9, True),
        ("Acme åpner fabrikk nå", 10, False),
        ("Acme åpner sin fabrikk nå", 10, False),
        ("Acme åpner sin nye fabrikk nå", 41, True),
        ("Acme åpner sin nye fabrikk nå", 42, False),
    ],
)
def test_how_much_text_contradicts_a_title(copy: Copies, join: Joins, title: str, count: int, *, is_joined: bool):
    """Eight other shingles, which are ten words, contradict an equal title; one of six words, only forty shingles."""
    old, new = copy(title, words("ord", count)), copy(title, words("annet", count), site="b.example")
    assert (join(new, old) is not None) is is_joined


@pytest.mark.parametrize(("shared", "is_joined"), [(63, True), (61, False)])
def test_most_of_the_longer_text_joins_without_its_beginning(
    copy: Copies, join: Joins, shared: int, *, is_joined: bool
):
    """60 % of the longer entry are enough, wherever they are; less must be at its beginning."""
    end = words("felles", shared)
    old = copy("Kunstlag på tur", f"{words('en', 100 - shared)} {end}")
    new = copy("Acme selger alt", f"{words('to', 100 - shared)} {end}", site="b.example")
    assert (join(new, old) is not None) is is_joined


@pytest.mark.parametrize(("before", "is_joined"), [(26, True), (27, False)])
def test_how_far_the_beginning_of_a_text_goes(copy: Copies, join: Joins, before: int, *, is_joined: bool):
    """Four of the first thirty shingles must be shared; a passage further inside is a quotation."""
    shared = words("felles", 45)
    old = copy("Kunstlag på tur", f"{shared} {words('en', 60)}")
    new = copy("Acme selger alt", f"{words('to', before)} {shared} {words('tre', 34)}", site="b.example")
    assert (join(new, old) is not None) is is_joined


@pytest.mark.parametrize(("count", "is_joined"), [(10, True), (9, False)])
def test_how_much_of_a_short_text_must_be_shared(copy: Copies, join: Joins, count: int, *, is_joined: bool):
    """Of eight shingles half must be shared, of fewer 80 %: here five are."""
    old = copy("Acme", f"{words('felles', 7)} {words('en', count - 7)}")
    new = copy("Acme", f"{words('felles', 7)} {words('to', count - 7)}", site="b.example")
    assert (join(new, old) is not None) is is_joined


@pytest.mark.parametrize(("shingles", "is_joined"), [(20, True), (19, False)])
def test_how_much_of_a_text_below_twenty_shingles_must_be_shared(
    copy: Copies, join: Joins, shingles: int, *, is_joined: bool
):
    """Eight shared shingles of twenty are enough, where 30 % are asked for; of nineteen, half must be shared."""
    rest = shingles + 2 - 10
    old = copy("Acme", f"{words('felles', 10)} {words('en', rest)}")
    new = copy("Acme", f"{words('felles', 10)} {words('to', rest)}", site="b.example")
    assert (join(new, old) is not None) is is_joined


@pytest.mark.parametrize(("before", "is_joined"), [(10, True), (11, False)])
def test_the_beginning_of_a_short_text_is_its_first_third(copy: Copies, join: Joins, before: int, *, is_joined: bool):
    """Of 43 shingles four of the first 14 must be shared."""
    shared = words("felles", 25)
    old = copy("Kunstlag på tur", f"{shared} {words('en', 20)}")
    new = copy("Acme selger alt", f"{words('to', before)} {shared} {words('tre', 20 - before)}", site="b.example")
    assert (join(new, old) is not None) is is_joined


@pytest.mark.parametrize(
    ("one", "other", "is_joined"),
    [
        ("Acme åpner hall i Bodø by", "Acme åpner hall for alle kunder", True),
        ("Acme åpner hall i Bodø by nå", "Acme åpner hall for alle kunder snart", False),
        ("Acme åpner butikk", "Acme åpner hall", False),
    ],
)
def test_which_titles_join_texts_with_other_beginnings(
    copy: Copies, join: Joins, one: str, other: str, *, is_joined: bool
):
    """Three common words that are half of the shorter title; three of seven are too few, and so are two of three."""
    shared = words("felles", 45)
    old = copy(one, f"{shared} {words('en', 60)}")
    new = copy(other, f"{words('to', 40)} {shared} {words('tre', 20)}", site="b.example")
    assert (join(new, old) is not None) is is_joined


@pytest.mark.parametrize(
    ("count", "site", "is_joined"), [(50, "avis.example", False), (50, "b.example", True), (30, "b.example", False)]
)
def test_texts_of_a_series_differ_in_a_number(copy: Copies, join: Joins, count: int, site: str, *, is_joined: bool):
    """On one site, and of less than forty shingles anywhere, another quarter is another text; long copies are one."""
    old, new, same = (
        copy(title, f"{words('felles', count)} {quarter}", site=place)
        for title, quarter, place in (
            ("Acme selger mer strøm", "Q1", "avis.example"),
            ("Acme selger mye strøm", "Q2", site),
            ("Acme selger mye strøm", "Q1", site),
        )
    )
    assert (join(new, old) is not None) is is_joined
    assert join(same, old) is not None


@pytest.mark.parametrize(("shared", "is_joined"), [(5, True), (4, False)])
def test_how_much_of_a_text_confirms_a_repeated_title(copy: Copies, join: Joins, shared: int, *, is_joined: bool):
    """On one site three of ten shingles are enough; less contradicts the title."""
    title = "Acme åpner fabrikk nå"
    old, new = (
        copy(title, f"{words('felles', shared)} {words(own, 12 - shared)}", day=day)
        for day, own in enumerate(("en", "to"))
    )
    assert (join(new, old) is not None) is is_joined


@pytest.mark.parametrize(("count", "is_joined"), [(60, True), (61, False)])
def test_a_post_with_a_link_is_short(copy: Copies, join: Joins, count: int, *, is_joined: bool):
    """A text of more than sixty words is about more than its link."""
    page = copy("Acme", ARTICLE, path="sak-1")
    post = copy("", words("ord", count), site="forum.example", links=("https://avis.example/sak-1",))
    assert (join(post, page) is not None) is is_joined


def test_the_same_post_comes_before_a_post_about_it(copy: Copies, join: Joins):
    """Of two stories the one with the same post counts, although the other is older."""
    address = "https://www.youtube.com/watch?v=aB3-_xY9zQ0"
    about = copy("", "Se på dette!", site="forum.example", links=(address,))
    post = replace(copy("Acme", url=address), link="content:5f1d")
    assert join(copy("Acme!", url=address), about, post) == (2, "the same post, youtube:aB3-_xY9zQ0")


@pytest.mark.parametrize(("days", "is_joined"), [(30, True), (30.01, False)])
def test_a_story_goes_on_for_thirty_days(copy: Copies, join: Joins, days: float, *, is_joined: bool):
    """The thirtieth day belongs to it."""
    assert (join(copy("Acme", ARTICLE, site="b.example", day=days), copy("Acme", ARTICLE)) is not None) is is_joined


@pytest.mark.parametrize(("day", "is_joined"), [(12, True), (17, True), (17.01, False), (3, True), (2.99, False)])
def test_posts_with_one_link_join_for_a_week(copy: Copies, join: Joins, day: float, *, is_joined: bool):
    """Before or after; later another debate begins with the same link."""
    link = ("https://avis.example/sak-1",)
    old = copy("", "Se på dette!", site="forum.example", links=link, day=10)
    assert (join(copy("", "Interessant", site="skravl.example", links=link, day=day), old) is not None) is is_joined


def test_a_text_that_is_stored_in_part_is_compared_as_a_whole(copy: Copies, join: Joins):
    """The passage that is stored is the same for two texts; their shingles are not."""
    whole = copy("Kuttet er her", ARTICLE)
    stored = replace(copy("Kuttet er her", ARTICLE[:120]), is_cut=True, sample=sample_shingles(whole.text_shingles))
    assert join(copy("Billig strøm", ARTICLE, site="b.example"), stored) == (1, "the same text, 75 words")
    assert join(copy("Billig strøm", f"{ARTICLE[:120]} {OTHER}", site="b.example"), stored) is None


def test_a_comment_belongs_to_its_page_before_other_comments(copy: Copies, join: Joins):
    """Although the other comment is older, and known under another story."""
    thread = "https://avis.example/sak-1"
    page = copy("Acme åpner", ARTICLE, url=thread)
    first, second = (copy("", text, url=f"{thread}#c{n}", thread=thread) for n, text in enumerate(("Dyrt", "Bra"), 1))
    assert join(second, first, page) == (2, "a comment on it")
    assert join(second, first) == (1, "a comment on the same page")


def test_a_post_belongs_to_its_page_before_other_posts(copy: Copies, join: Joins):
    """Although the other post with that link is older."""
    link = ("https://avis.example/sak-1",)
    page = copy("Acme åpner", ARTICLE, path="sak-1")
    first = copy("", "Se på dette!", site="forum.example", links=link)
    second = copy("", "Interessant", site="skravl.example", links=link)
    assert join(second, first, page) == (2, "a post with a link to it")
    assert join(second, first) == (1, "a post with the same link")


def test_the_same_publisher_comes_before_a_similar_text(copy: Copies, join: Joins):
    """Below one title the story with an entry of the publisher counts, although another one is older and closer."""
    title = "Acme åpner fabrikk i Bodø"
    own, other = copy(title), copy(title, words("ord", 8), site="b.example")
    assert join(copy(title, words("ord", 8)), other, own) == (2, "the same title from the same publisher")
    assert join(copy(title, words("ord", 8)), other) == (1, "the same title, 5 words")


def test_of_two_texts_that_share_as_much_the_shorter_is_closer(copy: Copies, join: Joins):
    """Below one title the share in both counts: what else stands in a text sets it apart."""
    title = "Acme åpner fabrikk i Bodø by"
    new = copy(title, f"{words('felles', 9)} {words('ny', 3)}", site="c.example")
    long = copy(title, f"{words('felles', 9)} {words('lang', 25)}", site="a.example")
    short = copy(title, f"{words('felles', 9)} {words('kort', 3)}", site="b.example")
    assert join(new, long, short) == (2, "the same title, 6 words")
    assert join(new, short, long) == (1, "the same title, 6 words")


def test_of_two_stories_of_the_publisher_the_similar_text_counts(copy: Copies, join: Joins):
    """Although the other entry below that title is older."""
    title = "Acme åpner fabrikk i Bodø"
    stories = [copy(title, words("annet", 8)), copy(title, words("ord", 8))]
    assert join(copy(title, words("ord", 9)), *stories) == (2, "the same title from the same publisher")
    assert join(copy(title, words("annet", 9)), *stories) == (1, "the same title from the same publisher")


@pytest.mark.parametrize(("count", "is_text"), [(12, True), (11, False)])
def test_a_text_of_twelve_words_is_no_greeting(copy: Copies, join: Joins, count: int, *, is_text: bool):
    """It is the same text elsewhere; a shorter one is compared by its passages."""
    found = join(copy("Acme åpner", words("ord", count), site="b.example"), copy("Acme åpner dør", words("ord", count)))
    assert (found == (1, f"the same text, {count} words")) is is_text


@pytest.mark.parametrize(("shared", "is_joined"), [(6, True), (5, False)])
def test_four_shared_shingles_are_the_least(copy: Copies, join: Joins, shared: int, *, is_joined: bool):
    """Whatever their share: of a title within a longer one there are four in six words."""
    title = words("ord", shared)
    found = join(copy(f"{title} {words('mer', 4)}", site="b.example"), copy(title))
    assert (found is not None) is is_joined


@pytest.mark.parametrize(("together", "is_joined"), [(10, True), (9, False)])
def test_a_title_without_a_text_shares_nearly_all_its_passages(
    copy: Copies, join: Joins, together: int, *, is_joined: bool
):
    """Eight shingles of ten, although all its words stand in the other entry; beside a text half would be enough."""
    title = words("felles", 12).split()
    text = f"{' '.join(title[:together])} {words('ny', 9)} {' '.join(title[together:][::-1])} {words('mer', 9)}"
    old = copy(" ".join(title[:4]), text)
    assert (join(copy(" ".join(title), site="b.example"), old) is not None) is is_joined


def sampled(entry: Fingerprint) -> Fingerprint:
    """Return an entry as it is stored where only a passage of its text is."""
    sample = sample_shingles(entry.text_shingles, entry.sketch)
    return replace(entry, entry=replace(entry.entry, text="… Acme …"), is_cut=True, sample=sample)


def test_common_shingles_of_a_text_that_is_stored_in_part_do_not_count(copy: Copies, join: Joins):
    """Of the sketch only what both entries have tells how many of the shared ones are common."""
    usual = words("usual", 30)
    old = sampled(copy("Acme åpner fabrikk kjøpt nå", f"{usual} {words('en', 20)}"))
    new = copy("Acme i fabrikk på åpner", f"{usual} {words('to', 20)}", site="b.example")
    plain = copy("", usual)
    assert join(new, old) is not None
    assert join(new, old, common=plain.all_shingles) is None


def test_the_beginning_of_a_long_text_that_is_stored_in_part_joins(copy: Copies, join: Joins):
    """Its first hundred shingles are known, whether its sketch has them or not."""
    text = [f"ord{number}" for number in range(1_900)]
    old = copy("Acme på Åsgård åpner", " ".join(text))
    new = copy("Acme i nord åpner", " ".join(text[:60]), site="b.example")
    other = copy("Acme i nord åpner", words("annet", 60), site="b.example")
    assert set(old.sketch).isdisjoint(new.sketch)
    assert join(new, sampled(old)) is not None
    assert join(other, sampled(old)) is None


@pytest.mark.parametrize(
    ("title", "is_joined"), [("Nå kommer Acme til hele landet i år", True), ("Regn i fjellet", False)]
)
def test_titles_agree_by_the_words_of_the_shorter(copy: Copies, join: Joins, title: str, *, is_joined: bool):
    """One word of two is a sign that a short text is the news, however long the other title is."""
    text = words("ord", 16)
    assert (join(copy(title, text, site="b.example"), copy("Acme åpner", text)) is not None) is is_joined


@pytest.mark.parametrize(
    ("title", "is_joined"), [("Nå kommer Acme", True), ("Nå kommer Acme hit", False), ("Nå kommer vi hit", False)]
)
def test_a_third_of_a_title_agrees(copy: Copies, join: Joins, title: str, *, is_joined: bool):
    """One word of three is enough to tell a short text from boilerplate, one of four is not."""
    text = words("ord", 16)
    old = copy("Acme åpner fabrikk nord", text)
    assert (join(copy(title, text, site="b.example"), old) is not None) is is_joined


def test_of_two_copies_the_one_with_the_larger_share_counts(copy: Copies, join: Joins):
    """An older story that shares more passages, but a smaller part of its own, comes after it."""
    title = "Acme åpner hall i Bodø"
    new = copy(f"{title} nå", words("felles", 60), site="c.example")
    large = copy(f"{title} snart", f"{words('felles', 40)} {words('lang', 30)}", site="a.example")
    small = copy(f"{title} igjen", words("felles", 25), site="b.example")
    found = join(new, large, small)
    assert found is not None
    assert found.story == 2
