"""Measure canonical links on cases that other projects are tested with.

    python bench/urls.py CASES [--show]

CASES is JSON Lines. In a *canon* case input and expected must get the same key; in a *same* or *different* case the two
must or must not. Projects disagree on purpose, so each source is scored on its own, and must be right in all its cases
only where its convention, with its default options, is ours:

- miniflux: trackers go, all else stays.
- normalize-url-js: scheme, www, default ports, dots, doubled and last slashes, order of parameters make no other page.
- w3lib canonicalize_url and safe_url_string: percent-encoding, IDNA, order of parameters, blank values, fragments.

The others differ: w3lib's url_query_cleaner drops the parameters that its caller names; options that the cases do not
record cannot be kept to; courlan drops uid, session or source by name and mends scraped markup; mcmetadata drops ports
and the capitals of paths; surt is another notation; urlcanon decodes until nothing changes and takes broken hosts
for addresses (semantic), and takes www12 for www and Path for path (aggressive). Most of that makes one page of two.

A wrong merge is two links with one key whose expected forms differ in more than our rules say makes no other page.
What upstream gives as bytes is in the cases a character for each byte, and is read as the UTF-8 it is.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from collections import Counter, defaultdict
from itertools import combinations
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from brandwatch.urls import canonical, unwrap
from brandwatch.urls.canonical import resolve_page

FOLLOWED = {"miniflux", "normalize-url-js", "w3lib canonicalize_url", "w3lib safe_url_string"}
_INDEX = re.compile(r"/(?:index\.\w+)?$")
_ROUNDS = 20


def main() -> None:
    """Judge every case, print the score of each source, what is wrong, and the speed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--show", action="store_true", help="list the misses of sources that differ from us, too")
    options = parser.parse_args()
    cases = [json.loads(line) for line in options.file.read_text(encoding="utf-8").splitlines()]
    scores: defaultdict[str, Counter[bool]] = defaultdict(Counter)
    for case in cases:
        source = _source(case)
        scores[source][_is_right(case)] += 1
        if not _is_right(case) and (source in FOLLOWED or options.show):
            print(f"missed: {case['id']} {case['input']!a} is not {case['expected']!a}")
    for source, score in sorted(scores.items(), key=lambda pair: (pair[0] not in FOLLOWED, pair[0])):
        mark = "ours" if source in FOLLOWED else "differs"
        print(f"{source:44}{score[True]:5} of {score.total():<5}{mark}")
    wrong = [*_wrong_merges(cases)]
    print(*wrong, f"wrong merges: {len(wrong)}", sep="\n")
    links = [_text(case["input"]) for case in cases]
    resolve = _microseconds(resolve_page.__wrapped__, links)
    print(f"canonical {resolve:.1f} µs, unwrap {_microseconds(unwrap, links):.2f} µs")


def _source(case: dict[str, Any]) -> str:
    """Return what a case is from: project, function, and options where they are not the default."""
    return " ".join(str(case[name]) for name in ("source", "function", "options") if case.get(name))


def _is_right(case: dict[str, Any]) -> bool:
    """Say whether the two links of a case have one key, or not where they must not."""
    is_one = canonical(_text(case["input"])) == canonical(_text(case["expected"]))
    return is_one is (case["kind"] != "different")


def _wrong_merges(cases: list[dict[str, Any]]) -> list[str]:
    """Return a line for each two links that share their key and should not."""
    found = [f"merged: {case['id']}" for case in cases if case["kind"] == "different" and not _is_right(case)]
    pages: defaultdict[tuple[str, str], dict[tuple[object, ...], str]] = defaultdict(dict)
    for case in cases:
        key = canonical(_text(case["input"]))
        if key and case["kind"] == "canon" and _is_right(case):
            pages[_source(case), key].setdefault(_bare(_text(case["expected"])), case["expected"])
    for (source, _), expected in pages.items():
        found += [f"merged: {source}: {one!a} and {other!a}" for one, other in combinations(expected.values(), 2)]
    return found


def _bare(url: str) -> tuple[object, ...]:
    """Return what is left of a link without what our rules say makes no other page."""
    parts = urlsplit(url if "//" in url else f"//{url}")
    host = (parts.hostname or "").removeprefix("www.")
    port = None if parts.port in {80, 443} else parts.port
    query = sorted(pair for pair in parse_qsl(parts.query, keep_blank_values=True) if not pair[0].startswith("utm_"))
    return host, port, _INDEX.sub("", parts.path), tuple(query)


def _text(url: str) -> str:
    """Return a link that came as bytes as the text that these are."""
    try:
        return url.encode("latin-1").decode()
    except UnicodeError:
        return url


def _microseconds(function: Any, links: list[str]) -> float:  # noqa: ANN401 (a cached function's own)
    """Return how long one link takes."""
    before = time.process_time()
    for _ in range(_ROUNDS):
        for link in links:
            function(link)
    return (time.process_time() - before) / _ROUNDS / len(links) * 1e6


if __name__ == "__main__":
    main()
