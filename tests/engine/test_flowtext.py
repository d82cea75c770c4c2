"""The engine's text of keys, masks, flows and actions equals Open vSwitch's in the golden rows, and ovsdissect.odp's for everything else.
"""

from __future__ import annotations

import random
import re
import struct
from collections.abc import Callable, Iterator
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import ovsdissect
from ovsdissect.byteorder import ByteOrder
from ovsdissect.engine import odp_tables, odptext, tables
from ovsdissect.families import OVS_FLOW, OVS_PACKET
from ovsdissect.families.actions import ACTIONS
from ovsdissect.families.flow_key import KEY, MASK
from ovsdissect.grammar import AttrSet
from ovsdissect.odp import format_actions, format_flow, format_key
from ovsdissect.odp.key import flow_text
from ovsdissect.odp.releases import NEWEST, RELEASES, TEXT_CLASSES, Release
from ovsdissect.odp.text import Source
from ovsdissect.problem import Problem
from ovsdissect.tree.tree import Tree
from tests import recorded
from tests.each import all_of
from tests.engine.uncompiled import FOLDER, is_compiled, uncompiled
from tests.odp import test_byteorder
from tests.odp.rows import port_names, raw, rows

SPOILED = 20000
# the kernel's attribute 16 of a tunnel is a flag, of which OVS reads two bytes that stand behind it
READ_ON = "gtpu("
# OVS's sentences about what is well-formed and makes no sense: those are for ovsdissect.odp
SENTENCES = re.compile(r"error|bad (key |mask )?length|leftover|opt len|gtpu\(|tnl_|lb_output|erspan\(ver=\d+\)")

Writer = Any
twin = cache(test_byteorder.twin)


@cache
def writer(order: ByteOrder = "little", *, compiled: bool = True, capacity: int = 1 << 17, ovs: Release = NEWEST) -> Writer:
    """Who writes the texts."""
    modules = (tables, odp_tables, odptext) if compiled else uncompiled("tables", "odp_tables", "odptext")
    grammar = modules[0].Tables()
    words = modules[1].OdpTables(grammar, ovs)
    grammar.finish()
    return modules[2].OdpText(grammar, words, big=order == "big", capacity=capacity)


class Payloads(NamedTuple):
    """What the messages of a capture hold, each once: keys, keys with masks, masks, lists of actions."""

    keys: tuple[bytes, ...]
    flows: tuple[tuple[bytes, bytes], ...]
    masks: tuple[bytes, ...]
    actions: tuple[bytes, ...]


@cache
def payloads(path: Path) -> Payloads:
    """Those of one capture; all captures are little-endian."""
    keys, flows, masks, actions = (dict[Any, None]() for _ in range(4))
    with ovsdissect.open(path) as capture:
        for message in capture:
            if message.kind != "message" or message.declaration not in (OVS_PACKET, OVS_FLOW) or message.attrs is None:
                continue
            assert message.byteorder == "little"
            held = {node.name: message.data[node.offset : node.offset + node.length] for node in message.attrs.children}
            if "key" in held:
                keys[held["key"]] = None
                if "mask" in held:
                    flows[held["key"], held["mask"]] = None
            if "mask" in held:
                masks[held["mask"]] = None
            if "actions" in held:
                actions[held["actions"]] = None
    return Payloads(tuple(keys), tuple(flows), tuple(masks), tuple(actions))


CAPTURES = sorted((recorded.ROOT / "captures").glob("*.pcap*.gz"))


@cache
def all_payloads() -> Payloads:
    """Those of all captures."""
    found = [payloads(path) for path in CAPTURES]
    return Payloads(*(tuple(dict.fromkeys(one for each in found for one in each[place])) for place in range(4)))  # type: ignore[arg-type]


def mask_text(mask: bytes, order: ByteOrder) -> str:
    """A mask, printed as if it were a key."""
    return flow_text(Tree(mask, order, []).attrs(MASK, 0, len(mask), ""), None, Source(mask, b"", True, None, order))


def problems(attrs: AttrSet, data: bytes, order: ByteOrder) -> list[Problem]:
    """What the tree finds wrong with a payload."""
    found: list[Problem] = []
    Tree(data, order, found).attrs(attrs, 0, len(data), "")
    return found


Pair = tuple[str | None, str, bool]  # what the engine says, what ovsdissect.odp says, whether the payloads are malformed


def key_pairs(key: bytes, names: dict[int, str], order: ByteOrder, text: Writer) -> Iterator[Pair]:
    bad = bool(problems(KEY, key, order))
    for verbose in (False, True):
        yield text.key(key, verbose=verbose), format_key(key, verbose=verbose, byteorder=order), bad
        yield text.key(key, verbose=verbose, named=True), format_key(key, verbose=verbose, names=names, byteorder=order), bad


def flow_pairs(key: bytes, mask: bytes, names: dict[int, str], order: ByteOrder, text: Writer) -> Iterator[Pair]:
    bad = bool(problems(KEY, key, order) or problems(MASK, mask, order))
    yield text.flow(key, mask), format_flow(key, mask, byteorder=order), bad
    yield text.flow(key, mask, named=True), format_flow(key, mask, names=names, byteorder=order), bad
    yield text.flow(key, mask, verbose=True), format_flow(key, mask, form="dump-m", byteorder=order), bad
    yield text.flow(key, mask, verbose=True, named=True), format_flow(key, mask, form="dump-m", names=names, byteorder=order), bad
    yield text.logged_flow(key, mask), format_flow(key, mask, form="log", byteorder=order), bad


def action_pairs(actions: bytes, names: dict[int, str], order: ByteOrder, text: Writer) -> Iterator[Pair]:
    bad = bool(problems(ACTIONS, actions, order))
    yield text.actions(actions), format_actions(actions, byteorder=order), bad
    yield text.actions(actions, named=True), format_actions(actions, names=names, byteorder=order), bad


def mask_pairs(mask: bytes, order: ByteOrder, text: Writer) -> Iterator[Pair]:
    yield text.mask(mask), mask_text(mask, order), bool(problems(MASK, mask, order))


def pairs(held: Payloads, order: ByteOrder, text: Writer) -> Iterator[Pair]:
    """Both texts of everything in all forms."""
    names = {port: f"port-{port}" for port in range(0, 256, 2)}
    text.call({port: name.encode() for port, name in names.items()})
    for key in held.keys:
        yield from key_pairs(key, names, order, text)
    for key, mask in held.flows:
        yield from flow_pairs(key, mask, names, order, text)
    for mask in held.masks:
        yield from mask_pairs(mask, order, text)
    for actions in held.actions:
        yield from action_pairs(actions, names, order, text)


def agree(found: Iterator[Pair]) -> tuple[int, int]:
    """All that was said is right, and only what is malformed was refused; how many texts that was, and how many refused."""
    count = refused = 0
    for said, right, bad in found:
        count += 1
        if said is None:
            assert bad or READ_ON in right, right
            refused += 1
        else:
            assert said == right
    return count, refused


@pytest.mark.larger_are_slow
@pytest.mark.parametrize("name", recorded.ALL)
def test_recorded(name: str, tmp_path: Path) -> None:
    count, refused = agree(pairs(payloads(recorded.fewer(name, tmp_path)), "little", writer()))
    assert count >= 50
    # rawnl has malformed messages, truncated cut ones
    assert refused == 0 or name in ("rawnl", "truncated")


@pytest.mark.slow
def test_big_endian_twins() -> None:
    held = all_payloads()
    big = Payloads(
        tuple(filter(None, (twin(KEY, key) for key in held.keys))),
        tuple((key, mask) for one in held.flows if (key := twin(KEY, one[0])) and (mask := twin(MASK, one[1])) is not None),
        tuple(filter(None, (twin(MASK, mask) for mask in held.masks))),
        tuple(filter(None, (twin(ACTIONS, actions) for actions in held.actions))),
    )
    assert all_of(len(twins) > 0.95 * len(those) for twins, those in zip(big, held, strict=True))
    count, refused = agree(pairs(big, "big", writer("big")))
    assert count > 10000
    assert refused < 20


@pytest.mark.slow
def test_recorded_uncompiled() -> None:
    held = all_payloads()
    few = Payloads(*(tuple(random.Random(5).sample(those, 40)) for those in held))  # type: ignore[arg-type]
    count, refused = agree(pairs(few, "little", writer(compiled=False)))
    assert count == 40 * (4 + 5 + 1 + 2)
    assert refused < 12


@pytest.mark.parametrize("version", [first.split()[0] for first in TEXT_CLASSES.values()])
@pytest.mark.slow
def test_releases(version: str) -> None:
    release = RELEASES[version]
    text, held, chance = writer(ovs=release), all_payloads(), random.Random(3)
    differs = said = 0
    for data in {*chance.sample(held.actions, 100), *(raw(row[1]) for row in rows("actions"))}:
        answer, right = text.actions(data), format_actions(data, ovs=release)
        assert answer in (None, right)
        said += answer is not None
        differs += answer not in (None, format_actions(data))
    for key, mask in [*chance.sample(held.flows, 100), *golden_flows()[::2]]:
        for answer, right, newest in (
            (text.key(key, verbose=False), format_key(key, verbose=False, ovs=release), format_key(key, verbose=False)),
            (text.flow(key, mask), format_flow(key, mask, ovs=release), format_flow(key, mask)),
            (text.logged_flow(key, mask), format_flow(key, mask, form="log", ovs=release), format_flow(key, mask, form="log")),
        ):
            assert answer in (None, right)
            said += answer is not None
            differs += answer not in (None, newest)
    assert said > 1500
    assert (differs > 0) == (release.text_class < "m")


@cache
def golden_flows() -> tuple[tuple[bytes, bytes], ...]:
    """The payloads of the golden masks."""
    return tuple((raw(key), raw(mask)) for row in rows("masks") for key, _, mask in [row[1].partition(" ")])


def golden() -> Iterator[tuple[str, Callable[[], bool], Callable[[Writer], str | None]]]:
    """Open vSwitch's own texts: the text, what tells whether the payloads are malformed, how it is asked for."""
    for row in rows("keys"):
        data = raw(row[1])
        yield row[2], lambda data=data: bool(problems(KEY, data, "little")), lambda text, data=data: text.key(data)
    for row, (key, mask) in zip(rows("masks"), golden_flows(), strict=True):

        def bad(key: bytes = key, mask: bytes = mask) -> bool:
            return bool(problems(KEY, key, "little") or problems(MASK, mask, "little"))

        yield row[2], bad, lambda text, key=key, mask=mask: text.flow(key, mask)
        yield row[3], bad, lambda text, key=key, mask=mask: text.flow(key, mask, verbose=True)
        yield row[4], bad, lambda text, key=key, mask=mask: text.logged_flow(key, mask)
    for row in rows("actions"):
        data = raw(row[1])
        yield row[2], lambda data=data: bool(problems(ACTIONS, data, "little")), lambda text, data=data: text.actions(data)
    for row in rows("tunnels"):
        data = raw(row[1])
        data = struct.pack("<HH", 4 + len(data), KEY.by_name["tunnel"].number) + data
        yield row[2], lambda data=data: bool(problems(KEY, data, "little")), lambda text, data=data: text.key(data)


@pytest.mark.parametrize("compiled", [True, False])
def test_golden(compiled: bool) -> None:
    text = writer(compiled=compiled)
    said = 0
    for right, bad, ask in golden():
        answer = ask(text)
        assert answer == right or (answer is None and (bad() or SENTENCES.search(right))), right
        said += answer is not None
    assert said > 4300


def test_golden_names() -> None:
    text, names = writer(), port_names()
    text.call({port: name.encode() for port, name in names.items()})
    said = 0
    for sort, data, right in rows("names"):
        parts = [raw(part) for part in data.split(" ")]
        if sort == "actions":
            answer, bad = text.actions(parts[0], named=True), problems(ACTIONS, parts[0], "little")
        elif sort == "key":
            answer, bad = text.key(parts[0], named=True), problems(KEY, parts[0], "little")
        else:
            answer, bad = text.flow(*parts, named=True), problems(KEY, parts[0], "little") + problems(MASK, parts[1], "little")
        assert answer == right or (answer is None and (bad or SENTENCES.search(right))), right
        said += answer is not None and any(name in right for name in names.values())
    assert said > 100


def spoil(chance: random.Random, data: bytes) -> bytes:
    """The bytes with one to three faults."""
    made = bytearray(data)
    for _ in range(chance.choice((1, 1, 1, 1, 2, 3))):
        at = chance.randrange(len(made) + 1)
        match chance.randrange(14):
            case 0:
                del made[at:]
            case 1:
                del made[at : at + chance.choice((1, 2, 4, 8))]
            case 2:
                made[at:at] = chance.randbytes(chance.choice((1, 2, 4, 8)))
            case 3:
                made[at : at + 4] = chance.choice((bytes(4), b"\xff" * 4, b"\4\0\1\0", b"\0\4\0\1"))
            case 4 if len(made) >= 4:  # a header: another length, another number
                at = 4 * chance.randrange(len(made) // 4)
                place = at + chance.choice((0, 1, 2, 3))
                made[place] = chance.choice((made[place] ^ 1 << chance.randrange(8), chance.randrange(40)))
            case 5:
                made[at:at] = made[4 * (at // 8) : 4 * (at // 8) + chance.choice((8, 12, 16))]
            case _ if at < len(made):
                made[at] = chance.choice((0, 255, made[at] ^ 1 << chance.randrange(8), chance.randrange(256)))
            case _:
                made += chance.randbytes(chance.randrange(8))
    return bytes(made)


def spoiled(chance: random.Random, order: ByteOrder, text: Writer) -> Iterator[Pair]:
    """Texts of spoiled payloads without end."""
    held = all_payloads()
    keys = [*held.keys, *(raw(row[1]) for row in rows("keys"))]
    flows = [*held.flows, *golden_flows()]
    actions = [*held.actions, *(raw(row[1]) for row in rows("actions"))]
    if order == "big":
        keys = [big for key in keys if (big := twin(KEY, key)) is not None]
        flows = [(k, m) for one in flows if (k := twin(KEY, one[0])) is not None and (m := twin(MASK, one[1])) is not None]
        actions = [big for each in actions if (big := twin(ACTIONS, each)) is not None]
    names = {port: f"port-{port}" for port in range(0, 256, 2)}
    text.call({port: name.encode() for port, name in names.items()})
    while True:
        yield chance.choice(list(key_pairs(spoil(chance, chance.choice(keys)), names, order, text)))
        key, mask = chance.choice(flows)
        if chance.randrange(2):
            key = spoil(chance, key)
        else:
            mask = spoil(chance, mask)
        yield chance.choice(list(flow_pairs(key, mask, names, order, text)))
        yield from mask_pairs(spoil(chance, chance.choice(held.masks)) if order == "little" else mask, order, text)
        yield chance.choice(list(action_pairs(spoil(chance, chance.choice(actions)), names, order, text)))


@pytest.mark.parametrize("order", ["little", "big"])
@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.slow
def test_spoiled(compiled: bool, order: ByteOrder) -> None:
    many = (SPOILED if is_compiled(odptext) else SPOILED // 40) if compiled else SPOILED // 40
    said = 0
    found = spoiled(random.Random(14), order, writer(order, compiled=compiled))
    for answer, right, _bad in islice(found, many // 2):
        assert answer in (None, right)
        said += answer is not None
    assert said > many // 10


def test_names_of_ports() -> None:
    key, actions = bytes.fromhex("0800030001000000"), bytes.fromhex("0800010001000000")
    for compiled in (True, False):
        text = writer(compiled=compiled)
        for name, shown in ((b"eth0", "eth0"), (b"a" * 15, "a" * 15), (b"x y", "x y")):
            text.call({1: name})
            assert text.key(key, named=True) == f"in_port({shown})"
            assert text.actions(actions, named=True) == shown
            assert text.key(key) == "in_port(1)"
        text.call({2: b"eth0"})
        assert text.key(key, named=True) == "in_port(1)"
        # what a screen or JSON writes otherwise is the tree's, and so is a name that is empty
        for name in (b"", b'a"', b"a\\b", b"\x1b[0m", "ä".encode(), b"\x7f"):
            text.call({1: name})
            assert (text.key(key, named=True), text.actions(actions, named=True)) == (None, None)


def test_ports_belong_to_a_datapath() -> None:
    key = bytes.fromhex("0800030001000000")
    text = writer()
    text.call({(7 << 32) + 1: b"eth0"})
    assert text.key(key, named=True) == "in_port(1)"
    assert text.key(key, named=True, datapath=7) == "in_port(eth0)"
    assert text.key(key, named=True, datapath=6) == "in_port(1)"


def test_no_room() -> None:
    key = bytes.fromhex("0800030001000000")
    for compiled in (True, False):
        text = writer(capacity=2048, compiled=compiled)
        assert text.key(key) == "in_port(1)"
        assert text.actions(b"\4\0\5\0" * 1000) is None
        assert text.actions(b"\4\0\5\0" * 100) == ",".join(["pop_vlan"] * 100)


@pytest.mark.parametrize("capacity", [1030, 1100, 1250, 1500, 2000, 3000])
def test_little_room(capacity: int) -> None:
    """Whatever the room, nothing is written beyond it: that would raise."""
    text = writer(capacity=capacity)
    for right, _bad, ask in golden():
        assert ask(text) in (None, right)


def test_percents() -> None:
    """printf's "%.1f" of a quotient: the tenths, and what is next to their middles."""
    text, whole = writer(), 0xFFFFFFFF
    for tenth in range(1001):
        for probability in {max(0, min(whole, (2 * tenth + 1) * whole // 2000 + more)) for more in (-1, 0, 1, 2)}:
            data = struct.pack("<HHHHIHHHHI", 24, 6, 8, 1, probability, 12, 2, 8, 1, 3)
            assert text.actions(data) == f"sample(sample={100.0 * probability / whole:.1f}%,actions(3))"


def test_numbers_for_c() -> None:
    """odp_codes.pxd says what odp_codes.py says."""
    python = re.findall(r"^(\w+): Final = (-?\d+)", FOLDER.joinpath("odp_codes.py").read_text(), re.MULTILINE)
    c = re.findall(r"^    (\w+) = (-?\d+)$", FOLDER.joinpath("odp_codes.pxd").read_text(), re.MULTILINE)
    assert python == c
    assert len(c) > 80


def test_slots_are_those_of_the_sets() -> None:
    from ovsdissect.engine import odp_codes as codes

    for prefix, slots in (("CT", odp_tables.CT_SLOTS), ("NAT", odp_tables.NAT_SLOTS), ("USERSPACE", odp_tables.USERSPACE_SLOTS)):
        for place, name in enumerate(slots[:-1] if prefix == "CT" else slots):
            word = {"proto_hash": "HASH", "proto_random": "RANDOM", "egress_tun_port": "PORT"}.get(name, name.upper())
            assert getattr(codes, f"{prefix}_{word}") == place
