"""Control messages and flags: what NOOP, DONE, OVERRUN, ERROR and ACK show, and the name of each flag bit in each kind of message."""

from __future__ import annotations

import struct

import pytest

from ovsdissect.netlink import errno
from tests.dissect.made import MULTI, REQUEST, failed, genl, nlmsg, single


@pytest.mark.parametrize(("number", "kind"), [(1, "noop"), (2, "error"), (3, "done"), (4, "overrun")])
def test_kinds(number: int, kind: str) -> None:
    (message,) = single(nlmsg(number, struct.pack("<i", -22)))
    line = message.to_dict()
    assert line["kind"] == kind
    assert (line["family"], line["cmd"], line["attrs"]) == (None, None, None)


def test_done_tells_how_a_dump_ended() -> None:
    line = single(nlmsg(3, struct.pack("<i", -105), flags=MULTI))[0].to_dict()
    assert line["error"] == {"number": -105, "name": "ENOBUFS", "text": "No buffer space available"}
    assert single(nlmsg(3, bytes(4), flags=MULTI))[0].to_dict()["error"] == {"number": 0}


@pytest.mark.parametrize(
    ("cmd", "flags", "names"),
    [
        ("get", 0x301, ["request", "dump"]),
        ("get", 0x101, ["request", "root"]),
        ("get", 0x705, ["request", "ack", "dump", "atomic"]),
        ("new", 0x605, ["request", "ack", "excl", "create"]),
        ("set", 0x101, ["request", "replace"]),
        ("del", 0x301, ["request", "nonrec", "bulk"]),
        ("new", 0x801 | 0x8000, ["request", "append", "0x8000"]),
    ],
)
def test_flags_of_requests(cmd: str, flags: int, names: list[str]) -> None:
    assert single(genl("ovs_flow", cmd, flags=flags))[0].flags == names


def test_flags_of_answers() -> None:
    """What means "dump" in a request means nothing in a reply, and something else in an error."""
    assert single(genl("ovs_flow", "get", flags=0x302))[0].flags == ["multi", "0x100", "0x200"]
    request = genl("ovs_flow", "new", flags=REQUEST)
    assert single(failed(request, -22, flags=0x300))[0].flags == ["capped", "ack_tlvs"]


def test_errors_too_short_to_echo_a_header() -> None:
    (message,) = single(nlmsg(2, struct.pack("<i", -22) + bytes(8)))
    assert [(problem.kind.value, problem.path) for problem in message.problems] == [("bad-length", "error")]
    assert message.request is None
    assert message.to_dict()["error"] == {"number": None}


def test_error_numbers_have_linux_names() -> None:
    assert (errno.name(95), errno.text(95)) == ("EOPNOTSUPP", "Operation not supported")
    assert (errno.name(4000), errno.text(4000)) == ("4000", "Unknown error 4000")
    assert len({name for name, _text in errno.ERRORS.values()}) == len(errno.ERRORS)
