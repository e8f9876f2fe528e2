"""Decide whether an entry is stored already: edited, reordered, or seen through another source."""

import hashlib
import re
from collections import Counter
from collections.abc import Container, Sequence
from dataclasses import dataclass

from brandwatch import urls
from brandwatch.models import Entry

_PLACEHOLDER = re.compile(r"null|none|undefined|nan|guid|id|\W*\w?\W*", re.IGNORECASE)
# A guid of at least so many characters, with a digit, is unique beyond its site.
_UNIQUE_GUID_CHARS = 12
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The keys of an entry; a key that identifies nothing is empty.

    *guid* is the publisher's own, *link* the canonical link. If neither is unique, *link* is a hash of the content,
    `content:…`.
    """

    guid: str = ""
    link: str = ""


def identities(entries: Sequence[Entry], taken_guids: Container[str] = ()) -> tuple[Identity, ...]:
    """Identify each entry of one document, without the keys that different entries share.

    *taken_guids* are those of further entries of the document.
    """
    keys = []
    for entry in entries:
        guid = "" if _PLACEHOLDER.fullmatch(entry.guid) else entry.guid
        link = urls.canonical(entry.url)
        # The longest of several texts, so that a new lead makes no new entry.
        words = " ".join(f"{entry.title}\n{entry.longest or entry.text}".casefold().split())
        content = f"content:{hashlib.sha256(words.encode()).hexdigest()[:32]}"
        keys.append((guid, "" if urls.is_front_page(link) else link, content))
    different = set(keys)
    guids = Counter(guid for guid, _, _ in different)
    links = Counter(link for _, link, _ in different)
    found = []
    for guid, link, content in keys:
        own_guid = guid if guids[guid] == 1 and guid not in taken_guids else ""
        own_link = link if links[link] == 1 else ""
        found.append(Identity(guid=own_guid, link=own_link or ("" if own_guid else content)))
    return tuple(found)


def is_same_entry(new: Entry, identity: Identity, old: Entry, old_link: str) -> bool:
    """Whether *new*, with *identity*, is the stored entry *old*, whose key is *old_link*."""
    same_guid = bool(identity.guid) and identity.guid == old.guid
    if identity.link and identity.link == old_link:
        if same_guid or not (identity.guid and old.guid):
            return True
        # Two comments on a page have other guids, each unique, and lead to other parts of it.
        have_own_guids = _is_unique(identity.guid) and _is_unique(old.guid)
        return _agree(new, old) and not (have_own_guids and urls.are_two_parts(new.url, old.url))
    # Guid 17 of one site is not guid 17 of another.
    same_site = not new.url or not old.url or urls.host(new.url) == urls.host(old.url)
    return same_guid and same_site and (_is_unique(identity.guid) or _agree(new, old))


def identity_keys(entry: Entry, link: str) -> tuple[str, ...]:
    """List all keys of an entry with the canonical *link*: the link, its part of the page, the guid on its site."""
    return (*((f"link {link}",) if link else ()), *_own_keys(entry, link))


def sufficient_keys(entry: Entry, link: str) -> tuple[str, ...]:
    """List the keys of which one is enough to identify an entry again."""
    own = _own_keys(entry, link)
    # The link of a page identifies no comment on it: others have it too.
    return own if _is_unique(entry.guid) and _is_part(entry, link) else identity_keys(entry, link)


def _own_keys(entry: Entry, link: str) -> tuple[str, ...]:
    title = "" if _is_unique(entry.guid) else " ".join(entry.title.casefold().split())
    guid = f"guid {urls.host(entry.url)} {entry.guid} {title}" if entry.guid else ""
    part = f"link {link}#{urls.part(entry.url)}" if _is_part(entry, link) else ""
    return tuple(filter(None, (part, guid)))


def _is_part(entry: Entry, link: str) -> bool:
    return bool(link) and urls.are_two_parts(entry.url, link)


def _agree(new: Entry, old: Entry) -> bool:
    if new.title and new.title.casefold() == old.title.casefold():
        return True
    return new.published is not None and new.published == old.published


def _is_unique(guid: str) -> bool:
    return len(guid) >= _UNIQUE_GUID_CHARS and bool(_DIGIT.search(guid))
