"""What the file of a kind, or of a pack, may say. Pydantic reads and checks it."""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from brandwatch import urls
from brandwatch.config import kind
from brandwatch.config.kind import AnswerFormat, AuthNeed, SourceMode, TimeFormat
from brandwatch.config.validation import Day, StrictModel, Switch, Text, parse_duration
from brandwatch.sources.expressions import FILTERS, expression_error, is_template, template_names, template_pieces
from brandwatch.sources.mapping import COUNTS

if TYPE_CHECKING:
    from pathlib import Path


def _duration(value: object) -> object:
    """Read `8s`, `15m`, `2h` or `1d`."""
    if not isinstance(value, str):
        return value
    if not (found := parse_duration(value)):
        raise ValueError("a stretch of time is written 8s, 15m, 2h or 1d")
    return found


def _expression(text: str) -> str:
    """Refuse what is not JMESPath."""
    if fault := expression_error(text):
        raise ValueError(fault)
    return text


def _field(text: str) -> str:
    """Refuse an expression, or one in a template, that is not JMESPath."""
    for name in template_names(text) if is_template(text) else (text,):
        _expression(name)
    return _template(text)


def _template(text: str) -> str:
    """Refuse a template with a filter that does not exist."""
    for piece in template_pieces(text):
        for name in piece.filters:
            if name not in FILTERS:
                raise ValueError(f"there is no filter `{name}`: {', '.join(FILTERS)}")
    return text


def _pattern(text: str) -> str:
    """Refuse what is not a regular expression."""
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from None
    return text


def _address(text: str) -> str:
    """Refuse what is not the address of a feed."""
    if not urls.web_link(text):
        raise ValueError("not a web address: it begins with http:// or https://")
    return text


def _env(text: str) -> str:
    """Refuse what is not the name of a variable."""
    if not re.fullmatch(r"[A-Z][A-Z0-9_]*", text):
        raise ValueError("the name of a variable is written in capitals: ACME_KEY; its value has no place here")
    return text


def _one_or_more(value: object) -> object:
    """Let a plain text stand for a list of one."""
    return [value] if isinstance(value, str) else value


ExpressionText = Annotated[Text, AfterValidator(_expression)]
FieldRule = Annotated[Text, AfterValidator(_field)]
TemplateText = Annotated[Text, AfterValidator(_template)]
PatternText = Annotated[Text, AfterValidator(_pattern)]
WholeNumber = Annotated[int, Field(strict=False, ge=0)]
DurationText = Annotated[timedelta, BeforeValidator(_duration)]
TextsOrText = Annotated[tuple[Text, ...], Field(strict=False), BeforeValidator(_one_or_more)]
FailureClass = Literal["partial", "blocked", "throttled", "gone", "not-a-feed"]


def _member(kind: type) -> BeforeValidator:
    """Return what reads the member of an enumeration."""
    return BeforeValidator(lambda value: kind(value) if value in list(kind) else value)  # type: ignore[call-overload]


class ParameterForm(StrictModel):
    """What a query file may say of a source of the kind."""

    about: Text
    required: Switch = False
    many: Text = ""
    pattern: Annotated[Text, AfterValidator(_pattern)] = ""
    default: TextsOrText = ()
    owned: Literal["", "domains", "hashtags"] = ""
    instead: Switch = False


class DialectForm(StrictModel):
    """How terms are written."""

    phrase: Text = '"{term}"'
    domain: str = '"{term}"'
    joiner: str = ""
    group: Text = "{terms}"
    longest: WholeNumber = 0
    most: WholeNumber = 0
    shortest: WholeNumber = 0


class AskingForm(StrictModel):
    """An address, its parameters and headers."""

    url: TemplateText
    params: dict[Text, TemplateText] = {}
    headers: dict[Text, Text] = {}


class MomentForm(StrictModel):
    """What a request says of time."""

    form: Annotated[TimeFormat, _member(TimeFormat)]
    overlap: DurationText = timedelta(hours=2)
    first: DurationText | None = None
    steps: dict[Text, Text] = {}
    below: Text = ""


class PagingForm(StrictModel):
    """How the next page is asked for."""

    param: Text = ""
    start: WholeNumber = 0
    step: WholeNumber = 1
    cursor: ExpressionText = ""
    link: ExpressionText = ""
    after: Text = ""
    until: Text = ""
    size: WholeNumber = 0
    more: ExpressionText = ""
    pages: ExpressionText = ""
    total: ExpressionText = ""
    most: Annotated[WholeNumber, Field(ge=1, le=50)] = 1


class LimitsForm(StrictModel):
    """How often a source may be asked."""

    interval: DurationText | None = None
    spacing: Annotated[float, Field(strict=False, ge=0, le=60)] = 1.0
    budget: WholeNumber = 0
    backoff: ExpressionText = ""


class JoinForm(StrictModel):
    """Rows of another list."""

    source: Annotated[ExpressionText, Field(alias="from")]
    key: ExpressionText
    on: ExpressionText


class MapForm(StrictModel):
    """How entries are made of an answer."""

    items: ExpressionText = "@"
    where: ExpressionText = ""
    unwanted: ExpressionText = ""
    absent: Literal["error", "empty", "partial"] = "error"
    mark: ExpressionText = ""
    markup: Annotated[tuple[Literal["title", "text"], ...], Field(strict=False)] = ()
    join: dict[Text, JoinForm] = {}
    fields: dict[Text, FieldRule] = {}
    words: dict[Text, dict[Text, Text]] = {}


class EntriesForm(StrictModel):
    """What the entries of a kind do otherwise."""

    publisher: TemplateText = ""
    title: TemplateText = ""
    suffix: str = ""
    untitled: PatternText = ""
    textless: Switch = False


class FailureForm(StrictModel):
    """What tells “broke” from “nothing new”."""

    fetch_class: Annotated[FailureClass, Field(alias="class")]
    words: Text
    path: ExpressionText = ""
    text: PatternText = ""
    content_type: PatternText = ""
    wait: PatternText = ""

    @model_validator(mode="after")
    def _is_one(self) -> FailureForm:
        if sum(map(bool, (self.path, self.text, self.content_type))) != 1:
            raise ValueError("a failure is told by one of `path`, `text` and `content_type`")
        if self.wait and re.compile(self.wait).groups != 1:
            raise ValueError("`wait` has one group, the number of seconds: in (\\d+) seconds")
        return self


class ProbeForm(StrictModel):
    """What to ask where an answer is empty."""

    url: TemplateText
    closed: ExpressionText
    words: Text


class RefreshForm(AskingForm):
    """How responses are read again."""

    pattern: PatternText
    of: Literal["guid", "url"] = "guid"
    batch: Annotated[WholeNumber, Field(ge=1, le=100)] = 1
    separator: Text = ","
    map: MapForm | None = None


class TokenForm(StrictModel):
    """A token that must be got before."""

    url: Text
    path: ExpressionText
    form: dict[Text, Text] = {}
    json_: Annotated[dict[Text, Text], Field(alias="json")] = {}
    user: Text = ""
    password: Text = ""
    host: Text = ""


class SpendForm(StrictModel):
    """What an entry costs."""

    price: Annotated[float, Field(strict=False, gt=0)]
    currency: Text
    cap: Text


class KindForm(StrictModel):
    """One kind of source."""

    title: Text
    about: Text
    group: Literal["news", "press", "social", "forum", "code", "review", "search", "web"]
    engine: Annotated[AnswerFormat, _member(AnswerFormat)]
    mode: Annotated[SourceMode, _member(SourceMode)]
    verified: Day
    default: Switch = False
    auth: Annotated[AuthNeed, _member(AuthNeed)] = AuthNeed.NONE
    env: Annotated[tuple[Annotated[Text, AfterValidator(_env)], ...], Field(strict=False)] = ()
    terms: Text = ""
    text: Literal["title", "snippet", "full"] = "full"
    conditional: Switch = True
    nothing: Annotated[WholeNumber, Field(ge=400, le=499)] | None = None
    knows: Annotated[tuple[Literal[COUNTS], ...], Field(strict=False)] = ()  # type: ignore[valid-type]
    parameters: dict[Text, ParameterForm] = {}
    dialect: DialectForm = DialectForm()
    request: AskingForm
    since: MomentForm | None = None
    paging: PagingForm | None = None
    limits: LimitsForm = LimitsForm()
    map: MapForm = MapForm()
    entries: EntriesForm = EntriesForm()
    failures: Annotated[tuple[FailureForm, ...], Field(strict=False)] = ()
    probe: ProbeForm | None = None
    refresh: RefreshForm | None = None
    token: TokenForm | None = None
    spend: SpendForm | None = None


class PackedForm(StrictModel):
    """A feed of a pack."""

    url: Annotated[Text, AfterValidator(_address)]
    title: Text
    verified: Day


class PackForm(StrictModel):
    """Feeds that go together."""

    title: Text
    feeds: Annotated[tuple[PackedForm, ...], Field(strict=False, min_length=1)]


# What a kind says of itself and of how often it is asked; an answer is read no other way for it.
_REMARKS = {"about", "verified", "terms", "default", "limits"}

_FactT = TypeVar("_FactT")


def build_kind(form: KindForm, path: Path) -> kind.Kind:
    """Return the kind of a form; it is called as its file is."""
    return _fact(
        kind.Kind,
        form,
        name=path.stem,
        path=str(path),
        version=_version(form),
        parameters=tuple(_fact(kind.KindParameter, said, name=name) for name, said in form.parameters.items()),
        asking=_fact(kind.RequestRule, form.request),
        dialect=_fact(kind.SearchDialect, form.dialect),
        since=_since(form.since) if form.since else None,
        paging=_fact(kind.PagingRule, form.paging) if form.paging else None,
        limits=_fact(kind.RequestBudget, form.limits),
        map=_map(form.map),
        entries=_fact(kind.EntryRules, form.entries),
        failures=tuple(_fact(kind.FailureRule, failure) for failure in form.failures),
        probe=_fact(kind.ProbeRule, form.probe) if form.probe else None,
        refresh=_refresh(form.refresh, form.map) if form.refresh else None,
        token=_token(form.token) if form.token else None,
        spend=_fact(kind.SpendRule, form.spend) if form.spend else None,
    )


def build_pack(form: PackForm, path: Path) -> kind.Pack:
    """Return the pack of a form."""
    return kind.Pack(name=path.stem, title=form.title, feeds=tuple(_fact(kind.PackedFeed, feed) for feed in form.feeds))


def _version(form: KindForm) -> str:
    """Return a hash of all that decides what an answer means, which layout and remarks do not."""
    meaning = form.model_dump_json(exclude=_REMARKS)
    return hashlib.sha256(meaning.encode()).hexdigest()[:12]


def _fact(fact: type[_FactT], form: StrictModel, **others: Any) -> _FactT:  # noqa: ANN401 (any field)
    """Return a fact whose fields are those of the form of the same names, but for *others*."""
    names = [name for name in fact.__dataclass_fields__ if name not in others]  # type: ignore[attr-defined]
    return fact(**{name: getattr(form, name) for name in names}, **others)


def _since(form: MomentForm) -> kind.SinceRule:
    """Return what a request says of time, its windows in their order."""
    steps = sorted((parse_duration(length), text) for length, text in form.steps.items())
    return _fact(kind.SinceRule, form, steps=tuple(steps))


def _map(form: MapForm) -> kind.EntryMap:
    """Return how entries are made."""
    join = tuple(_fact(kind.RowJoin, said, name=name) for name, said in form.join.items())
    return _fact(kind.EntryMap, form, join=join, markup=frozenset(form.markup))


def _refresh(form: RefreshForm, usual: MapForm) -> kind.RefreshRule:
    """Return how responses are read again: with the usual map, where there is no other."""
    return _fact(kind.RefreshRule, form, asking=_fact(kind.RequestRule, form), map=_map(form.map or usual))


def _token(form: TokenForm) -> kind.TokenRule:
    """Return how a token is got; pydantic has a method called `json`."""
    return _fact(kind.TokenRule, form, json=form.json_)
