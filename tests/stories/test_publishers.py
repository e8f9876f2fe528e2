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
        ("https://blogg.wordpress.com/1", "blogg.wordpress.com"),
        ("https://bodø.kommune.no/1", "bodø.kommune.no"),
        ("http://127.0.0.1:8000/1", "127.0.0.1"),
        ("http://[::1]:8000/1", "::1"),
        ("localhost", "localhost"),
        ("", ""),
    ],
)
def test_the_site_of_a_link(url: str, expected: str):
    """A site is what somebody registered; where everyone has a name below one host, each is a site."""
    assert site_of_link(url) == expected


def test_the_publisher_of_an_entry():
    """A link tells it, except that of an aggregator, which names the outlet."""
    link = "https://news.google.com/rss/articles/CBMi"
    assert publisher_of_link("https://www.avis.example/1", "Avisa") == "avis.example"
    assert publisher_of_link(link, "Åsgård Avis") == "åsgårdavis"
    assert publisher_of_link("", "") == ""
    assert is_aggregator(link)
    assert not is_aggregator("https://avis.example/")


def of(url: str = "", name: str = "", *, owned: bool = False) -> Published:
    """Return a copy."""
    return Published(url, name, owned)


NEWS = "https://news.google.com/rss/articles/CBMi"


@pytest.mark.parametrize(
    ("copies", "expected"),
    [
        ([of("https://a.example/1"), of("https://www.a.example/2"), of("https://b.example/1")], 2),
        ([of("https://acme.example/1", owned=True)], 0),
        ([of("https://acme.example/1", owned=True), of("https://a.example/1")], 1),
        ([of("https://a.example/1", "A"), of("https://www.msn.com/nb-no/1", "MSN")], 1),
        ([of("https://dn.example/1", "DN.no"), of(NEWS, "Dagens Næringsliv")], 1),
        ([of("https://aftenblad.example/1", ""), of(NEWS, "Stavanger Aftenblad")], 1),
        ([of("https://x.example/1", "Fjordavisa – siste nytt"), of(NEWS, "Fjordavisa")], 1),
        ([of(NEWS, "Fjordavisa"), of(NEWS, "FJORDAVISA"), of(NEWS, "Blåbærposten")], 2),
        ([of(NEWS, "Google News"), of(NEWS, "")], 0),
        ([of("https://a.example/1", "Avisa"), of(NEWS, "Blåbærposten")], 2),
        ([of(name="Radio Åsgård")], 1),
        ([], 0),
    ],
)
def test_how_many_carry_it(copies: list[Published], expected: int):
    """Sites count, and outlets that only an aggregator names; the brand's own channels and aggregators do not."""
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
    """Whatever came first, as many publishers carry it; an owned channel or an aggregator without names adds none."""
    assert count_publishers(copies) == count_publishers(copies[::-1])
    assert count_publishers([*copies, Published("https://acme.example/", "Acme", True)]) == count_publishers(copies)  # noqa: FBT003
    assert count_publishers([*copies, Published(NEWS, "Google News", False)]) == count_publishers(copies)  # noqa: FBT003
    assert count_publishers(copies) <= len(copies)
