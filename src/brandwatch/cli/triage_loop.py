"""The keyboard loop: one mention after the other, a key for each decision, kept as soon as it is pressed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import typer

from brandwatch import clock
from brandwatch.cli import keyboard
from brandwatch.cli.screen import say, stdout_console
from brandwatch.cli.triage_card import card
from brandwatch.errors import UsageError
from brandwatch.models import Change, Status, Via
from brandwatch.text.numbers import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from brandwatch.models import Mention
    from brandwatch.store import Store

KEYS = "r relevant  i irrelevant  d done  t tag  n note  u undo  s skip  q quit  ? help"
HELP = """\
r  relevant        i  irrelevant        d  done
t  tags, with Tab for those there are; - before one takes it away
n  note, in the place of the one that is there
S  the next decision is about the whole story: its mentions of this query
o  open the link on this desktop
u  undo, key by key        s or space  skip
q or Ctrl-C  quit; what was decided is kept"""
_STATUSES = {"r": Status.RELEVANT, "i": Status.IRRELEVANT, "d": Status.DONE}


class _Done(NamedTuple):
    """A step that was decided, and where in the queue."""

    step: int
    at: int


class Sitting:
    """Somebody goes through a queue of mentions; those with other than the wanted statuses are passed over."""

    def __init__(self, store: Store, queue: Sequence[int], statuses: Collection[Status], *, by_story: bool) -> None:
        self._store = store
        self._queue = queue
        self._statuses = statuses
        self._by_story = by_story
        self._at = 0
        self._is_whole = by_story
        self._done: list[_Done] = []
        self._is_over = False

    @property
    def decided(self) -> int:
        """How many steps were decided and not undone."""
        return len(self._done)

    def run(self) -> None:
        """Show one mention after the other and do what the keys say, until there is no more or somebody quits."""
        while not self._is_over and (mention := self._upcoming()):
            self._show(mention)
            while not self._press(keyboard.key(), mention):
                pass

    def _upcoming(self) -> Mention | None:
        """Return the next mention that is still to be decided, `None` after the last."""
        while self._at < len(self._queue):
            mention = self._store.mention(self._queue[self._at])
            if mention and mention.status in self._statuses:
                return mention
            self._at += 1
        return None

    def _show(self, mention: Mention) -> None:
        """Show a mention, and the keys."""
        story = self._store.story(mention.story) if mention.story else None
        place = f"{self._at + 1} of {len(self._queue)}"
        console = stdout_console()
        for line in card(mention, story, place, len(self._scope(mention))):
            console.print(line)
        console.print(KEYS, style="dim")

    def _scope(self, mention: Mention) -> list[int]:
        """Return the mentions that are decided at once."""
        if not (self._is_whole and mention.story):
            return [mention.id]
        return [one.id for one in self._store.copies(mention.story) if one.query == mention.query] or [mention.id]

    def _press(self, key: str, mention: Mention) -> bool:
        """Do what a key says; say whether that ends with the mention, or with showing it anew."""
        actions: dict[str, Callable[[Mention], bool]] = {
            **dict.fromkeys(("q", ""), self._quit),
            **dict.fromkeys(("s", " "), self._skip),
            "t": self._tag,
            "n": self._note,
            "u": self._undo,
            "S": self._widen,
            "o": self._open,
            "?": self._help,
        }
        if key in _STATUSES:
            return self._decide(mention, Change(status=_STATUSES[key]), moves=True)
        return actions.get(key, self._help)(mention)

    def _decide(self, mention: Mention, change: Change, *, moves: bool = False) -> bool:
        """Keep a decision, and say what it was about."""
        scope = self._scope(mention)
        step = self._store.desk.decide(scope, lambda known: dict.fromkeys(known, change), Via.TRIAGE, clock.now())
        if step.number:
            self._done.append(_Done(step.number, self._at))
        what = change.status or "kept"
        say(f"→ {what}" + (f", {counted(len(step.mentions), 'mention')}" if len(scope) > 1 else ""))
        self._is_whole = self._by_story
        self._at += moves
        return True

    def _tag(self, mention: Mention) -> bool:
        """Ask for tags, to give and to take away."""
        from brandwatch.cli.selecting import known_tags
        from brandwatch.text.remarks import split_tags

        written = split_tags(keyboard.answer("tags: ", self._store.desk.tags()))
        try:
            given = known_tags([tag for tag in written if not tag.startswith("-")])
            taken = known_tags([tag.lstrip("- ") for tag in written if tag.startswith("-")])
        except UsageError as error:
            say(f"{error.message}: {error.hint}")
            return True
        return not written or self._decide(mention, Change(tags=given, untags=taken))

    def _note(self, mention: Mention) -> bool:
        """Ask for a note; the one that is there can be edited."""
        from brandwatch.text.remarks import normal_note

        note = normal_note(keyboard.answer("note: ", already=mention.note))
        return self._decide(mention, Change(note=note))

    def _undo(self, _: Mention) -> bool:
        """Take back the last decision of this sitting, and go back to where it was made."""
        if not self._done:
            say("nothing to undo here; `brandwatch triage --undo` goes further back")
            return False
        step, self._at = self._done.pop()
        undone = self._store.desk.undo(Via.TRIAGE, clock.now(), step)
        say(f"← undone, {counted(len(undone.mentions), 'mention')}")
        return True

    def _widen(self, _: Mention) -> bool:
        """Let the next decision be about the whole story, or about the mention alone again."""
        self._is_whole = not self._is_whole
        return True

    def _open(self, mention: Mention) -> bool:
        """Open the link with the program that the desktop has for it."""
        url = mention.entry.url
        if not url.startswith(("http://", "https://")):
            say("it has no link")
        elif typer.launch(url):
            say(f"nothing here opens {url}")
        return False

    def _skip(self, _: Mention) -> bool:
        """Leave the mention as it is."""
        self._is_whole = self._by_story
        self._at += 1
        return True

    def _quit(self, _: Mention) -> bool:
        """End the sitting."""
        self._is_over = True
        return True

    def _help(self, _: Mention) -> bool:
        """Show what the keys do."""
        stdout_console().print(HELP)
        return False
