"""Every row has a value from another origin: bytes written by hand from a header, read in both byte orders; exceptions are listed here."""

from __future__ import annotations

import errno as platform_errno
import os
import re
import struct
from collections.abc import Iterator
from functools import cache
from typing import Any, Final

import pytest

from ovsdissect.byteorder import ByteOrder
from ovsdissect.families import FAMILIES
from ovsdissect.families.ovs_packet import PACKET_ATTRS
from ovsdissect.grammar import Array, AttrList, AttrSet, Masked, MaskedSet, Options, Struct, Variant
from ovsdissect.grammar.wire import Bits, Enum, Flags, Int, Part, Sized, Wire
from ovsdissect.netlink import errno
from ovsdissect.netlink.headers import EXTACK, FLAG_NAMES, PROTOCOLS
from ovsdissect.tree.node import Field
from tests import recorded
from tests.dissect.made import dissected as messages_of
from tests.dissect.made import nlmsg, record, single
from tests.families.test_uapi import SETS, header
from tests.families.wire_values import CASES, Case, payload

FLOW, KEY, ACTION = ("OVS_FLOW_ATTR_KEY", "key"), "OVS_KEY_ATTR_", ("OVS_FLOW_ATTR_ACTIONS", "actions")
Step = tuple[str, str]
# prefix of the header's names: family, command, the attributes around one of these and what the path says of them
AROUND: Final[dict[str, tuple[str, int, tuple[Step, ...]]]] = {
    "OVS_DP_ATTR_": ("ovs_datapath", 1, ()),
    "OVS_VPORT_ATTR_": ("ovs_vport", 1, ()),
    "OVS_VPORT_UPCALL_ATTR_": ("ovs_vport", 1, (("OVS_VPORT_ATTR_UPCALL_STATS", "upcall_stats"),)),
    "OVS_TUNNEL_ATTR_": ("ovs_vport", 1, (("OVS_VPORT_ATTR_OPTIONS", "options"),)),
    "OVS_PACKET_ATTR_": ("ovs_packet", 3, ()),
    "OVS_FLOW_ATTR_": ("ovs_flow", 1, ()),
    "OVS_KEY_ATTR_": ("ovs_flow", 1, (FLOW,)),
    "OVS_NSH_KEY_ATTR_": ("ovs_flow", 1, (FLOW, ("OVS_KEY_ATTR_NSH", "nsh"))),
    "OVS_TUNNEL_KEY_ATTR_": ("ovs_flow", 1, (FLOW, ("OVS_KEY_ATTR_TUNNEL", "tunnel"))),
    "OVS_ACTION_ATTR_": ("ovs_flow", 1, (ACTION,)),
    "OVS_USERSPACE_ATTR_": ("ovs_flow", 1, (ACTION, ("OVS_ACTION_ATTR_USERSPACE", "userspace"))),
    "OVS_SAMPLE_ATTR_": ("ovs_flow", 1, (ACTION, ("OVS_ACTION_ATTR_SAMPLE", "sample"))),
    "OVS_CT_ATTR_": ("ovs_flow", 1, (ACTION, ("OVS_ACTION_ATTR_CT", "ct"))),
    "OVS_NAT_ATTR_": ("ovs_flow", 1, (ACTION, ("OVS_ACTION_ATTR_CT", "ct"), ("OVS_CT_ATTR_NAT", "nat"))),
    "OVS_CHECK_PKT_LEN_ATTR_": ("ovs_flow", 1, (ACTION, ("OVS_ACTION_ATTR_CHECK_PKT_LEN", "check_pkt_len"))),
    "OVS_PSAMPLE_ATTR_": ("ovs_flow", 1, (ACTION, ("OVS_ACTION_ATTR_PSAMPLE", "psample"))),
    "OVS_METER_ATTR_": ("ovs_meter", 4, ()),
    "OVS_BAND_ATTR_": ("ovs_meter", 4, (("OVS_METER_ATTR_BANDS", "bands"), ("1", "[0]"))),
    "OVS_CT_LIMIT_ATTR_": ("ovs_ct_limit", 3, ()),
    "CTRL_ATTR_": ("nlctrl", 1, ()),
    "CTRL_ATTR_OP_": ("nlctrl", 1, (("CTRL_ATTR_OPS", "ops"), ("1", "[0]"))),
    "CTRL_ATTR_MCAST_GRP_": ("nlctrl", 1, (("CTRL_ATTR_MCAST_GROUPS", "mcast_groups"), ("1", "[0]"))),
    "CTRL_ATTR_POLICY_": ("nlctrl", 1, (("CTRL_ATTR_OP_POLICY", "op_policy"), ("3", "3"))),
    "NL_POLICY_TYPE_ATTR_": ("nlctrl", 1, (("CTRL_ATTR_POLICY", "policy"), ("0", "0"), ("7", "7"))),
}
IDS: Final = {"nlctrl": 16, "ovs_datapath": 38, "ovs_vport": 39, "ovs_flow": 40, "ovs_packet": 41, "ovs_meter": 42, "ovs_ct_limit": 43}


@cache
def numbers() -> dict[str, int]:
    """The constants of the headers."""
    lines = (recorded.GOLDEN / "uapi-netlink.tsv").read_text().splitlines()[1:]
    return dict(header()) | {name: int(value) for name, value in (line.split("\t") for line in lines)}


def number(name: str) -> int:
    return int(name) if name.isdecimal() else numbers()[name]


def around(name: str) -> tuple[str, str, int, tuple[Step, ...]]:
    """The prefix of a header's name, and what stands around it; CTRL_ATTR_OP and CTRL_ATTR_POLICY are attributes themselves."""
    prefixes = [prefix for prefix in AROUND if name.startswith(prefix)]
    if name in ("CTRL_ATTR_OP_POLICY", "CTRL_ATTR_MCAST_GROUPS"):
        prefixes = ["CTRL_ATTR_"]
    prefix = max(prefixes, key=len)
    return prefix, *AROUND[prefix]


def nla(name: str, data: bytes, order: ByteOrder) -> bytes:
    """One attribute."""
    return struct.pack(("<" if order == "little" else ">") + "HH", 4 + len(data), number(name)) + data + bytes(-len(data) % 4)


def place(case: Case) -> tuple[str, int, list[Step]]:
    """Family, command, and the attributes from the outside in; of OUTER:INNER both."""
    outer, _, inner = case.attribute.partition(":")
    prefix, family, command, steps = around(outer)
    found = [*steps, (outer, outer.removeprefix(prefix).lower())]
    if inner:
        found.append((inner, "gbp"))
    return family, command, found


def path_of(steps: list[Step]) -> str:
    """The path of the innermost attribute."""
    path = "attrs"
    for name, word in steps:
        path += word if word.startswith("[") else f".{word}"
        path += "[0]" if name == "OVS_FLOW_ATTR_ACTIONS" else ""
    return path


def held(case: Case, order: ByteOrder) -> dict[str, Field]:
    """The fields of a message that holds the payload."""
    family, command, steps = place(case)
    data = payload(case.payload, order)
    for name, _word in reversed(steps):
        data = nla(name, data, order)
    body = bytes((command, 1, 0, 0)) + (bytes(4) if family != "nlctrl" else b"") + data
    (message,) = messages_of([record(nlmsg(IDS[family], body, order=order), order=order)])
    assert not [problem for problem in message.problems if problem.kind.value in ("bad-length", "unknown", "trailing", "out-of-range")]
    return dict(message.walk())


def read(case: Case, order: ByteOrder) -> dict[str, Any]:
    """Their values."""
    return {path: field.value for path, field in held(case, order).items()}


@pytest.mark.parametrize("order", ["little", "big"])
def test_a_payload_means_what_the_header_says(order: ByteOrder) -> None:
    for case in CASES:
        path = path_of(place(case)[2])
        found = read(case, order)
        for below, value in case.values.items():
            name = path + (below if below.startswith("[") or not below else f".{below}")
            assert name in found, (case, sorted(found))
            assert found[name] == value, (case, name)
            assert type(found[name]) is type(value), (case, name)


@cache
def told() -> dict[str, list[Any]]:
    """What the payloads tell: of each field, by header name and path below, its values."""
    found: dict[str, list[Any]] = {}
    for case in CASES:
        outer, _, inner = case.attribute.partition(":")
        name = inner or outer
        if outer == "OVS_TUNNEL_ATTR_EXTENSION":
            name = f"{outer}:{inner}"
        found.setdefault(name, []).append(True)
        for below, value in case.values.items():
            key = re.sub(r"\[\d+\]", "", f"{name}.{below}" if below else name)
            leaves = value.items() if isinstance(value, dict) else [("", value)]
            for leaf, single_value in leaves:
                found.setdefault(f"{key}.{leaf}".replace("..", ".").strip("."), []).append(single_value)
    return found


def wanted(name: str, wire: Wire) -> Iterator[tuple[str, Any]]:
    """The values that must be told of a type: every name of an enumeration, every bit alone, every member, every slice of bits."""
    if isinstance(wire, Sized):
        for one in (*wire.cases.values(), *([wire.other] if wire.other else [])):
            if one.kind not in ("bytes", "flag"):
                yield from wanted(name, one)
    elif isinstance(wire, Enum):
        for word in wire.names.values():
            yield name, word
    elif isinstance(wire, Flags):
        for word in wire.names.values():
            yield name, [word]
    elif isinstance(wire, Bits):
        for part in wire.parts:
            yield f"{name}.{part.name}", None
    elif isinstance(wire, Struct):
        for member in wire.members:
            if member.wire.kind != "pad":
                yield from wanted(name if member.inline else f"{name}.{member.name}", member.wire)
    elif isinstance(wire, Variant):
        for field, value in wanted(name, wire.head):
            if value != "unspec":  # a type without members stays bytes
                yield field, value
        for case in wire.cases.values():
            yield from wanted(f"{name}.{case.name}", case.wire)
    elif isinstance(wire, Array):
        yield from wanted(name, wire.element.wire)
    elif isinstance(wire, Options):
        yield from wanted(name, wire.head)
        yield f"{name}.data", None
    elif isinstance(wire, Masked):
        yield f"{name}.value", None
        yield f"{name}.mask", None
    elif not isinstance(wire, (AttrSet, AttrList, MaskedSet)):
        yield name, None


def rows() -> Iterator[tuple[str, Wire]]:
    """Every attribute that is declared, under its name in the header."""
    control = {
        "CTRL_ATTR_": FAMILIES["nlctrl"].attrs,
        "CTRL_ATTR_OP_": FAMILIES["nlctrl"].attrs.by_name["ops"].wire.row(1).wire,  # type: ignore[attr-defined]
        "CTRL_ATTR_MCAST_GRP_": FAMILIES["nlctrl"].attrs.by_name["mcast_groups"].wire.row(1).wire,  # type: ignore[attr-defined]
        "CTRL_ATTR_POLICY_": FAMILIES["nlctrl"].attrs.by_name["op_policy"].wire.row(1).wire,  # type: ignore[attr-defined]
        "NL_POLICY_TYPE_ATTR_": EXTACK.by_name["policy"].wire,
    }
    for prefix, attrs in (SETS | control).items():
        for row in attrs.rows:
            if row.wire.kind != "pad":
                yield f"{prefix}{row.name.upper()}", row.wire


def test_no_row_is_without_a_value_of_another_origin() -> None:
    """A new attribute, member, word, bit or slice of bits needs a payload in wire_values.py, written out from its header."""
    for name, wire in rows():
        if wire is FAMILIES["ovs_packet"].attrs.by_name["userdata"].wire:
            name = "OVS_USERSPACE_ATTR_USERDATA"  # the kernel gives back what the action holds
        for field, value in wanted(name, wire):
            assert field in told(), f"{field} has no value in wire_values.py"
            assert value is None or value in told()[field], f"{field} is never {value} in wire_values.py"


def test_an_integer_shows_its_byte_order_and_sign() -> None:
    """Of each integer of several bytes a value that reads otherwise from the other end, and with its top bit set."""
    seen = told()
    for name, wire in rows():
        for field, _ in wanted(name, wire):
            plain = [one for one in seen.get(field, []) if isinstance(one, int) and not isinstance(one, bool)]
            kind = type_of(name, wire, field)
            if plain and kind is not None and type(kind) is Int and (kind.size or 0) > 1:
                size = kind.size or 0
                raws = [one.to_bytes(size, "big", signed=one < 0) for one in plain]
                assert any(raw != raw[::-1] for raw in raws), field
                assert any(raw[0] & 0x80 for raw in raws) or field in NARROW, field


def test_a_slice_of_bits_differs_from_its_neighbours() -> None:
    """Of each slice there are values that are others one bit up, one bit down, and with a bit less, or more, at either end."""
    seen: dict[Part, set[str]] = {}  # wherever it is, as what is written once in the rows
    for case in CASES:
        path = path_of(place(case)[2])
        for name, field in held(case, "little").items():
            part = field.part
            if part is None or part.name == "reserved" or not name.startswith(path):
                continue
            raw, last = field.node.raw, part.mask.bit_length() - 1
            value = raw >> part.shift & part.mask
            ways = seen.setdefault(part, set())
            others = {"up": raw >> part.shift + 1, "down": raw >> part.shift - 1 if part.shift else ~value}
            ways |= {way for way, other in others.items() if other & part.mask != value}
            ways |= {end for end, bit in (("low", 0), ("high", last)) if value >> bit & 1}
            if raw >> part.shift + last + 1 & 1 or part.shift + last + 1 == 8 * field.node.length:
                ways.add("more")
    assert len(seen) > 20
    assert {f"{part.name} {ways}" for part, ways in seen.items() if len(ways) < 5} == set()


# values that have no top bit on the wire: labels of 20 bits, small versions, lengths
NARROW: Final = {"OVS_KEY_ATTR_IPV6.label", "OVS_TUNNEL_KEY_ATTR_ERSPAN_OPTS.version"}


def type_of(name: str, wire: Wire, field: str) -> Wire | None:
    """The type of a field below a row, for plain members."""
    for part in field.removeprefix(name).strip(".").split("."):
        if isinstance(wire, Array):
            wire = wire.element.wire
        if not part:
            break
        if not isinstance(wire, Struct) or part not in wire.fields:
            return None
        wire = wire.fields[part].wire
    return wire


@pytest.mark.parametrize("command", [one for one in numbers() if one.startswith("CTRL_CMD_")])
def test_commands_of_nlctrl(command: str) -> None:
    family = FAMILIES["nlctrl"]
    assert family.by_number[numbers()[command]].name == command.removeprefix("CTRL_CMD_").lower()
    assert len(family.commands) == sum(one.startswith("CTRL_CMD_") for one in numbers())


FLAGS_OF = {
    "": "REQUEST MULTI ACK ECHO DUMP_INTR DUMP_FILTERED",
    "get": "ROOT MATCH ATOMIC",
    "new": "REPLACE EXCL CREATE APPEND",
    "del": "NONREC BULK",
    "ack": "CAPPED ACK_TLVS",
}


@pytest.mark.parametrize("kind", FLAGS_OF)
def test_flags_are_the_headers(kind: str) -> None:
    """NLM_F_*: the lower ones everywhere, the upper ones by the kind of message."""
    words = [*FLAGS_OF[""].split(), *(FLAGS_OF[kind].split() if kind else [])]
    assert FLAG_NAMES[kind].names == {numbers()[f"NLM_F_{word}"]: word.lower() for word in words}


def test_protocols_are_the_headers() -> None:
    assert {number: name for name, number in numbers().items() if name.startswith("NETLINK_")} == {
        number: f"NETLINK_{word.upper()}" for number, word in PROTOCOLS.items()
    }


def test_numbers_of_the_extended_ack() -> None:
    """NLMSGERR_ATTR_*."""
    words = {"message": "MSG", "offset": "OFFS", "cookie": "COOKIE", "policy": "POLICY", "miss_type": "MISS_TYPE", "miss_nest": "MISS_NEST"}
    assert {row.name: row.number for row in EXTACK.rows} == {name: numbers()[f"NLMSGERR_ATTR_{word}"] for name, word in words.items()}


@pytest.mark.parametrize(
    ("name", "value"),
    [("nlmsg_noop", "noop"), ("nlmsg_error", "error"), ("nlmsg_done", "done"), ("nlmsg_overrun", "overrun")],
)
def test_control_messages(name: str, value: str) -> None:
    (message,) = single(nlmsg(numbers()[name.upper()], struct.pack("<i", -1) + bytes(16)))
    assert message.kind == value


def test_error_numbers_are_the_platforms() -> None:
    """errno.h and strerror() of the C library, which the table was not made with."""
    for number_, name in platform_errno.errorcode.items():
        if number_ <= 133:
            assert errno.ERRORS[number_][1] == os.strerror(number_), name
            if number_ not in (platform_errno.EDEADLK, platform_errno.EAGAIN, platform_errno.EOPNOTSUPP):  # several names
                assert errno.name(number_) == name
    assert set(errno.ERRORS) >= {number_ for number_ in platform_errno.errorcode if number_ <= 133}


def test_the_packet_is_read_from_its_first_byte() -> None:
    """OVS_PACKET_ATTR_PACKET: no byte of the attribute is left out."""
    case = next(one for one in CASES if one.attribute == "OVS_PACKET_ATTR_PACKET")
    assert PACKET_ATTRS.by_name["packet"].wire.kind == "packet"
    assert read(case, "little")["attrs.packet"] == payload(case.payload, "little")
