"""The bundled captures for the tests: some read completely, once per process; of all, the first of the messages that look alike."""

from __future__ import annotations

import gzip
import re
from collections.abc import Collection, Iterator
from functools import cache
from pathlib import Path

import ovsdissect
from ovsdissect.api import Message
from ovsdissect.capture import Record, open_capture
from ovsdissect.dissect.context import Context
from ovsdissect.dissect.conversation import Registries
from ovsdissect.dissect.survey import survey
from ovsdissect.families.registry import Registry

ROOT = Path(__file__).parent.parent
GOLDEN = Path(__file__).parent / "golden"
ALL = tuple(sorted(path.name.removesuffix(".pcap.gz") for path in (ROOT / "captures").glob("*.pcap.gz")))
# small, and among them everything that Open vSwitch says; rawnl holds malformed messages too
NAMES = ("mid-stream", "rawnl", "startup", "tunnels")
CLEAN = ("mid-stream", "startup", "tunnels")


def path(name: str) -> Path:
    """The file of a capture."""
    return ROOT / "captures" / f"{name}.pcap.gz"


@cache
def records(name: str) -> tuple[Record, ...]:
    """The records of a capture."""
    with open_capture(path(name)) as capture:
        return tuple(capture)


@cache
def _surveyed(name: str) -> Registry:
    found = Registry()
    survey(Registries.of(found), records(name))
    return found


def known(name: str) -> Registry:
    """The ids that a first pass over a capture finds, to go on from."""
    return _surveyed(name).copy()


@cache
def messages(name: str) -> tuple[Message, ...]:
    """Every netlink message of a capture, those of other protocols too."""
    with ovsdissect.open(path(name)) as capture:
        return tuple(capture)


def shape(message: Message) -> tuple[object, ...]:
    """What two messages have in common that differ in nothing but values."""
    return *_head(message), tuple(path for path, _field in message.walk())


def _head(message: Message) -> tuple[object, ...]:
    command = message.command.number if message.command else None
    return message.kind, message.protocol, message.family, command, message.direction


def _look(message: Message) -> tuple[object, ...]:
    """What tells most messages of different shapes apart without dissecting them: the lengths and types of their outer attributes."""
    data, at, end = message.data, message.frame.offset + 24, min(message.frame.end, len(message.data))
    outer = []
    while at + 4 <= end:
        outer.append(data[at : at + 4])
        at += max(int.from_bytes(data[at : at + 2], message.byteorder), 4) + 3 & ~3
    return *_head(message), message.frame.length, tuple(outer)


def of_each_shape(messages: Iterator[Message]) -> Iterator[Message]:
    """The first message of each shape."""
    looks, shapes = set(), set()
    for message in messages:
        look = _look(message)
        if look not in looks:
            looks.add(look)
            key = shape(message)
            if key not in shapes:
                shapes.add(key)
                yield message


@cache
def distinct() -> tuple[Message, ...]:
    """One message of each shape of the small captures."""
    return tuple(of_each_shape(message for name in NAMES for message in few_messages(name)))


SHORT: int = 600  # records that are read whole


def _looks(record: Record) -> Iterator[tuple[object, ...]]:
    """What tells the messages of a record from most of other shapes, by their bytes alone."""
    data, order = record.data, record.byteorder
    direction, protocol = data[:2], int.from_bytes(data[14:16], "big")
    at = 16
    while at + 16 <= len(data):
        length, kind = int.from_bytes(data[at : at + 4], order), int.from_bytes(data[at + 4 : at + 6], order)
        if protocol != 16 or kind < 16:
            yield direction, protocol, kind, length
        else:
            place, end, outer = at + (20 if kind == 16 else 24), min(at + length, len(data)), []
            while place + 4 <= end:
                outer.append(data[place : place + 4])
                place += max(int.from_bytes(data[place : place + 2], order), 4) + 3 & ~3
            yield direction, kind, data[at + 16 : at + 17], length, tuple(outer)
        at += max(length, 16) + 3 & ~3


@cache
def few(name: str) -> tuple[Record, ...]:
    """A short recording whole; of a long one the records in which a message looks as none before, and every fortieth."""
    whole = records(name)
    if len(whole) <= SHORT:
        return whole
    seen: set[tuple[object, ...]] = set()
    chosen = []
    for record in whole:
        looks = set(_looks(record))
        if record.number % 40 == 1 or not looks <= seen:
            chosen.append(record)
        seen |= looks
    return tuple(chosen)


@cache
def few_messages(name: str) -> tuple[Message, ...]:
    """Every netlink message of those few records."""
    context = Context(known(name), Message)
    return tuple(message for record in few(name) for message in context.messages(record))


def written(name: str, numbers: Collection[int], folder: Path) -> Path:
    """A pcap file of the records with these numbers, which have other ones there."""
    made = folder / f"{name}.pcap"
    data = gzip.decompress(path(name).read_bytes())
    out = [data[:24]]
    at = 24
    number = 0
    while at + 16 <= len(data):
        end = at + 16 + int.from_bytes(data[at + 8 : at + 12], "little")
        number += 1
        if number in numbers:
            out.append(data[at:end])
        at = end
    made.write_bytes(b"".join(out))
    return made


def fewer(name: str, folder: Path) -> Path:
    """A pcap file of those few records."""
    return written(name, {record.number for record in few(name)}, folder)


def brief(name: str, folder: Path) -> Path:
    """A pcap file of the records with the first message of each shape, and of those that tell family ids."""
    return written(name, _telling_records(name), folder)


@cache
def _telling_records(name: str) -> frozenset[int]:
    known = few_messages(name)
    shapes = {message.record for message in of_each_shape(iter(known))}
    return frozenset(shapes | {message.record for message in known if message.family == "nlctrl"})


@cache
def telling() -> tuple[Message, ...]:
    """As few messages as show every field of every command somewhere, nesting and all."""
    seen: set[tuple[object, ...]] = set()
    chosen = []
    for message in sorted(distinct(), key=lambda message: -message.frame.length if message.frame.length < 600 else 0):
        names = {(*_head(message), re.sub(r"\[\d+\]|#\d+", "", path)) for path, _field in message.walk()}
        if not names <= seen:
            seen |= names
            chosen.append(message)
    return tuple(chosen)
