"""Read the answer of a source of any kind, and tell “broken” from “nothing new”."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from brandwatch import clock
from brandwatch.config.kind import AnswerFormat, EntryRules, TimeFormat
from brandwatch.config.secrets import redact_text
from brandwatch.errors import FetchError, ParseError
from brandwatch.feeds import parse_document as parse_feed
from brandwatch.feeds.document import LARGE, describe_document
from brandwatch.models import Document, Feed, FetchClass, Request
from brandwatch.sources.mapping import EntryMapper, answer_rows, as_text, evaluate_expression, is_truthy
from brandwatch.sources.url_templates import fill_template
from brandwatch.text.dates import parse_date
from brandwatch.text.decoding import decode_text
from brandwatch.text.decoding import parse_json as json_data
from brandwatch.text.html import html_to_text
from brandwatch.text.sanitise import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from brandwatch.config.kind import FailureRule, Kind
    from brandwatch.models import Entry, Source


_LOOKED_AT = 4000
_SHOWN = 120
_LONGEST_WAIT = timedelta(days=7)


def read_answer(
    kind: Kind, document: Document, values: Mapping[str, str], *, parse: Callable[[Document], Feed] = parse_feed
) -> Feed:
    """Return what a document holds, read as its kind says; *values* are those of the source, *parse* reads feeds.

    Raise ParseError, with its class, for what is no answer. An answer that lacks something has its `problem`.
    """
    _raise_for_text(kind, document)
    if kind.engine is AnswerFormat.FEED:
        return _marked(kind, parse(document), values)
    data = decode_answer(document)
    problem = _problem(kind, data)
    found_rows = answer_rows(kind.map, data)
    if found_rows is None:
        return Feed(title=kind.title, problem=problem or _absent(kind, document.url))
    return _feed(kind, document, values, found_rows, problem, data)


def _marked(kind: Kind, feed: Feed, values: Mapping[str, str]) -> Feed:
    """Return a feed with its entries as the kind wants them, and what to go on from."""
    entries = adjust_entries(kind.entries, feed.entries, values)
    times = [entry.published for entry in entries if entry.published]
    mark = max(times).isoformat() if times else ""
    return replace(feed, entries=entries, cursor=mark, oldest=min(times, default=None))


def sound_data(kind: Kind, document: Document) -> Any:  # noqa: ANN401 (JSON)
    """Return the data of an answer; raise ParseError, with its class, where it says itself that it is none."""
    _raise_for_text(kind, document)
    data = decode_answer(document)
    _problem(kind, data)
    return data


def reported_failure(kind: Kind, document: Document) -> ParseError | None:
    """Return the failure of a kind that a document is, `None` where it tells of none."""
    try:
        _raise_for_text(kind, document)
        _problem(kind, _data_or_nothing(document))
    except ParseError as error:
        return error
    return None


def latest_cursor(kind: Kind, marks: Iterable[str]) -> str:
    """Return the mark that is furthest on, empty where there is none."""
    is_id = kind.since is not None and kind.since.form is TimeFormat.ID
    return max(filter(None, marks), key=_order if is_id else datetime.fromisoformat, default="")


def decode_answer(document: Document) -> Any:  # noqa: ANN401 (JSON)
    """Return the data of a document; raise ParseError where it is not JSON."""
    if not document.body.strip():
        raise ParseError(FetchClass.EMPTY, "the answer is empty")
    if len(document.body) > LARGE:
        raise ParseError(FetchClass.TOO_LARGE, f"the answer is larger than {LARGE / 2**20:.0f} MiB")
    try:
        return json_data(document)
    except ValueError:
        raise ParseError(FetchClass.NOT_A_FEED, f"not JSON but {describe_document(document)}") from None


def _feed(
    kind: Kind, document: Document, values: Mapping[str, str], listed: list[dict[str, Any]], problem: str, data: object
) -> Feed:
    """Return the entries of an answer; a row that is none costs only itself."""
    mapper = EntryMapper(rules=kind.map, values=values, publisher=kind.title, base=document.url, now=clock.now())
    wanted = [
        row for row in listed if not (kind.map.unwanted and is_truthy(evaluate_expression(kind.map.unwanted, row)))
    ]
    entries = adjust_entries(kind.entries, tuple(entry for entry in map(mapper.entry, wanted) if entry), values)
    skipped = len(wanted) - len(entries)
    lost = f"{skipped} of {len(listed)} entries could not be read" if skipped else ""
    mark, oldest = _marks(kind, listed, mapper.now)
    wait = _wait(kind, data)
    return Feed(
        title=kind.title,
        entries=entries,
        skipped=skipped,
        unwanted=len(listed) - len(wanted),
        problem="; ".join(filter(None, (problem, lost))),
        ttl=wait,
        cursor=mark,
        oldest=oldest,
    )


def _raise_for_text(kind: Kind, document: Document) -> None:
    """Raise ParseError where the first characters, or the type, of an answer are those of a failure."""
    opening = decode_text(document.body[:_LOOKED_AT], document.content_type)
    for failure in kind.failures:
        seen = re.search(failure.text, opening, re.IGNORECASE) if failure.text else None
        typed = re.search(failure.content_type, document.content_type, re.IGNORECASE) if failure.content_type else None
        if seen or typed:
            said = opening if not opening.lstrip().startswith("<") else describe_document(document)
            raise ParseError(failure.fetch_class, _words(failure, said))


def _problem(kind: Kind, data: object) -> str:
    """Return what an answer says is missing from it; raise ParseError where it says that there is none."""
    problems = []
    for failure in kind.failures:
        value = evaluate_expression(failure.path, data) if failure.path else None
        if not is_truthy(value):
            continue
        if failure.fetch_class != FetchClass.PARTIAL:
            wait = _wait(kind, data) or _named_wait(failure, as_text(value))
            retry_at = clock.now() + wait if wait else None
            raise ParseError(failure.fetch_class, _words(failure, as_text(value)), retry_at=retry_at)
        problems.append(_words(failure, as_text(value)))
    return "; ".join(problems)


def _data_or_nothing(document: Document) -> Any:  # noqa: ANN401 (JSON)
    """Return the data of a document, nothing where it is not JSON or not whole."""
    try:
        return json_data(document)
    except (ParseError, ValueError):
        return None


def _wait(kind: Kind, data: object) -> timedelta | None:
    """Return how long an answer wants us to wait, `None` where it does not say."""
    return _seconds(as_text(evaluate_expression(kind.limits.backoff, data))) if kind.limits.backoff else None


def _named_wait(failure: FailureRule, said: str) -> timedelta | None:
    """Return how long the words of a failure want us to wait, `None` where they do not say."""
    seconds = re.search(failure.wait, said) if failure.wait else None
    return _seconds(seconds[1]) if seconds else None


def _seconds(written: str) -> timedelta | None:
    """Return a number of seconds, no more than a week; `None` for what is none."""
    number = re.fullmatch(r"([0-9]{1,9})(?:\.[0-9]*)?", written)
    return min(timedelta(seconds=int(number[1])), _LONGEST_WAIT) if number else None


def _words(failure: FailureRule, said: str) -> str:
    """Return the words of a failure with what the server says."""
    readable = one_line(html_to_text(said) if "<" in said else said)
    return one_line(failure.words.replace("{found}", readable[:_SHOWN]))


def _absent(kind: Kind, url: str) -> str:
    """Return what an answer without a place for entries lacks; raise ParseError where that is no answer at all.

    A page after the first may be beyond the last.
    """
    lacking = f"the answer has no “{kind.map.items}”"
    if kind.map.absent == "error":
        raise ParseError(FetchClass.NOT_A_FEED, lacking, "the endpoint may have changed; see `sources show`")
    return lacking if kind.map.absent == "partial" and not _is_later(kind, url) else ""


def _is_later(kind: Kind, url: str) -> bool:
    """Say whether an address is that of a numbered page after the first."""
    paging = kind.paging
    number = re.search(rf"[/?&]{re.escape(paging.param)}=(\d+)", url) if paging and paging.param else None
    return bool(paging and number and int(number[1]) > paging.start)


def _marks(kind: Kind, listed: Sequence[Mapping[str, Any]], now: datetime) -> tuple[str, datetime | None]:
    """Return the newest of the marks in the rows, and the oldest where they are moments."""
    rule = kind.map.mark or kind.map.fields.get("published", "")
    marks = [as_text(evaluate_expression(rule, row)) for row in listed] if rule else []
    if kind.since and kind.since.form is TimeFormat.ID:
        return max(filter(None, marks), key=_order, default=""), None
    moments = [when for when in (parse_date(mark, now=now) for mark in marks) if when]
    return (max(moments).isoformat(), min(moments)) if moments else ("", None)


def _order(mark: str) -> tuple[int, str]:
    """Return what ids are ordered by: a longer number is a larger one."""
    return len(mark), mark


# What is not there is not there, whatever else a kind takes an error for.
_ABSENT = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})


def explain_refusal(kind: Kind, refusal: FetchError) -> FetchError:
    """Return a refusal with what its body says, where that is one of the failures of the kind; else as it is."""
    document = Document(url="", status=refusal.status or 0, body=refusal.body, content_type=refusal.content_type)
    said = reported_failure(kind, document) if refusal.body and refusal.status not in _ABSENT else None
    if said is None or said.fetch_class == FetchClass.PARTIAL:
        return refusal
    fetch_class = _class(refusal, said)
    moments = [moment for moment in (refusal.retry_at, said.retry_at) if moment]
    return FetchError(
        fetch_class,
        f"{refusal.message}; {redact_text(said.message)}",
        refusal.hint if fetch_class == refusal.fetch_class else said.hint,
        status=refusal.status,
        retry_at=max(moments, default=None),
    )


def _class(refusal: FetchError, said: ParseError) -> str:
    """Return the class of a refusal: that of its body, unless the status is more precise than “refused”."""
    is_precise = refusal.fetch_class != FetchClass.HTTP_4XX and said.fetch_class != FetchClass.THROTTLED
    return refusal.fetch_class if is_precise else said.fetch_class


def probe_request(kind: Kind, source: Source, feed: Feed) -> Request | None:
    """Return what to ask where *feed* is empty and its source may be closed, `None` where there is no doubt."""
    if kind.probe is None or feed.listed or feed.problem:
        return None
    values = dict(source.values)
    return Request(url=fill_template(kind.probe.url, lambda name: values.get(name, "")))


def closed_reason(kind: Kind, document: Document) -> str:
    """Say in words that a source is closed, as the answer to a probe has it; empty if it is not."""
    value = evaluate_expression(kind.probe.closed, decode_answer(document)) if kind.probe else None
    return kind.probe.words.replace("{found}", as_text(value)) if kind.probe and is_truthy(value) else ""


def adjust_entries(rules: EntryRules, entries: tuple[Entry, ...], values: Mapping[str, str]) -> tuple[Entry, ...]:
    """Return entries as the rules want them; *values* are those of the source."""
    return entries if rules == EntryRules() else tuple(_adjusted(rules, entry, values) for entry in entries)


def _adjusted(rules: EntryRules, entry: Entry, values: Mapping[str, str]) -> Entry:
    """Return an entry with its own outlet and title, and its own text or none."""
    title, publisher = entry.title, entry.publisher
    known = {**values, "link": entry.url, "title": entry.title}
    if rules.publisher:
        publisher = fill_template(rules.publisher, lambda name: known.get(name, ""))
    if rules.title:
        title = fill_template(rules.title, lambda name: known.get(name, "")) or title
    if rules.suffix and publisher:
        title = title.removesuffix(f"{rules.suffix}{publisher}").rstrip()
    if rules.untitled and re.search(rules.untitled, entry.url):
        title = ""
    entry = replace(entry, title=title, publisher=publisher)
    return replace(entry, text="", links=()) if rules.textless else entry
