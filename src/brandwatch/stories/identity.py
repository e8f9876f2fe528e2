"""Decide that an entry seen now is one that is already stored: edited, reordered, or seen through another source."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from brandwatch import urls

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from brandwatch.models import Entry


_JUNK = re.compile(r"null|none|undefined|nan|guid|id|\W*\w?\W*", re.IGNORECASE)
_SURE_LENGTH = 12
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What an entry is known by. Each is empty where it tells nothing.

    *guid* is the publisher's own, *link* the canonical link; where neither tells entries apart, *link* is a hash of
    the content, written `content:…`.
    """

    guid: str = ""
    link: str = ""


def identities(entries: Sequence[Entry], taken_guids: Container[str] = ()) -> tuple[Identity, ...]:
    """Return the identity of each entry of one document; keys that different entries share are dropped.

    *taken_guids* are those of the other entries of the document, which are not among *entries*.
    """
    bare = [(_guid(entry), _link(entry), _content(entry)) for entry in entries]
    different = set(bare)
    guids = Counter(guid for guid, _, _ in different)
    links = Counter(link for _, link, _ in different)
    return tuple(
        _identity(
            guid if guids[guid] == 1 and guid not in taken_guids else "", link if links[link] == 1 else "", content
        )
        for guid, link, content in bare
    )


def is_same_entry(new: Entry, identity: Identity, old: Entry, old_link: str) -> bool:
    """Say whether *new*, known by *identity*, is the stored entry *old*, known by the link *old_link*."""
    same_link = bool(identity.link) and identity.link == old_link
    same_guid = bool(identity.guid) and identity.guid == old.guid
    if same_link:
        is_open = not (identity.guid and old.guid)
        return same_guid or is_open or (_agree(new, old) and not _are_two_comments(new, identity, old))
    return same_guid and _same_site(new, old) and (_is_sure(identity.guid) or _agree(new, old))


def identity_keys(entry: Entry, link: str) -> tuple[str, ...]:
    """Return what an entry, known by *link*, is remembered by: the link, its part of the page, the guid on its site."""
    return (*((f"link {link}",) if link else ()), *_own_names(entry, link))


def met_by(entry: Entry, link: str) -> tuple[str, ...]:
    """Return by which of these, each alone, an entry is met again.

    The link of the page is not among them for an entry that is surely a part of it: another comment has it too.
    """
    own = _own_names(entry, link)
    return own if _is_sure(entry.guid) and _is_part(entry, link) else identity_keys(entry, link)


def _own_names(entry: Entry, link: str) -> tuple[str, ...]:
    """Return what an entry is remembered by besides the link of its page."""
    title = "" if _is_sure(entry.guid) else " ".join(entry.title.casefold().split())
    guid = f"guid {urls.host(entry.url)} {entry.guid} {title}" if entry.guid else ""
    part = f"link {link}#{urls.part(entry.url)}" if _is_part(entry, link) else ""
    return tuple(filter(None, (part, guid)))


def _is_part(entry: Entry, link: str) -> bool:
    """Whether the link of an entry names a part of the page that *link* is the key of."""
    return bool(link) and urls.are_two_parts(entry.url, link)


def _are_two_comments(new: Entry, identity: Identity, old: Entry) -> bool:
    """Whether two entries of one page have different guids, both sure, and lead to different parts of the page."""
    is_sure = _is_sure(identity.guid) and _is_sure(old.guid) and identity.guid != old.guid
    return is_sure and urls.are_two_parts(new.url, old.url)


def _identity(guid: str, link: str, content: str) -> Identity:
    """Return what is left of the keys, or the content where nothing is."""
    return Identity(guid=guid, link=link or ("" if guid else content))


def _guid(entry: Entry) -> str:
    """Return the guid, unless it is a placeholder."""
    return "" if _JUNK.fullmatch(entry.guid) else entry.guid


def _link(entry: Entry) -> str:
    """Return the canonical link, unless it leads to a front page."""
    key = urls.canonical(entry.url)
    return "" if urls.is_front_page(key) else key


def _content(entry: Entry) -> str:
    """Return a key for what the entry says: of several texts the longest, so that a new lead makes no new entry."""
    words = " ".join(f"{entry.title}\n{entry.longest or entry.text}".casefold().split())
    return f"content:{hashlib.sha256(words.encode()).hexdigest()[:32]}"


def _agree(new: Entry, old: Entry) -> bool:
    """Say whether two entries share their title or their time."""
    if new.title and new.title.casefold() == old.title.casefold():
        return True
    return new.published is not None and new.published == old.published


def _same_site(new: Entry, old: Entry) -> bool:
    """Say whether the links do not speak against it: guid 17 of one site is not guid 17 of another."""
    return not new.url or not old.url or urls.host(new.url) == urls.host(old.url)


def _is_sure(guid: str) -> bool:
    """Say whether a guid is so particular that nobody else has it by chance."""
    return len(guid) >= _SURE_LENGTH and bool(_DIGIT.search(guid))
