"""Read a source: its request, and from its answer the result of the fetch, the next state and what matched.

Nothing here touches the database or the network: a job and an answer go in, a value that can be pickled comes out.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from brandwatch import __version__, stories
from brandwatch.config import secrets
from brandwatch.config.kind import AnswerFormat, SourceMode
from brandwatch.errors import FetchError, ParseError
from brandwatch.feeds import KnownDigests, parse_document
from brandwatch.models import Document, Evidence, Fetch, FetchClass, FoundBy, Gap, MatchResult
from brandwatch.pipeline import schedule, seen
from brandwatch.pipeline.jobs import MatchedEntry, NextRequest, SourceResult
from brandwatch.sources.pagination import AnswerPage, left_behind, next_page
from brandwatch.sources.request import build_request
from brandwatch.sources.response import closed_reason, explain_refusal, latest_cursor, probe_request, read_answer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from brandwatch.config.kind import Kind
    from brandwatch.config.query import Query
    from brandwatch.matching import Matcher
    from brandwatch.models import Entry, Feed, Request
    from brandwatch.pipeline.jobs import SourceJob


_LOG = logging.getLogger(__name__)

_FOUND_REMOTELY = "only the server found it: what it shows of the entry does not hold the name"


class LazyMatcher:
    """The matcher of all queries, built for the first entry: most polls find nothing new, and building takes 30 ms."""

    def __init__(self, queries: Sequence[Query]) -> None:
        self._queries = queries

    @cached_property
    def _matcher(self) -> Matcher:
        from brandwatch.matching import Matcher  # noqa: PLC0415 (as above)

        return Matcher(self._queries)

    def evaluate(self, entry: Entry, *, source: str, kind: str) -> dict[str, MatchResult]:
        """Return the results of the queries that an entry matches, by query name."""
        return self._matcher.evaluate(entry, source=source, kind=kind)


class SlowParser(Protocol):
    """Parses documents that may take long, such as `feeds.ParserSandbox`."""

    def parse(self, document: Document) -> Feed:
        """Return the feed in a document; raise ParseError for anything else."""


class SlowDocumentError(Exception):
    """A document has to be parsed in the sandbox."""


class NoSandbox:
    """Stands in for the sandbox where nothing may take long."""

    def parse(self, _: Document) -> Feed:
        """Refuse to parse."""
        raise SlowDocumentError


@dataclass(frozen=True, slots=True)
class NewEntriesParser:
    """Parses a feed without the entries that are known."""

    sandbox: SlowParser
    known: KnownDigests

    def __call__(self, document: Document) -> Feed:
        """Return the feed in a document; raise ParseError for anything else."""
        return parse_document(document, slow=self.sandbox.parse, known=self.known)


def hash_queries(queries: Iterable[Query]) -> bytes:
    """Return a hash that changes when a query is added, removed or edited, and with the version of the program."""
    lines = sorted(f"{query.name} {query.version}" for query in queries)
    return hashlib.sha256("\n".join([__version__, *lines]).encode()).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceReader:
    """Reads sources; holds what is the same for all sources of a poll. *key* is that of the hashes of names."""

    matcher: LazyMatcher
    sandbox: SlowParser
    queries_hash: bytes
    key: bytes
    now: datetime
    bounds: schedule.IntervalBounds
    environ: Mapping[str, str]

    def request(self, job: SourceJob) -> Request:
        """Return the request of a source; raise FetchError (`blocked`) where a secret is not set.

        It is conditional only if everything in the last answer was matched against these queries.
        """
        kind, state = job.kind, job.state
        request = build_request(
            kind, job.source, self.environ, self.now, cursor=state.cursor, token=job.token, is_thread=job.is_thread
        )
        request = replace(request, spacing=kind.limits.spacing)
        is_matched = kind.conditional and state.queries_hash == self._hash_of(kind)
        if not is_matched or _may_be_closed(job) or not schedule.may_be_conditional(state, self.now):
            return request
        return replace(request, etag=state.etag, last_modified=state.last_modified)

    def redact(self, job: SourceJob, answer: Document | FetchError) -> Document | FetchError:
        """Return an answer without the secrets that were sent; a refusal says what its body says."""
        redacted = secrets.redact_response(answer, job.source, self.environ, job.token)
        if isinstance(redacted, Document):
            return redacted
        refusal = explain_refusal(job.kind, redacted)
        refusal.server_time = answer.server_time
        return refusal

    def read(self, job: SourceJob, request: Request, answer: Document | FetchError) -> SourceResult:
        """Read the answer to a request."""
        if job.probed is not None:
            result = self._read_probe(job, request, answer, job.probed)
        elif isinstance(answer, FetchError):
            # Some servers refuse what has no entries yet; where there were some, a refusal means something else.
            is_empty = answer.status is not None and answer.status == job.kind.nothing and not job.state.seen
            result = self._empty(job, answer.status or 0) if is_empty else self.failed(job, answer)
        elif answer.not_modified:
            result = self._unchanged(job, answer, FetchClass.NOT_MODIFIED)
        else:
            result = self._read_document(job, request, answer)
        return replace(result, fetch=replace(result.fetch, server_time=answer.server_time))

    def failed(self, job: SourceJob, error: FetchError | ParseError, document: Document | None = None) -> SourceResult:
        """Return the result of a source that failed, with the *document* that could not be read."""
        fetch_class = FetchClass(error.fetch_class)
        state = schedule.after_fetch_failure(
            job, fetch_class, error.message, now=self.now, bounds=self.bounds, retry_at=error.retry_at
        )
        status = error.status if isinstance(error, FetchError) else None
        fetch = Fetch(
            at=self.now,
            fetch_class=fetch_class,
            status=document.status if document else status,
            size=len(document.body) if document else 0,
            error=error.message,
        )
        return SourceResult(fetch=fetch, state=state)

    def _empty(self, job: SourceJob, status: int) -> SourceResult:
        document = Document(url=job.source.url, status=status)
        state = schedule.after_answer(job, job.state, document, FetchClass.EMPTY, now=self.now, bounds=self.bounds)
        return SourceResult(fetch=self._fetch(document, FetchClass.EMPTY, 0), state=state)

    def _unchanged(self, job: SourceJob, document: Document, fetch_class: FetchClass) -> SourceResult:
        state = replace(
            job.state,
            etag=document.etag or job.state.etag,
            last_modified=document.last_modified or job.state.last_modified,
            last_full=job.state.last_full if document.not_modified else self.now,
        )
        state = schedule.after_answer(job, state, document, fetch_class, now=self.now, bounds=self.bounds)
        return SourceResult(fetch=self._fetch(document, fetch_class, job.state.entries), state=state)

    def _read_probe(
        self, job: SourceJob, request: Request, answer: Document | FetchError, probed: Document
    ) -> SourceResult:
        """Read an empty answer, now that the answer to the probe says whether its source is closed."""
        reason = closed_reason(job.kind, answer) if isinstance(answer, Document) else ""
        if reason:
            return self.failed(job, FetchError(FetchClass.BLOCKED, reason), probed)
        return self._read_document(job, request, probed)

    def _read_document(self, job: SourceJob, request: Request, document: Document) -> SourceResult:
        """Read a body: the same as last time, entries, or a failure."""
        digest = hashlib.blake2b(document.body, digest_size=32).digest()
        is_same = digest == job.state.body_hash and job.state.queries_hash == self._hash_of(job.kind)
        if is_same and job.page == 1 and not _may_be_closed(job):
            return self._unchanged(job, document, FetchClass.SAME)
        try:
            feed, known = self._parse(job, document)
        except ParseError as error:
            return self.failed(job, error, document)
        if job.probed is None and (probe := probe_request(job.kind, job.source, feed)):
            # An empty answer is held until the probe tells whether the source is closed.
            probing = NextRequest(replace(job, probed=document), probe)
            return SourceResult(fetch=self._fetch(document, FetchClass.EMPTY, 0), state=job.state, next=probing)
        result = self._read_feed(job, document, feed, digest, known)
        return self._turn_page(job, request, document, feed, result) if job.kind.paging else result

    def _parse(self, job: SourceJob, document: Document) -> tuple[Feed, dict[bytes, bytes]]:
        """Return the feed without the entries that were matched before, and the hashes of these by their digests."""
        kind, state, values = job.kind, job.state, dict(job.source.values)
        known = seen.known_digests(state) if state.queries_hash == self._hash_of(kind) else {}
        parser = NewEntriesParser(self.sandbox, KnownDigests(known, self.key))
        feed = read_answer(kind, document, values, parser)
        if known and (feed.title, feed.language) != (state.title, state.language):
            # Title and language of a feed are those of its entries too: all of them are new.
            known = {}
            parser = NewEntriesParser(self.sandbox, KnownDigests((), self.key))
            feed = read_answer(kind, document, values, parser)
        return feed, known

    def _read_feed(
        self, job: SourceJob, document: Document, feed: Feed, digest: bytes, known: dict[bytes, bytes]
    ) -> SourceResult:
        """Match the entries of a feed, and learn the next state from it."""
        kind, before = job.kind, job.state
        hashes = seen.seen_hashes(feed, (seen.hash_entry(entry, self.key) for entry in feed.entries), known)
        gap = seen.find_gap(before, hashes, feed, self.now) if before.seen and _lists_newest(kind) else None
        # After a part of a document the rest must be requested again: no validators and no digests of it.
        is_whole = not feed.problem
        size = job.listed + feed.size
        cursor = before.cursor
        if kind.since or kind.paging:
            cursor = latest_cursor(kind, (before.cursor, job.cursor, feed.cursor))
        state = replace(
            before,
            title=feed.title,
            rights=feed.rights,
            language=feed.language,
            etag=document.etag if is_whole else "",
            last_modified=document.last_modified if is_whole else "",
            body_hash=digest if is_whole else b"",
            queries_hash=self._hash_of(kind),
            entries=size,
            seen=hashes or before.seen,
            digests=b"".join(feed.digests) if is_whole else b"",
            cursor=cursor,
            rhythm=None if kind.mode is SourceMode.SEARCH else schedule.rhythm(feed) or before.rhythm,
            newest=schedule.newest_published(feed, self.now) or before.newest,
            last_new=self.now if seen.count_new(before.seen, hashes) else before.last_new,
            last_full=self.now,
            last_gap=self.now if gap else before.last_gap,
        )
        fetch_class = FetchClass.PARTIAL
        if is_whole:
            fetch_class = FetchClass.OK if size else FetchClass.EMPTY
        state = schedule.after_answer(job, state, document, fetch_class, now=self.now, bounds=self.bounds, feed=feed)
        fetch = self._fetch(document, fetch_class, feed.size, feed.problem)
        matched = self._match(job, feed, seen.skipped_hashes(feed, known))
        return SourceResult(fetch=fetch, state=state, matched=matched, gap=gap)

    def _match(self, job: SourceJob, feed: Feed, skipped: frozenset[bytes]) -> tuple[MatchedEntry, ...]:
        """Return the entries that match a query; *skipped* are the hashes of those that were matched before."""
        entries: Sequence[Entry] = feed.entries
        if job.is_thread:
            entries = [replace(entry, thread=entry.thread or job.thread) for entry in feed.entries]
        results = [self.matcher.evaluate(entry, source=job.source.url, kind=job.source.kind) for entry in entries]
        # A search that sees more of an entry than it shows is believed; a thread was not searched for.
        if job.kind.mode is SourceMode.SEARCH and job.kind.text != "full" and not job.is_thread:
            remote = _remote_match(job)
            results = [result | dict.fromkeys(job.queries - result.keys(), remote) for result in results]
        if not any(results):
            return ()

        def is_skipped(guid: str) -> bool:
            return seen.hash_name(guid, self.key) in skipped

        identities = stories.identities(entries, is_skipped)
        rows = zip(feed.positions or range(len(entries)), entries, identities, results, strict=True)
        return tuple(MatchedEntry(*row) for row in rows if row[-1])

    def _turn_page(
        self, job: SourceJob, request: Request, document: Document, feed: Feed, result: SourceResult
    ) -> SourceResult:
        """Add the request for the next page to the result of a page, or what was left behind after the last."""
        page = AnswerPage(
            kind=job.kind,
            request=request,
            document=document,
            feed=feed,
            now=self.now,
            cursor=job.state.cursor,
            number=job.page,
            listed=job.listed + feed.listed,
            is_thread=job.is_thread,
        )
        if following := next_page(page):
            cursor = latest_cursor(job.kind, (job.cursor, feed.cursor))
            next_job = replace(job, page=job.page + 1, listed=page.listed, cursor=cursor)
            state = schedule.between_pages(job, result.state)
            return replace(result, state=state, next=NextRequest(next_job, following))
        gap, last_success = result.gap, job.state.last_success or self.now
        if reason := left_behind(page):
            end = min(max(feed.oldest or self.now, last_success), self.now)
            gap = Gap(source=job.state.url, start=last_success, end=end, reason=reason)
        state = replace(
            result.state,
            # The same first page says nothing of the others.
            body_hash=result.state.body_hash if job.page == 1 else b"",
            last_gap=self.now if gap else result.state.last_gap,
        )
        return replace(result, state=state, gap=gap)

    def _hash_of(self, kind: Kind) -> bytes:
        """Return a hash of what decides which entries match: the queries, and how the kind reads its answers."""
        return self.queries_hash + kind.version.encode()

    def _fetch(self, document: Document, fetch_class: FetchClass, entries: int, error: str = "") -> Fetch:
        return Fetch(
            at=self.now,
            fetch_class=fetch_class,
            status=document.status,
            size=len(document.body),
            entries=entries,
            error=error,
        )


def _may_be_closed(job: SourceJob) -> bool:
    """Whether the last answer was empty and needs a probe: “unchanged” would not say that the source is open."""
    return job.kind.probe is not None and not job.state.entries


def _lists_newest(kind: Kind) -> bool:
    """Whether every answer holds the newest entries: then one that shares none with the last shows a gap."""
    is_newest_first = kind.mode is SourceMode.STREAM or kind.engine is AnswerFormat.FEED
    return kind.since is None and kind.paging is None and is_newest_first


def _remote_match(job: SourceJob) -> MatchResult:
    """Return the result for an entry that holds the name only where the server searched."""
    term = dict(job.source.values).get("query", "")
    evidence = Evidence(term=term, field="", start=0, end=0, rule="remote", note=_FOUND_REMOTELY)
    return MatchResult(evidence=(evidence,), found_by=FoundBy.REMOTE)
