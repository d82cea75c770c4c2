"""What messages say about each other: answers find their requests, ports and datapaths have the names of their time."""

from __future__ import annotations

import struct
from typing import Any

import pytest

from ovsdissect.netlink.headers import EXTACK, NETLINK_GENERIC
from ovsdissect.text.summary import summary
from tests import recorded
from tests.dissect.made import ACK, ACK_TLVS, CAPPED, MULTI, REQUEST, dissected, failed, genl, nlmsg, record, single


def port(no: int, name: str, cmd: str = "new", dp: int = 5) -> bytes:
    """The kernel's word that a port is there, or gone."""
    return genl("ovs_vport", cmd, {"port_no": no, "type": "netdev", "name": name}, dp=dp, seq=9, pid=9)


def datapath(ifindex: int, name: str, cmd: str = "new") -> bytes:
    """The kernel's word that a datapath is there, or gone."""
    return genl("ovs_datapath", cmd, {"name": name}, dp=ifindex, seq=9, pid=9)


MISS = genl("ovs_packet", "miss", {"key": {"in_port": 3}, "packet": bytes(14)})


def test_an_error_finds_the_request_that_it_echoes() -> None:
    put = genl("ovs_flow", "new", {"key": {"in_port": 3}, "actions": []}, flags=REQUEST, seq=7, pid=70)
    execute = genl("ovs_packet", "execute", {"packet": bytes(14), "key": {}, "actions": []}, flags=REQUEST, seq=8, pid=70)
    messages = single(put, execute, failed(execute, -22), failed(put, -17))
    assert [message.kind for message in messages] == ["message", "message", "error", "error"]
    requests = [message.request for message in messages[2:]]
    assert [(one and one.number, one and one.family, one and one.cmd) for one in requests] == [
        (2, "ovs_packet", "execute"),
        (1, "ovs_flow", "new"),
    ]
    line = messages[3].to_dict()
    assert line["error"] == {"number": -17, "name": "EEXIST", "text": "File exists"}
    assert line["request"] == {"number": 1, "family": "ovs_flow", "cmd": "new", "attrs": {"key": {"in_port": 3}, "actions": []}}
    assert messages[3]["request.attrs.key.in_port"].value == 3


def test_a_capped_acknowledgement_finds_its_request_and_echoes_nothing() -> None:
    put = genl("ovs_flow", "new", {"key": {"in_port": 3}, "actions": []}, flags=REQUEST | ACK, seq=7, pid=70)
    ack = single(put, failed(put, 0, flags=CAPPED))[1]
    assert ack.kind == "ack"
    assert ack.flags == ["capped"]
    assert ack.to_dict()["request"] == {"number": 1, "family": "ovs_flow", "cmd": "new"}
    assert not ack.problems


def test_portid_and_sequence_alone_do_not_name_a_request() -> None:
    """Two sockets of different families may use the same pair: what tells is the type that the error echoes."""
    get = genl("ovs_vport", "get", {"name": "x"}, flags=REQUEST, seq=7, pid=70)
    flush = genl("ovs_flow", "del", flags=REQUEST, seq=7, pid=70)
    reply = genl("ovs_vport", "get", {"port_no": 1, "name": "x"}, seq=7, pid=70)
    messages = single(get, flush, failed(get, -19), failed(flush, -22), reply)
    assert [message.request and message.request.number for message in messages] == [None, None, 1, 2, 1]


def test_of_requests_that_look_alike_the_latest_is_answered() -> None:
    first = genl("ovs_vport", "get", {"name": "x"}, flags=REQUEST, seq=7, pid=70)
    second = genl("ovs_vport", "get", {"name": "y"}, flags=REQUEST, seq=7, pid=70)
    messages = single(first, failed(first, -19, flags=CAPPED), second, failed(second, -19, flags=CAPPED))
    assert [message.request and message.request.number for message in messages] == [None, 1, None, 3]


def test_an_error_of_a_request_that_the_capture_lacks_tells_it_from_the_echo() -> None:
    error = single(failed(genl("ovs_flow", "del", {"key": {"in_port": 3}}, flags=REQUEST, seq=7, pid=70), -2))[0]
    line = error.to_dict()
    assert line["request"] == {"number": None, "family": "ovs_flow", "cmd": "del", "attrs": {"key": {"in_port": 3}}}
    capped = single(failed(genl("ovs_flow", "del", flags=REQUEST), -2, flags=CAPPED))[0].to_dict()
    assert capped["request"] == {"number": None, "family": "ovs_flow", "cmd": None}


def test_the_end_of_a_dump_belongs_to_what_was_dumped() -> None:
    dump = genl("ovs_flow", "get", flags=REQUEST | 0x300, seq=7, pid=70)
    done = nlmsg(3, bytes(4), flags=MULTI, seq=7, pid=70)
    messages = single(dump, genl("ovs_flow", "get", {"ufid": bytes(16).hex()}, flags=MULTI, seq=7, pid=70), done)
    assert messages[0].flags == ["request", "dump"]
    assert [message.request and message.request.number for message in messages] == [None, 1, 1]
    assert messages[2].kind == "done"
    # the request named a portid that is not its socket's: the replies tell
    strays = single(genl("ovs_flow", "get", {"used": 1}, flags=MULTI, seq=8, pid=71), nlmsg(3, bytes(4), flags=MULTI, seq=8, pid=71))
    assert strays[1].to_dict()["request"] == {"number": None, "family": "ovs_flow", "cmd": None}
    lonely = single(nlmsg(3, bytes(4), flags=MULTI, seq=9, pid=72))[0]
    assert lonely.request is None


def with_pid(message: bytes, pid: int) -> bytes:
    """A message with another nlmsg_pid."""
    return message[:12] + struct.pack("<I", pid) + message[16:]


@pytest.mark.parametrize(("seq", "pid"), [(7, 0), (0, 70), (7, 70)])
def test_a_reply_has_the_numbers_of_its_request(seq: int, pid: int) -> None:
    """Either of them may be zero; a message where both are is nobody's answer."""
    get = genl("ovs_vport", "get", {"name": "x"}, flags=REQUEST, seq=seq, pid=pid)
    reply = genl("ovs_vport", "get", {"port_no": 1, "name": "x"}, seq=seq, pid=pid)
    assert [message.request and message.request.number for message in single(get, reply)] == [None, 1]
    said = genl("ovs_vport", "new", {"port_no": 1, "name": "x"})
    asked = genl("ovs_vport", "get", {"name": "x"}, flags=REQUEST)
    assert [message.request for message in single(asked, said)] == [None, None]


def test_an_error_goes_to_the_socket_that_asked() -> None:
    """The echo may have another portid in its header than the one that the request had."""
    get = genl("ovs_vport", "get", {"name": "x"}, flags=REQUEST, seq=7, pid=70)
    error = single(get, failed(with_pid(get, 0), -19, pid=70))[1]
    assert error.request is not None
    assert error.request.number == 1
    other = single(get, failed(with_pid(get, 71), -19, pid=71))[1]
    assert other.request is not None
    assert other.request.number is None


def test_control_messages_ask_nothing() -> None:
    noop = nlmsg(1, flags=REQUEST, seq=7, pid=70)
    error = single(noop, failed(noop, -22))[1]
    assert error.request is not None
    assert error.request.number is None


def test_a_notification_does_not_end_a_dump() -> None:
    """What is no part of a dump may have its numbers, where a socket asks and listens."""
    dump = genl("ovs_flow", "get", flags=REQUEST | 0x300, seq=7, pid=70)
    said = genl("ovs_vport", "new", {"port_no": 1, "name": "x"}, seq=7, pid=70)
    done = single(dump, said, nlmsg(3, bytes(4), flags=MULTI, seq=7, pid=70))[2]
    assert done.request is not None
    assert (done.request.number, done.request.family) == (1, "ovs_flow")


def test_other_protocols_do_not_mix_in() -> None:
    """rtnetlink's sequence numbers and portids are its own."""
    get = genl("ovs_vport", "get", {"name": "x"}, flags=REQUEST, seq=7, pid=70)
    messages = dissected([record(get), record(failed(get, -19), number=2, protocol=0)])
    assert messages[1].request is not None
    assert messages[1].request.number is None
    assert messages[1].request.family is None


def test_an_extended_ack_points_at_the_attribute() -> None:
    request = genl("ovs_vport", "new", {"type": "vxlan", "name": "v0", "options": {"dst_port": 4789}}, flags=REQUEST, seq=7, pid=70)
    at = request.index(struct.pack("<HH", 6, 1) + struct.pack("<H", 4789))
    extack = EXTACK.build([(EXTACK.by_name["message"], 0, "no", None), (EXTACK.by_name["offset"], 0, at, None)])
    _request, error = single(request, failed(request, -22, flags=ACK_TLVS, extack=extack))
    line = error.to_dict()
    assert line["error"] == {
        "number": -22,
        "name": "EINVAL",
        "text": "Invalid argument",
        "message": "no",
        "offset": at,
        "path": "attrs.options.dst_port",
    }
    assert error["error.message"].value == "no"
    assert not error.problems
    _request, nowhere = single(request, failed(request, -22, flags=ACK_TLVS, extack=extack[:-4] + struct.pack("<I", 3)))
    assert "path" not in nowhere.to_dict()["error"]


@pytest.mark.parametrize(
    ("family", "cmd", "values", "number", "nest", "path"),
    [
        ("ovs_flow", "new", {"key": {"in_port": 3}}, 2, None, "attrs.actions"),
        ("ovs_flow", "new", {"key": {"in_port": 3}}, 99, None, "attrs.attr_99"),
        ("ovs_flow", "new", {"key": {"in_port": 3}}, 4, (12, 1), "attrs.key.ethernet"),
        ("ovs_packet", "execute", {"actions": [{"sample": {"probability": 1}}]}, 2, (12, 6), "attrs.actions[0].sample.actions"),
        ("ovs_meter", "set", {"bands": [{"type": "drop"}]}, 2, (12, 0), "attrs.bands[0].rate"),
        ("ovs_flow", "new", {"key": {"in_port": 3}}, 4, (8, 3), None),  # not nested
    ],
)
def test_an_extended_ack_names_what_is_missing(
    family: str, cmd: str, values: dict[str, Any], number: int, nest: tuple[int, int] | None, path: str | None
) -> None:
    """By the attribute's number, and by the offset of the nest that lacks it: both from the kernel's NL_SET_ERR_ATTR_MISS()."""
    request = genl(family, cmd, values, flags=REQUEST, seq=7, pid=70)
    extack = [(EXTACK.by_name["miss_type"], 0, number, None)]
    if nest is not None:
        extack.append((EXTACK.by_name["miss_nest"], 0, request.index(struct.pack("<HH", *nest), 24), None))
    error = single(request, failed(request, -22, flags=ACK_TLVS | CAPPED, extack=EXTACK.build(extack)))[1]
    assert error.missing_path == path
    assert error.to_dict()["error"].get("missing") == path
    assert summary(error).startswith(f"EINVAL: Invalid argument, {path or 'attribute 4'} is missing (request 1: ")


@pytest.mark.parametrize(
    ("extack", "text"),
    [
        (struct.pack("<HHH2x", 6, 5, 2), "EINVAL: Invalid argument (request 1: "),
        (struct.pack("<HHIHHH2x", 8, 5, 2, 6, 6, 24), "EINVAL: Invalid argument, attribute 2 is missing (request 1: "),
    ],
)
def test_an_extended_ack_of_wrong_lengths_names_nothing(extack: bytes, text: str) -> None:
    request = genl("ovs_flow", "new", flags=REQUEST, seq=7, pid=70)
    error = single(request, failed(request, -22, flags=ACK_TLVS, extack=extack))[1]
    assert "missing" not in error.to_dict()["error"]
    assert summary(error).startswith(text)


def test_an_extended_ack_points_into_the_echo() -> None:
    """Which is the request itself; one seen before may be another that looked alike."""
    request = genl("ovs_vport", "new", {"type": "vxlan", "name": "v0"}, flags=REQUEST, seq=7, pid=70)
    other = genl("ovs_vport", "new", {"name": "v0"}, flags=REQUEST, seq=7, pid=70)
    extack = EXTACK.build([(EXTACK.by_name["offset"], 0, 24, None)])
    assert single(request, failed(other, -22, flags=ACK_TLVS, extack=extack))[1].fault_path == "attrs.name"


def test_the_end_of_a_dump_may_have_an_extended_ack() -> None:
    extack = EXTACK.build([(EXTACK.by_name["message"], 0, "no", None)])
    done = single(nlmsg(3, struct.pack("<i", -12) + extack, flags=MULTI | ACK_TLVS, seq=7, pid=70))[0]
    assert done.flags == ["multi", "ack_tlvs"]
    assert done.error == {"number": -12, "message": "no"}


def test_recorded_extended_acks_make_sense() -> None:
    """The kernel's own: what it says, of which attribute, of which request."""
    lines = [message.to_dict() for message in recorded.messages("rawnl") if message.kind in ("error", "ack")]
    said = [
        (error.get("name", ""), error["message"], error.get("path"), request["family"])
        for error, request in ((line["error"], line["request"]) for line in lines)
        if "message" in error
    ]
    policy, leftover = "Attribute failed policy validation", "bytes leftover after parsing attributes"
    assert said == [
        ("EINVAL", policy, "attrs.name", "ovs_vport"),  # longer than IFNAMSIZ
        ("ERANGE", policy, "attrs.user_features", "ovs_datapath"),  # one byte
        ("EINVAL", policy, "attrs.name", "ovs_vport"),
        ("", leftover, None, "ovs_vport"),
        ("EINVAL", leftover, None, "ovs_vport"),
        ("ERANGE", policy, "attrs.user_features", "ovs_datapath"),
        ("ERANGE", policy, "attrs.packet", "ovs_packet"),  # shorter than an Ethernet header
    ]


@pytest.mark.larger_are_slow
@pytest.mark.parametrize("name", recorded.NAMES)
def test_recorded_answers_have_their_requests(name: str) -> None:
    """Every error and acknowledgement of generic netlink names a request of its type that was sent before, with its bytes where echoed."""
    messages = {message.number: message for message in recorded.messages(name)}
    for message in messages.values():
        if message.protocol != NETLINK_GENERIC or message.kind not in ("error", "ack"):
            continue
        request = message.request
        assert request is not None
        assert request.number is not None
        asked = messages[request.number]
        assert asked.direction == "to-kernel"
        assert asked.number is not None
        assert message.number is not None
        assert asked.number < message.number
        echo = message.data[message.frame.offset + 20 : message.frame.end]
        body = asked.data[asked.frame.offset : asked.frame.end]
        assert echo[4:16] == body[4:16]
        if "capped" not in message.flags:
            assert echo.startswith(body)


def test_ports_have_the_names_of_their_time() -> None:
    messages = single(MISS, port(3, "eth0"), MISS, port(3, "eth0", "del"), MISS, port(3, "tap1"), MISS)
    assert [message.ports.get((5, 3)) for message in messages if message.family == "ovs_packet"] == [None, "eth0", None, "tap1"]


def test_a_request_names_nothing() -> None:
    """What user space asks for is not yet so."""
    ask = genl("ovs_vport", "new", {"port_no": 3, "type": "netdev", "name": "eth0"}, flags=REQUEST, seq=1, pid=1)
    assert single(ask, MISS)[1].ports == {}


def test_ports_of_several_datapaths_are_kept_apart() -> None:
    there = datapath(5, "ovs-system"), datapath(6, "dp1"), port(3, "a", dp=5), port(3, "b", dp=6)
    messages = single(*there, MISS, datapath(6, "dp1", "del"), MISS)
    assert messages[4].ports == {(5, 3): "a", (6, 3): "b"}
    assert messages[4].datapaths == {5: "ovs-system", 6: "dp1"}
    assert messages[6].ports == {(5, 3): "a"}
    assert messages[6].datapaths == {5: "ovs-system"}


def test_messages_are_numbered_over_all_protocols_and_records_count_apart() -> None:
    messages = dissected([record(MISS, MISS), record(nlmsg(16), protocol=0, number=2), record(MISS, b"\1\2\3\4", number=3)])
    assert [(message.number, message.record, message.index, message.kind) for message in messages] == [
        (1, 1, 0, "message"),
        (2, 1, 1, "message"),
        (3, 2, 0, "message"),
        (4, 3, 0, "message"),
        (None, 3, 1, "record"),
    ]
    assert [problem.kind for problem in messages[4].problems] == ["trailing"]
