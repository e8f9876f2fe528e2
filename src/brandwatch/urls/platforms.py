"""Pages of platforms: one name and one link for each, whichever form of link leads there."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from brandwatch.urls.forms import FORMS, Form
from brandwatch.urls.hosts import by_host, places
from brandwatch.urls.paths import SAFE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brandwatch.urls.address import Address

_FORMS = by_host(FORMS)
_ANY_HOST = "*"
_ALL = "*"
_FRAGMENT = "#"


class Page(NamedTuple):
    """A page of a platform: what the platform calls it, and the one form of its link."""

    id: str
    link: str


def page(parts: Address) -> Page | None:
    """Return the page of a platform that a link leads to, `None` for every other site."""
    # An empty piece of a path may stand for one that is left out.
    for path in dict.fromkeys((parts.raw_path.rstrip("/"), parts.path)):
        for form in _forms(parts.host):
            if found := re.fullmatch(form.pattern, _subject(form, parts, path)):
                return _page(form, found, parts)
    return None


@lru_cache(maxsize=1024)
def _forms(host: str) -> tuple[Form, ...]:
    """Return the forms of links that a host may have."""
    return tuple(form for place in (*places(host), _ANY_HOST) for form in _FORMS.get(place, ()))


def _subject(form: Form, parts: Address, path: str) -> str:
    """Return what the pattern of a form is to match."""
    if not form.names:
        return f"{parts.host}{path}"
    names = form.names.split()
    values = dict(reversed(parts.query))
    wanted = sorted(values) if _ALL in names else [name for name in names if name in values]
    query = "&".join(f"{name}={_value(values[name])}" for name in wanted)
    fragment = parts.fragment if _FRAGMENT in names else ""
    return f"{parts.host}{path}{query and f'?{query}'}{fragment and f'#{fragment}'}"


def _value(value: str) -> str:
    """Return the value of a parameter in the spelling of a path."""
    return quote(value.encode("latin-1"), safe=SAFE)


def _page(form: Form, found: re.Match[str], parts: Address) -> Page:
    """Return the page that a match tells, with the part of it that parameters name."""
    groups = {name: _spelled(name, text) for name, text in found.groupdict().items()}
    identity, link = form.id.format(**groups), form.link.format(**groups)
    for name, value in _parts(form, parts):
        identity += f":{value}"
        link += f"{'&' if '?' in link else '?'}{name}={value}"
    return Page(identity, link)


def _spelled(name: str, text: str) -> str:
    """Return a group in one spelling: names of accounts and hosts know no capitals, titles no spaces."""
    return text.lower() if name in {"owner", "host"} else text.replace("%20", "_")


def _parts(form: Form, parts: Address) -> Iterator[tuple[str, str]]:
    """Yield the parameters that name a part of the page."""
    values = dict(reversed(parts.query))
    for name in form.parts.split():
        if values.get(name):
            yield name, quote(values[name].encode("latin-1"), safe="")
