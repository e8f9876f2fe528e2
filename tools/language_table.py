"""Make `src/brandwatch/text/language.txt`, the table by which `brandwatch.text.language` detects languages.

    python -m venv table && table/bin/pip install brotli numpy scipy
    table/bin/pip download --no-deps --dest table lingua-language-detector==1.4.2
    table/bin/python tools/language_table.py table/lingua_language_detector-1.4.2-py3-none-any.whl

It takes two minutes and 4 GB; with numpy 2.4.6 and scipy 1.17.1 it gives the table to the byte. The counts are those of
the n-gram models in lingua-language-detector 1.4.2 (Peter M. Stahl, Apache-2.0); `OWN_WORDS` and `SHARED_WORDS` are
written from our own knowledge. No text is read, ours or anyone's. A new language needs no edit here unless it is a near
relative of another: its file in `text/languages/` makes it a column of the table.

1. Lingua counted every run of one to five letters. A run that is not continued to the left begins a word, so the counts
   give back the beginnings of words, and from there, letter by letter, the words with their frequencies.
2. Words that near relatives share get equal weights: that one corpus has more sport is no sign of its language.
3. Short texts are drawn from these words, some words of each from elsewhere, as names and quotes are.
4. A softmax regression learns the weight of each word, and of each run of letters in a word, for and against a
   language. The strongest pieces stay, are trained once more, and are written as letters, rounded.
"""

from __future__ import annotations

import argparse
import json
import math
import zipfile
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import brotli
import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from numpy.typing import NDArray

    Array = NDArray[Any]

ROOM = Path(__file__).parent.parent / "src" / "brandwatch" / "text"
TABLE = ROOM / "language.txt"
FIRST = ("nb", "nn", "da", "sv", "en", "de", "fi")
LANGUAGES = (*FIRST, *sorted({path.stem for path in (ROOM / "languages").glob("*.toml")} - {*FIRST}))
"""The columns of the table: the languages that have a file, near relatives first."""
NEAR = tuple(code for code in "nl fr es it pl is et pt".split() if code not in LANGUAGES)
_FAR = "hu cs ro tr lt lv hr ca af cy ga la sq sk sl id vi tl so sw eu"
FAR = tuple(code for code in _FAR.split() if code not in LANGUAGES)
KINDS = len(LANGUAGES) + 1
RELATIVES = [0, 1, 2, 3]
SIZES = ("unigrams", "bigrams", "trigrams", "quadrigrams", "fivegrams")

MIN_FREQUENCY = 3e-7
MIN_FREQUENCY_OTHER = 2e-6
MAX_WORD_LETTERS = 24
MAX_SHARED_RATIO = 5.0
"""Relatives share a word when one uses it less than this many times as often as another."""
GRAMMAR_FREQUENCY = 2e-4
"""Words above this frequency are grammar, whose frequencies do differ between relatives."""
TEXTS_PER_KIND = 30_000
"""Texts drawn of each language."""
FOREIGN_SHARE = 0.12
"""The share of words in a text that are of any language."""
ENGLISH_SHARE = 0.4
MAX_RUN_CHARS = len(SIZES)
TABLE_PIECES = 9_000
PENALTY = 2e-5
STEP_NATS = 0.06
"""What one step in the table stands for, in nats; steps of 0.15 cost one title in fifty."""
SIGNS = "ZYXWVUTSRQPONMLKJIHGFEDCBA.abcdefghijklmnopqrstuvwxyz"
NEUTRAL = SIGNS.index(".")

CORPUS_NAMES = frozenset({"nrk", "ntb", "scanpix"})
"""Names that stand under every picture of lingua's corpora; a monitor of brands must not take them for grammar."""

OWN_WORDS = {
    "nb": (
        "jeg hva hvor hvordan hvorfor hvem hvilken hvilke hvilket noe noen nå mye meget ble meg deg seg være vært "
        "selv gjør gjøre gjort gikk fikk uken dere hverandre uten fra sammen flere ikke hun ennå mer"
    ),
    "nn": (
        "ikkje eg dei ein eit kva korleis kvifor kven kvar noko nokon nokre meir fleire vere vore vart vorte frå "
        "berre sjølv gjer gjere gjort mykje ho heile høve desse einaste kjem seier sidan vidare fyrst veke veka "
        "difor medan dykk dykkar utan saman meg deg seg"
    ),
    "da": (
        "jeg hvad hvor hvordan hvorfor hvem hvilken hvilke hvilket noget nogen nogle nu meget blive bliver blev "
        "blevet mig dig sig være været selv gør gøre efter mellem uge ugen af ud op sammen flere endnu hinanden "
        "uden mere jer igen indtil giver siger fra ikke hun"
    ),
    "sv": (
        "jag vad hur varför vem vilken vilka något någon några nu mycket blev blivit mig dig sig varit själv gör "
        "göra gjort efter mellan veckan och att är inte från också upp mer fler utan sidan"
    ),
}
"""Words that tell the Scandinavian languages apart; the relatives that do not list them have them from quotes only."""

SHARED_WORDS = {
    "nb nn da sv": "du har kan den han vi på med om i men var man under min din sin",
    "nb nn da": "og er til for vil denne dette alle ville kunne dine mine sine",
    "nb nn sv": "av ut ta ha få gå mot",
    "nb nn": "inn opp søk skriv etter vår",
    "nb da": "ikke hvis hun fra disse kommer deres hver sammen flere selv",
}
"""Words that these relatives share: how often a corpus has them hangs on whom it speaks to, not on its language."""

HEAD = """\
# What runs of letters in words say for or against a language. Made by tools/language_table.py; do not edit.
# Counts: the n-gram models of lingua-language-detector 1.4.2, (c) Peter M. Stahl, Apache-2.0 (changed: see the script).
# A line: a sign for each of the columns, then the run; _ is the edge of a word.
# a to z speak for the language in steps of {step} nats, A to Z against it, a dot says nothing.
# columns: {names}
"""


def main() -> None:
    """Make the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wheel", type=Path, help="lingua_language_detector-1.4.2-py3-none-any.whl")
    parser.add_argument("--table", type=Path, default=TABLE)
    options = parser.parse_args()
    languages = (*LANGUAGES, *NEAR, *FAR)
    with ProcessPoolExecutor() as pool:
        counted = dict(zip(languages, pool.map(_words, [options.wheel] * len(languages), languages), strict=True))
    words = sorted(set().union(*counted.values()) - CORPUS_NAMES)
    shares = _without_topics(words, _shares(words, counted))
    pieces, cut = _split(words)
    seen = cut.T @ shares
    candidates = _candidates(seen)
    texts, kinds = _texts(shares)
    chosen, weights = _train(csr_matrix(texts @ cut[:, candidates]), kinds, candidates, seen)
    _write(options.table, [pieces[index] for index in chosen], weights)


def _words(wheel: Path, language: str) -> dict[str, float]:
    """Return the words of a language with their counts; from four letters on these are estimates."""
    counts = _counts(wheel, language)
    before: defaultdict[str, int] = defaultdict(int)
    after: defaultdict[str, int] = defaultdict(int)
    around: defaultdict[str, int] = defaultdict(int)
    following: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
    for run, count in counts.items():
        before[run[1:]] += count
        after[run[:-1]] += count
        around[run[1:-1]] += count
        if len(run) == len(SIZES):
            following[run[:-1]].append((run[-1], count))
    every = sum(count - before[run] for run, count in counts.items() if len(run) == 1)
    least = max((MIN_FREQUENCY if language in LANGUAGES else MIN_FREQUENCY_OTHER) * every, 2)
    words = {
        run: float(whole)
        for run, count in counts.items()
        if len(run) < len(SIZES) - 1 and (whole := count - before[run] - after[run] + around[run]) > 0
    }
    beginnings = [(run, float(count - before[run])) for run, count in counts.items() if len(run) == len(SIZES) - 1]
    while beginnings:
        run, count = beginnings.pop()
        tail = run[1 - len(SIZES) :]
        if (ended := count * (counts[tail] - after[tail]) / counts[tail]) >= least:
            words[run] = ended
        if len(run) < MAX_WORD_LETTERS:
            longer = ((run + letter, count * times / counts[tail]) for letter, times in following[tail])
            beginnings.extend((word, times) for word, times in longer if times >= least)
    return words


def _counts(wheel: Path, language: str) -> dict[str, int]:
    """Return lingua's count of each run of letters; it stores them as fractions of the run one letter shorter."""
    counts: dict[str, int] = {}
    total = 1
    with zipfile.ZipFile(wheel) as archive:
        for size in SIZES:
            packed = archive.read(f"lingua/language-models/{language}/{size}.json.br")
            fractions: dict[str, str] = json.loads(brotli.decompress(packed))["ngrams"]
            if not counts:
                total = math.lcm(*(int(fraction.partition("/")[2]) for fraction in fractions))
            for fraction, runs in fractions.items():
                part, whole = map(int, fraction.split("/"))
                for run in runs.split(" "):
                    counts[run] = round((counts[run[:-1]] if len(run) > 1 else total) * part / whole)
    return counts


def _shares(words: list[str], counted: dict[str, dict[str, float]]) -> Array:
    """Return words x languages: each word's share of a language; the languages without a file come last."""
    places = {word: place for place, word in enumerate(words)}
    shares = np.zeros((len(words), len(counted)))
    for column, counts in enumerate(counted.values()):
        for word, count in counts.items():
            if word in places:
                shares[places[word], column] = count
    return shares / shares.sum(axis=0)


def _without_topics(words: list[str], shares: Array) -> Array:
    """Level the words that near relatives share, and correct those that only some of them have."""
    near = shares[:, RELATIVES]
    top = near.max(axis=1, keepdims=True)
    near = _level(near, (near > top / MAX_SHARED_RATIO) & (top < GRAMMAR_FREQUENCY))
    places = {word: place for place, word in enumerate(words)}
    for languages, listed in SHARED_WORDS.items():
        columns = [LANGUAGES.index(language) for language in languages.split()]
        for word in listed.split():
            near[places[word], columns] = near[places[word], columns].max()
    for word in {word for listed in OWN_WORDS.values() for word in listed.split()}:
        strangers = [place for place in RELATIVES if word not in OWN_WORDS[LANGUAGES[place]].split()]
        own = [place for place in RELATIVES if place not in strangers]
        foreign = near[places[word], own].max() / MAX_SHARED_RATIO**2 if word in places else 0
        if word in places and not any(word in SHARED_WORDS[key].split() for key in SHARED_WORDS):
            near[places[word], strangers] = np.minimum(near[places[word], strangers], max(foreign, 1e-9))
    shares[:, RELATIVES] = near
    return shares / shares.sum(axis=0)


def _level(near: Array, tied: Array) -> Array:
    """Return the shares, those that are tied replaced by their geometric mean."""
    logs = np.where(tied, np.log(np.maximum(near, 1e-300)), 0).sum(axis=1, keepdims=True)
    return np.where(tied, np.exp(logs / np.maximum(tied.sum(axis=1, keepdims=True), 1)), near)


def _split(words: list[str]) -> tuple[list[str], csr_matrix]:
    """Return the pieces of all words, and words x pieces: their counts in each word."""
    places: dict[str, int] = {}
    columns: list[int] = []
    ends = [0]
    for word in words:
        columns.extend(places.setdefault(piece, len(places)) for piece in _pieces(word))
        ends.append(len(columns))
    cut = csr_matrix((np.ones(len(columns), np.float32), columns, ends), shape=(len(words), len(places)))
    cut.sum_duplicates()
    return list(places), cut


def _pieces(word: str) -> Iterator[str]:
    """Yield the whole of a word and its runs of up to five signs, as brandwatch does."""
    edged = f"_{word}_"
    if len(edged) > MAX_RUN_CHARS:
        yield edged
    yield from (letter for letter in word if letter > "z")
    for size in range(2, MAX_RUN_CHARS + 1):
        yield from (edged[start : start + size] for start in range(len(edged) - size + 1))


def _candidates(seen: Array) -> Array:
    """Return the places of the most informative pieces, over all kinds and among the closest relatives."""
    seen = np.column_stack([seen[:, : len(LANGUAGES)], seen[:, len(LANGUAGES) :] @ _others()])
    chosen = [
        np.argsort(-_information(seen[:, :kinds]), kind="stable")[:size]
        for kinds, size in ((KINDS, 22_000), (3, 14_000))
    ]
    return np.unique(np.concatenate([*chosen, np.argsort(-_information(seen[:, :2]), kind="stable")[:6_000]]))


def _information(seen: Array) -> Array:
    """Return the information of each piece: its frequency times its distance from an even distribution."""
    total = seen.sum(axis=1, keepdims=True)
    part = np.maximum(seen / np.maximum(total, 1e-12), 1e-12)
    return total[:, 0] * (part * np.log(part * seen.shape[1])).sum(axis=1)


def _others() -> Array:
    """Return the shares in which the other languages are drawn: the nearest and most read four times as often."""
    often = np.array([4.0] * len(NEAR) + [1.0] * len(FAR))
    return often / often.sum()


def _texts(shares: Array) -> tuple[csr_matrix, Array]:
    """Return texts x words, texts of two to twelve words drawn from each kind, and the kind of each."""
    rng = np.random.default_rng(7)
    steps = np.cumsum(shares, axis=0)
    english = LANGUAGES.index("en")
    rows, drawn, kinds = [], [], []
    for kind in range(KINDS):
        is_other = kind == len(LANGUAGES)
        drawn_from = rng.choice(len(_others()), TEXTS_PER_KIND, p=_others()) + len(LANGUAGES) if is_other else None
        of_text = [kind] * TEXTS_PER_KIND if drawn_from is None else drawn_from
        lengths = rng.integers(2, 13, TEXTS_PER_KIND)
        languages = np.repeat(of_text, lengths)
        rows.append(np.repeat(np.arange(TEXTS_PER_KIND) + kind * TEXTS_PER_KIND, lengths))
        strange = rng.random(len(languages)) < FOREIGN_SHARE
        languages[strange & (rng.random(len(languages)) < ENGLISH_SHARE)] = english
        strange &= languages != english
        words = np.empty(len(languages), dtype=np.int64)
        for language in np.unique(languages):
            here = languages == language
            words[here] = np.searchsorted(steps[:, language], rng.random(here.sum()))
        words[strange] = rng.integers(0, len(shares), strange.sum())
        drawn.append(np.minimum(words, len(shares) - 1))
        kinds.append(np.full(TEXTS_PER_KIND, kind))
    rows, drawn = np.concatenate(rows), np.concatenate(drawn)
    texts = csr_matrix((np.ones(len(rows), np.float32), (rows, drawn)), shape=(KINDS * TEXTS_PER_KIND, len(shares)))
    return texts, np.concatenate(kinds)


def _train(texts: csr_matrix, kinds: Array, candidates: Array, seen: Array) -> tuple[Array, Array]:
    """Return the pieces that stay and their weights; the weakest are dropped in two steps."""
    frequencies = np.column_stack([seen[:, : len(LANGUAGES)], seen[:, len(LANGUAGES) :] @ _others()]).mean(axis=1)
    often = np.sqrt(frequencies)[candidates]
    columns = np.arange(len(candidates))
    weights = _fit(texts, kinds, np.zeros((len(candidates), KINDS)), 40)
    for size, rounds in ((2 * TABLE_PIECES, 30), (TABLE_PIECES, 80)):
        spread = np.sqrt(((weights - weights.mean(axis=1, keepdims=True)) ** 2).sum(axis=1))
        best = np.sort(np.argsort(-often[columns] * spread, kind="stable")[:size])
        columns = columns[best]
        weights = _fit(texts[:, columns], kinds, weights[best], rounds)
    return candidates[columns], weights - weights.mean(axis=1, keepdims=True)


def _fit(texts: csr_matrix, kinds: Array, weights: Array, rounds: int) -> Array:
    """Return the weights of a softmax regression without constants: an unknown text has no language."""
    turned = texts.T.tocsr()
    wanted = np.eye(KINDS, dtype=np.float32)[kinds]

    def loss(flat: Array) -> tuple[float, Array]:
        """Return the mean log loss with its penalty, and its gradient."""
        current = flat.reshape(-1, KINDS).astype(np.float32)
        scores = texts @ current
        scores -= scores.max(axis=1, keepdims=True)
        odds = np.exp(scores)
        total = odds.sum(axis=1, keepdims=True)
        value = (np.log(total[:, 0]) - scores[np.arange(len(kinds)), kinds]).mean()
        slope = turned @ ((odds / total - wanted) / len(kinds))
        return float(value + PENALTY / 2 * (current**2).sum()), (slope + PENALTY * current).ravel().astype(float)

    return minimize(loss, weights.ravel(), jac=True, method="L-BFGS-B", options={"maxiter": rounds}).x.reshape(
        -1, KINDS
    )


def _write(path: Path, pieces: Iterable[str], weights: Array) -> None:
    """Write the table, sorted by piece; a piece that rounds to nothing is left out."""
    steps = np.clip(np.round(weights / STEP_NATS), -NEUTRAL, NEUTRAL).astype(int) + NEUTRAL
    lines = sorted((piece, "".join(SIGNS[step] for step in row)) for piece, row in zip(pieces, steps, strict=True))
    body = "".join(f"{row}{piece}\n" for piece, row in lines if row.strip("."))
    head = HEAD.format(names=" ".join((*LANGUAGES, "other")), step=STEP_NATS)
    path.write_text(head + body, encoding="utf-8")


if __name__ == "__main__":
    main()
