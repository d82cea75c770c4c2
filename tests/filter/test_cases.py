"""Small captures that went wrong, each with the right value: what a screen or the JSON shows can be used in a filter."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner

from ovsdissect.api import Message
from ovsdissect.cli import ovsdissect as cli
from ovsdissect.dissect.context import Context
from ovsdissect.errors import FilterError
from ovsdissect.families.registry import Registry
from ovsdissect.filter import compile as compile_filter
from ovsdissect.text.rows import row
from ovsdissect.text.summary import summary
from tests import recorded
from tests.dissect.made import REQUEST, genl, nlmsg, record, single

CASES = Path(__file__).with_name("cases")
UNKNOWN, UFID, REFUSED, OFFLOAD, INTERRUPTED, NAMED = (
    next(CASES.glob(f"{number}-*.pcap")) for number in ("03", "04", "05", "06", "09", "10")
)


@pytest.fixture(params=["", "1"], autouse=True, ids=["engine", "tree"])
def reader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Either reader."""
    if request.param:
        monkeypatch.setenv("OVSDISSECT_PURE", request.param)


def run(*arguments: str) -> tuple[str, str]:
    """What a command prints, and what it says on standard error."""
    result = CliRunner().invoke(cli, list(arguments))
    assert result.exit_code == 0, result.output
    return result.stdout, result.stderr


def numbers(path: Path, text: str) -> list[int]:
    """The numbers of the messages that pass."""
    return [orjson.loads(line)["number"] for line in run("json", "-Y", text, str(path))[0].splitlines()]


@pytest.mark.parametrize(
    ("path", "text", "want"),
    [
        (UNKNOWN, "ovs_flow.key.attr_type == 40", [2]),
        (UNKNOWN, "ovs_flow.action.attr_type == 60", [2]),
        (UNKNOWN, "ovs_flow.key.attr_type == 41", []),
        (UNKNOWN, "key.attr_40 == 00:00:00:11", [2]),
        (UNKNOWN, "key.attr_40 == 00:00:00:12", []),
        (UNKNOWN, "actions.attr_60", [2]),
        (UNKNOWN, "ovs_flow.attr_40", []),
        (UFID, "ufid == 03020100", [2]),
        (UFID, "ufid == 3", []),
        (UFID, "ufid:03020100", [2]),
        (UFID, "ufid == ufid:03020100", [2]),
        (UFID, "ufid == 03020100-07", [2]),
        (UFID, "ufid == 03020101", []),
        (UFID, "ufid in {03020100, 05}", [2]),
        (UFID, "ufid != 03020100", []),
        (REFUSED, "error && request.packet.ip.src==10.0.0.1", [4]),
        (REFUSED, "request.ip.src == 10.0.0.1", [4]),
        (REFUSED, "request.packet.ip.src == 10.0.0.9", []),
        (REFUSED, "error.number == EINVAL", [4]),
        (REFUSED, "error == EINVAL", [4]),
        (REFUSED, "error == -22", [4]),
        (REFUSED, "error == EEXIST", []),
        (REFUSED, "kind == error && family == ovs_packet && cmd == execute", [4]),
    ],
)
def test_what_is_shown_can_be_filtered_for(path: Path, text: str, want: list[int]) -> None:
    assert numbers(path, text) == want


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ('ufid == "xyz"', "is not a UUID"),
        ("ufid == 0302-0100", "is not a UUID"),
        ("ufid == 03:02:01:00", "is not a UUID"),
        ("ovs_flow.key.attr_type == 99999", "does not fit"),
        ("key.attr_99999", "there is no field"),
        ("key.attr_3", "there is no field"),
        ("error.number == 22", "did you mean -22, or EINVAL?"),
        ("error == EEXIS", "did you mean EEXIST?"),
        ("key.ethertype == ip", "did you mean ipv4 or ipv6?"),
        ("key.ct_state == +neww+trk", "not a valid value"),
    ],
)
def test_what_can_never_match_is_refused(text: str, hint: str) -> None:
    with pytest.raises(FilterError, match=hint):
        compile_filter(text)


def test_ports_and_datapaths_by_name() -> None:
    """Held against the JSON, which has the names too."""
    path = recorded.path("conntrack")
    lines = [orjson.loads(line) for line in run("json", str(path))[0].splitlines()]
    want = [line["number"] for line in lines if (line["port"], line["datapath"]) == ("v2", "ovs-system")]
    assert numbers(path, "datapath == ovs-system && port == v2") == want != []
    states = [line for line in lines if line["attrs"] and (line["attrs"].get("key") or {}).get("ct_state") == ["new", "trk"]]
    assert numbers(path, "key.ct_state == +new+trk") == [line["number"] for line in states] != []
    came = [line["number"] for line in states if line["port"] == "v1"]
    assert numbers(path, "key.ct_state == +new+trk && key.in_port == v1") == came != []


def test_names_are_those_of_the_messages_time() -> None:
    port = genl("ovs_vport", "new", {"port_no": 2, "type": "netdev", "name": "v1"}, dp=9)
    miss = genl("ovs_packet", "miss", {"key": {"in_port": 2}, "packet": "00"}, dp=9)
    actions = [{"output": 2}, {"clone": [{"output": 3}]}]
    out = genl("ovs_flow", "new", {"key": {"in_port": 0xFFFFFFFF}, "actions": actions}, dp=9, flags=REQUEST)
    messages = single(miss, port, miss, out)

    def passing(text: str) -> list[int | None]:
        return [message.number for message in messages if compile_filter(text).matches(message)]

    assert passing("port == v1") == [2, 3]
    assert passing("port == 2") == [1, 2, 3], "the number needs no name"
    assert passing("key.in_port == v1") == [3]
    assert passing("key.in_port != v1") == [1, 4]
    assert passing("port == none") == passing("key.in_port == none") == [4]
    assert passing("actions.output == v1") == [4]
    assert passing("all actions.output in {v1, 3}") == [4]
    assert passing("all actions.output == v1") == []
    assert passing('summary contains "v1"') == [2, 4]


def test_an_error_of_another_protocol_is_not_hidden_in_silence() -> None:
    for command in ("list", "json"):
        assert "2 messages of other families and protocols, 1 error among them: --all shows them" in run(command, str(OFFLOAD))[1]
        assert "--all" not in run(command, "--all", str(OFFLOAD))[1]
        assert "--all" not in run(command, "-q", str(OFFLOAD))[1]
    shown = run("list", "--all", "-q", str(OFFLOAD))[0].splitlines()
    assert "RTM_NEWTFILTER" in shown[1]
    assert "EOPNOTSUPP: Operation not supported: Unsupported key (request 2: RTM_NEWTFILTER ifindex 12)" in shown[2]
    flags = [orjson.loads(line)["nlmsg"]["flags"] for line in run("json", "--all", str(OFFLOAD))[0].splitlines()]
    assert flags[1] == ["request", "ack", "excl", "create"]


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("family == route", [2, 3]),
        ("family in {route, ovs_flow} && kind == message", [2, 4]),
        ("family != route", [1, 4]),
        ("cmd == RTM_NEWTFILTER", [2]),
        ("cmd in {RTM_NEWTFILTER, get}", [2]),
        ("nlmsg.type == RTM_NEWTFILTER", [2]),
        ('nlmsg.type == "44 (RTM_NEWTFILTER)"', [2]),
        ("request.cmd == RTM_NEWTFILTER", [3]),
        ("request.nlmsg.type == RTM_NEWTFILTER", [3]),
        ("request.family == route", [3]),
        ("cmd == error", [3]),
        ("cmd == RTM_DELTFILTER", []),
    ],
)
def test_words_of_other_protocols(text: str, want: list[int]) -> None:
    """Types from include/uapi/linux/rtnetlink.h: RTM_NEWTFILTER is 44."""
    assert [orjson.loads(line)["number"] for line in run("json", "--all", "-Y", text, str(OFFLOAD))[0].splitlines()] == want


def test_words_of_families_that_are_not_decoded() -> None:
    for text in ("family == psample", "nlmsg.type == psample", 'cmd == "type 37"'):
        assert [orjson.loads(line)["number"] for line in run("json", "--all", "-Y", text, str(NAMED))[0].splitlines()][:1] == [2], text


def test_what_a_field_cannot_hold() -> None:
    """A comparison that each value passes is none that can never match."""
    put = genl("ovs_flow", "new", {"key": {"in_port": 1, "tcp": {"src": 80, "dst": 90}}}, dp=9, flags=REQUEST)
    (message,) = single(put)
    for text in ("< 70000", "<= 70000", "!= 70000", "> -1", ">= -1", "!= -1", "in {0..70000}", "in {-5..80}"):
        assert compile_filter(f"key.tcp.src {text}").matches(message), text
    assert not compile_filter("key.tcp.src in {81..70000}").matches(message)


def test_bytes_in_quotes() -> None:
    """JSON has them in hex, in quotes; they may be text, too."""
    for text, want in (
        ('key.attr_40 == "00000011"', [2]),
        ('key.attr_40 == "00:00:00:11"', [2]),
        ('key.attr_40 in {"00000012", "00000011"}', [2]),
        ('key.attr_40 != "00000011"', []),
        ('key.attr_40 != "00000012"', [2]),
        ('key.attr_40 !== "00000011"', []),
        (r'key.attr_40 == "\x00\x00\x00\x11"', [2]),
    ):
        assert numbers(UNKNOWN, text) == want, text


def test_bytes_that_are_not_decoded() -> None:
    """An in_port of two bytes, and statistics of a flow that are one counter longer than struct ovs_flow_stats."""
    key = b"\x0c\0\1\0" + b"\x06\0\3\0\5\6\0\0"
    stats = b"\x1c\0\3\0" + b"\1" + bytes(7) + b"\2" + bytes(7) + b"\x09" + bytes(7)
    (message,) = single(nlmsg(40, b"\1\1\0\0\5\0\0\0" + key + stats))
    for text in ("key.in_port.undecoded == 05:06", 'key.in_port.undecoded == "0506"', "stats.rest[0] == 09", "stats.n_packets == 1"):
        assert compile_filter(text).matches(message), text
    for text in ("key.in_port.undecoded == 05:07", "stats.undecoded", "key.in_port.rest"):
        assert not compile_filter(text).matches(message), text


def test_a_dump_that_was_interrupted() -> None:
    assert "end of dump, dump interrupted: incomplete" in run("list", str(INTERRUPTED))[0].splitlines()[4]
    assert "1 dump interrupted: incomplete" in run("stats", str(INTERRUPTED))[0]
    assert orjson.loads(run("stats", "--json", str(INTERRUPTED))[0])["dumps_interrupted"] == 1


def test_an_error_of_a_family_that_is_not_decoded_has_its_name() -> None:
    assert "  1  EINVAL  psample  type 37\n" in run("stats", str(NAMED))[0]
    last = run("list", "--all", str(NAMED))[0].splitlines()[2]
    assert last.split()[3:5] == ["psample", "error"]
    assert "(request 2: psample type 37)" in last


def test_the_packet_of_an_echoed_request_is_carved(tmp_path: Path) -> None:
    out = tmp_path / "packet.pcap"
    run("carve", "-Y", "error", "--inner", "-o", str(out), str(REFUSED))
    data = out.read_bytes()[24:]
    assert int.from_bytes(data[8:12], "little") == 42 == len(data) - 16
    assert data[16 + 26 : 16 + 35].hex() == "0a0000010a00000208"  # 10.0.0.1 > 10.0.0.2, ICMP echo request


def test_requests_say_what_they_change() -> None:
    limits = [{"zone_id": 5, "limit": 0, "count": 0}, {"zone_id": -1, "limit": 0, "count": 0}]
    messages = (
        genl("ovs_ct_limit", "get", {"zone_limit": limits}, flags=REQUEST),
        genl("ovs_ct_limit", "del", {"zone_limit": limits[:1]}, flags=REQUEST),
        genl("ovs_ct_limit", "get", {"zone_limit": limits}),
        genl("ovs_vport", "set", {"name": "v1", "upcall_pid": [0]}, flags=REQUEST),
    )
    told = [summary(message) for message in single(*messages)]
    assert told == ["zone 5, zone default", "zone 5", "zone 5 limit 0, zone default limit 0", '"v1", upcall pid 0']


def test_the_second_id_of_a_meters_reply_is_the_kernels_habit() -> None:
    twice = {"id": 7, "id#2": 7}
    messages = single(genl("ovs_meter", "set", twice), genl("ovs_meter", "set", twice, flags=REQUEST))
    assert [[str(one.kind) for one in message.problems] for message in messages] == [[], ["duplicate"]]


def test_a_byte_order_flag_is_told() -> None:
    body = b"\1\1\0\0\5\0\0\0" + b"\x0c\0\1\0" + b"\x08\0\3\x40" + b"\0\0\0\3"
    (message,) = single(nlmsg(40, body, flags=REQUEST))
    assert [(str(one.kind), one.path) for one in message.problems] == [("unexpected", "attrs.key")]
    assert "NLA_F_NET_BYTEORDER" in message.problems[0].text


def test_names_of_interfaces_are_learnt() -> None:
    link = nlmsg(16, bytes(4) + b"\7\0\0\0" + bytes(8) + b"\x09\0\3\0eth0\0\0\0\0")
    qdisc = nlmsg(36, bytes(4) + b"\7\0\0\0" + bytes(12), flags=0x304 | REQUEST)
    context = Context(Registry({}), Message)
    messages = [one for i, data in enumerate((link, qdisc), 1) for one in context.messages(record(data, number=i, protocol=0))]
    told = [row(message) for message in messages]
    assert [(one.family, one.cmd, one.summary.split()[0]) for one in told] == [
        ("route", "RTM_NEWLINK", "eth0"),
        ("route", "RTM_NEWQDISC", "eth0"),
    ]
    assert messages[1].flags == ["request", "ack", "replace", "excl"]


def test_fields_speak_json() -> None:
    found = {one["name"]: one for one in map(orjson.loads, run("fields", "--json", "ovs_flow.key.in_port")[0].splitlines())}
    assert (found["ovs_flow.key.in_port"]["number"], found["ovs_flow.key.in_port"]["type"]) == (3, "uint32")
    assert "    attribute 3\n" in run("fields", "ovs_flow.key.in_port")[0]
