"""What the log prints of a flow that its message does not have: the key of an earlier message, the packet type of a probe.

The recordings are of 3.5 and 4.0, which print no key there; what 3.4 and older print is the key of the upcall, as the recordings' own log
has it, without a mask.
"""

from __future__ import annotations

import gzip
import re
from itertools import pairwise
from pathlib import Path

import pytest

import ovsdissect
from ovsdissect.odp.texts import Texts
from tests.each import all_of, none_of

CAPTURES = Path(__file__).parents[2] / "captures"


def upcalls(name: str) -> set[str]:
    """The keys of the upcalls, as the daemon logged them: each on a line of its own behind its kind."""
    with gzip.open(CAPTURES / f"{name}.log.gz", "rt", errors="replace") as log:
        printed = log.read().splitlines()
    return {key for line, key in pairwise(printed) if line.endswith(("miss upcall:", "action upcall:"))}


def lines(name: str, ovs: str, operation: str) -> list[str]:
    """The lines of an operation, without its name and ufid."""
    with ovsdissect.open(CAPTURES / f"{name}.pcap.gz") as capture:
        found = [Texts(message, ovs=ovs).line for message in capture.ovs()]
    start = re.compile(rf"(failed to )?{operation} (\([^)]*\) )?(ufid:[-0-9a-f]{{36}} )?")
    return [line[match.end() :] for line in found if line and (match := start.match(line))]


@pytest.mark.larger_are_slow
@pytest.mark.parametrize("name", ["l2-basic", "frag-k612"])
@pytest.mark.parametrize("ovs", ["3.1", "3.4"])
def test_a_delete_prints_the_key_of_its_flow(name: str, ovs: str) -> None:
    printed = upcalls(name)
    deleted = [line.partition(", packets:")[0] for line in lines(name, ovs, "flow_del") if "packet_type" not in line]
    assert len(deleted) > 20
    assert set(deleted) <= printed


@pytest.mark.parametrize("ovs", ["3.5.0", "4.0"])
def test_since_3_5_a_delete_prints_none(ovs: str) -> None:
    assert {line.partition(", packets:")[0] for line in lines("l2-basic", ovs, "flow_del")} == {""}


@pytest.mark.larger_are_slow
@pytest.mark.parametrize("name", ["startup", "startup-k612"])
def test_a_probe_has_a_packet_type(name: str) -> None:
    """Up to 3.4: the daemon knows the type, and takes it out of what it sends."""
    recirculated = "recirc_id(0x1),dp_hash(0x1),skb_priority(0),in_port(0),skb_mark(0),"
    got, deleted = lines(name, "3.1", "flow_get"), lines(name, "3.1", "flow_del")
    assert got[0].startswith(f"{recirculated}packet_type(ns=0/0,id=0/0),eth(src=00:00:00:00:00:00")
    assert deleted[0] == f"{recirculated}packet_type(ns=0,id=0),eth(src=00:00:00:00:00:00,dst=00:00:00:00:00:00)"
    probes = [line for line in got if "in_port(0)" in line and "skb_priority(0)" in line]
    assert len(probes) > 20
    assert all_of("packet_type(ns=0/0,id=0/0),eth(" in line for line in probes)
    assert none_of("packet_type" in line for line in lines(name, "3.5.0", "flow_get"))
