"""The stored entries that an edit of a query may concern: their results may be others than those that are stored."""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from brandwatch.config.query import Query
from brandwatch.config.query_lists import lists_of_json
from brandwatch.matching.edit_search import EditSearch, edit_search, reads_language
from brandwatch.storage import Store, query_versions, recording


class ConcernedBatch(NamedTuple):
    """The ids of a batch that are to be evaluated; of the *others*, so many have a mention that is *shown*."""

    entries: list[int]
    others: int
    shown: int


class ConcernedEntries:
    """Chooses the entries that the edit may concern, and those whose stored result is not known to be that of before.

    *edited* entries are such, and of those behind *last_entry* the ones of which a part is stored, since a poll
    evaluates them whole; all of them if the query reads the language.
    """

    def __init__(
        self, store: Store, query: Query, search: EditSearch, last_entry: int, edited: Collection[int]
    ) -> None:
        self._store, self._query, self._search = store, query, search
        self._last_entry, self._edited = last_entry, edited
        self._reads_language = reads_language(query)

    def choose(self, batch: Iterable[int]) -> ConcernedBatch:
        """Choose the entries of a batch of ids."""
        entries: list[int] = []
        others = shown = 0
        for texts in recording.candidate_texts(self._store, self._query.name, batch):
            if self._is_concerned(texts):
                entries.append(texts.id)
            else:
                others += 1
                shown += texts.is_shown
        return ConcernedBatch(entries, others, shown)

    def _is_concerned(self, texts: recording.CandidateTexts) -> bool:
        search = self._search
        if texts.id in self._edited or texts.is_damaged:
            return True
        if texts.id > self._last_entry and (texts.is_cut or self._reads_language):
            return True
        if texts.hidden_by and search.may_be_reason(texts.hidden_by):
            return True
        may_concern = search.may_be_in(texts.title, texts.text) or search.may_be_linked(
            texts.url, texts.links, texts.author
        )
        return may_concern and search.concerns(texts.entry())


def concerned_entries(store: Store, query: Query) -> ConcernedEntries | None:
    """Return the choice of entries that the edit may concern; `None` if it may concern all.

    A query that is not edited is evaluated on all: somebody asks for that.
    """
    applied = query_versions.applied_query(store, query.name)
    before = lists_of_json(applied.lists) if applied and applied.version != query.version else None
    search = edit_search(before, query) if before else None
    if applied is None or search is None:
        return None
    last_entry, last_edit = applied.evaluated
    return ConcernedEntries(store, query, search, last_entry, query_versions.edited_since(store, last_edit))
