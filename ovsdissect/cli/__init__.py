"""The command line: finds the command and runs it; each command is one file, loaded when it is called.

Only exit codes and the caller's mistakes are decided here.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Final, NoReturn

import click

from ovsdissect.errors import OvsDissectError

# command -> what --help says of it; the module is ovsdissect.cli.<command>
COMMANDS: Final = {
    "tui": "Walk through a capture on the screen; what `ovsdissect CAPTURE` does on a terminal.",
    "list": "A line per message: what came up, why, what went down.",
    "show": "Messages as trees: every field with its value.",
    "carve": "Some messages as a capture of their own.",
    "fixture": "A regression test: some messages, anonymous, with what they dissect to.",
    "json": "Messages as JSON, one object a line.",
    "upcalls": "What happened to every upcall: its flow, its packet, how long it took.",
    "flows": "The flow table at any moment, as dump-flows prints it.",
    "ports": "Upcalls and losses by port, handlers and their queues.",
    "errors": "What failed, by sort.",
    "report": "What is wrong, worst first, with evidence.",
    "columns": "Tables as Parquet, Arrow or CSV, for other programs.",
    "sql": "A question in SQL, asked of captures.",
    "odp": "Open vSwitch's text for pasted bytes.",
    "bytes": "Pasted netlink messages as trees or JSON.",
    "fields": "The fields that filters and columns know.",
    "schema": "The JSON Schema of what a command prints.",
    "stats": "What a capture holds: counts, time span, family ids, losses.",
}
EXIT_INCOMPLETE: Final = 1
EXIT_USAGE: Final = 2
EXIT_INTERRUPTED: Final = 130
EXIT_PIPE: Final = 141


class Commands(click.Group):
    """The group of commands; what is no command is taken for a capture."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

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
        if args[0] not in COMMANDS:
            from ovsdissect.tui.run import able

            args = ["tui" if able() else "list", *args]
        return super().resolve_command(ctx, args)


def _version(ctx: click.Context, param: click.Parameter, wanted: bool) -> None:
    """Print the version and which reader does the work, and exit."""
    if not wanted or ctx.resilient_parsing:
        return
    from ovsdissect import __version__
    from ovsdissect.cli.options import tell_of_engine
    from ovsdissect.engine.available import engine

    click.echo(f"{ctx.info_name} {__version__}\nengine: {'compiled' if engine().compiled else 'pure'}")
    tell_of_engine()
    ctx.exit()


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version and the engine, and exit."
)
def ovsdissect() -> None:
    """What the Open vSwitch datapath and ovs-vswitchd said to each other.

    \b
    ovsdissect CAPTURE             walk through a capture
    ovsdissect json CAPTURE        every Open vSwitch message as JSON
    ovsdissect stats CAPTURE       what is in it

    CAPTURE is a pcap or pcapng file of an nlmon device, compressed or not; - is standard input.
    """


def main() -> NoReturn:
    """Run the command line and exit.

    0 done; 1 the output could not be completed, or --strict found something; 2 usage or unreadable input; 130 Ctrl-C; 141 closed pipe.
    """
    from ovsdissect.cli.signals import Ended, end_on_signals
    from ovsdissect.cli.sink import prepare_streams, silence_output

    prepare_streams()
    end_on_signals()
    try:
        code = _invoke()
        sys.stdout.flush()
    except click.exceptions.Abort:
        code = EXIT_INTERRUPTED
    except KeyboardInterrupt:
        code = EXIT_INTERRUPTED
    except Ended as end:
        silence_output()  # whoever reads it may have stopped
        code = end.code
    except click.ClickException as error:
        error.show()
        code = EXIT_USAGE
    except OvsDissectError as error:
        click.echo(f"ovsdissect: {error}", err=True)
        code = EXIT_USAGE
    except BrokenPipeError:
        silence_output()
        code = EXIT_PIPE
    except OSError as error:
        # loaded here: --help loads nothing of the layers below
        from ovsdissect.text.screen import escape

        silence_output()
        file = "" if error.filename is None else f"{escape(str(error.filename))}: "
        click.echo(f"ovsdissect: the output could not be completed: {file}{error.strerror}", err=True)
        code = EXIT_INCOMPLETE
    sys.exit(code)


def _invoke() -> int:
    """Run the command that the arguments name; its exit code."""
    try:
        with ovsdissect.make_context("ovsdissect", sys.argv[1:]) as context:
            code = ovsdissect.invoke(context)
    except click.exceptions.Exit as end:
        code = end.exit_code
    return code if isinstance(code, int) else 0
