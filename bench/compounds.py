"""Measure the matching of names inside compounds, on sentences in which such compounds were labelled by hand.

    python bench/compounds.py SENTENCES.jsonl [--show]

Each line holds `text` and `outer`/`inner`, lists of [label, surface]; `ORGpart` is a word with a name inside. The name
of a hyphenated compound is what stands before its last hyphen; that of a solid one is the longest organisation
labelled elsewhere in the file that the word begins with (others are left out), and is looked for with the opt-in.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from brandwatch.config.query import Query, Term
from brandwatch.matching import Matcher
from brandwatch.models import Entry

if TYPE_CHECKING:
    from collections.abc import Iterator

_SHORTEST = 3


def main() -> None:
    """Measure both kinds of compounds and print how many are found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--show", action="store_true", help="list what is missed")
    options = parser.parse_args()
    sentences = [json.loads(line) for line in options.file.read_text(encoding="utf-8").splitlines()]
    names = sorted({surface for row in sentences for label, surface in _labels(row) if label == "ORG"}, key=len)
    compounds = [(row["text"], surface) for row in sentences for label, surface in _labels(row) if label == "ORGpart"]
    hyphenated = [(text, word, word.rpartition("-")[0]) for text, word in compounds if "-" in word.strip("-")]
    solid = [(text, word, name) for text, word in compounds if "-" not in word if (name := _begun_by(word, names))]
    _report("hyphenated compounds", hyphenated, closed=False, show=options.show)
    _report("solid compounds with the opt-in", solid, closed=True, show=options.show)


def _labels(row: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield every label of a sentence with its words."""
    yield from (*row["outer"], *row["inner"])


def _begun_by(word: str, names: list[str]) -> str:
    """Return the longest of the names that a word begins with, empty for none."""
    begun = (name for name in names if len(name) >= _SHORTEST and name != word and word.startswith(name))
    return max(begun, key=len, default="")


def _report(title: str, compounds: list[tuple[str, str, str]], *, closed: bool, show: bool) -> None:
    """Print how many compounds are found by their names."""
    missed = [(word, name) for text, word, name in compounds if not _is_found(text, word, name, closed=closed)]
    found = len(compounds) - len(missed)
    print(f"{title}: recall {found / len(compounds):.4f} ({found} of {len(compounds)})")
    for word, name in missed if show else ():
        print(f"  {word} for {name}")


def _is_found(text: str, word: str, name: str, *, closed: bool) -> bool:
    """Say whether the name is found where the compound stands."""
    query = Query(name="q", brand=name, names=(Term(text=name, closed_compounds=closed),), languages=("da", "de"))
    judgement = Matcher([query]).evaluate(Entry(text=text)).get("q")
    return judgement is not None and any(text[piece.start : piece.end] in word for piece in judgement.evidence)


if __name__ == "__main__":
    main()
