"""Writes man/*.1 from the commands' own help; `--check` only says whether they are up to date (exit 1 where they are not).

click's own objects say what there is; click-man, which does the same, puts the date of the day into its pages, so that no test can compare
them, and knows no examples.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click

from ovsdissect import __version__
from ovsdissect.cli import COMMANDS, ovsdissect

FOLDER: Final = Path(__file__).parents[1] / "man"
CODES: Final = (
    ("0", "The work is done, also when nothing matched."),
    (
        "1",
        "The output could not be completed, the capture was changed while it was read, one of several captures could not be read, or, with"
        " --strict, a capture ended early, held malformed messages or had records that were skipped.",
    ),
    ("2", "The usage is wrong or the input cannot be read."),
    ("128 + N", "Signal N ended the command (130 for Ctrl-C, 141 for a closed pipe)."),
)


def roff(text: str) -> str:
    """A text without roff's own characters."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\n".join("\\&" + line if line.startswith((".", "'")) else line for line in text.split("\n"))


def described(text: str) -> Iterator[str]:
    """A help text: paragraphs, and blocks of examples as they stand."""
    for part in re.split(r"\n\s*\n", inspect.cleandoc(text)):
        lines = part.split("\n")
        if lines[0].strip() == "\b":
            yield from (".PP", ".nf", *(roff(line) for line in lines[1:]), ".fi")
        else:
            yield from (".PP", roff(" ".join(line.strip() for line in lines)))


def options(command: click.Command, context: click.Context) -> Iterator[str]:
    """The options, each with its help."""
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context) if isinstance(parameter, click.Option) else None
        if record is not None:
            names, text = record
            yield from (".TP", f"\\fB{roff(names)}\\fR", roff(" ".join(text.split())))


def page(command: click.Command, context: click.Context, name: str, short: str) -> str:
    """A page of section 1."""
    title = name.replace(" ", "-")
    usage = " ".join(command.collect_usage_pieces(context))
    lines = [
        f'.TH "{title.upper()}" "1" "" "ovsdissect {__version__}" "ovsdissect"',
        ".SH NAME",
        f"{roff(title)} \\- {roff(short.rstrip('.'))}",
        ".SH SYNOPSIS",
        f"\\fB{name}\\fR {roff(usage)}",
        ".SH DESCRIPTION",
        *described(command.help or ""),
        ".SH OPTIONS",
        *options(command, context),
    ]
    if isinstance(command, click.Group):
        lines.append(".SH COMMANDS")
        for one, text in COMMANDS.items():
            lines += [".TP", f"\\fBovsdissect\\-{one}\\fR(1)", roff(text)]
    lines += [".SH EXIT STATUS", *(line for code, text in CODES for line in (".TP", f"\\fB{code}\\fR", roff(text)))]
    others = [f"ovsdissect-{one}" for one in COMMANDS] if isinstance(command, click.Group) else ["ovsdissect"]
    lines += [".SH SEE ALSO", ", ".join(f"\\fB{roff(other)}\\fR(1)" for other in others)]
    return "\n".join(lines) + "\n"


def pages() -> dict[str, str]:
    """The name of each file and what it holds."""
    settings = ovsdissect.context_settings
    top = click.Context(ovsdissect, info_name="ovsdissect", help_option_names=settings["help_option_names"])
    found = {"ovsdissect.1": page(ovsdissect, top, "ovsdissect", "what the Open vSwitch datapath and ovs-vswitchd said to each other")}
    for name, short in COMMANDS.items():
        command = ovsdissect.get_command(top, name)
        assert command is not None
        own = click.Context(command, info_name=name, parent=top, help_option_names=settings["help_option_names"])
        found[f"ovsdissect-{name}.1"] = page(command, own, f"ovsdissect {name}", short)
    return found


def stale() -> list[str]:
    """The files that are not what the commands say now."""
    made = pages()
    there = {path.name: path.read_text() for path in FOLDER.glob("*.1")}
    return sorted(name for name in made.keys() | there.keys() if made.get(name) != there.get(name))


def main() -> int:
    """Write the pages, or check them."""
    if "--check" in sys.argv[1:]:
        for name in stale():
            print(f"man/{name} is out of date: run python -m tools.man_pages", file=sys.stderr)
        return bool(stale())
    FOLDER.mkdir(exist_ok=True)
    for name in stale():
        (FOLDER / name).unlink(missing_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
