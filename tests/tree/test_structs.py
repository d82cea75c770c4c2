"""Structs that are longer or shorter than their row: known members are read, absent ones are absent, other bytes are `rest`.

The bytes are written out by hand after struct ovs_vport_stats, ovs_flow_stats, ovs_dp_megaflow_stats, ovs_key_* and ovs_action_push_vlan of
include/uapi/linux/openvswitch.h; texts of wrong lengths are those of check_attr_len() and format_odp_action() of OVS's lib/odp-util.c.
"""

from __future__ import annotations

import struct
from io import BytesIO
from typing import Any

import pytest

import ovsdissect
from ovsdissect.anonymise.attributes import message_places
from ovsdissect.api import Message
from ovsdissect.byteorder import ByteOrder
from ovsdissect.odp import format_actions, format_key
from ovsdissect.problem import ProblemKind
from ovsdissect.text.outline import outline
from ovsdissect.text.summary import summary
from tests.dissect.made import IDS, nlmsg, pcap, record
from tests.json.test_schema import faults
from tests.tree.invariants import check

VPORT, FLOW, DATAPATH, METER = (IDS[name] for name in ("ovs_vport", "ovs_flow", "ovs_datapath", "ovs_meter"))
SIX = {"rx_packets": 1, "tx_packets": 2, "rx_bytes": 3, "tx_bytes": 4, "rx_errors": 5, "tx_errors": 6}
EIGHT = SIX | {"rx_dropped": 7, "tx_dropped": 8}
MAC, OTHER_MAC = bytes.fromhex("020000000001"), bytes.fromhex("020000000002")
IPV4 = bytes((10, 0, 0, 1, 10, 0, 0, 2, 6, 0, 64, 0))


def attr(number: int, payload: bytes, order: ByteOrder = "little") -> bytes:
    """One attribute, padded."""
    return struct.pack("<HH" if order == "little" else ">HH", 4 + len(payload), number) + payload + bytes(-len(payload) % 4)


def counters(*values: int, order: ByteOrder = "little") -> bytes:
    """64-bit integers."""
    return b"".join(value.to_bytes(8, order) for value in values)


def capture(family: int, attributes: bytes, order: ByteOrder = "little") -> ovsdissect.Capture:
    """A capture of one message from the kernel: command 1 of a family, datapath 9, these attributes."""
    data = nlmsg(family, bytes((1, 1, 0, 0)) + (9).to_bytes(4, order) + attributes, order=order)
    return ovsdissect.open(BytesIO(pcap([record(data, order=order)], order=order)), families=IDS)


def dissected(family: int, attributes: bytes, order: ByteOrder = "little") -> Message:
    """That message, held to what holds of every message and to the schema."""
    (message,) = capture(family, attributes, order)
    check([message])
    assert faults(message.to_dict()) == []
    return message


def wrong(message: Message) -> list[tuple[str, str, int]]:
    """Kind, path and length of a message's problems."""
    return [(str(problem.kind), problem.path, problem.length) for problem in message.problems]


@pytest.mark.parametrize(
    ("stats", "value"),
    [
        (counters(1, 2, 3, 4, 5, 6, 7, 8), EIGHT),
        (counters(1, 2, 3, 4, 5, 6, 7, 8, 9), EIGHT | {"rest": "0900000000000000"}),
        (counters(1, 2, 3, 4, 5, 6, 7, 8) + b"\xaa", EIGHT | {"rest": "aa"}),
        (counters(1, 2, 3, 4, 5, 6), SIX),
        (counters(1, 2, 3, 4, 5, 6) + b"\xaa\xbb\xcc", SIX | {"rest": "aabbcc"}),
        (b"\1\0\0\0\0\0\0", {"rest": "01000000000000"}),
        (b"", {}),
    ],
)
def test_statistics_of_a_port(stats: bytes, value: dict[str, Any]) -> None:
    message = dissected(VPORT, attr(1, b"\3\0\0\0") + attr(6, stats))
    assert message.to_dict()["attrs"] == {"port_no": 3, "stats": value}
    assert wrong(message) == ([] if len(stats) == 64 else [("bad-length", "attrs.stats", len(stats))])


def test_in_the_other_byte_order() -> None:
    message = dissected(VPORT, attr(6, counters(1, 2, 3, 4, 5, 6, 7, 8, 9, order="big"), "big"), "big")
    assert message.to_dict()["attrs"] == {"stats": EIGHT | {"rest": "0000000000000009"}}


@pytest.mark.parametrize(
    ("family", "attributes", "value"),
    [
        # enum ovs_flow_attr: 3 is stats
        (FLOW, attr(3, counters(7, 700, 1)), {"stats": {"n_packets": 7, "n_bytes": 700, "rest": "0100000000000000"}}),
        (FLOW, attr(3, counters(7)), {"stats": {"n_packets": 7}}),
        # enum ovs_datapath_attr: 4 is megaflow_stats, __u64 n_mask_hit, __u32 n_masks, __u32 pad0, __u64 n_cache_hit, __u64 pad1
        (DATAPATH, attr(4, counters(5) + b"\2\0\0\0\0\0\0\0"), {"megaflow_stats": {"n_mask_hit": 5, "n_masks": 2}}),
        (DATAPATH, attr(4, counters(5) + b"\2\0\0\0\xff"), {"megaflow_stats": {"n_mask_hit": 5, "n_masks": 2, "rest": "ff"}}),
        (
            DATAPATH,
            attr(4, counters(5, 2, 6, 0, 1)),
            {"megaflow_stats": {"n_mask_hit": 5, "n_masks": 2, "n_cache_hit": 6, "rest": "0100000000000000"}},
        ),
        # enum ovs_meter_attr: 4 is the bands, in each of them 4 the stats
        (METER, attr(4, attr(1, attr(4, counters(3)))), {"bands": [{"stats": {"n_packets": 3}}]}),
        # enum ovs_flow_attr: 1 is the key; in it 4 is ethernet, 7 ipv4, 9 tcp
        (FLOW, attr(1, attr(4, MAC)), {"key": {"ethernet": {"src": "02:00:00:00:00:01"}}}),
        (FLOW, attr(1, attr(9, b"\0\x50\x01\xbb\0\1")), {"key": {"tcp": {"src": 80, "dst": 443, "rest": "0001"}}}),
        (
            FLOW,
            attr(1, attr(7, IPV4 + b"\1\2\3\4")),
            {"key": {"ipv4": {"src": "10.0.0.1", "dst": "10.0.0.2", "proto": 6, "tos": 0, "ttl": 64, "frag": "none", "rest": "01020304"}}},
        ),
        # 2 is the actions; in it 4 is push_vlan, __be16 tpid and tci
        (FLOW, attr(2, attr(4, b"\x81\0")), {"actions": [{"push_vlan": {"tpid": 0x8100}}]}),
        # 11 is set_masked: a key's struct, then as many bytes of its mask
        (
            FLOW,
            attr(2, attr(11, attr(9, b"\0\x50\x01\xbb\7\7" + b"\xff\xff\0\0\x0f\x0f"))),
            {
                "actions": [
                    {
                        "set_masked": {
                            "tcp": {"value": {"src": 80, "dst": 443, "rest": "0707"}, "mask": {"src": 65535, "dst": 0, "rest": "0f0f"}}
                        }
                    }
                ]
            },
        ),
    ],
)
def test_every_struct(family: int, attributes: bytes, value: dict[str, Any]) -> None:
    message = dissected(family, attributes)
    assert message.to_dict()["attrs"] == value
    assert {problem.kind for problem in message.problems} == {ProblemKind.BAD_LENGTH}


def test_a_member_of_no_known_number_is_told_beside_the_length() -> None:
    """The kernel knows three kinds of fragments (enum ovs_frag_type); 3 is none."""
    message = dissected(FLOW, attr(1, attr(7, IPV4[:11] + b"\3" + b"\0")))
    assert message.to_dict()["attrs"]["key"]["ipv4"]["frag"] == "3"
    assert wrong(message) == [("bad-length", "attrs.key.ipv4", 13), ("out-of-range", "attrs.key.ipv4.frag", 1)]


def test_numbers_of_another_length_stay_undecoded() -> None:
    message = dissected(VPORT, attr(1, counters(3)))
    assert message.to_dict()["attrs"] == {"port_no": {"undecoded": "0300000000000000"}}


@pytest.mark.parametrize(
    ("text", "selects"),
    [
        ("ovs_vport.stats.rx_packets == 1", True),
        ("ovs_vport.stats.rx_packets < 2", True),
        ("ovs_vport.stats.tx_errors in {5..6}", True),
        ("ovs_vport.stats.rx_packets == 2", False),
        ("ovs_vport.stats.rx_dropped == 0", False),
        ("ovs_vport.stats.rx_dropped", False),
        ("!ovs_vport.stats.rx_dropped", True),
        ("ovs_vport.stats", True),
        ("problem.kind == bad-length", True),
    ],
)
def test_filters_see_what_is_there(text: str, selects: bool) -> None:
    assert len(list(capture(VPORT, attr(6, counters(1, 2, 3, 4, 5, 6))).filter(text))) == selects


def test_a_grown_key_is_filtered_for_by_what_is_known() -> None:
    attributes = attr(1, attr(7, IPV4 + b"\1\2\3\4")) + attr(2, b"")
    for text, count in (("key.ipv4.src == 10.0.0.1", 1), ("key.ipv4.dst == 10.0.0.0/31", 0), ("key.ipv4.ttl > 63", 1)):
        assert len(list(capture(FLOW, attributes).filter(text))) == count


@pytest.mark.parametrize(
    ("stats", "told"),
    [
        (attr(3, counters(7, 700, 1)), (7, 700)),
        (attr(3, counters(7)), (None, None)),
        (b"", (0, 0)),  # the kernel leaves out counters of 0
    ],
)
def test_a_flow_has_the_counters_that_are_there(stats: bytes, told: tuple[int | None, int | None]) -> None:
    (flow,) = capture(FLOW, attr(9, bytes(16)) + attr(1, attr(3, b"\3\0\0\0")) + stats + attr(2, b"")).flows()
    assert (flow.packets, flow.bytes) == told


def test_lists_and_outlines_say_what_is_known() -> None:
    assert "rx 1 tx 2 rx errors 5 tx errors 6 [bad-length" in summary(dissected(VPORT, attr(6, counters(1, 2, 3, 4, 5, 6))))
    assert "packets:7, used:never" in summary(dissected(FLOW, attr(3, counters(7))))
    assert "packets:7, bytes:700, used:never" in summary(dissected(FLOW, attr(3, counters(7, 700, 1))))
    assert "hit by 3 packets" in summary(dissected(METER, attr(4, attr(1, attr(4, counters(3))))))
    assert "hit by" not in summary(dissected(METER, attr(4, attr(1, attr(4, b"\3\0\0\0")))))
    shown = [(line.label, line.text) for line in outline(dissected(FLOW, attr(3, counters(7) + b"\1\2")))]
    assert shown[-3:] == [("n_packets", "7"), ("rest", "0102"), ("padding", "0000")]


def test_open_vswitch_prints_wrong_lengths_as_ever() -> None:
    key = attr(4, MAC) + attr(9, b"\0\x50\x01\xbb\0\1")
    assert format_key(key) == (
        "(bad key length 6, expected 12)(02 00 00 00 00 01)(bad key length 6, expected 4)(00 50 01 bb 00 01)"
    )
    assert format_actions(attr(4, b"\x81\0")) == "bad length 2, expected 4 for: action4(81 00)"


def test_no_byte_of_it_passes_the_anonymiser() -> None:
    message = dissected(FLOW, attr(1, attr(4, MAC + OTHER_MAC + MAC)))
    assert [(place.sort.name, place.length) for place in message_places(message)] == [("BLANK", 18)]
