"""Compares the flow table with what `dump-flows` printed during the capture, and the text of put flows with the kernel's replies."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import Any

import pytest

from ovsdissect.analysis.entry import Entry
from ovsdissect.analysis.facts import FLOW_REPLY, PUT, Batch, FlowFact
from ovsdissect.analysis.kernelflow import kernel_flow
from ovsdissect.analysis.run import Analysis
from ovsdissect.analysis.side import Side
from ovsdissect.odp import format_actions, format_flow, format_ufid
from tests.analysis.reading import EXPECTED, facts, printed_flows

NAMES = sorted(name for name in EXPECTED if EXPECTED[name]["flows"]["at"])
SECTION = re.compile(r"^## (\d+\.\d+) (.*)\n((?:(?!## ).*\n)*)## end", re.M)
STATISTICS = re.compile(r", packets:.*?, (dp:.*?, )?actions:")


@cache
def printed(name: str) -> dict[float, tuple[str, dict[str, str]]]:
    """What the commands printed, by their start: the command, and lines by UFID."""
    return {
        round(float(start), 3): (command, dict(re.findall(r"^ufid:([0-9a-f-]{36}), (.*)$", lines, re.M)))
        for start, command, lines in SECTION.findall(printed_flows(name))
    }


def stages(name: str) -> Iterator[tuple[dict[str, Any], dict[str, tuple[Side, Entry]]]]:
    """The table, by UFID, after each message of interest: a pass that stops there, and then goes on."""
    wanted = sorted(EXPECTED[name]["flows"]["at"], key=lambda one: int(one["at"][1:]))
    analysis = Analysis()
    everything = [fact for batch in facts(name) for fact in batch.facts]
    ends = [0, *(int(one["at"][1:]) for one in wanted)]
    for one, (after, last) in zip(wanted, pairwise(ends), strict=True):
        part = [fact for fact in everything if after < fact.number <= last]
        analysis.feed(Batch(part, last, part[-1].time_ns if part else analysis.last_ns, everything[0].time_ns))
        flows = {
            format_ufid(entry.ufid, byteorder=entry.order).removeprefix("ufid:"): (side, entry)
            for side in analysis.sides.values()
            for entry in side.table.flows.values()
            if entry.ufid and not entry.probe
        }
        yield one, flows


def text(entry: Entry, side: Side, command: str) -> str:
    """Key, mask and actions of a flow as a command prints them."""
    assert entry.key is not None
    key, mask = kernel_flow(entry.key, entry.mask, entry.order) if entry.put else (entry.key, entry.mask or b"")
    names = {port.port_no: port.name for port in side.counters.ports.values() if port.port_no is not None and port.name}
    flow = format_flow(key, mask, form="dump-m" if " -m" in command else "dump", names=names, byteorder=entry.order)
    return f"{flow}, actions:{format_actions(entry.actions or b'', names=names, byteorder=entry.order)}"


@pytest.mark.larger_are_slow
@pytest.mark.parametrize("name", NAMES)
def test_tables(name: str) -> None:
    for one, flows in stages(name):
        digest = hashlib.sha256("\n".join(sorted(flows)).encode()).hexdigest()
        assert (len(flows), digest) == (one["ufids"], one["ufids_sha256"])
        command, lines = printed(name)[round(float(one["start"]), 3)]
        assert set(flows) == set(lines)
        if one["texts"] is None:
            continue
        texts = {ufid: text(entry, side, command) for ufid, (side, entry) in flows.items()}
        assert texts == {ufid: STATISTICS.sub(", actions:", line) for ufid, line in lines.items()}
        assert len(texts) == one["texts"]


@pytest.mark.slow
def test_texts_of_dumped_flows() -> None:
    """A flow that was put, printed as the kernel would give it back, is what the kernel gave back, probes and puts without a mask too."""
    compared = unmasked = 0
    for name in EXPECTED:
        if name in ("truncated", "rawnl", "storm"):  # cut; made by hand without IPV6_EXTHDRS, which only newer kernels add by themselves
            continue
        put: dict[bytes, FlowFact] = {}
        for fact in (fact for batch in facts(name) for fact in batch.facts):
            if not isinstance(fact, FlowFact) or not fact.ufid or fact.key is None:
                continue
            if fact.event == PUT:
                put[fact.ufid] = fact
            elif fact.event == FLOW_REPLY and fact.mask is not None and fact.ufid in put:
                asked = put[fact.ufid]
                assert asked.key is not None
                key, mask = kernel_flow(asked.key, asked.mask, fact.order)
                for form in ("dump", "dump-m"):
                    want = format_flow(fact.key, fact.mask, form=form, byteorder=fact.order)
                    assert format_flow(key, mask, form=form, byteorder=fact.order) == want, (name, fact.number)
                compared += 1
                unmasked += asked.mask is None
    assert compared > 1500
    assert unmasked > 10
