"""The command line: the tree of commands, and the place where errors become messages and exit codes."""

from __future__ import annotations

import errno
import logging
import os
import sys
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from brandwatch import __version__
from brandwatch.cli import (
    audit,
    backup,
    check,
    demo,
    doctor,
    export,
    import_,
    init,
    poll,
    precision,
    privacy,
    replay,
    report,
    serve,
    show,
    sources,
    stats,
    story,
    trends,
    triage,
    why,
    why_not,
)
from brandwatch.cli.console import print_error
from brandwatch.cli.logs import start_log
from brandwatch.config.settings import Settings
from brandwatch.errors import BrandwatchError, Exit, OutputError

_LOG = logging.getLogger(__name__)

_OPTIONS = ("--db", "--queries", "--log-file")
_FLAGS = frozenset({"-q", "--quiet", "-v", "-vv", "--verbose", "--no-color"})
_MODULES = [init, check, poll, report, stats, trends, precision, story, triage, export, import_, show, why, why_not]
_MODULES += [replay, serve, sources, privacy, audit, backup, doctor, demo]

COMMANDS = {module.__name__.rpartition(".")[2].rstrip("_").replace("_", "-"): module for module in _MODULES}
"""The commands by name, which is that of their module; `import` is a keyword of Python."""

app = typer.Typer(
    name="brandwatch",
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # a traceback with local variables would show secrets
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)
for name, module in COMMANDS.items():
    if hasattr(module, "app"):
        app.add_typer(module.app, name=name, help=module.__doc__, epilog=module.EPILOG)
    else:
        app.command(name, help=module.__doc__, epilog=module.EPILOG)(module.command)
app.command("schema", epilog=check.SCHEMA_EPILOG)(check.schema)


def _print_version(is_wanted: bool) -> None:
    if is_wanted:
        typer.echo(f"brandwatch {__version__}")
        raise typer.Exit


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
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")] = False,
    verbose: Annotated[
        int,
        typer.Option("--verbose", "-v", count=True, show_default=False, help="Log what a run does; -vv also how."),
    ] = 0,
    log_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Append the log to this file; it is private (0600) if new.")
    ] = None,
    no_color: Annotated[bool, typer.Option("--no-color", help="No colours, like NO_COLOR.")] = False,
    version: Annotated[  # noqa: ARG001 (its callback has done the work)
        bool, typer.Option("--version", is_eager=True, callback=_print_version, help="Print the version.")
    ] = False,
) -> None:
    """Monitor mentions of your brand: poll feeds, match names, store the evidence, report to analysts."""
    if no_color:
        os.environ["NO_COLOR"] = "1"
    context.obj = Settings.discover(db=db, queries=queries, verbosity=-1 if quiet else verbose)
    context.call_on_close(start_log(context.obj.verbosity, log_file))
    _LOG.info("started command=%s version=%s", context.invoked_subcommand, __version__)


def run() -> None:
    """Run the command line of this process and exit with a code of `errors.Exit`."""
    try:
        if sys.stdout is None and not {"-h", "--help"}.isdisjoint(sys.argv):
            raise OutputError("there is no standard output")
        app(_globals_first(sys.argv[1:]), prog_name="brandwatch")
    except BrandwatchError as error:
        print_error(error)
        _leave(error.exit_code)
    except SystemExit as ending:
        # The reader closed the pipe (`| head`): no failure, though Typer exits with 1.
        if not isinstance(ending.__context__, BrokenPipeError):
            raise
        _leave(Exit.OK)
    except OSError as error:
        if not _is_output(error):
            raise
        print_error(OutputError(f"cannot write the output: {error.strerror}"))
        _leave(Exit.OUTPUT)


def _globals_first(arguments: list[str]) -> list[str]:
    """Move the global options to the front, so that they may stand anywhere."""
    first: list[str] = []
    rest: list[str] = []
    remaining = iter(arguments)
    for argument in remaining:
        if argument == "--":
            rest += [argument, *remaining]
        elif argument in _FLAGS or argument.startswith(tuple(f"{option}=" for option in _OPTIONS)):
            first.append(argument)
        elif argument in _OPTIONS:
            first += [argument, *islice(remaining, 1)]
        else:
            rest.append(argument)
    return first + rest


def _is_output(error: OSError) -> bool:
    """Whether writing to standard output failed."""
    return error.filename is None and error.errno in {errno.ENOSPC, errno.EBADF, errno.EIO}


def _leave(code: int) -> None:
    """Exit without a second error from the interpreter about a closed stream."""
    if sys.stdout is not None:
        try:
            sys.stdout.flush()
        except (OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    sys.exit(code)
