"""Warnings about a valid query file: settings that are allowed and probably a mistake."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from brandwatch.config.query import LetterCase
from brandwatch.query_language import ExpressionError, compile_expression
from brandwatch.text.languages import is_ordinary
from brandwatch.text.normalise import fold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brandwatch.config.diagnostics import Diagnostic
    from brandwatch.config.query import Query, Term
    from brandwatch.config.query_files import QueryFile
    from brandwatch.config.yaml_source import KeyPath


_MIN_DISTINCT_LETTERS = 4


def lint(file: QueryFile) -> Iterator[Diagnostic]:
    """Yield a warning for each probable mistake; nothing for a file with errors."""
    query = file.query
    if query is None:
        return
    for key, terms in (("names", query.names), ("products", query.products)):
        for number, term in enumerate(terms):
            yield from _check_term(term, (key, number), query, file)
    yield from _check_exclusions(query, file)
    for key in ("values", "competitors"):
        for name, words in file.tree.data.get(key, {}).items():
            if not words:
                yield file.warning((key, name), f"“{name}” has no words to look for")
    yield from _check_match(query, file)


def _check_term(term: Term, path: KeyPath, query: Query, file: QueryFile) -> Iterator[Diagnostic]:
    """Yield a warning for a name that will match where it is not meant."""
    if term.any_of_context or term.none_of_context:
        return
    ordinary = is_ordinary(term.text, query.languages)
    letters = sum(map(str.isalnum, term.text))
    if ordinary and term.case is LetterCase.ANY:
        message = f"“{term.text}” is an ordinary word, and `case: any` finds it everywhere"
        yield file.warning(path, message, "use `case: exact` and `any_of_context`")
    elif ordinary and not term.not_first_word and " " not in term.text:
        message = (
            f"“{term.text}” is an ordinary word: it counts with its capitals, also where a sentence begins with it"
        )
        yield file.warning(path, message, "`any_of_context` says which words must be near")
    elif letters < _MIN_DISTINCT_LETTERS and term.case is not LetterCase.EXACT:
        message = f"“{term.text}” has only {letters} letter{'' if letters == 1 else 's'}, and others use it too"
        yield file.warning(path, message, "use `case: exact` or `any_of_context`")


def _check_exclusions(query: Query, file: QueryFile) -> Iterator[Diagnostic]:
    """Yield a warning for each excluded phrase that can never cover a name."""
    names = [_padded_words(term.text).rstrip() for term in (*query.names, *query.products)]
    exclude: Any = file.tree.data.get("exclude", {})
    lists: list[tuple[KeyPath, list[str]]] = [(("exclude",), exclude)]
    if isinstance(exclude, dict):
        lists = [(("exclude", key), exclude.get(key, [])) for key in ("words", "phrases")]
    for path, phrases in lists:
        for number, phrase in enumerate(phrases):
            if not any(name in _padded_words(phrase) for name in names):
                message = f"“{phrase}” holds none of the names, so it can never hide one"
                yield file.warning((*path, number), message, "write the whole phrase, name included")


def _padded_words(text: str) -> str:
    # A blank on either side of each word: a name is found at the boundaries of words only.
    return f" {' '.join(fold(text).spaced.split())} "


def _check_match(query: Query, file: QueryFile) -> Iterator[Diagnostic]:
    """Yield a warning if `match` only excludes."""
    if not query.match:
        return
    try:
        compile_expression(query.match)
    except ExpressionError:
        message = "`match` only excludes: every entry with a name counts unless it holds this"
        hint = "that is allowed; `exclude` hides instead and keeps the reason"
        yield file.warning(("match",), message, hint)
