"""What the lane's front selects is what the filter says of every message: recorded, spoiled and random ones, in both byte orders."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from ovsdissect.api import Message, is_ovs
from ovsdissect.capture import Record
from ovsdissect.dissect.context import Context
from ovsdissect.dissect.lane import Kind, Lane, Write
from ovsdissect.dissect.plan import Refused
from ovsdissect.dissect.survey import survey
from ovsdissect.errors import FilterError
from ovsdissect.families.registry import Registry
from ovsdissect.filter import Filter, catalogue
from ovsdissect.filter import compile as compile_filter
from ovsdissect.filter.sieve import Sieve
from ovsdissect.grammar import Command
from ovsdissect.grammar.wire import ByteOrder
from tests import recorded
from tests.filter.test_language import CASES
from tests.filter.test_pushdown import RARE, condition
from tests.plan import traffic

DOCS = Path(__file__).parent.parent.parent / "docs"
EXAMPLES = [
    line
    for block in re.findall("```filter\n(.*?)```", (DOCS / "filter.md").read_text(encoding="utf-8"), re.DOTALL)
    for line in block.splitlines()
]
MORE = (
    "ovs_flow || (ovs_packet.cmd == execute && key.in_port == 2)",
    "!(ovs_packet || ovs_flow)",
    "!ovs_flow && number > 20",
    "number in {1, 5..60} && !(nlmsg.seq == 0)",
    "nlmsg.seq & 1",
    "number == record",
    "nlmsg.len >= 100 && nlmsg.pid != 0",
    "frame.len > 300 || frame.cap_len < 100",
    "index > 0",
    "dp_ifindex != 0 && ovs_vport.dp_ifindex",
    "ovs_flow.dp_ifindex == 3",
    "version == 2 || ovs_packet",
    "protocol == route",
    "time_relative < 0.5",
    "request.number > 3",
    "request.cmd == get && !(request.number in {1..9})",
    "!problem && ovs_packet",
    "problem || key.in_port == 2",
    "ovs_flow && problem.kind == unknown",
    'odp.key contains "in_port(2)"',
    "key.in_port & 2",
    "key.in_port in {1, 3} || actions.output in {2..4, 9}",
    "key.in_port !== 2",
    "all key.in_port == 2",
    "key.ipv4.src == 10.0.0.0/9",
    "key.ipv4.src != 10.0.0.0/8",
    "key.ipv4.dst in {10.0.0.0/8, 192.168.0.1}",
    "key.ipv6.dst == fe80::/16 || key.ipv6.src == ff02::/12",
    "key.ethernet.src == 02:00:00:00:00:01",
    'key.ethernet.dst matches "^33"',
    "key.ethernet.dst contains 33:33",
    "key.vlan.vid == 100",
    "key.ct_state.trk && !(key.ct_state has new)",
    "hash.l4 == true",
    "actions.set_masked.ipv4.value.src == 10.0.0.1",
    "actions.set_masked.ipv4.mask.src == 255.255.255.255",
    "actions.userspace.pid == 5",
    "actions.ct.zone == 1",
    "actions.ct.commit == true",
    "mask.in_port == 0xffffffff",
    "stats.n_packets > 0",
    "used",
    "ufid == 00000000-0000-0000-0000-000000000000",
    "ovs_flow.ufid != 00000000-0000-0000-0000-000000000000",
    'ovs_vport.name == "br0" || ovs_datapath.name contains "ovs"',
    "ip.src == 10.0.0.0/8 && ip.ttl == 64",
    "ip.addr == 10.0.0.1",
    "tcp.port == 80 || udp.dstport in {53, 4789}",
    "eth.dst == ff:ff:ff:ff:ff:ff",
    "arp.opcode == 1",
    "tcp.flags.syn",
    "eth.src == key.ethernet.src",
    "ovs_flow.key.attr_type == in_port",
    "ovs_flow.tunnel.id == 1",
    "error.number == -22 || request.cmd == execute",
    "",
)
FILTERS = tuple(dict.fromkeys((*EXAMPLES, *CASES, *MORE)))
Told = tuple[object, ...]


def told(message: Message) -> Told:
    """A message without what is in it."""
    request = message.request
    here = (message.number, message.record, message.time_ns, message.wire_length, message.order, message.protocol, message.frame)
    known = (message.kind, message.family, message.name, command(message.cmd), message.ports, message.datapaths, len(message.data))
    return *here, *known, request and (request.number, request.type, request.family, command(request.cmd), request.body)


def command(found: Command | None) -> tuple[int, str] | None:
    """A command; those that no family has are made anew each time."""
    return found and (found.number, found.name)


@cache
def known(name: str) -> Registry:
    """The ids that a first pass over a capture finds."""
    registry = Registry()
    survey(registry, recorded.records(name))
    return registry


def by_message(found: Filter, messages: Iterable[Message], everything: bool) -> list[Told]:
    """What the filter says of every message."""
    selected = []
    for message in messages:
        if found.start_ns is None:
            found.start_ns = message.time_ns
        if (everything or is_ovs(message)) and found.matches(message):
            selected.append(told(message))
    return selected


def by_sieve(found: Filter, records: Iterable[Record], registry: Registry, everything: bool) -> list[Told]:
    """What comes out of the lane."""
    context = Context(registry, Message)
    sieve = Sieve(found, lambda message: everything or is_ovs(message), context, Message, everything=everything)
    lane = Lane(context, sieve, foreign=everything)
    return [told(message) for messages in lane.run(sieve.begin(records), 5) for message in messages]


def same(texts: Iterable[str], records: Sequence[Record], registry: Registry, everything: bool) -> None:
    """Both say the same under each filter."""
    context = Context(registry.copy(), Message)
    messages = [message for record in records for message in context.messages(record)]
    for text in texts:
        want = by_message(compile_filter(text), messages, everything)
        assert by_sieve(compile_filter(text), records, registry.copy(), everything) == want, text


@pytest.mark.parametrize("everything", [False, True])
@pytest.mark.parametrize("name", recorded.NAMES)
def test_recorded_messages(name: str, everything: bool) -> None:
    """The first records of a capture, and one with a message of each shape in it."""
    shapes = {message.record for message in recorded.of_each_shape(iter(recorded.messages(name)))}
    records = [record for record in recorded.records(name) if record.number <= 150 or record.number in shapes]
    same(FILTERS, records, known(name), everything)


@pytest.mark.parametrize("name", recorded.NAMES)
def test_spoiled_messages(name: str) -> None:
    chance = random.Random(name)
    records = [
        one._replace(data=one.data[:16] + traffic.spoiled(one.data[16:], chance)) if chance.random() < 0.5 else one
        for one in recorded.records(name)[:400]
    ]
    records = [one._replace(wire_length=len(one.data)) if chance.random() < 0.9 else one for one in records]
    same(FILTERS, records, known(name), chance.random() < 0.5)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("order", ["little", "big"])
def test_random_messages_and_filters(seed: int, order: ByteOrder) -> None:
    chance = random.Random(seed)
    records = [record for i in range(12) for record in traffic.records(seed * 100 + i, order)]
    records = [record._replace(number=i + 1) for i, record in enumerate(records)]
    context = Context(traffic.registry(), Message)
    messages = [message for record in records for message in context.messages(record) if message.family]
    names = chance.sample([info.short for info in catalogue()], 60) + list(RARE)
    texts: list[str] = []
    while len(texts) < 60:
        parts = [condition(names, messages, chance) for _ in range(chance.choice((1, 1, 2, 3)))]
        text = chance.choice((" && ", " || ", " && !")).join(parts)
        try:
            compile_filter(text)
        except FilterError:
            continue
        texts.append(text)
    same((*texts, *chance.sample(FILTERS, 40)), records, traffic.registry(), chance.random() < 0.5)


class Written:
    """An inner front: it writes most plain messages itself, each kind with another writer after a while, and refuses some."""

    def __init__(self) -> None:
        self.out: list[int | None] = []
        self.fast = 0
        self.sieve: Sieve[Message] | None = None
        self.lane: Lane[Message] | None = None

    def writer(self, kind: Kind) -> Write | None:
        if kind.control or kind.flags & 0x200:
            return None

        def first(number: int, *rest: Any) -> bool | None:
            assert self.sieve is not None
            assert self.lane is not None
            self.sieve.replace(self.lane, kind, then)
            return then(number, *rest)

        def then(number: int, *rest: Any) -> bool | None:
            if number % 7 == 0:
                raise Refused
            if number % 5 == 0:
                return True
            self.fast += 1
            self.out.append(number)
            return None

        return first

    def message(self, message: Message) -> None:
        self.out.append(message.number)


@pytest.mark.parametrize("name", ["startup", "tunnels"])
def test_a_front_inside_gets_what_passes(name: str) -> None:
    records = recorded.records(name)[:400]
    context = Context(known(name).copy(), Message)
    messages = [message for record in records for message in context.messages(record)]
    fast = 0
    for text in FILTERS:
        found, inner = compile_filter(text), Written()
        context = Context(known(name).copy(), Message)
        inner.sieve = Sieve(found, is_ovs, context, Message, inner=inner)
        inner.lane = Lane(context, inner.sieve, foreign=False)
        got = [number for numbers in inner.lane.run(inner.sieve.begin(records), 5) for number in numbers]
        assert got == [number for number, *_ in by_message(compile_filter(text), messages, False)], text
        fast += inner.fast
    assert fast > 1000
