"""Shared fixtures: both parsers of XML."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from brandwatch.feeds import fast_reader, parse_document
from brandwatch.models import Document

if TYPE_CHECKING:
    from brandwatch.models import Feed


def read(body: str) -> Feed:
    """Parse a document that was fetched from one URL."""
    return parse_document(Document(url="https://avis.example/mappe/rss", status=200, body=body.encode()))


@pytest.fixture(params=["fast", "feedparser"])
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both parsers of XML."""
    if request.param == "feedparser":
        monkeypatch.setattr(fast_reader, "read_fast", lambda *_, **__: None)
    return str(request.param)
