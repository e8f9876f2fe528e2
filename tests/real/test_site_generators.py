"""Static sites and libraries that write feeds, as they are: Hugo, Pelican, feedgen, podgen, Django."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from tests.real.conftest import NAME
from tests.real.processes import real_python

from brandwatch import clock

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.conftest import Site
    from tests.real.conftest import Cli, Listed, Sources, Write

PYTHON = real_python()
HUGO = shutil.which("hugo")
SCRIPT = Path(__file__).parent / "scripts" / "write_feeds.py"


@dataclass(frozen=True)
class Post:
    """An entry of a site."""

    slug: str
    title: str
    text: str
    date: datetime
    is_draft: bool = False


class Generator(NamedTuple):
    """A program that writes feeds: the paths of these, and what writes all documents of a site."""

    feeds: tuple[str, ...]
    write: Callable[[Path, str, Sequence[Post]], dict[str, bytes]]
    is_here: bool


def write_with_hugo(folder: Path, base: str, posts: Sequence[Post]) -> dict[str, bytes]:
    """A site of Hugo with its default feed, of summaries."""
    content = _emptied(folder / "content")
    (folder / "config.toml").write_text(
        f'baseURL = "{base}/"\ntitle = "Fjordavisa"\ndisableKinds = ["taxonomy", "term"]\n'
    )
    for post in posts:
        # JSON between the marks of YAML is YAML.
        head = json.dumps({"title": post.title, "date": post.date.isoformat(), "draft": post.is_draft})
        (content / f"{post.slug}.md").write_text(f"---\n{head}\n---\n{post.text}\n", encoding="utf-8")
    _run([str(HUGO), "--quiet", "--destination", str(_emptied(folder / "public"))], folder)
    return _documents(folder / "public")


def write_with_pelican(folder: Path, base: str, posts: Sequence[Post]) -> dict[str, bytes]:
    """A site of Pelican with an Atom feed and an RSS feed."""
    content = _emptied(folder / "content")
    (folder / "conf.py").write_text(
        f"SITEURL = {base!r}\nSITENAME = 'Fjordavisa'\nAUTHOR = 'Kari Eksempel'\nPATH = 'content'\n"
        "TIMEZONE = 'Europe/Oslo'\nDEFAULT_LANG = 'nb'\n"
        "FEED_ALL_ATOM = 'alle.atom.xml'\nFEED_ALL_RSS = 'alle.rss.xml'\n"
    )
    for post in posts:
        status = "draft" if post.is_draft else "published"
        head = f"{post.title}\n{'#' * len(post.title)}\n\n:date: {post.date.isoformat()}\n:slug: {post.slug}\n"
        (content / f"{post.slug}.rst").write_text(f"{head}:status: {status}\n\n{post.text}\n", encoding="utf-8")
    command = [PYTHON, "-m", "pelican", "content", "-q", "-s", "conf.py", "-o", str(_emptied(folder / "output"))]
    _run(command, folder)
    return _documents(folder / "output")


def write_with(library: str) -> Callable[[Path, str, Sequence[Post]], dict[str, bytes]]:
    """What writes the feeds of a library."""

    def write(folder: Path, base: str, posts: Sequence[Post]) -> dict[str, bytes]:
        public = sorted((post for post in posts if not post.is_draft), key=lambda post: post.date, reverse=True)
        entries = [
            {"slug": post.slug, "title": post.title, "text": post.text, "date": post.date.isoformat()}
            for post in public
        ]
        wanted = json.dumps({"library": library, "base": base, "entries": entries})
        written: dict[str, str] = json.loads(_run([PYTHON, str(SCRIPT)], folder, wanted))
        return {path: body.encode() for path, body in written.items()}

    return write


GENERATORS = {
    "hugo": Generator(("/index.xml",), write_with_hugo, is_here=bool(HUGO)),
    "pelican": Generator(("/alle.atom.xml", "/alle.rss.xml"), write_with_pelican, is_here=bool(PYTHON)),
    "feedgen": Generator(("/rss.xml", "/atom.xml"), write_with("feedgen"), is_here=bool(PYTHON)),
    "podgen": Generator(("/podkast.xml",), write_with("podgen"), is_here=bool(PYTHON)),
    "django": Generator(("/rss.xml", "/atom.xml"), write_with("django"), is_here=bool(PYTHON)),
}


def _run(command: list[str], folder: Path, text: str = "") -> bytes:
    done = subprocess.run(command, input=text.encode(), cwd=folder, capture_output=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def _emptied(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _documents(folder: Path) -> dict[str, bytes]:
    return {f"/{path.relative_to(folder)}": path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(params=GENERATORS)
def publish(request: pytest.FixtureRequest, tmp_path: Path, site: Site) -> Callable[..., tuple[str, ...]]:
    """Publish the posts of a site with one of the generators; return the URLs of its feeds."""
    generator, folder = GENERATORS[request.param], tmp_path / "site"
    if not generator.is_here:
        pytest.skip(f"{request.param} is not installed")
    folder.mkdir()

    def write(*posts: Post) -> tuple[str, ...]:
        site.pages.clear()
        for path, body in generator.write(folder, site.url(""), posts).items():
            site.put(path, body)
        return tuple(map(site.url, generator.feeds))

    return write


def test_the_life_of_a_site(
    publish: Callable[..., tuple[str, ...]], cli: Cli, query: Write, mentions: Listed, sources: Sources
):
    """Posts, an edit, a draft that is published late with its old date, and a deletion: each is found once."""
    now = clock.now().replace(microsecond=0)

    def polled() -> list[tuple[str, datetime]]:
        done = cli("poll", "--force")
        assert (done.code, done.err) == (0, ""), done
        found = mentions("--since", "2000-01-01")
        return [(one["title"], datetime.fromisoformat(one["published"])) for one in found]

    first = Post("en", f"{NAME} & bær", "Om blåbær.", now - timedelta(hours=30))
    other = Post("to", "Om noe annet", f"Også {NAME} leverer strøm.", now - timedelta(hours=20))
    draft = Post("kladd", f"Et utkast om {NAME}", "Om strøm.", now - timedelta(hours=40), is_draft=True)
    query(*publish(first, draft))
    assert polled() == [(first.title, first.date)]
    publish(other, first, draft)
    expected = [(other.title, other.date), (first.title, first.date)]
    assert polled() == expected
    edited = replace(first, title=f"{NAME} & blåbær", text="Om blåbær og tyttebær.")
    publish(other, edited, draft)
    expected[1] = (edited.title, edited.date)
    assert polled() == expected
    publish(other, edited, replace(draft, is_draft=False))
    expected.append((draft.title, draft.date))
    assert polled() == expected
    publish(edited, replace(draft, is_draft=False))
    for _ in range(5):
        assert polled() == expected
    assert {(one["error"], one["gaps"]) for one in sources().values()} == {("", 0)}
