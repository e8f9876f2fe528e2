"""Who may be named in a query file, and the lists in which a person's name is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import time_machine

from brandwatch.config.query import MAX_PEOPLE
from brandwatch.pipeline.loading import load_query_file

if TYPE_CHECKING:
    from pathlib import Path

    from brandwatch.config.diagnostics import Diagnostic

TODAY = "2026-05-04 12:00Z"
NO_STAFF = "people without an official role are not watched by name"


def diagnostics(folder: Path, more: str) -> list[Diagnostic]:
    """What is wrong with a query that monitors Acme and its spokesperson Kåre Øygard."""
    path = folder / "acme.yaml"
    person = "  - {name: Kåre Øygard, role: spokesperson, registered: 2026-02-01, accounts: {X: kåre_acme}"
    path.write_text(f"brand: Acme\nnames: [Acme]\n{more.replace('PERSON', f'people:{chr(10)}{person}')}\n", "utf-8")
    with time_machine.travel(TODAY, tick=False):
        return list(load_query_file(path).faults)


@pytest.mark.parametrize("key", ["ansatte", "Employees", "medarbejdere"])
def test_a_list_of_staff_is_refused_with_the_reason(tmp_path: Path, key: str):
    """The key is no slip of the pen: the message says who may be named instead."""
    (found,) = diagnostics(tmp_path, f"{key}: [Per Hansen]")
    assert (found.message.startswith(f"there is no key `{key}`: {NO_STAFF}"), found.hint) == (
        True,
        "remove it; `people` is for official representatives",
    )


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ("peple", "did you mean `people`?"),
        ("brads", "did you mean `brand`?"),
        ("names: [Bolt]\nansatt_i", "known keys"),
    ],
)
def test_another_unknown_key_has_the_usual_message(tmp_path: Path, key: str, hint: str):
    """A mistyped key is none about staff, and the hint is the nearest key."""
    found = diagnostics(tmp_path, f"{key}: [Per Hansen]")[-1]
    assert (NO_STAFF in found.message, found.hint.startswith(hint)) == (False, True)


def test_a_role_without_office_is_refused_with_the_reason(tmp_path: Path):
    """The hint says that roles are found without names; another wrong value of a person has no such hint."""
    (role,) = diagnostics(tmp_path, "people:\n  - {name: Kåre Øygard, role: cashier, registered: 2026-02-01}")
    assert (role.message.startswith("“cashier” is not one of"), role.hint.startswith(NO_STAFF)) == (True, True)
    (case,) = diagnostics(tmp_path, "products: [{name: Bolt, case: exakt}]")
    assert (case.message.startswith("“exakt” is not one of"), case.hint) == (True, "")


def test_only_so_many_people_can_be_representatives(tmp_path: Path):
    """One more than the limit is refused as staff; the limit itself is let through, and so is a long list of names."""
    names = [f"Kåre Øygard-{chr(97 + number)}{chr(97 + number)}" for number in range(MAX_PEOPLE + 1)]
    people = [f"  - {{name: {name}, role: board, registered: 2026-02-01}}" for name in names]
    listed = "people:\n" + "\n".join(people)
    (found,) = diagnostics(tmp_path, listed)
    assert (found.message, found.hint) == ("`people` has more than 25 values", "only official representatives")
    assert diagnostics(tmp_path, "people:\n" + "\n".join(people[:-1])) == []
    assert diagnostics(tmp_path, f"products: [{', '.join(f'Bolt {name[-2:]}' for name in names)}]") == []


@pytest.mark.parametrize(
    ("date", "fields"),
    [("2026-05-03", ["2026-05-03"]), ("2026-05-04", ["2026-05-04"]), ("2026-05-05", [])],
)
def test_a_review_is_overdue_on_its_day(tmp_path: Path, date: str, fields: list[str]):
    """From that day on the person is skipped, with a warning at the date."""
    found = diagnostics(tmp_path, f"PERSON, review_by: {date}}}")
    assert [one.message for one in found] == [
        f"the review of Kåre Øygard was due on {date}: the person is skipped" for date in fields
    ]
    assert not any(one.is_error for one in found)


@pytest.mark.parametrize(("date", "is_valid"), [("2026-05-04", True), ("2026-05-05", False)])
def test_nobody_is_registered_in_the_future(tmp_path: Path, date: str, is_valid: bool):
    """A person can be registered today, not tomorrow."""
    found = diagnostics(tmp_path, f"people:\n  - {{name: Kåre Øygard, role: board, registered: {date}}}")
    assert [one.message for one in found] == ([] if is_valid else [f"{date} is in the future"])


REFUSED = [
    "products: [Bolt, Kåre Øygard]",
    "products: [Team KÅRE ØYGARD Bolt]",
    "owned: {hashtags: [bolt, kåre øygard]}",
    "competitors: {Bolt: [Bolt, Kåre Øygard]}",
    'match: Acme OR "Kåre Øygard"',
    "match: kåre AND øygard",
    "owned: {accounts: {facebook: bolt, x: KÅRE_acme}}",
]
PERMITTED = [
    "products: [Bolt, Kåre]",
    "products: [Kåre Øygardsvik]",
    "owned: {hashtags: [bolt, kåreøygardfan]}",
    "competitors: {Bolt: [Bolt, Øygard]}",
    "exclude: [Kåre Øygard]",
    "match: kåre AND acme",
    "owned: {accounts: {facebook: kåre_acme, x: acme}}",
]


@pytest.mark.parametrize("more", REFUSED)
def test_a_person_is_not_looked_for_without_the_brand(tmp_path: Path, more: str):
    """In any list the name of a registered person is one error, at its place."""
    (found,) = diagnostics(tmp_path, f"PERSON}}\n{more}")
    assert found.is_error
    assert "Kåre Øygard" in found.message or "is also an account of the brand" in found.message
    assert found.position.line == (4 if "accounts" in more else 5)


@pytest.mark.parametrize("more", PERMITTED)
def test_a_part_of_a_name_is_no_person(tmp_path: Path, more: str):
    """One word of it, a longer word, an exclusion, and an account of another platform are let through."""
    assert [one.message for one in diagnostics(tmp_path, f"PERSON}}\n{more}")] == []


def test_an_error_in_match_shows_where_it_is(tmp_path: Path):
    """The message has the expression from the error on; at the beginning it has no ellipsis."""
    (later,) = diagnostics(tmp_path, "match: Acme ANDNOT Blåbær Gården AS som er langt borte")
    assert later.message.endswith(": …ANDNOT Blåbær Gården AS som er")
    (first,) = diagnostics(tmp_path, "match: ANDNOT Blåbær Gården AS i Åsgård")
    assert first.message.endswith(": ANDNOT Blåbær Gården AS i Åsgå")
