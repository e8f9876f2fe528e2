from __future__ import annotations

from brandwatch.text import plural


def test_plural():
    """One takes the singular; zero and two take the plural."""
    assert [plural(number, "mention") for number in (0, 1, 2)] == ["0 mentions", "1 mention", "2 mentions"]
    assert [plural(number, "story", "stories") for number in (1, 2)] == ["1 story", "2 stories"]
