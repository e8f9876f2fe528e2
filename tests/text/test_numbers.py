from __future__ import annotations

from brandwatch.text.numbers import counted


def test_things_are_counted():
    """One is one, none and two are many."""
    assert [counted(number, "mention") for number in (0, 1, 2)] == ["0 mentions", "1 mention", "2 mentions"]
    assert [counted(number, "story", "stories") for number in (1, 2)] == ["1 story", "2 stories"]
