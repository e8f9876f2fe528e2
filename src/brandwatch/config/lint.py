"""Warnings for what is allowed in a query file and probably not meant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from brandwatch.config.query import LetterCase
from brandwatch.query_language import ExpressionError, compile_expression
from brandwatch.text.normalise import fold
from brandwatch.text.ordinary_words import is_ordinary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brandwatch.config.diagnostics import Diagnostic
    from brandwatch.config.query import Query, Term
    from brandwatch.config.query_files import QueryFile


_SHORT = 4


def lint(file: QueryFile) -> Iterator[Diagnostic]:
    """Yield a warning for each thing in a sound file that is probably a mistake."""
    query = file.query
    if query is None:
        return
    for key, terms in (("names", query.names), ("products", query.products)):
        for number, term in enumerate(terms):
            yield from _term(term, (key, number), query, file)
    yield from _exclusions(query, file)
    yield from _empty_lists(file.tree.data, file)
    yield from _match(query, file)


def _term(term: Term, path: tuple[str | int, ...], query: Query, file: QueryFile) -> Iterator[Diagnostic]:
    """Yield a warning for a name that will be found where it is not meant."""
    if term.any_of_context or term.none_of_context:
        return
    ordinary = is_ordinary(term.text, query.languages)
    letters = sum(map(str.isalnum, term.text))
    if ordinary and term.case is LetterCase.ANY:
        message = f"“{term.text}” is an ordinary word, and `case: any` finds it everywhere"
        yield file.fault(path, message, "use `case: exact` and `any_of_context`", is_error=False)
    elif ordinary and not term.not_first_word and " " not in term.text:
        message = (
            f"“{term.text}” is an ordinary word: it counts with its capitals, also where a sentence begins with it"
        )
        yield file.fault(path, message, "`any_of_context` says which words must be near", is_error=False)
    elif letters < _SHORT and term.case is not LetterCase.EXACT:
        message = f"“{term.text}” has only {letters} letter{'s' * (letters != 1)}, and others use it too"
        yield file.fault(path, message, "use `case: exact` or `any_of_context`", is_error=False)


def _exclusions(query: Query, file: QueryFile) -> Iterator[Diagnostic]:
    """Yield a warning for each excluded phrase that can never cover a name."""
    names = [_words(term.text).rstrip() for term in (*query.names, *query.products)]
    for path, phrase in _excluded(file.tree.data.get("exclude", {})):
        if not any(name in _words(phrase) for name in names):
            message = f"“{phrase}” holds none of the names, so it can never hide one"
            yield file.fault(("exclude", *path), message, "write the whole phrase, name included", is_error=False)


def _excluded(exclude: Any) -> Iterator[tuple[tuple[str | int, ...], str]]:  # noqa: ANN401 (YAML)
    """Yield each excluded word or phrase with its path, be it in a plain list or under its key."""
    lists = (
        {(): exclude} if isinstance(exclude, list) else {(key,): exclude.get(key, []) for key in ("words", "phrases")}
    )
    for path, phrases in lists.items():
        yield from (((*path, number), phrase) for number, phrase in enumerate(phrases))


def _empty_lists(data: Any, file: QueryFile) -> Iterator[Diagnostic]:  # noqa: ANN401 (YAML)
    """Yield a warning for each list of alternatives without any."""
    for key in ("values", "competitors"):
        for name, words in data.get(key, {}).items():
            if not words:
                yield file.fault((key, name), f"“{name}” has no words to look for", is_error=False)


def _match(query: Query, file: QueryFile) -> Iterator[Diagnostic]:
    """Yield a warning where `match` only excludes."""
    if not query.match:
        return
    try:
        compile_expression(query.match)
    except ExpressionError:
        message = "`match` only excludes: every entry with a name counts unless it holds this"
        hint = "that is allowed; `exclude` hides instead and keeps the reason"
        yield file.fault(("match",), message, hint, is_error=False)


def _words(text: str) -> str:
    """Return the words of a text between blanks."""
    return f" {' '.join(fold(text).spaced.split())} "
