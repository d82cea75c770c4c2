"""A synthetic nlmon capture of any size, as an upcall storm is: a MISS (or ACTION) for each packet, its EXECUTE, for two in three a flow.

The patterns are built by the grammar, then filled with each packet's values where the tree found them: building each would take minutes.
It flatters whoever remembers what messages look like: these are of thirteen kinds, those of a recording of hundreds (repeated.py).
    python -m tests.bench.generate 200000 storm.pcap [SEED]
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any, Final, NamedTuple

from ovsdissect.families import NLCTRL, OVS_FAMILIES
from ovsdissect.families.actions import ACTIONS
from ovsdissect.families.cookies import USERDATA
from ovsdissect.families.flow_key import KEY, MASK
from ovsdissect.grammar import AttrSet, Element, Member, Wire
from ovsdissect.grammar.address import ipv6_bytes
from ovsdissect.grammar.attrs import NLA_F_NESTED
from ovsdissect.grammar.wire import IPV4, MAC
from ovsdissect.tree.node import fields
from ovsdissect.tree.tree import Tree

IDS: Final = {family.name: 36 + place for place, family in enumerate(OVS_FAMILIES)}
SHORTEST, LONGEST = 60, 1460  # bytes of a frame
START: Final = 1_795_412_894_000_000
COOKED: Final = struct.pack(">HHH8xH", 4, 824, 0, 16)  # before each message: outgoing, ARPHRD_NETLINK, NETLINK_GENERIC
TCP, UDP, ICMP = 6, 17, 1


def elements(attrs: AttrSet, values: Mapping[str, Any] | list[dict[str, Any]]) -> list[Element]:
    """The parsed form of a set, from names and values; sets inside as dictionaries too."""
    pairs = list(values.items()) if isinstance(values, Mapping) else [next(iter(one.items())) for one in values]
    made = []
    for name, value in pairs:
        row = attrs.by_name[name]
        nested = isinstance(row.wire, AttrSet)
        made.append(Element(row, NLA_F_NESTED if nested else 0, elements(row.wire, value) if isinstance(row.wire, AttrSet) else value))
    return made


def built(attrs: AttrSet, values: Mapping[str, Any] | list[dict[str, Any]]) -> bytes:
    """The bytes of a set."""
    return bytes(attrs.build(elements(attrs, values)))


class Pattern(NamedTuple):
    """A built set and the places in it that each packet fills: path -> (offset, type)."""

    data: bytes
    places: dict[str, tuple[int, Wire]]

    def filled(self, values: Mapping[str, Any]) -> bytes:
        """The set with these values."""
        data = bytearray(self.data)
        for path, value in values.items():
            place = self.places.get(path)
            if place is not None:
                raw = place[1].packed(place[1].unvalue(value), "little")
                data[place[0] : place[0] + len(raw)] = raw
        return bytes(data)


def pattern(attrs: AttrSet, values: Mapping[str, Any] | list[dict[str, Any]]) -> Pattern:
    """The pattern of a set."""
    return found(attrs, built(attrs, values))


def found(attrs: AttrSet, data: bytes) -> Pattern:
    """The pattern of a set that is built."""
    node = Tree(data, "little", []).value(Member("", attrs), attrs, "key", 0, len(data), "key")
    places = {path: (one.offset, one.node.wire) for path, one in fields(node, "key") if one.part is None}
    return Pattern(data, {path.removeprefix("key").removeprefix("."): place for path, place in places.items()})


class Kind(NamedTuple):
    """A kind of packet: which patterns its messages have, and what its header is made of."""

    key: Pattern
    metadata: Pattern
    mask: Pattern
    vlan: bool
    ethertype: int
    protocol: int


def kind(protocol: int, *, ipv6: bool = False, arp: bool = False, vlan: bool = False, tunnel: bool = False, tracked: bool = False) -> Kind:
    """One kind of packet, as the kernel writes its flow key (ovs_nla_put_key)."""
    key: dict[str, Any] = {"recirc_id": 7 if tracked else 0, "dp_hash": 0, "priority": 0}
    outer: dict[str, Any] = {"id": "0x1", "ipv4_src": "172.16.0.2", "ipv4_dst": "172.16.0.1", "tos": 0, "ttl": 64}
    if tunnel:
        key["tunnel"] = {**outer, "dont_fragment": True, "csum": True, "tp_src": 1, "tp_dst": 6081}
    key |= {"in_port": 1, "skb_mark": 0, "ct_state": ["new", "trk"] if tracked else [], "ct_zone": 5 if tracked else 0, "ct_mark": 0}
    key["ct_labels"] = "0x0"
    metadata: dict[str, Any] = {name: key[name] for name in ("priority", "tunnel", "skb_mark", "in_port") if name in key}
    addresses = {"src": "10.0.0.1", "dst": "10.0.0.2"}
    if tracked and not ipv6:
        key["ct_orig_tuple_ipv4"] = addresses | {"src_port": 1, "dst_port": 2, "proto": protocol}
    key["ethernet"] = {"src": "02:00:00:00:00:01", "dst": "02:00:00:00:00:02"}
    inner: dict[str, Any] = {"ethertype": 0x806 if arp else 0x86DD if ipv6 else 0x800}
    if arp:
        inner["arp"] = {"sip": "10.0.0.1", "tip": "10.0.0.2", "op": 1, "sha": "02:00:00:00:00:01", "tha": "00:00:00:00:00:00"}
    elif ipv6:
        inner["ipv6"] = {"src": "fd00::1", "dst": "fd00::2", "label": 0, "proto": protocol, "tclass": 0, "hlimit": 64, "frag": "none"}
        inner["ipv6_exthdrs"] = []
    else:
        inner["ipv4"] = addresses | {"proto": protocol, "tos": 0, "ttl": 64, "frag": "none"}
    if not arp:
        ports = {"src": 1, "dst": 2}
        transports: dict[int, dict[str, Any]] = {ICMP: {"icmp": {"type": 8, "code": 0}}, UDP: {"udp": ports}}
        inner |= transports.get(protocol, {"tcp": ports, "tcp_flags": ["syn"]})
    if vlan:
        key |= {"ethertype": 0x8100, "vlan": {"vid": 1, "pcp": 0, "cfi": 1}, "encap": inner}
    else:
        key |= inner
    made = pattern(KEY, key)
    # a mask has the attributes of its key; a learning switch looks at the port and the addresses
    mask = found(MASK, made.data)
    exact = {"in_port": 0xFFFFFFFF, "ethernet.src": "ff:ff:ff:ff:ff:ff", "ethernet.dst": "ff:ff:ff:ff:ff:ff"}
    mask = mask._replace(data=mask.filled(exact))
    return Kind(made, pattern(KEY, metadata), mask, vlan, inner["ethertype"], 0 if arp else protocol)


def kinds() -> tuple[list[Kind], list[int]]:
    """The kinds and how often each comes."""
    return [
        kind(TCP),
        kind(UDP),
        kind(ICMP),
        kind(TCP, tracked=True),
        kind(UDP, tracked=True),
        kind(TCP, vlan=True),
        kind(UDP, vlan=True),
        kind(TCP, tunnel=True),
        kind(UDP, tunnel=True),
        kind(TCP, tunnel=True, tracked=True),
        kind(TCP, ipv6=True),
        kind(UDP, ipv6=True),
        kind(0, arp=True),
    ], [22, 12, 4, 12, 5, 7, 3, 12, 4, 6, 5, 2, 6]


def action_patterns() -> tuple[list[Pattern], list[int]]:
    """Lists of actions and how often each comes."""
    nat = {"commit": True, "zone": 5, "nat": {"src": True, "ip_min": "192.0.2.1"}}
    tunnel = {"tunnel": {"id": "0x1", "ipv4_src": "172.16.0.1", "ipv4_dst": "172.16.0.2", "tos": 0, "ttl": 64, "tp_dst": 6081}}
    return [
        pattern(ACTIONS, [{"output": 1}]),
        pattern(ACTIONS, [{"output": 1}, {"output": 2}, {"output": 3}]),
        pattern(ACTIONS, [{"ct": {"zone": 5}}, {"recirc": 1}]),
        pattern(ACTIONS, [{"ct": nat}, {"recirc": 1}]),
        pattern(ACTIONS, [{"push_vlan": {"tpid": 0x8100, "tci": {"vid": 7, "pcp": 0, "cfi": 1}}}, {"output": 1}]),
        pattern(ACTIONS, [{"pop_vlan": True}, {"output": 1}]),
        pattern(ACTIONS, [{"set": tunnel}, {"output": 1}]),
        pattern(ACTIONS, []),
    ], [40, 8, 14, 6, 8, 8, 12, 4]


def attribute(number: int, data: bytes, flags: int = 0) -> bytes:
    """One attribute, padded."""
    return struct.pack("<HH", 4 + len(data), number | flags) + data + bytes(-len(data) % 4)


def message(family: str, command: int, flags: int, seq: int, pid: int, attrs: bytes) -> bytes:
    """A message of a family with an ovs_header."""
    return struct.pack("<IHHIIBBHi", 24 + len(attrs), IDS[family], flags, seq, pid, command, 1, 0, 5) + attrs


def packet(one: Kind, values: Mapping[str, Any], random: Random) -> bytes:
    """The packet that the key was read from."""
    data = MAC.unvalue(values["ethernet.dst"]) + MAC.unvalue(values["ethernet.src"])
    data += struct.pack(">HH", 0x8100, 0x0001) if one.vlan else b""
    data += struct.pack(">H", one.ethertype)
    size = random.randint(SHORTEST, LONGEST)
    if one.ethertype == 0x806:
        sip, tip = IPV4.unvalue(values["arp.sip"]), IPV4.unvalue(values["arp.tip"])
        return data + struct.pack(">HHBBH", 1, 0x800, 6, 4, 1) + bytes.fromhex("020000000001") + sip + bytes(6) + tip + bytes(18)
    ports = struct.pack(">HH", values["tcp.src"], values["tcp.dst"])
    if one.protocol == TCP:
        transport = ports + struct.pack(">IIBBHHH", random.getrandbits(32), 0, 0x50, 2, 64240, 0, 0)
    elif one.protocol == UDP:
        transport = ports + struct.pack(">HH", 8 + size, 0)
    else:
        transport = struct.pack(">BBHHH", 8, 0, 0, 1, 1)
    transport += random.randbytes(max(size - len(data) - 20 - len(transport), 6))
    if one.ethertype == 0x86DD:
        head = struct.pack(">IHBB", 0x60000000, len(transport), one.protocol, 64)
        return data + head + ipv6_bytes(values["ipv6.src"]) + ipv6_bytes("fd00::2") + transport
    addresses = IPV4.unvalue(values["ipv4.src"]) + IPV4.unvalue(values["ipv4.dst"])
    return data + struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(transport), 1, 0, 64, one.protocol, 0) + addresses + transport


def announcements(ids: Mapping[str, int] = IDS) -> Iterator[bytes]:
    """What nlctrl answers when ovs-vswitchd starts."""
    for name, number in ids.items():
        attrs = built(NLCTRL.attrs, {"family_name": name, "family_id": number, "version": 1, "hdrsize": 4, "maxattr": 10})
        yield struct.pack("<IHHIIBBH", 20 + len(attrs), 16, 0, number, 4321, 1, 2, 0) + attrs


def messages(random: Random) -> Iterator[bytes]:
    """Messages without end."""
    key_kinds, actions = kinds(), action_patterns()
    sample = USERDATA.cases[2]
    cookie = struct.pack("<HHI16sHHI", 2, 0, 1, random.randbytes(16), 0, 0, 1).ljust(USERDATA.total or 48, b"\0")
    assert sample.name == "slow_path"
    yield from announcements()
    seq = 0
    while True:
        one = random.choices(key_kinds[0], key_kinds[1])[0]
        values: dict[str, Any] = {
            "in_port": random.randrange(1, 64),
            "ethernet.src": random.randbytes(6).hex(":"),
            "ethernet.dst": random.randbytes(6).hex(":"),
            "tunnel.id": random.randrange(1 << 24),
            "tunnel.tp_src": random.randrange(1024, 65536),
        }
        ports = (random.randrange(1024, 65536), random.choice((80, 443, 53, 22, 5432)))
        source, destination = (f"10.{random.randrange(4)}.{random.randrange(256)}.{random.randrange(256)}" for _ in range(2))
        for before in ("", "encap."):
            for name in ("tcp", "udp"):
                values |= {f"{before}{name}.src": ports[0], f"{before}{name}.dst": ports[1]}
            values |= {f"{before}ipv4.src": source, f"{before}ipv4.dst": destination}
            values |= {f"{before}arp.sip": source, f"{before}arp.tip": destination}
            values[f"{before}ipv6.src"] = f"fd00::{random.randrange(1, 65536):x}:{random.randrange(1, 65536):x}"
        values |= {"ct_orig_tuple_ipv4.src": source, "ct_orig_tuple_ipv4.dst": destination, "ct_orig_tuple_ipv4.src_port": ports[0]}
        data = packet(one, values, random)
        key = one.key.filled(values)
        done = random.choices(*actions)[0].filled({"[0].output": random.randrange(1, 64), "[1].recirc": random.randrange(1, 500)})
        hashed = attribute(11, struct.pack("<Q", random.getrandbits(32) | 1 << 32))
        upcall = attribute(2, key, NLA_F_NESTED)
        if random.random() < 0.07:
            yield message("ovs_packet", 2, 0, 0, 0, upcall + attribute(4, cookie) + hashed + attribute(1, data))
        else:
            yield message("ovs_packet", 1, 0, 0, 0, upcall + hashed + attribute(1, data))
        pid = random.choice((2844807701, 3852684766))
        execute = attribute(1, data) + attribute(2, one.metadata.filled(values), NLA_F_NESTED) + attribute(3, done, NLA_F_NESTED) + hashed
        seq += 2
        yield message("ovs_packet", 3, 1, seq, pid, execute + attribute(12, struct.pack("<I", pid)))
        if random.random() < 0.66:
            flow = attribute(9, random.randbytes(16)) + attribute(1, key, NLA_F_NESTED) + attribute(7, one.mask.data, NLA_F_NESTED)
            yield message("ovs_flow", 1, 0x401, seq + 1, pid, flow + attribute(2, done, NLA_F_NESTED))


def generate(path: Path, count: int, seed: int = 1) -> None:
    """Write a capture of so many messages, one to a record."""
    random = Random(seed)
    now = START
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 253))
        for _, data in zip(range(count), messages(random), strict=False):
            now += random.randrange(5, 400)
            size = len(COOKED) + len(data)
            file.write(struct.pack("<IIII", now // 1_000_000, now % 1_000_000, size, size) + COOKED + data)


if __name__ == "__main__":
    generate(Path(sys.argv[2]), int(sys.argv[1]), int(sys.argv[3]) if len(sys.argv) > 3 else 1)
