"""Reading only what a filter names is the same as decoding everything: random filters on recorded, spoiled and cut messages."""

from __future__ import annotations

import random
from typing import Any

import pytest

from ovsdissect.api import Message
from ovsdissect.errors import FilterError
from ovsdissect.filter import Filter, catalogue, column
from ovsdissect.filter import compile as compile_filter
from tests import recorded

NAMES = ("startup", "mid-stream", "rawnl")
RARE = (
    "key.encap",
    "key.encap.ipv4.dst",
    "key.mpls.label",
    "key.nsh.md1.context",
    "key.tunnel.geneve_opts.class",
    "actions.clone",
    "actions.sample.probability",
    "actions.ct.mark.value",
    "actions.ct.nat.ip_min",
    "actions.set_masked.ipv4.value.src",
    "actions.set_masked.nsh.value.base.ttl",
    "actions.set.tunnel.geneve_opts.data",
    "actions.userspace.userdata.type",
    "actions.push_nsh.nsh.md1.context",
    "ip.src",
    "tcp.port",
    "packet.eth.dst",
    "packet.data",
    "packet.len",
    "hash.value",
    "policy.min_length",
    "ovs_flow.key.attr_type",
    "request.key.in_port",
    "error.message",
)


def copied(message: Message, data: bytes) -> Message:
    """The message again, nothing of it decoded yet, with other bytes."""
    return Message(
        number=message.number,
        record=message.record,
        time_ns=message.time_ns,
        data=data,
        wire_length=max(message.wire_length, len(data)),
        byteorder=message.byteorder,
        protocol=message.protocol,
        frame=message.frame,
        family=message.declaration,
        name=message.family,
        request=message.request,
        ports=message.ports,
        datapaths=message.datapaths,
    )


def spoiled(message: Message, chance: random.Random) -> bytes:
    """Its bytes, some of them changed, some cut."""
    data = bytearray(message.data)
    start, end = message.frame.offset + 20, min(message.frame.end, len(data))
    if end - start < 8:
        return bytes(data)
    for _ in range(chance.choice((0, 0, 1, 1, 2, 5))):
        at = chance.randrange(start, end)
        data[at] = chance.choice((chance.randrange(256), 0, 1, 4, 5, 8, 255, data[at] ^ 1, data[at] ^ 0x80))
    return bytes(data[: chance.randrange(start, end)]) if chance.random() < 0.15 else bytes(data)


def literal(value: Any, chance: random.Random) -> str:
    """A value as a filter may write it."""
    if isinstance(value, bytes):
        return value[:8].hex(":") or "00"
    if isinstance(value, list):
        return "|".join(map(str, value)) or "0"
    if isinstance(value, str) and chance.random() < 0.5 and '"' not in value and "\\" not in value:
        return f'"{value}"'
    return str(int(value)) if isinstance(value, bool) else str(value)


def condition(names: list[str], messages: list[Message], chance: random.Random) -> str:
    """A condition on a field, with a value that a message has where one is found."""
    name = chance.choice(names)
    values = [value for message in chance.sample(messages, 5) for value in column(name).values(message)]
    said = literal(chance.choice(values), chance) if values else chance.choice(("0", "1", "10.0.0.0/8", '"a"', "00:00:00:00:00:01"))
    form = chance.randrange(12)
    if form < 3:
        return name
    if form == 3:
        return f"{name} == {chance.choice(names)}"
    if form == 4:
        return f"{name} in {{{said}}}"
    if form == 5:
        return f"{name}[{chance.choice(('0', '0:2', '-2:', '1-3'))}] == {chance.choice(('0a', '00:01'))}"
    if form == 6:
        return f"{name} & {chance.choice(('1', '2', '0xff'))}"
    sign = chance.choice(("==", "!=", "===", "!==", "<", ">=", "contains", "has", "matches"))
    return f"{chance.choice(('', '', 'any ', 'all '))}{name} {sign} {said}"


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (1, 2, 3))])
def test_direct_is_full(seed: int) -> None:
    chance = random.Random(seed)
    messages = [message for name in NAMES for message in recorded.messages(name) if message.declaration or message.kind == "error"]
    names = chance.sample([info.short for info in catalogue()], 40) + list(RARE)
    names += [path for message in chance.sample(messages, 60) for path in present(message)]
    tried = 0
    while tried < 150:
        parts = [condition(names, messages, chance) for _ in range(chance.choice((1, 1, 2, 3)))]
        text = chance.choice((" && ", " || ", " && !")).join(parts)
        try:
            direct, full = compile_filter(text), Filter(text, full=True)
        except FilterError:
            continue
        tried += 1
        for message in chance.sample(messages, 60):
            data = spoiled(message, chance)
            assert direct.matches(copied(message, data)) == full.matches(copied(message, data)), (text, message.number, data.hex())


def present(message: Message) -> list[str]:
    """Some fields that a message has."""
    family = message.declaration.name if message.declaration else ""
    infos = [info for info in catalogue() if info.family == family and "packet." not in info.short]
    return [info.short for info in infos[::5] if column(info.name).values(message)][:4]
