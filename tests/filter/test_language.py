"""Compares the meaning of filters with the JSON of the same messages: any, all, absence, flags, addresses, slices, times, text."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from ovsdissect.api import Message
from ovsdissect.errors import FilterError
from ovsdissect.filter import Filter
from ovsdissect.filter import compile as compile_filter
from tests import recorded
from tests.dissect.made import genl, nlmsg, single
from tests.each import exactly, none_of

IPV4 = {"src": "10.0.0.1", "dst": "10.0.0.2", "proto": 6, "tos": 0, "ttl": 64}
NAMES = ("startup", "mid-stream", "rawnl")
# what the recorded messages lack: an error that echoes too little to tell its request, a later fragment, a ct_state of new and trk alone
MADE = tuple(
    single(
        nlmsg(2, b"\xea\xff\xff\xff"),
        genl("ovs_packet", "miss", {"key": {"ipv4": IPV4 | {"frag": "later"}}, "packet": bytes(14)}),
        genl("ovs_packet", "miss", {"key": {"ct_state": ["new", "trk"]}, "packet": bytes(14)}),
        genl("ovs_packet", "miss", {"key": {"ct_state": ["new", "trk", "est"]}, "packet": bytes(14)}),
    )
)
MESSAGES = (*(message for name in NAMES for message in recorded.messages(name)), *MADE)
OBJECTS = tuple(message.to_dict() for message in MESSAGES)
Json = dict[str, Any]


def selected(text: str) -> list[int]:
    test = compile_filter(text)
    return [i for i, message in enumerate(MESSAGES) if test.matches(message)]


def attrs(line: Json) -> Json:
    return line["attrs"] or {}


def key(line: Json) -> Json:
    found = attrs(line).get("key")
    return found if isinstance(found, dict) else {}


def in_ports(line: Json) -> list[int]:
    """A duplicate has a name of its own in JSON, in filters it is one more value."""
    return [value for name, value in key(line).items() if name.partition("#")[0] == "in_port" and isinstance(value, int)]


def nested(line: Json) -> list[int]:
    """Outputs, those in nested action lists too."""
    found: list[int] = []

    def walk(value: Any) -> None:
        if isinstance(value, list):
            for action in value:
                if isinstance(action, dict):
                    for name, inner in action.items():
                        if name == "output" and isinstance(inner, int):
                            found.append(inner)
                        elif name == "clone":
                            walk(inner)
                        elif isinstance(inner, dict):
                            for below in ("actions", "action", "actions_if_greater", "actions_if_less_equal"):
                                walk(inner.get(below))

    walk(attrs(line).get("actions"))
    return found


def octets(text: str) -> bytes:
    return bytes.fromhex(text.replace(":", ""))


def ethernet(line: Json) -> Json:
    found = key(line).get("ethernet")
    return found if isinstance(found, dict) and "dst" in found else {}  # in one key it ends behind src


def ipv4(line: Json) -> Json:
    found = key(line).get("ipv4")
    return found if isinstance(found, dict) and "src" in found else {}


CASES: dict[str, Callable[[Json], bool]] = {
    "ovs_packet.cmd == miss": lambda m: m["family"] == "ovs_packet" and m["cmd"] == "miss",
    'ovs_packet.cmd == "miss"': lambda m: m["family"] == "ovs_packet" and m["cmd"] == "miss",
    "ovs_packet.cmd eq 1": lambda m: m["family"] == "ovs_packet" and m["cmd"] == "miss",
    "cmd == new": lambda m: m["cmd"] == "new",
    "miss == cmd": lambda m: m["cmd"] == "miss",
    "ovs_flow": lambda m: m["kind"] == "message" and m["family"] == "ovs_flow",
    "ovs_flow.cmd == new": lambda m: m["kind"] == "message" and (m["family"], m["cmd"]) == ("ovs_flow", "new"),
    "request.ovs_flow.cmd == new": lambda m: [(m.get("request") or {}).get(name) for name in ("family", "cmd")] == ["ovs_flow", "new"],
    "kind == error && family == ovs_flow && cmd == new": lambda m: (m["kind"], m["family"], m["cmd"]) == ("error", "ovs_flow", "new"),
    "kind == ack && cmd == set": lambda m: (m["kind"], m["cmd"]) == ("ack", "set"),
    "kind == done && family == ovs_vport": lambda m: (m["kind"], m["family"]) == ("done", "ovs_vport"),
    "request.family == ovs_vport": lambda m: (m.get("request") or {}).get("family") == "ovs_vport",
    "family == ovs_flow or family == ovs_vport": lambda m: m["family"] in ("ovs_flow", "ovs_vport"),
    'family matches "^OVS_(f|v)"': lambda m: m["family"] in ("ovs_flow", "ovs_vport"),
    "kind == error": lambda m: m["kind"] == "error",
    "kind in {error, ack} && not request": lambda m: m["kind"] in ("error", "ack") and m["request"]["number"] is None,
    "direction == to-kernel": lambda m: m["direction"] == "to-kernel",
    "number in {3, 5..7, 0x10}": lambda m: m["number"] in (3, 5, 6, 7, 16),
    "number not in {1..100}": lambda m: not (m["number"] is not None and 1 <= m["number"] <= 100),
    "nlmsg.type == 16 and nlmsg.pid != 0": lambda m: m["nlmsg"] is not None and m["nlmsg"]["type"] == 16 and m["nlmsg"]["pid"] != 0,
    "nlmsg.flags has dump": lambda m: m["nlmsg"] is not None and "dump" in m["nlmsg"]["flags"],
    "nlmsg.flags == request|ack": lambda m: m["nlmsg"] is not None and sorted(m["nlmsg"]["flags"]) == ["ack", "request"],
    "nlmsg.flags has create": lambda m: m["nlmsg"] is not None and "create" in m["nlmsg"]["flags"],
    "dp_ifindex": lambda m: m["dp_ifindex"] is not None,
    "dp_ifindex != 0": lambda m: m["dp_ifindex"] not in (None, 0),
    "key.in_port == 0": lambda m: 0 in in_ports(m),
    "key.in_port": lambda m: "in_port" in key(m),
    "!key.in_port": lambda m: "in_port" not in key(m),
    "key.in_port != 2": lambda m: bool(in_ports(m)) and 2 not in in_ports(m),
    "!(key.in_port == 2)": lambda m: 2 not in in_ports(m),
    "key.in_port >= 2 && key.in_port < 0x4": lambda m: bool({2, 3} & set(in_ports(m))),
    "ovs_flow.key.in_port == 2": lambda m: m["family"] == "ovs_flow" and 2 in in_ports(m),
    "key.recirc_id == 0": lambda m: key(m).get("recirc_id") == 0,
    "actions.output == 1": lambda m: 1 in nested(m),
    "actions.output != 1": lambda m: bool(nested(m)) and 1 not in nested(m),
    "any actions.output != 1": lambda m: any(port != 1 for port in nested(m)),
    "actions.output !== 1": lambda m: any(port != 1 for port in nested(m)),
    "all actions.output == 1": lambda m: bool(nested(m)) and all(port == 1 for port in nested(m)),
    "actions.output === 1": lambda m: bool(nested(m)) and all(port == 1 for port in nested(m)),
    "all actions.output in {1..2}": lambda m: bool(nested(m)) and all(port in (1, 2) for port in nested(m)),
    "key.ipv4.src == 10.0.0.0/8": lambda m: bool(ipv4(m)) and ip_address(ipv4(m)["src"]) in ip_network("10.0.0.0/8"),
    "key.ipv4.src != 10.0.0.0/8": lambda m: bool(ipv4(m)) and ip_address(ipv4(m)["src"]) not in ip_network("10.0.0.0/8"),
    "key.ipv4.src in {10.0.0.1..10.0.0.9}": lambda m: (
        bool(ipv4(m)) and ip_address("10.0.0.1") <= ip_address(ipv4(m)["src"]) <= ip_address("10.0.0.9")
    ),
    "key.ipv4.proto == icmp": lambda m: ipv4(m).get("proto") == 1,
    "key.ipv4.frag == none": lambda m: ipv4(m).get("frag") == "none",
    "key.ipv4.frag != none": lambda m: bool(ipv4(m)) and ipv4(m)["frag"] != "none",
    "key.ethertype == ipv6": lambda m: key(m).get("ethertype") == 0x86DD,
    "key.ethernet.dst[0:2] == 33:33": lambda m: bool(ethernet(m)) and octets(ethernet(m)["dst"])[:2] == b"\x33\x33",
    "key.ethernet.dst[0-1] == 33:33": lambda m: bool(ethernet(m)) and octets(ethernet(m)["dst"])[:2] == b"\x33\x33",
    "key.ethernet.dst[-1] == 16": lambda m: bool(ethernet(m)) and octets(ethernet(m)["dst"])[-1:] == b"\x16",
    "key.ethernet.dst[4:] == 00:16": lambda m: bool(ethernet(m)) and octets(ethernet(m)["dst"])[4:] == b"\x00\x16",
    "key.ethernet.dst[:1,5] == 33:16": lambda m: bool(ethernet(m)) and octets(ethernet(m)["dst"])[::5] == b"\x33\x16",
    "key.ethernet.dst[0] & 1": lambda m: bool(ethernet(m)) and bool(octets(ethernet(m)["dst"])[0] & 1),
    "key.ethernet.dst[0] & 03 == 02": lambda m: bool(ethernet(m)) and octets(ethernet(m)["dst"])[0] & 3 == 2,
    "key.ethernet.dst[0:2] & 0f:00 != 03:00": lambda m: bool(ethernet(m)) and octets(ethernet(m)["dst"])[0] & 15 != 3,
    "key.ethernet.src == key.ethernet.dst": lambda m: bool(ethernet(m)) and ethernet(m)["src"] == ethernet(m)["dst"],
    "key.ethernet.src != key.ethernet.dst": lambda m: bool(ethernet(m)) and ethernet(m)["src"] != ethernet(m)["dst"],
    "key.ct_state has trk": lambda m: "trk" in key(m).get("ct_state", []),
    "key.ct_state.trk": lambda m: "trk" in key(m).get("ct_state", []),
    "key.ct_state.trk == 0": lambda m: "ct_state" in key(m) and "trk" not in key(m)["ct_state"],
    "!key.ct_state.trk": lambda m: "trk" not in key(m).get("ct_state", []),
    "key.ct_state & 0x21": lambda m: bool({"new", "trk"} & set(key(m).get("ct_state", []))),
    "key.ct_state & new == 1": lambda m: "new" in key(m).get("ct_state", []),
    'key.ct_state == "trk | new"': lambda m: sorted(key(m).get("ct_state", [])) == ["new", "trk"],
    "mask.ct_labels == 0xffffffffffffffffffffffffffffffff": lambda m: (attrs(m).get("mask") or {}).get("ct_labels") == "0x" + "f" * 32,
    "key.ct_state == 0": lambda m: key(m).get("ct_state") == [],
    "hash.l4": lambda m: isinstance(attrs(m).get("hash"), dict) and attrs(m)["hash"].get("l4") is True,
    'name == "br0"': lambda m: attrs(m).get("name") == "br0",
    'ovs_vport.name contains "r" && ovs_vport.type == internal': lambda m: (
        m["family"] == "ovs_vport" and "r" in str(attrs(m).get("name", "")) and attrs(m).get("type") == "internal"
    ),
    'ovs_vport.name[0] == "b"': lambda m: m["family"] == "ovs_vport" and str(attrs(m).get("name", "")).startswith("b"),
    "error.name == ENOENT": lambda m: (m.get("error") or {}).get("name") == "ENOENT",
    "error.number < 0": lambda m: ((m.get("error") or {}).get("number") or 0) < 0,
    "error.message": lambda m: "message" in (m.get("error") or {}),
    "request.number == 3": lambda m: (m.get("request") or {}).get("number") == 3,
    "request.cmd == get": lambda m: (m.get("request") or {}).get("cmd") == "get",
    "request.key.in_port": lambda m: "in_port" in ((m.get("request") or {}).get("attrs") or {}).get("key", {}),
    "problem.kind == unknown": lambda m: any(problem["kind"] == "unknown" for problem in m["problems"]),
    "!problem": lambda m: not m["problems"],
    'time >= "2026-11-23 05:46:53.5"': lambda m: m["time"] >= "2026-11-23T05:46:53.500000000Z",
    'time < "2026-11-23T06:46:53.5+01:00"': lambda m: m["time"] < "2026-11-23T05:46:53.500000000Z",
    "time == 1795412813.091724": lambda m: m["time_ns"] == 1795412813091724000,
    "packet.len > 100": lambda m: isinstance(attrs(m).get("packet"), dict) and attrs(m)["packet"]["length"] > 100,
    "packet[0:2] == 33:33": lambda m: isinstance(attrs(m).get("packet"), dict) and attrs(m)["packet"]["hex"].startswith("3333"),
    'packet matches "ABC"': lambda m: (
        isinstance(attrs(m).get("packet"), dict) and b"abc" in bytes.fromhex(attrs(m)["packet"]["hex"]).lower()
    ),
    "true == hash.sw": lambda m: isinstance(attrs(m).get("hash"), dict) and attrs(m)["hash"].get("sw") is True,
    "!!(number == 3) || (number == 4 && kind == record)": lambda m: m["number"] == 3,
    "not number == 3 and not number == 4": lambda m: m["number"] not in (3, 4),
    "number == 3 or number == 4 and kind == noop": lambda m: m["number"] == 3,
}


@pytest.mark.parametrize("text", CASES)
def test_a_filter_selects_what_the_json_says(text: str) -> None:
    """Exactly these, and not nothing."""
    exactly(selected(text), [i for i, line in enumerate(OBJECTS) if CASES[text](line)], OBJECTS)


def test_no_filter_selects_all() -> None:
    assert selected("") == list(range(len(MESSAGES)))


@pytest.mark.parametrize("text", ["key.ethernet.dst[4:9] == 00:16", "key.ethernet.dst[0:2] & 1"])
def test_slices_that_no_address_has_are_refused(text: str) -> None:
    """Behind its end, and a mask of another length; the addresses themselves are there."""
    assert selected("key.ethernet.dst[4:2] == 00:16")
    with pytest.raises(FilterError, match="no message can match"):
        compile_filter(text)


def test_inner_packet_by_wiresharks_names() -> None:
    found = selected("ip.src == 10.0.0.0/8")
    assert found == selected("packet.ip.src == 10.0.0.0/8") == selected("ovs_packet.packet.ip.src == 10.0.0.0/8")
    assert found
    exactly(selected("tcp.port == 80"), selected("tcp.srcport == 80 || tcp.dstport == 80"), MESSAGES)
    assert set(selected("ip")) < set(selected("packet"))


def test_text_of_open_vswitch() -> None:
    exactly(selected('odp.key contains "in_port(2)"'), selected("key.in_port == 2"), MESSAGES)
    with pytest.raises(FilterError, match="no message can match"):
        compile_filter("odp.key && kind == error")


def test_an_echo_is_matched_under_request_only() -> None:
    assert selected("request.key.in_port")
    answers = [message for message in recorded.messages("startup") if message.kind in ("error", "ack")]
    assert answers
    assert none_of(compile_filter("key.in_port").matches(message) for message in answers)


def test_time_relative_counts_from_the_first_message_shown() -> None:
    test = compile_filter("time_relative <= 500ms")
    messages = recorded.messages("startup")
    start = messages[0].time_ns or 0
    assert [test.matches(message) for message in messages] == [(message.time_ns or 0) - start <= 500_000_000 for message in messages]


def test_header_filters_leave_the_tree_alone() -> None:
    def fresh(message: Message) -> Message:
        return Message(
            number=message.number,
            record=message.record,
            time_ns=message.time_ns,
            data=message.data,
            wire_length=message.wire_length,
            byteorder=message.byteorder,
            protocol=message.protocol,
            frame=message.frame,
            family=message.declaration,
            name=message.family,
            request=message.request,
        )

    test: Filter = compile_filter("ovs_packet.cmd == miss && nlmsg.len > 10 && (direction == to-user || dp_ifindex == 3)")
    assert not test.needs_tree
    for message in MESSAGES:
        copy = fresh(message)
        test.matches(copy)
        assert copy._root is None
    direct = compile_filter("key.in_port == 2 && actions.output == 3")
    assert direct.needs_tree
    for message in MESSAGES:
        copy = fresh(message)
        direct.matches(copy)
        if not message.problems:
            assert copy._root is None
