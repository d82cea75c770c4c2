"""The cells of a row, by hand: ports, datapaths and tones for numbers and errors with special meanings."""

from __future__ import annotations

import pytest

from ovsdissect.text.rows import direction, row
from tests.dissect.made import REQUEST, dissected, failed, genl, nlmsg, record

NONE = 0xFFFFFFFF  # ODPP_NONE of lib/odp-util.h: no port


def rows(*messages: bytes) -> list[tuple[str, str, str, str]]:
    """Port, datapath, command and tone of each."""
    found = [row(message) for message in dissected([record(one, number=at) for at, one in enumerate(messages, 1)])]
    return [(one.port, one.datapath, one.cmd, one.tone) for one in found]


def test_no_port_and_no_datapath() -> None:
    (miss, zero) = rows(
        genl("ovs_packet", "miss", {"key": {"in_port": NONE}, "packet": bytes(14)}, dp=9),
        genl("ovs_packet", "miss", {"key": {"in_port": 0}, "packet": bytes(14)}, dp=0),
    )
    assert miss == ("none", "9", "miss", miss[3])
    assert zero[:2] == ("0", "")


@pytest.mark.parametrize(
    ("number", "family", "cmd", "values", "tone"),
    [
        (-19, "ovs_vport", "get", {"name": "eth9"}, "control"),  # ENODEV: ovs-vswitchd asks of every device whether it is a port
        (-22, "ovs_vport", "get", {"name": "eth9"}, "error"),
        (-19, "ovs_vport", "del", {"port_no": 3}, "error"),
        (-19, "ovs_datapath", "get", {"name": "ovs-system"}, "error"),
        (0, "ovs_vport", "del", {"port_no": 3}, "control"),
    ],
)
def test_errors_that_are_expected_are_no_alarm(number: int, family: str, cmd: str, values: dict[str, object], tone: str) -> None:
    request = genl(family, cmd, values, dp=9, flags=REQUEST, seq=7, pid=70)
    asked, answer = rows(request, failed(request, number))
    assert (asked[3], answer[3]) == ("configuration", tone)
    assert (answer[1], answer[2]) == ("9", cmd)


def test_what_is_no_message_has_no_direction() -> None:
    (bare,) = dissected([record(nlmsg(40, b"")[:7])])
    assert (bare.number, direction(bare), row(bare).family, row(bare).port) == (None, "", "", "")


@pytest.mark.parametrize(("number", "tone"), [(-22, "error"), (0, "control")])
def test_a_dump_that_failed_is_an_alarm(number: int, tone: str) -> None:
    """NLMSG_DONE, 3, holds the error."""
    request = genl("ovs_flow", "get", {}, dp=9, flags=REQUEST | 0x300, seq=7, pid=70)
    assert rows(request, nlmsg(3, number.to_bytes(4, "little", signed=True), flags=2, seq=7, pid=70))[1][3] == tone


def test_a_protocol_without_a_name_has_its_number() -> None:
    (one,) = dissected([record(nlmsg(16, bytes(4)), protocol=99)])
    assert (row(one).family, one.to_dict()["protocol"]) == ("protocol 99", "99")
