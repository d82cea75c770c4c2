"""Arguments and options that several commands share, each written once; and the capture that they open."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from ovsdissect.api import Capture

F = TypeVar("F", bound=Callable[..., Any])


def _families(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> dict[str, int]:
    ids: dict[str, int] = {}
    for value in values:
        name, _, number = value.partition("=")
        try:
            ids[name] = int(number, 0)
        except ValueError:
            raise click.BadParameter(f"{value!r} is not NAME=ID, for example ovs_packet=47") from None
    return ids


capture_argument = click.argument("capture", metavar="CAPTURE", type=click.Path(allow_dash=True))
family_option = click.option(
    "--family",
    "families",
    multiple=True,
    metavar="NAME=ID",
    callback=_families,
    help="Id of a family (its nlmsg_type), where the capture does not tell: ovs_packet=47.",
)
follow_option = click.option("--follow", is_flag=True, help="Wait for records that are still being written.")
all_option = click.option("--all", "everything", is_flag=True, help="Show every netlink message, not Open vSwitch's only.")
quiet_option = click.option("-q", "--quiet", is_flag=True, help="No diagnostics on standard error.")
strict_option = click.option(
    "--strict", is_flag=True, help="Exit with 1 if the capture ended early or held malformed messages."
)


def reading(function: F) -> F:
    """The argument and the options of every command that reads a capture."""
    for option in (strict_option, quiet_option, follow_option, family_option, capture_argument):
        function = option(function)
    return function


def open_capture(capture: str, families: dict[str, int], follow: bool) -> Capture:
    """Open the capture that the options name."""
    from ovsdissect import api

    return api.open(capture, families=families, follow=follow)


def finish(capture: Capture, malformed: int, *, quiet: bool, strict: bool) -> int:
    """Say how the capture ended, and give the exit code: 1 with --strict where it ended early or held malformed messages."""
    if capture.cut is not None and not quiet:
        click.echo(f"ovsdissect: {capture.name}: {capture.cut.text}", err=True)
    return 1 if strict and (capture.cut is not None or malformed) else 0
