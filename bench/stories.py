"""Measure which entries are taken for the same news.

    python bench/stories.py [--stories 1200] [--alone 4800] [--passages 500] [--scoop ITEMS] [--headlines PAIRS]

The news is invented: words of a language that nobody speaks, some frequent and most rare; 25 sites, each with two
sentences of its own below every text. A story is an article and four copies of it elsewhere: edited by the house (one
sentence in ten dropped, three words in a hundred changed), shortened to 35 %, a snippet of 220 characters, rewritten
(fifteen words in a hundred changed). Their titles are edited too. A fifth article quotes two sentences of the first; it
is no copy, and taking it for one counts as wrong. *alone* articles have no copy at all, and a thousand entries nothing
but a title of one word, often the same. All go through the store as a poll keeps them, in any order.

ITEMS is JSON Lines of entries with the story they belong to, kept a day at a time; PAIRS of pairs of headlines with how
alike people find them, from 0 to 5. Precision and recall are of pairs; ARI is the adjusted Rand index.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from math import comb
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from brandwatch.models import (
    Entry,
    EntryRecord,
    Evidence,
    Fetch,
    FetchClass,
    MatchResult,
    Selection,
    SourceRecord,
    SourceState,
)
from brandwatch.privacy.minimise import cut_snippet
from brandwatch.storage import open_store
from brandwatch.storage.recording import record_source
from brandwatch.storage.selections import select_mentions
from brandwatch.stories.cascade import StoryCandidate, find_story
from brandwatch.stories.fingerprint import Fingerprint
from brandwatch.urls import canonical

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_START = datetime(2026, 5, 4, tzinfo=UTC)
_SYLLABLES = (
    "ba be bi bo bu da de di do du fa fe fi fo fu ga ge gi gå ha he hi ho hu ja je ka ke ki ko ku kå la le li lo lu lø "
    "ma me mi mo mu mø na ne ni no nu nå pa pe pi po ra re ri ro ru rø sa se si so su så ta te ti to tu tå va ve vi vo"
).split()
_WORDS, _SITES, _ONE_WORD = 9_000, 25, 1_000
_SNIPPET = 220
_BATCH = 500
_MENTION = MatchResult(evidence=(Evidence(term="Acme", field="text", start=0, end=4, rule="exact"),))


class Item(NamedTuple):
    """An entry with the story it belongs to, and what kind of copy it is."""

    story: str
    kind: str
    entry: Entry


def main() -> None:
    """Run the bench, print a line for each measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stories", type=int, default=1_200)
    parser.add_argument("--alone", type=int, default=4_800)
    parser.add_argument("--passages", type=int, default=0, help="store so many characters of each text, 0 for all")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--scoop", type=Path)
    parser.add_argument("--headlines", type=Path)
    options = parser.parse_args()
    items = [*World(options.seed).items(options.stories, options.alone)]
    _print_score("invented", items, _placed(items, options.passages))
    if options.scoop:
        items = _scoop(options.scoop)
        _print_score("scoop", items, _placed(items))
    if options.headlines:
        _print_headlines(options.headlines)


class World:
    """Invented news."""

    def __init__(self, seed: int) -> None:
        self._draw = random.Random(seed)  # noqa: S311 (noise need not be secret)
        made = {"".join(self._draw.choices(_SYLLABLES, k=self._draw.choice((1, 2, 2, 3, 3, 4)))) for _ in range(_WORDS)}
        self._words = sorted(made)
        self._draw.shuffle(self._words)
        self._weights = list(accumulate(1 / (rank + 2) for rank in range(len(self._words))))
        self._below = [f"{self._sentence()} {self._sentence()}" for _ in range(_SITES)]

    def items(self, stories: int, alone: int) -> Iterator[Item]:
        """Yield everything that is published, in any order."""
        found = [item for number in range(stories) for item in self._story(number)]
        found += [self._item(f"alone {number}", "alone", self._title(), self._article()) for number in range(alone)]
        found += [self._item(f"word {number}", "word", self._word().title(), []) for number in range(_ONE_WORD)]
        self._draw.shuffle(found)
        return iter(found)

    def _story(self, number: int) -> Iterator[Item]:
        """Yield an article and what is made of it."""
        name, title, article = f"story {number}", self._title(), self._article()
        text = " ".join(article)
        kept = [sentence for sentence in article if self._draw.random() > 0.1]  # noqa: PLR2004 (one in ten)
        yield self._item(name, "original", title, article)
        yield self._item(name, "edited", self._edited(title, 0.3), [self._edited(" ".join(kept), 0.03)])
        yield self._item(name, "shortened", self._edited(title, 0.3), [text[: len(text) * 35 // 100]])
        yield self._item(name, "snippet", self._edited(title, 0.3), [text[:_SNIPPET]])
        yield self._item(name, "rewritten", self._edited(title, 0.5), [self._edited(text, 0.15)])
        other, begin = self._article(), self._draw.randrange(len(article) - 1)
        place = self._draw.randrange(len(other))
        quoting = [*other[:place], *article[begin : begin + 2], *other[place:]]
        yield self._item(f"quoting {number}", "quoting", self._title(), quoting)

    def _item(self, story: str, kind: str, title: str, article: Sequence[str]) -> Item:
        """Return an entry of one of the sites, with what that says below every text."""
        number = self._draw.randrange(_SITES)
        text = " ".join([*article, self._below[number]]) if article else ""
        url = f"https://avis{number}.example/{self._draw.getrandbits(48):x}"
        published = _START + timedelta(seconds=self._draw.randrange(10 * 86_400))
        return Item(
            story, kind, Entry(title=title, text=text, url=url, publisher=f"Avis {number}", published=published)
        )

    def _article(self) -> list[str]:
        """Return the sentences of an article: mostly about twenty."""
        return [self._sentence() for _ in range(int(min(60, max(5, self._draw.lognormvariate(2.9, 0.5)))))]

    def _sentence(self) -> str:
        """Return a sentence."""
        return f"{self._drawn(6, 24).capitalize()}."

    def _title(self) -> str:
        """Return a title."""
        return self._drawn(4, 10).capitalize()

    def _drawn(self, least: int, most: int) -> str:
        """Return as many words."""
        count = self._draw.randint(least, most)
        return " ".join(self._draw.choices(self._words, cum_weights=self._weights, k=count))

    def _word(self) -> str:
        """Return a word, a frequent one more often."""
        return self._drawn(1, 1)

    def _edited(self, text: str, share: float) -> str:
        """Return a text with some of its words changed for others."""
        return " ".join(self._word() if self._draw.random() < share else word for word in text.split())


def _placed(items: Sequence[Item], passage: int = 0) -> list[int]:
    """Return the story that each item gets when they are kept one batch after the other."""
    with tempfile.TemporaryDirectory() as home, open_store(Path(home, "bench.db")) as store:
        visits = [_visit(start, items[start : start + _BATCH], passage) for start in range(0, len(items), _BATCH)]
        began = time.process_time()
        for visit in visits:
            record_source(store, visit)
        print(f"{len(items)} entries, {(time.process_time() - began) / len(items) * 1e6:.0f} µs each to keep")
        found = {mention.entry.guid: mention.story or 0 for mention in select_mentions(store, Selection())}
    return [found[str(number)] for number in range(len(items))]


def _visit(first: int, items: Sequence[Item], passage: int) -> SourceRecord:
    """Return a visit that keeps items, found when all of them are published."""
    at = max(item.entry.published or _START for item in items) + timedelta(hours=1)
    state = SourceState(url="https://samler.example/rss", fetch_class=FetchClass.OK, first_poll=at, last_success=at)
    finds = tuple(
        EntryRecord(
            entry=replace(item.entry, guid=str(number), text=_passage(item.entry.text, passage)),
            whole=item.entry if passage else None,
            link=canonical(item.entry.url),
            stored_id=None,
            position=0,
            results={"acme": _MENTION},
            versions={"acme": "1"},
        )
        for number, item in enumerate(items, first)
    )
    return SourceRecord(state=state, fetch=Fetch(at=at, fetch_class=FetchClass.OK), entries=finds)


def _passage(text: str, characters: int) -> str:
    return cut_snippet(text, (), characters).text if characters else text


def _print_score(name: str, items: Sequence[Item], found: Sequence[int]) -> None:
    """Print how well the stories found are those that there are."""
    pairs = _pairs(zip((item.story for item in items), found, strict=True))
    true, taken, total = _pairs(item.story for item in items), _pairs(found), comb(len(items), 2)
    by_chance = true * taken / total
    index = (pairs - by_chance) / ((true + taken) / 2 - by_chance)
    print(f"{name}: pair precision {pairs / max(taken, 1):.4f}, recall {pairs / true:.4f}, ARI {index:.3f}")
    homes = {item.story: story for item, story in zip(items, found, strict=True) if item.kind == "original"}
    kinds: defaultdict[str, Counter[bool]] = defaultdict(Counter)
    for item, story in zip(items, found, strict=True):
        if home := homes.get(item.story.replace("quoting", "story")):
            kinds[item.kind][story == home] += 1
    for kind, counts in sorted(kinds.items()):
        print(f"  {kind:10} {counts[True] / counts.total():.2f} in the story of the original")
    words = [story for item, story in zip(items, found, strict=True) if item.kind == "word"]
    if words:
        print(f"  {_pairs(words)} wrong pairs among {len(words)} titles of one word")


def _pairs(groups: Iterable[object]) -> int:
    """Return how many pairs are in one group."""
    return sum(comb(count, 2) for count in Counter(groups).values())


def _scoop(path: Path) -> list[Item]:
    """Return the items of a file, a day after the other."""
    read = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [
        Item(row["story_gt_id"], "", _entry(row["item"]))
        for row in sorted(read, key=lambda row: row["item"]["published_at"])
    ]


def _entry(row: dict[str, str]) -> Entry:
    """Return an item as a feed gives it."""
    return Entry(
        title=row["title"],
        text=row.get("body_text", ""),
        url=row["canonical_url"],
        publisher=row["source_domain"],
        published=datetime.fromisoformat(row["published_at"]),
    )


def _print_headlines(path: Path) -> None:
    """Print how alike people find the headlines that are taken for one story."""
    pairs = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    taken = [
        pair
        for pair in pairs
        if find_story(_headline(pair["a"], 1), [StoryCandidate(_headline(pair["b"], 2), 1, {"avis2.example"})])
    ]
    scores = sorted(pair["score"] for pair in taken)
    alike = sum(pair["score"] == 5 for pair in pairs)  # noqa: PLR2004 (the same to everyone)
    print(f"headlines: {len(taken)} of {len(pairs)} pairs joined, {alike} are rated 5; lowest ratings {scores[:5]}")
    for pair in sorted(taken, key=lambda pair: float(pair["score"]))[:5]:
        print(f"  {pair['score']}: {pair['a']} | {pair['b']}")


def _headline(title: str, site: int) -> Fingerprint:
    """Return an entry that is only a title."""
    entry = Entry(title=title, url=f"https://avis{site}.example/1")
    return Fingerprint(entry=entry, link=entry.url, at=0, queries=frozenset({"acme"}))


if __name__ == "__main__":
    main()
