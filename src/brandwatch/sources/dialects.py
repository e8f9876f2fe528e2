"""What a search asks for: the brand's own names, products and domains, written as the endpoint wants them.

A person's name is never among them. It counts only beside the brand, so it cannot be looked for on its own; and a
server has no business knowing whom we watch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from brandwatch.text.normalise import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from brandwatch.models import Query
    from brandwatch.models.kinds import Dialect

# A shorter name, such as Bo Li, is in many a word by chance.
_SURE_LENGTH = 8


def expressions(dialect: Dialect, query: Query) -> tuple[str, ...]:
    """Return what to ask for: one expression for as many terms as it takes, or one for each term."""
    names, domains = anchors(query)
    phrases = [_phrase(dialect.phrase, name) for name in names if _is_long_enough(name, dialect)]
    if dialect.domain:
        phrases += [_phrase(dialect.domain, domain) for domain in domains if _is_long_enough(domain, dialect)]
    people = tuple(person.name for person in query.people)
    return tuple(_joined(dialect, phrases, people)) if dialect.joiner else tuple(phrases)


def anchors(query: Query) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names and products of a brand, and its domains, each once; none that holds a person's name."""
    people = frozenset(person.name for person in query.people)
    names = {words(term.text): term.text for term in (*query.names, *query.products)}
    domains = {domain.lower(): domain.lower() for domain in query.owned.domains}
    return tuple(_impersonal(names, people)), tuple(_impersonal(domains, people))


def too_short(dialect: Dialect, query: Query) -> tuple[str, ...]:
    """Return the names that the endpoint would refuse for their length."""
    return tuple(name for name in anchors(query)[0] if not _is_long_enough(name, dialect))


def holds_person(text: str, people: Iterable[str]) -> str:
    """Return the person whose full name a text holds, as words or (a long one) run together, empty for none."""
    spaced, solid = f" {words(text)} ", words(text).replace(" ", "")
    for person in people:
        key = words(person)
        run = key.replace(" ", "")
        if f" {key} " in spaced or (len(run) >= _SURE_LENGTH and run in solid):
            return person
    return ""


def words(text: str) -> str:
    """Return the words of a text as they are compared."""
    return " ".join(fold(text).spaced.split())


def _impersonal(texts: dict[str, str], people: frozenset[str]) -> Iterator[str]:
    """Yield the texts that hold no person's name, in the order of their words, so that no edit moves them."""
    return (texts[key] for key in sorted(texts) if key and not holds_person(texts[key], people))


def _phrase(template: str, term: str) -> str:
    """Return a term as the dialect writes it; a quotation mark in it would end the phrase."""
    return template.replace("{term}", " ".join(term.replace('"', " ").split()))


def _is_long_enough(term: str, dialect: Dialect) -> bool:
    """Say whether a term has the letters that the endpoint wants."""
    return sum(map(str.isalnum, term)) >= max(dialect.shortest, 1)


def _joined(dialect: Dialect, phrases: list[str], people: tuple[str, ...]) -> Iterator[str]:
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


def _fits(dialect: Dialect, phrases: list[str]) -> bool:
    """Say whether phrases go into one expression."""
    is_few = not dialect.most or len(phrases) <= dialect.most
    return is_few and (not dialect.longest or len(_grouped(dialect, phrases)) <= dialect.longest)


def _grouped(dialect: Dialect, phrases: list[str]) -> str:
    """Return phrases as one expression; one alone needs no brackets."""
    joined = dialect.joiner.join(phrases)
    return dialect.group.replace("{terms}", joined) if len(phrases) > 1 else joined
