"""Requests of data subjects: print what is stored of a person or a page, or erase it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from brandwatch import clock
from brandwatch.cli import console, options
from brandwatch.config.settings import Settings
from brandwatch.errors import Exit, StoreError, UsageError
from brandwatch.text import local_minute, plural, titles
from brandwatch.text.sanitise import shown_path

if TYPE_CHECKING:
    from brandwatch.models import Erasure, PersonalDataRow, SubjectRequest
    from brandwatch.storage.privacy_search import ScannedFile


EPILOGS = {
    "search": """[bold]Examples[/bold]

brandwatch privacy search "Kari Nordmann"

brandwatch privacy search @kari@mastodon.example

brandwatch privacy search https://blaabaer.example/sak/1
""",
    "forget": """[bold]Examples[/bold]

brandwatch privacy forget --name "Kari Nordmann"                     what would be erased

brandwatch privacy forget --name "Kari Nordmann" --author @kari@mastodon.example --yes

brandwatch privacy forget --url https://blaabaer.example/sak/1 --yes --exports ~/reports

Entries are erased whole. Exit 4 if a file still holds what was to be erased; files in --exports are read and never
changed.
""",
}

_Names = Annotated[list[str] | None, typer.Option("--name", metavar="NAME", help="A person's name, wherever it is.")]
_Authors = Annotated[list[str] | None, typer.Option("--author", metavar="AUTHOR", help="An author: name or account.")]
_Urls = Annotated[list[str] | None, typer.Option("--url", metavar="URL", help="A page, however its link is written.")]
_Texts = Annotated[list[str] | None, typer.Option("--text", metavar="TEXT", help="Words that follow each other.")]


def search(
    context: typer.Context,
    names: Annotated[list[str], typer.Argument(metavar="NAME…", help="A name, an account or a web address.")],
) -> None:
    """Print every row that holds a name, an account or a web address, as JSON, and the copies that hold it."""
    from brandwatch.privacy.subject_search import subject_request
    from brandwatch.reports.json import utc
    from brandwatch.storage import open_store, privacy_search

    settings = options.settings_of(context)
    links = [name for name in names if name.startswith(("http://", "https://"))]
    request = subject_request(names=[name for name in names if name not in links], urls=links)
    copies = privacy_search.copies_holding(settings.db, request)
    with open_store(settings.db, create=False) as store:
        rows = map(_row_as_data, privacy_search.personal_data_rows(store, request))
        console.write_json_rows({"generated": utc(clock.now())}, rows, {"files": list(map(str, copies))})


def forget(
    context: typer.Context,
    *,
    names: _Names = None,
    authors: _Authors = None,
    urls: _Urls = None,
    texts: _Texts = None,
    yes: Annotated[bool, typer.Option("--yes", help="Erase; without it, only show what would be erased.")] = False,
    exports: Annotated[
        list[Path] | None, typer.Option("--exports", metavar="PATH", help="Search these files and folders too.")
    ] = None,
    form: options.TextOrJson = "text",
) -> None:
    """Erase a person or a page from the database, its log and its copies, and keep it from coming back."""
    from brandwatch.privacy.subject_search import subject_request

    as_json = options.is_json(form)
    settings = options.settings_of(context)
    request = subject_request(names or (), authors or (), urls or (), texts or ())
    _refuse_watched(settings, request)
    if yes:
        _forget(settings, request, exports or [], as_json=as_json)
    else:
        _show(settings, request, as_json=as_json)


def _row_as_data(row: PersonalDataRow) -> dict[str, Any]:
    """Return a row as JSON has it: its table, the columns that hold the request, its owner, and all its values."""
    return {
        "table": row.table,
        "columns": list(row.columns),
        "belongs_to": row.owner or None,
        "row": {name: value.hex() if isinstance(value, bytes) else value for name, value in row.row.items()},
    }


def _refuse_watched(settings: Settings, request: SubjectRequest) -> None:
    """Raise UsageError for a term that a query looks for; name the query files that hold the request elsewhere."""
    from brandwatch.config.settings import query_paths
    from brandwatch.pipeline.loading import load_queries
    from brandwatch.privacy.erasure import suppressed_terms
    from brandwatch.privacy.subject_search import SubjectFinder

    finder = SubjectFinder(request)
    try:
        queries, paths = load_queries(settings.queries).queries, query_paths(settings.queries)
    except UsageError:
        return
    for term in suppressed_terms(queries, finder):
        raise UsageError(f"this matches {term}, which would find nothing any more", "remove it from the query first")
    for path in paths:
        try:
            text = path.read_text(encoding="utf-8", errors="replace")
        except OSError as error:
            console.echo_error(f"{shown_path(path)} cannot be read, and may hold it: {error.strerror}")
            continue
        if finder.holds("", text):
            console.echo_error(f"{path} holds it too: edit that file yourself, since query files are never changed")


def _show(settings: Settings, request: SubjectRequest, *, as_json: bool) -> None:
    """Print what would be erased."""
    from brandwatch.storage import open_store, privacy_search

    copies = privacy_search.copies_holding(settings.db, request)
    with open_store(settings.db, create=False) as store:
        rows = privacy_search.personal_data_rows(store, request)
        if as_json:
            listed = (_row_as_data(row) | {"blanked": row.is_blanked} for row in rows)
            console.write_json_rows({}, listed, {"files": list(map(str, copies))})
        else:
            with console.open_output(None) as stream:
                stream.writelines(f"{line}\n" for line in _plan_lines(rows, copies))
    console.echo_error("nothing was erased: add --yes to erase it")


def _plan_lines(rows: Iterable[PersonalDataRow], copies: Sequence[Path]) -> Iterator[str]:
    """Yield the plan: entries by title, columns to blank, other rows by table, copies by name."""
    counts: Counter[str] = Counter()
    is_empty = not copies
    for row in rows:
        is_empty = False
        if row.table == "entry":
            title = titles.shown_title(row.row["title"], row.row["text"])
            yield f"erase      entry {row.row['id']}: {title}"
        elif row.is_blanked:
            yield f"blank      {', '.join(row.columns)} in a row of {row.table}"
        else:
            counts[row.table] += 1
    yield from (f"erase      {plural(count, 'row')} of {table}" for table, count in sorted(counts.items()))
    yield from (f"delete     {shown_path(path.name)}" for path in copies)
    if is_empty:
        yield "no stored row or file holds it"


def _forget(settings: Settings, request: SubjectRequest, exports: Sequence[Path], *, as_json: bool) -> None:
    """Erase, scan every file, and print the receipt; exit 4 if a file still holds text of the person."""
    from brandwatch.privacy.subject_search import SubjectFinder
    from brandwatch.storage import key_use, open_store, poll_lock, privacy_erasure, privacy_search, restored_copy

    trouble: StoreError | None = None
    with poll_lock(settings.db):
        with open_store(settings.db, create=False) as store:
            now = clock.now()
            restored = restored_copy.catch_up(store, now, continues=False)
            made = key_use.adopt_key_file(store, now) if store.uses_own_key else None
            erasure = privacy_erasure.erase(store, request, now)
            # At once: what is erased must be known if an older copy is put back.
            key_use.update_key_file(store)
            copies = privacy_search.copies_holding(settings.db, request)
            privacy_search.delete_copies(copies)
            try:
                privacy_erasure.compact(store, SubjectFinder(request))
            except StoreError as error:
                # The rows are gone, so that the receipt is due; the log may still hold them.
                trouble = error
        paths = [*privacy_search.database_files(settings.db), *exports]
        files = list(privacy_search.scan_files(paths, request))
    if as_json:
        console.write_json(_receipt_as_data(erasure, files, copies))
    else:
        console.write_text(_receipt(erasure, files, copies))
        if made:
            console.write_text(
                f"  key file    {shown_path(made)}, new: it keeps these hashes; store it on another disk"
            )
    if restored:
        console.echo_error(restored)
    holding = [file for file in files if file.places]
    for file in holding:
        console.echo_error(f"{shown_path(file.path)} still holds it, at {plural(file.places, 'place')}")
    if trouble:
        raise trouble
    if holding:
        raise typer.Exit(Exit.DATABASE)


def _receipt(erasure: Erasure, files: Sequence[ScannedFile], copies: Sequence[Path]) -> str:
    holding = sum(bool(file.places) for file in files) or "none"
    size = sum(file.size for file in files)
    lines = (
        f"receipt {erasure.receipt}, {local_minute(erasure.at)}",
        f"  erased      {_row_counts(erasure.erased)}",
        f"  blanked     {_row_counts(erasure.blanked)}",
        f"  deleted     {', '.join(shown_path(copy.name) for copy in copies) or 'no copy'}",
        f"  scanned     {plural(len(files), 'file')}, {size} bytes; still holding it: {holding}",
        "  keyed hashes keep it from being stored again",
    )
    return "\n".join(lines)


def _row_counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {table}" for table, count in sorted(counts.items())) or "nothing"


def _receipt_as_data(erasure: Erasure, files: Sequence[ScannedFile], copies: Sequence[Path]) -> dict[str, Any]:
    from brandwatch.reports.json import utc

    return {
        "receipt": erasure.receipt,
        "at": utc(erasure.at),
        "erased": dict(erasure.erased),
        "blanked": dict(erasure.blanked),
        "copies_deleted": len(copies),
        "deleted_files": list(map(str, copies)),
        "files": len(files),
        "bytes": sum(file.size for file in files),
        "files_that_still_hold_it": sum(bool(file.places) for file in files),
    }
