"""Messages built from values: dissecting gives the values back, and wrong values are named by their path."""

from __future__ import annotations

import struct
from io import BytesIO

import pytest

import ovsdissect
from ovsdissect.api import Message
from ovsdissect.build import IDS, build, error, pcap
from ovsdissect.byteorder import ByteOrder
from tests import recorded


def read(data: bytes) -> list[Message]:
    with ovsdissect.open(BytesIO(data)) as capture:
        return list(capture)


@pytest.mark.parametrize("order", ["little", "big"])
def test_what_dissects_builds_back(order: ByteOrder) -> None:
    messages = [
        message
        for message in recorded.telling()
        if message.declaration and message.command and message.command.name in message.declaration.by_name and not message.problems
    ]
    assert len(messages) > 40
    lines = [message.to_dict() for message in messages]
    built = [
        build(
            line["family"],
            line["cmd"],
            dp_ifindex=line["dp_ifindex"] or 0,
            seq=line["nlmsg"]["seq"],
            pid=line["nlmsg"]["pid"],
            flags=line["nlmsg"]["flags"] if message.direction == "to-kernel" else message.frame.flags,
            genl_version=line["version"],
            byteorder=order,
            **line["attrs"],
        )
        for line, message in zip(lines, messages, strict=True)
    ]
    for line, data in zip(lines, built, strict=True):
        message = read(pcap([data], byteorder=order))[-1]
        again = message.to_dict()
        assert message.byteorder == order
        for name in ("family", "cmd", "version", "dp_ifindex", "attrs"):
            assert again[name] == line[name]
        assert again["nlmsg"] == line["nlmsg"] | {"type": IDS[line["family"]], "len": again["nlmsg"]["len"]}


def test_bytes_and_duplicates() -> None:
    (miss,) = read(pcap([build("ovs_packet", "miss", packet=b"\1\2", key={"in_port": 1, "in_port#2": 2})]))[1:]
    assert miss.to_dict()["attrs"] == {"packet": {"length": 2, "hex": "0102"}, "key": {"in_port": 1, "in_port#2": 2}}
    assert "duplicate" in [problem.kind for problem in miss.problems]


def test_errors_and_acknowledgements() -> None:
    request = build("ovs_flow", "new", flags=["request", "ack", "create"], seq=7, pid=9, key={"in_port": 1}, actions=[])
    _, sent, refused, capped, done = read(
        pcap([request, error(request, -22, message="no", offset=24), error(request, -17, capped=True), error(request, 0)])
    )
    assert sent.flags == ["request", "ack", "create"]
    assert (refused.kind, refused.error, refused.fault_path) == ("error", {"number": -22, "message": "no", "offset": 24}, "attrs.key")
    assert refused.request is not None
    assert refused.request.number == sent.number
    assert (capped.kind, capped.error, done.kind) == ("error", {"number": -17}, "ack")
    assert not refused.problems + capped.problems + done.problems


def test_pcap() -> None:
    get = build("ovs_vport", "get", flags=["request", "dump"])
    assert read(pcap([get]))[-1].flags == ["request", "dump"]
    with ovsdissect.open(BytesIO(pcap([get], announce=False)), families={"ovs_vport": IDS["ovs_vport"]}) as capture:
        assert [message.family for message in capture] == ["ovs_vport"]
    assert [message.family for message in read(pcap([error(get, -19)]))] == ["nlctrl", "ovs_vport"]
    assert read(pcap([])) == []


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"key": {"in_port": "x"}}, "attrs.key.in_port: "),
        ({"key": {"ipv4": {"src": "1.2.3"}}}, "attrs.key.ipv4.src: "),
        ({"key": {"ethernet": {"src": "00:00:00:00:00:01"}}}, "attrs.key.ethernet: member dst is missing"),
        ({"key": {"prot": 1}}, "attrs.key: key has no attribute prot"),
        ({"key": 3}, "attrs.key: an object is expected"),
        ({"key": {"vlan": {"vid": 5000}}}, "attrs.key.vlan.vid: 5000 does not fit"),
        ({"key": {"mpls": [{"label": 1}, {"labl": 2}]}}, r"attrs.key.mpls\[1\]: there is no labl"),
        ({"key": {"tunnel": {"geneve_opts": [{"class": 1}]}}}, "attrs.key.tunnel.geneve_opts: data is missing"),
        ({"key": {"ct_labels": "0x1" + "0" * 32}}, "attrs.key.ct_labels: no value can be made of"),
        ({"actions": {"output": 1}}, "attrs.actions: a list is expected"),
        ({"actions": [{"output": 1}, {"clone": [{"output": -1}]}]}, r"attrs.actions\[1\].clone\[0\].output: "),
        ({"actions": [{"set_masked": {"ipv4": {"value": {}}}}]}, r"attrs.actions\[0\].set_masked.ipv4.value: member src is missing"),
        ({"packet": 3}, "attrs.packet: bytes or hex digits are expected"),
        ({"packt": b""}, "attrs: packet has no attribute packt"),
    ],
)
def test_wrong_values_are_named_by_their_path(values: dict[str, object], text: str) -> None:
    with pytest.raises(ovsdissect.OvsDissectError, match="^" + text):
        build("ovs_packet", "miss", **values)  # type: ignore[arg-type]


def test_wrong_headers() -> None:
    for wrong in (
        lambda: build("ovs_pocket", "miss"),
        lambda: build("ovs_packet", "mist"),
        lambda: build("ovs_flow", "new", flags=["dump"]),
        lambda: build("ovs_flow", "new", seq=-1),
        lambda: error(b"", -22),
        lambda: error(bytes(16), 2**40),
    ):
        with pytest.raises(ovsdissect.OvsDissectError):
            wrong()


def test_bytes_by_hand() -> None:
    """struct nlmsghdr, genlmsghdr, ovs_header and nlattr of the kernel's headers, written out."""
    packet, datapath = IDS["ovs_packet"], IDS["ovs_datapath"]
    execute = build("ovs_packet", "execute", dp_ifindex=7, seq=5, pid=9, packet=b"\1\2\3\4")
    assert execute == struct.pack("<IHHII", 32, packet, 1, 5, 9) + bytes.fromhex("03010000 07000000 08000100 01020304")
    miss = build("ovs_packet", "miss", dp_ifindex=-2, byteorder="big", genl_version=7, nlmsg_type=99, packet=b"\1\2\3\4")
    assert miss == struct.pack(">IHHII", 32, 99, 0, 0, 0) + bytes.fromhex("01070000 fffffffe 00080001 01020304")
    get = build("ovs_datapath", "get", flags=["request", "dump"])  # NLM_F_REQUEST 1, NLM_F_DUMP 0x300
    assert get == struct.pack("<IHHII", 24, datapath, 0x301, 0, 0) + bytes.fromhex("03020000 00000000")
    assert IDS["nlctrl"] == 16


def test_answers_by_hand() -> None:
    """struct nlmsgerr: the error, and the request or its header; NLM_F_CAPPED 0x100, NLM_F_ACK_TLVS 0x200, NLMSGERR_ATTR_MSG 1."""
    request = struct.pack("<IHHIIB", 17, 34, 1, 5, 9, 0xAB)
    assert error(request, -22) == struct.pack("<IHHIIi", 37, 2, 0, 5, 9, -22) + request
    assert error(request, -22, capped=True) == struct.pack("<IHHIIi", 36, 2, 0x100, 5, 9, -22) + request[:16]
    assert error(request, 0) == struct.pack("<IHHIIi", 36, 2, 0x100, 5, 9, 0) + request[:16]
    told = error(request, -22, message="no!")
    assert told == struct.pack("<IHHIIi", 48, 2, 0x200, 5, 9, -22) + request + bytes(3) + struct.pack("<HH", 8, 1) + b"no!\0"
    assert error(request, 0, message="no!")[6:8] == b"\x00\x03"


def test_a_capture_by_hand() -> None:
    """A millisecond apart; families that occur are announced, in the order of their ids, and nlctrl is not: its id is 16 everywhere."""
    get, list_ = build("ovs_vport", "get"), build("nlctrl", "getfamily", family_name="ovs_vport")
    made = read(pcap([get, list_, get], start_ns=7))
    assert [(one.family, one.cmd, one.time_ns) for one in made] == [
        ("nlctrl", "newfamily", 7),
        ("ovs_vport", "get", 1_000_007),
        ("nlctrl", "getfamily", 2_000_007),
        ("ovs_vport", "get", 3_000_007),
    ]
    assert [one.family for one in read(pcap([list_]))] == ["nlctrl"]


def test_flags_that_a_command_does_not_have() -> None:
    for cmd in ("new", "del", "set"):
        with pytest.raises(ovsdissect.OvsDissectError, match="no flag dump"):
            build("ovs_flow", cmd, flags=["request", "dump"])
    with pytest.raises(ovsdissect.OvsDissectError, match="there is no labl"):
        build("ovs_flow", "new", key={"mpls": [{"labl": 2}]})


def test_headers_by_hand() -> None:
    """nlmsg_flags stand at byte 6 (struct nlmsghdr, linux/netlink.h), the version at byte 17 (struct genlmsghdr)."""
    kinds = (("ovs_packet", "miss"), ("ovs_flow", "new"), ("ovs_packet", "execute"))
    # OVS_FLOW_CMD_NEW is user space's request and the kernel's answer: nothing tells which is meant
    assert [build(family, cmd)[6:8] for family, cmd in kinds] == [b"\0\0", b"\0\0", b"\1\0"]
    assert build("ovs_flow", "new", flags=["request", "ack", "request"])[6:8] == b"\5\0"
    assert [build("ovs_flow", "new", genl_version=version)[17] for version in (None, 0, 3)] == [1, 0, 3]
