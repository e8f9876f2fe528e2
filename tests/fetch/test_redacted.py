from __future__ import annotations

import pytest

from brandwatch.fetch.redacted import redacted


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("https://kari:hemmelig@a.example/x", "https://…@a.example/x"),
        ("https://a.example/?q=x&api_key=hemmelig&n=1", "https://a.example/?q=x&api_key=…&n=1"),
        ("https://a.example/?ACCESS_TOKEN=hemmelig#sig=hemmelig", "https://a.example/?ACCESS_TOKEN=…#sig=…"),
        (
            "two: http://a:b@c.example/ and http://d.example/?password=e",
            "two: http://…@c.example/ and http://d.example/?password=…",
        ),
        ("https://a.example/kari@b.example?q=x", "https://a.example/kari@b.example?q=x"),
        ("no address at all", "no address at all"),
    ],
)
def test_what_is_shown_of_an_address(written: str, shown: str):
    """User, password, and the values of parameters named like a secret are left out; the rest stays."""
    assert redacted(written) == shown
