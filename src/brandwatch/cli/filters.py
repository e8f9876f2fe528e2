"""The options that select mentions, declared once, and the times that people type."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from brandwatch import clock
from brandwatch.cli import options
from brandwatch.errors import UsageError
from brandwatch.frozen_classes import dataclass
from brandwatch.models import Mention, Selection, Status, Subject, Voice
from brandwatch.text import MACROLANGUAGES, language_codes
from brandwatch.text.sanitise import normalise_tag, split_tags

if TYPE_CHECKING:
    from brandwatch.query_language import Expression
    from brandwatch.storage import Store


Texts = list[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """The options that select mentions, as typed; a field has the name of its option."""

    query: Annotated[Texts, typer.Option("--query", "-Q", metavar="NAME", help="Only mentions of this query.")] = None
    since: Annotated[str, typer.Option(metavar="TIME", help="From this time: 7d, 2h, yesterday, 2026-05-01.")] = ""
    until: Annotated[str, typer.Option(metavar="TIME", help="Before this time.")] = ""
    voice: Annotated[Texts, typer.Option(metavar="VOICE", help="Voice: owned, official, staff or public.")] = None
    subject: Annotated[Texts, typer.Option(metavar="SUBJECT", help="Subject: brand, official, staff or owned.")] = None
    lang: Annotated[
        Texts, typer.Option(metavar="LANG", help="Language: nb, nn, no (both), sv, da, en, … or unknown.")
    ] = None
    status: Annotated[Texts, typer.Option(metavar="STATUS", help="Status: new, relevant, irrelevant or done.")] = None
    tag: Annotated[Texts, typer.Option(metavar="TAG", help="Only with this tag.")] = None
    source: Annotated[Texts, typer.Option(metavar="TEXT", help="Only from sources whose URL contains this text.")] = (
        None
    )
    search: Annotated[
        str, typer.Option(metavar="WORDS", help='Only with all these words; also "a phrase", wor* and C++.')
    ] = ""
    where: Annotated[
        str, typer.Option(metavar="EXPR", help='Only what matches: "svindel* NEAR/5 Acme AND voice:public".')
    ] = ""
    limit: Annotated[int | None, typer.Option(min=0, metavar="N", help="At most this many, 0 for all.")] = None

    @property
    def has_any(self) -> bool:
        """Whether an option other than `--limit` was given."""
        return any(getattr(self, field.name) for field in fields(self) if field.name != "limit")

    def selection(self) -> Selection:
        """Return the selection that the options mean now; raise UsageError for an unknown value."""
        expression = self.expression()
        return Selection(
            queries=tuple(self.query or ()),
            since=parse_moment(self.since),
            until=parse_moment(self.until),
            voices=tuple(map(Voice, _check_names("voice", self.voice, list(Voice)))),
            subjects=tuple(map(Subject, _check_names("subject", self.subject, list(Subject)))),
            languages=_check_names("language", self.lang, _languages()) if self.lang else (),
            statuses=parse_statuses(self.status),
            tags=parse_tags(self.tag),
            sources=tuple(self.source or ()),
            search=self.search,
            prefilter=expression.prefilter() if expression else None,
            prefilter_voices=_required_values(expression, "voice"),
            prefilter_subjects=_required_values(expression, "subject"),
        )

    def expression(self) -> Expression | None:
        """Compile the expression of `--where`; raise UsageError with a caret at its fault."""
        if not self.where.strip():
            return None
        from brandwatch.query_language import ExpressionError, compile_expression

        try:
            return compile_expression(self.where, allow_only_exclusions=True)
        except ExpressionError as error:
            raise UsageError(f"--where: {error.message}\n{error.render()}", error.hint) from None


def _languages() -> Collection[str]:
    """Return the names of languages; the hint lists the first ones, which brandwatch reads."""
    from brandwatch.query_language import LANGUAGE_CODES

    return dict.fromkeys((*MACROLANGUAGES, *language_codes(), *sorted(LANGUAGE_CODES), "unknown"))


def _required_values(expression: Expression | None, field: str) -> tuple[str, ...]:
    values = expression.required_values(field) if expression else None
    return tuple(sorted(values or ()))


_OPTIONS = get_type_hints(Filters, include_extras=True)
_DEFAULTS = {field.name: field.default for field in fields(Filters)}
ALL_FILTERS = " ".join(_DEFAULTS)


def with_filters(
    names: str, **changed: typer.models.OptionInfo
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Replace the parameter *filters* of a command by options of `Filters`; *names* are separated by blanks.

    Typer reads the signature: the command itself receives one frozen object. *changed* has
    the options that have another name or default in this command.
    """
    hints = {}
    for name in names.split():
        option = changed.get(name, _OPTIONS[name].__metadata__[0])
        hints[name] = Annotated[_OPTIONS[name].__origin__, option]

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        @wraps(command)
        def run(**values: object) -> None:
            filters: dict[str, Any] = {name: values.pop(name) for name in hints}
            command(filters=Filters(**filters), **values)

        signature = inspect.signature(command, eval_str=True)
        run.__signature__ = signature.replace(parameters=list(_parameters(signature, hints)))  # type: ignore[attr-defined]
        run.__annotations__ = {
            name: parameter.annotation for name, parameter in inspect.signature(run).parameters.items()
        }
        return run

    return decorate


def _parameters(signature: inspect.Signature, hints: Mapping[str, Any]) -> Iterator[inspect.Parameter]:
    """Yield the parameters of a command, with the options in the place of *filters*."""
    for parameter in signature.parameters.values():
        if parameter.name == "filters":
            for name, hint in hints.items():
                yield parameter.replace(name=name, annotation=hint, default=_DEFAULTS[name])
        else:
            yield parameter


def matching_mentions(
    store: Store, selection: Selection, expression: Expression | None, limit: int = 0
) -> Iterator[Mention]:
    """Yield the selected mentions that match the expression; the limit counts only those."""
    from brandwatch.storage.selections import select_mentions

    if expression is None:
        yield from select_mentions(store, replace(selection, limit=limit))
        return
    from brandwatch.privacy.disclosure_control import searchable_mention
    from brandwatch.query_language import EntryView

    for mention in select_mentions(store, replace(selection, first_page_only=bool(limit))):
        seen = searchable_mention(mention)
        view = EntryView.of(
            seen.entry,
            lang=seen.entry.language,
            source=seen.source,
            kind=seen.kind,
            voice=seen.voice,
            subject=seen.subject,
        )
        if expression.matches(view):
            yield mention


class MentionTee:
    """Counts the mentions that pass into a report, and their entries; keeps the first link among them."""

    def __init__(self) -> None:
        self.count = 0
        self.entries = 0
        self.link = ""
        # One byte for each entry, by its id: a million take a megabyte.
        self._seen = bytearray()

    def watch(self, mentions: Iterable[Mention]) -> Iterator[Mention]:
        """Yield the mentions unchanged."""
        for mention in mentions:
            self.count += 1
            self._count_entry(mention.entry_id)
            self.link = self.link or mention.entry.url
            yield mention

    def _count_entry(self, entry: int) -> None:
        missing = entry + 1 - len(self._seen)
        if missing > 0:
            self._seen.extend(bytes(missing + len(self._seen)))
        self.entries += not self._seen[entry]
        self._seen[entry] = 1


def parse_statuses(written: Iterable[str] | None) -> tuple[Status, ...]:
    """Return the named statuses; raise UsageError for an unknown one."""
    return tuple(map(Status, _check_names("status", written, list(Status))))


def parse_tags(written: Iterable[str] | None) -> tuple[str, ...]:
    """Return tags in their stored form, each once; raise UsageError for an invalid one."""
    tags: dict[str, None] = {}
    for value in written or ():
        for part in split_tags(value) or [value]:
            if not (tag := normalise_tag(part)):
                raise UsageError(f"“{part}” cannot be a tag", "use 1 to 40 letters, digits, spaces and - . : & / + # '")
            tags[tag] = None
    return tuple(tags)


def _check_names(what: str, written: Iterable[str] | None, choices: Collection[str]) -> tuple[str, ...]:
    values = tuple(value.strip().lower() for value in written or ())
    for value in values:
        options.require_known(what, value or "?", choices)
    return values


_AGO = re.compile(r"(\d{1,5})\s*(m|min|h|d|w)")
_UNITS = {
    "m": timedelta(minutes=1),
    "min": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_DAYS_AGO = {"today": 0, "i dag": 0, "idag": 0, "yesterday": 1, "i går": 1, "igår": 1}


def parse_span(written: str) -> timedelta:
    """Return the duration that *written* names (`15m`, `2h`); raise UsageError for an invalid one."""
    match = _AGO.fullmatch(written.strip().lower())
    if match is None or not int(match[1]):
        raise UsageError(f"“{written}” is not a duration", "write 15m, 2h or 1d")
    return int(match[1]) * _UNITS[match[2]]


def parse_moment(written: str) -> datetime | None:
    """Return the moment that *written* names, in UTC; `None` for an empty text. A date is its midnight in local time.

    Raise UsageError for an invalid moment.
    """
    text = " ".join(written.lower().split())
    if not text:
        return None
    now = clock.now()
    if ago := _AGO.fullmatch(text):
        return now - int(ago[1]) * _UNITS[ago[2]]
    if text in _DAYS_AGO:
        # A day may have 23 or 25 hours: count in dates, then ask where midnight is.
        day = now.astimezone().date() - timedelta(days=_DAYS_AGO[text])
        return datetime(day.year, day.month, day.day).astimezone(UTC)
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):  # year 1 has no UTC east of Greenwich
        hint = "write 7d, 2h, yesterday, 2026-05-01 or 2026-05-01T10:00"
        raise UsageError(f"“{written}” is not a time", hint) from None
