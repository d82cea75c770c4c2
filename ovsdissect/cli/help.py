"""`ovsdissect help`: what --help prints for ovsdissect or a command."""

from __future__ import annotations

import click


def _complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    from ovsdissect.cli import COMMANDS

    return [name for name in COMMANDS if name.startswith(incomplete)]


@click.command("help", short_help="Show the help of a command.")
@click.argument("name", metavar="[COMMAND]", required=False, shell_complete=_complete)
@click.pass_context
def command(ctx: click.Context, name: str | None) -> int:
    """Print the help of COMMAND, or the list of commands.

    \b
    ovsdissect help json
    """
    from ovsdissect.cli import COMMANDS, ovsdissect
    from ovsdissect.cli.arguments import check_command

    parent = ctx.parent
    if parent is None or name is None:
        click.echo(ovsdissect.get_help(parent or ctx))
        return 0
    check_command(name, COMMANDS)
    found = ovsdissect.get_command(parent, name)
    assert found is not None
    with click.Context(found, info_name=name, parent=parent) as own:
        click.echo(found.get_help(own))
    return 0
