from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from brandwatch.models import Entry
from brandwatch.stories.identity import Identity, content_keys, identities, identity_keys, is_unique_guid, message_keys

if TYPE_CHECKING:
    from collections.abc import Container, Sequence


def entry(**fields: Any) -> Entry:
    """An entry with a title."""
    return replace(Entry(title="Tittel"), **fields)


def identify(entries: Sequence[Entry], taken: Container[str] = ()) -> tuple[Identity, ...]:
    """Identify the entries of a document."""
    return identities(entries, b"key", taken)


def test_a_shared_guid_is_ignored():
    """65 of 112 entries had the guid `/a/`: links identify them, and none is lost."""
    feed = [entry(guid="/a/", url=f"https://avis.example/{number}", title=f"Sak {number}") for number in range(112)]
    found = identify(feed)
    assert len(set(found)) == 112
    assert all(identity.guid == "" and identity.link for identity in found)


def test_a_shared_link_is_ignored():
    """In a blog that links every entry to one page, guids or texts identify entries."""
    by_guid = identify([entry(guid=f"tag:x,{n}", url="https://b.example/alle") for n in range(3)])
    assert all(identity.guid and not identity.link for identity in by_guid)
    by_content = identify([entry(title=f"Sak {n}", url="https://b.example/") for n in range(3)])
    assert len(set(by_content)) == 3
    assert all(identity.link.startswith("content:") for identity in by_content)


def test_the_same_entry_twice_is_one():
    """An entry that a document repeats has one identity."""
    one, other = identify([entry(guid="x-1", url="https://a.example/1")] * 2)
    assert one == other
    assert one.guid == "x-1"


def test_a_link_of_a_skipped_entry_is_ignored():
    """A list whose messages all link to one page: the new one is identified by its text, as the others were."""
    (found,) = identify([entry(url="https://a.example/drift", text="Alt er rettet.")], {"https://a.example/drift"})
    assert found.link.startswith("content:")


def test_versions_of_a_page_in_a_wiki_are_one_entry():
    """Three edits have one link and no guid; two pages have two."""
    pages = ["strom", "strom", "vind"]
    feed = [
        entry(guid=f"urn:rev:{n:08}", url=f"https://w.example/doku.php?id={p}&rev={n}&do=diff")
        for n, p in enumerate(pages)
    ]
    one, same, other = identify(feed)
    assert one == same != other
    assert one == Identity(link="https://w.example/doku.php?id=strom")


def test_edits_of_a_page_are_entries_where_a_kind_lists_them():
    """The history of one page: each edit is known by its guid, and the page is none of its keys."""
    link = "https://w.example/index.php?title=Acme&diff={}&oldid=1"
    feed = [entry(guid=f"urn:rev:{n:08}", url=link.format(n)) for n in (2, 3)]
    assert identities(feed, b"key", has_edits=True) == tuple(Identity(guid=one.guid) for one in feed)


def test_content_keys_are_those_of_one_entry():
    """Two entries with equal titles and times have only the key of their texts; case and spaces do not count."""
    at = datetime(2026, 5, 4, 10, 7, tzinfo=UTC)
    feed = [entry(url=f"https://a.example/{n}", text=f"Sak {n} i nord", published=at) for n in range(2)]
    assert [len(identity.content) for identity in identify(feed)] == [2, 2]
    (one,), (other,) = identify([entry(text="Strøm  i Nord")]), identify([entry(title="TITTEL", text="strøm i nord\n")])
    assert one.content == other.content
    assert identities([entry(text="Strøm i nord")], b"other")[0].content != one.content


def test_a_new_lead_is_the_same_entry():
    """Without guid and link the longest text identifies an entry; a new body is another entry."""
    (before,) = identify([entry(text="Åsgård øker prisen i nord.")])
    (after,) = identify([entry(text="Kort.\nÅsgård øker prisen i nord.", longest="Åsgård øker prisen i nord.")])
    (other,) = identify([entry(text="Kort.\nÅsgård senker prisen.", longest="Åsgård senker prisen.")])
    assert before == after != other


def test_a_key_of_a_comment_is_one_of_its_keys():
    """The hash of a comment finds that comment, with or without guid, and no other."""
    link = "https://saker.example/17"
    old = entry(guid="urn:saker:2026:2", url=f"{link}#change-2")
    known = set(identity_keys(old, f"{link}#change-2"))
    assert known & set(identity_keys(replace(old, guid=""), f"{link}#change-2"))
    other = entry(guid="urn:saker:2026:4", url=f"{link}#change-4")
    assert not known & set(identity_keys(other, f"{link}#change-4"))
    assert not known & set(identity_keys(entry(url=link), link))


def test_keys_of_older_versions_are_still_keys():
    """Hashes from older versions of the database still match."""
    for url in ("https://a.example/1", "https://a.example/1#topp", "https://a.example/1#utm_source=x2"):
        one = entry(guid="avis-20260504-1", url=url)
        names = {"link https://a.example/1", "guid a.example avis-20260504-1 "}
        assert names < set(identity_keys(one, "https://a.example/1"))
    comment = entry(guid="urn:saker:2026:2", url="https://a.example/1#change-2")
    names = {"link https://a.example/1#change-2", "guid a.example urn:saker:2026:2 "}
    assert names < set(identity_keys(comment, "https://a.example/1#change-2"))


def test_two_messages_at_one_link_have_no_message_key_in_common():
    """The link alone, or as guid once more, is no key of a message; its time, or else its title, makes it one."""
    link = "https://a.example/drift"
    at = datetime(2026, 5, 4, 10, 7, tzinfo=UTC)
    for guid in ("", link):
        first, second = (entry(guid=guid, url=link, published=day) for day in (at, at + timedelta(days=1)))
        assert message_keys(first, link)
        assert not set(message_keys(first, link)) & set(message_keys(second, link))
        assert set(message_keys(first, link)) & set(message_keys(replace(first, title="Rettet"), link))
        assert message_keys(Entry(guid=guid, url=link, text="Strøm"), link)
        undated = [entry(guid=guid, url=link, title=title) for title in ("Nede", "Oppe")]
        assert not set(message_keys(undated[0], link)) & set(message_keys(undated[1], link))


@pytest.mark.parametrize(
    ("guid", "is_unique"), [("sak:2026-100", True), ("sak:2026-10", False), ("sak:blåbærnord", False)]
)
def test_a_unique_guid_is_long_and_has_a_digit(guid: str, *, is_unique: bool):
    """Twelve characters with a digit are unique beyond a site; eleven, or a word, are not."""
    assert is_unique_guid(guid) is is_unique


def test_content_keys_are_integers_of_a_database():
    """Signed, of 64 bits; a part that is unknown has none."""
    at = datetime(2026, 5, 4, 10, 7, tzinfo=UTC)
    keys = [key for n in range(20) for key in content_keys(entry(text=f"Sak {n}", published=at), b"key")]
    assert len(set(keys)) == 41
    assert all(-(2**63) <= key < 2**63 for key in keys)
    assert content_keys(Entry(), b"key") == (0, 0, 0)
    assert [bool(key) for key in content_keys(Entry(text="Sak"), b"key")] == [True, False, False]
    assert [bool(key) for key in content_keys(Entry(title="Sak"), b"key")] == [True, False, False]
    assert [bool(key) for key in content_keys(Entry(title="Sak", published=at), b"key")] == [True, True, False]
    assert [bool(key) for key in content_keys(Entry(text="Sak", published=at), b"key")] == [True, False, True]
