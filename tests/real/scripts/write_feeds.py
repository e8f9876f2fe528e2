"""Write the feeds of a site with a library: feedgen, podgen or Django's syndication framework.

Run with the Python of these libraries, not with that of the tests. Standard input is JSON: the library, the address
of the site, and its entries. Standard output is JSON: a document by its path.
"""

# mypy: ignore-errors
# ruff: noqa: PLC0415 (each library is imported where it is used; ours does not have them)
import json
import sys
from datetime import datetime


def with_feedgen(base: str, entries: list[dict[str, str]]) -> dict[str, str]:
    """RSS and Atom of feedgen."""
    from feedgen.feed import FeedGenerator

    feed = FeedGenerator()
    feed.id(f"{base}/")
    feed.title("Fjordavisa")
    feed.description("Nytt fra fjorden")
    feed.link(href=f"{base}/")
    for entry in entries:
        item = feed.add_entry()
        item.id(f"{base}/{entry['slug']}")
        item.title(entry["title"])
        item.link(href=f"{base}/{entry['slug']}")
        item.published(entry["date"])
        item.updated(entry["date"])
        item.content(f"<p>{entry['text']}</p>", type="CDATA")
    return {"/rss.xml": feed.rss_str().decode(), "/atom.xml": feed.atom_str().decode()}


def with_podgen(base: str, entries: list[dict[str, str]]) -> dict[str, str]:
    """A podcast, whose episodes have a sound file and no page."""
    from podgen import Media, Podcast

    podcast = Podcast(name="Fjordpodden", description="Nytt fra fjorden", website=f"{base}/", explicit=False)
    for entry in entries:
        episode = podcast.add_episode()
        episode.id = f"episode-{entry['slug']}"
        episode.title = entry["title"]
        episode.long_summary = f"<p>{entry['text']}</p>"
        episode.publication_date = datetime.fromisoformat(entry["date"])
        episode.media = Media(f"{base}/{entry['slug']}.mp3", 1000, "audio/mpeg")
    return {"/podkast.xml": podcast.rss_str()}


def with_django(base: str, entries: list[dict[str, str]]) -> dict[str, str]:
    """RSS and Atom of Django's syndication framework."""
    import django
    from django.conf import settings

    host = base.partition("//")[2]
    settings.configure(ALLOWED_HOSTS=["*"], USE_TZ=True, LANGUAGE_CODE="nb", ROOT_URLCONF=__name__)
    django.setup()
    from django.contrib.syndication.views import Feed
    from django.test import RequestFactory
    from django.utils.feedgenerator import Atom1Feed

    class Nyheter(Feed):
        title = "Fjordavisa"
        link = "/"
        description = "Nytt fra fjorden"

        def items(self):
            return entries

        def item_title(self, item):
            return item["title"]

        def item_description(self, item):
            return f"<p>{item['text']}</p>"

        def item_link(self, item):
            return f"/{item['slug']}"

        def item_pubdate(self, item):
            return datetime.fromisoformat(item["date"])

    class NyheterAtom(Nyheter):
        feed_type = Atom1Feed
        subtitle = Nyheter.description

    # Without the application `sites` the framework names the host of the request.
    request = RequestFactory(SERVER_NAME=host.partition(":")[0], SERVER_PORT=host.partition(":")[2]).get("/rss.xml")
    return {
        path: feed()(request).content.decode() for path, feed in (("/rss.xml", Nyheter), ("/atom.xml", NyheterAtom))
    }


urlpatterns: list[object] = []

if __name__ == "__main__":
    wanted = json.load(sys.stdin)
    writers = {"feedgen": with_feedgen, "podgen": with_podgen, "django": with_django}
    json.dump(writers[wanted["library"]](wanted["base"], wanted["entries"]), sys.stdout)
