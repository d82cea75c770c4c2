"""Where messages come from: byte orders, interfaces, losses, records without a cooked header; files and values made by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

import ovsdissect

HERE = Path(__file__).parent.parent / "captures" / "sources"
SAME = (
    "01a-big-endian-pcap-little-endian-messages.pcap",
    "01b-little-endian-pcap-big-endian-messages.pcap",
    "11-netlink-without-cooked-header.pcap",
)


@pytest.mark.parametrize("name", SAME)
def test_messages_tell_their_byte_order(name: str) -> None:
    with ovsdissect.open(HERE / name) as capture:
        said, put = capture
    assert (said.family, said["attrs.family_name"].value, said["attrs.family_id"].value) == ("nlctrl", "ovs_flow", 34)
    assert (said.frame.length, said.frame.type) == (44, 16)
    assert (put.family, put.cmd, put.frame.length, put.frame.seq, put.frame.pid, put.dp_ifindex) == ("ovs_flow", "new", 56, 8, 77, 9)
    assert put.odp.key == "in_port(2),eth_type(0x0806)"


def test_ids_belong_to_an_interface() -> None:
    with ovsdissect.open(HERE / "07-mergecap-two-hosts-other-family-ids.pcapng") as capture:
        found = [(message.family, message.cmd) for message in capture][4:]
    assert found == [("ovs_vport", "new"), ("ovs_flow", "new"), ("ovs_packet", "miss"), ("ovs_flow", "new")]


def test_records_lost_before_one() -> None:
    with ovsdissect.open(HERE / "08-epb-dropcount-30.pcapng") as capture:
        notes = [message.notes for message in capture]
        assert [one and one.lost for one in notes][-1] == 30
        assert capture.interfaces[0].lost_at == ((2, 30),)
