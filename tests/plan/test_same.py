"""Construct, the tree and every back end of the plan say the same of every message: recorded, random, spoiled; in both byte orders."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

import orjson
import pytest
from construct import ConstructError
from hypothesis import given, settings
from hypothesis import strategies as st

from ovsdissect.api import Message, is_ovs
from ovsdissect.capture import Record
from ovsdissect.dissect import shapes
from ovsdissect.dissect.context import Context
from ovsdissect.dissect.decode import decoder
from ovsdissect.dissect.plan import Refused
from ovsdissect.dissect.survey import survey
from ovsdissect.export.fastjson import JsonLines
from ovsdissect.families.registry import Registry
from ovsdissect.grammar.plain import to_plain
from ovsdissect.grammar.wire import ByteOrder
from ovsdissect.json.jsonline import render, to_dict
from ovsdissect.problem import ProblemKind
from tests import recorded
from tests.plan import traffic


@pytest.fixture(autouse=True)
def _compile_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A shape is compiled when it is first seen."""
    monkeypatch.setattr(shapes, "SIGHTINGS", 1)


ORDERS = st.sampled_from(["little", "big"])


def surveyed(name: str) -> Registry:
    """The ids that a first pass over a capture finds."""
    registry = Registry()
    survey(registry, recorded.records(name))
    return registry


def by_tree(records: Iterable[Record], registry: Registry, everything: bool) -> list[str]:
    """The lines of every message's tree."""
    context = Context(registry, Message)
    messages = (message for record in records for message in context.messages(record))
    return [orjson.dumps(to_dict(message)).decode() for message in messages if everything or is_ovs(message)]


def by_template(records: Iterable[Record], registry: Registry, everything: bool) -> list[str]:
    """The lines of `ovsdissect json`."""
    writer = JsonLines(Context(registry, Message), lambda message: everything or is_ovs(message), everything=everything)
    return b"".join(text for text, _ in writer.parts(records, 50)).decode().splitlines()


@pytest.mark.parametrize(
    ("name", "everything"), [*((name, True) for name in recorded.ALL), *((name, False) for name in ("startup", "nlextras", "rawnl"))]
)
def test_json_of_recorded_messages(name: str, everything: bool) -> None:
    records = recorded.records(name)
    assert by_template(records, surveyed(name), everything) == by_tree(records, surveyed(name), everything)


@pytest.mark.parametrize("time_ns", [None, -1, 0, 5_000_000_000, 253_402_300_800 * 10**9, 2**70])
def test_json_of_odd_times(time_ns: int | None) -> None:
    """Of every netlink protocol: no second of ten digits, none of a year that has four, none at all."""
    records = [one._replace(time_ns=time_ns) for one in recorded.records("startup")[:400]]
    assert {one.data[14:16] for one in records} > {b"\0\0", b"\0\x10"}
    assert by_template(records, surveyed("startup"), True) == by_tree(records, surveyed("startup"), True)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**64), ORDERS, st.booleans())
def test_json_of_random_messages(seed: int, order: ByteOrder, everything: bool) -> None:
    records = traffic.records(seed, order)
    assert by_template(records, traffic.registry(), everything) == by_tree(records, traffic.registry(), everything)


@pytest.mark.parametrize("name", recorded.NAMES)
def test_json_of_spoiled_messages(name: str) -> None:
    random = Random(name)
    records = [
        one._replace(data=one.data[:16] + traffic.spoiled(one.data[16:], random)) if random.random() < 0.3 else one
        for one in recorded.records(name)[:800]
    ]
    assert by_template(records, surveyed(name), True) == by_tree(records, surveyed(name), True)


def dictionaries(messages: Iterable[Message]) -> tuple[int, int]:
    """How many messages the dictionary back end read, and how many there were; each that it reads, it reads as the tree does."""
    decoders = {}
    plain = total = 0
    for message in messages:
        body = message.frame.offset + 24
        if message.family is None or message.family.header is None or message.cmd is None or message.frame.end > len(message.data):
            continue
        if message.frame.end < body or message.cmd.number not in message.family.by_number:
            continue
        request = message.direction == "to-kernel"
        key = (message.cmd, request, message.order)
        decode = decoders.get(key) or decoders.setdefault(key, decoder(message.family, message.cmd, request=request, order=message.order))
        total += 1
        try:
            attrs = decode(message.data, body, message.frame.end)
        except Refused:
            continue
        plain += 1
        assert message.attrs is not None
        shown = render(message.attrs)
        assert attrs == shown, (attrs, shown)
        # what the attributes alone cannot show: a packet that is not its key's, a header that says more than there is
        assert all(problem.kind is ProblemKind.DISAGREEMENT or problem.path == "nlmsg.len" for problem in message.problems)
    return plain, total


@pytest.mark.parametrize("name", recorded.NAMES)
def test_dictionaries_of_recorded_messages(name: str) -> None:
    plain, total = dictionaries(recorded.messages(name)[:3000])
    assert plain > total / 3 or name in ("rawnl", "truncated")


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**64), ORDERS)
def test_dictionaries_of_random_messages(seed: int, order: ByteOrder) -> None:
    context = Context(traffic.registry(), Message)
    dictionaries([message for one in traffic.records(seed, order) for message in context.messages(one)])


@pytest.mark.parametrize("name", recorded.NAMES)
def test_construct_reads_what_the_plan_reads(name: str) -> None:
    """Construct is slow: it sees the first messages of each command."""
    counts: dict[object, int] = {}
    for message in recorded.messages(name):
        if message.family is None or message.cmd is None or message.attrs is None or message.problems:
            continue
        counts[message.cmd] = counts.get(message.cmd, 0) + 1
        if counts[message.cmd] > 8:
            continue
        node = message.attrs
        try:
            parsed = message.family.attrs.parse(message.data[node.offset : node.offset + node.length], byteorder=message.order)
        except ConstructError as error:
            pytest.fail(f"message {message.number}: {error}")
        assert hexadecimal(to_plain(message.family.attrs, parsed)) == hexadecimal(node.value)


def hexadecimal(value: object) -> object:
    """The value with its bytes in hex."""
    if isinstance(value, dict):
        return {key: hexadecimal(one) for key, one in value.items()}
    if isinstance(value, list):
        return [hexadecimal(one) for one in value]
    return value.hex() if isinstance(value, bytes) else value
