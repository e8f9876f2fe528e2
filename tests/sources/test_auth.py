from __future__ import annotations

import json

import pytest

from brandwatch.errors import FetchClass, FetchError
from brandwatch.models import Document
from brandwatch.sources.auth import read_token, token_request
from brandwatch.sources.registry import Registry

REGISTRY = Registry()
REDDIT = {"REDDIT_CLIENT_ID": "id", "REDDIT_CLIENT_SECRET": "s3cret"}
BLUESKY = {"BLUESKY_HANDLE": "fjordkraft.example", "BLUESKY_APP_PASSWORD": "å-b"}


def answer(data: object) -> Document:
    """An answer in JSON."""
    return Document(url="https://t.example/", status=200, body=json.dumps(data).encode())


def test_reddit_requires_a_form_and_basic_authentication():
    """Client credentials: a form, and the application's id and secret as basic authentication."""
    asked = token_request(REGISTRY.kind("reddit"), REDDIT)
    assert asked is not None
    assert (asked.url, asked.body) == ("https://www.reddit.com/api/v1/access_token", b"grant_type=client_credentials")
    assert dict(asked.headers) == {
        "Content-Type": "application/x-www-form-urlencoded",
        "Authorization": "Basic aWQ6czNjcmV0",
    }
    assert read_token(REGISTRY.kind("reddit"), answer({"access_token": "t", "expires_in": 86400}), REDDIT) == "t"


def test_a_token_is_requested_with_the_user_agent_of_the_source():
    """Reddit refuses unknown user agents there too; without one the program's own is sent."""
    with_one = token_request(REGISTRY.kind("reddit"), REDDIT, "AcmeMonitor/1.0")
    without = token_request(REGISTRY.kind("reddit"), REDDIT)
    assert (with_one and with_one.user_agent, without and without.user_agent) == ("AcmeMonitor/1.0", "")


def test_bluesky_has_an_optional_session():
    """JSON for a session if both variables are set, no request if not."""
    asked = token_request(REGISTRY.kind("bluesky"), BLUESKY)
    assert asked is not None
    assert json.loads(asked.body) == {"identifier": "fjordkraft.example", "password": "å-b"}
    assert token_request(REGISTRY.kind("bluesky"), {"BLUESKY_HANDLE": "x"}) is None
    assert token_request(REGISTRY.kind("gdelt"), {}) is None
    assert read_token(REGISTRY.kind("bluesky"), answer({"accessJwt": "t"}), BLUESKY) == "t"


def test_a_refusal_repeats_no_credential():
    """The secret is masked, alone and within basic authentication."""
    refusal = FetchError(FetchClass.BLOCKED, "Basic aWQ6czNjcmV0 (id, s3cret) is wrong", status=401)
    with pytest.raises(FetchError) as refused:
        read_token(REGISTRY.kind("reddit"), refusal, REDDIT)
    assert "aWQ6czNjcmV0" not in refused.value.message
    assert "s3cret" not in refused.value.message
    assert "is wrong" in refused.value.message


def test_a_missing_token_is_blocked():
    """Missing variables stop the request; an answer without a token is `blocked`, with the variables in the hint."""
    with pytest.raises(FetchError, match="REDDIT_CLIENT_ID is not set"):
        token_request(REGISTRY.kind("reddit"), {})
    with pytest.raises(FetchError, match="Reddit gave no token") as refused:
        read_token(REGISTRY.kind("reddit"), answer({"error": 401}), REDDIT)
    assert (refused.value.fetch_class, "REDDIT_CLIENT_ID" in refused.value.hint) == ("blocked", True)
