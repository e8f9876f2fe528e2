"""The keys of an entry: its guid and link among the entries of its document, and what its content is looked up by."""

import hashlib
import re
from collections import Counter
from collections.abc import Container, Sequence
from dataclasses import dataclass, field

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
    `content:…`. Stored entries with one of the *content* keys may be the same entry under another guid and link.
    """

    guid: str = ""
    link: str = ""
    content: tuple[int, ...] = field(default=(), compare=False)


def identities(
    entries: Sequence[Entry], key: bytes, taken: Container[str] = (), *, has_edits: bool = False
) -> tuple[Identity, ...]:
    """Identify each entry of one document, without the keys that different entries share.

    *key* is that of the database. *taken* are guids and canonical links of further entries of the document.
    *has_edits*: its entries are edits of a page in a wiki, each by itself, and not the page.
    """
    keys = []
    for entry in entries:
        link = urls.canonical(entry.url)
        is_version = bool(entry.url) and urls.is_version(entry.url)
        if is_version and has_edits:
            is_version, link = False, ""
        # All versions of a page of a wiki are one entry, whatever the guid of each.
        guid = "" if is_version or _PLACEHOLDER.fullmatch(entry.guid) else entry.guid
        keys.append((guid, "" if urls.is_front_page(link) else link, content_keys(entry, key), is_version))
    different = set(keys)
    guids = Counter(guid for guid, *_ in different)
    links = Counter(link for _, link, _, is_version in different if not is_version)
    contents = Counter(content for *_, keys_of_one, _ in different for content in set(keys_of_one))
    found = []
    for entry, (guid, link, content, is_version) in zip(entries, keys, strict=True):
        own_guid = guid if guids[guid] == 1 and guid not in taken else ""
        own_link = link if is_version or (links[link] == 1 and link not in taken) else ""
        found.append(
            Identity(
                guid=own_guid,
                link=own_link or ("" if own_guid else _content_link(entry)),
                content=tuple(one for one in content if one and contents[one] == 1),
            )
        )
    return tuple(found)


def _content_link(entry: Entry) -> str:
    # The longest of several texts, so that a new lead makes no new entry.
    words = normal_form(f"{entry.title}\n{entry.longest or entry.text}")
    return f"content:{hashlib.sha256(words.encode()).hexdigest()[:32]}"


def content_keys(entry: Entry, key: bytes) -> tuple[int, int, int]:
    """Return keyed hashes of title and text, of title and time, and of text and time; 0 where a part is unknown.

    With the key of the database: the text may be one that is not stored.
    """
    title, text = normal_form(entry.title), normal_form(entry.text)
    at = str(int(entry.published.timestamp())) if entry.published else ""
    return (
        _hash(key, "title text", title, text) if title or text else 0,
        _hash(key, "title date", title, at) if title and at else 0,
        _hash(key, "text date", text, at) if text and at else 0,
    )


def _hash(key: bytes, *parts: str) -> int:
    digest = hashlib.blake2b("\n".join(parts).encode(), digest_size=8, key=key).digest()
    return int.from_bytes(digest, signed=True)


def normal_form(text: str) -> str:
    """Return a text in small letters with single spaces."""
    return " ".join(text.casefold().split())


def is_unique_guid(guid: str) -> bool:
    """Whether a guid identifies its entry beyond its site."""
    return len(guid) >= _UNIQUE_GUID_CHARS and bool(_DIGIT.search(guid))


def identity_keys(entry: Entry, link: str) -> tuple[str, ...]:
    """List all keys of an entry with the canonical *link*; one of them is enough to identify the entry again."""
    return (*((f"link {link}",) if link else ()), *message_keys(entry, link))


def message_keys(entry: Entry, link: str) -> tuple[str, ...]:
    """List the keys that further messages at the same link do not have: a page of a service has one link for all."""
    title, host = normal_form(entry.title), urls.host(entry.url)
    at = str(int(entry.published.timestamp())) if entry.published else ""
    guid = entry.guid if urls.canonical(entry.guid) != link or not link else ""
    keys = {
        f"guid {host} {guid} {'' if is_unique_guid(guid) else title}": guid,
        f"message {link} {at or title}": link,
        f"message {host} {at} {title}": host and at and title,
    }
    return tuple(key for key, is_known in keys.items() if is_known)
