"""Which key a flow has in the daemon's memory: from puts and probes, else from what the kernel says, by datapath, in order, bounded."""

from __future__ import annotations

from ovsdissect.dissect import flow_keys
from ovsdissect.dissect.flow_keys import FlowKey, FlowKeys

NEW, DEL, SET = 1, 2, 4
REQUEST, REPLY = 1, 2
KEY, PROBE, UFID = 1, 8, 9
U, V = b"u" * 16, b"v" * 16


def test_the_last_put_counts_and_what_the_kernel_says_only_where_there_was_none() -> None:
    keys = FlowKeys()
    assert keys.find(5, {UFID: U}) is None
    keys.see(NEW, REPLY, 5, {UFID: U, KEY: b"masked"})
    assert keys.find(5, {UFID: U}) == FlowKey(b"masked", False)
    keys.see(NEW, REQUEST, 5, {UFID: U, KEY: b"put"})
    keys.see(NEW, REPLY, 5, {UFID: U, KEY: b"masked"})
    assert keys.find(5, {UFID: U}) == FlowKey(b"put", False)
    keys.see(SET, REQUEST, 5, {UFID: U, KEY: b"changed"})
    keys.see(DEL, REQUEST, 5, {UFID: U, KEY: b"deleted"})
    keys.see(NEW, REQUEST, 5, {UFID: U})
    assert keys.find(5, {UFID: U}) == FlowKey(b"changed", False)
    assert keys.find(6, {UFID: U}) is None
    assert keys.find(5, {UFID: V, KEY: b"put"}) is None


def test_probes_may_have_no_ufid() -> None:
    keys = FlowKeys()
    keys.see(NEW, REQUEST, 5, {KEY: b"probe", PROBE: b""})
    keys.see(NEW, REQUEST, 5, {KEY: b"of dpctl"})
    assert keys.find(5, {KEY: b"probe"}) == FlowKey(b"probe", True)
    assert keys.find(5, {KEY: b"of dpctl"}) is None
    keys.see(NEW, REQUEST, 5, {UFID: U, KEY: b"probe", PROBE: b""})
    assert keys.find(5, {UFID: U, KEY: b"probe"}) == FlowKey(b"probe", True)


def test_the_oldest_are_forgotten() -> None:
    keys = FlowKeys()
    for number in range(flow_keys.FLOWS + 2):
        keys.see(NEW, REQUEST, 5, {UFID: number.to_bytes(16, "big"), KEY: b"k"})
        keys.see(NEW, REQUEST, 5, {UFID: U, KEY: b"again"})
    assert keys.find(5, {UFID: bytes(16)}) is None
    assert keys.find(5, {UFID: (flow_keys.FLOWS + 1).to_bytes(16, "big")}) == FlowKey(b"k", False)
    assert keys.find(5, {UFID: U}) == FlowKey(b"again", False)
