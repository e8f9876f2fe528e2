"""Measure how well and how fast languages are told apart, on sentences whose language is known.

    python bench/language.py norne/sentences.jsonl danplus_da/sentences.jsonl [--show 20]

Each line of a file is `{"lang": "nb", "text": "…"}`; where there is a `domain`, only `news` counts, and sentences of
fewer than three words do not. Each sentence is measured whole and by its first five words: the guess, then what is
left when only a margin of `CLEAR_NATS` is believed. The mean is over languages, so that the largest file does not
decide.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter, defaultdict
from pathlib import Path

from brandwatch.text import language

NORWEGIAN = frozenset({"nb", "nn"})
FEWEST_WORDS = 3
FIRST_WORDS = 5


def main() -> None:
    """Measure whole sentences and their beginnings."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--show", type=int, default=0, help="how many wrong sentences to list")
    options = parser.parse_args()
    sentences = [pair for path in options.files for pair in _sentences(path)]
    language.guess_language("Warm the table.")
    _measure("whole sentences", sentences, options.show)
    beginnings = [(known, " ".join(text.split()[:FIRST_WORDS])) for known, text in sentences]
    _measure(f"first {FIRST_WORDS} words", beginnings, options.show)


def _sentences(path: Path) -> list[tuple[str, str]]:
    """Return (language, text) of the sentences that count."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [
        (row["lang"], row["text"])
        for row in rows
        if row.get("domain", "news") == "news" and len(row["text"].split()) >= FEWEST_WORDS
    ]


def _measure(title: str, sentences: list[tuple[str, str]], show: int) -> None:
    """Print speed, accuracy, and which language was taken for which."""
    start = time.perf_counter()
    guesses = [language.guess_language(text) for _, text in sentences]
    speed = len(sentences) / (time.perf_counter() - start)
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for (known, _), guessed in zip(sentences, guesses, strict=True):
        found[known][guessed.language or "-"] += 1
    shares = {known: counts[known] / counts.total() for known, counts in found.items()}
    merged = sum(_merged(known, counts) for known, counts in found.items()) / len(found)
    print(f"{title}: {len(sentences)} texts, {speed:,.0f} a second")
    print(f"  accuracy {sum(shares.values()) / len(shares):.4f}, nb and nn as one {merged:.4f}")
    _print_believed(sentences, guesses)
    _print_confusion(found)
    wrong = [pair for pair in zip(sentences, guesses, strict=True) if pair[0][0] != pair[1].language]
    for (known, text), guessed in wrong[:show]:
        print(f"    {known} as {guessed.language or '-'} ({guessed.margin:.1f}): {text[:120]}")


def _merged(known: str, counts: Counter[str]) -> float:
    """Return the accuracy of one language when Bokmål and Nynorsk are one."""
    right = sum(counts[kind] for kind in NORWEGIAN) if known in NORWEGIAN else counts[known]
    return right / counts.total()


def _print_believed(sentences: list[tuple[str, str]], guesses: list[language.LanguageGuess]) -> None:
    """Print how many guesses are clear enough to be believed with nothing declared, and how many of those are right."""
    believed = [(known, guessed) for (known, _), guessed in zip(sentences, guesses, strict=True) if _is_clear(guessed)]
    right = sum(known == guessed.language for known, guessed in believed) / len(believed)
    share = len(believed) / len(sentences)
    print(f"  believed from a margin of {language.CLEAR_NATS}: {share:.4f}, right {right:.4f}")


def _is_clear(guessed: language.LanguageGuess) -> bool:
    """Say whether a guess would be believed with nothing declared."""
    return guessed.margin >= language.CLEAR_NATS


def _print_confusion(found: dict[str, Counter[str]]) -> None:
    """Print a line for each language with the share that was taken for each kind."""
    kinds = (*language.detectable_languages(), language.OTHER, "-")
    print("  " + "".join(f"{kind:>8}" for kind in ("", *kinds)))
    for known, counts in found.items():
        print(f"  {known:>8}" + "".join(f"{counts[kind] / counts.total():8.4f}" for kind in kinds))


if __name__ == "__main__":
    main()
