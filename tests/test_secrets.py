from __future__ import annotations

import pytest

from brandwatch import secrets
from brandwatch.errors import UsageError

ADDRESS = "https://a.example/rss?key=${FEED_KEY}&x=${OTHER}"


def test_secrets_come_from_the_environment_and_go_back():
    """Names become values for the fetch, and values become names again in whatever is written."""
    environ = {"FEED_KEY": "s3cr3t", "OTHER": "æ"}
    asked = secrets.expanded(ADDRESS, environ)
    assert asked == "https://a.example/rss?key=s3cr3t&x=æ"
    assert secrets.hidden(f"no answer from {asked}", ADDRESS, environ) == f"no answer from {ADDRESS}"
    assert secrets.names(ADDRESS) == ("FEED_KEY", "OTHER")


def test_a_secret_that_is_not_set():
    """A missing variable is named, and never becomes an empty secret."""
    for environ in ({}, {"FEED_KEY": "", "OTHER": "x"}):
        with pytest.raises(UsageError, match="the environment variable FEED_KEY is not set"):
            secrets.expanded(ADDRESS, environ)
