"""Measure the query language on cases that other parsers are tested with.

    python bench/query_lang.py CASES

CASES is JSON Lines. *match* cases have a query, a text and whether it must be found; their operators are in lower case,
as the upstream has them, and are spelled our way here. *parse* and *robust* cases have a query that must give a tree,
or an error with a message and a place within the query.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

from brandwatch.models import Entry
from brandwatch.query_language import EntryView, ExpressionError, compile_expression

_QUOTED_OR_OPERATOR = re.compile(r'"[^"]*"|\b(?:and|or|not)\b')


def main() -> None:
    """Judge every case; print the counts and every failure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--show", action="store_true", help="list what the parse and robust cases gave")
    options = parser.parse_args()
    counts: Counter[tuple[str, str]] = Counter()
    for line in options.file.read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        verdict, said = _match(case) if case["kind"] == "match" else _parse(case)
        counts[case["kind"], verdict] += 1
        if verdict in {"wrong", "refused", "crash"} or (options.show and case["kind"] != "match"):
            print(f"{verdict}: {case['id']} {case['query']!r}: {said}")
    for (kind, verdict), number in sorted(counts.items()):
        print(f"{kind:8}{verdict:8}{number:5}")


def _match(case: dict[str, Any]) -> tuple[str, str]:
    """Say whether a query is true of a text where it must be."""
    query = _QUOTED_OR_OPERATOR.sub(_capitals, case["query"])
    try:
        holds = compile_expression(query, allow_only_exclusions=True).matches(EntryView.of(Entry(text=case["text"])))
    except ExpressionError as error:
        # The language has no such query, and says what to write instead.
        return ("refused" if error.hint else "wrong"), error.message
    return ("right" if holds is case["expected"] else "wrong"), f"{holds} for {case['text']!r}"


def _capitals(match: re.Match[str]) -> str:
    """Return an operator in capitals, and what stands in quotes as it is."""
    return match[0] if match[0].startswith('"') else match[0].upper()


def _parse(case: dict[str, Any]) -> tuple[str, str]:
    """Say whether a query gives a tree, a good error, or something else."""
    query = case["query"]
    try:
        expression = compile_expression(query, allow_only_exclusions=True)
    except ExpressionError as error:
        is_good = error.message and 0 <= error.position <= len(query) and error.render()
        return ("error" if is_good else "wrong"), f"{error.position}: {error.message} ({error.hint})"
    except Exception as error:  # noqa: BLE001 (whatever else comes out is the failure that is looked for)
        return "crash", repr(error)
    return "tree", f"{expression.tree.__class__.__name__} {sorted(expression.words())}"


if __name__ == "__main__":
    main()
