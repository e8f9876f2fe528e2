from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from datetime import date, timedelta
from html.parser import HTMLParser

import pytest
from tests.reports.samples import HOSTILE, MENTION, NOON, story_form, titled, written

from brandwatch.models import Coverage, Gap, Health, Mention, Response, SourceCondition, Story, Subject, Voice
from brandwatch.reports.charts import Aggregates, chart_bars

ASKING = {"src", "srcset", "data", "poster", "action", "formaction", "background", "cite", "manifest", "style", "ping"}
LOADING = {"link", "img", "iframe", "object", "embed", "audio", "video", "source", "base", "form", "image", "use"}


class Page(HTMLParser):
    """The elements of a page with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect an element and its attributes."""
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def policy(self) -> str:
        """The content security policy of the page."""
        return next(value for tag, name, value in self.attributes if tag == "meta" and "default-src" in value)


def mention_by_voice(voice: Voice, days: int = 0, query: str = "fjordkraft", comments: int | None = None) -> Mention:
    """Build a mention by a voice, some days before the others."""
    entry = replace(MENTION.entry, published=NOON - timedelta(days=days), response=Response(comments=comments))
    return replace(MENTION, entry=entry, voice=voice, query=query)


def test_the_policy_allows_only_the_page_itself():
    """Style and script are allowed by their hashes; every other load is refused, also from the style."""
    text = written("html", MENTION)
    page = Page(text)
    for tag in ("style", "script"):
        (content,) = re.findall(f"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in page.policy()
    assert page.policy().startswith("default-src 'none'; ")
    assert "unsafe" not in page.policy()
    assert page.tags.index("meta") < page.tags.index("style")


@pytest.mark.parametrize("title", [*HOSTILE, "</script><img src=//ond.example>", "</style><base href=//ond.example>"])
def test_the_page_loads_nothing(title: str):
    """No element and no attribute loads anything, whatever the titles; links wait for a click and send no referrer."""
    text = written("html", titled(title), group="publisher")
    page = Page(text)
    assert LOADING.isdisjoint(page.tags)
    assert ASKING.isdisjoint(name for _, name, _ in page.attributes)
    assert [name for _, name, _ in page.attributes if name.startswith("on")] == []
    assert {value for _, name, value in page.attributes if name == "href"} == {MENTION.entry.url}
    assert page.tags.count("script") == page.tags.count("style") == 1
    assert re.search(r"<style>[^<]*(url\(|@import)", text) is None
    assert ("meta", "content", "no-referrer") in page.attributes


def test_a_row_shows_its_evidence():
    """The names are marked in the title and in the words around the first hit in the text."""
    text = "Først mye annet. " * 20 + "Så sier Fjordkraft Åsgård at prisen skal ned. " + "Til slutt mye annet. " * 20
    start = text.index("Fjordkraft")
    piece = replace(MENTION.evidence[0], field="text", start=start, end=start + 17)
    row = written(
        "html",
        replace(
            MENTION, entry=replace(MENTION.entry, text=text), evidence=(*MENTION.evidence, piece), suppressed="x: y"
        ),
    )
    assert f'<a href="{MENTION.entry.url.replace("&", "&amp;")}"' in row
    assert "<mark>Fjordkraft Åsgård</mark> åpner 😀" in row
    assert re.search(r"Fjordavisa · …[^…]*Så sier <mark>Fjordkraft Åsgård</mark> at prisen[^…]*…</p>", row)
    assert '<p class="hidden">x: y</p>' in row


def test_unknown_is_not_zero():
    """An unknown response is written as unknown; its row has no number."""
    page = written(
        "html",
        mention_by_voice(Voice.PUBLIC, comments=4),
        mention_by_voice(Voice.PUBLIC),
        mention_by_voice(Voice.PUBLIC, comments=0),
    )
    assert "<b>4</b><span>responses; unknown for 1 of 3</span>" in page
    assert re.findall(r'<td class="number">(\d*)</td>', page) == ["4", "", "0"]
    assert "<b>–</b><span>responses; unknown for 1 of 1</span>" in written("html", mention_by_voice(Voice.PUBLIC))


def test_charts_have_text_alternatives():
    """Each bar states its day and voices in words, and each share its number."""
    mentions = [
        mention_by_voice(Voice.PUBLIC),
        mention_by_voice(Voice.OWNED),
        mention_by_voice(Voice.PUBLIC, 2, "acme"),
    ]
    page = written("html", *mentions, since=NOON - timedelta(days=3))
    assert "<title>2026-05-04: 1 public, 1 owned</title>" in page
    assert 'aria-label="Mentions per day: 1 owned, 2 public"' in page
    assert "<span>fjordkraft</span><span>67% of mentions</span>" in page
    assert "2026-05-01 to 2026-05-04" in page


def build_story(days: int = 0, **fields: object) -> Story:
    """Build a story with a start some days before noon."""
    began = NOON - timedelta(days=days)
    facts = {"id": 3, "lead": MENTION, "first_seen": NOON, "earliest": began, "latest": NOON, "mentions": 4}
    facts |= {"entries": 4, "publishers": 3, "response": None, "heat_key": NOON.timestamp() / 86_400 + 2.5}
    return Story(**(facts | fields))  # type: ignore[arg-type]


def test_top_stories_link_to_their_first_entry():
    """The hottest stories of the page with their spread; unknown values are written as unknown."""
    asked: list[dict[int, int]] = []

    def stories(counts: dict[int, int]) -> list[Story]:
        asked.append(dict(counts))
        return [build_story()]

    page = written("html", *(replace(MENTION, story=number) for number in (3, 3, 4)), stories=stories)
    assert asked == [{3: 2, 4: 1}]
    assert '<li><b class="heat">2.5</b><div lang="nb"><a href="https://avis.example/sak/1?a=1&amp;b=2"' in page
    assert "Fjordavisa · 2026-05-04 12:00 · 3 publishers · response unknown" in page
    assert "<b>2</b><span>stories</span>" in page
    assert "Top stories" not in written("html", MENTION, stories=stories)


def test_response_by_day():
    """Response of the mentions of a day, by its type; no chart if none is known."""
    answered = replace(MENTION.entry, response=Response(comments=2, replies=1, likes=5))
    page = written("html", replace(MENTION, entry=answered))
    assert 'aria-label="Response per day: 5 likes, 3 comments"' in page
    assert "Response per" not in written("html", mention_by_voice(Voice.PUBLIC, comments=0))


def test_share_of_voice_counts_stories_and_response():
    """Copies of one text count once; n is stated."""
    ours = [replace(mention_by_voice(Voice.PUBLIC, comments=1), story=number) for number in (1, 1, 1, 2)]
    theirs = replace(mention_by_voice(Voice.PUBLIC, query="acme", comments=12), story=1)
    page = written("html", *ours, theirs)
    assert "Share of voice <small>n = 3 stories, 5 mentions</small>" in page
    assert "<span>fjordkraft</span><span>67% of stories · 25% of response</span>" in page
    assert "<span>acme</span><span>33% of stories · 75% of response</span>" in page


def test_the_headline_figures():
    """Entries beside mentions only where they are fewer; stories, publishers and earned media where there are any."""
    one = mention_by_voice(Voice.PUBLIC)
    page = written("html", one, mention_by_voice(Voice.OWNED))
    assert "<span>entries</span>" not in page
    assert "<b>2</b><span>mentions</span>" in page
    assert "<span>stories</span>" not in page
    assert "<b>1</b><span>publisher</span>" in page
    assert "<b>50%</b><span>earned media</span>" in page
    both = written("html", replace(one, entry_id=7, story=1), replace(one, entry_id=7, query="acme", story=1))
    assert "<b>1</b><span>entries</span>" in both
    assert "<b>2</b><span>mentions</span>" in both
    assert "<b>1</b><span>stories</span>" in both
    assert "earned media" not in written("html")


@pytest.mark.parametrize(
    ("comments", "story", "has_legend"), [(3, 1, True), (3, None, False), (None, 1, False), (None, None, False)]
)
def test_shares_of_two_kinds_have_a_legend(comments: int | None, story: int | None, *, has_legend: bool):
    """Of stories and of response; where one is unknown the bars are of one kind."""
    mentions = [
        replace(mention_by_voice(Voice.PUBLIC, comments=comments, query=query), story=story)
        for query in ("acme", "fjordkraft")
    ]
    page = written("html", *mentions)
    assert "Share of voice" in page
    card = page.partition("Share of voice")[2].partition("</section>")[0]
    assert bool(re.search(r">\s*response\s*<", card)) is has_legend


def test_a_page_of_stories():
    """One row per story with its numbers; it loads nothing either, and an empty page has its coverage."""
    text = story_form("html", build_story(), build_story(1, id=4, response=7, lead=titled(HOSTILE[3])))
    page = Page(text)
    assert LOADING.isdisjoint(page.tags)
    assert ASKING.isdisjoint(name for _, name, _ in page.attributes)
    assert "<b>2</b><span>stories</span>" in text
    assert "responses; unknown for 1 of 2" in text
    assert re.findall(r'<td class="number" data-unit="(\w+)">([\d.]*)</td>', text)[:4] == [
        ("publishers", "3"), ("mentions", "4"), ("responses", ""), ("heat", "2.5"),
    ]  # fmt: skip
    assert 'aria-label="New stories per day: 2 public"' in text
    assert "No stories." in story_form("html")


def test_an_empty_report_states_its_coverage():
    """An empty report says so, with its coverage."""
    page = written("html")
    assert "No mentions." in page
    assert "1 of 2 sources seen" in page
    assert "1 failed: https://b.example/ (dns)" in page
    assert "<table>" not in page


def test_the_coverage_bar_names_what_is_silent():
    """A frozen source was seen, and it is not among the ones that are well."""
    frozen = SourceCondition(health=Health.FROZEN, since=NOON)
    page = written("html", MENTION, coverage=Coverage(expected=2, seen=2, conditions=(("https://a.example/", frozen),)))
    assert 'aria-label="1 sources seen, 1 frozen, empty, shrunk or replaced, 0 failed, 0 not seen"' in page
    assert "<b>1</b><span>publisher</span>" in page


def test_coverage_is_complete():
    """Failures and gaps stand beside the bar and at the end of the page."""
    gap = Gap(source="https://a.example/", start=NOON, end=NOON + timedelta(hours=2), reason="full")
    page = written(
        "html", MENTION, coverage=Coverage(expected=3, seen=1, gaps=(gap,), failures=(("https://b.x", "dns"),))
    )
    assert 'aria-label="1 sources seen, 1 failed, 1 not seen"' in page
    assert page.count("1 gaps: entries missed, last at https://a.example/ (2026-05-04 12:00 to 2026-05-04 14:00)") == 2


@pytest.mark.parametrize(
    ("days", "span", "count"),
    [((0,), "day", 1), ((0, 60), "day", 61), ((0, 400), "week", 59), ((0, 2000), "month", 67), ((0, 9000), "year", 26)],
)
def test_the_number_of_bars_is_limited(days: tuple[int, ...], span: str, count: int):
    """Longer periods have wider bars; every mention is in one, and empty spans have theirs."""
    figures = Aggregates()
    list(figures.count_all(mention_by_voice(Voice.PUBLIC, number) for number in days))
    name, drawn = chart_bars(figures.days, figures.days, None, NOON.date())
    assert (name, len(drawn)) == (span, count)
    assert sum(bar.parts.total() for bar in drawn) == len(days)
    assert [bar.start for bar in drawn] == sorted(bar.start for bar in drawn)


def test_the_chart_covers_the_requested_period():
    """Empty days before the first mention are drawn, but not decades of them."""
    figures = Aggregates()
    list(figures.count_all([MENTION]))
    assert len(chart_bars(figures.days, figures.days, date(2026, 5, 1), NOON.date())[1]) == 4
    assert len(chart_bars(figures.days, figures.days, date(2000, 1, 1), NOON.date())[1]) == 1


def test_subjects_and_voices_have_labels():
    """Colour is never the only distinction."""
    page = written("html", replace(MENTION, voice=Voice.STAFF, subject=Subject.STAFF))
    assert '<td class="voice staff">staff</td><td>staff</td>' in page


def test_a_served_page_has_navigation():
    """The served page has links and a description at its top; a mailed one has neither."""
    page = written("html", MENTION, places={"Blåbær & mer": "/sider?a=1&b=2"}, note="De nyeste <2>")
    assert '<nav><a href="/sider?a=1&amp;b=2">Blåbær &amp; mer</a></nav>' in page
    assert '<p class="quiet note">De nyeste &lt;2&gt;</p>' in page
    assert "<nav>" not in written("html", MENTION)


@pytest.mark.parametrize(("rows", "is_listed"), [(2, False), (3, True), (None, True)])
def test_the_figures_count_what_the_table_does_not_list(rows: int | None, is_listed: bool):
    """A page with a limit of rows lists the first, counts all, and says how many more there are."""
    page = written("html", *(replace(MENTION, id=at, entry_id=at) for at in range(3)), page_rows=rows)
    assert page.count('<td class="when"') == (3 if is_listed else 2)
    assert "<b>3</b><span>mentions</span>" in page
    assert ("1 more are counted above" in page) is not is_listed
