"""Fixtures for tests with real servers: reported mentions and sources."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Answer


@pytest.fixture
def mentions(cli: Callable[..., Answer]) -> Callable[..., list[dict[str, Any]]]:
    """The mentions of a report, newest first."""

    def report(*arguments: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(cli("report", "--format", "json", *arguments).out)["mentions"]
        return found

    return report


@pytest.fixture
def sources(cli: Callable[..., Answer]) -> Callable[[], dict[str, dict[str, Any]]]:
    """The sources from the JSON output, by URL."""

    def listed() -> dict[str, dict[str, Any]]:
        return {one["url"]: one for one in json.loads(cli("sources", "--format", "json").out)["items"]}

    return listed
