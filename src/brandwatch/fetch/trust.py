"""Whom TLS believes: the certificates of SSL_CERT_FILE or SSL_CERT_DIR, else those that come with httpx."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from brandwatch.errors import FetchError
from brandwatch.models import FetchClass

if TYPE_CHECKING:
    import ssl


def trusted() -> ssl.SSLContext:
    """Return the TLS context of every request; raise FetchError where its certificates cannot be read."""
    try:
        context = httpx.create_ssl_context()
    except OSError as error:
        reason = f"the certificates of SSL_CERT_FILE cannot be read: {error.strerror}"
        raise FetchError(FetchClass.TLS, reason, "brandwatch doctor") from error
    context.set_alpn_protocols(["http/1.1"])
    return context
