"""A query: one brand, and all that belongs to monitoring it.

The models are what a query file may hold, and what the program works with. Their docstrings and the descriptions of
their fields are the texts of the JSON Schema.
"""

from __future__ import annotations

import hashlib
import re
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple, Self

from pydantic import AfterValidator, BeforeValidator, Field, create_model

from brandwatch import urls
from brandwatch.config import validation
from brandwatch.config.configured_source import AlertAfter, ConfiguredSource, fill_values, text_as_source
from brandwatch.config.validation import Day, NotInFile, StrictModel, Switch, Text, WrittenAs
from brandwatch.models import AuthorPolicy, Retention, Source
from brandwatch.text import MACROLANGUAGES, language_codes
from brandwatch.text.normalise import fold

# Every mention is stored with the version of its query, which is a hash of these names as well: a class that is renamed
# must not make every query look edited.
_VERSION_NAMES = {
    "Exclusions": "Exclude",
    "LetterCase": "Case",
    "OfficialRole": "Role",
    "OwnedChannels": "Owned",
    "Placement": "Where",
    "QueryExamples": "Examples",
    "Value": "Theme",
}
# Quoted text is met first, so that no name of a class is found in it.
_CLASS_NAME = re.compile(rf"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|\b(?:{"|".join(_VERSION_NAMES)})(?=[.(])""")

MIN_RETENTION, MAX_RETENTION = timedelta(days=1), timedelta(days=3650)
MAX_PEOPLE = 25
MAX_SNIPPET_CHARS = 2000


class LetterCase(StrEnum):
    """Whether the capitals of a name must match."""

    SMART = "smart"
    EXACT = "exact"
    ANY = "any"


class Placement(StrEnum):
    """The place where a name counts: anywhere, in the title, or in a social entry."""

    ANY = "any"
    TITLE = "title"
    SOCIAL = "social"


class Equivalence(StrEnum):
    """A kind of difference that leaves a spelling the same name, such as ö for ø."""

    DIGRAPHS = "digraphs"
    NORDIC_LETTERS = "nordic_letters"
    ENGLISH_LETTERS = "english_letters"
    ACCENTS = "accents"
    SHARP_S = "sharp_s"
    AMPERSAND = "ampersand"
    APOSTROPHES = "apostrophes"
    QUOTES = "quotes"
    INITIALS = "initials"
    SIGNS = "signs"
    LEGAL_FORMS = "legal_forms"
    SPACING = "spacing"


DIFFERENCES = {
    Equivalence.DIGRAPHS: "two letters for one (aa for å, oe for ø, ae for æ, ue for ü) or the other way round",
    Equivalence.NORDIC_LETTERS: "ö for ø or ä for æ, or the other way round",
    Equivalence.ENGLISH_LETTERS: "o for ø, in a name of several words",
    Equivalence.ACCENTS: "no accents",
    Equivalence.SHARP_S: "ss for ß, or the other way round",
    Equivalence.AMPERSAND: "another conjunction, or other blanks at the &",
    Equivalence.APOSTROPHES: "no apostrophe",
    Equivalence.QUOTES: "other quotation marks or none",
    Equivalence.INITIALS: "other dots or blanks in initials and abbreviations",
    Equivalence.SIGNS: "no sign at the end of a word",
    Equivalence.LEGAL_FORMS: "another legal form or none",
    Equivalence.SPACING: "other blanks or hyphens",
}
"""The difference that each equivalence allows, in words."""


class TermKind(StrEnum):
    """The part of the query that a term comes from; a competitor's name alone makes no mention."""

    NAME = "name"
    PRODUCT = "product"
    DOMAIN = "domain"
    ACCOUNT = "account"
    HASHTAG = "hashtag"
    COMPETITOR = "competitor"


class OfficialRole(StrEnum):
    """The position of an official representative; nobody else is monitored by name."""

    SPOKESPERSON = "spokesperson"
    EXECUTIVE = "executive"
    BOARD = "board"
    OFFICIAL = "official"


def _switch_all(value: object) -> object:
    """Accept one switch for all equivalences."""
    return dict.fromkeys(Equivalence, value) if value in ("on", "off") else value


def _require_letter(text: str) -> str:
    # To Python `¹` is a number and `ʼ` a letter; in a text both are signs.
    if not fold(text).spaced.strip():
        raise ValueError("a name needs at least one letter or digit")
    return text


def _require_full_name(text: str) -> str:
    if len(text.split()) < 2:  # noqa: PLR2004 (a first name and a last name)
        raise ValueError("a person needs a first and a last name")
    return text


def _parse_domain(text: str) -> str:
    host = urls.host(text)
    if "." not in host or " " in text:
        raise ValueError("not a domain: write acme.example")
    return urls.readable_host(host)


NameText = Annotated[Text, AfterValidator(_require_letter)]
WordList = Annotated[tuple[Text, ...], Field(strict=False)]
TextList = Annotated[
    tuple[Text, ...],
    BeforeValidator(validation.one_as_list, json_schema_input_type=str | tuple[str, ...]),
    Field(strict=False),
]
# The first stand in the order of the schema; a language is added by its file in `text/languages` alone.
_LANGUAGES = dict.fromkeys(("nb", "nn", "no", "da", "sv", "en", "de", "fi", *language_codes()))
if TYPE_CHECKING:
    from collections.abc import Iterator

    Language = str
else:
    Language = Literal[tuple(_LANGUAGES)]


_switches: dict[str, Any] = {
    equivalence.value: (Switch | None, Field(default=None, description=f"Whether a text may have {difference}."))
    for equivalence, difference in DIFFERENCES.items()
}
EquivalencesForm = create_model("EquivalencesForm", __base__=StrictModel, **_switches)
EquivalencesForm.__doc__ = "Spellings that count as the name; all are on unless switched off."
EquivalenceSwitches = Annotated[
    tuple[tuple[Equivalence, bool], ...],
    WrittenAs(
        Annotated[
            EquivalencesForm,
            BeforeValidator(_switch_all, json_schema_input_type=Literal["on", "off"] | EquivalencesForm),
        ],
        lambda form: tuple((Equivalence(name), is_on) for name, is_on in form if is_on is not None),
        dict,
    ),
    # Unset by most, they are part of the version of a query only where they are set.
    Field(
        repr=False,
        description="Spellings that count as the name, each on or off: {legal_forms: off}; or `off` for all.",
        json_schema_extra={"default": {}},
    ),
]


class Term(StrictModel):
    """A name with its rules: capitals, context, place."""

    text: Annotated[
        NameText, Field(alias="name", description="The name as people write it; genitives and compounds match too.")
    ]
    case: Annotated[
        LetterCase,
        validation.member_of(LetterCase),
        Field(
            description="smart: capitals must match if the name is an ordinary word or very short; exact: they must "
            "always match; any: they are ignored."
        ),
    ] = LetterCase.SMART
    kind: NotInFile[TermKind] = TermKind.NAME
    any_of_context: Annotated[WordList, Field(description="The entry must contain one of these (or `prefix*`).")] = ()
    none_of_context: Annotated[WordList, Field(description="The entry must contain none of these words.")] = ()
    not_first_word: Annotated[Switch, Field(description="The name does not count as first word of a sentence.")] = False
    where: Annotated[
        Placement,
        validation.member_of(Placement),
        Field(description="The place where the name counts: any, title, or social (social entries and comments)."),
    ] = Placement.ANY
    closed_compounds: Annotated[Switch, Field(description="Closed compounds match: Acmeaksjen.")] = False
    equivalences: EquivalenceSwitches = ()


WrittenTerm = Annotated[
    Term,
    BeforeValidator(
        lambda value: {"name": value} if isinstance(value, str) else value, json_schema_input_type=str | Term
    ),
]


def _terms_of(kind: TermKind) -> AfterValidator:
    """Fill in the kind of terms."""
    update = {"kind": kind}
    return AfterValidator(lambda terms: tuple(term.model_copy(update=update) for term in terms))


class Account(NamedTuple):
    """A channel on a platform, which is in small letters; *handle* is written without `@`."""

    platform: str
    handle: str


class Value(NamedTuple):
    """A theme to track for the brand; its *words* alone never make a mention."""

    name: str
    words: tuple[str, ...]


class Competitor(NamedTuple):
    """A rival organisation, with its names."""

    name: str
    terms: tuple[Term, ...]


def _build_languages(names: tuple[Language, ...]) -> tuple[str, ...]:
    tags = (tag for name in names for tag in MACROLANGUAGES.get(name, (name,)))
    return tuple(dict.fromkeys(tags))


Accounts = Annotated[
    tuple[Account, ...],
    validation.mapping_of(
        dict[Text, Annotated[Text, AfterValidator(lambda text: text.removeprefix("@"))]],
        lambda platform, handle: Account(platform.lower(), handle),
    ),
    Field(
        description="Handles by platform: {x: acme, mastodon: acme@server.example}.", json_schema_extra={"default": {}}
    ),
]


class OwnedChannels(StrictModel):
    """The brand's own channels: reported as owned media, separate from earned media."""

    domains: Annotated[
        tuple[Annotated[Text, AfterValidator(_parse_domain)], ...],
        Field(strict=False, description="Domains of the brand."),
    ] = ()
    accounts: Accounts = ()
    hashtags: Annotated[
        tuple[Annotated[NameText, AfterValidator(lambda text: text.removeprefix("#"))], ...],
        Field(strict=False, description="Hashtags of the brand, without #."),
    ] = ()


class Person(StrictModel):
    """An official representative. The name counts only in an entry that names the brand too."""

    name: Annotated[NameText, AfterValidator(_require_full_name), Field(description="First and last name.")]
    role: Annotated[
        OfficialRole,
        validation.member_of(OfficialRole),
        Field(description="The official role; a person without one cannot be monitored by name."),
    ]
    registered: Annotated[Day, Field(description="The date on which the person was informed and added.")]
    title: Annotated[Text, Field(description="The job title to show in reports.")] = ""
    accounts: Accounts = ()
    basis: Annotated[Text, Field(description="The legal basis of the monitoring.")] = ""
    review_by: Annotated[Day | None, Field(description="The date from which the person is skipped until reviewed.")] = (
        None
    )

    def is_review_overdue(self, today: date) -> bool:
        """Whether the person is to be skipped until the next review."""
        return self.review_by is not None and self.review_by <= today


class Processing(StrictModel):
    """The controller and the purpose of the monitoring, for `privacy notice` and `privacy record`."""

    controller: Annotated[Text, Field(description="The organisation responsible for the monitoring.")] = ""
    contact: Annotated[Text, Field(description="The contact for requests for access, rectification or erasure.")] = ""
    officer: Annotated[Text, Field(description="The data protection officer, if there is one.")] = ""
    purpose: Annotated[Text, Field(description="The purpose of the monitoring.")] = ""
    legal_basis: Annotated[Text, Field(description="The legal basis, with the legitimate interest.")] = ""
    informed: Annotated[Day | None, Field(description="The date when staff and representatives were informed.")] = None
    review_by: Annotated[Day | None, Field(description="The date of the next review with the representatives.")] = None
    recipients: Annotated[TextList, Field(description="The recipients of mentions and reports.")] = ()
    transfers: Annotated[
        TextList, Field(description="Recipients outside the EEA, with the legal basis; or `none`.")
    ] = ()


class Exclusions(StrictModel):
    """Rules that hide a mention. It is stored with the reason; `report --suppressed` lists it."""

    words: Annotated[WordList, Field(description="Phrases that contain the name and mean something else.")] = ()
    # A loaded query has them among its words.
    phrases: Annotated[WordList, Field(description="A synonym of `words`.", repr=False)] = ()
    sites: Annotated[WordList, Field(description="Domains to exclude.")] = ()
    authors: Annotated[WordList, Field(description="Authors to exclude.")] = ()
    kinds: Annotated[
        tuple[Literal["job_ad", "stock_ticker", "coupon", "obituary"], ...],
        Field(strict=False, description="Kinds of entry to exclude, detected by their words."),
    ] = ()


_INVALID_PERIOD = "invalid period: write 90d, 6w, 18m (months) or 2y, between 1d and 10y"
_Period = Annotated[
    timedelta | None,
    validation.duration_between(MIN_RETENTION, MAX_RETENTION, _INVALID_PERIOD, validation.parse_period),
]


class RetentionPeriods(StrictModel):
    """Retention of mentions by voice, from the time they were found; afterwards only counts remain."""

    public: Annotated[_Period, Field(description="Mentions by the public; default 365d.", examples=["365d"])] = None
    staff: Annotated[_Period, Field(description="Mentions by or about staff; default 90d.")] = None
    official: Annotated[_Period, Field(description="Mentions by official representatives; default 2y.")] = None
    owned: Annotated[_Period, Field(description="Mentions in the brand's own channels; default 2y.")] = None


class QueryExamples(StrictModel):
    """Test texts that `brandwatch check` runs through the matcher."""

    match: Annotated[WordList, Field(description="Texts that must be mentions.")] = ()
    reject: Annotated[WordList, Field(description="Texts that must not be mentions.")] = ()


class Query(StrictModel):
    """One brand to monitor: its names, representatives, exclusions and sources."""

    FUTURE_KEYS = frozenset({"goals", "alerts"})

    # The stem of the file.
    name: NotInFile[str] = ""
    brand: Annotated[Text, Field(description="The name of the brand in reports.")]
    names: Annotated[tuple[WrittenTerm, ...], Field(strict=False, min_length=1, description="The names of the brand.")]
    products: Annotated[
        tuple[WrittenTerm, ...],
        _terms_of(TermKind.PRODUCT),
        Field(strict=False, description="Products; the endings of nouns match too."),
    ] = ()
    owned: Annotated[OwnedChannels, Field(description="The brand's own channels.")] = OwnedChannels.model_construct()
    # A loaded query has those who may be looked for today: an overdue review leaves a person out.
    people: Annotated[
        tuple[Person, ...], Field(strict=False, max_length=MAX_PEOPLE, description="Official representatives only.")
    ] = ()
    staff_mentions: Annotated[
        Switch, Field(description="Whether roles tied to the brand count, without names: the adviser at Acme.")
    ] = True
    privacy: Annotated[
        Processing, Field(description="Controller, purpose and recipients of the monitoring.", repr=False)
    ] = Processing.model_construct()
    values: Annotated[
        tuple[Value, ...],
        validation.mapping_of(dict[Text, WordList], Value),
        Field(description="Themes, each with its words, phrases and `prefix*`.", json_schema_extra={"default": {}}),
    ] = ()
    competitors: Annotated[
        tuple[Competitor, ...],
        validation.mapping_of(
            dict[Text, Annotated[tuple[WrittenTerm, ...], _terms_of(TermKind.COMPETITOR), Field(strict=False)]],
            Competitor,
        ),
        Field(description="Competitors by name, each with its names.", json_schema_extra={"default": {}}),
    ] = ()
    exclude: Annotated[
        Exclusions,
        BeforeValidator(
            lambda value: {"words": value} if isinstance(value, list) else value,
            json_schema_input_type=list[str] | Exclusions,
        ),
        Field(description="Rules that hide a mention: words, sites and more, or only a list of words."),
    ] = Exclusions.model_construct()
    match: Annotated[
        Text,
        AfterValidator(lambda text: " ".join(text.split())),
        Field(description="An expression that a mention must match as well as a name."),
    ] = ""
    languages: Annotated[
        tuple[str, ...],
        WrittenAs(Annotated[tuple[Language, ...], Field(strict=False)], _build_languages, tuple),
        Field(description="The expected languages; `no` stands for nb and nn."),
    ] = ()
    equivalences: EquivalenceSwitches = ()
    configured: Annotated[
        tuple[
            Annotated[
                ConfiguredSource,
                BeforeValidator(text_as_source, json_schema_input_type=str | ConfiguredSource),
                AfterValidator(fill_values),
            ],
            ...,
        ],
        Field(alias="sources", strict=False, description="The sources to poll: feeds and kinds.", repr=False),
    ] = ()
    sources: NotInFile[Annotated[tuple[Source, ...], WrittenAs(tuple, tuple, tuple)]] = ()
    alert_after: Annotated[
        AlertAfter,
        Field(
            description="The length of an outage that `poll` reports; default an hour and three failures in a row.",
            examples=["6h"],
            repr=False,
        ),
    ] = None
    retain: Annotated[
        RetentionPeriods, Field(description="Retention of mentions by voice: 90d, 6w, 18m, 2y.", repr=False)
    ] = RetentionPeriods.model_construct()
    author: Annotated[
        AuthorPolicy,
        validation.member_of(AuthorPolicy),
        Field(
            description="What is stored of an author: full, handle (accounts, no names of people), or none.", repr=False
        ),
    ] = Retention().author
    snippet: Annotated[
        int,
        BeforeValidator(lambda value: int(value) if re.fullmatch("[0-9]+", str(value)) else value),
        Field(
            ge=0,
            le=MAX_SNIPPET_CHARS,
            description="The number of characters of a text to store, around the evidence.",
            repr=False,
        ),
    ] = Retention().snippet
    examples: Annotated[QueryExamples, Field(description="Test texts that must, and must not, be mentions.")] = (
        QueryExamples.model_construct()
    )
    path: NotInFile[str] = ""
    # A hash of what decides which entries match: neither layout nor sources nor examples change it.
    version: NotInFile[str] = ""

    @property
    def keeping(self) -> Retention:
        """How mentions are kept, with the usual periods for those that the file does not set."""
        periods = self.retain.model_dump(exclude_none=True)
        return Retention(author=self.author, snippet=self.snippet, **periods)

    def all_terms(self) -> Iterator[Term]:
        """Yield the terms of the file: names, products and the names of competitors."""
        yield from (*self.names, *self.products)
        for competitor in self.competitors:
            yield from competitor.terms

    def of_file(self, path: Path, today: date) -> Self:
        """Return the query with the name of its file and its version, without the people whose review is overdue."""
        exclude = self.exclude
        phrases = {"words": (*exclude.words, *exclude.phrases), "phrases": ()}
        query = self.model_copy(
            update={
                "name": path.stem,
                "people": tuple(person for person in self.people if not person.is_review_overdue(today)),
                "exclude": exclude.model_copy(update=phrases),
                "examples": QueryExamples(),
            }
        )
        # The fields without `repr=False`, in their order: names of fields are part of every version.
        written = _CLASS_NAME.sub(lambda found: _VERSION_NAMES.get(found[0], found[0]), repr(query))
        switches = [query.equivalences, *(term.equivalences for term in query.all_terms())]
        if any(switches):
            written += repr(switches)
        version = hashlib.sha256(written.encode()).hexdigest()[:12]
        return query.model_copy(update={"path": str(path), "version": version, "examples": self.examples})


# The names of the models in the JSON Schema.
_SCHEMA_NAMES = {
    "Term": "NameForm",
    "OwnedChannels": "OwnedForm",
    "Person": "PersonForm",
    "Processing": "PrivacyForm",
    "Exclusions": "ExcludeForm",
    "ConfiguredSource": "SourceForm",
    "RetentionPeriods": "RetainForm",
    "QueryExamples": "ExamplesForm",
}


def json_schema() -> dict[str, Any]:
    """Build the JSON Schema (2020-12) of a query file."""
    return validation.build_json_schema(Query, "A brandwatch query", _SCHEMA_NAMES)
