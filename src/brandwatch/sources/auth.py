"""Access tokens: the request for one, and the token in its answer."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from brandwatch.config import secrets
from brandwatch.config.kind import AuthNeed, Kind, TokenRule
from brandwatch.errors import FetchClass, FetchError, ParseError, UsageError
from brandwatch.models import Document, Request, Source
from brandwatch.sources import expressions, request, response

if TYPE_CHECKING:
    from collections.abc import Mapping


def requires_token(kind: Kind) -> bool:
    """Whether sources of the kind can only be requested with an access token."""
    return kind.token is not None and kind.auth is AuthNeed.REQUIRED


def token_request(kind: Kind, environ: Mapping[str, str], user_agent: str = "") -> Request | None:
    """Build the POST for the access token of a kind, `None` without a token, or without its optional secrets.

    Raise FetchError (`blocked`) where a required secret is not in the environment.
    """
    rule = kind.token
    if rule is None or (kind.auth is AuthNeed.OPTIONAL and not all(environ.get(name) for name in kind.env)):
        return None
    try:
        form = {name: secrets.resolve_env(value, environ) for name, value in rule.form.items()}
        data = {name: secrets.resolve_env(value, environ) for name, value in rule.json_.items()}
        credential = _credential(rule, environ)
    except UsageError as error:
        raise request.missing_secret(error) from error
    body, content_type = urlencode(form), "application/x-www-form-urlencoded"
    if data:
        body, content_type = json.dumps(data), "application/json"
    headers = [("Content-Type", content_type)]
    if credential:
        headers.append(("Authorization", f"Basic {credential}"))
    return Request(
        url=rule.url,
        body=body.encode(),
        headers=tuple(headers),
        reads_error_body=bool(kind.failures),
        pauses_host=True,
        user_agent=user_agent,
    )


def _credential(rule: TokenRule, environ: Mapping[str, str]) -> str:
    """Return user and password as basic authentication sends them (RFC 7617), empty without a user."""
    user, password = (secrets.resolve_env(text, environ) for text in (rule.user, rule.password))
    return base64.b64encode(f"{user}:{password}".encode()).decode() if user else ""


def read_token(kind: Kind, answer: Document | FetchError, environ: Mapping[str, str]) -> str:
    """Read the access token in an answer; raise FetchError, without secrets, where there is none."""
    if isinstance(answer, FetchError):
        sent = _credential(kind.token, environ) if kind.token else ""
        redacted = secrets.redact_failure(answer, Source(url=""), environ, sent, kind.env)
        raise response.explain_refusal(kind, redacted)
    try:
        data = response.decode_answer(answer)
    except ParseError as error:
        raise FetchError(error.fetch_class, error.message, error.hint) from None
    token = expressions.text_at(kind.token.path, data).strip() if kind.token else ""
    if not token:
        raise FetchError(FetchClass.BLOCKED, f"{kind.title} gave no token", f"are {', '.join(kind.env)} right?")
    if not (token.isascii() and token.isprintable()):
        raise FetchError(FetchClass.BLOCKED, f"{kind.title} gave a token that cannot be sent")
    return token
