"""`ovsdissect schema`: the JSON Schema of what a command prints."""

from __future__ import annotations

import click

COMMANDS = ("json", "upcalls", "flows", "ports", "errors", "report")


@click.command("schema", short_help="The JSON Schema of what a command prints.")
@click.argument("which", metavar="[COMMAND]", type=click.Choice(COMMANDS), default="json")
def command(which: str) -> None:
    """Print the JSON Schema (draft 2020-12) of a line of `ovsdissect json`, or of `upcalls`, `flows`, `ports`, `errors` or `report`.

    Its $id holds the version: it changes when a script that read the old lines may fail on the new ones.

    \b
    ovsdissect schema > ovsdissect.schema.json
    ovsdissect schema upcalls
    """
    from ovsdissect.json.encoding import encode

    if which == "json":
        from ovsdissect.json.schema import schema

        made = schema()
    else:
        from ovsdissect.report.schema import schema as of_analysis

        made = of_analysis(which)
    click.echo(encode(made, indent=True))
