"""Measure the matching of names on sentences whose names were labelled by hand.

    python bench/names.py NORNE [--show 20]

NORNE holds `sentences.jsonl` (text and entities), `queries_org.json` (names to look for) and `ambiguous_names.jsonl`
(sentences with an ambiguous name, labelled org, other_entity or not_entity). Names that differ only in their capitals
(AP, Ap) are the spellings of one query, all with the default settings. Recall counts the sentences that hold the name
as an organisation. Lenient precision counts as wrong the hits outside every labelled name; hits in compounds, in longer
names and on the same name of another type count neither way.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from brandwatch.config.query import Query, Term
from brandwatch.matching import Matcher
from brandwatch.models import Entry, Evidence

LANGUAGES = ("nb", "nn")


def main() -> None:
    """Measure both sets and print what they give."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--show", type=int, default=0, help="how many names with wrong and missed sentences to list")
    options = parser.parse_args()
    _all_names(options.folder, options.show)
    _ambiguous_names(options.folder, options.show)


def _all_names(folder: Path, show: int) -> None:
    """Measure every name of the list on every sentence."""
    listed = [item["name"] for item in json.loads((folder / "queries_org.json").read_text(encoding="utf-8"))]
    names = sorted({name.casefold() for name in listed})
    matcher = _matcher(listed)
    counts: Counter[str] = Counter()
    misses: defaultdict[str, list[str]] = defaultdict(list)
    for sentence in _lines(folder / "sentences.jsonl"):
        found = matcher.evaluate(Entry(text=sentence["text"]))
        for name in names:
            verdict = _verdict(name, sentence, found[name].evidence if name in found else ())
            counts[verdict] += 1
            if verdict in {"missed", "wrong"}:
                misses[name].append(f"{verdict}: {sentence['text']}")
    _print(f"{len(names)} names", counts)
    _list(misses, show)


def _ambiguous_names(folder: Path, show: int) -> None:
    """Measure the ambiguous names on the sentences that hold them."""
    rows = _lines(folder / "ambiguous_names.jsonl")
    matcher = _matcher(sorted({row["name"] for row in rows}))
    counts: Counter[str] = Counter()
    misses: defaultdict[str, list[str]] = defaultdict(list)
    for row in rows:
        is_found = row["name"].casefold() in matcher.evaluate(Entry(text=row["text"]))
        verdict = {("org", True): "right", ("org", False): "missed", ("not_entity", True): "wrong"}.get(
            (row["label"], is_found), "neither"
        )
        counts[verdict] += 1
        if verdict in {"missed", "wrong"}:
            misses[row["name"]].append(f"{verdict}: {row['text']}")
    _print("ambiguous names against plain words", counts)
    _list(misses, show)


def _matcher(names: list[str]) -> Matcher:
    """Return a matcher with a query for each name, by the name in small letters."""
    spellings: defaultdict[str, list[Term]] = defaultdict(list)
    for name in names:
        spellings[name.casefold()].append(Term(text=name))
    return Matcher(
        Query(name=key, brand=key, names=tuple(terms), languages=LANGUAGES) for key, terms in spellings.items()
    )


def _verdict(name: str, sentence: dict[str, Any], evidence: tuple[Evidence, ...]) -> str:
    """Say whether a sentence was found rightly, wrongly, missed, or counts neither way."""
    entities = sentence["entities"]
    if any(entity["type"] == "ORG" and entity["name"].casefold() == name for entity in entities):
        return "right" if evidence else "missed"
    outside = [piece for piece in evidence if piece.rule != "compound" and not _is_labelled(piece, sentence)]
    return "wrong" if outside else "neither"


def _is_labelled(piece: Evidence, sentence: dict[str, Any]) -> bool:
    """Say whether the words that were found are part of a labelled name."""
    words = sentence["text"][piece.start : piece.end].casefold()
    return any(words in entity["surface"].casefold() for entity in sentence["entities"])


def _print(title: str, counts: Counter[str]) -> None:
    """Print recall and precision."""
    right, missed, wrong = counts["right"], counts["missed"], counts["wrong"]
    recall, precision = right / (right + missed), right / (right + wrong)
    print(
        f"{title}: recall {recall:.4f} ({missed} missed of {right + missed}), precision {precision:.4f} ({wrong} wrong)"
    )


def _list(misses: dict[str, list[str]], show: int) -> None:
    """List the names that went wrong most often."""
    for name, sentences in sorted(misses.items(), key=lambda pair: -len(pair[1]))[:show]:
        print(f"  {name}: {len(sentences)}")
        for sentence in sentences[:2]:
            print(f"    {sentence[:160]}")


def _lines(path: Path) -> list[dict[str, Any]]:
    """Return the objects of a JSON Lines file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


if __name__ == "__main__":
    main()
