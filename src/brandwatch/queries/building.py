"""Build the query that a sound form means."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from brandwatch.models import (
    Account,
    Competitor,
    Examples,
    Exclude,
    Keeping,
    Owned,
    Person,
    Processing,
    Query,
    Term,
    TermKind,
    Theme,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date
    from pathlib import Path

    from brandwatch.queries.schema import NameForm, PersonForm, QueryForm

_NORWEGIAN = ("nb", "nn")


def built(form: QueryForm, path: Path, today: date) -> Query:
    """Return the query of a form, but for its sources; people whose review is overdue are left out.

    Its version is a hash of all that decides what matches.
    """
    tags = (tag for name in form.languages for tag in (_NORWEGIAN if name == "no" else (name,)))
    query = Query(
        name=path.stem,
        brand=form.brand,
        names=_terms(form.names, TermKind.NAME),
        products=_terms(form.products, TermKind.PRODUCT),
        owned=Owned(domains=form.owned.domains, accounts=_accounts(form.owned.accounts), hashtags=form.owned.hashtags),
        people=tuple(_person(person) for person in form.people if not is_overdue(person, today)),
        staff_mentions=form.staff_mentions,
        values=tuple(Theme(name=name, words=words) for name, words in form.values.items()),
        competitors=tuple(
            Competitor(name=name, terms=_terms(names, TermKind.COMPETITOR)) for name, names in form.competitors.items()
        ),
        exclude=Exclude(
            words=(*form.exclude.words, *form.exclude.phrases),
            sites=form.exclude.sites,
            authors=form.exclude.authors,
            kinds=form.exclude.kinds,
        ),
        match=" ".join(form.match.split()),
        languages=tuple(dict.fromkeys(tags)),
    )
    meaning = hashlib.sha256(repr(query).encode()).hexdigest()[:12]
    examples = Examples(match=form.examples.match, reject=form.examples.reject)
    privacy = Processing(**form.privacy.model_dump())
    return replace(query, version=meaning, examples=examples, path=str(path), keeping=_keeping(form), privacy=privacy)


def is_overdue(person: PersonForm, today: date) -> bool:
    """Say whether the day has come on which a person was to be reviewed."""
    return person.review_by is not None and person.review_by <= today


def _keeping(form: QueryForm) -> Keeping:
    """Return how mentions are kept; what the file does not say is as everywhere."""
    return Keeping(author=form.author, snippet=form.snippet, **form.retain.model_dump(exclude_none=True))


def _terms(names: Iterable[NameForm], kind: TermKind) -> tuple[Term, ...]:
    """Return names as terms of one kind."""
    return tuple(
        Term(
            text=name.name,
            case=name.case,
            kind=kind,
            any_of_context=name.any_of_context,
            none_of_context=name.none_of_context,
            not_first_word=name.not_first_word,
            where=name.where,
            closed_compounds=name.closed_compounds,
        )
        for name in names
    )


def _person(person: PersonForm) -> Person:
    """Return an official representative."""
    return Person(
        name=person.name,
        role=person.role,
        registered=person.registered,
        title=person.title,
        accounts=_accounts(person.accounts),
        basis=person.basis,
        review_by=person.review_by,
    )


def _accounts(handles: Mapping[str, str]) -> tuple[Account, ...]:
    """Return handles by platform as accounts."""
    return tuple(Account(platform=platform.lower(), handle=handle) for platform, handle in handles.items())
