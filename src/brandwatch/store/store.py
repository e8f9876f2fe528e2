"""The store's one face: everything the other rooms ask of the database."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from brandwatch import clock
from brandwatch.models import Coverage, Gap
from brandwatch.store import (
    conversations,
    heat,
    hours,
    replays,
    responses,
    rows,
    search,
    selections,
    stats,
    stories,
    story_selections,
    visits,
)
from brandwatch.store.custody import Custody
from brandwatch.store.desk import Desk
from brandwatch.store.transactions import writing
from brandwatch.store.trouble import translating
from brandwatch.urls import are_two_parts, canonical

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime
    from pathlib import Path

    from sqlite_utils import Database

    from brandwatch.models import (
        Conversation,
        Counted,
        Due,
        Fetch,
        HandMade,
        Hour,
        Judgement,
        Mention,
        Need,
        Reach,
        Selection,
        Sighting,
        Snapshot,
        SourceState,
        Stored,
        Story,
        Tally,
        Visit,
    )
    from brandwatch.store.replays import Candidate
    from brandwatch.stories import Heat

# SQLite allows 32,766 parameters in a statement; two lists of this many stay far below.
_BATCH = 5_000


class Store:
    """An open database. Every method raises StoreError if the database cannot do what is asked."""

    def __init__(self, db: Database, path: Path) -> None:
        self._db = db
        self._path = path
        self.desk = Desk(db, path)
        self.custody = Custody(db, path)
        db.register_function(search.holds, deterministic=True)

    def record(self, visit: Visit) -> Fetch:
        """Keep a visit, all of it or nothing, in one transaction; return its fetch with the new mentions counted.

        What was erased once is left out.
        """
        with translating(self._path), self._writing():
            new = visits.keep(self._db, self.custody.tombstones.without(visit))
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
        with translating(self._path):
            return tuple(map(rows.source_state, self._db.query(statement)))

    def conversations(self, now: datetime | None = None) -> tuple[Conversation, ...]:
        """Return the conversations that are followed now; without a moment those that ever were."""
        with translating(self._path):
            return conversations.running(self._db, now)

    def read_since(self, url: str, since: datetime) -> int:
        """Return how many entries the answers of a source held since then."""
        statement = "SELECT coalesce(sum(fetch.entries), 0) FROM fetch JOIN source ON source.id = fetch.source"
        with translating(self._path):
            parameters = [url, rows.seconds(since)]
            return int(self._db.execute(f"{statement} WHERE url = ? AND at >= ?", parameters).fetchone()[0])

    def twins(self, guids: Sequence[str], links: Sequence[str]) -> tuple[Stored, ...]:
        """Return the stored entries that share one of the guids or of the canonical links, oldest first."""
        found: dict[int, Stored] = {}
        with translating(self._path):
            for column, keys in (("link", links), ("guid", guids)):
                for start in range(0, len(keys), _BATCH):
                    batch = keys[start : start + _BATCH]
                    marks = ", ".join("?" * len(batch))
                    # The first half of the condition is what makes the partial index usable.
                    statement = f"SELECT * FROM entry WHERE {column} != '' AND {column} IN ({marks})"
                    for row in self._db.query(statement, batch):
                        found[row["id"]] = rows.stored(row)
        return tuple(found[number] for number in sorted(found))

    def mentions(self, selection: Selection) -> Iterator[Mention]:
        """Yield the selected mentions one by one."""
        with translating(self._path):
            yield from selections.mentions(self._db, selection)

    def count(self, selection: Selection) -> int | None:
        """Return how many mentions are selected, whatever the limit; `None` where it would take long to count them."""
        with translating(self._path):
            return selections.count(self._db, selection)

    def tallies(self, selection: Selection, by: str) -> tuple[Tally, ...]:
        """Return the selected mentions counted by one of `stats.VALUES` and by day."""
        with translating(self._path):
            return stats.tallies(self._db, selection, by)

    def speakers(self, selection: Selection, by: str) -> dict[str, int]:
        """Return how many people at most the selected mentions of staff with each value are by or about."""
        with translating(self._path):
            return stats.speakers(self._db, selection, by)

    def reaches(self, selection: Selection, by: str) -> dict[str, Reach]:
        """Return of how many stories the selected mentions of each value are, and how many publishers carry them."""
        with translating(self._path):
            return stats.reaches(self._db, selection, by)

    def hours(self, selection: Selection, people: Collection[str] = ()) -> tuple[Hour, ...]:
        """Return the hours in which each query was mentioned; in sources of the kinds of *people* all is news."""
        with translating(self._path):
            return hours.hours(self._db, selection, people)

    def kinds(self) -> tuple[str, ...]:
        """Return the kinds of the sources that were ever asked."""
        with translating(self._path):
            return tuple(kind for (kind,) in self._db.execute("SELECT DISTINCT kind FROM source ORDER BY kind"))

    def mention(self, mention_id: int) -> Mention | None:
        """Return one mention."""
        with translating(self._path):
            return selections.mention(self._db, mention_id)

    def sightings(self, mention_id: int) -> tuple[Sighting, ...]:
        """Return where the entry of a mention was seen."""
        with translating(self._path):
            return selections.sightings(self._db, mention_id)

    def readings(self, mention_id: int) -> tuple[Snapshot, ...]:
        """Return how the entry of a mention was answered, over time."""
        with translating(self._path):
            return responses.readings(self._db, mention_id)

    def to_reread(self, sources: Collection[str], now: datetime, limit: int) -> list[Due]:
        """Return at most *limit* entries, seen through one of the sources, whose responses are to be read again."""
        with translating(self._path):
            return responses.due(self._db, sources, now, limit)

    def keep_readings(self, counted: Iterable[Counted], at: datetime) -> None:
        """Keep what one answer counted, and when to read again, in one transaction."""
        with translating(self._path), self._writing():
            read = list(counted)
            responses.keep_all(self._db, read, int(at.timestamp()))
            heat.refresh(self._db, [one.id for one in read])

    def candidates(self, query: str, need: Need | None, since: datetime | None) -> Iterator[Candidate]:
        """Yield the stored entries since then that a query may concern, one by one, with its mentions of them."""
        with translating(self._path):
            yield from replays.candidates(self._db, query, need, since)

    def rejudge(self, query: str, version: str, judgements: Mapping[int, Judgement | None], at: datetime) -> None:
        """Keep new judgements of a query by the ids of their entries, in one transaction; `None` hides a mention."""
        with translating(self._path), self._writing():
            told = {entry: one and self.custody.tombstones.of_judgement(one) for entry, one in judgements.items()}
            replays.apply(self._db, query, version, told, at)
            heat.refresh(self._db, judgements)

    def stories(
        self, selection: Selection, sort: str = "heat", counts: Mapping[int, int] | None = None
    ) -> Iterator[Story]:
        """Yield the stories of the selected mentions; *counts* are those per story, where somebody counted them."""
        with translating(self._path):
            yield from story_selections.stories(self._db, selection, sort, counts)

    def story(self, number: int) -> Story | None:
        """Return one story, `None` where there is none that has something to show."""
        with translating(self._path):
            return story_selections.story(self._db, number)

    def copies(self, number: int) -> tuple[Mention, ...]:
        """Return the mentions of a story, each with the reason why it belongs to it."""
        with translating(self._path):
            return story_selections.copies(self._db, number)

    def decisions(self, number: int) -> tuple[HandMade, ...]:
        """Return what somebody decided about a story."""
        with translating(self._path):
            return story_selections.decisions(self._db, number)

    def carriers(self, numbers: Iterable[int]) -> int:
        """Return how many publishers carry one or other of the stories."""
        with translating(self._path):
            return story_selections.publishers(self._db, numbers)

    def heat(self, number: int) -> Heat | None:
        """Return what makes a story hot, `None` where nothing of it is shown."""
        with translating(self._path):
            return next((added.heat for _, added in heat.summaries(self._db, [number])), None)

    def merge(self, story: int, others: Collection[int], at: datetime) -> None:
        """Let a story take over those of some others, in one transaction."""
        with translating(self._path), self._writing():
            for other in others:
                stories.merge(self._db, story, other, int(at.timestamp()))

    def split(self, story: int, mentions: Collection[int], at: datetime) -> int | None:
        """Give the entries of mentions of a story one of their own, in one transaction; `None` if those are all."""
        with translating(self._path), self._writing():
            return stories.split(self._db, story, mentions, int(at.timestamp()))

    def find_entry(self, url: str) -> Stored | None:
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
            followed=len(followed),
            unheard=tuple((url, states[url].fetch_class or "") for url in followed if states[url].error),
        )

    def gaps(self, since: datetime | None = None) -> tuple[Gap, ...]:
        """Return the intervals in which entries were missed, that ended after *since*, oldest first."""
        statement = (
            "SELECT source.url, gap.* FROM gap JOIN source ON source.id = gap.source"
            " WHERE gap.until >= ? ORDER BY gap.until"
        )
        with translating(self._path):
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
        with translating(self._path):
            return bytes(self._db.execute("SELECT key FROM secret").fetchone()[0])

    def _writing(self) -> AbstractContextManager[None]:
        """Return a transaction that writes."""
        return writing(self._db)
