"""What is written of flows: the engine and the tree write the same, for recorded flows in both byte orders, whole and spoiled."""

from __future__ import annotations

from dataclasses import replace

import pytest

import ovsdissect
from ovsdissect.analysis.findings import Flow
from ovsdissect.engine.available import VARIABLE, engine
from ovsdissect.report import flowtext, objects
from tests.recorded import ROOT


def flows() -> list[Flow]:
    """Flows with the payloads of recorded puts, also with a key and actions that end early."""
    with ovsdissect.open(ROOT / "captures" / "mid-stream.pcap.gz") as capture:
        (template, *_) = capture.flows("@1500")
    held = {}
    with ovsdissect.open(ROOT / "captures" / "tunnels.pcap.gz") as capture:
        for message in capture.filter("ovs_flow.cmd == new && key && actions"):
            if message.attrs is not None:
                payloads = {node.name: message.data[node.offset : node.offset + node.length] for node in message.attrs.children}
                held[payloads["key"], payloads.get("mask"), payloads["actions"]] = None
    assert len(held) > 50
    found = [replace(template, key=key, mask=mask, actions=actions, dumped=None, known_from="put") for key, mask, actions in held]
    spoiled = [replace(flow, key=flow.key[:-3], actions=flow.actions[:-1]) for flow in found[:10] if flow.key and flow.actions]
    return [*found[::5], *spoiled, *(replace(flow, order="big") for flow in found[:10])]


@pytest.mark.skipif(not engine().compiled, reason="there is no compiled engine to compare")
def test_texts_and_attributes(monkeypatch: pytest.MonkeyPatch) -> None:
    names = {1: "v1", 2: "v2", 3: 'a "quoted" name', 4: "é", 5: ""}
    made = flows()
    styles = [
        flowtext.Style("4.0"),
        flowtext.Style("2.13", verbose=True),
        flowtext.Style("3.3", names=dict.fromkeys({(flow.interface or 0, flow.dp_ifindex) for flow in made}, names)),
    ]
    by_engine = [(flowtext.flow_text(flow, style), objects.flow_attributes(flow)) for style in styles for flow in made]
    monkeypatch.setenv(VARIABLE, "1")
    by_tree = [(flowtext.flow_text(flow, style), objects.flow_attributes(flow)) for style in styles for flow in made]
    assert by_engine == by_tree
