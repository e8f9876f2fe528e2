"""Erase what is stored of somebody from the database, its log and its copies, and keep it from coming back."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from brandwatch.cli.console import echo_error, write_text
from brandwatch.cli.options import TextOrJson, is_json
from brandwatch.errors import Exit, StoreError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from brandwatch.config.settings import Settings
    from brandwatch.models import Erasure, PersonalDataRow, SubjectRequest
    from brandwatch.storage.privacy_files import ScannedFile


EPILOG = """[bold]Examples[/bold]

brandwatch privacy forget --name "Kari Nordmann"                     what would go

brandwatch privacy forget --name "Kari Nordmann" --author @kari@mastodon.example --yes

brandwatch privacy forget --url https://blaabaer.example/sak/1 --yes --exports ~/reports

Entries go whole. Exit 4 if a file still holds what was to be erased; files in --exports are looked into and never
changed.
"""

_Names = Annotated[list[str] | None, typer.Option("--name", metavar="NAME", help="A person's name, wherever it is.")]
_Authors = Annotated[
    list[str] | None, typer.Option("--author", metavar="AUTHOR", help="Who wrote: a name, an account.")
]
_Urls = Annotated[list[str] | None, typer.Option("--url", metavar="URL", help="A page, however its link is written.")]
_Texts = Annotated[list[str] | None, typer.Option("--text", metavar="TEXT", help="Words that follow each other.")]


def command(
    context: typer.Context,
    *,
    names: _Names = None,
    authors: _Authors = None,
    urls: _Urls = None,
    texts: _Texts = None,
    yes: Annotated[bool, typer.Option("--yes", help="Erase it. Without, only show what would go.")] = False,
    exports: Annotated[
        list[Path] | None, typer.Option("--exports", metavar="PATH", help="Look into these files and folders too.")
    ] = None,
    form: TextOrJson = "text",
) -> None:
    """Show what would go; with --yes erase it, look into every file, and print a receipt that names nobody."""
    from brandwatch.privacy.subject_search import subject_request

    as_json = is_json(form)
    settings: Settings = context.find_root().obj
    asked = subject_request(names or (), authors or (), urls or (), texts or ())
    _refuse_watched(settings, asked)
    if yes:
        _forget(settings, asked, exports or [], as_json=as_json)
    else:
        _show(settings, asked, as_json=as_json)


def _refuse_watched(settings: Settings, asked: SubjectRequest) -> None:
    """Refuse what a query asks for, since nothing would be found any more, and tell which files hold it."""
    from brandwatch.cli.subject_options import queries_naming, suppressed_terms
    from brandwatch.config.query_files import query_paths
    from brandwatch.pipeline.loading import load_queries
    from brandwatch.privacy.subject_search import SubjectFinder

    finder = SubjectFinder(asked)
    try:
        queries, paths = load_queries(settings.queries).queries, query_paths(settings.queries)
    except UsageError:
        return
    for what in suppressed_terms(queries, finder):
        raise UsageError(f"this is in {what}: nothing of it would be found any more", "take it out of the query first")
    for path in queries_naming(paths, finder):
        echo_error(f"{path} holds it too: take it out there, since a file that people write is theirs to change")


def _show(settings: Settings, asked: SubjectRequest, *, as_json: bool) -> None:
    """Print what would go, and change nothing."""
    import json

    from brandwatch.cli.privacy_search import rows
    from brandwatch.reports.json import JSON_VERSION
    from brandwatch.storage import open_store, privacy_files
    from brandwatch.storage.privacy_search import personal_data_rows

    with open_store(settings.db, create=False) as store:
        found = personal_data_rows(store, asked)
    files = privacy_files.copies_holding(settings.db, asked)
    if as_json:
        listed = [row | {"blanked": one.is_blanked} for row, one in zip(rows(found), found, strict=True)]
        data = {"version": JSON_VERSION, "rows": listed, "files": [str(path) for path in files]}
        write_text(json.dumps(data, ensure_ascii=False, indent=2))
    else:
        write_text("\n".join(_planned(found, files)))
    echo_error("nothing was erased; --yes does it")


def _planned(found: Sequence[PersonalDataRow], files: Sequence[Path]) -> Iterator[str]:
    """Yield what would go, for a person: entries by their titles, what is left empty, and the rest as numbers."""
    from brandwatch.text.sanitise import one_line

    for one in found:
        if one.table == "entry":
            yield f"erase      entry {one.row['id']}: {one_line(one.row['title'] or one.row['text'][:80])}"
        elif one.is_blanked:
            yield f"empty      {', '.join(one.columns)} in a row of {one.table}"
    others = Counter(one.table for one in found if one.table != "entry" and not one.is_blanked)
    yield from (f"erase      {count} of {table}" for table, count in sorted(others.items()))
    yield from (f"delete     {path.name}" for path in files)
    if not found and not files:
        yield "nothing that is stored holds it"


def _forget(settings: Settings, asked: SubjectRequest, exports: Sequence[Path], *, as_json: bool) -> None:
    """Erase, look into every file, and print the receipt; exit 4 where a file still holds it."""
    from brandwatch import clock
    from brandwatch.storage import open_store, poll_lock, privacy_files
    from brandwatch.storage.privacy_erasure import compact, erase

    trouble: StoreError | None = None
    with poll_lock(settings.db):
        with open_store(settings.db, create=False) as store:
            erasure = erase(store, asked, clock.now())
            dropped = privacy_files.copies_holding(settings.db, asked)
            privacy_files.delete_copies(dropped)
            try:
                compact(store)
            except StoreError as error:
                trouble = error
        looked = list(privacy_files.scan_files([*privacy_files.database_files(settings.db), *exports], asked))
    write_text(
        _as_json(erasure, looked, len(dropped)) if as_json else "\n".join(_receipt(erasure, looked, len(dropped)))
    )
    for one in looked:
        if one.places:
            echo_error(f"{one.path} still holds it, at {one.places} place{'s' * (one.places != 1)}")
    if trouble:
        raise trouble
    if any(one.places for one in looked):
        raise typer.Exit(Exit.DATABASE)


def _receipt(erasure: Erasure, looked: Sequence[ScannedFile], dropped: int) -> Iterator[str]:
    """Yield the receipt for a person."""
    yield f"receipt {erasure.receipt}, {erasure.at.astimezone():%Y-%m-%d %H:%M %z}"
    yield f"  erased      {_counts(erasure.erased)}"
    yield f"  left empty  {_counts(erasure.blanked)}"
    yield f"  deleted     {dropped} copies of older versions"
    left = sum(bool(one.places) for one in looked)
    yield f"  looked into {len(looked)} files, {sum(one.size for one in looked)} bytes: {left or 'none'} still holds it"
    yield "  it is known by keyed hashes and does not come back"


def _counts(rows: Mapping[str, int]) -> str:
    """Return how many rows of which tables."""
    return ", ".join(f"{count} {table}" for table, count in sorted(rows.items())) or "nothing"


def _as_json(erasure: Erasure, looked: Sequence[ScannedFile], dropped: int) -> str:
    """Return the receipt for a program."""
    import json

    from brandwatch.reports.json import JSON_VERSION, utc

    receipt = {
        "receipt": erasure.receipt,
        "at": utc(erasure.at),
        "erased": dict(erasure.erased),
        "blanked": dict(erasure.blanked),
        "copies_deleted": dropped,
        "files": len(looked),
        "bytes": sum(one.size for one in looked),
        "files_that_still_hold_it": sum(bool(one.places) for one in looked),
    }
    return json.dumps({"version": JSON_VERSION} | receipt, ensure_ascii=False, indent=2)
