"""What fuzzing runs: each surface takes a capture file and raises if something is not as promised."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import BinaryIO, Final, cast

from click.testing import CliRunner

import ovsdissect
from ovsdissect import odp
from ovsdissect.api import Message
from ovsdissect.capture import Record, open_capture
from ovsdissect.cli import ovsdissect as commands
from ovsdissect.columns import TABLES
from ovsdissect.engine.available import VARIABLE
from ovsdissect.errors import CaptureError
from ovsdissect.filter import compile as compile_filter
from ovsdissect.json.encoding import encode
from ovsdissect.text.outline import outline
from ovsdissect.text.rows import row
from ovsdissect.text.summary import summary
from ovsdissect.text.values import scope
from tests.tree.invariants import covers
from tools.fuzz.drawn import screen
from tools.fuzz.found import LONGEST, FoundError
from tools.fuzz.typed import filters, pastes, said

FILTERS: Final = (
    "key.ipv4.dst == 10.0.0.0/8 || actions.output == 2 || error.number < 0 || dp_ifindex > 3",
    "ovs_packet.cmd == miss && key.in_port > 1 && !(key.tcp.dst in {80, 443})",
    'error.message contains "x" || ip.src == 10.0.0.1',
)
COMMANDS: Final[tuple[tuple[str, ...], ...]] = (
    ("json", "--all"),
    ("json", "-Y", FILTERS[0]),
    ("json", "--odp", "--inner", "--raw"),
    ("list", "--all"),
    ("list", "--csv"),
    ("list", "-Y", FILTERS[1]),
    ("stats", "--json"),
)
FILE_COMMANDS: Final[tuple[tuple[str, ...], ...]] = (
    ("json", "--all"),
    ("list",),
    ("stats",),
    ("upcalls", "--json"),
    ("report",),
    ("show",),
)
ANALYSES: Final = (("upcalls", "--json"), ("flows", "--json"), ("ports", "--json"), ("errors", "--json"), ("report", "--json"))


def _messages(path: Path) -> Iterator[Message]:
    """The messages of a capture; one that takes too long is an error."""
    with ovsdissect.open(path) as capture:
        start = time.thread_time()
        for message in capture:
            yield message
            if time.thread_time() - start > LONGEST:
                raise FoundError(f"message {message.number} took {time.thread_time() - start:.1f} s")
            start = time.thread_time()


def tree(path: Path) -> int:
    """The tree covers every byte once, and all that is made of a message for JSON, lists and the screen is made and can be printed."""
    filters = [compile_filter(text) for text in FILTERS]
    count = 0
    for message in _messages(path):
        covers(message)
        where = scope(message)
        shown = [summary(message, where), *(line.text for line in outline(message, where)), *row(message, where)]
        if not all(text.isprintable() for text in shown if isinstance(text, str)):
            raise FoundError(f"message {message.number}: a text that cannot be printed")
        line = encode(message.to_dict(raw=True, inner=True)).decode()
        if not line.isprintable():
            raise FoundError(f"message {message.number}: JSON that cannot be printed")
        message.odp.to_dict()
        for one in filters:
            one.matches(message)
        count += 1
    return count


def _printed(path: Path, command: tuple[str, ...]) -> bytes:
    try:
        result = CliRunner().invoke(commands, [*command, "-q", str(path)], catch_exceptions=False)
    except CaptureError as error:  # which the program itself says and ends with 2
        return str(error).encode()
    if result.exit_code not in (0, 2):
        raise FoundError(f"{' '.join(command)}: exit code {result.exit_code}")
    return result.stdout_bytes


@contextmanager
def _engine_off() -> Iterator[None]:
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = "1"
    try:
        yield
    finally:
        os.environ.pop(VARIABLE)
        if before is not None:
            os.environ[VARIABLE] = before


def readers(path: Path) -> int:
    """The engine prints what the tree does."""
    for command in COMMANDS:
        by_engine = _printed(path, command)
        with _engine_off():
            by_tree = _printed(path, command)
        if command[0] == "stats":  # which says how many messages the tree read
            continue
        if by_engine != by_tree:
            raise FoundError(f"{' '.join(command)}: the engine and the tree differ")
    return 0


def columns(path: Path) -> int:
    """All tables are made, and that of the messages is the same by the engine and by the tree."""
    try:
        with ovsdissect.open(path) as capture:
            for table in TABLES:
                made = capture.to_arrow(table, all=True)
                if table == "messages":
                    with _engine_off():
                        by_tree = capture.to_arrow(table, all=True)
                    unequal = (name for name in made.column_names if not made[name].equals(by_tree[name]))
                    # the same values may stand in dictionaries of other orders
                    wrong = [name for name in unequal if made[name].to_pylist() != by_tree[name].to_pylist()]
                    if wrong:
                        raise FoundError(f"columns of the engine and of the tree differ: {', '.join(wrong)}")
    except CaptureError:
        pass
    return 0


def analyses(path: Path) -> int:
    """The analyses end."""
    for command in ANALYSES:
        _printed(path, command)
    return 0


class _Pipe(io.RawIOBase):
    """Bytes that come a few at a time, and only once."""

    def __init__(self, data: bytes, size: int) -> None:
        self._data, self._size, self._at = data, size, 0

    def read(self, size: int = -1) -> bytes:
        piece = self._data[self._at : self._at + self._size]
        self._at += len(piece)
        return piece


def _read(source: Path | BinaryIO) -> tuple[list[Record], str]:
    """The records of a capture, and how it ended."""
    start, found = time.thread_time(), []
    try:
        with open_capture(source) as capture:
            for record in capture:
                if record.wire_length < 0 or (not record.data and record.offset < 0):
                    raise FoundError(f"record {record.number}")
                found.append(record)
            ended = "" if capture.cut is None else capture.cut.text
            if capture.cut is not None and not ended:
                raise FoundError("no text of a capture that is cut")
    except CaptureError as error:
        ended = str(error).removeprefix(str(source))
    if time.thread_time() - start > LONGEST:
        raise FoundError(f"reading took {time.thread_time() - start:.1f} s")
    return found, ended


def files(path: Path) -> int:
    """Readers of captures end with records, and say what is wrong, or raise CaptureError; a pipe gives the same; commands end."""
    data = path.read_bytes()
    whole, ended = _read(path)
    piece = (7, 100, 4096)[len(data) % 3]
    by_pieces, said_then = _read(cast(BinaryIO, _Pipe(data, piece)))
    if by_pieces != whole or said_then.removeprefix("the given stream") != ended:
        raise FoundError(f"a pipe in pieces of {piece} bytes gives something else: {said_then!r}, not {ended!r}")
    start = time.thread_time()
    _printed(path, FILE_COMMANDS[len(data) % len(FILE_COMMANDS)])
    if time.thread_time() - start > LONGEST:
        raise FoundError(f"the command took {time.thread_time() - start:.1f} s")
    return 0


def texts(path: Path) -> int:
    """Open vSwitch's texts of any bytes, as flows, keys, actions and tunnels, in both byte orders."""
    rng = Random(path.stat().st_size)
    data = path.read_bytes()
    for _ in range(40):
        at = rng.randrange(max(len(data), 1))
        part, mask = data[at : at + rng.choice((0, 4, 20, 60, 300))], rng.randbytes(rng.choice((0, 8, 40)))
        for order in ("little", "big"):
            odp.format_key(part, byteorder=order)  # type: ignore[arg-type]
            odp.format_flow(part, mask, byteorder=order)  # type: ignore[arg-type]
            odp.format_actions(part, byteorder=order)  # type: ignore[arg-type]
            odp.format_tunnel(part, mask=mask, byteorder=order)  # type: ignore[arg-type]
    return 0


# name: what it is
SURFACES: Final[dict[str, Callable[[Path], int]]] = {
    "tree": tree,
    "readers": readers,
    "analyses": analyses,
    "texts": texts,
    "columns": columns,
    "screen": screen,
    "filters": filters,
    "pastes": pastes,
    "said": said,
    "files": files,
}
FILES: Final = ("files",)  # of spoiled files; the others are of spoiled messages
MESSAGES: Final = tuple(name for name in SURFACES if name not in FILES)
