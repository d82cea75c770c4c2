"""No bytes raise: every formatter returns text for anything, in both byte orders, with every mask, truncated anywhere."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ovsdissect.byteorder import ByteOrder
from ovsdissect.families.ovs_flow import FLOW_ATTRS
from ovsdissect.families.ovs_packet import PACKET_ATTRS
from ovsdissect.odp import (
    RELEASES,
    Attributes,
    Form,
    Release,
    Shown,
    flow_line,
    format_actions,
    format_flow,
    format_key,
    format_tunnel,
    format_ufid,
    packet_line,
)
from ovsdissect.tree.tree import Tree
from tests.odp.rows import raw, rows

KEYS = [raw(row[1]) for row in rows("keys")]
MASKS = [raw(row[1].split(" ")[1]) for row in rows("masks")]
ACTIONS = [raw(row[1]) for row in (*rows("actions"), *(row for row in rows("releases") if row[0] == "actions"))]
TUNNELS = [raw(row[1]) for row in rows("tunnels")]

ORDERS: st.SearchStrategy[ByteOrder] = st.sampled_from(["little", "big"])
VERSIONS = st.sampled_from([*RELEASES.values()])
FORMS: st.SearchStrategy[Form] = st.sampled_from(["dump", "dump-m", "log"])


def near(samples: list[bytes]) -> st.SearchStrategy[bytes]:
    """Random bytes, and real ones with some bytes changed or the end cut off."""

    def damaged(data: bytes, changes: list[tuple[int, int]], end: int) -> bytes:
        changed = bytearray(data)
        for place, value in changes:
            if changed:
                changed[place % len(changed)] = value
        return bytes(changed[: end or None])

    changes = st.lists(st.tuples(st.integers(0, 4096), st.integers(0, 255)), max_size=6)
    return st.binary(max_size=80) | st.builds(damaged, st.sampled_from(samples), changes, st.integers(0, 400))


@pytest.mark.slow
@settings(max_examples=400, deadline=None)
@given(near(KEYS), near(MASKS), ORDERS, VERSIONS, FORMS)
def test_flows(key: bytes, mask: bytes, order: ByteOrder, ovs: Release, form: Form) -> None:
    assert isinstance(format_key(key, verbose=form != "dump", names={1: "one"}, ovs=ovs, byteorder=order), str)
    assert isinstance(format_flow(key, mask, form=form, names={1: "one"}, ovs=ovs, byteorder=order), str)


@pytest.mark.slow
@settings(max_examples=400, deadline=None)
@given(near(ACTIONS), ORDERS, VERSIONS)
def test_actions(data: bytes, order: ByteOrder, ovs: Release) -> None:
    assert isinstance(format_actions(data, names={1: "one"}, ovs=ovs, byteorder=order), str)


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(near(TUNNELS), st.none() | near(TUNNELS), ORDERS, VERSIONS, st.booleans())
def test_tunnels(data: bytes, mask: bytes | None, order: ByteOrder, ovs: Release, verbose: bool) -> None:
    assert isinstance(format_tunnel(data, mask=mask, verbose=verbose, ovs=ovs, byteorder=order), str)


@given(st.binary(max_size=24), ORDERS)
def test_ufids(data: bytes, order: ByteOrder) -> None:
    assert len(format_ufid(data, byteorder=order)) == len("ufid:") + 36


def attr(number: int, payload: bytes) -> bytes:
    """An attribute, padded."""
    return (len(payload) + 4).to_bytes(2, "little") + number.to_bytes(2, "little") + payload + bytes(-len(payload) % 4)


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(near(KEYS), near(MASKS), near(ACTIONS), st.integers(0, 5), st.sampled_from([0, 1, 5, 0x401]), st.integers(0, 2000))
def test_lines_of_cut_messages(key: bytes, mask: bytes, actions: bytes, cmd: int, flags: int, limit: int) -> None:
    flow = attr(1, key) + attr(7, mask) + attr(2, actions) + attr(9, key[:16]) + attr(3, mask[:16])
    packet = attr(2, key) + attr(3, actions) + attr(9, mask[:2])
    for rows_, data in ((FLOW_ATTRS, flow), (PACKET_ATTRS, packet)):
        nodes = Tree(data[:limit], "little", [], min(limit, len(data))).attrs(rows_, 0, len(data), "")
        attributes = Attributes(nodes, data[:limit], Shown())
        line = flow_line(cmd, flags, attributes, reply=attributes) if rows_ is FLOW_ATTRS else packet_line(cmd, attributes)
        assert line is None or isinstance(line, str)


@pytest.mark.parametrize("depth", [10, 100, 1000, 8000])
def test_deep_nesting(depth: int) -> None:
    clones, encaps = b"", b""
    for _ in range(depth):
        clones, encaps = attr(20, clones), attr(1, encaps)
    assert format_actions(clones).startswith("clone(clone(")
    assert format_key(encaps).startswith("encap(encap(")
