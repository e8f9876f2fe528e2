from __future__ import annotations

import codecs
import json
import os
import pty
import re
import select
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len
from tests.cli.test_triage import decided, polled  # noqa: F401 (a fixture)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conftest import Answer, Site

    Cli = Callable[..., Answer]

# By turns, not by the clock: on a busy machine each takes longer.
_MAX_TURNS = 3_000


class Terminal:
    """A pseudo-terminal around the program: waits for output, presses keys."""

    def __init__(self, process: subprocess.Popen[bytes], ours: int) -> None:
        self.process = process
        self._ours = ours
        # A read may end within a letter: the decoder keeps its first byte for the next one.
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._heard = ""
        self.said = ""

    def press(self, keys: str) -> None:
        """Send keys, all at once."""
        os.write(self._ours, keys.encode())

    def until(self, words: str) -> str:
        """Wait for new text in the output; return the output up to it."""
        for _ in range(_MAX_TURNS):
            if words in self._heard:
                break
            if not self._read(0.1) and self.process.poll() is not None:
                assert words in self._heard, (words, self.said)
        assert words in self._heard, (words, self.said)
        before, _, self._heard = self._heard.partition(words)
        return before + words

    def ends(self) -> int:
        """Wait for the program to exit; return its exit code."""
        for _ in range(_MAX_TURNS):
            if self.process.poll() is not None:
                break
            # A terminal that is closed has an end of file at once, and its program may not have ended yet.
            if not self._read(0.05):
                time.sleep(0.01)
        assert self.process.returncode is not None, self.said
        while self._read(0):
            pass
        return self.process.returncode

    def _read(self, seconds: float) -> bool:
        """Read available output within some seconds; whether there was any."""
        if not select.select([self._ours], [], [], seconds)[0]:
            return False
        try:
            piece = os.read(self._ours, 65_536)
        except OSError:
            return False  # how Linux says that the other side is closed
        text = self._decoder.decode(piece)
        self._heard += text
        self.said += text
        return bool(piece)


@contextmanager
def triage(*options: str, width: int = 80, **environment: str) -> Iterator[Terminal]:
    """Start `brandwatch triage` on a terminal."""
    ours, theirs = pty.openpty()
    settings = os.environ | {"COLUMNS": str(width), "TERM": "dumb", "NO_COLOR": "1"} | environment
    command = [sys.executable, "-m", "brandwatch", "triage", *options]
    with subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=settings, start_new_session=True
    ) as process:
        os.close(theirs)
        try:
            yield Terminal(process, ours)
        finally:
            process.kill()
            os.close(ours)


ORDER = ("--since", "2026-05-01")
"""The newest comes first: 4, 3, 2, 1."""


def test_a_key_for_each_decision(polled: Cli):  # noqa: F811
    """Relevant, irrelevant, done, skip: each is stored at once, and the next mention is shown with its position."""
    with triage(*ORDER) as terminal:
        card = terminal.until("? help")
        for words in (
            "1 of 4",
            "fjordkraft, public",
            'kunstlag, "nytt"',
            "Avis 4 · 2026-05-04 06:00",
            "why: “Fjordkraft",
        ):
            assert words in card
        assert "«Fjordkraft Åsgård» kunstlag stiller ut." in card
        terminal.press("r")
        terminal.until("2 of 4")
        assert decided(polled)["4"][0] == "relevant"
        terminal.press("i")
        terminal.until("3 of 4")
        terminal.press(" ")
        terminal.until("4 of 4")
        terminal.press("d")
        terminal.until("3 decisions stored")
        assert terminal.ends() == 0
    assert {last: one[0] for last, one in decided(polled).items()} == {
        "4": "relevant",
        "3": "irrelevant",
        "2": "new",
        "1": "done",
    }


def test_keys_typed_ahead_are_processed(polled: Cli):  # noqa: F811
    """Fast typing loses no key, and arrow keys are ignored."""
    with triage(*ORDER) as terminal:
        terminal.until("? help")
        terminal.press("ri\x1b[Ad")
        terminal.until("4 of 4")
        terminal.press("q")
        assert terminal.ends() == 0
    assert [decided(polled)[last][0] for last in "432"] == ["relevant", "irrelevant", "done"]


def test_tags_and_notes(polled: Cli):  # noqa: F811
    """Tags have completion, a note can be edited, and the mention is shown again with both."""
    with triage(*ORDER) as terminal:
        terminal.until("? help")
        terminal.press("tKrise, blåbær\n")
        assert "tags blåbær, krise" in terminal.until("? help")
        terminal.press("n")
        terminal.until("note: ")
        terminal.press("ring Åsg\n")
        assert "note “ring Åsg”" in terminal.until("? help")
        terminal.press("n")
        terminal.until("note: ring Åsg")
        terminal.press("ård\n")
        assert "note “ring Åsgård”" in terminal.until("? help")
        terminal.press("t=1\n")
        terminal.until("cannot be a tag")
        terminal.until("? help")
        terminal.press("t-bl\t\n")
        assert "tags krise" in terminal.until("? help")
        terminal.press("q")
        assert terminal.ends() == 0
    assert decided(polled)["4"] == ("new", ["krise"], "ring Åsgård")


def test_undo_goes_back_step_by_step(polled: Cli):  # noqa: F811
    """Each `u` reverts one key and shows its mention, up to the first."""
    with triage(*ORDER) as terminal:
        terminal.until("? help")
        terminal.press("rst")
        terminal.until("tags: ")
        terminal.press("x\n")
        terminal.until("tags x")
        terminal.press("d")
        terminal.until("4 of 4")
        terminal.press("uu")
        terminal.until("3 of 4")
        terminal.until("3 of 4")
        terminal.press("u")
        terminal.until("1 of 4")
        terminal.press("u")
        terminal.until("nothing to undo here")
        terminal.press("q")
        terminal.until("0 decisions stored")
        assert terminal.ends() == 0
    assert list(decided(polled).values()) == [("new", [], "")] * 4


def test_a_whole_story_at_once(polled: Cli):  # noqa: F811
    """`S` applies the next decision to the story; its mentions are not shown again."""
    with triage(*ORDER) as terminal:
        terminal.until("? help")
        terminal.press("ss")
        terminal.until("3 of 4")
        terminal.press("S")
        terminal.until("about all 2 mentions of its story")
        terminal.press("i")
        terminal.until("→ irrelevant, 2 mentions")
        terminal.until("1 decision stored")
        assert terminal.ends() == 0
    assert [decided(polled)[last][0] for last in "1234"] == ["irrelevant", "irrelevant", "new", "new"]


def test_story_by_story(polled: Cli):  # noqa: F811
    """`--stories` shows one mention per story; each decision applies to the story."""
    with triage("--stories", "--where", "blåbærhøsten") as terminal:
        assert "1 of 1" in terminal.until("? help")
        terminal.press("r")
        terminal.until("→ relevant, 2 mentions")
        assert terminal.ends() == 0
    assert [decided(polled)[last][0] for last in "1234"] == ["relevant", "relevant", "new", "new"]


@pytest.fixture
def shared(polled: Cli, site: Site, query: Callable[..., Path]) -> Cli:  # noqa: F811
    """The same four entries, in the queries fjordkraft and strøm."""
    query(*(site.url(f"/{number}") for number in range(1, 5)), name="strøm")
    assert polled("poll", "--force").code == 0
    return polled


def test_an_entry_of_several_queries_is_shown_once(shared: Cli):
    """The card names its queries, and a decision is about all of them, as one step."""
    with triage(*ORDER) as terminal:
        card = terminal.until("? help")
        assert ("1 of 4" in card, "fjordkraft, strøm, public" in card) == (True, True)
        terminal.press("r")
        terminal.until("→ relevant, 2 mentions")
        assert "2 of 4" in terminal.until("? help")
        terminal.press("i")
        terminal.until("3 of 4")
        terminal.until("? help")
        terminal.press("u")
        terminal.until("2 of 4")
        terminal.press("q")
        assert terminal.ends() == 0
    for name in ("fjordkraft", "strøm"):
        assert [decided(shared, "--query", name)[last][0] for last in "1234"] == ["new", "new", "new", "relevant"]


def test_a_decision_for_one_query_leaves_the_others(shared: Cli):
    """With --query the mentions of other queries stay as they are, also in a whole story."""
    with triage(*ORDER, "--query", "strøm") as terminal:
        card = terminal.until("? help")
        assert ("1 of 4" in card, "  strøm, public" in card) == (True, True)
        terminal.press("iss")
        terminal.until("4 of 4")
        terminal.press("S")
        terminal.until("about all 2 mentions of its story")
        terminal.press("d")
        terminal.until("decisions stored")
        assert terminal.ends() == 0
    assert [decided(shared, "--query", "strøm")[last][0] for last in "1234"] == ["done", "done", "new", "irrelevant"]
    assert {status for status, _, _ in decided(shared, "--query", "fjordkraft").values()} == {"new"}


def test_an_earlier_decision_for_another_query_stays(shared: Cli):
    """A decision about new mentions leaves those alone that were decided before; a limit counts entries."""
    number = next(
        row["id"]
        for row in map(json.loads, shared("report", "--format", "jsonl", "--query", "strøm").out.splitlines())
        if row["url"].endswith("4")
    )
    shared("triage", "--set", "irrelevant", str(number))
    with triage(*ORDER, "--limit", "2") as terminal:
        card = terminal.until("? help")
        assert ("1 of 2" in card, "  fjordkraft, public" in card) == (True, True)
        terminal.press("r")
        assert "fjordkraft, strøm, public" in terminal.until("? help")
        terminal.press("q")
        assert terminal.ends() == 0
    assert decided(shared, "--query", "strøm")["4"][0] == "irrelevant"
    assert decided(shared, "--query", "fjordkraft")["4"][0] == "relevant"


def test_stories_of_several_queries_are_decided_once(shared: Cli):
    """`--stories` shows a story once, and decides about its mentions of all queries."""
    with triage("--stories", "--where", "blåbærhøsten") as terminal:
        assert "1 of 1" in terminal.until("? help")
        terminal.press("r")
        terminal.until("→ relevant, 4 mentions")
        assert terminal.ends() == 0


def test_an_interrupt_loses_nothing(polled: Cli):  # noqa: F811
    """Ctrl-C exits with 130; earlier decisions are stored, and the terminal is restored."""
    with triage(*ORDER) as terminal:
        terminal.until("? help")
        terminal.press("r")
        terminal.until("2 of 4")
        terminal.until("? help")
        terminal.process.send_signal(2)
        terminal.until("1 decision stored")
        assert terminal.ends() == 130
    assert decided(polled)["4"][0] == "relevant"


@pytest.mark.parametrize("width", [60, 80, 200])
def test_the_session_fits_the_terminal(polled: Cli, width: int):  # noqa: F811
    """No line is wider than the terminal."""
    with triage("--since", "2026-05-01", width=width, TERM="xterm-256color") as terminal:
        terminal.until("help")
        terminal.press("?")
        terminal.until("is stored")
        terminal.press("q")
        assert terminal.ends() == 0
        lines = re.sub(r"\x1b\[[\d;]*m", "", terminal.said).splitlines()
        assert max(map(cell_len, lines)) <= width


def test_a_dumb_terminal(polled: Cli):  # noqa: F811
    """The output is plain text, with the name in guillemets."""
    with triage(*ORDER) as terminal:
        terminal.until("«Fjordkraft Åsgård»")
        terminal.press("rq")
        assert terminal.ends() == 0
        assert "\x1b" not in terminal.said


def test_without_a_terminal(polled: Cli):  # noqa: F811
    """The error names the equivalent options."""
    answer = polled("triage")
    assert (answer.code, answer.out) == (2, "")
    assert "needs a terminal" in answer.err
    assert "triage --set relevant 17 18" in answer.err


def test_nothing_to_decide(polled: Cli):  # noqa: F811
    """An empty selection is stated."""
    with triage("--status", "done") as terminal:
        terminal.until("no mentions to decide about")
        assert terminal.ends() == 0


def test_numbers_and_filters_are_exclusive(polled: Cli):  # noqa: F811
    """Numbers and filters cannot be combined."""
    answer = polled("triage", "--set", "done", "--query", "fjordkraft", "1")
    assert answer.code == 2
    assert "IDs cannot be combined" in answer.err
