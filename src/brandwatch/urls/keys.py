"""Keys of pages: what publishers and platforms add on the way is dropped, what may name another page is kept."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import urlencode

from brandwatch.urls import address, platforms, tracking
from brandwatch.urls.links import cleaned
from brandwatch.urls.redirects import unwrap

# What browsers take for the beginning of a web link: any number of slashes, or none before what looks like a host.
_BEGINNING = re.compile(r"(?:https?:)?//+|(?:https?:/?)?(?=[\w-]+(?:\.[\w-]+)+\.?(?::\d+)?(?:[/?#]|$))", re.IGNORECASE)
_END_OF_PATH = re.compile(r"[?#]")
_SITE = re.compile(r"https://[^/?#]*")
_ROUTE = re.compile(r"[!/].*\w")


@lru_cache(maxsize=4096)
def canonical(url: str) -> str:
    """Return the key of the page that *url* leads to, empty for no link; links to the same page share their key.

    A key is a link and its own key. It is for comparing: what is shown is the publisher's own link.
    """
    key = _key(unwrap(_absolute(url)))
    # What is no redirect link to the letter may be one in the spelling of a key; each holds less than the one before.
    while (link := unwrap(key)) != key:
        key = _key(link)
    return key


def platform_id(url: str) -> str:
    """Return what a platform calls the post, video or thread that *url* leads to (`youtube:…`, `x:…`), or nothing."""
    parts = _parts(canonical(url))
    page = platforms.page(parts) if parts else None
    return page.id if page else ""


def is_front_page(key: str) -> bool:
    """Say whether a key is that of a whole site, which tells nothing of an entry."""
    return bool(_SITE.fullmatch(key))


def _absolute(url: str) -> str:
    """Return what a browser would open for *url*: backslashes are slashes, and the scheme may be missing."""
    if url.startswith(("https://", "http://")) and "\\" not in url:
        return url
    url = cleaned(url)
    end = found.start() if (found := _END_OF_PATH.search(url)) else len(url)
    url = url[:end].replace("\\", "/") + url[end:]
    begun = _BEGINNING.match(url)
    return f"https://{url[begun.end() :]}" if begun else url


def _key(link: str) -> str:
    """Return the key of a link that is no redirect link."""
    parts = _parts(link)
    if parts is None:
        return ""
    if page := platforms.page(parts):
        return link if link == page.link else _key(page.link)
    query = urlencode(sorted(parts.query), encoding="latin-1")
    fragment = parts.fragment if _is_page(parts.fragment) else ""
    return f"https://{parts.host}{parts.path}{query and f'?{query}'}{fragment and f'#{fragment}'}"


def _parts(link: str) -> address.Address | None:
    """Return the parts of a link, of its parameters only those that may name the page."""
    parts = address.read(link)
    return parts and parts._replace(query=list(tracking.kept(parts.host, parts.query)))


def _is_page(fragment: str) -> bool:
    """Say whether a fragment names a page (`#!/…`, `#/…`) or a comment."""
    return bool(_ROUTE.match(fragment)) or address.is_comment(fragment)
