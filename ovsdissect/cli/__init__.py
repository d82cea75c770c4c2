"""The command line: finds the command and runs it; each command is one file, loaded when it is called.

Only exit codes and the caller's mistakes are handled here.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Final, NoReturn

import click

from ovsdissect.errors import OvsDissectError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

# command -> its description in --help; the module is ovsdissect.cli.<command>
COMMANDS: Final = {
    "tui": "Browse a capture in the terminal; `ovsdissect CAPTURE` does the same.",
    "list": "Print one line per message.",
    "show": "Print messages as trees: every field with its value.",
    "carve": "Extract messages into a new capture.",
    "fixture": "Make a regression test from anonymised messages.",
    "json": "Print messages as JSON, one object per line.",
    "upcalls": "Show what happened to every upcall: its flow, its packet, its latency.",
    "flows": "Print the flow table at any moment, as dump-flows does.",
    "ports": "Show upcalls and losses by port, and the queues of the handlers.",
    "errors": "Group the requests that failed.",
    "report": "Say what is wrong, worst first, with evidence.",
    "columns": "Write tables as Parquet, Arrow or CSV.",
    "sql": "Query captures with SQL.",
    "odp": "Print Open vSwitch's text for pasted bytes.",
    "bytes": "Print pasted netlink messages as trees or JSON.",
    "fields": "List the fields for filters and columns.",
    "schema": "Print the JSON Schema of a command's output.",
    "stats": "Summarise a capture: counts, time span, family ids, losses.",
    "completion": "Install completion for bash, zsh and fish.",
    "help": "Show the help of a command.",
}
COMPLETE: Final = "_OVSDISSECT_COMPLETE"  # set by click's scripts for the shells
EXIT_INCOMPLETE: Final = 1
EXIT_USAGE: Final = 2
EXIT_INTERRUPTED: Final = 130
EXIT_PIPE: Final = 141


class Commands(click.Group):
    """The group of commands; a word that is not a command is taken for a capture; options may precede both."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and not ctx.resilient_parsing and args[0] not in COMMANDS:
            from ovsdissect.cli.arguments import GROUP, arranged

            if args[0] not in GROUP:
                from ovsdissect.tui.run import able

                args = arranged(args, COMMANDS, "tui" if able() else "list")
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except click.NoSuchOption as error:
            from ovsdissect.cli.arguments import our_way

            way = our_way(error.option_name)
            if not way:
                raise
            raise click.UsageError(way, error.ctx) from None

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        found = super().shell_complete(ctx, incomplete)
        return found or [CompletionItem(incomplete, type="file")]

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*COMMANDS]  # list is the module of that command here, once it is loaded

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = import_module(f"ovsdissect.cli.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([*COMMANDS.items()])

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        if ctx.resilient_parsing and args[0] not in COMMANDS:
            args = ["tui", *args]  # the options of a capture are completed like the default command's
        return super().resolve_command(ctx, args)


# what `--version` shows, if installed
LIBRARIES: Final = [
    "click",
    "construct",
    "dpkt",
    "google-re2",
    "lark",
    "orjson",
    "platformdirs",
    "textual",
    "zstandard",
    "cython",
    "duckdb",
    "pyarrow",
    "jinja2",
    "vl-convert-python",
    "pyspark",
]


def _version(ctx: click.Context, param: click.Parameter, wanted: bool) -> None:
    """Print the versions of ovsdissect and its libraries, and which reader is used, and exit."""
    if not wanted or ctx.resilient_parsing:
        return
    from importlib import metadata

    from ovsdissect import __version__
    from ovsdissect.cli.options import tell_of_engine
    from ovsdissect.engine.available import engine

    click.echo(f"{ctx.info_name} {__version__}\nengine: {'compiled' if engine().compiled else 'pure'}")
    click.echo(f"Python {sys.version.split()[0]}")
    for name in LIBRARIES:
        try:
            click.echo(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            continue
    tell_of_engine()
    ctx.exit()


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_version,
    help="Show the version, the engine and the libraries, and exit.",
)
def ovsdissect() -> None:
    """Show what the Open vSwitch datapath and ovs-vswitchd said to each other.

    \b
    ovsdissect CAPTURE             browse a capture
    ovsdissect json CAPTURE        print every Open vSwitch message as JSON
    ovsdissect stats CAPTURE       summarise a capture
    ovsdissect help COMMAND        explain a command and its options

    CAPTURE is a pcap or pcapng file from an nlmon device, compressed or not; - is standard input.
    """


def main() -> NoReturn:
    """Run the command line and exit.

    0 done; 1 the output could not be completed, or --strict found something; 2 usage or unreadable input; 130 Ctrl-C; 141 closed pipe.
    """
    from ovsdissect.cli.signals import Ended, Ending
    from ovsdissect.cli.sink import prepare_streams, silence_output

    prepare_streams()
    with Ending() as ending:
        try:
            code = _invoke()
            sys.stdout.flush()
        except KeyboardInterrupt:
            code = EXIT_INTERRUPTED
        except Ended as end:
            silence_output()  # its reader may have stopped
            code = end.code
        except Exception as error:
            if ending.code:
                silence_output()
            code = ending.code or _report(error)
    sys.exit(code)


def _report(error: Exception) -> int:
    """Say why a command failed, and return its exit code; an error that is not expected is raised again."""
    from ovsdissect.cli.sink import silence_output

    if isinstance(error, click.exceptions.Abort):
        return EXIT_INTERRUPTED
    if isinstance(error, click.ClickException):
        error.show()
        return EXIT_USAGE
    if isinstance(error, OvsDissectError):
        click.echo(f"ovsdissect: {error}", err=True)
        return EXIT_USAGE
    if isinstance(error, BrokenPipeError):
        silence_output()
        return EXIT_PIPE
    if isinstance(error, OSError):
        # loaded here: --help loads nothing of the layers below
        from ovsdissect.text.screen import escape

        silence_output()
        file = "" if error.filename is None else f"{escape(str(error.filename))}: "
        click.echo(f"ovsdissect: the output could not be completed: {file}{error.strerror}", err=True)
        return EXIT_INCOMPLETE
    raise error


def _invoke() -> int:
    """Run the command that the arguments name, and return its exit code.

    This is what click's own Group.main() does, except for the exit code after a closed pipe: 141 instead of 1.
    """
    if COMPLETE in os.environ:
        from click.shell_completion import shell_complete

        return shell_complete(ovsdissect, {}, "ovsdissect", COMPLETE, os.environ[COMPLETE])
    try:
        with ovsdissect.make_context("ovsdissect", sys.argv[1:]) as context:
            code = ovsdissect.invoke(context)
    except click.exceptions.Exit as end:
        code = end.exit_code
    return code if isinstance(code, int) else 0
