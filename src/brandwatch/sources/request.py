"""The request of a source: its URL with the start of the period, its secrets, its headers."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit, urlunsplit

from brandwatch import urls
from brandwatch.config import secrets
from brandwatch.config.kind import AnswerFormat, AuthNeed, Kind, RequestRule, SinceRule, TimeFormat
from brandwatch.errors import FetchClass, FetchError, UsageError
from brandwatch.models import COMMENTS_KIND, FEED_KIND, Entry, Request, Source
from brandwatch.sources.expressions import apply_filters, template_names, template_pieces

if TYPE_CHECKING:
    from collections.abc import Mapping


FILLED_LATER = frozenset({"since", "until", "token"})
"""The placeholders that are filled when a source is polled, not when its query file is loaded."""

_TOKEN = "{token}"  # noqa: S105 (a placeholder)
_LATER = re.compile(r"\{(since|until|token)\}")
_SECRET = re.compile(r"(\$\{[A-Za-z_][A-Za-z0-9_]*\})")
_OPTIONAL_GROUP = re.compile(r"\[([^\[\]]*)\]")
_SAFE = ":/,()*!@~"


def build_request(  # noqa: PLR0913 (what decides a request)
    kind: Kind,
    source: Source,
    environ: Mapping[str, str],
    now: datetime,
    *,
    cursor: str = "",
    token: str = "",
    is_thread: bool = False,
) -> Request:
    """Build the request for new entries of a source; raise FetchError (`blocked`) where a secret is not set.

    *cursor* is that of the last answer, empty for the first request; *token* is the access token of this poll. A
    comment thread, whose oldest comments come first, is requested from its last comment on where its kind can do that.
    """
    later = {"token": token}
    if kind.since:
        later |= {"since": since_value(kind.since, cursor, now), "until": format_moment(kind.since.form, now)}
    try:
        url = _fill_url(kind, source, later, environ)
        headers = _fill_headers(kind, source, environ, token)
    except UsageError as error:
        raise missing_secret(error) from error
    if token and kind.token and kind.token.host:
        url = urlunsplit(urlsplit(url)._replace(netloc=kind.token.host))
    if is_thread and cursor and kind.since and kind.since.below:
        moment = format_moment(kind.since.form, datetime.fromisoformat(cursor))
        url = with_parameter(url, kind.since.below, moment)
    return Request(
        url=url,
        headers=headers,
        reads_error_body=bool(kind.failures),
        # The URLs of a kind are one endpoint; those of feeds have nothing in common but the host.
        pauses_host=kind.name not in {FEED_KIND, COMMENTS_KIND},
        user_agent=source.user_agent,
    )


def missing_secret(error: UsageError) -> FetchError:
    """Turn an error about the environment into the failure of a source."""
    return FetchError(FetchClass.BLOCKED, error.message, error.hint)


def thread_source(kind: Kind, source: Source, entry: Entry) -> Source | None:
    """Make the comment thread of an entry a source; `None` without one. *source* is that of the entry.

    Comments in JSON are read with the same kind, a feed of comments with the kind of such feeds.
    """
    if not entry.comment_feed:
        return None
    thread = Source(
        url=entry.comment_feed,
        kind=COMMENTS_KIND,
        interval=source.interval,
        allow_private=source.allow_private,
        user_agent=source.user_agent,
    )
    if kind.engine is AnswerFormat.FEED:
        return thread
    # The URL comes from an answer: our headers, which hold keys, are for the host of the source only.
    is_same_host = urls.netloc(entry.comment_feed) == urls.netloc(source.url)
    return replace(thread, kind=kind.name, headers=source.headers if is_same_host else (), values=source.values)


def since_value(rule: SinceRule, cursor: str, now: datetime) -> str:
    """Format the start of the period as the endpoint wants it; empty for no bound."""
    if rule.form is TimeFormat.ID:
        return cursor
    start = start_of_period(rule, cursor, now)
    if start is None:
        return ""
    if rule.form is TimeFormat.WINDOW:
        return rule.window(now - start)
    if rule.form is TimeFormat.SECONDS:
        return str(int((now - start).total_seconds()))
    return format_moment(rule.form, start)


def start_of_period(rule: SinceRule, cursor: str, now: datetime) -> datetime | None:
    """Return the start of the period: the overlap before the newest of the last answer, and never after now."""
    if cursor:
        return min(datetime.fromisoformat(cursor), now) - rule.overlap
    return now - rule.first if rule.first else None


def format_moment(form: TimeFormat, moment: datetime) -> str:
    """Format a moment as the endpoint wants it."""
    moment = moment.astimezone(UTC)
    match form:
        case TimeFormat.EPOCH:
            return str(int(moment.timestamp()))
        case TimeFormat.DATE:
            return f"{moment:%Y-%m-%d}"
        case TimeFormat.COMPACT:
            return f"{moment:%Y%m%d%H%M%S}"
        case _:
            return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _fill_url(kind: Kind, source: Source, later: Mapping[str, str], environ: Mapping[str, str]) -> str:
    if not source.is_template:
        return source.url
    url = fill_later(source.url, later) if kind.since or kind.token else source.url
    if kind.auth is AuthNeed.OPTIONAL:
        base, mark, query = url.partition("?")
        url = f"{base}{mark}{'&'.join(part for part in query.split('&') if _is_set(part, environ))}"
    return secrets.resolve_env(url, environ, is_url=True)


def _fill_headers(kind: Kind, source: Source, environ: Mapping[str, str], token: str) -> tuple[tuple[str, str], ...]:
    """Fill in the headers of a source, without those whose token or optional secret is missing."""
    headers = [(name, value) for name, value in source.headers if token or _TOKEN not in value]
    if kind.auth is AuthNeed.OPTIONAL:
        # Only the secrets of the kind are optional, not those of the query file.
        own = set(kind.env)
        headers = [
            (name, value)
            for name, value in headers
            if _is_set(value, environ) or not own.issuperset(secrets.secret_names(value))
        ]
    resolved = secrets.resolve_headers(replace(source, headers=tuple(headers)), environ)
    return tuple((name, value.replace(_TOKEN, token)) for name, value in resolved)


def fill_headers(kind: Kind, templates: Mapping[str, str], values: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Fill the parameters of a kind into headers; one whose parameter has no value is left out.

    `${NAME}` and `{token}` of a kind that requests tokens are filled in when the source is polled.
    """
    headers = []
    for name, template in templates.items():
        names = [name for name in template_names(template) if name in kind.parameters]
        if all(values.get(name) for name in names):
            filled = template
            for parameter in names:
                filled = filled.replace(f"{{{parameter}}}", values[parameter])
            headers.append((name, filled))
    return tuple(headers)


def _is_set(template: str, environ: Mapping[str, str]) -> bool:
    return all(environ.get(name) for name in secrets.secret_names(template))


def build_url(rule: RequestRule, values: Mapping[str, str], raw: frozenset[str] = frozenset()) -> str:
    """Fill *values* into the URL that identifies a source; those named *raw* are not encoded.

    A parameter that comes out empty is left out, as is a part in `[ ]` with an empty placeholder.
    """
    base = ""
    for piece in template_pieces(rule.url):
        if piece.name in raw:
            base += values.get(piece.name, "")
        else:
            base += _encoded_value(piece.name, values, piece.filters, "") if piece.name else piece.text
    parameters = ((name, _fill_parameter(template, values)) for name, template in rule.params.items())
    query = "&".join(f"{quote(name, safe='[]')}={value}" for name, value in parameters if value)
    return f"{base}{'&' if '?' in base else '?'}{query}" if query else base


def raw_names(kind: Kind) -> frozenset[str]:
    """Return the parameters that hold a whole site or URL, which must not be encoded."""
    return frozenset(parameter.name for parameter in kind.parameters.values() if parameter.pattern in {"site", "url"})


def fill_later(url: str, later: Mapping[str, str]) -> str:
    """Fill in moments and the token; a query parameter that becomes empty by that is left out."""

    def fill(text: str) -> str:
        return _LATER.sub(lambda place: percent_encode(later.get(place[1], "")), text)

    base, mark, query = url.partition("?")
    parameters = []
    for parameter in query.split("&") if mark else ():
        filled = fill(parameter)
        if filled == parameter or not filled.endswith("="):
            parameters.append(filled)
    return f"{fill(base)}?{'&'.join(parameters)}" if parameters else fill(base)


def with_parameter(url: str, name: str, value: str) -> str:
    """Set one parameter of a URL, in its query or in its path (`/page=1/`)."""
    setting = f"{name}={percent_encode(value)}"
    changed, count = re.subn(rf"(?<=[/?&]){re.escape(name)}=[^/&?#]*", lambda _: setting, url, count=1)
    return changed if count else f"{url}{'&' if '?' in url else '?'}{setting}"


def percent_encode(text: str, safe: str = _SAFE) -> str:
    """Percent-encode text as UTF-8, but for the characters in *safe*."""
    return quote(text, safe=safe)


def _fill_parameter(template: str, values: Mapping[str, str]) -> str:
    """Fill in one parameter; empty where a placeholder outside `[ ]` has no value."""
    whole = _OPTIONAL_GROUP.sub(lambda group: group[1] if _is_filled(group[1], values) else "", template)
    if not _is_filled(whole, values):
        return ""
    texts = []
    for piece in template_pieces(whole):
        if piece.name:
            texts.append(_encoded_value(piece.name, values, piece.filters, _SAFE))
        else:
            # The names of secrets stay as they are: `${NAME}` is resolved when the source is polled.
            parts = enumerate(_SECRET.split(piece.text))
            texts += [part if number % 2 else percent_encode(part) for number, part in parts]
    return "".join(texts)


def _is_filled(template: str, values: Mapping[str, str]) -> bool:
    """Whether every placeholder has a value, now or later."""
    names = (piece.name for piece in template_pieces(template) if piece.name)
    return all(name in FILLED_LATER or values.get(name) for name in names)


def _encoded_value(name: str, values: Mapping[str, str], filters: tuple[str, ...], safe: str) -> str:
    """Encode the value of a placeholder; keep a placeholder that is filled later."""
    return f"{{{name}}}" if name in FILLED_LATER else percent_encode(apply_filters(values.get(name, ""), filters), safe)
