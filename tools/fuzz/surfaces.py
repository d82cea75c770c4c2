"""What fuzzing runs: each surface takes a capture file and raises where something is not as promised."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Final

from click.testing import CliRunner

import ovsdissect
from ovsdissect import odp
from ovsdissect.api import Message
from ovsdissect.capture import open_capture
from ovsdissect.cli import ovsdissect as commands
from ovsdissect.engine.available import VARIABLE
from ovsdissect.errors import CaptureError
from ovsdissect.filter import compile as compile_filter
from ovsdissect.json.encoding import encode
from ovsdissect.text.outline import outline
from ovsdissect.text.rows import row
from ovsdissect.text.summary import summary
from ovsdissect.text.values import scope
from tests.tree.invariants import covers

# a message that takes longer is a hang, in seconds of this thread's processor time
LONGEST: Final = 1.0
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
ANALYSES: Final = (("upcalls", "--json"), ("flows", "--json"), ("ports", "--json"), ("errors", "--json"), ("report", "--json"))


class FoundError(Exception):
    """Something is not as promised."""


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
    result = CliRunner().invoke(commands, [*command, "-q", str(path)], catch_exceptions=False)
    if result.exit_code not in (0, 2):
        raise FoundError(f"{' '.join(command)}: exit code {result.exit_code}")
    return result.stdout_bytes


def readers(path: Path) -> int:
    """The engine prints what the tree does."""
    for command in COMMANDS:
        by_engine = _printed(path, command)
        before = os.environ.get(VARIABLE)
        os.environ[VARIABLE] = "1"
        try:
            by_tree = _printed(path, command)
        finally:
            os.environ.pop(VARIABLE)
            if before is not None:
                os.environ[VARIABLE] = before
        if command[0] == "stats":  # which says how many messages the tree read
            continue
        if by_engine != by_tree:
            raise FoundError(f"{' '.join(command)}: the engine and the tree differ")
    return 0


def analyses(path: Path) -> int:
    """The analyses end."""
    for command in ANALYSES:
        _printed(path, command)
    return 0


def files(path: Path) -> int:
    """Readers of captures end with records, and say what is wrong, or raise CaptureError."""
    start = time.thread_time()
    try:
        with open_capture(path) as capture:
            for record in capture:
                if record.wire_length < 0 or (not record.data and record.offset < 0):
                    raise FoundError(f"record {record.number}")
            if capture.cut is not None and not capture.cut.text:
                raise FoundError("no text of a capture that is cut")
    except CaptureError:
        pass
    if time.thread_time() - start > LONGEST:
        raise FoundError(f"reading took {time.thread_time() - start:.1f} s")
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
    "files": files,
}
MESSAGES: Final = ("tree", "readers", "analyses", "texts")  # of messages that are spoiled; the other one is of spoiled files
