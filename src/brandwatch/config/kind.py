"""A kind of source: how to request it, how to read its answer, and what to expect of it.

The models are what the file of a kind, or of a pack, may hold, and what the program works with.
"""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, Protocol, Self, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, model_validator

from brandwatch import urls
from brandwatch.config import validation
from brandwatch.config.validation import Day, NotInFile, StrictModel, Switch, Text, WrittenAs
from brandwatch.errors import FetchClass


class AnswerFormat(StrEnum):
    """The reader of the answer: the parser of feeds, or a map over JSON."""

    FEED = "feed"
    JSON = "json"


class SourceMode(StrEnum):
    """Whether a source is fetched once for all queries, or requested once per term."""

    STREAM = "stream"
    SEARCH = "search"


class AuthNeed(StrEnum):
    """Whether a kind needs a key."""

    NONE = "none"
    OPTIONAL = "optional"
    REQUIRED = "required"


class TimeFormat(StrEnum):
    """The start of the period in a request: a moment in one of its formats, the last id, or the smallest window."""

    EPOCH = "epoch"
    ISO = "iso"
    DATE = "date"
    COMPACT = "compact"
    SECONDS = "seconds"
    WINDOW = "window"
    ID = "id"


class KindNotation(Protocol):
    """The notations in the file of a kind, `sources.expressions`: the context in which a file is validated.

    Each function returns the problem of a text, empty for none.
    """

    def expression_error(self, expression: str) -> str:
        """Check a JMESPath expression."""

    def template_error(self, template: str) -> str:
        """Check a template."""

    def field_error(self, rule: str) -> str:
        """Check the rule of a field: an expression, or a template of expressions."""


def _check_notation(text: str, info: ValidationInfo, check: Literal["expression", "template", "field"]) -> str:
    notation: KindNotation | None = info.context
    # Without a context a model is built by the program itself.
    if notation is None:
        return text
    checks = {
        "expression": notation.expression_error,
        "template": notation.template_error,
        "field": notation.field_error,
    }
    if problem := checks[check](text):
        raise ValueError(problem)
    return text


def _check_pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from None
    return text


def _check_feed_url(text: str) -> str:
    if not urls.web_link(text):
        raise ValueError("not a web address: it begins with http:// or https://")
    return text


def _check_variable(text: str) -> str:
    if not re.fullmatch(r"[A-Z][A-Z0-9_]*", text):
        raise ValueError("invalid variable: write its name in capitals, such as ACME_KEY, and never its value")
    return text


ExpressionText = Annotated[Text, AfterValidator(lambda text, info: _check_notation(text, info, "expression"))]
TemplateText = Annotated[Text, AfterValidator(lambda text, info: _check_notation(text, info, "template"))]
FieldRule = Annotated[Text, AfterValidator(lambda text, info: _check_notation(text, info, "field"))]
PatternText = Annotated[Text, AfterValidator(_check_pattern)]
WholeNumber = Annotated[int, Field(strict=False, ge=0)]
Duration = Annotated[
    timedelta,
    validation.duration_between(timedelta(seconds=1), timedelta.max, "invalid duration: write 8s, 15m, 2h or 1d"),
]
_NamedT = TypeVar("_NamedT", bound=StrictModel)
Count = Literal["comments", "replies", "likes", "shares", "views"]


class KindParameter(StrictModel):
    """A parameter of a source, which a query file sets.

    *many* is the key for several values, each a source of its own; *pattern* a regular expression or the name of one
    of ours (`site`, `domain`, `url`, `word`). Without a value the query's *owned* `domains` or `hashtags` are used,
    then the *default*. The values of an *instead* parameter are searched for in place of the names. The value of a
    *secret* one is `${NAME}`, and goes into headers to the host of the source only.
    """

    name: NotInFile[str] = ""
    about: Text
    required: Switch = False
    many: Text = ""
    pattern: PatternText = ""
    default: Annotated[tuple[Text, ...], Field(strict=False), BeforeValidator(validation.one_as_list)] = ()
    owned: Literal["", "domains", "hashtags"] = ""
    instead: Switch = False
    secret: Switch = False


def _fill_names(models: dict[str, _NamedT]) -> dict[str, _NamedT]:
    return {name: model.model_copy(update={"name": name}) for name, model in models.items()}


class SearchDialect(StrictModel):
    """The notation of a search. *joiner* is empty if the endpoint has no OR; 0 means no limit.

    *shortest* is in letters, *longest* in characters of the whole expression, *most* in terms; *group* goes around
    more than one term.
    """

    phrase: Text = '"{term}"'
    domain: str = '"{term}"'
    joiner: str = ""
    group: Text = "{terms}"
    longest: WholeNumber = 0
    most: WholeNumber = 0
    shortest: WholeNumber = 0


class RequestRule(StrictModel):
    """Templates of a URL, its parameters and headers; a parameter without a value is left out."""

    url: TemplateText
    params: dict[Text, TemplateText] = {}
    headers: dict[Text, Text] = {}


class SinceRule(StrictModel):
    """The period of a request.

    *overlap* is requested again, because endpoints index late; *first* is the period of the first request, `None` for
    no limit; *steps* are windows by their length. *below* is the parameter that continues a thread, whose oldest
    comments come first, from its last answer. *filtered*: the endpoint takes no bound, and older entries of an answer
    are left out; those without a date are read.
    """

    form: Annotated[TimeFormat, validation.member_of(TimeFormat)]
    overlap: Duration = timedelta(hours=2)
    first: Duration | None = None
    steps: dict[Text, Text] = {}
    below: Text = ""
    filtered: Switch = False

    def window(self, period: timedelta) -> str:
        """Choose the shortest window that holds *period*, else the longest."""
        windows = sorted((validation.parse_duration(length), name) for length, name in self.steps.items())
        return next((name for length, name in windows if length >= period), windows[-1][1])


class PagingRule(StrictModel):
    """The request for the next page, and the condition for one.

    The next page is a number in *param* (from *start*, in steps of *step*), the value at *cursor*, the URL at *link*,
    or begins at the mark of the newest (parameter *after*) or oldest (parameter *until*) entry. *size* is that of a
    full page; *more* is true, *pages* and *total* are counts, if the answer has them. *most* pages are read.
    """

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


class RequestBudget(StrictModel):
    """The minimum *interval* of a source, the *spacing* of requests in seconds, and their number in a poll.

    *backoff* is the place of the seconds to wait in an answer. *ttl*: the `ttl` of its feeds counts; some generators
    always write the same.
    """

    interval: Duration | None = None
    spacing: Annotated[float, Field(strict=False, ge=0, le=60)] = 1.0
    budget: WholeNumber = 0
    backoff: ExpressionText = ""
    ttl: Switch = True


class RowJoin(StrictModel):
    """Rows of another list (*source*), by their *key*: the one with a row's own *on* joins it under *name*."""

    name: NotInFile[str] = ""
    source: Annotated[ExpressionText, Field(alias="from")]
    key: ExpressionText
    on: ExpressionText


class EntryMap(StrictModel):
    """The map from an answer to entries: JMESPath expressions, and templates if they have braces.

    *items* are the rows, *where* filters them, *unwanted* is true for authors who opted out of search, *markup* names
    the fields that hold HTML, *words* translate the values of a field. *absent* decides what an answer without *items*
    is. A list in a field of texts is several texts.
    """

    items: ExpressionText = "@"
    where: ExpressionText = ""
    unwanted: ExpressionText = ""
    absent: Literal["error", "empty", "partial"] = "error"
    mark: ExpressionText = ""
    markup: Annotated[
        tuple[Literal["title", "warning", "lead", "text", "media", "alt", "card", "poll"], ...], Field(strict=False)
    ] = ()
    join: Annotated[dict[Text, RowJoin], AfterValidator(_fill_names)] = {}
    fields: dict[Text, FieldRule] = {}
    words: dict[Text, dict[Text, Text]] = {}


class EntryRules(StrictModel):
    """Exceptions for the entries of a kind.

    *publisher* and *title* are templates over the values of the source and the entry's own `link` and `title`;
    *suffix* separates the title from the publisher at its end; *untitled* is a pattern of links to comments, whose
    titles are the site's words; the text of *textless* entries is their title, or other entries.
    """

    publisher: TemplateText = ""
    title: TemplateText = ""
    suffix: str = ""
    untitled: PatternText = ""
    textless: Switch = False


class FailureRule(StrictModel):
    """The sign of a failure in an answer whose status does not tell.

    It is one of *path* (true in the answer), *text* (a pattern in its first characters) or *content_type* (a pattern).
    The *words* may hold `{found}`; a `partial` answer is read all the same, and is no failure without *fails*. The
    group of *wait* is the number of seconds to wait.
    """

    fetch_class: Annotated[
        FetchClass,
        Field(alias="class"),
        WrittenAs(Literal["partial", "blocked", "throttled", "gone", "not-a-feed"], FetchClass, str),
    ]
    words: Text
    path: ExpressionText = ""
    text: PatternText = ""
    content_type: PatternText = ""
    wait: PatternText = ""
    fails: Switch = True

    @model_validator(mode="after")
    def _check_signs(self) -> Self:
        if sum(map(bool, (self.path, self.text, self.content_type))) != 1:
            raise ValueError("a failure needs exactly one of `path`, `text` and `content_type`")
        if not self.fails and self.fetch_class is not FetchClass.PARTIAL:
            raise ValueError("only a `partial` answer may be no failure")
        if self.wait and re.compile(self.wait).groups != 1:
            raise ValueError("`wait` has one group, the number of seconds: in (\\d+) seconds")
        return self


class ProbeRule(StrictModel):
    """The request that tells an empty result from a *closed* source."""

    url: TemplateText
    closed: ExpressionText
    words: Text


class RefreshRule(RequestRule):
    """The request for new responses of *batch* entries, each identified by the group in *pattern* of its *of*.

    Entries whose *of* does not match are requested by *otherwise*, if there is one.

    If the pattern has named groups, one is `id`, and all may be placeholders in the URL. *separator* joins ids, `&`
    repeats the parameter. *map* reads the answer, by default the map of the kind; its `id` is compared with the group.
    """

    pattern: PatternText
    of: Literal["guid", "url", "comment_feed"] = "guid"
    batch: Annotated[WholeNumber, Field(ge=1, le=100)] = 1
    separator: Text = ","
    map: EntryMap | None = None
    otherwise: RefreshRule | None = None


class TokenRule(StrictModel):
    """The request for an access token, once a poll: a POST whose answer holds it at *path*.

    *form* is sent as a form, *json* as JSON, *user* and *password* as HTTP basic authentication. Requests with the
    token go to *host*.
    """

    url: Text
    path: ExpressionText
    form: dict[Text, Text] = {}
    json_: Annotated[dict[Text, Text], Field(alias="json")] = {}
    user: Text = ""
    password: Text = ""
    host: Text = ""


class SpendRule(StrictModel):
    """The *price* of an entry, and the parameter that caps the spending of a calendar month."""

    price: Annotated[float, Field(strict=False, gt=0)]
    currency: Text
    cap: Text


class Kind(StrictModel):
    """One kind of source, as in its file in `sources/kinds/` or in the user's own folder.

    *env* names the variables of its secrets, *terms* is the notice that a query must accept, *verified* the day on
    which its facts were last checked. *knows* are the responses that it counts, *text* is how much of an entry it
    gives. *conditional*: a 304 of the server is reliable; *nothing* is the status of an empty result. *version* is a
    hash that changes with what the file means.
    """

    name: NotInFile[str] = ""
    path: NotInFile[str] = ""
    version: NotInFile[str] = ""
    title: Text
    about: Text
    group: Literal["news", "press", "social", "forum", "code", "review", "search", "web"]
    engine: Annotated[AnswerFormat, validation.member_of(AnswerFormat)]
    mode: Annotated[SourceMode, validation.member_of(SourceMode)]
    verified: Day
    default: Switch = False
    auth: Annotated[AuthNeed, validation.member_of(AuthNeed)] = AuthNeed.NONE
    env: Annotated[tuple[Annotated[Text, AfterValidator(_check_variable)], ...], Field(strict=False)] = ()
    terms: Text = ""
    text: Literal["title", "snippet", "full"] = "full"
    conditional: Switch = True
    nothing: Annotated[WholeNumber, Field(ge=400, le=499)] | None = None
    knows: Annotated[tuple[Count, ...], Field(strict=False)] = ()
    parameters: Annotated[dict[Text, KindParameter], AfterValidator(_fill_names)] = {}
    dialect: SearchDialect = Field(default_factory=SearchDialect)
    request: RequestRule
    since: SinceRule | None = None
    paging: PagingRule | None = None
    limits: RequestBudget = Field(default_factory=RequestBudget)
    map: EntryMap = Field(default_factory=EntryMap)
    entries: EntryRules = Field(default_factory=EntryRules)
    failures: Annotated[tuple[FailureRule, ...], Field(strict=False)] = ()
    probe: ProbeRule | None = None
    refresh: RefreshRule | None = None
    token: TokenRule | None = None
    spend: SpendRule | None = None

    @property
    def secret_parameters(self) -> frozenset[str]:
        """The names of the parameters that hold a secret."""
        return frozenset(name for name, parameter in self.parameters.items() if parameter.secret)

    @property
    def refresh_map(self) -> EntryMap:
        """The map of an answer with new responses."""
        return self.refresh.map if self.refresh and self.refresh.map else self.map

    def of_file(self, path: Path) -> Self:
        """Return the kind with the name of its file, and the version of its content."""
        # Remarks and limits do not change what an answer means.
        meaning = self.model_dump_json(exclude={"about", "verified", "terms", "default", "limits"})
        version = hashlib.sha256(meaning.encode()).hexdigest()[:12]
        return self.model_copy(update={"name": path.stem, "path": str(path), "version": version})


class PackedFeed(StrictModel):
    """A feed of a pack, and the day on which its URL was last checked."""

    url: Annotated[Text, AfterValidator(_check_feed_url)]
    title: Text
    verified: Day


class Pack(StrictModel):
    """Feeds under one name."""

    name: NotInFile[str] = ""
    title: Text
    feeds: Annotated[tuple[PackedFeed, ...], Field(strict=False, min_length=1)]

    def of_file(self, path: Path) -> Self:
        """Return the pack with the name of its file."""
        return self.model_copy(update={"name": path.stem})
