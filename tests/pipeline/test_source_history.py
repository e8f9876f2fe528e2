from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from brandwatch.models import Document, Entry, Feed, Health, Source, SourceState
from brandwatch.pipeline import source_condition, source_history, source_state
from brandwatch.pipeline.jobs import SourceJob
from brandwatch.sources.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

START = datetime(2026, 5, 4, 12, tzinfo=UTC)
URL = "https://fjordavisa.example/rss"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
KINDS = Registry()


class Watch:
    """One source over time: `poll` reads a feed at a moment, `health` is what the last poll makes of it."""

    def __init__(self, kind: str = "feed", url: str = URL) -> None:
        self.kind, self.state, self.now, self.gaps = kind, SourceState(url=url), START, 0

    def poll(self, feed: Feed, after: timedelta = 3 * HOUR, made_at: datetime | None = None) -> Health:
        """Read a feed some time after the last poll."""
        self.now += after
        job = SourceJob(source=Source(url=self.state.url, kind=self.kind), state=self.state, kind=KINDS.kind(self.kind))
        rules = source_state.StateRules(now=self.now, queries_hash=b"", key=b"key")
        document = Document(url=self.state.url, status=200, made_at=made_at)
        self.state, gap = rules.after_feed(job, document, feed, b"", {})
        self.state = replace(self.state, first_poll=self.state.first_poll or self.now)
        self.gaps += gap is not None
        return self.health

    @property
    def health(self) -> Health:
        """The health of the source at the last poll."""
        return source_condition.condition(self.state, self.now).health


def feed(numbers: Iterable[int], title: str = "Fjordavisa", site: str = "fjordavisa.example", **facts: object) -> Feed:
    """Return a feed of entries without dates."""
    entries = tuple(
        Entry(guid=f"{site} {number}", url=f"https://{site}/{number}", title=f"Sak {number} på {site}")
        for number in numbers
    )
    return Feed(title=title, entries=entries, **facts)  # type: ignore[arg-type]


def dated(times: Iterable[datetime]) -> Feed:
    """Return a feed of an entry for each time."""
    named = [Entry(guid=time.isoformat(), title=f"Sak fra {time:%d.%m. %H:%M}", published=time) for time in times]
    return Feed(title="Fjordavisa", entries=tuple(named))


def test_a_feed_that_never_had_an_entry_is_empty():
    """From the first document on, until it has one."""
    watch = Watch()
    assert watch.poll(feed([])) is Health.EMPTY
    assert watch.state.history.empty_since == watch.now
    first = watch.now
    assert watch.poll(feed([])) is Health.EMPTY
    assert watch.state.history.empty_since == first
    assert watch.poll(feed([1])) is Health.OK


@pytest.mark.parametrize(
    ("kind", "url"),
    [
        ("hackernews", URL),
        ("googlealerts", "https://www.google.com/alerts/feeds/1/2"),
        ("feed", "https://blogg.example/?s=Fjordkraft&feed=rss2"),
        ("mastodon", "https://fjord.example/api/v1/timelines/tag/fjordkraft"),
    ],
)
def test_a_search_without_hits_is_well(kind: str, url: str):
    """However long it finds nothing, and also after it found something."""
    watch = Watch(kind, url)
    for numbers in ([], [1, 2, 3, 4, 5, 6, 7, 8], [1], []):
        assert watch.poll(feed(numbers), 30 * DAY) is Health.OK


def test_a_feed_that_lists_far_less_than_usual_has_shrunk():
    """After a day of it; a feed that shows half as much, or more again, has not."""
    watch = Watch()
    for start in range(4):
        assert watch.poll(feed(range(start, start + 20))) is Health.OK
    assert watch.poll(feed(range(3, 15))) is Health.OK
    assert watch.poll(feed([22, 23])) is Health.OK
    assert watch.poll(feed([22, 23, 24]), DAY) is Health.SHRUNK
    assert watch.poll(feed(range(15, 35))) is Health.OK
    watch.poll(feed([34]))
    assert watch.poll(feed([34, 35]), DAY) is Health.SHRUNK
    assert watch.poll(feed([36]), 31 * DAY) is Health.OK


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([20, 20, 20], 6, Health.SHRUNK),
        ([20, 20, 20], 7, Health.OK),
        ([20, 40, 21], 6, Health.SHRUNK),
        ([20, 41, 20], 6, Health.OK),  # it varies by more than half
        ([6, 6, 6], 2, Health.SHRUNK),
        ([5, 5, 5], 1, Health.OK),  # five entries are too few to tell
        ([20, 20], 6, Health.OK),  # two documents within a day
    ],
)
def test_a_feed_has_shrunk_within_these_bounds(before: list[int], after: int, expected: Health):
    """At most a third of what it listed at least, if that was six or more in three documents that were alike."""
    watch = Watch()
    for size in before:
        watch.poll(feed(range(size)))
    watch.poll(feed(range(after)))
    assert watch.poll(feed(range(after)), DAY) is expected


def test_a_steady_feed_needs_one_document():
    """After two days of watching, a single document is enough to know what is usual."""
    watch = Watch()
    watch.poll(feed(range(20)))
    watch.poll(feed(range(3)), 2 * DAY)
    assert watch.poll(feed(range(3)), DAY) is Health.SHRUNK


def news_of_a_day(rate: float, days: float, seed: int) -> Iterator[Feed]:
    """Yield, twice a day for forty days, a feed of all entries of the last *days*; few at night and on Sunday."""
    chance, times = random.Random(seed), []
    for hour in range(40 * 24):
        now = START + hour * HOUR
        weight = (0.2 if now.hour < 6 else 1.2) * (0.3 if now.weekday() == 6 else 1)
        times += [now - HOUR * chance.random() for _ in range(10) if chance.random() < rate * weight / 240]
        if hour % 12 == 0:
            yield dated(time for time in times if now - time < days * DAY)


def test_a_feed_of_the_latest_day_or_week_has_not_shrunk():
    """Feeds of 4 to 60 entries a day, in windows of one to seven days, give no alarm in forty days."""
    alarms = 0
    for rate in (4, 12, 60):
        for days in (1, 2, 7):
            watch = Watch()
            found = {watch.poll(document) for document in news_of_a_day(rate, days, seed=rate * 10 + days)}
            alarms += bool(found - {Health.OK, Health.EMPTY})
    assert alarms == 0


def test_a_casino_that_took_the_domain_is_told():
    """Title and all entries are new at once; it is no gap, and ends when the old feed is back."""
    watch = Watch()
    watch.poll(feed(range(12)))
    casino = feed(range(100, 112), "Lykkehjulet casino", "hjul.example")
    assert watch.poll(casino) is Health.REPLACED
    since = watch.now
    assert watch.poll(feed(range(105, 117), "Lykkehjulet casino", "hjul.example")) is Health.REPLACED
    found = source_condition.condition(watch.state, watch.now)
    assert (found.since, watch.gaps) == (since, 0)
    assert found.detail == "“Lykkehjulet casino” (hjul.example) in place of “Fjordavisa”"
    assert watch.poll(feed(range(5, 17))) is Health.OK


def test_a_casino_is_told_after_an_empty_page_too():
    """Between two owners a domain is often parked: a feed without entries under another title."""
    watch = Watch()
    watch.poll(feed(range(12)))
    assert watch.poll(feed([], "Lykkehjulet")) is Health.EMPTY
    assert watch.poll(feed(range(9), "Lykkehjulet", "hjul.example")) is Health.REPLACED


@pytest.mark.parametrize(
    "document",
    [
        feed(range(100, 112)),  # a feed that turns over completely
        feed(range(100, 112), "Fjordavisa – nye nettsider", "ny.example"),  # a relaunch on a new host
        feed(range(6, 18), "Nordlys24"),  # a new title
        feed(range(11, 12), "Nordlys24"),
        feed([7], "Nordlys24", "ny.example"),
        feed(range(100, 112), ""),
    ],
)
def test_a_relaunch_replaces_nothing(document: Feed):
    """A title with a word of the old one, or one known entry, and it is the same source."""
    watch = Watch()
    watch.poll(feed(range(12)))
    assert watch.poll(document) is Health.OK


def test_a_relaunch_with_new_title_guids_and_links_keeps_its_titles():
    """The old entries under new names are known by their titles."""
    watch = Watch()
    watch.poll(feed(range(12)))
    renamed = [replace(entry, guid=f"ny {entry.guid}", url=f"{entry.url}/ny") for entry in feed(range(12)).entries]
    assert watch.poll(Feed(title="Nordlys24", entries=tuple(renamed))) is Health.OK


def simulate(times: list[datetime], listed: int, days: int, *, has_dates: bool = True) -> set[Health]:
    """Poll a feed of the latest entries every six hours from the fortieth day on; return the healths."""
    watch = Watch()
    watch.now = START + 40 * DAY
    found = set()
    while watch.now < START + days * DAY:
        latest = [time for time in times if time <= watch.now + 6 * HOUR][-listed:]
        document = dated(latest)
        if not has_dates:
            document = replace(document, entries=tuple(replace(one, published=None) for one in document.entries))
        found.add(watch.poll(document, 6 * HOUR))
    return found


WEEKLY = [START + week * 7 * DAY + part * timedelta(minutes=2) for week in range(60) for part in range(3)]


@pytest.mark.parametrize(
    ("times", "listed", "has_dates"),
    [
        (WEEKLY[::3], 10, True),  # a weekly podcast
        (WEEKLY[::3], 2, True),
        (WEEKLY[::3], 10, False),
        (WEEKLY, 3, True),  # all of its week at once
        ([START + year * 365 * DAY for year in range(-5, 2)], 5, True),  # yearly reports
        ([START - 200 * DAY], 5, True),
        ([START + day * DAY for day in range(400) if (START + day * DAY).weekday() < 5], 10, True),  # on weekdays
        ([START + day * DAY for day in range(400) if (START + day * DAY).weekday() < 5], 10, False),
    ],
)
def test_a_slow_source_is_not_frozen(times: list[datetime], listed: int, has_dates: bool):
    """In a year of its usual rhythm no poll finds it frozen."""
    assert simulate(times, listed, 400, has_dates=has_dates) <= {Health.OK}


@pytest.mark.parametrize(("listed", "has_dates", "days"), [(10, True, 3.5), (3, True, 9), (10, False, 9)])
def test_a_source_that_stops_is_frozen(listed: int, has_dates: bool, days: float):
    """Of a feed with an entry every six hours: after three days, or nine if little is known of it."""
    times = [START + number * 6 * HOUR for number in range(4 * 44)]
    assert simulate(times, listed, 44, has_dates=has_dates) == {Health.OK}
    watch_days = int(44 + days + 1)
    assert Health.FROZEN in simulate(times, listed, watch_days, has_dates=has_dates)


def test_new_dates_of_old_entries_are_no_news():
    """A generator that dates everything anew in each document does not hide that it is frozen."""
    watch = Watch()
    times = [START - number * 6 * HOUR for number in range(12)]
    first = dated(times)
    watch.poll(first)
    for day in range(5):
        at = watch.now + DAY
        again = tuple(replace(entry, published=at) for entry in first.entries)
        found = watch.poll(replace(first, entries=again), DAY)
        assert found is (Health.FROZEN if day >= 2 else Health.OK), day


def test_an_entry_of_the_future_changes_nothing():
    """Neither its date nor the time until it is a rhythm: the others count."""
    watch = Watch()
    future = START + 3650 * DAY
    times = [START - number * 6 * HOUR for number in range(12)]
    assert watch.poll(dated([future, *times])) is Health.OK
    assert watch.state.newest == START
    assert watch.poll(dated([future, *times]), 4 * DAY) is Health.FROZEN


def test_a_date_that_stands_still_is_a_copy_of_a_cache():
    """The same Date for a day, and half of the usual patience; a server that is alive has the whole."""
    times = [START - number * 6 * HOUR for number in range(12)]
    for is_alive in (False, True):
        watch = Watch()
        found = [watch.poll(dated(times), 12 * HOUR, made_at=watch.now if is_alive else START) for _ in range(4)]
        assert found[-1] is (Health.OK if is_alive else Health.FROZEN)


def test_intervals_are_learned_from_new_entries_alone():
    """Of a known document only the new entries are read: their dates continue those from before."""
    watch = Watch()
    watch.poll(dated(START - number * DAY for number in range(8)))
    assert list(watch.state.history.intervals) == [86_400] * 7
    watch.poll(dated([START + 2 * DAY, START + 2 * DAY + HOUR]), 3 * DAY)
    assert list(watch.state.history.intervals) == [*[86_400] * 7, 2 * 86_400, 3600]


def test_entries_of_a_quarter_of_an_hour_are_a_rhythm():
    """Those that are nearer to each other are one publication."""
    watch = Watch()
    minutes = (0, 15, 29, 60)
    watch.poll(dated(START - timedelta(hours=3, minutes=-minute) for minute in minutes))
    assert list(watch.state.history.intervals) == [900, 31 * 60]


def test_a_small_feed_is_usual_after_a_month():
    """Up to then it has shrunk; then its size is learned anew."""
    for days, is_shrunk in ((29, True), (30, False)):
        watch = Watch()
        for _ in range(4):
            watch.poll(feed(range(20)))
        assert watch.poll(feed([19])) is Health.OK
        watch.poll(feed([19]), days * DAY)
        assert (watch.state.history.shrunk_since is not None) is is_shrunk


@pytest.mark.parametrize(
    ("before", "after", "title", "expected"),
    [
        (2, 2, "Lykkehjulet", Health.REPLACED),
        (1, 2, "Lykkehjulet", Health.OK),
        (2, 1, "Lykkehjulet", Health.OK),
        (2, 2, "Fjordavisa nyheter", Health.OK),
        (2, 2, "", Health.OK),
        (2, 2, "Fjordavisa", Health.OK),
    ],
)
def test_two_new_entries_under_another_title_replace_a_feed(before: int, after: int, title: str, expected: Health):
    """One entry may have been replaced by its publisher, and a common word is the same title."""
    watch = Watch()
    watch.poll(feed(range(before)))
    assert watch.poll(feed(range(50, 50 + after), title, "hjul.example")) is expected


def test_titles_of_short_words_are_compared_whole():
    """“E24” and “B24” have no word of three letters in common; “e24” is “E24”."""
    for title, expected in (("e24", Health.OK), ("B24", Health.REPLACED)):
        watch = Watch()
        watch.poll(feed(range(5), "E24"))
        assert watch.poll(feed(range(50, 55), title)) is expected


def test_a_moved_source_remembers_since_when():
    """As long as its answers are redirected; one that is not ends it."""
    history = SourceState(url=URL).history
    moved, here = Document(url=URL, status=200, moved_to="https://ny.example/rss"), Document(url=URL, status=200)
    first = source_history.after_answer(history, moved, START)
    assert (first.moved_since, source_history.after_answer(first, moved, START + DAY).moved_since) == (START, START)
    assert source_history.after_answer(first, here, START + DAY).moved_since is None


def test_a_copy_begins_with_another_date():
    """The Date of an answer that is the same as before is that of the same copy."""
    one, other = (Document(url=URL, status=200, made_at=START - hours * HOUR) for hours in (2, 1))
    first = source_history.after_answer(SourceState(url=URL).history, one, START)
    assert (first.copy_date, first.copy_since) == (START - 2 * HOUR, START)
    assert source_history.after_answer(first, one, START + HOUR).copy_since == START
    assert source_history.after_answer(first, other, START + HOUR).copy_since == START + HOUR


def test_a_search_by_any_of_its_words_is_one():
    """In the URL of a feed, whatever the case; another parameter makes no search."""
    for query, is_search in (("?s=Acme", True), ("?Q=Acme&feed=rss", True), ("?page=2", False), ("", False)):
        url = f"https://blogg.example/{query}"
        job = SourceJob(source=Source(url=url), state=SourceState(url=url), kind=KINDS.kind("feed"))
        assert source_history.is_search(job) is is_search
        assert source_history.is_exhaustive(job) is not is_search
        assert source_history.is_search(replace(job, is_thread=True))


def test_the_site_of_a_feed_is_that_of_most_links():
    """Whatever their paths and subdomains; entries without a link have none, and change nothing."""
    links = ["https://fjordavisa.example/a/1", "https://www.fjordavisa.example/b/2", "https://nordlys.example/1"]
    watch = Watch()
    watch.poll(Feed(title="Fjordavisa", entries=tuple(Entry(guid=link, url=link) for link in links)))
    assert watch.state.history.link_site == "fjordavisa.example"
    unlinked = [Entry(guid=f"{number}") for number in range(3)]
    watch.poll(Feed(title="Fjordavisa", entries=tuple(unlinked)))
    assert watch.state.history.link_site == "fjordavisa.example"
    watch.poll(Feed(title="Fjordavisa", entries=(*unlinked, Entry(guid="x", url="https://nordlys.example/2"))))
    assert watch.state.history.link_site == "nordlys.example"


def test_a_feed_is_accepted_as_it_is():
    """Its title and its size are the usual ones from then on; the rest of what was learned stays."""
    watch = Watch()
    watch.poll(dated(START - number * DAY for number in range(8)))
    history = replace(
        watch.state.history, replaced_since=START, former_title="Fjordavisa", shrunk_since=START, sizes=(8, 8)
    )
    accepted = source_history.accept(history)
    assert (accepted.replaced_since, accepted.former_title, accepted.shrunk_since, accepted.sizes) == (
        None,
        "",
        None,
        (),
    )
    assert (accepted.intervals, accepted.link_site) == (history.intervals, history.link_site)


@pytest.mark.parametrize(
    ("polls", "usual", "size", "is_shrunk"),
    [(3, 12, 4, True), (3, 12, 5, False), (2, 12, 4, False), (3, 6, 2, True), (3, 5, 1, False)],
)
def test_a_third_of_the_usual_size_is_a_shrunk_feed(polls: int, usual: int, size: int, is_shrunk: bool):
    """After three documents of six entries or more."""
    watch = Watch()
    for _ in range(polls):
        watch.poll(feed(range(usual)))
    watch.poll(feed(range(size)))
    assert (watch.state.history.shrunk_since is not None) is is_shrunk


@pytest.mark.parametrize(("after", "is_shrunk"), [(2 * DAY, True), (2 * DAY - HOUR, False)])
def test_a_feed_that_is_known_for_two_days_may_have_shrunk(after: timedelta, is_shrunk: bool):
    """Also if it had one document."""
    watch = Watch()
    watch.poll(feed(range(12)))
    watch.poll(feed(range(2)), after)
    assert (watch.state.history.shrunk_since is not None) is is_shrunk


def test_one_new_entry_is_an_interval():
    """From the one before it, by their dates, or by when they were seen; the same entries again are none."""
    watch = Watch()
    watch.poll(dated(START - number * DAY for number in range(4)))
    watch.poll(dated([START + DAY, START]), DAY)
    assert list(watch.state.history.intervals) == [86_400] * 4
    watch.poll(dated([START + DAY, START]), DAY)
    assert list(watch.state.history.intervals) == [86_400] * 4
    undated = Watch()
    undated.poll(feed([1]))
    undated.poll(feed([1, 2]), DAY)
    assert list(undated.state.history.intervals) == [86_400]
