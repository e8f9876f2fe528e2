"""How long mentions are stored, when they are hidden before, and what counts keep of an outlet."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from brandwatch.models import Entry, Mention, Retention, Subject, Voice
from brandwatch.privacy import retention

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
POLICY = Retention(public=365 * DAY, staff=90 * DAY, official=730 * DAY, owned=400 * DAY)


def mention(voice: Voice = Voice.PUBLIC, subject: Subject = Subject.BRAND, reason: str = retention.EXPIRING) -> Mention:
    """A mention that was found now, and is hidden."""
    return Mention(
        id=1, query="acme", entry=Entry(title="Acme"), evidence=(), found=NOW, source="https://a.example/rss",
        voice=voice, subject=subject, suppressed=reason,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("period", "hidden_after"),
    [
        (DAY, 12 * HOUR), (2 * DAY, DAY), (6 * DAY, 3 * DAY), (7 * DAY, 3 * DAY), (10 * DAY, 3 * DAY),
        (11 * DAY, 4 * DAY), (90 * DAY, 83 * DAY), (365 * DAY, 358 * DAY),
    ],
)  # fmt: skip
def test_a_mention_is_hidden_a_week_before_it_goes(period: timedelta, hidden_after: timedelta):
    """A short retention shows it for three days, and one shorter than six days for half of it."""
    assert retention.hidden_after(period) == hidden_after


def test_every_voice_has_its_limits_and_staff_those_of_the_subject():
    """A mention is gone at the end of its period if it was hidden for a day; what is about staff goes as staff does."""
    limits = {(one.dimension, one.value): one for one in retention.retention_limits({"acme": POLICY}, "acme", NOW)}
    assert {key: (NOW - one.hidden_before, NOW - one.gone_before) for key, one in limits.items()} == {
        ("voice", Voice.PUBLIC): (358 * DAY, 365 * DAY),
        ("voice", Voice.STAFF): (83 * DAY, 90 * DAY),
        ("voice", Voice.OFFICIAL): (723 * DAY, 730 * DAY),
        ("voice", Voice.OWNED): (393 * DAY, 400 * DAY),
        ("subject", Subject.STAFF): (83 * DAY, 90 * DAY),
    }
    assert {NOW - one.hidden_since for one in limits.values()} == {DAY}


def test_a_retention_of_a_day_hides_for_half_of_it():
    """With a day between both steps its mentions would stay for a day and a half."""
    short = Retention(public=DAY, staff=DAY, official=DAY, owned=DAY)
    assert {NOW - one.hidden_since for one in retention.retention_limits({"acme": short}, "acme", NOW)} == {12 * HOUR}


def test_a_broken_file_has_no_limits_and_a_missing_one_the_default():
    """A slip in a query file deletes nothing; a query that was removed is not stored for ever."""
    policies = retention.retention_policies([], ["acme"])
    assert list(retention.retention_limits(policies, "acme", NOW)) == []
    default = {"acme": Retention()}
    assert list(retention.retention_limits(policies, "rival", NOW)) == list(
        retention.retention_limits(default, "acme", NOW)
    )


@pytest.mark.parametrize(
    ("hidden", "reason"),
    [
        (mention(), "its retention ends on 2027-05-04"),
        (mention(Voice.OFFICIAL), "its retention ends on 2028-05-03"),
        (mention(subject=Subject.STAFF), "its retention ends on 2026-08-02"),
        (mention(subject=Subject.OFFICIAL), "its retention ends on 2027-05-04"),
        (mention(reason="exclude.words: Acme kunstlag"), "exclude.words: Acme kunstlag"),
        (mention(reason=""), ""),
    ],
)
def test_the_end_of_the_retention_is_explained(hidden: Mention, reason: str):
    """The day on which a mention goes is named; another reason to hide it stays as it is."""
    assert retention.explain_hidden(hidden, {"acme": POLICY}) == reason


def test_nothing_ends_while_the_file_is_broken():
    """No day is named for its mentions; those of a missing file have the default."""
    assert retention.explain_hidden(mention(), {"acme": None}) == retention.EXPIRING
    assert retention.explain_hidden(mention(), {}) == "its retention ends on 2027-05-04"


def test_facts_of_sources_stay_as_long_as_any_mention():
    """The longest period of all queries counts, and at least the default; a broken file has none."""
    default = max(Retention().by_voice.values())
    assert retention.source_retention({}) == default
    assert retention.source_retention({"acme": POLICY, "rival": None}) == default
    assert retention.source_retention({"acme": Retention(owned=3000 * DAY)}) == 3000 * DAY


@pytest.mark.parametrize("outlet", ["@kari@tut.example", "u/kari", "/u/kari-n", "kari@avis.example"])
def test_an_account_is_not_counted_as_an_outlet(outlet: str):
    """The account of a person would be kept in counts after the mention is gone."""
    assert retention.impersonal_outlet(outlet, "") == ""


@pytest.mark.parametrize(
    ("outlet", "author", "counted"),
    [
        ("Fjordavisa", "Kåre Øygard", "Fjordavisa"),
        ("Fjordavisa", "", "Fjordavisa"),
        ("ku/ltur", "", "ku/ltur"),
        ("Bloggen til Kåre Øygard", "kåre øygard", ""),
        ("Øygard", "Kåre Øygard", ""),
        ("kaare-oeygard.example", "Kåre Øygard", ""),
    ],
)
def test_an_outlet_with_the_name_of_its_author_is_personal(outlet: str, author: str, counted: str):
    """A blog of one person is not counted by its name; a paper is."""
    assert retention.impersonal_outlet(outlet, author) == counted
