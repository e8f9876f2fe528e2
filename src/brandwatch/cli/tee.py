"""Count mentions, and remember the first link, while they pass into a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from brandwatch.cli.console import echo_error

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from brandwatch.models import Mention


class MentionTee:
    """How many mentions have passed, and the first link among them."""

    def __init__(self) -> None:
        self.count = 0
        self.link = ""

    def of(self, mentions: Iterable[Mention]) -> Iterator[Mention]:
        """Yield the mentions, and remember."""
        for mention in mentions:
            self.count += 1
            self.link = self.link or mention.entry.url
            yield mention


def open_first_link(path: Path | None, link: str) -> None:
    """Open the file that was written, else the link, with the program that the desktop has for it."""
    target = str(path.resolve()) if path and path.is_file() else link
    if not target:
        echo_error("nothing to open: no mention has a link")
    elif typer.launch(target):
        echo_error(f"nothing here opens {target}")
