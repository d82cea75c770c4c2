"""Splitting records into messages: where each begins and ends, what is left over, and which problem that is."""

from __future__ import annotations

import struct

import pytest

from ovsdissect.byteorder import ByteOrder
from ovsdissect.netlink.framing import cooked, framing, is_netlink
from ovsdissect.netlink.headers import COOKED, COOKED_V2
from ovsdissect.netlink.rtnetlink import interface
from tests.dissect.made import nlmsg

SLL = b"\0\4\3\x38\0\0\0\0\0\0\0\0\0\0\0\x10"
SLL2 = b"\0\x10\0\0\0\0\0\2\3\x38\4\0\0\0\0\0\0\0\0\0"


def test_the_type_of_a_device() -> None:
    """ARPHRD_NETLINK is 824, ARPHRD_ETHER 1: at byte 2 of LINKTYPE_LINUX_SLL and of nlmon's header, at 8 of LINKTYPE_LINUX_SLL2."""
    for data, link_type, at in ((SLL, 113, 2), (SLL, 253, 2), (SLL2, 276, 8)):
        assert is_netlink(data, link_type)
        assert not is_netlink(data[:at] + b"\0\1" + data[at + 2 :], link_type)


def test_where_a_message_of_rtnetlink_names_its_interface() -> None:
    """struct ifinfomsg, ifaddrmsg, ndmsg and tcmsg as C lays them out; a message that is a byte shorter names none."""
    structs = {16: "<BxHiII", 20: "<BBBBi", 28: "<BxHiHBB", 36: "<BxHiIII"}
    for kind, form in structs.items():
        values = [7 if letter == "i" else 0 for letter in form if letter.isalpha() and letter != "x"]
        message = bytes(16) + struct.pack(form, *values)
        assert interface(message, kind, "little") == (7, None)
        assert interface(message[:-1], kind, "little") == (None, None)


def test_link_types() -> None:
    """nlmon's own header is that of Linux cooked captures; there only ARPHRD 824 is netlink."""
    assert COOKED.parse(SLL)["arphrd_type"] == COOKED_V2.parse(SLL2)["arphrd_type"] == 824
    assert cooked(SLL, 253) == cooked(SLL, 113) == (16, 16)
    assert cooked(SLL2, 276) == (20, 16)
    other = bytes([0, 4, 0, 1]) + SLL[4:]
    assert cooked(other, 113) is None
    assert cooked(other, 253) == (16, 16)
    assert cooked(SLL, 1) is None
    assert cooked(SLL[:15], 253) is None


@pytest.mark.parametrize("order", ["little", "big"])
def test_several_messages_in_a_record(order: ByteOrder) -> None:
    messages = [nlmsg(41, b"abc", seq=1, pid=2, order=order), nlmsg(3, bytes(4), order=order), nlmsg(40, order=order)]
    cut = framing(SLL + b"".join(messages), 253, 0, order)
    assert [(frame.place, frame.offset, frame.end, frame.length, frame.type, frame.seq, frame.pid) for frame in cut.frames] == [
        (0, 16, 35, 19, 41, 1, 2),  # three bytes of payload, one of padding
        (1, 36, 56, 20, 3, 0, 0),
        (2, 56, 72, 16, 40, 0, 0),
    ]
    assert cut.protocol == 16
    assert cut.problems == []


def test_the_last_message_may_be_unpadded() -> None:
    cut = framing(SLL + nlmsg(41, b"abc")[:-1], 253, 0, "little")
    assert (cut.frames[0].end, cut.problems) == (35, [])


@pytest.mark.parametrize(
    ("rest", "frames", "kind", "text"),
    [
        (bytes(256), 1, "trailing", "256 bytes after the last message"),  # as iproute2 sends them
        (b"\1\2\3", 1, "trailing", "3 bytes after the last message"),
        (struct.pack("<IHHII", 15, 41, 0, 0, 0), 1, "trailing", "16 bytes after the last message"),
    ],
)
def test_bytes_that_are_no_message(rest: bytes, frames: int, kind: str, text: str) -> None:
    cut = framing(SLL + nlmsg(41, b"abcd") + rest, 253, 0, "little")
    assert len(cut.frames) == frames
    assert [(problem.kind.value, problem.text) for problem in cut.problems] == [(kind, text)]
    assert cut.rest == (36, len(rest))


def test_a_message_longer_than_its_record_ends_with_it() -> None:
    cut = framing(SLL + struct.pack("<IHHII", 4000, 41, 0, 0, 0) + bytes(4), 253, 0, "little")
    assert (cut.frames[0].length, cut.frames[0].end) == (4000, 36)


def test_a_cut_between_messages_is_the_captures_fault() -> None:
    first, second = nlmsg(41, b"abcd"), nlmsg(40, b"abcd")
    whole = len(SLL + first + second)
    cut = framing((SLL + first + second)[:40], 253, whole, "little")
    assert len(cut.frames) == 1
    assert [(problem.kind.value, problem.offset, problem.length, problem.text) for problem in cut.problems] == [
        ("truncated", 36, 4, "16 bytes are missing, later messages among them")
    ]
    # inside a message it is that message's problem
    assert framing((SLL + first + second)[:54], 253, whole, "little").problems == []


def test_a_cut_header_is_a_problem_of_the_record() -> None:
    for data, wire, kind in ((SLL[:8], 60, "truncated"), (SLL[:8], 8, "bad-length")):
        cut = framing(data, 253, wire, "little")
        assert (cut.protocol, cut.frames) == (None, [])
        assert [problem.kind.value for problem in cut.problems] == [kind]
