"""The compiled evaluator selects the messages that the filter matches: recorded, spoiled and random ones, in both byte orders."""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import ModuleType

import pytest

from ovsdissect.api import Message, is_ovs
from ovsdissect.byteorder import ByteOrder
from ovsdissect.capture import Record, Records
from ovsdissect.dissect.context import Context
from ovsdissect.engine import backend, matchcodes, passes, tables
from ovsdissect.errors import FilterError
from ovsdissect.families.registry import Registry
from ovsdissect.filter import Filter, catalogue
from ovsdissect.filter import compile as compile_filter
from tests import recorded, traffic
from tests.engine.uncompiled import uncompiled
from tests.filter.test_language import CASES
from tests.filter.test_pushdown import RARE, condition

DOCS = recorded.ROOT / "docs"
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
    "port == v1 || all port == v2",
    "!port && !(datapath == ovs-system)",
    'port contains "v" && port != v1',
    "port in {v1, 3} || port !== v2",
    "port == none || port >= 2",
    "datapath == ovs-system && key.in_port == v1",
    'datapath matches "o.s" || datapath < 5',
    "all actions.output == v2 || key.in_port in {v1, v2}",
    'key.in_port contains "v" && !(ovs_vport.port_no == v1)',
    "ovs_flow.dp_ifindex == ovs-system || request.key.in_port == v1",
    "",
)
FILTERS = tuple(dict.fromkeys((*EXAMPLES, *CASES, *MORE)))


Modules = tuple[ModuleType, ...]
HERE: Modules = (passes, backend, tables)


def differences(
    texts: Iterable[str], records: Sequence[Record], registry: Registry, *everything: bool, modules: Modules = HERE
) -> Iterator[tuple[str, bool, set[object]]]:
    """The filters under which the two select different messages, with those that only one selects; of all messages, or Open vSwitch's."""
    context = Context(registry.copy(), Message)
    messages = [message for record in records for message in context.messages(record)]
    start = next((message.time_ns for message in messages if message.number is not None), None)
    for text in texts:
        wanted = compile_filter(text)
        wanted.start_ns = start
        passing = [message for message in messages if wanted.matches(message)]
        for every in everything:
            want = {told(message) for message in passing if every or is_ovs(message)}
            got = {told(message) for message in selected(text, records, registry, every, modules)[0]}
            if want != got:
                yield text, every, want ^ got


def told(message: Message) -> object:
    """What tells a message from others, and what its context knows of it."""
    request = message.request
    return message.number, message.record, message.index, message.kind, message.family, request and (request.number, request.type)


def selected(
    text: str | Filter, records: Sequence[Record], registry: Registry, everything: bool, modules: Modules = HERE
) -> tuple[list[Message], int]:
    """The messages that pass, and how many the tree made in all.  Where the engine is sure the filter is not asked."""
    _passes, _backend, _tables = modules
    found, made = [], 0
    chosen = compile_filter(text) if isinstance(text, str) else text

    def take(message: Message) -> None:
        nonlocal made
        made += 1
        sure = over.passes if message.number is not None else None
        if ((everything or is_ovs(message)) and chosen.matches(message)) if sure is None else sure:
            found.append(message)

    over = _passes.Pass(_tables.tables(), Context(registry.copy(), Message), _backend.BackEnd.asking, take, 0, (chosen, everything))
    for _ in over.run(Records.of(records)):
        pass
    return found, made


def some(name: str, first: int) -> list[Record]:
    """The first records of a capture, and one with a message of each shape in it."""
    shapes = {message.record for message in recorded.of_each_shape(iter(recorded.few_messages(name)))}
    return [record for record in recorded.records(name) if record.number <= first or record.number in shapes]


def test_the_numbers_are_those_of_c() -> None:
    text = Path(matchcodes.__file__).with_suffix(".pxd").read_text(encoding="utf-8")
    said = {name: int(value) for name, value in re.findall(r"^    ([A-Z_]+) = (-?\d+)$", text, re.MULTILINE)}
    assert said == {name: value for name, value in vars(matchcodes).items() if isinstance(value, int)}


@pytest.mark.parametrize("name", recorded.NAMES)
@pytest.mark.slow
def test_recorded_messages(name: str) -> None:
    records, registry = some(name, 40), recorded.known(name)
    for at, everything in enumerate((False, True)):
        assert not list(differences(FILTERS[at::2], records, registry, everything))


@pytest.mark.larger_are_slow
@pytest.mark.parametrize("name", sorted(set(recorded.ALL) - set(recorded.NAMES)))
def test_other_recorded_messages(name: str) -> None:
    texts = random.Random(name).sample(FILTERS, 50)
    assert not list(differences(texts, some(name, 10), recorded.known(name), True))


@pytest.mark.parametrize("name", [pytest.param(name, marks=[pytest.mark.slow] if name != "rawnl" else []) for name in recorded.NAMES])
def test_spoiled_messages(name: str) -> None:
    chance = random.Random(name)
    records = [
        one._replace(data=one.data[:16] + traffic.spoiled(one.data[16:], chance)) if chance.random() < 0.5 else one
        for one in recorded.records(name)[:120]
    ]
    records = [one._replace(wire_length=len(one.data)) if chance.random() < 0.9 else one for one in records]
    assert not list(differences(FILTERS, records, recorded.known(name), chance.random() < 0.5))


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (1,))])
@pytest.mark.parametrize("order", ["little", "big"])
@pytest.mark.slow
def test_random_messages_and_filters(seed: int, order: ByteOrder) -> None:
    chance = random.Random(seed)
    records = [record for i in range(12) for record in traffic.records(seed * 100 + i, order)]
    records = [record._replace(number=i + 1) for i, record in enumerate(records)]
    context = Context(traffic.registry(), Message)
    messages = [message for record in records for message in context.messages(record) if message.declaration]
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
    assert not list(differences((*texts, *chance.sample(FILTERS, 30)), records, traffic.registry(), chance.random() < 0.5))


@pytest.mark.parametrize(
    "text",
    [
        "key.in_port == 1",
        "ovs_packet.cmd == miss && key.ipv4.dst == 10.0.0.0/8",
        "actions.output == 2 || actions.ct.commit",
        "key.encap.ipv4.src == 10.0.0.1",
        "actions.set_masked.ipv4.value.src == 10.0.0.1",
        "key.ct_labels == 0x1 || key.ct_state has trk",
        "nlmsg.flags has dump || time_relative < 0.01",
        "request.cmd == get && family == ovs_vport",
        "packet.data[12:2] == 86:dd",
        'ovs_vport.name == "br0"',
        "tcp.dstport == 12345",
        "problem && ovs_flow",
        "port == v1",
        "datapath == br0 || key.in_port == v1",
        "request.key.in_port == v1",
    ],
)
def test_few_messages_are_made_that_do_not_pass(text: str) -> None:
    records = recorded.records("tunnels")[:3000]
    passing, made = selected(text, records, recorded.known("tunnels"), False)
    assert made - len(passing) < len(records) / 50


@pytest.mark.slow
def test_uncompiled(monkeypatch: pytest.MonkeyPatch) -> None:
    *modules, conditions, match = uncompiled("passes", "backend", "tables", "conditions", "match")
    # a pass imports these when it has a filter
    for module in (conditions, match):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    assert not list(differences(FILTERS, some("rawnl", 10)[:60], recorded.known("rawnl"), True, modules=tuple(modules)))
