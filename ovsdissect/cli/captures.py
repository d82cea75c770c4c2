"""Reads a command's captures one after another, independently; what is printed for several names its capture."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, BinaryIO, Final, TypeVar

import click

from ovsdissect.cli.ignored import refuse_ignored
from ovsdissect.engine.sink import Sink
from ovsdissect.errors import CaptureError, OutputError, OvsDissectError

SERIES: Final = "ovsdissect.series"  # key of a context: its Series
EXIT_INCOMPLETE: Final = 1
F = TypeVar("F", bound=Callable[..., Any])

# command -> why it reads one capture, if that is not obvious
ONE: Final = {
    "carve": "a family may have another id in each capture; `mergecap` joins files that have the same ids",
}


@dataclass(slots=True)
class Series:
    """A command's position in its captures.

    name: the current capture, None if there is only one. names: all of them. left: how many messages or lines may still be shown, None if
    there is no limit. titled: whether the titles of columns have been printed.
    """

    names: Sequence[str]
    name: str | None = None
    left: int | None = None
    titled: bool = False


def series() -> Series:
    """Return the running command's series."""
    context = click.get_current_context(silent=True)
    found = None if context is None else context.meta.get(SERIES)
    return found if isinstance(found, Series) else Series(())


def each_capture(captures: Sequence[str], read: Callable[[str], int], count: int | None = None) -> int:
    """Read captures one after another. Returns the exit code: 1 if one of several could not be read.

    count: how many messages or lines are shown in total; `read` subtracts from Series.left.
    Raises CaptureError if the only capture cannot be read, OvsDissectError if none of several can.
    """
    state = click.get_current_context().meta[SERIES] = Series(captures, left=count)
    code = unread = 0
    for capture in captures:
        state.name = capture if len(captures) > 1 else None
        try:
            code = max(code, read(capture))
        except CaptureError as error:
            if len(captures) == 1:
                raise
            click.echo(f"ovsdissect: {error}", err=True)
            unread += 1
        if state.left == 0:
            break
    if captures and unread == len(captures):
        raise OvsDissectError("none of the captures could be read")
    return max(code, EXIT_INCOMPLETE) if unread else code


def capture_heading(name: str) -> str:
    """Return the line above the output for one of several captures, like that of `head` and `tail`."""
    from ovsdissect.text.screen import escape

    return f"==> {escape(name)} <=="


def _captures(values: Mapping[str, Any], read: str | None) -> tuple[str, ...]:
    """Return the named captures, each once."""
    given = tuple(dict.fromkeys(values["captures"]))
    if not given and read is None and values.get("device") is None:
        raise click.UsageError("Missing argument 'CAPTURE'.")
    if given and read is not None:
        raise click.UsageError(f"two captures, {given[0]} and {read}: use either -r or the argument")
    return given if read is None else (read,)


def capture_argument(function: F) -> F:
    """Add the argument CAPTURE, which may also be given with tshark's -r."""

    @wraps(function)  # it keeps the options that were declared below
    def command(**values: Any) -> Any:
        captures = _captures(values, values.pop("read_file"))
        name = str(click.get_current_context().info_name)
        if len(captures) > 1:
            raise click.UsageError(f"{name} takes one capture" + (f": {ONE[name]}" if name in ONE else ""))
        refuse_ignored(click.get_current_context())
        del values["captures"]
        return function(capture=captures[0] if captures else None, **values)

    return _declared(command, "CAPTURE")  # type: ignore[no-any-return]  # click's decorators give what they get


def captures_argument(function: F) -> F:
    """Add the argument CAPTURE... to a command that reads several."""

    @wraps(function)
    def command(**values: Any) -> Any:
        values["captures"] = _captures(values, values.pop("read_file"))
        if len(values["captures"]) > 1 and values.get("follow"):
            raise click.UsageError("--follow takes one capture: it waits at the end of the first")
        refuse_ignored(click.get_current_context())
        return function(**values)

    return _declared(command, "CAPTURE...")  # type: ignore[no-any-return]  # as above


def _declared(command: Any, metavar: str) -> Any:
    made: Any = click.argument("captures", metavar=metavar, nargs=-1, type=click.Path(allow_dash=True))(command)
    return click.option("-r", "--read-file", type=click.Path(allow_dash=True), hidden=True, help="The capture, as tshark spells it.")(made)


def check_outputs(captures: Sequence[str], *outputs: str | None) -> None:
    """Raise OutputError if an output is one of the captures, even through links and redirections."""
    for path in outputs:
        if path is None or (written := _file(path, 1)) is None:
            continue
        for capture in captures:
            read = _file(capture, 0)
            if read is not None and (read.st_dev, read.st_ino) == (written.st_dev, written.st_ino):
                what = "standard output" if path == "-" else path
                raise OutputError(f"{what} is the capture itself: an output is never an input")


def _file(path: str, standard: int) -> os.stat_result | None:
    """Return the regular file at a path, or at a standard stream's descriptor if it is "-"; None if there is none."""
    try:
        found = os.fstat(standard) if path == "-" else os.stat(path)
    except (OSError, ValueError):
        return None
    return found if stat.S_ISREG(found.st_mode) else None


class Labelled:
    """A file whose lines get a text inserted after their first bytes: the name of their capture.

    begin: how lines that get the text begin.
    """

    def __init__(self, file: Sink | BinaryIO, label: bytes, begin: bytes = b"") -> None:
        self._file, self._from, self._to = file, b"\n" + begin, b"\n" + begin + label
        self._start = True

    def write(self, lines: bytes | memoryview) -> int:
        """Write complete lines; a line may begin with the end of the line before it."""
        text = bytes(lines)
        ended = text.endswith(b"\n")
        body = text[:-1] if ended else text
        body = (b"\n" + body).replace(self._from, self._to)[1:] if self._start else body.replace(self._from, self._to)
        self._start = ended
        self._file.write(body + b"\n" if ended else body)
        return len(lines)

    def flush(self) -> None:
        """Pass on what was written."""
        self._file.flush()
