"""Links to versions of pages in wikis."""

from __future__ import annotations

import pytest

from brandwatch.urls import canonical, is_version

VERSIONS = [
    ("https://w.example/index.php?title=Blåbær&diff=12&oldid=11", "https://w.example/index.php?title=Blåbær"),
    ("https://w.example/w/index.php?title=Blåbær_gård&diff=12&oldid=11", "https://w.example/wiki/Blåbær_gård"),
    ("https://no.wikipedia.org/w/index.php?title=Acme&diff=prev&oldid=7", "https://no.wikipedia.org/wiki/Acme"),
    ("https://w.example/wiki/Acme?diff=9&oldid=8", "https://w.example/wiki/Acme"),
    ("https://w.example/doku.php?id=strøm&rev=1796054710&do=diff", "https://w.example/doku.php?id=strøm"),
    ("https://w.example/wiki/strom?rev=1796054710&do=diff", "https://w.example/wiki/strom"),
    ("https://w.example/trac/wiki/Acme?version=3", "https://w.example/trac/wiki/Acme"),
    ("https://w.example/trac/wiki/Acme?action=diff&version=3&old_version=2", "https://w.example/trac/wiki/Acme"),
    ("https://w.example/projects/a/wiki/Acme/3", "https://w.example/projects/a/wiki/Acme"),
    ("https://w.example/projects/a/wiki/Acme/3/diff", "https://w.example/projects/a/wiki/Acme"),
    ("https://w.example/Acme?action=diff&rev1=2&rev2=3", "https://w.example/Acme"),
    ("https://w.example/?n=Main.Acme&action=diff#diff1796054710", "https://w.example/?n=Main.Acme"),
    ("https://w.example/bin/view/Main/Acme?viewer=changes&rev1=1.1&rev2=1.2", "https://w.example/bin/view/Main/Acme"),
]
OTHERS = [
    ("https://a.example/x?version=3", "https://a.example/x?version=4"),
    ("https://w.example/wiki/Acme?oldid=8", "https://w.example/wiki/Acme"),
    ("https://a.example/x?rev=3", "https://a.example/x"),
    ("https://w.example/doku.php?id=a&rev=1&do=diff", "https://w.example/doku.php?id=b&rev=1&do=diff"),
    ("https://w.example/index.php?diff=12", "https://w.example/index.php?diff=13"),
    ("https://w.example/projects/a/wiki/Acme/3", "https://w.example/projects/b/wiki/Acme/3"),
    ("https://a.example/wiki/2026/3", "https://a.example/wiki/2026"),
    ("https://a.example/x?do=show&id=1", "https://a.example/x?id=1"),
]


@pytest.mark.parametrize(("version", "page"), VERSIONS)
def test_the_key_of_a_version_is_that_of_its_page(version: str, page: str):
    """Recent changes link to versions; all edits of a page are one entry."""
    assert canonical(version) == canonical(page) == canonical(canonical(version))
    assert is_version(version)
    assert not is_version(page)


@pytest.mark.parametrize(("one", "other"), OTHERS)
def test_a_number_elsewhere_names_a_page(one: str, other: str):
    """The same parameters on other sites, and versions of two pages, have two keys."""
    assert canonical(one) != canonical(other)
