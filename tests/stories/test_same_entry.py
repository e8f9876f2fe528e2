from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from brandwatch.models import Entry, StoredEntry
from brandwatch.stories.identity import identities
from brandwatch.stories.same_entry import DocumentNames, match_strength

AT = datetime(2026, 5, 4, 10, 7, tzinfo=UTC)
DAY = timedelta(days=1)
SURE, WEAK, PAGE = "tag:a.example,2026:17", "item-0", "https://a.example/sak/17"
TEXT = (
    "Fjordkraft Åsgård AS bygger et nytt kraftverk i fjorden. Arbeidet begynner etter påske og skal være ferdig om tre"
    " år. Kommunen har sagt ja, men naboene klager på støyen fra anlegget."
)
OTHER_TEXT = (
    "Blåbær Gården AS har kjøpt en gammel fabrikk på Ås. Der skal det lages syltetøy av bær fra hele landet, sier"
    " selskapet, som søker etter tjue nye ansatte denne våren."
)


def same(new: Entry, old: Entry, *, in_source: bool = True, document: DocumentNames | None = None) -> bool:
    """Whether *new* is the stored entry *old*, each alone in its document."""
    (identity,), (old_identity,) = identities([new], b"key"), identities([old], b"key")
    stored = StoredEntry(
        id=1, link=old_identity.link, entry=replace(old, guid=old_identity.guid), seen=AT if in_source else None
    )
    return match_strength(new, identity, stored, document or DocumentNames()) > 0


def entry(guid: str, url: str, agree: str = "title date text") -> Entry:
    """An entry of which these parts agree with the stored one, and the others differ."""
    return Entry(
        guid=guid,
        url=url,
        title="Kraftverk" if "title" in agree else "Fabrikk",
        published=AT if "date" in agree else AT + DAY,
        text=TEXT if "text" in agree else OTHER_TEXT,
    )


ALL, NONE = "title date text", ""
MOVED = "https://a.example/ny/17"
MATRIX = [
    # guid, link, what agrees, same
    (SURE, SURE, PAGE, PAGE, NONE, True),
    (PAGE, PAGE, PAGE, PAGE, NONE, False),
    (PAGE, PAGE, PAGE, PAGE, "title", True),
    (PAGE, PAGE, PAGE, PAGE, "date", True),
    (PAGE, PAGE, PAGE, PAGE, "text", True),
    (WEAK, WEAK, PAGE, PAGE, NONE, False),
    (WEAK, WEAK, PAGE, PAGE, "date", True),
    ("", "", PAGE, PAGE, NONE, False),
    ("", "", PAGE, PAGE, "title", False),
    ("", "", PAGE, PAGE, "date", True),
    ("", "", PAGE, PAGE, "text", True),
    ("", "", PAGE, PAGE, "title date", True),
    ("", "", PAGE, PAGE, "title text", True),
    ("", SURE, PAGE, PAGE, "date", True),
    ("1", "2", PAGE, PAGE, "title text", True),
    ("1", "2", PAGE, PAGE, NONE, False),
    (SURE, f"{SURE}8", PAGE, PAGE, "title", False),
    (SURE, f"{SURE}8", PAGE, PAGE, "date", False),
    (SURE, f"{SURE}8", PAGE, PAGE, "title date", True),
    (SURE, f"{SURE}8", PAGE, PAGE, "title text", True),
    (SURE, f"{SURE}8", f"{PAGE}#svar-a", f"{PAGE}#svar-b", ALL, False),
    (SURE, f"{SURE}8", f"{PAGE}#change-2", f"{PAGE}#change-4", ALL, False),
    (SURE, SURE, f"{PAGE}#change-2", f"{PAGE}#change-4", ALL, True),
    (SURE, SURE, MOVED, PAGE, NONE, False),
    (SURE, SURE, MOVED, PAGE, "title", False),
    (SURE, SURE, MOVED, PAGE, "date", True),
    (SURE, SURE, MOVED, PAGE, "title date", True),
    (SURE, SURE, "", PAGE, "text", True),
    (SURE, SURE, "", "", NONE, False),
    (WEAK, WEAK, MOVED, PAGE, NONE, False),
    (WEAK, WEAK, MOVED, PAGE, "title", False),
    (WEAK, WEAK, MOVED, PAGE, "date", False),
    (WEAK, WEAK, MOVED, PAGE, "title date", True),
    (WEAK, WEAK, MOVED, PAGE, "date text", True),
    (WEAK, WEAK, "", "", NONE, False),
    (WEAK, WEAK, "", "", "date", True),
    ("", "", MOVED, PAGE, ALL, True),
    ("", "", MOVED, PAGE, "date text", True),
    ("", "", MOVED, PAGE, "title date", False),
    ("", "", MOVED, PAGE, "title text", False),
    ("", "", MOVED, PAGE, NONE, False),
    (SURE, f"{SURE}8", MOVED, PAGE, ALL, True),
    ("", "", "https://b.example/sak/17", PAGE, ALL, False),
]


@pytest.mark.parametrize(("guid", "old_guid", "url", "old_url", "agree", "is_same"), MATRIX)
def test_what_agrees_decides(guid: str, old_guid: str, url: str, old_url: str, agree: str, *, is_same: bool):
    """Each row of the table in the module, for two documents of one source."""
    assert same(entry(guid, url, agree), entry(old_guid, old_url)) is is_same


def test_a_link_alone_needs_no_agreement_of_what_is_unknown():
    """Nothing but a link, and a title that one of both lacks; another title is another message."""
    old = Entry(url=PAGE, title="Nettbanken er nede")
    assert same(Entry(url=PAGE), old)
    assert same(replace(old, text=TEXT), old)
    assert not same(Entry(url=PAGE, title="Alt er rettet"), old)
    assert same(Entry(guid=PAGE, url=PAGE, title="Alt er rettet"), replace(old, guid=PAGE))


def test_a_title_that_grew_is_unknown():
    """A word is added to the headline of a page without a time; other numbers, or another text, are another message."""
    old = Entry(url=PAGE, title="Fjordkraft vokser", text="En tekst.")
    assert same(Entry(url=PAGE, title="Fjordkraft vokser mye", text="En annen tekst her."), old)
    assert same(old, Entry(url="https://a.example/amp/sak/17", title="Nå vokser Fjordkraft", text="En tekst til."))
    assert not same(Entry(url=PAGE, title="Fjordkraft vokser 2 ganger", text="En tekst til."), old)
    assert not same(Entry(url=PAGE, title="Fjordkraft vokser mye", text=TEXT), replace(old, text=OTHER_TEXT))


def test_midnight_may_be_a_day():
    """Entries of one day have one time: it says nothing of a position in a list."""
    for day in (datetime(2026, 5, 4, 22, tzinfo=UTC), datetime(2026, 5, 4, tzinfo=UTC)):
        new = Entry(guid=WEAK, title="Sak 4", text="Tekst nummer 4 her", published=day)
        old = Entry(guid=WEAK, title="Sak 3", text="Tekst nummer 3 her", published=day)
        assert not same(new, old)
        assert same(replace(new, title="Sak 3"), old)
        assert same(replace(new, published=AT), replace(old, published=AT))


def test_a_time_on_the_hour_is_not_enough():
    """Schedules and generators write such times for many messages; an edited title or text is still the same entry."""
    hour = AT.replace(minute=0)
    old = Entry(url=PAGE, title="Nettbanken er nede", text="Nede siden i natt.", published=hour)
    assert not same(Entry(url=PAGE, title="Alt er rettet", text="Kunder kan betale igjen.", published=hour), old)
    assert same(replace(old, title="Alt er rettet"), old)
    assert same(replace(old, text="Kunder kan betale igjen."), old)


def test_a_number_behind_the_link_counts_versions():
    """Some guids are the link with the number of the edit; comments have numbers of their own."""
    old = Entry(guid=f"{PAGE}#0", url=PAGE, title="Før", text=TEXT, published=AT)
    new = Entry(guid=f"{PAGE}#1", url=PAGE, title="Etter", text=f"{TEXT} Oppdatert.", published=AT + DAY)
    assert same(new, old)
    assert not same(replace(new, guid=f"{PAGE}#comment-13"), replace(old, guid=f"{PAGE}#comment-12"))


def test_a_single_entry_shows_no_move_to_another_site():
    """It may be a list of many sites; three of them at once are a site that has moved, and so is one path."""
    new, old = entry("", "https://nytt.example/artikkel/17"), entry("", PAGE)
    assert not same(new, old, document=DocumentNames(renamed=1))
    assert same(new, old, document=DocumentNames(renamed=3))
    path = PAGE.removeprefix("https://a.example")
    assert same(entry("", f"https://nytt.example{path}"), old, document=DocumentNames(renamed=1))
    front_pages = (entry("", f"https://{host}/?a=1") for host in ("nytt.example", "a.example"))
    assert not same(*front_pages, document=DocumentNames(renamed=1))


def test_a_new_value_of_a_parameter_is_the_same_page():
    """Without times the title and the text decide, and no other part of the link may change."""
    old = Entry(url="https://a.example/sak?id=7&r=91", title="Kraftverk", text="Kort tekst.")
    assert same(replace(old, url="https://a.example/sak?id=7&r=182"), old)
    assert same(replace(old, url="https://a.example/sak?id=7&r=182", text=""), replace(old, text=""))
    assert not same(replace(old, url="https://a.example/sak?id=7&r=182", text="En annen tekst."), old)
    assert not same(replace(old, url="https://a.example/annen?id=7&r=182"), old)
    assert not same(replace(old, url="https://a.example/sak?id=8&r=91"), old)


def test_an_entry_that_is_still_listed_is_another():
    """Two pages of one document with equal words stay two."""
    old, new = entry("", PAGE), entry("", MOVED)
    assert same(new, old)
    assert not same(new, old, document=DocumentNames({PAGE}))


def test_a_site_that_moves_doubles_nothing():
    """All guids and links are new and titles are not: title and text, or title and time, are enough."""
    moved = DocumentNames(renamed=3)
    old = entry("urn:wp:2026:17", PAGE)
    for agree in (ALL, "title date", "title text"):
        new = entry(f"{SURE}8", "https://nytt.example/sak/17", agree)
        assert same(new, old, document=moved)
        assert not same(new, old)
        # What another source says is the news of another publisher.
        assert not same(new, old, in_source=False, document=moved)
    untitled, other = (replace(entry("", url), title="") for url in ("https://nytt.example/sak/17", PAGE))
    assert same(untitled, other, document=moved)
    assert not same(
        entry(f"{SURE}8", "https://nytt.example/sak/17", "title text"), old, document=DocumentNames(renamed=2)
    )
    for agree in (NONE, "title", "date text"):
        assert not same(entry(f"{SURE}8", "https://nytt.example/sak/17", agree), old, document=moved)


def test_one_page_through_two_sources():
    """The title is enough where a feed has other guids, times and texts; a page of another site is another entry."""
    old = entry(SURE, PAGE)
    assert same(entry(f"{SURE}8", PAGE, "title"), old, in_source=False)
    assert same(entry("", PAGE, "title"), old, in_source=False)
    assert not same(entry(f"{SURE}8", PAGE, NONE), old, in_source=False)
    assert not same(entry(SURE, "https://b.example/sak/17"), old, in_source=False)
    assert same(entry(SURE, "https://b.example/sak/17"), old)


def test_an_edit_of_a_page_in_a_wiki_is_the_same_entry():
    """Title, time and text of an edit are its own; the page is the same."""
    old = entry(SURE, "https://w.example/doku.php?id=strom&rev=1&do=diff")
    assert same(entry(f"{SURE}8", "https://w.example/doku.php?id=strom&rev=2&do=diff", NONE), old)
    assert not same(entry(f"{SURE}8", "https://w.example/doku.php?id=vind&rev=2&do=diff", NONE), old)


@pytest.mark.parametrize(
    ("text", "agrees"),
    [
        (TEXT.replace("tre", "fire"), True),
        (f"{TEXT} Oppdatert med svar fra naboene.", True),
        (TEXT[:90], True),
        (TEXT.upper().replace(" ", "  "), True),
        (OTHER_TEXT, False),
        ("Alt er rettet.", False),
    ],
)
def test_an_edited_text_agrees(text: str, *, agrees: bool):
    """Most of its words stand in both, in their order; then the link alone is enough, whatever title and time."""
    assert same(replace(entry("", PAGE, NONE), text=text), entry("", PAGE)) is agrees


def test_a_stored_passage_agrees_with_its_text():
    """Of a text that is stored in part the passage stands in the whole."""
    passage = StoredEntry(id=1, link=PAGE, entry=Entry(url=PAGE, text=f"… {TEXT[20:90]} …"), is_cut=True, seen=AT)
    for text, is_same in ((TEXT, True), (OTHER_TEXT, False)):
        new = Entry(url=PAGE, title="Ny", text=text)
        (identity,) = identities([new], b"key")
        assert (match_strength(new, identity, passage, DocumentNames()) > 0) is is_same


def test_guid_17_of_two_sites_are_two_entries():
    """A short guid is valid on its site only."""
    assert not same(entry("17", "https://a.example/x"), entry("17", "https://b.example/y"))
    assert same(entry("17", "https://a.example/x"), entry("17", "https://a.example/y"))


@pytest.mark.parametrize(
    ("hour", "minute", "second", "is_time"),
    [
        (20, 0, 0, True),
        (21, 0, 0, False),
        (22, 0, 0, False),
        (23, 0, 0, False),
        (0, 0, 0, False),
        (1, 0, 0, True),
        (22, 30, 0, True),
        (22, 0, 30, True),
    ],
)
def test_which_times_may_be_days(hour: int, minute: int, second: int, *, is_time: bool):
    """The hours that are midnight from UTC to UTC+3, to the second; any other time confirms a key."""
    at = datetime(2026, 5, 4, hour, minute, second, tzinfo=UTC)
    new, old = (Entry(guid=WEAK, text=text, published=at) for text in ("Strømmen er borte", "Alt er rettet"))
    assert same(new, old) is is_time


WORDS = "en to tre fire fem seks sju åtte ni ti elleve tolv tretten fjorten".split()


@pytest.mark.parametrize(
    ("count", "changed", "is_same"), [(13, 1, True), (12, 1, False), (14, 4, True), (14, 5, False), (14, 14, False)]
)
def test_how_much_of_a_long_text_agrees(count: int, changed: int, *, is_same: bool):
    """Two thirds of the shingles of thirteen words or more; a shorter text proves nothing unless it is equal."""
    text = " ".join(WORDS[:count])
    edited = " ".join([*WORDS[: count - changed], *(f"ny{word}" for word in WORDS[:changed])])
    assert same(replace(entry("", PAGE, NONE), text=edited), replace(entry("", PAGE), text=text)) is is_same


@pytest.mark.parametrize(
    ("text", "is_same"),
    [
        ("Acme åpner fabrikk snart igjen", True),
        ("Acme åpner nok snart igjen", False),
        ("Acme åpner fabrikk i 2027", False),
        ("Acme åpner fabrikk", True),
    ],
)
def test_which_short_texts_do_not_contradict_a_title(text: str, *, is_same: bool):
    """Three words of five may be an edit; fewer, or other numbers, are another message of that title."""
    old = replace(entry("", PAGE), text="Acme åpner fabrikk i Bodø")
    assert same(replace(entry("", PAGE, "title"), text=text), old) is is_same


def test_a_title_of_one_word_is_no_beginning():
    """A brand and a brand with a verb are two titles."""
    old = Entry(url=PAGE, title="Fjordkraft", text="En tekst.")
    assert not same(Entry(url=PAGE, title="Fjordkraft vokser", text="En annen tekst her."), old)
    assert same(Entry(url=PAGE, title="Fjordkraft", text="En annen tekst her."), old)


def test_keys_count_before_agreements():
    """Of several stored entries one with both keys is the best, then one with a key, then the one that agrees most."""

    def strength(new: Entry, old: Entry) -> int:
        (identity,), (old_identity,) = identities([new], b"key"), identities([old], b"key")
        stored = StoredEntry(id=1, link=old_identity.link, entry=replace(old, guid=old_identity.guid), seen=AT)
        return match_strength(new, identity, stored, DocumentNames())

    new = entry(SURE, PAGE)
    both, link, guid, content = (
        strength(new, old) for old in (entry(SURE, PAGE, NONE), entry("", PAGE), entry(SURE, MOVED), entry("", MOVED))
    )
    assert both > link == guid > content > 0
    assert strength(new, entry("", PAGE, "text")) > content
    assert link > strength(new, entry("", PAGE, "title text")) > strength(new, entry("", PAGE, "text"))


def test_of_two_sure_guids_at_one_link_what_agrees_must_not_be_contradicted():
    """A title alone is enough if time and text are unknown; beside another text it is not."""
    new, old = (Entry(guid=guid, url=PAGE, title="Kraftverk") for guid in (f"{SURE}8", SURE))
    assert same(new, old)
    assert not same(replace(new, text=TEXT), replace(old, text=OTHER_TEXT))
    assert not same(replace(new, title="Fabrikk"), old)


def test_a_time_that_one_lacks_is_unknown():
    """Below one title another text may be an edit, unless the time is another as well."""
    old, new = entry("", PAGE), entry("", PAGE, "title")
    assert same(replace(new, published=None), old)
    assert same(new, replace(old, published=None))
    assert not same(new, old)


def test_an_entry_with_another_link_and_time():
    """Below one title its time is enough beside an edited text; a day, which is no time, needs the same text."""
    old, new = entry("", PAGE), entry("", MOVED)
    assert same(replace(new, text=f"{TEXT} Oppdatert med svar."), old)
    day = AT.replace(hour=0, minute=0)
    first, second = replace(new, published=day), replace(old, published=day)
    assert same(first, second)
    assert not same(replace(first, text=f"{TEXT} Oppdatert med svar."), second)
