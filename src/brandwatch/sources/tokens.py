"""Tokens that must be got before a source can be asked: what to send, and what the answer holds."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from brandwatch import secrets
from brandwatch.errors import ParseError
from brandwatch.models import FetchClass, Request
from brandwatch.models.kinds import Auth
from brandwatch.sources.answers import decoded
from brandwatch.sources.expressions import found, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brandwatch.models import Document
    from brandwatch.models.kinds import Kind, Token


def needs_token(kind: Kind) -> bool:
    """Say whether nothing can be asked without a token that must be got before."""
    return kind.token is not None and kind.auth is Auth.REQUIRED


def token_request(kind: Kind, environ: Mapping[str, str]) -> Request | None:
    """Return the POST for the token of a kind, `None` where it has none, or does without.

    Raise UsageError where a secret that is required is not in the environment.
    """
    if kind.token is None or (kind.auth is Auth.OPTIONAL and not all(environ.get(name) for name in kind.env)):
        return None
    form = {name: secrets.expanded(value, environ) for name, value in kind.token.form.items()}
    data = {name: secrets.expanded(value, environ) for name, value in kind.token.json.items()}
    body, content_type = (
        (json.dumps(data), "application/json") if data else (urlencode(form), "application/x-www-form-urlencoded")
    )
    headers = (("Content-Type", content_type), *_basic(kind.token, environ))
    return Request(url=kind.token.url, body=body.encode(), headers=headers, heeds_refusal=bool(kind.failures))


def token_in(kind: Kind, document: Document) -> str:
    """Return the token that an answer holds; raise ParseError where it holds none."""
    data = decoded(document)
    token = text(found(kind.token.path, data)) if kind.token else ""
    if not (kind.token and token):
        raise ParseError(FetchClass.BLOCKED, f"{kind.title} gave no token", f"are {', '.join(kind.env)} right?")
    return token


def _basic(token: Token, environ: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Return the header of basic authentication (RFC 7617), if it is asked for."""
    if not token.user:
        return ()
    pair = f"{secrets.expanded(token.user, environ)}:{secrets.expanded(token.password, environ)}"
    return (("Authorization", f"Basic {base64.b64encode(pair.encode()).decode()}"),)
