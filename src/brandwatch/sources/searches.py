"""From one configured source to the sources that are asked: one for each stream URL, one for each search."""

from __future__ import annotations

import re
from itertools import product
from typing import TYPE_CHECKING

from brandwatch import urls
from brandwatch.config.diagnostics import SourceProblem
from brandwatch.config.kind import SourceMode
from brandwatch.config.secrets import find_plaintext_secret, no_secret, redact_text, secret_names
from brandwatch.errors import UsageError
from brandwatch.models import Source
from brandwatch.sources.request import build_url, raw_names
from brandwatch.text.normalise import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from brandwatch.config.kind import ConfiguredSource, Kind, KindParameter, Pack, SearchDialect
    from brandwatch.config.query import Query

    Values = Mapping[str, tuple[str, ...]]


# A shorter name, such as Bo Li, is in many a word by chance.
_SURE_LENGTH = 8


def search_expressions(dialect: SearchDialect, query: Query) -> tuple[str, ...]:
    """Return what to ask for: one expression for as many terms as it takes, or one for each term."""
    names, domains = search_terms(query)
    phrases = [_phrase(dialect.phrase, name) for name in names if _is_long_enough(name, dialect)]
    if dialect.domain:
        phrases += [_phrase(dialect.domain, domain) for domain in domains if _is_long_enough(domain, dialect)]
    people = tuple(person.name for person in query.people)
    return tuple(_joined(dialect, phrases, people)) if dialect.joiner else tuple(phrases)


def search_terms(query: Query) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names and products of a brand, and its domains, each once; none that holds a person's name."""
    people = frozenset(person.name for person in query.people)
    names = {comparable_words(term.text): term.text for term in (*query.names, *query.products)}
    domains = {domain.lower(): domain.lower() for domain in query.owned.domains}
    return tuple(_impersonal(names, people)), tuple(_impersonal(domains, people))


def too_short(dialect: SearchDialect, query: Query) -> tuple[str, ...]:
    """Return the names that the endpoint would refuse for their length."""
    return tuple(name for name in search_terms(query)[0] if not _is_long_enough(name, dialect))


def holds_person(text: str, people: Iterable[str]) -> str:
    """Return the person whose full name a text holds, as words or (a long one) run together, empty for none."""
    spaced, solid = f" {comparable_words(text)} ", comparable_words(text).replace(" ", "")
    for person in people:
        key = comparable_words(person)
        run = key.replace(" ", "")
        if f" {key} " in spaced or (len(run) >= _SURE_LENGTH and run in solid):
            return person
    return ""


def comparable_words(text: str) -> str:
    """Return the words of a text as they are compared."""
    return " ".join(fold(text).spaced.split())


def _impersonal(texts: dict[str, str], people: frozenset[str]) -> Iterator[str]:
    """Yield the texts that hold no person's name, in the order of their words, so that no edit moves them."""
    return (texts[key] for key in sorted(texts) if key and not holds_person(texts[key], people))


def _phrase(template: str, term: str) -> str:
    """Return a term as the dialect writes it; a quotation mark in it would end the phrase."""
    return template.replace("{term}", " ".join(term.replace('"', " ").split()))


def _is_long_enough(term: str, dialect: SearchDialect) -> bool:
    """Say whether a term has the letters that the endpoint wants."""
    return sum(map(str.isalnum, term)) >= max(dialect.shortest, 1)


def _joined(dialect: SearchDialect, phrases: list[str], people: tuple[str, ...]) -> Iterator[str]:
    """Yield as few expressions as hold all phrases within the limits of the endpoint.

    Two names of the brand that side by side are that of a person go into different ones.
    """
    taken: list[str] = []
    for phrase in phrases:
        if taken and (not _fits(dialect, [*taken, phrase]) or holds_person(" ".join([*taken, phrase]), people)):
            yield _grouped(dialect, taken)
            taken = []
        taken.append(phrase)
    if taken:
        yield _grouped(dialect, taken)


def _fits(dialect: SearchDialect, phrases: list[str]) -> bool:
    """Say whether phrases go into one expression."""
    is_few = not dialect.most or len(phrases) <= dialect.most
    return is_few and (not dialect.longest or len(_grouped(dialect, phrases)) <= dialect.longest)


def _grouped(dialect: SearchDialect, phrases: list[str]) -> str:
    """Return phrases as one expression; one alone needs no brackets."""
    joined = dialect.joiner.join(phrases)
    return dialect.group.replace("{terms}", joined) if len(phrases) > 1 else joined


_PATTERNS = {
    "site": (re.compile(r"https?://[^\s/?#@{}]+(?:/[^\s?#{}]*)?"), "the address of a site: https://forum.example"),
    "url": (re.compile(r"https?://[^\s/?#@{}]+(?:[/?#]\S*)?"), "a web address: it begins with http:// or https://"),
    "domain": (re.compile(r"(?:[\w-]+\.)+[^\W\d_][\w-]+"), "a domain: acme.example"),
    "word": (re.compile(r"\w+"), "one word, without #"),
}
_MOST = 100
"""How many sources one line of a query file may become."""


def expand_source(kind: Kind, configured: ConfiguredSource, query: Query) -> tuple[Source, ...]:
    """Return the sources that a configured one means; raise UsageError for what `complaints` finds wrong with it."""
    for complaint in check_configured(kind, configured, query):
        if complaint.is_error:
            raise UsageError(complaint.message, complaint.hint)
    asked = ((build_url(kind.asking, values, raw_names(kind)), values) for values in _each(kind, configured, query))
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


def unpack_feeds(pack: Pack, configured: ConfiguredSource) -> tuple[Source, ...]:
    """Return the feeds of a pack; `${NAME}` is text in it, and encoded like other text."""
    urls_of_feeds = (urls.web_link(feed.url) if secret_names(feed.url) else feed.url for feed in pack.feeds)
    return tuple(
        Source(url=url, interval=configured.interval, allow_private=configured.allow_private) for url in urls_of_feeds
    )


def pack_complaints(pack: Pack, configured: ConfiguredSource) -> tuple[SourceProblem, ...]:
    """Return what is wrong with a configured pack, or probably not meant."""
    unknown = [SourceProblem(key, f"a pack has no `{key}`") for key in configured.values]
    text = [
        SourceProblem("pack", *no_secret(name, f"the pack {pack.name}"), is_error=False)
        for name in dict.fromkeys(name for feed in pack.feeds for name in secret_names(feed.url))
    ]
    return (*unknown, *text)


def check_configured(kind: Kind, configured: ConfiguredSource, query: Query) -> tuple[SourceProblem, ...]:
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


def _terms(kind: Kind, configured: ConfiguredSource) -> Iterator[SourceProblem]:
    """Yield a complaint where a notice was not accepted."""
    if kind.terms and not configured.accept_terms:
        hint = "if you may use it all the same, add `accept_terms: true`"
        yield SourceProblem("", f"`{kind.name}` has terms: {kind.terms}", hint)


def _unknown(kind: Kind, configured: ConfiguredSource) -> Iterator[SourceProblem]:
    """Yield a complaint for each key that the kind does not have."""
    known = [name for parameter in kind.parameters for name in (parameter.name, parameter.many) if name]
    for key in configured.values:
        if key not in known:
            hint = f"it has: {', '.join(known)}" if known else "it has none"
            yield SourceProblem(key, f"`{kind.name}` has no `{key}`", hint)


def _values(parameter: KindParameter, configured: ConfiguredSource, query: Query) -> Iterator[SourceProblem]:
    """Yield a complaint for what is missing, said twice, not of the form, or a person's name."""
    said = [name for name in (parameter.name, parameter.many) if name in configured.values]
    values = _given(parameter, configured, query)
    if parameter.required and not values:
        yield SourceProblem("", f"`{configured.kind}` needs `{parameter.many or parameter.name}`", parameter.about)
    if len(said) > 1:
        yield SourceProblem(said[1], f"`{said[1]}` and `{said[0]}` are the same", "keep one of them")
    if len(values) > 1 and not parameter.many:
        yield SourceProblem(parameter.name, f"`{parameter.name}` is one value, not several")
    for value in values if said else ():
        message = _misfit(parameter, value)
        person = holds_person(value, (person.name for person in query.people)) if parameter.pattern != "url" else ""
        if message:
            yield SourceProblem(said[0], message, parameter.about)
        if person:
            yield SourceProblem(
                said[0], f"“{value}” is the name of {person}", "a person is never looked for without the brand"
            )


def _misfit(parameter: KindParameter, value: str) -> str:
    """Say what is wrong with the form of a value, empty if nothing is."""
    if not parameter.pattern:
        return ""
    if parameter.pattern in _PATTERNS:
        pattern, form = _PATTERNS[parameter.pattern]
        if not pattern.fullmatch(value):
            return f"“{redact_text(value)}” is not {form}"
        name = find_plaintext_secret(value) if parameter.pattern == "url" else ""
        return f"`{name}` in it looks like a secret, and this file is no place for one" if name else ""
    return "" if re.fullmatch(parameter.pattern, value) else f"“{value}” cannot be a `{parameter.name}`"


def _search(kind: Kind, configured: ConfiguredSource, query: Query) -> Iterator[SourceProblem]:
    """Yield a complaint where there is nothing to search for, or too much; a warning for names left out."""
    count = sum(1 for _ in _each(kind, configured, query))
    if not count:
        yield SourceProblem(
            "", f"`{kind.name}` cannot be asked for any of the names", "they are too short, or a person's"
        )
    if count > _MOST:
        yield SourceProblem("", f"this is {count} sources, and {_MOST} are the most", "fewer values, or fewer names")
    if count and kind.mode is SourceMode.SEARCH and not _instead(kind, configured, query):
        for name in too_short(kind.dialect, query):
            message = f"`{kind.name}` does not search for “{name}”: it wants at least {kind.dialect.shortest} letters"
            yield SourceProblem("", message, is_error=False)


def _each(kind: Kind, configured: ConfiguredSource, query: Query) -> Iterator[dict[str, str]]:
    """Yield the values of each source, the search expression under `query`."""
    plain = [parameter for parameter in kind.parameters if not parameter.instead]
    listed = {parameter.name: _given(parameter, configured, query) or ("",) for parameter in plain}
    searched: Iterable[dict[str, str]] = ({},)
    if kind.mode is SourceMode.SEARCH:
        searched = _instead(kind, configured, query) or [
            {"query": text} for text in search_expressions(kind.dialect, query)
        ]
    for search in searched:
        for values in product(*listed.values()):
            yield {name: value for name, value in zip(listed, values, strict=True) if value} | search


def _instead(kind: Kind, configured: ConfiguredSource, query: Query) -> list[dict[str, str]]:
    """Return the searches for values that a query names in place of its names."""
    return [
        {"query": value, parameter.name: value}
        for parameter in kind.parameters
        if parameter.instead
        for value in _given(parameter, configured, query)
    ]


def _given(parameter: KindParameter, configured: ConfiguredSource, query: Query) -> tuple[str, ...]:
    """Return the values of a parameter: what is said, else the query's own, else the usual."""
    said = configured.values.get(parameter.name) or configured.values.get(parameter.many, ())
    own = {"domains": query.owned.domains, "hashtags": query.owned.hashtags}.get(parameter.owned, ())
    return tuple(dict.fromkeys(_normal(parameter, value) for value in said or own or parameter.default))


def _normal(parameter: KindParameter, value: str) -> str:
    """Return a value in its one form: a site with its scheme and no last slash, a domain as its host."""
    if parameter.pattern == "site":
        return (value if "://" in value else f"https://{value}").rstrip("/")
    if parameter.pattern == "domain":
        return urls.host(value) or value
    return value.lstrip("#") if parameter.pattern == "word" else value


def _example(parameter: KindParameter) -> str:
    """Return the usual value of a parameter, or one of its form."""
    forms = {"site": "https://site.example", "url": "https://site.example/feed", "domain": "site.example"}
    usual = _normal(parameter, parameter.default[0]) if parameter.default else ""
    return usual or forms.get(parameter.pattern, parameter.name)
