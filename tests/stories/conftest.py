"""Fingerprints to compare."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

import pytest

from brandwatch.models import Entry
from brandwatch.stories.cascade import StoryCandidate, StoryJoin, find_story
from brandwatch.stories.fingerprint import Fingerprint
from brandwatch.urls import canonical

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

DAY = 86_400


@pytest.fixture
def copy() -> Callable[..., Fingerprint]:
    """Build a fingerprint: `copy("Acme åpner", "Tekst", site="avis.example", day=3)`."""
    numbers = count(1)

    def build(  # noqa: PLR0913 (the facts of an entry)
        title: str = "",
        text: str = "",
        *,
        site: str = "avis.example",
        path: str = "",
        url: str = "",
        day: float = 0,
        queries: tuple[str, ...] = ("acme",),
        links: tuple[str, ...] = (),
        publisher: str = "",
        thread: str = "",
    ) -> Fingerprint:
        link = url or f"https://{site}/{path or f'sak-{next(numbers)}'}"
        entry = Entry(title=title, text=text, url=link, links=links, publisher=publisher, thread=thread)
        return Fingerprint(entry=entry, link=canonical(link), at=int(day * DAY), queries=frozenset(queries))

    return build


@pytest.fixture
def join() -> Callable[..., StoryJoin | None]:
    """Join a copy to one of the stories of other copies: `join(new, old, …)`; the stories count from 1."""

    def compare(new: Fingerprint, *old: Fingerprint, common: Collection[int] = ()) -> StoryJoin | None:
        known = [StoryCandidate(one, number, {one.publisher}) for number, one in enumerate(old, 1)]
        return find_story(new, known, common)

    return compare
