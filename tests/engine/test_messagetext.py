"""The engine's `odp` object of a message equals that of ovsdissect.odp.texts, or is refused: on recorded messages."""

from __future__ import annotations

import gzip
import json
import random
import struct
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import ovsdissect
from ovsdissect.api import Message
from ovsdissect.engine import odp_tables, odptext, tables
from ovsdissect.engine.codes import MAX_DEPTH
from ovsdissect.engine.names import port_key
from ovsdissect.families import OVS_FLOW, OVS_PACKET
from ovsdissect.netlink.headers import NLM_F_DUMP, NLM_F_MULTI, NLM_F_REQUEST
from ovsdissect.odp.releases import NEWEST, RELEASES, Release
from ovsdissect.odp.texts import Texts
from ovsdissect.tree.node import Node
from tests import recorded
from tests.engine.uncompiled import uncompiled

HEADERS = 24  # struct nlmsghdr, struct genlmsghdr, struct ovs_header


class Writer:
    """The engine's writer, told the names of ports as messages come."""

    def __init__(self, release: Release, *, compiled: bool = True) -> None:
        modules = (tables, odp_tables, odptext) if compiled else uncompiled("tables", "odp_tables", "odptext")
        grammar = modules[0].Tables()
        words = modules[1].OdpTables(grammar, release)
        grammar.finish()
        self.commands = {(family.name, command.number): row for row, (family, command) in enumerate(grammar.declared)}
        self.text: Any = modules[2].OdpText(grammar, words)
        self.ports: dict[tuple[int, int], str] = {}

    def __call__(self, message: Message, names: bool | None) -> str | None:
        """The object of a message's texts."""
        ports = dict(message.ports)
        if ports != self.ports:
            self.ports = ports
            self.text.call({port_key(datapath, port): name.encode() for (datapath, port), name in ports.items()})
        assert message.declaration is not None
        assert message.command is not None
        frame = message.frame
        row = self.commands[message.declaration.name, message.command.number]
        data = message.data[frame.offset + HEADERS : frame.end]
        return self.text.message(  # type: ignore[no-any-return]
            row, frame.flags, data, answers=answers(message), names=names, datapath=message.dp_ifindex or 0
        )


def answers(message: Message) -> bool:
    """Whether a message is the answer to a DEL or a GET of one flow."""
    request = message.request
    if (
        message.declaration is not OVS_FLOW
        or message.frame.flags & (NLM_F_REQUEST | NLM_F_MULTI)
        or request is None
        or request.command is None
    ):
        return False
    return request.command.name in ("del", "get") and int.from_bytes(request.body[6:8], message.byteorder) & NLM_F_DUMP != NLM_F_DUMP


@cache
def writer(release: Release, *, compiled: bool = True) -> Writer:
    return Writer(release, compiled=compiled)


def is_del(message: Message) -> bool:
    """Whether it deletes a flow: the line of some releases has the key with which that was put."""
    return message.declaration is OVS_FLOW and message.command is not None and message.command.name == "del"


def deep(message: Message) -> bool:
    """Whether its attributes are nested deeper than the engine's reader goes."""

    def depth(node: Node) -> int:
        return (node.wire.kind == "set") + max(map(depth, node.children), default=0)

    return message.attrs is not None and depth(message.attrs) > MAX_DEPTH


def told(path: Path, step: int) -> list[Message]:
    """Every so manieth whole message of packets and flows of a capture, of a command that is known."""
    with ovsdissect.open(path) as capture:
        found = [one for one in capture if one.kind == "message" and one.declaration in (OVS_PACKET, OVS_FLOW)]
    found = [one for one in found if one.frame.end <= len(one.data)]  # the engine is not asked about what the snap length cut
    return [one for one in found[::step] if one.declaration is not None and one.command in one.declaration.commands]


def compare(messages: list[Message], release: Release, names: bool | None, write: Writer) -> Counter[str]:
    """All that was said is right; how many messages were said and refused: what is malformed, an answer, nested as deep as probes of
    sample() are, a DEL in an old release, or has the attribute of a tunnel that OVS reads on behind.
    """
    count: Counter[str] = Counter()
    for message in messages:
        text = write(message, names)
        if text is None:
            count["refused"] += 1
            assert (
                message.problems
                or answers(message)
                or deep(message)
                or (is_del(message) and not release.log_skips_unmasked)
                or "gtpu(" in str(Texts(message, ovs=NEWEST).to_dict())
            )
        else:
            assert json.loads(text) == Texts(message, names=names, ovs=release).to_dict()
            count["said"] += 1
    return count


@pytest.mark.larger_are_slow
@pytest.mark.parametrize("name", recorded.ALL)
def test_recorded(name: str, tmp_path: Path) -> None:
    messages = told(recorded.fewer(name, tmp_path), 1)
    for names in (None, True, False):
        count = compare(messages, NEWEST, names, writer(NEWEST))
        assert count["said"] >= 20
        assert count["plain"] == 0


@pytest.mark.slow
def test_older_release() -> None:
    release = RELEASES["3.1.0"]
    for name in ("conntrack", "actions"):
        count = compare(told(recorded.path(name), 9), release, None, writer(release))
        assert count["said"] > 100


def test_uncompiled(tmp_path: Path) -> None:
    messages = [message for name in recorded.NAMES for message in told(recorded.fewer(name, tmp_path), 8)]
    for names in (None, True):
        assert compare(messages, NEWEST, names, writer(NEWEST, compiled=False))["said"] > 100


def test_the_text_is_that_of_orjson(tmp_path: Path) -> None:
    """No blank and no escape that the JSON line would not have."""
    import orjson

    write = writer(NEWEST)
    texts = [(text, message) for message in told(recorded.fewer("tunnels", tmp_path), 2) if (text := write(message, None)) is not None]
    assert len(texts) > 50
    for text, message in texts:
        assert text.encode() == orjson.dumps(Texts(message, ovs=NEWEST).to_dict())


def spoiled(path: Path, chance: random.Random) -> bytes:
    """The pcap file with a byte or two of each record's attributes changed, the headers before them left as they are."""
    data = bytearray(gzip.decompress(path.read_bytes()))
    at = 24
    while at < len(data):
        (length,) = struct.unpack_from("<I", data, at + 8)
        at += 16
        for _ in range(chance.choice((1, 1, 2)) if length > 16 + HEADERS else 0):
            place = at + chance.randrange(16 + HEADERS, length)
            data[place] = chance.choice((0, 255, data[place] ^ 1 << chance.randrange(8), chance.randrange(256)))
        at += length
    return bytes(data)


@pytest.mark.slow
def test_spoiled(tmp_path: Path) -> None:
    count: Counter[str] = Counter()
    write = Writer(NEWEST)
    write.text.doubt()
    for seed, name in enumerate(("tunnels", "actions", "startup")):
        path = tmp_path / f"{name}.pcap"
        path.write_bytes(spoiled(recorded.path(name), random.Random(seed)))
        for message in told(path, 3):
            text = write(message, None)
            assert text is None or json.loads(text) == Texts(message, ovs=NEWEST).to_dict()
            count["refused" if text is None else "said"] += 1
        assert count["said"] > 300
    assert count["refused"] > 200
