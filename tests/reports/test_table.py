"""The table on a terminal: names in bold, links, and times."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.reports.samples import LAYOUT, MENTION, NOON, titled

from brandwatch.models import Evidence, EvidenceKind, Mention
from brandwatch.reports.columns import MENTIONS
from brandwatch.reports.table import write_table


class Screen(io.StringIO):
    """A terminal that shows links and colours."""

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        return True


@pytest.fixture(autouse=True)
def _terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)


def shown(mention: Mention, width: int = 200) -> str:
    """Write the table of one mention on a terminal."""
    screen = Screen()
    write_table(MENTIONS, [mention], screen, replace(LAYOUT, width=width))
    return screen.getvalue()


def bold_words(mention: Mention) -> list[str]:
    """Return what is in bold in the row of a mention."""
    row = re.sub(r"\x1b\]8;[^\x1b]*\x1b\\", "", shown(mention).splitlines()[-1])
    return [words for style, words in re.findall(r"\x1b\[([\d;]+)m([^\x1b]+)", row) if "1" in style.split(";")]


def test_the_names_of_the_brand_are_bold_and_titles_are_links():
    """The title is linked to the entry."""
    assert bold_words(MENTION) == ["Fjordkraft Åsgård"]
    assert ";https://avis.example/sak/1?a=1&b=2\x1b\\" in shown(MENTION)
    assert "https://" not in shown(replace(MENTION, entry=replace(MENTION.entry, url="")))


def evidence(start: int, end: int, field: str = "title", kind: EvidenceKind = EvidenceKind.ANCHOR) -> tuple[Evidence]:
    """Build one piece of evidence."""
    return (Evidence(term="x", field=field, start=start, end=end, rule="exact", kind=kind),)


def test_only_names_that_are_shown_are_bold():
    """Of the title, else of the text, and where cleaning has moved no character."""
    title = "Fjordkraft Åsgård åpner"
    named = replace(titled(title), evidence=evidence(0, 17))
    assert bold_words(named) == ["Fjordkraft Åsgård"]
    assert bold_words(replace(named, evidence=evidence(0, 17, kind=EvidenceKind.CONTEXT))) == []
    assert bold_words(replace(named, evidence=evidence(0, 17, "text"))) == []
    assert bold_words(replace(named, entry=replace(named.entry, title=f"a  {title}"))) == []
    untitled = replace(named, entry=replace(named.entry, title="", text=title), evidence=evidence(0, 17, "text"))
    assert bold_words(untitled) == ["Fjordkraft Åsgård"]
    long = replace(untitled, entry=replace(untitled.entry, text="å" * 80 + " Fjord"), evidence=evidence(81, 86, "text"))
    assert bold_words(long) == []


def test_a_time_is_short_in_this_year():
    """In local time (Oslo here); a tilde marks the time a mention was found, and another year has no hours."""
    assert "05-04 12:00" in shown(MENTION)
    assert "~" not in shown(MENTION)
    undated = replace(MENTION, entry=replace(MENTION.entry, published=None), found=NOON + timedelta(hours=1))
    assert "~05-04 13:00" in shown(undated)
    old = replace(MENTION, entry=replace(MENTION.entry, published=NOON - timedelta(days=365)))
    assert "2025-05-04" in shown(old)
    assert "12:00" not in shown(old)


def test_a_hidden_mention_has_its_reason_below_its_title():
    """Behind two blanks, on a line of its own."""
    lines = shown(replace(MENTION, suppressed="excluded: Åsgård")).splitlines()
    assert "excluded: Åsgård" in lines[-1]
    assert "excluded" not in shown(MENTION)
