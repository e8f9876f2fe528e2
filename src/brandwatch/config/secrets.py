"""Secrets of a source: `${NAME}` in files of the user, resolved from the environment, never written anywhere."""

from __future__ import annotations

import base64
import html.entities
import json
import re
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qsl, quote

from brandwatch.errors import FetchError, UsageError
from brandwatch.text.sanitise import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from brandwatch.models import Document, Source


_REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_USERINFO = re.compile(r"//[^/?#\s]*@")
_SECRET_PARAMETER = re.compile(
    r"([?&;#][^=&;#\s]*(?:key|token|secret|sig|pass|auth)[^=&;#\s]*=)[^&;#\s]*", re.IGNORECASE
)
_SECRET_HEADER = re.compile(
    r"((?:[\w-]*(?:api[-_]?key|[-_]key|token|secret|password)|authorization)[\"']?\s*:\s*)[\"']?(?!\$\{)[^\s\"',}][^\"',}]*",
    re.IGNORECASE,
)
# Names of parameters that hold a secret: api_key, X-Amz-Signature, feed_token, accessToken; but not monkey.
_SECRET_NAME = re.compile(
    r"(?:.*[-_.])?(?:(?:api|access|auth)?key|pass(?:wd)?|sig(?:nature)?|auth)|.*(?:token|secret|password)",
    re.IGNORECASE,
)
# The name under which a token that was requested for one poll is masked, beside the environment.
_POLL_TOKEN = "token_of_this_poll"  # noqa: S105 (a name)
# A shorter value occurs in a document for other reasons.
_MIN_SECRET_CHARS = 4
_ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be")
_PLAIN_RUN = re.compile(r"[A-Za-z0-9]+")
_FIRST_BEYOND_ASCII, _LAST_OF_LATIN_1 = "\x80", "\xff"


def secret_names(text: str) -> tuple[str, ...]:
    """List the names in `${…}` in *text*, in their order."""
    return tuple(dict.fromkeys(_REFERENCE.findall(text)))


def source_secret_names(source: Source) -> tuple[str, ...]:
    """List the secrets that a request to *source* holds: in its headers, and in a template URL.

    A URL from outside (OPML, a feed, a redirect, the command line) could otherwise read any variable.
    """
    return secret_names(" ".join((source.url if source.is_template else "", *(value for _, value in source.headers))))


def find_plaintext_secret(url: str) -> str:
    """Return the name of a parameter of *url* that looks like a secret written out, empty for none."""
    pairs = parse_qsl("&".join(re.split("[?#]", url)[1:]))
    return next((name for name, value in pairs if _SECRET_NAME.fullmatch(name) and not secret_names(value)), "")


def explain_literal_reference(name: str, place: str) -> tuple[str, str]:
    """Return message and hint for a `${NAME}` in a URL that may not hold secrets."""
    message = f"${{{name}}} in {place} is text: secrets are taken from the environment for query files and kinds only"
    return message, "give the feed a line of its own in the query file: url: …"


def resolve_env(text: str, environ: Mapping[str, str], *, is_url: bool = False) -> str:
    """Fill in the secrets of *text*; raise UsageError if one is not in the environment, or cannot be sent.

    In a URL they are percent-encoded: a secret is one value, and `&`, `#` or `/` in it must not end that.
    """
    for name in secret_names(text):
        if not environ.get(name):
            hint = "set it where the poll runs, for example in the crontab"
            raise UsageError(f"the environment variable {name} is not set", hint)
    for name in secret_names(text):
        if not environ[name].isprintable():
            hint = "remove line breaks and other control characters"
            raise UsageError(f"the environment variable {name} has a character that cannot be sent", hint)
    return _REFERENCE.sub(lambda match: quote(environ[match[1]], safe="") if is_url else environ[match[1]], text)


def resolve_url(source: Source, environ: Mapping[str, str]) -> str:
    """Return the URL to request, with secrets only in a template; raise as `resolve_env`."""
    return resolve_env(source.url, environ, is_url=True) if source.is_template else source.url


def resolve_headers(source: Source, environ: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Return the headers with their secrets; raise UsageError, without the value, for one that cannot be sent."""
    headers = []
    for name, template in source.headers:
        value = resolve_env(template, environ).strip(" ")
        if not value.isascii():
            message = f"the value of {template} cannot be sent as the header {name}"
            raise UsageError(message, "a header is plain ASCII")
        headers.append((name, value))
    return tuple(headers)


def mask(text: str, names: Iterable[str], environ: Mapping[str, str]) -> str:
    """Replace secrets in *text* by their names, in every spelling of a URL, a page and JSON."""
    for name, value in _sent_secrets(names, environ):
        text = _text_pattern(value).sub(f"${{{name}}}", text)
    return text


def redact_text(text: str) -> str:
    """Remove users and passwords in addresses, and values of parameters and headers that are named like a secret."""
    return _SECRET_HEADER.sub(r"\1…", _SECRET_PARAMETER.sub(r"\1…", _USERINFO.sub("//…@", text)))


class LogText(NamedTuple):
    """Text from outside in a log line: on one line, without passwords and keys. Cleaned only if the line is written."""

    text: str

    def __str__(self) -> str:
        return redact_text(one_line(self.text))


def redact_response(
    answer: Document | FetchError, source: Source, environ: Mapping[str, str], token: str = ""
) -> Document | FetchError:
    """Mask the secrets of *source* in its answer, because a server may repeat them anywhere.

    *token* is a secret outside the environment. Nothing made of the answer later (a message, an entry, a report) can
    hold a secret that is not in it.
    """
    if isinstance(answer, FetchError):
        return redact_failure(answer, source, environ, token)
    return redact_document(answer, source, environ, token)


def redact_failure(
    failure: FetchError, source: Source, environ: Mapping[str, str], token: str = "", env: Iterable[str] = ()
) -> FetchError:
    """Mask the secrets in a failure, as `redact_response`; *env* names those of a token request."""
    names, environ = _request_secrets(source, environ, token, env)
    if not names:
        return failure
    return FetchError(
        failure.fetch_class,
        mask(failure.message, names, environ),
        mask(failure.hint, names, environ),
        status=failure.status,
        retry_at=failure.retry_at,
        body=_mask_bytes(failure.body, names, environ),
        content_type=mask(failure.content_type, names, environ),
    )


def redact_document(document: Document, source: Source, environ: Mapping[str, str], token: str = "") -> Document:
    """Mask the secrets in a document, as `redact_response`."""
    names, environ = _request_secrets(source, environ, token)
    if not names:
        return document
    # A validator with a mask in it would never match again.
    has_secret = [mask(text, names, environ) != text for text in (document.etag, document.last_modified)]
    return replace(
        document,
        url=mask(document.url, names, environ),
        moved_to=mask(document.moved_to, names, environ),
        content_type=mask(document.content_type, names, environ),
        etag="" if has_secret[0] else document.etag,
        last_modified="" if has_secret[1] else document.last_modified,
        body=_mask_bytes(document.body, names, environ),
        link=mask(document.link, names, environ),
    )


def _request_secrets(
    source: Source, environ: Mapping[str, str], token: str, env: Iterable[str] = ()
) -> tuple[tuple[str, ...], Mapping[str, str]]:
    """Return the names of all secrets in a request, and an environment that holds them."""
    names = tuple(dict.fromkeys((*source_secret_names(source), *env)))
    if not token:
        return names, environ
    return (*names, _POLL_TOKEN), {**environ, _POLL_TOKEN: token}


def _sent_secrets(names: Iterable[str], environ: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the secrets that can have been sent, by name; the longest first, because one may contain another."""
    pairs = [(name, value) for name in names for value in _sent_values(environ.get(name, ""))]
    return sorted(pairs, key=lambda pair: -len(pair[1]))


def _sent_values(value: str) -> list[str]:
    """Return a secret as it was sent, and the password within if it is that of basic authentication (RFC 7617)."""
    if not value.strip() or not value.isprintable():
        return []
    value = value.strip()
    try:
        user, colon, password = base64.b64decode(value, validate=True).decode().partition(":")
    except ValueError:
        return [value]
    is_credential = colon and len(password) >= _MIN_SECRET_CHARS and (user + password).isprintable()
    return [value, password] if is_credential else [value]


def _mask_bytes(body: bytes, names: Iterable[str], environ: Mapping[str, str]) -> bytes:
    """Mask the secrets in the encodings that a document may have."""
    for name, value in _sent_secrets(names, environ):
        if len(value) < _MIN_SECRET_CHARS:
            continue
        # Letters and digits have one spelling: a body without the longest run of them has no secret.
        longest = max(_PLAIN_RUN.findall(value), key=len, default="")
        for encoding in _ENCODINGS:
            if longest.encode(encoding) in body:
                body = _bytes_pattern(value, encoding).sub(f"${{{name}}}".encode(encoding), body)
    return body


@lru_cache(maxsize=64)
def _text_pattern(value: str) -> re.Pattern[str]:
    """Compile the spellings of a value in text."""
    return re.compile("".join(f"(?:{'|'.join(map(re.escape, _spellings(char)))})" for char in value))


@lru_cache(maxsize=64)
def _bytes_pattern(value: str, encoding: str) -> re.Pattern[bytes]:
    """Compile the spellings of a value in an encoding; where that is UTF-8, in Latin-1 too."""
    pattern = b""
    for char in value:
        encoded = [spelling.encode(encoding) for spelling in _spellings(char)]
        if encoding == "utf-8" and _FIRST_BEYOND_ASCII <= char <= _LAST_OF_LATIN_1:
            encoded.append(char.encode("latin-1"))
        pattern += b"(?:%s)" % b"|".join(map(re.escape, encoded))
    return re.compile(pattern, re.DOTALL)


def _spellings(char: str) -> list[str]:
    """Return the spellings of a character in addresses, pages and JSON, the longest first.

    Each character of a secret may have another spelling: a server may decode what it received, encode it again by its
    own rules, and show it in a page within a feed.
    """
    if char.isascii() and char.isalnum():
        return [char]
    percent = "".join(f"%{byte:02X}" for byte in char.encode())
    spellings = {char, percent, percent.lower(), percent.replace("%", "%25"), percent.lower().replace("%", "%25")}
    code = ord(char)
    # JSON escapes; PHP writes `\/`, and `\u0026` with JSON_HEX_AMP.
    spellings |= {json.dumps(char)[1:-1], f"\\{char}", f"\\u{code:04x}", f"\\u{code:04X}"}
    spellings |= {f"&#{code};", f"&#{code:03d};", f"&#x{code:x};", f"&#x{code:X};"}
    spellings |= {f"&{name}" for name, text in html.entities.html5.items() if text == char and name.endswith(";")}
    if char == " ":
        spellings.add("+")
    if not char.isascii():
        # UTF-8 taken for Latin-1, and a URL in Latin-1.
        narrow = quote(char, safe="", encoding="latin-1", errors="ignore")
        spellings |= {char.encode().decode("latin-1"), narrow, narrow.lower()}
    # A page within a feed is escaped twice.
    spellings |= {spelling.replace("&", "&amp;") for spelling in spellings}
    return sorted(filter(None, spellings), key=len, reverse=True)
