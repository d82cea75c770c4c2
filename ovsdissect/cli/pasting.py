"""Bytes given to a command: in an argument, in a file, or on standard input."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Final

from ovsdissect.errors import OvsDissectError

if TYPE_CHECKING:
    from ovsdissect.byteorder import ByteOrder

LARGEST: Final = 64 * 1024 * 1024  # of a text: nobody pastes more

Fits = Callable[[bytes], int]


def blocks(argument: str, fits: Fits) -> list[bytes]:
    """The bytes of an argument: the text itself, @FILE or the name of a file for a file's text, - for that of standard input.

    Raises OvsDissectError if it cannot be read, or is both bytes and the name of a file.
    """
    from ovsdissect.capture.pasted import PasteError

    if argument == "-":
        if sys.stdin is None:
            raise OvsDissectError("standard input is closed")
        return _read("standard input", _text("standard input", sys.stdin.buffer.read(LARGEST + 1)), fits)
    if argument.startswith("@"):
        return _file(argument[1:], fits)
    try:
        found = _read(argument if "\n" not in argument else "", argument, fits)
    except PasteError:
        if os.path.isfile(argument):
            return _file(argument, fits)
        if re.fullmatch(r"[\w./-]*\.\w+|[\w.-]*/[\w./-]*", argument):
            raise OvsDissectError(f"{argument}: neither bytes nor an existing file") from None
        raise
    if argument and os.path.isfile(argument):
        raise OvsDissectError(f"{argument} can be bytes or a file name: write @{argument} for the file")
    return found


def joined(arguments: Iterable[str]) -> Iterator[str]:
    """Arguments as one text each for a file or standard input; bytes that are in several arguments are one text."""
    run: list[str] = []
    for argument in arguments:
        if argument == "-" or argument.startswith("@") or os.path.isfile(argument):
            if run:
                yield " ".join(run)
            run = []
            yield argument
        else:
            run.append(argument)
    if run:
        yield " ".join(run)


def attributes_fit(byteorder: ByteOrder) -> Fits:
    """The test whether bytes are attributes (struct nlattr) with lengths that fit."""
    from ovsdissect.grammar.attrs import payloads

    return lambda data: payloads(data, byteorder)[1]


def _file(name: str, fits: Fits) -> list[bytes]:
    from ovsdissect.text.screen import escape

    try:
        with open(name, "rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise OvsDissectError(f"{escape(name)}: {error.strerror}") from error
    return _read(name, _text(name, data), fits)


def _text(name: str, data: bytes) -> str:
    from ovsdissect.text.screen import escape

    if len(data) > LARGEST:
        raise OvsDissectError(f"{escape(name)}: more than {LARGEST:,} bytes of text")
    return data.decode("utf-8", "backslashreplace")


def _read(name: str, text: str, fits: Fits) -> list[bytes]:
    from ovsdissect.capture.pasted import PasteError, pasted
    from ovsdissect.text.screen import cut, escape

    try:
        return pasted(text, fits)
    except PasteError as fault:
        where = f"{cut(escape(name), 40)}: " if name else ""
        raise PasteError(fault.line, fault.column, fault.text, where) from None
