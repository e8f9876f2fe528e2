"""One configured source becomes as many as are asked: one for each stream address, one for each search."""

from __future__ import annotations

import re
from itertools import product
from typing import TYPE_CHECKING

from brandwatch import urls
from brandwatch.errors import UsageError
from brandwatch.models import Source
from brandwatch.models.configured import Complaint
from brandwatch.models.kinds import Mode
from brandwatch.secrets import names, no_secret, redacted, written_out
from brandwatch.sources.addresses import address, raw_names
from brandwatch.sources.dialects import expressions, holds_person, too_short

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from brandwatch.models import Query
    from brandwatch.models.configured import Configured, Pack
    from brandwatch.models.kinds import Kind, Parameter

    Values = Mapping[str, tuple[str, ...]]

_PATTERNS = {
    "site": (re.compile(r"https?://[^\s/?#@{}]+(?:/[^\s?#{}]*)?"), "the address of a site: https://forum.example"),
    "url": (re.compile(r"https?://[^\s/?#@{}]+(?:[/?#]\S*)?"), "a web address: it begins with http:// or https://"),
    "domain": (re.compile(r"(?:[\w-]+\.)+[^\W\d_][\w-]+"), "a domain: acme.example"),
    "word": (re.compile(r"\w+"), "one word, without #"),
}
_MOST = 100
"""How many sources one line of a query file may become."""


def expand(kind: Kind, configured: Configured, query: Query) -> tuple[Source, ...]:
    """Return the sources that a configured one means; raise UsageError for what `complaints` finds wrong with it."""
    for complaint in complaints(kind, configured, query):
        if complaint.is_error:
            raise UsageError(complaint.message, complaint.hint)
    asked = ((address(kind.asking, values, raw_names(kind)), values) for values in _each(kind, configured, query))
    return tuple(
        Source(
            url=url,
            kind=kind.name,
            interval=configured.interval,
            is_template="{" in url,
            allow_private=configured.allow_private,
            headers=tuple(kind.asking.headers.items()),
            values=tuple(values.items()),
        )
        for url, values in asked
    )


def unpacked(pack: Pack, configured: Configured) -> tuple[Source, ...]:
    """Return the feeds of a pack; `${NAME}` is text in it, and encoded like other text."""
    urls_of_feeds = (urls.web_link(feed.url) if names(feed.url) else feed.url for feed in pack.feeds)
    return tuple(
        Source(url=url, interval=configured.interval, allow_private=configured.allow_private) for url in urls_of_feeds
    )


def pack_complaints(pack: Pack, configured: Configured) -> tuple[Complaint, ...]:
    """Return what is wrong with a configured pack, or probably not meant."""
    unknown = [Complaint(key, f"a pack has no `{key}`") for key in configured.values]
    text = [
        Complaint("pack", *no_secret(name, f"the pack {pack.name}"), is_error=False)
        for name in dict.fromkeys(name for feed in pack.feeds for name in names(feed.url))
    ]
    return (*unknown, *text)


def complaints(kind: Kind, configured: Configured, query: Query) -> tuple[Complaint, ...]:
    """Return all that is wrong with a configured source, or probably not meant."""
    found = [*_terms(kind, configured), *_unknown(kind, configured)]
    for parameter in kind.parameters:
        found += _values(parameter, configured, query)
    if not found:
        found += _search(kind, configured, query)
    return tuple(found)


def example_values(kind: Kind) -> dict[str, str]:
    """Return a value for each parameter of a kind, to read an answer with where nothing is known of its source."""
    return {parameter.name: _example(parameter) for parameter in kind.parameters}


def _terms(kind: Kind, configured: Configured) -> Iterator[Complaint]:
    """Yield a complaint where a notice was not accepted."""
    if kind.terms and not configured.accept_terms:
        hint = "if you may use it all the same, add `accept_terms: true`"
        yield Complaint("", f"`{kind.name}` has terms: {kind.terms}", hint)


def _unknown(kind: Kind, configured: Configured) -> Iterator[Complaint]:
    """Yield a complaint for each key that the kind does not have."""
    known = [name for parameter in kind.parameters for name in (parameter.name, parameter.many) if name]
    for key in configured.values:
        if key not in known:
            hint = f"it has: {', '.join(known)}" if known else "it has none"
            yield Complaint(key, f"`{kind.name}` has no `{key}`", hint)


def _values(parameter: Parameter, configured: Configured, query: Query) -> Iterator[Complaint]:
    """Yield a complaint for what is missing, said twice, not of the form, or a person's name."""
    said = [name for name in (parameter.name, parameter.many) if name in configured.values]
    values = _given(parameter, configured, query)
    if parameter.required and not values:
        yield Complaint("", f"`{configured.kind}` needs `{parameter.many or parameter.name}`", parameter.about)
    if len(said) > 1:
        yield Complaint(said[1], f"`{said[1]}` and `{said[0]}` are the same", "keep one of them")
    if len(values) > 1 and not parameter.many:
        yield Complaint(parameter.name, f"`{parameter.name}` is one value, not several")
    for value in values if said else ():
        message = _misfit(parameter, value)
        person = holds_person(value, (person.name for person in query.people)) if parameter.pattern != "url" else ""
        if message:
            yield Complaint(said[0], message, parameter.about)
        if person:
            yield Complaint(
                said[0], f"“{value}” is the name of {person}", "a person is never looked for without the brand"
            )


def _misfit(parameter: Parameter, value: str) -> str:
    """Say what is wrong with the form of a value, empty if nothing is."""
    if not parameter.pattern:
        return ""
    if parameter.pattern in _PATTERNS:
        pattern, form = _PATTERNS[parameter.pattern]
        if not pattern.fullmatch(value):
            return f"“{redacted(value)}” is not {form}"
        name = written_out(value) if parameter.pattern == "url" else ""
        return f"`{name}` in it looks like a secret, and this file is no place for one" if name else ""
    return "" if re.fullmatch(parameter.pattern, value) else f"“{value}” cannot be a `{parameter.name}`"


def _search(kind: Kind, configured: Configured, query: Query) -> Iterator[Complaint]:
    """Yield a complaint where there is nothing to search for, or too much; a warning for names left out."""
    count = sum(1 for _ in _each(kind, configured, query))
    if not count:
        yield Complaint("", f"`{kind.name}` cannot be asked for any of the names", "they are too short, or a person's")
    if count > _MOST:
        yield Complaint("", f"this is {count} sources, and {_MOST} are the most", "fewer values, or fewer names")
    if count and kind.mode is Mode.SEARCH and not _instead(kind, configured, query):
        for name in too_short(kind.dialect, query):
            message = f"`{kind.name}` does not search for “{name}”: it wants at least {kind.dialect.shortest} letters"
            yield Complaint("", message, is_error=False)


def _each(kind: Kind, configured: Configured, query: Query) -> Iterator[dict[str, str]]:
    """Yield the values of each source, the search expression under `query`."""
    plain = [parameter for parameter in kind.parameters if not parameter.instead]
    listed = {parameter.name: _given(parameter, configured, query) or ("",) for parameter in plain}
    searched: Iterable[dict[str, str]] = ({},)
    if kind.mode is Mode.SEARCH:
        searched = _instead(kind, configured, query) or [{"query": text} for text in expressions(kind.dialect, query)]
    for search in searched:
        for values in product(*listed.values()):
            yield {name: value for name, value in zip(listed, values, strict=True) if value} | search


def _instead(kind: Kind, configured: Configured, query: Query) -> list[dict[str, str]]:
    """Return the searches for values that a query names in place of its names."""
    return [
        {"query": value, parameter.name: value}
        for parameter in kind.parameters
        if parameter.instead
        for value in _given(parameter, configured, query)
    ]


def _given(parameter: Parameter, configured: Configured, query: Query) -> tuple[str, ...]:
    """Return the values of a parameter: what is said, else the query's own, else the usual."""
    said = configured.values.get(parameter.name) or configured.values.get(parameter.many, ())
    own = {"domains": query.owned.domains, "hashtags": query.owned.hashtags}.get(parameter.owned, ())
    return tuple(dict.fromkeys(_normal(parameter, value) for value in said or own or parameter.default))


def _normal(parameter: Parameter, value: str) -> str:
    """Return a value in its one form: a site with its scheme and no last slash, a domain as its host."""
    if parameter.pattern == "site":
        return (value if "://" in value else f"https://{value}").rstrip("/")
    if parameter.pattern == "domain":
        return urls.host(value) or value
    return value.lstrip("#") if parameter.pattern == "word" else value


def _example(parameter: Parameter) -> str:
    """Return the usual value of a parameter, or one of its form."""
    forms = {"site": "https://site.example", "url": "https://site.example/feed", "domain": "site.example"}
    usual = _normal(parameter, parameter.default[0]) if parameter.default else ""
    return usual or forms.get(parameter.pattern, parameter.name)
