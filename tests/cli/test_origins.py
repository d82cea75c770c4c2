"""Captures of every origin: byte orders, sections, clocks, link types, blocks, statistics; bytes and values made by hand."""

from __future__ import annotations

import json
from pathlib import Path
from struct import pack

import pytest

import ovsdissect
from ovsdissect.json.encoding import encode
from tests.capture.crafted import block, enhanced, interface, option, pcap, section, simple, statistics
from tests.capture.spoken import cooked, cooked_v2, delfamily, newfamily, put, vport
from tests.views.run import run

MICRO = 0xA1B2C3D4
T = 1_700_000_000
KEY = "in_port({}),eth_type(0x0806)"


def said(mark: str, flow: int = 34, port: int = 2) -> list[bytes]:
    """What a host says: the id of ovs_flow, and a put of a flow."""
    return [cooked(newfamily(mark, "ovs_flow", flow)), cooked(put(mark, flow, 9, port, 3))]


def as_pcap(mark: str, records: list[bytes], link_type: int = 253) -> bytes:
    return pcap(mark, MICRO, [(T, n, data, len(data)) for n, data in enumerate(records)], link_type)


def blocks(mark: str, records: list[bytes], which: int = 0) -> bytes:
    return b"".join(enhanced(mark, which, T * 10**6 + n, data) for n, data in enumerate(records))


BOTH = said("<") + said(">")
ORDERS = {
    # what a Go tool on s390x writes: its pcap in one order, the messages in that of the host that sent them
    "big-endian messages, little-endian pcap": (as_pcap("<", said(">")), "little", {"little": 0, "big": 2}),
    "little-endian messages, big-endian pcap": (as_pcap(">", said("<")), "big", {"little": 2, "big": 0}),
    "hosts of both orders merged into one pcap": (as_pcap("<", BOTH), "little", {"little": 2, "big": 2}),
    "messages of both orders in one section": (section(">") + interface(">", 253) + blocks(">", BOTH), "big", {"little": 2, "big": 2}),
}


@pytest.mark.parametrize("name", ORDERS)
def test_byte_orders_that_differ(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data, container, orders = ORDERS[name]
    path = tmp_path / "capture"
    path.write_bytes(data)
    with ovsdissect.open(path) as capture:
        puts = [message for message in capture if message.family == "ovs_flow"]
        by_tree = [encode(message.to_dict()).decode() for message in capture]
    assert [(one.dp_ifindex, one.odp.key, one.odp.actions) for one in puts] == [(9, KEY.format(2), "3")] * len(puts)
    assert len(puts) == sum(orders.values()) // 2
    lines = run(monkeypatch, "json", path)
    assert lines.out.decode().splitlines() == by_tree
    both = all(orders.values())
    sentence = f"the byte order of messages is not {'the same throughout' if both else f'that of the file ({container}-endian)'}: "
    sentence += ", ".join(f"{count} records {order}-endian" for order, count in orders.items() if count)
    assert lines.err.count(sentence) == 1
    told = run(monkeypatch, "stats", path)
    assert told.out.decode().count(sentence) == 1
    assert sentence not in told.err
    assert json.loads(run(monkeypatch, "stats", "--json", path).out)["byteorders"] == orders


def test_sections_of_both_orders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each section has its order, and interfaces count on."""
    path = tmp_path / "sections.pcapng"
    hosts = (("<", 34, 2), (">", 35, 4))
    path.write_bytes(b"".join(section(mark) + interface(mark, 253) + blocks(mark, said(mark, flow, port)) for mark, flow, port in hosts))
    lines = run(monkeypatch, "json", path, "--odp", "--ovs", "4.0", "-Y", "ovs_flow")
    assert lines.err.count("the byte order of messages is not the same throughout: 2 records little-endian, 2 records big-endian") == 1
    found = [(one["interface"], one["nlmsg"]["type"], one["odp"]["key"]) for one in map(json.loads, lines.out.splitlines())]
    assert found == [(0, 34, KEY.format(2)), (1, 35, KEY.format(4))]
    assert run(monkeypatch, "stats", path).out.decode().splitlines()[0].endswith(": pcapng, little- and big-endian sections")
    assert json.loads(run(monkeypatch, "stats", "--json", path).out)["byteorder"] is None


@pytest.mark.parametrize("order", ["little", "big"])
def test_told_byte_order(order: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the container says, and the messages tell."""
    path = tmp_path / "both.pcap"
    path.write_bytes(as_pcap("<", BOTH))
    found = json.loads(run(monkeypatch, "stats", "--json", path, "--byteorder", order).out)
    assert found["byteorders"] == {"little": 0, "big": 0, order: 4}
    with ovsdissect.open(path, byteorder="big" if order == "big" else "little") as capture:
        assert len([message for message in capture if message.family == "ovs_flow" and message.dp_ifindex == 9]) == 1


@pytest.mark.parametrize(("order", "flows"), [("little", [1, 2]), ("big", [3, 4])])
def test_every_command_takes_the_byte_order(order: str, flows: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Records of one order, of which the other reads nothing: what is selected tells which was taken."""
    path, out = tmp_path / "both.pcap", tmp_path / "out"
    path.write_bytes(as_pcap("<", BOTH))
    told = ("--byteorder", order)
    announced, flow = flows
    rows = run(monkeypatch, "list", path, *told, "-Y", "ovs_flow || nlctrl", "--columns", "number")
    assert {announced, flow} <= {int(line) for line in rows.out.split()} < {1, 2, 3, 4}
    assert run(monkeypatch, "carve", path, *told, "-Y", "ovs_flow", "-o", out).code == 0
    carved = run(monkeypatch, "json", out)
    assert [json.loads(line)["attrs"]["key"]["in_port"] for line in carved.out.splitlines() if b'"ovs_flow","cmd"' in line] == [2]
    query = 'select number from messages where family = $$ovs_flow$$ and "key.in_port" = 2'
    assert run(monkeypatch, "sql", query, path, *told, "--format", "csv").out.decode().split() == ["number", str(flow)]
    assert run(monkeypatch, "columns", path, *told, "--table", "messages", "--format", "csv", "-o", tmp_path / "tables").code == 0
    assert run(monkeypatch, "fixture", path, *told, "-Y", "ovs_flow", "-o", tmp_path / "fixture").code == 0
    for command in ("upcalls", "flows", "ports", "errors", "report", "show"):
        assert run(monkeypatch, command, path, *told).code == 0


CLOCKS = {
    "nanoseconds": (9, None, T * 10**9 + 123_456_789, T * 10**9 + 123_456_789),
    "an offset": (6, T, 7, T * 10**9 + 7000),
    "a negative offset": (6, -3600, (T + 3600) * 10**6, T * 10**9),
    "2^-10 seconds": (0x80 | 10, None, T * 1024 + 1, T * 10**9 + 976_562),
    "2^-20 seconds with an offset": (0x80 | 20, T, 3 << 19, T * 10**9 + 1_500_000_000),
    "2^-32 seconds": (0x80 | 32, None, (T << 32) + (1 << 31), T * 10**9 + 500_000_000),
    "seconds": (0, None, T, T * 10**9),
}


@pytest.mark.parametrize("name", CLOCKS)
def test_clocks(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    resolution, offset, ticks, time_ns = CLOCKS[name]
    path = tmp_path / "clock.pcapng"
    path.write_bytes(section("<") + interface("<", 253, resolution, offset) + enhanced("<", 0, ticks, said("<")[0]))
    assert json.loads(run(monkeypatch, "json", path).out)["time_ns"] == time_ns
    with ovsdissect.open(path) as capture:
        assert [message.time_ns for message in capture] == [time_ns]


def test_cooked_records_of_both_versions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """LINKTYPE_LINUX_SLL beside LINKTYPE_LINUX_SLL2, each with a record of an Ethernet device."""
    path = tmp_path / "any.pcapng"
    announced, flow = newfamily("<", "ovs_flow", 34), put("<", 34, 9, 2, 3)
    path.write_bytes(
        section("<")
        + interface("<", 113)
        + interface("<", 276)
        + blocks("<", [cooked(announced), cooked(flow), cooked(bytes(40), device=1, protocol=0x0800)], 0)
        + blocks("<", [cooked_v2(announced), cooked_v2(flow), cooked_v2(bytes(40), device=1, protocol=0x0800)], 1)
    )
    lines = run(monkeypatch, "list", path, "-Y", "ovs_flow", "--columns", "number,record,interface,odp.key")
    assert [line.split() for line in lines.out.decode().splitlines()] == [["2", "2", "0", KEY.format(2)], ["4", "5", "1", KEY.format(2)]]
    assert "2 of 6 records are of another kind: 2 of other devices than nlmon" in lines.err
    with ovsdissect.open(path) as capture:
        assert [message.record for message in capture] == [1, 2, 4, 5]


def test_other_link_types_beside_nlmon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ethernet frames are no netlink, also where their bytes look like a cooked header; a record without one is read."""
    path = tmp_path / "mixed.pcapng"
    frame = b"\x00\x04\x03\x38" + bytes(10) + b"\x00\x10" + put("<", 34, 9, 7, 7)
    path.write_bytes(
        section("<")
        + interface("<", 253)
        + interface("<", 1)
        + blocks("<", said("<"))
        + blocks("<", [frame], 1)
        + enhanced("<", 0, T * 10**6, put("<", 34, 9, 5, 5))
    )
    sentence = "2 of 4 records are of another kind: 1 without a cooked header, read as generic netlink; 1 of link type 1 (Ethernet)"
    lines = run(monkeypatch, "list", path, "-Y", "ovs_flow", "--columns", "record,key.in_port")
    assert [line.split() for line in lines.out.decode().splitlines()] == [["2", "2"], ["4", "5"]]
    assert lines.err.count(sentence) == 1
    assert run(monkeypatch, "stats", path).out.decode().count(sentence) == 1
    other = json.loads(run(monkeypatch, "stats", "--json", path).out)["other_records"]
    assert other == {"count": 2, "bare": 1, "strange": 0, "link_types": {"1": 1}, "devices": 0}


def test_blocks_that_are_no_packets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Simple packets have no time; unknown blocks, name resolution and custom blocks are passed over."""
    path = tmp_path / "blocks.pcapng"
    names = block("<", 4, pack("<HH", 1, 9) + bytes([192, 0, 2, 1]) + b"host\0" + bytes(3) + pack("<HH", 0, 0))
    first, second = said("<")
    path.write_bytes(
        section("<")
        + interface("<", 253)
        + names
        + block("<", 0x00001234, b"what is it")
        + simple("<", first)
        + block("<", 0x00000BAD, pack("<I", 32473) + b"custom")
        + enhanced("<", 0, T * 10**6, second)
        + names
    )
    found = [json.loads(line) for line in run(monkeypatch, "json", path).out.splitlines()]
    assert [(one["record"], one["time_ns"], one["family"]) for one in found] == [(1, None, "nlctrl"), (2, T * 10**9, "ovs_flow")]
    assert run(monkeypatch, "list", path).out.decode().splitlines()[0].split()[:2] == ["1", "-"]


def test_statistics_of_interfaces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """isb_ifrecv 4, isb_ifdrop 5, isb_filteraccept 6, isb_osdrop 7, isb_usrdeliv 8."""
    path = tmp_path / "statistics.pcapng"
    path.write_bytes(
        section("<")
        + interface("<", 253, more=option("<", 2, b"nlmon0"))
        + interface("<", 253, more=option("<", 2, b"nlmon1"))
        + blocks("<", said("<"))
        + statistics("<", 0, {4: 1000, 5: 11, 6: 900, 7: 22, 8: 878})
        + statistics("<", 1, {4: 7, 5: 0})
    )
    found = json.loads(run(monkeypatch, "stats", "--json", path).out)["interfaces"]
    told = [[one[name] for name in ("name", "received", "dropped", "accepted", "os_dropped", "delivered", "lost")] for one in found]
    assert told == [["nlmon0", 1000, 11, 900, 22, 878, 0], ["nlmon1", 7, 0, None, None, None, 0]]
    text = run(monkeypatch, "stats", path).out.decode()
    assert "received 1,000, dropped 11, accepted 900, os dropped 22, delivered 878" in text
    assert "the capture says that 33 packets were dropped on interface 0 (nlmon0)" in text
    assert "interface 1" not in text


CLASHES: dict[str, tuple[list[bytes], list[tuple[int, str, int, str, int]]]] = {
    "an id of two families": (
        [newfamily("<", "ovs_vport", 33), newfamily("<", "ovs_flow", 34), newfamily("<", "ovs_flow", 33)],
        [(3, "ovs_flow", 33, "ovs_vport", 33)],
    ),
    "an id and back": (
        [newfamily("<", "ovs_flow", 34), newfamily("<", "ovs_flow", 36), newfamily("<", "ovs_flow", 34)],
        [(3, "ovs_flow", 34, "ovs_flow", 36)],
    ),
    "the same again": ([newfamily("<", "ovs_flow", 34)] * 3, []),
    "a module that was loaded again": ([newfamily("<", "ovs_flow", 34), newfamily("<", "ovs_flow", 40)], []),
    "an id that was said to be gone": (
        [newfamily("<", "ovs_vport", 33), delfamily("<", "ovs_vport", 33), newfamily("<", "ovs_flow", 33)],
        [],
    ),
}


@pytest.mark.parametrize("name", CLASHES)
@pytest.mark.parametrize("stream", [False, True])
def test_announcements_that_clash(name: str, stream: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    messages, clashes = CLASHES[name]
    path = tmp_path / "clash.pcap"
    path.write_bytes(as_pcap("<", [cooked(message) for message in messages]))
    with open(path, "rb") as file, ovsdissect.open(file if stream else path) as capture:
        list(capture)
        assert [clash[1:] for clash in capture.clashes] == clashes
    if stream:
        return
    found = json.loads(run(monkeypatch, "stats", "--json", path).out)["clashes"]
    assert found == [
        {"interface": 0, "message": number, "name": one, "id": id_, "before_name": before, "before_id": was}
        for number, one, id_, before, was in clashes
    ]
    assert ("family ids clash on interface 0" in run(monkeypatch, "stats", path).out.decode()) == bool(clashes)


def test_hosts_on_two_interfaces_do_not_clash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "hosts.pcapng"
    path.write_bytes(
        section("<")
        + interface("<", 253)
        + interface("<", 253)
        + blocks("<", [cooked(newfamily("<", "ovs_vport", 33)), cooked(vport("<", 33, 9, 2, "a2"))], 0)
        + blocks("<", [cooked(newfamily("<", "ovs_flow", 33)), cooked(put("<", 33, 9, 2, 3))], 1)
    )
    assert json.loads(run(monkeypatch, "stats", "--json", path).out)["clashes"] == []


def test_show_tells_what_is_hidden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of NETLINK_ROUTE: EOPNOTSUPP of an RTM_NEWTFILTER."""
    path = tmp_path / "hidden.pcap"
    error = pack("<IHHII", 36, 2, 0, 5, 6) + pack("<i", -95) + pack("<IHHII", 36, 44, 0x605, 5, 6)
    path.write_bytes(as_pcap("<", [*said("<"), cooked(error, protocol=0)]))
    hint = "1 message of other families and protocols, 1 error among them: --all shows them"
    for command in ("show", "list", "json"):
        assert hint in run(monkeypatch, command, path).err
    assert hint not in run(monkeypatch, "show", path, "--all").err
    assert hint not in run(monkeypatch, "show", path, "-n", "1").err


def test_plain_options_cost_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A direction in epb_flags, a drop count of 0 and a hash, as some tools write for every packet: the engine reads such records."""
    path = tmp_path / "options.pcapng"
    for mark in ("<", ">"):
        plain = option(mark, 2, pack(mark + "I", 2)) + option(mark, 4, bytes(8)) + option(mark, 3, b"\x02abcd") + option(mark, 0, b"")
        records = b"".join(enhanced(mark, 0, T * 10**6 + n, data, options=plain) for n, data in enumerate(said(mark)))
        path.write_bytes(section(mark) + interface(mark, 253) + records)
        found = json.loads(run(monkeypatch, "stats", "--json", path).out)
        assert (found["messages"], found["read_by_tree"] or {}) == (2, {})
        assert [json.loads(line).get("lost") for line in run(monkeypatch, "json", path).out.splitlines()] == [None, None]
        assert "lost" not in run(monkeypatch, "list", path).err
