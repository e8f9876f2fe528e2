"""Read one answer without touching the database: how the fetch ended, the next state, what matched."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, assert_never

from brandwatch import stories
from brandwatch.errors import FetchError, ParseError
from brandwatch.feeds import KnownDigests
from brandwatch.models import Document, Evidence, Fetch, FetchClass, FoundBy, Gap, MatchResult
from brandwatch.pipeline import schedule, seen
from brandwatch.pipeline.jobs import MatchedEntry, NextRequest, SourceResult
from brandwatch.pipeline.state import after_answer, after_fetch_failure, between_pages
from brandwatch.sources.adapter import AnswerPage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from typing import Protocol

    from brandwatch.matching import Matcher
    from brandwatch.models import Entry, Feed, Request, SourceState
    from brandwatch.pipeline.jobs import SourceJob

    class Parse(Protocol):
        """What turns a document into a feed, without the entries that are known."""

        def __call__(self, document: Document, *, known: KnownDigests | None = None) -> Feed:
            """Return the feed in *document*."""


_REMOTE = "only the server found it: what it shows of the entry does not hold the name"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceReader:
    """What one poll knows while it goes from source to source: queries, bounds, the moment, the secrets."""

    matcher: Callable[[], Matcher]
    parse: Parse
    queries_hash: bytes
    key: bytes
    now: datetime
    bounds: schedule.IntervalBounds
    environ: Mapping[str, str]

    def request(self, plan: SourceJob) -> Request:
        """Return what to ask: conditional only if everything in the last answer was matched against these queries."""
        state = plan.state
        request = plan.endpoint.request(plan.source, self.environ, mark=state.cursor, now=self.now)
        request = replace(request, spacing=plan.endpoint.spacing) if plan.endpoint.spacing else request
        is_known = plan.endpoint.is_conditional and state.queries_hash == self._meaning(plan)
        if not is_known or _is_in_doubt(plan) or not schedule.may_be_conditional(state, self.now):
            return request
        return replace(request, etag=state.etag, last_modified=state.last_modified)

    def read(self, asked: NextRequest, answer: Document | FetchError) -> SourceResult:
        """Read one answer to what was asked."""
        plan, request = asked
        if plan.doubted is not None:
            return self._read_doubted(plan, request, answer, plan.doubted)
        match answer:
            case FetchError() if _is_nothing(plan, answer):
                return self._read_nothing(plan, answer)
            case FetchError():
                return self.failed(plan, answer)
            case Document(not_modified=True):
                return self._unchanged(plan, answer, FetchClass.NOT_MODIFIED)
            case Document():
                return self._read_document(plan, request, answer)
            case _:
                assert_never(answer)

    def _read_doubted(
        self, plan: SourceJob, request: Request, answer: Document | FetchError, doubted: Document
    ) -> SourceResult:
        """Read an empty answer, now that it is known whether its source is closed."""
        said = plan.endpoint.closed(answer) if isinstance(answer, Document) else ""
        if said:
            return self.failed(plan, FetchError(FetchClass.BLOCKED, said), doubted)
        return self._read_document(replace(plan, doubted=doubted), request, doubted)

    def _read_document(self, plan: SourceJob, request: Request, document: Document) -> SourceResult:
        """Read a body: the same as last time, a feed, or no feed at all."""
        digest = hashlib.blake2b(document.body, digest_size=32).digest()
        is_known = digest == plan.state.body_hash and plan.state.queries_hash == self._meaning(plan)
        if is_known and plan.number == 1 and not _is_in_doubt(plan):
            return self._unchanged(plan, document, FetchClass.SAME)
        try:
            known, feed = self._parsed(plan, document)
        except ParseError as error:
            return self.failed(plan, error, document)
        if plan.doubted is None and (doubt := plan.endpoint.doubt(plan.source, feed)):
            return self._doubted(plan, document, doubt)
        learned = self._learned(plan, document, feed, digest, known)
        return self._paged(plan, request, document, feed, learned)

    def _read_nothing(self, plan: SourceJob, refusal: FetchError) -> SourceResult:
        """Read a refusal that means that there is nothing yet."""
        document = Document(url=plan.source.url, status=refusal.status or 0)
        state = after_answer(plan, plan.state, document, FetchClass.EMPTY, now=self.now, bounds=self.bounds)
        return SourceResult(fetch=self._fetch(document, FetchClass.EMPTY, 0), state=state)

    def _parsed(self, plan: SourceJob, document: Document) -> tuple[dict[bytes, bytes], Feed]:
        """Return the feed without the entries that were matched before, and by what these are known.

        All are read where something outside them changed that reaches into each.
        """
        state = plan.state
        known = seen.known_digests(state) if state.queries_hash == self._meaning(plan) else {}
        feed = plan.endpoint.read(
            document, plan.source, lambda one: self.parse(one, known=KnownDigests(known, self.key))
        )
        if known and (feed.title, feed.language) != (state.title, state.language):
            known = {}
            feed = plan.endpoint.read(
                document, plan.source, lambda one: self.parse(one, known=KnownDigests((), self.key))
            )
        return known, feed

    def _learned(
        self, plan: SourceJob, document: Document, feed: Feed, digest: bytes, known: dict[bytes, bytes]
    ) -> SourceResult:
        """Match the entries of a feed; keep validators only if the body was whole, so that a loss is asked again."""
        hashes = (seen.hash_name(seen.entry_name(entry), self.key) for entry in feed.entries)
        window = seen.seen_hashes(feed, hashes, known)
        has_window = plan.endpoint.has_window and bool(plan.state.seen)
        gap = seen.find_gap(plan.state, window, feed, self.now) if has_window else None
        whole = not feed.problem
        size = plan.seen + feed.size
        fetch_class = FetchClass.PARTIAL if not whole else FetchClass.OK if size else FetchClass.EMPTY
        learned = replace(
            plan.state,
            title=feed.title,
            rights=feed.rights,
            language=feed.language,
            etag=document.etag if whole else "",
            last_modified=document.last_modified if whole else "",
            body_hash=digest if whole else b"",
            queries_hash=self._meaning(plan),
            entries=size,
            seen=window or plan.state.seen,
            digests=b"".join(feed.digests) if whole else b"",
            cursor=plan.endpoint.furthest(plan.state.cursor, plan.mark, feed.cursor),
            rhythm=None if plan.endpoint.is_search else schedule.rhythm(feed) or plan.state.rhythm,
            newest=schedule.newest_published(feed, self.now) or plan.state.newest,
            last_new=self.now if seen.count_new(plan.state.seen, window) else plan.state.last_new,
            last_full=self.now,
            last_gap=self.now if gap else plan.state.last_gap,
        )
        state = after_answer(plan, learned, document, fetch_class, now=self.now, bounds=self.bounds, feed=feed)
        fetch = self._fetch(document, fetch_class, feed.size, feed.problem)
        matched = self._matched(plan, feed, seen.skipped_hashes(feed, known))
        return SourceResult(fetch=fetch, state=state, matched=matched, gap=gap)

    def _paged(
        self, plan: SourceJob, request: Request, document: Document, feed: Feed, reading: SourceResult
    ) -> SourceResult:
        """Return a reading with what is asked next, or with what was left behind after the last page."""
        seen = plan.seen + feed.listed
        page = AnswerPage(
            request=request,
            document=document,
            feed=feed,
            mark=plan.state.cursor,
            now=self.now,
            number=plan.number,
            seen=seen,
        )
        if onward := plan.endpoint.onward(page):
            mark = plan.endpoint.furthest(plan.mark, feed.cursor)
            after = replace(plan, number=plan.number + 1, seen=seen, mark=mark)
            state = between_pages(plan, reading.state)
            return replace(reading, state=state, onward=NextRequest(after, onward))
        left = plan.endpoint.left(page)
        gap = self._left_behind(plan.state, feed, left) if left else reading.gap
        state = replace(
            reading.state,
            # The same first page says nothing of the others.
            body_hash=reading.state.body_hash if plan.number == 1 else b"",
            last_gap=self.now if gap else reading.state.last_gap,
        )
        return replace(reading, state=state, gap=gap)

    def _left_behind(self, state: SourceState, feed: Feed, left: str) -> Gap:
        """Return the interval whose entries were not read: from the last answer to the oldest that was."""
        start = state.last_success or self.now
        return Gap(source=state.url, start=start, end=min(max(feed.oldest or self.now, start), self.now), reason=left)

    def _doubted(self, plan: SourceJob, document: Document, doubt: Request) -> SourceResult:
        """Return nothing yet: an empty answer that may mean “closed” is held until that is known."""
        fetch = self._fetch(document, FetchClass.EMPTY, 0)
        return SourceResult(fetch=fetch, state=plan.state, onward=NextRequest(replace(plan, doubted=document), doubt))

    def _matched(self, plan: SourceJob, feed: Feed, skipped: frozenset[bytes]) -> tuple[MatchedEntry, ...]:
        """Return the entries that concern a query; *skipped* are the hashes of those that were matched before."""
        entries = (
            [replace(entry, thread=entry.thread or plan.thread) for entry in feed.entries]
            if plan.is_followed
            else feed.entries
        )
        judged = [self._judged(plan, entry) for entry in entries]
        if not any(judged):
            return ()
        identities = stories.identities(entries, lambda guid: seen.hash_name(guid, self.key) in skipped)
        found = map(MatchedEntry, feed.positions or range(len(entries)), entries, identities, judged)
        return tuple(matched for matched in found if matched.judgements)

    def _judged(self, plan: SourceJob, entry: Entry) -> dict[str, MatchResult]:
        """Return the judgements of an entry; a search that sees more than it shows is believed as well.

        What is said below a mention was not searched for.
        """
        judged = self.matcher().evaluate(entry, source=plan.source.url, kind=plan.source.kind)
        if plan.endpoint.is_search and not plan.endpoint.shows_all and not plan.is_followed:
            judged |= {name: _remote(plan) for name in plan.queries if name not in judged}
        return judged

    def _unchanged(self, plan: SourceJob, document: Document, fetch_class: FetchClass) -> SourceResult:
        """Read an answer that brings nothing new."""
        known = replace(
            plan.state,
            etag=document.etag or plan.state.etag,
            last_modified=document.last_modified or plan.state.last_modified,
            last_full=plan.state.last_full if document.not_modified else self.now,
        )
        state = after_answer(plan, known, document, fetch_class, now=self.now, bounds=self.bounds)
        return SourceResult(fetch=self._fetch(document, fetch_class, plan.state.entries), state=state)

    def failed(self, plan: SourceJob, error: FetchError | ParseError, document: Document | None = None) -> SourceResult:
        """Read a failure."""
        fetch_class = FetchClass(error.fetch_class)
        status = error.status if isinstance(error, FetchError) else None
        state = after_fetch_failure(
            plan, fetch_class, error.message, now=self.now, bounds=self.bounds, retry_at=error.retry_at
        )
        fetch = Fetch(
            at=self.now,
            fetch_class=fetch_class,
            status=document.status if document else status,
            size=len(document.body) if document else 0,
            error=error.message,
        )
        return SourceResult(fetch=fetch, state=state)

    def _meaning(self, plan: SourceJob) -> bytes:
        """Return what an answer was read with: the queries, and the version of the file of its kind."""
        return self.queries_hash + plan.endpoint.version.encode()

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


def _is_in_doubt(plan: SourceJob) -> bool:
    """Say whether the last answer was empty, of a source that is when it is closed: “unchanged” would say nothing."""
    return plan.endpoint.is_doubtful and not plan.state.entries


def _is_nothing(plan: SourceJob, refusal: FetchError) -> bool:
    """Say whether a refusal means that there is nothing yet; where there was something once, it means no such thing."""
    return refusal.status is not None and refusal.status == plan.endpoint.nothing and not plan.state.seen


def _remote(plan: SourceJob) -> MatchResult:
    """Return the judgement of an entry that holds the name only where the server looked."""
    asked = dict(plan.source.values).get("query", "")
    return MatchResult(
        evidence=(Evidence(term=asked, field="", start=0, end=0, rule="remote", note=_REMOTE),), found_by=FoundBy.REMOTE
    )
