"""The answer of a source of any kind: its entries, or the failure that it reports.

Many endpoints answer 200 with an error inside. What tells “broken” from “nothing new” is in the file of the kind.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Protocol

from brandwatch import clock
from brandwatch.config.kind import AnswerFormat, EntryRules, FailureRule, Kind, TimeFormat
from brandwatch.config.secrets import redact_text
from brandwatch.errors import FetchClass, FetchError, ParseError
from brandwatch.models import Document, Entry, Feed, Request, Source
from brandwatch.sources import expressions, mapping, request
from brandwatch.text import dates, decoding, html, sanitise

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


_MAX_JSON_BYTES = 2 * 2**20  # 2 MB of empty objects take 60 MB
_OPENING_BYTES = 4000
_SHOWN_CHARS = 120
_MAX_WAIT = timedelta(days=1)
# What is not there is not there, whatever else a kind takes an error for.
_ABSENT = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})


class FeedParser(Protocol):
    """Parses a document as a feed, such as `feeds.parse_document`; raises ParseError for anything else."""

    def __call__(self, document: Document, /) -> Feed:
        """Return the feed in a document."""


def read_answer(kind: Kind, document: Document, values: Mapping[str, str], parse_feed: FeedParser) -> Feed:
    """Read the entries of a document as its kind describes them; *values* are those of the source.

    Raise ParseError, with its class, for a document that is no answer. An answer that lacks something has a `problem`.
    """
    _raise_for_text(kind, document)
    if kind.engine is AnswerFormat.FEED:
        feed = parse_feed(document)
        entries = _adjust_entries(kind.entries, feed.entries, values)
        times = [entry.published for entry in entries if entry.published]
        cursor = max(times).isoformat() if times else ""
        return replace(feed, entries=entries, cursor=cursor, oldest=min(times, default=None))
    data = decode_answer(document)
    problem, remark = _reported_problem(kind, data)
    rows = mapping.answer_rows(kind.map, data)
    if rows is None:
        return Feed(title=kind.title, problem=problem or _lacking_rows(kind, document.url), remark=remark)
    return replace(_read_rows(kind, document, values, data, rows, problem), remark=remark)


def leave_out_older(kind: Kind, feed: Feed, cursor: str, now: datetime) -> Feed:
    """Leave out the entries from before the period of a kind whose endpoint takes no bound.

    The period is the *first* one of the kind, since indexes learn late, or that since the *cursor* of the last answer.
    """
    rule = kind.since
    if rule is None or not rule.filtered:
        return feed
    starts = (request.start_of_period(rule, each, now) for each in ("", cursor))
    start = min(filter(None, starts), default=None)
    kept = tuple(e for e in feed.entries if start is None or e.published is None or e.published >= start)
    return replace(feed, entries=kept, unwanted=feed.unwanted + len(feed.entries) - len(kept))


def _read_rows(
    kind: Kind, document: Document, values: Mapping[str, str], data: object, rows: list[dict[str, Any]], problem: str
) -> Feed:
    """Read the entries of an answer in JSON; a row that cannot be read costs itself only."""
    now = clock.now()
    mapper = mapping.EntryMapper(rules=kind.map, values=values, publisher=kind.title, base=document.url, now=now)
    # Authors can ask not to be found by searches; their posts are counted and not read.
    wanted = [row for row in rows if not expressions.is_true_at(kind.map.unwanted, row)]
    entries = _adjust_entries(kind.entries, tuple(entry for entry in map(mapper.entry, wanted) if entry), values)
    skipped = len(wanted) - len(entries)
    problems = [problem, f"{skipped} of {len(rows)} entries could not be read" if skipped else ""]
    cursor, oldest = _cursors(kind, rows, now)
    return Feed(
        title=kind.title,
        entries=entries,
        skipped=skipped,
        unwanted=len(rows) - len(wanted),
        problem="; ".join(filter(None, problems)),
        backoff=_seconds(expressions.text_at(kind.limits.backoff, data)),
        cursor=cursor,
        oldest=oldest,
    )


def _adjust_entries(rules: EntryRules, entries: tuple[Entry, ...], values: Mapping[str, str]) -> tuple[Entry, ...]:
    """Apply the rules of a kind to its entries: their publisher, title and text."""
    if rules == EntryRules():
        return entries
    adjusted = []
    for entry in entries:
        title, publisher = entry.title, entry.publisher
        texts = {**values, "link": entry.url, "title": entry.title}
        if rules.publisher:
            publisher = expressions.fill_template(rules.publisher, texts)
        if rules.title:
            title = expressions.fill_template(rules.title, texts) or title
        if rules.suffix and publisher:
            title = title.removesuffix(f"{rules.suffix}{publisher}").rstrip()
        if rules.untitled and re.search(rules.untitled, entry.url):
            title = ""
        changed = replace(entry, title=title, publisher=publisher)
        adjusted.append(replace(changed, text="", parts=(), links=()) if rules.textless else changed)
    return tuple(adjusted)


def _cursors(kind: Kind, rows: Sequence[Mapping[str, Any]], now: datetime) -> tuple[str, datetime | None]:
    """Find the newest cursor in the rows, and the oldest where cursors are moments."""
    rule = kind.map.mark or kind.map.fields.get("published", "")
    cursors = [expressions.text_at(rule, row) for row in rows]
    if kind.since and kind.since.form is TimeFormat.ID:
        return max(filter(None, cursors), key=_id_order, default=""), None
    moments = [when for when in (dates.parse_date(cursor, now=now) for cursor in cursors) if when]
    return (max(moments).isoformat(), min(moments)) if moments else ("", None)


def latest_cursor(kind: Kind, cursors: Iterable[str]) -> str:
    """Return the latest cursor; empty where there is none."""
    is_id = kind.since is not None and kind.since.form is TimeFormat.ID
    return max(filter(None, cursors), key=_id_order if is_id else datetime.fromisoformat, default="")


def _id_order(cursor: str) -> tuple[int, str]:
    return len(cursor), cursor  # a longer id is a larger number


def decode_answer(document: Document) -> Any:  # noqa: ANN401 (JSON)
    """Decode the JSON of a document; raise ParseError where it is none."""
    if not document.body.strip():
        raise ParseError(FetchClass.EMPTY, "the answer is empty")
    if len(document.body) > _MAX_JSON_BYTES:
        raise ParseError(FetchClass.TOO_LARGE, f"the answer is larger than {_MAX_JSON_BYTES / 2**20:.0f} MiB")
    try:
        return decoding.parse_json(document)
    except ValueError:
        raise ParseError(FetchClass.NOT_A_FEED, f"not JSON but {decoding.describe_document(document)}") from None


def decode_sound_answer(kind: Kind, document: Document) -> Any:  # noqa: ANN401 (JSON)
    """Decode an answer; raise ParseError, with its class, where it reports a failure."""
    _raise_for_text(kind, document)
    data = decode_answer(document)
    _reported_problem(kind, data)
    return data


def explain_refusal(kind: Kind, refusal: FetchError) -> FetchError:
    """Add to a refusal what its body says, where that is a failure that the kind describes."""
    if not refusal.body or refusal.status in _ABSENT:
        return refusal
    document = Document(url="", status=refusal.status or 0, body=refusal.body, content_type=refusal.content_type)
    failure = _reported_failure(kind, document)
    if failure is None or failure.fetch_class is FetchClass.PARTIAL:
        return refusal
    # The class of the body counts, unless that of the status is more precise than “refused”.
    is_precise = refusal.fetch_class is not FetchClass.HTTP_4XX and failure.fetch_class is not FetchClass.THROTTLED
    fetch_class = refusal.fetch_class if is_precise else failure.fetch_class
    moments = [moment for moment in (refusal.retry_at, failure.retry_at) if moment]
    return FetchError(
        fetch_class,
        f"{refusal.message}; {redact_text(failure.message)}",
        refusal.hint if fetch_class is refusal.fetch_class else failure.hint,
        status=refusal.status,
        retry_at=max(moments, default=None),
    )


def _reported_failure(kind: Kind, document: Document) -> ParseError | None:
    """Read the failure that the body of a refusal reports; `None` where it reports none."""
    try:
        _raise_for_text(kind, document)
        try:
            data = decoding.parse_json(document)
        except (ParseError, ValueError):
            data = None
        _reported_problem(kind, data)
    except ParseError as error:
        return error
    return None


def _raise_for_text(kind: Kind, document: Document) -> None:
    """Raise ParseError where the first characters or the content type of an answer are those of a failure."""
    if not kind.failures:
        return
    opening = decoding.decode_text(document.body[:_OPENING_BYTES], document.content_type)
    for rule in kind.failures:
        is_failure = (rule.text and re.search(rule.text, opening, re.IGNORECASE)) or (
            rule.content_type and re.search(rule.content_type, document.content_type, re.IGNORECASE)
        )
        if is_failure:
            text = decoding.describe_document(document) if opening.lstrip().startswith("<") else opening
            raise ParseError(rule.fetch_class, _failure_message(rule, text))


def _reported_problem(kind: Kind, data: object) -> tuple[str, str]:
    """Read what an answer reports as missing from it, and what is no failure; raise ParseError for a failure."""
    problems: list[str] = []
    remarks: list[str] = []
    for rule in kind.failures:
        if not expressions.is_true_at(rule.path, data):
            continue
        text = expressions.text_at(rule.path, data)
        if rule.fetch_class is FetchClass.PARTIAL:
            (problems if rule.fails else remarks).append(_failure_message(rule, text))
            continue
        wait = _seconds(expressions.text_at(kind.limits.backoff, data))
        if not wait and rule.wait and (seconds := re.search(rule.wait, text)):
            wait = _seconds(seconds[1])
        retry_at = clock.now() + wait if wait else None
        raise ParseError(rule.fetch_class, _failure_message(rule, text), retry_at=retry_at)
    return "; ".join(problems), "; ".join(remarks)


def _failure_message(rule: FailureRule, text: str) -> str:
    readable = sanitise.one_line(html.html_to_text(text) if "<" in text else text)
    return sanitise.one_line(rule.words.replace("{found}", readable[:_SHOWN_CHARS]))


def _seconds(text: str) -> timedelta | None:
    """Read a number of seconds, at most a day; `None` for anything else."""
    number = re.fullmatch(r"([0-9]{1,9})(?:\.[0-9]*)?", text)
    return min(timedelta(seconds=int(number[1])), _MAX_WAIT) if number else None


def _lacking_rows(kind: Kind, url: str) -> str:
    """Explain an answer without a list of rows; raise ParseError where that is a failure."""
    problem = f"the answer has no “{kind.map.items}”"
    if kind.map.absent == "error":
        raise ParseError(FetchClass.NOT_A_FEED, problem, "the endpoint may have changed; see `sources show`")
    # A numbered page after the first may be beyond the last.
    paging = kind.paging
    number = re.search(rf"[/?&]{re.escape(paging.param)}=(\d+)", url) if paging and paging.param else None
    is_later_page = paging is not None and number is not None and int(number[1]) > paging.start
    return problem if kind.map.absent == "partial" and not is_later_page else ""


def probe_request(kind: Kind, source: Source, feed: Feed) -> Request | None:
    """Build the probe request that tells an empty result from a closed source; `None` where none is needed."""
    # A probe asks as a stranger: it says nothing of who has a key to this server.
    has_key = not kind.secret_parameters.isdisjoint(dict(source.values))
    if kind.probe is None or feed.listed or feed.problem or has_key:
        return None
    url = expressions.fill_template(kind.probe.url, dict(source.values))
    return Request(url=url, pauses_host=True, user_agent=source.user_agent)


def closed_reason(kind: Kind, document: Document) -> str:
    """Explain why a source is closed, by the answer to its probe; empty where it is open."""
    if kind.probe is None:
        return ""
    data = decode_answer(document)
    if not expressions.is_true_at(kind.probe.closed, data):
        return ""
    return kind.probe.words.replace("{found}", expressions.text_at(kind.probe.closed, data))
