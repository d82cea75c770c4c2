"""What a line says of a message, word for word: each phrase with numbers that differ, so that none stands in another's place.

The messages are made of values; the cookies are bytes after struct user_action_cookie of Open vSwitch's ofproto/ofproto-dpif-upcall.h, the
numbers of sFlow's outputs after compose_sflow_cookie() of ofproto-dpif-xlate.c, errors after the kernel's errno.h.
"""

from __future__ import annotations

import struct
from typing import Any

import pytest

from ovsdissect.netlink.headers import EXTACK
from ovsdissect.text.summary import summary
from tests.dissect.made import ACK_TLVS, CAPPED, MULTI, REQUEST, failed, genl, nlmsg, single

PACKET = bytes.fromhex("02000000000202000000000108004500001c00010000401100000a0000010a0000021000200000080000")
UDP = "10.0.0.1 > 10.0.0.2 UDP 4096 > 8192"
KEY = {"in_port": 3}
TUNNEL = {"id": 77, "ipv4_src": "192.0.2.1", "ipv4_dst": "192.0.2.2", "ttl": 64}


def words(message: bytes, *before: bytes) -> str:
    """The summary of the last message."""
    return summary(single(*before, message)[-1])


def upcall(cmd: str = "miss", **values: Any) -> bytes:
    """An upcall of that packet."""
    return genl("ovs_packet", cmd, {"packet": PACKET, "key": KEY} | values)


def cookie(kind: int, union: bytes) -> str:
    """A cookie: type, padding, ofp_in_port, the bridge's UUID, the union; 48 bytes."""
    return (struct.pack("<HxxI", kind, 65535) + bytes(range(16)) + union).ljust(48, b"\0").hex()


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, UDP),
        ({"len": 1500}, f"{UDP}, 42 of 1500 bytes"),
        ({"len": 42}, UDP),
        ({"mru": 1400}, f"{UDP}, reassembled of fragments up to 1400"),
        ({"key": KEY | {"recirc_id": 0x1F}}, f"{UDP}, recirc_id(0x1f)"),
        ({"key": KEY | {"ct_state": ["new", "trk"], "ct_zone": 7, "ct_mark": 26}}, f"{UDP}, ct_state(new|trk), ct_zone(7), ct_mark(0x1a)"),
        ({"key": KEY | {"skb_mark": 0x80}}, f"{UDP}, skb_mark(0x80)"),
        ({"key": KEY | {"tunnel": TUNNEL}}, f"{UDP}, tunnel 192.0.2.1 > 192.0.2.2 id 0x4d"),
        ({"egress_tun_key": TUNNEL}, f"{UDP}, egress tunnel 192.0.2.1 > 192.0.2.2 id 0x4d"),
        ({"actions": [{"output": 4}]}, f"{UDP}, actions:4"),
    ],
)
def test_a_miss(values: dict[str, Any], said: str) -> None:
    assert words(upcall(**values)) == said


@pytest.mark.parametrize(
    ("kind", "union", "said"),
    [
        (1, struct.pack("<HxxI", 0, 5), "sFlow, out ifindex 5"),
        (1, struct.pack("<HxxI", 0, 0x80000006), "sFlow, 6 outputs"),
        (1, struct.pack("<HxxI", 0, 0x40000000 | 256), "sFlow, dropped"),
        (2, struct.pack("<HxxI", 0, 1), "slow path cfm"),
        (2, struct.pack("<HxxI", 0, 3), "slow path cfm|bfd"),
        (2, struct.pack("<HxxI", 0, 0), "slow path without a reason"),
        (3, struct.pack("<HxxIIIII", 100, 11, 12, 13, 14, 1), "flow sample set 11 domain 12 point 13 out 14"),
        (3, struct.pack("<HxxIIIII", 100, 11, 12, 13, 0xFFFFFFFF, 1), "flow sample set 11 domain 12 point 13 in"),
        (4, struct.pack("<I", 9), "IPFIX out 9"),
        (4, struct.pack("<I", 0xFFFFFFFF), "IPFIX in"),
        (
            5,
            struct.pack("<BBHI", 0, 0, 1, 0) + struct.pack(">Q", 0xABC) + struct.pack("<HH", 2, 128),
            "controller action, rule cookie 0xabc",
        ),
        (5, struct.pack("<BBHI", 1, 1, 2, 0) + bytes(12), "controller invalid_ttl continuation, rule cookie 0x0"),
    ],
)
def test_why_an_action_sent_it_up(kind: int, union: bytes, said: str) -> None:
    assert words(upcall("action", userdata=cookie(kind, union))) == f"{said}: {UDP}"


def test_an_action_without_a_cookie() -> None:
    assert words(upcall("action")) == f"userspace action: {UDP}"


def test_names_of_ports_in_a_cookie() -> None:
    port = genl("ovs_vport", "new", {"port_no": 9, "type": "netdev", "name": "eth9"})
    sampled = upcall("action", userdata=cookie(4, struct.pack("<I", 9)))
    assert words(sampled, port) == f"IPFIX out eth9: {UDP}"


@pytest.mark.parametrize(
    ("cmd", "values", "flags", "said"),
    [
        (
            "new",
            {"ufid": "00112233445566778899aabbccddeeff", "key": KEY, "actions": []},
            REQUEST,
            "ufid:00112233, in_port(3), actions:drop",
        ),
        ("new", {"key": KEY, "actions": [{"output": 2}]}, REQUEST, "in_port(3), actions:2"),
        ("new", {"key": KEY, "actions": [{"output": 2}], "probe": True}, REQUEST, "probe: in_port(3), actions:2"),
        ("get", {"ufid": "00112233445566778899aabbccddeeff"}, REQUEST, "ufid:00112233-4455-6677-8899-aabbccddeeff"),
        ("get", {"ufid_flags": ["omit_key", "omit_actions"]}, REQUEST | 0x300, "dump (omit_key|omit_actions)"),
        ("get", {}, REQUEST | 0x300, "dump"),
        ("del", {}, REQUEST, "all flows"),
        ("get", {}, REQUEST, "no key"),
        (
            "get",
            {"key": KEY, "stats": {"n_packets": 7, "n_bytes": 800}, "used": 12345},
            0,
            "in_port(3), packets:7, bytes:800, used at 12.345s",
        ),
        ("get", {"key": KEY, "tcp_flags": ["syn", "ack"], "actions": []}, 0, "in_port(3), used:never, flags:syn|ack, actions:drop"),
        ("set", {"key": KEY, "clear": True}, REQUEST, "in_port(3), clear"),
    ],
)
def test_flows(cmd: str, values: dict[str, Any], flags: int, said: str) -> None:
    assert words(genl("ovs_flow", cmd, values, flags=flags)) == said


VPORT_STATS = dict(zip(("rx_packets", "tx_packets", "rx_bytes", "tx_bytes"), (1, 2, 3, 4), strict=True))
VPORT_STATS |= dict(zip(("rx_errors", "tx_errors", "rx_dropped", "tx_dropped"), (5, 6, 7, 8), strict=True))
QUIET = VPORT_STATS | dict.fromkeys(("rx_errors", "tx_errors", "rx_dropped", "tx_dropped"), 0)
DROPS = "rx errors 5 tx errors 6 rx dropped 7 tx dropped 8"


@pytest.mark.parametrize(
    ("family", "cmd", "values", "flags", "said"),
    [
        (
            "ovs_vport",
            "new",
            {"name": "p", "port_no": 3, "type": "vxlan", "ifindex": 12, "netnsid": -1},
            0,
            '"p", port 3, vxlan, ifindex 12, netnsid -1',
        ),
        ("ovs_vport", "get", {"name": "p", "stats": VPORT_STATS}, 0, f'"p", rx 1 tx 2 {DROPS}'),
        ("ovs_vport", "get", {"name": "p", "stats": QUIET}, 0, '"p", rx 1 tx 2'),
        ("ovs_vport", "get", {"name": "p", "upcall_stats": {"success": 9, "fail": 2}}, 0, '"p", upcalls 9 failed 2'),
        ("ovs_vport", "get", {"name": "p", "upcall_stats": {"success": 9, "fail": 0}}, 0, '"p"'),
        ("ovs_vport", "new", {"name": "p", "upcall_pid": [1, 2, 3, 4, 5]}, REQUEST, '"p", upcall pid 1 2 3 4 ..'),
        ("ovs_vport", "new", {"name": "p", "upcall_pid": [0]}, REQUEST, '"p"'),
        ("ovs_vport", "set", {"name": "p", "upcall_pid": [0]}, REQUEST, '"p", upcall pid 0'),
        ("ovs_vport", "new", {"name": "p", "options": {"dst_port": 4789}}, REQUEST, '"p", dst_port 4789'),
        (
            "ovs_datapath",
            "get",
            {"name": "d", "stats": {"n_hit": 1, "n_missed": 2, "n_lost": 3, "n_flows": 4}},
            0,
            '"d", flows 4 hit 1 missed 2 lost 3',
        ),
        ("ovs_datapath", "get", {"name": "d", "masks_cache_size": 256, "upcall_pid": 5}, 0, '"d", mask cache 256, upcall pid 5'),
        ("ovs_datapath", "set", {"name": "d", "per_cpu_pids": [7, 8, 9]}, REQUEST, '"d", upcall sockets for 3 CPUs'),
        ("ovs_meter", "get", {"id": 3, "stats": {"n_packets": 4, "n_bytes": 5}}, 0, "meter 3, packets 4 bytes 5"),
        ("ovs_meter", "features", {"max_meters": 6, "max_bands": 1}, 0, "at most 6 meters, of 1 bands"),
        (
            "ovs_meter",
            "set",
            {"id": 3, "kbps": True, "bands": [{"type": "drop", "rate": 10, "burst": 20}]},
            REQUEST,
            "meter 3, drop above 10 kbit/s burst 20",
        ),
        ("ovs_meter", "set", {"id": 3, "bands": [{"type": "drop", "rate": 10}]}, REQUEST, "meter 3, drop above 10 packets/s"),
        ("ovs_ct_limit", "set", {"zone_limit": [{"zone_id": 5, "limit": 6, "count": 0}]}, REQUEST, "zone 5 limit 6"),
        ("ovs_ct_limit", "get", {"zone_limit": [{"zone_id": 5, "limit": 6, "count": 7}]}, 0, "zone 5 limit 6 count 7"),
        ("ovs_ct_limit", "del", {"zone_limit": [{"zone_id": 5, "limit": 0, "count": 0}]}, REQUEST, "zone 5"),
        ("nlctrl", "newfamily", {"family_name": "ovs_flow", "family_id": 40, "version": 1}, 0, '"ovs_flow" is 40, version 1'),
        ("nlctrl", "getfamily", {"family_name": "ovs_flow"}, REQUEST, '"ovs_flow"'),
        ("nlctrl", "getfamily", {"family_id": 40}, REQUEST, "family 40"),
    ],
)
def test_configuration(family: str, cmd: str, values: dict[str, Any], flags: int, said: str) -> None:
    assert words(genl(family, cmd, values, flags=flags)) == said


GET = genl("ovs_vport", "get", {"name": "x"}, flags=REQUEST, seq=7, pid=70)
DUMP = genl("ovs_flow", "get", flags=REQUEST | 0x300, seq=8, pid=70)
NO = EXTACK.build([(EXTACK.by_name["message"], 0, "no", None)])


@pytest.mark.parametrize(
    ("message", "before", "said"),
    [
        (failed(GET, -19), [GET], 'ENODEV: No such device (request 1: get "x")'),
        (failed(GET, -19, flags=CAPPED), [GET], 'ENODEV: No such device (request 1: get "x")'),
        (failed(GET, -19), [], 'ENODEV: No such device (request: get "x")'),
        (failed(GET, 0), [GET], 'success (request 1: get "x")'),
        (failed(GET, -22, flags=ACK_TLVS, extack=NO), [GET], 'EINVAL: Invalid argument: no (request 1: get "x")'),
        (nlmsg(3, bytes(4), flags=MULTI, seq=8, pid=70), [DUMP], "end of dump (request 1: get dump)"),
        (nlmsg(3, bytes(4), flags=MULTI | 0x10, seq=8, pid=70), [DUMP], "end of dump, dump interrupted: incomplete (request 1: get dump)"),
        (nlmsg(3, bytes(4), flags=MULTI, seq=9, pid=99), [DUMP], "end of dump (request not in the capture)"),
        (nlmsg(1), [], "nothing"),
        (nlmsg(4), [], "messages to this socket were lost"),
    ],
)
def test_answers(message: bytes, before: list[bytes], said: str) -> None:
    assert words(message, *before) == said
