"""`ovsdissect schema`: the JSON Schema of what a command prints."""

from __future__ import annotations

import click

COMMANDS = ("json", "upcalls", "flows", "ports", "errors", "report")


@click.command("schema", short_help="Print the JSON Schema of a command's output.")
@click.argument("which", metavar="[COMMAND]", type=click.Choice(COMMANDS), default="json")
@click.option("--old", is_flag=True, help="Print version 1 of the schema of `ovsdissect json`, for lines of that version.")
def command(which: str, old: bool) -> None:
    """Print the JSON Schema (draft 2020-12) of a line of `ovsdissect json`, or of `upcalls`, `flows`, `ports`, `errors` or `report`.

    Its $id contains the version, which changes when scripts for the old output may fail on the new one.

    \b
    ovsdissect schema > ovsdissect.schema.json
    ovsdissect schema upcalls
    """
    from ovsdissect.json.encoding import encode

    if old and which != "json":
        raise click.UsageError(f"{which} has no older schema")
    if old:
        from ovsdissect.json.schema import version_1

        made = version_1()
    elif which == "json":
        from ovsdissect.json.schema import schema

        made = schema()
    else:
        from ovsdissect.report.schema import schema as of_analysis

        made = of_analysis(which)
    click.echo(encode(made, indent=True))
