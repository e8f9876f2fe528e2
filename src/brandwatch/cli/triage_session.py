"""The keyboard loop of triage: one mention at a time, one key a decision, stored at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import typer

from brandwatch import clock
from brandwatch.cli import keyboard
from brandwatch.cli.console import echo_error, stdout_console
from brandwatch.errors import UsageError
from brandwatch.models import Status, TriageChange, TriageOrigin
from brandwatch.text import plural
from brandwatch.text.sanitise import fixed_width_line

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from rich.text import Text

    from brandwatch.models import Mention, Story
    from brandwatch.storage import Store


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


class _SessionCounts(NamedTuple):
    """A step that was decided, and where in the queue."""

    step: int
    at: int


class TriageSession:
    """Somebody goes through a queue of mentions; those with other than the wanted statuses are passed over."""

    def __init__(self, store: Store, queue: Sequence[int], statuses: Collection[Status], *, by_story: bool) -> None:
        self._store = store
        self._queue = queue
        self._statuses = statuses
        self._by_story = by_story
        self._at = 0
        self._is_whole = by_story
        self._done: list[_SessionCounts] = []
        self._is_over = False

    @property
    def decided(self) -> int:
        """How many steps were decided and not undone."""
        return len(self._done)

    def run(self) -> None:
        """Show one mention after the other and do what the keys say, until there is no more or somebody quits."""
        while not self._is_over and (mention := self._upcoming()):
            self._show(mention)
            while not self._press(keyboard.read_key(), mention):
                pass

    def _upcoming(self) -> Mention | None:
        """Return the next mention that is still to be decided, `None` after the last."""
        from brandwatch.storage.selections import mention_by_id

        while self._at < len(self._queue):
            mention = mention_by_id(self._store, self._queue[self._at])
            if mention and mention.status in self._statuses:
                return mention
            self._at += 1
        return None

    def _show(self, mention: Mention) -> None:
        """Show a mention, and the keys."""
        from brandwatch.storage.stories import story_by_id

        story = story_by_id(self._store, mention.story) if mention.story else None
        place = f"{self._at + 1} of {len(self._queue)}"
        console = stdout_console()
        for line in mention_card(mention, story, place, len(self._scope(mention))):
            console.print(line)
        console.print(KEYS, style="dim")

    def _scope(self, mention: Mention) -> list[int]:
        """Return the mentions that are decided at once."""
        from brandwatch.storage.stories import story_mentions

        if not (self._is_whole and mention.story):
            return [mention.id]
        return [one.id for one in story_mentions(self._store, mention.story) if one.query == mention.query] or [
            mention.id
        ]

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
            return self._decide(mention, TriageChange(status=_STATUSES[key]), moves=True)
        return actions.get(key, self._help)(mention)

    def _decide(self, mention: Mention, change: TriageChange, *, moves: bool = False) -> bool:
        """Keep a decision, and say what it was about."""
        from brandwatch.storage.triage import decide

        scope = self._scope(mention)
        with self._store.transaction():
            step = decide(self._store, dict.fromkeys(scope, change), TriageOrigin.TRIAGE, clock.now())
        if step.number:
            self._done.append(_SessionCounts(step.number, self._at))
        what = change.status or "kept"
        echo_error(f"→ {what}" + (f", {plural(len(step.mentions), 'mention')}" if len(scope) > 1 else ""))
        self._is_whole = self._by_story
        self._at += moves
        return True

    def _tag(self, mention: Mention) -> bool:
        """Ask for tags, to give and to take away."""
        from brandwatch.cli.filters import parse_tags
        from brandwatch.storage.triage import used_tags
        from brandwatch.text.sanitise import split_tags

        written = split_tags(keyboard.read_answer("tags: ", used_tags(self._store)))
        try:
            given = parse_tags([tag for tag in written if not tag.startswith("-")])
            taken = parse_tags([tag.lstrip("- ") for tag in written if tag.startswith("-")])
        except UsageError as error:
            echo_error(f"{error.message}: {error.hint}")
            return True
        return not written or self._decide(mention, TriageChange(tags=given, untags=taken))

    def _note(self, mention: Mention) -> bool:
        """Ask for a note; the one that is there can be edited."""
        from brandwatch.text.sanitise import normalise_note

        note = normalise_note(keyboard.read_answer("note: ", already=mention.note))
        return self._decide(mention, TriageChange(note=note))

    def _undo(self, _: Mention) -> bool:
        """Take back the last decision of this sitting, and go back to where it was made."""
        from brandwatch.storage.triage import undo_step

        if not self._done:
            echo_error("nothing to undo here; `brandwatch triage --undo` goes further back")
            return False
        step, self._at = self._done.pop()
        with self._store.transaction():
            undone = undo_step(self._store, TriageOrigin.TRIAGE, clock.now(), step)
        echo_error(f"← undone, {plural(len(undone.mentions), 'mention')}")
        return True

    def _widen(self, _: Mention) -> bool:
        """Let the next decision be about the whole story, or about the mention alone again."""
        self._is_whole = not self._is_whole
        return True

    def _open(self, mention: Mention) -> bool:
        """Open the link with the program that the desktop has for it."""
        url = mention.entry.url
        if not url.startswith(("http://", "https://")):
            echo_error("it has no link")
        elif typer.launch(url):
            echo_error(f"nothing here opens {url}")
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


_BEFORE, _PASSAGE = 120, 400
_REASONS = 3


def mention_card(mention: Mention, story: Story | None, place: str, scope: int) -> Iterator[Text]:
    """Yield the lines of a mention; *place* is which of how many, *scope* how many mentions are decided at once."""
    from rich.text import Text

    from brandwatch.cli.show import highlight_evidence

    entry = mention.entry
    yield Text(f"\n{place}  {fixed_width_line(mention.query)}, {mention.voice}, about {mention.subject}", style="dim")
    title = _flat(highlight_evidence(mention, "title"))
    title.stylize("bold")
    yield title
    yield Text(" · ".join(filter(None, _facts(mention, story))))
    if entry.text:
        yield _passage(highlight_evidence(mention, "text"))
    yield Text(f"why: {'; '.join(_reasons(mention))}", style="dim")
    if decided := _decided(mention):
        yield Text(decided)
    if entry.url:
        yield Text(entry.url, style="dim", overflow="fold")
    if scope > 1:
        yield Text(f"the next decision is about all {scope} mentions of its story", style="bold")


def _facts(mention: Mention, story: Story | None) -> Iterator[str]:
    """Yield who published it and when, how it was answered, and how hot its story is."""
    from brandwatch import clock

    entry = mention.entry
    yield fixed_width_line(entry.publisher)
    yield f"{'' if entry.published else '~'}{(entry.published or mention.found).astimezone():%Y-%m-%d %H:%M}"
    yield "response unknown" if entry.response.total is None else f"response {entry.response.total}"
    if story:
        told = f"{plural(story.mentions, 'mention')}, {plural(story.publishers, 'publisher')}"
        yield f"heat {story.heat(clock.now()):.1f}"
        yield f"story {story.id} ({told})"


def _reasons(mention: Mention) -> Iterator[str]:
    """Yield the first pieces of evidence, each once."""
    told = dict.fromkeys(
        f"“{fixed_width_line(piece.term)}” in the {piece.field} ({piece.rule})"
        if piece.field != "links"
        else piece.rule
        for piece in mention.evidence
    )
    yield from list(told)[:_REASONS]
    if len(told) > _REASONS:
        yield f"{len(told) - _REASONS} more"


def _decided(mention: Mention) -> str:
    """Return what was decided before, empty where nothing was."""
    from brandwatch.models import Status

    status = "" if mention.status is Status.NEW else f"status {mention.status}"
    tags = f"tags {', '.join(mention.tags)}" if mention.tags else ""
    note = f"note “{fixed_width_line(mention.note)}”" if mention.note else ""
    return " · ".join(filter(None, (status, tags, note)))


def _passage(text: Text) -> Text:
    """Return the words around the first mark in a text, else its beginning."""
    first = min((span.start for span in text.spans), default=0)
    start = max(first - _BEFORE, 0)
    start = text.plain.find(" ", start, first) + 1 if start else 0
    cut = _flat(text[start : start + _PASSAGE])
    if start:
        cut = type(text)("…").append_text(cut)
    return cut.append("…") if start + _PASSAGE < len(text) else cut


def _flat(text: Text) -> Text:
    """Return a text on one line."""
    return type(text)(" ").join(text.split("\n"))
