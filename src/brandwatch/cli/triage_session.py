"""The keyboard session of triage: one mention at a time, one key a decision, stored at once."""

import os
import select
import sys
from collections.abc import Callable, Iterator, Sequence

import typer
from rich.text import Text

from brandwatch import clock
from brandwatch.cli import console, filters, show
from brandwatch.errors import UsageError
from brandwatch.models import Mention, Selection, Status, Story, TriageChange, TriageOrigin
from brandwatch.storage import Store, selections, stories, triage
from brandwatch.text import plural
from brandwatch.text.sanitise import fixed_width_line, normalise_note, split_tags

KEYS = "r relevant  i irrelevant  d done  t tag  n note  u undo  s skip  q quit  ? help"
HELP = """\
r  relevant        i  irrelevant        d  done
t  tags, completed with Tab; - before a tag removes it
n  note, replaces the present one
S  the next decision is about the whole story
o  open the link on this desktop
u  undo, key by key        s or space  skip
q or Ctrl-C  quit; every decision is stored"""
_STATUSES = {"r": Status.RELEVANT, "i": Status.IRRELEVANT, "d": Status.DONE}
_CHARS_BEFORE, _PASSAGE_CHARS = 120, 400
_MAX_REASONS = 3


class TriageSession:
    """An analyst goes through a queue of entries, each with its selected mentions; decided ones are skipped.

    A decision is about all selected mentions of an entry: to decide for one query, select it.
    """

    def __init__(self, store: Store, queue: Sequence[int], selection: Selection, *, by_story: bool) -> None:
        self._store = store
        self._queue = queue
        self._selection = selection
        self._by_story = by_story
        self._at = 0
        self._is_whole_story = by_story
        # The number of each stored decision, and its place in the queue.
        self._steps: list[tuple[int, int]] = []
        self._is_over = False

    @property
    def decided(self) -> int:
        """The number of decisions that were not undone."""
        return len(self._steps)

    def run(self) -> None:
        """Show one mention after the other and act on keys, to the end of the queue or until the analyst quits."""
        while not self._is_over and (mention := self._next_mention()):
            self._show(mention)
            while not self._press(read_key(), mention):
                pass

    def _next_mention(self) -> Mention | None:
        while self._at < len(self._queue):
            ids = selections.entry_mentions(self._store, self._queue[self._at], self._selection)
            if ids:
                return selections.mention_by_id(self._store, ids[0])
            self._at += 1
        return None

    def _show(self, mention: Mention) -> None:
        story = stories.story_by_id(self._store, mention.story) if mention.story else None
        place = f"{self._at + 1} of {len(self._queue)}"
        screen = console.stdout_console()
        scope = self._scope(mention)
        queries = sorted({state.query for state in triage.triage_states(self._store, scope).values()})
        is_story = self._is_whole_story and mention.story is not None
        for line in mention_card(mention, story, place, queries, len(scope) if is_story else 0):
            screen.print(line)
        screen.print(KEYS, style="dim")

    def _scope(self, mention: Mention) -> list[int]:
        """Return the ids of the mentions that the next decision is about."""
        if not (self._is_whole_story and mention.story):
            return selections.entry_mentions(self._store, mention.entry_id, self._selection)
        in_story, chosen = stories.story_mentions(self._store, mention.story), self._selection
        return [
            other.id
            for other in in_story
            if other.query in (chosen.queries or (other.query,))
            and (chosen.queries or other.query not in chosen.gone_queries)
        ]

    def _press(self, key: str, mention: Mention) -> bool:
        """Act on a key; return whether to leave the mention or show it again."""
        actions: dict[str, Callable[[Mention], bool]] = {
            **dict.fromkeys(("q", ""), self._quit),
            **dict.fromkeys(("s", " "), self._skip),
            "t": self._tag,
            "n": self._note,
            "u": self._undo,
            "S": self._toggle_scope,
            "o": self._open,
            "?": self._help,
        }
        if key in _STATUSES:
            return self._decide(mention, TriageChange(status=_STATUSES[key]), moves=True)
        return actions.get(key, self._help)(mention)

    def _decide(self, mention: Mention, change: TriageChange, *, moves: bool = False) -> bool:
        scope = self._scope(mention)
        with self._store.transaction():
            batch = triage.decide(self._store, dict.fromkeys(scope, change), TriageOrigin.TRIAGE, clock.now())
        if batch.number:
            self._steps.append((batch.number, self._at))
        count = f", {plural(len(batch.mentions), 'mention')}" if len(scope) > 1 else ""
        console.echo_error(f"→ {change.status or 'stored'}{count}")
        self._is_whole_story = self._by_story
        if moves:
            self._at += 1
        return True

    def _tag(self, mention: Mention) -> bool:
        """Ask for tags to add, and with - for tags to remove."""
        written = split_tags(read_answer("tags: ", triage.used_tags(self._store)))
        try:
            added = filters.parse_tags([tag for tag in written if not tag.startswith("-")])
            removed = filters.parse_tags([tag.lstrip("- ") for tag in written if tag.startswith("-")])
        except UsageError as error:
            console.echo_error(f"{error.message}: {error.hint}")
            return True
        return not written or self._decide(mention, TriageChange(tags=added, untags=removed))

    def _note(self, mention: Mention) -> bool:
        note = normalise_note(read_answer("note: ", initial=mention.note))
        return self._decide(mention, TriageChange(note=note))

    def _undo(self, _: Mention) -> bool:
        """Undo the last decision of this session, and return to its mention."""
        if not self._steps:
            console.echo_error("nothing to undo here; `brandwatch triage --undo` goes further back")
            return False
        number, self._at = self._steps.pop()
        with self._store.transaction():
            undone = triage.undo_step(self._store, TriageOrigin.TRIAGE, clock.now(), number)
        console.echo_error(f"← undone, {plural(len(undone.mentions), 'mention')}")
        return True

    def _toggle_scope(self, _: Mention) -> bool:
        self._is_whole_story = not self._is_whole_story
        return True

    def _open(self, mention: Mention) -> bool:
        url = mention.entry.url
        if not url.startswith(("http://", "https://")):
            console.echo_error("it has no link")
        elif typer.launch(url):
            console.echo_error(f"no program here opens {url}")
        return False

    def _skip(self, _: Mention) -> bool:
        self._is_whole_story = self._by_story
        self._at += 1
        return True

    def _quit(self, _: Mention) -> bool:
        self._is_over = True
        return True

    def _help(self, _: Mention) -> bool:
        console.stdout_console().print(HELP)
        return False


# --- the card of a mention ---------------------------------------------------------------------------------------


def mention_card(
    mention: Mention, story: Story | None, place: str, queries: Sequence[str], in_story: int
) -> Iterator[Text]:
    """Yield the lines of a mention.

    *place* is its place in the queue, *queries* are those that the next decision is about, *in_story* is the number of
    mentions that it is about if it is about a story, else 0.
    """
    entry = mention.entry
    names = ", ".join(map(fixed_width_line, queries))
    yield Text(f"\n{place}  {names}, {mention.voice}, about {mention.subject}", style="dim")
    title = _flat(show.highlight_evidence(mention, "title"))
    title.stylize("bold")
    yield title
    yield Text(" · ".join(filter(None, _facts(mention, story))))
    if entry.text:
        yield _passage(show.highlight_evidence(mention, "text"))
    yield Text(f"why: {'; '.join(_reasons(mention))}", style="dim")
    status = "" if mention.status is Status.NEW else f"status {mention.status}"
    tags = f"tags {', '.join(mention.tags)}" if mention.tags else ""
    note = f"note “{fixed_width_line(mention.note)}”" if mention.note else ""
    if decided := " · ".join(filter(None, (status, tags, note))):
        yield Text(decided)
    if entry.url:
        yield Text(entry.url, style="dim", overflow="fold")
    if in_story > 1:
        yield Text(f"the next decision is about all {in_story} mentions of its story", style="bold")


def _facts(mention: Mention, story: Story | None) -> Iterator[str]:
    """Yield the publisher, the time, the response, and the heat and size of the story."""
    entry = mention.entry
    yield fixed_width_line(entry.publisher)
    yield f"{'' if entry.published else '~'}{(entry.published or mention.found).astimezone():%Y-%m-%d %H:%M}"
    yield "response unknown" if entry.response.total is None else f"response {entry.response.total}"
    if story:
        yield f"heat {story.heat(clock.now()):.1f}"
        size = f"{plural(story.mentions, 'mention')}, {plural(story.publishers, 'publisher')}"
        yield f"story {story.id} ({size})"


def _reasons(mention: Mention) -> Iterator[str]:
    """Yield the first pieces of evidence, each once."""
    reasons = dict.fromkeys(
        f"“{fixed_width_line(hit.term)}” in the {hit.place} ({hit.rule})" if hit.field != "links" else hit.rule
        for hit in mention.evidence
    )
    yield from list(reasons)[:_MAX_REASONS]
    if len(reasons) > _MAX_REASONS:
        yield f"{len(reasons) - _MAX_REASONS} more"


def _passage(text: Text) -> Text:
    """Return the passage around the first hit in a text, else its beginning."""
    first = min((span.start for span in text.spans), default=0)
    start = max(first - _CHARS_BEFORE, 0)
    start = text.plain.find(" ", start, first) + 1 if start else 0
    cut = _flat(text[start : start + _PASSAGE_CHARS])
    if start:
        cut = type(text)("…").append_text(cut)
    return cut.append("…") if start + _PASSAGE_CHARS < len(text) else cut


def _flat(text: Text) -> Text:
    return type(text)(" ").join(text.split("\n"))


# --- keys and answers from the terminal --------------------------------------------------------------------------

_CTRL_D = "\x04"
_ESCAPE = b"\x1b"
_FINAL_BYTES = b"@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~"
"""The last byte of a control sequence (ECMA-48 §5.4)."""
_KEY_SECONDS = 0.02
"""The bytes of one key arrive within this time."""


def has_keyboard() -> bool:
    """Whether standard input and output are terminals."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout))


def read_key() -> str:
    """Return the next key, empty at the end of input; Ctrl-C raises KeyboardInterrupt.

    It reads one byte at a time and discards nothing that waits: keys may be typed ahead of the screen.
    """
    import termios
    import tty

    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    try:
        tty.setcbreak(descriptor, termios.TCSANOW)
        pressed = os.read(descriptor, 1)
        if pressed == _ESCAPE:
            pressed += _rest_of_key(descriptor)
    finally:
        termios.tcsetattr(descriptor, termios.TCSANOW, before)
    typed = pressed.decode(errors="replace")
    return "" if typed == _CTRL_D else typed


def read_answer(question: str, choices: Sequence[str] = (), initial: str = "") -> str:
    """Return a typed line; Tab completes the choices, and *initial* can be edited."""
    try:
        import readline
    except ImportError:  # Python can be built without it
        return _line(question)
    readline.set_completer_delims(";,")
    readline.set_completer(lambda typed, number: _completion(choices, typed, number))
    readline.parse_and_bind("tab: complete")
    readline.set_startup_hook(lambda: readline.insert_text(initial))
    try:
        return _line(question)
    finally:
        readline.set_startup_hook(None)
        readline.set_completer(None)
        # Notes may hold names: no history keeps them.
        readline.clear_history()


def _rest_of_key(descriptor: int) -> bytes:
    """Return the bytes after an escape in an arrow or a function key: each would be a key of its own."""
    rest = b""
    while select.select([descriptor], [], [], _KEY_SECONDS)[0]:
        rest += os.read(descriptor, 1)
        if not rest.startswith((b"[", b"O")) or (len(rest) > 1 and rest[-1:] in _FINAL_BYTES):
            break
    return rest


def _line(question: str) -> str:
    try:
        return input(question)
    except EOFError:
        sys.stdout.write("\n")
        return ""


def _completion(choices: Sequence[str], typed: str, number: int) -> str | None:
    """Return one of the choices that begin as the typed text, `None` after the last."""
    lead = typed[: len(typed) - len(typed.lstrip(" -"))]
    matches = [lead + choice for choice in choices if choice.startswith(typed[len(lead) :].lower())]
    return matches[number] if number < len(matches) else None
