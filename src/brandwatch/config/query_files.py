"""Query files: a folder of them, each loaded on its own with its sources, and warnings about probable mistakes."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from pydantic import ValidationError

from brandwatch import clock, urls
from brandwatch.config import secrets
from brandwatch.config.configured_source import ConfiguredSource, SourceProblem, check_headers
from brandwatch.config.diagnostics import Diagnostic, explain_unknown_key, explain_unknown_name
from brandwatch.config.name_warnings import name_warnings
from brandwatch.config.query import LetterCase, Query, Term
from brandwatch.config.settings import query_paths
from brandwatch.config.validation import Explainer, known_keys, validate
from brandwatch.config.yaml_source import KeyPath, Located, read_file
from brandwatch.errors import ParseError, UsageError
from brandwatch.models import Source
from brandwatch.query_language import ExpressionError, compile_expression
from brandwatch.text import languages, normalise, sanitise

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


_LOG = logging.getLogger(__name__)
_MIN_DISTINCT_LETTERS = 4


class KindCatalogue(Protocol):
    """The kinds and packs that exist, as `sources.expand` knows them."""

    def expand(
        self, configured: ConfiguredSource, query: Query
    ) -> tuple[tuple[Source, ...], tuple[SourceProblem, ...]]:
        """Return the sources that a configured one means for a query, and its problems."""


class FeedListReader(Protocol):
    """The reader of OPML files, `feeds.opml`."""

    def read_opml(self, body: bytes) -> Sequence[tuple[str, int, str]]:
        """Return URL, line and problem of each feed; raise ParseError if the file is not OPML."""


class QueryRules(Explainer, Protocol):
    """Rules beyond the form of a file, such as `privacy.people_rules`."""

    def check(self, query: Query, file: Located) -> Iterator[Diagnostic]:
        """Yield a diagnostic for each rule that a query breaks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryFile(Located):
    """A query file with its query, `None` if it has errors, and all its faults in the order of their places.

    *unwatched* are the warnings about sources that name nothing to watch.
    """

    query: Query | None = None
    faults: tuple[Diagnostic, ...] = ()
    unwatched: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedQueries:
    """The queries of a folder, by name, with the faults of all files; *broken* are the names of files with errors.

    *unwatched* are the warnings about sources that name nothing to watch, in the files that were named.
    """

    queries: tuple[Query, ...]
    faults: tuple[Diagnostic, ...]
    broken: tuple[str, ...] = ()
    unwatched: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryLoader:
    """Loads query files, each on its own: a file with errors never stops the others."""

    catalogue: KindCatalogue
    feed_lists: FeedListReader
    rules: QueryRules

    def load_folder(self, directory: Path, names: Iterable[str] = ()) -> LoadedQueries:
        """Load every query file in *directory*; raise UsageError if there is none, or none for one of *names*."""
        paths = query_paths(directory)
        stems = [path.stem for path in paths]
        polled = tuple(names)
        for name in polled:
            if name not in stems:
                raise UsageError(f"unknown query “{name}” in {directory}", explain_unknown_name(name, stems))
        files = [self.load_file(path) for path in paths]
        return LoadedQueries(
            queries=tuple(file.query for file in files if file.query),
            faults=tuple(fault for file in files for fault in file.faults),
            # A name that cannot be stored is that of no stored mention.
            broken=tuple(
                stem
                for stem, file in zip(stems, files, strict=True)
                if file.query is None and sanitise.is_shown_as_is(stem)
            ),
            unwatched=tuple(
                warning
                for stem, file in zip(stems, files, strict=True)
                for warning in file.unwatched
                if not polled or stem in polled
            ),
        )

    def load_file(self, path: Path) -> QueryFile:
        """Load one query file; every error in it is a fault, never an exception."""
        file, faults = read_file(path)
        query: Query | None = None
        unwatched: tuple[Diagnostic, ...] = ()
        if not faults:
            query, faults, unwatched = self._load(file, path)
        ordered = tuple(sorted(faults, key=lambda fault: fault.position))
        version, count = (query.version, len(query.sources)) if query else ("", 0)
        _LOG.debug("loaded query file=%s version=%s sources=%s faults=%s", path, version, count, len(ordered))
        return QueryFile(
            path=file.path,
            text=file.text,
            tree=file.tree,
            query=query,
            faults=ordered,
            unwatched=unwatched if query else (),
        )

    def _load(self, file: Located, path: Path) -> tuple[Query | None, list[Diagnostic], tuple[Diagnostic, ...]]:
        """Return the query, the faults of its file, and the warnings about sources that name nothing."""
        written, faults = validate(file, Query, "`brandwatch init` writes a file to start from", self.rules)
        if written is None:
            return None, faults, ()
        faults += [*self.rules.check(written, file), *check_headers(written.configured, file)]
        query = written.of_file(path, clock.now().date())
        unwatched: list[Diagnostic] = []
        query = query.model_copy(update={"sources": tuple(self._sources(query, file, faults, unwatched))})
        if not query.configured:
            hint = "add the URL of a feed, or a kind of source, under `sources:`"
            unwatched.append(file.warning(("sources",), "no source: nothing is watched", hint))
        return (None if any(fault.is_error for fault in faults) else query), faults, tuple(unwatched)

    def _sources(
        self, query: Query, file: Located, faults: list[Diagnostic], unwatched: list[Diagnostic]
    ) -> Iterator[Source]:
        """Yield each source of a query once; add their problems to *faults*, and those without any to *unwatched*."""
        seen: set[str] = set()
        for number, source in enumerate(query.configured):
            alert_after = source.alert_after or query.alert_after
            found = tuple(
                replace(each, alert_after=alert_after) if alert_after else each
                for each in self._sources_of(source, number, file, query, faults)
            )
            if not found:
                unwatched.append(file.warning(("sources", number), *_explain_nothing(source)))
            if source.is_plain and not source.opml and found and found[0].url in seen:
                faults.append(file.warning(("sources", number), "this source is repeated"))
            yield from (each for each in found if each.url not in seen)
            seen.update(each.url for each in found)

    def _sources_of(
        self, source: ConfiguredSource, number: int, file: Located, query: Query, faults: list[Diagnostic]
    ) -> Iterator[Source]:
        """Yield the sources of one line of a file."""
        if source.is_plain:
            # A feed has these keys only; those of a kind are checked by the kind.
            for key in source.__pydantic_extra__ or {}:
                explained = explain_unknown_key(key, known_keys(ConfiguredSource, ()))
                faults.append(file.error_at_key(("sources", number, key), *explained))
            for url in [source.url] if source.url else self._listed_feeds(source, number, file, faults):
                yield Source(
                    url=url,
                    interval=source.interval,
                    is_template=bool(source.url and secrets.secret_names(url)),
                    allow_private=source.allow_private,
                    headers=tuple(source.headers.items()),
                    user_agent=source.user_agent,
                )
            return
        expanded, problems = self.catalogue.expand(source, query)
        for key, message, hint, is_error in problems:
            where = ("sources", number, key) if key else ("sources", number)
            faults.append(file.error(where, message, hint) if is_error else file.warning(where, message, hint))
        yield from expanded

    def _listed_feeds(
        self, source: ConfiguredSource, number: int, file: Located, faults: list[Diagnostic]
    ) -> Iterator[str]:
        """Yield the URLs in the OPML file of a source."""
        where = ("sources", number, "opml")
        try:
            for written, line, problem in self.feed_lists.read_opml(
                (Path(file.path).parent / source.opml).read_bytes()
            ):
                place = f"line {line} of {source.opml}"
                if problem:
                    faults.append(file.warning(where, f"{place} {problem}"))
                    continue
                try:
                    url = ConfiguredSource.model_validate({"url": written}).url
                except ValidationError as error:
                    hint = "correct it, or give the feed a line of its own in the query file: url: …"
                    faults.append(file.warning(where, f"{place} is left out: {_reason(error)}", hint))
                    continue
                for name in secrets.secret_names(url):
                    message, hint = secrets.explain_literal_reference(name, place)
                    faults.append(file.warning(where, message, hint))
                # The author of the list has no part in our environment: `${NAME}` is text like any other.
                yield urls.web_link(url)
        except OSError as error:
            faults.append(file.error(where, f"{source.opml} cannot be read: {error.strerror}"))
        except ParseError as error:
            faults.append(file.error(where, f"{source.opml}: {error.message}", error.hint))


def _explain_nothing(source: ConfiguredSource) -> tuple[str, str]:
    """Return message and hint for a source that names nothing to watch."""
    if source.opml:
        return f"no feed in {source.opml}: nothing is watched", "each feed is an `outline` with an `xmlUrl`"
    return "this source is empty: nothing is watched", ""


def _reason(error: ValidationError) -> str:
    # A message of ours is `Value error, …`; its hint is about query files.
    return error.errors()[0]["msg"].removeprefix("Value error, ").partition(": ")[0]


def conflicting_headers(files: Iterable[QueryFile]) -> Iterator[Diagnostic]:
    """Yield a warning for each source with different headers or user agents in two queries: it is fetched once."""
    first: dict[str, tuple[str, frozenset[tuple[str, str]]]] = {}
    for file in files:
        for source in file.query.sources if file.query else ():
            headers = [*source.headers, *([("user-agent", source.user_agent)] if source.user_agent else [])]
            wanted = frozenset((name.lower(), value) for name, value in headers)
            path, sent = first.setdefault(source.url, (file.path, wanted)) if wanted else ("", wanted)
            if sent != wanted:
                message = f"this source is fetched with the headers of {path}, not with these"
                hint = "a source is fetched once for all queries: set the same headers in each, or in one only"
                key = "headers" if source.headers else "user_agent"
                yield file.warning((*_place(file, source.url), key), message, hint, hides_line=True)


def _place(file: QueryFile, url: str) -> tuple[str | int, ...]:
    """Return the path to the source of an address."""
    for number, given in enumerate(file.tree.data["sources"]):
        written = given.get("url", "") if isinstance(given, dict) else given
        if url in {written.strip(), urls.web_link(written)}:
            return ("sources", number)
    return ("sources",)


def lint(file: QueryFile) -> Iterator[Diagnostic]:
    """Yield a warning for each probable mistake; nothing for a file with errors."""
    query = file.query
    if query is None:
        return
    for key, terms in (("names", query.names), ("products", query.products)):
        for number, term in enumerate(terms):
            yield from _check_term(term, (key, number), query, file)
    yield from name_warnings(file, query)
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
    ordinary = languages.is_ordinary(term.text, query.languages)
    letters = sum(map(str.isalnum, term.text))
    if ordinary and term.case is LetterCase.ANY:
        message = f"“{term.text}” is an ordinary word, and `case: any` finds it everywhere"
        yield file.warning(path, message, "use `case: exact` and `any_of_context`")
    elif ordinary and not term.not_first_word and " " not in term.text:
        message = (
            f"“{term.text}” is an ordinary word: it counts with its capitals, also where a sentence begins with it"
        )
        yield file.warning(path, message, "`any_of_context` says which words must be near")
    elif letters < _MIN_DISTINCT_LETTERS and not term.text.isdecimal() and term.case is not LetterCase.EXACT:
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
    return f" {' '.join(normalise.fold(text).spaced.split())} "


def _check_match(query: Query, file: QueryFile) -> Iterator[Diagnostic]:
    """Yield a warning if `match` only excludes."""
    if not query.match:
        return
    try:
        compile_expression(query.match)
    except ExpressionError:
        message = "`match` only excludes: every entry with a name counts unless it matches this"
        hint = "that is allowed; `exclude` hides instead and keeps the reason"
        yield file.warning(("match",), message, hint)
