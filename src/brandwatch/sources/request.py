"""The request of a source: its URL with the start of the period, its secrets, its headers."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit, urlunsplit

from brandwatch.config import secrets
from brandwatch.config.kind import AuthNeed, TimeFormat
from brandwatch.models import Request
from brandwatch.sources.url_templates import apply_filters, template_pieces

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brandwatch.config.kind import Kind, RequestRule, SinceRule
    from brandwatch.models import Source


_ASKING_PLACE = "{token}"


def build_request(
    kind: Kind, source: Source, environ: Mapping[str, str], now: datetime, *, watermark: str = "", token: str = ""
) -> Request:
    """Return what to ask of a source; raise UsageError where a secret that is required is not in the environment.

    *watermark* is that of the last answer (`Feed.mark`), empty for the first request; *token* that of `kind.token`.
    """
    later = {"token": token}
    if kind.since:
        later |= {"since": since_value(kind.since, watermark, now), "until": format_moment(kind.since.form, now)}
    url = _address(kind, source, later, environ)
    if token and kind.token and kind.token.host:
        url = urlunsplit(urlsplit(url)._replace(netloc=kind.token.host))
    return Request(url=url, headers=_headers(kind, source, environ, token), reads_error_body=bool(kind.failures))


def thread_request(kind: Kind, asked: Request, watermark: str) -> Request:
    """Return the request of a conversation from the last answer on, where its kind can be asked so."""
    if kind.since is None or not kind.since.below or not watermark:
        return asked
    moment = format_moment(kind.since.form, datetime.fromisoformat(watermark))
    return replace(asked, url=with_parameter(asked.url, kind.since.below, moment))


def since_value(rule: SinceRule, watermark: str, now: datetime) -> str:
    """Return from when on to ask, in the form of the endpoint, empty for no bound."""
    if rule.form is TimeFormat.ID:
        return watermark
    start = start_of_period(rule, watermark, now)
    if start is None:
        return ""
    if rule.form is TimeFormat.WINDOW:
        fitting = (step for length, step in rule.steps if length >= now - start)
        return next(fitting, rule.steps[-1][1])
    return (
        str(int((now - start).total_seconds())) if rule.form is TimeFormat.SECONDS else format_moment(rule.form, start)
    )


def start_of_period(rule: SinceRule, watermark: str, now: datetime) -> datetime | None:
    """Return the moment from which on to ask: the overlap before the last answer's newest, at the latest now."""
    if watermark:
        return min(datetime.fromisoformat(watermark), now) - rule.overlap
    return now - rule.first if rule.first else None


def format_moment(form: TimeFormat, moment: datetime) -> str:
    """Return a moment as the endpoint writes it."""
    moment = moment.astimezone(UTC)
    forms = {
        TimeFormat.EPOCH: lambda: str(int(moment.timestamp())),
        TimeFormat.DATE: lambda: f"{moment:%Y-%m-%d}",
        TimeFormat.COMPACT: lambda: f"{moment:%Y%m%d%H%M%S}",
    }
    return forms.get(form, lambda: f"{moment:%Y-%m-%dT%H:%M:%SZ}")()


def _address(kind: Kind, source: Source, later: Mapping[str, str], environ: Mapping[str, str]) -> str:
    """Return the address of a source with its moments, its token and its secrets, if it is a template.

    A parameter whose optional secret is not set is left out.
    """
    if not source.is_template:
        return source.url
    url = fill_moments(source.url, later) if kind.since or kind.token else source.url
    if kind.auth is AuthNeed.OPTIONAL:
        base, mark, query = url.partition("?")
        kept = [part for part in query.split("&") if _is_set(part, environ)]
        url = f"{base}{mark}{'&'.join(kept)}"
    used = {name: quote(environ.get(name, ""), safe="") for name in kind.env}
    return secrets.resolve_env(url, {**environ, **used})


def _headers(kind: Kind, source: Source, environ: Mapping[str, str], token: str) -> tuple[tuple[str, str], ...]:
    """Return the headers of a source; one whose token or optional secret is not there is left out."""
    is_optional = kind.auth is AuthNeed.OPTIONAL
    kept = [
        (name, value)
        for name, value in source.headers
        if (token or _ASKING_PLACE not in value) and (_is_set(value, environ) or not is_optional)
    ]
    opened = secrets.resolve_headers(replace(source, headers=tuple(kept)), environ)
    return tuple((name, value.replace(_ASKING_PLACE, token)) for name, value in opened)


def _is_set(template: str, environ: Mapping[str, str]) -> bool:
    """Say whether every secret of a template is in the environment."""
    return all(environ.get(name) for name in secrets.secret_names(template))


FILLED_LATER = frozenset({"since", "until", "token"})
"""What is put in only when a source is asked."""

_SECRET = re.compile(r"(\$\{[A-Za-z_][A-Za-z0-9_]*\})")
_GROUP = re.compile(r"\[([^\[\]]*)\]")
_SAFE = ":/,()*!@~"
_ADDRESSES_PLACE = re.compile(r"\{(since|until|token)\}")


def build_url(asking: RequestRule, values: Mapping[str, str], raw: frozenset[str] = frozenset()) -> str:
    """Return the address that never changes: *values* put in, those named *raw* as they are.

    A parameter whose template comes out empty is left out; what stands in `[ ]` is too, if one of its places is empty.
    """
    base = "".join(
        piece.text
        or (values.get(piece.name, "") if piece.name in raw else _value(piece.name, values, piece.filters, ""))
        for piece in template_pieces(asking.url)
    )
    params = ((name, _rendered(template, values)) for name, template in asking.params.items())
    query = "&".join(f"{quote(name, safe='[]')}={value}" for name, value in params if value)
    return f"{base}{'&' if '?' in base else '?'}{query}" if query else base


def raw_names(kind: Kind) -> frozenset[str]:
    """Return the parameters that hold a whole site or address, which is put in as it is."""
    return frozenset(parameter.name for parameter in kind.parameters if parameter.pattern in {"site", "url"})


def fill_moments(url: str, later: Mapping[str, str]) -> str:
    """Return an address with its moments put in; a parameter that holds nothing but an empty one is left out."""
    base, mark, query = url.partition("?")
    kept = []
    for parameter in query.split("&") if mark else ():
        rendered = _later(parameter, later)
        if rendered == parameter or not rendered.endswith("="):
            kept.append(rendered)
    return f"{_later(base, later)}?{'&'.join(kept)}" if kept else _later(base, later)


def with_parameter(url: str, name: str, value: str) -> str:
    """Return an address with one parameter set, be it in its query or in its path (`/page=1/`)."""
    setting = f"{name}={percent_encode(value)}"
    changed, count = re.subn(rf"(?<=[/?&]){re.escape(name)}=[^/&?#]*", lambda _: setting, url, count=1)
    return changed if count else f"{url}{'&' if '?' in url else '?'}{setting}"


def percent_encode(text: str, safe: str = _SAFE) -> str:
    """Return text percent-encoded as UTF-8."""
    return quote(text, safe=safe)


def _rendered(template: str, values: Mapping[str, str]) -> str:
    """Return the value of one parameter, groups that lack something left out, empty where it has no value."""
    whole = _GROUP.sub(lambda group: group[1] if _is_filled(group[1], values) else "", template)
    if not _is_filled(whole, values):
        return ""
    return "".join(
        _value(piece.name, values, piece.filters, _SAFE) if piece.name else _plain(piece.text)
        for piece in template_pieces(whole)
    )


def _is_filled(template: str, values: Mapping[str, str]) -> bool:
    """Say whether every place of a template has a value, now or later."""
    return all(
        piece.name in FILLED_LATER or values.get(piece.name) for piece in template_pieces(template) if piece.name
    )


def _value(name: str, values: Mapping[str, str], filters: tuple[str, ...], safe: str) -> str:
    """Return the value for a place, encoded, or the place itself where its value comes later."""
    return f"{{{name}}}" if name in FILLED_LATER else percent_encode(apply_filters(values.get(name, ""), filters), safe)


def _plain(text: str) -> str:
    """Return the text of a template, encoded but for the names of secrets."""
    parts = _SECRET.split(text)
    return "".join(part if number % 2 else percent_encode(part) for number, part in enumerate(parts))


def _later(text: str, later: Mapping[str, str]) -> str:
    """Return *text* with moments and tokens in their places."""
    return _ADDRESSES_PLACE.sub(lambda place: percent_encode(later.get(place[1], "")), text)
