"""All that other packages ask of the database."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from brandwatch import clock
from brandwatch.models import Coverage, Gap
from brandwatch.privacy.subject_search import SubjectFinder
from brandwatch.storage import (
    poll_clock,
    privacy_erasure,
    privacy_retention,
    privacy_search,
    recording,
    reevaluation,
    responses,
    rows,
    search,
    selections,
    stats,
    story_selections,
    threads,
    triage,
)
from brandwatch.storage.audit import events, verify_chain
from brandwatch.storage.privacy_suppression import SuppressionList
from brandwatch.storage.stories import merge_stories, refresh_heat, split_story, summaries
from brandwatch.storage.transactions import transaction, wrap_sqlite_errors
from brandwatch.urls import are_two_parts, canonical

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime, timedelta
    from pathlib import Path

    from sqlite_utils import Database

    from brandwatch.models import (
        AuditEvent,
        AuditVerification,
        Erasure,
        Fetch,
        HourCount,
        MatchResult,
        Mention,
        PersonalDataRow,
        PollClock,
        Prefilter,
        Reach,
        RefreshDue,
        ResponseReading,
        ResponseSnapshot,
        Retention,
        Selection,
        Sighting,
        SourceRecord,
        SourceState,
        StoredEntry,
        Story,
        StoryDecision,
        SubjectRequest,
        Tally,
        Thread,
        TriageBatch,
        TriageChange,
        TriageDecision,
        TriageOrigin,
        TriageState,
    )
    from brandwatch.storage.reevaluation import ReevaluationCandidate
    from brandwatch.stories import Heat


# SQLite allows 32,766 parameters in a statement; two lists of this many stay far below.
_BATCH = 5_000


class Store:
    """An open database. Every method raises StoreError if the database cannot do what is asked."""

    def __init__(self, db: Database, path: Path) -> None:
        self._db = db
        self._path = path
        self.desk = TriageDesk(db, path)
        self.custody = PrivacyDesk(db, path)
        db.register_function(search.text_holds, deterministic=True)

    def record(self, visit: SourceRecord) -> Fetch:
        """Keep a visit, all of it or nothing, in one transaction; return its fetch with the new mentions counted.

        What was erased once is left out.
        """
        with wrap_sqlite_errors(self._path), self._writing():
            new = recording.store_record(self._db, self.custody.tombstones.without(visit))
        return replace(visit.fetch, new=new) if new else visit.fetch

    def sources(self) -> tuple[SourceState, ...]:
        """Return every source that was ever asked, by its URL, with its mentions counted."""
        counted = (
            "SELECT sighting.source, count(*) AS mentions"
            " FROM mention INDEXED BY mention_by_time CROSS JOIN sighting ON sighting.entry = mention.entry"
            " WHERE mention.suppressed = '' AND mention.matched = 'local' GROUP BY sighting.source"
        )
        statement = (
            "SELECT source.*, coalesce(counted.mentions, 0) AS mentions FROM source"
            f" LEFT JOIN ({counted}) AS counted ON counted.source = source.id ORDER BY url"
        )
        return self._states(statement)

    def states(self) -> tuple[SourceState, ...]:
        """Return every source that was ever asked, by its URL, as it is; to count mentions is to go through them."""
        return self._states("SELECT *, 0 AS mentions FROM source ORDER BY url")

    def _states(self, statement: str) -> tuple[SourceState, ...]:
        """Return the sources that a statement finds."""
        with wrap_sqlite_errors(self._path):
            return tuple(map(rows.source_state, self._db.query(statement)))

    def conversations(self, now: datetime | None = None) -> tuple[Thread, ...]:
        """Return the conversations that are followed now; without a moment those that ever were."""
        with wrap_sqlite_errors(self._path):
            return threads.followed_threads(self._db, now)

    def read_since(self, url: str, since: datetime) -> int:
        """Return how many entries the answers of a source held since then."""
        statement = "SELECT coalesce(sum(fetch.entries), 0) FROM fetch JOIN source ON source.id = fetch.source"
        with wrap_sqlite_errors(self._path):
            parameters = [url, rows.seconds(since)]
            return int(self._db.execute(f"{statement} WHERE url = ? AND at >= ?", parameters).fetchone()[0])

    def twins(self, guids: Sequence[str], links: Sequence[str]) -> tuple[StoredEntry, ...]:
        """Return the stored entries that share one of the guids or of the canonical links, oldest first."""
        found: dict[int, StoredEntry] = {}
        with wrap_sqlite_errors(self._path):
            for column, keys in (("link", links), ("guid", guids)):
                for start in range(0, len(keys), _BATCH):
                    batch = keys[start : start + _BATCH]
                    marks = ", ".join("?" * len(batch))
                    # The first half of the condition is what makes the partial index usable.
                    statement = f"SELECT * FROM entry WHERE {column} != '' AND {column} IN ({marks})"
                    for row in self._db.query(statement, batch):
                        found[row["id"]] = rows.stored_entry(row)
        return tuple(found[number] for number in sorted(found))

    def mentions(self, selection: Selection) -> Iterator[Mention]:
        """Yield the selected mentions one by one."""
        with wrap_sqlite_errors(self._path):
            yield from selections.select_mentions(self._db, selection)

    def count(self, selection: Selection) -> int | None:
        """Return how many mentions are selected, whatever the limit; `None` where it would take long to count them."""
        with wrap_sqlite_errors(self._path):
            return selections.count_mentions(self._db, selection)

    def tallies(self, selection: Selection, by: str) -> tuple[Tally, ...]:
        """Return the selected mentions counted by one of `stats.VALUES` and by day."""
        with wrap_sqlite_errors(self._path):
            return stats.tallies(self._db, selection, by)

    def speakers(self, selection: Selection, by: str) -> dict[str, int]:
        """Return how many people at most the selected mentions of staff with each value are by or about."""
        with wrap_sqlite_errors(self._path):
            return stats.speaker_counts(self._db, selection, by)

    def reaches(self, selection: Selection, by: str) -> dict[str, Reach]:
        """Return of how many stories the selected mentions of each value are, and how many publishers carry them."""
        with wrap_sqlite_errors(self._path):
            return stats.story_reach(self._db, selection, by)

    def hours(self, selection: Selection, people: Collection[str] = ()) -> tuple[HourCount, ...]:
        """Return the hours in which each query was mentioned; in sources of the kinds of *people* all is news."""
        with wrap_sqlite_errors(self._path):
            return stats.mention_hours(self._db, selection, people)

    def kinds(self) -> tuple[str, ...]:
        """Return the kinds of the sources that were ever asked."""
        with wrap_sqlite_errors(self._path):
            return tuple(kind for (kind,) in self._db.execute("SELECT DISTINCT kind FROM source ORDER BY kind"))

    def mention(self, mention_id: int) -> Mention | None:
        """Return one mention."""
        with wrap_sqlite_errors(self._path):
            return selections.mention_by_id(self._db, mention_id)

    def sightings(self, mention_id: int) -> tuple[Sighting, ...]:
        """Return where the entry of a mention was seen."""
        with wrap_sqlite_errors(self._path):
            return selections.sightings_of(self._db, mention_id)

    def readings(self, mention_id: int) -> tuple[ResponseSnapshot, ...]:
        """Return how the entry of a mention was answered, over time."""
        with wrap_sqlite_errors(self._path):
            return responses.response_readings(self._db, mention_id)

    def to_reread(self, sources: Collection[str], now: datetime, limit: int) -> list[RefreshDue]:
        """Return at most *limit* entries, seen through one of the sources, whose responses are to be read again."""
        with wrap_sqlite_errors(self._path):
            return responses.refresh_due(self._db, sources, now, limit)

    def keep_readings(self, counted: Iterable[ResponseReading], at: datetime) -> None:
        """Keep what one answer counted, and when to read again, in one transaction."""
        with wrap_sqlite_errors(self._path), self._writing():
            read = list(counted)
            responses.store_readings(self._db, read, int(at.timestamp()))
            refresh_heat(self._db, [one.id for one in read])

    def candidates(self, query: str, need: Prefilter | None, since: datetime | None) -> Iterator[ReevaluationCandidate]:
        """Yield the stored entries since then that a query may concern, one by one, with its mentions of them."""
        with wrap_sqlite_errors(self._path):
            yield from reevaluation.reevaluation_candidates(self._db, query, need, since)

    def rejudge(self, query: str, version: str, judgements: Mapping[int, MatchResult | None], at: datetime) -> None:
        """Keep new judgements of a query by the ids of their entries, in one transaction; `None` hides a mention."""
        with wrap_sqlite_errors(self._path), self._writing():
            told = {entry: one and self.custody.tombstones.of_judgement(one) for entry, one in judgements.items()}
            reevaluation.apply_results(self._db, query, version, told, at)
            refresh_heat(self._db, judgements)

    def stories(
        self, selection: Selection, sort: str = "heat", counts: Mapping[int, int] | None = None
    ) -> Iterator[Story]:
        """Yield the stories of the selected mentions; *counts* are those per story, where somebody counted them."""
        with wrap_sqlite_errors(self._path):
            yield from story_selections.select_stories(self._db, selection, sort, counts)

    def story(self, number: int) -> Story | None:
        """Return one story, `None` where there is none that has something to show."""
        with wrap_sqlite_errors(self._path):
            return story_selections.story_by_id(self._db, number)

    def copies(self, number: int) -> tuple[Mention, ...]:
        """Return the mentions of a story, each with the reason why it belongs to it."""
        with wrap_sqlite_errors(self._path):
            return story_selections.story_mentions(self._db, number)

    def decisions(self, number: int) -> tuple[StoryDecision, ...]:
        """Return what somebody decided about a story."""
        with wrap_sqlite_errors(self._path):
            return story_selections.story_decisions(self._db, number)

    def carriers(self, numbers: Iterable[int]) -> int:
        """Return how many publishers carry one or other of the stories."""
        with wrap_sqlite_errors(self._path):
            return story_selections.count_story_publishers(self._db, numbers)

    def heat(self, number: int) -> Heat | None:
        """Return what makes a story hot, `None` where nothing of it is shown."""
        with wrap_sqlite_errors(self._path):
            return next((added.heat for _, added in summaries(self._db, [number])), None)

    def merge(self, story: int, others: Collection[int], at: datetime) -> None:
        """Let a story take over those of some others, in one transaction."""
        with wrap_sqlite_errors(self._path), self._writing():
            for other in others:
                merge_stories(self._db, story, other, int(at.timestamp()))

    def split(self, story: int, mentions: Collection[int], at: datetime) -> int | None:
        """Give the entries of mentions of a story one of their own, in one transaction; `None` if those are all."""
        with wrap_sqlite_errors(self._path), self._writing():
            return split_story(self._db, story, mentions, int(at.timestamp()))

    def find_entry(self, url: str) -> StoredEntry | None:
        """Return the stored entry that a link leads to; a comment is told from the others on its page."""
        found = self.twins([], [canonical(url)])
        return next((one for one in found if not are_two_parts(url, one.entry.url)), None)

    def coverage(self, expected: Collection[str], since: datetime | None) -> Coverage:
        """Return which of the *expected* source URLs (none: all ever asked) answered after *since*, and which fail."""
        states = {state.url: state for state in self.states()}
        below = frozenset() if expected else frozenset(one.url for one in self.conversations())
        urls = dict.fromkeys(expected or (url for url in states if url not in below))
        followed = [one.url for one in self.conversations(clock.now()) if one.through in urls]
        known = [states[url] for url in urls if url in states]
        seen = [state for state in known if state.last_success and (since is None or state.last_success >= since)]
        return Coverage(
            expected=len(urls),
            seen=len(seen),
            failures=tuple((state.url, state.fetch_class or "") for state in known if state.error),
            gaps=tuple(gap for gap in self.gaps(since) if gap.source in urls),
            first_polls=tuple((state.url, state.first_poll) for state in known if state.first_poll),
            threads=len(followed),
            failing_threads=tuple((url, states[url].fetch_class or "") for url in followed if states[url].error),
        )

    def gaps(self, since: datetime | None = None) -> tuple[Gap, ...]:
        """Return the intervals in which entries were missed, that ended after *since*, oldest first."""
        statement = (
            "SELECT source.url, gap.* FROM gap JOIN source ON source.id = gap.source"
            " WHERE gap.until >= ? ORDER BY gap.until"
        )
        with wrap_sqlite_errors(self._path):
            return tuple(
                Gap(
                    source=row["url"],
                    start=rows.moment(row["since"]),
                    end=rows.moment(row["until"]),
                    reason=row["reason"],
                )
                for row in self._db.query(statement, [rows.seconds(since) or 0])
            )

    def key(self) -> bytes:
        """Return the secret of this database, for hashes by which something is known again and not told."""
        with wrap_sqlite_errors(self._path):
            return bytes(self._db.execute("SELECT key FROM secret").fetchone()[0])

    def _writing(self) -> AbstractContextManager[None]:
        """Return a transaction that writes."""
        return transaction(self._db)


class TriageDesk:
    """What analysts decide. Every method raises StoreError if the database cannot do what is asked."""

    def __init__(self, db: Database, path: Path) -> None:
        self._db = db
        self._path = path

    def decide(
        self,
        mentions: Collection[int],
        judge: Callable[[Mapping[int, TriageState]], Mapping[int, TriageChange]],
        via: TriageOrigin,
        at: datetime,
        *,
        is_trial: bool = False,
    ) -> TriageBatch:
        """Change mentions as *judge* says who is told how they stand, in one transaction; a trial leaves all as it is.

        Ids that there are no mentions of are not among what *judge* is told; what it raises changes nothing.
        """
        with wrap_sqlite_errors(self._path), transaction(self._db, keeps=not is_trial):
            changes = judge(triage.triage_states(self._db, mentions))
            return triage.decide(self._db, changes, via, int(at.timestamp()))

    def undo(self, via: TriageOrigin, at: datetime, step: int | None = None, *, is_trial: bool = False) -> TriageBatch:
        """Take back a step of decisions, the last one where none is named; what was decided since then stays."""
        with wrap_sqlite_errors(self._path), transaction(self._db, keeps=not is_trial):
            return triage.undo(self._db, via, int(at.timestamp()), step)

    def history(self, mention: int) -> tuple[TriageDecision, ...]:
        """Return what was decided of a mention, oldest first."""
        with wrap_sqlite_errors(self._path):
            return triage.decisions_of(self._db, mention)

    def tags(self) -> tuple[str, ...]:
        """Return the tags that mentions have."""
        with wrap_sqlite_errors(self._path):
            return triage.known_tags(self._db)


class PrivacyDesk:
    """Retention, erasure and audit. Every method raises StoreError if the database cannot do what is asked."""

    def __init__(self, db: Database, path: Path) -> None:
        self._db = db
        self._path = path

    def holding(self, wanted: SubjectRequest) -> list[PersonalDataRow]:
        """Return every row of every table that holds what is wanted, or goes with one that does."""
        with wrap_sqlite_errors(self._path):
            return privacy_search.personal_data_rows(self._db, SubjectFinder(wanted))

    def forget(self, wanted: SubjectRequest, at: datetime) -> Erasure:
        """Erase what is wanted from all tables, and keep it from coming back, in one transaction."""
        with wrap_sqlite_errors(self._path), transaction(self._db), self._burying():
            return privacy_erasure.erase(self._db, SubjectFinder(wanted), at)

    def compact(self) -> None:
        """Leave nothing in the file of what is in no row; raise StoreError where another program keeps it there."""
        with wrap_sqlite_errors(self._path):
            privacy_erasure.compact(self._db)

    def clock(self) -> PollClock:
        """Return the clock of the last poll."""
        with wrap_sqlite_errors(self._path):
            return poll_clock.read(self._db)

    def keep_clock(self, clock: PollClock, correction: timedelta) -> None:
        """Keep the clock of a poll, in one transaction; a trusted one dates anew what polls without one have stored."""
        with wrap_sqlite_errors(self._path), transaction(self._db):
            poll_clock.keep(self._db, clock, correction)

    def overdue(self, keeping: Mapping[str, Retention | None], now: datetime, limit: int) -> int:
        """Return how many mentions, up to *limit*, are older than their query keeps them; see `expire`."""
        with wrap_sqlite_errors(self._path):
            return len(privacy_retention.overdue_mentions(self._db, keeping, now, limit))

    def expire(self, keeping: Mapping[str, Retention | None], now: datetime, limit: int) -> int:
        """Let go of at most *limit* mentions that are too old, in one transaction; return how many went.

        A query that *keeping* does not know is kept as one that says nothing; one of which it knows `None` is left.
        """
        with wrap_sqlite_errors(self._path):
            found = privacy_retention.overdue_mentions(self._db, keeping, now, limit)
            if found:
                with transaction(self._db), self._burying():
                    privacy_retention.expire_mentions(self._db, found, now)
        return len(found)

    def tidy(self, longest: timedelta, now: datetime) -> None:
        """Let go of what is known of sources and is older than any mention, in one transaction."""
        with wrap_sqlite_errors(self._path), transaction(self._db):
            privacy_retention.tidy_sources(self._db, longest, now)

    def audit(
        self,
        *,
        mentions: Sequence[int] = (),
        queries: Sequence[str] = (),
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Iterator[AuditEvent]:
        """Yield what was done: to some mentions, those of some queries, in a time, or all of it."""
        with wrap_sqlite_errors(self._path):
            yield from events(self._db, mentions=mentions, queries=queries, since=since, until=until)

    def verified(self) -> AuditVerification:
        """Look through the chain of what was done."""
        with wrap_sqlite_errors(self._path):
            return verify_chain(self._db)

    @cached_property
    def tombstones(self) -> SuppressionList:
        """What was erased; only who holds the lock adds to it."""
        return SuppressionList(self._db)

    @contextmanager
    def _burying(self) -> Iterator[None]:
        """Read the tombstones again after there are more."""
        yield
        self.__dict__.pop("tombstones", None)
