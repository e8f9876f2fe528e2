"""What a query file may say. Pydantic reads it, checks it and writes the JSON Schema that editors use."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, model_validator

from brandwatch.marked.forms import Day, Form, Switch, Text
from brandwatch.models import Byline, Case, Role, Where
from brandwatch.queries import spellings

LATER = frozenset({"goals", "alerts"})
"""Keys that a coming version gives a meaning to."""

EMPLOYEE_KEYS = frozenset(
    "employees employee staff ansatte ansatt tilsette medarbeidere anställda medarbetare medarbejdere mitarbeiter "
    "persons person names_of_staff colleagues workers".split()
)
"""What people write who want to watch their staff by name; there is no such key, and there will be none."""

_MOST_HEADERS = 10
_LONGEST_SNIPPET = 2000


Name = Annotated[Text, AfterValidator(spellings.has_letter)]
Words = Annotated[tuple[Text, ...], Field(strict=False)]
Listed = Annotated[
    tuple[Text, ...],
    BeforeValidator(spellings.listed, json_schema_input_type=str | tuple[str, ...]),
    Field(strict=False),
]
Accounts = Annotated[
    dict[Text, Annotated[Text, AfterValidator(lambda text: text.removeprefix("@"))]],
    Field(description="Handles by platform: {x: acme, mastodon: acme@server.example}."),
]


class NameForm(Form):
    """A name with its rules: capitals, context, place."""

    name: Annotated[Name, Field(description="The name as people write it; its genitives and compounds are understood.")]
    case: Annotated[
        Case,
        BeforeValidator(lambda value: Case(value) if value in list(Case) else value),
        Field(
            description="smart: capitals count where the name is an ordinary word or very short; exact: they always "
            "count; any: they never do."
        ),
    ] = Case.SMART
    any_of_context: Annotated[Words, Field(description="One of these (`prefix*` too) must stand in the entry.")] = ()
    none_of_context: Annotated[Words, Field(description="None of these may stand in the entry.")] = ()
    not_first_word: Annotated[Switch, Field(description="A sentence that begins with the name does not count.")] = False
    where: Annotated[
        Where,
        BeforeValidator(lambda value: Where(value) if value in list(Where) else value),
        Field(description="Where the name counts: any, title, or social (posts and comments)."),
    ] = Where.ANY
    closed_compounds: Annotated[Switch, Field(description="Words that begin with the name count: Acmeaksjen.")] = False


class OwnedForm(Form):
    """The brand's own channels: shown apart, never counted as what others say."""

    domains: Annotated[
        tuple[Annotated[Text, AfterValidator(spellings.as_domain)], ...],
        Field(strict=False, description="Own domains."),
    ] = ()
    accounts: Accounts = {}
    hashtags: Annotated[
        tuple[Annotated[Name, AfterValidator(lambda text: text.removeprefix("#"))], ...],
        Field(strict=False, description="Own hashtags, written without #."),
    ] = ()


class PersonForm(Form):
    """An official representative. The name counts only where the brand is in the same entry."""

    name: Annotated[Name, AfterValidator(spellings.is_full_name), Field(description="First and last name.")]
    role: Annotated[
        Role,
        BeforeValidator(lambda value: Role(value) if value in list(Role) else value),
        Field(description="The official role; people without one are not watched by name."),
    ]
    registered: Annotated[Day, Field(description="The day the person was told and entered here.")]
    title: Annotated[Text, Field(description="The title, as reports show it.")] = ""
    accounts: Accounts = {}
    basis: Annotated[Text, Field(description="The legal basis for watching.")] = ""
    review_by: Annotated[Day | None, Field(description="From this day on the person is skipped until reviewed.")] = None


class PrivacyForm(Form):
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
    recipients: Annotated[Listed, Field(description="Who gets to see mentions and reports.")] = ()
    transfers: Annotated[Listed, Field(description="Who of them is outside the EEA, on what basis; or `none`.")] = ()


class ExcludeForm(Form):
    """What hides a mention: it is kept, with the reason, and `report --suppressed` shows it."""

    words: Annotated[Words, Field(description="Words and phrases that hold the name and mean something else.")] = ()
    phrases: Annotated[Words, Field(description="The same as words.")] = ()
    sites: Annotated[Words, Field(description="Domains whose entries do not count.")] = ()
    authors: Annotated[Words, Field(description="Authors whose entries do not count.")] = ()
    kinds: Annotated[
        tuple[Literal["job_ad", "stock_ticker", "coupon", "obituary"], ...],
        Field(strict=False, description="Kinds of entry that do not count, told by their words."),
    ] = ()


class SourceForm(Form):
    """A feed with its interval, a file of feeds, or a kind of source with the values that it asks for."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Annotated[tuple[Text, ...], BeforeValidator(spellings.listed), Field(strict=False)]]

    url: Annotated[
        Text, AfterValidator(spellings.as_web_link), Field(description="The address of an RSS, Atom or JSON feed.")
    ] = ""
    opml: Annotated[Text, Field(description="An OPML file next to this one: all its feeds.")] = ""
    kind: Annotated[Text, Field(description="A kind of source: `brandwatch sources kinds` lists them.")] = ""
    pack: Annotated[Text, Field(description="Feeds that go together: nordic-news, or one of your own.")] = ""
    accept_terms: Annotated[Switch, Field(description="Its terms were read, and allow what is done here.")] = False
    interval: Annotated[
        timedelta | None,
        BeforeValidator(
            lambda value: spellings.as_interval(value) if isinstance(value, str) else value, json_schema_input_type=str
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


_Period = Annotated[timedelta | None, BeforeValidator(spellings.as_period, json_schema_input_type=str)]


class RetainForm(Form):
    """How long mentions are kept after they were found; then only their counts stay."""

    public: Annotated[_Period, Field(description="What others say: 365d without it.", examples=["365d"])] = None
    staff: Annotated[_Period, Field(description="What staff say, and all that is about staff: 90d without it.")] = None
    official: Annotated[_Period, Field(description="What official representatives say: 2y without it.")] = None
    owned: Annotated[_Period, Field(description="What the brand's own channels say: 2y without it.")] = None


class ExamplesForm(Form):
    """Texts of your own that `brandwatch check` runs through the matcher."""

    match: Annotated[tuple[Text, ...], Field(strict=False, description="Each of these must be a mention.")] = ()
    reject: Annotated[tuple[Text, ...], Field(strict=False, description="None of these may be a mention.")] = ()


Language = Literal["nb", "nn", "no", "da", "sv", "en", "de", "fi"]


AnyName = Annotated[NameForm, BeforeValidator(spellings.named, json_schema_input_type=str | NameForm)]


class QueryForm(Form):
    """One brand to watch: what it is called, who speaks for it, what to leave out, and where to look."""

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
    values: Annotated[dict[Text, Words], Field(description="Themes, each with its words, phrases and `prefix*`.")] = {}
    competitors: Annotated[
        dict[Text, Annotated[tuple[AnyName, ...], Field(strict=False)]],
        Field(description="Rival organisations by name, each with its names."),
    ] = {}
    exclude: Annotated[
        ExcludeForm,
        BeforeValidator(spellings.worded, json_schema_input_type=list[str] | ExcludeForm),
        Field(description="What hides a hit: words and sites, or just a list of words."),
    ] = ExcludeForm()
    match: Annotated[
        Text, Field(description="An expression that narrows: what matches it and holds a name counts.")
    ] = ""
    languages: Annotated[
        tuple[Language, ...], Field(strict=False, description="The languages to expect; `no` is nb and nn.")
    ] = ()
    sources: Annotated[
        tuple[
            Annotated[SourceForm, BeforeValidator(spellings.addressed, json_schema_input_type=str | SourceForm)], ...
        ],
        Field(strict=False, description="What to poll: feeds, and kinds of source."),
    ] = ()
    retain: Annotated[RetainForm, Field(description="How long mentions are kept, by voice: 90d, 6w, 18m, 2y.")] = (
        RetainForm()
    )
    author: Annotated[
        Byline,
        BeforeValidator(lambda value: Byline(value) if value in list(Byline) else value),
        Field(description="What is kept of an author: full, handle (accounts, no names of people), or none."),
    ] = Byline.HANDLE
    snippet: Annotated[
        int,
        BeforeValidator(spellings.as_size),
        Field(ge=0, le=_LONGEST_SNIPPET, description="How many characters of a text are kept, around what was found."),
    ] = 500
    examples: Annotated[ExamplesForm, Field(description="Texts that must, and must not, be mentions.")] = ExamplesForm()


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a query file."""
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "A brandwatch query"}
    return head | {key: value for key, value in QueryForm.model_json_schema().items() if key != "title"}
