"""Translate what httpx and the system raise into classes a report can count."""

from __future__ import annotations

import os
import re
import socket
import ssl
from typing import TYPE_CHECKING

import httpx

from brandwatch.errors import FetchError
from brandwatch.models import FetchClass
from brandwatch.secrets import redacted
from brandwatch.text.safe import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator


def translated(error: Exception) -> FetchError:
    """Return *error* as a FetchError; its message holds no URL, which may hold a secret."""
    if root := next((cause for cause in _causes(error) if isinstance(cause, socket.gaierror | ssl.SSLError)), None):
        return _unreachable(root)
    if isinstance(error, httpx.TimeoutException):
        return FetchError(FetchClass.TIMEOUT, "no connection in time")
    if isinstance(error, httpx.ReadError):
        return FetchError(FetchClass.TRUNCATED, "the answer breaks off")
    # httpx reads the Location of a redirect even where it is told not to follow it; its host may be no IDNA at all.
    is_no_address = isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol | UnicodeError)
    if is_no_address or "location header" in str(error):
        return FetchError(FetchClass.REDIRECT, "the address is not one that can be asked")
    return FetchError(FetchClass.CONNECT, _why_unconnected(error))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield the error and what led to it: httpx says `ConnectError` for names, ports and certificates alike."""
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):
            for part in error.exceptions:
                yield from _causes(part)
        error = error.__cause__ or error.__context__


def _why_unconnected(error: Exception) -> str:
    """Return why there was no connection, or none that made sense."""
    if isinstance(error, httpx.ProxyError):
        return one_line(str(error))
    if isinstance(error, httpx.ProtocolError):
        return f"what answers does not speak HTTP: {redacted(one_line(str(error)))[:80]}"
    # asyncio words it “Connect call failed”, with the address; the number says what the system found.
    number = next((cause.errno for cause in _causes(error) if isinstance(cause, OSError) and cause.errno), 0)
    reason = os.strerror(number) if number else ""
    return f"no connection: {reason}" if reason else "no connection"


def _unreachable(error: socket.gaierror | ssl.SSLError) -> FetchError:
    """Return why a host was not found, or its certificate not believed."""
    if isinstance(error, socket.gaierror):
        return FetchError(FetchClass.DNS, f"the name of the host is not known: {error.strerror}")
    reason = getattr(error, "verify_message", "") or error.reason or "TLS failed"
    doubt = "; is the clock of this machine right?" if re.search("not yet valid|expired", reason) else ""
    return FetchError(FetchClass.TLS, f"no secure connection: {one_line(reason)}{doubt}")
