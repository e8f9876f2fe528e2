"""What a query file may say. Pydantic reads it, checks it and writes the JSON Schema that editors use."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from brandwatch import urls
from brandwatch.models import Case

LATER = frozenset(
    {"products", "owned", "people", "staff_mentions", "values", "competitors", "match", "goals", "alerts", "retention"}
)
"""Keys that a coming version gives a meaning to."""

_INTERVAL = re.compile(r"(\d{1,4})\s*(m|min|h|d)")
_UNITS = {"m": timedelta(minutes=1), "min": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_SHORTEST, _LONGEST = timedelta(minutes=5), timedelta(days=30)


def _has_letter(text: str) -> str:
    """Refuse a name that no text can hold as a word."""
    if not any(map(str.isalnum, text)):
        raise ValueError("a name needs at least one letter or digit")
    return text


def _as_web_link(text: str) -> str:
    """Refuse what is not an address that can be asked, and secrets in it."""
    try:
        parts = urlsplit(text)
    except ValueError:
        raise ValueError("not a web address") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or not urls.web_link(text):
        raise ValueError("not a web address: it begins with http:// or https://")
    if parts.username is not None or parts.password is not None:
        raise ValueError("a web address must not hold a user name or password: this file is no place for secrets")
    return urls.web_link(text)


def _as_interval(text: str) -> timedelta:
    """Read `15m`, `2h` or `1d`."""
    match = _INTERVAL.fullmatch(text.strip().lower())
    interval = int(match[1]) * _UNITS[match[2]] if match else timedelta()
    if not _SHORTEST <= interval <= _LONGEST:
        raise ValueError("an interval is written 15m, 2h or 1d, and lies between 5m and 30d")
    return interval


def _named(value: object) -> object:
    """Let a plain text stand for a name."""
    return {"name": value} if isinstance(value, str) else value


def _addressed(value: object) -> object:
    """Let a plain text stand for a feed."""
    return {"url": value} if isinstance(value, str) else value


def _worded(value: object) -> object:
    """Let a plain list stand for excluded words."""
    return {"words": value} if isinstance(value, list) else value


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=10_000)]
Name = Annotated[Text, AfterValidator(_has_letter)]


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class NameForm(_Form):
    """A name with its rule of capitals."""

    name: Annotated[Name, Field(description="The name as people write it; its genitives and compounds are understood.")]
    case: Annotated[
        Case,
        BeforeValidator(lambda value: Case(value) if value in list(Case) else value),
        Field(
            description="smart: capitals count where the name is an ordinary word or very short; exact: they always "
            "count; any: they never do."
        ),
    ] = Case.SMART


class ExcludeForm(_Form):
    """What hides a hit."""

    words: Annotated[tuple[Text, ...], Field(strict=False, description="Words and phrases that hold the name.")] = ()
    sites: Annotated[tuple[Text, ...], Field(strict=False, description="Domains whose entries do not count.")] = ()


class SourceForm(_Form):
    """A feed with its interval, or a file of feeds."""

    url: Annotated[
        Text, AfterValidator(_as_web_link), Field(description="The address of an RSS, Atom or JSON feed.")
    ] = ""
    opml: Annotated[Text, Field(description="An OPML file next to this one: all its feeds.")] = ""
    interval: Annotated[
        timedelta | None,
        BeforeValidator(
            lambda value: _as_interval(value) if isinstance(value, str) else value, json_schema_input_type=str
        ),
        Field(description="How often to ask, at most: 15m, 2h, 1d. Without it every 15 minutes.", examples=["2h"]),
    ] = None

    @model_validator(mode="after")
    def _is_one(self) -> SourceForm:
        if bool(self.url) == bool(self.opml):
            raise ValueError("a source is either a `url` or an `opml` file")
        return self


class ExamplesForm(_Form):
    """Texts of your own that `brandwatch check` runs through the matcher."""

    match: Annotated[tuple[Text, ...], Field(strict=False, description="Each of these must be a mention.")] = ()
    reject: Annotated[tuple[Text, ...], Field(strict=False, description="None of these may be a mention.")] = ()


Language = Literal["nb", "nn", "no", "da", "sv", "en", "de", "fi"]


class QueryForm(_Form):
    """One brand to watch: what it is called, and where to look."""

    brand: Annotated[Text, Field(description="Whose mentions these are; used in reports.")]
    names: Annotated[
        tuple[Annotated[NameForm, BeforeValidator(_named, json_schema_input_type=str | NameForm)], ...],
        Field(strict=False, min_length=1, description="What people call the brand."),
    ]
    exclude: Annotated[
        ExcludeForm,
        BeforeValidator(_worded, json_schema_input_type=list[str] | ExcludeForm),
        Field(description="What hides a hit: words and sites, or just a list of words."),
    ] = ExcludeForm()
    languages: Annotated[
        tuple[Language, ...], Field(strict=False, description="The languages to expect; `no` is nb and nn.")
    ] = ()
    sources: Annotated[
        tuple[Annotated[SourceForm, BeforeValidator(_addressed, json_schema_input_type=str | SourceForm)], ...],
        Field(strict=False, description="The feeds to poll."),
    ] = ()
    examples: Annotated[ExamplesForm, Field(description="Texts that must, and must not, be mentions.")] = ExamplesForm()


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a query file."""
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "A brandwatch query"}
    return head | {key: value for key, value in QueryForm.model_json_schema().items() if key != "title"}
