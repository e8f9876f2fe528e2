"""From one `sources:` entry of a query file to the sources that it means: one for each stream URL or search."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

from brandwatch import urls
from brandwatch.config.configured_source import ConfiguredSource, SourceProblem
from brandwatch.config.kind import Kind, KindParameter, Pack, SearchDialect, SourceMode
from brandwatch.config.secrets import explain_literal_reference, find_plaintext_secret, redact_text, secret_names
from brandwatch.errors import QueryFileError, UsageError
from brandwatch.models import Source
from brandwatch.sources.request import build_url, fill_headers, raw_names
from brandwatch.text.normalise import comparable_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from brandwatch.config.query import Query
    from brandwatch.sources.registry import Registry


_MAX_SOURCES = 100
# A shorter name, such as Bo Li, is in many a word by chance.
_MIN_SOLID_NAME_CHARS = 8
_SECRET_REFERENCE = re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_]*\}")
_PATTERNS = {
    "site": (re.compile(r"https?://[^\s/?#@{}]+(?:/[^\s?#{}]*)?"), "the address of a site: https://forum.example"),
    "url": (re.compile(r"https?://[^\s/?#@{}]+(?:[/?#]\S*)?"), "a web address: it begins with http:// or https://"),
    "domain": (re.compile(r"(?:[\w-]+\.)+[^\W\d_][\w-]+"), "a domain: acme.example"),
    "word": (re.compile(r"\w+"), "one word, without #"),
}


@dataclass(frozen=True, slots=True)
class SourceExpander:
    """Expands configured sources with the kinds and packs of a registry."""

    registry: Registry

    def expand(
        self, configured: ConfiguredSource, query: Query
    ) -> tuple[tuple[Source, ...], tuple[SourceProblem, ...]]:
        """Expand a configured source; return its sources and its problems. An error means no sources."""
        try:
            if configured.pack:
                pack = self.registry.pack(configured.pack)
                return unpack_feeds(pack, configured), pack_problems(pack, configured)
            kind = self.registry.kind(configured.kind)
        except (UsageError, QueryFileError) as error:
            key = "pack" if configured.pack else "kind"
            return (), (SourceProblem(key, error.message, error.hint),)
        problems = check_configured(kind, configured, query)
        has_errors = any(problem.is_error for problem in problems)
        return () if has_errors else expand_source(kind, configured, query), problems


def expand_source(kind: Kind, configured: ConfiguredSource, query: Query) -> tuple[Source, ...]:
    """Expand a configured source of a kind; raise UsageError for the first error of `check_configured`."""
    for problem in check_configured(kind, configured, query):
        if problem.is_error:
            raise UsageError(problem.message, problem.hint)
    sources = []
    for values in _values_of_sources(kind, configured, query):
        url = build_url(kind.request, values, raw_names(kind))
        source = Source(
            url=url,
            kind=kind.name,
            interval=configured.interval,
            is_template="{" in url,
            allow_private=configured.allow_private,
            headers=_headers(kind, configured, values),
            values=tuple(values.items()),
            user_agent=configured.user_agent,
        )
        sources.append(source)
    return tuple(sources)


def _headers(kind: Kind, configured: ConfiguredSource, values: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Return the headers of a kind and those of the query file, which take precedence."""
    headers = (*fill_headers(kind, kind.request.headers, values), *configured.headers.items())
    return tuple({name.lower(): (name, value) for name, value in headers}.values())


def unpack_feeds(pack: Pack, configured: ConfiguredSource) -> tuple[Source, ...]:
    """Return the feeds of a pack, in which `${NAME}` is text and encoded like other text."""
    urls_of_feeds = (urls.web_link(feed.url) if secret_names(feed.url) else feed.url for feed in pack.feeds)
    return tuple(
        Source(
            url=url,
            interval=configured.interval,
            allow_private=configured.allow_private,
            user_agent=configured.user_agent,
        )
        for url in urls_of_feeds
    )


def pack_problems(pack: Pack, configured: ConfiguredSource) -> tuple[SourceProblem, ...]:
    """Check a configured pack."""
    unknown = [SourceProblem(key, f"a pack has no `{key}`") for key in configured.values]
    names = dict.fromkeys(name for feed in pack.feeds for name in secret_names(feed.url))
    warnings = [
        SourceProblem("pack", *explain_literal_reference(name, f"the pack {pack.name}"), is_error=False)
        for name in names
    ]
    return (*unknown, *warnings)


def check_configured(kind: Kind, configured: ConfiguredSource, query: Query) -> tuple[SourceProblem, ...]:
    """Check the values of a configured source, and what it would search for."""
    problems: list[SourceProblem] = []
    if kind.terms and not configured.accept_terms:
        hint = "if you may use it all the same, add `accept_terms: true`"
        problems.append(SourceProblem("", f"`{kind.name}` has terms: {kind.terms}", hint))
    keys = [name for parameter in kind.parameters.values() for name in (parameter.name, parameter.many) if name]
    for key in configured.values:
        if key not in keys:
            hint = f"available: {', '.join(keys)}" if keys else "it takes no values"
            problems.append(SourceProblem(key, f"`{kind.name}` has no `{key}`", hint))
    for parameter in kind.parameters.values():
        problems += _check_parameter(parameter, configured, query)
    if not problems:
        problems += _check_secret(kind, configured, query)
    return tuple(problems) or tuple(_check_search(kind, configured, query))


def _check_secret(kind: Kind, configured: ConfiguredSource, query: Query) -> Iterator[SourceProblem]:
    """Yield an error for a secret that would go to several servers: it is known to one of them."""
    keys = [key for key, parameter in kind.parameters.items() if parameter.secret and key in configured.values]
    keys += ["headers"] if any(map(secret_names, configured.headers.values())) else []
    sources = (
        build_url(kind.request, values, raw_names(kind)) for values in _values_of_sources(kind, configured, query)
    )
    if keys and len(set(map(urls.netloc, sources))) > 1:
        message = f"`{keys[0]}` holds a secret of one server, and these are several"
        yield SourceProblem(keys[0], message, "give each server a source of its own")


def example_values(kind: Kind) -> dict[str, str]:
    """Make up a value for each parameter of a kind, to read an answer of an unknown source."""
    examples = {"site": "https://site.example", "url": "https://site.example/feed", "domain": "site.example"}
    values = {}
    for parameter in kind.parameters.values():
        default = _normalise(parameter, parameter.default[0]) if parameter.default else ""
        values[parameter.name] = default or examples.get(parameter.pattern, parameter.name)
    return values


def _check_parameter(parameter: KindParameter, configured: ConfiguredSource, query: Query) -> Iterator[SourceProblem]:
    """Yield an error for a value that is missing, given twice, malformed, or the name of a person."""
    keys = [name for name in (parameter.name, parameter.many) if name in configured.values]
    values = _values_of_parameter(parameter, configured, query)
    if parameter.required and not values:
        yield SourceProblem("", f"`{configured.kind}` needs `{parameter.many or parameter.name}`", parameter.about)
    if len(keys) > 1:
        yield SourceProblem(keys[1], f"`{keys[1]}` and `{keys[0]}` are the same parameter", "remove one of them")
    if len(values) > 1 and not parameter.many:
        yield SourceProblem(parameter.name, f"`{parameter.name}` takes one value, not several")
    for value in values if keys else ():
        if message := _explain_value(parameter, value):
            yield SourceProblem(keys[0], message, parameter.about)
        is_text = parameter.pattern != "url" and not parameter.secret
        person = holds_person(value, (person.name for person in query.people)) if is_text else ""
        if person:
            hint = "a search must not look for a person without the brand"
            yield SourceProblem(keys[0], f"“{value}” is the name of {person}", hint)


def _explain_value(parameter: KindParameter, value: str) -> str:
    """Explain what is wrong with a value; empty if nothing is. A secret is not repeated."""
    if parameter.secret:
        is_reference = bool(_SECRET_REFERENCE.fullmatch(value))
        return (
            "" if is_reference else f"`{parameter.name}` is a secret: write ${{NAME}}, and set NAME in the environment"
        )
    if not parameter.pattern:
        return ""
    if parameter.pattern not in _PATTERNS:
        return "" if re.fullmatch(parameter.pattern, value) else f"“{value}” cannot be a `{parameter.name}`"
    pattern, form = _PATTERNS[parameter.pattern]
    if not pattern.fullmatch(value):
        return f"“{redact_text(value)}” is not {form}"
    name = find_plaintext_secret(value) if parameter.pattern == "url" else ""
    return f"`{name}` in it looks like a secret, which must not be in this file" if name else ""


def _check_search(kind: Kind, configured: ConfiguredSource, query: Query) -> Iterator[SourceProblem]:
    """Yield an error for nothing to search for, or too much; a warning for each name that is too short."""
    count = sum(1 for _ in _values_of_sources(kind, configured, query))
    if not count:
        message = f"`{kind.name}` cannot search for any of the names"
        yield SourceProblem("", message, "they are too short, or names of persons")
    if count > _MAX_SOURCES:
        message = f"{count} sources, but {_MAX_SOURCES} is the maximum"
        yield SourceProblem("", message, "use fewer values or fewer names")
    if count and kind.mode is SourceMode.SEARCH and not _searched_values(kind, configured, query):
        for name in search_terms(query)[0]:
            if not _is_long_enough(name, kind.dialect):
                letters = kind.dialect.shortest
                message = f"`{kind.name}` does not search for “{name}”: at least {letters} letters are required"
                yield SourceProblem("", message, is_error=False)


def _values_of_sources(kind: Kind, configured: ConfiguredSource, query: Query) -> Iterator[dict[str, str]]:
    """Yield the values of each source: every combination of parameters, with each search expression as `query`."""
    parameters = {
        parameter.name: _values_of_parameter(parameter, configured, query) or ("",)
        for parameter in kind.parameters.values()
        if not parameter.instead
    }
    searches: Iterable[dict[str, str]] = ({},)
    if kind.mode is SourceMode.SEARCH:
        searches = _searched_values(kind, configured, query) or [
            {"query": text} for text in search_expressions(kind.dialect, query)
        ]
    for search in searches:
        for values in product(*parameters.values()):
            yield {name: value for name, value in zip(parameters, values, strict=True) if value} | search


def _searched_values(kind: Kind, configured: ConfiguredSource, query: Query) -> list[dict[str, str]]:
    """Return the searches for values that a query file gives in place of the brand's names."""
    return [
        {"query": value, parameter.name: value}
        for parameter in kind.parameters.values()
        if parameter.instead
        for value in _values_of_parameter(parameter, configured, query)
    ]


def _values_of_parameter(parameter: KindParameter, configured: ConfiguredSource, query: Query) -> tuple[str, ...]:
    """Return the values of a parameter: those configured, else the query's own, else the default."""
    values = configured.values.get(parameter.name) or configured.values.get(parameter.many, ())
    owned = {"domains": query.owned.domains, "hashtags": query.owned.hashtags}.get(parameter.owned, ())
    return tuple(dict.fromkeys(_normalise(parameter, value) for value in values or owned or parameter.default))


def _normalise(parameter: KindParameter, value: str) -> str:
    """Complete a site with its scheme; remove its last slash, the # of a word, all but the host of a domain."""
    match parameter.pattern:
        case "site":
            site = (value if "://" in value else f"https://{value}").rstrip("/")
            return site if site.isascii() and "%" not in site else urls.web_link(site) or site
        case "domain":
            return urls.host(value) or value
        case "word":
            return value.lstrip("#")
        case _:
            return value


def search_expressions(dialect: SearchDialect, query: Query) -> tuple[str, ...]:
    """Combine the terms of a brand to as few search expressions as possible; one a term where there is no OR.

    None holds a person's name.
    """
    names, domains = search_terms(query)
    templates = [(dialect.phrase, name) for name in names]
    if dialect.domain:
        templates += [(dialect.domain, domain) for domain in domains]
    phrases = []
    for template, term in templates:
        if _is_long_enough(term, dialect):
            # A quotation mark in the term would end the phrase.
            phrases.append(template.replace("{term}", " ".join(term.replace('"', " ").split())))
    people = tuple(person.name for person in query.people)
    return tuple(_combine(dialect, phrases, people)) if dialect.joiner else tuple(phrases)


def search_terms(query: Query) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names and products of a brand, and its domains, each once; none that holds a person's name."""
    people = [person.name for person in query.people]
    names = {comparable_words(term.text): term.text for term in (*query.names, *query.products)}
    domains = {domain.lower(): domain.lower() for domain in query.owned.domains}
    return _without_people(names, people), _without_people(domains, people)


def _without_people(texts: dict[str, str], people: list[str]) -> tuple[str, ...]:
    # In the order of their folded words, so that an edit of the query file moves no other term.
    return tuple(texts[key] for key in sorted(texts) if key and not holds_person(texts[key], people))


def holds_person(text: str, people: Iterable[str]) -> str:
    """Find the person whose full name is in the text, as words or (a long one) run together; empty for none."""
    spaced = f" {comparable_words(text)} "
    solid = spaced.replace(" ", "")
    for person in people:
        words = comparable_words(person)
        name = words.replace(" ", "")
        if f" {words} " in spaced or (len(name) >= _MIN_SOLID_NAME_CHARS and name in solid):
            return person
    return ""


def _is_long_enough(term: str, dialect: SearchDialect) -> bool:
    return sum(map(str.isalnum, term)) >= max(dialect.shortest, 1)


def _combine(dialect: SearchDialect, phrases: list[str], people: tuple[str, ...]) -> Iterator[str]:
    """Yield as few expressions as hold all phrases within the limits of the endpoint.

    Two names that side by side would be a person's go into different expressions.
    """
    group: list[str] = []
    for phrase in phrases:
        longer = [*group, phrase]
        is_too_many = dialect.most and len(longer) > dialect.most
        is_too_long = dialect.longest and len(_join_phrases(dialect, longer)) > dialect.longest
        if group and (is_too_many or is_too_long or holds_person(" ".join(longer), people)):
            yield _join_phrases(dialect, group)
            longer = [phrase]
        group = longer
    if group:
        yield _join_phrases(dialect, group)


def _join_phrases(dialect: SearchDialect, phrases: list[str]) -> str:
    # A single phrase needs no brackets.
    expression = dialect.joiner.join(phrases)
    return dialect.group.replace("{terms}", expression) if len(phrases) > 1 else expression
