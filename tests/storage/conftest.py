"""Source records for the store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from brandwatch.models import Entry, EntryRecord, Evidence, Fetch, FetchClass, MatchResult, SourceRecord, SourceState
from brandwatch.storage import open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from brandwatch.storage import Store

START = datetime(2026, 5, 4, 10, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A new database."""
    with open_store(tmp_path / "brandwatch.db") as opened:
        yield opened


@pytest.fixture
def find() -> Callable[..., EntryRecord]:
    """Build an entry record: `find("Acme åpner", link="…", known=3, queries=("a", "b"))`."""

    def build(
        title: str, *, known: int | None = None, queries: tuple[str, ...] = ("acme",), **fields: object
    ) -> EntryRecord:
        link = str(fields.pop("link", f"https://avis.example/{title.casefold()}"))
        suppressed = str(fields.pop("suppressed", ""))
        reread = fields.pop("reread", None)
        evidence = (Evidence(term="Acme", field="title", start=0, end=4, rule="exact"),)
        judgement = MatchResult(evidence=evidence, suppressed=suppressed)
        entry = Entry(**({"title": title, "url": link, "publisher": "Avisa", "published": START} | fields))  # type: ignore[arg-type]
        return EntryRecord(
            entry=entry,
            link=link,
            stored_id=known,
            position=0,
            results=dict.fromkeys(queries, judgement),
            versions=dict.fromkeys(queries, "v1"),
            refresh_at=reread,  # type: ignore[arg-type]
        )

    return build


@pytest.fixture
def visit() -> Callable[..., SourceRecord]:
    """Build a source record: `visit(find, …, hours=1, url="…")`; hour 0 is the first poll."""

    def build(
        *finds: EntryRecord, hours: int = 0, url: str = "https://a.example/rss", error: str = "", first: int = 0
    ) -> SourceRecord:
        at = START + timedelta(hours=hours)
        fetch_class = FetchClass.HTTP_5XX if error else FetchClass.OK
        state = SourceState(
            url=url,
            fetch_class=fetch_class,
            error=error,
            entries=len(finds),
            first_poll=START + timedelta(hours=first),
            last_poll=at,
            last_success=None if error else at,
            next_due=at,
        )
        return SourceRecord(state=state, fetch=Fetch(at=at, fetch_class=fetch_class, error=error), entries=finds)

    return build
