"""Fixtures for tests with real servers: reported mentions and sources."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Answer

    Cli = Callable[..., Answer]
    Listed = Callable[..., list[dict[str, Any]]]
    Sources = Callable[[], dict[str, dict[str, Any]]]
    Write = Callable[..., Path]


NAME = "Fjordkraft Åsgård"
"""The name that the fixture `query` looks for."""


@pytest.fixture
def mentions(cli: Cli) -> Listed:
    """The mentions of a report, newest first."""

    def report(*arguments: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(cli("report", "--format", "json", *arguments).out)["mentions"]
        return found

    return report


@pytest.fixture
def sources(cli: Cli) -> Sources:
    """The sources from the JSON output, by URL."""

    def listed() -> dict[str, dict[str, Any]]:
        return {one["url"]: one for one in json.loads(cli("sources", "--format", "json").out)["items"]}

    return listed
