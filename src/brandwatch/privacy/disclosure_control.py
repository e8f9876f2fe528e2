"""Disclosure control: what may be counted, ranked, grouped, searched, listed and drawn of staff.

A mention is *by* staff where its voice is `staff`, and *of* staff where its voice or its subject is. Everybody else is
counted without restriction. The rules, each enforced here or in `storage.privacy_disclosure`, which has their SQL:

- A count of fewer than `MIN_CELL_SIZE` staff members is suppressed, and with it what would give it away: its share,
  its course over the days, and the next smallest count (`suppress_small_cells`).
- Staff alone has no share of voice, trend or precision (`refuse_staff_only`), and is not ranked (`refuse_ranking`).
- A feature of fewer than `MIN_CELL_SIZE` mentions is not listed among those of mistakes: it may be about one person.
- Counts by words or by source leave staff out (`is_identifying`): words may be a name, and a source an account.
- In groups, orders and charts, staff has no source and no publisher (`IDENTIFYING_DIMENSIONS`): both may be an account.
- Lists show no author of staff (`listed_author`), and `--where` does not find staff by author, link or source.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from brandwatch.errors import UsageError
from brandwatch.models import IN_TIME, Mention, Selection, StatsLine, Subject, Voice

MIN_CELL_SIZE = 5
"""The smallest number of staff members to disclose: a smaller one may identify a person."""
SMALL_CELL = f"<{MIN_CELL_SIZE}"
"""The text of a suppressed count."""
STAFF_DIMENSIONS = frozenset({"voice", "subject"})
"""The dimensions that have a value for staff."""
IDENTIFYING_DIMENSIONS = frozenset({"source", "publisher"})
"""The dimensions whose values may be the account of one person; staff has no value there."""
RANKING_ORDERS = frozenset({"response", "rising", "heat"})
"""The orders that rank mentions by the response to them."""


def is_small_cell(count: int) -> bool:
    """Whether a count of people, or of mentions that may be about one person, is too small to disclose."""
    return count < MIN_CELL_SIZE


def is_by_staff(mention: Mention) -> bool:
    """Whether a staff member speaks: author, publisher and source may then be that person's account."""
    return mention.voice is Voice.STAFF


def selects_only_staff(selection: Selection) -> bool:
    """Whether every selected mention is by staff, or every one is about staff."""
    return set(selection.voices) == {Voice.STAFF} or set(selection.subjects) == {Subject.STAFF}


def is_identifying(selection: Selection) -> bool:
    """Whether a selection may single out one person, by words (a name) or by source (an account)."""
    return bool(selection.search or selection.sources)


def refuse_staff_only(selection: Selection, what: str) -> None:
    """Raise UsageError if *what* would be computed of staff alone."""
    if selects_only_staff(selection):
        hint = "`brandwatch report` lists the mentions; docs/privacy.md gives the reason"
        raise UsageError(f"there is no {what} of staff alone", hint)


def refuse_identifying_count(selection: Selection) -> None:
    """Raise UsageError if staff alone would be counted by words or by source."""
    if is_identifying(selection):
        refuse_staff_only(selection, "count by words or by source")


def refuse_ranking(selection: Selection, sort: str) -> None:
    """Raise UsageError if staff alone would be ranked by response."""
    if sort in RANKING_ORDERS and not may_rank(selection.voices):
        hint = "sort by published, or select other voices too"
        raise UsageError(f"what staff says is not sorted by {sort} alone", hint)


def may_rank(voices: Iterable[str]) -> bool:
    """Whether mentions of these voices may be ranked by response; no voices are all voices."""
    return set(voices) != {Voice.STAFF}


def default_story_order(selection: Selection) -> str:
    """Choose the default order of stories: by heat, for staff alone by time."""
    return "heat" if may_rank(selection.voices) else "published"


def disclosure_remarks(selection: Selection, *, has_small_cells: bool = False) -> Iterator[str]:
    """Yield a remark for each kind of staff mention that the counts leave out."""
    if is_identifying(selection):
        yield "staff is left out: it is not counted by words or by source"
    if has_small_cells:
        yield f"{SMALL_CELL}: counts of mentions by or about fewer than {MIN_CELL_SIZE} staff members are suppressed"


def listed_author(mention: Mention) -> str:
    """Return the author for lists, empty for staff: a list can be sorted and filtered by it."""
    return "" if is_by_staff(mention) else mention.entry.author


def listed_publisher(mention: Mention) -> str:
    """Return the publisher for charts, empty for staff."""
    return "" if is_by_staff(mention) else mention.entry.publisher


def is_hidden_group(mention: Mention, dimension: str) -> bool:
    """Whether a mention has no value of its own in groups by *dimension*."""
    return dimension in IDENTIFYING_DIMENSIONS and is_by_staff(mention)


def searchable_mention(mention: Mention) -> Mention:
    """Return the view of a mention for `--where`: staff is found by its words, not by author, link or source."""
    if not is_by_staff(mention):
        return mention
    return replace(mention, entry=replace(mention.entry, author="", url=""), source="")


def drawable_counts(counts: Counter[str]) -> Counter[str]:
    """Restrict counts by voice for charts: without staff if it is a small cell."""
    if not is_small_cell(counts[Voice.STAFF]):
        return counts
    return Counter({voice: count for voice, count in counts.items() if voice != Voice.STAFF})


def needs_people_counts(dimension: str, selection: Selection) -> bool:
    """Whether a count by *dimension* separates staff, so that the people behind it are counted too."""
    return dimension in STAFF_DIMENSIONS or selects_only_staff(selection)


def suppress_small_cells(
    dimension: str,
    lines: Sequence[StatsLine],
    people: Mapping[str, int],
    previous_people: Mapping[str, int],
    *,
    is_staff: bool = False,
) -> list[StatsLine]:
    """Suppress small cells; shares are of the disclosed mentions.

    *is_staff*: every line counts staff, else only the value `staff` of `STAFF_DIMENSIONS`. *people* are the numbers of
    staff members behind each value, *previous_people* those of the previous period.
    """
    staff = {line.value for line in lines if is_staff or (dimension in STAFF_DIMENSIONS and line.value == Voice.STAFF)}
    suppressed = _suppressed_values({value: people.get(value, 0) for value in staff})
    total = sum(line.mentions for line in lines if line.value not in suppressed)
    shown = []
    for line in lines:
        cell = line
        if line.value in staff:
            # The days of the period are small cells of their own.
            was_small = is_small_cell(previous_people.get(line.value, 0))
            cell = replace(cell, per_day=(), previous=None if was_small else line.previous)
        if line.value in suppressed:
            empty = replace(cell, mentions=0, share=0.0, stories=0, publishers=0, response=None, with_response=0)
            shown.append(replace(empty, is_small_cell=True))
        else:
            shown.append(replace(cell, share=line.mentions / total if total else 0.0))
    # The rank of a suppressed line would reveal its neighbours in number; days keep their order.
    return shown if dimension in IN_TIME else sorted(shown, key=lambda line: line.is_small_cell)


def _suppressed_values(people: Mapping[str, int]) -> set[str]:
    """Choose the values to suppress: the small cells, and one more if their sum is small too."""
    # Complementary suppression: a reader who knows the total can subtract the disclosed cells; the rest must be nobody,
    # or at least `MIN_CELL_SIZE` people.
    by_size = sorted(people, key=lambda value: (people[value], value))
    suppressed = {value for value in by_size if is_small_cell(people[value])}
    if 0 < sum(people[value] for value in suppressed) < MIN_CELL_SIZE and len(suppressed) < len(by_size):
        suppressed.add(by_size[len(suppressed)])
    return suppressed
