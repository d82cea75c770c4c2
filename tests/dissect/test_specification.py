"""What the rows of commands say: a direction, attributes that are required, attributes that are not used; and numbers outside of an enum.

The kernel's side is net/openvswitch/datapath.c: ovs_packet_cmd_execute() wants packet, key and actions; upcalls are its own commands, and
OVS_PACKET_ATTR_PROBE is user space's.
"""

from __future__ import annotations

import struct

import pytest

from ovsdissect.api import Message
from tests.dissect.made import IDS, REQUEST, dissected, nlmsg, record, single

MISS, ACTION, EXECUTE = 1, 2, 3  # enum ovs_packet_cmd
PACKET, KEY, ACTIONS, PROBE, LEN = 1, 2, 3, 8, 10  # enum ovs_packet_attr
IPV4 = 7  # enum ovs_key_attr


def attr(number: int, payload: bytes) -> bytes:
    """One attribute, padded."""
    return struct.pack("<HH", 4 + len(payload), number) + payload + bytes(-len(payload) % 4)


def packet_message(command: int, *attributes: bytes, flags: int = 0) -> Message:
    """A message of ovs_packet, datapath 9."""
    return single(nlmsg(IDS["ovs_packet"], bytes((command, 1, 0, 0)) + b"\x09\0\0\0" + b"".join(attributes), flags=flags))[0]


def said(message: Message) -> list[tuple[str, str, str]]:
    """Kind, path and text of a message's problems."""
    return [(str(problem.kind), problem.path, problem.text) for problem in message.problems]


WHOLE = (attr(PACKET, bytes(14)), attr(KEY, b""), attr(ACTIONS, b""))


@pytest.mark.parametrize("command", [MISS, ACTION])
def test_an_upcall_comes_from_the_kernel_only(command: int) -> None:
    name = {MISS: "miss", ACTION: "action"}[command]
    assert said(packet_message(command, *WHOLE[:2])) == []
    assert said(packet_message(command, *WHOLE[:2], flags=REQUEST)) == [("unexpected", "cmd", f"{name} goes to user space only")]


def test_execute_goes_to_the_kernel_only() -> None:
    assert said(packet_message(EXECUTE, *WHOLE, flags=REQUEST)) == []
    assert said(packet_message(EXECUTE, *WHOLE)) == [("unexpected", "cmd", "execute goes to the kernel only")]


@pytest.mark.parametrize(("missing", "name"), [(0, "packet"), (1, "key"), (2, "actions")])
def test_execute_needs_all_three(missing: int, name: str) -> None:
    there = [one for i, one in enumerate(WHOLE) if i != missing]
    assert said(packet_message(EXECUTE, *there, flags=REQUEST)) == [
        ("missing", f"attrs.{name}", f"execute without {name}: the kernel answers EINVAL")
    ]


def test_what_a_command_does_not_use() -> None:
    assert said(packet_message(MISS, *WHOLE[:2], attr(PROBE, b""))) == [("unexpected", "attrs.probe", "miss does not use probe")]
    length = attr(LEN, b"\x40\0\0\0")
    assert said(packet_message(MISS, *WHOLE[:2], length)) == []
    assert said(packet_message(EXECUTE, *WHOLE, length, flags=REQUEST)) == [("unexpected", "attrs.len", "execute does not use len")]


ATTRS = 16 + 16 + 4 + 4  # cooked, nlmsghdr, genlmsghdr, ovs_header


def places(message: Message) -> list[tuple[str, int, int]]:
    """Path, offset and length of a message's problems."""
    return [(problem.path, problem.offset, problem.length) for problem in message.problems]


def test_where_it_is_said() -> None:
    """What is missing, and a wrong direction, where the attributes begin; what is not used where it stands, with its header."""
    assert places(packet_message(EXECUTE, *WHOLE[1:], flags=REQUEST)) == [("attrs.packet", ATTRS, 0)]
    assert places(packet_message(EXECUTE, *WHOLE)) == [("cmd", ATTRS, 0)]
    # after 20 bytes of packet with its header and padding, and 4 of an empty key
    assert places(packet_message(MISS, *WHOLE[:2], attr(PROBE, b""))) == [("attrs.probe", ATTRS + 24, 4)]
    assert places(packet_message(EXECUTE, *WHOLE, attr(LEN, b"\x40\0\0\0"), flags=REQUEST)) == [("attrs.len", ATTRS + 28, 8)]


def test_nothing_is_missing_from_a_message_that_was_cut() -> None:
    """What is not there may stand behind the cut; what is there is judged."""
    whole = record(nlmsg(IDS["ovs_packet"], bytes((EXECUTE, 1, 0, 0)) + b"\x09\0\0\0" + WHOLE[0] + attr(PROBE, b""), flags=REQUEST))
    cut = whole._replace(data=whole.data[:-2], wire_length=len(whole.data))
    assert [kind for kind, _, _ in said(dissected([whole])[0])] == ["missing", "missing"]
    assert [kind for kind, _, _ in said(dissected([cut])[0])] == ["truncated"]


def test_a_number_that_a_closed_enum_does_not_have() -> None:
    """enum ovs_frag_type is none, first, later; ipv4_frag is the last byte of struct ovs_key_ipv4."""
    for number, problems in (
        (0, []),
        (2, []),
        (3, [("out-of-range", "attrs.key.ipv4.frag", "3 is not one of none, first, later")]),
        (255, [("out-of-range", "attrs.key.ipv4.frag", "255 is not one of none, first, later")]),
    ):
        message = packet_message(MISS, attr(PACKET, b""), attr(KEY, attr(IPV4, bytes(11) + bytes((number,)))))
        assert said(message) == problems
        where = [problem.offset for problem in message.problems]
        assert where == [16 + 16 + 4 + 4 + 4 + 4 + 4 + 11 for _ in problems]  # cooked, nlmsghdr, genlmsghdr, ovs_header, three nlattr


def test_open_enums_may_have_any_number() -> None:
    vport = single(nlmsg(IDS["ovs_vport"], b"\1\1\0\0\x09\0\0\0" + attr(2, b"\x63\0\0\0")))[0]  # OVS_VPORT_ATTR_TYPE 99
    assert vport.problems == ()
    assert vport.to_dict()["attrs"] == {"type": "99"}
