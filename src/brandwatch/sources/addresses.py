"""Addresses out of templates: percent-encoded in UTF-8, secrets and moments still as their names.

Whatever a name or a value holds, it stays within its parameter: `&`, `#`, `{since}` or `${SECRET}` in it are encoded.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from brandwatch.sources.templates import filtered, pieces

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brandwatch.models.kinds import Asking, Kind

LATER = frozenset({"since", "until", "token"})
"""What is put in only when a source is asked."""

_SECRET = re.compile(r"(\$\{[A-Za-z_][A-Za-z0-9_]*\})")
_GROUP = re.compile(r"\[([^\[\]]*)\]")
_SAFE = ":/,()*!@~"
_PLACE = re.compile(r"\{(since|until|token)\}")


def address(asking: Asking, values: Mapping[str, str], raw: frozenset[str] = frozenset()) -> str:
    """Return the address that never changes: *values* put in, those named *raw* as they are.

    A parameter whose template comes out empty is left out; what stands in `[ ]` is too, if one of its places is empty.
    """
    base = "".join(
        piece.text
        or (values.get(piece.name, "") if piece.name in raw else _value(piece.name, values, piece.filters, ""))
        for piece in pieces(asking.url)
    )
    params = ((name, _rendered(template, values)) for name, template in asking.params.items())
    query = "&".join(f"{quote(name, safe='[]')}={value}" for name, value in params if value)
    return f"{base}{'&' if '?' in base else '?'}{query}" if query else base


def raw_names(kind: Kind) -> frozenset[str]:
    """Return the parameters that hold a whole site or address, which is put in as it is."""
    return frozenset(parameter.name for parameter in kind.parameters if parameter.pattern in {"site", "url"})


def filled_later(url: str, later: Mapping[str, str]) -> str:
    """Return an address with its moments put in; a parameter that holds nothing but an empty one is left out."""
    base, mark, query = url.partition("?")
    kept = []
    for parameter in query.split("&") if mark else ():
        rendered = _later(parameter, later)
        if rendered == parameter or not rendered.endswith("="):
            kept.append(rendered)
    return f"{_later(base, later)}?{'&'.join(kept)}" if kept else _later(base, later)


def with_parameter(url: str, name: str, value: str) -> str:
    """Return an address with one parameter set, be it in its query or in its path (`/page=1/`)."""
    setting = f"{name}={encoded(value)}"
    changed, count = re.subn(rf"(?<=[/?&]){re.escape(name)}=[^/&?#]*", lambda _: setting, url, count=1)
    return changed if count else f"{url}{'&' if '?' in url else '?'}{setting}"


def encoded(text: str, safe: str = _SAFE) -> str:
    """Return text percent-encoded as UTF-8."""
    return quote(text, safe=safe)


def _rendered(template: str, values: Mapping[str, str]) -> str:
    """Return the value of one parameter, groups that lack something left out, empty where it has no value."""
    whole = _GROUP.sub(lambda group: group[1] if _is_filled(group[1], values) else "", template)
    if not _is_filled(whole, values):
        return ""
    return "".join(
        _value(piece.name, values, piece.filters, _SAFE) if piece.name else _plain(piece.text)
        for piece in pieces(whole)
    )


def _is_filled(template: str, values: Mapping[str, str]) -> bool:
    """Say whether every place of a template has a value, now or later."""
    return all(piece.name in LATER or values.get(piece.name) for piece in pieces(template) if piece.name)


def _value(name: str, values: Mapping[str, str], filters: tuple[str, ...], safe: str) -> str:
    """Return the value for a place, encoded, or the place itself where its value comes later."""
    return f"{{{name}}}" if name in LATER else encoded(filtered(values.get(name, ""), filters), safe)


def _plain(text: str) -> str:
    """Return the text of a template, encoded but for the names of secrets."""
    parts = _SECRET.split(text)
    return "".join(part if number % 2 else encoded(part) for number, part in enumerate(parts))


def _later(text: str, later: Mapping[str, str]) -> str:
    """Return *text* with moments and tokens in their places."""
    return _PLACE.sub(lambda place: encoded(later.get(place[1], "")), text)
