"""Shared fixtures: both parsers of XML."""

from __future__ import annotations

import pytest

from brandwatch.feeds import fast_reader


@pytest.fixture(params=["fast", "feedparser"])
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both parsers of XML."""
    if request.param == "feedparser":
        monkeypatch.setattr(fast_reader, "read_fast", lambda *_, **__: None)
    return str(request.param)
