"""The command line: the tree of commands, and the place where errors become messages and exit codes."""

import errno
import logging
import os
import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from brandwatch import __version__
from brandwatch.cli.console import print_error
from brandwatch.cli.logs import start_log
from brandwatch.config.settings import Settings
from brandwatch.errors import BrandwatchError, Exit, OutputError, UsageError

_LOG = logging.getLogger(__name__)

_OPTIONS = ("--db", "--queries", "--log-file")
_FLAGS = frozenset({"-q", "--quiet", "-v", "-vv", "--verbose", "--no-color"})

# A full disk or quota, the limit of the size of a file (`ulimit -f`), a closed stream, a broken device.
_OUTPUT_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EBADF, errno.EIO})

COMMANDS = {
    "init": "Write a query file for a brand, and print the next steps.",
    "check": "Validate query files and run their examples.",
    "schema": "Print the JSON Schema of a query file, for editors.",
    "poll": "Fetch every source that is due, store new mentions, and update their response.",
    "report": "Print the mentions, newest first, or their stories: a table on a terminal, CSV when piped.",
    "stats": "Count the mentions of a period: by day, week, query, source, publisher, voice, subject or language.",
    "trends": "Find unusual peaks and silences.",
    "precision": "Measure the precision of each query by its triage, and what its irrelevant mentions have in common.",
    "story": "Show, merge or split stories.",
    "triage": "Decide about mentions by keys or options: status, tags and a note, of one or of a whole story; undo.",
    "export": "Write mentions with their triage into a table that an analyst edits and `import` reads back.",
    "import": "Apply edits from a triage sheet; report conflicts.",
    "show": "Show one mention: text, evidence, sightings, earlier versions, response over time.",
    "why": "Explain why a mention matched, step by step, with its story and its heat.",
    "why-not": "Explain why a text, or the page at a URL, does not match: what failed, and the nearest miss.",
    "replay": "Match an edited query against the stored entries: what it gains and loses, and why.",
    "serve": "Serve the report, tables with facets and search, and canned questions to a browser on this machine.",
    "sources": "List every source with its health, its last answer and its counts.",
    "privacy": "Search and erase personal data, and print the notices that the law requires.",
    "audit": "Print what was done with every mention: by a poll, a replay, by hand, by retention or an erasure.",
    "backup": "Copy the database into a file and verify the copy, also while a poll runs.",
    "doctor": "Check everything that a poll needs: what is wrong, and what to do.",
    "demo": "Poll a small web of fictional publishers, served on this machine, and show the result.",
}
"""The commands with their help, in its order. Each is the module of its name; `import` is a keyword of Python."""


class CommandModules(Mapping[str, TyperCommand | TyperGroup]):
    """The commands, imported one by one: a command pays for itself, and not for 22 others."""

    def __init__(self) -> None:
        self._built: dict[str, TyperCommand | TyperGroup] = {}

    def __getitem__(self, name: str) -> TyperCommand | TyperGroup:
        if name not in self._built:
            self._built[name] = _build(name)
        return self._built[name]

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


def _build(name: str) -> Any:  # noqa: ANN401 (Typer's own classes differ between releases)
    """Import the module of a command; raise KeyError for an unknown name."""
    help_text = COMMANDS[name]
    module = import_module(f"brandwatch.cli.{'import_' if name == 'import' else name.replace('-', '_')}")
    holder = typer.Typer(rich_markup_mode="rich", add_completion=False)
    if hasattr(module, "app"):
        holder.add_typer(module.app, name=name, help=help_text, epilog=module.EPILOG)
    else:
        holder.command(name, help=help_text, epilog=module.EPILOG)(module.command)
    return typer.main.get_group(holder).commands[name]


class CommandGroup(TyperGroup):
    """The program: its help and its completion list the commands without importing them."""

    def __init__(self, **attributes: Any) -> None:  # noqa: ANN401 (handed on to Typer)
        super().__init__(**attributes)
        self.commands = CommandModules()  # type: ignore[assignment]

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401, ARG002 (as in the base class)
        """Return the names in the order of the help."""
        return list(COMMANDS)

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 (as in the base class)
        """Write the help of the program."""
        self._list_only()
        super().format_help(ctx, formatter)

    def shell_complete(self, ctx: Any, incomplete: str) -> Any:  # noqa: ANN401 (as in the base class)
        """Return the completions of an incomplete command."""
        self._list_only()
        return super().shell_complete(ctx, incomplete)

    def _list_only(self) -> None:
        self.commands = {name: TyperCommand(name=name, help=text) for name, text in COMMANDS.items()}


app = typer.Typer(
    name="brandwatch",
    cls=CommandGroup,
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # a traceback with local variables would show secrets
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(is_wanted: bool) -> None:
    if is_wanted:
        typer.echo(f"brandwatch {__version__}")
        raise typer.Exit


@app.callback(
    epilog="Start here:  brandwatch demo   (needs nothing)  ·  brandwatch init   (your own brand)",
)
def program(
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
    except (OSError, UnicodeEncodeError) as error:
        explained = _explain(error)
        if explained is None:
            raise
        print_error(explained)
        _leave(explained.exit_code)


def _explain(error: OSError | UnicodeEncodeError) -> BrandwatchError | None:
    """Return the error of the output or of an argument behind an exception, `None` for a bug."""
    if isinstance(error, UnicodeEncodeError):
        # Bytes of the command line that are not UTF-8: a file may be named so, but nothing that is stored.
        undecodable = (sign for argument in sys.argv for sign in argument if "\udc80" <= sign <= "\udcff")
        is_argument = "surrogates" in error.reason and any(map(error.object.__contains__, undecodable))
        return UsageError("an argument is not UTF-8", "see `locale`") if is_argument else None
    is_output = error.filename is None and error.errno in _OUTPUT_ERRORS
    return OutputError(f"cannot write the output: {error.strerror}") if is_output else None


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


def _leave(code: int) -> None:
    """Exit without a second error from the interpreter about a closed stream."""
    if sys.stdout is not None:
        try:
            sys.stdout.flush()
        except (OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    sys.exit(code)
