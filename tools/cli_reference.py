"""Writes docs/cli.md from the commands' own help; `--check` only says whether it is up to date (exit 1 where it is not)."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import click

from ovsdissect.cli import COMMANDS, ovsdissect

PAGE: Final = Path(__file__).parents[1] / "docs" / "cli.md"
HEAD: Final = """# Command line

Made from the commands' own help by `python -m tools.cli_reference`.

stdout is data, stderr is diagnostics. The exit status is 0 when the work is done, also when nothing matched.
It is 1 when the output could not be completed, the capture was changed while it was read, one of several captures
could not be read, or, with `--strict`, a capture ended early, held malformed messages or had records that were skipped.
It is 2 when the usage is wrong or the input cannot be read, and 128 + N after signal N (130 for Ctrl-C, 141 for a closed pipe).
"""


def help_of(command: click.Command, *names: str) -> str:
    """What `--help` prints, 100 columns wide."""
    names_of_help = ovsdissect.context_settings["help_option_names"]
    context = None
    for name in names[:-1]:
        context = click.Context(ovsdissect, info_name=name, parent=context, help_option_names=names_of_help)
    own = click.Context(
        command, info_name=names[-1], parent=context, terminal_width=100, max_content_width=100, help_option_names=names_of_help
    )
    return command.get_help(own)


def page() -> str:
    """The whole page."""
    parts = [HEAD, f"```\n{help_of(ovsdissect, 'ovsdissect')}\n```\n"]
    context = click.Context(ovsdissect, info_name="ovsdissect")
    for name in COMMANDS:
        command = ovsdissect.get_command(context, name)
        assert command is not None
        parts.append(f"## {name}\n\n```\n{help_of(command, 'ovsdissect', name)}\n```\n")
    return "\n".join(parts)


def main() -> int:
    """Write the page, or check it."""
    text = page()
    if "--check" in sys.argv[1:]:
        if PAGE.read_text() == text:
            return 0
        print("docs/cli.md is out of date: run python -m tools.cli_reference", file=sys.stderr)
        return 1
    PAGE.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
