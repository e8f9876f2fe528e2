"""What a query file may say. Pydantic reads it, checks it and writes the JSON Schema that editors use."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, model_validator

from brandwatch import urls
from brandwatch.config import secrets
from brandwatch.config.query import (
    Account,
    Competitor,
    Exclusions,
    LetterCase,
    OfficialRole,
    OwnedChannels,
    Person,
    Placement,
    Query,
    QueryExamples,
    Term,
    TermKind,
    Value,
)
from brandwatch.config.validation import Day, StrictModel, Switch, Text, parse_duration, parse_period
from brandwatch.models import AuthorPolicy, Processing, Retention

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date
    from pathlib import Path


_KIND = re.compile(r"[a-z][a-z0-9_-]*")
_SHORTEST, _LONGEST = timedelta(minutes=5), timedelta(days=30)
_SHORTEST_KEPT, _LONGEST_KEPT = timedelta(days=1), timedelta(days=3650)


def require_letter(text: str) -> str:
    """Refuse a name that no text can hold as a word."""
    if not any(map(str.isalnum, text)):
        raise ValueError("a name needs at least one letter or digit")
    return text


def parse_web_link(text: str) -> str:
    """Refuse what is not an address that can be asked, and secrets in it."""
    try:
        parts = urlsplit(text)
    except ValueError:
        raise ValueError("not a web address") from None
    link = urls.web_link(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or not link:
        raise ValueError("not a web address: it begins with http:// or https://")
    if parts.username is not None or parts.password is not None:
        raise ValueError("a web address must not hold a user name or password: this file is no place for secrets")
    if name := secrets.find_plaintext_secret(text):
        raise ValueError(f"`{name}` looks like a secret: write {name}=${{NAME}}, and set NAME in the environment")
    return text if secrets.secret_names(text) else link


def parse_interval(text: str) -> timedelta:
    """Read `15m`, `2h` or `1d`."""
    interval = parse_duration(text)
    if not _SHORTEST <= interval <= _LONGEST:
        raise ValueError("an interval is written 15m, 2h or 1d, and lies between 5m and 30d")
    return interval


def parse_retention(value: object) -> object:
    """Read `90d`, `6w`, `18m` or `2y`."""
    if not isinstance(value, str):
        return value
    kept = parse_period(value)
    if not _SHORTEST_KEPT <= kept <= _LONGEST_KEPT:
        raise ValueError("how long to keep is written 90d, 6w, 18m (months) or 2y, and lies between 1d and 10y")
    return kept


def parse_size(value: object) -> object:
    """Read a number of characters; what is in a file is text."""
    return int(value) if isinstance(value, str) and value.isascii() and value.isdecimal() else value


def require_full_name(text: str) -> str:
    """Refuse a name that many people have."""
    if len(text.split()) < 2:  # noqa: PLR2004 (a first name and a last name)
        raise ValueError("a person is written with first and last name")
    return text


def parse_domain(text: str) -> str:
    """Return the host of a domain or a web address."""
    host = urls.host(text)
    if "." not in host or " " in text:
        raise ValueError("not a domain: write acme.example")
    return host


def text_as_name(value: object) -> object:
    """Let a plain text stand for a name."""
    return {"name": value} if isinstance(value, str) else value


def text_as_source(value: object) -> object:
    """Let an address stand for a feed, and a word for a kind of source."""
    if not isinstance(value, str):
        return value
    return {"kind": value} if _KIND.fullmatch(value) else {"url": value}


def text_as_list(value: object) -> object:
    """Let one text stand for a list of it."""
    return (value,) if isinstance(value, str) else value


def list_as_words(value: object) -> object:
    """Let a plain list stand for excluded words."""
    return {"words": value} if isinstance(value, list) else value


_MOST_HEADERS = 10
_LONGEST_SNIPPET = 2000


NameText = Annotated[Text, AfterValidator(require_letter)]
WordList = Annotated[tuple[Text, ...], Field(strict=False)]
TextList = Annotated[
    tuple[Text, ...],
    BeforeValidator(text_as_list, json_schema_input_type=str | tuple[str, ...]),
    Field(strict=False),
]
Accounts = Annotated[
    dict[Text, Annotated[Text, AfterValidator(lambda text: text.removeprefix("@"))]],
    Field(description="Handles by platform: {x: acme, mastodon: acme@server.example}."),
]


class NameForm(StrictModel):
    """A name with its rules: capitals, context, place."""

    name: Annotated[
        NameText, Field(description="The name as people write it; its genitives and compounds are understood.")
    ]
    case: Annotated[
        LetterCase,
        BeforeValidator(lambda value: LetterCase(value) if value in list(LetterCase) else value),
        Field(
            description="smart: capitals count where the name is an ordinary word or very short; exact: they always "
            "count; any: they never do."
        ),
    ] = LetterCase.SMART
    any_of_context: Annotated[WordList, Field(description="One of these (`prefix*` too) must stand in the entry.")] = ()
    none_of_context: Annotated[WordList, Field(description="None of these may stand in the entry.")] = ()
    not_first_word: Annotated[Switch, Field(description="A sentence that begins with the name does not count.")] = False
    where: Annotated[
        Placement,
        BeforeValidator(lambda value: Placement(value) if value in list(Placement) else value),
        Field(description="Where the name counts: any, title, or social (posts and comments)."),
    ] = Placement.ANY
    closed_compounds: Annotated[Switch, Field(description="Words that begin with the name count: Acmeaksjen.")] = False


class OwnedForm(StrictModel):
    """The brand's own channels: shown apart, never counted as what others say."""

    domains: Annotated[
        tuple[Annotated[Text, AfterValidator(parse_domain)], ...],
        Field(strict=False, description="Own domains."),
    ] = ()
    accounts: Accounts = {}
    hashtags: Annotated[
        tuple[Annotated[NameText, AfterValidator(lambda text: text.removeprefix("#"))], ...],
        Field(strict=False, description="Own hashtags, written without #."),
    ] = ()


class PersonForm(StrictModel):
    """An official representative. The name counts only where the brand is in the same entry."""

    name: Annotated[NameText, AfterValidator(require_full_name), Field(description="First and last name.")]
    role: Annotated[
        OfficialRole,
        BeforeValidator(lambda value: OfficialRole(value) if value in list(OfficialRole) else value),
        Field(description="The official role; people without one are not watched by name."),
    ]
    registered: Annotated[Day, Field(description="The day the person was told and entered here.")]
    title: Annotated[Text, Field(description="The title, as reports show it.")] = ""
    accounts: Accounts = {}
    basis: Annotated[Text, Field(description="The legal basis for watching.")] = ""
    review_by: Annotated[Day | None, Field(description="From this day on the person is skipped until reviewed.")] = None

    def is_review_overdue(self, today: date) -> bool:
        """Whether the person is to be skipped until the next review."""
        return self.review_by is not None and self.review_by <= today


class PrivacyForm(StrictModel):
    """Who answers for the watching, and why: what `privacy notice` and `privacy record` print."""

    controller: Annotated[Text, Field(description="The organisation that decides to watch.")] = ""
    contact: Annotated[Text, Field(description="Where somebody turns who wants access, correction or erasure.")] = ""
    officer: Annotated[Text, Field(description="The data protection officer, where there is one.")] = ""
    purpose: Annotated[Text, Field(description="What the watching is for.")] = ""
    legal_basis: Annotated[Text, Field(description="The legal basis, with the interest that is weighed.")] = ""
    informed: Annotated[Day | None, Field(description="The day the staff and their representatives were told.")] = None
    review_by: Annotated[
        Day | None, Field(description="The day by which the need is looked at again with the representatives.")
    ] = None
    recipients: Annotated[TextList, Field(description="Who gets to see mentions and reports.")] = ()
    transfers: Annotated[TextList, Field(description="Who of them is outside the EEA, on what basis; or `none`.")] = ()


class ExcludeForm(StrictModel):
    """What hides a mention: it is kept, with the reason, and `report --suppressed` shows it."""

    words: Annotated[WordList, Field(description="Words and phrases that hold the name and mean something else.")] = ()
    phrases: Annotated[WordList, Field(description="The same as words.")] = ()
    sites: Annotated[WordList, Field(description="Domains whose entries do not count.")] = ()
    authors: Annotated[WordList, Field(description="Authors whose entries do not count.")] = ()
    kinds: Annotated[
        tuple[Literal["job_ad", "stock_ticker", "coupon", "obituary"], ...],
        Field(strict=False, description="Kinds of entry that do not count, told by their words."),
    ] = ()


class SourceForm(StrictModel):
    """A feed with its interval, a file of feeds, or a kind of source with the values that it asks for."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Annotated[tuple[Text, ...], BeforeValidator(text_as_list), Field(strict=False)]]

    url: Annotated[
        Text, AfterValidator(parse_web_link), Field(description="The address of an RSS, Atom or JSON feed.")
    ] = ""
    opml: Annotated[Text, Field(description="An OPML file next to this one: all its feeds.")] = ""
    kind: Annotated[Text, Field(description="A kind of source: `brandwatch sources kinds` lists them.")] = ""
    pack: Annotated[Text, Field(description="Feeds that go together: nordic-news, or one of your own.")] = ""
    accept_terms: Annotated[Switch, Field(description="Its terms were read, and allow what is done here.")] = False
    interval: Annotated[
        timedelta | None,
        BeforeValidator(
            lambda value: parse_interval(value) if isinstance(value, str) else value, json_schema_input_type=str
        ),
        Field(description="How often to ask: 15m, 2h, 1d. Without it as often as the feed has news.", examples=["2h"]),
    ] = None
    allow_private: Annotated[Switch, Field(description="The address may be on a private network.")] = False
    headers: Annotated[
        dict[Text, Text],
        Field(
            max_length=_MOST_HEADERS,
            description="What the server wants to be told, secrets as ${NAME} from the environment; sent to it alone.",
            examples=[{"X-Api-Key": "${ACME_KEY}"}, {"Authorization": "Bearer ${ACME_TOKEN}"}],
        ),
    ] = {}

    @model_validator(mode="after")
    def _is_one(self) -> SourceForm:
        if sum(map(bool, (self.url or self.kind, self.opml, self.pack))) != 1:
            raise ValueError("a source is one of these: a `url`, an `opml` file, a `kind` or a `pack`")
        return self


_Period = Annotated[timedelta | None, BeforeValidator(parse_retention, json_schema_input_type=str)]


class RetainForm(StrictModel):
    """How long mentions are kept after they were found; then only their counts stay."""

    public: Annotated[_Period, Field(description="What others say: 365d without it.", examples=["365d"])] = None
    staff: Annotated[_Period, Field(description="What staff say, and all that is about staff: 90d without it.")] = None
    official: Annotated[_Period, Field(description="What official representatives say: 2y without it.")] = None
    owned: Annotated[_Period, Field(description="What the brand's own channels say: 2y without it.")] = None


class ExamplesForm(StrictModel):
    """Texts of your own that `brandwatch check` runs through the matcher."""

    match: Annotated[tuple[Text, ...], Field(strict=False, description="Each of these must be a mention.")] = ()
    reject: Annotated[tuple[Text, ...], Field(strict=False, description="None of these may be a mention.")] = ()


Language = Literal["nb", "nn", "no", "da", "sv", "en", "de", "fi"]


AnyName = Annotated[NameForm, BeforeValidator(text_as_name, json_schema_input_type=str | NameForm)]


class QueryForm(StrictModel):
    """One brand to watch: what it is called, who speaks for it, what to leave out, and where to look."""

    FUTURE_KEYS = frozenset({"goals", "alerts"})

    brand: Annotated[Text, Field(description="Whose mentions these are; used in reports.")]
    names: Annotated[tuple[AnyName, ...], Field(strict=False, min_length=1, description="What people call the brand.")]
    products: Annotated[
        tuple[AnyName, ...], Field(strict=False, description="Products; they may take the endings of nouns.")
    ] = ()
    owned: Annotated[OwnedForm, Field(description="The brand's own channels.")] = OwnedForm()
    people: Annotated[
        tuple[PersonForm, ...],
        Field(strict=False, max_length=25, description="Official representatives, and nobody else."),
    ] = ()
    staff_mentions: Annotated[
        Switch, Field(description="Roles tied to the brand, without names: the adviser at Acme.")
    ] = True
    privacy: Annotated[PrivacyForm, Field(description="Who answers for the watching, why, and who is told.")] = (
        PrivacyForm()
    )
    values: Annotated[
        dict[Text, WordList], Field(description="Themes, each with its words, phrases and `prefix*`.")
    ] = {}
    competitors: Annotated[
        dict[Text, Annotated[tuple[AnyName, ...], Field(strict=False)]],
        Field(description="Rival organisations by name, each with its names."),
    ] = {}
    exclude: Annotated[
        ExcludeForm,
        BeforeValidator(list_as_words, json_schema_input_type=list[str] | ExcludeForm),
        Field(description="What hides a hit: words and sites, or just a list of words."),
    ] = ExcludeForm()
    match: Annotated[
        Text, Field(description="An expression that narrows: what matches it and holds a name counts.")
    ] = ""
    languages: Annotated[
        tuple[Language, ...], Field(strict=False, description="The languages to expect; `no` is nb and nn.")
    ] = ()
    sources: Annotated[
        tuple[Annotated[SourceForm, BeforeValidator(text_as_source, json_schema_input_type=str | SourceForm)], ...],
        Field(strict=False, description="What to poll: feeds, and kinds of source."),
    ] = ()
    retain: Annotated[RetainForm, Field(description="How long mentions are kept, by voice: 90d, 6w, 18m, 2y.")] = (
        RetainForm()
    )
    author: Annotated[
        AuthorPolicy,
        BeforeValidator(lambda value: AuthorPolicy(value) if value in list(AuthorPolicy) else value),
        Field(description="What is kept of an author: full, handle (accounts, no names of people), or none."),
    ] = AuthorPolicy.HANDLE
    snippet: Annotated[
        int,
        BeforeValidator(parse_size),
        Field(ge=0, le=_LONGEST_SNIPPET, description="How many characters of a text are kept, around what was found."),
    ] = 500
    examples: Annotated[ExamplesForm, Field(description="Texts that must, and must not, be mentions.")] = ExamplesForm()


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a query file."""
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "A brandwatch query"}
    return head | {key: value for key, value in QueryForm.model_json_schema().items() if key != "title"}


_NORWEGIAN = ("nb", "nn")


def build_query(form: QueryForm, path: Path, today: date) -> Query:
    """Return the query of a form, but for its sources; people whose review is overdue are left out.

    Its version is a hash of all that decides what matches.
    """
    tags = (tag for name in form.languages for tag in (_NORWEGIAN if name == "no" else (name,)))
    query = Query(
        name=path.stem,
        brand=form.brand,
        names=_terms(form.names, TermKind.NAME),
        products=_terms(form.products, TermKind.PRODUCT),
        owned=OwnedChannels(
            domains=form.owned.domains, accounts=_accounts(form.owned.accounts), hashtags=form.owned.hashtags
        ),
        people=tuple(_person(person) for person in form.people if not person.is_review_overdue(today)),
        staff_mentions=form.staff_mentions,
        values=tuple(Value(name=name, words=words) for name, words in form.values.items()),
        competitors=tuple(
            Competitor(name=name, terms=_terms(names, TermKind.COMPETITOR)) for name, names in form.competitors.items()
        ),
        exclude=Exclusions(
            words=(*form.exclude.words, *form.exclude.phrases),
            sites=form.exclude.sites,
            authors=form.exclude.authors,
            kinds=form.exclude.kinds,
        ),
        match=" ".join(form.match.split()),
        languages=tuple(dict.fromkeys(tags)),
    )
    meaning = hashlib.sha256(repr(query).encode()).hexdigest()[:12]
    examples = QueryExamples(match=form.examples.match, reject=form.examples.reject)
    privacy = Processing(**form.privacy.model_dump())
    return replace(query, version=meaning, examples=examples, path=str(path), keeping=_keeping(form), privacy=privacy)


def _keeping(form: QueryForm) -> Retention:
    """Return how mentions are kept; what the file does not say is as everywhere."""
    return Retention(author=form.author, snippet=form.snippet, **form.retain.model_dump(exclude_none=True))


def _terms(names: Iterable[NameForm], kind: TermKind) -> tuple[Term, ...]:
    """Return names as terms of one kind."""
    return tuple(
        Term(
            text=name.name,
            case=name.case,
            kind=kind,
            any_of_context=name.any_of_context,
            none_of_context=name.none_of_context,
            not_first_word=name.not_first_word,
            where=name.where,
            closed_compounds=name.closed_compounds,
        )
        for name in names
    )


def _person(person: PersonForm) -> Person:
    """Return an official representative."""
    return Person(
        name=person.name,
        role=person.role,
        registered=person.registered,
        title=person.title,
        accounts=_accounts(person.accounts),
        basis=person.basis,
        review_by=person.review_by,
    )


def _accounts(handles: Mapping[str, str]) -> tuple[Account, ...]:
    """Return handles by platform as accounts."""
    return tuple(Account(platform=platform.lower(), handle=handle) for platform, handle in handles.items())
