"""The names that a selection uses must exist, and a query without a file is left out unless it is named."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from brandwatch import urls
from brandwatch.cli import options
from brandwatch.errors import UsageError
from brandwatch.frozen_classes import dataclass
from brandwatch.text import plural
from brandwatch.text.sanitise import one_line, shown_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from brandwatch.config.settings import Settings
    from brandwatch.models import Mention, Selection
    from brandwatch.storage import Store


_LISTED_QUERIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryScope:
    """The queries that exist: *files* have a query file, with errors or not, *stored* have mentions.

    Without any query file, as beside a copied database, *files* is `None` and no query counts as gone.
    """

    files: frozenset[str] | None
    stored: tuple[str, ...]

    @property
    def gone(self) -> tuple[str, ...]:
        """The queries with mentions whose file is gone."""
        return () if self.files is None else tuple(name for name in self.stored if name not in self.files)


def query_scope(store: Store, settings: Settings) -> QueryScope:
    """Return the queries of a database and of the query folder."""
    from brandwatch.config.settings import query_paths
    from brandwatch.storage.stored_names import stored_queries

    try:
        files = frozenset(path.stem for path in query_paths(settings.queries))
    except UsageError:
        files = None
    return QueryScope(files=files, stored=stored_queries(store))


def check_selection(store: Store, settings: Settings, selection: Selection) -> Selection:
    """Return a selection that leaves out the queries whose file is gone, unless it names them.

    Raise UsageError for a query, a tag or a part of a source's URL that does not exist.
    """
    from brandwatch.storage.triage import used_tags

    scope = query_scope(store, settings)
    require_queries(scope, selection.queries)
    for tag in selection.tags:
        options.require_known("tag", tag, used_tags(store))
    for text in selection.sources:
        _require_source(store, settings, text)
    return replace(selection, gone_queries=scope.gone)


def require_queries(scope: QueryScope, names: Sequence[str]) -> None:
    """Raise UsageError for the name of a query that has neither a file nor mentions."""
    known = sorted({*(scope.files or ()), *scope.stored})
    for name in names:
        options.require_known("query", name or "?", known)


def _require_source(store: Store, settings: Settings, text: str) -> None:
    from brandwatch.storage.stored_names import has_source

    if has_source(store, text):
        return
    if not any(urls.contains(source.url, text) for source in options.configured_sources(settings)):
        raise UsageError(f"no source has “{text}” in its URL", "`brandwatch sources` lists them")


def mark_gone(store: Store, settings: Settings, mention: Mention) -> Mention:
    """Return a mention that knows whether the file of its query is gone."""
    return replace(mention, is_query_gone=mention.query in query_scope(store, settings).gone)


def scope_remarks(store: Store, settings: Settings, selection: Selection) -> Iterator[str]:
    """Yield the remarks on queries without a file: left out, selected by name, or all of them."""
    scope = query_scope(store, settings)
    if selection.queries:
        for name in selection.queries:
            if name in scope.gone:
                yield f"the query file of {one_line(name)} is gone: its mentions are no longer updated"
    elif scope.files is None and scope.stored:
        yield f"there are no query files in {shown_path(settings.queries)}: the mentions of all queries are shown"
    elif scope.gone and (count := _count_left_out(store, selection)):
        names = [one_line(name) for name in scope.gone[:_LISTED_QUERIES]]
        more = f" and {len(scope.gone) - len(names)} more" if len(scope.gone) > len(names) else ""
        yield f"{count} of queries without a file left out ({', '.join(names)}{more}); --query NAME shows them"


def _count_left_out(store: Store, selection: Selection) -> str:
    """Return the number of mentions left out in words, empty for none."""
    from brandwatch.privacy.disclosure_control import is_identifying
    from brandwatch.storage.selections import count_mentions

    left_out = replace(selection, queries=selection.gone_queries, limit=0, group="")
    count = count_mentions(store, left_out)
    if count == 0:
        return ""
    # By words or by source even a number may single a person out; an expression is not evaluated for this.
    is_vague = count is None or is_identifying(selection) or selection.prefilter is not None
    return "mentions" if is_vague or count is None else plural(count, "mention")
