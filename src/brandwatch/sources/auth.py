"""Access tokens: what to send for one, and what the answer holds."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from brandwatch.config import secrets
from brandwatch.config.kind import AuthNeed
from brandwatch.errors import ParseError
from brandwatch.models import FetchClass, Request
from brandwatch.sources.mapping import as_text, evaluate_expression
from brandwatch.sources.response import decode_answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brandwatch.config.kind import Kind, TokenRule
    from brandwatch.models import Document


def needs_token(kind: Kind) -> bool:
    """Say whether nothing can be asked without a token that must be got before."""
    return kind.token is not None and kind.auth is AuthNeed.REQUIRED


def token_request(kind: Kind, environ: Mapping[str, str]) -> Request | None:
    """Return the POST for the token of a kind, `None` where it has none, or does without.

    Raise UsageError where a secret that is required is not in the environment.
    """
    if kind.token is None or (kind.auth is AuthNeed.OPTIONAL and not all(environ.get(name) for name in kind.env)):
        return None
    form = {name: secrets.resolve_env(value, environ) for name, value in kind.token.form.items()}
    data = {name: secrets.resolve_env(value, environ) for name, value in kind.token.json.items()}
    body, content_type = (
        (json.dumps(data), "application/json") if data else (urlencode(form), "application/x-www-form-urlencoded")
    )
    headers = (("Content-Type", content_type), *_basic(kind.token, environ))
    return Request(url=kind.token.url, body=body.encode(), headers=headers, reads_error_body=bool(kind.failures))


def token_of(kind: Kind, document: Document) -> str:
    """Return the token that an answer holds; raise ParseError where it holds none."""
    data = decode_answer(document)
    token = as_text(evaluate_expression(kind.token.path, data)) if kind.token else ""
    if not (kind.token and token):
        raise ParseError(FetchClass.BLOCKED, f"{kind.title} gave no token", f"are {', '.join(kind.env)} right?")
    return token


def _basic(token: TokenRule, environ: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Return the header of basic authentication (RFC 7617), if it is asked for."""
    if not token.user:
        return ()
    pair = f"{secrets.resolve_env(token.user, environ)}:{secrets.resolve_env(token.password, environ)}"
    return (("Authorization", f"Basic {base64.b64encode(pair.encode()).decode()}"),)
