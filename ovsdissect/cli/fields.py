"""`ovsdissect fields`: the fields of filters and columns, with types, help, other names and words."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

import click

from ovsdissect.cli.options import FieldNames

if TYPE_CHECKING:
    from ovsdissect.filter import FieldInfo

NAME_WIDTH: Final = 40
TYPE_WIDTH: Final = 10
INDENT: Final = " " * 4


@click.command("fields", short_help="List the fields for filters and columns.")
@click.argument("pattern", required=False, type=FieldNames())
@click.option(
    "--json", "as_json", is_flag=True, help="Print a JSON object for each field: names, type, description, attribute number, values."
)
def command(pattern: str | None, as_json: bool) -> int:
    """Print the fields whose name contains PATTERN (* and ? are wildcards), all of them without one.

    \b
    ovsdissect fields key.ct_state
    ovsdissect fields 'ovs_vport.*'

    A name without its family means the field in every family: key.in_port is ovs_packet.key.in_port and ovs_flow.key.in_port.
    Fields of a request that an error echoes have the same names with the prefix request.
    """
    from ovsdissect.filter import catalogue
    from ovsdissect.filter.hints import nearest

    found = list(matching(catalogue(), pattern))
    for info in found if as_json else ():
        click.echo(json.dumps(info._asdict(), ensure_ascii=False))
    for info in found if not as_json else ():
        click.echo("\n".join(lines(info, details=pattern is not None)))
    if not found and pattern:
        near = nearest(pattern)
        click.echo(f"ovsdissect: no field is called {pattern}" + (f"; did you mean {near}?" if near else ""), err=True)
    return 0


def matching(infos: Iterable[FieldInfo], pattern: str | None) -> Iterator[FieldInfo]:
    """Yield the fields whose name or alias contains the pattern, ignoring case."""
    glob = f"*{(pattern or '').lower()}*" if not pattern or not set(pattern) & set("*?[") else pattern.lower()
    for info in infos:
        if any(fnmatchcase(name.lower(), glob) for name in (info.name, info.short, *info.aliases)):
            yield info


def lines(info: FieldInfo, *, details: bool) -> Iterator[str]:
    """Yield a field in one line; with details, also its other names and the words of its values."""
    yield f"{info.name:<{NAME_WIDTH}} {info.type:<{TYPE_WIDTH}} {info.doc}".rstrip()
    if not details:
        return
    others = [name for name in dict.fromkeys((info.short, *info.aliases)) if name != info.name]
    if others:
        yield f"{INDENT}also {', '.join(others)}"
    if info.number is not None:
        yield f"{INDENT}attribute {info.number}"
    if info.names:
        yield f"{INDENT}values {', '.join(info.names)}"
