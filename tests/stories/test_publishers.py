from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brandwatch.stories.publishers import Published, count_publishers, is_aggregator, publisher_of_link, site_of_link


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://www.avis.example/sak/1", "avis.example"),
        ("https://sport.avis.example/sak/1", "avis.example"),
        ("https://nyheter.avis.co.uk/1", "avis.co.uk"),
        ("https://co.uk/1", "co.uk"),
        ("https://nyheter.avis.com.au/1", "avis.com.au"),
        ("https://nyheter.co.example/1", "co.example"),
        ("https://nyheter.avis.no/1", "avis.no"),
        ("https://nyheter.blogg.no/1", "nyheter.blogg.no"),
        ("https://blogg.wordpress.com/1", "blogg.wordpress.com"),
        ("https://bodø.kommune.no/1", "bodø.kommune.no"),
        ("https://xn--bod-2na.kommune.no/1", "bodø.kommune.no"),
        ("https://sport.xn--blbrposten-25an.example/1", "blåbærposten.example"),
        ("http://127.0.0.1:8000/1", "127.0.0.1"),
        ("http://[::1]:8000/1", "::1"),
        ("localhost", "localhost"),
        ("", ""),
    ],
)
def test_the_site_of_a_link(url: str, expected: str):
    """A site is a registered domain; on hosts with one name per user, each name is a site."""
    assert site_of_link(url) == expected


def test_the_publisher_of_an_entry():
    """The link decides, except for an aggregator, which names the outlet."""
    link = "https://news.google.com/rss/articles/CBMi"
    assert publisher_of_link("https://www.avis.example/1", "Avisa") == "avis.example"
    assert publisher_of_link(link, "Åsgård Avis") == "åsgårdavis"
    assert publisher_of_link("", "") == ""
    assert is_aggregator(link)
    assert not is_aggregator("https://avis.example/")


def published(url: str = "", name: str = "", *, owned: bool = False) -> Published:
    """A copy with its publisher."""
    return Published(url, name, owned)


NEWS = "https://news.google.com/rss/articles/CBMi"


@pytest.mark.parametrize(
    ("copies", "expected"),
    [
        ([published("https://a.example/1"), published("https://www.a.example/2"), published("https://b.example/1")], 2),
        ([published("https://acme.example/1", owned=True)], 0),
        ([published("https://acme.example/1", owned=True), published("https://a.example/1")], 1),
        ([published("https://a.example/1", "A"), published("https://www.msn.com/nb-no/1", "MSN")], 1),
        ([published("https://dn.example/1", "DN.no"), published(NEWS, "Dagens Næringsliv")], 1),
        ([published("https://aftenblad.example/1", ""), published(NEWS, "Stavanger Aftenblad")], 1),
        ([published("https://x.example/1", "Fjordavisa – siste nytt"), published(NEWS, "Fjordavisa")], 1),
        ([published("https://xn--blbrposten-25an.example/1"), published(NEWS, "Blåbærposten")], 1),
        ([published(NEWS, "Fjordavisa"), published(NEWS, "FJORDAVISA"), published(NEWS, "Blåbærposten")], 2),
        ([published(NEWS, "Google News"), published(NEWS, "")], 0),
        ([published("https://a.example/1", "Avisa"), published(NEWS, "Blåbærposten")], 2),
        ([published(name="Radio Åsgård")], 1),
        ([published("https://avis.example/1"), published(NEWS, "Avis Nord")], 1),
        ([published("https://fri.example/1"), published(NEWS, "Fri Nord")], 2),
        ([published("https://b.example/1", "Avisa"), published(NEWS, "Blåbærposten")], 2),
        ([], 0),
    ],
)
def test_the_number_of_publishers(copies: list[Published], expected: int):
    """Sites and outlets that only an aggregator names count; own channels and aggregators do not."""
    assert count_publishers(copies) == expected


_COPIES = st.lists(
    st.builds(
        Published,
        st.sampled_from(["https://a.example/1", "https://b.example/", NEWS, "https://msn.com/2", ""]),
        st.sampled_from(["A", "B", "MSN", "Avisa", "Blåbær Avis", ""]),
        st.booleans(),
    ),
    max_size=6,
)


@given(copies=_COPIES)
def test_spread_does_not_depend_on_order(copies: list[Published]):
    """The count is the same in any order; own channels and aggregators without names add none."""
    assert count_publishers(copies) == count_publishers(copies[::-1])
    assert count_publishers([*copies, Published("https://acme.example/", "Acme", True)]) == count_publishers(copies)  # noqa: FBT003
    assert count_publishers([*copies, Published(NEWS, "Google News", False)]) == count_publishers(copies)  # noqa: FBT003
    assert count_publishers(copies) <= len(copies)
