"""Entries and their mentions: look up what is stored, and record what a source gave or a re-evaluation decided."""

import json
from array import array
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from brandwatch import models
from brandwatch.privacy.retention import EXPIRING
from brandwatch.storage import (
    audit,
    privacy_erasure,
    query_versions,
    responses,
    revisions,
    rows,
    search,
    selections,
    sources,
    stories,
)
from brandwatch.storage.database import Store
from brandwatch.storage.new_entries import INSERT_ANCHOR, INSERT_PERSON, NewEntries
from brandwatch.storage.verification import DAMAGED
from brandwatch.stories.identity import Identity
from brandwatch.urls import are_two_parts, canonical

LOST = "the query does not ask for it any more"
"""Why a mention is hidden that a re-evaluation did not find again. Its entry and the analyst's decision stay."""
# The conditions of the partial indexes.
_IS_INDEXED = {
    "link": "link != ''",
    "guid": "guid != ''",
    **{column: f"{column} IS NOT NULL" for column in rows.CONTENT_COLUMNS},
}
# A page of a service has one link for all its messages of years: the latest are enough to know one again.
_MAX_TWINS = 50

# The columns of `rows.mention` without those that no evaluation reads: tags, and the latest response.
_REEVALUATED = f"""
    mention.id AS mention_id, mention.query, mention.query_version, mention.evidence, mention.status, mention.backlog,
    mention.found AS mention_found, mention.voice, mention.subject, mention.suppressed, mention.matched,
    mention.checks, mention.note, mention.expiring, entry.*, NULL AS tags,
    source.url AS source_url, source.kind AS source_kind, {rows.PEOPLE}
"""


class ReevaluationCandidate(NamedTuple):
    """A stored entry that a query may concern, the source and kind it came through, and its mention if it has one."""

    stored: models.StoredEntry
    source: str
    kind: str
    mention: models.Mention | None


class CandidateTexts(NamedTuple):
    """The columns of a stored entry that an edit is compared with; *hidden_by*: why its mention is hidden, if it is.

    *is_shown*: it has a mention that is shown. *is_damaged*: only a verification may show the mention again.
    """

    id: int
    title: str
    text: str
    parts: str
    url: str
    links: str
    author: str
    is_cut: bool
    hidden_by: str
    is_shown: bool
    is_damaged: bool

    def entry(self) -> models.Entry:
        """Return the entry with what is read to evaluate it, but for its language."""
        parts = rows.text_parts(self.parts) if self.parts else ()
        links = tuple(self.links.split("\n")) if self.links else ()
        return models.Entry(
            url=self.url, title=self.title, text=self.text, parts=parts, author=self.author, links=links
        )


class _EntryEdit(NamedTuple):
    """Whether the version of this source is the stored one, its title or text is new, and any column changed."""

    is_ours: bool = True
    is_edited: bool = False
    is_changed: bool = False


class _BacklogRule(NamedTuple):
    """Decides which of a source's new mentions are backlog: *is_first*, all of its first answer.

    *edited* are the queries by whose version its last document was not matched, each with the time of its application.
    """

    is_first: bool
    edited: Mapping[str, int | None]

    def includes(self, query: str, find: models.EntryRecord, found: int | None) -> bool:
        """Whether a new mention is backlog; *found* is when its entry was stored, `None` for a new one."""
        if self.is_first or query not in self.edited:
            return self.is_first
        applied = self.edited[query]
        return find.is_seen or (found is not None and applied is not None and found < applied)


class _RecordedSource(NamedTuple):
    """What was recorded of a source: the ids of its entries, the counts of mentions, and what was done to each."""

    entries: list[int]
    counts: models.MentionCounts
    actions: audit.PollActions


class _RecordedEntry(NamedTuple):
    """An entry that was recorded, the counts of its mentions, and what was done to each of them."""

    id: int
    counts: models.MentionCounts
    actions: list[audit.MentionAction | None]


def entries_of_sources(
    store: Store, sources_read: Sequence[tuple[str, Sequence[Identity]]]
) -> list[tuple[models.StoredEntry, ...]]:
    """Return for each source, by its URL and the identities of its entries, the stored entries that share a key.

    The oldest are first; those that were seen in the source say when.
    """
    identities = [one for _, listed in sources_read for one in listed]
    entries = _entries_by_keys(
        store,
        [one.guid for one in identities if one.guid],
        [one.link for one in identities if one.link],
        [content for one in identities for content in one.content],
    )
    if not entries:
        return [()] * len(sources_read)
    by_key: defaultdict[tuple[str, str | int], list[int]] = defaultdict(list)
    for number, stored in entries.items():
        for key in _keys(stored.entry.guid, stored.link, stored.content):
            by_key[key].append(number)
    found = []
    for url, listed in sources_read:
        keys = {key for one in listed for key in _keys(one.guid, one.link, one.content)}
        numbers = sorted({number for key in keys if key in by_key for number in by_key[key]})
        seen = _last_seen(store, url, numbers)
        found.append(tuple(replace(entries[number], seen=seen.get(number)) for number in numbers))
    return found


def entries_with_keys(
    store: Store, guids: Sequence[str], links: Sequence[str], content: Sequence[int] = (), *, source: str = ""
) -> tuple[models.StoredEntry, ...]:
    """Return the stored entries that share one of the guids, canonical links or content keys, oldest first.

    Those that were seen in *source* say when.
    """
    entries = _entries_by_keys(store, guids, links, content)
    seen = _last_seen(store, source, list(entries)) if source else {}
    return tuple(replace(entries[number], seen=seen.get(number)) for number in sorted(entries))


def _entries_by_keys(
    store: Store, guids: Sequence[str], links: Sequence[str], content: Sequence[int]
) -> dict[int, models.StoredEntry]:
    """Return the latest stored entries with each of the keys, by their ids."""
    entries: dict[int, models.StoredEntry] = {}
    keys_of_columns = {"link": links, "guid": guids, **dict.fromkeys(rows.CONTENT_COLUMNS, content)}
    for column, keys in keys_of_columns.items():
        if keys:
            # The first half of the inner condition is what makes the partial index usable.
            statement = f"""
                SELECT entry.* FROM json_each(?) AS wanted CROSS JOIN entry ON entry.id IN (
                    SELECT twin.id FROM entry AS twin
                    WHERE twin.{_IS_INDEXED[column]} AND twin.{column} = wanted.value
                    ORDER BY twin.id DESC LIMIT {_MAX_TWINS}
                )
            """
            listed = json.dumps(list(dict.fromkeys(keys)))
            entries |= {row["id"]: rows.stored_entry(row) for row in store.query(statement, [listed])}
    return entries


def _last_seen(store: Store, source: str, entries: Sequence[int]) -> dict[int, datetime]:
    """Return the times at which entries were last seen in a source, by their ids."""
    statement = """
        SELECT entry, last_seen FROM sighting
        WHERE entry IN (SELECT value FROM json_each(?)) AND source = (SELECT id FROM source WHERE url = ?)
    """
    listed = store.execute(statement, [json.dumps(entries), source]) if entries else ()
    return {entry: rows.moment(seen) for entry, seen in listed}


def _keys(guid: str, link: str, content: Iterable[int]) -> Iterator[tuple[str, str | int]]:
    yield from ((name, value) for name, value in (("guid", guid), ("link", link)) if value)
    yield from (("content", value) for value in content)


def entry_by_link(store: Store, url: str) -> models.StoredEntry | None:
    """Return the stored entry that a link leads to. A comment is told from the others on its page."""
    entries = entries_with_keys(store, [], [canonical(url)])
    return next((stored for stored in entries if not are_two_parts(url, stored.entry.url)), None)


def has_entries(store: Store) -> bool:
    """Whether anything is stored."""
    return store.value("SELECT 1 FROM entry LIMIT 1") is not None


def has_mentions(store: Store, query: str) -> bool:
    """Whether a query has mentions, hidden ones too."""
    return store.value("SELECT 1 FROM mention WHERE query = ? LIMIT 1", [query]) is not None


def entries_to_reevaluate(
    store: Store, query: str, needs: models.Prefilter | None, since: datetime | None = None, limit: int = 0
) -> Sequence[int]:
    """Return the ids of entries since then that *query* may concern, by its prefilter, or has a mention of.

    The newest are first, and at most *limit*, 0 for all.
    """
    condition, parameters = search.prefilter_condition(needs)
    period = ""
    parameters = [*parameters, query]
    if since is not None:
        period = "WHERE (SELECT coalesce(published, found) FROM entry WHERE entry.id = concerned.id) >= ?"
        parameters.append(rows.seconds(since))
    # Two selects, since an index answers each alone and neither both.
    statement = f"""
        SELECT id FROM (
            SELECT entry.id FROM entry WHERE {condition} UNION SELECT entry FROM mention WHERE query = ?
        ) AS concerned {period} ORDER BY id DESC LIMIT {limit or -1}
    """
    return array("q", (number for (number,) in store.execute(statement, parameters)))


def reevaluation_candidates(store: Store, query: str, entries: Iterable[int]) -> list[ReevaluationCandidate]:
    """Return entries by their ids, the newest first, each with its mention by *query* if it has one.

    Those whose mention has expired are left out: retention is not to begin anew.
    """
    statement = f"""
        SELECT {_REEVALUATED} FROM entry LEFT JOIN mention ON mention.entry = entry.id AND mention.query = ?
        LEFT JOIN source ON source.id = ({selections.FIRST_SOURCE})
        WHERE entry.id IN (SELECT value FROM json_each(?)) ORDER BY entry.id DESC
    """
    candidates = map(_reevaluation_candidate, store.query(statement, [query, json.dumps([*entries])]))
    if not privacy_erasure.has_expirations(store):
        return list(candidates)
    return [one for one in candidates if one.mention or not privacy_erasure.has_expired(store, query, one.stored)]


def candidate_texts(store: Store, query: str, entries: Iterable[int]) -> Iterator[CandidateTexts]:
    """Yield entries by their ids, in that order, with the state of their mentions by *query*."""
    statement = f"""
        SELECT entry.id, title, text, parts, url, links, author, whole OR unnamed, ifnull(suppressed, ''),
            ifnull({selections.SHOWN}, 0), ifnull(suppressed = ?, 0)
        FROM json_each(?) AS listed CROSS JOIN entry ON entry.id = listed.value
        LEFT JOIN mention ON mention.entry = entry.id AND mention.query = ?
    """
    return map(CandidateTexts._make, store.execute(statement, [DAMAGED, json.dumps([*entries]), query]))


def _reevaluation_candidate(row: Mapping[str, Any]) -> ReevaluationCandidate:
    stored = rows.stored_entry(row)
    return ReevaluationCandidate(
        stored=stored,
        source=row["source_url"] or "",
        kind=row["source_kind"] or "",
        mention=rows.mention(row, stored.entry) if row["mention_id"] is not None else None,
    )


def record_source(store: Store, record: models.SourceRecord) -> models.Fetch:
    """Record what a source gave in a transaction; return its fetch with the counts of mentions."""
    with store.transaction():
        return record_sources(store, [record])[0]


def record_sources(store: Store, records: Sequence[models.SourceRecord]) -> list[models.Fetch]:
    """Record what sources gave, inside the caller's transaction; return their fetches with the counts of mentions.

    No two sources may have the same entry. Entries that were erased or have expired are left out.
    """
    new = NewEntries(store)
    recorded = [_record_source(store, record, new) for record in records]
    new.insert()
    stories.refresh_heat(store, [entry for one in recorded for entry in one.entries], new.stories)
    audit.record_poll(store, [one.actions for one in recorded])
    return [replace(record.fetch, counts=one.counts) for record, one in zip(records, recorded, strict=True)]


def _record_source(store: Store, record: models.SourceRecord, new: NewEntries) -> _RecordedSource:
    """Record what a source gave, apart from its *new* entries, which are added there."""
    allowed = privacy_erasure.without_suppressed(store, record)
    # Before the state is stored, which says that it has answered now.
    is_first = bool(allowed.entries) and not sources.has_answered(store, allowed.state.url)
    source = sources.store_source(store, allowed.state)
    backlog = _BacklogRule(is_first, _store_versions(store, source, record))
    at = int(allowed.fetch.at.timestamp())
    if allowed.gap:
        sources.store_gap(store, source, allowed.gap)
    new.begin_source()
    recorded = [
        _record_new_entry(store, find, source, at, backlog, new)
        if find.stored_id is None
        else _record_again(store, find, find.stored_id, source, at, backlog, new=new)
        for find in allowed.entries
    ]
    if allowed.ends_thread:
        sources.end_thread(store, source, at)
    counts = sum((entry.counts for entry in recorded), models.NO_MENTIONS)
    fetch = sources.store_fetch(store, source, allowed.fetch, counts)
    actions = [action for entry in recorded for action in entry.actions if action]
    return _RecordedSource([entry.id for entry in recorded], counts, audit.PollActions(at, source, fetch, actions))


def _store_versions(store: Store, source: int, record: models.SourceRecord) -> dict[str, int | None]:
    """Store by which versions a document was matched; return the queries that are edited since the last one."""
    if record.matched_by is None:
        return {}
    edited = query_versions.edited_since_matched(store, source, record.matched_by)
    if record.is_last_page:
        query_versions.store_matched_versions(store, source, record.matched_by, edited, record.broken)
    return edited


class _MentionState(NamedTuple):
    """How a mention is shown."""

    is_shown: bool
    is_suppressed: bool
    voice: str
    subject: str


def record_reevaluation(
    store: Store,
    query: str,
    version: str,
    results: Mapping[int, models.MatchResult | None],
    at: datetime,
    actor: models.Actor = models.Actor.REPLAY,
) -> models.MentionCounts:
    """Store new results of a query by the ids of their entries; `None` hides a mention. The caller has a transaction.

    Mentions that are stored so are backlog: their entries are older than the version of the query.
    """
    now = int(at.timestamp())
    erased = privacy_erasure.load_suppression_list(store)
    before = _mention_states(store, query, results)
    actions = [
        _hide_lost(store, entry, query, before)
        if result is None
        else _store_mention(
            store,
            entry,
            query,
            erased.without_erased_clauses(result),
            version=version,
            at=now,
            is_backlog=True,
            is_first=entry not in before,
        )
        for entry, result in results.items()
    ]
    audit.record_actions(store, now, actor, actions)
    stories.refresh_heat(store, results)
    # Not at the end only: a transaction may change hundreds of thousands of mentions.
    store.seals.save()
    return _edit_counts(before, _mention_states(store, query, results))


def _hide_lost(store: Store, entry: int, query: str, before: Mapping[int, _MentionState]) -> audit.MentionAction | None:
    """Hide a mention that the query does not find any more, unless that is its reason already."""
    hide = "UPDATE mention SET suppressed = ? WHERE entry = ? AND query = ? AND suppressed != ? RETURNING id"
    mention = store.value(hide, [LOST, entry, query, LOST])
    if mention is None:
        return None
    is_hidden = before[entry].is_suppressed
    return audit.MentionAction(models.AuditAction.CHANGED if is_hidden else models.AuditAction.HIDDEN, mention)


def _mention_states(store: Store, query: str, entries: Iterable[int]) -> dict[int, _MentionState]:
    """Return the states of the mentions of a query by the ids of their entries."""
    statement = f"""
        SELECT entry, {selections.SHOWN}, suppressed != '', voice, subject FROM mention
        WHERE query = ? AND entry IN (SELECT value FROM json_each(?))
    """
    listed = store.execute(statement, [query, json.dumps([*entries])])
    return {entry: _MentionState(bool(shown), bool(hidden), *classes) for entry, shown, hidden, *classes in listed}


def _edit_counts(before: Mapping[int, _MentionState], after: Mapping[int, _MentionState]) -> models.MentionCounts:
    """Compare the mentions of a query before and after it was evaluated again."""
    both = [(before[entry], state) for entry, state in after.items() if entry in before]
    return models.MentionCounts(
        backlog=sum(state.is_shown for entry, state in after.items() if entry not in before),
        updated=sum(was.is_shown and now.is_shown and was != now for was, now in both),
        hidden=sum(was.is_shown and not now.is_shown for was, now in both),
        shown=sum(now.is_shown and not was.is_shown for was, now in both),
    )


def _record_new_entry(
    store: Store, find: models.EntryRecord, source: int, at: int, rule: _BacklogRule, new: NewEntries
) -> _RecordedEntry:
    """Add an entry with its sighting, its response and its mentions to the *new* ones; follow its thread."""
    backlog = {query for query in find.results if rule.includes(query, find, None)}
    entry, mentions = new.add(find, source, at, backlog)
    if find.thread:
        sources.follow_thread(store, find.thread, entry, source, at)
    after = {query: _is_shown(result) for query, result in find.results.items()}
    actions: list[audit.MentionAction | None] = [
        audit.MentionAction(models.AuditAction.STORED, mention) for mention in mentions
    ]
    return _RecordedEntry(entry, _mention_counts({}, after, backlog, is_edited=False), actions)


def _record_again(  # noqa: PLR0913 (the facts of a row)
    store: Store,
    find: models.EntryRecord,
    entry: int,
    source: int,
    at: int,
    backlog: _BacklogRule,
    *,
    new: NewEntries,
) -> _RecordedEntry:
    """Record a stored entry: its edit, its sighting, its response, its thread and its mentions."""
    edit = _edit_entry(store, find, entry, source, at)
    store.execute(
        "INSERT INTO sighting (entry, source, first_seen, last_seen, position) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (entry, source) DO UPDATE SET last_seen = excluded.last_seen, position = excluded.position",
        [entry, source, at, at, find.position],
    )
    if responses.store_reading(store, entry, find.entry.response, at):
        # One that was not to be refreshed any more is again.
        reread = rows.seconds(find.refresh_at)
        store.execute("UPDATE entry SET reread = coalesce(reread, ?) WHERE id = ?", [reread, entry])
    if find.thread:
        sources.follow_thread(store, find.thread, entry, source, at)
    return _record_mentions(store, find, entry, at, edit, backlog, new=new)


def _edit_entry(store: Store, find: models.EntryRecord, entry: int, source: int, at: int) -> _EntryEdit:
    """Update a stored entry if this source's version of it is the stored one."""
    stored = next(store.query("SELECT * FROM entry WHERE id = ?", [entry]))
    if not _can_replace(store, stored, find, source):
        revisions.store_version(store, stored, find, source, at)
        return _EntryEdit(is_ours=False)
    row = rows.record_row(find) | {"link": find.link or stored["link"], "owner": source}
    if stored["published"] is not None:
        row["published"] = stored["published"]
    changed = {name: value for name, value in row.items() if value != stored[name]}
    if changed:
        revisions.store_overwritten(store, stored, find, at)
        changes = ", ".join(f"{name} = :{name}" for name in changed)
        store.execute(f"UPDATE entry SET {changes} WHERE id = :id", changed | {"id": entry})
        if not changed.keys().isdisjoint(("title", "text")):
            revisions.detach_evidence(store, entry, [*find.results])
    is_edited = bool(changed) and revisions.has_other_text(stored, find)
    return _EntryEdit(is_edited=is_edited, is_changed=not changed.keys().isdisjoint(audit.CONTENT_OF_ENTRY))


def _can_replace(store: Store, stored: Mapping[str, Any], find: models.EntryRecord, source: int) -> bool:
    """Whether the version of a source replaces the stored one.

    The publisher's own source replaces that of another, and no other replaces that of the publisher. Else a source
    takes an entry over only with a longer text: two that carry it would edit it by turns.
    """
    if stored["owner"] == source:
        return True
    listed = dict(store.execute("SELECT id, url FROM source WHERE id IN (?, ?)", [stored["owner"], source]))
    of_publisher = {
        number: revisions.is_of_publisher(url, stored["url"], stored["publisher"]) for number, url in listed.items()
    }
    if of_publisher[stored["owner"]] != of_publisher[source]:
        return of_publisher[source]
    return len((find.whole or find.entry).text) > int(max(stored["whole"], len(stored["text"])))


def _record_mentions(  # noqa: PLR0913 (the facts of a row)
    store: Store,
    find: models.EntryRecord,
    entry: int,
    at: int,
    edit: _EntryEdit,
    rule: _BacklogRule,
    *,
    new: NewEntries,
) -> _RecordedEntry:
    """Store one mention for each query; a new result replaces the old, decisions stay."""
    before = _shown_queries(store, entry)
    found = store.value("SELECT found FROM entry WHERE id = ?", [entry]) if rule.edited else None
    backlog = {query for query in find.results if rule.includes(query, find, found)}
    actions = [
        _store_mention(
            store,
            entry,
            query,
            result,
            version=find.versions[query],
            at=at,
            is_backlog=query in backlog,
            replaces=edit.is_ours,
            new=new,
        )
        for query, result in find.results.items()
    ]
    if edit.is_changed:
        # A row of the audit holds what was stored of the entry: an edit is an action on each of its mentions.
        acted = {action.mention for action in actions if action}
        numbers = store.column("SELECT id FROM mention WHERE entry = ? ORDER BY id", [entry])
        changed = models.AuditAction.CHANGED
        actions += [audit.MentionAction(changed, number) for number in numbers if number not in acted]
    if any(actions):
        # The stored text may be another one than that which was evaluated, or only a part of it.
        query_versions.reevaluate_at_next_edit(store, entry)
    after = _shown_queries(store, entry)
    return _RecordedEntry(entry, _mention_counts(before, after, backlog, is_edited=edit.is_edited), actions)


def _is_shown(result: models.MatchResult) -> bool:
    return not result.suppressed and result.found_by is models.FoundBy.LOCAL


def _shown_queries(store: Store, entry: int) -> dict[str, bool]:
    """Return the queries with a mention of an entry, and whether each mention is shown."""
    statement = f"SELECT query, {selections.SHOWN} FROM mention WHERE entry = ?"
    return {query: bool(is_shown) for query, is_shown in store.execute(statement, [entry])}


def _mention_counts(
    before: Mapping[str, bool], after: Mapping[str, bool], backlog: Collection[str], *, is_edited: bool
) -> models.MentionCounts:
    """Compare the mentions of an entry before and after it was recorded: whether each is shown, by its query."""
    stored = [query for query, is_shown in after.items() if is_shown and query not in before]
    both = [(before[query], is_shown) for query, is_shown in after.items() if query in before]
    return models.MentionCounts(
        new=sum(query not in backlog for query in stored),
        backlog=sum(query in backlog for query in stored),
        updated=sum(is_edited and was_shown and is_shown for was_shown, is_shown in both),
        hidden=sum(was_shown and not is_shown for was_shown, is_shown in both),
        shown=sum(is_shown and not was_shown for was_shown, is_shown in both),
    )


def _store_mention(  # noqa: PLR0913 (the facts of a row)
    store: Store,
    entry: int,
    query: str,
    result: models.MatchResult,
    *,
    version: str,
    at: int,
    is_backlog: bool = False,
    is_first: bool = False,
    replaces: bool = True,
    new: NewEntries | None = None,
) -> audit.MentionAction | None:
    """Store a result; a mention that exists keeps its status, and everything else too unless *replaces*.

    *is_first*: there is no mention yet; *new* are mentions that are still to be inserted. Return what was done, `None`
    for nothing.
    """
    evaluated = rows.result_row(result) | {"query_version": version}
    before, action = None, models.AuditAction.STORED
    if not is_first:
        statement = f"SELECT mention.*, {rows.PEOPLE} FROM mention WHERE entry = ? AND query = ?"
        before = next(store.query(statement, [entry, query]), None)
    if before:
        if not replaces:
            return None
        if before["expiring"] is not None and not result.suppressed:
            # A new result does not end what retention has begun.
            evaluated["suppressed"] = EXPIRING
        elif before["suppressed"] == DAMAGED and not result.suppressed:
            # Only a verification shows it again.
            evaluated["suppressed"] = DAMAGED
        changed = _action(before, evaluated, result)
        if changed is None:
            return None
        action = changed
        # With the anchors go the people who are tied to them.
        store.execute("DELETE FROM anchor WHERE mention = ?", [before["id"]])
    row = rows.mention_row(entry, query, result, version, at, is_backlog=is_backlog) | evaluated
    if new and not before:
        row["id"] = new.take_mention()
    changes = ", ".join(f"{name} = excluded.{name}" for name in evaluated)
    statement = (
        f"{rows.insertion('mention', tuple(row))} ON CONFLICT (entry, query) DO UPDATE SET {changes} RETURNING id"
    )
    mention = int(store.value(statement, row))
    anchors, people = rows.people_rows(mention, result)
    store.execute_many(INSERT_ANCHOR, anchors)
    store.execute_many(INSERT_PERSON, people)
    return audit.MentionAction(action, mention)


def _action(
    before: Mapping[str, Any], after: Mapping[str, Any], result: models.MatchResult
) -> models.AuditAction | None:
    """Return the action of a new result on a mention, `None` if it is the same result."""
    if bool(before["suppressed"]) != bool(after["suppressed"]):
        return models.AuditAction.HIDDEN if after["suppressed"] else models.AuditAction.SHOWN
    is_same = all(before[name] == value for name, value in after.items() if name != "evidence")
    evidence = rows.evidence(before["evidence"], before["people"])
    return None if is_same and evidence == result.evidence else models.AuditAction.CHANGED
