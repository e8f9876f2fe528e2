"""A kind of source: how to ask it, how to read its answer, and what to expect of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, timedelta


class AnswerFormat(StrEnum):
    """What reads the answer: the parser of feeds, or a map over JSON."""

    FEED = "feed"
    JSON = "json"


class SourceMode(StrEnum):
    """Whether a source is fetched once for all queries, or asked once per term."""

    STREAM = "stream"
    SEARCH = "search"


class AuthNeed(StrEnum):
    """Whether a kind wants a key."""

    NONE = "none"
    OPTIONAL = "optional"
    REQUIRED = "required"


class TimeFormat(StrEnum):
    """How a request says from when on: a moment in one of its forms, the last id, or the smallest window that holds."""

    EPOCH = "epoch"
    ISO = "iso"
    DATE = "date"
    COMPACT = "compact"
    SECONDS = "seconds"
    WINDOW = "window"
    ID = "id"


@dataclass(frozen=True, slots=True, kw_only=True)
class KindParameter:
    """What a query file may say of a source of the kind.

    *many* is the key for several values, each a source of its own; *pattern* a regular expression or the name of one
    of ours (`site`, `domain`, `url`); *default* stands in for what is not said; *owned* takes the query's own `domains`
    or `hashtags` where nothing is; *instead* has the values searched for, in place of the names.
    """

    name: str
    about: str
    required: bool = False
    many: str = ""
    pattern: str = ""
    default: tuple[str, ...] = ()
    owned: str = ""
    instead: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchDialect:
    """How terms are written. *joiner* is empty where there is no OR; 0 means no limit.

    *shortest* is in letters, *longest* in characters of the whole expression; *group* goes around more than one term.
    """

    phrase: str = '"{term}"'
    domain: str = '"{term}"'
    joiner: str = ""
    group: str = "{terms}"
    longest: int = 0
    most: int = 0
    shortest: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRule:
    """Templates of an address, its parameters and headers; a parameter that comes out empty is left out."""

    url: str
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SinceRule:
    """What a request says of time.

    *overlap* is asked for again, since entries are indexed late; *first* is how far back the first request goes, `None`
    for as far as there is; *steps* are the windows, shortest first. *below* is the parameter by which a conversation,
    whose oldest comments come first, is asked for from its last answer on.
    """

    form: TimeFormat
    overlap: timedelta
    first: timedelta | None = None
    steps: tuple[tuple[timedelta, str], ...] = ()
    below: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PagingRule:
    """How the next page is asked for, and how one knows that there is one.

    A page is named by a number in *param* (from *start*, in steps of *step*), by what stands at *cursor* in the answer,
    by the whole address at *link*, by the mark of the newest entry (*after*: a parameter), or by that of the oldest
    (*until*: a parameter). *size* is that of a full page; *more* is true, and *pages* counts, where the answer tells.
    """

    param: str = ""
    start: int = 0
    step: int = 1
    cursor: str = ""
    link: str = ""
    after: str = ""
    until: str = ""
    size: int = 0
    more: str = ""
    pages: str = ""
    total: str = ""
    most: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestBudget:
    """How often a source may be asked, how far apart its host, how many times in one poll.

    *backoff* is where an answer says how many seconds to wait.
    """

    interval: timedelta | None = None
    spacing: float = 1.0
    budget: int = 0
    backoff: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowJoin:
    """Rows of the answer's other list *source*, found by *key*, that stand under a name in each row, by its *on*."""

    name: str
    source: str
    key: str
    on: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryMap:
    """How entries are made of an answer: JMESPath expressions, and templates where there are braces.

    *items* leads to the rows, *where* keeps those it is true of, *unwanted* is true of those whose authors do not want
    to be found, *markup* names fields that hold HTML, *words* has for
    a field what its values mean. *absent* says what an answer without *items* is: `error`, `empty`, or `partial`.
    """

    items: str = "@"
    where: str = ""
    unwanted: str = ""
    absent: str = "error"
    mark: str = ""
    markup: frozenset[str] = frozenset()
    join: tuple[RowJoin, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRules:
    """What the entries of a kind do otherwise than others.

    *publisher* and *title* are templates over the values of the source and the entry's own `link` and `title`;
    *suffix* is what stands between the title and the publisher at its end; *untitled* is a pattern of links to
    comments, whose titles are the site's words and not the author's; *textless* ones have the title, or other entries,
    as their text.
    """

    publisher: str = ""
    title: str = ""
    suffix: str = ""
    untitled: str = ""
    textless: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureRule:
    """What tells “broke” from “nothing new”, where the status does not.

    One of *path* (true in the answer), *text* (a pattern in its first characters) or *content_type* (a pattern). The
    *words* may hold `{found}`; a `partial` answer is read all the same. *wait* is a pattern whose group is the number
    of seconds that what was found wants us to wait.
    """

    fetch_class: str
    words: str
    path: str = ""
    text: str = ""
    content_type: str = ""
    wait: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeRule:
    """What to ask where an answer is empty and may be closed: an address, and where its answer says so."""

    url: str
    closed: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshRule:
    """How responses are read again: *batch* entries a request, each named by the group in *pattern* of its *of*.

    Where the pattern has named groups, one is `id`, and all may stand in the address. *separator* stands between
    several, `&` repeats the parameter. *map* reads the answer; its `id` is compared with what the pattern found.
    """

    asking: RequestRule
    pattern: str
    map: EntryMap
    of: str = "guid"
    batch: int = 1
    separator: str = ","


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRule:
    """A token that must be got before, once a poll: a POST whose answer holds it at *path*.

    *form* is sent as a form, *json* as JSON, *user* and *password* as HTTP basic authentication; *host* is asked in
    place of the usual one once there is a token.
    """

    url: str
    path: str
    form: Mapping[str, str] = field(default_factory=dict)
    json: Mapping[str, str] = field(default_factory=dict)
    user: str = ""
    password: str = ""
    host: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendRule:
    """What an entry costs in a currency, and the parameter that says how much of it a calendar month may cost."""

    price: float
    currency: str
    cap: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of source, as its file in `sources/kinds/` or in the user's own folder says it.

    *group* is where in a report it belongs (`news`, `social`, `forum` …), *env* names the variables of its secrets,
    *terms* the notice that a query must accept. *knows* are the responses it counts, *text* says how much of an entry
    it gives: `title`, `snippet` or `full`. *verified* is when its facts were last held against what is known of them.
    *conditional* says that a server's word for it that nothing has changed is to be believed, *nothing* is the status
    with which it says that there is nothing yet. *version* is a hash that changes with what the file means.
    """

    name: str
    title: str
    about: str
    group: str
    engine: AnswerFormat
    mode: SourceMode
    asking: RequestRule
    verified: date
    path: str = ""
    version: str = ""
    default: bool = False
    auth: AuthNeed = AuthNeed.NONE
    env: tuple[str, ...] = ()
    terms: str = ""
    text: str = "full"
    conditional: bool = True
    nothing: int | None = None
    knows: tuple[str, ...] = ()
    parameters: tuple[KindParameter, ...] = ()
    dialect: SearchDialect = SearchDialect()
    since: SinceRule | None = None
    paging: PagingRule | None = None
    limits: RequestBudget = RequestBudget()
    map: EntryMap = EntryMap()
    entries: EntryRules = EntryRules()
    failures: tuple[FailureRule, ...] = ()
    probe: ProbeRule | None = None
    refresh: RefreshRule | None = None
    token: TokenRule | None = None
    spend: SpendRule | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedFeed:
    """A feed of a pack, with the day on which its address was last held against what is known of it."""

    url: str
    title: str
    verified: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """Feeds that go together under one name."""

    name: str
    title: str
    feeds: tuple[PackedFeed, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfiguredSource:
    """A source as a query file has it: a kind with its values, or a pack; values are texts, by the name as written."""

    kind: str = ""
    pack: str = ""
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    accept_terms: bool = False
    interval: timedelta | None = None
    allow_private: bool = False
