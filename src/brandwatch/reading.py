"""Read one answer without touching anything: how the fetch ended, what the source's state becomes, what matched."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple, assert_never

from brandwatch import schedule, secrets, stories, windows
from brandwatch.errors import FetchError, ParseError
from brandwatch.models import Document, Fetch, FetchClass, Request
from brandwatch.parse import Known

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime, timedelta
    from typing import Protocol

    from brandwatch.match import Matcher
    from brandwatch.models import Entry, Feed, Gap, Judgement, Source, SourceState

    class Parse(Protocol):
        """What turns a document into a feed, without the entries that are known."""

        def __call__(self, document: Document, *, known: Known | None = None) -> Feed:
            """Return the feed in *document*."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One source that is due: what is known of it, and its interval, `None` for one that is learned."""

    source: Source
    state: SourceState
    interval: timedelta | None


class Matched(NamedTuple):
    """An entry that concerns a query: its place in the document, what it is known by, the judgements."""

    position: int
    entry: Entry
    identity: stories.Identity
    judgements: dict[str, Judgement]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """An answer, read."""

    fetch: Fetch
    state: SourceState
    matched: tuple[Matched, ...] = ()
    gap: Gap | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """What one poll knows while it goes from source to source: queries, bounds, the moment, the secrets."""

    matcher: Callable[[], Matcher]
    parse: Parse
    queries_hash: bytes
    key: bytes
    now: datetime
    bounds: schedule.Bounds
    environ: Mapping[str, str]

    def request(self, plan: Plan) -> Request:
        """Return what to ask: conditional only if everything in the last answer was matched against these queries."""
        state, url = plan.state, secrets.expanded(plan.source.url, self.environ)
        if state.queries_hash != self.queries_hash or not schedule.may_be_conditional(state, self.now):
            return Request(url=url)
        return Request(url=url, etag=state.etag, last_modified=state.last_modified)

    def read(self, plan: Plan, answer: Document | FetchError) -> Reading:
        """Read one answer."""
        match answer:
            case FetchError():
                return self._failed(plan, answer)
            case Document(not_modified=True):
                return self._unchanged(plan, answer, FetchClass.NOT_MODIFIED)
            case Document():
                return self._read_document(plan, answer)
            case _:
                assert_never(answer)

    def _read_document(self, plan: Plan, document: Document) -> Reading:
        """Read a body: the same as last time, a feed, or no feed at all."""
        digest = hashlib.blake2b(document.body, digest_size=32).digest()
        if digest == plan.state.body_hash and plan.state.queries_hash == self.queries_hash:
            return self._unchanged(plan, document, FetchClass.SAME)
        try:
            known, feed = self._parsed(plan.state, document)
        except ParseError as error:
            return self._failed(plan, error, document)
        return self._read_feed(plan, document, feed, digest, known)

    def _parsed(self, state: SourceState, document: Document) -> tuple[dict[bytes, bytes], Feed]:
        """Return the feed without the entries that were matched before, and by what these are known.

        All are read where something outside them changed that reaches into each.
        """
        known = windows.known(state) if state.queries_hash == self.queries_hash else {}
        feed = self.parse(document, known=Known(known, self.key))
        if known and (feed.title, feed.language) != (state.title, state.language):
            known, feed = {}, self.parse(document, known=Known((), self.key))
        return known, feed

    def _read_feed(
        self, plan: Plan, document: Document, feed: Feed, digest: bytes, known: dict[bytes, bytes]
    ) -> Reading:
        """Match the entries of a feed; keep validators only if the body was whole, so that a loss is asked again."""
        hashes = (windows.hashed(windows.name(entry), self.key) for entry in feed.entries)
        window = windows.window(feed, hashes, known)
        gap = windows.missed(plan.state, window, feed, self.now) if plan.state.window else None
        whole = not feed.problem
        fetch_class = FetchClass.PARTIAL if not whole else FetchClass.OK if feed.size else FetchClass.EMPTY
        learned = replace(
            plan.state,
            title=feed.title,
            rights=feed.rights,
            language=feed.language,
            etag=document.etag if whole else "",
            last_modified=document.last_modified if whole else "",
            body_hash=digest if whole else b"",
            queries_hash=self.queries_hash,
            entries=feed.size,
            window=window or plan.state.window,
            digests=b"".join(feed.digests) if whole else b"",
            rhythm=schedule.rhythm(feed) or plan.state.rhythm,
            newest=schedule.newest(feed, self.now) or plan.state.newest,
            last_new=self.now if windows.count_new(plan.state.window, window) else plan.state.last_new,
            last_full=self.now,
            last_gap=self.now if gap else plan.state.last_gap,
        )
        state = replace(self._succeeded(plan, learned, document, fetch_class, feed), error=feed.problem)
        fetch = self._fetch(document, fetch_class, feed.size, feed.problem)
        return Reading(
            fetch=fetch, state=state, matched=self._matched(plan, feed, windows.skipped(feed, known)), gap=gap
        )

    def _matched(self, plan: Plan, feed: Feed, skipped: frozenset[bytes]) -> tuple[Matched, ...]:
        """Return the entries that concern a query; *skipped* are the hashes of those that were matched before."""
        source, places = plan.source, feed.positions or range(len(feed.entries))
        judged = [self.matcher().judge(entry, source=source.url, kind=source.kind) for entry in feed.entries]
        if not any(judged):
            return ()
        identities = stories.identities(feed.entries, lambda guid: windows.hashed(guid, self.key) in skipped)
        found = map(Matched, places, feed.entries, identities, judged)
        return tuple(matched for matched in found if matched.judgements)

    def _unchanged(self, plan: Plan, document: Document, fetch_class: FetchClass) -> Reading:
        """Read an answer that brings nothing new."""
        known = replace(
            plan.state,
            etag=document.etag or plan.state.etag,
            last_modified=document.last_modified or plan.state.last_modified,
            last_full=plan.state.last_full if document.not_modified else self.now,
        )
        state = self._succeeded(plan, known, document, fetch_class)
        return Reading(fetch=self._fetch(document, fetch_class, plan.state.entries), state=state)

    def _succeeded(
        self, plan: Plan, state: SourceState, document: Document, fetch_class: FetchClass, feed: Feed | None = None
    ) -> SourceState:
        """Return the state of a source that answered, with the next time to ask."""
        state = replace(
            state,
            fetch_class=fetch_class,
            error="",
            moved_to=self._hidden(plan, document.moved_to),
            failures=0,
            gones=0,
            trouble=schedule.trouble(state.trouble, failed=False),
            last_poll=self.now,
            last_success=self.now,
        )
        floor = max(plan.interval or feed.ttl, feed.ttl) if feed and feed.ttl else plan.interval
        due = schedule.after_success(
            state, self.now, interval=floor, bounds=self.bounds, fresh_until=document.fresh_until
        )
        return replace(state, next_due=schedule.skips(feed.skip_hours, due) if feed else due)

    def _failed(self, plan: Plan, error: FetchError | ParseError, document: Document | None = None) -> Reading:
        """Read a failure: what counts as seen stays as it was, and the pause doubles up to a day."""
        fetch_class = FetchClass(error.fetch_class)
        status = document.status if document else error.status if isinstance(error, FetchError) else None
        message = self._hidden(plan, error.message)
        state = replace(
            plan.state,
            fetch_class=fetch_class,
            error=message,
            failures=plan.state.failures + 1,
            gones=plan.state.gones + 1 if fetch_class is FetchClass.GONE else 0,
            trouble=schedule.trouble(plan.state.trouble, failed=True),
            last_poll=self.now,
        )
        retry_at = error.retry_at if isinstance(error, FetchError) else None
        due = schedule.after_failure(state, self.now, interval=plan.interval, bounds=self.bounds, retry_at=retry_at)
        size = len(document.body) if document else 0
        fetch = Fetch(at=self.now, fetch_class=fetch_class, status=status, size=size, error=message)
        return Reading(fetch=fetch, state=replace(state, next_due=due))

    def _fetch(self, document: Document, fetch_class: FetchClass, entries: int, error: str = "") -> Fetch:
        """Return the exchange that gave a document."""
        return Fetch(
            at=self.now,
            fetch_class=fetch_class,
            status=document.status,
            size=len(document.body),
            entries=entries,
            error=error,
        )

    def _hidden(self, plan: Plan, text: str) -> str:
        """Return text without the secrets of the source it is about."""
        return secrets.hidden(text, plan.source.url, self.environ)
