"""The answer of an endpoint, as a kind of the user's own describes it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.sources.conftest import NOW

from brandwatch.errors import FetchClass, FetchError, ParseError
from brandwatch.feeds import parse_document
from brandwatch.models import Document, Entry, Feed, Source
from brandwatch.sources.pagination import over_spend_cap
from brandwatch.sources.registry import Registry
from brandwatch.sources.response import (
    closed_reason,
    decode_answer,
    explain_refusal,
    latest_cursor,
    leave_out_older,
    probe_request,
    read_answer,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from brandwatch.config.kind import Kind

    Make = Callable[..., Kind]

HEAD: dict[str, Any] = {
    "title": "Fjordforum", "about": "A kind.", "group": "forum", "engine": "json", "mode": "stream",
    "verified": "2026-05-01", "request": {"url": "https://f.example/api"},
    "map": {"items": "items", "fields": {"url": "url", "title": "title", "published": "at"}},
}  # fmt: skip


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Make a kind with other rules; JSON is YAML too."""

    def build(**rules: Any) -> Kind:
        (tmp_path / "fjordforum.yaml").write_text(json.dumps(HEAD | rules), encoding="utf-8")
        return Registry(tmp_path).kind("fjordforum")

    return build


def answer(data: object, url: str = "https://f.example/api", content_type: str = "application/json") -> Document:
    """A document with JSON, or with text as it is."""
    body = data.encode() if isinstance(data, str) else json.dumps(data).encode()
    return Document(url=url, status=200, body=body, content_type=content_type)


def read(kind: Kind, data: object, **values: str) -> Feed:
    """Read an answer."""
    return read_answer(kind, answer(data), values, parse_document)


def rows(*titles: str, **more: Any) -> dict[str, Any]:
    """An answer with rows an hour apart, the newest first."""
    items = [
        {"url": f"https://f.example/{number}", "title": title, "at": (NOW - timedelta(hours=number)).isoformat()}
        for number, title in enumerate(titles)
    ]
    return {"items": items, **more}


def test_an_answer_has_its_newest_and_its_oldest_time(make: Make):
    """Without dates there is neither."""
    feed = read(make(), rows("Åsgård", "Blåbær"))
    assert [entry.title for entry in feed.entries] == ["Åsgård", "Blåbær"]
    assert (feed.cursor, feed.oldest) == (NOW.isoformat(), NOW - timedelta(hours=1))
    undated = read(make(), {"items": [{"url": "https://f.example/1", "title": "Åsgård"}]})
    assert (undated.cursor, undated.oldest, len(undated.entries)) == ("", None, 1)


def test_rows_that_cannot_be_read_are_counted(make: Make):
    """An unwanted one is no failure."""
    kind = make(map=HEAD["map"] | {"unwanted": "quiet"})
    data = rows("Åsgård", "Blåbær", "Fjord")
    data["items"][0]["quiet"] = True
    data["items"][1] = {"at": NOW.isoformat()}
    feed = read(kind, data)
    assert (len(feed.entries), feed.skipped, feed.unwanted) == (1, 1, 1)
    assert feed.problem == "1 of 3 entries could not be read"
    assert read(kind, rows("Åsgård")).problem == ""


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("20", 20),
        ("20.9", 20),
        ("86400", 86_400),
        ("86401", 86_400),
        ("0", 0),
        ("-5", None),
        ("soon", None),
        ("", None),
    ],
)
def test_the_pause_that_an_answer_asks_for(make: Make, written: str, seconds: int | None):
    """In whole seconds, at most a day."""
    kind = make(limits={"backoff": "pause"})
    expected = None if seconds is None else timedelta(seconds=seconds)
    assert read(kind, rows("Å", pause=written)).backoff == expected


@pytest.mark.parametrize(
    ("absent", "url", "ending"),
    [
        ("error", "https://f.example/api", "fails"),
        ("partial", "https://f.example/api", "the answer has no “items”"),
        ("partial", "https://f.example/api?page=0", "the answer has no “items”"),
        ("partial", "https://f.example/api?page=1", ""),
        ("partial", "https://f.example/api?pages=1", "the answer has no “items”"),
        ("empty", "https://f.example/api", ""),
    ],
)
def test_an_answer_without_its_list(make: Make, absent: str, url: str, ending: str):
    """A failure, a problem or nothing, as the kind says; a page after the first may be beyond the last."""
    kind = make(map=HEAD["map"] | {"absent": absent}, paging={"param": "page", "most": 5, "more": "more"})
    document = answer({"other": []}, url)
    if ending == "fails":
        with pytest.raises(ParseError, match="the answer has no “items”"):
            read_answer(kind, document, {}, parse_document)
    else:
        feed = read_answer(kind, document, {}, parse_document)
        assert (feed.problem, feed.entries, feed.title) == (ending, (), "Fjordforum")


RULES = [
    {"class": "blocked", "text": "^<h1>stengt", "words": "Stengt: {found}"},
    {"class": "not-a-feed", "content_type": "^text/calendar", "words": "A calendar"},
    {"class": "throttled", "path": "slow", "words": "Sakte: {found}", "wait": r"(\d+) s"},
    {"class": "partial", "path": "missing", "words": "Mangler {found}"},
    {"class": "partial", "path": "hint", "words": "Merk {found}", "fails": False},
]


def test_an_answer_may_report_a_failure(make: Make):
    """By its text, its content type, or a place in it; the words have what was found, at most 120 characters."""
    kind = make(failures=RULES)
    with pytest.raises(ParseError) as refused:
        read(kind, "<h1>Stengt</h1>")
    assert (refused.value.fetch_class, refused.value.message[:8]) == (FetchClass.BLOCKED, "Stengt: ")
    with pytest.raises(ParseError, match="A calendar"):
        read_answer(kind, answer(rows("Å"), content_type="TEXT/calendar"), {}, parse_document)
    with pytest.raises(ParseError) as slow:
        read(kind, rows("Å", slow="wait 30 s " + "å" * 200))
    assert (slow.value.fetch_class, slow.value.retry_at) == (FetchClass.THROTTLED, NOW + timedelta(seconds=30))
    assert len(slow.value.message) == len("Sakte: ") + 120
    with pytest.raises(ParseError) as unknown:
        read(kind, rows("Å", slow="later"))
    assert (unknown.value.message, unknown.value.retry_at) == ("Sakte: later", None)
    feed = read(kind, rows("Å", missing="<b>ett</b> svar", hint="dette"))
    assert (feed.problem, feed.remark, len(feed.entries)) == ("Mangler ett svar", "Merk dette", 1)
    sound = read(kind, rows("Å", missing="", slow=None))
    assert (sound.problem, sound.remark) == ("", "")


def test_a_pause_beside_a_failure_comes_first(make: Make):
    """The place of the kind before the words of the failure."""
    kind = make(failures=RULES, limits={"backoff": "pause"})
    with pytest.raises(ParseError) as slow:
        read(kind, rows("Å", slow="wait 30 s", pause="60"))
    assert slow.value.retry_at == NOW + timedelta(seconds=60)


def test_only_json_of_a_bounded_size_is_an_answer():
    """2 MiB are the most; an empty answer and a page are told apart."""
    text = json.dumps("x" * (2 * 2**20 - 2))
    assert len(text) == 2 * 2**20
    assert decode_answer(answer(text)) == "x" * (2 * 2**20 - 2)
    for data, fetch_class in ((text + " ", "too-large"), (" \n", "empty"), ("<html><title>Hei</title>", "not-a-feed")):
        with pytest.raises(ParseError) as refused:
            decode_answer(answer(data))
        assert refused.value.fetch_class == fetch_class
    with pytest.raises(ParseError, match="the answer is larger than 2 MiB"):
        decode_answer(answer(text + " "))


def refusal(body: object, status: int = 400, fetch_class: FetchClass = FetchClass.HTTP_4XX, **more: Any) -> FetchError:
    """A refusal with a body."""
    data = b"" if body is None else json.dumps(body).encode()
    return FetchError(fetch_class, "answered 400", "see", status=status, body=data, **more)


def test_the_body_of_a_refusal_explains_it(make: Make):
    """Its class counts unless the status is more precise; of two times the later one."""
    kind = make(failures=RULES)
    told = explain_refusal(kind, refusal({"slow": "wait 30 s"}))
    assert (told.fetch_class, told.message, told.hint, told.status) == (
        FetchClass.THROTTLED, "answered 400; Sakte: wait 30 s", "", 400,
    )  # fmt: skip
    assert told.retry_at == NOW + timedelta(seconds=30)
    later = explain_refusal(kind, refusal({"slow": "wait 30 s"}, retry_at=NOW + timedelta(hours=1)))
    assert later.retry_at == NOW + timedelta(hours=1)
    precise = explain_refusal(
        make(failures=[{"class": "not-a-feed", "path": "slow", "words": "Sakte"}]),
        refusal({"slow": 1}, status=403, fetch_class=FetchClass.BLOCKED),
    )
    assert (precise.fetch_class, precise.message, precise.hint) == (FetchClass.BLOCKED, "answered 400; Sakte", "see")
    throttled = explain_refusal(kind, refusal({"slow": 1}, status=403, fetch_class=FetchClass.BLOCKED))
    assert throttled.fetch_class == FetchClass.THROTTLED


@pytest.mark.parametrize(
    ("body", "status"),
    [(None, 400), ({"slow": 1}, 404), ({"slow": 1}, 410), ({"other": 1}, 400), ({"missing": 1}, 400)],
)
def test_a_refusal_without_an_explanation_stays_as_it_is(make: Make, body: object, status: int):
    """No body, a status that says it all, a body without a sign of failure, or with a part missing only."""
    failed = refusal(body, status)
    assert explain_refusal(make(failures=RULES), failed) is failed


def test_entries_before_the_period_are_left_out(make: Make):
    """The longer of the first period and that since the cursor; an entry without a date is read."""
    kind = make(since={"form": "iso", "first": "7d", "overlap": "2h", "filtered": True})
    times = [NOW - timedelta(days=7), NOW - timedelta(days=7, seconds=1), None]
    feed = Feed(entries=tuple(Entry(guid=str(number), published=at) for number, at in enumerate(times)), unwanted=2)
    kept = leave_out_older(kind, feed, "", NOW)
    assert ([entry.guid for entry in kept.entries], kept.unwanted) == (["0", "2"], 3)
    long_ago = (NOW - timedelta(days=7) + timedelta(hours=2) - timedelta(seconds=1)).isoformat()
    assert [entry.guid for entry in leave_out_older(kind, feed, long_ago, NOW).entries] == ["0", "1", "2"]
    assert leave_out_older(kind, feed, NOW.isoformat(), NOW) == kept
    assert leave_out_older(make(since={"form": "iso", "first": "7d"}), feed, "", NOW) is feed
    assert leave_out_older(make(), feed, "", NOW) is feed


def test_the_latest_cursor_is_a_number_or_a_time(make: Make):
    """A longer number is a larger one."""
    numbers = make(since={"form": "id"}, map=HEAD["map"] | {"mark": "id"})
    assert latest_cursor(numbers, ["99", "", "100", "20"]) == "100"
    assert latest_cursor(numbers, ["", ""]) == ""
    times = ["2026-05-06T12:00:00+02:00", "2026-05-06T11:00:00+00:00"]
    assert latest_cursor(make(since={"form": "iso"}), times) == times[1]
    data = {"items": [{"url": f"https://f.example/{one}", "title": "Å", "id": one} for one in ("99", "100", "20")]}
    feed = read(numbers, data)
    assert (feed.cursor, feed.oldest) == ("100", None)


def test_entries_are_adjusted_by_the_rules_of_their_kind(make: Make):
    """Publisher and title from templates, the name of the publisher off the title, no words of the site."""
    rules = {"publisher": "{site}", "suffix": " – ", "untitled": "/1$", "textless": True}
    kind = make(entries=rules, parameters={"site": {"about": "a site"}})
    feed = read(kind, rows("Åsgård – Fjordavisa", "Svar på Åsgård"), site="Fjordavisa")
    assert [(entry.title, entry.publisher) for entry in feed.entries] == [("Åsgård", "Fjordavisa"), ("", "Fjordavisa")]
    texts = make(
        map=HEAD["map"] | {"fields": HEAD["map"]["fields"] | {"text": "title"}}, entries={"title": "Om {title}"}
    )
    (entry,) = read(texts, rows("Åsgård")).entries
    assert (entry.title, entry.text) == ("Om Åsgård", "Åsgård")


def test_an_empty_answer_of_a_server_that_may_be_closed_is_probed(make: Make):
    """Not one with entries or a problem, and nobody with a key."""
    probe = {"url": "{site}/about", "closed": "closed", "words": "Closed: {found}"}
    site = {"about": "a site", "pattern": "site"}
    kind = make(probe=probe, parameters={"site": site, "token": {"about": "a key", "secret": True}},
                request={"url": "https://f.example/api", "headers": {"X-Key": "{token}"}})  # fmt: skip
    source = Source(url="https://f.example/api", values=(("site", "https://f.example"),), user_agent="Vakt")
    request = probe_request(kind, source, Feed())
    assert request is not None
    assert (request.url, request.pauses_host, request.user_agent) == ("https://f.example/about", True, "Vakt")
    for feed in (Feed(entries=(Entry(),)), Feed(problem="feil"), Feed(unwanted=1)):
        assert probe_request(kind, source, feed) is None
    with_key = Source(url="https://f.example/api", values=(*source.values, ("token", "${T}")))
    assert probe_request(kind, with_key, Feed()) is None
    assert closed_reason(kind, answer({"closed": "natt"})) == "Closed: natt"
    assert closed_reason(kind, answer({"closed": False})) == ""
    assert probe_request(make(), source, Feed()) is None
    assert closed_reason(make(), answer({})) == ""


def test_the_next_page_must_fit_into_the_budget_of_the_month(make: Make):
    """A full page may cost as much as is left, and no more."""
    kind = make(
        spend={"price": 0.5, "currency": "NOK", "cap": "cap"},
        parameters={"cap": {"about": "a cap", "required": True}},
        paging={"param": "page", "size": 10, "most": 3, "more": "more"},
    )
    source = Source(url="https://f.example/api", values=(("cap", "20"),))
    assert over_spend_cap(kind, source, 30) == ""
    assert over_spend_cap(kind, source, 31) == "15.50 of 20 NOK are spent this month; a page may cost 5.00"
    assert over_spend_cap(make(), source, 10_000) == ""
