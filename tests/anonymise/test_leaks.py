"""The check of the output finds an original in any spelling and in either byte order, wherever it is left."""

from __future__ import annotations

import ipaddress
import struct
from io import BytesIO

import pytest

import ovsdissect
from ovsdissect.anonymise.leaks import in_messages, in_text
from ovsdissect.anonymise.sought import Sought
from ovsdissect.build import build, pcap

MAC = bytes.fromhex("5254001a2b3c")
V4, V6 = (ipaddress.ip_address(text).packed for text in ("10.20.30.41", "2001:db8:5:6:5054:ff:fe1a:2b3c"))
UUID = bytes.fromhex("112233445566778899aabbccddeeff00")


def originals() -> Sought:
    """What is looked for."""
    made = Sought([])
    made.addresses |= {MAC, V4, V6}
    made.uuids.add(UUID)
    return made


SPELLED = (
    *("52:54:00:1a:2b:3c", "52-54-00-1A-2B-3C", "5254.001a.2b3c", "5254001A2B3C", "10.20.30.41", "from 10.20.30.41, twice"),
    *("2001:db8:5:6:5054:ff:fe1a:2b3c", "2001:0DB8:5:6:5054:00ff:fe1a:2b3c", "11223344-5566-7788-99AA-bbccddeeff00"),
    "00ffeedd-ccbb-aa99-8877-665544332211",  # from the other end
)


@pytest.mark.parametrize("spelled", SPELLED)
def test_an_original_in_a_text(spelled: str) -> None:
    assert [hit.leak for hit in in_text(originals(), f'{{"text":"{spelled}"}}', "the golden")] == [True]


@pytest.mark.parametrize("other", ["52:54:00:1a:2b:3d", "110.20.30.41", "10.20.30.415", "2001:db8::1", "a52:54:00:1a:2b:3c"])
def test_another_address_is_none(other: str) -> None:
    assert list(in_text(originals(), other, "the golden")) == []


@pytest.mark.parametrize("raw", [MAC, MAC[::-1], V6, V6[::-1], V4, V4[::-1], UUID, UUID[::-1]], ids=bytes.hex)
def test_an_original_in_the_bytes_of_a_message(raw: bytes) -> None:
    left, other = (build("ovs_packet", "miss", dp_ifindex=5, key={"attr_33": data.hex()}, packet=b"") for data in (raw, bytes(len(raw))))
    with ovsdissect.open(BytesIO(pcap([left, other]))) as capture:
        messages = [message for message in capture if message.family == "ovs_packet"]
    assert [hit.leak for hit in in_messages(originals(), messages[:1], messages[:1])] == [True]
    assert list(in_messages(originals(), messages[1:], messages[1:])) == []


def test_an_address_that_ends_in_255() -> None:
    made = originals()
    made.addresses.add(bytes((10, 20, 30, 255)))
    assert [hit.leak for hit in in_text(made, "to 10.20.30.255", "the golden")] == [True]
    assert list(in_text(made, "to 10.20.30.256", "the golden")) == []


@pytest.mark.parametrize(("name", "found"), [(b"tap3fa9c211", True), (b"tap001", True), (b"tap01", False)])
def test_an_original_name_inside_other_bytes(name: bytes, found: bool) -> None:
    """From six letters on; fewer may stand there by chance."""
    made = originals()
    made.texts.add(name)
    with ovsdissect.open(BytesIO(pcap([build("ovs_packet", "miss", key={"attr_33": (b"!" + name).hex()}, packet=b"")]))) as capture:
        messages = [message for message in capture if message.family == "ovs_packet"]
    assert [hit.leak for hit in in_messages(made, messages, messages)] == [True] * found


@pytest.mark.parametrize("family", ["ovs_vport", "ovs_datapath"])
def test_an_original_name_of_a_port(family: str) -> None:
    made = originals()
    made.texts.add(b"br0")
    more = {"port_no": 1, "type": "netdev", "upcall_pid": [1]} if family == "ovs_vport" else {}
    with ovsdissect.open(BytesIO(pcap([build(family, "new", dp_ifindex=5, name="br0", **more)]))) as capture:
        messages = [message for message in capture if message.family == family]
    assert [hit.leak for hit in in_messages(made, messages, messages)] == [True]


def told(message: bytes, family: str, made: Sought) -> list[bool]:
    """Whether what is found in a message, which did not change, is a leak."""
    with ovsdissect.open(BytesIO(pcap([message]))) as capture:
        messages = [one for one in capture if one.family == family]
    return [hit.leak for hit in in_messages(made, messages, messages)]


@pytest.mark.parametrize(("raw", "leak"), [(MAC, True), (bytes.fromhex("020202030303"), False)])
def test_bytes_of_an_address_in_a_number(raw: bytes, leak: bool) -> None:
    """Six different bytes are nobody else's; two may stand in a counter by chance."""
    made = originals()
    made.addresses.add(raw)
    stats = {"n_hit": int.from_bytes(raw + b"\1\1", "little"), "n_missed": 0, "n_lost": 0, "n_flows": 0}
    assert told(build("ovs_datapath", "new", dp_ifindex=5, name="x", stats=stats), "ovs_datapath", made) == [leak]


def test_a_short_name_in_a_packet() -> None:
    """LLDP (IEEE 802.1AB, 8.5): chassis and port by local names, the time to live, the system's name."""
    made = originals()
    made.texts.add(b"br0")
    for name, found in ((b"br0", True), (b"br1", False)):
        parts = ((1, b"\x07c"), (2, b"\x07p"), (3, b"\0\x78"), (5, name), (0, b""))
        lldp = b"".join((kind << 9 | len(value)).to_bytes(2, "big") + value for kind, value in parts)
        packet = bytes.fromhex("0180c200000e020000000001 88cc") + lldp
        assert told(build("ovs_packet", "miss", dp_ifindex=5, key={"in_port": 1}, packet=packet), "ovs_packet", made) == [True] * found


def sought(message: bytes) -> Sought:
    with ovsdissect.open(BytesIO(pcap([message]))) as capture:
        return Sought(one for one in capture if one.family != "nlctrl")


def test_an_address_that_a_payload_spells_out_is_sought() -> None:
    """In a packet whose headers have none of them."""
    udp = struct.pack(">HHHH", 7, 9, 8 + 60, 0) + b"Host: 10.20.30.41, from 52:54:00:1a:2b:3c".ljust(60)
    ip = bytes.fromhex("45000058000000004011000000000000ffffffff") + udp
    packet = b"\xff" * 6 + bytes(6) + b"\x08\x00" + ip
    assert sought(build("ovs_packet", "miss", key={"in_port": 1}, packet=packet)).addresses == {V4, MAC}


def test_a_uuid_is_sought_in_both_orders() -> None:
    """As text spells it, and as struct ovs_16aligned_u128 of a little-endian host has it: four words."""
    text = "11223344-5566-7788-99aa-bbccddeeff00"
    userdata = {"type": "slow_path", "ofp_in_port": 1, "ofproto_uuid": text, "slow_path": {"unused": 0, "reason": ["bfd"]}}
    found = sought(build("ovs_packet", "action", key={"in_port": 2}, userdata=userdata, packet=b""))
    assert found.uuids == {UUID, bytes.fromhex("44332211887766 55ccbbaa9900ffeedd")}
