from __future__ import annotations

from dataclasses import replace
from typing import Any

from brandwatch.models import Entry
from brandwatch.stories.identity import identities, identity_keys, is_same_entry, sufficient_keys


def entry(**fields: Any) -> Entry:
    """An entry with a title."""
    return replace(Entry(title="Tittel"), **fields)


def test_a_shared_guid_is_ignored():
    """65 of 112 entries had the guid `/a/`: links identify them, and none is lost."""
    feed = [entry(guid="/a/", url=f"https://avis.example/{number}", title=f"Sak {number}") for number in range(112)]
    found = identities(feed)
    assert len(set(found)) == 112
    assert all(identity.guid == "" and identity.link for identity in found)


def test_a_shared_link_is_ignored():
    """In a blog that links every entry to one page, guids or texts identify entries."""
    by_guid = identities([entry(guid=f"tag:x,{n}", url="https://b.example/alle") for n in range(3)])
    assert all(identity.guid and not identity.link for identity in by_guid)
    by_content = identities([entry(title=f"Sak {n}", url="https://b.example/") for n in range(3)])
    assert len(set(by_content)) == 3
    assert all(identity.link.startswith("content:") for identity in by_content)


def test_the_same_entry_twice_is_one():
    """An entry that a document repeats has one identity."""
    one, other = identities([entry(guid="x-1", url="https://a.example/1")] * 2)
    assert one == other
    assert one.guid == "x-1"


def test_a_new_lead_is_the_same_entry():
    """Without guid and link the longest text identifies an entry; a new body is another entry."""
    (before,) = identities([entry(text="Åsgård øker prisen i nord.")])
    (after,) = identities([entry(text="Kort.\nÅsgård øker prisen i nord.", longest="Åsgård øker prisen i nord.")])
    (other,) = identities([entry(text="Kort.\nÅsgård senker prisen.", longest="Åsgård senker prisen.")])
    assert before == after != other


def is_same(new: Entry, old: Entry) -> bool:
    """Whether *new* is the stored entry *old*."""
    (identity,), (old_identity,) = identities([new]), identities([old])
    return is_same_entry(new, identity, replace(old, guid=old_identity.guid), old_identity.link)


def test_an_edited_title_is_the_same_entry():
    """Same guid and link with another title: an update."""
    old = entry(guid="avis-20260504-1", url="https://a.example/1", title="Før")
    assert is_same(entry(guid="avis-20260504-1", url="https://a.example/1?utm_source=x", title="Etter"), old)


def test_one_entry_through_two_sources():
    """The same page and title with other tracking and another or no guid is one entry."""
    old = entry(guid="fa-1", url="https://www.a.example/1")
    assert is_same(entry(url="https://a.example/1?utm_source=b"), old)
    assert is_same(entry(guid="b-9", url="https://a.example/1"), old)


def test_guid_17_of_two_sites_are_two_entries():
    """A short guid is valid on its site only."""
    assert not is_same(entry(guid="17", url="https://a.example/x"), entry(guid="17", url="https://b.example/y"))


def test_a_reused_guid_is_another_entry():
    """Another title, time and link under a weak guid: another entry."""
    assert not is_same(
        entry(guid="7", url="https://a.example/ny", title="Ny sak"), entry(guid="7", url="https://a.example/gammel")
    )


def test_two_comments_on_one_page_are_two_entries():
    """All changes of a ticket share title and time; guid and fragment differ, and both guids are strong."""
    old = entry(guid="urn:saker:2026:2", url="https://saker.example/17#change-2")
    assert not is_same(entry(guid="urn:saker:2026:4", url="https://saker.example/17#change-4"), old)
    assert not is_same(entry(guid="urn:saker:2026:1", url="https://saker.example/17"), old)
    assert is_same(entry(guid="urn:saker:2026:2", url="https://saker.example/17#change-4"), old)
    assert is_same(entry(guid="urn:saker:2026:4", url="https://saker.example/17#change-2"), old)
    assert is_same(entry(guid="4", url="https://saker.example/17#change-4"), old)
    assert is_same(entry(url="https://saker.example/17#change-4"), old)
    assert is_same(entry(guid="urn:saker:2026:4", url="https://saker.example/17#change-2&utm_source=b"), old)


def test_a_sufficient_key_of_a_comment_is_one_of_its_keys():
    """The hash of a comment finds that comment, with or without guid, and no other."""
    link = "https://saker.example/17"
    old = entry(guid="urn:saker:2026:2", url=f"{link}#change-2")
    known = set(identity_keys(old, link))
    assert known & set(sufficient_keys(old, link))
    assert known & set(sufficient_keys(replace(old, guid=""), link))
    assert not known & set(sufficient_keys(entry(guid="urn:saker:2026:4", url=f"{link}#change-4"), link))


def test_the_keys_of_other_entries_are_sufficient():
    """Hashes from older versions of the database still match."""
    for url in ("https://a.example/1", "https://a.example/1#topp", "https://a.example/1#utm_source=x2"):
        one = entry(guid="avis-20260504-1", url=url)
        names = ("link https://a.example/1", "guid a.example avis-20260504-1 ")
        assert identity_keys(one, "https://a.example/1") == sufficient_keys(one, "https://a.example/1") == names
    comment = entry(guid="urn:saker:2026:2", url="https://a.example/1#change-2")
    assert {"link https://a.example/1", "guid a.example urn:saker:2026:2 "} < {
        *identity_keys(comment, "https://a.example/1")
    }
    assert "guid a.example urn:saker:2026:2 " in sufficient_keys(comment, "https://a.example/1")
