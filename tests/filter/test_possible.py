"""A filter that no message can pass is refused, naming the conditions that exclude each other; any other filter is accepted."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from ovsdissect import filter as filters
from ovsdissect.api import Message
from ovsdissect.dissect.context import Context
from ovsdissect.errors import FilterError
from ovsdissect.filter import FilterError as Refused
from ovsdissect.filter import catalogue, column
from ovsdissect.filter import compile as compile_filter
from tests import recorded, traffic
from tests.filter.test_pushdown import RARE, condition, literal

NEVER = """
key.in_port > 5 && key.in_port < 3
family == ovs_flow && family == ovs_packet
ovs_packet.cmd == miss && ovs_flow.actions.output == 1
cmd == miss && family == ovs_flow
kind == ack && key.in_port == 1
kind == error && ovs_flow.cmd == new
ip.src == 10.0.0.1 && ovs_flow.actions.output == 1
ovs_packet && ovs_flow
key.ipv4.src == 10.0.0.0/8 && key.ipv4.src == 192.168.0.0/16
key.ipv4.src == 10.0.0.1 && ovs_flow.key.ipv4.src == 10.0.0.2
number == 0
number < 1
number == 5 && number > 7
nlmsg.len < 16
upcall.latency < 0
flow.lifetime == -1s
upcall.flow == 0
key.in_port && !key.in_port
nlmsg.flags & 1 == 2
key.ethernet.src[0:2] == 00:11:22
key.ethernet.src[10] == 00
key.ethernet.dst[4:9] == 00:16
!kind
port == v1 && port == v2
kind == error && error.number == 0
kind == ack && error.number == -22
kind == ack && error.name == EINVAL
!(family == ovs_flow || kind == message) && ovs_packet
(cmd == miss && family == ovs_flow) || (kind == ack && key.in_port == 1)
request.packet.ip.src == 10.0.0.1 && kind == message
request.key.in_port == 1 && key.in_port == 1
time > 2026-11-23T05:48:14Z && time < 2026-11-22T05:48:14Z
key.ct_state == new && key.ct_state has est
key.eth.src == 00:11:22:33:44:55 && ovs_flow.key.ethernet.src == 00:11:22:33:44:56
ovs_vport.name == "a" && ovs_vport.name == "b"
ufid == 0302 && ufid == 0303
frame.number == 3 && number > 0 && record == 4
direction == to-user && direction == to-kernel
kind != message && ovs_flow
all actions.output == 1 && actions.output == 2
cmd == miss && cmd == execute
odp.actions contains "x" && kind == error
error && ovs_flow
number in {3..5} && number in {7,9}
key.in_port != 1 && key.in_port == 1
upcall.latency > 10ms && upcall.latency < 5ms
genl.cmd == miss && ovs_vport
ovs_flow.key.in_port in {1..3} && ovs_flow.key.in_port > 3
""".strip().splitlines()
SOMETIMES = """
upcall_pid == 1 && upcall_pid == 2
key.in_port > 3 && key.in_port < 5
actions.output == 1 && actions.output == 2
key.encap.ipv4.src == 10.0.0.1 && key.encap.ipv4.src == 10.0.0.2
cmd == new && family == ovs_flow
kind == error && cmd == new && family == ovs_flow
ip.src == 10.0.0.1 && ip.src == 10.0.0.2
ovs_packet || ovs_flow
kind == done && error.number == 0
problem && key.in_port == 1 && key.in_port == 2
key.in_port == 1 && !(actions.output == 1)
request.cmd == get && ovs_vport.cmd == new
port == v1 && port == 2
!(key.in_port == 1) && !(key.in_port == 2)
key.ct_state has new && !(key.ct_state has est)
cmd == new && cmd != del
family == ovs_flow && (cmd == new || cmd == miss)
error.name == EINVAL && kind == error
nlmsg.flags has request && nlmsg.flags has ack
key.ethernet.src[0:2] == 00:11 && key.ethernet.src[2] == 22
number > 4294967296
ovs_flow.key.attr_type == 40 && ovs_flow.key.attr_type == 41
summary contains "a" && summary contains "b"
key.ipv4.src == 10.0.0.0/8 && key.ipv4.src == 10.1.0.0/16
key.in_port == actions.output && key.in_port == 1
family == ovs_flow && !ovs_flow && kind == message
""".strip().splitlines()
HINTS = [
    ("key.in_port > 5 && key.in_port < 3", "key.in_port < 3", "key.in_port > 5 and key.in_port < 3 exclude each other; did you mean ||?"),
    (
        "ovs_packet.cmd == miss && ovs_flow.actions.output == 1",
        "ovs_flow.actions.output == 1",
        "ovs_packet.cmd == miss is about messages of ovs_packet, ovs_flow.actions.output == 1 about messages of ovs_flow",
    ),
    ("kind == ack && key.in_port == 1", "key.in_port == 1", "kind == ack is about ACKs"),
    ("number == 0", "number == 0", "number never has such a value"),
    ("number in {3..5} && number in {7, 9}", "number in {7, 9}", "exclude each other"),
]


@pytest.mark.parametrize("text", NEVER)
def test_what_no_message_passes_is_refused(text: str) -> None:
    with pytest.raises(FilterError, match="no message can match"):
        compile_filter(text)
    with pytest.raises(FilterError, match="no message can match"):
        compile_filter(f"!(!({text})) && number")
    compile_filter(f"({text}) || key.in_port == 9")
    compile_filter(f"!({text})")


@pytest.mark.parametrize("text", SOMETIMES)
def test_what_a_message_may_pass_is_not(text: str) -> None:
    assert compile_filter(text).text == text


@pytest.mark.parametrize(("text", "marked", "said"), HINTS)
def test_hints(text: str, marked: str, said: str) -> None:
    with pytest.raises(FilterError) as raised:
        compile_filter(text)
    assert said in str(raised.value)
    assert text[raised.value.column : raised.value.column + raised.value.length] == marked


def random_messages(seed: int) -> list[Message]:
    """Recorded messages of each shape, and random ones."""
    found = [message for name in recorded.NAMES for message in recorded.of_each_shape(iter(recorded.few_messages(name)))]
    for order in ("little", "big"):
        context: Context[Message] = Context(traffic.registry(), Message)
        for i in range(12):
            found += [message for record in traffic.records(seed * 100 + i, order) for message in context.messages(record)]
    return found


def joined(names: list[str], messages: list[Message], chance: random.Random) -> str:
    """Two or three conditions, mostly on one field or one header."""
    name = chance.choice(names)
    near = [name, name, *chance.sample(names, 1), "family", "cmd", "kind", "error.number", "ovs_flow", "ovs_packet.cmd"]
    parts = [chance.choice(("", "", "!")) + condition(near, messages, chance) for _ in range(chance.choice((2, 2, 3)))]
    return chance.choice((" && ", " && ", " && !")).join(parts)


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 5))])
def test_what_is_refused_selects_nothing(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Held against the reference: the same filter, not refused, asked of every message."""
    chance = random.Random(seed)
    messages = random_messages(seed)
    plain = [message for message in messages if not any(problem.kind == "duplicate" for problem in message.problems)]
    names = ["nlmsg.flags", "port", "datapath", "time", "number", "request.cmd", *RARE]
    names += [info.short for info in chance.sample(catalogue(), 60)]
    refused = []
    for _ in range(800):
        text = joined(names, messages, chance)
        try:
            compile_filter(text)
        except Refused as error:
            if "no message can match" in str(error):
                refused.append(text)
    assert len(refused) > 30
    monkeypatch.setattr(filters, "check", lambda condition, text: None)
    for text in refused:
        asked = compile_filter(text)
        assert not [message for message in plain if asked.matches(message)], text


def facts(message: Message, names: list[str], chance: random.Random) -> Iterator[str]:
    """Conditions that a message meets."""
    for name in names:
        values = column(name).values(message)
        if values and not isinstance(values[0], dict):
            said = literal(chance.choice(values), chance)
            for text in (f"{name} == {said}", f"{name} >= {said}", name):
                try:
                    if compile_filter(text).matches(message):
                        yield text
                except FilterError:
                    pass


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 5))])
def test_what_a_message_meets_is_not_refused(seed: int) -> None:
    chance = random.Random(seed)
    names = ["kind", "family", "cmd", "nlmsg.flags", "port", "datapath", "request.cmd", "error.number", "error.name", "direction", *RARE]
    names += [info.short for info in catalogue() if not info.family or info.short.count(".") < 2]
    for message in chance.sample(random_messages(seed), 60):
        met = list(facts(message, chance.sample(names, 40), chance))
        if met:
            assert compile_filter(" && ".join(met[:12])).matches(message)


@pytest.mark.parametrize(
    ("text", "others"),
    [
        ("key.in_port == 1", False),
        ("ovs_flow || ovs_packet.cmd == miss", False),
        ("!(family == ovs_flow)", True),
        ("kind == error", True),
        ("cmd == RTM_NEWLINK", True),
        ("nlmsg.len > 5000 && !nlctrl", True),
        ("nlmsg.len > 5000 && nlctrl", False),
        ("", True),
    ],
)
def test_whether_messages_of_other_families_may_pass(text: str, others: bool) -> None:
    assert filters.compile(text).passes_others() is others
