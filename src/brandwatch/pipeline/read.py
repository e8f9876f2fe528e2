"""Read a source: from its answer the result of the fetch, the next state, and what matched.

Nothing here touches the database or the network: a job and an answer go in, a value that can be pickled comes out.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from brandwatch.config import secrets
from brandwatch.config.kind import EntryRules, SourceMode
from brandwatch.errors import FetchError, ParseError
from brandwatch.feeds import EntryPrefilter, KnownDigests, SlowParser, parse_document
from brandwatch.http import host_of, redirect_obstacle
from brandwatch.models import (
    FEED_KIND,
    Document,
    Entry,
    Evidence,
    Feed,
    Fetch,
    FetchClass,
    FoundBy,
    Gap,
    MatchResult,
    Request,
)
from brandwatch.pipeline import schedule, seen_entries, source_state
from brandwatch.pipeline.jobs import MatchedEntry, NextRequest, SourceJob, SourceResult
from brandwatch.sources import pagination, request, response
from brandwatch.stories.identity import identities

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from brandwatch.config.query import Query
    from brandwatch.matching import Matcher


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

    def may_match(self, texts: Iterable[str]) -> bool:
        """Whether entries with these texts, as their publisher wrote them, can be mentions."""
        return self._matcher.markup_prefilter.may_match(texts)

    def evaluate(self, entry: Entry, *, source: str, kind: str) -> dict[str, MatchResult]:
        """Return the results of the queries that an entry matches, by query name."""
        return self._matcher.evaluate(entry, source=source, kind=kind)


@dataclass(frozen=True, slots=True)
class NewEntriesParser:
    """Parses a feed without the entries that are known."""

    sandbox: SlowParser
    known: KnownDigests
    prefilter: EntryPrefilter | None = None

    def __call__(self, document: Document) -> Feed:
        """Parse a document; raise ParseError for anything but a feed."""
        return parse_document(document, sandbox=self.sandbox, known=self.known, prefilter=self.prefilter)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceReader:
    """Reads the sources of a poll."""

    matcher: LazyMatcher
    sandbox: SlowParser
    rules: source_state.StateRules
    environ: Mapping[str, str]

    def request(self, job: SourceJob) -> Request:
        """Build the request of a source; raise FetchError (`blocked`) where a secret is not set."""
        built = request.build_request(
            job.kind,
            job.source,
            self.environ,
            self.rules.now,
            cursor=job.state.cursor,
            token=job.token,
            is_thread=job.is_thread,
        )
        built = replace(built, spacing=job.kind.limits.spacing, patience=schedule.patience(job.state))
        if self.rules.may_be_conditional(job):
            built = replace(built, etag=job.state.etag, last_modified=job.state.last_modified)
        return built

    def redact(self, job: SourceJob, answer: Document | FetchError) -> Document | FetchError:
        """Remove the secrets that were sent from an answer; add what the body of a refusal says to its message."""
        redacted = secrets.redact_response(answer, job.source, self.environ, job.token)
        if isinstance(redacted, Document):
            return redacted
        obstacle = answer.obstacle if isinstance(answer, FetchError) else ""
        refusal = response.explain_refusal(job.kind, redacted)
        refusal.server_time, refusal.obstacle = answer.server_time, obstacle
        return refusal

    def read(self, job: SourceJob, sent: Request, answer: Document | FetchError) -> SourceResult:
        """Read the redacted answer to the request that was *sent*."""
        if job.probed is not None:
            result = self._read_probe(job, sent, answer, job.probed)
        elif isinstance(answer, FetchError):
            # Some servers refuse what has no entries yet; where there were some, a refusal means something else.
            is_empty = answer.status is not None and answer.status == job.kind.nothing and not job.state.seen
            result = self._nothing_yet(job, answer.status or 0) if is_empty else self.failure(job, answer)
        elif answer.is_not_modified:
            result = self._same_as_before(job, answer, FetchClass.NOT_MODIFIED)
        else:
            result = self._read_document(job, sent, answer)
        fetch = replace(result.fetch, server_time=answer.server_time)
        _LOG.info(
            "fetched source=%s class=%s status=%s bytes=%d entries=%d matched=%d error=%s remark=%s",
            job,
            fetch.fetch_class,
            fetch.status,
            fetch.size,
            fetch.entries,
            len(result.matched),
            secrets.LogText(fetch.error),
            secrets.LogText(fetch.remark),
        )
        return replace(result, fetch=fetch)

    def failure(self, job: SourceJob, error: FetchError | ParseError, document: Document | None = None) -> SourceResult:
        """Return the result of a source that failed, with the *document* that could not be read."""
        status = error.status if isinstance(error, FetchError) else None
        fetch = Fetch(
            at=self.rules.now,
            fetch_class=error.fetch_class,
            status=document.status if document else status,
            size=len(document.body) if document else 0,
            error=error.message,
            obstacle=_obstacle(job, error, document),
        )
        failing = self.rules.after_failure(job, error.fetch_class, error.message, error.retry_at)
        return SourceResult(fetch=fetch, state=failing)

    def _nothing_yet(self, job: SourceJob, status: int) -> SourceResult:
        document = Document(url=job.source.url, status=status)
        after = self.rules.after_answer(job, job.state, document, FetchClass.EMPTY)
        return SourceResult(fetch=self._fetch(document, FetchClass.EMPTY, 0), state=after)

    def _same_as_before(self, job: SourceJob, document: Document, fetch_class: FetchClass) -> SourceResult:
        before = replace(
            job.state,
            etag=document.etag or job.state.etag,
            last_modified=document.last_modified or job.state.last_modified,
            last_full=job.state.last_full if document.is_not_modified else self.rules.now,
        )
        after = self.rules.after_answer(job, before, document, fetch_class)
        return SourceResult(fetch=self._fetch(document, fetch_class, before.entries), state=after)

    def _read_probe(
        self, job: SourceJob, sent: Request, answer: Document | FetchError, probed: Document
    ) -> SourceResult:
        """Read an empty answer, now that the answer to the probe says whether its source is closed."""
        reason = response.closed_reason(job.kind, answer) if isinstance(answer, Document) else ""
        _LOG.debug("probed source=%s closed=%s", job, secrets.LogText(reason))
        if reason:
            return self.failure(job, FetchError(FetchClass.BLOCKED, reason), probed)
        return self._read_document(job, sent, probed)

    def _read_document(self, job: SourceJob, sent: Request, document: Document) -> SourceResult:
        """Read a body: the same as last time, entries, or a failure."""
        digest = hashlib.blake2b(document.body, digest_size=32).digest()
        is_same = digest == job.state.body_hash and self.rules.has_matched(job)
        if is_same and job.page == 1 and not source_state.needs_probe(job):
            return self._same_as_before(job, document, FetchClass.SAME)
        try:
            feed, known = self._parse(job, document)
        except ParseError as error:
            return self.failure(job, error, document)
        if job.probed is None and (probe := response.probe_request(job.kind, job.source, feed)):
            # An empty answer is held until the probe tells whether the source is closed.
            probing = NextRequest(replace(job, probed=document), probe)
            return SourceResult(fetch=self._fetch(document, FetchClass.EMPTY, 0), state=job.state, next=probing)
        after, gap = self.rules.after_feed(job, document, feed, digest, known)
        fetch = self._fetch(document, after.fetch_class or FetchClass.OK, feed.size, feed.problem)
        fetch = replace(fetch, remark=after.remark)
        unparsed = b"".join(known[digest] for digest in feed.digests if digest in known)
        matched = self._match(job, feed, seen_entries.SeenNames(unparsed, self.rules.key), after.seen)
        result = SourceResult(
            fetch=fetch,
            state=after,
            matched=matched,
            gap=gap,
            unparsed=unparsed,
            is_rematched=not self.rules.has_matched(job),
        )
        return self._turn_page(job, sent, document, feed, result) if job.kind.paging else result

    def _parse(self, job: SourceJob, document: Document) -> tuple[Feed, dict[bytes, bytes]]:
        """Parse a feed without the entries that were matched before; return the hashes of these by their digests."""
        values = dict(job.source.values)
        known = seen_entries.known_digests(job.state) if self.rules.has_matched(job) else {}
        # What a search finds, and what a kind makes of an entry, is not all in its markup.
        is_plain = job.kind.mode is SourceMode.STREAM and job.kind.entries == EntryRules() and not job.is_thread
        prefilter = self.matcher if is_plain else None
        parser = NewEntriesParser(self.sandbox, KnownDigests(known, self.rules.key), prefilter)
        feed = response.read_answer(job.kind, document, values, parser)
        if known and (feed.title, feed.language) != (job.state.title, job.state.language):
            # Title and language of a feed are those of its entries too: all of them are new.
            known, parser = {}, replace(parser, known=KnownDigests({}, self.rules.key))
            feed = response.read_answer(job.kind, document, values, parser)
        return response.leave_out_older(job.kind, feed, job.state.cursor, self.rules.now), known

    def _match(
        self, job: SourceJob, feed: Feed, unparsed: seen_entries.SeenNames, seen: bytes
    ) -> tuple[MatchedEntry, ...]:
        """Match the entries of a feed; *unparsed* names those that were matched before, *seen* has all of them."""
        if feed.has_outlines:
            return ()
        entries: Sequence[Entry] = feed.entries
        if job.is_thread:
            entries = [replace(entry, thread=entry.thread or job.thread) for entry in feed.entries]
        results = [self.matcher.evaluate(entry, source=job.source.url, kind=job.source.kind) for entry in entries]
        # A search that sees more of an entry than it shows is believed; a thread was not searched for.
        if job.kind.mode is SourceMode.SEARCH and job.kind.text != "full" and not job.is_thread:
            term = dict(job.source.values).get("query", "")
            evidence = Evidence(term=term, field="", start=0, end=0, rule="remote", note=_FOUND_REMOTELY)
            remote = MatchResult(evidence=(evidence,), found_by=FoundBy.REMOTE)
            results = [result | dict.fromkeys(job.queries - result.keys(), remote) for result in results]
        if not any(results):
            return ()
        keys = identities(entries, self.rules.key, unparsed, has_edits=job.kind.name != FEED_KIND)
        rows = zip(feed.positions or range(len(entries)), entries, keys, results, strict=True)
        matched = (MatchedEntry(*row) for row in rows if row[-1])
        if self.rules.has_matched(job):
            return tuple(matched)
        # A query, or its reader, is new: what it finds in entries that the source had before is no news.
        return tuple(one._replace(is_seen=self._is_seen(job, one.entry, seen)) for one in matched)

    def _is_seen(self, job: SourceJob, entry: Entry, seen: bytes) -> bool:
        """Whether a source had an entry before this poll, as far as its last answer shows.

        The answers of a search, and pages, hold a part of what was there: time decides too.
        """
        state = job.state
        if seen_entries.is_seen(entry, state.seen, seen, self.rules.key):
            return True
        if job.kind.mode is not SourceMode.SEARCH and job.kind.paging is None:
            return False
        return bool(entry.published and state.last_success and entry.published < state.last_success)

    def _turn_page(
        self, job: SourceJob, sent: Request, document: Document, feed: Feed, result: SourceResult
    ) -> SourceResult:
        """Add the request for the next page to the result of a page, or what was left behind after the last."""
        page = pagination.AnswerPage(
            kind=job.kind,
            request=sent,
            document=document,
            feed=feed,
            now=self.rules.now,
            cursor=job.state.cursor,
            number=job.page,
            listed=job.listed + feed.listed,
            is_thread=job.is_thread,
        )
        if following := pagination.next_page(page):
            cursor = response.latest_cursor(job.kind, (job.cursor, feed.cursor))
            next_job = replace(job, page=job.page + 1, listed=page.listed, cursor=cursor)
            after = source_state.between_pages(job, result.state)
            return replace(result, state=after, next=NextRequest(next_job, following))
        gap, last_success = result.gap, job.state.last_success or self.rules.now
        if reason := pagination.left_behind(page):
            end = min(max(feed.oldest or self.rules.now, last_success), self.rules.now)
            gap = Gap(source=job.state.url, start=last_success, end=end, reason=reason)
        after = replace(
            result.state,
            # The same first page says nothing of the others.
            body_hash=result.state.body_hash if job.page == 1 else b"",
            last_gap=self.rules.now if gap else result.state.last_gap,
        )
        return replace(result, state=after, gap=gap)

    def _fetch(self, document: Document, fetch_class: FetchClass, entries: int, error: str = "") -> Fetch:
        return Fetch(
            at=self.rules.now,
            fetch_class=fetch_class,
            status=document.status,
            size=len(document.body),
            entries=entries,
            error=error,
        )


def _obstacle(job: SourceJob, error: FetchError | ParseError, document: Document | None) -> str:
    """Return the obstacle of a failure (`FetchError.obstacle`), empty for the source itself."""
    if isinstance(error, FetchError) and error.obstacle:
        return error.obstacle
    if document and (host := host_of(document.url)) != host_of(job.source.url):
        return redirect_obstacle(host)
    return ""
