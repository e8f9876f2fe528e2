"""Pages of platforms: one name and one link for each, whichever form of link leads there."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from brandwatch.urls import links

if TYPE_CHECKING:
    from brandwatch.urls.links import LinkParts


_ANY_HOST = "*"
_ALL = "*"
_FRAGMENT = "#"


class PlatformLink(NamedTuple):
    """One form of link, as `platforms.toml` describes it."""

    hosts: str
    pattern: str
    id: str
    link: str
    parameters: str = ""
    parts: str = ""


class PlatformPage(NamedTuple):
    """A page of a platform: the platform's name for it, and the one form of its link."""

    id: str
    link: str


@cache
def _links_by_host() -> dict[str, list[PlatformLink]]:
    """Read the table on first use."""
    by_host = links.rows_by_host(links.load_table("platforms")["page"])
    return {host: [PlatformLink(**row) for row in rows] for host, rows in by_host.items()}


def platform_page(parts: LinkParts) -> PlatformPage | None:
    """Return the page of a platform that a link leads to, `None` for every other site."""
    # An empty piece of a path may stand for one that is left out.
    for path in dict.fromkeys((parts.raw_path.rstrip("/"), parts.path)):
        for form in _forms(parts.host):
            if match := re.fullmatch(form.pattern, _subject(form, parts, path)):
                return _page(form, match, parts)
    return None


@lru_cache(maxsize=1024)
def _forms(host: str) -> tuple[PlatformLink, ...]:
    """Return the forms of links that a host may have."""
    by_host = _links_by_host()
    return tuple(form for place in (*links.host_suffixes(host), _ANY_HOST) for form in by_host.get(place, ()))


def _subject(form: PlatformLink, parts: LinkParts, path: str) -> str:
    """Return the text for the pattern of a form; values of parameters are spelled as in a path."""
    if not form.parameters:
        return f"{parts.host}{path}"
    names = form.parameters.split()
    values = dict(reversed(parts.query))
    present = sorted(values) if _ALL in names else [name for name in names if name in values]
    query = "&".join(f"{name}={quote(values[name].encode('latin-1'), safe=links.PATH_SIGNS)}" for name in present)
    fragment = parts.fragment if _FRAGMENT in names else ""
    return f"{parts.host}{path}{query and f'?{query}'}{fragment and f'#{fragment}'}"


def _page(form: PlatformLink, match: re.Match[str], parts: LinkParts) -> PlatformPage:
    """Return the page of a match, with the part of it that parameters name."""
    groups = {name: text.replace("%20", "_") for name, text in match.groupdict().items()}
    # The names of accounts and hosts know no capitals.
    groups |= {name: match[name].lower() for name in ("owner", "host") if name in groups}
    identity, link = form.id.format(**groups), form.link.format(**groups)
    values = dict(reversed(parts.query))
    for name in form.parts.split():
        if values.get(name):
            value = quote(values[name].encode("latin-1"), safe="")
            identity += f":{value}"
            link += f"{'&' if '?' in link else '?'}{name}={value}"
    return PlatformPage(identity, link)
