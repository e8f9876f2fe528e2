"""The command line: the tree of commands, and the one place where errors become words and exit codes."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from brandwatch.cli import check, demo, init, poll, report, schema, show, sources
from brandwatch.cli.screen import complain
from brandwatch.cli.settings import Settings
from brandwatch.errors import BrandwatchError, Exit, OutputError

COMMANDS = (init, check, poll, report, show, sources, schema, demo)

app = typer.Typer(
    name="brandwatch",
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # a traceback with local variables would show secrets
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)
for module in COMMANDS:
    name = module.__name__.rpartition(".")[2]
    app.command(name, help=module.__doc__, epilog=module.EPILOG)(module.command)


@app.callback(
    epilog="Start here:  brandwatch demo   (needs nothing)  ·  brandwatch init   (your own brand)",
)
def options(
    context: typer.Context,
    *,
    db: Annotated[str, typer.Option(envvar="BRANDWATCH_DB", metavar="PATH", help="The database file.")] = "",
    queries: Annotated[
        str, typer.Option(envvar="BRANDWATCH_QUERIES", metavar="DIR", help="The folder of query files.")
    ] = "",
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors.")] = False,
    verbose: Annotated[int, typer.Option("--verbose", "-v", count=True, show_default=False, help="Say more.")] = 0,
    no_color: Annotated[bool, typer.Option("--no-color", help="No colours, like NO_COLOR.")] = False,
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    """Know what is said about your brand: poll feeds, match names, keep the evidence, report to analysts."""
    if version:
        from brandwatch import __version__

        typer.echo(f"brandwatch {__version__}")
        raise typer.Exit
    if no_color:
        os.environ["NO_COLOR"] = "1"
    context.obj = Settings.discover(db=db, queries=queries, verbosity=-1 if quiet else verbose)


def run() -> None:
    """Run the command line of this process and exit with a code of `errors.Exit`."""
    try:
        app()
    except BrandwatchError as error:
        complain(error)
        _leave(error.exit_code)
    except BrokenPipeError:
        # The reader has seen enough (`| head`): nothing went wrong.
        _leave(Exit.OK)
    except OSError as error:
        if not _is_output(error):
            raise
        complain(OutputError(f"cannot write the output: {error.strerror}"))
        _leave(Exit.OUTPUT)


def _is_output(error: OSError) -> bool:
    """Say whether writing to standard output is what failed."""
    import errno

    return error.filename is None and error.errno in {errno.ENOSPC, errno.EBADF, errno.EIO}


def _leave(code: int) -> None:
    """Exit without a second complaint from the interpreter about a stream that is gone."""
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    sys.exit(code)
