"""The request of a source: its address with the moment from which on, its secrets, its headers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit, urlunsplit

from brandwatch import secrets
from brandwatch.models import Request
from brandwatch.models.kinds import Auth, SinceForm
from brandwatch.sources.addresses import filled_later, with_parameter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brandwatch.models import Source
    from brandwatch.models.kinds import Kind, Since

_PLACE = "{token}"


def request(
    kind: Kind, source: Source, environ: Mapping[str, str], now: datetime, *, watermark: str = "", token: str = ""
) -> Request:
    """Return what to ask of a source; raise UsageError where a secret that is required is not in the environment.

    *watermark* is that of the last answer (`Feed.mark`), empty for the first request; *token* that of `kind.token`.
    """
    later = {"token": token}
    if kind.since:
        later |= {"since": since(kind.since, watermark, now), "until": written(kind.since.form, now)}
    url = _address(kind, source, later, environ)
    if token and kind.token and kind.token.host:
        url = urlunsplit(urlsplit(url)._replace(netloc=kind.token.host))
    return Request(url=url, headers=_headers(kind, source, environ, token), heeds_refusal=bool(kind.failures))


def below(kind: Kind, asked: Request, watermark: str) -> Request:
    """Return the request of a conversation from the last answer on, where its kind can be asked so."""
    if kind.since is None or not kind.since.below or not watermark:
        return asked
    moment = written(kind.since.form, datetime.fromisoformat(watermark))
    return replace(asked, url=with_parameter(asked.url, kind.since.below, moment))


def since(rule: Since, watermark: str, now: datetime) -> str:
    """Return from when on to ask, in the form of the endpoint, empty for no bound."""
    if rule.form is SinceForm.ID:
        return watermark
    start = start_of(rule, watermark, now)
    if start is None:
        return ""
    if rule.form is SinceForm.WINDOW:
        fitting = (step for length, step in rule.steps if length >= now - start)
        return next(fitting, rule.steps[-1][1])
    return str(int((now - start).total_seconds())) if rule.form is SinceForm.SECONDS else written(rule.form, start)


def start_of(rule: Since, watermark: str, now: datetime) -> datetime | None:
    """Return the moment from which on to ask: the overlap before the last answer's newest, at the latest now."""
    if watermark:
        return min(datetime.fromisoformat(watermark), now) - rule.overlap
    return now - rule.first if rule.first else None


def written(form: SinceForm, moment: datetime) -> str:
    """Return a moment as the endpoint writes it."""
    moment = moment.astimezone(UTC)
    forms = {
        SinceForm.EPOCH: lambda: str(int(moment.timestamp())),
        SinceForm.DATE: lambda: f"{moment:%Y-%m-%d}",
        SinceForm.COMPACT: lambda: f"{moment:%Y%m%d%H%M%S}",
    }
    return forms.get(form, lambda: f"{moment:%Y-%m-%dT%H:%M:%SZ}")()


def _address(kind: Kind, source: Source, later: Mapping[str, str], environ: Mapping[str, str]) -> str:
    """Return the address of a source with its moments, its token and its secrets, if it is a template.

    A parameter whose optional secret is not set is left out.
    """
    if not source.is_template:
        return source.url
    url = filled_later(source.url, later) if kind.since or kind.token else source.url
    if kind.auth is Auth.OPTIONAL:
        base, mark, query = url.partition("?")
        kept = [part for part in query.split("&") if _is_set(part, environ)]
        url = f"{base}{mark}{'&'.join(kept)}"
    used = {name: quote(environ.get(name, ""), safe="") for name in kind.env}
    return secrets.expanded(url, {**environ, **used})


def _headers(kind: Kind, source: Source, environ: Mapping[str, str], token: str) -> tuple[tuple[str, str], ...]:
    """Return the headers of a source; one whose token or optional secret is not there is left out."""
    is_optional = kind.auth is Auth.OPTIONAL
    kept = [
        (name, value)
        for name, value in source.headers
        if (token or _PLACE not in value) and (_is_set(value, environ) or not is_optional)
    ]
    opened = secrets.headers(replace(source, headers=tuple(kept)), environ)
    return tuple((name, value.replace(_PLACE, token)) for name, value in opened)


def _is_set(template: str, environ: Mapping[str, str]) -> bool:
    """Say whether every secret of a template is in the environment."""
    return all(environ.get(name) for name in secrets.names(template))
