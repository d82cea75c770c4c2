"""Names change while a capture runs: each message has those of its moment, each datapath its own, each interface its own.

The same is asked of the command, whose reader is the engine.
"""

from __future__ import annotations

import io
import struct
from typing import Any

import orjson
import pytest

import ovsdissect
from ovsdissect.capture import Record
from ovsdissect.dissect.conversation import CONVERSATIONS
from ovsdissect.netlink.rtnetlink import SUBJECTS, type_name
from ovsdissect.text import rows
from ovsdissect.text.summary import link_text
from tests import recorded
from tests.dissect.made import IDS, REQUEST, dissected, failed, genl, newfamily, nlmsg, pcap, record
from tests.views.run import run


def port(no: int, name: str, cmd: str = "new", *, dp: int = 5, flags: int = 0) -> bytes:
    """The kernel's word about a port."""
    return genl("ovs_vport", cmd, {"port_no": no, "type": "netdev", "name": name}, dp=dp, seq=9, pid=9, flags=flags)


def datapath(name: str, cmd: str = "new", *, dp: int = 5) -> bytes:
    """Its word about a datapath."""
    return genl("ovs_datapath", cmd, {"name": name}, dp=dp, seq=9, pid=9)


def miss(no: int = 3, *, dp: int = 5) -> bytes:
    """An upcall of a port."""
    return genl("ovs_packet", "miss", {"key": {"in_port": no}, "packet": bytes(14)}, dp=dp)


def told(monkeypatch: pytest.MonkeyPatch, *messages: bytes) -> list[tuple[str | None, str | None]]:
    """Datapath and port of the upcalls, in the tree's JSON, which the command's is held against."""
    known = [newfamily(name, number) for name, number in IDS.items()]
    data = pcap([record(one, number=number) for number, one in enumerate([*known, *messages], 1)])
    with ovsdissect.open(io.BytesIO(data)) as capture:
        lines: list[dict[str, Any]] = [message.to_dict() for message in capture]
    printed = run(monkeypatch, "json", "-q", "-", stdin=data)
    assert [orjson.loads(line) for line in printed.out.splitlines()] == lines
    return [(line["datapath"], line["port"]) for line in lines if line["cmd"] == "miss"]


@pytest.mark.parametrize("cmd", ["new", "set", "get"])
def test_a_renamed_port(monkeypatch: pytest.MonkeyPatch, cmd: str) -> None:
    assert told(monkeypatch, port(3, "eth0"), miss(), port(3, "lan0", cmd), miss(), port(3, "eth0", cmd), miss()) == [
        (None, "eth0"),
        (None, "lan0"),
        (None, "eth0"),
    ]


@pytest.mark.parametrize("cmd", ["new", "set", "get"])
def test_a_renamed_datapath(monkeypatch: pytest.MonkeyPatch, cmd: str) -> None:
    assert told(monkeypatch, datapath("one"), miss(), datapath("two", cmd), miss()) == [("one", None), ("two", None)]


def test_a_port_that_is_deleted_in_one_datapath(monkeypatch: pytest.MonkeyPatch) -> None:
    """Numbers are a datapath's own: others keep the port of that number, and the datapath its other ports."""
    there = [port(3, "a", dp=5), port(4, "b", dp=5), port(3, "c", dp=6)]
    seen = [miss(3, dp=5), miss(4, dp=5), miss(3, dp=6)]
    assert told(monkeypatch, *there, *seen, port(3, "a", "del", dp=5), *seen) == [
        *((None, name) for name in "abc"),
        *((None, name) for name in (None, "b", "c")),
    ]


def test_a_port_that_is_deleted_in_all_datapaths(monkeypatch: pytest.MonkeyPatch) -> None:
    there = [port(3, "a", dp=5), port(3, "c", dp=6)]
    gone = [port(3, "a", "del", dp=5), port(3, "c", "del", dp=6)]
    seen = [miss(3, dp=5), miss(3, dp=6)]
    assert told(monkeypatch, *there, *gone, *seen, *there, *seen) == [(None, None), (None, None), (None, "a"), (None, "c")]


def test_a_datapath_that_is_deleted_takes_its_ports_along(monkeypatch: pytest.MonkeyPatch) -> None:
    there = [datapath("one", dp=5), datapath("two", dp=6), port(3, "a", dp=5), port(4, "b", dp=5), port(3, "c", dp=6)]
    seen = [miss(3, dp=5), miss(4, dp=5), miss(3, dp=6)]
    assert told(monkeypatch, *there, *seen, datapath("one", "del", dp=5), *seen) == [
        ("one", "a"),
        ("one", "b"),
        ("two", "c"),
        (None, None),
        (None, None),
        ("two", "c"),
    ]


@pytest.mark.parametrize("cmd", ["new", "set", "del"])
def test_what_is_asked_for_and_what_is_refused_names_nothing(monkeypatch: pytest.MonkeyPatch, cmd: str) -> None:
    asked = port(3, "lan0", cmd, flags=REQUEST)
    assert told(monkeypatch, port(3, "eth0"), asked, miss(), failed(asked, -16), miss()) == [(None, "eth0")] * 2


def test_a_word_without_a_name_or_a_number_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    nameless = genl("ovs_vport", "set", {"port_no": 3, "type": "netdev"}, dp=5)
    numberless = genl("ovs_vport", "set", {"name": "lan0", "type": "netdev"}, dp=5)
    assert told(monkeypatch, port(3, "eth0"), nameless, numberless, miss()) == [(None, "eth0")]


def test_interfaces_of_a_capture_have_names_of_their_own() -> None:
    """Two hosts, or two namespaces, in one pcapng file: the same numbers, other ports, other datapaths."""

    def on(interface: int, *messages: bytes) -> list[Record]:
        return [record(one)._replace(interface=interface) for one in messages]

    records = [
        *on(0, datapath("left"), port(3, "l3")),
        *on(1, datapath("right"), port(3, "r3"), port(4, "r4")),
        *on(0, miss(3), miss(4)),
        *on(1, miss(3), miss(4), port(3, "r3", "del"), miss(3)),
        *on(0, miss(3)),
    ]
    seen = [message.to_dict() for message in dissected(records) if message.cmd == "miss"]
    assert [(line["datapath"], line["port"]) for line in seen] == [
        ("left", "l3"),
        ("left", None),
        ("right", "r3"),
        ("right", "r4"),
        ("right", None),
        ("left", "l3"),
    ]


def test_requests_of_another_interface_are_not_answered() -> None:
    """Two hosts count their requests alike."""
    asked = genl("ovs_vport", "get", {"name": "x"}, flags=REQUEST, seq=7, pid=70)
    records = [record(asked), record(failed(asked, -19))._replace(interface=1), record(failed(asked, -19))]
    _asked, stranger, answer = dissected(records)
    assert stranger.request is not None
    assert answer.request is not None
    assert (stranger.request.number, answer.request.number) == (None, 1)


def test_of_too_many_interfaces_the_one_that_was_silent_longest_is_forgotten() -> None:
    """64 conversations are known at a time."""
    assert CONVERSATIONS == 64

    def on(interface: int, one: bytes) -> Record:
        return record(one)._replace(interface=interface)

    records = [on(number, port(3, f"p{number}")) for number in range(64)]
    records += [on(0, miss()), on(64, port(3, "p64")), on(0, miss()), on(1, miss()), on(2, miss())]
    # the miss on interface 1 makes it known anew, in the place of 2
    seen = [message.to_dict()["port"] for message in dissected(records) if message.cmd == "miss"]
    assert seen == ["p0", "p0", None, None]


# struct ifinfomsg, ifaddrmsg, ndmsg, tcmsg of linux/rtnetlink.h and if_addr.h, neighbour.h, about interface 7
IFINFO = struct.pack("<BBHiII", 0, 0, 1, 7, 0, 0)
IFADDR = struct.pack("<BBBBI", 2, 24, 0, 0, 7)
ND = struct.pack("<BBHiHBB", 2, 0, 0, 7, 2, 0, 1)
TC = struct.pack("<BBHiIII", 0, 0, 0, 7, 0, 0, 0)
IFNAME = struct.pack("<HH", 8, 3) + b"br0\0"


@pytest.mark.parametrize(
    ("kind", "body", "name"),
    [
        (20, IFADDR, "RTM_NEWADDR"),
        (28, ND, "RTM_NEWNEIGH"),
        (36, TC, "RTM_NEWQDISC"),
        (40, TC, "RTM_NEWTCLASS"),
        (44, TC, "RTM_NEWTFILTER"),
        (45, TC, "RTM_DELTFILTER"),
        (100, TC, "RTM_NEWCHAIN"),
        (19, IFINFO, "RTM_SETLINK"),
    ],
)
def test_what_route_messages_are_about(kind: int, body: bytes, name: str) -> None:
    """By the index in their struct, as it was last called; short ones tell nothing."""
    about = nlmsg(kind, body)

    def link(called: bytes) -> bytes:
        return nlmsg(16, IFINFO + IFNAME.replace(b"br0", called))

    messages = [about, link(b"br0"), about, link(b"br9"), about, nlmsg(kind, body[:-1])]
    found = dissected([record(one, protocol=0) for one in messages])
    assert [rows.cmd(one) for one in found if one.frame.type == kind] == [name] * 4
    assert [link_text(one) for one in found if one.frame.type == kind] == ["ifindex 7", "br0", "br9", ""]


def test_types_of_route_messages_are_the_headers() -> None:
    """The enum of linux/rtnetlink.h as it stands there: a name and, where one is given, its number."""
    text = (recorded.GOLDEN / "rtnetlink-types.txt").read_text().splitlines()
    known = dict(line.split() for line in text if line and not line.startswith("#"))
    assert len(known) > 60
    assert {name: type_name(int(number)) for name, number in known.items()} == {name: name for name in known}
    there = {f"RTM_{kind.upper()}{SUBJECTS[base]}" for base in SUBJECTS for kind in ("new", "del", "get", "set")}
    subjects = {name[7:] for name in known}
    assert {name[7:] for name in there} <= subjects
    assert type_name(15) is None
    assert type_name(4000) is None


@pytest.mark.parametrize("length", [255, 256])
def test_a_name_that_no_kernel_gives_is_not_kept(length: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """IFNAMSIZ is 16: a name of hundreds of letters would be kept for every message that follows."""
    path = tmp_path / "long.pcap"
    path.write_bytes(pcap([record(one, number=n) for n, one in enumerate((port(3, "p" * length), datapath("d" * length), miss()), 1)]))
    families = [word for name, number in IDS.items() for word in ("--family", f"{name}={number}")]
    with ovsdissect.open(path, families=IDS) as capture:
        *_, last = capture
    (*_, line) = run(monkeypatch, "json", path, "-q", *families).out.splitlines()
    kept = length <= 255
    assert (last.port, last.datapath) == (("p" * length, "d" * length) if kept else (None, None))
    assert (orjson.loads(line)["port"] is not None) is kept
