"""Errors of connections in words: the class of the failure, and its reason without any URL."""

from __future__ import annotations

import errno
import os
import socket
import ssl

import httpx
import pytest

from brandwatch.http.client import translate_error


def caused(error: Exception, *causes: Exception) -> Exception:
    """Give an error a chain of causes."""
    outer = error
    for cause in causes:
        outer.__cause__ = cause
        outer = cause
    return error


def tls_error(reason: str = "", verification: str = "") -> ssl.SSLError:
    """Build an error as OpenSSL reports it."""
    if not verification:
        error = ssl.SSLError(1, "secret.example")
        error.reason = reason
        return error
    refused = ssl.SSLCertVerificationError(1, "secret.example")
    refused.reason, refused.verify_message = reason, verification
    return refused


REFUSED, UNREACHABLE = OSError(errno.ECONNREFUSED, "secret.example"), OSError(errno.ENETUNREACH, "secret.example")
NO_NUMBER = OSError("secret.example")
NO_ANSWER = f"connect: no connection: {os.strerror(errno.ECONNREFUSED)}"
NO_ROUTE = f"connect: no connection: {os.strerror(errno.ENETUNREACH)}"
NO_NAME = "dns: the name of the host is not known: Not known"
NO_ADDRESS = "redirect: the address is not one that can be asked"
NO_TLS, CLOCK = "tls: no secure connection", "is the clock of this machine right?"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (REFUSED, NO_ANSWER),
        (NO_NUMBER, "connect: no connection"),
        (caused(httpx.ConnectError("secret.example"), REFUSED), NO_ANSWER),
        (caused(httpx.ConnectError("secret.example"), OSError("x"), UNREACHABLE), NO_ROUTE),
        (caused(httpx.ConnectError("secret.example")), "connect: no connection"),
        (caused(OSError("x"), ExceptionGroup("x", [ValueError("x"), UNREACHABLE])), NO_ROUTE),
        (socket.gaierror(socket.EAI_NONAME, "Not known"), NO_NAME),
        (caused(httpx.ConnectError("x"), socket.gaierror(socket.EAI_NONAME, "Not known")), NO_NAME),
        (tls_error("WRONG_VERSION_NUMBER"), "tls: no secure connection: wrong version number"),
        (tls_error(), "tls: no secure connection: tls failed"),
        (tls_error("CERTIFICATE_VERIFY_FAILED", "Hostname mismatch"), f"{NO_TLS}: Hostname mismatch"),
        (tls_error("X", "certificate has expired"), f"{NO_TLS}: certificate has expired; {CLOCK}"),
        (tls_error("X", "certificate is not yet valid"), f"{NO_TLS}: certificate is not yet valid; {CLOCK}"),
        (httpx.ConnectTimeout("x"), "timeout: no connection in time"),
        (httpx.ReadError("x"), "truncated: the answer breaks off"),
        (httpx.InvalidURL("x"), NO_ADDRESS),
        (httpx.UnsupportedProtocol("x"), NO_ADDRESS),
        (UnicodeError("x"), NO_ADDRESS),
        (httpx.RemoteProtocolError("illegal line"), "connect: what answers does not speak HTTP: illegal line"),
        (httpx.ProxyError("HTTP_PROXY is\nno address"), "connect: HTTP_PROXY is no address"),
    ],
)  # fmt: skip
def test_a_failed_connection_has_a_class_and_a_reason(error: Exception, words: str):
    """The reason is the system's or the library's own constant: what stands beside it may hold an address or a key."""
    failure = translate_error(error)
    assert f"{failure.fetch_class}: {failure.message}" == words
    assert "secret" not in failure.message + failure.hint
