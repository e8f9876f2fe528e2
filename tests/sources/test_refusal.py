from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from brandwatch.errors import FetchClass, FetchError
from brandwatch.sources.registry import Registry
from brandwatch.sources.response import explain_refusal

REGISTRY = Registry()
NOW = datetime(2026, 5, 6, 12, tzinfo=UTC)
QUOTA = {
    "error": {"code": 403, "message": 'Brukt opp <a href="/y">kvote</a>.', "errors": [{"reason": "quotaExceeded"}]}
}
REFUSALS = {
    "reddit, no leave": (
        "reddit",
        403,
        {"message": "Forbidden", "error": 403},
        "blocked",
        "Reddit refused the request",
    ),
    "reddit, a stale token": ("reddit", 401, {"message": "Unauthorized", "error": 401}, "blocked", "Unauthorized"),
    "reddit, a private forum": (
        "reddit",
        403,
        {"reason": "private", "message": "Forbidden", "error": 403},
        "blocked",
        "",
    ),
    "reddit, too many": (
        "reddit",
        429,
        {"message": "Too Many Requests", "error": 429},
        "throttled",
        "Reddit wants fewer",
    ),
    "x, no credit": (
        "x",
        402,
        {"title": "CreditsDepleted", "detail": "Ingen kreditt igjen."},
        "blocked",
        "Ingen kreditt",
    ),
    "x, too many": ("x", 429, {"title": "Too Many Requests", "status": 429}, "throttled", "X wants fewer requests"),
    "x, a bad token": ("x", 401, {"title": "Unauthorized", "status": 401}, "blocked", "X refused the request"),
    "youtube, spent": (
        "youtube-search",
        403,
        QUOTA,
        "throttled",
        "the searches of the day are spent: Brukt opp kvote.",
    ),
    "youtube, a bad key": ("youtube-search", 400, {"error": {"message": "API key not valid."}}, "blocked", "not valid"),
    "newsapi, spent": (
        "newsapi",
        429,
        {"status": "error", "code": "rateLimited", "message": "For mye."},
        "throttled",
        "For mye",
    ),
    "newsapi, a bad key": ("newsapi", 401, {"status": "error", "code": "apiKeyInvalid"}, "blocked", "apiKeyInvalid"),
    "newsapi, a longer reach": ("newsapi", 426, {"status": "error", "message": "For langt."}, "blocked", "For langt."),
    "brave, a bad key": (
        "brave",
        422,
        {"error": {"code": "INVALID", "detail": "Ugyldig nøkkel"}},
        "blocked",
        "Ugyldig nøkkel",
    ),
    "bluesky, too many": (
        "bluesky",
        429,
        {"error": "RateLimitExceeded", "message": "Vent"},
        "throttled",
        "Bluesky wants fewer",
    ),
    "bluesky, no login": (
        "bluesky",
        401,
        {"error": "AuthMissing"},
        "blocked",
        "Bluesky refused the request: AuthMissing",
    ),
    "mediacloud, too many": (
        "mediacloud",
        403,
        {"detail": "Request was throttled."},
        "throttled",
        "Request was throttled.",
    ),
    "mediawiki, a mistake": ("mediawiki", 400, {"error": {"code": "badvalue", "info": "Ukjent"}}, "blocked", "Ukjent"),
}


def explained(
    kind: str, status: int, body: bytes, fetch_class: FetchClass = FetchClass.HTTP_4XX, **more: Any
) -> FetchError:
    """A refusal with the fields that its kind reads from the body."""
    error = FetchError(fetch_class, f"answered {status}", status=status, body=body, **more)
    with time_machine.travel(NOW, tick=False):
        return explain_refusal(REGISTRY.kind(kind), error)


@pytest.mark.parametrize(("kind", "status", "said", "fetch_class", "words"), REFUSALS.values(), ids=REFUSALS)
def test_a_refusal_has_the_class_and_the_words_of_its_endpoint(
    kind: str, status: int, said: object, fetch_class: str, words: str
):
    """A body that asks for fewer requests is `throttled`, any other failure `blocked`, with any status."""
    by_status = {401: "blocked", 403: "blocked", 429: "throttled"}.get(status, "http-4xx")
    error = explained(kind, status, json.dumps(said).encode(), FetchClass(by_status))
    assert (error.fetch_class, error.status) == (fetch_class, status)
    assert error.message.startswith(f"answered {status}; ")
    assert words in error.message


@pytest.mark.parametrize("status", [404, 410])
def test_an_absent_entry_stays_absent(status: int):
    """The body does not change the class of 404 and 410, which end threads."""
    error = explained("lemmy", status, b'{"error": "couldnt_find_post"}')
    assert (error.fetch_class, error.message) == ("http-4xx", f"answered {status}")


@pytest.mark.parametrize("body", [b"", b"<html>", b"[1, 2", b'{"items": []}', b"\xff\xfe", b"7", b"[" * 60_000])
def test_an_unknown_body_changes_nothing(body: bytes):
    """A body without an error of the kind leaves the refusal unchanged."""
    error = explained("stackexchange", 400, body)
    assert (error.fetch_class, error.message, error.retry_at) == ("http-4xx", "answered 400", None)


@pytest.mark.parametrize(
    ("said", "waits"),
    [
        ({"backoff": 600}, timedelta(minutes=10)),
        ({"backoff": "600.5"}, timedelta(minutes=10)),
        ({"backoff": 10**12}, timedelta(days=9)),
        ({"backoff": 10**8}, timedelta(days=7)),
        ({"backoff": -5}, timedelta(days=9)),
        ({"backoff": None}, timedelta(days=9)),
    ],
)
def test_a_wait_is_at_most_a_day(said: dict[str, object], waits: timedelta):
    """The field takes precedence over the message; both are limited."""
    words = {"error_name": "throttle_violation", "error_message": "ny kvote in 777600 seconds"}
    error = explained("stackexchange", 400, json.dumps(words | said).encode())
    assert error.retry_at == NOW + min(waits, timedelta(days=1))


def test_the_longer_of_two_waits_applies():
    """Header and body can both have a wait."""
    body = b'{"error_name": "throttle_violation", "error_message": "vent", "backoff": 60}'
    assert explained(
        "stackexchange", 429, body, FetchClass.THROTTLED, retry_at=NOW + timedelta(hours=1)
    ).retry_at == NOW + timedelta(hours=1)


def test_secrets_in_a_quoted_url_are_redacted():
    """Keys in a URL of a message are redacted; control characters and markup are removed."""
    body = json.dumps({"error": {"message": "https://a.example/?key=abc123 \u001b[2J <b>nei</b>"}}).encode()
    message = explained("youtube-search", 400, body).message
    assert "abc123" not in message
    assert "\x1b" not in message
    assert "<b>" not in message
