"""Kinds with refreshable responses, and a database of entries from them."""

from __future__ import annotations

import asyncio
import json
import re
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import time_machine

from brandwatch.http import Client, FetchLimits
from brandwatch.models import (
    Entry,
    EntryRecord,
    Evidence,
    Fetch,
    FetchClass,
    MatchResult,
    RefreshOutcome,
    Selection,
    Source,
    SourceRecord,
    SourceState,
)
from brandwatch.pipeline.refresh_responses import ResponseRefresh
from brandwatch.sources.registry import Registry
from brandwatch.storage.recording import record_source
from brandwatch.storage.selections import select_mentions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Site

    from brandwatch.storage import Store

START = datetime(2026, 5, 4, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
NEWS = """
title: Fjordnytt
about: Stories of the fjords, from an index that takes many ids at once.
group: forum
engine: json
mode: search
verified: 2026-05-01
auth: optional
env: [FJORD_KEY]
parameters:
  topic: {{about: a topic, pattern: word}}
request: {{url: "{site}/search", params: {{q: "{{query}}", topic: "{{topic}}"}}}}
limits: {{budget: {budget}}}
map:
  items: hits
  fields: {{id: "fjordnytt:{{objectID}}", url: url, title: title, published: at, comments: num_comments, likes: points}}
refresh:
  url: {site}/again
  params: {{tags: "story,(story_{{ids}})", key: "${{FJORD_KEY}}"}}
  pattern: ^fjordnytt:(\\d+)$
  separator: ",story_"
  batch: 20
"""
SINGLE = """
title: Fjordforum
about: A forum whose posts are read one by one.
group: forum
engine: json
mode: stream
verified: 2026-05-01
request: {{url: "{site}/latest"}}
map: {{items: posts, fields: {{id: "fjordforum:{{id}}", title: title, replies: replies}}}}
refresh:
  url: {site}/posts/{{id}}
  pattern: ^fjordforum:(\\d+)$
  map: {{items: "@", fields: {{id: id, replies: replies}}}}
"""


def index(counts: dict[int, int]) -> Callable[[str], bytes]:
    """Answer like a forum index: the counts of the requested stories, if known."""

    def answer(path: str) -> bytes:
        asked = [int(number) for number in re.findall(r"story_(\d+)", path)]
        hits = [{"objectID": number, "num_comments": counts[number]} for number in asked if number in counts]
        return json.dumps({"hits": hits}).encode()

    return answer


@dataclass
class World:
    """A database, a site with an index, and the sources of all entries."""

    store: Store
    site: Site
    folder: Path
    sources: dict[str, Source] = field(default_factory=dict)

    def kind(self, name: str, text: str, budget: int = 0) -> None:
        """Write the file of a kind."""
        (self.folder / f"{name}.yaml").write_text(text.format(site=self.site.url(""), budget=budget), encoding="utf-8")

    def seen(self, *numbers: int, kind: str = "fjordnytt", topic: str = "", **facts: object) -> None:
        """Store entries published at the start; their refresh is due an hour later."""
        url = self.site.url(f"/{kind}/{topic}")
        self.sources[url] = Source(url=url, kind=kind, values=(("query", f'"Åsgård" {topic}'), ("topic", topic)))
        evidence = (Evidence(term="Åsgård", field="title", start=0, end=6, rule="exact"),)
        finds = tuple(
            EntryRecord(
                entry=Entry(
                    **({"guid": f"{kind}:{number}", "title": f"Åsgård {number}", "published": START} | facts)  # type: ignore[arg-type]
                ),
                link=f"https://fjord.example/{number}",
                stored_id=None,
                position=number,
                results={"åsgård": MatchResult(evidence=evidence)},
                versions={"åsgård": "v1"},
                refresh_at=START + HOUR,
            )
            for number in numbers
        )
        fetch = Fetch(at=START, fetch_class=FetchClass.OK)
        record_source(
            self.store,
            SourceRecord(state=SourceState(url=url, kind=kind, last_success=START), fetch=fetch, entries=finds),
        )

    def reread(self, hours: float, environ: dict[str, str] | None = None, longest: float = 60) -> list[RefreshOutcome]:
        """Refresh the responses due some hours after the start."""

        async def collect() -> list[RefreshOutcome]:
            client = Client(FetchLimits(allowed=frozenset({"127.0.0.1"})))
            refresh = ResponseRefresh(
                store=self.store,
                registry=Registry(self.folder),
                sources=self.sources.values(),
                environ=environ or {},
                now=START + hours * HOUR,
            )
            async with client, aclosing(refresh.run(client, timedelta(seconds=longest))) as found:
                return [recount async for recount in found]

        with time_machine.travel(START + hours * HOUR, tick=False):
            return asyncio.run(collect())

    def comments(self) -> list[int | None]:
        """Get the latest counts of comments, oldest entry first."""
        mentions = sorted(select_mentions(self.store, Selection()), key=lambda mention: mention.id)
        return [mention.entry.response.comments for mention in mentions]
