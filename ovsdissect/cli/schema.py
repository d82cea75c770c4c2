"""`ovsdissect schema`: the JSON Schema of what `ovsdissect json` prints."""

from __future__ import annotations

import click


@click.command("schema", short_help="The JSON Schema of `ovsdissect json`.")
def command() -> None:
    """Print the JSON Schema (draft 2020-12) of a line of `ovsdissect json`.

    Its $id holds the version: it changes when a script that read the old lines may fail on the new ones.

    \b
    ovsdissect schema > ovsdissect.schema.json
    """
    import orjson

    from ovsdissect.json.schema import schema

    click.echo(orjson.dumps(schema(), option=orjson.OPT_INDENT_2))
