"""Rules about people are decided in `privacy`, with their SQL in `storage/privacy_*`, and nowhere else."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import brandwatch
from brandwatch.privacy.disclosure_control import IDENTIFYING_DIMENSIONS, STAFF_DIMENSIONS
from brandwatch.storage.browsing import BROWSE_VIEWS

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCE = Path(brandwatch.__file__).parent
PRIVACY = re.compile(r"privacy/|storage/privacy_|models/(privacy|match)\.py$")
# A voice and a subject are found by `matching`; that is a fact about an entry, and no rule.
FINDS_VOICES = re.compile(r"matching/")
LIMITS = frozenset({"MIN_CELL_SIZE", "FETCH_DAYS", "STAFF_DIMENSIONS", "IDENTIFYING_DIMENSIONS", "RANKING_ORDERS"})
STAFF = "tells staff from others"
POLICIES = frozenset({"NONE", "HANDLE", "FULL"})
EXPIRING = re.compile(r"\bDELETE FROM (entry|mention|person_hit|sighting|response|tally|fetch|gap|source|tombstone)\b")


def decisions(tree: ast.Module) -> Iterator[str]:
    """Yield the decisions of a module about people: cell sizes, staff, stored author data, age."""
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(names=names):
                yield from (f"uses {alias.name}" for alias in names if alias.name in LIMITS)
            case ast.Attribute(value=value, attr=name):
                yield from _of_member(ast.unparse(value), name)
            case ast.Constant(value=str(text)):
                yield from _of_text(text)
            case ast.Call(func=ast.Name(id="Retention"), keywords=keywords):
                if any(isinstance(keyword.value, ast.Call | ast.Constant) for keyword in keywords):
                    yield "sets periods of retention"
            case _:
                pass


def _of_member(owner: str, name: str) -> Iterator[str]:
    if name in LIMITS:
        yield f"uses {name}"
    if owner in {"Voice", "Subject"} and name == "STAFF":
        yield STAFF
    if owner == "AuthorPolicy" and name in POLICIES:
        yield f"decides what is stored of authors: {name}"


def _of_text(text: str) -> Iterator[str]:
    if text == "staff" or "'staff'" in text:
        yield STAFF
    if found := EXPIRING.search(text):
        yield f"deletes rows of {found[1]}"


def modules() -> Iterator[tuple[str, ast.Module]]:
    """Yield every module outside of privacy, with its path."""
    for path in sorted(SOURCE.rglob("*.py")):
        name = path.relative_to(SOURCE).as_posix()
        if not PRIVACY.match(name) and "/migrations/" not in name:
            yield name, ast.parse(path.read_text(encoding="utf-8"))


def test_no_other_package_decides_about_people():
    """Other packages call `privacy` and print its results."""
    found = {name: set(decisions(tree)) - ({STAFF} if FINDS_VOICES.match(name) else set()) for name, tree in modules()}
    assert {name: made for name, made in found.items() if made} == {}


PLANTED = {
    "from brandwatch.privacy.disclosure_control import MIN_CELL_SIZE": "uses MIN_CELL_SIZE",
    "few = count < disclosure_control.MIN_CELL_SIZE": "uses MIN_CELL_SIZE",
    "orders = sorted(disclosure_control.RANKING_ORDERS)": "uses RANKING_ORDERS",
    "shown = [one for one in mentions if one.voice is not Voice.STAFF]": STAFF,
    "if mention.subject == Subject.STAFF: pass": STAFF,
    "if mention.voice == 'staff': pass": STAFF,
    '''sql = "SELECT count(*) FROM mention WHERE voice != 'staff'"''': STAFF,
    "author = '' if policy is AuthorPolicy.NONE else entry.author": "decides what is stored of authors: NONE",
    "store.execute('DELETE FROM mention WHERE found < ?', [limit])": "deletes rows of mention",
    'store.execute(f"DELETE FROM fetch WHERE at < {limit}")': "deletes rows of fetch",
    "policy = Retention(public=timedelta(days=30))": "sets periods of retention",
}


@pytest.mark.parametrize(("source", "decision"), PLANTED.items())
def test_a_decision_elsewhere_is_detected(source: str, decision: str):
    """Each of these would be a second place of decision."""
    assert decision in set(decisions(ast.parse(source)))


@pytest.mark.parametrize(
    "source",
    [
        "lines = disclosure_control.suppress_small_cells(by, counted, people, before)",
        "row = {'mentions': SMALL_CELL}",
        "if mention.voice is Voice.OWNED: pass",
        "note = 'owned, official, staff or public'",
        "policy = Retention()",
        "policy = Retention(author=self.author, **periods)",
        "store.execute('DELETE FROM tag WHERE mention = ?', [mention])",
    ],
)
def test_calls_and_other_words_are_permitted(source: str):
    """Calls of `privacy`, its results, and code about others are permitted."""
    assert set(decisions(ast.parse(source))) == set()


def test_no_facet_counts_staff_or_accounts():
    """Facets of the browser show exact counts, including small cells."""
    staff_or_account = STAFF_DIMENSIONS | IDENTIFYING_DIMENSIONS - {"publisher"} | {"author"}
    assert {name: set(view.facets) & staff_or_account for name, view in BROWSE_VIEWS.items()} == {
        name: set() for name in BROWSE_VIEWS
    }
