"""The rules of query files about people: only official representatives, and only with the brand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brandwatch import clock
from brandwatch.query_language import ExpressionError, compile_expression
from brandwatch.text.normalise import comparable_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brandwatch.config.diagnostics import Diagnostic
    from brandwatch.config.query import Query
    from brandwatch.config.yaml_source import KeyPath, Located
    from brandwatch.query_language import Expression


# Keys for monitoring staff by name, which is refused.
_EMPLOYEE_KEYS = frozenset(
    "employees employee staff ansatte ansatt tilsette medarbeidere anställda medarbetare medarbejdere mitarbeiter "
    "persons person names_of_staff colleagues workers".split()
)
_NO_STAFF = (
    "people without an official role are not watched by name, and staff_mentions finds roles tied to the brand "
    "without names"
)
_ONLY_WITH_BRAND = "a person's name counts only together with the brand, so it cannot be looked for on its own"


def explain(path: KeyPath, kind: str, message: str) -> tuple[str, str] | None:
    """Return message and hint for a refused key or role, `None` for any other error.

    *kind* is pydantic's name of the error, *message* the usual one.
    """
    key = path[-1] if path else ""
    if kind == "extra_forbidden" and str(key).lower() in _EMPLOYEE_KEYS:
        return f"there is no key `{key}`: {_NO_STAFF}", "remove it; `people` is for official representatives"
    if kind == "too_long" and key == "people":
        return message, "only official representatives"
    if kind in {"literal_error", "enum", "is_instance_of"} and key == "role":
        return message, _NO_STAFF
    return None


def check(query: Query, file: Located) -> Iterator[Diagnostic]:
    """Yield an error for each rule that the query breaks, and a warning for each person whose review is overdue."""
    people = {comparable_words(person.name): person.name for person in query.people}
    yield from _check_reviews(query, file)
    yield from _check_names(query, file, people)
    yield from _check_accounts(query, file)
    yield from _check_match(query, file, people)


def _check_reviews(query: Query, file: Located) -> Iterator[Diagnostic]:
    today = clock.now().date()
    for number, person in enumerate(query.people):
        where = ("people", number)
        if person.is_review_overdue(today):
            message = f"the review of {person.name} was due on {person.review_by}: the person is skipped"
            hint = "review whether to watch the person, and set `review_by` to the next date"
            yield file.warning((*where, "review_by"), message, hint)
        if person.registered > today:
            yield file.error((*where, "registered"), f"{person.registered} is in the future")


def _check_names(query: Query, file: Located, people: dict[str, str]) -> Iterator[Diagnostic]:
    """Yield an error for each name that is a registered person: it would match texts without the brand."""
    listed: list[tuple[tuple[str | int, ...], str]] = [
        (("names", number), name.text) for number, name in enumerate(query.names)
    ]
    listed += [(("products", number), name.text) for number, name in enumerate(query.products)]
    listed += [(("owned", "hashtags", number), tag) for number, tag in enumerate(query.owned.hashtags)]
    listed += [
        (("competitors", competitor.name, number), name.text)
        for competitor in query.competitors
        for number, name in enumerate(competitor.terms)
    ]
    for path, name in listed:
        words = f" {comparable_words(name)} "
        if person := next((person for key, person in people.items() if f" {key} " in words), ""):
            yield file.error(path, f"“{name}” is the name of {person}: {_ONLY_WITH_BRAND}", "remove it from this list")


def _check_accounts(query: Query, file: Located) -> Iterator[Diagnostic]:
    """Yield an error for each account that is both the brand's and a person's."""
    owned = {(account.platform, account.handle.lower()) for account in query.owned.accounts}
    for number, person in enumerate(query.people):
        # The platform as written is the place of the error.
        written = file.tree.data["people"][number].get("accounts", ())
        for platform, account in zip(written, person.accounts, strict=True):
            if (account.platform, account.handle.lower()) in owned:
                message = f"{account.handle} on {platform} is also an account of the brand"
                hint = "an account is a person's or the brand's; a person's counts only when a post names the brand"
                yield file.error(("people", number, "accounts", platform), message, hint)


def _check_match(query: Query, file: Located, people: dict[str, str]) -> Iterator[Diagnostic]:
    """Yield an error if `match` is invalid, or searches for a person."""
    if not query.match:
        return
    try:
        expression = compile_expression(query.match, allow_only_exclusions=True)
    except ExpressionError as error:
        excerpt = f"…{error.text[error.position : error.position + 30]}" if error.position else error.text[:30]
        before = error.text[: error.position]
        yield file.error_within(("match",), before, f"{error.message}: {excerpt}", error.hint)
        return
    if person := _person_sought(expression, people):
        yield file.error(("match",), f"it looks for {person}: {_ONLY_WITH_BRAND}", "remove the name from `match`")


def _person_sought(expression: Expression, people: dict[str, str]) -> str:
    """Find the person for whose name an expression searches, as a phrase or word by word; empty for none."""
    sought = {comparable_words(word) for word in expression.words()}
    singles = {part for word in sought for part in word.split()}
    for key, name in people.items():
        if any(key in word for word in sought) or set(key.split()) <= singles:
            return name
    return ""
