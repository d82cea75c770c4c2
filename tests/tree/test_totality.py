"""Any bytes give messages: root, problems and JSON never raise, each byte is in one leaf, no key stands twice, orjson dumps it.

Tried on every prefix of messages that together hold every attribute in every place, on mutations of them, and on what hypothesis makes up:
more than 100,000 mutated messages a run.
"""

from __future__ import annotations

import random
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ovsdissect.api import Message
from ovsdissect.byteorder import ByteOrder
from ovsdissect.capture import Record
from ovsdissect.dissect.context import Context
from ovsdissect.families.registry import Registry
from tests import recorded
from tests.tree.invariants import COOKED, check

CHUNKS = 48  # of the messages, so that workers share them
MUTATIONS = 360  # of each of them
IDS = {"ovs_datapath": 38, "ovs_vport": 39, "ovs_flow": 40, "ovs_packet": 41, "ovs_meter": 42, "ovs_ct_limit": 43}
EDGES = (0, 1, 2, 3, 4, 5, 7, 8, 0x7F, 0x80, 0xFF, 0x3FFF, 0x4000, 0x7FFF, 0x8000, 0xFFFF)


@cache
def bodies() -> tuple[bytes, ...]:
    """The bytes of messages of every kind, together with every attribute in every place that the captures show."""
    return tuple(message.data[message.frame.offset : message.frame.offset + message.frame.length] for message in recorded.telling())


def dissected(
    context: Context[Message], data: bytes, *, wire_length: int | None = None, order: ByteOrder = "little", thorough: bool = True
) -> None:
    """Dissect a record of generic netlink that holds these bytes, and check it."""
    record = Record(1, 0, 253, b"\0\4\3\x38" + bytes(10) + b"\0\x10" + data, 0, 0, 0, order)
    record = record._replace(wire_length=max(len(record.data), COOKED + (wire_length or 0)))
    check(list(context.messages(record)), thorough=thorough)


def mutated(data: bytes, rng: random.Random) -> bytes:
    """Bytes with one to three changes of the kinds that break decoders: bits, lengths, types, slices gone, doubled or moved."""
    out = bytearray(data)
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(out) + 1)
        even = at & ~3
        length = rng.randint(1, 12)
        match rng.randrange(8):
            case 0 if at < len(out):
                out[at] ^= 1 << rng.randrange(8)
            case 1 if even + 2 <= len(out):
                out[even : even + 2] = rng.choice(EDGES).to_bytes(2, "little")  # an attribute's length
            case 2 if even + 4 <= len(out):
                out[even + 2 : even + 4] = rng.randrange(40).to_bytes(2, "little")  # its type
            case 3:
                del out[at : at + length]
            case 4:
                out[at:at] = out[at : at + 4 * length]
            case 5:
                out[at:at] = rng.randbytes(length)
            case 6:
                source = rng.randrange(len(out) + 1)
                out[at : at + length] = out[source : source + length]
            case 7 if even + 2 <= len(out):
                left = (len(out) - even + rng.randint(-5, 5)) & 0xFFFF
                out[even : even + 2] = left.to_bytes(2, "little")  # a length that ends near the end
    return bytes(out)

CHUNK = [0, *(pytest.param(chunk, marks=pytest.mark.slow) for chunk in range(1, CHUNKS))]


@pytest.mark.parametrize("chunk", CHUNK)
def test_prefixes(chunk: int) -> None:
    """A record cut by the snap length at any byte."""
    context = Context(Registry(IDS), Message)
    for body in bodies()[chunk::CHUNKS]:
        for length in range(len(body)):
            dissected(context, body[:length], wire_length=len(body), thorough=length % 16 == 0)


@pytest.mark.slow
@pytest.mark.parametrize("chunk", CHUNK)
def test_mutations(chunk: int) -> None:
    """Damaged messages, one in eight read in the other byte order, one in eight cut as well."""
    context = Context(Registry(IDS), Message)
    rng = random.Random(chunk)
    for body in bodies()[chunk::CHUNKS]:
        for i in range(MUTATIONS):
            data = mutated(body, rng)
            if i % 8 == 0:
                # still framed as a message: what is inside is read from the wrong end
                data = b"".join(bytes(reversed(data[at : at + size])) for at, size in ((0, 4), (4, 2), (6, 2), (8, 4), (12, 4))) + data[16:]
                dissected(context, data, order="big", thorough=i % 16 == 0)
            elif i % 8 == 1:
                dissected(context, data[: rng.randrange(len(data) + 1)], wire_length=len(data), thorough=i % 16 == 1)
            else:
                dissected(context, data, thorough=i % 8 == 2)


def test_a_run_has_enough() -> None:
    assert MUTATIONS * len(bodies()) > 100_000


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200), st.sampled_from(sorted(IDS.values())), st.integers(0, 12), st.sampled_from(["little", "big"]))
def test_made_up_attributes(attributes: bytes, family: int, command: int, order: ByteOrder) -> None:
    """Random bytes behind intact headers."""
    header = (24 + len(attributes)).to_bytes(4, order) + family.to_bytes(2, order) + bytes(10) + bytes([command, 1, 0, 0]) + bytes(4)
    dissected(Context(Registry(IDS), Message), header + attributes, order=order)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300), st.integers(0, 400), st.sampled_from([113, 253, 276]), st.integers(0, 40), st.booleans())
def test_made_up_records(data: bytes, wire_length: int, link_type: int, protocol: int, framed: bool) -> None:
    """Random bytes from the first one on, in every link type."""
    if framed:
        data = b"\0\4\3\x38" + bytes(10) + protocol.to_bytes(2, "big") + data
    record = Record(1, None, link_type, data, max(wire_length, len(data)), 0, 0, "little")
    for message in Context(Registry(IDS), Message).messages(record):
        assert message.to_dict(raw=True)["problems"] == [problem._asdict() for problem in message.problems]


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_damage(data: st.DataObject) -> None:
    """What hypothesis finds to change in a real message, shrunk to the least change that breaks an invariant."""
    out = bytearray(data.draw(st.sampled_from(bodies())))
    for at, value in data.draw(st.lists(st.tuples(st.integers(0, len(out) - 1), st.integers(0, 255)), max_size=6)):
        out[at] = value
    dissected(Context(Registry(IDS), Message), bytes(out))
