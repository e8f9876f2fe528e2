"""What the file of a kind, or of a pack, may say. Pydantic reads and checks it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from brandwatch import urls
from brandwatch.marked.forms import Day, Form, Switch, Text, duration
from brandwatch.models.kinds import Auth, Engine, Mode, SinceForm
from brandwatch.sources import expressions
from brandwatch.sources.mapping import COUNTS
from brandwatch.sources.templates import FILTERS, is_template, names, pieces


def _duration(value: object) -> object:
    """Read `8s`, `15m`, `2h` or `1d`."""
    if not isinstance(value, str):
        return value
    if not (found := duration(value)):
        raise ValueError("a stretch of time is written 8s, 15m, 2h or 1d")
    return found


def _expression(text: str) -> str:
    """Refuse what is not JMESPath."""
    if fault := expressions.fault(text):
        raise ValueError(fault)
    return text


def _field(text: str) -> str:
    """Refuse an expression, or one in a template, that is not JMESPath."""
    for name in names(text) if is_template(text) else (text,):
        _expression(name)
    return _template(text)


def _template(text: str) -> str:
    """Refuse a template with a filter that does not exist."""
    for piece in pieces(text):
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


Expression = Annotated[Text, AfterValidator(_expression)]
FieldRule = Annotated[Text, AfterValidator(_field)]
Template = Annotated[Text, AfterValidator(_template)]
Pattern = Annotated[Text, AfterValidator(_pattern)]
Whole = Annotated[int, Field(strict=False, ge=0)]
Duration = Annotated[timedelta, BeforeValidator(_duration)]
Texts = Annotated[tuple[Text, ...], Field(strict=False), BeforeValidator(_one_or_more)]
Class = Literal["partial", "blocked", "throttled", "gone", "not-a-feed"]


def _member(kind: type) -> BeforeValidator:
    """Return what reads the member of an enumeration."""
    return BeforeValidator(lambda value: kind(value) if value in list(kind) else value)  # type: ignore[call-overload]


class ParameterForm(Form):
    """What a query file may say of a source of the kind."""

    about: Text
    required: Switch = False
    many: Text = ""
    pattern: Annotated[Text, AfterValidator(_pattern)] = ""
    default: Texts = ()
    owned: Literal["", "domains", "hashtags"] = ""
    instead: Switch = False


class DialectForm(Form):
    """How terms are written."""

    phrase: Text = '"{term}"'
    domain: str = '"{term}"'
    joiner: str = ""
    group: Text = "{terms}"
    longest: Whole = 0
    most: Whole = 0
    shortest: Whole = 0


class AskingForm(Form):
    """An address, its parameters and headers."""

    url: Template
    params: dict[Text, Template] = {}
    headers: dict[Text, Text] = {}


class MomentForm(Form):
    """What a request says of time."""

    form: Annotated[SinceForm, _member(SinceForm)]
    overlap: Duration = timedelta(hours=2)
    first: Duration | None = None
    steps: dict[Text, Text] = {}
    below: Text = ""


class PagingForm(Form):
    """How the next page is asked for."""

    param: Text = ""
    start: Whole = 0
    step: Whole = 1
    cursor: Expression = ""
    link: Expression = ""
    after: Text = ""
    until: Text = ""
    size: Whole = 0
    more: Expression = ""
    pages: Expression = ""
    total: Expression = ""
    most: Annotated[Whole, Field(ge=1, le=50)] = 1


class LimitsForm(Form):
    """How often a source may be asked."""

    interval: Duration | None = None
    spacing: Annotated[float, Field(strict=False, ge=0, le=60)] = 1.0
    budget: Whole = 0
    backoff: Expression = ""


class JoinForm(Form):
    """Rows of another list."""

    source: Annotated[Expression, Field(alias="from")]
    key: Expression
    on: Expression


class MapForm(Form):
    """How entries are made of an answer."""

    items: Expression = "@"
    where: Expression = ""
    unwanted: Expression = ""
    absent: Literal["error", "empty", "partial"] = "error"
    mark: Expression = ""
    markup: Annotated[tuple[Literal["title", "text"], ...], Field(strict=False)] = ()
    join: dict[Text, JoinForm] = {}
    fields: dict[Text, FieldRule] = {}
    words: dict[Text, dict[Text, Text]] = {}


class EntriesForm(Form):
    """What the entries of a kind do otherwise."""

    publisher: Template = ""
    title: Template = ""
    suffix: str = ""
    untitled: Pattern = ""
    textless: Switch = False


class FailureForm(Form):
    """What tells “broke” from “nothing new”."""

    fetch_class: Annotated[Class, Field(alias="class")]
    words: Text
    path: Expression = ""
    text: Pattern = ""
    content_type: Pattern = ""
    wait: Pattern = ""

    @model_validator(mode="after")
    def _is_one(self) -> FailureForm:
        if sum(map(bool, (self.path, self.text, self.content_type))) != 1:
            raise ValueError("a failure is told by one of `path`, `text` and `content_type`")
        if self.wait and re.compile(self.wait).groups != 1:
            raise ValueError("`wait` has one group, the number of seconds: in (\\d+) seconds")
        return self


class ProbeForm(Form):
    """What to ask where an answer is empty."""

    url: Template
    closed: Expression
    words: Text


class RefreshForm(AskingForm):
    """How responses are read again."""

    pattern: Pattern
    of: Literal["guid", "url"] = "guid"
    batch: Annotated[Whole, Field(ge=1, le=100)] = 1
    separator: Text = ","
    map: MapForm | None = None


class TokenForm(Form):
    """A token that must be got before."""

    url: Text
    path: Expression
    form: dict[Text, Text] = {}
    json_: Annotated[dict[Text, Text], Field(alias="json")] = {}
    user: Text = ""
    password: Text = ""
    host: Text = ""


class SpendForm(Form):
    """What an entry costs."""

    price: Annotated[float, Field(strict=False, gt=0)]
    currency: Text
    cap: Text


class KindForm(Form):
    """One kind of source."""

    title: Text
    about: Text
    group: Literal["news", "press", "social", "forum", "code", "review", "search", "web"]
    engine: Annotated[Engine, _member(Engine)]
    mode: Annotated[Mode, _member(Mode)]
    verified: Day
    default: Switch = False
    auth: Annotated[Auth, _member(Auth)] = Auth.NONE
    env: Annotated[tuple[Annotated[Text, AfterValidator(_env)], ...], Field(strict=False)] = ()
    terms: Text = ""
    text: Literal["title", "snippet", "full"] = "full"
    conditional: Switch = True
    nothing: Annotated[Whole, Field(ge=400, le=499)] | None = None
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


class PackedForm(Form):
    """A feed of a pack."""

    url: Annotated[Text, AfterValidator(_address)]
    title: Text
    verified: Day


class PackForm(Form):
    """Feeds that go together."""

    title: Text
    feeds: Annotated[tuple[PackedForm, ...], Field(strict=False, min_length=1)]
