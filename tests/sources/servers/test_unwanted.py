"""Who does not want to be found is not: nothing such an author says is stored, and nobody else is missed for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.sources.servers.conftest import LINES, NAME
from tests.sources.servers.social import SHY

if TYPE_CHECKING:
    from tests.sources.servers.conftest import Stage

SIZES = {"bluesky": 100, "mastodon": 40}
"""The entries of a page."""


@pytest.mark.parametrize("kind", SIZES)
def test_a_page_of_those_who_do_not_want_to_be_found_is_read_past(stage: Stage, kind: str):
    """What is on the pages behind is found, no gap is told, the next poll goes on from there, and no byte is kept."""
    stage.watch(LINES[kind])
    stage.say(0, ago=5)
    stage.poll()
    stage.later(hours=6)
    for number in range(1, SIZES[kind] + 3):
        stage.say(number, ago=3 - number / 1000, text=f"{NAME} og sjenanse {number}", author=SHY)
    # Mastodon goes forward in time, and Bluesky back.
    stage.say(900, ago=0.5 if kind == "mastodon" else 4, author="bo")
    assert stage.poll().code == 0
    assert len(stage.asked()) == 2
    assert len(stage.mentions()) == 2
    assert (stage.source()["gaps"], stage.source()["class"]) == (0, "ok")
    assert all(b"sjenanse" not in path.read_bytes() for path in stage.home.glob("brandwatch.db*"))
    stage.later(hours=1)
    assert stage.cli("poll").code == 0
    assert len(stage.mentions()) == 2


@pytest.mark.parametrize("kind", SIZES)
def test_an_answer_of_nobody_who_wants_to_be_found_is_no_closed_server(stage: Stage, kind: str):
    """It held something; what was held back is neither a failure nor a reason to ask whether the server is closed."""
    stage.watch(LINES[kind])
    stage.say(1, ago=2, author=SHY)
    assert stage.poll().code == 0
    assert (stage.source()["class"], stage.mentions()) == ("empty", [])
    assert [asked.path for asked in stage.server.log] == [asked.path for asked in stage.asked()]


@pytest.mark.parametrize("kind", SIZES)
def test_a_comment_of_such_an_author_is_left_alone(stage: Stage, kind: str):
    """Also where only the conversation shows it."""
    stage.watch(LINES[kind])
    post = stage.say(1, ago=2)
    stage.poll()
    stage.later(hours=1)
    stage.world.add(f"{NAME} svarte meg aldri", below=post, ago=0.5, author=SHY)
    stage.world.add(f"{NAME} svarte meg straks", below=post, ago=0.4, author="bo")
    assert stage.poll().code == 0
    newest, _ = stage.mentions()
    assert newest["text"].rstrip(".") == f"{NAME} svarte meg straks"
