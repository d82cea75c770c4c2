"""Turns what was typed into a command and its arguments: the default command, options before it, tshark's spellings, unknown commands."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from typing import Final, NoReturn

import click

GROUP: Final = ("--version", "-h", "--help")

# tshark's option -> whether it takes a value; options that we have too mean the same
TSHARK: Final = {
    **dict.fromkeys(
        ("-r", "-Y", "-c", "-w", "-T", "-e", "-E", "-z", "-t", "-O", "-F", "-o", "-d", "-f", "-R", "-s", "-a", "-b", "-i", "-C"), True
    ),
    **dict.fromkeys(("-V", "-x", "-P", "-q", "-Q", "-l", "-2", "-D", "-L", "-p", "-S", "-N"), False),
}
# tshark's option -> our way to do it, if none means the same
OURS: Final = {
    "-z": "statistics are commands: `ovsdissect stats`, `upcalls`, `flows`, `ports`, `errors` or `report`",
    "-O": "`ovsdissect show -Y FILTER` shows the trees of what matches",
    "-F": "`ovsdissect carve` writes pcap",
    "-o": "there are no preferences: `ovsdissect help` lists the options",
    "-d": "--family NAME=ID tells what a netlink type is",
    "-f": "-Y takes a display filter; there is no capture filter",
    "-R": "-Y takes the display filter",
    "-2": "upcall.* and flow.* in a display filter look ahead by themselves",
    "-s": "records are read as they were captured",
    "-a": "-c COUNT ends after COUNT messages",
    "-b": "`ovsdissect carve` writes one file",
    "-C": "`ovsdissect tui --profile NAME` takes settings of that name",
    "-D": "`ip link show type nlmon` lists the devices to capture on",
    "-L": "nlmon devices have one link type, netlink",
    "-p": "nlmon devices have no promiscuous mode",
    "-S": "`ovsdissect list` prints one line a message",
    "-N": "--names prints ports and datapaths by name",
    "-Q": "-q leaves diagnostics out",
}
# tshark's option -> our spelling, where a command is named; without one, tshark's is understood
SPELLINGS: Final = {
    "-E": "`ovsdissect list --columns NAME,... --csv` writes CSV with a header",
    "-T": "`ovsdissect json` prints JSON, and `ovsdissect list --columns NAME,... --tabs` prints fields",
    "-V": "`ovsdissect show` prints trees",
    "-e": "`ovsdissect list --columns NAME,...` prints fields",
    "-i": "`ovsdissect -i DEVICE` records and shows",
    "-l": "each line is printed as it comes",
    "-P": "each line is printed as it comes",
    "-t": "--time chooses how times are printed",
    "-w": "`ovsdissect carve -o FILE` writes a capture",
    "-x": "`ovsdissect show --hex` prints the bytes",
}
TIMES: Final = {
    "r": "relative",
    "d": "delta",
    "dd": "delta",
    "e": "epoch",
    "a": "absolute",
    "ad": "absolute",
    "u": "absolute",
    "ud": "absolute",
}
FORMATS: Final = {
    "json": ("json",),
    "jsonraw": ("json", "--raw"),
    "ek": ("json",),
    "fields": ("list",),
    "tabs": ("list",),
    "text": (),
}


def arranged(arguments: Sequence[str], commands: Mapping[str, str], default: str) -> list[str]:
    """Return the arguments with the command first.

    default: the command if none is named. Raises UsageError for a word that is neither a command nor a file, and for options that only
    tshark has.
    """
    first = arguments[0]
    if first in commands or first in GROUP:
        return list(arguments)
    if not first.startswith("-") or first == "-":
        if first != "-":
            check_capture(first, commands)
            _check_order(arguments, commands)
        return _translated(list(arguments), default) if any(word.startswith("-") for word in arguments[1:]) else [default, *arguments]
    words = _words(arguments)
    for place in words:
        if arguments[place] in commands and not os.path.exists(arguments[place]):
            return [arguments[place], *arguments[:place], *arguments[place + 1 :]]
    for place in words[:1]:
        check_capture(arguments[place], commands)
    return _translated(list(arguments), default)


def check_capture(word: str, commands: Mapping[str, str]) -> None:
    """Raise UsageError if a word is not a file and looks like a mistyped command."""
    if os.path.exists(word) or not re.fullmatch(r"[A-Za-z][\w-]*", word):
        return
    near = _near(word, commands)
    hint = f"did you mean {near[0]}?" if near else "`ovsdissect help` lists the commands."
    raise click.UsageError(f"no command {word}; {hint} There is no capture of that name either.")


def _near(word: str, commands: Mapping[str, str]) -> list[str]:
    """Return the command that a word is most like, if there is one."""
    from difflib import get_close_matches

    return get_close_matches(word.lower(), commands, n=1)


def check_command(word: str, commands: Mapping[str, str]) -> None:
    """Raise UsageError if a word is not a command."""
    if word not in commands:
        near = _near(word, commands)
        raise click.UsageError(f"no command {word}" + (f"; did you mean {near[0]}?" if near else f"; there are {', '.join(commands)}"))


def our_way(option: str) -> str:
    """Return what to do instead of an option that tshark has and the named command has not; empty if it is none of tshark's."""
    way = OURS.get(option) or SPELLINGS.get(option)
    return f"{option} is an option of tshark, not of ovsdissect: {way}" if way else ""


def _check_order(arguments: Sequence[str], commands: Mapping[str, str]) -> None:
    swapped = next((word for word in arguments[1:2] if word in commands and not os.path.exists(word)), None)
    if swapped is not None:
        raise click.UsageError(f"the command comes before the capture: ovsdissect {swapped} {arguments[0]}")


def _takes_value(option: str, names: Mapping[str, bool]) -> bool:
    return names.get(option, TSHARK.get(option, False))


def _words(arguments: Sequence[str]) -> list[int]:
    """Return the indexes of the arguments that are neither options nor values of options."""
    names = _own_options()
    found: list[int] = []
    skip = False
    for place, argument in enumerate(arguments):
        if skip:
            skip = False
        elif argument == "--":
            return [*found, *range(place + 1, len(arguments))]
        elif argument.startswith("--"):
            skip = "=" not in argument and _takes_value(argument, names)
        elif argument.startswith("-") and argument != "-":
            skip = len(argument) == 2 and _takes_value(argument, names)
        else:
            found.append(place)
    return found


def _own_options() -> dict[str, bool]:
    """Return every option of every command, and whether it takes a value."""
    from ovsdissect.cli import COMMANDS, ovsdissect

    found: dict[str, bool] = {}
    context = click.Context(ovsdissect)
    for name in COMMANDS:
        command = ovsdissect.get_command(context, name)
        for parameter in command.params if command is not None else ():
            if isinstance(parameter, click.Option):
                for option in (*parameter.opts, *parameter.secondary_opts):
                    found[option] = found.get(option, False) or not (parameter.is_flag or parameter.count)
    return found


def _translated(arguments: list[str], default: str) -> list[str]:
    """Return the command that arguments in tshark's spelling ask for; our own options are kept."""
    names = _own_options()
    kept: list[str] = []
    fields: list[str] = []
    output = form = None
    tree = bytes_too = False
    rest = iter(arguments)
    for argument in rest:
        if argument == "--":
            kept += [argument, *rest]
            break
        option, value = (argument[:2], argument[2:]) if re.match("-[A-Za-z0-9]", argument) else (argument, "")
        if option == "-n" and not (value[:1].isdigit() or _follows(arguments, argument)):
            kept.append("--no-names")  # tshark does not resolve names
            continue
        if option not in TSHARK:
            kept.append(argument)
            if argument == option and _takes_value(option, names) and "=" not in argument:
                kept.append(next(rest, ""))
            continue
        if TSHARK[option] and not value:
            value = next(rest, None) or _missing(option)
        elif value and not TSHARK[option]:
            raise click.UsageError(f"{argument}: write each one-letter option separately")
        if option in OURS:
            raise click.UsageError(our_way(option))
        if option == "-w":
            output = value
        elif option == "-T":
            form = value
        elif option == "-e":
            fields.append(value)
        elif option == "-E":
            if value not in ("separator=/t", "header=n", "occurrence=f"):
                raise click.UsageError(
                    f"-E {value}: `ovsdissect list --columns {','.join(fields) or 'NAME,...'} --csv` writes CSV with a header"
                )
        elif option == "-t":
            kept += ["--time", TIMES.get(value) or _refused(f"-t {value}: --time is one of {', '.join(dict.fromkeys(TIMES.values()))}")]
        elif option == "-V":
            tree = True
        elif option == "-x":
            bytes_too = True
        elif option in ("-P", "-l"):
            pass  # lines are printed as they come anyway
        else:
            kept += [option, value] if TSHARK[option] else [option]
    return [*_command(form, fields, output, tree=tree, bytes_too=bytes_too, default=default), *kept]


def _follows(arguments: Sequence[str], argument: str) -> bool:
    """Return whether the value of -n follows it."""
    place = arguments.index(argument) + 1
    return place < len(arguments) and bool(re.fullmatch(r"\d+(-\d+)?", arguments[place]))


def _command(form: str | None, fields: list[str], output: str | None, *, tree: bool, bytes_too: bool, default: str) -> list[str]:
    if output is not None:
        if form or fields or tree or bytes_too:
            raise click.UsageError("-w writes a capture and prints nothing: omit -T, -e, -V and -x")
        return ["carve", "-o", output]
    if form is not None and form not in FORMATS:
        raise click.UsageError(f"-T {form}: the formats are {', '.join(FORMATS)}; `ovsdissect show` prints trees")
    if fields and form != "fields":
        raise click.UsageError("-e needs -T fields")
    if form == "fields":
        if not fields:
            raise click.UsageError("-T fields needs fields: add -e FIELD")
        return ["list", "--columns", ",".join(fields), "--tabs"]
    if form is not None and FORMATS[form] and form != "tabs":
        return list(FORMATS[form])
    if tree or bytes_too:
        return ["show", "--hex"] if bytes_too else ["show"]
    return [default if form is None else "list"]


def _missing(option: str) -> NoReturn:
    raise click.UsageError(f"Option '{option}' requires an argument.")


def _refused(text: str) -> NoReturn:
    raise click.UsageError(text)
