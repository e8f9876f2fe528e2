"""Secrets of a source: `${NAME}` in files of the user, resolved from the environment, never written anywhere."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, quote_plus

from brandwatch.errors import FetchError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from brandwatch.models import Document, Source


_NAME = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_USERINFO = re.compile(r"//[^/?#\s]*@")
_PARAMETER = re.compile(r"([?&;#][^=&;#\s]*(?:key|token|secret|sig|pass|auth)[^=&;#\s]*=)[^&;#\s]*", re.IGNORECASE)
_HEADER = re.compile(
    r"((?:[\w-]*(?:api[-_]?key|[-_]key|token|secret|password)|authorization)[\"']?\s*:\s*)[\"']?(?!\$\{)[^\s\"',}][^\"',}]*",
    re.IGNORECASE,
)
# What a parameter is called that holds a secret: api_key, X-Amz-Signature, feed_token, accessToken; but not monkey.
_SECRET = re.compile(
    r"(?:.*[-_.])?(?:(?:api|access|auth)?key|pass(?:wd)?|sig(?:nature)?|auth)|.*(?:token|secret|password)",
    re.IGNORECASE,
)
# What a token is called that was got for one poll, beside what is in the environment.
_TOKEN = "token_of_this_poll"  # noqa: S105 (a name)
# What is shorter is no secret, and stands in a document for other reasons.
_SHORTEST = 4
_ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be")


def secret_names(text: str) -> tuple[str, ...]:
    """Return the names of the secrets that *text* asks for, in their order."""
    return tuple(dict.fromkeys(_NAME.findall(text)))


def find_plaintext_secret(url: str) -> str:
    """Return the name of a parameter of an address that looks like a secret and is none of ours, empty for none."""
    pairs = parse_qsl("&".join(re.split("[?#]", url)[1:]))
    return next((name for name, value in pairs if _SECRET.fullmatch(name) and not secret_names(value)), "")


def resolve_env(text: str, environ: Mapping[str, str]) -> str:
    """Return *text* with its secrets put in; raise UsageError where one is not in the environment."""
    missing = [name for name in secret_names(text) if not environ.get(name)]
    if missing:
        raise UsageError(
            f"the environment variable {missing[0]} is not set",
            "set it where the poll runs, for example in the crontab",
        )
    if broken := [name for name in secret_names(text) if not environ[name].isprintable()]:
        raise UsageError(
            f"the environment variable {broken[0]} holds a sign that cannot be sent", "take out line ends and the like"
        )
    return _NAME.sub(lambda match: environ[match[1]], text)


def names_in(source: Source) -> tuple[str, ...]:
    """Return the names of the secrets that a source is asked with: in its headers, and in an address that may hold any.

    An address from outside (OPML, a feed, a redirect, the command line) could else take any variable out.
    """
    return secret_names(" ".join((source.url if source.is_template else "", *(value for _, value in source.headers))))


def address(source: Source, environ: Mapping[str, str]) -> str:
    """Return the address of a source, with its secrets where it may hold any; raise as `expanded`."""
    return resolve_env(source.url, environ) if source.is_template else source.url


def resolve_headers(source: Source, environ: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Return the headers of a source with their secrets put in; raise UsageError for one that cannot be sent."""
    return tuple((name, _sendable(name, value, environ)) for name, value in source.headers)


def no_secret(name: str, place: str) -> tuple[str, str]:
    """Return the warning about a `${NAME}` in an address that may hold no secrets, and what to do."""
    message = f"${{{name}}} in {place} is text: secrets are taken from the environment for query files and kinds only"
    return message, "give the feed a line of its own in the query file: url: …"


def mask(text: str, asked: str, environ: Mapping[str, str]) -> str:
    """Return *text* with the secrets that *asked* names replaced by their names again, however they are written."""
    for name, value in _values(secret_names(asked), environ):
        for form in _forms(value):
            text = text.replace(form, f"${{{name}}}")
    return text


def redact_response(
    answer: Document | FetchError, source: Source, environ: Mapping[str, str], token: str = ""
) -> Document | FetchError:
    """Return an answer without the secrets that *source* was asked with: a server may repeat them anywhere.

    *token* is one that is in no environment. Whatever is made of the answer later, a message, an entry, a report,
    cannot hold what is not in it.
    """
    if isinstance(answer, FetchError):
        return redact_failure(answer, source, environ, token)
    return redact_document(answer, source, environ, token)


def redact_failure(
    refusal: FetchError, source: Source, environ: Mapping[str, str], token: str = "", env: Iterable[str] = ()
) -> FetchError:
    """Return a refusal like `withheld`; *env* names the secrets that were sent to get a token."""
    asked, environ = _asked(source, environ, token, env)
    if not secret_names(asked):
        return refusal
    return FetchError(
        refusal.fetch_class,
        mask(refusal.message, asked, environ),
        mask(refusal.hint, asked, environ),
        status=refusal.status,
        retry_at=refusal.retry_at,
        body=_without(refusal.body, secret_names(asked), environ),
        content_type=mask(refusal.content_type, asked, environ),
    )


def redact_document(document: Document, source: Source, environ: Mapping[str, str], token: str = "") -> Document:
    """Return a document like `withheld`."""
    asked, environ = _asked(source, environ, token)
    if not secret_names(asked):
        return document
    # A validator that was changed would never fit again.
    etag, last_modified = (
        said if mask(said, asked, environ) == said else "" for said in (document.etag, document.last_modified)
    )
    return replace(
        document,
        url=mask(document.url, asked, environ),
        moved_to=mask(document.moved_to, asked, environ),
        content_type=mask(document.content_type, asked, environ),
        etag=etag,
        last_modified=last_modified,
        body=_without(document.body, secret_names(asked), environ),
    )


def redact_text(text: str) -> str:
    """Return *text* without user and password in addresses, and without the values of what is named like a secret."""
    return _HEADER.sub(r"\1…", _PARAMETER.sub(r"\1…", _USERINFO.sub("//…@", text)))


def _asked(
    source: Source, environ: Mapping[str, str], token: str, env: Iterable[str] = ()
) -> tuple[str, Mapping[str, str]]:
    """Return what names all secrets that a source was asked with, and an environment that holds them."""
    asked = " ".join(f"${{{name}}}" for name in (*names_in(source), *env))
    return (f"{asked} ${{{_TOKEN}}}", {**environ, _TOKEN: token}) if token else (asked, environ)


def _sendable(name: str, value: str, environ: Mapping[str, str]) -> str:
    """Return the value of a header; raise UsageError, without showing it, where no header may hold it."""
    opened = resolve_env(value, environ).strip(" ")
    if not opened.isascii():
        raise UsageError(f"what {value} stands for cannot be sent as the header {name}", "a header is plain ASCII")
    return opened


def _values(named: Iterable[str], environ: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the secrets that can have been sent by name, the longest first: one may be a part of another."""
    found = [(name, environ[name]) for name in named if environ.get(name) and environ[name].isprintable()]
    return sorted(found, key=lambda pair: -len(pair[1]))


def _forms(value: str) -> tuple[str, ...]:
    """Return the ways in which addresses, pages and JSON write a value, the longest first."""
    ways = {value, value.strip(), quote(value), quote(value, safe=""), quote_plus(value), html.escape(value)}
    ways |= {json.dumps(value)[1:-1], json.dumps(value)[1:-1].replace("/", "\\/")}
    return tuple(sorted(filter(None, ways), key=len, reverse=True))


def _without(body: bytes, named: Iterable[str], environ: Mapping[str, str]) -> bytes:
    """Return the bytes of a document without the secrets, in the encodings that a document may have."""
    for name, value in _values(named, environ):
        for form in _forms(value) if len(value) >= _SHORTEST else ():
            for encoding in _ENCODINGS:
                body = body.replace(form.encode(encoding), f"${{{name}}}".encode(encoding))
    return body
