"""Revisions: what an edit of an entry overwrites, and what other sources say of a publisher's entry."""

import json
from typing import Any

from brandwatch import urls
from brandwatch.models import EntryRecord, Revision
from brandwatch.models.entry import TEXT_FIELDS
from brandwatch.privacy.minimise import NOT_STORED, cut_snippet
from brandwatch.storage import rows
from brandwatch.storage.database import Store
from brandwatch.stories.identity import normal_form
from brandwatch.stories.publishers import is_aggregator, site_of_link
from brandwatch.text import joining

MAX_REVISIONS = 10
"""The most revisions of an entry, the first and the latest: a page that is edited every minute fills no disk."""
_COLUMNS = ("url", "title", "text", "parts")
_REPLACED_FIELDS = frozenset({"title", *TEXT_FIELDS})


def is_of_publisher(source: str, url: str, publisher: str) -> bool:
    """Whether a source is the publisher's own: on the site of the link, or on the host that names the publisher."""
    if is_aggregator(source) or not url:
        return False
    return site_of_link(source) == site_of_link(url) or urls.host(source) == publisher.casefold()


def store_overwritten(store: Store, stored: dict[str, Any], find: EntryRecord, at: int) -> None:
    """Store the version of an entry that *find* replaces, unless the new one says all that it says."""
    shorten_revisions(store, stored["id"], find.max_chars)
    last = next(_revisions(store, stored["id"], "until IS NOT NULL"), None)
    if not (_has_lost_text(stored, find) or (_is_other_page(stored, find) and not (last and _are_alike(last, stored)))):
        return
    _add_revision(store, stored, stored["id"], stored["owner"], (last["until"] if last else stored["found"], at), find)


def store_version(store: Store, stored: dict[str, Any], find: EntryRecord, source: int, at: int) -> None:
    """Store what a source says of an entry of which another source's version is stored, unless that says the same."""
    version = rows.entry_row(find.entry)
    before = next(_revisions(store, stored["id"], f"until IS NULL AND source = {source:d}"), None)
    is_repeated = _are_alike(before, version) if before else _is_contained(version, stored)
    if not is_repeated:
        _add_revision(store, version, stored["id"], source, (at, None), find)


def shorten_revisions(store: Store, entry: int, max_chars: int) -> None:
    """Cut the texts of revisions to what a query allows now."""
    for revision in list(_revisions(store, entry, f"length(text) > {max_chars:d}")):
        statement = "UPDATE revision SET text = ?, parts = '' WHERE entry = ? AND number = ?"
        store.execute(statement, [cut_snippet(revision["text"], (), max_chars).text, entry, revision["number"]])


def mention_revisions(store: Store, mention: int) -> tuple[Revision, ...]:
    """Return the revisions of the entry of a mention, oldest first."""
    statement = """
        SELECT number, source.url AS source, since, until, revision.url AS url, revision.title AS title, text
        FROM revision JOIN source ON source.id = revision.source
        WHERE entry = (SELECT entry FROM mention WHERE id = ?) ORDER BY number
    """
    return tuple(
        Revision(**row | {"since": rows.moment(row["since"]), "until": rows.optional_moment(row["until"])})
        for row in store.query(statement, [mention])
    )


def detach_evidence(store: Store, entry: int, queries: list[str]) -> None:
    """Point the evidence of mentions by other queries at nothing: it is in a text that has been replaced."""
    statement = "SELECT id, evidence FROM mention WHERE entry = ? AND query NOT IN (SELECT value FROM json_each(?))"
    for mention, evidence in list(store.execute(statement, [entry, json.dumps(queries)])):
        pieces = [_detach(piece) for piece in json.loads(evidence)]
        written = json.dumps(pieces, ensure_ascii=False, separators=(",", ":"))
        store.execute("UPDATE mention SET evidence = ? WHERE id = ?", [written, mention])
        for table in ("anchor", "person_hit"):
            store.execute(f"UPDATE {table} SET start = 0, stop = 0 WHERE mention = ?", [mention])


def _detach(piece: list[Any]) -> list[Any]:
    term, field, _, _, rule, *rest = piece
    kind, note = rest or ["anchor", ""]
    if field not in _REPLACED_FIELDS or NOT_STORED in note:
        return piece
    return [term, field, 0, 0, rule, kind, f"{note}; {NOT_STORED}" if note else NOT_STORED]


def _add_revision(
    store: Store, version: dict[str, Any], entry: int, source: int, period: tuple[int, int | None], find: EntryRecord
) -> None:
    row = {name: version[name] for name in _COLUMNS}
    if len(row["text"]) > find.max_chars:
        row |= {"text": cut_snippet(row["text"], (), find.max_chars).text, "parts": ""}
    number = store.value("SELECT coalesce(max(number), 0) + 1 FROM revision WHERE entry = ?", [entry])
    row |= {"entry": entry, "number": number, "source": source, "since": period[0], "until": period[1]}
    store.execute(rows.insertion("revision", tuple(row)), row)
    store.execute(
        "DELETE FROM revision WHERE entry = ? AND number > 1 AND number <= ?", [entry, number - MAX_REVISIONS + 1]
    )


def _revisions(store: Store, entry: int, condition: str) -> Any:  # noqa: ANN401 (rows)
    return store.query(f"SELECT * FROM revision WHERE entry = ? AND {condition} ORDER BY number DESC", [entry])


def has_other_text(stored: dict[str, Any], find: EntryRecord) -> bool:
    """Whether *find* has another title or text than the stored version; case and white space are no difference."""
    if stored["title_text"] and find.content[0]:
        return bool(stored["title_text"] != find.content[0])
    if normal_form(stored["title"]) != normal_form(find.entry.title):
        return True
    return not stored["whole"] and normal_form(stored["text"]) != normal_form(find.entry.text)


def _has_lost_text(stored: dict[str, Any], find: EntryRecord) -> bool:
    """Whether title or text of a stored version are lost with it; case and white space are not."""
    if normal_form(stored["title"]) != normal_form(find.entry.title):
        return True
    # Of the same text another passage may be stored now.
    is_same = stored["title_text"] is not None and stored["title_text"] == find.content[0]
    return not is_same and _passage(stored["text"]) not in normal_form((find.whole or find.entry).text)


def _is_contained(version: dict[str, Any], stored: dict[str, Any]) -> bool:
    has_same_title = normal_form(version["title"]) == normal_form(stored["title"])
    return has_same_title and _passage(version["text"]) in normal_form(stored["text"])


def _is_other_page(stored: dict[str, Any], find: EntryRecord) -> bool:
    """Whether the link leads to another page; a parameter may be new in every answer."""
    one, other = urls.canonical(stored["url"]), urls.canonical(find.entry.url)
    return bool(one) and one.partition("?")[0] != other.partition("?")[0]


def _are_alike(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return all(normal_form(one[name]) == normal_form(other[name]) for name in ("title", "text"))


def _passage(text: str) -> str:
    return normal_form(joining.without_passage_marks(text))
