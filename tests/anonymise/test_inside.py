"""What stands inside undecoded bytes, in masks and in ranges is replaced as it is elsewhere; bytes written by hand."""

from __future__ import annotations

import ipaddress
import struct
from io import BytesIO
from typing import Any

import pytest

import ovsdissect
from ovsdissect.anonymise import Anonymiser
from ovsdissect.anonymise.leaks import in_messages
from ovsdissect.anonymise.sought import Sought, framed, packet_addresses
from ovsdissect.build import build, error, pcap

MAC, OTHER_MAC = bytes.fromhex("5254001a2b3c"), bytes.fromhex("5254009f8e7d")
V4, LAST = ipaddress.ip_address("10.20.30.41").packed, ipaddress.ip_address("10.20.77.42").packed
UUID = "11223344-5566-7788-99aa-bbccddeeff00"
REQUEST: dict[str, Any] = {"flags": ["request"], "seq": 1, "pid": 2}


def changed(*messages: bytes, key: bytes = b"inside") -> list[bytes]:
    """The messages afterwards, without the headers of their records."""
    with ovsdissect.open(BytesIO(pcap(messages))) as capture:
        given = [message for message in capture if message.family != "nlctrl"]
    records = Anonymiser(given, key).records()
    return [record[one.frame.offset :] for one, record in zip(given, records, strict=True)]


def cookie(data: bytes) -> bytes:
    """A flow whose psample action has these bytes for a cookie, which only its owner can read."""
    return build("ovs_flow", "new", **REQUEST, key={"in_port": 2}, actions=[{"psample": {"group": 1, "cookie": data.hex()}}])


def cookie_of(message: bytes, length: int) -> bytes:
    """The cookie: the last bytes of the message, with their padding."""
    end = len(message) - -length % 4
    return message[end - length : end]


@pytest.mark.parametrize("name", ["tap0", "tap3fa9c211"])
def test_a_name(name: str) -> None:
    port = build("ovs_vport", "new", dp_ifindex=5, port_no=2, type="netdev", name=name, upcall_pid=[1])
    told, held = changed(port, cookie(b"x" + name.encode() + b"!"))
    other = cookie_of(held, len(name) + 2)
    assert other[1:-1] != name.encode()
    assert other[:1] + other[-1:] == b"x!"
    assert other[1:-1] in told, "it is the port's other name"


def test_a_uuid() -> None:
    raw = bytes.fromhex(UUID.replace("-", ""))
    words = struct.pack("<4I", *struct.unpack(">4I", raw))  # struct ovs_16aligned_u128 of a little-endian host
    userdata = {"type": "slow_path", "ofp_in_port": 1, "ofproto_uuid": UUID, "slow_path": {"unused": 0, "reason": ["bfd"]}}
    told, held = changed(build("ovs_packet", "action", key={"in_port": 2}, userdata=userdata, packet=b""), cookie(words + b"!"))
    other = cookie_of(held, 17)
    assert other[:16] != words
    assert other[16:] == b"!"
    assert other[:16] in told


def test_the_last_address_of_a_range() -> None:
    nat = {"src": True, "ip_min": str(ipaddress.ip_address(V4)), "ip_max": str(ipaddress.ip_address(LAST))}
    told, held = changed(build("ovs_flow", "new", **REQUEST, key={}, actions=[{"ct": {"nat": nat}}]), cookie(b"!" + LAST))
    other = cookie_of(held, 5)
    assert other[1:] != LAST
    assert other[1:] in told


@pytest.mark.parametrize("bits", [16, 24, 31, 32])
def test_a_network(bits: int) -> None:
    """From 24 bits on a masked address tells a network; the kernel reports it cut to its mask."""
    mask = ipaddress.ip_network(f"0.0.0.0/{bits}").netmask
    cut = bytes(a & b for a, b in zip(V4, mask.packed, strict=True))
    ipv4 = {"dst": "0.0.0.0", "proto": 6, "tos": 0, "ttl": 64, "frag": "none"}
    flow = build(
        *("ovs_flow", "new"),
        key={"ethertype": 0x0800, "ipv4": ipv4 | {"src": str(ipaddress.ip_address(cut))}},
        mask={"ethertype": 0xFFFF, "ipv4": ipv4 | {"src": str(mask), "proto": 255, "frag": 255}},
        actions=[],
        ufid="2" * 32,
    )
    told, held = changed(flow, cookie(b"!" + cut))
    other = cookie_of(held, 5)
    assert (other[1:] != cut) is (bits >= 24)
    if bits == 32:
        assert other[1:] in told


def test_a_mask_that_is_an_address() -> None:
    """Someone confused the two: then it is replaced as the address is."""
    ends = {"src": MAC.hex(":"), "dst": OTHER_MAC.hex(":")}
    (flow,) = changed(build("ovs_flow", "new", **REQUEST, key={"ethernet": ends}, mask={"ethernet": ends}, actions=[]))
    assert MAC not in flow
    assert OTHER_MAC not in flow
    masked = {"set_masked": {"ethernet": {"value": ends, "mask": ends}}}
    (rewrite,) = changed(build("ovs_flow", "new", **REQUEST, key={"ethernet": ends}, actions=[masked]))
    assert MAC not in rewrite
    assert OTHER_MAC not in rewrite
    (ordinary,) = changed(
        build("ovs_flow", "new", **REQUEST, key={"ethernet": ends}, mask={"ethernet": dict.fromkeys(ends, "ff:ff:ff:00:00:00")}, actions=[])
    )
    assert ordinary.count(bytes.fromhex("ffffff000000") * 2) == 1


def test_a_range_stays_in_order() -> None:
    """The kernel takes no other: with sixteen keys, some of which turn the order of the two addresses round."""
    nat = {"src": True, "ip_min": str(ipaddress.ip_address(V4)), "ip_max": str(ipaddress.ip_address(LAST))}
    flow = build("ovs_flow", "new", **REQUEST, key={}, actions=[{"ct": {"nat": nat}}])
    low, high = flow.index(V4), flow.index(LAST)
    turned = 0
    for number in range(16):
        key = b"key %d" % number
        (other,) = changed(flow, key=key)
        assert other[low : low + 4] < other[high : high + 4]
        _, alone = changed(flow, cookie(V4), key=key)
        turned += cookie_of(alone, 4) == other[high : high + 4]
    assert 0 < turned < 16


def test_a_name_inside_a_name() -> None:
    """The longest one counts, and it is replaced once."""
    names = {
        name: build("ovs_vport", "new", dp_ifindex=5, port_no=2, type="netdev", name=name, upcall_pid=[1])
        for name in ("tap3fa9c", "fa9c", "tap3")
    }
    told, *_, held = changed(*names.values(), cookie(b"!tap3fa9c!"))
    assert cookie_of(held, 10)[1:-1] in told, "the other name of the longer one, whole"


def test_what_a_mask_leaves_out_stays_zero() -> None:
    """NSH context data under a mask, as the kernel reports it: a network inside becomes another, and no bit outside of the mask is set."""
    network, mask = V4[:3] + b"\0", (0xFFFFFF00, 0, 0, 0)
    ipv4 = {"dst": "0.0.0.0", "proto": 6, "tos": 0, "ttl": 64, "frag": "none"}
    base = {"flags": 0, "ttl": 63, "mdtype": 1, "np": 3, "path_hdr": 4660}
    flow = build(
        *("ovs_flow", "new"),
        key={
            "ethertype": 0x0800,
            "ipv4": ipv4 | {"src": str(ipaddress.ip_address(network))},
            "nsh": {"base": base, "md1": {"context": [int.from_bytes(network, "big"), 0, 0, 0]}},
        },
        mask={
            "ethertype": 0xFFFF,
            "ipv4": ipv4 | {"src": "255.255.255.0", "proto": 255, "frag": 255},
            "nsh": {"base": base, "md1": {"context": list(mask)}},
        },
        actions=[],
        ufid="2" * 32,
    )
    at = flow.index(network + bytes(12))
    for number in range(4):
        (other,) = changed(flow, key=b"key %d" % number)
        assert other[at : at + 3] != network[:3]
        assert other[at + 3 : at + 16] == bytes(13)


@pytest.mark.parametrize("bits", [48, 64])
def test_the_prefix_that_a_router_advertises(bits: int) -> None:
    """RFC 4861, 4.6.2: it becomes the prefix of the addresses in it, and what is behind it stays zero."""
    prefix = ipaddress.ip_address("2001:db8:5a5a::" if bits == 48 else "2001:db8:5a5a:77::").packed
    host = prefix[: bits // 8] + bytes(16 - bits // 8 - 1) + b"\x9d"
    router = ipaddress.ip_address("fe80::5054:ff:fe1a:2b3c").packed
    option = bytes([3, 4, bits, 0xC0]) + struct.pack(">III", 86400, 14400, 0) + prefix
    body = bytes([134, 0, 0, 0, 64, 0]) + struct.pack(">HII", 1800, 0, 0) + option
    ip = struct.pack(">IHBB", 0x60000000, len(body), 58, 255) + router + ipaddress.ip_address("ff02::1").packed
    packet = bytes.fromhex("333300000001") + MAC + b"\x86\xdd" + ip + body
    miss = build("ovs_packet", "miss", key={"in_port": 2}, packet=packet)
    sent = build(
        "ovs_packet",
        "miss",
        key={"in_port": 2},
        packet=MAC + OTHER_MAC + b"\x86\xdd" + struct.pack(">IHBB", 0x60000000, 0, 59, 64) + host + host,
    )
    at, there = miss.index(prefix), sent.index(host)
    for number in range(4):
        advertised, other = changed(miss, sent, key=b"key %d" % number)
        told = advertised[at : at + 16]
        assert told[: bits // 8] == other[there : there + bits // 8] != prefix[: bits // 8]
        assert told[bits // 8 :] == bytes(16 - bits // 8)


@pytest.mark.parametrize("name", ["unused1", "unused2"])
def test_an_attribute_that_nobody_uses(name: str) -> None:
    ends = {"src": MAC.hex(":"), "dst": OTHER_MAC.hex(":")}
    (miss,) = changed(build("ovs_packet", "miss", key={"in_port": 2, "ethernet": ends}, packet=b"", **{name: f"{MAC.hex()}77"}))
    assert MAC not in miss
    assert b"\x77" in miss


def test_what_an_error_says() -> None:
    """The kernel's text may name a port, the cookie of a policy may be anything."""
    port = build("ovs_vport", "new", dp_ifindex=5, port_no=2, type="netdev", name="tap3fa9c211", upcall_pid=[1])
    request = build("ovs_vport", "del", **REQUEST, port_no=2)
    for said in ({"message": "no such port: tap3fa9c211"}, {"cookie": b"=tap3fa9c211=".hex()}):
        told, answer = changed(port, error(request, -19, **said))
        assert b"tap3fa9c211" not in told + answer
        before = error(request, -19, **said).index(b"tap3fa9c211")
        assert answer[before : before + 11] in told


def test_a_request_of_a_family_that_nobody_knows() -> None:
    """The error echoes it; what its bytes are nobody can tell."""
    request = struct.pack("<IHHII", 40, 99, 5, 7, 8) + b"\1\1\0\0" + struct.pack("<HH", 13, 1) + b"secret!" + MAC
    for message in (request, error(request, -22), error(request, -22, message="no")):
        (other,) = changed(message)[-1:]
        assert MAC not in other
        assert b"secret" not in other
        assert other[:16] == message[:16]


def test_a_packet_without_an_ethernet_header_has_no_mac_addresses() -> None:
    """NSH (RFC 8300): base header, service path 0x1234 and index 200, context data; read as Ethernet it would have 34:c8:30:31:32:33.

    The next protocol is 3, Ethernet, whose addresses count.
    """
    inner = OTHER_MAC + MAC + struct.pack(">H", 0x88B5) + bytes(46)
    nsh = bytes.fromhex("0fc60103001234c8") + b"0123456789abcdef"
    assert len(nsh) == (nsh[1] & 0x3F) * 4
    key = {"in_port": 2, "ethertype": 0x894F}
    assert set(packet_addresses(framed(nsh + inner, key))) == {OTHER_MAC, MAC}
    ip = bytes.fromhex("450000140000000040fd0000") + V4 + LAST
    for version, packet, found in ((4, ip, {V4, LAST}), (1, nsh[:3] + b"\1" + nsh[4:] + ip, {V4, LAST})):
        ethertype = 0x0800 if version == 4 else 0x894F
        assert set(packet_addresses(framed(packet, {"ethertype": ethertype}))) - {bytes(6)} == found
    assert framed(inner, key | {"ethernet": {}}) == framed(inner, None) == inner


def test_five_numbers_of_a_header_are_no_address() -> None:
    """Of an error with sequence number 0x12345678, type, flags and a half of that number are the bytes of a MAC address."""
    address = bytes.fromhex("020000007856")
    miss = build("ovs_packet", "miss", key={"ethernet": {"src": address.hex(":"), "dst": MAC.hex(":")}}, packet=MAC + address + bytes(48))
    ack = struct.pack("<IHHIIi", 36, 2, 0, 0x12345678, 7, 0) + struct.pack("<IHHII", 16, 30, 5, 0x12345678, 7)
    with ovsdissect.open(BytesIO(pcap([miss, ack]))) as capture:
        given = [message for message in capture if message.family != "nlctrl"]
    anonymiser = Anonymiser(given, b"inside")
    assert address in anonymiser.originals.addresses
    assert anonymiser.records()[-1][-len(ack) :].startswith(ack[:4] + address)
    with ovsdissect.open(BytesIO(pcap([ack]))) as capture:
        (told,) = [message for message in capture if message.kind == "ack"]
    assert [hit.text for hit in in_messages(Sought(given), [told], [told]) if hit.leak] == []
