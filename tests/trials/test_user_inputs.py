"""Whatever is done to a file or an expression of the user, it is read or refused with a place.

Two ways to read it that should agree do agree: other encodings and line ends, with the index and without it.
"""

from __future__ import annotations

import io
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from openpyxl import Workbook
from tests.trials.fuzzing import INPUTS, SEED, assert_rules_hold, inputs, is_plain_utf8, mutations

from brandwatch.errors import ParseError, UsageError
from brandwatch.feeds.opml import read_opml
from brandwatch.models import Entry
from brandwatch.pipeline.loading import load_query_file
from brandwatch.query_language import EntryView, ExpressionError, compile_expression
from brandwatch.reports.spreadsheets import read_lines
from brandwatch.storage.migrations import apply_migrations
from brandwatch.storage.search import IndexUse, prefilter_condition, search_condition, search_matches

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from brandwatch.config.query import Query
    from brandwatch.query_language import Expression


def check_opml(body: bytes) -> None:
    """A list has the same feeds with other line ends and in another encoding."""
    try:
        outlines = [(line.url, bool(line.problem)) for line in read_opml(body)]
    except ParseError:
        return
    if not is_plain_utf8(body) or b"\r" in body or b"\0" in body:
        return
    for form in (body.replace(b"\n", b"\r\n"), b"\xef\xbb\xbf" + body, body.decode().encode("utf-16")):
        assert [(line.url, bool(line.problem)) for line in read_opml(form)] == outlines, form[:20]


def test_a_mutated_list_of_feeds_is_read_or_refused():
    """An OPML file is read or refused, and its line ends and its encoding do not matter."""
    assert_rules_hold(check_opml, inputs("opml"))


def rows_of(data: bytes) -> list[list[str]] | None:
    """The rows of a table, `None` for one that is refused."""
    try:
        return [line.cells for line in read_lines(data, "ark")]
    except UsageError:
        return None


def check_sheet(data: bytes) -> None:
    """A table has the same rows in another encoding and as a workbook."""
    rows = rows_of(data)
    if not rows or not is_plain_utf8(data) or "\0" in data.decode():
        return
    assert rows_of(b"\xef\xbb\xbf" + data) == rows
    assert rows_of(data.decode().encode("utf-16")) == rows


def workbook(rows: list[list[str]]) -> bytes:
    """A workbook with these rows."""
    book, raw = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)  # type: ignore[union-attr]
    book.save(raw)
    return raw.getvalue()


def test_a_mutated_table_is_read_or_refused():
    """A table is read or refused, and its encoding does not matter."""
    assert_rules_hold(check_sheet, inputs("sheets"))


def test_a_workbook_has_the_rows_that_were_written():
    """A workbook has the rows that were written; a damaged one is read or refused."""
    rows = [["id", "status", "note"], ["7", "relevant", "Ring Åse; «takk»"], ["8", "done", ""]]
    data = workbook(rows)
    assert rows_of(data) == rows
    # The table of parts is at the end of the archive: damage there is what a broken download has.
    assert_rules_hold(rows_of, mutations([data, data[-400:], data[:-30]], INPUTS, f"{SEED} workbooks"))


def test_a_mutated_query_file_is_a_query_or_has_faults(tmp_path: Path):
    """A query file is a query or has faults at places in it; its line ends and a last comment do not matter."""
    path = tmp_path / "acme.yaml"

    def load(data: bytes) -> Query | None:
        path.write_bytes(data)
        file = load_query_file(path)
        assert (file.query is None) == any(fault.is_error for fault in file.faults)
        # A line ends with any of the line breaks of YAML.
        assert all(1 <= fault.position.line <= len(data) + 1 for fault in file.faults)
        return file.query and file.query.model_copy(update={"version": ""})

    def check(data: bytes) -> None:
        query = load(data)
        # In a block (`|`, `>`) a line is text.
        if query and is_plain_utf8(data) and data.endswith(b"\n") and not set(b"\r|>").intersection(data):
            assert load(data + b"# slutt\n") == query
            assert load(data.replace(b"\n", b"\r\n")) == query

    assert_rules_hold(check, inputs("queries"))


TEXTS = [
    ("DNB øker renten", "Blåbær Gården AS og storbanken sier at strøm og pris går opp i dag."),
    ("Åsgård: sport", "Fotball i Start, c++ og AT&T; O’Reilly skriver."),
    ("Kraft i verk", "kraft og verk, pris opp, ned og opp igjen 🔥"),
    ("", "nettet"),
]


@pytest.fixture
def index() -> Iterator[sqlite3.Connection]:
    """The texts in a full-text index, as the database has it."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        apply_migrations(connection)
        connection.create_function("search_matches", 3, search_matches, deterministic=True)
        connection.execute(
            "INSERT INTO source (id, url, kind, title, rights, language, etag, last_modified, body_hash, queries_hash,"
            " error, moved_to, entries, failures)"
            " VALUES (1, 'https://a.example/rss', 'feed', '', '', '', '', '', x'', x'', '', '', 1, 0)"
        )
        connection.executemany(
            "INSERT INTO entry (guid, link, owner, url, title, text, author, publisher, language, comment_feed, found)"
            " VALUES ('', '', 1, 'https://a.example/', ?, ?, '', '', 'nb', '', 1)",
            TEXTS,
        )
        yield connection


def compiled_or_none(text: str) -> Expression | None:
    """A compiled expression, `None` for one with an error, which has a place in it."""
    try:
        return compile_expression(text, allow_only_exclusions=True)
    except ExpressionError as error:
        if not 0 <= error.position <= len(text):
            raise
        return None


def test_a_mutated_expression_compiles_or_has_an_error(index: sqlite3.Connection):
    """An expression compiles or has an error with a place; the index never leaves out an entry that matches."""

    def check(data: bytes) -> None:
        for line in data.decode("utf-8", "replace").splitlines():
            compiled = compiled_or_none(line)
            if compiled is None:
                continue
            condition, parameters = prefilter_condition(compiled.prefilter())
            statement = f"SELECT id FROM entry WHERE {condition}"  # noqa: S608 (ours)
            candidates = {number for (number,) in index.execute(statement, parameters)}
            for number, (title, text) in enumerate(TEXTS, 1):
                view = EntryView.of(Entry(title=title, text=text, language="nb", url="https://a.example/"))
                assert not compiled.matches(view) or number in candidates, (line, number)

    assert_rules_hold(check, inputs("expressions"))


def test_a_search_finds_the_same_with_and_without_the_index(index: sqlite3.Connection):
    """A search finds the same entries by the index, entry by entry, and without it."""

    def check(data: bytes) -> None:
        for line in data.decode("utf-8", "replace").replace("\0", "").splitlines():
            expected = {n for n, (title, text) in enumerate(TEXTS, 1) if search_matches(title, text, line)}
            for use in IndexUse:
                condition, parameters = search_condition(line, use)
                if condition:
                    statement = f"SELECT id FROM entry WHERE {condition}"  # noqa: S608 (ours)
                    assert {number for (number,) in index.execute(statement, parameters)} == expected, (line, use)

    assert_rules_hold(check, inputs("expressions"))
