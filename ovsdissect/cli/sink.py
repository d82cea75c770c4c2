"""The destinations of a command's output: standard output, complete, or a file or directory that is whole or absent and never an input."""

from __future__ import annotations

import codecs
import io
import os
import select
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from typing import BinaryIO, Final, TextIO, cast

import click

from ovsdissect import files
from ovsdissect.errors import OutputError

DIRECT: Final = ("utf-8", "ascii")  # encodings that leave plain ASCII unchanged

force_option = click.option("--force", is_flag=True, help="Replace files in a directory that is not empty.")


class Sink:
    """Where lines are written. encoding: theirs."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        direct = isinstance(out, TextIOWrapper) and out.encoding.lower() in DIRECT and os.linesep == "\n"
        self._binary = out.buffer if direct and isinstance(out, TextIOWrapper) else None
        self.encoding, self._errors = (out.encoding, out.errors or "strict") if self._binary else ("utf-8", "strict")

    def encoded(self, text: str) -> bytes:
        """Return a text encoded as bytes of a line."""
        return text.encode(self.encoding, self._errors)

    def write(self, lines: bytes | memoryview) -> int:
        """Write complete lines."""
        if self._binary is not None:
            written: int = self._binary.write(lines)
            return written
        self._out.write(bytes(lines).decode())
        return len(lines)

    def flush(self) -> None:
        """Pass on what was written."""
        self._out.flush()


@contextmanager
def output(path: str) -> Iterator[BinaryIO]:
    """Open a file for writing, or standard output if the path is "-". Raises what files.written() raises."""
    if path != "-":
        with files.written(path) as out:
            yield out
        return
    out = cast(BinaryIO, sys.stdout.buffer)
    yield out
    out.flush()


def check_standard_output() -> None:
    """Raise OutputError if standard output is a file that is being read: it would grow for ever, or lose what remains to be read."""
    try:
        found = os.fstat(1)
    except OSError:
        return
    if stat.S_ISREG(found.st_mode) and files.is_held(found):
        raise OutputError("standard output is the capture itself: an output is never an input")


def check_directory(path: str, *, force: bool) -> bool:
    """Return whether files in a directory may be replaced; raises OutputError if it is not empty, unless the user at a terminal agrees."""
    if force or not files.is_filled(path) or not (_terminal(sys.stdin) and _terminal(sys.stderr)):
        files.check_directory(path, force=force)
        return force
    from ovsdissect.text.screen import escape

    if not click.confirm(f"{escape(path)} is not empty. Replace files in it?", err=True):
        raise OutputError(f"{path} was not changed")
    return True


def _terminal(stream: TextIO | None) -> bool:
    return stream is not None and stream.isatty()


class _Descriptor(io.RawIOBase):
    """A descriptor whose write() accepts everything, waiting if it does not block; if `lenient`, failures are ignored."""

    def __init__(self, number: int, *, lenient: bool) -> None:
        self._number, self._lenient = number, lenient

    def fileno(self) -> int:
        return self._number

    def isatty(self) -> bool:
        return os.isatty(self._number)

    def writable(self) -> bool:
        return True

    def close_quietly(self) -> None:
        """From now on discard everything without failing."""
        self._number, self._lenient = os.open(os.devnull, os.O_WRONLY), True

    def write(self, data: object) -> int:
        view = memoryview(data).cast("B")  # type: ignore[arg-type]  # whatever has a buffer
        done = 0
        while done < len(view):
            try:
                done += os.write(self._number, view[done:])
            except BlockingIOError:
                select.select([], [self._number], [])
            except OSError:
                if not self._lenient:
                    raise
                break
        return len(view)


class _Diagnostics(TextIOWrapper):
    """Standard error: text from files, options and captures reaches a terminal only escaped."""

    def write(self, text: str) -> int:
        if not text.isprintable():
            from ovsdissect.text.screen import escape

            super().write("\n".join(map(escape, text.split("\n"))))
            return len(text)
        return super().write(text)


def prepare_streams() -> None:
    """Prepare standard output and error so that nothing is lost silently, whatever they are and however Python was started.

    A closed standard descriptor is replaced by one that refuses, so that no file opened later gets its number.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDONLY if number else os.O_WRONLY)  # the lowest free number
    if sys.stdout is sys.__stdout__:  # unless it was replaced by a caller in its own process
        encoding, errors = ("utf-8", "strict") if sys.stdout is None else (sys.stdout.encoding, sys.stdout.errors or "strict")
        sys.stdout = TextIOWrapper(_writer(1), encoding=encoding, errors=errors, line_buffering=os.isatty(1))
    if sys.stderr is sys.__stderr__:
        sys.stderr = _Diagnostics(_writer(2, lenient=True), encoding=_encoding(sys.stderr), errors="backslashreplace", line_buffering=True)


def _writer(number: int, *, lenient: bool = False) -> io.BufferedWriter:
    return io.BufferedWriter(_Descriptor(number, lenient=lenient))


def _encoding(stream: TextIO | None) -> str:
    """Return the encoding of standard error; click would bypass a stream that is ASCII."""
    return "utf-8" if stream is None or codecs.lookup(stream.encoding).name == "ascii" else stream.encoding


def silence_output() -> None:
    """Write nothing more to standard output, not even when the interpreter exits."""
    raw = getattr(getattr(sys.stdout, "buffer", None), "raw", None)
    if isinstance(raw, _Descriptor):
        raw.close_quietly()
