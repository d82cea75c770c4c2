"""A message with very many values: the first 65,536 are decoded, the rest is one node with a problem; the same holds for nested lists."""

from __future__ import annotations

import struct
from io import BytesIO

import pytest

import ovsdissect
from ovsdissect.api import Message
from ovsdissect.problem import ProblemKind
from ovsdissect.tree.node import Node
from tests.dissect.made import IDS, nlmsg, pcap, record, single

MOST = 65_536


def message(family: str, attributes: bytes) -> Message:
    """A message of the kernel with command 1, datapath 9 and these attributes."""
    return single(nlmsg(IDS[family], b"\1\1\0\0\x09\0\0\0" + attributes))[0]


def attr(number: int, payload: bytes) -> bytes:
    """One attribute, padded."""
    return struct.pack("<HH", 4 + len(payload), number) + payload + bytes(-len(payload) % 4)


def total(node: Node) -> int:
    """How many nodes are at and below one."""
    return 1 + sum(map(total, node.children))


def test_attributes() -> None:
    # enum ovs_packet_attr: 10 is len
    found = message("ovs_packet", attr(10, b"\1\0\0\0") * (MOST + 1000))
    assert found.attrs is not None
    *read, rest = found.attrs.children
    assert len(read) == MOST
    assert (rest.name, rest.length) == ("undecoded", 8 * 1000)
    last = found.problems[-1]
    assert (last.kind, last.path, last.length) == (ProblemKind.DEPTH, "attrs", 8 * 1000)


def test_so_many_are_no_problem() -> None:
    found = message("ovs_flow", attr(11, b"") * MOST)  # enum ovs_flow_attr: 11 is padding, which may stand as often as it likes
    assert found.attrs is not None
    assert len(found.attrs.children) == MOST
    assert found.problems == ()


def test_problems_are_told_up_to_a_number() -> None:
    found = message("ovs_flow", attr(11, b"") + attr(77, b"") * 3000 + attr(11, b"") * MOST)
    kinds = [problem.kind for problem in found.problems]
    assert len(kinds) == 1026
    assert kinds[-2:] == [ProblemKind.DEPTH, ProblemKind.DEPTH]
    assert set(kinds[:-2]) == {ProblemKind.UNKNOWN, ProblemKind.DUPLICATE}


def test_filters_see_as_much() -> None:
    body = b"\1\1\0\0\x09\0\0\0" + attr(11, b"") * MOST + attr(4, b"\x02")  # enum ovs_flow_attr: 4 is tcp_flags
    for attributes, count in ((body, 0), (body[:8] + body[12:], 1)):
        with ovsdissect.open(BytesIO(pcap([record(nlmsg(IDS["ovs_flow"], attributes))])), families=IDS) as capture:
            assert len(list(capture.filter("ovs_flow.tcp_flags == syn"))) == count


@pytest.mark.parametrize(
    ("family", "element"),
    [
        ("ovs_vport", attr(5, b"\1\0\0\0" * 16_000)),  # enum ovs_vport_attr: upcall_pid, an array of __u32
        ("ovs_flow", attr(2, attr(2, b"") * 16_000)),  # enum ovs_flow_attr: actions; in it 2 is userspace, an empty set here
        # the key, in it the tunnel, in it Geneve options without data
        pytest.param("ovs_flow", attr(1, attr(16, attr(8, bytes(4) * 16_000))), marks=pytest.mark.slow),
    ],
)
def test_elements_count(family: str, element: bytes) -> None:
    found = message(family, element * 10)
    assert found.attrs is not None
    assert MOST < total(found.attrs) < 5 * MOST  # an option is a struct of three members and its data
    assert found.problems[-1].kind is ProblemKind.DEPTH
    assert sum(child.length + child.header + child.padding for child in found.attrs.children) == 10 * len(element)
