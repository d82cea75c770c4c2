"""Measures decoding in memory: the engine's dictionaries against Construct, and decoding to JSON text against pyroute2 and scapy.

Each contender declares every attribute of ovs_packet and ovs_flow in its library's terms and gives the same values
(tests/bench/contenders), which is checked for the first messages. Slow contenders get only the first messages, with the same mix. Ours see
no message twice, because they cache values.
Prints one JSON object: contender -> messages per CPU second, or why there is no result.
    python -m tests.bench.memory CAPTURE [COUNT]
"""

from __future__ import annotations

import gc
import re
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from importlib import import_module
from io import BytesIO
from itertools import islice
from typing import Any, Final, TypeVar

import orjson

from ovsdissect.api import Message, open
from ovsdissect.capture import Record, Records, open_capture
from ovsdissect.carve.pcap import PcapWriter
from ovsdissect.dissect.context import Context
from ovsdissect.engine.jsonline import JsonLines
from ovsdissect.engine.lines import Lines
from ovsdissect.engine.objects import Objects
from ovsdissect.engine.tables import tables
from ovsdissect.families import OVS_FLOW, OVS_PACKET
from ovsdissect.families.registry import Registry
from ovsdissect.grammar import Family
from ovsdissect.json.jsonline import render
from ovsdissect.netlink.numbers import FIRST, GENLMSGHDR_LEN, NLMSGHDR_LEN
from tests.bench.contenders import plain_construct

T = TypeVar("T")

ROUNDS: Final = 5
SLOW: Final = 40  # how many times fewer messages the slow contenders get
CHECKED: Final = 300
FAMILIES: Final = (OVS_PACKET, OVS_FLOW)
ATTRIBUTES: Final = FIRST + NLMSGHDR_LEN + GENLMSGHDR_LEN + 4  # where they begin in a record: behind struct ovs_header
UUID: Final = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

Decode = Callable[[bytes], Any]


class Contender:
    """What is measured: for each round a number of messages and the work that goes through them; the first round does not count."""

    def __init__(self, rounds: Sequence[tuple[int, Callable[[], object]]]) -> None:
        self.rounds = rounds
        self.rates: list[float] = []

    def measure(self, number: int) -> None:
        """One round."""
        count, work = self.rounds[number]
        gc.collect()
        start = time.process_time()
        work()
        self.rates.append(count / (time.process_time() - start))

    @property
    def rate(self) -> float:
        """Messages a CPU second, the median of the rounds."""
        return statistics.median(self.rates[1:])


def shares(things: list[T]) -> list[list[T]]:
    """A list in as many parts as there are rounds: what remembers values shall meet new ones in each, as in a capture."""
    size = len(things) // (ROUNDS + 1)
    return [things[number * size : (number + 1) * size] for number in range(ROUNDS + 1)]


def ours(messages: list[Message]) -> Contender:
    """The dictionaries of the engine, as the API's users would have them: what it refuses goes to the tree."""
    numbers = {(family.name, command.number): number for number, (family, command) in enumerate(tables().declared)}
    made = Objects(tables())

    def work(jobs: list[tuple[Message, int, bool]]) -> None:
        for message, command, request in jobs:
            found = made.attributes(message.data, command, ATTRIBUTES, message.frame.end, False, request)
            if found is None and message.attrs is not None:
                render(message.attrs)

    jobs = [
        [
            (one, numbers[one.declaration.name, one.command.number], one.direction == "to-kernel")
            for one in share
            if one.family is not None and one.cmd is not None
        ]
        for share in shares(messages)
    ]
    return Contender([(len(share), partial(work, share)) for share in jobs])


class _Nowhere:
    """A file that takes all and keeps nothing."""

    def write(self, data: bytes | memoryview) -> int:
        return len(data)

    def flush(self) -> None:
        pass


def our_lines(registry: Registry, records: list[Record]) -> Contender:
    """Whole messages, from the record on, to JSON text in memory."""

    def work(data: bytes) -> None:
        with open_capture(BytesIO(data)) as capture:
            lines = Lines(
                Context(registry.copy(), Message),
                Records(capture.pieces()),
                lambda message: orjson.dumps(message.to_dict()) + b"\n",
                lambda walk, answer, output, made: JsonLines(walk, answer, output, made, True, False),
            )
            lines.write(_Nowhere(), live=False)

    return Contender([(len(share), partial(work, written(share))) for share in shares(records)])


def written(records: list[Record]) -> bytes:
    """Records as a capture."""
    out = BytesIO()
    writer = PcapWriter(out)
    for record in records:
        writer.write(record)
    return out.getvalue()


def other(messages: list[Message], decode: Mapping[Family, Decode], begin: int, *, checked: bool = True) -> Contender:
    """A contender's work on the bytes of each message from `begin` on, once it is sure that it gives our values."""
    jobs = [(decode[message.declaration], message.data[begin : message.frame.end]) for message in messages if message.declaration]
    if checked:
        for message, (one, data) in zip(messages[:CHECKED], jobs, strict=False):
            check(message, one(data))

    def work() -> None:
        for one, data in jobs:
            one(data)

    return Contender([(len(jobs), work)] * (ROUNDS + 1))


def check(message: Message, decoded: Any) -> None:
    """Every value of a message must be among those that were decoded, as often; SystemExit where one is not."""
    expected = message.to_dict()["attrs"]
    theirs = orjson.loads(decoded) if isinstance(decoded, bytes) else decoded
    missing = Counter(scalars(expected, flags=False)) - Counter(scalars(theirs, flags=True))
    if missing:
        raise SystemExit(f"message {message.number} lacks {', '.join(missing)} of {expected} in {theirs}")


def scalars(value: Any, *, flags: bool) -> Iterator[str]:
    """Every number and text in a value, however it is nested, each in one spelling; flags: what is true shows its name."""
    if isinstance(value, Mapping):
        for name, one in value.items():
            if one is True:
                yield from [name] * flags
            elif not (name == "length" and "hex" in value):
                yield from scalars(one, flags=flags)
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from scalars(one, flags=flags)
    elif isinstance(value, bytes):
        yield value.hex()
    elif isinstance(value, str):
        if not UUID.fullmatch(value):  # words in the host's order; the others keep the bytes
            yield str(int(value, 16)) if value.startswith("0x") else value
    elif isinstance(value, int):
        yield str(int(value))


def main(path: str, count: int) -> dict[str, float | str]:
    """Every rate."""
    with open(path) as capture:
        wanted = (one for one in capture if one.declaration in FAMILIES and one.frame.offset == FIRST and one.byteorder == "little")
        messages = [one for one in islice(wanted, count) if not one.problems]
    few = messages[: max(len(messages) // SLOW, CHECKED)]
    found: dict[str, Contender | str] = {"dictionaries": ours(messages)}
    with open(path) as capture:
        _context, stream = capture.begin()
        found["json"] = our_lines(capture.registries[0], list(islice(stream, count)))
    grammar = {family: partial(family.attrs.parse, byteorder="little") for family in FAMILIES}
    found["our Construct grammar"] = other(few, grammar, ATTRIBUTES, checked=False)
    for name, compiled in (("plain Construct", False), ("plain Construct, compiled", True)):
        found[name] = other(few, {family: plain_construct.parser(family, compiled=compiled) for family in FAMILIES}, ATTRIBUTES)
    for name in ("pyroute2", "scapy"):
        try:
            module = import_module(f"tests.bench.contenders.with_{name}")
        except ModuleNotFoundError as error:
            if not str(error.name).startswith(name):
                raise
            found[name] = "not installed"
        else:
            found[name] = other(few, {family: module.texts(family) for family in FAMILIES}, FIRST)
    measured = [one for one in found.values() if isinstance(one, Contender)]
    for number in range(ROUNDS + 1):
        for one in measured:
            one.measure(number)
    return {name: one.rate if isinstance(one, Contender) else one for name, one in found.items()}


if __name__ == "__main__":
    sys.stdout.buffer.write(orjson.dumps(main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 20_000)))
