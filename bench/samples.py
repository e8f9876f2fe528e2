"""Read recorded answers of endpoints with the kinds they belong to: entries, times, counts.

    python bench/samples.py FOLDER

FOLDER holds a folder for each endpoint. For each file that belongs to a kind, one line says what it read: entries,
those with a time, rows that were lost, how many entries have each count. Files of no kind are named at the end.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from brandwatch.errors import ParseError
from brandwatch.feeds import parse_document
from brandwatch.models import Document
from brandwatch.sources.expand import example_values
from brandwatch.sources.registry import Registry
from brandwatch.sources.response import read_answer

if TYPE_CHECKING:
    from brandwatch.models import Feed

KINDS = {
    "bing_news/*.xml": "bing_news",
    "blogger/*.xml": "feed",
    "bluesky/*.json": "bluesky",
    "brave_search/*.json": "brave",
    "devto/*.json": "devto",
    "discourse/*.json": "discourse",
    "gdelt/*": "gdelt",
    "github_search/*.json": "github",
    "google_alerts/*.xml": "googlealerts",
    "google_news/*.xml": "google_news",
    "hackernews/*.json": "hackernews",
    "itunes_reviews/*.json": "appstore",
    "lemmy/*.json": "lemmy",
    "lobsters/*.json": "lobsters",
    "mastodon/*timeline*.json": "mastodon",
    "mastodon/search_*.json": "mastodon",
    "mastodon/*.xml": "feed",
    "reddit/*.json": "reddit",
    "reddit/*.xml": "reddit-feed",
    "stackexchange/question*.json": "stackexchange",
    "synthetic_peers/*gdelt.json": "gdelt",
    "synthetic_peers/*lemmy.json": "lemmy",
    "synthetic_peers/*searxng.json": "searxng",
    "synthetic_peers/*stackexchange.json": "stackexchange",
    "wordpress/*.xml": "wordpress",
    "x_twitter/search_*.json": "x",
    "youtube/channel_*.xml": "youtube",
    "youtube/search_*.json": "youtube-search",
    "youtube/comment_*.json": "youtube-comments",
}
"""Which kind reads which files; what is in no row is no answer that holds entries, or of no kind of ours."""


def main() -> None:
    """Read every sample of every kind; print what was found, and say whether anything was lost."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    registry, unread = Registry(), {path for path in folder.glob("*/*") if path.name != "PROVENANCE.md"}
    print(f"{'entries':>8}{'dated':>7}{'skipped':>9}  counts known")
    for pattern, name in KINDS.items():
        for path in sorted(folder.glob(pattern)):
            if path.name == "PROVENANCE.md":
                continue
            unread.discard(path)
            kind = registry.kind(name)
            content_type = "application/json" if path.suffix == ".json" else "text/plain"
            document = Document(
                url="https://asked.example/", status=200, body=path.read_bytes(), content_type=content_type
            )
            try:
                said = _said(read_answer(kind, document, example_values(kind), parse_document))
            except ParseError as error:
                said = f"{error.fetch_class}: {error.message}"
            print(f"{said}  {name}: {path.relative_to(folder)}")
    for path in sorted(unread):
        print(f"of no kind: {path.relative_to(folder)}")


def _said(feed: Feed) -> str:
    """Return what a sample gave."""
    names = ("comments", "replies", "likes", "shares", "views")
    known = {name: sum(getattr(entry.response, name) is not None for entry in feed.entries) for name in names}
    dated = sum(entry.published is not None for entry in feed.entries)
    counts = " ".join(f"{name}={count}" for name, count in known.items() if count)
    return f"{len(feed.entries):>8}{dated:>7}{feed.skipped:>9}  {counts} {feed.problem}"


if __name__ == "__main__":
    main()
