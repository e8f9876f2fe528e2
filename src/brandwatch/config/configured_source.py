"""One source of a query file: a feed, a list of feeds, a kind with its values, or a pack; and its headers."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, NamedTuple, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, model_validator

from brandwatch import urls
from brandwatch.config import secrets
from brandwatch.config.validation import NotInFile, StrictModel, Switch, Text, duration_between, one_as_list
from brandwatch.models import FEED_KIND

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from brandwatch.config.diagnostics import Diagnostic
    from brandwatch.config.yaml_source import Located


MIN_INTERVAL, MAX_INTERVAL = timedelta(minutes=5), timedelta(days=30)
MAX_HEADERS = 10
MIN_ALERT_AFTER, MAX_ALERT_AFTER = timedelta(minutes=1), timedelta(days=30)
_MAX_USER_AGENT_CHARS = 200
# The headers whose values are no secrets, and may stand in a file.
_PUBLIC_HEADERS = frozenset({"accept", "accept-language"})
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")  # RFC 9110 §5.6.2
_OWN_HEADERS = re.compile(
    r"host|content-.*|transfer-encoding|connection|keep-alive|upgrade|te|trailer|expect|cookie2?|user-agent"
    r"|accept-encoding|if-.*|range|proxy-.*"
)
# A scheme may stand before a secret, as in `Bearer ${NAME}`; anything longer could be one itself.
_SECRET_VALUE = re.compile(r"(?:[A-Za-z][A-Za-z-]{0,15} +)?\$\{[A-Za-z_][A-Za-z0-9_]*\}")
_KIND = re.compile(r"[a-z][a-z0-9_-]*")


AlertAfter = Annotated[
    timedelta | None,
    duration_between(MIN_ALERT_AFTER, MAX_ALERT_AFTER, "invalid alert_after: write 30m, 6h or 2d, between 1m and 30d"),
]


class SourceProblem(NamedTuple):
    """An error or warning about a configured source, at one of its keys, or at the whole if *key* is empty."""

    key: str
    message: str
    hint: str = ""
    is_error: bool = True


def _parse_web_link(text: str) -> str:
    try:
        parts = urlsplit(text)
    except ValueError:
        raise ValueError("not a web address") from None
    link = urls.web_link(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or not link:
        raise ValueError("not a web address: it begins with http:// or https://")
    if parts.username is not None or parts.password is not None:
        raise ValueError("a web address must not contain a user name or password: keep secrets out of this file")
    if name := secrets.find_plaintext_secret(text):
        raise ValueError(f"`{name}` looks like a secret: write {name}=${{NAME}}, and set NAME in the environment")
    return text if secrets.secret_names(text) else link


def _check_user_agent(text: str) -> str:
    if not (text.isascii() and text.isprintable() and len(text) <= _MAX_USER_AGENT_CHARS):
        raise ValueError(f"invalid user agent: write up to {_MAX_USER_AGENT_CHARS} characters of plain ASCII")
    if secrets.secret_names(text):
        raise ValueError("a user agent is no secret: every server logs it")
    return text


class ConfiguredSource(StrictModel):
    """A feed, an OPML file, a pack of feeds, or a kind of source with values for its parameters."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Annotated[tuple[Text, ...], BeforeValidator(one_as_list), Field(strict=False)]] = (
        Field(init=False)
    )

    url: Annotated[
        Text, AfterValidator(_parse_web_link), Field(description="The URL of an RSS, Atom or JSON feed.")
    ] = ""
    opml: Annotated[Text, Field(description="An OPML file beside this file; all its feeds are polled.")] = ""
    kind: Annotated[Text, Field(description="A kind of source, as listed by `brandwatch sources kinds`.")] = ""
    pack: Annotated[Text, Field(description="A pack of feeds: nordic-news, or your own.")] = ""
    accept_terms: Annotated[
        Switch, Field(description="You have read the terms of the source, and they permit this use.")
    ] = False
    interval: Annotated[
        timedelta | None,
        duration_between(MIN_INTERVAL, MAX_INTERVAL, "invalid interval: write 15m, 2h or 1d, between 5m and 30d"),
        Field(
            description="The polling interval: 15m, 2h, 1d. By default it follows the rhythm of the feed.",
            examples=["2h"],
        ),
    ] = None
    alert_after: Annotated[
        AlertAfter,
        Field(
            description="The length of an outage of this source that `poll` reports; default that of the query.",
            examples=["6h"],
        ),
    ] = None
    allow_private: Annotated[Switch, Field(description="Allow an address on a private network.")] = False
    headers: Annotated[
        dict[Text, Text],
        Field(
            max_length=MAX_HEADERS,
            description="Request headers, sent to this server only; ${NAME} is a secret from the environment.",
            examples=[{"X-Api-Key": "${ACME_KEY}"}, {"Authorization": "Bearer ${ACME_TOKEN}"}],
        ),
    ] = {}
    user_agent: Annotated[
        Text,
        AfterValidator(_check_user_agent),
        Field(
            description="The User-Agent of requests to this source, instead of that of the program.",
            examples=["AcmeMonitor/1.0 (+https://acme.example/monitor; press@acme.example)"],
        ),
    ] = ""
    # The values of the parameters of a kind: in a file they are further keys.
    values: NotInFile[dict[str, tuple[str, ...]]] = {}

    @model_validator(mode="after")
    def _check_choice(self) -> Self:
        if sum(map(bool, (self.url or self.kind, self.opml, self.pack))) != 1:
            raise ValueError("a source needs one of `url`, `opml`, `kind` and `pack`")
        return self

    @property
    def is_plain(self) -> bool:
        """Whether the source is a feed by its URL, or a list of such feeds."""
        return not self.pack and (not self.kind or (self.kind == FEED_KIND and bool(self.url)))


def text_as_source(value: object) -> object:
    """Accept a URL for a feed, and a word for a kind of source."""
    if not isinstance(value, str):
        return value
    return {"kind": value} if _KIND.fullmatch(value) else {"url": value}


def fill_values(source: ConfiguredSource) -> ConfiguredSource:
    """Fill in the values of a source from its further keys."""
    values = dict(source.__pydantic_extra__ or {}) | ({"url": (source.url,)} if source.url else {})
    return source.model_copy(update={"values": values})


def check_headers(sources: Sequence[ConfiguredSource], file: Located) -> Iterator[Diagnostic]:
    """Yield an error for each header that a source must not send, or whose value must not stand in a file."""
    for number, source in enumerate(sources):
        where = ("sources", number, "headers")
        if source.headers and (source.opml or source.pack):
            what = "an OPML file" if source.opml else "a pack"
            message = f"`headers` cannot apply to {what}, whose feeds are on several servers"
            yield file.error(where, message, "give the feed a line of its own: {url: …, headers: …}")
        for name, message, hint in _invalid_headers(source):
            yield file.error((*where, name), message, hint, hides_line=True)


def _invalid_headers(source: ConfiguredSource) -> Iterator[tuple[str, str, str]]:
    """Yield the name of each invalid header, with message and hint."""
    spellings = Counter(map(str.lower, source.headers))
    for name, value in source.headers.items():
        if not _HEADER_NAME.fullmatch(name):
            yield name, "invalid header name: use letters, digits and hyphens", ""
        elif _OWN_HEADERS.fullmatch(name.lower()):
            hint = "write `user_agent: …` at the source" if name.lower() == "user-agent" else "remove it"
            yield name, f"a source cannot set the header `{name}`", hint
        elif spellings[name.lower()] > 1:
            yield name, f"the header `{name}` is repeated", "capitals make no difference: keep one of them"
        elif not (value.isascii() and value.isprintable()):
            yield name, f"`{name}` has a character that cannot be sent", "a header is plain ASCII, without line ends"
        elif name.lower() not in _PUBLIC_HEADERS and not _SECRET_VALUE.fullmatch(value):
            hint = f"write {name}: ${{NAME}}, and set NAME in the environment; a scheme may stand before it: Bearer …"
            yield name, f"`{name}` has a plain value: keep secrets out of this file", hint
