"""What tables are read from: the passes over a capture in a file, whoever opened it."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from typing import IO, TYPE_CHECKING, Any, Protocol

from ovsdissect import files
from ovsdissect.byteorder import ByteOrder
from ovsdissect.capture import LONGEST_RECORD, CaptureFile, Piece, Records, Skipped, open_capture
from ovsdissect.dissect.context import Context
from ovsdissect.dissect.conversation import Registries
from ovsdissect.dissect.lookahead import LookAhead, Told
from ovsdissect.dissect.message import Message
from ovsdissect.engine.available import engine
from ovsdissect.engine.first_passes import look, survey
from ovsdissect.errors import CaptureError, extra_missing
from ovsdissect.families.registry import given_ids
from ovsdissect.problem import Problem

if TYPE_CHECKING:
    from ovsdissect.analysis.facts import Batch

Passes = Callable[[Any, int | None], bool]


class Source(Protocol):
    """A capture over which passes are made; ovsdissect.open() returns one, too."""

    @property
    def cut(self) -> Problem | None:
        """How the capture ended early; known once a pass is done."""

    @property
    def release(self) -> str | None:
        """The Open vSwitch release for the texts of its flows."""

    def begin(self) -> tuple[Context[Any], Records]:
        """Begin a new pass."""

    def facts(self, *, passes: Passes | None = None) -> Iterator[Batch]:
        """Yield what the analyses need, in a new pass. passes: a display filter, called with each message and its event."""


class File:
    """A capture in an open file, which every pass reads from its start. Raises CaptureError if it is not a capture.

    cut: how it ended early; known once a pass is done.
    """

    def __init__(self, file: CaptureFile, name: str, families: Mapping[str, int] | None = None) -> None:
        self._file, self._name, self._families = file, name, given_ids(families)
        self.cut: Problem | None = None
        self.skipped: list[Skipped] = []
        self._ahead = LookAhead(self._tell)
        self._pass: CaptureFile | None = None
        self._read = 0  # bytes read by earlier passes

    @property
    def passes(self) -> float:
        """How often the file was read from end to end: 1.5 in the middle of a second pass."""
        taken = self._read + (self._pass.taken if self._pass is not None else 0)
        return taken / self._file.opened.size if self._file.opened is not None and self._file.opened.size else 0.0

    def begin(self) -> tuple[Context[Message], Records]:
        """Begin a new pass, which knows what the whole capture reveals about family ids."""
        registries = Registries(self._families)
        with self._file.again() as first:
            survey(registries, first)
        context = Context(registries, Message)
        context.ahead, context.interfaces = self._ahead, first.interfaces
        return context, Records(self._pieces(context))

    def _pieces(self, context: Context[Message]) -> Iterator[Piece]:
        records = 0
        with self._file.again() as file:
            self._pass = file
            for piece in file.pieces():
                yield piece
                records = piece[-1].number if isinstance(piece, list) else piece.number
            self.cut, self.skipped = file.cut, file.skipped
            self._pass = None
            self._read += file.taken
        if records and context.met.foreign == records:
            raise CaptureError(f"{self._name}: no netlink in this capture: its packets come from devices other than nlmon")

    def _tell(self) -> Told:
        """Return what the whole capture tells about each message."""
        from ovsdissect.analysis.ahead import told

        return told(self.facts())

    def facts(self, *, passes: Passes | None = None) -> Iterator[Batch]:
        """Yield what the analyses need, in a new pass."""
        context, records = self.begin()
        if engine().compiled and passes is None:
            from ovsdissect.analysis import native

            return native.batches(context, records)
        from ovsdissect.analysis.read import RECORDS, batches

        return batches(context, records, size=RECORDS, passes=passes)

    @property
    def release(self) -> str | None:
        """The Open vSwitch release that the capture reveals."""
        from ovsdissect.odp.detection import Detectors

        registries = self.begin()[0].registries
        detectors = Detectors()
        with self._file.again() as first:
            look(detectors, registries, first)
        return next((one.release for one in detectors.values() if one.seen), None)


@contextmanager
def opened(
    path: str | os.PathLike[str],
    families: Mapping[str, int] | None = None,
    byteorder: ByteOrder | None = None,
    max_record: int = LONGEST_RECORD,
) -> Iterator[File]:
    """Open the capture at a path, at a URL that fsspec knows ("s3://bucket/nlmon.pcap.zst"), or on standard input ("-").

    Raises CaptureError if it is not a capture, OvsDissectError if a URL needs a package that is not installed.
    """
    with local([os.fspath(path)]) as ((name, there),):
        try:
            with open_capture(there, byteorder=byteorder, max_record=max_record) as file:
                yield File(file, name, families)
        except CaptureError as error:
            raise CaptureError(as_given(str(error), name, there)) from error


def as_given(text: str, name: str, path: str) -> str:
    """Return what is said about the path of a capture, or of a copy of it, with the name that the user knows."""
    return text.replace(path, "standard input" if name == "-" else name)


@contextmanager
def local(names: Iterable[str]) -> Iterator[list[tuple[str, str]]]:
    """Yield the names of captures with the paths of files: what is_passing() is copied to a temporary one, as it is read repeatedly."""
    with ExitStack() as stack:
        found = []
        for name in names:
            if not is_passing(name):
                _held(stack, name)
                found.append((name, name))
                continue
            copy = stack.enter_context(tempfile.NamedTemporaryFile(prefix="ovsdissect-"))
            with _remote(name) as stream:
                _hold(stack, stream)
                shutil.copyfileobj(stream, copy, 1 << 20)
            copy.flush()
            found.append((name, copy.name))
        yield found


def is_passing(name: str) -> bool:
    """Whether the name of a capture is not that of a local file: it is standard input, a URL, or a pipe such as <(...) of a shell."""
    if name == "-" or "://" in name:
        return True
    try:
        mode = os.stat(name).st_mode
    except (OSError, ValueError):
        return False  # its reader reports what is wrong
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


def _held(stack: ExitStack, name: str) -> None:
    """Protect a file from being overwritten by an output, also between two passes."""
    with suppress(OSError):
        file = stack.enter_context(open(name, "rb"))  # noqa: SIM115 - the stack closes it
        _hold(stack, file)


def _hold(stack: ExitStack, file: IO[bytes]) -> None:
    with suppress(OSError, ValueError, AttributeError):  # without a descriptor it is not a file
        let_go = files.hold(file, file.fileno())
        if let_go is not None:
            stack.callback(let_go)


@contextmanager
def _remote(name: str) -> Iterator[Any]:
    """Open standard input, a pipe or a URL."""
    if name == "-":
        import sys

        if sys.stdin is None:
            raise CaptureError("standard input: it is closed")
        yield sys.stdin.buffer
        return
    if "://" not in name:
        try:
            with open(name, "rb") as pipe:
                yield pipe
        except OSError as error:
            raise CaptureError(f"{name}: {error.strerror}") from error
        return
    try:
        import fsspec
    except ImportError:
        raise extra_missing(f"{name}: a URL needs", "fsspec", "spark") from None
    try:
        with fsspec.open(name, "rb") as stream:
            yield stream
    except (OSError, ImportError, ValueError) as error:
        raise CaptureError(f"{name}: {error}") from error
