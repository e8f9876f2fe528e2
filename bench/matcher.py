"""Measure the speed of the matcher on real text, against a plain alternation, and with more and more names.

    python bench/matcher.py SENTENCES.jsonl [--names FILE.json]

Sentences (`text` on each line) are joined into entries of about 2.5 kB and repeated to 20 MB. The names are drawn from
syllables with a fixed seed, so that few are in the text; `--names` (a list of objects with `name`) adds a run with
names that many entries hold. Everything is timed on one core in one run: read the ratios.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import time
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from brandwatch.config.query import Query, Term
from brandwatch.matching import Matcher
from brandwatch.models import Entry

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_SYLLABLES = "fjord blå kraft nord sol vik berg tek lum øst åsen var del gran hus zen qua mint arc lyn".split()
_ENTRY = 2_500
_MEGABYTES = 20


def main() -> None:
    """Time everything and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--names", type=Path)
    options = parser.parse_args()
    entries = _entries(options.file)
    size = sum(len(entry.text.encode()) for entry in entries) / 1e6
    invented = _invented(10_000)
    small = entries[: len(entries) // 50]
    naive = _naive(invented[:1000], small) * len(entries) / len(small)
    print(f"{len(entries)} entries, {size:.1f} MB")
    print(f"{'re alternation, 1,000 names':40} {size / naive:8.2f} MB/s")
    taken = {count: _matched(invented[:count], entries) for count in (100, 200, 1_000, 10_000)}
    for count, seconds in taken.items():
        print(f"{f'{count:,} names':40} {size / seconds:8.2f} MB/s")
    print(f"{'  times the alternation, 1,000 names':40} {naive / taken[1_000]:8.1f}")
    print(f"{'  cost of 10,000 names over 100':40} {taken[10_000] / taken[100]:8.2f}")
    if options.names:
        real = [item["name"] for item in json.loads(options.names.read_text(encoding="utf-8"))][:200]
        print(f"{f'{len(real)} names of the text':40} {size / _matched(real, entries):8.2f} MB/s")


def _entries(file: Path) -> list[Entry]:
    """Return entries of the usual length, repeated to the size that is measured."""
    sentences = [json.loads(line)["text"] for line in file.read_text(encoding="utf-8").splitlines()]
    average = sum(map(len, sentences)) / len(sentences)
    length = max(1, int(_ENTRY / average))
    texts = [" ".join(sentences[start : start + length]) for start in range(0, len(sentences), length)]
    copies = int(_MEGABYTES * 1e6 / sum(len(text.encode()) for text in texts)) + 1
    return [Entry(title=text[:60], text=text) for text in texts] * copies


def _invented(count: int) -> list[str]:
    """Return names that are drawn from syllables, each once."""
    draw = random.Random(7)  # noqa: S311 (noise need not be secret)
    names: dict[str, None] = {}
    while len(names) < count:
        names["".join(draw.choices(_SYLLABLES, k=3)).capitalize() + draw.choice(["", " AS", " Gruppen"])] = None
    return list(islice(names, count))


def _matched(names: Sequence[str], entries: Sequence[Entry]) -> float:
    """Return the seconds that a matcher for the names takes for all entries."""
    terms = tuple(Term(text=name) for name in names)
    matcher = Matcher([Query(name="q", brand="B", names=terms, languages=("nb", "nn"))])
    return _timed(lambda: [matcher.evaluate(entry) for entry in entries])


def _naive(names: Sequence[str], entries: Sequence[Entry]) -> float:
    """Return the seconds that one case-insensitive alternation takes."""
    pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, names))})\b", re.IGNORECASE)
    return _timed(lambda: [pattern.findall(entry.text) for entry in entries])


def _timed(work: Callable[[], object]) -> float:
    """Return the seconds of processor time that something takes."""
    start = time.process_time()
    work()
    return time.process_time() - start


if __name__ == "__main__":
    main()
